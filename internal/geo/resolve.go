package geo

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"carefinder/internal/fault"
)

// MaxPlaceBytes bounds the text that Resolve looks at.
const MaxPlaceBytes = 200

const (
	maxCandidates  = 10
	maxSuggestions = 5
)

// knownWithin is how far, in metres, a point may lie from the nearest known town to be given its country: far is better
// than nothing served at all.
const knownWithin = 1_000_000

var (
	coordinateText = regexp.MustCompile(`^([-+]?\d{1,9}(?:\.\d{0,20})?)\s*[,;\s]\s*([-+]?\d{1,9}(?:\.\d{0,20})?)$`)
	zipText        = regexp.MustCompile(`^(\d{5})(?:-\d{4})?$`)
)

// Resolve says which place a person means by text: a US ZIP, a city with or without its state and country, a state or
// country alone, an address that ends in one of these, or "latitude, longitude" in degrees. Case, accents,
// punctuation and the common abbreviations do not matter. Which of several namesakes is meant is Gazetteer's rule;
// the others are the Candidates.
//
// A ZIP within 5 km of its town resolves to the town's point, so that both give the same answers in the same order; it
// keeps the precision of a ZIP. Every other five-digit postal code is read as a ZIP only where nothing speaks for
// another country. A state or a country resolves to the point of its largest city, with precision Regional.
//
// The error is fault.Invalid when text is empty, longer than MaxPlaceBytes, not UTF-8, holds control characters, or
// gives coordinates off the Earth; fault.Unresolvable when nobody knows the place. Both name the field "place"; the
// latter suggests, likeliest first, labels that resolve.
func (g *Gazetteer) Resolve(text string) (Resolution, error) {
	if problem := badText(text); problem != "" {
		return Resolution{}, placeFault(fault.Invalid, problem)
	}
	text = strings.TrimSpace(text)
	if code := zipText.FindStringSubmatch(text); code != nil {
		return g.resolveZIP(code[1])
	}
	if c := coordinateText.FindStringSubmatch(text); c != nil {
		return g.resolveCoordinates(c[1], c[2])
	}
	rest, code := cutZIP(text)
	if code != "" && g.zipAgrees(code, rest) {
		return g.resolveZIP(code)
	}
	for part := rest; ; {
		if found := g.find(fold(part)); len(found) > 0 {
			return g.resolution(found), nil
		}
		street, behind, ok := strings.Cut(part, ",")
		if !ok || !strings.ContainsFunc(street, unicode.IsDigit) {
			break
		}
		part = behind // what came before was a street address
	}
	return Resolution{}, g.unknown(fold(rest))
}

func badText(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "is empty: give a city, a ZIP, or latitude, longitude"
	case len(text) > MaxPlaceBytes:
		return "is too long: give a city, a ZIP, or latitude, longitude"
	case !utf8.ValidString(text):
		return "is not valid UTF-8"
	case strings.ContainsFunc(text, unicode.IsControl):
		return "holds control characters"
	}
	return ""
}

func placeFault(k fault.Kind, message string, suggestions ...string) error {
	field := fault.Field{Name: "place", Message: message, Suggestions: suggestions}
	return &fault.Error{Kind: k, Message: "no such place", Fields: []fault.Field{field}}
}

func (g *Gazetteer) resolveCoordinates(latText, lngText string) (Resolution, error) {
	lat, err1 := strconv.ParseFloat(latText, 64)
	lng, err2 := strconv.ParseFloat(lngText, 64)
	point := LatLng(lat, lng)
	if err1 != nil || err2 != nil || ValidPoint(point) != nil {
		return Resolution{}, placeFault(fault.Invalid, "these coordinates are off the Earth: the latitude comes first, "+
			"-90 to 90, then the longitude, -180 to 180")
	}
	p := Place{Point: point, Precision: Exact}
	if n, known := g.Around(point); known {
		p.Admin1, p.Admin1Code, p.Country, p.Timezone = n.Admin1, n.Admin1Code, n.Country, n.Timezone
	}
	return Resolution{Place: p}, nil
}

func (g *Gazetteer) resolveZIP(code string) (Resolution, error) {
	if i, ok := g.findZIP(code); ok {
		return Resolution{Place: g.zipPlace(i)}, nil
	}
	var near []string
	for _, p := range g.suggestZIPs(code[:3], maxSuggestions) {
		near = append(near, p.Label())
	}
	return Resolution{}, placeFault(fault.Unresolvable, "there is no ZIP "+code, near...)
}

func (g *Gazetteer) findZIP(code string) (i int32, ok bool) {
	n, err := strconv.ParseUint(code, 10, 32)
	if err != nil {
		return 0, false
	}
	at, ok := slices.BinarySearchFunc(g.zips, uint32(n), func(z zip, n uint32) int { return int(z.code) - int(n) })
	return int32(at), ok
}

// cutZIP takes the last thing that looks like a ZIP out of text.
func cutZIP(text string) (rest, code string) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	for _, w := range slices.Backward(words) {
		if found := zipText.FindStringSubmatch(w); found != nil {
			at := strings.LastIndex(text, w)
			return strings.Trim(text[:at]+" "+text[at+len(w):], ", "), found[1]
		}
	}
	return text, ""
}

// zipAgrees reports whether the ZIP exists and what was written around it, after any street address, names its state
// or a place near it: of "Denver 80202" that is so, of "Berlin 10115" it is not.
func (g *Gazetteer) zipAgrees(code, rest string) bool {
	i, ok := g.findZIP(code)
	if !ok {
		return false
	}
	const near = 50_000 // metres
	point, state := g.zips[i].point, g.zips[i].admin
	for {
		q := fold(rest)
		if state.qualifies(q) || state.country.accepts(q) {
			return true
		}
		for _, n := range g.find(q) {
			if e := &g.entries[n.entry]; e.kind != regionKind && Distance(e.point, point) <= near {
				return true
			}
		}
		_, rest, ok = strings.Cut(rest, ",")
		if !ok {
			return false
		}
	}
}

// find gives the places that q, folded, names, likeliest first: the longest name that what follows it, a state or a
// country, agrees with.
func (g *Gazetteer) find(q string) []name {
	for cut := len(q); cut > 0; cut = strings.LastIndexByte(q[:cut], ' ') {
		key, rest := q[:cut], strings.TrimPrefix(q[cut:], " ")
		found := g.agreeing(g.exactly(key), rest)
		if bare, ok := strings.CutSuffix(key, " city"); ok && len(found) == 0 {
			found = g.withoutRegions(g.agreeing(g.exactly(bare), rest))
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// agreeing gives those of names that lie in the state or country rest, all if it is empty. A state comes before a
// country of the same letters, and the name before it is a town's: Richmond, CA and Ontario, CA are in California, and
// their namesakes in Canada are candidates at most.
func (g *Gazetteer) agreeing(names []name, rest string) []name {
	if rest == "" {
		return names
	}
	var inState, inCountry []name
	for _, n := range names {
		e := &g.entries[n.entry]
		switch {
		case e.kind != regionKind && e.admin.qualifies(rest):
			inState = append(inState, n)
		case e.admin.country.accepts(rest):
			inCountry = append(inCountry, n)
		}
	}
	if len(inState) > 0 {
		return append(inState, g.withoutRegions(inCountry)...)
	}
	return inCountry
}

func (g *Gazetteer) withoutRegions(names []name) []name {
	return slices.DeleteFunc(slices.Clone(names), func(n name) bool { return g.entries[n.entry].kind == regionKind })
}

// resolution takes the first of found and makes the rest candidates, except where a person could not tell them apart.
func (g *Gazetteer) resolution(found []name) Resolution {
	r := Resolution{Place: g.place(found[0].entry)}
	seen := map[string]bool{fold(r.Place.Label()): true}
	others := slices.Clone(found[1:])
	slices.SortStableFunc(others, func(a, b name) int {
		return g.entries[b.entry].people() - g.entries[a.entry].people()
	})
	for _, n := range others {
		p := g.place(n.entry)
		if label := fold(p.Label()); !seen[label] && len(r.Candidates) < maxCandidates {
			seen[label] = true
			r.Candidates = append(r.Candidates, p)
		}
	}
	return r
}

// unknown is the error for a place nobody knows, with what may have been meant.
func (g *Gazetteer) unknown(q string) error {
	near := g.similar(q)
	message := "nobody here knows this place: check the spelling, or give a larger town nearby or a ZIP"
	return placeFault(fault.Unresolvable, message, near...)
}

// similar gives the labels of the likeliest places written almost like q, folded.
func (g *Gazetteer) similar(q string) []string {
	for cut := len(q); cut > 0; cut = strings.LastIndexByte(q[:cut], ' ') {
		key, rest := q[:cut], strings.TrimPrefix(q[cut:], " ")
		if found := g.misspelt(key, rest); len(found) > 0 {
			return g.labels(found)
		}
	}
	for cut := strings.LastIndexByte(q, ' '); cut > 0; cut = strings.LastIndexByte(q[:cut], ' ') {
		if found := g.exactly(q[:cut]); len(found) > 0 {
			return g.labels(found)
		}
	}
	return nil
}

// labels gives the different labels of the first names.
func (g *Gazetteer) labels(names []name) []string {
	var labels []string
	for _, n := range names {
		if l := g.place(n.entry).Label(); !slices.Contains(labels, l) {
			labels = append(labels, l)
		}
		if len(labels) == maxSuggestions {
			break
		}
	}
	return labels
}

// misspelt gives the places within two slips of key that agree with rest, likeliest first; a second slip makes a place
// a hundred times less likely. Short words are given fewer slips, or everything would be near them.
func (g *Gazetteer) misspelt(key, rest string) []name {
	slips := min(2, len(key)/3)
	if slips == 0 || len(key) > 60 || rest != "" && !g.isQualifier(rest) {
		return nil
	}
	var found []name
	letters := mask(key)
	var m matrix
	for _, n := range g.names {
		if len(n.key) > len(key)+slips || len(n.key) < len(key)-slips || apart(letters, n.mask) > 2*slips {
			continue
		}
		if d := m.distance(key, n.key, slips); d <= slips && len(g.agreeing([]name{n}, rest)) > 0 {
			if d == 2 {
				n.weight /= 100
			}
			found = append(found, n)
		}
	}
	slices.SortFunc(found, likelier)
	return found
}

// isQualifier reports whether any state or country is called q, folded.
func (g *Gazetteer) isQualifier(q string) bool {
	for i := range g.entries {
		e := &g.entries[i]
		if e.kind == regionKind && (e.admin.qualifies(q) || e.admin.country.accepts(q)) {
			return true
		}
	}
	return false
}
