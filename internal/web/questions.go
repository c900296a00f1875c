package web

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"
	"golang.org/x/text/language"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// tables holds what each route may be asked.
type tables struct {
	listings  *table[question] // a query of /listings
	search    *table[question] // a body of /listings/search
	mapped    *table[question] // a query of /map
	helplines *table[lineQuestion]
	places    *table[placeQuestion]
	plain     *table[langQuestion] // of routes that take a language alone
	none      *table[struct{}]     // of routes that take nothing
	feedback  *table[directory.Feedback]
	claim     *table[claimAsked]
	code      *table[codeAsked]
}

func newTables(v *directory.Vocabulary) *tables {
	listings := newTable(listingParams(v)...)
	return &tables{
		listings:  listings,
		search:    listings.and(areaParam()),
		mapped:    listings.without("place", "near", "radius", "bbox", "sort", "limit", "cursor", "facets", "lang").and(mapParams()...),
		helplines: newTable(helplineParams(v)...),
		places:    newTable(placeParams()...),
		plain:     newTable(langParam(func(q *langQuestion) *string { return &q.lang })),
		none:      newTable[struct{}](),
		feedback:  newTable(feedbackParams()...),
		claim:     newTable(claimBody()...),
		code:      newTable(codeBody()...),
	}
}

// question is what a request for listings asks.
type question struct {
	search.Query
	lang string // of labels; "" is English
	zoom int    // of a map
}

// langQuestion is what a request with a language alone asks.
type langQuestion struct{ lang string }

// check notes the parts of a question that can't stand beside each other.
func (q *question) check() error {
	var bad fault.Fields
	where := ""
	for _, w := range []struct {
		name string
		set  bool
	}{{"place", q.Place != ""}, {"near", q.Near != nil}, {"bbox", q.Box != nil}, {"area", q.Area != nil}} {
		switch {
		case w.set && where != "":
			bad.Add(w.name, "can't stand beside "+where+": say where in one way")
		case w.set:
			where = w.name
		}
	}
	mayBeRead := where == "" && q.Text != "" && !q.Literal // a place may stand in the words: the searcher tells
	if q.Radius > 0 && where != "place" && where != "near" && !mayBeRead {
		bad.Add("radius", "needs place or near to be around")
	}
	return bad.Err("Some of what was asked contradicts itself; nothing was searched.")
}

// listingParams are the params of a search.
func listingParams(v *directory.Vocabulary) []param[question] {
	params := slices.Concat(whereParams(), []param[question]{literalParam(), kindParam()}, claimParams(v), careParams(), pageParams())
	return append(params, langParam(func(q *question) *string { return &q.lang }))
}

func whereParams() []param[question] {
	return []param[question]{
		{
			name: "q", help: "What a person types: \"dbt for my 15 year old near 02139, takes aetna\". What can be read as other parameters is, beside those given, never against them (see understood); the rest are plain words that a listing must hold.", schema: text(search.MaxText), max: search.MaxText, example: "dbt teens",
			read: func(q *question, s string, _ complaint) { q.Text = strings.TrimSpace(s) },
		},
		{
			name: "place", help: "A ZIP, a city, or coordinates. An ambiguous name takes the likeliest and lists the others; an unknown one is 422 with suggestions.", schema: text(search.MaxText), max: search.MaxText, example: "Cambridge, MA",
			read: func(q *question, s string, _ complaint) { q.Place = strings.TrimSpace(s) },
		},
		{
			name: "near", help: "Latitude and longitude in degrees, instead of a place.", schema: pattern(coordinates(2)), example: "42.37,-71.11",
			read: func(q *question, s string, bad complaint) { q.Near = readPoint(s, bad) },
		},
		{
			name: "radius", help: "How far around the place, at most 500km. Without a unit it is miles. 25mi when left out.", schema: pattern(`^ *[0-9]+(\.[0-9]+)? *(mi|km|m)? *$`), max: 20, example: "40km",
			read: func(q *question, s string, bad complaint) { q.Radius = readRadius(s, bad) },
		},
		{
			name: "bbox", help: "West, south, east, north in degrees, instead of a place. West > east crosses the antimeridian.", schema: pattern(coordinates(4)), max: 150, example: "-71.3,42.2,-70.9,42.5",
			read: func(q *question, s string, bad complaint) { q.Box = readBox(s, bad) },
		},
	}
}

func literalParam() param[question] {
	return flag("literal", "Read nothing into q: all of it is plain words.", func(q *question) *bool { return &q.Literal })
}

func kindParam() param[question] {
	kinds := directory.Kinds()
	return param[question]{
		name: "kind", list: true, help: "What sort of listing.", schema: oneOf(kinds), example: []string{"therapist"},
		read: func(q *question, s string, bad complaint) { choose(&q.Kinds, s, kinds, bad) },
	}
}

// claimFacets are the facets a search may ask for.
var claimFacets = []struct {
	facet   directory.Facet
	help    string
	example string
}{
	{directory.Modality, "Forms of talk therapy.", "cbt"},
	{directory.Treatment, "Procedures and medical services.", "tms"},
	{directory.Condition, "What it is for.", "depression"},
	{directory.Format, "Individual, group, couples or family, and program formats.", "group"},
	{directory.Delivery, "How care is given.", "video"},
	{directory.Insurance, "Payers accepted.", "medicare"},
	{directory.Language, "Languages care can be had in.", "es"},
	{directory.Age, "Ages seen.", "adolescents"},
	{directory.Population, "People it is made for.", "veterans"},
	{directory.Accessibility, "Access for people with disabilities.", "wheelchair"},
	{directory.Credential, "Licences and degrees.", "lcsw"},
	{directory.Topic, "What a helpline is for.", "suicide"},
}

func claimParams(v *directory.Vocabulary) []param[question] {
	params := make([]param[question], len(claimFacets))
	for i, f := range claimFacets {
		codes := codesOf(v, f.facet)
		params[i] = param[question]{
			name: string(f.facet), list: true, help: f.help + " Only what a listing states with yes is found; unknown is neither yes nor no.", schema: oneOf(codes),
			read: func(q *question, s string, bad complaint) {
				if v.Check(bad.bad, bad.name, f.facet, s); v.Term(f.facet, s) == nil {
					return
				}
				if q.Claims == nil {
					q.Claims = map[directory.Facet][]string{}
				}
				if !slices.Contains(q.Claims[f.facet], s) {
					q.Claims[f.facet] = append(q.Claims[f.facet], s)
				}
			},
		}
		if slices.Contains(codes, f.example) {
			params[i].example = []string{f.example}
		}
	}
	return params
}

func codesOf(v *directory.Vocabulary, f directory.Facet) []string {
	codes := []string{}
	for _, t := range v.Terms(f) {
		codes = append(codes, t.Code)
	}
	return codes
}

// acceptingValues are the answers a search may ask for; true is another way to write yes.
var acceptingValues = []directory.AcceptingStatus{directory.AcceptingYes, directory.AcceptingWaitlist, directory.AcceptingNo, "true"}

func careParams() []param[question] {
	return []param[question]{
		{
			name: "accepting", list: true, help: "Whether new patients are taken; true is the same as yes.", schema: oneOf(acceptingValues), example: []string{"yes"},
			read: func(q *question, s string, bad complaint) {
				if s == "true" {
					s = string(directory.AcceptingYes)
				}
				choose(&q.Accepting, s, acceptingValues, bad)
			},
		},
		flag("sliding_scale", "Only what is known to ask less of those who have less.", func(q *question) *bool { return &q.SlidingScale }),
		flag("free", "Only what is known to be free.", func(q *question) *bool { return &q.Free }),
		flag("open_now", "Only what is known to be open at this moment.", func(q *question) *bool { return &q.OpenNow }),
		{
			name: "verified_within", help: "Only what a person verified within this many days.", schema: number(1, 3650), max: 10, example: 90,
			read: func(q *question, s string, bad complaint) { q.VerifiedWithin = readInt(s, 1, 3650, bad) },
		},
		{
			name: "country", help: "ISO 3166-1 alpha-2: a site there, or coverage of it.", schema: pattern(`^[A-Za-z]{2}$`), max: 10, example: "US",
			read: func(q *question, s string, bad complaint) { q.Country = readCountry(s, bad) },
		},
	}
}

func pageParams() []param[question] {
	sorts, counted := search.Sorts(), search.FacetNames()
	return []param[question]{
		{
			name: "sort", help: "The order. By distance when there is a place, else by relevance.", schema: oneOf(sorts), example: "distance",
			read: func(q *question, s string, bad complaint) { q.Sort = oneValue(s, sorts, bad) },
		},
		{
			name: "limit", help: "At most this many hits, and as many remote ones. 20 when left out.", schema: number(1, search.MaxLimit), max: 10, example: search.DefaultLimit,
			read: func(q *question, s string, bad complaint) { q.Limit = readInt(s, 1, search.MaxLimit, bad) },
		},
		{
			name: "cursor", help: "The next of the page before.", schema: &huma.Schema{Type: "string", MinLength: ptr(1), MaxLength: ptr(maxCursor)}, max: maxCursor,
			read: func(q *question, s string, bad complaint) {
				if q.Cursor = s; s == "" {
					bad.say("is empty: leave it out for the first page")
				}
			},
		},
		{
			name: "facets", list: true, help: "What to count beside the hits, or all. The counts of a facet ignore what is chosen in it.", schema: oneOf(append(slices.Clone(counted), "all")), example: []string{"modality", "insurance"},
			read: func(q *question, s string, bad complaint) {
				if s == "all" {
					q.Facets = slices.Clone(counted)
					return
				}
				choose(&q.Facets, s, counted, bad)
			},
		},
	}
}

const maxCursor = 1000 // bytes

func areaParam() param[question] {
	return param[question]{
		name: "area", help: "A GeoJSON Polygon or MultiPolygon (or a Feature with one) of at most 2,000 positions, its rings closed and not crossing, instead of a place.",
		schema: &huma.Schema{Type: "object", AdditionalProperties: true, Required: []string{"type"}, Properties: map[string]*huma.Schema{"type": {Type: "string", Enum: []any{"Polygon", "MultiPolygon", "Feature"}}}},
		body: func(q *question, raw []byte) (err error) {
			q.Area, err = geo.ParseArea(raw)
			return err
		},
	}
}

const maxZoom = 20

func mapParams() []param[question] {
	box := whereParams()[4]
	box.required = true
	box.help = "West, south, east, north of the map in degrees. West > east crosses the antimeridian."
	return []param[question]{box, {
		name: "zoom", required: true, help: "The zoom of a web map: sites less than about 64 pixels apart are counted as one.", schema: number(0, maxZoom), max: 10, example: 9,
		read: func(q *question, s string, bad complaint) { q.zoom = readInt(s, 0, maxZoom, bad) },
	}}
}

// langForm is the languages, with whatever BCP 47 lets follow: a browser's "es-MX" means Spanish to us.
var langForm = regexp.MustCompile(`^(en|es)(-[A-Za-z0-9]{2,8}){0,5}$`)

func langParam[T any](lang func(*T) *string) param[T] {
	return param[T]{
		name: "lang", help: "The language of labels: en or es, with or without a region. English when left out.", schema: pattern(langForm.String()), example: "es",
		read: func(q *T, s string, bad complaint) {
			if !langForm.MatchString(s) {
				bad.say("must be one of "+strings.Join(languages, ", "), languages...)
			}
			*lang(q), _, _ = strings.Cut(s, "-")
		},
	}
}

// flag is a param that is true or false; false asks nothing.
func flag[T any](name, help string, field func(*T) *bool) param[T] {
	return param[T]{
		name: name, help: help, schema: &huma.Schema{Type: "boolean"}, max: 10, example: true,
		read: func(q *T, s string, bad complaint) {
			if *field(q) = s == "true"; s != "true" && s != "false" {
				bad.say("must be true or false", "true", "false")
			}
		},
	}
}

// choose adds one of the options to a list, once.
func choose[S ~string](into *[]S, value string, options []S, bad complaint) {
	if v := oneValue(value, options, bad); v != "" && !slices.Contains(*into, v) {
		*into = append(*into, v)
	}
}

func oneValue[S ~string](value string, options []S, bad complaint) S {
	if slices.Contains(options, S(value)) {
		return S(value)
	}
	names := make([]string, len(options))
	for i, o := range options {
		names[i] = string(o)
	}
	near := directory.Nearest(value, names)
	if len(near) == 0 {
		near = names
	}
	bad.say(fmt.Sprintf("%q is not one of %s", clip(value), strings.Join(names, ", ")), near...)
	return ""
}

func readInt(s string, low, high int, bad complaint) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high || strings.HasPrefix(s, "+") {
		bad.say(fmt.Sprintf("must be a whole number from %d to %d", low, high))
		return 0
	}
	return n
}

// readCountry reads an ISO 3166-1 code that is a country's. What people write for one, such as UK, is that country.
func readCountry(s string, bad complaint) string {
	r, err := language.ParseRegion(s)
	if err != nil || len(s) != 2 || !r.IsCountry() {
		bad.say(fmt.Sprintf("%q is not an ISO 3166-1 code such as US", clip(s)))
	}
	return canonical(s)
}

// canonical gives the code of the country that s is a code of, in capitals; s when it is none.
func canonical(s string) string {
	s = strings.ToUpper(s)
	if r, err := language.ParseRegion(s); err == nil && len(s) == 2 {
		return r.Canonicalize().String()
	}
	return s
}

func readRadius(s string, bad complaint) float64 {
	m, err := geo.ParseDistance(s)
	switch {
	case err != nil:
		bad.bad.Merge(bad.name, err)
	case m > search.MaxRadius:
		bad.say("must be at most 500km (310mi)")
	}
	return m
}

// readPoint and readBox give a value even when they complain, so that check doesn't find it missing.
func readPoint(s string, bad complaint) *orb.Point {
	n, ok := degrees(s, 2)
	if !ok {
		bad.say("must be latitude,longitude in degrees, such as 42.37,-71.11")
		return &orb.Point{}
	}
	p := geo.LatLng(n[0], n[1])
	bad.bad.Merge(bad.name+".", geo.ValidPoint(p))
	return &p
}

func readBox(s string, bad complaint) *geo.Box {
	n, ok := degrees(s, 4)
	if !ok {
		bad.say("must be west,south,east,north in degrees, such as -71.3,42.2,-70.9,42.5")
		return &geo.Box{}
	}
	b, err := geo.NewBox(n[0], n[1], n[2], n[3])
	bad.bad.Merge(bad.name, err)
	return &b
}

// degrees reads exactly n decimal numbers between commas; NaN, Inf and hexadecimal are none.
func degrees(s string, n int) (numbers []float64, ok bool) {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		x, err := strconv.ParseFloat(part, 64)
		if err != nil || strings.Trim(part, "+-.0123456789") != "" {
			return nil, false
		}
		numbers = append(numbers, x)
	}
	return numbers, len(numbers) == n
}

func coordinates(n int) string {
	const number = ` *[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+) *`
	return "^" + number + strings.Repeat(","+number, n-1) + "$"
}

// text is what plain lets pass, of at most so many bytes.
func text(most int) *huma.Schema {
	return &huma.Schema{Type: "string", MaxLength: ptr(most), Pattern: `^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$`}
}

func pattern(p string) *huma.Schema { return &huma.Schema{Type: "string", Pattern: p} }

func number(low, high float64) *huma.Schema {
	return &huma.Schema{Type: "integer", Minimum: &low, Maximum: &high}
}

func oneOf[S ~string](options []S) *huma.Schema {
	s := &huma.Schema{Type: "string"}
	for _, o := range options {
		s.Enum = append(s.Enum, string(o))
	}
	return s
}

func ptr[T any](x T) *T { return &x }
