package embedded

import (
	"cmp"
	"math"
	"math/bits"

	"carefinder/internal/geo"
	"carefinder/internal/search"
)

var nan = math.NaN()

// compareCounts puts the largest count first, then the smaller code.
func compareCounts(a, b search.Count) int {
	if a.N != b.N {
		return b.N - a.N
	}
	return cmp.Compare(a.Value, b.Value)
}

// evaluate answers for the rows gathered, one of each listing: how many match, what they count for, which come first.
// A row that fails one facet alone is still counted in that facet, whose counts ignore what is chosen in it.
func (q *query) evaluate(t *top, total *int) {
	q.dropHard()
	q.runs = q.set.runs(q.runs[:0])
	q.full = append(q.full[:0], q.set.bits...)
	for i := range q.groups {
		q.keep(q.full, &q.groups[i])
	}
	for _, rows := range q.full {
		*total += bits.OnesCount64(rows)
	}
	for _, f := range q.counted {
		q.count(f.span, q.countedIn(f))
	}
	if t.limit > 0 {
		q.rank(t)
	}
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
	return q.OpenAt.IsZero() || q.open(q.seg.hours[doc])
}

// countedIn gives the rows counted in a facet: those that pass every other one.
func (q *query) countedIn(f facet) []uint64 {
	if f.group < 0 {
		return q.full
	}
	q.part = append(q.part[:0], q.set.bits...)
	for i := range q.groups {
		if i != f.group {
			q.keep(q.part, &q.groups[i])
		}
	}
	return q.part
}

// keep leaves the rows that pass a facet's filter.
func (q *query) keep(rows []uint64, g *group) {
	if len(g.values) == 1 && q.seg.value[g.values[0]] != nil {
		of := q.seg.value[g.values[0]]
		for _, r := range q.runs {
			part := rows[r.from:r.to]
			for i, pass := range of[r.word:][:len(part)] {
				part[i] &= pass
			}
		}
		return
	}
	for k, word := range q.set.at {
		rows[k] &= q.passing(g, word)
	}
}

// count adds up, for every value of a facet, the rows it shares with the set.
func (q *query) count(values span, rows []uint64) {
	for v := values.from; v < values.to; v++ {
		of := q.seg.value[v]
		if of == nil {
			continue
		}
		n := 0
		for _, r := range q.runs {
			part := rows[r.from:r.to]
			for i, held := range of[r.word:][:len(part)] {
				n += bits.OnesCount64(part[i] & held)
			}
		}
		q.counts[v] += n
	}
}

// rank offers every row that matches.
func (q *query) rank(t *top) {
	if q.spread && t == &q.hits && t.sort == search.ByDistance && len(q.set.at) > 64 {
		q.nearest(t)
		return
	}
	q.offerAll(t)
}

func (q *query) offerAll(t *top) {
	for k, word := range q.set.at {
		eachBit(word, q.full[k], func(row uint32) { q.offer(row, t) })
	}
}

// offer proposes a row that matches. Where every site matches, the row given stands for its doc and the nearest counts.
// Most rows of a large set are turned down, so what turns them down is looked at first.
func (q *query) offer(row uint32, t *top) {
	chord := nan
	if q.Origin != nil && int(row) < q.seg.located {
		if q.spread && q.seg.several.has(row) {
			row = q.nearestSite(row)
		}
		if chord = geo.Chord2(q.origin, q.seg.vector[row]); chord > t.cut {
			return
		}
	}
	doc := q.seg.doc[row]
	key, score := 0.0, nan
	switch t.sort {
	case search.ByDistance:
		key = geo.MetresOfChord2(chord)
	case search.ByVerified:
		if key = math.Inf(1); q.seg.verified[doc] != 0 {
			key = -float64(q.seg.verified[doc])
		}
	case search.ByRelevance:
		score = q.score(row)
		key = -score
	}
	if key > t.worst {
		return
	}
	if math.IsNaN(score) {
		score = q.score(row)
	}
	t.offer(row, key, chord, score)
}

// nearestSite gives, of the sites of row's doc, the one that counts.
func (q *query) nearestSite(row uint32) uint32 {
	best := row
	for _, r := range q.seg.rowsOf[q.seg.doc[row]] {
		best = q.nearer(best, r)
	}
	return best
}

// nearest offers the matching rows round the origin: a circle grows until it holds enough, so that a question without
// a radius costs about what one with a fitting radius would. The rows that match are primary and stand for their docs.
func (q *query) nearest(t *top) {
	q.dense = zeroed(q.dense, len(q.seg.primary))
	for k, word := range q.set.at {
		q.dense[word] = q.full[k]
	}
	radius := 5_000.0
	if t.after != nil {
		radius = max(radius, t.after.Key*1.2)
	}
	for ; radius < math.Pi*geo.EarthRadius; radius *= 2.5 {
		q.near = q.near[:0]
		if q.round(radius); q.beyond(t) >= t.limit {
			for _, row := range q.near {
				q.offer(row, t)
			}
			return
		}
	}
	q.offerAll(t)
}

// round collects the matching rows within radius metres of the origin.
func (q *query) round(radius float64) {
	circle, limit2 := geo.Circle{Center: *q.Origin, Radius: radius}, geo.Chord2OfMetres(radius)
	keep := func(row uint32) {
		if geo.Chord2(q.origin, q.seg.vector[row]) <= limit2 && (!q.seg.several.has(row) || q.nearestSite(row) == row) {
			q.near = append(q.near, row)
		}
	}
	from, to := 0, 0
	for _, c := range circle.Covering(coverCells, coverLevel) {
		from, to = q.seg.rowsIn(c, to, q.seg.located)
		for word := uint32(from / 64); int(word)*64 < to; word++ {
			eachBit(word, q.dense[word]&between(word, uint32(from), uint32(to)), keep)
		}
		q.others(uint32(from), uint32(to), keep)
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
