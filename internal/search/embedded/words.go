package embedded

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/vellum"
	"github.com/blevesearch/vellum/levenshtein"

	"carefinder/internal/search"
)

// word is a word of the question and what the index holds for it.
type word struct {
	search.Word
	values []int         // of the vocabulary
	found  [][]expansion // by segment
	read   []string
	typos  bool
	idf    float64
}

// expansion is an indexed word that a word of the question stands for, in one segment.
type expansion struct {
	term string
	val  uint64 // of the FST
}

// read looks the words up in all segments. It reports false when some word is found nowhere.
func (q *query) read(parts []part) bool {
	for _, w := range q.Words {
		x := word{Word: w, found: make([][]expansion, len(parts)), values: q.space.terms[w.Text]}
		for n, p := range parts {
			x.found[n] = p.exact(w)
		}
		if len(x.values) == 0 && x.nowhere() {
			x.typos = true
			q.readTypos(&x, parts)
		}
		x.weigh(parts)
		q.words = append(q.words, x)
	}
	return !slices.ContainsFunc(q.words, func(w word) bool { return len(w.read) == 0 })
}

// exact finds the word itself, or what it begins.
func (p part) exact(w search.Word) (found []expansion) {
	if !w.Prefix {
		if val, ok, err := p.seg.fst.Get([]byte(w.Text)); err == nil && ok && p.lives(val) {
			found = append(found, expansion{w.Text, val})
		}
		return found
	}
	it, err := p.seg.fst.Iterator([]byte(w.Text), after(w.Text))
	for ; err == nil; err = it.Next() {
		term, val := it.Current()
		if p.lives(val) {
			found = append(found, expansion{string(term), val})
		}
	}
	return found
}

// after gives the first key behind all that begin with prefix.
func after(prefix string) []byte {
	end := []byte(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

// lives reports whether a row that is not dead holds the word.
func (p part) lives(val uint64) bool {
	if p.dead == nil {
		return true
	}
	short, long := p.seg.rowsOfValue(val, nil)
	if long.all != nil {
		for it := long.all.Iterator(); it.HasNext(); {
			if p.alive(it.Next()) {
				return true
			}
		}
	}
	return slices.ContainsFunc(short, func(r uint32) bool { return p.alive(r &^ nameFlag) })
}

func (w *word) nowhere() bool {
	return !slices.ContainsFunc(w.found, func(x []expansion) bool { return len(x) > 0 })
}

// automata builds Levenshtein automata for one and two edits, swaps of neighbours included. The tables behind them
// take some milliseconds to make, so they are made when the first typo is met.
var automata = [3]func() (*levenshtein.LevenshteinAutomatonBuilder, error){
	1: sync.OnceValues(func() (*levenshtein.LevenshteinAutomatonBuilder, error) {
		return levenshtein.NewLevenshteinAutomatonBuilder(1, true)
	}),
	2: sync.OnceValues(func() (*levenshtein.LevenshteinAutomatonBuilder, error) {
		return levenshtein.NewLevenshteinAutomatonBuilder(2, true)
	}),
}

// readTypos finds what the word may have been meant to be.
func (q *query) readTypos(w *word, parts []part) {
	budget := search.TypoBudget(w.Text)
	if budget == 0 {
		return
	}
	for term, values := range q.space.terms {
		if search.WithinTypos(w.Text, term, budget) {
			w.values = append(w.values, values...)
			w.read = append(w.read, term)
		}
	}
	slices.Sort(w.values)
	w.values = slices.Compact(w.values)
	automaton, err := automata[budget]()
	if err != nil {
		return
	}
	dfa, err := automaton.BuildDfa(w.Text, uint8(budget))
	if err != nil {
		return // too long a word for an automaton: no typo is forgiven
	}
	for n, p := range parts {
		it, err := p.seg.fst.Search(dfa, nil, nil)
		for ; err == nil; err = it.Next() {
			term, val := it.Current()
			if p.lives(val) && search.WithinTypos(w.Text, string(term), budget) {
				w.found[n] = append(w.found[n], expansion{string(term), val})
			}
		}
		if !errors.Is(err, vellum.ErrIteratorDone) {
			w.found[n] = nil
		}
	}
}

// weigh notes the indexed words found and how rare they are: a rare word says more than one that most listings hold.
func (w *word) weigh(parts []part) {
	rows, holding := 0.0, 0.0
	for n, p := range parts {
		rows += float64(p.seg.rows())
		for _, x := range w.found[n] {
			w.read = append(w.read, x.term)
			short, long := p.seg.rowsOfValue(x.val, nil)
			holding += float64(len(short))
			if long.all != nil {
				holding += float64(long.all.GetCardinality())
			}
		}
		for _, v := range w.values {
			holding += float64(p.seg.values.count[v])
		}
	}
	if len(w.values) > 0 && !w.typos {
		w.read = append(w.read, w.Text)
	}
	slices.Sort(w.read)
	w.read = slices.Compact(w.read)
	w.idf = math.Log(1 + (max(rows-holding, 0)+0.5)/(holding+0.5))
}

// wordRows sets found to the rows that hold every word, within the ranges of rows the question is about: outside them
// it says nothing.
func (q *query) wordRows() {
	for i := range q.words {
		q.rowsHolding(&q.words[i])
		if i == 0 {
			q.found, q.held = q.held, q.found
			continue
		}
		q.eachWord(func(w uint32) { q.found[w] &= q.held[w] })
	}
}

// eachWord visits the words of a bitset that the ranges touch, some twice.
func (q *query) eachWord(visit func(word uint32)) {
	for _, r := range q.ranges {
		for w := r.from / 64; w*64 < r.to; w++ {
			visit(w)
		}
	}
}

// rowsHolding sets held to the rows that hold one word.
func (q *query) rowsHolding(w *word) {
	if n := len(q.seg.primary); cap(q.held) < n {
		q.held = make(bitset, n)
	} else {
		q.held = q.held[:n]
	}
	q.eachWord(func(i uint32) { q.held[i] = 0 })
	for _, x := range w.found[q.n] {
		short, long := q.seg.rowsOfValue(x.val, q.short[:0])
		for _, r := range short {
			q.held.set(r &^ nameFlag)
		}
		if q.short = short; long.all != nil {
			q.hold(long.all)
		}
	}
	for _, v := range w.values {
		if q.seg.values.count[v] > 0 {
			q.eachWord(func(i uint32) { q.held[i] |= q.seg.values.word(v, i) })
		}
	}
}

// hold adds the rows of a long posting that lie in the ranges.
func (q *query) hold(rows *roaring.Bitmap) {
	it := rows.Iterator()
	for _, r := range q.ranges {
		eachIn(it, r.from, r.to, q.held.set)
	}
}

// score is how well a row so many metres off matches: BM25 of the words, each counted once and worth more where it says
// more, and what the listing is worth by itself.
func (q *query) score(row uint32, metres float64) float64 {
	doc := q.seg.doc[row]
	worth := q.worth(doc)
	if q.Origin != nil {
		worth += search.Nearness(metres)
	}
	score := search.Thousandths(worth)
	if len(q.words) == 0 {
		return score
	}
	const k, b, usual = 1.2, 0.5, 40.0 // usual is about how many words a listing has
	norm := (k + 1) / (1 + k*(1-b+b*float64(q.seg.length[doc])/usual))
	for i := range q.words {
		w := &q.words[i]
		worth := q.says(w, row)
		if w.typos {
			worth *= search.TypoWorth
		}
		score += w.idf * worth * norm
	}
	return score
}

// says is what it is worth where the word stands in the row's listing, at best.
func (q *query) says(w *word, row uint32) float64 {
	best := 0.0
	for _, v := range w.values {
		if q.seg.values.has(v, row) {
			best = search.InClaim
			break
		}
	}
	for _, x := range w.found[q.n] {
		switch held, name := q.seg.holds(x.val, row); {
		case name:
			return search.InName
		case held:
			best = max(best, search.InText)
		}
	}
	return best
}

// holds reports whether a row holds the word of an FST value, and whether in its name.
func (d *dictionary) holds(val uint64, row uint32) (held, name bool) {
	if val&1 == 1 {
		r := uint32(val >> 1)
		return r&^nameFlag == row, r == row|nameFlag
	}
	p := d.lists[val>>1]
	if p.all != nil {
		held = p.all.Contains(row)
		return held, held && p.name.Contains(row)
	}
	rows := d.slab[p.off : p.off+p.n]
	i, held := slices.BinarySearchFunc(rows, row, func(r, row uint32) int { return cmp.Compare(r&^nameFlag, row) })
	return held, held && rows[i]&nameFlag != 0
}
