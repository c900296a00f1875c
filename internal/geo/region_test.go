package geo_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"carefinder/internal/fault"
	"carefinder/internal/geo"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func fieldNames(err error) string {
	var e *fault.Error
	if !errors.As(err, &e) {
		return ""
	}
	var names []string
	for _, f := range e.Fields {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

// covers fails if p is in r and not in its covering, or the two ways to ask differ.
func covers(t interface{ Fatalf(string, ...any) }, r geo.Region, cells s2.CellUnion, p orb.Point) {
	v := geo.VectorOf(p)
	if r.Contains(p) != r.ContainsVector(v) {
		t.Fatalf("%v: Contains and ContainsVector differ", p)
	}
	at := s2.Point{Vector: r3.Vector{X: v[0], Y: v[1], Z: v[2]}}
	if r.Contains(p) && !cells.ContainsPoint(at) {
		t.Fatalf("%v is in the region and not in its covering", p)
	}
}

// around draws points near p, in steps that reach from a millimetre to a continent.
func around(p orb.Point) *rapid.Generator[orb.Point] {
	return rapid.Custom(func(t *rapid.T) orb.Point {
		step := math.Pow(10, rapid.Float64Range(-8, 1.5).Draw(t, "step"))
		lat := p.Lat() + step*rapid.Float64Range(-1, 1).Draw(t, "dlat")
		lng := p.Lon() + step*rapid.Float64Range(-1, 1).Draw(t, "dlng")
		return geo.LatLng(min(90, max(-90, lat)), math.Remainder(lng, 360))
	})
}

func TestCircle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := geo.Circle{Center: points().Draw(t, "center")}
		p := rapid.OneOf(around(c.Center), points()).Draw(t, "p")
		c.Radius = rapid.OneOf(rapid.Float64Range(0, 2.1e7), rapid.Just(geo.Distance(c.Center, p))).Draw(t, "radius")
		if c.Contains(p) != (geo.Distance(c.Center, p) <= c.Radius) {
			t.Fatalf("%v: in the circle is not within its radius", p)
		}
		cells := c.Covering(rapid.IntRange(1, 40).Draw(t, "cells"), rapid.IntRange(0, 30).Draw(t, "level"))
		covers(t, c, cells, p)
		covers(t, c, cells, c.Center)
	})
	if c := (geo.Circle{Radius: -1}); c.Contains(c.Center) || len(c.Covering(8, 20)) > 0 {
		t.Error("a circle of negative radius contains something")
	}
}

func TestNewBox(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		w, s, e, n float64
		ok         bool
	}{
		{-10, -10, 10, 10, true},
		{170, -10, -170, 10, true},
		{-180, -90, 180, 90, true},
		{5, 5, 5, 5, true},
		{0, 10, 1, 9, false},
		{-181, 0, 1, 1, false},
		{0, 0, 181, 1, false},
		{0, -91, 1, 1, false},
		{0, 0, 1, 91, false},
		{nan, 0, 1, 1, false},
		{0, nan, 1, 1, false},
		{0, 0, 1, nan, false},
		{0, 0, inf, 1, false},
	}
	for _, tt := range tests {
		_, err := geo.NewBox(tt.w, tt.s, tt.e, tt.n)
		if (err == nil) != tt.ok || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

func TestBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := points().Draw(t, "a"), points().Draw(t, "b")
		box, err := geo.NewBox(a.Lon(), min(a.Lat(), b.Lat()), b.Lon(), max(a.Lat(), b.Lat()))
		if err != nil {
			t.Fatal(err)
		}
		p := rapid.OneOf(points(), around(a), around(b)).Draw(t, "p")
		lat, lng := p.Lat(), p.Lon()
		between := box.West <= lng && lng <= box.East
		if box.West > box.East {
			between = lng >= box.West || lng <= box.East
		}
		if math.Abs(lng) == 180 {
			between = between || math.Abs(box.West) == 180 || math.Abs(box.East) == 180
		}
		want := box.South <= lat && lat <= box.North && (between || math.Abs(lat) == 90)
		onEdge := math.Abs(lat-box.South) < 2e-9 || math.Abs(lat-box.North) < 2e-9 || math.Abs(lat) > 90-2e-9 ||
			math.Abs(math.Remainder(lng-box.West, 360)) < 2e-9 || math.Abs(math.Remainder(lng-box.East, 360)) < 2e-9
		if got := box.Contains(p); got != want && (!onEdge || want) {
			t.Fatalf("%v in %+v: %v", p, box, got)
		}
		cells := box.Covering(rapid.IntRange(1, 40).Draw(t, "cells"), rapid.IntRange(0, 30).Draw(t, "level"))
		for _, q := range []orb.Point{p, a, b, {a.Lon(), b.Lat()}, {b.Lon(), a.Lat()}, geo.LatLng(90, 0), geo.LatLng(-90, 0)} {
			covers(t, box, cells, q)
		}
		for _, corner := range []orb.Point{a, b, {a.Lon(), b.Lat()}, {b.Lon(), a.Lat()}} {
			if !box.Contains(corner) {
				t.Fatalf("the corner %v is outside %+v", corner, box)
			}
		}
	})
}

func TestBoxCoversItsEdgeNearThePole(t *testing.T) {
	b := geo.Box{West: -180, South: -89.9999, East: -1.862645149230957e-09, North: 1}
	p := geo.LatLng(-89.9999, -1.862645149230957e-09)
	cell := s2.CellIDFromLatLng(s2.LatLngFromDegrees(p.Lat(), p.Lon()))
	cover := b.Covering(8, 20)
	if some, _ := b.Meets(cell.Parent(20)); !b.Contains(p) || !cover.ContainsCellID(cell) || !some {
		t.Errorf("%v is in the box %v, but not in its covering", p, b)
	}
}
