package searchtest

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// compare says how an engine's answer differs from the oracle's; nil when it doesn't.
func compare(m search.Match, got, want *search.Candidates) error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if got.Total != want.Total || got.RemoteTotal != want.RemoteTotal {
		add("total %d and %d remote, want %d and %d", got.Total, got.RemoteTotal, want.Total, want.RemoteTotal)
	}
	for _, f := range m.Facets {
		if g, ok := got.Facets[f]; !ok || !slices.Equal(g, want.Facets[f]) {
			add("facet %s: %v, want %v", f, g, want.Facets[f])
		}
	}
	if len(got.Read) != len(m.Words) {
		add("%d words read of %d", len(got.Read), len(m.Words))
	}
	ranked := len(m.Words) > 0 && m.Sort == search.ByRelevance // the order is the engine's own
	errs = append(errs, compareHits("hit", got.Hits, want.Hits, ranked))
	rankedRemote := len(m.Words) > 0 && remoteSort(m.Sort) == search.ByRelevance
	errs = append(errs, compareHits("remote", got.Remote, want.Remote, rankedRemote))
	return errors.Join(errs...)
}

func compareHits(what string, got, want []search.Candidate, ownOrder bool) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d %ss, want %d", len(got), what, len(want))
	}
	seen := map[directory.ID]bool{}
	for i, g := range got {
		if seen[g.ID] {
			return fmt.Errorf("%s %d stands twice", what, i)
		}
		seen[g.ID] = true
		if ownOrder {
			if i > 0 && comparePositions(got[i-1].At, g.At) >= 0 {
				return fmt.Errorf("%s %d stands before its place", what, i)
			}
			continue
		}
		w := want[i]
		if g.ID != w.ID || g.Site != w.Site || !sameMetres(g.Distance, w.Distance) {
			return fmt.Errorf("%s %d: %v at site %d, %v m; want %v at site %d, %v m", what, i, g.ID, g.Site, g.Distance, w.ID, w.Site, w.Distance)
		}
	}
	return nil
}

// sameMetres compares to the last bit: an engine that rounds would put ties in another order.
func sameMetres(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func compareClusters(got, want []search.Cluster) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d clusters, want %d", len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if g.Cell != w.Cell || g.Sites != w.Sites {
			return fmt.Errorf("cluster %d: %d sites in %x, want %d in %x", i, g.Sites, g.Cell, w.Sites, w.Cell)
		}
		if w.Sites == 1 && (g.ID != w.ID || g.Site != w.Site || math.Abs(g.Center.Lat()-w.Center.Lat()) > 1e-9) {
			return fmt.Errorf("cluster %d is %v at %v, want %v at %v", i, g.ID, g.Center, w.ID, w.Center)
		}
	}
	return nil
}
