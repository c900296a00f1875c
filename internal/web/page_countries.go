package web

import (
	"context"
	"sync"
	"time"

	"carefinder/internal/search"
)

// lineCountries knows in which countries a helpline is known, so that nobody is led to a page without one. It asks for
// all of them at once and remembers for a while.
type lineCountries struct {
	mu    sync.Mutex
	known map[string]bool
	till  time.Time
}

// countriesFresh is how long a country whose first line was published may be missing from the lists.
const countriesFresh = 10 * time.Minute

// withLines gives the countries that have a helpline; nil when nobody can say.
func (s *Server) withLines(ctx context.Context) map[string]bool {
	c := &s.countries
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.now().Before(c.till) {
		return c.known
	}
	known := map[string]bool{}
	for _, x := range s.cfg.Emergency.All() {
		res, err := s.cfg.Searcher.Helplines(ctx, search.HelplineQuery{Country: x.Country, At: s.now()})
		if err != nil {
			return nil
		}
		known[x.Country] = len(res.Lines) > 0
	}
	c.known, c.till = known, s.now().Add(countriesFresh)
	return known
}
