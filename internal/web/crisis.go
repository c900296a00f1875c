package web

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// crisisLine is who can be reached now in a country. It stands on every page and in every error.
type crisisLine struct {
	Country   string    `json:"country" doc:"ISO 3166-1 alpha-2"`
	Name      string    `json:"name" example:"988 Suicide & Crisis Lifeline"`
	Listing   string    `json:"listing,omitempty" format:"uuid" doc:"Absent when the store can't be read"`
	Channels  []channel `json:"channels"`
	Emergency string    `json:"emergency,omitempty" doc:"The number for immediate danger, as dialled"`
}

// defaultCountry is assumed of someone who doesn't say where they are.
const defaultCountry = "US"

// How long a crisis line is kept, and how long after a failure the store is asked again.
const (
	crisisFresh = time.Second // a line that was withdrawn must not be offered any longer than its listing
	crisisRetry = 5 * time.Second
	crisisWait  = 500 * time.Millisecond // an error must not wait long for its crisis line
)

// crisisLines knows each country's crisis line. It answers when the store can't: with what was last known, for the
// United States with 988, elsewhere with the emergency number.
type crisisLines struct {
	searcher  Searcher
	emergency *directory.EmergencyNumbers
	now       func() time.Time

	mu    sync.Mutex
	lines map[string]knownLine
}

type knownLine struct {
	line crisisLine
	till time.Time
}

// in gives the crisis line of a country.
func (c *crisisLines) in(ctx context.Context, country string) crisisLine {
	known, fresh := c.known(country)
	if fresh {
		return known.line
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), crisisWait)
	defer cancel()
	line, ok := c.ask(ctx, country)
	known.till = c.now().Add(crisisRetry)
	switch {
	case ok:
		known = knownLine{line, c.now().Add(crisisFresh)}
	case known.line.Country == "":
		known.line = c.fallback(country)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lines == nil {
		c.lines = map[string]knownLine{}
	}
	c.lines[country] = known // as many as there are countries with a number: see countryOf
	return known.line
}

func (c *crisisLines) known(country string) (known knownLine, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.lines[country]
	return known, ok && c.now().Before(known.till)
}

// ask finds the country's first line; where it has none for anyone in a crisis, the emergency number stands in. A panic of the searcher is a failure like another: the error that is being
// answered may come from the same fault.
func (c *crisisLines) ask(ctx context.Context, country string) (line crisisLine, ok bool) {
	defer func() {
		if recover() != nil {
			line, ok = crisisLine{}, false
		}
	}()
	found, err := c.searcher.Helplines(ctx, search.HelplineQuery{Country: country, At: c.now()})
	if err != nil || len(found.Lines) == 0 {
		return crisisLine{}, false
	}
	l := found.Lines[0].Listing
	if !leads(l, country) {
		return c.fallback(country), true
	}
	return crisisLine{Country: country, Name: l.Name, Listing: l.ID.String(), Channels: channelsOf(l.Channels), Emergency: c.number(country)}, true
}

// mainLine is the priority of the line a country puts first.
const mainLine = 1

// leads reports whether a line may be named first to whoever is in danger in a country: it is the country's main line and
// for anyone in a crisis. Where there is none, the emergency number stands first.
func leads(l *directory.Listing, country string) bool {
	return l.Priority == mainLine && slices.Contains(l.Reach().Countries, country) && l.ForAnyoneInCrisis()
}

func (c *crisisLines) number(country string) string {
	e, _ := c.emergency.In(country)
	if e.Country == "" {
		return ""
	}
	return e.Number()
}

func (c *crisisLines) fallback(country string) crisisLine {
	line := crisisLine{Country: country, Emergency: c.number(country)}
	if country == defaultCountry {
		line.Name = "988 Suicide & Crisis Lifeline"
		line.Channels = channelsOf([]directory.Channel{
			{Medium: directory.Voice, Number: "988", Languages: []string{"en"}},
			{Medium: directory.Voice, Number: "988", Menu: "press 2", Languages: []string{"es"}},
			{Medium: directory.Text, Number: "988"},
			{Medium: directory.Chat, Address: "https://988lifeline.org/"},
		})
		return line
	}
	line.Channels = []channel{}
	if e, ok := c.emergency.In(country); ok {
		line.Name = "Emergency number, " + e.Name
		line.Channels = channelsOf([]directory.Channel{{Medium: directory.Voice, Number: e.Number()}})
	}
	return line
}

// statedCountry finds a country in a query that may be malformed.
var statedCountry = regexp.MustCompile(`(?:^|&)country=([A-Za-z]{2})(?:&|$)`)

// askedCountry is the key of a request's local value: the country that what was asked is about.
type askedCountry struct{}

// countryOf gives the country whose crisis line an answer shows: the one the request is about or names, else the
// default.
func (s *Server) countryOf(c *fiber.Ctx) string {
	stated, _ := c.Locals(askedCountry{}).(string)
	if stated != "" {
		return stated
	}
	if m := statedCountry.FindSubmatch(c.Request().URI().QueryString()); m != nil {
		stated = canonical(string(m[1]))
	}
	for _, under := range []string{"/api/v1/emergency/", "/emergency/", "/helplines/"} {
		if rest, ok := strings.CutPrefix(bare(c.Path()), under); ok {
			stated = canonical(rest)
		}
	}
	if _, ok := s.cfg.Emergency.In(stated); ok {
		return stated
	}
	return defaultCountry
}
