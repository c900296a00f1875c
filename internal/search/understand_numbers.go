package search

import (
	"slices"
	"strconv"
	"strings"

	"carefinder/internal/geo"
)

// ages reads "my son is 15", "15 year old", "de 16 años", "15yo".
func (s *scan) ages() {
	for i := range s.tokens {
		n, from, to := s.aged(i)
		if n == 0 || !s.take(from, to, meaning{"age", ageCode(n)}) {
			continue
		}
	}
}

// aged finds an age whose number stands at i, and the tokens that say it.
func (s *scan) aged(i int) (n, from, to int) {
	n, ok := s.number(i)
	to = i
	if !ok {
		digits := strings.TrimRight(s.tokens[i].text, "yo")
		if n, _ = strconv.Atoi(digits); !strings.HasPrefix(s.tokens[i].text[len(digits):], "y") || s.tokens[i].use != free {
			return 0, 0, 0
		}
		ok = true
	}
	said := to == i && !allDigits(s.tokens[i].text)
	for s.is(to+1, yearWords) {
		to++
		said = true
	}
	from = i
	for s.open(from-1) && s.is(from-1, ageWords) {
		from--
	}
	if s.open(from-1) && s.is(from-1, relatives) {
		from--
		said = true
		if s.is(from-1, owners) {
			from--
		}
	} else if s.is(from, agedWords) && from < i {
		said = true
	} else if from < i && !said {
		from = i
	}
	if !said || n < 1 || n > 110 {
		return 0, 0, 0
	}
	if s.is(to+1, relatives) { // "my 8 year old son"
		to++
	}
	if s.is(from-1, owners) && s.open(from-1) {
		from--
	}
	return n, from, to
}

func allDigits(w string) bool { return strings.Trim(w, "0123456789") == "" }

func ageCode(n int) string {
	switch {
	case n <= 12:
		return "child"
	case n <= 17:
		return "teen"
	case n <= 25:
		return "young-adult"
	case n < 65:
		return "adult"
	}
	return "older-adult"
}

// distances reads "within 50 miles of", "a menos de 20 km", "50mi from".
func (s *scan) distances() {
	for i := range s.tokens {
		n, unit, to := s.distance(i)
		if n == 0 {
			continue
		}
		from := i
		for s.open(from-1) && s.is(from-1, withinWords) {
			from--
		}
		value := strconv.Itoa(n) + unit
		m, err := geo.ParseDistance(value)
		if err != nil || m > MaxRadius {
			continue
		}
		s.mark(from, to, empty)
		if s.q.Radius == 0 && !slices.ContainsFunc(s.readings, func(r Reading) bool { return r.Facet == "radius" }) {
			s.readings = append(s.readings, Reading{"radius", value, s.span(from, to), s.tokens[from].start, s.tokens[to].end})
		}
	}
}

// distance finds a number with a unit of length at i.
func (s *scan) distance(i int) (n int, unit string, to int) {
	if !s.open(i) {
		return 0, "", 0
	}
	if n, ok := s.number(i); ok && s.open(i+1) && units[s.tokens[i+1].text] != "" {
		return n, units[s.tokens[i+1].text], i + 1
	}
	digits := strings.TrimRight(s.tokens[i].text, "milesk")
	if unit = units[s.tokens[i].text[len(digits):]]; unit == "" || len(digits) > 3 {
		return 0, "", 0
	}
	n, _ = strconv.Atoi(digits)
	return n, unit, i
}
