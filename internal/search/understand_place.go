package search

import (
	"carefinder/internal/geo"
)

// Where a person is stands in a text in three ways, which are read in the order of how sure they are: a ZIP or a city
// with its state; what follows a preposition; a well-known city by itself. The first found is the place; no other is
// looked for, since a question has but one.

// mostPlaceWords bounds the words of a place's name with what follows it.
const mostPlaceWords = 4

// people that a city without anything around it must have to be read as a city: a town of the United States in a text
// otherwise understood, and any other.
const (
	peopleOfTown = 15_000
	peopleOfCity = 100_000
)

// surePlaces reads a ZIP, and a city with its state or country.
func (s *scan) surePlaces() {
	for to := range s.tokens {
		zip := len(s.tokens[to].text) == 5 && allDigits(s.tokens[to].text)
		if !zip && !s.endsPlace(to) {
			continue
		}
		for from := max(0, to-mostPlaceWords+1); from <= to; from++ {
			if from == to && !zip {
				continue
			}
			if m, ok := s.places.Mentioned(s.span(from, to)); ok && m.Qualified && s.goesTo(from, to, m) {
				return
			}
		}
	}
}

// endsPlace reports whether the token can be the state or country behind a city. A short one that is a word too must be
// written as a state is: in capitals, behind a comma, or, unless it joins words, at the end.
func (s *scan) endsPlace(i int) bool {
	t := &s.tokens[i]
	switch {
	case i == 0 || !states[t.text]:
		return false
	case t.comma || t.capitals && !s.shouted:
		return true
	case joiners[t.text]:
		return false
	}
	return !wordStates[t.text] || i == len(s.tokens)-1
}

// placesBehind reads a place that a preposition leads to.
func (s *scan) placesBehind() {
	for i := range s.tokens {
		near := s.is(i, nearWords)
		if !near && !s.is(i, inWords) || s.tokens[i].use == read {
			continue
		}
		if s.placeFrom(i, i+1, near) {
			return
		}
		from := i + 1
		for s.is(from, placeFillers) {
			from++
		}
		if from > i+1 && s.placeFrom(i, from, near) {
			return
		}
	}
}

// placeFrom reads the place whose name begins at a token, behind a preposition.
func (s *scan) placeFrom(preposition, from int, near bool) bool {
	for to := min(from+mostPlaceWords, len(s.tokens)) - 1; to >= from; to-- {
		if !s.allOpen(from, to) || from == to && idle[s.tokens[from].text] && !s.tokens[from].capitals {
			continue
		}
		m, ok := s.places.Mentioned(s.span(from, to))
		if ok && (near || s.meantIn(preposition, from, to, m)) && !s.elsewhere(to) && s.goesTo(from, to, m) {
			return true
		}
	}
	return false
}

// elsewhere reports whether a state follows that the place before it is not in.
func (s *scan) elsewhere(to int) bool { return s.open(to+1) && s.endsPlace(to+1) }

// misspeltPlace reads a large city with a slip in its name, where a place is looked for: behind a preposition, and at the
// end of a text otherwise understood.
func (s *scan) misspeltPlace() {
	if s.placed {
		return
	}
	last := s.last()
	for i := range s.tokens {
		state := i+1 < len(s.tokens) && s.open(i+1) && s.endsPlace(i+1)
		behind := s.is(i-1, nearWords) || s.is(i-1, inWords) && !s.is(i-1, ofWords)
		end := len(s.readings) > 0 && !s.plainBefore(i) && (i == last || state && i+1 == last)
		if t := &s.tokens[i]; !s.open(i) || t.id != 0 || !behind && !end || idle[t.text] || weakWords[t.text] || ordinary[t.text] {
			continue
		}
		to := i
		if state {
			to++
		} else if s.isPlace(i) {
			continue
		}
		if label, ok := s.places.Misspelt(s.span(i, to)); ok {
			s.take(i, to, meaning{"place", label})
			s.placed = true
			return
		}
	}
}

// meantIn reports whether a place is meant behind "in", "en", "de" and their like, which lead to much else.
func (s *scan) meantIn(preposition, from, to int, m geo.Mention) bool {
	t := &s.tokens[from]
	switch {
	case months[t.text] || from == to && (moods[t.text] || weakWords[t.text]):
		return false
	case s.is(preposition, ofWords):
		return m.People >= peopleOfCity && (from < to || !ordinary[t.text]) && !s.plainBefore(preposition)
	case from == to && ordinary[t.text]:
		return t.first && !s.shouted || to == s.last()
	}
	return true
}

// barePlaces reads a city that nothing leads to.
func (s *scan) barePlaces() {
	for from := range s.tokens {
		for to := min(from+mostPlaceWords, len(s.tokens)) - 1; to >= from; to-- {
			if t := &s.tokens[from]; !s.allOpen(from, to) || from == to && (!t.capitals && (idle[t.text] || len(t.text) == 2 && t.text != "uk") || ordinary[t.text] || months[t.text]) {
				continue
			}
			m, ok := s.places.Mentioned(s.span(from, to))
			if ok && s.standsAlone(from, to, m) && !s.elsewhere(to) && s.goesTo(from, to, m) {
				return
			}
		}
	}
}

// standsAlone reports whether what stands around a city lets it be one: "Boston Medical" and "University of Houston" are
// names of something else.
func (s *scan) standsAlone(from, to int, m geo.Mention) bool {
	if s.plainAfter(to) || s.is(to+1, institutions) || s.is(from-1, ofWords) || s.is(from-1, titles) {
		return false
	}
	if s.plainBefore(from) {
		return m.People >= peopleOfCity
	}
	return m.People >= peopleOfTown && m.Country == "US" || m.People >= peopleOfCity
}

// quiet reports whether a token says nothing of what a place beside it belongs to.
func (t *token) quiet() bool {
	return t.use == empty || t.use == free && (idle[t.text] || weakWords[t.text] || whenWords[t.text])
}

// plainBefore and plainAfter report whether the nearest word that says anything is a plain one.
func (s *scan) plainBefore(i int) bool {
	for i--; i >= 0; i-- {
		if t := &s.tokens[i]; !t.quiet() {
			return t.use == free
		}
	}
	return false
}

func (s *scan) plainAfter(i int) bool {
	for i++; i < len(s.tokens); i++ {
		if t := &s.tokens[i]; !t.quiet() {
			return t.use == free
		}
	}
	return false
}

// last gives the last token that is more than a filler.
func (s *scan) last() int {
	i := len(s.tokens) - 1
	for i > 0 && s.open(i) && idle[s.tokens[i].text] {
		i--
	}
	return i
}

func (s *scan) allOpen(from, to int) bool {
	for i := from; i <= to; i++ {
		if !s.open(i) {
			return false
		}
	}
	return true
}

// goesTo makes the tokens the place of the question. Where one was chosen already they stay plain words, unless they name
// the same.
func (s *scan) goesTo(from, to int, m geo.Mention) bool {
	switch {
	case s.placed:
		chosen, ok := s.places.Mentioned(s.q.Place)
		if !ok || chosen.Point != m.Point {
			return false
		}
		s.mark(from, to, read)
	case m.Whole: // not what is near its largest city
		if !s.take(from, to, meaning{"country", m.Country}) {
			return false
		}
	default:
		s.take(from, to, meaning{"place", s.span(from, to)})
	}
	s.placed = true
	for s.open(from-1) && (s.is(from-1, nearWords) || s.is(from-1, inWords) || s.is(from-1, placeFillers)) {
		from--
		s.tokens[from].use = empty
	}
	for s.open(to+1) && s.is(to+1, placeFillers) {
		to++
		s.tokens[to].use = empty
	}
	return true
}
