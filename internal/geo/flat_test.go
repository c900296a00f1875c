package geo_test

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	orbgeo "github.com/paulmach/orb/geo"
	"pgregory.net/rapid"

	"carefinder/internal/geo"
)

// star is a ring round a center that never crosses itself.
func star(t *rapid.T, center orb.Point, most float64) orb.Ring {
	n := rapid.IntRange(3, 30).Draw(t, "corners")
	var ring orb.Ring
	for i := range n {
		far := most * rapid.Float64Range(0.2, 1).Draw(t, "far")
		ring = append(ring, orbgeo.PointAtBearingAndDistance(center, 360*float64(i)/float64(n), far))
	}
	return append(ring, ring[0])
}

// TestTheMapAgreesWithTheSphere asks both about points everywhere, on the edges and a hair beside them.
func TestTheMapAgreesWithTheSphere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		center := geo.LatLng(rapid.SampledFrom([]float64{0, 42, -65, 89.9, -90}).Draw(t, "lat"), rapid.SampledFrom([]float64{0, -71, 179.99, -180}).Draw(t, "lng"))
		size := math.Pow(10, rapid.Float64Range(0, 6.7).Draw(t, "size")) // one metre to 5,000 km
		p := orb.Polygon{star(t, center, size)}
		for n := rapid.IntRange(0, 2).Draw(t, "holes"); n > 0; n-- { // one in the other, perhaps
			p = append(p, star(t, center, size/30/float64(n*n*n)))
		}
		all := orb.MultiPolygon{p}
		if rapid.Bool().Draw(t, "second") {
			all = append(all, orb.Polygon{star(t, orbgeo.PointAtBearingAndDistance(center, 90, size), size)})
		}
		a, err := geo.NewArea(all)
		if err != nil {
			t.Skip("rounded into crossing itself") // a star of a metre may
		}
		if size < 1e6 && !a.Flat() {
			t.Fatal("a small area has no map")
		}
		for range 50 {
			var at orb.Point
			ring := p[rapid.IntRange(0, len(p)-1).Draw(t, "ring")]
			i := rapid.IntRange(0, len(ring)-2).Draw(t, "edge")
			switch rapid.IntRange(0, 2).Draw(t, "where") {
			case 0:
				at = orbgeo.PointAtBearingAndDistance(center, rapid.Float64Range(0, 360).Draw(t, "bearing"), size*rapid.Float64Range(0, 1.5).Draw(t, "away"))
			case 1:
				at = ring[i]
			case 2:
				along := rapid.Float64Range(0, 1).Draw(t, "along")
				at = orb.Point{ring[i][0] + along*(ring[i+1][0]-ring[i][0]), ring[i][1] + along*(ring[i+1][1]-ring[i][1])}
				at[1] += math.Pow(10, rapid.Float64Range(-13, -3).Draw(t, "off"))
			}
			if at[1] = max(-90, min(90, at[1])); a.Contains(at) != a.OnSphere(at) {
				t.Fatalf("%v: the map says %v", at, a.Contains(at))
			}
		}
	})
}
