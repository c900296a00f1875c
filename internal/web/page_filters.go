package web

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// searchForm is the form of a search as it was sent, with counts.
type searchForm struct {
	Place, Words, Near     string
	PlaceError, WordsError string
	Literal                bool   // nothing is read into the words
	Private                bool   // was sent by POST, and is again
	Want                   choice // of the home page
	Radius, Sort, Verified choice
	Groups                 []boxGroup
	Open                   bool
	Summary                string  // of the closed filters
	Kept                   []field // asked by other means than the form's fields
}

type field struct{ Name, Value string }

// choice is one value out of several.
type choice struct {
	ID, Name, Label string
	Options         []option
}

type option struct {
	Value, Label string
	Chosen       bool
}

type boxGroup struct {
	Label string
	Open  bool
	Boxes []box
}

type box struct {
	ID, Name, Value, Label string
	Count                  string // how many this alone would find; "" when not counted
	Chosen                 bool
}

// wants are the choices of the home page in their order, by the facet and codes they stand for.
var wants = []struct {
	value string // of the option, and of its message unless Facet has one
	name  string // of the filter
	codes []string
}{
	{"talk", "modality", []string{"cbt", "dbt", "interpersonal", "psychodynamic"}},
	{"cbt", "modality", []string{"cbt"}},
	{"dbt", "modality", []string{"dbt"}},
	{"interpersonal", "modality", []string{"interpersonal"}},
	{"psychodynamic", "modality", []string{"psychodynamic"}},
	{"tms", "treatment", []string{"tms"}},
	{"ect", "treatment", []string{"ect"}},
	{"esketamine", "treatment", []string{"esketamine"}},
	{"second-opinion", "treatment", []string{"neuropsychiatry-consult", "trd-consult"}},
	{"therapist", "kind", []string{"therapist"}},
	{"online", "delivery", []string{"video", "phone", "chat"}},
	{"group", "format", []string{"group"}},
	{"helpline", "kind", []string{"helpline"}},
}

// want gives the filter a choice of the home page stands for, with the codes this directory knows; nil for a choice
// there isn't.
func (e *edition) want(value string) url.Values {
	for _, w := range wants {
		if w.value != value {
			continue
		}
		v := url.Values{}
		for _, code := range w.codes {
			if w.name == "kind" || e.vocabulary().Term(directory.Facet(w.name), code) != nil {
				v.Add(w.name, code)
			}
		}
		return v
	}
	return nil
}

func (e *edition) wantChoice() choice {
	c := choice{ID: "want", Name: "want", Label: e.t("form.want"), Options: []option{{Label: e.t("want.any")}}}
	for _, w := range wants {
		c.Options = append(c.Options, option{Value: w.value, Label: e.t("want." + w.value)})
	}
	return c
}

// pageFacets are what the filters of a page count: what the form can ask for.
func pageFacets() []search.FacetName {
	names := []search.FacetName{search.FacetKind}
	for _, f := range claimFacets {
		if f.facet != directory.Credential && f.facet != directory.Topic { // those who know such words type them, and are understood
			names = append(names, search.FacetName(f.facet))
		}
	}
	return append(names, search.FacetAccepting, search.FacetFees)
}

// inForm are the names the form has fields for, whatever was counted.
var inForm = []string{"place", "near", "q", "literal", "radius", "sort", "cursor", "open_now", "verified_within", "free", "sliding_scale"}

func (e *edition) searchForm(ask *asking, res *search.Result, country string) searchForm {
	f := searchForm{
		Place: ask.values.Get("place"), Words: ask.values.Get("q"), Near: ask.values.Get("near"), Private: ask.private, Literal: ask.question.Literal,
		Radius: e.radiusChoice(ask, res, country), Sort: e.sortChoice(ask, res), Verified: e.verifiedChoice(ask),
		Summary: e.t("form.filters"),
	}
	shown := slices.Clone(inForm)
	for _, name := range pageFacets() {
		if name != search.FacetFees {
			shown = append(shown, string(name))
		}
		if g := e.group(ask, res, name); len(g.Boxes) > 0 {
			f.Groups = append(f.Groups, g)
		}
	}
	open := box{ID: "open_now", Name: "open_now", Value: "true", Label: e.facet("open_now"), Chosen: ask.has("open_now", "true")}
	f.Groups = append(f.Groups, boxGroup{Label: e.t("form.hours"), Open: open.Chosen, Boxes: []box{open}})
	if n := e.chosen(ask); n > 0 {
		f.Summary = e.n("form.filters.chosen", n)
	}
	for _, kept := range fieldsOf(ask.values) {
		if !slices.Contains(shown, kept.Name) {
			f.Kept = append(f.Kept, kept)
		}
	}
	return f
}

func sortedNames(v url.Values) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// group is the boxes of one facet: every value found, most first, and what is chosen even when nothing has it.
func (e *edition) group(ask *asking, res *search.Result, name search.FacetName) boxGroup {
	g := boxGroup{Label: e.facet(string(name))}
	if res != nil {
		for _, c := range res.Facets[name] {
			g.add(e.box(ask, name, c.Value, e.number(c.N)))
		}
	}
	if name == search.FacetFees {
		for _, flag := range []string{"free", "sliding_scale"} {
			if ask.values.Get(flag) == "true" && !g.holds(flag, "true") {
				g.add(e.box(ask, name, flag, ""))
			}
		}
		return g
	}
	for _, v := range ask.values[string(name)] {
		if !g.holds(string(name), v) && e.valueLabel(string(name), v) != "" {
			g.add(e.box(ask, name, v, ""))
		}
	}
	return g
}

func (g *boxGroup) add(b box) {
	g.Boxes = append(g.Boxes, b)
	g.Open = g.Open || b.Chosen
}

func (g *boxGroup) holds(name, value string) bool {
	return slices.ContainsFunc(g.Boxes, func(b box) bool { return b.Name == name && b.Value == value })
}

func (e *edition) box(ask *asking, facet search.FacetName, value, count string) box {
	name, label := string(facet), e.valueLabel(string(facet), value)
	if facet == search.FacetFees { // one facet, two parameters
		name, value = value, "true"
		label = e.facet(name)
	}
	return box{ID: name + "-" + value, Name: name, Value: value, Label: label, Count: count, Chosen: ask.has(name, value)}
}

// valueLabel says a value of a filter; "" when there is no such value.
func (e *edition) valueLabel(name, value string) string {
	switch name {
	case "kind":
		if slices.Contains(directory.Kinds(), directory.Kind(value)) {
			return e.t("kinds." + value)
		}
	case "accepting":
		if value == "true" {
			value = "yes"
		}
		if slices.Contains([]string{"yes", "waitlist", "no"}, value) {
			return e.t("accepting." + value)
		}
	case "free", "sliding_scale", "open_now", "literal":
		return e.facet(name)
	case "verified_within":
		if n, err := strconv.Atoi(value); err == nil {
			return e.n("filter.verified", n)
		}
	case "country":
		return e.country(strings.ToUpper(value))
	default:
		if t := e.vocabulary().Term(directory.Facet(name), value); t != nil {
			return t.Label(e.Code)
		}
	}
	return ""
}

// fieldName says a field of the form, or a parameter, as the page calls it.
func (e *edition) fieldName(name string) string {
	switch name {
	case "q", "place", "radius", "kind", "accepting", "free", "sliding_scale", "open_now", "verified_within", "country", "sort":
		return e.facet(name)
	}
	if slices.Contains(directory.Facets(), directory.Facet(name)) {
		return e.facet(name)
	}
	return name
}

// chips are the chosen filters, each a step to the question without it. What was read out of the words has its own.
func (e *edition) chips(ask *asking, res *search.Result) []anchor {
	var chips []anchor
	for _, name := range sortedNames(ask.values) {
		switch name {
		case "place", "radius", "sort", "cursor", "limit":
			continue
		case "q":
			if len(res.Understood) > 0 && res.Taken != search.TakenLiterally {
				continue
			}
			chips = append(chips, ask.step(e.t("search.chip.words", "Words", ask.values.Get(name)), without(name)))
			continue
		case "near", "bbox":
			chips = append(chips, ask.step(e.t("search.chip."+name), without(name)))
			continue
		}
		chips = append(chips, e.chipsOf(ask, name)...)
	}
	return chips
}

// chipsOf are the chips of one filter: one for each value, or, of a filter with many, one for all, since they would push
// the results out of sight.
func (e *edition) chipsOf(ask *asking, name string) []anchor {
	const many = 3
	var chips []anchor
	for _, v := range ask.values[name] {
		if label := e.valueLabel(name, v); label != "" {
			chips = append(chips, ask.step(label, lacking(name, v)))
		}
	}
	if n := len(chips); n >= many {
		return []anchor{ask.step(e.t("search.chip.many", "First", chips[0].Label, "N", n-1), without(name))}
	}
	return chips
}

// chosen counts what is chosen in the form besides where and how far.
func (e *edition) chosen(ask *asking) int {
	n := 0
	for name, values := range ask.values {
		for _, v := range values {
			if name == "q" || e.valueLabel(name, v) != "" {
				n++
			}
		}
	}
	return n
}

// filterName says a filter by its value where it has but one.
func (e *edition) filterName(ask *asking, name string) string {
	if values := ask.values[name]; len(values) == 1 {
		if name == "q" {
			return values[0]
		}
		if label := e.valueLabel(name, values[0]); label != "" {
			return label
		}
	}
	return e.fieldName(name)
}

// verifiedChoice is how long ago a person must have checked a listing, with what was asked among its values.
func (e *edition) verifiedChoice(ask *asking) choice {
	days := []int{30, 90, 365}
	asked := ask.question.VerifiedWithin
	if asked > 0 && !slices.Contains(days, asked) {
		days = append(days, asked)
		slices.Sort(days)
	}
	c := choice{ID: "verified_within", Name: "verified_within", Label: e.facet("verified_within"), Options: []option{{Label: e.t("choice.any")}}}
	for _, n := range days {
		c.Options = append(c.Options, option{Value: strconv.Itoa(n), Label: e.n("filter.verified", n), Chosen: n == asked})
	}
	return c
}

func (e *edition) sortChoice(ask *asking, res *search.Result) choice {
	c := choice{ID: "sort", Name: "sort", Label: e.facet("sort")}
	current := ask.question.Sort
	if res != nil {
		current = res.Sort
	}
	for _, s := range search.Sorts() {
		if s == search.ByDistance && ask.question.Place == "" && ask.question.Near == nil && current != s {
			continue
		}
		o := option{Value: string(s), Label: e.t("sort." + string(s)), Chosen: s == current}
		if o.Chosen && ask.question.Sort == "" {
			o.Value = "" // nobody chose it: with a place written next, the nearest shall come first
		}
		c.Options = append(c.Options, o)
	}
	return c
}

// radii are the choices of a radius, in miles and in kilometres.
var radii = map[bool][]float64{true: {5, 10, 25, 50, 100, 250}, false: {10, 25, 40, 80, 150, 400}}

func (e *edition) radiusChoice(ask *asking, res *search.Result, country string) choice {
	c := choice{ID: "radius", Name: "radius", Label: e.facet("radius")}
	if country == "" {
		country = "US"
	}
	unit := float64(metresPerKilometre)
	if inMiles(country) {
		unit = metresPerMile
	}
	current := ask.question.Radius
	if res != nil && res.Radius > 0 {
		current = res.Radius
	}
	if current == 0 {
		current = search.DefaultRadius
	}
	options := []float64{current}
	for _, r := range radii[inMiles(country)] {
		if math.Abs(r*unit-current) > unit/2 { // what is asked stands for its round neighbour
			options = append(options, r*unit)
		}
	}
	slices.Sort(options)
	for _, m := range options {
		c.Options = append(c.Options, option{Value: radiusValue(m), Label: e.distance(m, country), Chosen: m == current})
	}
	return c
}

// radiusValue writes a radius as the form sends it: in whole miles or kilometres where it is one, else in metres.
func radiusValue(metres float64) string {
	for _, u := range []struct {
		metres float64
		suffix string
	}{{metresPerMile, "mi"}, {metresPerKilometre, "km"}} {
		if n := math.Round(metres / u.metres); n > 0 && math.Abs(n*u.metres-metres) < 1 {
			return strconv.FormatFloat(n, 'f', 0, 64) + u.suffix
		}
	}
	return strconv.FormatFloat(metres, 'f', 0, 64) + "m"
}

func parseMetres(s string) float64 {
	m, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return m
}
