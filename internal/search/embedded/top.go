package embedded

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// top keeps the first few candidates of an order: a heap whose root is the worst kept.
type top struct {
	items []ranked
	limit int
	sort  search.Sort
	turn  int
	after *search.Position
	seg   *segment // being read: names and IDs of a candidate are fetched only when it is kept
	cut   float64  // squared chord beyond which nothing can still be kept, for an order by distance
	worst float64  // key beyond which nothing can still be kept
}

// ranked is a candidate and where it stands.
type ranked struct {
	at    search.Position
	seg   *segment
	row   uint32
	chord float64 // squared, from the origin
	score float64
	name  []byte // folded; aliases the segment, for ByName only
}

func (t *top) init(limit int, sort search.Sort, after *search.Position) {
	t.limit, t.sort, t.after, t.cut, t.worst = limit, sort, after, math.Inf(1), math.Inf(1)
}

func (t *top) full() bool { return len(t.items) >= t.limit }

// compare orders two candidates; names are compared as bytes, without making strings of them.
func (t *top) compare(a, b *ranked) int {
	if a.at.Key != b.at.Key {
		return cmp.Compare(a.at.Key, b.at.Key)
	}
	if c := bytes.Compare(a.name, b.name); c != 0 {
		return c
	}
	if a.at.Tie != b.at.Tie {
		return cmp.Compare(a.at.Tie, b.at.Tie)
	}
	if a.at.Lot != b.at.Lot {
		return cmp.Compare(a.at.Lot, b.at.Lot)
	}
	return bytes.Compare(a.at.ID[:], b.at.ID[:])
}

// offer considers a row by its key, at a squared chord (NaN for none), with a score.
func (t *top) offer(row uint32, key, chord, score float64) {
	doc := t.seg.doc[row]
	r := ranked{seg: t.seg, row: row, chord: chord, score: score, at: search.Position{Key: key, Lot: search.TieOf(t.turn, t.seg.id[doc]), ID: t.seg.id[doc]}}
	if t.sort == search.ByName {
		r.name = t.seg.name(doc)
	}
	if t.sort != search.ByDistance && !math.IsNaN(chord) {
		r.at.Tie = geo.MetresOfChord2(chord)
	}
	if t.after == nil || !t.passed(&r) {
		t.push(r)
	}
}

// passed reports whether r stands on an earlier page.
func (t *top) passed(r *ranked) bool {
	last := ranked{at: *t.after, name: []byte(t.after.Text)}
	return t.compare(r, &last) <= 0
}

func (t *top) push(r ranked) {
	if !t.full() {
		t.items = append(t.items, r)
		for i := len(t.items) - 1; i > 0; {
			up := (i - 1) / 2
			if t.compare(&t.items[i], &t.items[up]) <= 0 {
				break
			}
			t.items[i], t.items[up] = t.items[up], t.items[i]
			i = up
		}
	} else if t.compare(&r, &t.items[0]) < 0 {
		t.items[0] = r
		t.sink()
	}
	if !t.full() {
		return
	}
	t.worst = t.items[0].at.Key
	if t.sort == search.ByDistance {
		t.cut = t.items[0].chord * (1 + 1e-9) // generous: metres decide, and ties by ID
	}
}

func (t *top) sink() {
	for i := 0; ; {
		big := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < len(t.items) && t.compare(&t.items[c], &t.items[big]) > 0 {
				big = c
			}
		}
		if big == i {
			return
		}
		t.items[i], t.items[big] = t.items[big], t.items[i]
		i = big
	}
}

// list gives what was kept, in order.
func (t *top) list() []search.Candidate {
	slices.SortFunc(t.items, func(a, b ranked) int { return t.compare(&a, &b) })
	out := make([]search.Candidate, len(t.items))
	for i := range t.items {
		r := &t.items[i]
		r.at.Text = string(r.name)
		out[i] = search.Candidate{
			ID: r.at.ID, Site: int(r.seg.site[r.row]), Distance: geo.MetresOfChord2(r.chord), Score: r.score, At: r.at,
			Revision: r.seg.revision[r.seg.doc[r.row]],
		}
	}
	return out
}
