package geo

import (
	"math"
	"slices"

	"carefinder/internal/fault"

	"github.com/golang/geo/r1"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"
)

// Region is a part of the Earth's surface. Its boundary belongs to it.
type Region interface {
	// Contains reports whether p lies in the region.
	Contains(p orb.Point) bool
	// ContainsVector is Contains for an index that holds vectors: ContainsVector(VectorOf(p)) == Contains(p).
	ContainsVector(v Vector) bool
	// Covering gives S2 cells, none smaller than maxLevel and about maxCells of them, that cover the region: no
	// point of the region lies outside, though some of the cells' points may.
	Covering(maxCells, maxLevel int) s2.CellUnion
	// Meets says how the region and a cell lie: all is true only when every point of the cell is inside, some is
	// false only when none is. It may answer some but not all when it is too close to tell.
	Meets(cell s2.CellID) (some, all bool)
}

// coverMargin, in radians, widens what is covered by some micrometres, so that a point on the boundary is not lost to
// rounding between our vectors and the cells.
const coverMargin = 1e-12

func cover(r s2.Region, maxCells, maxLevel int) s2.CellUnion {
	c := s2.RegionCoverer{MaxCells: maxCells, MaxLevel: min(max(maxLevel, 0), s2.MaxLevel), LevelMod: 1}
	return c.Covering(r)
}

// Circle is all within Radius metres of Center. A test of many vectors is cheapest as
// Chord2(VectorOf(c.Center), v) <= Chord2OfMetres(c.Radius) with both ends computed once: that is what it means.
type Circle struct {
	Center orb.Point
	Radius float64
}

// Contains reports whether Distance(c.Center, p) <= c.Radius, exactly.
func (c Circle) Contains(p orb.Point) bool { return c.ContainsVector(VectorOf(p)) }

// ContainsVector is Contains for a vector.
func (c Circle) ContainsVector(v Vector) bool {
	return Chord2(VectorOf(c.Center), v) <= Chord2OfMetres(c.Radius)
}

// Covering gives cells that cover the circle. A circle is by far the most asked region, so one that is small beside
// the Earth is covered by cells of one level spread from its center, at a tenth of the general coverer's cost.
func (c Circle) Covering(maxCells, maxLevel int) s2.CellUnion {
	if !(c.Radius >= 0) {
		return nil
	}
	return coverCap(VectorOf(c.Center), s1.Angle(min(math.Pi, c.Radius/EarthRadius+coverMargin)), maxCells, maxLevel)
}

// coverCap covers all within an angle of center.
func coverCap(center Vector, angle s1.Angle, maxCells, maxLevel int) s2.CellUnion {
	level := min(s2.AvgEdgeMetric.ClosestLevel(angle.Radians()*math.Sqrt(16/float64(max(maxCells, 4)))), maxLevel-1)
	if maxCells < 4 || level < 3 {
		return cover(s2.CapFromCenterAngle(center.s2(), angle), maxCells, maxLevel)
	}
	return spread(center, level, maxLevel, angle)
}

// spread gives cells from level on that may meet the circle, in order. They are found from neighbor to neighbor:
// the circle is in one piece, so the cells it meets hang together by their edges.
func spread(center Vector, level, maxLevel int, angle s1.Angle) s2.CellUnion {
	// No point of a cell is farther from its center than the longest diagonal.
	reach := Chord2OfMetres((angle.Radians() + s2.MaxDiagMetric.Value(level)*cellReach) * EarthRadius)
	cells := s2.CellUnion{s2.CellFromPoint(center.s2()).ID().Parent(level)}
	for i := 0; i < len(cells); i++ {
		for _, n := range cells[i].EdgeNeighbors() {
			if slices.Contains(cells, n) {
				continue
			}
			p := n.Point()
			if Chord2(center, Vector{p.X, p.Y, p.Z}) <= reach {
				cells = append(cells, n)
			}
		}
	}
	if level++; level > maxLevel {
		slices.Sort(cells)
		return cells
	}
	// Their children fit the circle closer, and are cheaper to test than neighbors are to find.
	reach = Chord2OfMetres((angle.Radians() + s2.MaxDiagMetric.Value(level)*cellReach) * EarthRadius)
	finer := make(s2.CellUnion, 0, 2*len(cells))
	for _, cell := range cells {
		for _, child := range cell.Children() {
			p := child.Point()
			if Chord2(center, Vector{p.X, p.Y, p.Z}) <= reach {
				finer = append(finer, child)
			}
		}
	}
	slices.Sort(finer)
	return finer
}

// cellReach is, as a part of the longest diagonal of its level, how far a cell's corner can be from its center: half
// for a square, somewhat more for the skewed cells near a cube's corners.
const cellReach = 0.6

// Meets asks the disk.
func (c Circle) Meets(cell s2.CellID) (some, all bool) {
	d := c.Disk()
	return d.Meets(cell)
}

// Disk gives the circle made ready to be asked many times.
func (c Circle) Disk() Disk {
	d := Disk{center: VectorOf(c.Center), limit2: Chord2OfMetres(c.Radius)}
	d.limit = math.Sqrt(max(0, d.limit2))
	return d
}

// Disk is a Circle with what every test needs computed once.
type Disk struct {
	center Vector
	limit2 float64 // squared chord
	limit  float64
}

// Has is the circle's ContainsVector.
func (d *Disk) Has(v Vector) bool { return Chord2(d.center, v) <= d.limit2 }

// Meets compares the disk with the cap round the cell, through the Earth: straight lines obey the triangle inequality.
func (d *Disk) Meets(cell s2.CellID) (some, all bool) {
	const doubt = 1e-9 // six millimetres: far more than rounding moves a point
	if d.limit2 < 0 {
		return false, false
	}
	bound := s2.CellFromCellID(cell).CapBound()
	apart, half := math.Sqrt(Chord2(d.center, vectorOfS2(bound.Center()))), math.Sqrt(2*bound.Height())
	return apart <= d.limit+half+doubt, apart+half <= d.limit-doubt
}

// Box is what lies between two parallels and two meridians, in degrees. West > East crosses the antimeridian;
// West -180 with East 180 goes all the way round.
type Box struct{ West, South, East, North float64 }

// boxMargin, in degrees, is the tenth of a millimetre by which a box's edge is drawn generously: a degree does not
// survive the way to a vector and back to the last bit, and the boundary counts as inside.
const boxMargin = 1e-9

// NewBox makes a box. The error is fault.Invalid, without a field, when a number is out of range or not one, or the
// south lies north of the north. A box without height or width is a line or a point, and allowed.
func NewBox(w, s, e, n float64) (Box, error) {
	switch b := (Box{West: w, South: s, East: e, North: n}); {
	case !(math.Abs(w) <= 180 && math.Abs(e) <= 180):
		return Box{}, fault.New(fault.Invalid, "west and east must be numbers between -180 and 180")
	case !(math.Abs(s) <= 90 && math.Abs(n) <= 90):
		return Box{}, fault.New(fault.Invalid, "south and north must be numbers between -90 and 90")
	case s > n:
		return Box{}, fault.New(fault.Invalid, "south must not lie north of north: the order is west, south, east, north")
	default:
		return b, nil
	}
}

// Contains reports whether p lies in the box. A pole lies on every meridian.
func (b Box) Contains(p orb.Point) bool { return b.ContainsVector(VectorOf(p)) }

// ContainsVector is Contains for a vector.
func (b Box) ContainsVector(v Vector) bool {
	lat, lng := v.degrees()
	if lat < b.South-boxMargin || lat > b.North+boxMargin {
		return false
	}
	if v[0] == 0 && v[1] == 0 {
		return true
	}
	east := wrap(lng - b.West)
	return east <= b.Width()+boxMargin || east >= 360-boxMargin
}

// Width gives the degrees from the west edge eastwards to the east edge, 0..360.
func (b Box) Width() float64 {
	if b.East-b.West == 360 {
		return 360
	}
	return wrap(b.East - b.West)
}

// Center gives the point midway between the edges.
func (b Box) Center() orb.Point {
	return LatLng((b.South+b.North)/2, math.Remainder(b.West+b.Width()/2, 360))
}

// wrap brings the difference of two longitudes to 0 <= d < 360.
func wrap(d float64) float64 {
	if d < 0 {
		return d + 360
	}
	return d
}

// Covering gives cells that cover the box.
func (b Box) Covering(maxCells, maxLevel int) s2.CellUnion {
	cells := cover(b.rect(boxMargin*math.Pi/180+coverMargin), maxCells, maxLevel)
	return b.coverPoles(cells, maxLevel)
}

// rect gives the box to S2, widened by margin radians on every side. Rounding moves a point by a length, not by an
// angle of longitude: towards a pole the same length is a wider angle, up to where coverPoles takes over.
func (b Box) rect(margin float64) s2.Rect {
	const rad = math.Pi / 180
	lat := r1.Interval{Lo: b.South * rad, Hi: b.North * rad}.Expanded(margin)
	lng := s1.FullInterval()
	if w := b.Width(); w < 360 {
		west := math.Remainder(b.West*rad, 2*math.Pi)
		narrowest := min(math.Cos(b.South*rad), math.Cos(b.North*rad))
		lng = s1.IntervalFromEndpoints(west, math.Remainder(west+w*rad, 2*math.Pi)).Expanded(min(0.1, margin/max(narrowest, 1e-12)))
	}
	return s2.Rect{Lat: lat.Intersection(r1.Interval{Lo: -math.Pi / 2, Hi: math.Pi / 2}), Lng: lng}
}

// Meets compares latitudes and longitudes. A pole has every longitude, so its cell meets a box that reaches it.
func (b Box) Meets(cell s2.CellID) (some, all bool) {
	c := s2.CellFromCellID(cell)
	if all = b.rect(0).ContainsCell(c); all {
		return true, true
	}
	some = b.rect(boxMargin * math.Pi / 180 * 2).IntersectsCell(c)
	for _, lat := range []float64{-90, 90} {
		some = some || b.Contains(LatLng(lat, 0)) && cell.Contains(s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, 0)))
	}
	return some, false
}

// coverPoles adds the cell of a pole that the box reaches: of the four cells that meet there, the box's own meridians
// may touch another than the one the pole belongs to.
func (b Box) coverPoles(cells s2.CellUnion, maxLevel int) s2.CellUnion {
	for _, lat := range []float64{-90, 90} {
		pole := LatLng(lat, 0)
		if b.Contains(pole) {
			id := s2.CellFromPoint(VectorOf(pole).s2()).ID()
			cells = append(cells, id.Parent(min(max(maxLevel, 0), s2.MaxLevel)))
		}
	}
	cells.Normalize()
	return cells
}
