package embedded

import (
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

// bitset has a bit for each row of a segment.
type bitset []uint64

func newBitset(rows int) bitset { return make(bitset, (rows+63)/64) }

func (b bitset) set(row uint32)      { b[row/64] |= 1 << (row % 64) }
func (b bitset) has(row uint32) bool { return b[row/64]&(1<<(row%64)) != 0 }

func (b bitset) count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// rowSet is a set of rows of a segment: the words of a bitset that are not empty, in order.
type rowSet struct {
	at   []uint32 // which word
	bits []uint64
}

func (s *rowSet) clear() { s.at, s.bits = s.at[:0], s.bits[:0] }

// add adds rows of a word. Words come in ascending order, one may come several times in a row.
func (s *rowSet) add(word uint32, rows uint64) {
	switch n := len(s.at); {
	case rows == 0:
	case n > 0 && s.at[n-1] == word:
		s.bits[n-1] |= rows
	default:
		s.at, s.bits = append(s.at, word), append(s.bits, rows)
	}
}

// run is words of a rowSet that follow each other: set.at[from:to] is word, word+1, and so on.
type run struct {
	from, to int
	word     uint32
}

// runs gives the runs of s, appended to buf. Working by runs, a loop reads two plain slices side by side.
func (s *rowSet) runs(buf []run) []run {
	for from := 0; from < len(s.at); {
		to := from + 1
		if last := len(s.at) - 1; int(s.at[last]-s.at[from]) == last-from {
			to = last + 1
		}
		for to < len(s.at) && s.at[to] == s.at[to-1]+1 {
			to++
		}
		buf = append(buf, run{from, to, s.at[from]})
		from = to
	}
	return buf
}

// eachBit visits the rows of one word.
func eachBit(word uint32, rows uint64, visit func(row uint32)) {
	for ; rows != 0; rows &= rows - 1 {
		visit(word*64 + uint32(bits.TrailingZeros64(rows)))
	}
}

// only leaves the rows of one word for which holds is true.
func only(word uint32, rows uint64, holds func(row uint32) bool) uint64 {
	for rest := rows; rest != 0; rest &= rest - 1 {
		if row := word*64 + uint32(bits.TrailingZeros64(rest)); !holds(row) {
			rows &^= 1 << (row % 64)
		}
	}
	return rows
}

// eachIn visits the rows in [from, to) of a bitmap, from where it stands on. Further calls go on from there.
func eachIn(it roaring.IntPeekable, from, to uint32, visit func(row uint32)) {
	it.AdvanceIfNeeded(from)
	for it.HasNext() && it.PeekNext() < to {
		visit(it.Next())
	}
}

// between masks the rows of a word that lie in [from, to).
func between(word, from, to uint32) uint64 {
	mask := ^uint64(0)
	if start := word * 64; from > start {
		mask <<= from - start
	}
	if end := word*64 + 64; to < end {
		mask &= ^uint64(0) >> (end - to)
	}
	return mask
}
