package geo_test

import (
	"bytes"
	"os"
	"runtime"
	"testing"

	"carefinder/internal/fault"
	"carefinder/internal/geo"
)

func BenchmarkLoad(b *testing.B) {
	zips, err1 := os.ReadFile("../../seed/places/us_zips.csv.gz")
	cities, err2 := os.ReadFile("../../seed/places/cities.csv.gz")
	if err1 != nil || err2 != nil {
		b.Fatal(err1, err2)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var g *geo.Gazetteer
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if g, err = geo.Load(bytes.NewReader(zips), bytes.NewReader(cities)); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
	runtime.KeepAlive(g)
}

func BenchmarkResolve(b *testing.B) {
	g := gazetteer(b)
	for _, text := range []string{"02139", "Cambridge, MA", "sao paulo", "Springfield", "42.37,-71.11"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				if _, err := g.Resolve(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, text := range []string{"Pheonix", "Pheonix, AZ", "qqqqq wwwww eeeee rrrrr"} {
		b.Run("misspelt/"+text, func(b *testing.B) {
			for b.Loop() {
				if _, err := g.Resolve(text); !fault.Is(err, fault.Unresolvable) {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSuggest(b *testing.B) {
	g := gazetteer(b)
	for _, prefix := range []string{"s", "sa", "san ", "cambridge m", "021", "springfi"} {
		b.Run(prefix, func(b *testing.B) {
			for b.Loop() {
				g.Suggest(prefix, 8)
			}
		})
	}
}

func BenchmarkNearest(b *testing.B) {
	g := gazetteer(b)
	for b.Loop() {
		g.Nearest(geo.LatLng(42.37, -71.11))
	}
}
