package geo

import (
	"fmt"
	"math"

	"carefinder/internal/fault"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"
)

// checkSize refuses too much before anything else is looked at, so that no input costs more than reading it.
func checkSize(polygons orb.MultiPolygon) error {
	vertices := 0
	for _, p := range polygons {
		for _, ring := range p {
			vertices += max(1, len(ring)-1)
		}
	}
	switch {
	case len(polygons) == 0:
		return fault.New(fault.Invalid, "the area is empty")
	case vertices > MaxAreaVertices:
		return fault.New(fault.Invalid, fmt.Sprintf("the area has %d vertices, more than %d: simplify it",
			vertices, MaxAreaVertices))
	}
	return nil
}

// newPolygon makes polygon number i, checked, and its edges.
func newPolygon(i int, p orb.Polygon) (made polygon, edges []edge, err error) {
	if len(p) == 0 {
		return made, nil, fault.New(fault.Invalid, fmt.Sprintf("polygon %d has no ring", i+1))
	}
	rings := make([][]edge, len(p))
	for j, ring := range p {
		name := fmt.Sprintf("ring %d of polygon %d ", j+1, i+1)
		points, err := ringPoints(name, ring)
		if err != nil {
			return made, nil, err
		}
		rings[j] = ringEdges(points)
		if err := checkRing(name, rings[j]); err != nil {
			return made, nil, err
		}
		loop := s2.LoopFromPoints(points)
		loop.Normalize()
		if j == 0 {
			made.shell = loop
			edges = rings[0]
			continue
		}
		if err := checkHole(name, made.shell, rings[:j], rings[j]); err != nil {
			return made, nil, err
		}
		made.holes = append(made.holes, loop)
		edges = append(edges, rings[j]...)
	}
	return made, edges, nil
}

// ringPoints checks the positions of a ring and gives its vertices, the closing one left off.
func ringPoints(name string, ring orb.Ring) ([]s2.Point, error) {
	if len(ring) < 4 {
		return nil, fault.New(fault.Invalid, name+"has fewer than four positions")
	}
	points := make([]s2.Point, 0, len(ring))
	seen := make(map[s2.Point]bool, len(ring))
	for k, p := range ring {
		if !(math.Abs(p.Lat()) <= 90 && math.Abs(p.Lon()) <= 360) {
			return nil, fault.New(fault.Invalid, fmt.Sprintf("%shas a position off the Earth, number %d: "+
				"positions are longitude, latitude", name, k+1))
		}
		v := VectorOf(p).s2()
		switch closing := k == len(ring)-1; {
		case closing && v != points[0]:
			return nil, fault.New(fault.Invalid, name+"is not closed: its last position must be its first")
		case closing:
			return points, nil
		case seen[v]:
			return nil, fault.New(fault.Invalid, fmt.Sprintf("%shas position %d twice", name, k+1))
		}
		seen[v] = true
		points = append(points, v)
	}
	return points, nil
}

func ringEdges(points []s2.Point) []edge {
	edges := make([]edge, len(points))
	for i, a := range points {
		edges[i] = newEdge(a, points[(i+1)%len(points)])
	}
	return edges
}

// checkRing refuses a ring that crosses or touches itself.
func checkRing(name string, ring []edge) error {
	for i := range ring {
		e := &ring[i]
		if e.a.Dot(e.b.Vector) < -1+1e-9 {
			return fault.New(fault.Invalid, name+"has an edge half way round the Earth: which way is unclear")
		}
		for j := range ring {
			f := &ring[j]
			if e.apart(f) {
				continue
			}
			if f.a != e.a && f.a != e.b && e.near(f.a) {
				return fault.New(fault.Invalid, name+"touches itself")
			}
			if i < j && s2.CrossingSign(e.a, e.b, f.a, f.b) == s2.Cross {
				return fault.New(fault.Invalid, name+"crosses itself")
			}
		}
	}
	return nil
}

// apart reports that two edges are surely too far from each other to meet.
func (e *edge) apart(f *edge) bool {
	reach := e.half + f.half + 1e-9
	return Chord2(e.mid, f.mid) > reach*reach
}

// checkHole refuses a hole that crosses an earlier ring or leaves the shell; touching is allowed.
func checkHole(name string, shell *s2.Loop, earlier [][]edge, hole []edge) error {
	for i := range hole {
		h := &hole[i]
		for _, ring := range earlier {
			for j := range ring {
				if f := &ring[j]; !h.apart(f) && s2.CrossingSign(h.a, h.b, f.a, f.b) == s2.Cross {
					return fault.New(fault.Invalid, name+"crosses another ring")
				}
			}
		}
		if !inside(shell, earlier[0], h.a) || !inside(shell, earlier[0], h.mid.s2()) {
			return fault.New(fault.Invalid, name+"is a hole outside its polygon")
		}
	}
	return nil
}

func inside(shell *s2.Loop, border []edge, p s2.Point) bool {
	if shell.ContainsPoint(p) {
		return true
	}
	for i := range border {
		if border[i].near(p) {
			return true
		}
	}
	return false
}
