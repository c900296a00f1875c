package geo

import (
	"strings"

	"github.com/paulmach/orb"
)

// Mention is a place that a few words of a sentence may name.
type Mention struct {
	Point     orb.Point
	Precision Precision
	People    int32  // of a city; of a state or a country those of its largest city; 0 of a town known from its ZIPs alone
	Country   string // ISO 3166-1 alpha-2
	Whole     bool   // the whole of the country is meant
	Qualified bool   // its state, its country or a ZIP stands in the words too: no other place is meant
}

// Mentioned says which place text names, where Resolve would find one by the whole of it. Unlike Resolve it looks for
// nothing that may have been meant instead, and reads neither addresses nor coordinates, so that every few words of a
// sentence can be tried.
func (g *Gazetteer) Mentioned(text string) (Mention, bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > MaxPlaceBytes {
		return Mention{}, false
	}
	if code := zipText.FindStringSubmatch(text); code != nil {
		i, ok := g.findZIP(code[1])
		if !ok {
			return Mention{}, false
		}
		z := &g.zips[i]
		return Mention{Point: g.pointOf(z), Precision: Postal, Country: z.admin.country.code, Qualified: true}, true
	}
	rest, code := cutZIP(text)
	if code != "" {
		if !g.zipAgrees(code, rest) {
			return Mention{}, false
		}
		return g.Mentioned(code)
	}
	q := fold(rest)
	found := g.find(q)
	if len(found) == 0 {
		return Mention{}, false
	}
	e := &g.entries[found[0].entry]
	m := Mention{Point: e.point, Precision: City, People: e.size, Country: e.admin.country.code, Qualified: len(q) > len(found[0].key) && q != found[0].key+" city"}
	switch e.kind {
	case townKind:
		m.People = 0
	case regionKind:
		m.Precision, m.Whole = Regional, e.admin.name == ""
	}
	return m, true
}

// large is how many people a city has whose misspelt name is known in a sentence.
const large = 100_000

// Misspelt gives the label of the large city that text, which names no place, is one slip away from, or two in a long
// name; of several the likeliest. The first letter must be right, and a state or country may follow.
func (g *Gazetteer) Misspelt(text string) (label string, ok bool) {
	const short, long = 6, 10
	q := fold(text)
	for cut := len(q); cut > 0 && !ok; cut = strings.LastIndexByte(q[:cut], ' ') {
		key, rest := q[:cut], strings.TrimPrefix(q[cut:], " ")
		slips := 1
		if len(key) >= long {
			slips = 2
		}
		if len(key) < short || len(key) > 60 {
			continue
		}
		var best name
		var m matrix
		letters := mask(key)
		for _, n := range g.large {
			if n.key[0] != key[0] || len(n.key) > len(key)+slips || len(n.key) < len(key)-slips || apart(letters, n.mask) > 2*slips {
				continue
			}
			if m.distance(key, n.key, slips) <= slips && (rest == "" || len(g.agreeing([]name{n}, rest)) > 0) && (!ok || likelier(n, best) < 0) {
				best, ok = n, true
			}
		}
		if ok {
			label = g.place(best.entry).Label()
		}
	}
	return label, ok
}
