package embedded

import "math/bits"

// lineWords is how many words of a bitset lie together in a valueTable: 4096 rows, enough for a question about the whole
// Earth to read on, and few enough for the values of a town to lie side by side.
const lineWords = 64

// line is what 4096 rows say of one value.
type line [lineWords]uint64

// valueTable says which rows have which values. The lines of the same rows stand side by side, in the order of the
// values: a question about a place, which looks at many values of few rows, reads memory straight on.
type valueTable struct {
	lines  []line
	column []int // of each value within the lines of the same rows; -1 when no row has it
	width  int   // columns
	count  []int // rows of each value
}

// newValueTable makes room for the values that some doc has: any of those in has.
func newValueTable(rows, values int, has []uint64) valueTable {
	t := valueTable{column: make([]int, values), count: make([]int, values)}
	for v := range t.column {
		t.column[v] = -1
		if has[v/64]&(1<<(v%64)) != 0 {
			t.column[v] = t.width
			t.width++
		}
	}
	t.lines = make([]line, (rows+64*lineWords-1)/(64*lineWords)*t.width)
	return t
}

func (t *valueTable) set(v int, row uint32) {
	word := row / 64
	t.lines[int(word/lineWords)*t.width+t.column[v]][word%lineWords] |= 1 << (row % 64)
	t.count[v]++
}

// word gives what 64 rows at once say of a value.
func (t *valueTable) word(v int, word uint32) uint64 {
	c := t.column[v]
	if c < 0 {
		return 0
	}
	return t.lines[int(word/lineWords)*t.width+c][word%lineWords]
}

// words gives n words of a value from word on, all of one line; none when no row has the value.
func (t *valueTable) words(v int, word uint32, n int) []uint64 {
	c := t.column[v]
	if c < 0 {
		return nil
	}
	return t.lines[int(word/lineWords)*t.width+c][word%lineWords:][:n]
}

func (t *valueTable) has(v int, row uint32) bool { return t.word(v, row/64)&(1<<(row%64)) != 0 }

// add adds to counts, for each value of the span, how many rows of part have it: part is words of a set that follow
// each other from word on, within one line.
func (t *valueTable) add(counts []int, values span, word uint32, part []uint64) {
	here := t.lines[int(word/lineWords)*t.width:][:t.width]
	from := word % lineWords
	for v := values.from; v < values.to; v++ {
		c := t.column[v]
		if c < 0 {
			continue
		}
		n := 0
		for i, held := range here[c][from:][:len(part)] {
			n += bits.OnesCount64(part[i] & held)
		}
		counts[v] += n
	}
}
