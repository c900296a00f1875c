// Package searchtest proves a search engine right. Run asks it thousands of random questions over random worlds, while
// listings come, change and go, and compares every answer, field by field, with an Oracle that reads the definitions
// in package search one listing at a time. The Oracle is meant to be plainly right, not fast: change it only when a
// definition changes.
//
// Start with suite.go; world.go makes the listings, questions.go the questions.
package searchtest

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// Oracle answers by reading every listing. It is a search.Engine that keeps the listings it is given, and where package
// search leaves a choice to the engine, as in the relevance of words, its choice is only one of the right ones.
type Oracle struct {
	terms map[string][]search.ClaimKey

	mu       sync.RWMutex
	listings map[directory.ID]*directory.Listing
	words    map[directory.ID]map[string]bool // the words of each listing
	holders  map[string]int                   // how many listings hold each word
}

// NewOracle makes an empty oracle over a vocabulary.
func NewOracle(v *directory.Vocabulary) *Oracle {
	return &Oracle{
		terms: search.TermWords(v), listings: map[directory.ID]*directory.Listing{},
		words: map[directory.ID]map[string]bool{}, holders: map[string]int{},
	}
}

// Apply implements search.Engine.
func (o *Oracle) Apply(_ context.Context, ops []search.Op) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, op := range ops {
		o.remove(op.ID)
		if op.Listing == nil {
			continue
		}
		o.listings[op.ID] = op.Listing
		o.words[op.ID] = wordsOf(op.Listing)
		for w := range o.words[op.ID] {
			o.holders[w]++
		}
	}
	return nil
}

func (o *Oracle) remove(id directory.ID) {
	for w := range o.words[id] {
		if o.holders[w]--; o.holders[w] == 0 {
			delete(o.holders, w)
		}
	}
	delete(o.words, id)
	delete(o.listings, id)
}

// Match implements search.Engine. Without words its order is the definition's; with words relevance is the engine's own
// affair, but for a name that says more than other text.
func (o *Oracle) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	if ctx.Err() != nil {
		return nil, fault.Wrap(fault.Canceled, "given up", ctx.Err())
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	held := o.readings(m.Words)
	c := &search.Candidates{Facets: map[search.FacetName][]search.Count{}, Read: make([][]string, len(m.Words))}
	for i, r := range held {
		c.Read[i] = slices.Sorted(maps.Keys(r.words))
	}
	counts := map[search.FacetName]map[string]int{}
	for _, f := range m.Facets {
		counts[f] = map[string]int{}
	}
	var hits, remote []search.Candidate
	for id, l := range o.listings {
		site, distance, found := o.place(m, l)
		if !found || !o.holds(held, id) || !passes(m, l) {
			continue
		}
		failed := failedFacets(m, l)
		for _, f := range m.Facets {
			if len(failed) == 0 || len(failed) == 1 && failed[0] == f {
				for _, v := range valuesOf(l, f) {
					counts[f][v]++
				}
			}
		}
		if len(failed) > 0 {
			continue
		}
		hit := search.Candidate{ID: id, Revision: l.Revision, Site: site, Distance: distance, Score: search.Worth(l, m.At, distance) + inName(held, l)}
		if site >= 0 {
			hit.At = position(m, m.Sort, l, &hit)
			hits = append(hits, hit)
		} else {
			hit.At = position(m, remoteSort(m.Sort), l, &hit)
			remote = append(remote, hit)
		}
	}
	c.Total, c.RemoteTotal = len(hits), len(remote)
	c.Hits, c.Remote = page(hits, m.Limit, m.After), page(remote, m.Limit, nil)
	for f, byValue := range counts {
		c.Facets[f] = sorted(byValue)
	}
	return c, nil
}

func remoteSort(s search.Sort) search.Sort {
	if s == search.ByDistance {
		return search.ByRelevance
	}
	return s
}

// place says at which site a listing is found, -1 for a remote one. A country asked for is that of the site; only what
// has none is in the country by its coverage. The first of several sites as near is the one.
func (o *Oracle) place(m search.Match, l *directory.Listing) (site int, distance float64, found bool) {
	if l.Remote() {
		return -1, math.NaN(), m.Serves != nil && serves(l, m.Serves) && (m.Country == "" || covers(l, m.Country))
	}
	site, distance = -1, math.NaN()
	for i, s := range l.Sites {
		if !siteMatches(m, s) {
			continue
		}
		d := math.NaN()
		if m.Origin != nil {
			d = geo.Distance(*m.Origin, s.Point)
		}
		if site < 0 || d < distance {
			site, distance = i, d
		}
	}
	return site, distance, site >= 0
}

func siteMatches(m search.Match, s directory.Site) bool {
	return s.Located() && (m.Region == nil || m.Region.Contains(s.Point)) && (m.Country == "" || s.Address.Country == m.Country)
}

func serves(l *directory.Listing, at *search.Locale) bool {
	r := l.Reach()
	if at.Anywhere || slices.Contains(r.Countries, at.Country) {
		return true
	}
	if slices.ContainsFunc(r.Divisions, func(d string) bool { return directory.DivisionServes(d, at.Division) }) {
		return true
	}
	return at.Point != nil && slices.ContainsFunc(r.Areas, func(p orb.Polygon) bool {
		a, err := geo.NewArea(p)
		return err == nil && a.Contains(*at.Point)
	})
}

func covers(l *directory.Listing, country string) bool {
	r := l.Reach()
	return slices.Contains(r.Countries, country) ||
		slices.ContainsFunc(r.Divisions, func(d string) bool { return directory.CountryOfDivision(d) == country })
}

// passes checks what is no facet.
func passes(m search.Match, l *directory.Listing) bool {
	return (m.Demonstrations || !l.Demonstration) &&
		(m.OpenAt.IsZero() || l.OpenAt(m.OpenAt) == directory.Open) &&
		(m.VerifiedSince.IsZero() || !l.Verification.At.IsZero() && !l.Verification.At.Before(m.VerifiedSince))
}

// failedFacets lists the facets whose filter the listing fails. Free and on a sliding scale are choices of one facet
// that must both hold.
func failedFacets(m search.Match, l *directory.Listing) (failed []search.FacetName) {
	if len(m.Kinds) > 0 && !slices.Contains(m.Kinds, l.Kind) {
		failed = append(failed, search.FacetKind)
	}
	for f, codes := range m.Claims {
		if len(codes) > 0 && !slices.ContainsFunc(codes, func(c string) bool { return l.Has(f, c) }) {
			failed = append(failed, search.FacetName(f))
		}
	}
	if len(m.Accepting) > 0 && !slices.Contains(m.Accepting, l.Accepting.Status) {
		failed = append(failed, search.FacetAccepting)
	}
	if m.Free && l.Fees.Free != directory.Yes || m.SlidingScale && l.Fees.SlidingScale != directory.Yes {
		failed = append(failed, search.FacetFees)
	}
	return failed
}

// valuesOf lists a listing's values in a facet.
func valuesOf(l *directory.Listing, f search.FacetName) (values []string) {
	switch f {
	case search.FacetKind:
		return []string{string(l.Kind)}
	case search.FacetAccepting:
		if l.Accepting.Status != directory.AcceptingUnknown {
			values = append(values, string(l.Accepting.Status))
		}
	case search.FacetFees:
		if l.Fees.Free == directory.Yes {
			values = append(values, "free")
		}
		if l.Fees.SlidingScale == directory.Yes {
			values = append(values, "sliding_scale")
		}
	default:
		for _, c := range l.Claims {
			if c.Facet == directory.Facet(f) && c.Value == directory.Yes {
				values = append(values, c.Code)
			}
		}
	}
	return values
}

func sorted(counts map[string]int) []search.Count {
	list := []search.Count{}
	for v, n := range counts {
		list = append(list, search.Count{Value: v, N: n})
	}
	slices.SortFunc(list, func(a, b search.Count) int { return cmp.Or(b.N-a.N, strings.Compare(a.Value, b.Value)) })
	return list
}

func position(m search.Match, by search.Sort, l *directory.Listing, c *search.Candidate) search.Position {
	p := search.Position{Lot: search.TieOf(m.Turn, c.ID), ID: c.ID}
	if by != search.ByDistance && !math.IsNaN(c.Distance) {
		p.Tie = c.Distance
	}
	switch by {
	case search.ByDistance:
		p.Key = c.Distance
	case search.ByName:
		p.Text = search.Fold(l.Name)
	case search.ByVerified:
		p.Key = math.Inf(1)
		if !l.Verification.At.IsZero() {
			p.Key = -float64(l.Verification.At.Unix())
		}
	default:
		p.Key = -c.Score
	}
	return p
}

func comparePositions(a, b search.Position) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), strings.Compare(a.Text, b.Text), cmp.Compare(a.Tie, b.Tie), cmp.Compare(a.Lot, b.Lot), bytes.Compare(a.ID[:], b.ID[:]))
}

func page(all []search.Candidate, limit int, after *search.Position) []search.Candidate {
	slices.SortFunc(all, func(a, b search.Candidate) int { return comparePositions(a.At, b.At) })
	if after != nil {
		all = slices.DeleteFunc(all, func(c search.Candidate) bool { return comparePositions(c.At, *after) <= 0 })
	}
	return all[:min(limit, len(all))]
}

// Clusters implements search.Engine.
func (o *Oracle) Clusters(ctx context.Context, m search.Match, level int) ([]search.Cluster, error) {
	if ctx.Err() != nil {
		return nil, fault.Wrap(fault.Canceled, "given up", ctx.Err())
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	held := o.readings(m.Words)
	byCell := map[uint64]*heap{}
	for id, l := range o.listings {
		if !passes(m, l) || len(failedFacets(m, l)) > 0 || !o.holds(held, id) {
			continue
		}
		for i, s := range l.Sites {
			if !siteMatches(m, s) {
				continue
			}
			cell := geo.ClusterCell(s.Point, level)
			if byCell[cell] == nil {
				byCell[cell] = &heap{}
			}
			byCell[cell].add(id, i, s.Point)
		}
	}
	out := []search.Cluster{}
	for _, cell := range slices.Sorted(maps.Keys(byCell)) {
		out = append(out, byCell[cell].cluster(cell))
	}
	return out, nil
}

// heap is the sites of one cell.
type heap struct {
	sites int
	id    directory.ID // of the last one
	site  int
	point orb.Point
	sum   geo.Vector
}

func (h *heap) add(id directory.ID, site int, p orb.Point) {
	h.sites++
	h.id, h.site, h.point = id, site, p
	for i, x := range geo.VectorOf(p) {
		h.sum[i] += x
	}
}

// cluster has its center in the direction of the mean of the sites' vectors: degrees have no mean where they wrap.
func (h *heap) cluster(cell uint64) search.Cluster {
	if h.sites == 1 {
		return search.Cluster{Cell: cell, Sites: 1, Center: h.point, ID: h.id, Site: h.site}
	}
	const degree = math.Pi / 180
	lat, lng := math.Atan2(h.sum[2], math.Hypot(h.sum[0], h.sum[1])), math.Atan2(h.sum[1], h.sum[0])
	return search.Cluster{Cell: cell, Sites: h.sites, Center: geo.LatLng(lat/degree, lng/degree)}
}
