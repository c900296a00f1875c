package geo_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/seed"

	"pgregory.net/rapid"
)

func gazetteer(tb testing.TB) *geo.Gazetteer {
	tb.Helper()
	g, err := seed.Gazetteer()
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func labels(places []geo.Place) []string {
	var out []string
	for _, p := range places {
		out = append(out, p.Label())
	}
	return out
}

func TestResolve(t *testing.T) {
	g := gazetteer(t)
	tests := []struct {
		text, label string
		precision   geo.Precision
		candidates  string // labels that must be among the candidates, parted by "; "
	}{
		{"02139", "Cambridge, MA 02139", geo.Postal, ""},
		{"02139-1234", "Cambridge, MA 02139", geo.Postal, ""},
		{" 02139 ", "Cambridge, MA 02139", geo.Postal, ""},
		{"02139 USA", "Cambridge, MA 02139", geo.Postal, ""},
		{"Cambridge, MA 02139", "Cambridge, MA 02139", geo.Postal, ""},
		{"Boston 02139", "Cambridge, MA 02139", geo.Postal, ""},
		{"12345 Massachusetts Ave, Cambridge, MA 02139", "Cambridge, MA 02139", geo.Postal, ""},
		{"12 Main St, Cambridge, MA", "Cambridge, MA", geo.City, ""},
		{"Berlin 10115", "Berlin, State of Berlin, Germany", geo.City, ""},
		{"00601", "PR 00601", geo.Postal, ""},
		{"96799", "AS 96799", geo.Postal, ""},
		{"96960", "Marshall Islands, 96960", geo.Postal, ""},
		{"Cambridge, MA", "Cambridge, MA", geo.City, ""},
		{"cambridge massachusetts", "Cambridge, MA", geo.City, ""},
		{"Cambridge", "Cambridge, MA", geo.City, "Cambridge, England, United Kingdom; Cambridge, Ontario, Canada"},
		{"Cambridge UK", "Cambridge, England, United Kingdom", geo.City, ""},
		{"San José", "San Jose, CA", geo.City, "San José, Costa Rica"},
		{"san jose ca", "San Jose, CA", geo.City, ""},
		{"San José, Costa Rica", "San José, Costa Rica", geo.City, ""},
		{"sao paulo", "São Paulo, Brazil", geo.City, ""},
		{"London", "London, England, United Kingdom", geo.City, "London, Ontario, Canada"},
		{"London, Ontario", "London, Ontario, Canada", geo.City, ""},
		{"london on", "London, Ontario, Canada", geo.City, ""},
		{"London, Ontario, Canada", "London, Ontario, Canada", geo.City, ""},
		{"london england uk", "London, England, United Kingdom", geo.City, ""},
		{"New York", "New York City, NY", geo.City, "New York (state), United States"},
		{"new york, ny", "New York City, NY", geo.City, ""},
		{"New York City", "New York City, NY", geo.City, ""},
		{"NYC", "New York City, NY", geo.City, ""},
		{"LA", "Los Angeles, CA", geo.City, ""},
		{"SF", "San Francisco, CA", geo.City, ""},
		{"Philly", "Philadelphia, PA", geo.City, ""},
		{"DC", "Washington, DC", geo.City, ""},
		{"Washington DC", "Washington, DC", geo.City, ""},
		{"Washington, D.C.", "Washington, DC", geo.City, ""},
		{"Washington", "Washington, DC", geo.City, "Washington (state), United States"},
		{"St. Louis", "St. Louis, MO", geo.City, ""},
		{"Saint Louis", "St. Louis, MO", geo.City, ""},
		{"st louis mo", "St. Louis, MO", geo.City, ""},
		{"Ft Worth", "Fort Worth, TX", geo.City, ""},
		{"Houston TX USA", "Houston, TX", geo.City, ""},
		{"Dublin, Ireland", "Dublin, Leinster, Ireland", geo.City, ""},
		{"Springfield", "Springfield, MO", geo.City, "Springfield, MA; Springfield, IL; Springfield, OR; Springfield, OH"},
		{"Brooklyn", "Brooklyn, NY", geo.City, "Brooklyn, CT"},
		{"Stockbridge, MA", "Stockbridge, MA", geo.City, ""},
		{"worthington springs fl", "Worthington Springs, FL", geo.City, ""},
		{"O'Fallon MO", "O'Fallon, MO", geo.City, ""},
		{"ofallon, missouri", "O'Fallon, MO", geo.City, ""},
		{"winston salem", "Winston-Salem, NC", geo.City, ""},
		{"Montreal", "Montréal, Quebec, Canada", geo.City, ""},
		{"Quebec City", "Québec, Quebec, Canada", geo.City, ""},
		{"Zürich", "Zürich, Zurich, Switzerland", geo.City, ""},
		{"Łódź", "Łódź, Łódź Voivodeship, Poland", geo.City, ""},
		{"Honolulu, HI", "Honolulu, HI", geo.City, ""},
		{"San Juan, PR", "San Juan, PR", geo.City, ""},
		{"San Juan Puerto Rico", "San Juan, PR", geo.City, ""},
		{"Köln", "Köln, North Rhine-Westphalia, Germany", geo.City, ""},
		{"Texas", "Texas (state), United States", geo.Regional, ""},
		{"TX", "Texas (state), United States", geo.Regional, ""},
		{"Canada", "Canada (country)", geo.Regional, "Canada, KY"},
		{"UK", "United Kingdom (country)", geo.Regional, ""},
		{"Ontario", "Ontario (region), Canada", geo.Regional, "Ontario, CA"},
		{"Ontario, CA", "Ontario, CA", geo.City, ""},
		{"Georgia", "Georgia (state), United States", geo.Regional, "Georgia (country)"},
		{"Richmond, CA", "Richmond, CA", geo.City, "Richmond, British Columbia, Canada"},
		{"Billings MT", "Billings, MT", geo.City, ""},
		{"MT", "Montana (state), United States", geo.Regional, ""},
		{"New York State", "New York (state), United States", geo.Regional, ""},
		{"Mendoza, Argentina", "Mendoza, Argentina", geo.City, "Mendoza (region), Argentina"},
		{"Panama (country)", "Panama (country)", geo.Regional, ""},
		{"Georgia, USA", "Georgia (state), United States", geo.Regional, ""},
		{"Mexico", "Mexico (country)", geo.Regional, ""},
		{"Mexico, MO", "Mexico, MO", geo.City, ""},
		{"Wyoming", "Wyoming (state), United States", geo.Regional, "Wyoming, MI"},
		{"Singapore", "Singapore", geo.City, ""},
		{"42.37,-71.11", "42.3700, -71.1100", geo.Exact, ""},
		{"42.37 -71.11", "42.3700, -71.1100", geo.Exact, ""},
		{"42.37, -71.11", "42.3700, -71.1100", geo.Exact, ""},
	}
	for _, tt := range tests {
		r, err := g.Resolve(tt.text)
		if err != nil {
			t.Errorf("%q: %v %+v", tt.text, err, err)
			continue
		}
		if r.Place.Label() != tt.label || r.Place.Precision != tt.precision {
			t.Errorf("%q is %q (%s), want %q (%s)", tt.text, r.Place.Label(), r.Place.Precision, tt.label, tt.precision)
		}
		got := "; " + strings.Join(labels(r.Candidates), "; ") + "; "
		for _, c := range strings.Split(tt.candidates, "; ") {
			if c != "" && !strings.Contains(got, "; "+c+"; ") {
				t.Errorf("%q: no candidate %q among %q", tt.text, c, got)
			}
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	g := gazetteer(t)
	tests := []struct {
		text    string
		kind    fault.Kind
		suggest string // the first suggestion
	}{
		{"", fault.Invalid, ""},
		{"  ", fault.Invalid, ""},
		{strings.Repeat("x", 201), fault.Invalid, ""},
		{"bos\xff", fault.Invalid, ""},
		{"bos\x00ton", fault.Invalid, ""},
		{"91, 0", fault.Invalid, ""},
		{"0, 181", fault.Invalid, ""},
		{"2139 2138", fault.Invalid, ""},
		{"Pheonix", fault.Unresolvable, "Phoenix, AZ"},
		{"Pheonix, AZ", fault.Unresolvable, "Phoenix, AZ"},
		{"cambrige ma", fault.Unresolvable, "Cambridge, MA"},
		{"Cambridge, Masachusetts", fault.Unresolvable, "Cambridge, MA"},
		{"Los Angelos", fault.Unresolvable, "Los Angeles, CA"},
		{"Philadelpia PA", fault.Unresolvable, "Philadelphia, PA"},
		{"Bostn", fault.Unresolvable, "Boston, MA"},
		{"Seatle", fault.Unresolvable, "Seattle, WA"},
		{"Cambridge, TX", fault.Unresolvable, "Cambridge, MA"},
		{"London SW1A 1AA", fault.Unresolvable, "London, England, United Kingdom"},
		{"99999", fault.Unresolvable, "Ketchikan, AK 99901"},
		{"02100", fault.Unresolvable, "Boston, MA 02108"},
		{"xqzzk", fault.Unresolvable, ""},
		{"...", fault.Unresolvable, ""},
		{"東", fault.Unresolvable, ""},
	}
	for _, tt := range tests {
		_, err := g.Resolve(tt.text)
		var e *fault.Error
		if !errors.As(err, &e) || e.Kind != tt.kind || len(e.Fields) != 1 || e.Fields[0].Name != "place" {
			t.Errorf("%q: %v (%s), want %s of the place", tt.text, err, fault.KindOf(err), tt.kind)
			continue
		}
		first := ""
		if s := e.Fields[0].Suggestions; len(s) > 0 {
			first = s[0]
		}
		if first != tt.suggest {
			t.Errorf("%q: suggestions %q, want %q first", tt.text, e.Fields[0].Suggestions, tt.suggest)
		}
		for _, s := range e.Fields[0].Suggestions {
			if _, err := g.Resolve(s); err != nil {
				t.Errorf("%q: the suggestion %q does not resolve: %v", tt.text, s, err)
			}
		}
	}
}

func resolve(t *testing.T, text string) geo.Place {
	t.Helper()
	r, err := gazetteer(t).Resolve(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return r.Place
}

func TestStatesAndZones(t *testing.T) {
	tests := []struct{ text, country, code, zone string }{
		{"02139", "US", "US-MA", "America/New_York"},
		{"79901", "US", "US-TX", "America/Denver"},
		{"Stockbridge, MA", "US", "US-MA", "America/New_York"},
		{"99501", "US", "US-AK", "America/Anchorage"},
		{"96799", "US", "US-AS", "Pacific/Pago_Pago"},
		{"96950", "US", "US-MP", "Pacific/Saipan"},
		{"96910", "US", "US-GU", "Pacific/Guam"},
		{"00802", "US", "US-VI", "America/St_Thomas"},
		{"00601", "US", "US-PR", "America/Puerto_Rico"},
		{"96960", "MH", "", "Pacific/Majuro"},
		{"Montreal", "CA", "CA-QC", "America/Toronto"},
		{"Toronto", "CA", "CA-ON", "America/Toronto"},
		{"Halifax, Nova Scotia", "CA", "CA-NS", "America/Halifax"},
		{"London", "GB", "GB-ENG", "Europe/London"},
		{"Cardiff", "GB", "GB-WLS", "Europe/London"},
		{"Belfast", "GB", "GB-NIR", "Europe/London"},
		{"Glasgow", "GB", "GB-SCT", "Europe/London"},
		{"Chennai", "IN", "IN-TN", "Asia/Kolkata"},
		{"Beijing", "CN", "CN-BJ", "Asia/Shanghai"},
		{"Buenos Aires", "AR", "AR-C", "America/Argentina/Buenos_Aires"},
		{"La Plata", "AR", "AR-B", "America/Argentina/Buenos_Aires"},
		{"Bogotá", "CO", "CO-DC", "America/Bogota"},
		{"Sydney", "AU", "AU-NSW", "Australia/Sydney"},
		{"Texas", "US", "US-TX", "America/Chicago"},
		{"42.37,-71.11", "US", "US-MA", "America/New_York"},
		{"51.5, -0.12", "GB", "GB-ENG", "Europe/London"},
		{"-48.9, -123.4", "", "", ""},
	}
	for _, tt := range tests {
		p := resolve(t, tt.text)
		if p.Country != tt.country || p.Admin1Code != tt.code || p.Timezone != tt.zone {
			t.Errorf("%q: %s %s %s, want %s %s %s", tt.text, p.Country, p.Admin1Code, p.Timezone, tt.country, tt.code, tt.zone)
		}
	}
}

func TestEveryStateHasItsCode(t *testing.T) {
	for _, p := range gazetteer(t).Cities() {
		switch p.Country {
		case "US", "CA", "AU", "GB":
			if !strings.HasPrefix(p.Admin1Code, p.Country+"-") {
				t.Errorf("%s has the code %q", p.Label(), p.Admin1Code)
			}
		}
		if _, err := time.LoadLocation(p.Timezone); err != nil || geo.ValidPoint(p.Point) != nil || p.Population <= 0 {
			t.Errorf("%+v: %v", p, err)
		}
		if name := geo.CountryName(p.Country); name == p.Country || name == "" {
			t.Errorf("the country %q has no name", p.Country)
		}
	}
}

// TestZIPAndCityAgree: a person who types the ZIP of a small city and one who types its name see the same order.
func TestZIPAndCityAgree(t *testing.T) {
	for zip, city := range map[string]string{"02139": "Cambridge, MA", "10001": "New York", "32697": "Worthington Springs, FL"} {
		z, c := resolve(t, zip), resolve(t, city)
		if z.Point != c.Point || z.Precision != geo.Postal || z.ZIP != zip {
			t.Errorf("%s is at %v (%s), %s at %v", zip, z.Point, z.Precision, city, c.Point)
		}
	}
	// The far end of Los Angeles keeps its own point.
	if z, c := resolve(t, "91342"), resolve(t, "Los Angeles"); geo.Distance(z.Point, c.Point) < 5000 {
		t.Errorf("91342 is at %v, with the middle of the city", z.Point)
	}
}

// TestLabelsResolve: what a list of candidates or suggestions shows can be typed, and means the same place, or the
// larger one where two of a state differ only in their accents.
func TestLabelsResolve(t *testing.T) {
	g := gazetteer(t)
	for _, p := range g.Cities() {
		r, err := g.Resolve(p.Label())
		if err != nil {
			t.Errorf("%q: %v", p.Label(), err)
			continue
		}
		if q := r.Place; q.Label() != p.Label() && (q.Country != p.Country || q.Admin1 != p.Admin1 || q.Population < p.Population) {
			t.Errorf("%q is %q", p.Label(), q.Label())
		}
	}
}

func TestCandidates(t *testing.T) {
	r, err := gazetteer(t).Resolve("Springfield")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{r.Place.Label(): true}
	last := r.Place.Population
	for _, c := range r.Candidates {
		if seen[c.Label()] || c.Population > last {
			t.Errorf("%s (%d people) is out of order or there twice", c.Label(), c.Population)
		}
		seen[c.Label()], last = true, c.Population
	}
	if len(r.Candidates) != 10 {
		t.Errorf("%d candidates, want 10", len(r.Candidates))
	}
}

func TestSuggest(t *testing.T) {
	g := gazetteer(t)
	tests := []struct {
		prefix string
		limit  int
		want   []string
	}{
		{"cambridge m", 5, []string{"Cambridge, MA", "Cambridge, ME", "Cambridge, MD", "Cambridge, MN"}},
		{"Cambridge, MA", 1, []string{"Cambridge, MA"}},
		{"0213", 2, []string{"Jamaica Plain, MA 02130", "Roslindale, MA 02131"}},
		{"02139", 2, []string{"Cambridge, MA 02139"}},
		{"são pau", 1, []string{"São Paulo, Brazil"}},
		{"new y", 1, []string{"New York City, NY"}},
		{"nyc", 1, []string{"New York City, NY"}},
		{"st lou", 1, []string{"St. Louis, MO"}},
		{"ft wo", 1, []string{"Fort Worth, TX"}},
		{"st", 2, []string{"Saint Petersburg, St.-Petersburg, Russia", "Stockholm, Sweden"}},
		{"bost", 1, []string{"Boston, MA"}},
		{"tex", 1, []string{"Texas (state), United States"}},
		{"london o", 2, []string{"London, Ontario, Canada", "London, OH"}},
		{"", 5, nil},
		{"...", 5, nil},
		{"qqq", 5, nil},
		{"boston", 0, nil},
		{"boston", -1, nil},
		{strings.Repeat("b", 300), 5, nil},
	}
	for _, tt := range tests {
		if got := labels(g.Suggest(tt.prefix, tt.limit)); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.prefix, got, tt.want)
		}
	}
	if n := len(g.Suggest("s", 1000)); n != 50 {
		t.Errorf("%d suggestions, want at most 50", n)
	}
}

// TestSuggestFindsAll: the whole label of any city suggests it.
func TestSuggestFindsAll(t *testing.T) {
	g := gazetteer(t)
	cities := g.Cities()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(cities).Draw(t, "city")
		for _, s := range g.Suggest(p.Label(), 5) {
			if s.Label() == p.Label() || s.Admin1 == p.Admin1 && s.Country == p.Country && s.Population >= p.Population {
				return
			}
		}
		t.Fatalf("%q does not suggest itself", p.Label())
	})
}

func TestNearest(t *testing.T) {
	g := gazetteer(t)
	cities := g.Cities()
	rapid.Check(t, func(t *rapid.T) {
		p := points().Draw(t, "p")
		got := geo.Distance(p, g.Nearest(p).Point)
		for _, c := range cities {
			// A ZIP may answer with the point of its town, as much as 5 km away.
			if d := geo.Distance(p, c.Point); d < got-5001 {
				t.Fatalf("%s is %v m away, the nearest %v m", c.Label(), d, got)
			}
		}
	})
}

func TestLoadRefuses(t *testing.T) {
	pack := func(text string) *bytes.Buffer {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		return &b
	}
	const zips, cities = "zip,city,state,lat,lon,src\n", "name,admin1,country,lat,lon,population,timezone,geonameid\n"
	tests := map[string][2]string{
		"other columns":     {zips, "city\n"},
		"empty":             {"", ""},
		"bad point":         {zips, cities + "A,B,US,91,0,1,UTC,1\n"},
		"bad population":    {zips, cities + "A,B,US,1,0,many,UTC,1\n"},
		"no country":        {zips, cities + "A,B,,1,0,1,UTC,1\n"},
		"bad ZIP":           {zips + "2139,Cambridge,MA,1,1,x\n", cities},
		"unknown state":     {zips + "02139,Cambridge,,1,1,x\n", cities},
		"too few columns":   {zips + "02139\n", cities},
		"coordinate is NaN": {zips + "02139,Cambridge,MA,NaN,1,x\n", cities},
	}
	for name, tt := range tests {
		if _, err := geo.Load(pack(tt[0]), pack(tt[1])); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := geo.Load(strings.NewReader("plain"), pack(cities)); err == nil {
		t.Error("not gzip: no error")
	}
	g, err := geo.Load(pack(zips), pack(cities))
	if err != nil {
		t.Fatal(err)
	}
	if p := g.Nearest(geo.LatLng(1, 1)); p != (geo.Place{}) || len(g.Cities()) != 0 || g.Suggest("a", 3) != nil {
		t.Errorf("an empty gazetteer knows %v", p)
	}
	if _, err := g.Resolve("Boston"); !fault.Is(err, fault.Unresolvable) {
		t.Errorf("an empty gazetteer: %v", err)
	}
}

func FuzzResolve(f *testing.F) {
	for _, s := range []string{
		"02139", "Cambridge, MA", "Pheonix", "san josé", "42.37,-71.11", "12 Main St, Berlin 10115", "st", "ﷺ", "ß", "1, 2, 3",
		"a b c d e f g h i j k l m n o p", "００００１", "-0,-0", "St. St. St.", "Ǆ’", "wA±",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		g := gazetteer(t)
		for _, p := range g.Suggest(s, 5) {
			if geo.ValidPoint(p.Point) != nil {
				t.Errorf("%q suggests %+v", s, p)
			}
		}
		r, err := g.Resolve(s)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.Unresolvable {
				t.Errorf("%q: %s %v", s, k, err)
			}
			return
		}
		if geo.ValidPoint(r.Place.Point) != nil || r.Place.Precision == "" || r.Place.Label() == "" || len(r.Candidates) > 10 {
			t.Errorf("%q: %+v", s, r)
		}
		again, err := g.Resolve(r.Place.Label())
		if err != nil || again.Place.Label() != r.Place.Label() {
			t.Errorf("%q is %q, which is %q, %v", s, r.Place.Label(), again.Place.Label(), err)
		}
	})
}
