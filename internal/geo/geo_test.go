package geo_test

import (
	"math"
	"testing"

	"carefinder/internal/fault"
	"carefinder/internal/geo"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// points draws anywhere on the Earth, and often where things go wrong.
func points() *rapid.Generator[orb.Point] {
	return rapid.Custom(func(t *rapid.T) orb.Point {
		lat := rapid.OneOf(rapid.Float64Range(-90, 90), rapid.SampledFrom([]float64{-90, -89.9999, 0, 89.9999, 90}))
		lng := rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom([]float64{-180, -179.9999, 0, 179.9999, 180}))
		return geo.LatLng(lat.Draw(t, "lat"), lng.Draw(t, "lng"))
	})
}

func TestDistance(t *testing.T) {
	tests := []struct {
		name   string
		a, b   orb.Point
		metres float64
	}{
		{"Boston to New York", geo.LatLng(42.3601, -71.0589), geo.LatLng(40.7128, -74.0060), 306108.917},
		{"across the antimeridian", geo.LatLng(0, 179.9), geo.LatLng(0, -179.9), 0.2 * math.Pi / 180 * geo.EarthRadius},
		{"the antimeridian is one line", geo.LatLng(51, 180), geo.LatLng(51, -180), 0},
		{"a pole is one point", geo.LatLng(90, 12), geo.LatLng(90, -130), 0},
		{"over the pole", geo.LatLng(89, 0), geo.LatLng(89, 180), 2 * math.Pi / 180 * geo.EarthRadius},
		{"pole to pole", geo.LatLng(90, 0), geo.LatLng(-90, 77), math.Pi * geo.EarthRadius},
		{"a metre", geo.LatLng(60, 20), geo.LatLng(60+180/(math.Pi*geo.EarthRadius), 20), 1},
	}
	for _, tt := range tests {
		if got := geo.Distance(tt.a, tt.b); math.Abs(got-tt.metres) > 1e-6*tt.metres+1e-9 {
			t.Errorf("%s: %v m, want %v m", tt.name, got, tt.metres)
		}
	}
}

func TestDistanceIsAMetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := points().Draw(t, "a"), points().Draw(t, "b"), points().Draw(t, "c")
		ab, bc, ac := geo.Distance(a, b), geo.Distance(b, c), geo.Distance(a, c)
		if ab != geo.Distance(b, a) {
			t.Fatalf("not symmetric: %v", ab)
		}
		if geo.Distance(a, a) != 0 || ab > math.Pi*geo.EarthRadius+1 {
			t.Fatalf("out of bounds: %v", ab)
		}
		if ac > ab+bc+0.2 { // near the antipode a chord says little about the distance
			t.Fatalf("triangle: %v > %v + %v", ac, ab, bc)
		}
	})
}

func TestChordsAndMetresAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.OneOf(rapid.Float64Range(0, 2.1e7), rapid.Float64Range(0, 10)).Draw(t, "metres")
		c2 := geo.Chord2OfMetres(m)
		if back := geo.MetresOfChord2(c2); back > m && m < math.Pi*geo.EarthRadius {
			t.Fatalf("the chord of %v m is %v m long", m, back)
		}
		if next := math.Nextafter(c2, 5); c2 < 4 && geo.MetresOfChord2(next) <= m {
			t.Fatalf("%v is not the longest chord of %v m", c2, m)
		}
	})
	for m, want := range map[float64]float64{0: 0, -1: -1, math.Inf(1): 4, 2.1e7: 4} {
		if got := geo.Chord2OfMetres(m); got != want {
			t.Errorf("chord of %v m is %v, want %v", m, got, want)
		}
	}
}

func TestValidPoint(t *testing.T) {
	tests := []struct {
		lat, lng float64
		fields   string
	}{
		{90, 180, ""},
		{-90, -180, ""},
		{91, 0, "lat"},
		{0, -180.1, "lng"},
		{math.NaN(), math.Inf(1), "lat lng"},
	}
	for _, tt := range tests {
		err := geo.ValidPoint(geo.LatLng(tt.lat, tt.lng))
		if (err == nil) != (tt.fields == "") || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%v, %v: %v", tt.lat, tt.lng, err)
		}
		if names := fieldNames(err); names != tt.fields {
			t.Errorf("%v, %v: fields %q, want %q", tt.lat, tt.lng, names, tt.fields)
		}
	}
}

func TestSuspicious(t *testing.T) {
	for _, p := range []orb.Point{geo.LatLng(0, 0), geo.LatLng(39.78373, -100.445882), geo.LatLng(39.7837, -100.4459)} {
		if geo.Suspicious(p) == "" {
			t.Errorf("%v passes for a place", p)
		}
	}
	for _, p := range []orb.Point{geo.LatLng(0, 9.45), geo.LatLng(51.4779, 0), geo.LatLng(39.7837, -100.5)} {
		if why := geo.Suspicious(p); why != "" {
			t.Errorf("%v: %s", p, why)
		}
	}
}

func TestClusterCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := points().Draw(t, "p"), points().Draw(t, "q")
		for zoom := range 20 {
			if geo.ClusterCell(p, zoom) != geo.ClusterCell(q, zoom) && geo.ClusterCell(p, zoom+1) == geo.ClusterCell(q, zoom+1) {
				t.Fatalf("zooming in to %d joined what was apart", zoom+1)
			}
		}
		if geo.ClusterCell(p, 99) != geo.ClusterCell(p, 20) || geo.ClusterCell(p, -1) != geo.ClusterCell(p, 0) {
			t.Fatal("the zoom is not clamped")
		}
	})
	harvard, mit, paris := geo.LatLng(42.3744, -71.1169), geo.LatLng(42.3601, -71.0942), geo.LatLng(48.85, 2.35)
	if geo.ClusterCell(harvard, 5) != geo.ClusterCell(mit, 5) || geo.ClusterCell(harvard, 18) == geo.ClusterCell(mit, 18) {
		t.Error("two kilometres should be one cluster on a country's map and two on a street's")
	}
	if geo.ClusterCell(harvard, 2) == geo.ClusterCell(paris, 2) {
		t.Error("an ocean is one cluster")
	}
}

func TestParseDistance(t *testing.T) {
	tests := []struct {
		text   string
		metres float64 // 0: invalid
	}{
		{"25mi", 40233.6},
		{"25 mi", 40233.6},
		{" 25 Miles ", 40233.6},
		{"25", 40233.6},
		{"40km", 40000},
		{"1.5 km", 1500},
		{".5km", 500},
		{"800m", 800},
		{"800 metres", 800},
		{"", 0},
		{"mi", 0},
		{".", 0},
		{"0", 0},
		{"0.0km", 0},
		{"-1", 0},
		{"-1mi", 0},
		{"NaN", 0},
		{"Inf", 0},
		{"inf km", 0},
		{"1e3", 0},
		{"0x10", 0},
		{"1_000", 0},
		{"1,5km", 0},
		{"5 parsecs", 0},
		{"5 mi 3", 0},
		{"1.2.3", 0},
		{"99999999999999999999999999999999999", 0},
	}
	for _, tt := range tests {
		got, err := geo.ParseDistance(tt.text)
		if math.Abs(got-tt.metres) > 1e-9 || (err != nil) != (tt.metres == 0) || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v m, %v; want %v m", tt.text, got, err, tt.metres)
		}
	}
}

func FuzzParseDistance(f *testing.F) {
	for _, s := range []string{"25mi", "40 km", "800m", "1e9", "NaN", "-1", "٣km", "5\x00mi"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := geo.ParseDistance(s)
		if err == nil && !(m > 0 && m < math.Inf(1)) || err != nil && (m != 0 || !fault.Is(err, fault.Invalid)) {
			t.Errorf("%q: %v m, %v", s, m, err)
		}
	})
}
