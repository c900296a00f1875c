package embedded

import (
	"math/bits"
	"slices"
)

// renumbered gives segments that hold values as one space numbers them as another does. Those the other doesn't have are
// gone. Rows, words and all else is shared with the segments given.
func renumbered(parts []part, from, to *valueSpace) []part {
	if slices.Equal(from.all, to.all) {
		return parts
	}
	place := make([]int, len(from.all)) // in the other; -1: none
	for i, v := range from.all {
		n, ok := to.index[v]
		if place[i] = n; !ok {
			place[i] = -1
		}
	}
	out := make([]part, len(parts))
	for i, p := range parts {
		out[i] = part{seg: p.seg.renumbered(place, from, to), dead: p.dead}
	}
	return out
}

func (s *segment) renumbered(place []int, from, to *valueSpace) *segment {
	next := *s
	next.mask = make([]uint64, s.docs()*to.words)
	for doc := range s.docs() {
		into := next.mask[doc*to.words:][:to.words]
		for w, held := range s.mask[doc*from.words:][:from.words] {
			for ; held != 0; held &= held - 1 {
				if v := place[w*64+bits.TrailingZeros64(held)]; v >= 0 {
					into[v/64] |= 1 << (v % 64)
				}
			}
		}
	}
	next.values = s.values.renumbered(place, len(to.all))
	return &next
}

// renumbered gives a table of other values over the same lines.
func (t *valueTable) renumbered(place []int, values int) valueTable {
	next := valueTable{lines: t.lines, width: t.width, column: make([]int, values), count: make([]int, values)}
	for v := range next.column {
		next.column[v] = -1
	}
	for v, to := range place {
		if to >= 0 {
			next.column[to], next.count[to] = t.column[v], t.count[v]
		}
	}
	return next
}
