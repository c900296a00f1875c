package geo

import "strings"

// admin is a first-level division, or a whole country when its name is empty, with the forms in which people write it.
type admin struct {
	name    string // "Massachusetts"
	code    string // ISO 3166-2, "US-MA", or empty
	folded  string // "massachusetts"
	short   string // the code folded like any word, "ma", or empty
	country *country
	cities  []int32 // for a state of the US, the entries of its cities
}

type country struct {
	code  string   // ISO 3166-1 alpha-2
	forms []string // folded: "united states", "us", "usa"
}

func (c *country) accepts(q string) bool {
	for _, f := range c.forms {
		if q == f {
			return true
		}
	}
	return false
}

// qualifies reports whether q, folded, is the state, with or without its country behind it.
func (a *admin) qualifies(q string) bool {
	for _, name := range [...]string{a.folded, a.short} {
		if name == "" {
			continue
		}
		rest, ok := strings.CutPrefix(q, name)
		if ok && (rest == "" || rest[0] == ' ' && a.country.accepts(rest[1:])) {
			return true
		}
	}
	return false
}

// begins reports whether q is the beginning of something the state or its country would accept.
func (a *admin) begins(q string) bool {
	for _, name := range [...]string{a.folded, a.short} {
		if name == "" {
			continue
		}
		if strings.HasPrefix(name, q) {
			return true
		}
		if rest, ok := strings.CutPrefix(q, name+" "); ok && a.country.begins(rest) {
			return true
		}
	}
	return a.country.begins(q)
}

func (c *country) begins(q string) bool {
	for _, f := range c.forms {
		if strings.HasPrefix(f, q) {
			return true
		}
	}
	return false
}

func newCountry(code string) *country {
	name := CountryName(code)
	c := &country{code: code, forms: []string{fold(name), strings.ToLower(code)}}
	if strings.Contains(name, "&") {
		c.forms = append(c.forms, fold(strings.ReplaceAll(name, "&", "and")))
	}
	c.forms = append(c.forms, countryAliases(code)...)
	return c
}

func countryAliases(code string) []string {
	switch code {
	case "US":
		return []string{"usa", "united states of america", "america", "estados unidos", "eeuu"}
	case "GB":
		return []string{"uk", "great britain", "britain", "reino unido", "gran bretana"}
	case "ES":
		return []string{"espana"}
	case "DE":
		return []string{"alemania"}
	case "FR":
		return []string{"francia"}
	case "IT":
		return []string{"italia"}
	case "BR":
		return []string{"brasil"}
	case "AE":
		return []string{"uae"}
	case "CD":
		return []string{"drc", "congo"}
	case "CI":
		return []string{"ivory coast"}
	case "CV":
		return []string{"cabo verde"}
	case "CZ":
		return []string{"czech republic"}
	case "KR":
		return []string{"korea"}
	case "NL":
		return []string{"holland"}
	case "TR":
		return []string{"turkiye"}
	}
	return nil
}

// territory turns what GeoNames lists as a country, and the US Postal Service as a state, into a state of the US: its
// people dial the US helplines, and a ZIP there must be found under the same code as its city.
func territory(country string) (state string, ok bool) {
	switch country {
	case "PR", "VI", "GU", "AS", "MP":
		return country, true
	}
	return "", false
}

// divisions lists, as "code name", what the gazetteer's files call the divisions of a country: all of them for the
// countries whose helplines go by state, and elsewhere the few that a helpline is known to serve alone.
func divisions(country string) string {
	switch country {
	case "US":
		return "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware," +
			"DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa," +
			"KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota," +
			"MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey," +
			"NM New Mexico,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon," +
			"PA Pennsylvania,RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah," +
			"VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming,AS American Samoa," +
			"GU Guam,MP Northern Mariana Islands,PR Puerto Rico,VI U.S. Virgin Islands"
	case "CA":
		return "AB Alberta,BC British Columbia,MB Manitoba,NB New Brunswick,NL Newfoundland and Labrador," +
			"NS Nova Scotia,NT Northwest Territories,NU Nunavut,ON Ontario,PE Prince Edward Island,QC Quebec," +
			"SK Saskatchewan,YT Yukon"
	case "AU":
		return "ACT Australian Capital Territory,NSW New South Wales,NT Northern Territory,QLD Queensland," +
			"SA South Australia,TAS Tasmania,VIC Victoria,WA Western Australia"
	case "GB":
		return "ENG England,NIR Northern Ireland,SCT Scotland,WLS Wales"
	case "IN":
		return "TN Tamil Nadu"
	case "CN":
		return "BJ Beijing"
	case "AR":
		return "C Buenos Aires F.D.,B Buenos Aires"
	case "CO":
		return "DC Bogota D.C."
	}
	return ""
}

// zipState gives the state of a ZIP that the Census file leaves without one: the Pacific islands.
func zipState(zip string) string {
	switch {
	case zip == "96799":
		return "AS"
	case zip >= "96910" && zip <= "96932":
		return "GU"
	case zip >= "96950" && zip <= "96952":
		return "MP"
	case zip == "96939" || zip == "96940":
		return "PW"
	case zip >= "96941" && zip <= "96944":
		return "FM"
	case zip == "96960" || zip == "96970":
		return "MH"
	}
	return ""
}

// aliases are the few names that people type and the files lack: each "alias=folded name of the file,country".
func aliases() []string {
	return []string{
		"new york=new york city,US", "nyc=new york city,US", "la=los angeles,US", "sf=san francisco,US",
		"dc=washington,US", "philly=philadelphia,US", "vegas=las vegas,US", "lexington=lexington fayette,US",
		"munchen=munich,DE", "cologne=koln,DE", "frankfurt=frankfurt am main,DE", "wien=vienna,AT", "roma=rome,IT",
		"milano=milan,IT", "firenze=florence,IT", "napoli=naples,IT", "torino=turin,IT", "lisboa=lisbon,PT",
		"praha=prague,CZ", "bruxelles=brussels,BE", "kobenhavn=copenhagen,DK", "geneve=geneva,CH",
		"seville=sevilla,ES", "warszawa=warsaw,PL", "moskva=moscow,RU", "kiev=kyiv,UA", "den haag=the hague,NL",
		"cdmx=mexico city,MX", "ciudad de mexico=mexico city,MX", "newcastle=newcastle upon tyne,GB",
		"nueva york=new york city,US", "nueva orleans=new orleans,US", "filadelfia=philadelphia,US", "londres=london,GB",
		"bombay=mumbai,IN", "bangalore=bengaluru,IN", "calcutta=kolkata,IN", "saigon=ho chi minh city,VN",
	}
}
