package web

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// This file writes the answer of a search by hand into one buffer, around cards that are kept encoded. Its output is
// that of encoding/json for the types of answers.go: a test reads it back strictly.

// writer writes one answer.
type writer struct {
	b      []byte
	order  []search.FacetName
	labels map[string]map[string]label // in the answer's language, by facet
	danger *directory.EmergencyNumbers
	err    error // the first card that could not be encoded
}

// begin makes w ready to write an answer in lang, into the buffer it has.
func (w *writer) begin(l *labels, danger *directory.EmergencyNumbers, lang string) {
	*w = writer{b: w.b[:0], order: l.facets, labels: l.in(lang), danger: danger}
}

// answer writes a result as a listingsAnswer.
func (w *writer) answer(r *search.Result) {
	w.b = append(w.b, `{"hits":`...)
	w.hits(r.Hits)
	w.b = append(w.b, `,"remote":`...)
	w.hits(r.Remote)
	w.envelope(r)
	w.b = append(w.b, '}')
}

// features writes a result as a featuresAnswer.
func (w *writer) features(r *search.Result) {
	w.b = append(w.b, `{"type":"FeatureCollection","features":[`...)
	for i := range r.Hits {
		w.comma(i)
		w.feature(&r.Hits[i])
	}
	for i := range r.Remote {
		w.comma(i + len(r.Hits))
		w.feature(&r.Remote[i])
	}
	w.b = append(w.b, ']')
	w.envelope(r)
	w.b = append(w.b, '}')
}

func (w *writer) feature(h *search.Hit) {
	w.b = append(w.b, `{"type":"Feature","id":"`...)
	w.b = append(w.b, h.Listing.ID.String()...)
	w.b = append(w.b, `","geometry":`...)
	if s := siteOfHit(h); s != nil && s.Located() {
		w.b = append(w.b, `{"type":"Point","coordinates":[`...)
		w.b = appendNumber(w.b, s.Point.Lon())
		w.b = append(w.b, ',')
		w.b = appendNumber(w.b, s.Point.Lat())
		w.b = append(w.b, `]}`...)
	} else {
		w.b = append(w.b, `null`...)
	}
	w.b = append(w.b, `,"properties":`...)
	w.hit(h)
	w.b = append(w.b, '}')
}

// siteOfHit gives the site of a hit, nil for a remote one.
func siteOfHit(h *search.Hit) *directory.Site {
	if h.Site < 0 || h.Site >= len(h.Listing.Sites) {
		return nil
	}
	return &h.Listing.Sites[h.Site]
}

func (w *writer) envelope(r *search.Result) {
	w.b = strconv.AppendInt(append(w.b, `,"total":`...), int64(r.Total), 10)
	w.b = strconv.AppendInt(append(w.b, `,"remote_total":`...), int64(r.RemoteTotal), 10)
	w.facets(r)
	if r.Place != nil {
		w.place(r.Place)
	}
	if m := math.Round(r.Radius); m > 0 {
		w.b = appendNumber(append(w.b, `,"radius_m":`...), m)
	}
	w.b = appendText(append(w.b, `,"sort":`...), string(r.Sort))
	w.relaxations(r.Relaxations)
	if len(r.Helplines) > 0 {
		w.b = append(w.b, `,"helplines":`...)
		w.hits(r.Helplines)
	}
	w.understood(r)
	if r.Crisis != nil {
		w.crisis(r.Crisis)
	}
	w.optional(`,"next":`, r.Next)
	w.b = appendText(append(w.b, `,"engine":`...), r.Engine)
	w.b = strconv.AppendBool(append(w.b, `,"degraded":`...), r.Degraded)
	w.b = strconv.AppendBool(append(w.b, `,"demonstration":`...), r.Demonstration)
}

// understood writes how the text of the question was read.
func (w *writer) understood(r *search.Result) {
	for i, x := range r.Understood {
		if i == 0 {
			w.b = append(w.b, `,"understood":[`...)
		}
		w.comma(i)
		w.b = appendText(append(w.b, `{"facet":`...), x.Facet)
		w.b = appendText(append(w.b, `,"value":`...), x.Value)
		label := w.labels[x.Facet][x.Value].text
		if x.Facet == "place" && r.Place != nil {
			label = r.Place.Place.Label()
		}
		w.optional(`,"label":`, label)
		w.b = appendText(append(w.b, `,"words":`...), x.Words)
		w.b = strconv.AppendInt(append(w.b, `,"start":`...), int64(x.Start), 10)
		w.b = strconv.AppendInt(append(w.b, `,"end":`...), int64(x.End), 10)
		w.b = append(w.b, '}')
	}
	if len(r.Understood) > 0 {
		w.b = append(w.b, ']')
	}
	w.optional(`,"plain":`, r.Plain)
	w.optional(`,"taken":`, string(r.Taken))
}

func (w *writer) crisis(h *search.CrisisHelp) {
	w.b = appendText(append(w.b, `,"crisis":{"country":`...), h.Country)
	if e, ok := w.danger.In(h.Country); ok {
		w.optional(`,"emergency":`, e.Number())
	}
	w.b = append(w.b, `,"lines":`...)
	w.hits(h.Lines)
	w.b = append(w.b, '}')
}

func (w *writer) hits(hits []search.Hit) {
	w.b = append(w.b, '[')
	for i := range hits {
		w.comma(i)
		w.hit(&hits[i])
	}
	w.b = append(w.b, ']')
}

func (w *writer) hit(h *search.Hit) {
	c, err := cardOfHit(h)
	if err != nil {
		w.err = err
		return
	}
	w.b = append(append(w.b, '{'), c.body...)
	if h.Site >= 0 && h.Site < len(c.sites) {
		w.b = append(append(w.b, `,"site":`...), c.sites[h.Site]...)
	}
	if !math.IsNaN(h.Distance) {
		w.b = appendNumber(append(w.b, `,"distance_m":`...), math.Round(h.Distance))
	}
	w.b = append(w.b, `,"matched":[`...)
	for i := range h.Claims {
		w.comma(i)
		w.claim(h.Claims[i])
	}
	w.b = append(w.b, `],"why":[`...)
	for i := range h.Why {
		w.comma(i)
		w.reason(&h.Why[i])
	}
	w.b = append(w.b, `]}`...)
}

func (w *writer) claim(c *directory.Claim) {
	l, ok := w.labels[string(c.Facet)][c.Code]
	if !ok {
		l = newLabel(string(c.Facet), c.Code, c.Code)
	}
	w.b = append(w.b, l.claim...)
	w.optional(`,"source":`, c.Source)
	if !c.At.IsZero() {
		w.b = appendMoment(append(w.b, `,"at":`...), c.At)
	}
	w.b = append(w.b, '}')
}

func (w *writer) reason(r *search.Reason) {
	w.b = appendText(append(w.b, `{"kind":`...), string(r.Kind))
	w.optional(`,"facet":`, string(r.Facet))
	w.optional(`,"value":`, r.Value)
	w.optional(`,"asked":`, r.Asked)
	w.b = append(w.b, '}')
}

// facets writes the counts in the order pages show them.
func (w *writer) facets(r *search.Result) {
	w.b = append(w.b, `,"facets":{`...)
	n := 0
	for _, name := range w.order {
		counts, ok := r.Facets[name]
		if !ok {
			continue
		}
		w.comma(n)
		n++
		w.b = append(appendText(w.b, string(name)), `:[`...)
		terms := w.labels[string(name)]
		for i, c := range counts {
			w.comma(i)
			l, ok := terms[c.Value]
			if !ok {
				l = newLabel(string(name), c.Value, c.Value)
			}
			w.b = append(w.b, l.count...)
			w.b = append(strconv.AppendInt(w.b, int64(c.N), 10), '}')
		}
		w.b = append(w.b, ']')
	}
	w.b = append(w.b, '}')
}

// place is written through encoding/json: there is one in an answer at most.
func (w *writer) place(p *geo.Resolution) {
	body, err := json.Marshal(placeRead{placeOf(p.Place), placesOf(p.Candidates)})
	if err != nil {
		w.err = err
		return
	}
	w.b = append(append(w.b, `,"place":`...), body...)
}

func (w *writer) relaxations(all []search.Relaxation) {
	if len(all) == 0 {
		return
	}
	w.b = append(w.b, `,"relaxations":[`...)
	for i, x := range all {
		w.comma(i)
		w.b = appendText(append(w.b, `{"change":`...), x.Change)
		w.optional(`,"value":`, x.Value)
		if m := math.Round(x.Distance); m > 0 {
			w.b = appendNumber(append(w.b, `,"distance_m":`...), m)
		}
		w.b = strconv.AppendInt(append(w.b, `,"total":`...), int64(x.Total), 10)
		if x.Remote > 0 {
			w.b = strconv.AppendInt(append(w.b, `,"remote":`...), int64(x.Remote), 10)
		}
		w.b = append(w.b, '}')
	}
	w.b = append(w.b, ']')
}

// optional writes a member unless it is empty.
func (w *writer) optional(name, value string) {
	if value != "" {
		w.b = appendText(append(w.b, name...), value)
	}
}

func (w *writer) comma(i int) {
	if i > 0 {
		w.b = append(w.b, ',')
	}
}

// appendMoment writes a time as encoding/json does, in UTC.
func appendMoment(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// appendNumber writes a finite number; JSON has no others.
func appendNumber(b []byte, x float64) []byte {
	if whole := int64(x); float64(whole) == x && whole != 0 { // 0 may be -0
		return strconv.AppendInt(b, whole, 10)
	}
	return strconv.AppendFloat(b, x, 'f', -1, 64)
}

const hexadecimal = "0123456789abcdef"

// asItIs says which bytes stand in a JSON string as they are.
var asItIs = func() (plain [256]bool) {
	for c := range utf8.RuneSelf {
		plain[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return plain
}()

// appendText writes s as a JSON string. Bytes that aren't UTF-8 become U+FFFD.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	start, i := 0, 0
	for i < len(s) && asItIs[s[i]] {
		i++
	}
	for i < len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), `\ufffd`...)
				start = i + 1
			}
			i += size
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			b = append(append(b, s[start:i]...), '\\')
			b = appendEscape(b, c)
			start = i + 1
		}
		i++
	}
	return append(append(b, s[start:]...), '"')
}

// appendEscape writes what stands behind the backslash of an escaped character.
func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, c)
	case '\n':
		return append(b, 'n')
	case '\t':
		return append(b, 't')
	case '\r':
		return append(b, 'r')
	}
	return append(b, 'u', '0', '0', hexadecimal[c>>4], hexadecimal[c&15])
}
