package web

import (
	"cmp"
	"errors"
	"slices"
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
	Title         string // of the document
	Form          searchForm
	Errors        []pageError
	Apart         bool // the results are sent without the page around them, the errors with them
	Answered      bool
	Summary       string
	Notes         []string // how to read the results
	DidYouMean    []anchor
	Doubtful      bool        // another place may well have been meant
	Danger        *crisisView // who to reach first, when the words say that a life may be in danger
	Reading       *readingView
	Chips         []anchor
	Sketch        *sketchView
	Hits          []hitView
	Remote        []hitView
	RemoteSummary string
	RemoteAll     *anchor // the rest of them
	RemoteBack    *anchor // where these came from
	Relaxations   []anchor
	Helplines     []hitView
	More, First   *anchor
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
	URL           string
	Name, Kind    string
	Organization  string
	Address       string
	Distance      string
	Claims        []string // what was asked for and it states
	Offers        []string // what it is known for, where nothing was asked for
	Why           string   // what else made it match
	Open          *badge
	Accepting     *badge
	Demonstration bool
	Checked       string
	Ways          []anchor
}

// search answers a search with its results, or shows the form again with what is wrong.
func (e *edition) search(c *fiber.Ctx) error {
	return e.showSearch(c, e.readAsking(c))
}

// searchPrivately does what search does for a question that must stand in no address.
func (e *edition) searchPrivately(c *fiber.Ctx) error {
	ask, err := e.readPrivate(c)
	if err != nil {
		return err
	}
	return e.showSearch(c, ask)
}

func (e *edition) showSearch(c *fiber.Ctx, ask *asking) error {
	v, s, err := e.found(c, ask)
	if err != nil {
		return err
	}
	s.Private, s.Body = ask.private, v
	return e.render(c, "search", s)
}

// searchResults answers with the results alone, exactly as they stand in the page, for a page that is open already.
func (e *edition) searchResults(c *fiber.Ctx) error {
	v, _, err := e.found(c, e.readAsking(c))
	if err != nil {
		return err
	}
	v.Apart = true
	c.Set("X-Robots-Tag", "noindex")
	return e.renderPart(c, "search", "results", v)
}

// found asks, and says what the page of the answer shows. Where the person can mend what is wrong, it sets the status
// and gives the form again; every other failure is the error.
func (e *edition) found(c *fiber.Ctx, ask *asking) (*searchView, sheet, error) {
	res, err := e.find(c, ask)
	country := e.countryAsked(ask, res)
	s := sheet{Country: country, Description: e.t("search.description"), NoIndex: true}
	var v *searchView
	var f *fault.Error
	switch {
	case err == nil:
		v, s.Demonstration = e.searchView(ask, res, country), res.Demonstration
		if s.Title = v.Heading; ask.private {
			s.Title = e.t("search.title") // the browser's history keeps the title
		} else {
			e.unmet(res)
		}
	case errors.As(err, &f) && (f.Kind == fault.Invalid || f.Kind == fault.Unresolvable):
		c.Status(statuses[f.Kind])
		v = e.searchFailed(ask, f, country)
		s.Title = e.t("errors.title-prefix", "Title", v.Heading)
	default:
		c.Locals(askedCountry{}, country) // for the page of the error
		return nil, s, err
	}
	v.Title = e.documentTitle(s.Title)
	if search.InCrisis(ask.question.Text) || res == nil && search.InCrisis(ask.question.Place) {
		danger := e.strip(c.UserContext(), cmp.Or(country, e.countryOf(c)))
		v.Danger = &danger
	}
	return v, s, nil
}

// find asks the searcher. A failure of the form comes before one of the search: nothing is searched then.
func (e *edition) find(c *fiber.Ctx, ask *asking) (*search.Result, error) {
	if ask.err != nil {
		return nil, ask.err
	}
	q := ask.question.Query
	res, err := e.cfg.Searcher.Search(c.UserContext(), q)
	if err != nil && aroundNothing(&q, err) {
		q.Radius = 0
		return e.cfg.Searcher.Search(c.UserContext(), q)
	}
	if fault.Is(err, fault.Unresolvable) && q.Place != "" && q.Text == "" {
		if words, found := e.findInWords(c, ask); found != nil {
			*ask = *words
			return found, nil
		}
	}
	return res, err
}

// countryAsked gives the country a question is about: its crisis line stands on the page, and its unit on distances.
// Where a person is says more than which country they want listings of.
func (e *edition) countryAsked(ask *asking, res *search.Result) string {
	q := &ask.question
	switch {
	case res != nil && res.Place != nil:
		return res.Place.Place.Country
	case res == nil && q.Place != "":
		if read, err := e.cfg.Gazetteer.Resolve(q.Place); err == nil {
			return read.Place.Country
		}
	case q.Near != nil:
		if country, _ := e.cfg.Gazetteer.DivisionAt(*q.Near); country != "" {
			return country
		}
	case q.Box != nil && q.Box.Width() < 180:
		if country, _ := e.cfg.Gazetteer.DivisionAt(q.Box.Center()); country != "" {
			return country
		}
	}
	if res != nil {
		for _, r := range res.Understood {
			if r.Facet == "country" {
				return r.Value
			}
		}
	}
	return q.Country
}

// searchFailed is the form again with what is wrong.
func (e *edition) searchFailed(ask *asking, f *fault.Error, country string) *searchView {
	v := &searchView{Heading: e.t("search.title"), Errors: e.pageErrors(f, ask), Form: e.searchForm(ask, nil, country)}
	v.Summary = v.Errors[0].Message
	for _, x := range v.Errors {
		switch x.Field {
		case "place":
			v.Form.PlaceError = x.Message
		case "q":
			v.Form.WordsError, v.Form.Open = x.Message, true
		default:
			v.Form.Open = v.Form.Open || x.URL == "#filters" // where the mistake can be mended
		}
	}
	return v
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
				p.Suggestions = append(p.Suggestions, ask.step(s, with("place", s)))
			}
		case "q":
			p.URL, p.Message = "#q", e.t("errors.words")
		case "cursor":
			p.URL, p.Message = "#search", e.t("errors.cursor")
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

func (e *edition) searchView(ask *asking, res *search.Result, country string) *searchView {
	taken := ask.taken(res)
	v := &searchView{
		Heading: e.t("search.title"), Form: e.searchForm(ask, res, country), Answered: true,
		Summary: e.summary(ask, res, country), Notes: e.notes(ask, res), Chips: e.chips(ask, res), Reading: e.reading(ask, taken, res, country),
		DidYouMean: e.didYouMean(taken, res), Relaxations: e.relaxations(taken, res, country),
	}
	v.Doubtful = doubtful(res.Place)
	if town := e.townAsked(ask, res); town != "" {
		v.Heading = e.t("search.title.near", "Place", town)
	}
	at := e.now()
	v.Hits, v.Remote, v.Helplines = e.hits(res.Hits, country, at), e.hits(res.Remote, country, at), e.hits(res.Helplines, country, at)
	v.Sketch = e.sketch(taken, res)
	v.RemoteSummary = e.n("search.remote.count", res.RemoteTotal)
	e.partRemote(v, ask, res)
	if ask.remote {
		return v
	}
	if res.Next != "" {
		more := ask.step(e.t("search.more"), with("cursor", res.Next))
		v.More = &more
	}
	if ask.question.Cursor != "" {
		first := ask.step(e.t("search.first"), without("cursor"))
		v.First = &first
	}
	return v
}

// fewRemote is how many remote hits stand below located ones: a page of both is long, and on a bad line slow.
const fewRemote = 3

// partRemote shows the first few remote hits and leads to the rest, or shows them alone.
func (e *edition) partRemote(v *searchView, ask *asking, res *search.Result) {
	switch {
	case ask.remote:
		back := ask.step(e.t("search.remote.back"), without("cursor"))
		v.Hits, v.Sketch, v.RemoteBack = nil, nil, &back
		v.Heading, v.Summary = e.t("search.remote.title"), v.RemoteSummary
		if res.RemoteTotal > len(v.Remote) {
			v.Notes = append(v.Notes, e.t("search.remote.part", "N", e.number(len(v.Remote))))
		}
	case len(v.Hits) > 0 && len(v.Remote) > fewRemote:
		all := ask.step(e.n("search.remote.all", res.RemoteTotal), with(remoteParam, remoteAll))
		v.Remote, v.RemoteAll = v.Remote[:fewRemote], &all
	}
}

// summary says how many were found, and where.
func (e *edition) summary(ask *asking, res *search.Result, country string) string {
	place, radius := e.placeAsked(ask, res), e.distance(res.Radius, country)
	switch at := []any{"Place", place, "Radius", radius}; {
	case ask.question.Box != nil && res.Total == 0:
		return e.t("search.none.area")
	case ask.question.Box != nil:
		return e.n("search.count.area", res.Total)
	case place == "" && res.Total == 0 && res.RemoteTotal > 0:
		return e.n("search.remote.count", res.RemoteTotal)
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

// townAsked names the town a question is about; "" without one.
func (e *edition) townAsked(ask *asking, res *search.Result) string {
	if res.Place != nil {
		return res.Place.Place.Label()
	}
	if near := ask.question.Near; near != nil {
		if town, known := e.cfg.Gazetteer.Around(*near); known {
			return town.Label()
		}
	}
	return ""
}

// placeAsked says what distances are measured from; "" without such a place. Of a point only a town near it is known.
func (e *edition) placeAsked(ask *asking, res *search.Result) string {
	town := e.townAsked(ask, res)
	switch {
	case res.Place != nil || ask.question.Near == nil:
		return town
	case town == "":
		return e.t("search.point")
	}
	return e.t("search.point.near", "Place", town)
}

// notes says what a reader of the results must know of them.
func (e *edition) notes(ask *asking, res *search.Result) []string {
	var notes []string
	if ask.private {
		notes = append(notes, e.t("search.private"))
	}
	if res.Degraded {
		notes = append(notes, e.t("search.degraded"))
	}
	if res.Place != nil {
		switch p := res.Place.Place.Precision; p {
		case geo.Postal, geo.City, geo.Regional: // distances are rough: it is only the middle of something large
			notes = append(notes, e.t("search.precision."+string(p)))
		}
	}
	return notes
}

func (e *edition) didYouMean(ask *asking, res *search.Result) []anchor {
	if res.Place == nil {
		return nil
	}
	var links []anchor
	const most = 6
	for _, p := range res.Place.Candidates[:min(most, len(res.Place.Candidates))] {
		links = append(links, ask.step(p.Label(), with("place", p.Label())))
	}
	return links
}

// doubtful reports whether a place has a namesake of like size: of Boston nobody doubts which, of Springfield everybody.
func doubtful(read *geo.Resolution) bool {
	return read != nil && len(read.Candidates) > 0 && 3*read.Candidates[0].Population >= read.Place.Population
}

// relaxations links each single change that would find something.
func (e *edition) relaxations(ask *asking, res *search.Result, country string) []anchor {
	var links []anchor
	for _, r := range res.Relaxations {
		switch r.Change {
		case "radius":
			metres := parseMetres(r.Value)
			label := e.n("relax.radius", r.Total, "Radius", e.distance(metres, country))
			links = append(links, ask.step(label, with("radius", radiusValue(metres))))
		case "place":
			label := e.n("relax.place", r.Total, "Place", r.Value, "Distance", e.distance(r.Distance, country))
			links = append(links, ask.step(label, inPlace(r.Value)))
		default:
			links = append(links, ask.step(e.n("relax.drop", r.Total, "Filter", e.filterName(ask, r.Change)), without(r.Change)))
		}
	}
	return links
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
		URL:  e.url("/listings/" + l.ID.String()),
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
	if len(v.Claims) == 0 {
		v.Offers = e.offers(l)
	}
	v.Why = e.why(h.Why)
	if o := l.OpenAt(at); l.Kind == directory.Helpline {
		b := e.open(o)
		v.Open = &b
	}
	if !l.Demonstration { // whose number nobody should call
		v.Ways = e.ways(l)
	}
	return v
}

// why says by which words a listing was found, and where one without a site serves.
func (e *edition) why(reasons []search.Reason) string {
	const few = 4
	var words, where []string
	for _, r := range reasons {
		switch r.Kind {
		case search.WhyWord:
			if len(words) < few && !slices.Contains(words, r.Value) {
				words = append(words, r.Value)
			}
		case search.WhyCoverage:
			where = append(where, e.region(r.Value))
		}
	}
	var said []string
	if len(words) > 0 {
		said = append(said, e.t("hit.words", "Words", e.list(words)))
	}
	if len(where) > 0 {
		said = append(said, e.t("hit.serves", "Where", e.list(where)))
	}
	return strings.Join(said, " · ")
}

// region names a country; a division keeps its code, as the addresses here do.
func (e *edition) region(code string) string {
	if country, division, ok := strings.Cut(code, "-"); ok {
		return division + ", " + e.country(country)
	}
	return e.country(code)
}

// offers names the first few therapies and treatments a listing states.
func (e *edition) offers(l *directory.Listing) []string {
	const few = 4
	var names []string
	for _, f := range []directory.Facet{directory.Treatment, directory.Modality} {
		for _, c := range l.Claims {
			if name := e.term(f, c.Code); c.Facet == f && c.Value == directory.Yes && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names[:min(few, len(names))]
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
