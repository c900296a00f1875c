package search

import (
	"context"
	"sync/atomic"
	"time"

	"carefinder/internal/directory"
)

// Searcher answers people's questions through an engine. It is safe for concurrent use. Each question is answered by one
// vocabulary from beginning to end, whatever Reword does meanwhile.
type Searcher struct {
	now atomic.Pointer[searcher]
}

// NewSearcher makes a searcher of its parts. cfg.Vocabulary is the program's.
func NewSearcher(cfg Config) *Searcher {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Demonstration == nil {
		cfg.Demonstration = func() bool { return false }
	}
	first := &searcher{cfg: cfg, terms: TermWords(cfg.Vocabulary)}
	first.reader = newReader(cfg.Vocabulary, cfg.Gazetteer, first.terms)
	first.steady = first.reader
	s := &Searcher{}
	s.now.Store(first)
	return s
}

// Reword has questions from now on be read by the program's vocabulary as amended. What says that a life may be in danger
// is read by the program's alone: nobody at a desk can change, by a word, whom such a text is answered with.
func (s *Searcher) Reword(v *directory.Vocabulary) {
	next := *s.now.Load()
	next.cfg.Vocabulary, next.terms = v, TermWords(v)
	next.reader, next.gone = newReader(v, next.cfg.Gazetteer, next.terms), nil
	for _, f := range directory.Facets() {
		for _, t := range v.Terms(f) {
			if t.Retired {
				next.gone = append(next.gone, ClaimKey{f, t.Code})
			}
		}
	}
	s.now.Store(&next)
}

// Search finds what answers q. It gives fault.Invalid with every faulty field at once, named as the API names them;
// fault.Unresolvable for a place nobody knows; and what the engine and the listings give.
//
// Remote hits come with the first page only, as many of them as the limit lets. A hit that was withdrawn, or changed so
// that it no longer matches, since the engine saw it is left out; the totals still count it until the index has
// caught up, a moment later.
func (s *Searcher) Search(ctx context.Context, q Query) (*Result, error) {
	return s.now.Load().search(ctx, q)
}

// All gives the IDs of everything that answers q, located and remote, in no order: what Search would show on all its
// pages, as the index has it at one moment. Of more than max it gives one more than that, so that the caller sees. What
// was withdrawn a moment ago may still be among them.
func (s *Searcher) All(ctx context.Context, q Query, max int) ([]directory.ID, error) {
	return s.now.Load().all(ctx, q, max)
}

// Clusters counts the sites that match q in its Box, by cells about 64 pixels wide at the zoom (0..MaxZoom) of a web
// map. It gives fault.Invalid for a question without a box, and for a zoom so fine that the box would be shown in more
// cells than any screen has room for.
func (s *Searcher) Clusters(ctx context.Context, q Query, zoom int) ([]Cluster, error) {
	return s.now.Load().clusters(ctx, q, zoom)
}

// Helplines finds the lines that serve the country, and the division when it is known. When it isn't, a person may be
// in any: the lines of single divisions follow those of the whole country, and say so by their coverage. Made-up lines
// are never among them. A country nobody knows a line of has none, which is no error; fault.Invalid names every faulty
// field.
func (s *Searcher) Helplines(ctx context.Context, q HelplineQuery) (*HelplineResult, error) {
	return s.now.Load().helplines(ctx, q)
}

// Listing gives a listing as the public may see it now. It gives fault.Gone, with the reason and the field replaced_by
// suggesting the ID of what took its place, when it was archived; and fault.NotFound when it is not published or
// never was, in the same words.
func (s *Searcher) Listing(ctx context.Context, id directory.ID) (*directory.Listing, error) {
	return s.now.Load().listing(ctx, id)
}
