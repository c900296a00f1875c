package searchtest

import (
	"slices"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

func wordsOf(l *directory.Listing) map[string]bool {
	set := map[string]bool{}
	name, rest := search.ListingText(l)
	for _, text := range append(rest, name) {
		for _, w := range search.Words(text) {
			set[w] = true
		}
	}
	return set
}

// reading is what a word of the question stands for: words that listings hold or that terms go by, and those terms.
type reading struct {
	words map[string]bool
	terms []search.ClaimKey
}

func (o *Oracle) readings(words []search.Word) []reading {
	out := make([]reading, len(words))
	for i, w := range words {
		if out[i] = o.reading(w); len(out[i].words) == 0 {
			out[i] = o.forgiven(w)
		}
	}
	return out
}

// reading takes the word as it is: what holds it, or begins with it, and the terms it stands for. A beginning of a
// term's word stands for no term.
func (o *Oracle) reading(w search.Word) reading {
	r := reading{words: map[string]bool{}, terms: o.terms[w.Text]}
	if len(r.terms) > 0 {
		r.words[w.Text] = true
	}
	for held := range o.holders {
		if held == w.Text || w.Prefix && strings.HasPrefix(held, w.Text) {
			r.words[held] = true
		}
	}
	return r
}

// forgiven takes the word for a typo of others, whole ones, of listings and terms alike.
func (o *Oracle) forgiven(w search.Word) reading {
	r := reading{words: map[string]bool{}}
	budget := search.TypoBudget(w.Text)
	if budget == 0 {
		return r
	}
	for held := range o.holders {
		if search.WithinTypos(w.Text, held, budget) {
			r.words[held] = true
		}
	}
	for term, keys := range o.terms {
		if search.WithinTypos(w.Text, term, budget) {
			r.words[term] = true
			r.terms = append(r.terms, keys...)
		}
	}
	return r
}

// holds reports whether a listing has every word: in its text, or by a claim of yes to what it stands for.
func (o *Oracle) holds(words []reading, id directory.ID) bool {
	for _, r := range words {
		found := slices.ContainsFunc(r.terms, func(k search.ClaimKey) bool { return o.listings[id].Has(k.Facet, k.Code) })
		for w := range o.words[id] {
			found = found || r.words[w]
		}
		if !found {
			return false
		}
	}
	return true
}

// inName counts the words of the question that stand in the listing's name.
func inName(words []reading, l *directory.Listing) (n float64) {
	if len(words) == 0 {
		return 0
	}
	name := search.Words(l.Name)
	for _, r := range words {
		if slices.ContainsFunc(name, func(w string) bool { return r.words[w] }) {
			n++
		}
	}
	return n
}
