package directory

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Emergency is a country's numbers for immediate danger, each as dialled, "" where it has none of its own.
type Emergency struct {
	Country   string // ISO 3166-1 alpha-2
	Name      string // of the country, in English
	General   string
	Police    string
	Ambulance string
	Fire      string
	Source    string // URL
	Note      string
}

// Number gives the one number to show first: the general one, else the ambulance's, else the police's.
func (e Emergency) Number() string {
	for _, n := range []string{e.General, e.Ambulance, e.Police} {
		if n != "" {
			return n
		}
	}
	return e.Fire
}

// EmergencyNumbers knows the emergency numbers of countries. It is immutable.
type EmergencyNumbers struct{ byCountry map[string]Emergency }

// ReadEmergency reads the table country,name,general,police,ambulance,fire,source_url,confirmed,notes, header first.
func ReadEmergency(r io.Reader) (*EmergencyNumbers, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("emergency numbers: %w", err)
	}
	e := &EmergencyNumbers{byCountry: map[string]Emergency{}}
	for i, row := range rows[min(1, len(rows)):] {
		if len(row) != 9 || !countryForm.MatchString(row[0]) {
			return nil, fmt.Errorf("emergency numbers: row %d: needs 9 columns and a country code", i+2)
		}
		x := Emergency{row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[8]}
		if x.Number() == "" {
			return nil, fmt.Errorf("emergency numbers: row %d: %s has no number", i+2, x.Country)
		}
		e.byCountry[x.Country] = x
	}
	return e, nil
}

// In gives the numbers of a country.
func (e *EmergencyNumbers) In(country string) (Emergency, bool) {
	x, ok := e.byCountry[country]
	return x, ok
}

// All lists every country, by English name.
func (e *EmergencyNumbers) All() []Emergency {
	all := make([]Emergency, 0, len(e.byCountry))
	for _, x := range e.byCountry {
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b Emergency) int { return strings.Compare(a.Name, b.Name) })
	return all
}
