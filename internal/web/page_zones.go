package web

import (
	"cmp"
	"slices"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// world is what the gazetteer's cities say of countries: their time zones and the names of their divisions.
type world struct {
	zones     map[string][]string // by country, the one most people live by first
	divisions map[string]string   // by ISO 3166-2 code
}

// newWorld reads the cities. Of zones whose clocks agree all year it keeps the one of the largest city: a person looks
// for their time, not for their county. So the United States have seven and not thirty.
func newWorld(g *geo.Gazetteer, now time.Time) world {
	w := world{zones: map[string][]string{}, divisions: map[string]string{}}
	cities := g.Cities()
	slices.SortStableFunc(cities, func(a, b geo.Place) int { return cmp.Compare(b.Population, a.Population) })
	type clock struct {
		country         string
		january, summer int
	}
	seen := map[clock]bool{}
	for _, p := range cities {
		if p.Admin1Code != "" {
			w.divisions[p.Admin1Code] = p.Admin1
		}
		loc, err := directory.Zone(p.Timezone)
		if err != nil {
			continue
		}
		offset := func(m time.Month) int {
			_, seconds := time.Date(now.Year(), m, 1, 12, 0, 0, 0, loc).Zone()
			return seconds
		}
		if k := (clock{p.Country, offset(time.January), offset(time.July)}); !seen[k] {
			seen[k] = true
			w.zones[p.Country] = append(w.zones[p.Country], p.Timezone)
		}
	}
	return w
}

// division names a division; where the gazetteer doesn't know it, its code says more than nothing.
func (s *Server) division(code string) string {
	if name := s.world().divisions[code]; name != "" {
		return name
	}
	return code
}

// zoneChoice lets a person say which clock they live by; nil where everybody lives by one.
func (e *edition) zoneChoice(country string, chosen *time.Location) *choice {
	zones := e.world().zones[country]
	if len(zones) < 2 {
		return nil
	}
	c := choice{ID: "zone", Name: "zone", Label: e.t("hours.choose"), Options: []option{{Label: e.t("hours.theirs")}}}
	if chosen != nil && !slices.Contains(zones, chosen.String()) {
		zones = append(slices.Clip(zones), chosen.String())
	}
	for _, z := range zones {
		c.Options = append(c.Options, option{Value: z, Label: e.zone(z), Chosen: chosen != nil && chosen.String() == z})
	}
	return &c
}
