package geo_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"carefinder/internal/geo"
)

// TestScatter compares with looking at every point: at the poles, across the antimeridian, and where points coincide.
func TestScatter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	at := func() orb.Point {
		switch r.IntN(6) {
		case 0:
			return geo.LatLng(90*float64(r.IntN(3)-1), r.Float64()*360-180)
		case 1:
			return geo.LatLng(r.Float64()*10, 180*float64(1-2*r.IntN(2)))
		case 2:
			return geo.LatLng(float64(r.IntN(3)), float64(r.IntN(3)))
		}
		return geo.LatLng(r.Float64()*180-90, r.Float64()*360-180)
	}
	for range 200 {
		points := make([]orb.Point, r.IntN(40))
		for i := range points {
			points[i] = at()
		}
		s := geo.NewScatter(points)
		for range 20 {
			p, want := at(), math.Inf(1)
			for _, q := range points {
				want = min(want, geo.Distance(p, q))
			}
			if got := s.Distance(p); got != want {
				t.Fatalf("%v from %v: %v, want %v", p, points, got, want)
			}
		}
	}
}
