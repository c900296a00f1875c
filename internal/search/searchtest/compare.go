package searchtest

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// comparison gathers how an engine's answer to m differs from the oracle's.
type comparison struct {
	oracle *Oracle
	m      search.Match
	errs   []error
}

func (c *comparison) add(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

// answer compares got with all that the oracle finds, of which got holds the first page.
func (c *comparison) answer(got, whole *search.Candidates) error {
	if got.Total != whole.Total || got.RemoteTotal != whole.RemoteTotal {
		c.add("total %d and %d remote, want %d and %d", got.Total, got.RemoteTotal, whole.Total, whole.RemoteTotal)
	}
	for _, f := range c.m.Facets {
		if g, ok := got.Facets[f]; !ok || !slices.Equal(g, whole.Facets[f]) {
			c.add("facet %s: %v, want %v", f, g, whole.Facets[f])
		}
	}
	if !slices.EqualFunc(got.Read, whole.Read, slices.Equal) && len(c.m.Words) > 0 {
		c.add("words read as %q, want %q", got.Read, whole.Read)
	}
	c.hits("hit", c.m.Sort, got.Hits, whole.Hits)
	c.hits("remote", remoteSort(c.m.Sort), got.Remote, whole.Remote)
	return errors.Join(c.errs...)
}

// hits compares a page of hits with the beginning of all. What is ordered by the engine's own relevance must be among
// all, and in the order the engine itself says.
func (c *comparison) hits(what string, by search.Sort, got, all []search.Candidate) {
	if want := min(c.m.Limit, len(all)); len(got) != want {
		c.add("%d %ss, want %d", len(got), what, want)
		return
	}
	own := ownOrder(c.m, by)
	right := make(map[directory.ID]search.Candidate, len(all))
	for _, h := range all {
		right[h.ID] = h
	}
	for i, g := range got {
		w := all[i]
		if own {
			w = right[g.ID] // another place, the same hit
		}
		switch {
		case g.ID != w.ID || g.Site != w.Site || !sameMetres(g.Distance, w.Distance):
			c.add("%s %d: %s at site %d, %v m;\n\twant %s at site %d, %v m", what, i, c.oracle.tell(g.ID), g.Site, g.Distance, c.oracle.tell(w.ID), w.Site, w.Distance)
			return
		case g.Revision != 0 && g.Revision != w.Revision:
			c.add("%s %d: revision %d of %s, want %d", what, i, g.Revision, c.oracle.tell(g.ID), w.Revision)
			return
		case g.At.ID != g.ID:
			c.add("%s %d: its position is that of %v", what, i, g.At.ID)
			return
		case i > 0 && comparePositions(got[i-1].At, g.At) >= 0:
			c.add("%s %d: position %+v does not come after %+v", what, i, g.At, got[i-1].At)
			return
		case i > 0 && by == search.ByRelevance && got[i-1].Score < g.Score:
			c.add("%s %d: score %v after %v", what, i, g.Score, got[i-1].Score)
			return
		}
		delete(right, g.ID) // once only
	}
}

// ownOrder reports whether the order is the engine's own affair.
func ownOrder(m search.Match, by search.Sort) bool {
	return len(m.Words) > 0 && by == search.ByRelevance
}

// sameMetres compares to the last bit: an engine that rounds would put ties in another order.
func sameMetres(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// centerWithin is how far, in metres, the center of a cluster may be off: nobody sees it on a map.
const centerWithin = 1

// clusters compares two maps of one question.
func (c *comparison) clusters(got, want []search.Cluster, centerWithin float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d clusters, want %d", len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if g.Cell != w.Cell || g.Sites != w.Sites {
			return fmt.Errorf("cluster %d: %d sites in %x, want %d in %x", i, g.Sites, g.Cell, w.Sites, w.Cell)
		}
		if d := geo.Distance(g.Center, w.Center); !(d <= centerWithin) {
			return fmt.Errorf("cluster %d of %d sites: its center %v is %v m off %v", i, w.Sites, g.Center, d, w.Center)
		}
		if w.Sites == 1 && (g.ID != w.ID || g.Site != w.Site) {
			return fmt.Errorf("cluster %d is %s at site %d, want %s at site %d", i, c.oracle.tell(g.ID), g.Site, c.oracle.tell(w.ID), w.Site)
		}
	}
	return nil
}
