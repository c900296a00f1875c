package search_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// TestAllIsWhatEveryPageShows: what is found without turning pages is what turning them finds.
func TestAllIsWhatEveryPageShows(t *testing.T) {
	var all []*directory.Listing
	for i := range 250 {
		l := listing(fmt.Sprintf("Clinic %03d", i), directory.Center, at(boston[1], boston[0]+float64(i%50)*0.01), says("modality", "cbt"))
		if i%5 == 0 {
			l = listing(fmt.Sprintf("Online %03d", i), directory.OnlineService, covers("US"), says("modality", "dbt"))
		}
		all = append(all, l)
	}
	s, _, _ := searcher(t, all...)
	for _, q := range []search.Query{
		{},
		{Text: "clinic"},
		{Text: "dbt"},
		{Text: "cbt near Boston"},
		{Place: "Boston"},
		{Place: "Boston", Sort: search.ByName},
		{Near: &boston, Radius: 10_000},
		{Box: newEng, Claims: map[directory.Facet][]string{"modality": {"cbt"}}},
		{Text: "zebra"},
	} {
		var want []directory.ID
		for page := q; ; {
			page.Limit = search.MaxLimit
			r, err := s.Search(context.Background(), page)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range slices.Concat(r.Hits, r.Remote) {
				want = append(want, h.Listing.ID)
			}
			if page.Cursor = r.Next; r.Next == "" {
				break
			}
		}
		got, err := s.All(context.Background(), q, 1000)
		for _, ids := range [][]directory.ID{got, want} {
			slices.SortFunc(ids, func(a, b directory.ID) int { return bytes.Compare(a[:], b[:]) })
		}
		if diff := cmp.Diff(fmt.Sprint(want), fmt.Sprint(got)); err != nil || diff != "" {
			t.Errorf("%+v: %d of %d, %v", q, len(got), len(want), err)
		}
		if some, err := s.All(context.Background(), q, 7); err != nil || len(some) != min(8, len(want)) {
			t.Errorf("%+v: %d where 7 are wanted, %v", q, len(some), err)
		}
	}
	if _, err := s.All(context.Background(), search.Query{Country: "USA"}, 9); !fault.Is(err, fault.Invalid) {
		t.Errorf("a wrong question: %v", err)
	}
}
