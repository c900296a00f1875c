package main

import (
	"slices"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

func (s *scan) addWords(l *directory.Listing) {
	name, rest := search.ListingText(l)
	from := len(s.words)
	for _, text := range append([]string{name}, rest...) {
		for _, w := range search.Words(text) {
			n, ok := s.number[w]
			if !ok {
				n = uint32(len(s.dict))
				s.number[w] = n
				s.dict = append(s.dict, w)
			}
			if !slices.Contains(s.words[from:], n) {
				s.words = append(s.words, n)
			}
		}
	}
	s.worded = append(s.worded, uint32(len(s.words)))
}

// read says what a word of the question stands for: itself, else what it may be a slip of.
func (s *scan) read(w search.Word, terms map[string][]scanValue) scanWord {
	r := scanWord{dict: make([]bool, len(s.dict))}
	note := func(values []scanValue) {
		for _, v := range values {
			if i, ok := s.bit[v]; ok {
				r.values.set(i)
			}
		}
	}
	n, found := s.number[w.Text]
	values, term := terms[w.Text]
	if found {
		r.dict[n] = true
	}
	note(values)
	budget := search.TypoBudget(w.Text)
	if found || term || budget == 0 {
		return r
	}
	for i, known := range s.dict {
		r.dict[i] = search.WithinTypos(w.Text, known, budget)
	}
	for known, values := range terms {
		if search.WithinTypos(w.Text, known, budget) {
			note(values)
		}
	}
	return r
}

// termValues are the values of the vocabulary by the words that stand for them.
func termValues(v *directory.Vocabulary) map[string][]scanValue {
	terms := map[string][]scanValue{}
	for word, keys := range search.TermWords(v) {
		for _, k := range keys {
			terms[word] = append(terms[word], scanValue{search.FacetName(k.Facet), k.Code})
		}
	}
	return terms
}
