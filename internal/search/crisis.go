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

// InCrisis reports whether a text says that somebody may be about to die or be hurt by their own hand: its writer, or
// someone they write of. It errs towards yes, since all that follows is a calm offer, but it passes over those who
// grieve, learn or work in prevention, and over what is only said so. It has no state and keeps nothing.
func InCrisis(text string) bool {
	return text != "" && badText(text) == "" && crisisAlarm().rings(text)
}

// crisisAlarm is made once, in some milliseconds.
var crisisAlarm = sync.OnceValue(newAlarm)

// help gives the lines to offer where the question is about, or the person likeliest is.
func (s *Searcher) help(ctx context.Context, a *question) *CrisisHelp {
	at := standingBy(a)
	h := &CrisisHelp{Country: at.Country}
	lines, err := s.standBy(ctx, a)
	if err == nil { // without them the help is still offered: whoever shows it knows the first line of every country
		h.Lines = lines
	}
	return h
}

// alarm finds the phrases of crisis in a text.
type alarm struct {
	known map[string]int32 // words of the phrases
	long  map[byte][]string
	next  map[[2]int32]int32
	sound map[int32]bool // what a phrase ends in: true for one that rings, false for one that covers others
	ends  map[int32]bool
}

func newAlarm() *alarm {
	a := &alarm{known: map[string]int32{}, long: map[byte][]string{}, next: map[[2]int32]int32{}, sound: map[int32]bool{}, ends: map[int32]bool{}}
	a.learn(crisisPhrases, true)
	a.learn(calmPhrases, false)
	for w := range a.known {
		if len(w) >= minTypo && !strings.HasPrefix(w, "prevent") {
			a.long[w[0]] = append(a.long[w[0]], w)
		}
	}
	for _, list := range a.long {
		slices.Sort(list)
	}
	return a
}

// learn adds a table: one phrase a line, with alternatives of a word between bars.
func (a *alarm) learn(table string, rings bool) {
	for line := range strings.Lines(table) {
		a.add(0, strings.Fields(line), rings)
	}
}

func (a *alarm) add(at int32, words []string, rings bool) {
	if len(words) == 0 {
		if at > 0 {
			a.sound[at], a.ends[at] = rings || a.sound[at], true // a phrase of both tables rings
		}
		return
	}
	for alternative := range strings.SplitSeq(words[0], "|") {
		if between[alternative] { // no text has it
			continue
		}
		to := at
		for _, w := range Words(alternative) {
			id := a.known[w]
			if id == 0 {
				id = int32(len(a.known) + 1)
				a.known[w] = id
			}
			step := [2]int32{to, id}
			if to = a.next[step]; to == 0 {
				to = int32(len(a.next) + 1)
				a.next[step] = to
			}
		}
		a.add(to, words[1:], rings)
	}
}

// rings reports whether a phrase of crisis stands in the text that no calm phrase covers.
func (a *alarm) rings(text string) bool {
	all := Words(text)
	words := make([]int32, 0, len(all))
	for _, w := range all {
		if !between[w] && !allDigits(w) {
			words = append(words, a.read(w))
		}
	}
	calm := 0 // words before this one are covered
	for i := range words {
		ring, covers := a.from(words, i)
		calm = max(calm, covers)
		if ring > calm {
			return true
		}
	}
	return false
}

// from gives where the longest phrase of each sort that begins at a word ends; 0 for none.
func (a *alarm) from(words []int32, i int) (ring, calm int) {
	at := int32(0)
	for j := i; j < len(words); j++ {
		if at = a.next[[2]int32{at, words[j]}]; at == 0 {
			break
		}
		switch {
		case !a.ends[at]:
		case a.sound[at]:
			ring = j + 1
		default:
			calm = j + 1
		}
	}
	return ring, calm
}

// read gives the word of the phrases that w is, or is a typo of.
func (a *alarm) read(w string) int32 {
	if id := a.known[w]; id != 0 || len(w) < minTypo || notTypos[w] {
		return id
	}
	for _, known := range a.long[w[0]] {
		if WithinTypos(w, known, 1) {
			return a.known[known]
		}
	}
	return 0
}
