package search

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// relax says which single change of a question that found nothing would find something: first the nearest wider circle
// that does, because it keeps all that was asked for, then each filter that could be dropped, the one that finds most
// first. It stops when ctx ends or the engine fails, with what it knows by then: advice must not cost the answer.
func (s *Searcher) relax(ctx context.Context, a *question) []Relaxation {
	all := s.wider(ctx, a)
	fixed := len(all)
	for _, d := range droppable(a) {
		m := a.Match
		d.drop(&m)
		if n := s.total(ctx, m); n > 0 {
			all = append(all, Relaxation{Change: d.name, Total: n})
		}
	}
	slices.SortStableFunc(all[fixed:], func(x, y Relaxation) int { return y.Total - x.Total })
	return all
}

// wider tries larger circles until one holds something.
func (s *Searcher) wider(ctx context.Context, a *question) []Relaxation {
	c, ok := a.Region.(geo.Circle)
	if !ok {
		return nil
	}
	for _, r := range wideRadii(a.country) {
		if r <= c.Radius {
			continue
		}
		m := a.Match
		m.Region = geo.Circle{Center: c.Center, Radius: r}
		if n := s.total(ctx, m); n > 0 {
			return []Relaxation{{Change: "radius", Value: strconv.FormatFloat(r, 'f', -1, 64), Total: n}}
		}
	}
	return nil
}

// wideRadii are the circles worth trying, in metres, round numbers in the unit the country's roads are signed in.
func wideRadii(country string) [4]float64 {
	radii := [4]float64{50_000, 100_000, 250_000, 500_000}
	if country == "US" || country == "GB" || country == "LR" {
		const mile = 1609.344
		radii = [4]float64{50 * mile, 100 * mile, 200 * mile, 300 * mile}
	}
	return radii
}

// total counts what m finds, 0 when nobody knows.
func (s *Searcher) total(ctx context.Context, m Match) int {
	if ctx.Err() != nil {
		return 0
	}
	m.Limit, m.Facets, m.After = 0, nil, nil
	c, err := s.cfg.Engine.Match(ctx, m)
	if err != nil {
		return 0
	}
	return c.Total + c.RemoteTotal
}

// filter is a part of a question that can be left out.
type filter struct {
	name string
	drop func(*Match)
}

// droppable lists the filters that are set, by the names the API has for them.
func droppable(a *question) (set []filter) {
	add := func(is bool, name string, drop func(*Match)) {
		if is {
			set = append(set, filter{name, drop})
		}
	}
	for _, f := range directory.Facets() {
		add(len(a.Claims[f]) > 0, string(f), func(m *Match) { m.Claims = without(m.Claims, f) })
	}
	add(len(a.Accepting) > 0, "accepting", func(m *Match) { m.Accepting = nil })
	add(a.Free, "free", func(m *Match) { m.Free = false })
	add(a.SlidingScale, "sliding_scale", func(m *Match) { m.SlidingScale = false })
	add(!a.OpenAt.IsZero(), "open_now", func(m *Match) { m.OpenAt = time.Time{} })
	add(!a.VerifiedSince.IsZero(), "verified_within", func(m *Match) { m.VerifiedSince = time.Time{} })
	add(len(a.Words) > 0, "q", func(m *Match) { m.Words = nil })
	add(len(a.Kinds) > 0, "kind", func(m *Match) { m.Kinds = nil })
	add(a.Country != "", "country", func(m *Match) { m.Country = "" })
	return set
}

func without(claims map[directory.Facet][]string, f directory.Facet) map[directory.Facet][]string {
	rest := make(map[directory.Facet][]string, len(claims))
	for g, codes := range claims {
		if g != f {
			rest[g] = codes
		}
	}
	return rest
}

// standBy gives the helplines for someone whose question found nothing, in the country asked about.
func (s *Searcher) standBy(ctx context.Context, a *question) ([]Hit, error) {
	const few = 3
	at := standingBy(a)
	lines, err := s.lines(ctx, &HelplineQuery{Country: at.Country, At: s.cfg.Now()}, at)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return others(a.Listing) - others(b.Listing) })
	hits := make([]Hit, 0, few)
	for _, l := range lines[:min(len(lines), few)] {
		hits = append(hits, Hit{Listing: l.Listing, Site: -1, Distance: math.NaN()})
	}
	return hits, nil
}

// standingBy says where the lines of a question must serve.
func standingBy(a *question) Locale {
	at := Locale{Country: "US"}
	if a.country != "" {
		at.Country = a.country
	}
	if a.Serves != nil && a.Serves.Country == at.Country {
		at = *a.Serves
	}
	return at
}

// others is 1 for a line that is not for anyone in a crisis: those stand behind.
func others(l *directory.Listing) int {
	if l.ForAnyoneInCrisis() {
		return 0
	}
	return 1
}
