package search

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
)

const badQuestion = "Some of what was asked can't be read; nothing was searched."

// question is a Query understood: what to ask the engine, and what the answer says about how it was read.
type question struct {
	Match
	limit   int // of hits shown; the engine is asked for one more
	place   *geo.Resolution
	radius  float64 // metres of the circle; 0 without one
	country string  // where the person is or asks about; "" when nobody knows
	print   uint64  // tells questions apart, for their cursors
	way     way     // how its text was taken
}

// asking reads a Query and notes all that is wrong with it.
type asking struct {
	*searcher
	q   *Query
	at  time.Time
	bad fault.Fields
	question
}

// understand checks every part of a question, its text taken in one way, and turns it into what an engine can answer.
func (s *searcher) understand(w *way) (*question, error) {
	q := &w.Query
	a := &asking{searcher: s, q: q, at: q.At}
	a.way = *w
	if a.at.IsZero() {
		a.at = s.cfg.Now()
	}
	a.words(w)
	unknown := a.where()
	a.filters()
	a.page()
	if err := a.bad.Err(badQuestion); err != nil || unknown == nil {
		return &a.question, err
	}
	return nil, unknown
}

func (a *asking) words(w *way) {
	if a.q.Text == "" {
		return
	}
	if problem := badText(a.q.Text); problem != "" {
		a.bad.Add("q", problem)
		return
	}
	switch n := len(w.words); {
	case n == 0 && w.taken == "":
		a.bad.Add("q", "holds no word to look for")
	case n > MaxWords:
		a.bad.Add("q", fmt.Sprintf("has %d words: at most %d can be looked for", n, MaxWords))
	}
	a.Words = make([]Word, len(w.words))
	for i, w := range w.words {
		a.Words[i] = Word{Text: w}
	}
}

// badText says what makes text unfit to be read at all; "" when nothing does.
func badText(text string) string {
	switch {
	case len(text) > MaxText:
		return fmt.Sprintf("is too long: at most %d bytes are read", MaxText)
	case !utf8.ValidString(text):
		return "is not valid UTF-8"
	case strings.ContainsFunc(text, unicode.IsControl):
		return "holds control characters"
	}
	return ""
}

// where reads the part of the Earth asked about. The error is fault.Unresolvable: it is told only when nothing else is
// wrong.
func (a *asking) where() (unknown error) {
	a.onePlace()
	a.radius = a.circle()
	switch {
	case a.q.Place != "":
		unknown = a.aroundPlace()
	case a.q.Near != nil:
		if err := geo.ValidPoint(*a.q.Near); err != nil {
			a.bad.Merge("near.", err)
			break
		}
		a.around(*a.q.Near)
		a.Serves = a.localeAt(*a.q.Near)
	case a.q.Box != nil:
		a.inBox(*a.q.Box)
	case a.q.Area != nil:
		center := centerOfArea(a.q.Area)
		a.Region, a.Origin, a.Serves = a.q.Area, &center, a.localeAt(center)
	default:
		a.Serves = &Locale{Anywhere: true}
	}
	if a.Serves != nil {
		a.country = a.Serves.Country
	}
	return unknown
}

// onePlace notes a second and third way of saying where.
func (a *asking) onePlace() {
	first := ""
	for _, w := range [...]struct {
		name string
		set  bool
	}{{"place", a.q.Place != ""}, {"near", a.q.Near != nil}, {"bbox", a.q.Box != nil}, {"area", a.q.Area != nil}} {
		switch {
		case w.set && first != "":
			a.bad.Add(w.name, "can't stand beside "+first+": say where in one way")
		case w.set:
			first = w.name
		}
	}
}

// circle gives the radius to search in, 0 when no circle was asked for.
func (a *asking) circle() float64 {
	centered := a.q.Place != "" || a.q.Near != nil
	switch m := a.q.Radius; {
	case m == 0 && centered:
		return DefaultRadius
	case m == 0:
		return 0
	case !(m > 0):
		a.bad.Add("radius", "must be a distance above zero")
	case m > MaxRadius:
		a.bad.Add("radius", "must be at most 500km (310mi)")
	case !centered:
		a.bad.Add("radius", "needs place or near to be around")
	default:
		return m
	}
	return 0
}

func (a *asking) around(center orb.Point) {
	a.Region, a.Origin = geo.Circle{Center: center, Radius: a.radius}, &center
}

func (a *asking) aroundPlace() (unknown error) {
	if problem := badText(a.q.Place); problem != "" {
		a.bad.Add("place", problem)
		return nil
	}
	found, err := a.cfg.Gazetteer.Resolve(a.q.Place)
	switch {
	case fault.Is(err, fault.Unresolvable):
		return err
	case err != nil:
		a.bad.Merge("", err)
		return nil
	}
	a.place = &found
	a.around(found.Place.Point)
	a.Serves = localeOf(&found.Place)
	return nil
}

// inBox asks for a box. One that goes half round the Earth has no middle worth measuring from: what serves anywhere is
// found, and nothing is near or far.
func (a *asking) inBox(b geo.Box) {
	if _, err := geo.NewBox(b.West, b.South, b.East, b.North); err != nil {
		a.bad.Merge("bbox", err)
		return
	}
	a.Region = b
	if b.Width() >= 180 {
		a.Serves = &Locale{Anywhere: true}
		return
	}
	center := b.Center()
	a.Origin, a.Serves = &center, a.localeAt(center)
}

// centerOfArea gives the direction of the mean of the outlines' vertices.
func centerOfArea(area *geo.Area) orb.Point {
	var sum geo.Vector
	eachRing(area, func(ring orb.Ring, hole bool) {
		for _, p := range ring[1:] { // the first one again at the end
			for i, x := range geo.VectorOf(p) {
				if !hole {
					sum[i] += x
				}
			}
		}
	})
	const degree = math.Pi / 180
	return geo.LatLng(math.Atan2(sum[2], math.Hypot(sum[0], sum[1]))/degree, math.Atan2(sum[1], sum[0])/degree)
}

func eachRing(area *geo.Area, visit func(ring orb.Ring, hole bool)) {
	var polygons orb.MultiPolygon
	switch g := area.Geometry().(type) {
	case orb.Polygon:
		polygons = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		polygons = g
	}
	for _, p := range polygons {
		for i, ring := range p {
			visit(ring, i > 0)
		}
	}
}

// localeAt says where a point is, as well as the nearest town can.
func (s *searcher) localeAt(p orb.Point) *Locale {
	country, division := s.cfg.Gazetteer.DivisionAt(p)
	return &Locale{Country: country, Division: division, Point: &p}
}

func localeOf(p *geo.Place) *Locale {
	return &Locale{Country: p.Country, Division: p.Admin1Code, Point: &p.Point}
}

func (a *asking) filters() {
	a.Demonstrations = a.cfg.Demonstration()
	a.Free, a.SlidingScale = a.q.Free, a.q.SlidingScale
	a.Kinds = oneOf(&a.bad, "kind", a.q.Kinds, directory.Kinds)
	a.Accepting = oneOf(&a.bad, "accepting", a.q.Accepting, answers)
	a.Claims = a.q.Claims
	for _, f := range directory.Facets() {
		for _, code := range a.q.Claims[f] {
			a.cfg.Vocabulary.Check(&a.bad, string(f), f, code)
		}
	}
	for f := range a.q.Claims {
		if !slices.Contains(directory.Facets(), f) {
			a.bad.Add(clip(string(f)), "is not a facet")
		}
	}
	if a.q.OpenNow {
		a.OpenAt = a.at
	}
	const most = 3650
	switch days := a.q.VerifiedWithin; {
	case days < 0 || days > most:
		a.bad.Add("verified_within", fmt.Sprintf("must be a whole number of days from 1 to %d", most))
	case days > 0:
		a.VerifiedSince = a.at.AddDate(0, 0, -days)
	}
	a.Country = readCountry(&a.bad, a.q.Country)
	if a.country == "" {
		a.country = a.Country
	}
}

// answers are those a search can ask for: unknown is none.
func answers() []directory.AcceptingStatus {
	return []directory.AcceptingStatus{directory.AcceptingYes, directory.AcceptingNo, directory.AcceptingWaitlist}
}

// oneOf notes each value that is not one of the options, with those it may have meant.
func oneOf[S ~string](bad *fault.Fields, field string, values []S, options func() []S) []S {
	if len(values) == 0 {
		return values
	}
	all := options()
	for _, v := range values {
		if slices.Contains(all, v) {
			continue
		}
		names := []string{}
		for _, o := range all {
			names = append(names, string(o))
		}
		bad.Add(field, fmt.Sprintf("%q is not one of %s", clip(string(v)), strings.Join(names, ", ")), directory.Nearest(string(v), names)...)
	}
	return values
}

// clip bounds what is echoed to the person who wrote it.
func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), 40)], "") }

// readCountry gives an ISO 3166-1 code in its one form. A code that no country has is nobody's mistake to report: it
// finds nothing.
func readCountry(bad *fault.Fields, code string) string {
	letters := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	if code != "" && (len(code) != 2 || !letters(code[0]) || !letters(code[1])) {
		bad.Add("country", fmt.Sprintf("%q is not an ISO 3166-1 code such as US", clip(code)))
	}
	return strings.ToUpper(code)
}

func (a *asking) page() {
	a.order()
	a.Facets = oneOf(&a.bad, "facets", a.q.Facets, FacetNames)
	a.limit = a.q.Limit
	switch {
	case a.limit == 0:
		a.limit = DefaultLimit
	case a.limit < 0 || a.limit > MaxLimit:
		a.bad.Add("limit", fmt.Sprintf("must be a whole number from 1 to %d", MaxLimit))
	}
	a.Limit = a.limit + 1
	a.print = a.fingerprint(a.q)
	a.rankedAt(a.at)
	if a.q.Cursor == "" {
		return
	}
	after, at, ok := readCursor(a.print, a.q.Cursor)
	if !ok {
		a.bad.Add("cursor", "is not a cursor of this question: leave it out to begin with the first page")
	}
	a.After = &after
	a.rankedAt(at)
}

// rankedAt sets the moment relevance is told for. All pages of a question are ranked for that of the first: another
// would show some listings twice and others never.
func (a *asking) rankedAt(at time.Time) { a.At, a.Turn = at, TurnAt(at) }

func (a *asking) order() {
	centered := a.q.Place != "" || a.q.Near != nil
	switch a.Sort = a.q.Sort; {
	case a.Sort == "" && centered:
		a.Sort = ByDistance
	case a.Sort == "":
		a.Sort = ByRelevance
	case a.Sort == ByDistance && !centered && a.Origin == nil:
		a.bad.Add("sort", "distance needs a place to measure from")
	default:
		oneOf(&a.bad, "sort", []Sort{a.Sort}, Sorts)
	}
}
