package search_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

func TestUnmet(t *testing.T) {
	s, _, _ := searcher(t, listing("in Denver", directory.Center, at(39.74, -104.98), says(directory.Treatment, "tms")))
	dbt := map[directory.Facet][]string{directory.Modality: {"dbt"}}
	for _, c := range []struct {
		name string
		q    search.Query
		want *search.Unmet
	}{
		{"a claim", search.Query{Place: "Boston", Claims: dbt}, &search.Unmet{Place: "US-MA", Asked: []search.Wanted{{Facet: "modality", Value: "dbt"}}}},
		{"read from words", search.Query{Text: "cheap DBT zebra", Place: "02139"}, &search.Unmet{Place: "US-MA", Asked: []search.Wanted{{Facet: "modality", Value: "dbt"}, {Facet: "fees", Value: "sliding_scale"}}}},
		{"a point", search.Query{Near: &boston, Kinds: []directory.Kind{"therapist"}, Free: true}, &search.Unmet{Place: "US-MA", Asked: []search.Wanted{{Facet: "kind", Value: "therapist"}, {Facet: "fees", Value: "free"}}}},
		{"a country without divisions", search.Query{Place: "Berlin", Accepting: []directory.AcceptingStatus{"yes"}}, &search.Unmet{Place: "DE", Asked: []search.Wanted{{Facet: "accepting", Value: "yes"}}}},
		{"words alone", search.Query{Place: "Boston", Text: "zebra"}, nil},
		{"nobody knows where", search.Query{Claims: dbt}, nil},
		{"a country as somebody typed it", search.Query{Claims: dbt, Country: "ZZ"}, nil},
		{"far from any town", search.Query{Near: &orb.Point{-140, 0}, Claims: dbt}, nil},
		{"in danger", search.Query{Text: "DBT I want to die", Place: "Boston", Claims: dbt}, nil},
		{"found", search.Query{Place: "Denver", Claims: map[directory.Facet][]string{directory.Treatment: {"tms"}}}, nil},
	} {
		r, err := s.Search(context.Background(), c.q)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(c.want, r.Unmet); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// TestUnmetHoldsNothingWritten asks with any words, places and points: what is counted comes from closed lists.
func TestUnmetHoldsNothingWritten(t *testing.T) {
	s, _, _ := searcher(t)
	known := map[search.FacetName][]string{
		search.FacetKind: {}, search.FacetAccepting: {"yes", "no", "waitlist"}, search.FacetFees: {"free", "sliding_scale"},
	}
	for _, k := range directory.Kinds() {
		known[search.FacetKind] = append(known[search.FacetKind], string(k))
	}
	for _, f := range directory.Facets() {
		for _, term := range vocabulary(t).Terms(f) {
			known[search.FacetName(f)] = append(known[search.FacetName(f)], term.Code)
		}
	}
	places := []string{"US-MA", "US-CO", "GB-ENG", "GB-NIR", "DE", "FJ"}
	counted := 0
	rapid.Check(t, func(t *rapid.T) {
		q := search.Query{
			Text:    rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "CBT for my son Bob", "veteran 42.3, -71.1", "tms 555-0100"})).Draw(t, "text"),
			Country: rapid.SampledFrom([]string{"", "US", "QQ"}).Draw(t, "country"),
			Kinds:   rapid.SliceOfN(rapid.SampledFrom(directory.Kinds()), 0, 2).Draw(t, "kinds"),
			Free:    rapid.Bool().Draw(t, "free"),
			Literal: rapid.Bool().Draw(t, "literal"),
		}
		if rapid.Bool().Draw(t, "at a point") {
			q.Near = &orb.Point{rapid.Float64Range(-180, 180).Draw(t, "lng"), rapid.Float64Range(-90, 90).Draw(t, "lat")}
		} else {
			q.Place = rapid.SampledFrom([]string{"", "Boston", "02139", "London", "51.5074,-0.1278"}).Draw(t, "place")
		}
		r, err := s.Search(context.Background(), q)
		if err != nil || r.Unmet == nil {
			return
		}
		counted++
		if !slices.Contains(places, r.Unmet.Place) {
			t.Errorf("%+v: counted for %q", q, r.Unmet.Place)
		}
		for _, w := range r.Unmet.Asked {
			if !slices.Contains(known[w.Facet], w.Value) {
				t.Errorf("%+v: counts %+v", q, w)
			}
		}
	})
	if counted == 0 {
		t.Error("nothing was counted")
	}
}
