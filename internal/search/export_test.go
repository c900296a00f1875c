package search

import (
	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// Reader reads texts as a Searcher of the same vocabulary and gazetteer does.
type Reader reader

// NewReader makes a reader.
func NewReader(v *directory.Vocabulary, g *geo.Gazetteer) *Reader {
	return (*Reader)(newReader(v, g, TermWords(v)))
}

// Read gives the readings and the words left.
func (r *Reader) Read(q Query) ([]Reading, []string) {
	u := (*reader)(r).understand(&q)
	return u.readings, u.words
}
