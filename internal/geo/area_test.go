package geo_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"testing"

	"carefinder/internal/fault"
	"carefinder/internal/geo"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

const square = `[[0,0],[10,0],[10,10],[0,10],[0,0]]`

func TestParseAreaRefuses(t *testing.T) {
	tests := map[string]string{
		"nothing":                ``,
		"not JSON":               `{"type":`,
		"null":                   `null`,
		"a point":                `{"type":"Point","coordinates":[1,2]}`,
		"a feature without one":  `{"type":"Feature","geometry":null}`,
		"a feature in a feature": `{"type":"Feature","geometry":{"type":"Feature","geometry":{"type":"Polygon","coordinates":[` + square + `]}}}`,
		"a collection":           `{"type":"GeometryCollection","geometries":[]}`,
		"no coordinates":         `{"type":"Polygon"}`,
		"no ring":                `{"type":"Polygon","coordinates":[]}`,
		"no polygon":             `{"type":"MultiPolygon","coordinates":[]}`,
		"wrong nesting":          `{"type":"Polygon","coordinates":` + square + `}`,
		"open ring":              `{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10]]]}`,
		"three positions":        `{"type":"Polygon","coordinates":[[[0,0],[10,0],[0,0]]]}`,
		"empty ring":             `{"type":"Polygon","coordinates":[[]]}`,
		"one number":             `{"type":"Polygon","coordinates":[[[0],[10,0],[10,10],[0]]]}`,
		"null position":          `{"type":"Polygon","coordinates":[[[0,0],null,[10,10],[0,0]]]}`,
		"null number":            `{"type":"Polygon","coordinates":[[[0,0],[10,null],[10,10],[0,0]]]}`,
		"text":                   `{"type":"Polygon","coordinates":[[[0,0],["10",0],[10,10],[0,0]]]}`,
		"latitude 91":            `{"type":"Polygon","coordinates":[[[0,0],[10,91],[10,10],[0,0]]]}`,
		"longitude 361":          `{"type":"Polygon","coordinates":[[[0,0],[361,0],[10,10],[0,0]]]}`,
		"overflow":               `{"type":"Polygon","coordinates":[[[0,0],[1e999,0],[10,10],[0,0]]]}`,
		"bow tie":                `{"type":"Polygon","coordinates":[[[0,0],[10,10],[10,0],[0,10],[0,0]]]}`,
		"vertex twice":           `{"type":"Polygon","coordinates":[[[0,0],[5,5],[10,0],[10,10],[5,5],[0,10],[0,0]]]}`,
		"vertex twice in a row":  `{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,0],[10,10],[0,0]]]}`,
		"spike":                  `{"type":"Polygon","coordinates":[[[0,0],[10,0],[5,0],[5,5],[0,0]]]}`,
		"no area":                `{"type":"Polygon","coordinates":[[[0,0],[10,0],[20,0],[0,0]]]}`,
		"half the globe":         `{"type":"Polygon","coordinates":[[[0,0],[180,0],[90,45],[0,0]]]}`,
		"hole outside":           `{"type":"Polygon","coordinates":[` + square + `,[[20,20],[21,20],[21,21],[20,20]]]}`,
		"hole around":            `{"type":"Polygon","coordinates":[` + square + `,[[-1,-1],[11,-1],[11,11],[-1,11],[-1,-1]]]}`,
		"hole across":            `{"type":"Polygon","coordinates":[` + square + `,[[5,5],[15,5],[5,6],[5,5]]]}`,
		"holes cross":            `{"type":"Polygon","coordinates":[` + square + `,[[1,1],[5,1],[5,5],[1,5],[1,1]],[[3,3],[8,3],[8,8],[3,8],[3,3]]]}`,
		"too many vertices":      circleJSON(10_000),
	}
	for name, text := range tests {
		if a, err := geo.ParseArea([]byte(text)); !fault.Is(err, fault.Invalid) || a != nil {
			t.Errorf("%s: %v, %v; want Invalid", name, a, err)
		}
	}
	for _, g := range []orb.Geometry{nil, orb.Point{}, orb.Ring{}, orb.Polygon{{{0, 0}, {math.NaN(), 0}, {1, 1}, {0, 0}}}} {
		if _, err := geo.NewArea(g); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v, want Invalid", g, err)
		}
	}
}

// circleJSON is a polygon of n vertices round 50°N 10°E.
func circleJSON(n int) string {
	ring := make([][2]float64, n+1)
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		ring[i] = [2]float64{10 + 3*cos, 50 + 2*sin}
	}
	ring[n] = ring[0]
	text, err := json.Marshal(map[string]any{"type": "Polygon", "coordinates": [][][2]float64{ring}})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestAreaContains(t *testing.T) {
	tests := []struct {
		name, area string
		in, out    []orb.Point // longitude, latitude
	}{
		{
			"square, edges and corners included", `{"type":"Polygon","coordinates":[` + square + `]}`,
			[]orb.Point{{5, 5}, {0, 0}, {10, 10}, {5, 0}, {0, 5}, {10, 3.3}},
			[]orb.Point{{-0.001, 5}, {5, -0.001}, {10.001, 5}, {-175, -5}, {5, 80}},
		},
		{
			"clockwise, with a height and foreign members",
			`{"bbox":[0],"type":"Polygon","x":{"type":"Point"},"coordinates":[[[0,0,7],[0,10],[10,10],[10,0],[0,0,7]]]}`,
			[]orb.Point{{5, 5}},
			[]orb.Point{{15, 5}, {-170, 0}},
		},
		{
			"feature with a hole, whose edge is inside",
			`{"type":"Feature","properties":{"a":1},"geometry":{"type":"Polygon","coordinates":[` + square + `,[[4,4],[4,6],[6,6],[6,4],[4,4]]]}}`,
			[]orb.Point{{1, 1}, {4, 5}, {4, 4}, {3.999, 5}},
			[]orb.Point{{5, 5}, {4.001, 5}},
		},
		{
			"hole touching the shell at a vertex", `{"type":"Polygon","coordinates":[` + square + `,[[0,0],[2,1],[1,2],[0,0]]]}`,
			[]orb.Point{{5, 5}, {0, 0}, {1, 0.2}},
			[]orb.Point{{1, 1}},
		},
		{
			"split at the antimeridian", `{"type":"MultiPolygon","coordinates":[[[[170,-20],[180,-20],[180,-10],[170,-10],[170,-20]]],` +
				`[[[-180,-20],[-170,-20],[-170,-10],[-180,-10],[-180,-20]]]]}`,
			[]orb.Point{{175, -15}, {-175, -15}, {180, -15}, {-180, -15}, {180, -13.37}},
			[]orb.Point{{169, -15}, {-169, -15}, {0, -15}, {180, -5}},
		},
		{
			"across the antimeridian, numbered on", `{"type":"Polygon","coordinates":[[[170,-20],[190,-20],[190,-10],[170,-10],[170,-20]]]}`,
			[]orb.Point{{175, -15}, {-175, -15}, {180, -15}, {-180, -15}},
			[]orb.Point{{169, -15}, {-169, -15}, {0, -15}},
		},
		{
			"across the antimeridian, signs changing", `{"type":"Polygon","coordinates":[[[170,-20],[-170,-20],[-170,-10],[170,-10],[170,-20]]]}`,
			[]orb.Point{{175, -15}, {-175, -15}, {180, -15}},
			[]orb.Point{{169, -15}, {-169, -15}, {0, -15}},
		},
		{
			"round the south pole", `{"type":"Polygon","coordinates":[[[0,-60],[60,-60],[120,-60],[180,-60],[-120,-60],[-60,-60],[0,-60]]]}`,
			[]orb.Point{{0, -90}, {77, -90}, {30, -80}, {-150, -65}, {180, -60}},
			[]orb.Point{{0, 90}, {0, -59}, {100, 0}},
		},
		{
			"two polygons", `{"type":"MultiPolygon","coordinates":[[` + square + `],[[[20,0],[30,0],[30,10],[20,10],[20,0]]]]}`,
			[]orb.Point{{5, 5}, {25, 5}},
			[]orb.Point{{15, 5}},
		},
	}
	for _, tt := range tests {
		a, err := geo.ParseArea([]byte(tt.area))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		cells := a.Covering(16, 20)
		for _, p := range tt.in {
			covers(t, a, cells, p)
			if !a.Contains(p) {
				t.Errorf("%s: %v is outside", tt.name, p)
			}
		}
		for _, p := range tt.out {
			if a.Contains(p) {
				t.Errorf("%s: %v is inside", tt.name, p)
			}
		}
	}
}

func TestAreaIsImmutable(t *testing.T) {
	g := orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 0}}}
	want := orb.Clone(g)
	a, err := geo.NewArea(g)
	if err != nil {
		t.Fatal(err)
	}
	g[0][1][0] = 99
	a.Geometry().(orb.Polygon)[0][2][0] = 77
	if got := a.Geometry(); !reflect.DeepEqual(got, want) {
		t.Errorf("the geometry became %v", got)
	}
}

// TestAreaAgainstBruteForce draws star-shaped areas anywhere, poles and antimeridian included, and asks of points
// whether they lie inside by another way: in the plane of the gnomonic projection about the star's center, in which
// great circles are straight, by counting crossings.
func TestAreaAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		center := points().Draw(t, "center")
		frame := frameOf(geo.VectorOf(center))
		n := rapid.IntRange(3, 60).Draw(t, "vertices")
		size := math.Pow(10, rapid.Float64Range(-4, 0).Draw(t, "size"))
		star := make([][2]float64, n)
		ring := make(orb.Ring, 0, n+1)
		for i := range star {
			sin, cos := math.Sincos(2 * math.Pi * (float64(i) + rapid.Float64Range(0, 0.8).Draw(t, "turn")) / float64(n))
			r := size * rapid.Float64Range(0.3, 1).Draw(t, "r")
			star[i] = [2]float64{r * cos, r * sin}
			ring = append(ring, frame.point(star[i]))
		}
		a, err := geo.NewArea(orb.Polygon{append(ring, ring[0])})
		if err != nil {
			t.Fatal(err)
		}
		cells := a.Covering(rapid.IntRange(1, 30).Draw(t, "cells"), 24)
		for range 20 {
			at := [2]float64{
				size * rapid.Float64Range(-1.2, 1.2).Draw(t, "x"),
				size * rapid.Float64Range(-1.2, 1.2).Draw(t, "y"),
			}
			p := frame.point(at)
			covers(t, a, cells, p)
			if want, clear := insidePlane(star, at, size*1e-6); clear && a.Contains(p) != want {
				t.Fatalf("%v: inside is %v, by brute force %v", p, a.Contains(p), want)
			}
		}
		for i, v := range ring[:n] {
			w := star[(i+1)%n]
			covers(t, a, cells, v)
			half := frame.point([2]float64{(star[i][0] + w[0]) / 2, (star[i][1] + w[1]) / 2})
			covers(t, a, cells, half)
			if !a.Contains(v) || !a.Contains(half) {
				t.Fatalf("vertex %v or the edge behind it is outside", v)
			}
		}
	})
}

// frame is a tangent plane.
type frame struct{ up, x, y geo.Vector }

func frameOf(up geo.Vector) frame {
	other := geo.Vector{0, 0, 1}
	if math.Abs(up[2]) > 0.9 {
		other = geo.Vector{1, 0, 0}
	}
	x := unit(cross(other, up))
	return frame{up: up, x: x, y: cross(up, x)}
}

func (f frame) point(at [2]float64) orb.Point {
	var v geo.Vector
	for i := range v {
		v[i] = f.up[i] + at[0]*f.x[i] + at[1]*f.y[i]
	}
	v = unit(v)
	lat := math.Atan2(v[2], math.Hypot(v[0], v[1])) * 180 / math.Pi
	return geo.LatLng(lat, math.Atan2(v[1], v[0])*180/math.Pi)
}

func cross(a, b geo.Vector) geo.Vector {
	return geo.Vector{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func unit(v geo.Vector) geo.Vector {
	n := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
	return geo.Vector{v[0] / n, v[1] / n, v[2] / n}
}

// insidePlane counts crossings of a ray; it is not clear when at is within margin of an edge's line.
func insidePlane(ring [][2]float64, at [2]float64, margin float64) (inside, clear bool) {
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		dx, dy := b[0]-a[0], b[1]-a[1]
		side := (dx*(at[1]-a[1]) - dy*(at[0]-a[0])) / math.Hypot(dx, dy)
		if math.Abs(side) < margin || math.Abs(at[1]-a[1]) < margin/1e3 {
			return false, false
		}
		if (a[1] > at[1]) != (b[1] > at[1]) && at[0] < a[0]+(at[1]-a[1])*dx/dy {
			inside = !inside
		}
	}
	return inside, true
}

func FuzzParseArea(f *testing.F) {
	f.Add([]byte(`{"type":"Polygon","coordinates":[` + square + `]}`))
	f.Add([]byte(`{"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":[[` + square + `,[[4,4],[4,6],[6,6],[4,4]]]]}}`))
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[170,-20],[190,-20],[190,-10],[170,-20]]]}`))
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[0,90],[120,89],[-120,89],[0,90]]]}`))
	f.Add([]byte(`[null]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := geo.ParseArea(text)
		if err != nil {
			if a != nil || !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v, %v", a, err)
			}
			return
		}
		if _, err := geo.NewArea(a.Geometry()); err != nil {
			t.Fatalf("its own geometry is refused: %v", err)
		}
		cells := a.Covering(8, 20)
		polygons, _ := a.Geometry().(orb.MultiPolygon)
		if p, ok := a.Geometry().(orb.Polygon); ok {
			polygons = orb.MultiPolygon{p}
		}
		for _, polygon := range polygons {
			for _, v := range polygon[0] {
				if !a.Contains(v) {
					t.Fatalf("the vertex %v is outside", v)
				}
				covers(t, a, cells, v)
			}
		}
	})
}

func BenchmarkArea(b *testing.B) {
	for _, n := range []int{8, 100, 2000} {
		text := []byte(circleJSON(n))
		a, err := geo.ParseArea(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("parse/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := geo.ParseArea(text); err != nil {
					b.Fatal(err)
				}
			}
		})
		in, out := geo.VectorOf(geo.LatLng(50.1, 10.1)), geo.VectorOf(geo.LatLng(51.9, 12.5))
		b.Run(fmt.Sprintf("inside/%d", n), func(b *testing.B) {
			for b.Loop() {
				a.ContainsVector(in)
			}
		})
		b.Run(fmt.Sprintf("outside/%d", n), func(b *testing.B) {
			for b.Loop() {
				a.ContainsVector(out)
			}
		})
		b.Run(fmt.Sprintf("cover/%d", n), func(b *testing.B) {
			for b.Loop() {
				a.Covering(32, 16)
			}
		})
	}
}
