package document

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// decoder turns the wire form into a listing and notes every value of the wrong form.
type decoder struct {
	trail trail
	bad   fault.Fields
	noted map[string]bool // fields the reader already found fault with
}

func (d *decoder) fail(name, message string) {
	d.trail.down(name)
	field := d.trail.String()
	d.trail.up()
	if !d.noted[field] {
		d.bad.Add(field, message)
	}
}

func (d *decoder) listing(w *listing) *directory.Listing {
	l := &directory.Listing{
		ID: d.id("id", w.ID), Kind: w.Kind, Status: w.Status, Name: w.Name, Organization: w.Organization,
		Description: w.Description, Languages: kept(w.Languages), Audience: w.Audience,
		Coverage: d.coverage(w.Coverage), Hours: d.hours(w.Hours), Claims: d.claims(w.Claims),
		ArchivedReason: w.ArchivedReason, Priority: w.Priority, Demonstration: w.Demonstration,
		Revision: directory.RevisionNo(w.Revision), UpdatedAt: d.time("updated_at", w.UpdatedAt),
	}
	if w.ReplacedBy != "" {
		l.ReplacedBy = d.id("replaced_by", w.ReplacedBy)
	}
	if w.Revision < 0 {
		d.fail("revision", "must not be negative")
	}
	d.terms(w, l)
	l.Sites = decodeEach(d, "sites", w.Sites, d.site)
	l.Channels = decodeEach(d, "channels", w.Channels, d.channel)
	l.Sources = decodeEach(d, "sources", w.Sources, func(s *source) directory.Source {
		return directory.Source{Name: s.Name, URL: s.URL, Key: s.Key, At: d.time("at", s.At), Note: s.Note}
	})
	l.Identifiers = decodeEach(d, "identifiers", w.Identifiers, func(x *identifier) directory.Identifier { return directory.Identifier(*x) })
	return l
}

// terms reads what care costs, who gets in and when it was checked.
func (d *decoder) terms(w *listing, l *directory.Listing) {
	d.trail.down("accepting")
	l.Accepting = directory.Accepting{Status: w.Accepting.Status, AsOf: d.time("as_of", w.Accepting.AsOf), Wait: w.Accepting.Wait, Source: w.Accepting.Source}
	d.trail.up()
	d.trail.down("fees")
	l.Fees = directory.Fees{
		Free: d.answer("free", w.Fees.Free), SlidingScale: d.answer("sliding_scale", w.Fees.SlidingScale),
		Min: w.Fees.Min, Max: w.Fees.Max, Currency: w.Fees.Currency, Note: w.Fees.Note,
	}
	d.trail.up()
	d.trail.down("referral")
	l.Referral = directory.Referral{
		Self: d.answer("self", w.Referral.Self), Clinician: d.answer("clinician", w.Referral.Clinician),
		FormURL: w.Referral.FormURL, Fax: w.Referral.Fax, Send: w.Referral.Send,
	}
	d.trail.up()
	d.trail.down("verification")
	l.Verification = directory.Verification{
		At: d.time("at", w.Verification.At), By: w.Verification.By, Method: w.Verification.Method, Due: d.time("due", w.Verification.Due),
	}
	d.trail.up()
}

// decodeEach converts the elements of a member, and an empty list to nil.
func decodeEach[A, B any](d *decoder, name string, in []A, convert func(*A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i := range in {
		d.trail.down(name)
		d.trail.at(i)
		out[i] = convert(&in[i])
		d.trail.up()
		d.trail.up()
	}
	return out
}

// kept gives nil for an empty list: a listing has one form for nothing.
func kept(s []string) []string {
	if len(s) == 0 {
		return nil
	}
	return s
}

func (d *decoder) id(name, s string) directory.ID {
	id, err := directory.ParseID(s)
	if err != nil {
		d.fail(name, "must be a UUID such as 0190b5d2-7c1e-7a3f-8f00-3c5d9e1a2b4c")
	}
	return id
}

func (d *decoder) time(name, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		d.fail(name, "must be a time such as 2026-05-31T14:00:00Z")
	}
	return t.UTC()
}

func (d *decoder) answer(name, s string) directory.Answer {
	a, ok := directory.ParseAnswer(s)
	if !ok {
		d.fail(name, "must be yes, no or unknown")
	}
	return a
}

func (d *decoder) site(w *site) directory.Site {
	return directory.Site{
		Name: w.Name, Address: directory.Address(w.Address), Point: orb.Point{w.Point.Lng, w.Point.Lat},
		Precision: w.Point.Precision, Confidential: w.Confidential, Coverage: d.coverage(w.Coverage),
	}
}

func (d *decoder) coverage(w coverage) directory.Coverage {
	d.trail.down("coverage")
	defer d.trail.up()
	return directory.Coverage{
		Countries: kept(w.Countries), Divisions: kept(w.Divisions),
		Areas: decodeEach(d, "areas", w.Areas, func(a *area) orb.Polygon {
			if a.Type != polygonType {
				d.fail("type", "must be "+polygonType)
			}
			return a.Coordinates
		}),
	}
}

func (d *decoder) channel(w *channel) directory.Channel {
	return directory.Channel{
		Medium: w.Medium, Number: w.Number, Extension: w.Extension, Menu: w.Menu, Keyword: w.Keyword, Address: w.Address,
		Label: w.Label, Languages: kept(w.Languages), Cost: w.Cost, Anonymous: d.answer("anonymous", w.Anonymous), Hours: d.hours(w.Hours),
	}
}

func (d *decoder) hours(w hours) directory.Hours {
	d.trail.down("hours")
	defer d.trail.up()
	return directory.Hours{
		AlwaysOpen: w.AlwaysOpen, Zone: w.Zone, Note: w.Note,
		Weekly:     decodeEach(d, "weekly", w.Weekly, d.opening),
		Exceptions: decodeEach(d, "exceptions", w.Exceptions, d.exception),
	}
}

func (d *decoder) opening(w *opening) directory.Range {
	day := strings.Index(days, w.Day)
	if len(w.Day) != 2 || day < 0 || day%2 != 0 {
		d.fail("day", "must be mo, tu, we, th, fr, sa or su")
	}
	return directory.Range{Day: time.Weekday(day / 2), Span: d.span(&span{w.From, w.To})}
}

func (d *decoder) exception(w *exception) directory.Exception {
	date, err := directory.ParseDate(w.Date)
	if err != nil {
		d.fail("date", "must be a date such as 2026-12-25")
	}
	return directory.Exception{Date: date, Spans: decodeEach(d, "spans", w.Spans, d.span), Note: w.Note}
}

func (d *decoder) span(w *span) directory.Span {
	return directory.Span{From: d.clock("from", w.From), To: d.clock("to", w.To)}
}

func (d *decoder) clock(name, s string) int {
	digit := func(i int) int { return int(s[i]) - '0' }
	if len(s) == 5 && s[2] == ':' {
		hour, minute := digit(0)*10+digit(1), digit(3)*10+digit(4)
		valid := strings.Trim(s[:2]+s[3:], "0123456789") == "" && minute < 60 && hour*60+minute <= lastMinute
		if valid {
			return hour*60 + minute
		}
	}
	d.fail(name, "must be a time of day such as 09:00, past midnight 26:00, at most 47:59")
	return 0
}

func (d *decoder) claims(all []statement) []directory.Claim {
	n := 0
	for i := range all {
		n += len(all[i].Yes) + len(all[i].No) + len(all[i].Unknown)
	}
	out := slices.Grow([]directory.Claim(nil), n)
	for i := range all {
		s := &all[i]
		d.trail.down("claims")
		d.trail.at(i)
		c := directory.Claim{Source: s.Source, By: s.By, At: d.time("at", s.At)}
		out = d.answered(out, c, "yes", directory.Yes, s.Yes)
		out = d.answered(out, c, "no", directory.No, s.No)
		out = d.answered(out, c, "unknown", directory.Unknown, s.Unknown)
		d.trail.up()
		d.trail.up()
	}
	return out
}

// shared gives the one copy of a word that many claims carry: a hundred thousand listings name the same few hundred
// codes, and comparing them then reads the same few cache lines.
func shared(s string) string { return unique.Make(s).Value() }

// answered appends the claim c about each code.
func (d *decoder) answered(out []directory.Claim, c directory.Claim, name string, a directory.Answer, codes []string) []directory.Claim {
	for i, fc := range codes {
		facet, code, ok := strings.Cut(fc, ":")
		if !ok {
			d.fail(fmt.Sprintf("%s[%d]", name, i), "must be a facet and a code such as modality:cbt")
		}
		c.Facet, c.Code, c.Value = directory.Facet(shared(facet)), shared(code), a
		out = append(out, c)
	}
	return out
}
