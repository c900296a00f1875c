package search

import (
	"slices"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// Names tells what words mean to whoever reads questions, for those who give a term another name. It is immutable.
type Names struct{ reader *reader }

// NewNames goes by a vocabulary.
func NewNames(v *directory.Vocabulary, places *geo.Gazetteer) *Names {
	return &Names{newReader(v, places, TermWords(v))}
}

// Naming is what stands in the way of a name, and what it means already.
type Naming struct {
	Nothing bool      // by itself it says nothing, or too much
	Danger  bool      // it is answered with who can be reached
	Place   bool      // it is a city
	Means   []Meaning // what it is read as
}

// Meaning is a parameter of a question and its value: {modality cbt}, {kind therapist}.
type Meaning struct{ Facet, Value string }

// Of says what a text is as a name of a term of f.
func (n *Names) Of(f directory.Facet, text string) Naming {
	r := n.reader
	words := stems(Words(text))
	one := len(words) == 1
	var x Naming
	m, known := r.places.Mentioned(text)
	x.Place = known && m.People >= peopleOfCity
	means := r.means
	if f == directory.Topic {
		means = r.topics
		x.Nothing = len(words) == 0 || one && notTopics[words[0]]
	} else {
		x.Nothing = len(words) == 0 || one && (vague[words[0]] || idle[words[0]] || weakWords[words[0]])
		x.Danger = InCrisis(text) || r.callsForHelp(words)
	}
	if node := r.node(words, false); node > 0 {
		for _, m := range means[node] {
			x.Means = append(x.Means, Meaning{m.facet, m.value})
		}
	}
	return x
}

// callsForHelp reports whether anything in the words has a helpline be looked for.
func (r *reader) callsForHelp(words []string) bool {
	for from := range words {
		for to := from + 1; to <= len(words); to++ {
			node := r.node(words[from:to], false)
			if node == 0 {
				continue
			}
			if slices.Contains(r.means[node], meaning{"kind", string(directory.Helpline)}) ||
				slices.ContainsFunc(r.topics[node], func(m meaning) bool { return dangers[m.value] }) {
				return true
			}
		}
	}
	return false
}
