package web

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// searchView is the page of a search: the form, what is wrong with it or what it found.
type searchView struct {
	Heading       string
	Form          searchForm
	Errors        []pageError
	Answered      bool
	Summary       string
	Precision     string // said when the place is only a town's or a region's middle
	Degraded      string
	DidYouMean    []anchor
	Chips         []anchor
	Hits          []hitView
	Remote        []hitView
	RemoteSummary string
	Relaxations   []anchor
	Helplines     []hitView
	More, First   string
}

// pageError is one mistake, said at the top of a page and linked to the field that can mend it.
type pageError struct {
	Field       string
	URL         string
	Message     string
	Suggestions []anchor
}

// hitView is a listing in a list.
type hitView struct {
	ID, URL       string
	Name, Kind    string
	Organization  string
	Address       string
	Distance      string
	Claims        []string
	Open          *badge
	Accepting     *badge
	Demonstration bool
	Checked       string
	Ways          []anchor
}

// search answers a search with its results, or shows the form again with what is wrong.
func (e *edition) search(c *fiber.Ctx) error {
	ask := e.readAsking(c)
	res, err := e.find(c, ask)
	if err != nil {
		return e.searchFailed(c, ask, err)
	}
	country := ask.question.Country
	if res.Place != nil {
		country = res.Place.Place.Country
	}
	v := e.searchView(ask, res, country)
	return e.render(c, "search", sheet{
		Title: v.Heading, Country: country, Demonstration: res.Demonstration, NoIndex: true, Body: v,
	})
}

// find asks the searcher. A failure of the form comes before one of the search: nothing is searched then.
func (e *edition) find(c *fiber.Ctx, ask *asking) (*search.Result, error) {
	if ask.err != nil {
		return nil, ask.err
	}
	return e.cfg.Searcher.Search(c.UserContext(), ask.question.Query)
}

// searchFailed shows the form again when the person can mend it, and the error page otherwise.
func (e *edition) searchFailed(c *fiber.Ctx, ask *asking, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid && f.Kind != fault.Unresolvable {
		return err
	}
	v := searchView{Heading: e.t("search.title"), Errors: e.pageErrors(f, ask), Form: e.searchForm(ask, nil, ask.question.Country)}
	for _, x := range v.Errors {
		switch x.Field {
		case "place":
			v.Form.PlaceError = x.Message
		case "q":
			v.Form.WordsError = x.Message
		default:
			v.Form.Open = v.Form.Open || x.URL == "#filters" // where the mistake can be mended
		}
	}
	c.Status(statuses[f.Kind])
	return e.render(c, "search", sheet{Title: e.t("errors.title-prefix", "Title", v.Heading), Country: ask.question.Country, NoIndex: true, Body: v})
}

// pageErrors words every faulty field for people. The texts of fault are for programs and in English only.
func (e *edition) pageErrors(f *fault.Error, ask *asking) []pageError {
	var list []pageError
	for _, x := range f.Fields {
		name, _, _ := strings.Cut(strings.TrimSuffix(x.Name, "."), ".")
		p := pageError{Field: name, URL: "#filters"}
		switch name {
		case "place":
			p.URL, p.Message = "#place", e.t("errors.place", "Place", ask.values.Get("place"))
			if f.Kind == fault.Invalid {
				p.Message = e.t("errors.place.unreadable")
			}
			for _, s := range x.Suggestions {
				p.Suggestions = append(p.Suggestions, anchor{Label: s, URL: ask.with("place", s)})
			}
		case "q":
			p.URL, p.Message = "#q", e.t("errors.words")
		case "cursor":
			p.URL, p.Message = ask.without("cursor"), e.t("errors.cursor")
		default:
			p.Message = e.t("errors.filter", "Field", e.fieldName(name))
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		list = append(list, pageError{Message: e.t("errors.unknown")})
	}
	return list
}

func (e *edition) searchView(ask *asking, res *search.Result, country string) searchView {
	v := searchView{
		Heading: e.t("search.title"), Form: e.searchForm(ask, res, country), Answered: true,
		Summary: e.summary(res, country), Chips: e.chips(ask),
		DidYouMean: e.didYouMean(ask, res), Relaxations: e.relaxations(ask, res),
	}
	if place := e.placeName(res); place != "" {
		v.Heading = e.t("search.title.near", "Place", place)
		v.Precision = e.placePrecision(res)
	}
	if res.Degraded {
		v.Degraded = e.t("search.degraded")
	}
	at := e.now()
	v.Hits, v.Remote, v.Helplines = e.hits(res.Hits, country, at), e.hits(res.Remote, country, at), e.hits(res.Helplines, country, at)
	v.RemoteSummary = e.n("search.remote.count", res.RemoteTotal)
	if res.Next != "" {
		v.More = ask.with("cursor", res.Next)
	}
	if ask.question.Cursor != "" {
		v.First = ask.without("cursor")
	}
	return v
}

// summary says how many were found, and where.
func (e *edition) summary(res *search.Result, country string) string {
	place := e.placeName(res)
	switch at := []any{"Place", place, "Radius", e.distance(res.Radius, country)}; {
	case place == "" && res.Total == 0:
		return e.t("search.none")
	case place == "":
		return e.n("search.count", res.Total)
	case res.Total == 0:
		return e.t("search.none.near", at...)
	default:
		return e.n("search.count.near", res.Total, at...)
	}
}

func (e *edition) placeName(res *search.Result) string {
	if res.Place == nil {
		return ""
	}
	return res.Place.Place.Label()
}

// placePrecision says that distances are rough when the place is only the middle of something large.
func (e *edition) placePrecision(res *search.Result) string {
	switch p := res.Place.Place.Precision; p {
	case geo.Postal, geo.City, geo.Regional:
		return e.t("search.precision." + string(p))
	}
	return ""
}

func (e *edition) didYouMean(ask *asking, res *search.Result) []anchor {
	if res.Place == nil {
		return nil
	}
	var links []anchor
	for _, p := range res.Place.Candidates[:min(5, len(res.Place.Candidates))] {
		links = append(links, anchor{Label: p.Label(), URL: ask.with("place", p.Label())})
	}
	return links
}

// relaxations links each single change that would find something.
func (e *edition) relaxations(ask *asking, res *search.Result) []anchor {
	var links []anchor
	for _, r := range res.Relaxations {
		a := anchor{URL: ask.without(r.Change), Label: e.n("relax.drop", r.Total, "Filter", e.fieldName(r.Change))}
		if r.Change == "radius" {
			metres := parseMetres(r.Value)
			a.URL = ask.with("radius", radiusValue(metres))
			a.Label = e.n("relax.radius", r.Total, "Radius", e.distance(metres, e.countryOfResult(res)))
		}
		links = append(links, a)
	}
	return links
}

func (e *edition) countryOfResult(res *search.Result) string {
	if res.Place == nil {
		return ""
	}
	return res.Place.Place.Country
}

func (e *edition) hits(found []search.Hit, country string, at time.Time) []hitView {
	views := make([]hitView, 0, len(found))
	for _, h := range found {
		views = append(views, e.hit(h, country, at))
	}
	return views
}

func (e *edition) hit(h search.Hit, country string, at time.Time) hitView {
	l := h.Listing
	v := hitView{
		ID: l.ID.String(), URL: e.url("/listings/" + l.ID.String()),
		Name: l.Name, Kind: e.kindOf(l), Organization: l.Organization,
		Demonstration: l.Demonstration, Accepting: e.accepting(l.Accepting), Checked: e.checked(l.Verification),
	}
	if v.Organization == l.Name {
		v.Organization = ""
	}
	if h.Site >= 0 && h.Site < len(l.Sites) {
		s := l.Sites[h.Site]
		v.Address = strings.Trim(s.Address.City+", "+s.Address.Division, ", ")
		v.Distance = e.distanceTo(s, h.Distance, cmp.Or(country, s.Address.Country))
	}
	for _, c := range h.Claims {
		v.Claims = append(v.Claims, e.term(c.Facet, c.Code))
	}
	if o := l.OpenAt(at); l.Kind == directory.Helpline {
		b := e.open(o)
		v.Open = &b
	}
	v.Ways = e.ways(l)
	return v
}

// distanceTo says how far away a site is, and that this is rough when only its town is known.
func (e *edition) distanceTo(s directory.Site, metres float64, country string) string {
	d := e.distance(metres, country)
	if d != "" && metres >= metresPerKilometre && (s.Precision == geo.City || s.Precision == geo.Postal || s.Precision == geo.Regional) {
		return e.t("distance.about", "Distance", d)
	}
	return d
}

// ways gives up to three links to reach a listing: one of each of the media a person reaches for first.
func (e *edition) ways(l *directory.Listing) []anchor {
	var links []anchor
	for _, m := range []directory.Medium{directory.Voice, directory.Text, directory.Chat, directory.Web} {
		for _, ch := range l.Channels {
			if ch.Medium != m {
				continue
			}
			if a, ok := e.reach(ch); ok {
				links = append(links, a)
				break
			}
		}
	}
	return links[:min(3, len(links))]
}

// asking is what a request asked, as the page's links repeat it.
type asking struct {
	path     string
	values   url.Values // what the form knows and is not empty
	question question
	err      error
}

// readAsking reads the query of a search page. "want" is the one choice of the home page: it stands for a filter.
func (e *edition) readAsking(c *fiber.Ctx) *asking {
	raw := string(c.Request().URI().QueryString())
	ask := &asking{path: e.url("/search"), values: url.Values{}}
	given, _ := url.ParseQuery(raw) // what can't be read is reported by the decoder below
	if want := given.Get("want"); want != "" {
		if w := e.want(want); w != nil {
			raw += "&" + w.Encode()
			for name, values := range w {
				given[name] = append(given[name], values...)
			}
		}
	}
	ask.err = e.tables.listings.form(&ask.question, raw)
	q := &ask.question
	if q.Place != "" {
		q.Near, q.Box = nil, nil // a hidden field of the form holds these; what was written is meant
		given.Del("near")
		given.Del("bbox")
	}
	if q.Place == "" && q.Near == nil {
		q.Radius = 0 // the form always says a radius; without a place it means nothing
		if q.Sort == search.ByDistance {
			q.Sort = "" // nor does an order chosen when there was one
			given.Del("sort")
		}
	}
	if ask.err == nil {
		ask.err = q.check()
	}
	for name, values := range given {
		ask.keep(e.tables.listings, name, values)
	}
	ask.question.Facets, ask.question.At = pageFacets(), e.now()
	return ask
}

// keep holds on to what links and forms must repeat.
func (a *asking) keep(t *table[question], name string, values []string) {
	i, known := t.byName[name]
	if !known || name == "facets" || name == "lang" {
		return
	}
	for _, v := range values {
		parts := []string{v}
		if t.params[i].list {
			parts = strings.Split(v, ",")
		}
		for _, p := range parts {
			if p = strings.TrimSpace(p); p != "" && plain(p) && !a.has(name, p) {
				a.values.Add(name, p)
			}
		}
	}
}

func (a *asking) has(name, value string) bool {
	for _, v := range a.values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// with gives the address of the same question with one thing changed, from its first page.
func (a *asking) with(name, value string) string {
	return a.changed(func(v url.Values) { v.Set(name, value) })
}

// without gives the address of the same question with one thing left out, from its first page.
func (a *asking) without(name string) string {
	return a.changed(func(v url.Values) { v.Del(name) })
}

// lacking gives the address of the same question with one value of a filter left out.
func (a *asking) lacking(name, value string) string {
	return a.changed(func(v url.Values) {
		kept := v[name]
		v.Del(name)
		for _, x := range kept {
			if x != value {
				v.Add(name, x)
			}
		}
	})
}

func (a *asking) changed(change func(url.Values)) string {
	v := url.Values{}
	for name, values := range a.values {
		if name != "cursor" {
			v[name] = append([]string(nil), values...)
		}
	}
	change(v)
	if len(v) == 0 {
		return a.path
	}
	return a.path + "?" + v.Encode()
}
