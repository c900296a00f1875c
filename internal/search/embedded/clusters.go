package embedded

import (
	"cmp"
	"context"
	"slices"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"

	"carefinder/internal/search"
)

// Clusters implements search.Engine. Rows of a cell stand next to each other, so one walk over the region counts them.
func (e *Engine) Clusters(ctx context.Context, m search.Match, level int) ([]search.Cluster, error) {
	m.Facets, m.Serves, m.After, m.Limit = nil, nil, nil, 0
	q, parts, err := e.ask(ctx, m)
	if err != nil {
		return nil, err
	}
	defer e.scratch.Put(q)
	if !q.read(parts) {
		return nil, nil
	}
	all := map[s2.CellID]*cluster{}
	for n, p := range parts {
		q.enter(n, p)
		q.cluster(all, min(max(level, 0), s2.MaxLevel))
		if ctx.Err() != nil {
			return nil, canceled(ctx)
		}
	}
	out := make([]search.Cluster, 0, len(all))
	for cell, c := range all {
		out = append(out, c.result(cell))
	}
	slices.SortFunc(out, func(a, b search.Cluster) int { return cmp.Compare(a.Cell, b.Cell) })
	return out, nil
}

// cluster gathers the sites of one cell.
type cluster struct {
	sites int
	sum   [3]float64 // of unit vectors: their mean's direction is the center, on any side of the antimeridian
	seg   *segment
	row   uint32
}

func (c *cluster) add(seg *segment, row uint32) {
	c.sites++
	c.seg, c.row = seg, row
	v := &seg.vector[row]
	c.sum[0] += v[0]
	c.sum[1] += v[1]
	c.sum[2] += v[2]
}

func (c *cluster) result(cell s2.CellID) search.Cluster {
	p := s2.Point{}
	p.X, p.Y, p.Z = c.sum[0], c.sum[1], c.sum[2]
	if c.sites == 1 {
		v := c.seg.vector[c.row]
		p.X, p.Y, p.Z = v[0], v[1], v[2]
	}
	at := s2.LatLngFromPoint(p)
	out := search.Cluster{Cell: uint64(cell), Sites: c.sites, Center: orb.Point{at.Lng.Degrees(), at.Lat.Degrees()}}
	if c.sites == 1 {
		out.ID, out.Site = c.seg.id[c.seg.doc[c.row]], int(c.seg.site[c.row])
	}
	return out
}

// cluster counts a segment's matching sites by cell: all of a listing's, not one.
func (q *query) cluster(all map[s2.CellID]*cluster, level int) {
	q.findRanges()
	if len(q.words) > 0 {
		q.wordRows()
	}
	q.set.clear()
	if q.Region != nil {
		q.gatherRegion()
	} else {
		q.take(0, q.seg.located, false)
	}
	q.dropHard()
	var end s2.CellID // of the cell being counted
	var c *cluster
	for i, word := range q.set.at {
		eachBit(word, q.set.bits[i], func(row uint32) {
			if cell := q.seg.cell[row]; c == nil || cell > end {
				parent := cell.Parent(level)
				end = parent.RangeMax()
				if c = all[parent]; c == nil {
					c = &cluster{}
					all[parent] = c
				}
			}
			c.add(q.seg, row)
		})
	}
}
