package geo

import (
	"fmt"
	"strings"

	"github.com/paulmach/orb"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Precision says what a point stands for.
type Precision string

// The precisions, finest first. Regional is a whole state or country, whose point is that of its largest city.
const (
	Exact    Precision = "exact"
	Campus   Precision = "campus"
	Street   Precision = "street"
	Postal   Precision = "postal"
	City     Precision = "city"
	Regional Precision = "region"
)

// Place is a place the gazetteer knows. What is unknown is empty.
type Place struct {
	Name       string // "Cambridge"; empty for bare coordinates and for ZIPs without a town's name
	Admin1     string // state, province or the like: "Massachusetts"
	Admin1Code string // ISO 3166-2, "US-MA"; complete for US, CA, AU and GB, elsewhere rare
	Country    string // ISO 3166-1 alpha-2; Puerto Rico, Guam and their like are states of US here
	ZIP        string // US ZIP, five digits, when the place was named by one
	Timezone   string // IANA name
	Point      orb.Point
	Precision  Precision
	Population int // 0 when unknown
}

// Label names the place so that it can be told from its namesakes: "Cambridge, MA 02139", "London, Ontario, Canada",
// "São Paulo, Brazil", "Texas (state), United States", "Panama (country)". Resolving a label finds the place again.
func (p Place) Label() string {
	parts := make([]string, 0, 3)
	switch {
	case p.Precision == Regional:
		parts = append(parts, p.Name+" ("+regionWord(p.Admin1, p.Country)+")")
	case p.Name != "":
		parts = append(parts, p.Name)
	}
	switch {
	case p.Name == "" && p.ZIP == "":
		return fmt.Sprintf("%.4f, %.4f", p.Point.Lat(), p.Point.Lon())
	case p.Country == "US" && p.Precision != Regional && p.Admin1Code != "":
		parts = append(parts, strings.TrimSpace(strings.TrimPrefix(p.Admin1Code, "US-")+" "+p.ZIP))
	default:
		if p.Admin1 != "" && p.Admin1 != p.Name {
			parts = append(parts, p.Admin1)
		}
		if country := CountryName(p.Country); country != p.Name {
			parts = append(parts, country)
		}
		if p.ZIP != "" {
			parts = append(parts, p.ZIP)
		}
	}
	return strings.Join(parts, ", ")
}

// regionWord says what sort of region it is, as far as one word can for all countries.
func regionWord(admin1, country string) string {
	switch {
	case admin1 == "":
		return "country"
	case country == "US":
		return "state"
	}
	return "region"
}

// Resolution is what a person's words for a place were taken to mean.
type Resolution struct {
	Place      Place   // the likeliest
	Candidates []Place // other places of that name, largest first, at most 10; never Place itself
}

// CountryName gives the English name of an ISO 3166-1 alpha-2 code, or the code itself when it is unknown.
func CountryName(code string) string {
	switch code {
	case "": // ParseRegion would accept it as "unknown region"
		return ""
	case "MK":
		return "North Macedonia"
	case "SZ":
		return "Eswatini"
	case "HK":
		return "Hong Kong"
	case "MO":
		return "Macao"
	case "MM":
		return "Myanmar"
	case "PS":
		return "Palestine"
	case "CD":
		return "Democratic Republic of the Congo"
	case "CG":
		return "Republic of the Congo"
	case "XK":
		return "Kosovo"
	}
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() {
		return code
	}
	if name := display.English.Regions().Name(region); name != "" {
		return name
	}
	return code
}
