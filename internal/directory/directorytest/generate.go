package directorytest

import (
	"fmt"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// Listings generates listings that pass Validate with v, of every kind and status and with every member that a listing
// can have. Empty parts are nil.
func Listings(v *directory.Vocabulary) *rapid.Generator[*directory.Listing] {
	return rapid.Custom(func(t *rapid.T) *directory.Listing {
		l := &directory.Listing{
			ID: ids().Draw(t, "id"), Kind: pick(t, directory.Kinds()), Status: pick(t, directory.Statuses()),
			Name: words(t, 60) + "x", Organization: words(t, 40), Description: words(t, 300), Audience: words(t, 40),
			Languages: some(t, 2, language), Sites: some(t, 3, site), Coverage: coverage(t),
			Channels: some(t, 4, channel), Hours: hours(t), Claims: claims(t, v),
			Referral:    directory.Referral{Self: answer(t), Clinician: answer(t), FormURL: link(t), Fax: pick(t, []string{"", "+16175550142"}), Send: words(t, 30)},
			Identifiers: some(t, 2, identifier), Sources: some(t, 3, source),
			Priority: rapid.IntRange(0, 9).Draw(t, "priority"), Demonstration: rapid.Bool().Draw(t, "demonstration"),
			Revision: directory.RevisionNo(rapid.Int64Min(0).Draw(t, "revision")), UpdatedAt: moment(t),
		}
		terms(t, l)
		complete(t, l)
		return l
	})
}

func terms(t *rapid.T, l *directory.Listing) {
	if s := pick(t, []directory.AcceptingStatus{"", directory.AcceptingYes, directory.AcceptingNo, directory.AcceptingWaitlist}); s != "" {
		l.Accepting = directory.Accepting{Status: s, AsOf: past(t), Wait: words(t, 20), Source: words(t, 20)}
	}
	l.Fees = directory.Fees{Free: answer(t), SlidingScale: answer(t), Note: words(t, 20)}
	if rapid.Bool().Draw(t, "priced") {
		l.Fees.Min = rapid.Int64Range(1, 30_000).Draw(t, "min")
		l.Fees.Max = l.Fees.Min + rapid.Int64Range(0, 30_000).Draw(t, "range")
		l.Fees.Currency = pick(t, []string{"USD", "EUR", "BRL"})
	}
	if rapid.Bool().Draw(t, "verified") {
		l.Verification = directory.Verification{At: past(t), By: words(t, 10), Method: words(t, 10), Due: moment(t)}
	}
}

// complete adds what the listing's status and kind ask for.
func complete(t *rapid.T, l *directory.Listing) {
	if l.Status == directory.Archived {
		l.ArchivedReason, l.ReplacedBy = "closed "+words(t, 20), ids().Draw(t, "replaced_by")
	}
	if l.Status != directory.Published {
		return
	}
	l.Channels = append(l.Channels, directory.Channel{Medium: directory.Voice, Number: "988"})
	l.Sources = append(l.Sources, source(t))
	if len(l.Sites) == 0 && l.Coverage.IsZero() {
		l.Coverage.Countries = []string{"US"}
	}
	for i := range l.Sites {
		if s := &l.Sites[i]; s.Confidential && s.Coverage.IsZero() {
			s.Coverage.Divisions = []string{"US-CA"}
		}
	}
}

func pick[T any](t *rapid.T, all []T) T { return rapid.SampledFrom(all).Draw(t, "one of") }

// some gives up to n things, nil when none.
func some[T any](t *rapid.T, n int, one func(*rapid.T) T) []T {
	var all []T
	for range rapid.IntRange(0, n).Draw(t, "how many") {
		all = append(all, one(t))
	}
	return all
}

// words is text with what tends to break: quotes, backslashes, escapes that are none, several scripts, line ends.
func words(t *rapid.T, limit int) string {
	odd := []string{"a", " ", "Ü", "ñ", "日本", "🙂", `"`, `\`, "<b>", "&amp;", "\n", "\t", "'", "\u2028", "\ufffd", `\ufffd`, "İ", "العربية", "null", ":"}
	var b strings.Builder
	for range rapid.IntRange(0, 8).Draw(t, "words") {
		if w := pick(t, odd); b.Len()+len(w) <= limit {
			b.WriteString(w)
		}
	}
	return b.String()
}

func ids() *rapid.Generator[directory.ID] {
	return rapid.Map(rapid.SliceOfN(rapid.Byte(), 16, 16), func(b []byte) directory.ID {
		b[0] |= 1 // never zero
		return directory.ID(b)
	})
}

// moment is a time in UTC, to the microsecond, or none.
func moment(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "never") {
		return time.Time{}
	}
	return past(t)
}

func past(t *rapid.T) time.Time {
	return time.UnixMicro(rapid.Int64Range(1, 4_000_000_000_000_000).Draw(t, "micros")).UTC()
}

func answer(t *rapid.T) directory.Answer {
	return pick(t, []directory.Answer{directory.Unknown, directory.Yes, directory.No})
}

func language(t *rapid.T) string { return pick(t, []string{"en", "es", "pt-BR", "zh-Hant"}) }

func link(t *rapid.T) string { return pick(t, []string{"", "https://example.org/a?b=c&d=é"}) }

func identifier(t *rapid.T) directory.Identifier {
	return pick(t, []directory.Identifier{{Scheme: directory.NPI, Value: "1234567893"}, {Scheme: "register", Value: "A/7:b"}})
}

func source(t *rapid.T) directory.Source {
	return directory.Source{Name: words(t, 20), URL: link(t), Key: words(t, 10), At: moment(t), Note: words(t, 20)}
}

func site(t *rapid.T) directory.Site {
	s := directory.Site{
		Name:         words(t, 20),
		Address:      directory.Address{Street: words(t, 20), City: words(t, 20), Division: words(t, 5), PostalCode: words(t, 8), Country: pick(t, []string{"", "US", "NZ"})},
		Confidential: rapid.Bool().Draw(t, "confidential"), Coverage: coverage(t),
	}
	if rapid.Bool().Draw(t, "located") {
		s.Point = geo.LatLng(rapid.Float64Range(1, 38).Draw(t, "lat"), rapid.Float64Range(-180, 180).Draw(t, "lng"))
		s.Precision = pick(t, []geo.Precision{geo.Exact, geo.Campus, geo.Street, geo.Postal, geo.City})
	}
	return s
}

func coverage(t *rapid.T) directory.Coverage {
	return directory.Coverage{
		Countries: some(t, 2, func(t *rapid.T) string { return pick(t, []string{"US", "GB", "NZ"}) }),
		Divisions: some(t, 2, func(t *rapid.T) string { return pick(t, []string{"US-MA", "GB-EAW", "AU-NSW"}) }),
		Areas:     some(t, 1, box),
	}
}

// box is a small rectangle, sometimes with a hole.
func box(t *rapid.T) orb.Polygon {
	w, s := rapid.Float64Range(-170, 170).Draw(t, "west"), rapid.Float64Range(-60, 60).Draw(t, "south")
	ring := func(in, out float64) orb.Ring {
		return orb.Ring{{w + in, s + in}, {w + out, s + in}, {w + out, s + out}, {w + in, s + out}, {w + in, s + in}}
	}
	p := orb.Polygon{ring(0, 1)}
	if rapid.Bool().Draw(t, "hole") {
		p = append(p, ring(0.25, 0.75))
	}
	return p
}

func channel(t *rapid.T) directory.Channel {
	c := directory.Channel{
		Medium: pick(t, directory.Media()), Menu: words(t, 10), Keyword: words(t, 8), Label: words(t, 10), Languages: some(t, 2, language),
		Cost: pick(t, []directory.Cost{"", directory.CostFree, directory.CostToll}), Anonymous: answer(t), Hours: hours(t),
	}
	switch {
	case c.Medium.Dialled():
		c.Number, c.Extension = pick(t, []string{"988", "+1 617-555-0100", "116 123"}), pick(t, []string{"", "42"})
	case c.Medium == directory.Email:
		c.Address = "help@example.org"
	default:
		c.Address = "https://example.org/chat"
	}
	return c
}

func hours(t *rapid.T) directory.Hours {
	h := directory.Hours{Note: words(t, 15)}
	switch pick(t, []string{"unknown", "always", "ranges"}) {
	case "always":
		h.AlwaysOpen = true
	case "ranges":
		h.Weekly = some(t, 3, func(t *rapid.T) directory.Range {
			return directory.Range{Day: time.Weekday(rapid.IntRange(0, 6).Draw(t, "day")), Span: span(t)}
		})
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "exceptions") {
		h.Exceptions = append(h.Exceptions, directory.Exception{
			Date: directory.Date{Year: 2026, Month: time.December, Day: 25 + i}, Spans: some(t, 2, span), Note: words(t, 10),
		})
	}
	if len(h.Weekly)+len(h.Exceptions) > 0 {
		h.Zone = pick(t, []string{"America/New_York", "Pacific/Auckland"})
	}
	return h
}

func span(t *rapid.T) directory.Span {
	from := rapid.IntRange(0, 24*60-1).Draw(t, "from")
	return directory.Span{From: from, To: from + rapid.IntRange(1, 24*60).Draw(t, "long")}
}

// claims are about distinct terms, their provenance mixed, so that runs of one begin and end anywhere.
func claims(t *rapid.T, v *directory.Vocabulary) []directory.Claim {
	var all []directory.Claim
	for _, f := range directory.Facets() {
		for _, term := range v.Terms(f) {
			all = append(all, directory.Claim{Facet: f, Code: term.Code})
		}
	}
	if len(all) == 0 {
		return nil
	}
	all = rapid.Permutation(all).Draw(t, "claims")[:rapid.IntRange(0, min(len(all), 12)).Draw(t, "how many claims")]
	sources := []string{"https://example.org/a", fmt.Sprint("by word of ", words(t, 10))}
	for i := range all {
		all[i].Value, all[i].Source, all[i].By = answer(t), pick(t, sources), pick(t, []string{"", "import"})
		all[i].At = time.Date(2026, 5, 1+rapid.IntRange(0, 1).Draw(t, "day"), 12, 0, 0, 0, time.UTC)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
