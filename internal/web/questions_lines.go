package web

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// lineQuestion is what a request for helplines asks.
type lineQuestion struct {
	search.HelplineQuery
	lang string
}

// check notes the parts of a question that are missing or can't stand beside each other.
func (q *lineQuestion) check() error {
	var bad fault.Fields
	of := directory.CountryOfDivision(q.Region)
	switch {
	case q.Region != "" && q.Country == "":
		q.Country = of
	case q.Region != "" && q.Country != of:
		bad.Add("region", "is not in the country asked")
	case q.Country == "" && q.Place == "":
		bad.Add("country", "say the country, or a place in it")
	}
	return bad.Err("Nobody can be looked up like this.")
}

var regionForm = regexp.MustCompile(`^[A-Z]{2}-[A-Z0-9]{1,3}$`)

func helplineParams(v *directory.Vocabulary) []param[lineQuestion] {
	media := directory.Media()
	return []param[lineQuestion]{
		{
			name: "country", help: "ISO 3166-1 alpha-2. It, region or place is needed.", schema: pattern(`^[A-Za-z]{2}$`), max: 10, example: "GB",
			read: func(q *lineQuestion, s string, bad complaint) { q.Country = readCountry(s, bad) },
		},
		{
			name: "region", help: "ISO 3166-2: also lines that serve only it.", schema: pattern(regionForm.String()), max: 10, example: "GB-NIR",
			read: func(q *lineQuestion, s string, bad complaint) {
				if q.Region = s; !regionForm.MatchString(s) {
					bad.say("must be an ISO 3166-2 code such as GB-NIR")
				}
			},
		},
		{
			name: "place", help: "A place that says the country, as in a search.", schema: text(search.MaxText), max: search.MaxText, example: "Belfast",
			read: func(q *lineQuestion, s string, _ complaint) { q.Place = strings.TrimSpace(s) },
		},
		codes(v, "topic", "What it is about.", func(q *lineQuestion) *[]string { return &q.Topic }, directory.Topic),
		codes(v, "audience", "Whom it is made for: codes of age and population.", func(q *lineQuestion) *[]string { return &q.Audience }, directory.Age, directory.Population),
		codes(v, "language", "Languages spoken.", func(q *lineQuestion) *[]string { return &q.Language }, directory.Language),
		{
			name: "channel", list: true, help: "Ways to make contact.", schema: oneOf(media), example: []string{"text"},
			read: func(q *lineQuestion, s string, bad complaint) { choose(&q.Medium, s, media, bad) },
		},
		flag("open_now", "Only what is known to answer at the moment asked about.", func(q *lineQuestion) *bool { return &q.OpenNow }),
		{
			name: "at", help: "The moment asked about, RFC 3339; now when left out. Answers are in its offset from UTC.", schema: &huma.Schema{Type: "string", Format: "date-time"}, example: "2026-11-24T03:00:00Z",
			read: func(q *lineQuestion, s string, bad complaint) { q.At = readTime(s, bad) },
		},
		langParam(func(q *lineQuestion) *string { return &q.lang }),
	}
}

// codes is a list of codes of any of the facets.
func codes(v *directory.Vocabulary, name, help string, field func(*lineQuestion) *[]string, facets ...directory.Facet) param[lineQuestion] {
	var all []string
	for _, f := range facets {
		all = append(all, codesOf(v, f)...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return param[lineQuestion]{
		name: name, list: true, help: help, schema: oneOf(all),
		read: func(q *lineQuestion, s string, bad complaint) {
			if slices.Contains(all, s) {
				choose(field(q), s, all, bad)
				return
			}
			v.Check(bad.bad, name, facets[0], s)
		},
	}
}

// readTime reads a moment within the years that calendars here can be trusted for.
func readTime(s string, bad complaint) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	_, offset := t.Zone() // time.Parse takes offsets that JSON refuses to write
	if err != nil || t.Year() < 2000 || t.Year() > 2100 || max(offset, -offset) >= 24*60*60 {
		bad.say("must be a moment such as 2026-11-24T03:00:00Z, between 2000 and 2100; in an address write the + of an offset as %2B")
		return time.Time{}
	}
	return t
}

// placeQuestion is what a typeahead asks.
type placeQuestion struct {
	q     string
	limit int
}

const (
	defaultPlaces = 8
	maxPlaces     = 20
)

func placeParams() []param[placeQuestion] {
	typed := text(search.MaxText)
	typed.MinLength = ptr(1)
	return []param[placeQuestion]{
		{
			name: "q", required: true, help: "What was typed so far.", schema: typed, max: search.MaxText, example: "cambr",
			read: func(q *placeQuestion, s string, bad complaint) {
				if q.q = s; s == "" {
					bad.say("is empty")
				}
			},
		},
		{
			name: "limit", help: "At most this many places. 8 when left out.", schema: number(1, maxPlaces), max: 10, example: defaultPlaces,
			read: func(q *placeQuestion, s string, bad complaint) { q.limit = readInt(s, 1, maxPlaces, bad) },
		},
	}
}
