package geo

import (
	"math"

	"github.com/golang/geo/s2"
)

// flat is an area on a gnomonic map round its center, where great circles are straight lines: whether a point or a cell
// lies in it is asked of a few numbers an edge, some ten times as quickly as of the sphere. It knows when it is too
// close to tell; then the sphere is asked.
type flat struct {
	east, north, up Vector
	polygons        []flatPolygon
}

// flatPolygon is a shell and its holes.
type flatPolygon struct{ rings [][]flatEdge }

type flatEdge struct {
	ax, ay, dx, dy float64 // from a to a + d
	slack          float64 // of the cross product: within it a point is too near the edge's line to tell
}

// flatReach bounds what is drawn flat, as a squared chord from the center: 60 degrees, where the map stretches fourfold.
const flatReach = 1.0

// flatten draws an area of which all lies within flatReach of its center.
func flatten(a *Area) *flat {
	c := s2.Point{Vector: a.center.s2().Normalize()}
	east := s2.Point{Vector: c.Ortho()}
	f := &flat{east: vectorOfS2(east), north: vectorOfS2(s2.Point{Vector: c.Cross(east.Vector)}), up: vectorOfS2(c)}
	for _, p := range a.polygons {
		var drawn flatPolygon
		for _, ring := range append([]*s2.Loop{p.shell}, p.holes...) {
			drawn.rings = append(drawn.rings, f.ring(ring))
		}
		f.polygons = append(f.polygons, drawn)
	}
	return f
}

func (f *flat) ring(loop *s2.Loop) []flatEdge {
	edges := make([]flatEdge, loop.NumVertices())
	for i := range edges {
		ax, ay, _ := f.at(vectorOfS2(loop.Vertex(i)))
		bx, by, _ := f.at(vectorOfS2(loop.Vertex(i + 1))) // the first one again behind the last
		e := flatEdge{ax: ax, ay: ay, dx: bx - ax, dy: by - ay}
		e.slack = 10*boundaryTolerance*math.Hypot(e.dx, e.dy) + 1e-14 // the map stretches; and sums are rounded
		edges[i] = e
	}
	return edges
}

// at gives the place of a point on the map; ok is false when it is so far round the Earth that the map stretches it
// beyond use.
func (f *flat) at(v Vector) (x, y float64, ok bool) {
	z := f.up.dot(v)
	return f.east.dot(v) / z, f.north.dot(v) / z, z > 0.3
}

func (v Vector) dot(w Vector) float64 { return v[0]*w[0] + v[1]*w[1] + v[2]*w[2] }

// contains reports whether a place on the map lies in the area; sure is false when it is too close to an edge's line.
func (f *flat) contains(x, y float64) (in, sure bool) {
	for i := range f.polygons {
		inShell := false
		for j, ring := range f.polygons[i].rings {
			odd, sure := odd(ring, x, y)
			if !sure {
				return false, false
			}
			if inShell = odd && j == 0 || inShell && !odd; j == 0 && !inShell {
				break // no hole matters
			}
		}
		if inShell {
			return true, true
		}
	}
	return false, true
}

// odd reports whether a ray from (x, y) towards growing x crosses an odd number of edges.
func odd(ring []flatEdge, x, y float64) (odd, sure bool) {
	for i := range ring {
		e := &ring[i]
		cross := e.dx*(y-e.ay) - e.dy*(x-e.ax)
		if math.Abs(cross) <= e.slack {
			return false, false
		}
		next := &ring[(i+1)%len(ring)]
		if up := next.ay > y; up != (e.ay > y) && up == (cross > 0) {
			odd = !odd
		}
	}
	return odd, true
}

// meets is Area.Meets; known is false when the map doesn't show the cell, or is too close to tell. A cell's sides are great circles, so on the
// map it lies in the circle that its corners lie in.
func (f *flat) meets(cell s2.CellID) (some, all, known bool) {
	c := s2.CellFromCellID(cell)
	x, y, known := f.at(vectorOfS2(c.Center()))
	radius2 := 0.0
	for k := range 4 {
		vx, vy, shown := f.at(vectorOfS2(c.Vertex(k)))
		radius2 = max(radius2, (vx-x)*(vx-x)+(vy-y)*(vy-y))
		known = known && shown
	}
	if !known {
		return false, false, false
	}
	radius := math.Sqrt(radius2) + 20*boundaryTolerance
	if f.near(x, y, radius*radius) {
		return true, false, true
	}
	in, sure := f.contains(x, y)
	return in, in, sure
}

// near reports whether an edge comes within a distance, squared, of a place on the map.
func (f *flat) near(x, y, distance2 float64) bool {
	for i := range f.polygons {
		for _, ring := range f.polygons[i].rings {
			for j := range ring {
				if ring[j].distance2(x, y) <= distance2 {
					return true
				}
			}
		}
	}
	return false
}

func (e *flatEdge) distance2(x, y float64) float64 {
	x, y = x-e.ax, y-e.ay
	along := (x*e.dx + y*e.dy) / (e.dx*e.dx + e.dy*e.dy)
	along = min(max(along, 0), 1)
	x, y = x-along*e.dx, y-along*e.dy
	return x*x + y*y
}
