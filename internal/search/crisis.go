package search

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// CrisisHelp is who can be reached now by someone whose words say that a life may be in danger.
type CrisisHelp struct {
	Country string // where the lines are; ISO 3166-1 alpha-2
	Lines   []Hit  // the country's first lines; none when nobody knows any, or the engine can't say
}

// InCrisis reports whether a text says that somebody may be about to die or be hurt, by their own hand or another's: its
// writer, or someone they write of. It errs towards yes, since all that follows is a calm offer, but it passes over those
// who grieve, learn or work in prevention, over what is past, and over what is only said so. It has no state and keeps
// nothing.
func InCrisis(text string) bool {
	return text != "" && badText(text) == "" && crisisAlarm().rings(text)
}

// crisisAlarm is made once, in some milliseconds.
var crisisAlarm = sync.OnceValue(newAlarm)

// help gives the lines to offer where the question is about, or the person likeliest is.
func (s *searcher) help(ctx context.Context, a *question) *CrisisHelp {
	at := standingBy(a)
	h := &CrisisHelp{Country: at.Country}
	lines, err := s.standBy(ctx, a)
	if err == nil { // without them the help is still offered: whoever shows it knows the first line of every country
		h.Lines = lines
	}
	return h
}

// alarm finds the phrases of crisis in a text. A phrase is a row of slots; each slot is a set of words, and so many
// other words may stand before it.
type alarm struct {
	words   map[string]*clue
	long    map[[2]byte][]string // words of the phrases that ring that are read with a typo, by first letter and length
	slots   map[string]int       // by how the table writes them
	classes map[string]string
	last    int // the slot that the end of a text fills
}

// clue is what a word can be in the phrases.
type clue struct {
	fills []uint64 // a bit for each slot
	rings []phrase // those it begins
	calms []phrase
}

type phrase []slot

type slot struct{ id, gap int }

func (c *clue) fill(slot int) bool {
	return c != nil && slot/64 < len(c.fills) && c.fills[slot/64]&(1<<(slot%64)) != 0
}

func newAlarm() *alarm {
	a := &alarm{words: map[string]*clue{}, long: map[[2]byte][]string{}, slots: map[string]int{}, classes: map[string]string{}}
	for line := range strings.Lines(crisisClasses) {
		if name, words, ok := strings.Cut(line, ":"); ok {
			a.classes[name] = strings.Join(strings.Fields(words), "|")
		}
	}
	a.last = a.slot("$")
	a.learn(crisisPhrases, func(c *clue, p phrase) { c.rings = append(c.rings, p) })
	for w := range a.words {
		if len(w) >= minTypo && !strings.HasPrefix(w, "prevent") {
			key := [2]byte{w[0], byte(len(w))}
			a.long[key] = append(a.long[key], w)
		}
	}
	for _, list := range a.long {
		slices.Sort(list)
	}
	a.learn(calmPhrases, func(c *clue, p phrase) { c.calms = append(c.calms, p) })
	return a
}

// learn adds a table: one phrase a line.
func (a *alarm) learn(table string, keep func(*clue, phrase)) {
	for line := range strings.Lines(table) {
		var p phrase
		gap := 0
		for _, f := range strings.Fields(line) {
			if n, ok := strings.CutPrefix(f, ".."); ok {
				gap = int(n[0] - '0')
				continue
			}
			p = append(p, slot{a.slot(f), gap})
			gap = 0
		}
		if len(p) == 0 {
			continue
		}
		for _, c := range a.words {
			if c.fill(p[0].id) {
				keep(c, p)
			}
		}
	}
}

// slot numbers a set of words: alternatives between bars, each a word, a class in capitals, or $ for the end.
func (a *alarm) slot(written string) int {
	if id, ok := a.slots[written]; ok {
		return id
	}
	id := len(a.slots)
	a.slots[written] = id
	for w := range strings.SplitSeq(written, "|") {
		words, ok := a.classes[w]
		if !ok {
			words = w
		}
		for w := range strings.SplitSeq(words, "|") {
			a.put(w, id)
		}
	}
	return id
}

func (a *alarm) put(word string, slot int) {
	c := a.words[word]
	if c == nil {
		c = &clue{}
		a.words[word] = c
	}
	for len(c.fills) <= slot/64 {
		c.fills = append(c.fills, 0)
	}
	c.fills[slot/64] |= 1 << (slot % 64)
}

// rings reports whether a phrase of crisis stands in the text whose last word no calm phrase covers.
func (a *alarm) rings(text string) bool {
	clues := a.clues(text)
	calm := make([]bool, len(clues))
	for i, c := range clues {
		if c == nil {
			continue
		}
		for _, p := range c.calms {
			a.match(clues, p[1:], i+1, true, func(end int) bool {
				for j := i; j < end; j++ {
					calm[j] = true
				}
				return false
			})
		}
	}
	for i, c := range clues {
		if c == nil {
			continue
		}
		for _, p := range c.rings {
			if a.match(clues, p[1:], i+1, false, func(end int) bool { return !calm[end-1] }) {
				return true
			}
		}
	}
	return false
}

// match finds the ends of a phrase whose next slot comes at a word or later, until found says that one will do. A calm
// phrase does not reach over a word of wanting: who fears to die is calm, who fears that he wants to is not.
func (a *alarm) match(clues []*clue, p phrase, at int, calm bool, found func(end int) bool) bool {
	if len(p) == 0 {
		return found(at)
	}
	for j := at; j <= min(at+p[0].gap, len(clues)); j++ {
		if j == len(clues) {
			return a.words["$"].fill(p[0].id) && a.match(clues, p[1:], j, calm, found)
		}
		if clues[j].fill(p[0].id) && a.match(clues, p[1:], j+1, calm, found) {
			return true
		}
		if calm && clues[j].fill(a.slots["BAR"]) {
			return false
		}
	}
	return false
}

// clues reads the words of a text, without those that say nothing here; nil stands for a word of no phrase.
func (a *alarm) clues(text string) []*clue {
	all := Words(text)
	clues := make([]*clue, 0, len(all))
	for _, w := range all {
		switch {
		case between[w] || allDigits(w):
		case a.words[w] != nil:
			clues = append(clues, a.words[w])
		default:
			clues = append(clues, a.guess(w)...)
		}
	}
	return clues
}

// guess reads a word that stands in no phrase: written by ear, with a typo, or several without spaces.
func (a *alarm) guess(w string) []*clue {
	if c := a.words[byEar.Replace(w)]; c != nil {
		return []*clue{c}
	}
	if len(w) >= minTypo && len(w) <= maxJoined && !notTypos[w] {
		for size := len(w) - 1; size <= len(w)+1; size++ {
			for _, known := range a.long[[2]byte{w[0], byte(size)}] {
				if WithinTypos(w, known, 1) {
					return []*clue{a.words[known]}
				}
			}
		}
	}
	if len(w) >= minJoined && len(w) <= maxJoined {
		if parts, ok := a.part(w); ok {
			return parts
		}
	}
	return []*clue{nil}
}

// byEar writes quiero for kiero and vivir for bivir.
var byEar = strings.NewReplacer("k", "qu", "b", "v", "z", "s")

// Words written together are looked for in words this long: shorter ones are their own, longer ones would be slow.
const (
	minJoined = 5
	maxJoined = 40
)

// part cuts a word into words of the phrases, and those that may stand between, if it is made of nothing else. The
// longest beginning that leaves a good rest is taken.
func (a *alarm) part(w string) ([]*clue, bool) {
	ends := make([]int, len(w)+1) // where the word that begins here ends; 0 where none does
	ends[len(w)] = len(w)
	for i := len(w) - 1; i >= 0; i-- {
		for j := min(len(w), i+longestPart); j > i; j-- {
			if ends[j] != 0 && (j-i > 1 || w[i] == 'i') && (between[w[i:j]] || a.words[w[i:j]] != nil) {
				ends[i] = j
				break
			}
		}
	}
	if ends[0] == 0 {
		return nil, false
	}
	var clues []*clue
	for i := 0; i < len(w); i = ends[i] {
		if part := w[i:ends[i]]; !between[part] {
			clues = append(clues, a.words[part])
		}
	}
	return clues, true
}

const longestPart = 12
