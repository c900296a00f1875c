package searchtest

import (
	"context"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// broken answers as the oracle does, but for one defect.
type broken struct {
	*Oracle
	spoil func(m *search.Match)
	fix   func(search.Match, *search.Candidates)
}

func (b broken) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	asked := m
	if b.spoil != nil {
		b.spoil(&m)
	}
	c, err := b.Oracle.Match(ctx, m)
	if err == nil && b.fix != nil {
		b.fix(asked, c)
	}
	return c, err
}

// TestSuiteCanFail shows that each defect an engine may have is noticed by the random questions.
func TestSuiteCanFail(t *testing.T) {
	defects := map[string]broken{
		"drops what has no site":         {spoil: func(m *search.Match) { m.Serves = nil }},
		"counts facets conjunctively":    {fix: conjunctive},
		"forgets the country":            {spoil: func(m *search.Match) { m.Country = "" }},
		"forgets a filter":               {spoil: func(m *search.Match) { m.Accepting = nil }},
		"shows hidden demonstrations":    {spoil: func(m *search.Match) { m.Demonstrations = true }},
		"estimates its totals":           {fix: func(_ search.Match, c *search.Candidates) { c.Total -= c.Total / 100 }},
		"breaks at the antimeridian":     {spoil: flat},
		"calls unknown hours open":       {spoil: func(m *search.Match) { m.OpenAt = time.Time{} }},
		"rounds distances":               {fix: func(_ search.Match, c *search.Candidates) { round(c.Hits) }},
		"forgives no typo and no prefix": {spoil: func(m *search.Match) { m.Words = nil }},
	}
	w := newWorld(7)
	var ops []search.Op
	for n := range 400 {
		l := w.listing(n)
		ops = append(ops, search.Op{ID: l.ID, Listing: l})
	}
	for name, b := range defects {
		b.Oracle = NewOracle(Vocabulary())
		p := newPair(b)
		p.apply(t, ops)
		found := false
		for range 400 {
			if p.ask(w.question(), 5) != nil {
				found = true
				break
			}
		}
		if !found {
			t.Errorf("an engine that %s passes", name)
		}
	}
}

func conjunctive(m search.Match, c *search.Candidates) {
	for f, codes := range m.Claims {
		if counts := c.Facets[search.FacetName(f)]; len(counts) > len(codes) {
			c.Facets[search.FacetName(f)] = counts[:len(codes)]
		}
	}
}

// flat cuts a circle as a box of degrees would, without going round.
func flat(m *search.Match) {
	if c, ok := m.Region.(geo.Circle); ok {
		if d := c.Radius / 111_000; d < 60 {
			m.Region = geo.Box{West: max(-180, c.Center.Lon()-d), South: max(-90, c.Center.Lat()-d), East: min(180, c.Center.Lon()+d), North: min(90, c.Center.Lat()+d)}
		}
	}
}

func round(hits []search.Candidate) {
	for i := range hits {
		hits[i].Distance = float64(int(hits[i].Distance/1000)) * 1000
	}
}

// TestOraclePasses runs the suite on the oracle itself, behind a lock, so that the suite asks nothing impossible.
func TestOraclePasses(t *testing.T) {
	runCases(t, func(_ *testing.T, v *directory.Vocabulary) search.Engine { return NewOracle(v) })
	runPages(t, NewOracle(Vocabulary()), 4)
	runCanceled(t, NewOracle(Vocabulary()))
}
