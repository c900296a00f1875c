package geo_test

import (
	"testing"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"carefinder/internal/geo"
)

// TestMeetsNeverContradictsContains samples points of random cells: one inside needs some, one outside forbids all.
func TestMeetsNeverContradictsContains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lat, lng := rapid.SampledFrom([]float64{0, 42, -17, 89.9, -90, 90}).Draw(t, "lat"), rapid.SampledFrom([]float64{0, -71, 179.95, -180}).Draw(t, "lng")
		size := rapid.Float64Range(0.001, 20).Draw(t, "size")
		area, err := geo.NewArea(orb.Polygon{{{lng - size, min(lat, 60) - size}, {lng + size, min(lat, 60) - size}, {lng, min(lat, 60) + size}, {lng - size, min(lat, 60) - size}}})
		if err != nil {
			area = nil
		}
		west := lng - size
		if west < -180 {
			west += 360
		}
		regions := []geo.Region{
			geo.Circle{Center: geo.LatLng(lat, lng), Radius: size * 100_000},
			geo.Box{West: west, South: max(-90, lat-size), East: min(180, lng+size), North: min(90, lat+size)},
		}
		if area != nil {
			regions = append(regions, area)
		}
		at := s2.LatLngFromDegrees(max(-90, min(90, lat+rapid.Float64Range(-size, size).Draw(t, "dlat"))), lng+rapid.Float64Range(-size, size).Draw(t, "dlng"))
		cell := s2.CellIDFromLatLng(at).Parent(rapid.IntRange(2, 20).Draw(t, "level"))
		for _, r := range regions {
			some, all := r.Meets(cell)
			for i := range 40 {
				leaf := cell.RangeMin() + s2.CellID(uint64(cell.RangeMax()-cell.RangeMin())/40*uint64(i))
				p := s2.CellIDFromLatLng(leaf.LatLng()).LatLng()
				in := r.Contains(geo.LatLng(p.Lat.Degrees(), p.Lng.Degrees()))
				if in && !some || !in && all {
					t.Fatalf("%T %+v meets %v: some %v, all %v; yet %v inside is %v", r, r, cell, some, all, p, in)
				}
			}
		}
	})
}
