package embedded

import (
	"math"
	"math/bits"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

var nan = math.NaN()

// evaluate answers for the rows gathered, one of each listing: how many match, what they count for, which come first.
func (q *query) evaluate(t *top, total *int) {
	q.runs = q.set.runs(q.runs[:0])
	q.full = append(q.full[:0], q.set.bits...)
	matching := 0
	for _, r := range q.runs {
		for from, word := r.from, r.word; from < r.to; {
			to := min(r.to, from+lineWords-int(word%lineWords))
			matching += q.count(word, q.set.bits[from:to], q.full[from:to])
			word += uint32(to - from)
			from = to
		}
	}
	*total += matching
	if t.limit > 0 {
		q.rank(t, matching)
	}
}

// count counts the values of rows, words of the set from word on that share their lines, and leaves in full those that
// pass every facet; it gives how many. A row that fails one facet alone is still counted in that facet, whose counts
// ignore what is chosen in it.
func (q *query) count(word uint32, rows, full []uint64) (matching int) {
	q.pass = zeroed(q.pass, len(q.groups))
	for i := range q.groups {
		q.passingLine(&q.groups[i], word, q.pass[i][:len(rows)])
		for k, pass := range q.pass[i][:len(full)] {
			full[k] &= pass
		}
	}
	for _, w := range full {
		matching += bits.OnesCount64(w)
	}
	if q.chosen {
		q.thin(word, len(rows))
	}
	for _, f := range q.counted {
		switch {
		case f.group >= 0:
			q.seg.values.add(q.counts, f.span, word, q.passingOthers(f.group, rows))
		case matching > 0:
			q.seg.values.add(q.counts, f.span, word, full)
		}
	}
	return matching
}

// dropHard leaves out the rows that fail what no bitset says: verified lately, open.
func (q *query) dropHard() {
	if q.since == math.MinInt64 && q.OpenAt.IsZero() {
		return
	}
	for i, word := range q.set.at {
		q.set.bits[i] = only(word, q.set.bits[i], q.hard)
	}
}

// hard reports whether a row was verified and is open when the question wants it.
func (q *query) hard(row uint32) bool {
	doc := q.seg.doc[row]
	if q.since != math.MinInt64 && (q.seg.verified[doc] == 0 || q.seg.verified[doc] < q.since) {
		return false
	}
	return q.OpenAt.IsZero() || q.openness(q.opened, q.seg.hours[doc], q.OpenAt) == directory.Open
}

// passingLine sets pass, zeros so far, to the rows of words from word on that pass a facet's filter.
func (q *query) passingLine(g *group, word uint32, pass []uint64) {
	if g.all {
		for k := range pass {
			pass[k] = q.passing(g, word+uint32(k))
		}
		return
	}
	for _, v := range g.values {
		for k, have := range q.seg.values.words(v, word, len(pass)) {
			pass[k] |= have
		}
	}
}

// thin leaves in dense, of n words from word on, the rows that pass every facet.
func (q *query) thin(word uint32, n int) {
	for k := range n {
		for i := range q.pass {
			q.dense[word+uint32(k)] &= q.pass[i][k]
		}
	}
}

// passingOthers gives, of the words being counted, the rows that pass every facet but one.
func (q *query) passingOthers(but int, rows []uint64) []uint64 {
	q.part = append(q.part[:0], rows...)
	for i := range q.pass {
		if i != but {
			for k := range q.part {
				q.part[k] &= q.pass[i][k]
			}
		}
	}
	return q.part
}

// manyMatching is from how many rows on a circle round the origin is looked at before all of them are.
const manyMatching = 2000

// rank offers the rows that match. Of the nearest only those are offered that may be among them.
func (q *query) rank(t *top, matching int) {
	if t.sort != search.ByDistance || q.Origin == nil {
		q.eachMatching(func(row uint32) { q.offer(row, t) })
		return
	}
	if matching <= q.many || !q.nearby(t, matching) {
		q.near = q.near[:0]
		q.eachMatching(q.collect)
	}
	q.offerNearest(t)
}

func (q *query) eachMatching(visit func(row uint32)) {
	for k, word := range q.set.at {
		eachBit(word, q.full[k], visit)
	}
}

func (q *query) collect(row uint32) {
	if q.seg.several.has(row) {
		row = q.counting(row)
	}
	q.near = append(q.near, row)
}

// offerNearest offers, of the rows collected, those that may be among the first. Squared chords are compared with a
// margin: metres decide, and ties by ID.
func (q *query) offerNearest(t *top) {
	const margin = 1e-9
	passed := -1.0 // up to here a row may stand on the page before
	if t.after != nil {
		passed = geo.Chord2OfMetres(t.after.Key) * (1 + margin)
	}
	cut := t.cut
	q.chords, q.least = q.chords[:0], q.least[:0]
	for _, row := range q.near {
		chord := geo.Chord2(q.origin, q.seg.vector[row])
		q.chords = append(q.chords, chord)
		if chord <= passed || chord > cut {
			continue
		}
		if q.least = keepLeast(q.least, chord, t.limit); len(q.least) == t.limit {
			cut = min(cut, q.least[0]*(1+margin))
		}
	}
	for i, row := range q.near {
		if chord := q.chords[i]; chord <= cut {
			metres := geo.MetresOfChord2(chord)
			t.offer(row, metres, chord, q.score(row, metres))
		}
	}
}

// keepLeast adds x to a heap, whose root is its largest number, of the limit smallest ones.
func keepLeast(heap []float64, x float64, limit int) []float64 {
	i := len(heap)
	if i < limit {
		heap = append(heap, x)
		for ; i > 0 && heap[(i-1)/2] < x; i = (i - 1) / 2 {
			heap[i] = heap[(i-1)/2]
		}
		heap[i] = x
		return heap
	}
	if x >= heap[0] {
		return heap
	}
	i = 0
	for child := 1; child < limit; child = 2*i + 1 {
		if child+1 < limit && heap[child+1] > heap[child] {
			child++
		}
		if heap[child] <= x {
			break
		}
		heap[i] = heap[child]
		i = child
	}
	heap[i] = x
	return heap
}

// offer proposes a row that matches and stands for its listing, in an order other than by distance, or by a distance from
// nowhere. Most rows of a large set are turned down, so what turns them down is looked at first.
func (q *query) offer(row uint32, t *top) {
	chord := nan
	if q.seg.several.has(row) {
		row = q.counting(row)
	}
	doc := q.seg.doc[row]
	key := 0.0
	switch t.sort {
	case search.ByVerified:
		if key = math.Inf(1); q.seg.verified[doc] != 0 {
			key = -float64(q.seg.verified[doc])
		}
	case search.ByRelevance:
		key = -q.atBest(doc)
	}
	if key > t.worst {
		return
	}
	metres := nan
	if q.Origin != nil && int(row) < q.seg.located {
		chord = geo.Chord2(q.origin, q.seg.vector[row])
		metres = geo.MetresOfChord2(chord)
	}
	score := q.score(row, metres)
	if t.sort == search.ByRelevance {
		if key = -score; key > t.worst {
			return
		}
	}
	t.offer(row, key, chord, score)
}

// counting gives, of the rows of row's listing that were gathered, the one that counts.
func (q *query) counting(row uint32) uint32 {
	if !q.spread && !q.chosen {
		return row
	}
	best := row
	for r := q.seg.beside(row); r != row; r = q.seg.beside(r) {
		if q.spread || q.dense.has(r) {
			best = q.nearer(best, r)
		}
	}
	return best
}

// nearby collects the matching rows round the origin: a circle grows until it holds enough, so that what is far from the
// origin costs nothing, however much it is. It reports false when no circle does.
func (q *query) nearby(t *top, matching int) bool {
	if q.spread {
		q.scatter(q.full)
		defer q.sweep()
	}
	radius := 5_000.0
	if c, ok := q.Region.(geo.Circle); ok {
		radius = c.Radius * math.Sqrt(float64(t.limit)/float64(matching)) // holds enough when they lie evenly
	}
	if t.after != nil {
		radius = max(radius, t.after.Key*1.2)
	}
	radius = max(radius, 1) // from nothing it would never grow
	for ; radius < math.Pi*geo.EarthRadius; radius *= 2 {
		q.near = q.near[:0]
		if q.round(radius); len(q.near) == matching || q.beyond(t) >= t.limit {
			return true
		}
	}
	return false
}

// round collects the matching rows that count and lie within radius metres of the origin.
func (q *query) round(radius float64) {
	circle, limit2 := geo.Circle{Center: *q.Origin, Radius: radius}, geo.Chord2OfMetres(radius)
	keep := func(row uint32) {
		if geo.Chord2(q.origin, q.seg.vector[row]) <= limit2 && (!q.seg.several.has(row) || q.counting(row) == row) {
			q.near = append(q.near, row)
		}
	}
	from, to := 0, 0
	for _, c := range circle.Covering(coverCells, coverLevel) {
		from, to = q.seg.rowsIn(c, to, q.seg.located)
		for word := uint32(from / 64); int(word)*64 < to; word++ {
			eachBit(word, q.dense[word]&between(word, uint32(from), uint32(to)), keep)
		}
		if q.spread {
			q.others(uint32(from), uint32(to), keep)
		}
	}
}

// others visits the rows in a range that are not primary and whose listing matches.
func (q *query) others(from, to uint32, keep func(uint32)) {
	eachIn(q.seg.others.Iterator(), from, to, func(row uint32) {
		if q.dense.has(q.seg.rowOf[q.seg.doc[row]]) {
			keep(row)
		}
	})
}

// beyond counts the rows collected that stand after the page before.
func (q *query) beyond(t *top) int {
	if t.after == nil {
		return len(q.near)
	}
	n := 0
	for _, row := range q.near {
		if geo.MetresOfChord2(geo.Chord2(q.origin, q.seg.vector[row])) > t.after.Key {
			n++
		}
	}
	return n
}
