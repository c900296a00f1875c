package meili

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// MapRows is up to how many matching listings a map is exact in all. Beyond it the sites are counted as exactly, but a
// cluster is drawn in the middle of its cell, not of its sites: to fetch thousands would take longer than anyone waits.
const MapRows = valueRows

// Clusters implements search.Engine, up to MapRows exactly.
func (e *Engine) Clusters(ctx context.Context, m search.Match, level int) ([]search.Cluster, error) {
	if err := ctx.Err(); err != nil {
		return nil, lost(ctx, err)
	}
	m.Facets, m.Serves, m.After, m.Limit, m.Sort, m.Origin = nil, nil, nil, 0, search.ByName, nil
	q := e.ask(m)
	if err := q.read(ctx); err != nil || q.unreadable() {
		return nil, err
	}
	q.Limit = 1 // to be measured
	if err := q.survey(ctx); err != nil {
		return nil, err
	}
	level = min(max(level, 0), s2.MaxLevel)
	found := all(q.cover, q.hard, q.passing(""))
	if q.found > MapRows && level <= finest {
		// Fewer may match than seemed before the survey, and not all of them lie in the region.
		a := &reply{question: q, Candidates: &search.Candidates{}}
		r := e.round()
		r.count(found, &a.Total)
		a.askEdge(r)
		if err := r.send(ctx); err != nil {
			return nil, err
		}
		if a.Total > MapRows {
			return q.estimate(ctx, found, level)
		}
	}
	var out []search.Cluster
	r := e.round()
	r.every(found, q.found, func(rows []*row) error {
		out = q.cluster(rows, level)
		return nil
	})
	return out, r.send(ctx)
}

// cluster counts the matching sites of listings: all of a listing's, not one.
func (q *question) cluster(rows []*row, level int) []search.Cluster {
	type heap struct {
		search.Cluster
		sum geo.Vector
	}
	cells := map[s2.CellID]*heap{}
	q.eachSite(rows, func(x *row, s rowSite) {
		cell := leafOf(s.point).Parent(level)
		h := cells[cell]
		if h == nil {
			h = &heap{}
			cells[cell] = h
		}
		h.Cluster = search.Cluster{Cell: uint64(cell), Sites: h.Sites + 1, Center: s.point, ID: x.id, Site: s.index}
		for i, v := range geo.VectorOf(s.point) {
			h.sum[i] += v
		}
	})
	out := make([]search.Cluster, 0, len(cells))
	for _, h := range cells {
		if h.Sites > 1 {
			h.Center, h.ID, h.Site = direction(h.sum), directory.ID{}, 0
		}
		out = append(out, h.Cluster)
	}
	return inOrder(out)
}

func inOrder(all []search.Cluster) []search.Cluster {
	slices.SortFunc(all, byCell)
	return all
}

func byCell(a, b search.Cluster) int { return cmp.Compare(a.Cell, b.Cell) }

// eachSite visits the sites of listings that are where the question asks.
func (q *question) eachSite(rows []*row, visit func(*row, rowSite)) {
	for _, x := range rows {
		for _, s := range x.sites {
			if (q.Country == "" || s.country == q.Country) && (q.Region == nil || q.Region.Contains(s.point)) {
				visit(x, s)
			}
		}
	}
}

// direction gives the point a sum of vectors points to.
func direction(v geo.Vector) orb.Point {
	const degree = math.Pi / 180
	return geo.LatLng(math.Atan2(v[2], math.Hypot(v[0], v[1]))/degree, math.Atan2(v[1], v[0])/degree)
}

// estimate counts by the values of cells that the index keeps. Where those say too much, at the region's edge and of
// listings with sites in several countries, it looks at the sites.
func (q *question) estimate(ctx context.Context, found filter, level int) ([]search.Cluster, error) {
	counted := level + level%2
	attr := attrCell(counted)
	cells, edge := map[s2.CellID]int{}, map[s2.CellID]bool{}
	plain := found
	r := q.engine.round()
	if q.Country != "" {
		plain = all(found, no(attrAbroad))
		r.add(ask{filter: all(found, yes(attrAbroad)), limit: everyRow}, func(a *answer) error {
			q.eachSite(a.rows, func(_ *row, s rowSite) { cells[leafOf(s.point).Parent(level)]++ })
			return nil
		})
	}
	r.add(ask{filter: plain, facets: []string{string(attr)}}, func(a *answer) error {
		for token, n := range a.values[string(attr)] {
			cell := s2.CellIDFromToken(strings.TrimRight(token, another))
			if !cell.IsValid() {
				return garbage(0)
			}
			switch some, whole := q.meets(cell); {
			case whole:
				cells[cell.Parent(level)] += n
			case some:
				edge[cell] = true
			}
		}
		return nil
	})
	if err := r.send(ctx); err != nil {
		return nil, err
	}
	r.look(ask{filter: all(plain, inCells(slices.Sorted(maps.Keys(edge)))), limit: everyRow}, func(a *answer) error {
		q.eachSite(a.rows, func(_ *row, s rowSite) {
			if leaf := leafOf(s.point); edge[leaf.Parent(counted)] {
				cells[leaf.Parent(level)]++
			}
		})
		return nil
	})
	if err := r.send(ctx); err != nil {
		return nil, err
	}
	out := make([]search.Cluster, 0, len(cells))
	for cell, n := range cells {
		at := cell.LatLng()
		out = append(out, search.Cluster{Cell: uint64(cell), Sites: n, Center: geo.LatLng(at.Lat.Degrees(), at.Lng.Degrees())})
	}
	return q.nameSingles(ctx, found, inOrder(out))
}

// meets is the region's, and everywhere without one.
func (q *question) meets(cell s2.CellID) (some, whole bool) {
	if q.Region == nil {
		return true, true
	}
	return q.Region.Meets(cell)
}

// nameSingles finds the listing of each cluster of one, and its very point.
func (q *question) nameSingles(ctx context.Context, found filter, out []search.Cluster) ([]search.Cluster, error) {
	var cells s2.CellUnion
	level := 0
	for _, c := range out {
		if c.Sites != 1 {
			continue
		}
		cell := s2.CellID(c.Cell)
		if level = cell.Level(); level%2 == 0 {
			cells = append(cells, cell)
			continue
		}
		children := cell.Children()
		cells = append(cells, children[:]...)
	}
	r := q.engine.round()
	r.look(ask{filter: all(found, inCells(cells)), limit: everyRow}, func(a *answer) error {
		for _, c := range q.cluster(a.rows, level) {
			if n, ok := slices.BinarySearchFunc(out, c, byCell); ok && out[n].Sites == 1 && c.Sites == 1 {
				out[n] = c
			}
		}
		return nil
	})
	return out, r.send(ctx)
}
