package embedded

import (
	"context"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/golang/geo/s2"

	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// Match implements search.Engine. After is where the located hits go on; remote ones always begin at the beginning.
func (e *Engine) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	q, parts, err := e.ask(ctx, m)
	if err != nil {
		return nil, err
	}
	if q.read(parts) {
		for n, p := range parts {
			q.enter(n, p)
			q.match()
			if ctx.Err() != nil {
				e.scratch.Put(q)
				return nil, canceled(ctx)
			}
		}
	}
	c := q.answer()
	e.scratch.Put(q) // not after a panic, which may have left something in it
	return c, nil
}

// ask readies a question to what the index holds at this moment.
func (e *Engine) ask(ctx context.Context, m search.Match) (*query, []part, error) {
	if ctx.Err() != nil {
		return nil, nil, canceled(ctx)
	}
	q, ok := e.scratch.Get().(*query)
	if !ok {
		q = &query{}
	}
	now := e.current.Load()
	q.compile(now.space, m)
	q.many, q.gaveUp = e.many, ctx.Done()
	return q, now.parts, nil
}

func canceled(ctx context.Context) error {
	return fault.Wrap(fault.Canceled, "The search was given up.", ctx.Err())
}

// answer gathers what was found in all segments.
func (q *query) answer() *search.Candidates {
	c := &search.Candidates{
		Total: q.total, RemoteTotal: q.totalAway,
		Hits:   q.hits.list(),
		Remote: q.away.list(),
		Facets: make(map[search.FacetName][]search.Count, len(q.counted)),
	}
	for _, f := range q.counted {
		c.Facets[f.name] = q.countsOf(f.span)
	}
	for i := range q.words {
		c.Read = append(c.Read, q.words[i].read)
	}
	return c
}

// countsOf lists what was counted of a facet, most first, then by code. Each count is sorted as one number together with
// where the value stands among the codes.
func (q *query) countsOf(values span) []search.Count {
	q.order = q.order[:0]
	for v := values.from; v < values.to; v++ {
		if n := q.counts[v]; n > 0 {
			q.order = append(q.order, uint64(math.MaxUint32-n)<<32|uint64(q.space.byCode[v])<<16|uint64(v-values.from))
		}
	}
	slices.Sort(q.order)
	list := make([]search.Count, len(q.order))
	for i, key := range q.order {
		v := values.from + int(key&math.MaxUint16)
		list[i] = search.Count{Value: q.space.all[v].code, N: q.counts[v]}
	}
	return list
}

// match reads one segment: it gathers the rows of the place that pass what is no facet, then evaluates them.
func (q *query) match() {
	q.findRanges()
	if len(q.words) > 0 {
		q.wordRows()
	}
	q.set.clear()
	switch {
	case q.Region != nil:
		q.gatherRegion()
	case q.country != 0:
		q.gather(q.seg.inCountry[q.country], 0, uint32(q.seg.located))
	default:
		q.gatherAll()
	}
	q.dropHard()
	if q.chosen = q.Region != nil || q.country != 0; q.chosen {
		q.distinct()
	}
	q.evaluate(&q.hits, &q.total)
	if q.chosen {
		q.sweep()
	}
	if q.Serves != nil {
		q.gatherRemote()
		q.dropHard()
		q.evaluate(&q.away, &q.totalAway)
	}
}

// admit leaves, of the rows of a word, those still worth a look: not dead nor hidden, holding the words asked for, and
// failing no facet, or only one whose values are counted.
func (q *query) admit(word uint32, rows uint64) uint64 {
	if q.dead != nil {
		rows &^= q.dead[word]
	}
	if q.hidden >= 0 {
		rows &^= q.seg.values.word(q.hidden, word)
	}
	if len(q.words) > 0 {
		rows &= q.found[word]
	}
	if rows == 0 {
		return 0
	}
	var once, twice uint64 // rows that fail a counted facet, and that fail two
	for i := range q.groups {
		g := &q.groups[i]
		fail := ^q.passing(g, word)
		if g.facet < 0 {
			rows &^= fail
			continue
		}
		twice |= once & fail
		once |= fail
	}
	return rows &^ twice
}

// passing gives the rows of a word that pass a facet's filter.
func (q *query) passing(g *group, word uint32) uint64 {
	if g.all {
		rows := ^uint64(0)
		for _, v := range g.values {
			rows &= q.seg.values.word(v, word)
		}
		return rows
	}
	rows := uint64(0)
	for _, v := range g.values {
		rows |= q.seg.values.word(v, word)
	}
	return rows
}

// gather adds the admitted rows of bm in [from, to).
func (q *query) gather(bm *roaring.Bitmap, from, to uint32) {
	if bm == nil {
		return
	}
	word, rows := uint32(0), uint64(0)
	eachIn(bm.Iterator(), from, to, func(row uint32) {
		if row/64 != word {
			q.set.add(word, q.admit(word, rows))
			word, rows = row/64, 0
		}
		rows |= 1 << (row % 64)
	})
	q.set.add(word, q.admit(word, rows))
}

// gatherAll gathers the primary rows. No geometry follows, so the facets are left to evaluate.
func (q *query) gatherAll() {
	for w := len(q.everyWord); w < len(q.seg.primary); w++ {
		q.everyWord = append(q.everyWord, uint32(w))
	}
	q.set.at = append(q.set.at, q.everyWord[:len(q.seg.primary)]...)
	rows := append(q.set.bits, q.seg.primary...)
	for w, drop := range q.dead {
		rows[w] &^= drop
	}
	if q.hidden >= 0 && q.seg.values.count[q.hidden] > 0 {
		for w := range rows {
			rows[w] &^= q.seg.values.word(q.hidden, uint32(w))
		}
	}
	if len(q.words) > 0 {
		for w, found := range q.found[:len(rows)] {
			rows[w] &= found
		}
	}
	q.set.bits = rows
}

// rowRange is the rows [from, to) of a cell of the cover.
type rowRange struct {
	from, to uint32
	cell     s2.CellID
}

// findRanges sets ranges to the rows the question is about: those of the region's cover, and the remote ones.
func (q *query) findRanges() {
	q.ranges = q.ranges[:0]
	if q.Region == nil {
		q.ranges = append(q.ranges, rowRange{to: uint32(q.seg.rows())})
		return
	}
	from, to := 0, 0
	for _, c := range q.cover {
		if from, to = q.seg.rowsIn(c, to, q.seg.located); to > from {
			q.ranges = append(q.ranges, rowRange{uint32(from), uint32(to), c})
		}
	}
	if q.Serves != nil && q.seg.located < q.seg.rows() {
		q.ranges = append(q.ranges, rowRange{from: uint32(q.seg.located), to: uint32(q.seg.rows())})
	}
}

// gatherRegion walks the cells that cover the region.
func (q *query) gatherRegion() {
	for _, r := range q.ranges {
		if r.cell != 0 {
			q.walk(r.cell, int(r.from), int(r.to))
		}
	}
}

// rowsIn gives the range of rows that lie in a cell, all between from and to.
func (s *segment) rowsIn(c s2.CellID, from, to int) (first, end int) {
	first = s.firstFrom(c.RangeMin(), from, to)
	return first, s.firstFrom(c.RangeMax()+1, first, to)
}

// firstFrom gives the first row between from and to whose cell is not before c. It looks nearby first: cells are asked
// for in their order, and memory that was just read is quick to read again.
func (s *segment) firstFrom(c s2.CellID, from, to int) int {
	cell := s.cell
	for step := 8; from+step < to; step *= 4 {
		if cell[from+step] >= c {
			to = from + step
			break
		}
		from += step
	}
	for from < to {
		if mid := int(uint(from+to) / 2); cell[mid] < c {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from
}

// walk gathers the rows [from, to) of a cell. A cell with many rows that lies across the region's boundary is parted in
// four, so that only what is near the boundary is tested row by row. An outline of many edges can make that long: it
// ends when nobody waits for the answer, and what was gathered is then worth nothing.
func (q *query) walk(c s2.CellID, from, to int) {
	select {
	case <-q.gaveUp:
		return
	default:
	}
	if to-from > q.worthParting && !c.IsLeaf() {
		switch some, all := q.meets(c); {
		case all:
			q.take(from, to, false)
		case some:
			for _, child := range c.Children() {
				var end int
				if from, end = q.seg.rowsIn(child, from, to); end > from {
					q.walk(child, from, end)
				}
				from = end
			}
		}
		return
	}
	if to > from {
		q.take(from, to, true)
	}
}

// take adds the admitted rows [from, to), tested one by one where the region or the country asks for it.
func (q *query) take(from, to int, test bool) {
	for word := uint32(from / 64); int(word)*64 < to; word++ {
		rows := q.admit(word, between(word, uint32(from), uint32(to)))
		if test || q.country != 0 {
			rows = only(word, rows, func(row uint32) bool {
				return (!test || q.inside(row)) && (q.country == 0 || q.seg.country[row] == q.country)
			})
		}
		q.set.add(word, rows)
	}
}

// distinct leaves one row of each listing, the first, and keeps all of them in dense: which site counts is looked at only
// for those that match.
func (q *query) distinct() {
	q.scatter(q.set.bits)
	for i, word := range q.set.at {
		if rows := q.set.bits[i] & q.seg.several[word]; rows != 0 {
			q.set.bits[i] &^= rows &^ only(word, rows, q.first)
		}
	}
}

// first reports whether no row of the same listing that was gathered stands before row.
func (q *query) first(row uint32) bool {
	for r := q.seg.beside(row); r != row; r = q.seg.beside(r) {
		if r < row && q.dense.has(r) {
			return false
		}
	}
	return true
}

// scatter puts rows, word by word those of set, into dense.
func (q *query) scatter(rows []uint64) {
	if n := len(q.seg.primary); len(q.dense) < n {
		q.dense = make(bitset, n)
	}
	for i, word := range q.set.at {
		q.dense[word] = rows[i]
	}
}

// sweep empties dense.
func (q *query) sweep() {
	for _, word := range q.set.at {
		q.dense[word] = 0
	}
}

// gatherRemote adds the remote rows that serve the locale.
func (q *query) gatherRemote() {
	q.set.clear()
	seg := q.seg
	if seg.located == seg.rows() {
		return
	}
	first := uint32(seg.located / 64)
	q.away64 = zeroed(q.away64, len(seg.primary)-int(first))
	q.serving(func(rows *roaring.Bitmap) {
		eachIn(rows.Iterator(), 0, uint32(seg.rows()), func(row uint32) { q.away64[row/64-first] |= 1 << (row % 64) })
	})
	for i, rows := range q.away64 {
		if rows != 0 {
			word := first + uint32(i)
			q.set.add(word, q.admit(word, q.inCountry(word, rows)))
		}
	}
}

// inCountry leaves, of the remote rows of a word, those that cover the country asked for.
func (q *query) inCountry(word uint32, rows uint64) uint64 {
	if q.country == 0 {
		return rows
	}
	here := q.seg.inCountry[q.country]
	return only(word, rows, func(row uint32) bool { return here != nil && here.Contains(row) })
}

// serving gives the sets of remote rows that serve the locale.
func (q *query) serving(each func(*roaring.Bitmap)) {
	if q.Serves.Anywhere {
		each(q.seg.remote)
		return
	}
	for _, key := range q.serveKeys {
		if rows := q.seg.serves[key]; rows != nil {
			each(rows)
		}
	}
	if q.Serves.Point == nil {
		return
	}
	for _, a := range q.seg.areas {
		if slices.ContainsFunc(a.areas, func(area *geo.Area) bool { return area.Contains(*q.Serves.Point) }) {
			each(roaring.BitmapOf(a.row))
		}
	}
}
