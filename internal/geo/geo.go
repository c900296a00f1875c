// Package geo is where things are: points and the distance between them, parts of the Earth (circles, boxes, areas)
// that a search may be confined to, and the gazetteer that turns "02139" or "sao paulo" into a point.
//
// The one rule to know: the Earth is one sphere of radius EarthRadius, and every distance is the great circle on it,
// computed through unit vectors. An index that keeps vectors therefore agrees with Distance to the last bit, and
// neither the antimeridian nor a pole is a special case.
//
// Start reading with Region in region.go, then Gazetteer.Resolve in resolve.go.
package geo

import (
	"math"
	"strconv"
	"strings"

	"carefinder/internal/fault"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"
)

// EarthRadius is the mean radius of the Earth in metres. A sphere is within 0.6 % of the ellipsoid everywhere, far
// less than the difference between a straight line and a road.
const EarthRadius = 6371008.8

const metresPerMile = 1609.344

// LatLng makes a point from degrees. orb.Point holds the longitude first; this constructor keeps the order straight.
func LatLng(lat, lng float64) orb.Point { return orb.Point{lng, lat} }

// ValidPoint reports whether p lies on the Earth: latitude -90..90, longitude -180..180, both finite. The error is
// fault.Invalid with the fields "lat" and "lng" that are wrong.
func ValidPoint(p orb.Point) error {
	var f fault.Fields
	if !(math.Abs(p.Lat()) <= 90) {
		f.Add("lat", "must be a number between -90 and 90")
	}
	if !(math.Abs(p.Lon()) <= 180) {
		f.Add("lng", "must be a number between -180 and 180")
	}
	return f.Err("not a point on the Earth")
}

// Suspicious says why p is likely the failure of a geocoder and not a place, or "" when nothing speaks against it.
// Such points are valid, and false: a listing pinned there would be found by nobody near it.
func Suspicious(p orb.Point) string {
	const within = 100 // metres; geocoders round
	switch {
	case ValidPoint(p) != nil:
		return ""
	case Distance(p, LatLng(0, 0)) < within:
		return "0, 0 is open sea: what a geocoder says when it found nothing"
	case Distance(p, LatLng(39.78373, -100.445882)) < within:
		return "this is the middle of the United States: what a geocoder says when it understood only the country"
	}
	return ""
}

// Distance gives the metres between a and b along the great circle.
func Distance(a, b orb.Point) float64 { return MetresOfChord2(Chord2(VectorOf(a), VectorOf(b))) }

// Vector is a point on the unit sphere: x towards 0°N 0°E, y towards 0°N 90°E, z towards the north pole.
type Vector [3]float64

// VectorOf gives the unit vector of p. The two writings of the antimeridian, and every writing of a pole, give the
// very same vector, so their distance is zero and not a rounding error.
func VectorOf(p orb.Point) Vector {
	lat, lng := p.Lat(), p.Lon()
	switch {
	case lat == 90 || lat == -90:
		return Vector{0, 0, math.Copysign(1, lat)}
	case lng <= -180:
		lng += 360
	case lng > 180:
		lng -= 360
	}
	if lng == 180 {
		return Vector{-math.Cos(lat * math.Pi / 180), 0, math.Sin(lat * math.Pi / 180)}
	}
	sinLat, cosLat := math.Sincos(lat * math.Pi / 180)
	sinLng, cosLng := math.Sincos(lng * math.Pi / 180)
	return Vector{cosLat * cosLng, cosLat * sinLng, sinLat}
}

// degrees gives the latitude and longitude of v. Both come from atan2, which keeps its precision near a pole where
// an arcsine loses half the digits.
func (v Vector) degrees() (lat, lng float64) {
	lat = math.Atan2(v[2], math.Hypot(v[0], v[1])) * 180 / math.Pi
	lng = math.Atan2(v[1], v[0]) * 180 / math.Pi
	return lat, lng
}

func (v Vector) s2() s2.Point { return s2.Point{Vector: r3.Vector{X: v[0], Y: v[1], Z: v[2]}} }

func vectorOfS2(p s2.Point) Vector { return Vector{p.X, p.Y, p.Z} }

// Chord2 gives the squared length of the straight line through the Earth between two unit vectors, 0..4. It grows
// with the distance and costs no trigonometry: compare these, and convert only what is shown.
func Chord2(a, b Vector) float64 {
	x, y, z := a[0]-b[0], a[1]-b[1], a[2]-b[2]
	// The conversions forbid fusing multiply and add, so that every machine gives the same bits.
	return float64(x*x) + float64(y*y) + float64(z*z)
}

// MetresOfChord2 turns a squared chord into metres along the great circle.
func MetresOfChord2(c2 float64) float64 {
	return 2 * EarthRadius * math.Asin(min(1, math.Sqrt(c2)/2))
}

// Chord2OfMetres gives the largest squared chord that is no longer than m metres, so that comparing chords and
// comparing metres say the same. Half the circumference and more give 4; a negative m gives -1, which nothing meets.
func Chord2OfMetres(m float64) float64 {
	switch {
	case !(m >= 0):
		return -1
	case m >= math.Pi*EarthRadius:
		return 4
	}
	s := 2 * math.Sin(m/(2*EarthRadius))
	c2 := s * s
	for c2 > 0 && MetresOfChord2(c2) > m {
		c2 = math.Nextafter(c2, 0)
	}
	for next := math.Nextafter(c2, 5); next <= 4 && MetresOfChord2(next) <= m; next = math.Nextafter(c2, 5) {
		c2 = next
	}
	return c2
}

// ClusterCell names the map cluster that p belongs to at a web map's zoom (0..20, clamped): points with equal cells
// are drawn as one. It is the S2 cell of the level equal to the zoom, about 64 pixels wide at the equator, since four
// cube faces go round the Earth as 256 pixels do at zoom 0. Towards the poles cells look larger, as everything there.
func ClusterCell(p orb.Point, zoom int) uint64 {
	return uint64(s2.CellFromPoint(VectorOf(p).s2()).ID().Parent(min(max(zoom, 0), 20)))
}

// ParseDistance reads a distance such as "25mi", "40 km" or "800m" and gives metres; a bare number means miles. The
// error is fault.Invalid, without a field: the caller knows what it was called.
func ParseDistance(s string) (metres float64, err error) {
	s = strings.TrimSpace(s)
	end := strings.LastIndexAny(s, "0123456789.") + 1
	number, unit := s[:end], strings.ToLower(strings.TrimSpace(s[end:]))
	factor, ok := unitMetres(unit)
	if !ok {
		return 0, fault.New(fault.Invalid, "the unit must be mi, km or m, as in 25mi or 40km")
	}
	if len(number) > 20 || strings.Trim(number, "0123456789.") != "" {
		return 0, fault.New(fault.Invalid, "must be a positive distance such as 25mi or 40km")
	}
	x, err := strconv.ParseFloat(number, 64)
	if metres = x * factor; err != nil || !(metres > 0) {
		return 0, fault.New(fault.Invalid, "must be a positive distance such as 25mi or 40km")
	}
	return metres, nil
}

func unitMetres(unit string) (metres float64, ok bool) {
	switch unit {
	case "", "mi", "mile", "miles":
		return metresPerMile, true
	case "km", "kilometer", "kilometers", "kilometre", "kilometres":
		return 1000, true
	case "m", "meter", "meters", "metre", "metres":
		return 1, true
	}
	return 0, false
}
