package seed

import (
	"bytes"
	_ "embed" // for the two files
	"sync"

	"carefinder/internal/geo"
)

// PlacesAttribution must be shown wherever the gazetteer's places are: the licence asks for it.
const PlacesAttribution = "Place data: GeoNames (geonames.org), CC BY 4.0; ZIP Code Tabulation Areas: US Census Bureau, " +
	"public domain. Changed: columns selected, sources merged."

//go:embed places/us_zips.csv.gz
var zips []byte

//go:embed places/cities.csv.gz
var cities []byte

var loadPlaces = sync.OnceValues(func() (*geo.Gazetteer, error) {
	return geo.Load(bytes.NewReader(zips), bytes.NewReader(cities))
})

// Gazetteer gives the ZIPs of the United States and the world's cities, read on the first call and shared by all.
func Gazetteer() (*geo.Gazetteer, error) { return loadPlaces() }
