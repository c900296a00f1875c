package geo

import (
	"strings"

	"github.com/paulmach/orb"
)

// Mention is a place that a few words of a sentence may name.
type Mention struct {
	Point     orb.Point
	Precision Precision
	People    int32 // of a city; of a state or a country those of its largest city; 0 of a town known from its ZIPs alone
	Qualified bool  // its state, its country or a ZIP stands in the words too: no other place is meant
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
		return Mention{Point: g.pointOf(&g.zips[i]), Precision: Postal, Qualified: true}, true
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
	m := Mention{Point: e.point, Precision: City, People: e.size, Qualified: len(q) > len(found[0].key) && q != found[0].key+" city"}
	switch e.kind {
	case townKind:
		m.People = 0
	case regionKind:
		m.Precision = Regional
	}
	return m, true
}
