package search

import (
	"slices"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// Names tells what words mean to whoever reads questions, for those who give a term another name. It is immutable.
type Names struct{ reader, steady *reader }

// NewNames goes by a vocabulary, and for what is danger by the program's too.
func NewNames(v, base *directory.Vocabulary, places *geo.Gazetteer) *Names {
	return &Names{newReader(v, places, TermWords(v)), newReader(base, places, TermWords(base))}
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

// Of says what a text is as a name of a term. One that is of a danger itself may be called by its words.
func (n *Names) Of(term ClaimKey, text string) Naming {
	r := n.reader
	words := stems(Words(text))
	one := len(words) == 1
	var x Naming
	m, known := r.places.Mentioned(text)
	x.Place = known && m.People >= peopleOfCity
	means := r.means
	topic := topicOf[meaning{string(term.Facet), term.Code}]
	if term.Facet == directory.Topic {
		topic = term.Code
		means = r.topics
		x.Nothing = len(words) == 0 || one && notTopics[words[0]]
	} else {
		x.Nothing = len(words) == 0 || one && (vague[words[0]] || idle[words[0]] || weakWords[words[0]])
	}
	own := topic == "suicide" || dangers[topic]
	x.Danger = !own && InCrisis(text) || r.callsForHelp(words, own) || n.steady.callsForHelp(words, own)
	if node := r.node(words, false); node > 0 {
		for _, m := range means[node] {
			x.Means = append(x.Means, Meaning{m.facet, m.value})
		}
	}
	return x
}

// callsForHelp reports whether anything in the words has a helpline be looked for; own is to pass over what does by its
// topic.
func (r *reader) callsForHelp(words []string, own bool) bool {
	for from := range words {
		for to := from + 1; to <= len(words); to++ {
			node := r.node(words[from:to], false)
			if node == 0 {
				continue
			}
			if slices.Contains(r.means[node], meaning{"kind", string(directory.Helpline)}) ||
				!own && len(r.perils[node]) > 0 {
				return true
			}
		}
	}
	return false
}
