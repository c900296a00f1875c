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
// that does, because it keeps all that was asked for, and the nearest place with anything, then each filter that could be
// dropped, the one that finds most first. It stops when ctx ends or the engine fails, with what it knows by then: advice
// must not cost the answer.
func (s *searcher) relax(ctx context.Context, a *question) []Relaxation {
	all := append(s.wider(ctx, a), s.elsewhere(ctx, a)...)
	fixed := len(all)
	for _, d := range droppable(a) {
		m := a.Match
		d.drop(&m)
		all = s.promise(ctx, all, m, Relaxation{Change: d.name})
	}
	slices.SortStableFunc(all[fixed:], func(x, y Relaxation) int { return y.Total - x.Total })
	return all
}

// wider tries larger circles until one holds something.
func (s *searcher) wider(ctx context.Context, a *question) []Relaxation {
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
		if found := s.promise(ctx, nil, m, Relaxation{Change: "radius", Value: strconv.FormatFloat(r, 'f', -1, 64)}); found != nil {
			return found
		}
	}
	return nil
}

// elsewhere finds the nearest listing with a site that is all that was asked for, and asks as one would who was in the
// town it lies in. Where nothing has a site that is, no place is near.
func (s *searcher) elsewhere(ctx context.Context, a *question) []Relaxation {
	c, ok := a.Region.(geo.Circle)
	if !ok || ctx.Err() != nil {
		return nil
	}
	m := a.Match
	m.Region, m.Origin, m.Serves, m.Sort, m.Limit, m.Facets, m.After = nil, &c.Center, nil, ByDistance, 1, nil, nil
	found, err := s.cfg.Engine.Match(ctx, m)
	if err != nil || len(found.Hits) == 0 {
		return nil
	}
	hit := found.Hits[0]
	l, err := s.cfg.Listings.Published(ctx, []directory.ID{hit.ID})
	if err != nil || l[0] == nil || hit.Site >= len(l[0].Sites) {
		return nil
	}
	town, ok := s.cfg.Gazetteer.Around(l[0].Sites[hit.Site].Point)
	if !ok {
		return nil
	}
	there, err := s.cfg.Gazetteer.Resolve(town.Label())
	if err != nil {
		return nil
	}
	m = a.Match
	m.Region, m.Origin, m.Serves = geo.Circle{Center: there.Place.Point, Radius: c.Radius}, &there.Place.Point, localeOf(&there.Place)
	return s.promise(ctx, nil, m, Relaxation{Change: "place", Value: town.Label(), Distance: hit.Distance})
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

// promise adds r to all, with what m finds, if it is known to find anything.
func (s *searcher) promise(ctx context.Context, all []Relaxation, m Match, r Relaxation) []Relaxation {
	if ctx.Err() != nil {
		return all
	}
	m.Limit, m.Facets, m.After = 0, nil, nil
	c, err := s.cfg.Engine.Match(ctx, m)
	if err != nil || c.Total+c.RemoteTotal == 0 {
		return all
	}
	r.Total, r.Remote = c.Total+c.RemoteTotal, c.RemoteTotal
	return append(all, r)
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
func (s *searcher) standBy(ctx context.Context, a *question) ([]Hit, error) {
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
