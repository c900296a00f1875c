package web

import (
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// dashboardView is how the directory stands.
type dashboardView struct {
	AsOf     string
	Outdated bool // figures are being counted anew
	Census   *censusView
	Reports  string
	Form     *deskForm
	Where    *chartView // how many listings give what was chosen, by place
	Gaps     *gapsView
	Missed   missedView
}

// censusView is what all published listings come to.
type censusView struct {
	Verified, Current string
	Ages              *chartView
	Offers            []*chartView
	Matrices          []matrixView
}

// matrixView is a table of places by terms.
type matrixView struct {
	Title string
	Terms []string
	Rows  []matrixRow
}

type matrixRow struct {
	Place string
	Cells []string
}

type gapsView struct {
	Title, Said string
	Map         *gapMap
	Rows        []gapRow
	Previous    string
	Next        string
}

type missedView struct {
	Floor, Days string
	Chart       *chartView // nil without any
}

// dashboardAsked is what is asked of the dashboard.
type dashboardAsked struct {
	offer  work.Offer
	gaps   work.GapQuery
	page   int
	values url.Values // as the form sends them
}

// How far is far, and where, when nobody says.
const (
	farAway  = 50 * metresPerMile
	farthest = 20_000_000 // metres: half round the Earth
	gapPage  = 50
)

type dashboardAnswer struct {
	At       *time.Time     `json:"at"` // of the figures below; null before the first count
	Current  bool           `json:"current"`
	Listings int            `json:"listings"`
	Verified int            `json:"verified"`
	Holding  int            `json:"verified_and_not_due"`
	Ages     []ageAnswer    `json:"ages"`
	Offers   []offerAnswer  `json:"offers"`
	Reports  map[string]int `json:"reports"`
	Gaps     gapsAnswer     `json:"gaps"`
	Missed   missedAnswer   `json:"searches_that_found_nothing"`
}

type ageAnswer struct {
	Band     string `json:"band"`
	Listings int    `json:"listings"`
}

type offerAnswer struct {
	Facet    string         `json:"facet"`
	Code     string         `json:"code"`
	Listings int            `json:"listings"`
	Places   map[string]int `json:"places"`
}

type gapsAnswer struct {
	Offer        string      `json:"offer"`
	Beyond       float64     `json:"beyond_m"`
	Where        string      `json:"where"`
	Order        string      `json:"order"`
	Page         int         `json:"page"`
	Places       int         `json:"places"`
	People       int         `json:"people"`
	PlacesBeyond int         `json:"places_beyond"`
	PeopleBeyond int         `json:"people_beyond"`
	Rows         []gapAnswer `json:"rows"`
}

type gapAnswer struct {
	Name     string   `json:"name"`
	Division string   `json:"division"`
	Country  string   `json:"country"`
	People   int      `json:"people"`
	Distance *float64 `json:"distance_m"` // null where nobody gives it
}

type missedAnswer struct {
	Floor int             `json:"floor"`
	Days  int             `json:"days"`
	Rows  []missedCounted `json:"rows"`
}

type missedCounted struct {
	Facet    string `json:"facet"`
	Code     string `json:"code"`
	Place    string `json:"place"`
	Searches int    `json:"searches"`
}

// dashboard shows how the directory stands: how much was verified, what there is where, and what is missing.
func (v *visit) dashboard() (reply, error) {
	ask, wrong := v.dashboardAsked()
	view := dashboardView{Form: v.dashboardForm(&ask)}
	answer := dashboardAnswer{Ages: []ageAnswer{}, Offers: []offerAnswer{}}
	census, current, err := v.Work.Figures.Census(v.ctx)
	if err != nil {
		return reply{}, err
	}
	if view.Outdated, answer.Current = !current, current; census != nil {
		view.AsOf, answer.At = v.moment(census.At), momentOf(census.At)
		view.Census = v.censusView(census)
		view.Where = v.spreadChart(census, ask.offer)
		answer.census(census)
	}
	if view.Reports, answer.Reports, err = v.punctuality(); err != nil {
		return reply{}, err
	}
	if view.Missed, err = v.missed(&answer.Missed); err != nil {
		return reply{}, err
	}
	if wrong == nil {
		view.Gaps, wrong, err = v.gaps(&ask, &answer.Gaps)
		if err != nil {
			return reply{}, err
		}
	}
	return reply{page: "dashboard", title: "desk.dashboard.title", view: view, sent: view.Form, json: answer}, wrong
}

// dashboardAsked reads what is asked. What is wrong is asked for as if it was left out.
func (v *visit) dashboardAsked() (dashboardAsked, error) {
	ask := dashboardAsked{
		offer:  work.Offer{Facet: directory.Treatment, Code: "tms"},
		gaps:   work.GapQuery{Beyond: farAway, Where: "US", Sort: work.GapsByPeople},
		values: url.Values{},
	}
	var bad fault.Fields
	if text := v.text("offer"); text != "" {
		facet, code, _ := strings.Cut(text, ".")
		o := work.Offer{Facet: directory.Facet(facet), Code: code}
		if slices.Contains(work.OfferFacets(), o.Facet) && v.server.vocabulary().Term(o.Facet, code) != nil {
			ask.offer = o
		} else {
			bad.Add("offer", "is none of the vocabulary's modalities and treatments, such as treatment.tms")
		}
	}
	if text := v.text("beyond"); text != "" {
		if m, err := geo.ParseDistance(text); err == nil && m <= farthest {
			ask.gaps.Beyond = m
		} else {
			bad.Add("beyond", "must be a distance such as 50mi or 80km")
		}
	}
	if text := v.text("where"); text != "" {
		ask.gaps.Where = text
	}
	if order := work.GapSort(v.text("order")); slices.Contains(work.GapSorts(), order) {
		ask.gaps.Sort = order
	} else if order != "" {
		bad.Add("order", "is none of people, distance and name")
	}
	var err error
	ask.page, err = v.number("page", 1, 1000, 1)
	bad.Merge("", err)
	ask.gaps.Offer = ask.offer
	for name, value := range map[string]string{"offer": offerName(ask.offer), "beyond": radiusValue(ask.gaps.Beyond), "where": ask.gaps.Where, "order": string(ask.gaps.Sort)} {
		ask.values.Set(name, value)
	}
	return ask, bad.Err("This can't be read.")
}

func offerName(o work.Offer) string { return string(o.Facet) + "." + o.Code }

func (v *visit) dashboardForm(ask *dashboardAsked) *deskForm {
	f := v.form("show", "/dashboard", "desk.dashboard.show")
	f.Get = true
	offer := v.add(f, "select", "offer", "", "")
	for _, facet := range work.OfferFacets() {
		for _, t := range v.server.vocabulary().Terms(facet) {
			o := work.Offer{Facet: facet, Code: t.Code}
			offer.Options = append(offer.Options, option{Value: offerName(o), Label: t.Label(v.e.Code), Chosen: o == ask.offer})
		}
	}
	country := directory.CountryOfDivision(ask.gaps.Where)
	far, unit := []float64{ask.gaps.Beyond}, float64(metresPerKilometre)
	if inMiles(country) {
		unit = metresPerMile
	}
	for _, r := range radii[inMiles(country)] {
		if math.Abs(r*unit-ask.gaps.Beyond) > unit/2 {
			far = append(far, r*unit)
		}
	}
	slices.Sort(far)
	beyond := v.add(f, "select", "beyond", "", "")
	for _, m := range far {
		beyond.Options = append(beyond.Options, option{Value: radiusValue(m), Label: v.e.distance(m, country), Chosen: m == ask.gaps.Beyond})
	}
	v.add(f, "select", "where", "", "").Options = v.whereOptions(ask.gaps.Where)
	order := v.add(f, "select", "order", "", "")
	for _, s := range work.GapSorts() {
		order.Options = append(order.Options, option{Value: string(s), Label: v.t("desk.dashboard.by." + string(s)), Chosen: s == ask.gaps.Sort})
	}
	return f
}

// divided are the countries whose divisions the gazetteer knows all of.
var divided = []string{"US", "AU", "CA", "GB"}

// whereOptions are the places whose gaps can be asked for: those of the United States first.
func (v *visit) whereOptions(chosen string) []option {
	w := v.server.world()
	codes := slices.Collect(maps.Keys(w.zones))
	for d := range w.divisions {
		if slices.Contains(divided, directory.CountryOfDivision(d)) {
			codes = append(codes, d)
		}
	}
	all := make([]option, len(codes))
	for i, code := range codes {
		all[i] = option{Value: code, Label: v.e.country(code), Chosen: code == chosen}
		if country := directory.CountryOfDivision(code); country != code {
			all[i].Label = v.e.country(country) + ": " + v.server.division(code)
		}
	}
	slices.SortFunc(all, func(a, b option) int {
		if first, second := strings.HasPrefix(a.Value, "US"), strings.HasPrefix(b.Value, "US"); first != second {
			return map[bool]int{true: -1, false: 1}[first]
		}
		return strings.Compare(search.Fold(a.Label), search.Fold(b.Label))
	})
	return all
}

// placeName says a place that is counted by.
func (v *visit) placeName(code string) string {
	switch country := directory.CountryOfDivision(code); {
	case code == "":
		return v.t("desk.dashboard.unknown")
	case country == "US" && code != country:
		return v.server.division(code)
	case code != country:
		return v.e.country(country) + ": " + v.server.division(code)
	case slices.Contains(divided, code):
		return v.t("desk.dashboard.whole", "Country", v.e.country(code))
	}
	return v.e.country(code)
}

func (v *visit) censusView(c *work.Census) *censusView {
	view := &censusView{
		Verified: v.t("desk.dashboard.verified", "Verified", v.e.number(c.Verified()), "All", v.e.number(c.Listings), "Share", v.share(c.Verified(), c.Listings)),
		Current:  v.t("desk.dashboard.current", "Current", v.e.number(c.Current), "Share", v.share(c.Current, c.Listings)),
	}
	ages := make([]chartRow, len(c.Ages))
	for i, n := range c.Ages {
		ages[i] = chartRow{Label: v.ageLabel(i), n: n}
	}
	view.Ages = v.chart("ages", v.t("desk.dashboard.ages"), ages, c.Listings)
	view.Ages.What, view.Ages.Figure = v.t("desk.dashboard.age"), v.t("desk.dashboard.listings")
	for _, f := range work.OfferFacets() {
		var rows []chartRow
		for _, t := range v.server.vocabulary().Terms(f) {
			row := chartRow{Label: t.Label(v.e.Code), URL: v.url("/dashboard") + "?" + url.Values{"offer": {string(f) + "." + t.Code}}.Encode()}
			if s := c.Offers[work.Offer{Facet: f, Code: t.Code}]; s != nil {
				row.n = s.Listings
			}
			rows = append(rows, row)
		}
		slices.SortStableFunc(rows, func(a, b chartRow) int { return b.n - a.n })
		chart := v.chart("offers-"+string(f), v.e.facet(string(f)), rows, c.Listings)
		chart.What, chart.Figure = chart.Title, v.t("desk.dashboard.listings")
		view.Offers = append(view.Offers, chart)
		view.Matrices = append(view.Matrices, v.matrix(c, f))
	}
	return view
}

// ageLabel says a band of ages.
func (v *visit) ageLabel(band int) string {
	switch band {
	case 0:
		return v.t("desk.dashboard.age.first", "To", strconv.Itoa(work.AgeDays[0]))
	case len(work.AgeDays):
		return v.t("desk.dashboard.age.older", "Days", strconv.Itoa(work.AgeDays[band-1]))
	case len(work.AgeDays) + 1:
		return v.t("desk.dashboard.age.never")
	}
	return v.t("desk.dashboard.age.between", "From", strconv.Itoa(work.AgeDays[band-1]+1), "To", strconv.Itoa(work.AgeDays[band]))
}

// matrix is a table of places by the terms of a facet that any listing gives.
func (v *visit) matrix(c *work.Census, f directory.Facet) matrixView {
	m := matrixView{Title: v.t("desk.dashboard.matrix", "Facet", v.e.facet(string(f)))}
	var spreads []*work.Spread
	places := map[string]bool{}
	for _, t := range v.server.vocabulary().Terms(f) {
		s := c.Offers[work.Offer{Facet: f, Code: t.Code}]
		if s == nil {
			continue
		}
		m.Terms, spreads = append(m.Terms, t.Label(v.e.Code)), append(spreads, s)
		for p := range s.In {
			places[p] = true
		}
	}
	for p := range places {
		row := matrixRow{Place: v.placeName(p)}
		for _, s := range spreads {
			row.Cells = append(row.Cells, v.e.number(s.In[p]))
		}
		m.Rows = append(m.Rows, row)
	}
	slices.SortFunc(m.Rows, func(a, b matrixRow) int { return strings.Compare(search.Fold(a.Place), search.Fold(b.Place)) })
	return m
}

// spreadChart is how many listings give something, by place.
func (v *visit) spreadChart(c *work.Census, o work.Offer) *chartView {
	s := c.Offers[o]
	if s == nil {
		s = &work.Spread{}
	}
	var rows []chartRow
	for p, n := range s.In {
		rows = append(rows, chartRow{Label: v.placeName(p), n: n})
	}
	slices.SortFunc(rows, func(a, b chartRow) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return strings.Compare(a.Label, b.Label)
	})
	chart := v.chart("where", v.t("desk.dashboard.where", "Offer", v.e.term(o.Facet, o.Code)), rows, s.Listings)
	chart.What, chart.Figure = v.t("desk.dashboard.place"), v.t("desk.dashboard.listings")
	return chart
}

// gaps are the places that are far from what was chosen. wrong is what the person can mend.
func (v *visit) gaps(ask *dashboardAsked, answer *gapsAnswer) (view *gapsView, wrong, err error) {
	r, err := v.Work.Figures.Gaps(v.ctx, ask.gaps)
	switch {
	case err != nil:
		return nil, nil, err
	case len(r.All) == 0:
		return nil, wrongField("where", "is no country or division whose cities are known, such as US or US-NE"), nil
	}
	country := r.All[0].Country
	from := min((ask.page-1)*gapPage, len(r.Gaps))
	page := r.Gaps[from:min(from+gapPage, len(r.Gaps))]
	view = &gapsView{
		Title: v.t("desk.dashboard.gaps", "Offer", v.e.term(ask.offer.Facet, ask.offer.Code), "Distance", v.e.distance(ask.gaps.Beyond, country), "Place", v.whereName(ask.gaps.Where)),
		Said: v.t("desk.dashboard.gaps.said", "Far", v.e.number(len(r.Gaps)), "Places", v.e.number(len(r.All)), "FarPeople", v.e.number(r.PeopleBeyond),
			"People", v.e.number(r.People), "Share", v.share(r.PeopleBeyond, r.People)),
		Map: v.mapOfGaps(r, ask.gaps.Where), Rows: v.gapRows(page),
	}
	at := func(page int) string {
		q := maps.Clone(ask.values)
		q.Set("page", strconv.Itoa(page))
		return v.url("/dashboard") + "?" + q.Encode() + "#gaps"
	}
	if ask.page > 1 {
		view.Previous = at(ask.page - 1)
	}
	if from+gapPage < len(r.Gaps) {
		view.Next = at(ask.page + 1)
	}
	*answer = gapsAnswer{
		Offer: offerName(ask.offer), Beyond: math.Round(ask.gaps.Beyond), Where: ask.gaps.Where, Order: string(ask.gaps.Sort), Page: ask.page,
		Places: len(r.All), People: r.People, PlacesBeyond: len(r.Gaps), PeopleBeyond: r.PeopleBeyond, Rows: []gapAnswer{},
	}
	for _, g := range page {
		row := gapAnswer{Name: g.Name, Division: g.Admin1, Country: g.Country, People: g.Population}
		if !math.IsInf(g.Distance, 1) {
			metres := math.Round(g.Distance)
			row.Distance = &metres
		}
		answer.Rows = append(answer.Rows, row)
	}
	return view, nil, nil
}

func (v *visit) whereName(code string) string {
	if country := directory.CountryOfDivision(code); country == code {
		return v.e.country(code)
	}
	return v.server.division(code)
}

// missed are the searches that found nothing.
func (v *visit) missed(answer *missedAnswer) (missedView, error) {
	all, err := v.Work.Figures.Missed(v.ctx)
	*answer = missedAnswer{Floor: work.MissFloor, Days: work.MissDays, Rows: []missedCounted{}}
	view := missedView{Floor: v.e.number(work.MissFloor), Days: v.e.number(work.MissDays)}
	var rows []chartRow
	for _, m := range all {
		rows = append(rows, chartRow{Label: v.t("desk.dashboard.missed.one", "Facet", v.e.facet(m.Facet), "Value", v.wantedName(m.Miss), "Place", v.placeName(m.Place)), n: m.N})
		answer.Rows = append(answer.Rows, missedCounted{m.Facet, m.Code, m.Place, m.N})
	}
	if len(rows) > 0 {
		view.Chart = v.chart("missed", v.t("desk.dashboard.missed"), rows, 0)
		view.Chart.What, view.Chart.Figure = v.t("desk.dashboard.missed.what"), v.t("desk.dashboard.missed.searches")
	}
	return view, err
}

func (v *visit) wantedName(m work.Miss) string {
	name := m.Facet
	if name == string(search.FacetFees) {
		name = m.Code
	}
	if label := v.e.valueLabel(name, m.Code); label != "" {
		return label
	}
	return m.Code
}

func (a *dashboardAnswer) census(c *work.Census) {
	a.Listings, a.Verified, a.Holding = c.Listings, c.Verified(), c.Current
	for i, n := range c.Ages {
		band := "never"
		switch {
		case i < len(work.AgeDays):
			band = "to_" + strconv.Itoa(work.AgeDays[i]) + "_days"
		case i == len(work.AgeDays):
			band = "older"
		}
		a.Ages = append(a.Ages, ageAnswer{band, n})
	}
	for o, s := range c.Offers {
		a.Offers = append(a.Offers, offerAnswer{string(o.Facet), o.Code, s.Listings, s.In})
	}
	slices.SortFunc(a.Offers, func(a, b offerAnswer) int { return strings.Compare(a.Facet+"."+a.Code, b.Facet+"."+b.Code) })
}
