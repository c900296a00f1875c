package web

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"carefinder/internal/search"
)

// lineCountries knows in which countries a helpline is known, so that nobody is led to a page without one. It asks for
// all of them at once and remembers for a while.
type lineCountries struct {
	asking sync.Mutex
	last   atomic.Pointer[knownCountries]
}

type knownCountries struct {
	lines map[string]bool // nil when nobody could say
	till  time.Time
}

// countriesFresh is how long a country whose first line was published may be missing from the lists.
const countriesFresh = 10 * time.Minute

// withLines gives the countries that have a helpline; nil when nobody can say. One request asks; those beside it take
// what was known before and never wait for it.
func (s *Server) withLines(ctx context.Context) map[string]bool {
	last := s.countries.last.Load()
	if last == nil {
		last = &knownCountries{}
	}
	if s.now().Before(last.till) || !s.countries.asking.TryLock() {
		return last.lines
	}
	defer s.countries.asking.Unlock()
	next := knownCountries{map[string]bool{}, s.now().Add(countriesFresh)}
	for _, x := range s.cfg.Emergency.All() {
		res, err := s.cfg.Searcher.Helplines(ctx, search.HelplineQuery{Country: x.Country, At: s.now()})
		if err != nil {
			next = knownCountries{last.lines, s.now().Add(crisisRetry)}
			break
		}
		next.lines[x.Country] = len(res.Lines) > 0
	}
	s.countries.last.Store(&next)
	return next.lines
}
