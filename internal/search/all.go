package search

import (
	"context"

	"carefinder/internal/directory"
)

// all is the Searcher's All.
func (s *searcher) all(ctx context.Context, q Query, max int) ([]directory.ID, error) {
	q.Cursor, q.Limit, q.Facets = "", 1, nil
	a, _, err := s.match(ctx, &q, s.read(&q)) // tells in which way the text is taken
	if err != nil {
		return nil, err
	}
	m := a.Match
	m.Origin, m.Sort, m.Limit = nil, ByVerified, max+1 // by what any engine has at hand
	c, err := s.cfg.Engine.Match(ctx, m)
	if err != nil {
		return nil, err
	}
	ids := make([]directory.ID, 0, len(c.Hits)+len(c.Remote))
	for _, found := range [][]Candidate{c.Hits, c.Remote} {
		for i := range found {
			ids = append(ids, found[i].ID)
		}
	}
	return ids[:min(len(ids), max+1)], nil
}
