package geo

import (
	"encoding/json"
	"math"

	"carefinder/internal/fault"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"
)

// MaxAreaVertices bounds the vertices of an area, all rings together. A hand-drawn or simplified outline needs far
// fewer, and the check that no edge crosses another looks at every pair.
const MaxAreaVertices = 2000

// boundaryTolerance, in radians, is how near an edge counts as on it: 0.6 mm, far more than rounding and far less than
// anybody's address is known to.
const boundaryTolerance = 1e-10

// Area is a part of the Earth with any outline: a GeoJSON Polygon, with holes, or a MultiPolygon, the union of its
// polygons. It is immutable and safe for concurrent use.
//
// Its edges are great circles, the shortest lines on the sphere. GeoJSON would have them straight on a flat map, which
// means nothing across the antimeridian or at a pole; on the scale of a county the two differ by metres. A ring
// encloses the smaller side of itself whichever way it runs, so it may go round a pole but not enclose more than half
// of the Earth.
type Area struct {
	geometry orb.Geometry
	polygons []polygon
	edges    []edge
	center   Vector
	reach    float64 // squared chord from center that nothing of the area exceeds
	flat     *flat   // nil for what reaches far round the Earth
}

type polygon struct {
	shell *s2.Loop
	holes []*s2.Loop
}

// edge is one side of a ring, with what makes most tests of nearness a few multiplications.
type edge struct {
	a, b   s2.Point
	normal Vector  // of the great circle through a and b
	mid    Vector  // half way along
	half   float64 // chord from mid to either end
}

func newEdge(a, b s2.Point) edge {
	n := s2.Point{Vector: a.PointCross(b).Normalize()}
	m := s2.Point{Vector: a.Add(b.Vector).Normalize()}
	return edge{a: a, b: b, normal: vectorOfS2(n), mid: vectorOfS2(m), half: max(m.Sub(a.Vector).Norm(), m.Sub(b.Vector).Norm())}
}

// near reports whether p lies on the edge, to within boundaryTolerance.
func (e *edge) near(p s2.Point) bool {
	away := e.normal[0]*p.X + e.normal[1]*p.Y + e.normal[2]*p.Z
	return math.Abs(away) <= 2*boundaryTolerance && s2.DistanceFromSegment(p, e.a, e.b) <= boundaryTolerance
}

// ParseArea reads a GeoJSON Polygon or MultiPolygon, or a Feature with one; other members are ignored. The error is
// fault.Invalid, without a field, as of NewArea.
func ParseArea(geojson []byte) (*Area, error) {
	var doc struct {
		Type        string
		Coordinates json.RawMessage
		Geometry    json.RawMessage
	}
	if err := json.Unmarshal(geojson, &doc); err != nil {
		return nil, fault.Wrap(fault.Invalid, "is not GeoJSON", err)
	}
	if doc.Type == "Feature" {
		feature := doc.Geometry
		doc.Type, doc.Coordinates = "", nil
		if err := json.Unmarshal(feature, &doc); err != nil {
			return nil, fault.Wrap(fault.Invalid, "the feature's geometry is not GeoJSON", err)
		}
	}
	g, err := decodeGeometry(doc.Type, doc.Coordinates)
	if err != nil {
		return nil, err
	}
	return NewArea(g)
}

// position is decoded by hand: into an orb.Point a missing number would silently read as 0.
type position []*float64

func decodeGeometry(kind string, coordinates []byte) (orb.Geometry, error) {
	var polygons [][][]position
	var err error
	switch kind {
	case "Polygon":
		polygons = make([][][]position, 1)
		err = json.Unmarshal(coordinates, &polygons[0])
	case "MultiPolygon":
		err = json.Unmarshal(coordinates, &polygons)
	default:
		return nil, fault.New(fault.Invalid, "must be a GeoJSON Polygon or MultiPolygon")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the coordinates of the "+kind+" are malformed", err)
	}
	all := make(orb.MultiPolygon, len(polygons))
	for i, rings := range polygons {
		if all[i], err = decodeRings(rings); err != nil {
			return nil, err
		}
	}
	if kind == "Polygon" {
		return all[0], nil
	}
	return all, nil
}

func decodeRings(rings [][]position) (orb.Polygon, error) {
	p := make(orb.Polygon, len(rings))
	for i, ring := range rings {
		p[i] = make(orb.Ring, len(ring))
		for j, at := range ring {
			if len(at) < 2 || at[0] == nil || at[1] == nil {
				return nil, fault.New(fault.Invalid, "each position needs a longitude and a latitude")
			}
			p[i][j] = orb.Point{*at[0], *at[1]}
		}
	}
	return p, nil
}

// NewArea makes an area of an orb.Polygon or orb.MultiPolygon, which it copies. Longitudes may run on past 180, as far
// as 360, so that a ring across the antimeridian can be written either way. The error is fault.Invalid, without a
// field, and says which ring is wrong: not closed, fewer than four positions, off the Earth, a vertex twice, crossing
// or touching itself or another ring of its polygon, a hole outside, or more than MaxAreaVertices in all.
func NewArea(g orb.Geometry) (*Area, error) {
	var polygons orb.MultiPolygon
	switch g := g.(type) {
	case orb.Polygon:
		polygons = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		polygons = g
	default:
		return nil, fault.New(fault.Invalid, "must be a Polygon or a MultiPolygon")
	}
	if err := checkSize(polygons); err != nil {
		return nil, err
	}
	a := &Area{geometry: orb.Clone(g)}
	for i, p := range polygons {
		made, edges, err := newPolygon(i, p)
		if err != nil {
			return nil, err
		}
		a.polygons = append(a.polygons, made)
		a.edges = append(a.edges, edges...)
	}
	if a.bound(); a.reach <= flatReach {
		a.flat = flatten(a)
	}
	return a, nil
}

// bound finds a cap around all vertices. A cap smaller than a hemisphere is convex, so it holds the edges and the
// smaller side of each ring too; from a hemisphere on nothing is excluded.
func (a *Area) bound() {
	var sum s2.Point
	for i := range a.edges {
		sum = s2.Point{Vector: sum.Add(a.edges[i].a.Vector)}
	}
	a.center = vectorOfS2(s2.Point{Vector: sum.Normalize()})
	for i := range a.edges {
		a.reach = max(a.reach, Chord2(a.center, vectorOfS2(a.edges[i].a)))
	}
	if a.reach += 1e-9; a.reach >= 1.99 {
		a.reach = 4
	}
}

// Geometry gives a copy of the Polygon or MultiPolygon that the area was made of.
func (a *Area) Geometry() orb.Geometry { return orb.Clone(a.geometry) }

// Contains reports whether p lies in the area or on its boundary.
func (a *Area) Contains(p orb.Point) bool { return a.ContainsVector(VectorOf(p)) }

// ContainsVector is Contains for a vector.
func (a *Area) ContainsVector(v Vector) bool {
	if a.reach < 4 && Chord2(a.center, v) > a.reach {
		return false
	}
	if a.flat != nil {
		x, y, shown := a.flat.at(v)
		if in, sure := a.flat.contains(x, y); sure && shown {
			return in
		}
	}
	return a.onSphere(v)
}

// onSphere is ContainsVector without a map.
func (a *Area) onSphere(v Vector) bool {
	p := v.s2()
	for i := range a.polygons {
		if a.polygons[i].contains(p) {
			return true
		}
	}
	for i := range a.edges {
		if a.edges[i].near(p) {
			return true
		}
	}
	return false
}

func (p *polygon) contains(at s2.Point) bool {
	if !p.shell.ContainsPoint(at) {
		return false
	}
	for _, h := range p.holes {
		if h.ContainsPoint(at) {
			return false
		}
	}
	return true
}

// Covering gives cells that cover the area: those of the circle round it, where that isn't large. Meets tells which of
// them the area leaves out, sooner than it could be found out here.
func (a *Area) Covering(maxCells, maxLevel int) s2.CellUnion {
	if a.flat != nil {
		return coverCap(a.center, s1.ChordAngle(a.reach).Angle()+coverMargin, maxCells, maxLevel)
	}
	return cover(coverable{a}, maxCells, maxLevel)
}

// Meets asks the map, or else the polygons.
func (a *Area) Meets(cell s2.CellID) (some, all bool) {
	if a.flat != nil {
		if some, all, known := a.flat.meets(cell); known {
			return some, all
		}
	}
	c, shown := s2.CellFromCellID(cell), coverable{a}
	if all = shown.ContainsCell(c); all {
		return true, true
	}
	return shown.IntersectsCell(c), false
}

// coverable shows an area to S2's coverer; it is a type of its own to keep these methods out of Area's.
type coverable struct{ area *Area }

func (c coverable) CapBound() s2.Cap {
	if c.area.reach >= 4 {
		return s2.FullCap()
	}
	return s2.CapFromCenterChordAngle(c.area.center.s2(), s1.ChordAngle(c.area.reach))
}

func (c coverable) RectBound() s2.Rect            { return c.CapBound().RectBound() }
func (c coverable) CellUnionBound() []s2.CellID   { return c.CapBound().CellUnionBound() }
func (c coverable) ContainsPoint(p s2.Point) bool { return c.area.ContainsVector(vectorOfS2(p)) }

func (c coverable) ContainsCell(cell s2.Cell) bool {
	for _, p := range c.area.polygons {
		if p.shell.ContainsCell(cell) && !anyLoop(p.holes, cell, (*s2.Loop).IntersectsCell) {
			return true
		}
	}
	return false
}

func (c coverable) IntersectsCell(cell s2.Cell) bool {
	for _, p := range c.area.polygons {
		if p.shell.IntersectsCell(cell) && !anyLoop(p.holes, cell, (*s2.Loop).ContainsCell) {
			return true
		}
	}
	return c.area.borders(cell)
}

func anyLoop(loops []*s2.Loop, cell s2.Cell, is func(*s2.Loop, s2.Cell) bool) bool {
	for _, l := range loops {
		if is(l, cell) {
			return true
		}
	}
	return false
}

// borders reports whether an edge comes so near the cell that a point of the cell may count as on the boundary.
func (a *Area) borders(cell s2.Cell) bool {
	const enough = 1e-18 // squared chord of 10 boundaryTolerance
	bound := cell.CapBound()
	center, radius := vectorOfS2(bound.Center()), math.Sqrt(2*bound.Height())
	for i := range a.edges {
		e := &a.edges[i]
		// Chords obey the triangle inequality, so this excludes most edges for one square root each.
		if math.Sqrt(Chord2(e.mid, center)) > e.half+radius+1e-9 {
			continue
		}
		if cell.DistanceToEdge(e.a, e.b) <= enough {
			return true
		}
	}
	return false
}
