package directory

import (
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"carefinder/internal/geo"
)

// Site is one physical place where a listing is offered.
type Site struct {
	Name         string // of the building or campus
	Address      Address
	Point        orb.Point     // longitude, latitude; meaningful when Precision is set
	Precision    geo.Precision // what the point means; "" says there is none
	Confidential bool          // the address protects someone: only Coverage is ever published
	Coverage     Coverage      // of a confidential site
}

// Located reports whether the site can be found on a map by the public.
func (s Site) Located() bool { return s.Precision != "" && !s.Confidential }

// Address is a postal address in its parts, as written there.
type Address struct {
	Street     string
	City       string
	Division   string // first-level division as written: "MA", "England"
	PostalCode string
	Country    string // ISO 3166-1 alpha-2
}

// String gives the address on one line, its empty parts left out.
func (a Address) String() string {
	place := strings.TrimSpace(a.Division + " " + a.PostalCode)
	parts := slices.DeleteFunc([]string{a.Street, a.City, place, a.Country}, func(s string) bool { return s == "" })
	return strings.Join(parts, ", ")
}

// Coverage is where something serves people who don't come to it. The zero Coverage serves nowhere.
type Coverage struct {
	Countries []string      // ISO 3166-1 alpha-2: the whole country
	Divisions []string      // ISO 3166-2: "US-MA"
	Areas     []orb.Polygon // finer areas, as GeoJSON polygons
}

// IsZero reports whether nowhere is covered.
func (c Coverage) IsZero() bool {
	return len(c.Countries) == 0 && len(c.Divisions) == 0 && len(c.Areas) == 0
}

func (c Coverage) clone() Coverage {
	return Coverage{Countries: slices.Clone(c.Countries), Divisions: slices.Clone(c.Divisions), Areas: slices.Clone(c.Areas)}
}

// And gives what either covers.
func (c Coverage) And(d Coverage) Coverage {
	return Coverage{
		Countries: append(slices.Clip(c.Countries), d.Countries...),
		Divisions: append(slices.Clip(c.Divisions), d.Divisions...),
		Areas:     append(slices.Clip(c.Areas), d.Areas...),
	}
}

// aggregates are ISO 3166-2 codes that stand for several divisions.
var aggregates = map[string][]string{
	"GB-EAW": {"GB-ENG", "GB-WLS"},
	"GB-GBN": {"GB-ENG", "GB-SCT", "GB-WLS"},
}

// DivisionParts lists the divisions a code stands for: those of an aggregate, else itself.
func DivisionParts(code string) []string {
	if parts := aggregates[code]; parts != nil {
		return slices.Clone(parts)
	}
	return []string{code}
}

// DivisionServes reports whether coverage of the division covered reaches someone in division.
func DivisionServes(covered, division string) bool {
	return division != "" && (covered == division || slices.Contains(aggregates[covered], division))
}

// DivisionsServing lists the codes whose coverage reaches someone in division: itself and the aggregates it is part of.
func DivisionsServing(division string) []string {
	if division == "" {
		return nil
	}
	codes := []string{division}
	for code, parts := range aggregates {
		if slices.Contains(parts, division) {
			codes = append(codes, code)
		}
	}
	return codes
}

// CountryOfDivision gives the country part of an ISO 3166-2 code.
func CountryOfDivision(division string) string {
	country, _, _ := strings.Cut(division, "-")
	return country
}
