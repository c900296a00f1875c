package main

import (
	"bytes"
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/golang/geo/s2"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// scan answers questions by looking at every listing in turn. It is what an index has to beat and what its answers are
// checked against, so it is a fair one: columns, no allocation a row, squared chords for distances, bits for values.
// It knows located listings only; the questions of bench ask for no others.
type scan struct {
	ids      []directory.ID
	values   []bitset
	verified []int64
	first    []uint32 // listing i has the sites first[i] up to first[i+1]
	points   []geo.Vector
	cells    []s2.CellID
	worded   []uint32 // and the words worded[i] up to worded[i+1]
	words    []uint32

	dict   []string
	number map[string]uint32 // of a word in dict
	names  []scanValue
	bit    map[scanValue]int
	facet  map[search.FacetName]bitset
}

type scanValue struct {
	facet search.FacetName
	code  string
}

const scanBits = 256

type bitset [scanBits / 64]uint64

func (b *bitset) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b *bitset) has(i int) bool { return b[i/64]>>(i%64)&1 == 1 }

func (b *bitset) meets(o *bitset) bool {
	return b[0]&o[0]|b[1]&o[1]|b[2]&o[2]|b[3]&o[3] != 0
}

func newScan() *scan {
	return &scan{first: []uint32{0}, worded: []uint32{0}, number: map[string]uint32{}, bit: map[scanValue]int{}, facet: map[search.FacetName]bitset{}}
}

func (s *scan) add(l *directory.Listing) error {
	var b bitset
	for _, v := range valuesOf(l) {
		i, ok := s.bit[v]
		if !ok {
			i = len(s.names)
			if i == scanBits {
				return fmt.Errorf("bench: more than %d facet values", scanBits)
			}
			s.bit[v] = i
			s.names = append(s.names, v)
			f := s.facet[v.facet]
			f.set(i)
			s.facet[v.facet] = f
		}
		b.set(i)
	}
	s.ids = append(s.ids, l.ID)
	s.values = append(s.values, b)
	s.verified = append(s.verified, l.Verification.At.Unix())
	for _, site := range l.Sites {
		if site.Located() {
			v := geo.VectorOf(site.Point)
			s.points = append(s.points, v)
			s.cells = append(s.cells, s2.CellID(geo.ClusterCell(site.Point, maxClusterZoom)))
		}
	}
	s.first = append(s.first, uint32(len(s.points)))
	s.addWords(l)
	return nil
}

// maxClusterZoom is the finest cell a map asks for; coarser ones are its parents.
const maxClusterZoom = 20

func valuesOf(l *directory.Listing) []scanValue {
	v := []scanValue{{search.FacetKind, string(l.Kind)}}
	if l.Accepting.Status != directory.AcceptingUnknown {
		v = append(v, scanValue{search.FacetAccepting, string(l.Accepting.Status)})
	}
	for _, c := range l.Claims {
		if c.Value == directory.Yes {
			v = append(v, scanValue{search.FacetName(c.Facet), c.Code})
		}
	}
	return v
}

// scanAnswer is what both sides are compared by.
type scanAnswer struct {
	total  int
	hits   []directory.ID // nil for an order by relevance, which has no plain truth
	facets map[search.FacetName][]search.Count
}

// scanQuery is a match made ready for a pass over the rows.
type scanQuery struct {
	inside func(geo.Vector) bool // nil: everywhere
	origin *geo.Vector
	needs  []scanNeed
	counts map[search.FacetName]*bitset
	words  []scanWord
}

type scanNeed struct {
	facet search.FacetName
	any   bitset
}

// scanWord is what a word of the question is read as: words of the dictionary, or values that a term of the
// vocabulary stands for.
type scanWord struct {
	dict   []bool
	values bitset
}

func (s *scan) prepare(m search.Match, terms map[string][]scanValue) *scanQuery {
	q := &scanQuery{counts: map[search.FacetName]*bitset{}}
	need := func(f search.FacetName, codes []string) {
		n := scanNeed{facet: f}
		for _, c := range codes {
			if i, ok := s.bit[scanValue{f, c}]; ok {
				n.any.set(i)
			}
		}
		q.needs = append(q.needs, n)
	}
	for f, codes := range m.Claims {
		need(search.FacetName(f), codes)
	}
	if len(m.Kinds) > 0 {
		need(search.FacetKind, stringsOf(m.Kinds))
	}
	if len(m.Accepting) > 0 {
		need(search.FacetAccepting, stringsOf(m.Accepting))
	}
	for _, f := range m.Facets {
		b := s.facet[f]
		q.counts[f] = &b
	}
	if m.Origin != nil {
		v := geo.VectorOf(*m.Origin)
		q.origin = &v
	}
	q.inside = insideOf(m.Region)
	for _, w := range m.Words {
		q.words = append(q.words, s.read(w, terms))
	}
	return q
}

func stringsOf[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, x := range all {
		out[i] = string(x)
	}
	return out
}

// insideOf is the region's own test, but for a circle, whose two ends are computed once.
func insideOf(r geo.Region) func(geo.Vector) bool {
	switch r := r.(type) {
	case nil:
		return nil
	case geo.Circle:
		center, reach := geo.VectorOf(r.Center), geo.Chord2OfMetres(r.Radius)
		return func(v geo.Vector) bool { return geo.Chord2(center, v) <= reach }
	default:
		return r.ContainsVector
	}
}

// match looks at every listing.
func (s *scan) match(m search.Match, q *scanQuery) scanAnswer {
	var counts [scanBits]int
	best := podium{limit: m.Limit}
	a := scanAnswer{facets: map[search.FacetName][]search.Count{}}
	for i := range s.ids {
		missed := q.missed(&s.values[i])
		if missed == severalMissed {
			continue
		}
		chord, ok := s.nearest(i, q)
		if !ok || !s.holds(i, q) {
			continue
		}
		if missed == noneMissed {
			a.total++
			best.offer(s.key(i, m.Sort, chord), s.ids[i])
		}
		for f, mask := range q.counts {
			if missed == noneMissed || q.needs[missed].facet == f {
				countBits(&counts, &s.values[i], mask)
			}
		}
	}
	for _, f := range m.Facets {
		a.facets[f] = s.counted(f, &counts)
	}
	if m.Sort != search.ByRelevance {
		a.hits = best.ids()
	}
	return a
}

const (
	noneMissed    = -1
	severalMissed = -2
)

// missed says which need a listing does not meet: one of them alone still counts for that facet.
func (q *scanQuery) missed(values *bitset) int {
	missed := noneMissed
	for n := range q.needs {
		if !values.meets(&q.needs[n].any) {
			if missed != noneMissed {
				return severalMissed
			}
			missed = n
		}
	}
	return missed
}

// nearest gives the squared chord to the nearest site inside, 0 without an origin.
func (s *scan) nearest(i int, q *scanQuery) (chord float64, ok bool) {
	for _, v := range s.points[s.first[i]:s.first[i+1]] {
		if q.inside != nil && !q.inside(v) {
			continue
		}
		d := 0.0
		if q.origin != nil {
			d = geo.Chord2(*q.origin, v)
		}
		if !ok || d < chord {
			chord, ok = d, true
		}
	}
	return chord, ok
}

func (s *scan) holds(i int, q *scanQuery) bool {
	own := s.words[s.worded[i]:s.worded[i+1]]
	for k := range q.words {
		w := &q.words[k]
		if !s.values[i].meets(&w.values) && !slices.ContainsFunc(own, func(n uint32) bool { return w.dict[n] }) {
			return false
		}
	}
	return true
}

func (s *scan) key(i int, by search.Sort, chord float64) float64 {
	if by == search.ByVerified {
		return -float64(s.verified[i])
	}
	return chord
}

func countBits(counts *[scanBits]int, values, mask *bitset) {
	for w := range values {
		for x := values[w] & mask[w]; x != 0; x &= x - 1 {
			counts[w*64+bits.TrailingZeros64(x)]++
		}
	}
}

func (s *scan) counted(f search.FacetName, counts *[scanBits]int) []search.Count {
	var list []search.Count
	mask := s.facet[f]
	for i, v := range s.names {
		if mask.has(i) && counts[i] > 0 {
			list = append(list, search.Count{Value: v.code, N: counts[i]})
		}
	}
	slices.SortFunc(list, func(a, b search.Count) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Value, b.Value)) })
	return list
}

// clusters counts the sites inside by their cell.
func (s *scan) clusters(q *scanQuery, level int) map[uint64]int {
	cells := map[uint64]int{}
	for i := range s.ids {
		if q.missed(&s.values[i]) != noneMissed {
			continue
		}
		for k := s.first[i]; k < s.first[i+1]; k++ {
			if q.inside(s.points[k]) {
				cells[uint64(s.cells[k].Parent(level))]++
			}
		}
	}
	return cells
}

// podium keeps the first few in order.
type podium struct {
	limit int
	top   []scanHit
}

type scanHit struct {
	key float64
	lot uint64
	id  directory.ID
}

func (p *podium) offer(key float64, id directory.ID) {
	if len(p.top) == p.limit && key > p.top[p.limit-1].key {
		return
	}
	hit := scanHit{key, search.TieOf(0, id), id}
	at, _ := slices.BinarySearchFunc(p.top, hit, func(a, b scanHit) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.lot, b.lot), bytes.Compare(a.id[:], b.id[:]))
	})
	if at < p.limit {
		p.top = slices.Insert(p.top, at, hit)[:min(len(p.top)+1, p.limit)]
	}
}

func (p *podium) ids() []directory.ID {
	ids := make([]directory.ID, len(p.top))
	for i, h := range p.top {
		ids[i] = h.id
	}
	return ids
}
