package embedded

import (
	"math"
	"slices"
	"time"

	"github.com/golang/geo/s2"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// query is a Match compiled for this index: names become value numbers, metres become chords. It serves one Match at
// a time and is kept for the next, so that a question allocates little.
type query struct {
	search.Match
	space  *valueSpace
	gaveUp <-chan struct{} // closed when nobody waits for the answer any more
	many   int             // of the engine

	groups  []group // the facets that are filtered by
	counted []facet // the facets to count
	counts  []int   // by value
	country uint16
	since   int64
	hidden  int // the value to leave out, -1 for none

	origin    geo.Vector
	spread    bool // every site of a listing matches, and the nearest to the origin counts
	chosen    bool // some sites of a listing may match: while they are evaluated dense holds them, and the nearest counts
	cover     s2.CellUnion
	serveKeys []string // countries and divisions whose coverage serves the locale
	circle    bool     // Region is a circle: disk
	disk      geo.Disk
	// worthParting is how many rows across the boundary are worth parting their cell for: it depends on what testing
	// a row costs beside testing a cell.
	worthParting int

	words []word
	blend blend
	hits  top
	away  top // remote hits

	total, totalAway int

	// Of the segment being read.
	seg  *segment
	dead bitset
	n    int // its number

	scratch
}

// scratch is the memory a query works in. It is kept from one question to the next, and says nothing between them: dense
// is empty then.
type scratch struct {
	ranges    []rowRange // the rows the question is about
	found     bitset     // rows that hold every word
	held      bitset     // rows that hold one word
	short     []uint32   // a posting being read
	set       rowSet     // the rows gathered
	runs      []run      // of set
	everyWord []uint32   // 0, 1, 2, …
	away64    []uint64   // remote rows that serve the locale
	opened    []int8     // by class of hours: 0 not asked yet, else 1 and how it is at OpenAt
	answers   []int8     // the same at the moment relevance is told for
	full      []uint64   // the rows of set that pass every facet, word by word
	pass      []line     // by group, of the words being counted: the rows that pass it
	part      []uint64   // of them, those that pass every other one
	dense     bitset     // the rows of set, in their places; empty when no segment is being read
	near      []uint32   // rows that may be among the nearest
	chords    []float64  // of near
	least     []float64  // the smallest of chords, as a heap whose root is the largest
	order     []uint64   // counts being sorted
}

// A region is first covered by a few cells, which walk parts further where it pays.
const (
	coverCells  = 8  // of a circle, which is covered quickly
	coverFew    = 4  // of any other region
	coverLevel  = 18 // cells of some 40 m
	partCircle  = 256
	partGeneral = 12
)

// group is a facet that is filtered by: a row passes when it has any of the values (or all of them, for fees, where
// free and sliding scale are two questions, not alternatives).
type group struct {
	name   search.FacetName
	values []int
	facet  int // in counted, -1 when it is not
	all    bool
}

// facet is one to count: its values and the group that filters by it, -1 when none does.
type facet struct {
	name  search.FacetName
	span  span
	group int
}

// compile readies q for m, in the memory of the question before.
func (q *query) compile(space *valueSpace, m search.Match) {
	*q = query{
		Match: m, space: space, hidden: -1,
		groups: q.groups[:0], counted: q.counted[:0], counts: zeroed(q.counts, len(space.all)), words: q.words[:0],
		hits: top{items: q.hits.items[:0]}, away: top{items: q.away.items[:0]}, scratch: q.scratch,
	}
	q.compileGroups()
	for _, name := range m.Facets {
		f := facet{name: name, span: space.facet[name], group: slices.IndexFunc(q.groups, func(g group) bool { return g.name == name })}
		q.counted = append(q.counted, f)
		if f.group >= 0 {
			q.groups[f.group].facet = len(q.counted) - 1
		}
	}
	q.country = countryCode(m.Country)
	q.since = math.MinInt64
	if !m.VerifiedSince.IsZero() {
		q.since = m.VerifiedSince.Unix()
		if m.VerifiedSince.Nanosecond() > 0 {
			q.since++ // verifications are kept to the second
		}
	}
	if !m.Demonstrations {
		q.hidden = space.demo
	}
	q.compilePlace()
	q.blend.init(&m)
	q.hits.init(m.Limit, m.Sort, m.After)
	away := m.Sort
	if away == search.ByDistance {
		away = search.ByRelevance
	}
	q.away.init(m.Limit, away, nil)
	q.hits.turn, q.away.turn = m.Turn, m.Turn
}

// zeroed gives n zeros, in s where they fit.
func zeroed[S ~[]T, T any](s S, n int) S {
	if cap(s) < n {
		return make(S, n)
	}
	s = s[:n]
	clear(s)
	return s
}

func (q *query) compileGroups() {
	add := func(name search.FacetName, all bool, codes ...string) {
		g := group{name: name, facet: -1, all: all}
		for _, c := range codes {
			if v, ok := q.space.index[facetValue{name, c}]; ok {
				g.values = append(g.values, v)
			} else if all {
				g.all = false // a value nobody can have
			}
		}
		q.groups = append(q.groups, g)
	}
	if len(q.Kinds) > 0 {
		add(search.FacetKind, false, stringsOf(q.Kinds)...)
	}
	for _, f := range directory.Facets() {
		if codes := q.Claims[f]; len(codes) > 0 {
			add(search.FacetName(f), false, codes...)
		}
	}
	if len(q.Accepting) > 0 {
		add(search.FacetAccepting, false, stringsOf(q.Accepting)...)
	}
	switch {
	case q.Free && q.SlidingScale:
		add(search.FacetFees, true, feesFree, feesSliding)
	case q.Free:
		add(search.FacetFees, true, feesFree)
	case q.SlidingScale:
		add(search.FacetFees, true, feesSliding)
	}
}

func stringsOf[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func (q *query) compilePlace() {
	if q.Serves != nil {
		q.serveKeys = append(directory.DivisionsServing(q.Serves.Division), q.Serves.Country)
	}
	if q.Origin != nil {
		q.origin = geo.VectorOf(*q.Origin)
		q.spread = q.Region == nil && q.country == 0
	}
	if c, ok := q.Region.(geo.Circle); ok {
		q.circle, q.disk = true, c.Disk()
	}
	switch {
	case q.circle:
		q.worthParting, q.cover = partCircle, q.Region.Covering(coverCells, coverLevel)
	case q.Region != nil:
		q.worthParting, q.cover = partGeneral, q.Region.Covering(coverFew, coverLevel)
	}
}

// enter readies q for a segment.
func (q *query) enter(n int, p part) {
	q.seg, q.dead, q.n = p.seg, p.dead, n
	q.opened = zeroed(q.opened, len(p.seg.classes))
	q.answers = zeroed(q.answers, len(p.seg.classes))
	q.hits.seg, q.away.seg = p.seg, p.seg
}

// openness says how the hours of a class are at a moment, asking the calendar once for each class.
func (q *query) openness(known []int8, class uint32, at time.Time) directory.Openness {
	if known[class] == 0 {
		known[class] = 1 + int8(q.seg.classes[class].at(at))
	}
	return directory.Openness(known[class] - 1)
}

// nearer says which of two rows of one doc stands for it: the nearer one, else the earlier site.
func (q *query) nearer(a, b uint32) uint32 {
	if q.Origin != nil {
		da, db := geo.Chord2(q.origin, q.seg.vector[a]), geo.Chord2(q.origin, q.seg.vector[b])
		if da != db {
			if da < db {
				return a
			}
			return b
		}
	}
	if q.seg.site[a] <= q.seg.site[b] {
		return a
	}
	return b
}

// inside reports whether a located row lies in the region.
func (q *query) inside(row uint32) bool {
	if q.circle {
		return q.disk.Has(q.seg.vector[row])
	}
	return q.Region.ContainsVector(q.seg.vector[row])
}

// meets says how a cell lies to the region.
func (q *query) meets(cell s2.CellID) (some, all bool) {
	if q.circle {
		return q.disk.Meets(cell)
	}
	return q.Region.Meets(cell)
}
