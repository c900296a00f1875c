package web

import (
	"errors"
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
type countriesView struct{ Countries []countryView }

type countryView struct {
	Label, URL string
	Number     *anchor
}

// countryLines is the page of one country's helplines.
type countryLines struct {
	Heading, URL string
	Errors       []pageError
	Emergency    *numberView
	Choices      []choice
	OpenNow      bool
	Open         bool // the filters are
	Filtered     bool
	Zone         string
	Summary      string
	Lines        []lineView
}

type lineView struct {
	Name, URL, Organization string
	Hours                   *hoursView
	Channels                []channelView
	Audience, Description   string
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
	return e.render(c, "helplines", sheet{Title: e.t("helplines.title"), Description: e.t("helplines.lead"), Body: e.countries("/helplines/")})
}

// emergency lists the emergency numbers of all countries.
func (e *edition) emergency(c *fiber.Ctx) error {
	return e.render(c, "emergency", sheet{Title: e.t("emergency.title"), Description: e.t("emergency.lead"), Body: e.countries("/emergency/")})
}

func (e *edition) countries(under string) countriesView {
	var v countriesView
	for _, x := range e.cfg.Emergency.All() {
		v.Countries = append(v.Countries, countryView{
			Label: e.country(x.Country), URL: e.url(under + x.Country),
			Number: &anchor{Label: x.Number(), URL: telephone(x.Number())},
		})
	}
	slices.SortFunc(v.Countries, func(a, b countryView) int { return strings.Compare(a.Label, b.Label) })
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
	err = e.tables.helplines.form(&q, string(c.Request().URI().QueryString()))
	q.Country, q.Place = country, ""
	if q.At.IsZero() {
		q.At = e.now()
	}
	v := e.countryForm(country, &q)
	visitor, zoneErr := visitorZone(c.Query("zone"))
	if visitor != nil {
		v.Zone = visitor.String()
	}
	if err == nil {
		err = zoneErr
	}
	if err == nil {
		err = q.check()
	}
	var res *search.HelplineResult
	if err == nil {
		res, err = e.cfg.Searcher.Helplines(c.UserContext(), q.HelplineQuery)
	}
	if err != nil {
		return e.countryFailed(c, country, v, err)
	}
	for _, l := range res.Lines {
		v.Lines = append(v.Lines, e.line(l, res.At, visitor))
	}
	v.Summary = e.n("helplines.count", len(v.Lines))
	if len(v.Lines) == 0 {
		v.Summary = e.t("helplines.none")
	}
	return e.render(c, "country", sheet{Title: v.Heading, Country: country, Body: v})
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
	v.Filtered, v.Summary = true, e.t("helplines.none")
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

// countryForm is the page before anyone was asked.
func (e *edition) countryForm(country string, q *lineQuestion) countryLines {
	v := countryLines{
		Heading: e.t("helplines.heading", "Country", e.country(country)), URL: e.url("/helplines/" + country), OpenNow: q.OpenNow,
		Choices: []choice{
			e.termChoice("topic", directory.Topic, q.Topic),
			e.termChoice("language", directory.Language, q.Language),
			e.channelChoice(q.Medium),
		},
	}
	v.Open = q.OpenNow || len(q.Topic)+len(q.Language)+len(q.Medium) > 0
	v.Filtered = v.Open || len(q.Audience) > 0 || q.Region != ""
	if x, ok := e.cfg.Emergency.In(country); ok {
		n := e.emergencyNumber("emergency.danger", x.Number())
		v.Emergency = &n
	}
	return v
}

func (e *edition) termChoice(name string, f directory.Facet, chosen []string) choice {
	c := choice{ID: name, Name: name, Label: e.facet(string(f)), Options: []option{{Label: e.t("choice.any")}}}
	for _, t := range e.cfg.Vocabulary.Terms(f) {
		c.Options = append(c.Options, option{Value: t.Code, Label: t.Label(e.Code), Chosen: slices.Contains(chosen, t.Code)})
	}
	return c
}

func (e *edition) channelChoice(chosen []directory.Medium) choice {
	c := choice{ID: "channel", Name: "channel", Label: e.t("helplines.channel"), Options: []option{{Label: e.t("choice.any")}}}
	for _, m := range []directory.Medium{directory.Voice, directory.Text, directory.Chat, directory.TTY} {
		c.Options = append(c.Options, option{Value: string(m), Label: e.t("medium." + string(m)), Chosen: slices.Contains(chosen, m)})
	}
	return c
}

func (e *edition) line(x search.Line, at time.Time, visitor *time.Location) lineView {
	l := x.Listing
	v := lineView{
		Name: l.Name, URL: e.url("/listings/" + l.ID.String()), Organization: l.Organization,
		Audience: l.Audience, Description: l.Description, Checked: e.checked(l.Verification),
		Topics: e.saying(l, directory.Topic), Languages: e.saying(l, directory.Language),
	}
	if v.Organization == v.Name {
		v.Organization = ""
	}
	v.Hours = e.hours(l.Hours, at, visitor)
	if !l.Hours.Known() { // then the channels say it
		b := e.open(x.Open)
		v.Hours.badge = b
	}
	for _, ch := range l.Channels {
		v.Channels = append(v.Channels, e.channel(ch, at, visitor))
	}
	if len(l.Sources) > 0 {
		s := e.source(l.Sources[0])
		v.Source = &s
	}
	return v
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
