package search

import "slices"

// minTypo is how long a word must be to be read with a typo.
const minTypo = 5

// spell gives each word that nobody knows the one word of the phrases it is a typo of.
func (s *scan) spell() {
	for i := range s.tokens {
		t := &s.tokens[i]
		if t.use != free || t.id != 0 || len(t.text) < minTypo || idle[t.text] || weakWords[t.text] || ordinary[t.text] {
			continue
		}
		if word := s.meant(t.text); word != "" && !s.isPlace(i) {
			t.id = s.ids[word]
		}
	}
}

func (s *scan) isPlace(i int) bool {
	_, known := s.places.Mentioned(s.tokens[i].text)
	return known
}

// meant gives the only word of the phrases within the typos a word is forgiven; "" when there is none or several. The
// first letter is hardly ever the wrong one.
func (r *reader) meant(w string) string {
	found, budget := "", TypoBudget(w)
	stemmed := stem(w)
	for limit := 1; limit <= budget && found == ""; limit++ {
		for _, known := range r.byFirst[w[0]] {
			if d := len(known) - len(stemmed); d > limit || -d > limit || !WithinTypos(stemmed, known, limit) {
				continue
			}
			if found != "" && !r.same(found, known) {
				return ""
			}
			found = known
		}
	}
	return found
}

// same reports whether two words mean the same by themselves, as esketamine and esketamina do.
func (r *reader) same(a, b string) bool {
	x, y := r.means[r.node([]string{a}, false)], r.means[r.node([]string{b}, false)]
	return len(x) > 0 && slices.Equal(x, y)
}
