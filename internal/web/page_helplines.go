package web

import (
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// countriesView lists countries, with their emergency number where one is asked for.
type countriesView struct {
	Near      []anchor // the country the reader is taken to be in
	Countries []countryView
	Others    []countryView // those without a line
}

type countryView struct {
	Code, Label, URL string
	Number           *anchor
}

// countryLines is the page of one country's helplines.
type countryLines struct {
	Heading, URL string
	Errors       []pageError
	Emergency    *numberView
	Choices      []choice
	Chips        []anchor // what was chosen, each leading to the page without it
	OpenNow      bool
	Open         bool // the filters are
	Filtered     bool
	Zone         string
	Summary      string
	Lines        []lineView
}

type lineView struct {
	Name, URL, Organization string
	Main                    bool   // the one the country puts first
	Serves                  string // which part of the country; "" for all of it
	Hours                   *hoursView
	Ways                    []anchor      // to call, to write, to chat: side by side, none before the others
	Notes                   []string      // what holds for all of them
	Channels                []channelView // of which the ways do not say all
	Audience, Description   string
	Language                string // of those two; "" when it is the page's
	Topics, Languages       string
	Checked                 string
	Source                  *sourceView
}

// numberView is an emergency number with what it is for.
type numberView struct {
	Text string
	anchor
}

type numbersView struct {
	Heading                 string
	Numbers                 []numberView
	Note                    string
	Helplines, HelplinesURL string
	Source                  *sourceView
}

// helplines lists the countries.
func (e *edition) helplines(c *fiber.Ctx) error {
	v, here := e.countries("/helplines/"), e.countryOf(c)
	if lines := e.withLines(c.UserContext()); lines != nil {
		has := func(x countryView) bool { return lines[x.Code] }
		v.Countries = slices.DeleteFunc(v.Countries, func(x countryView) bool { return !has(x) })
		v.Others = slices.DeleteFunc(e.countries("/emergency/").Countries, has)
	}
	v.Near = []anchor{{Label: e.t("helplines.heading", "Country", e.country(here)), URL: e.url("/helplines/" + here)}}
	return e.render(c, "helplines", sheet{Title: e.t("helplines.title"), Description: e.t("helplines.lead"), Body: v})
}

// emergency lists the emergency numbers of all countries.
func (e *edition) emergency(c *fiber.Ctx) error {
	return e.render(c, "emergency", sheet{Title: e.t("emergency.title"), Description: e.t("emergency.lead"), Body: e.countries("/emergency/")})
}

func (e *edition) countries(under string) countriesView {
	var v countriesView
	for _, x := range e.cfg.Emergency.All() {
		v.Countries = append(v.Countries, countryView{
			Code: x.Country, Label: e.country(x.Country), URL: e.url(under + x.Country),
			Number: &anchor{Label: x.Number(), URL: telephone(x.Number())},
		})
	}
	slices.SortFunc(v.Countries, func(a, b countryView) int { return strings.Compare(search.Fold(a.Label), search.Fold(b.Label)) })
	return v
}

// pathCountry gives the country a path names; an address that names none is one that isn't.
func pathCountry(c *fiber.Ctx) (string, error) {
	var bad fault.Fields
	country := readCountry(c.Params("country"), complaint{"country", &bad})
	if bad.Err("") != nil {
		return "", fiber.ErrNotFound
	}
	return country, nil
}

// numbers shows one country's emergency numbers.
func (e *edition) numbers(c *fiber.Ctx) error {
	country, err := pathCountry(c)
	if err != nil {
		return err
	}
	x, ok := e.cfg.Emergency.In(country)
	if !ok {
		return fiber.ErrNotFound
	}
	v := numbersView{
		Heading: e.t("emergency.heading", "Country", e.country(country)), Note: x.Note,
		Helplines: e.t("helplines.heading", "Country", e.country(country)), HelplinesURL: e.url("/helplines/" + country),
	}
	for _, n := range []field{{"general", x.General}, {"police", x.Police}, {"ambulance", x.Ambulance}, {"fire", x.Fire}} {
		if n.Value != "" {
			v.Numbers = append(v.Numbers, e.emergencyNumber("emergency."+n.Name, n.Value))
		}
	}
	if x.Source != "" {
		s := e.source(directory.Source{URL: x.Source})
		v.Source = &s
	}
	return e.render(c, "numbers", sheet{Title: v.Heading, Country: country, Body: v})
}

func (e *edition) emergencyNumber(key, dialled string) numberView {
	return numberView{Text: e.t(key), anchor: anchor{
		Label: e.t("contact.call", "Number", dialled), URL: telephone(dialled), Class: "call",
	}}
}

// countryLines shows who can be reached in a country, the priority line first.
func (e *edition) countryLines(c *fiber.Ctx) error {
	country, err := pathCountry(c)
	if err != nil {
		return err
	}
	var q lineQuestion
	err = e.wording().tables.helplines.form(&q, withoutMoment(string(c.Request().URI().QueryString())))
	q.Country, q.Place, q.At = country, "", e.now()
	visitor, zoneErr := visitorZone(c.Query("zone"))
	for _, other := range []error{zoneErr, q.check()} {
		if err == nil {
			err = other
		}
	}
	var res, all *search.HelplineResult
	if err == nil {
		res, err = e.cfg.Searcher.Helplines(c.UserContext(), q.HelplineQuery)
	}
	if err == nil { // what can be chosen is what some line of the country says
		all, err = e.cfg.Searcher.Helplines(c.UserContext(), search.HelplineQuery{Country: country, At: q.At})
	}
	v := e.countryForm(country, &q, visitor, all)
	if err != nil {
		return e.countryFailed(c, country, v, err)
	}
	for i, l := range res.Lines {
		v.Lines = append(v.Lines, e.line(l, country, res.At, visitor))
		v.Lines[i].Main = i == 0 && leads(l.Listing, country)
	}
	v.Summary = e.n("helplines.count", len(v.Lines))
	if len(v.Lines) == 0 {
		v.Summary = e.t("helplines.none")
	}
	return e.render(c, "country", sheet{
		Title: v.Heading, Description: e.t("helplines.description", "Country", e.country(country)), Country: country,
		NoIndex: v.Filtered || visitor != nil || len(v.Lines) == 0, Body: v,
	})
}

// withoutMoment drops the moment asked about from a raw query: only programs may ask about another than now, since a
// page says "Open now" of it.
func withoutMoment(raw string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(raw, "&"), func(s string) bool { return strings.HasPrefix(s, "at=") }), "&")
}

// countryFailed shows the filters again with what is wrong with them.
func (e *edition) countryFailed(c *fiber.Ctx, country string, v countryLines, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid && f.Kind != fault.Unresolvable {
		return err
	}
	for _, x := range f.Fields {
		v.Errors = append(v.Errors, pageError{Field: x.Name, Message: e.t("errors.filter", "Field", e.fieldName(x.Name))})
	}
	v.Filtered, v.Open, v.Summary = true, true, e.t("helplines.none")
	c.Status(statuses[f.Kind])
	return e.render(c, "country", sheet{Title: e.t("errors.title-prefix", "Title", v.Heading), Country: country, NoIndex: true, Body: v})
}

// visitorZone reads the time zone a visitor says they are in; nil when they don't.
func visitorZone(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	loc, err := directory.Zone(path.Clean(name)) // "Europe//London" has endless spellings, and every zone read is kept
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "Not a time zone.", Fields: []fault.Field{{Name: "zone", Message: "must be an IANA time zone such as Europe/Madrid"}}}
	}
	return loc, nil
}

// countryForm is the page before its lines are on it; all are the country's, nil when nobody could say.
func (e *edition) countryForm(country string, q *lineQuestion, visitor *time.Location, all *search.HelplineResult) countryLines {
	v := countryLines{
		Heading: e.t("helplines.heading", "Country", e.country(country)), URL: e.url("/helplines/" + country), OpenNow: q.OpenNow,
		Choices: []choice{
			e.termChoice("topic", e.facet("topic"), q.Topic, all, directory.Topic),
			e.termChoice("audience", e.facet("population"), q.Audience, all, directory.Age, directory.Population),
			e.termChoice("language", e.facet("language"), q.Language, all, directory.Language),
			e.channelChoice(q.Medium),
		},
	}
	if r := e.regionChoice(q.Region, all); r != nil {
		v.Choices = append(v.Choices, *r)
	}
	if z := e.zoneChoice(country, visitor); z != nil {
		v.Choices = append(v.Choices, *z)
	} else if visitor != nil {
		v.Zone = visitor.String()
	}
	e.lineChips(&v, q, visitor)
	v.Filtered = len(v.Chips) > 0
	if x, ok := e.cfg.Emergency.In(country); ok {
		n := e.emergencyNumber("emergency.danger", x.Number())
		v.Emergency = &n
	}
	return v
}

// lineChips link the page without each thing chosen. The zone is no choice among lines, and stays.
func (e *edition) lineChips(v *countryLines, q *lineQuestion, visitor *time.Location) {
	chosen := url.Values{}
	if q.OpenNow {
		chosen.Set("open_now", "true")
	}
	for _, c := range v.Choices {
		for _, o := range c.Options {
			if o.Chosen && c.Name != "zone" {
				chosen.Add(c.Name, o.Value)
			}
		}
	}
	without := func(name, value, label string) {
		rest := url.Values{}
		for k, values := range chosen {
			if rest[k] = slices.DeleteFunc(slices.Clone(values), func(s string) bool { return k == name && s == value }); len(rest[k]) == 0 {
				rest.Del(k)
			}
		}
		if visitor != nil {
			rest.Set("zone", visitor.String())
		}
		to := url.URL{Path: v.URL, RawQuery: rest.Encode()}
		v.Chips = append(v.Chips, anchor{Label: label, URL: to.String()})
	}
	for _, c := range v.Choices {
		for _, o := range c.Options {
			if o.Chosen && c.Name != "zone" {
				without(c.Name, o.Value, o.Label)
			}
		}
	}
	if q.OpenNow {
		without("open_now", "true", e.facet("open_now"))
	}
}

// termChoice offers the terms that some of the lines say yes to, and those chosen; all terms where nobody knows. Of the
// retired only what is chosen stays.
func (e *edition) termChoice(name, label string, chosen []string, lines *search.HelplineResult, facets ...directory.Facet) choice {
	c := choice{ID: name, Name: name, Label: label, Options: []option{{Label: e.t("choice.any")}}}
	for _, f := range facets {
		for _, t := range e.vocabulary().Terms(f) {
			picked := slices.Contains(chosen, t.Code)
			said := func(l search.Line) bool { return l.Listing.Has(f, t.Code) }
			if picked || !t.Retired && (lines == nil || slices.ContainsFunc(lines.Lines, said)) {
				c.Options = append(c.Options, option{Value: t.Code, Label: t.Label(e.Code), Chosen: picked})
			}
		}
	}
	return c
}

// regionChoice offers the divisions that some line serves alone; nil when none does.
func (e *edition) regionChoice(chosen string, lines *search.HelplineResult) *choice {
	c := choice{ID: "region", Name: "region", Label: e.t("helplines.region"), Options: []option{{Label: e.t("choice.any")}}}
	codes := map[string]bool{}
	if chosen != "" {
		codes[chosen] = true
	}
	if lines != nil {
		for _, l := range lines.Lines {
			for _, d := range l.Listing.Reach().Divisions {
				for _, part := range directory.DivisionParts(d) {
					codes[part] = true
				}
			}
		}
	}
	for code := range codes {
		if name := e.division(code); name != code || code == chosen {
			c.Options = append(c.Options, option{Value: code, Label: name, Chosen: code == chosen})
		}
	}
	if len(c.Options) == 1 {
		return nil
	}
	slices.SortFunc(c.Options[1:], func(a, b option) int { return strings.Compare(search.Fold(a.Label), search.Fold(b.Label)) })
	return &c
}

func (e *edition) channelChoice(chosen []directory.Medium) choice {
	c := choice{ID: "channel", Name: "channel", Label: e.t("helplines.channel"), Options: []option{{Label: e.t("choice.any")}}}
	for _, m := range []directory.Medium{directory.Voice, directory.Text, directory.Chat, directory.TTY} {
		c.Options = append(c.Options, option{Value: string(m), Label: e.t("medium." + string(m)), Chosen: slices.Contains(chosen, m)})
	}
	return c
}

func (e *edition) line(x search.Line, country string, at time.Time, visitor *time.Location) lineView {
	l := x.Listing
	v := lineView{
		Name: l.Name, URL: e.url("/listings/" + l.ID.String()), Organization: l.Organization,
		Audience: l.Audience, Description: l.Description, Language: foreign(l, e.Code), Checked: e.checked(l.Verification),
		Topics: e.saying(l, directory.Topic), Languages: e.saying(l, directory.Language),
	}
	if v.Organization == v.Name {
		v.Organization = ""
	}
	if reach := l.Reach(); !slices.Contains(reach.Countries, country) {
		v.Serves = e.part(reach)
	}
	v.Hours = e.hours(l.Hours, at, visitor)
	if !l.Hours.Known() { // then the channels say it
		b := e.open(x.Open)
		v.Hours.badge = b
	}
	for _, ch := range l.Channels {
		w, ok := e.way(ch)
		if !ok || ch.Label != "" || ch.Hours.Known() {
			v.Channels = append(v.Channels, e.channel(ch, at, visitor))
		}
		if ok && !slices.ContainsFunc(v.Ways, func(a anchor) bool { return a.Label == w.Label }) {
			v.Ways = append(v.Ways, w)
		}
	}
	v.Notes = e.terms(l)
	if len(l.Sources) > 0 {
		s := e.source(l.Sources[0])
		v.Source = &s
	}
	return v
}

// way links a channel on which a person answers, with all that is to be done to reach them: "Call 988, press 2
// (Spanish)".
func (e *edition) way(ch directory.Channel) (a anchor, ok bool) {
	switch ch.Medium {
	case directory.Voice, directory.Text, directory.Chat, directory.Video:
		a, ok = e.reach(ch)
	}
	if ok && ch.Menu != "" {
		a.Label = e.t("contact.then", "Way", a.Label, "Menu", e.menu(ch.Menu))
		if len(ch.Languages) > 0 {
			a.Label = e.t("contact.within", "Way", a.Label, "Languages", e.languageList(ch.Languages))
		}
	}
	return a, ok
}

// terms say what reaching a line costs and asks of a person, where that is the same whichever way it is reached.
func (e *edition) terms(l *directory.Listing) []string {
	free, anonymous := true, true
	for _, ch := range l.Channels {
		if ch.Medium == directory.Voice || ch.Medium == directory.Text {
			free = free && ch.Cost == directory.CostFree
		}
		if ch.Medium != directory.Web {
			anonymous = anonymous && ch.Anonymous == directory.Yes
		}
	}
	var notes []string
	if free && slices.ContainsFunc(l.Channels, func(ch directory.Channel) bool { return ch.Cost == directory.CostFree }) {
		notes = append(notes, e.t("contact.free"))
	}
	if anonymous && len(l.Channels) > 0 && l.Channels[0].Medium != directory.Web {
		notes = append(notes, e.t("contact.anonymous"))
	}
	return notes
}

// part names the part of a country that is served.
func (e *edition) part(reach directory.Coverage) string {
	var names []string
	for _, d := range reach.Divisions {
		for _, code := range directory.DivisionParts(d) {
			if name := e.division(code); name != code && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return e.t("helplines.part")
	}
	return e.list(names)
}

// saying lists what a listing says yes to in a facet.
func (e *edition) saying(l *directory.Listing, f directory.Facet) string {
	var words []string
	for _, c := range l.Claims {
		if c.Facet == f && c.Value == directory.Yes {
			words = append(words, e.term(f, c.Code))
		}
	}
	return e.list(words)
}
