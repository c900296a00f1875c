package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"carefinder/internal/fault"
	"carefinder/internal/geo"
)

// Gap is a place that is far from the nearest site that gives some kind of care.
type Gap struct {
	geo.Place
	Distance float64 // metres; +Inf where nobody gives it at all
}

// GapQuery asks which places are far from an offer.
type GapQuery struct {
	Offer  Offer
	Beyond float64 // metres
	Where  string  // a country, ISO 3166-1, or a division, ISO 3166-2
	Sort   GapSort
}

// GapSort is an order of gaps.
type GapSort string

// The orders. Equals are by their people, then their names.
const (
	GapsByPeople   GapSort = "people"   // most first
	GapsByDistance GapSort = "distance" // farthest first
	GapsByName     GapSort = "name"
)

// GapSorts lists every order.
func GapSorts() []GapSort { return []GapSort{GapsByPeople, GapsByDistance, GapsByName} }

// GapReport answers a GapQuery, of the cities whose population is known: those of 15,000 people and more.
type GapReport struct {
	Gaps         []Gap       // all of them, in their order
	PeopleBeyond int         // who live in them
	All          []geo.Place // that were looked at
	People       int         // who live in those
}

// Gaps says which places are far from an offer.
func (d *Dashboard) Gaps(ctx context.Context, q GapQuery) (*GapReport, error) {
	away, err := d.distances(ctx, q.Offer)
	if err != nil {
		return nil, err
	}
	r := &GapReport{}
	for i, p := range d.Places.Cities() {
		if p.Country != q.Where && p.Admin1Code != q.Where {
			continue
		}
		r.All = append(r.All, p)
		r.People += p.Population
		if float64(away[i]) > q.Beyond {
			r.Gaps = append(r.Gaps, Gap{p, float64(away[i])})
			r.PeopleBeyond += p.Population
		}
	}
	slices.SortStableFunc(r.Gaps, q.Sort.compare)
	return r, nil
}

func (s GapSort) compare(a, b Gap) int {
	first := 0
	switch s {
	case GapsByDistance:
		first = cmp.Compare(b.Distance, a.Distance)
	case GapsByName:
		first = strings.Compare(a.Name, b.Name)
	}
	return cmp.Or(first, cmp.Compare(b.Population, a.Population), strings.Compare(a.Name, b.Name))
}

// reach is how far each city of the gazetteer is from an offer, at a change of the directory.
type reach struct {
	offer Offer
	log   string
	seq   int64
	away  []float32 // metres, in the order of Cities
}

// maxReaches bounds what is kept: each takes the memory of a small picture.
const maxReaches = 16

// distances gives how far each city is from an offer. It is worked out once for each change of the directory, by one at
// a time: it takes a processor for a moment, and searches come first.
func (d *Dashboard) distances(ctx context.Context, o Offer) ([]float32, error) {
	log, seq, err := d.Latest(ctx)
	if err != nil {
		return nil, err
	}
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Canceled, "The request ended before its turn came.", ctx.Err())
	}
	i := slices.IndexFunc(d.reaches, func(r reach) bool { return r.offer == o })
	if i >= 0 && d.reaches[i].log == log && d.reaches[i].seq >= seq {
		return d.reaches[i].away, nil
	}
	points, err := d.Sites(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("sites of %s %s: %w", o.Facet, o.Code, err)
	}
	near := geo.NewScatter(points)
	cities := d.Places.Cities()
	away := make([]float32, len(cities))
	for i := range cities {
		away[i] = float32(near.Distance(cities[i].Point))
	}
	if i >= 0 {
		d.reaches = slices.Delete(d.reaches, i, i+1)
	}
	d.reaches = append(d.reaches[max(0, len(d.reaches)+1-maxReaches):], reach{o, log, seq, away})
	return away, nil
}
