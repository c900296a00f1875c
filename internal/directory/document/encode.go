package document

import (
	"fmt"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// encoder turns a listing into its wire form and notes what that form can't say.
type encoder struct{ bad fault.Fields }

func (e *encoder) listing(l *directory.Listing) *listing {
	w := &listing{
		ID: l.ID.String(), Kind: l.Kind, Status: l.Status, Name: l.Name,
		Organization: l.Organization, Description: l.Description,
		Languages: l.Languages, Audience: l.Audience,
		Coverage: e.coverage(l.Coverage), Hours: e.hours("hours", l.Hours), Claims: e.claims(l.Claims),
		Accepting:    accepting{l.Accepting.Status, e.time("accepting.as_of", l.Accepting.AsOf), l.Accepting.Wait, l.Accepting.Source},
		Fees:         e.fees(l.Fees),
		Referral:     e.referral(l.Referral),
		Verification: e.verification(l.Verification), ArchivedReason: l.ArchivedReason,
		Priority: l.Priority, Demonstration: l.Demonstration, Revision: int64(l.Revision), UpdatedAt: e.time("updated_at", l.UpdatedAt),
	}
	if !l.ReplacedBy.IsZero() {
		w.ReplacedBy = l.ReplacedBy.String()
	}
	w.Sites = each(l.Sites, e.site)
	w.Channels = each(l.Channels, e.channel)
	w.Sources = each(l.Sources, e.source)
	w.Identifiers = each(l.Identifiers, func(_ int, x directory.Identifier) identifier { return identifier(x) })
	return w
}

// each converts a slice, and nothing to nil.
func each[A, B any](in []A, convert func(int, A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i, x := range in {
		out[i] = convert(i, x)
	}
	return out
}

func (e *encoder) time(field string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		e.bad.Add(field, "is not in the years 0 to 9999")
	}
	return t.Format(time.RFC3339Nano)
}

func (e *encoder) answer(field string, a directory.Answer) string {
	switch a {
	case directory.Unknown:
		return ""
	case directory.Yes, directory.No:
	default:
		e.bad.Add(field, "must be yes, no or unknown")
	}
	return a.String()
}

func (e *encoder) site(_ int, s directory.Site) site {
	return site{
		Name: s.Name, Address: address(s.Address), Confidential: s.Confidential, Coverage: e.coverage(s.Coverage),
		Point: point{Lat: s.Point.Lat(), Lng: s.Point.Lon(), Precision: s.Precision},
	}
}

func (e *encoder) coverage(c directory.Coverage) coverage {
	w := coverage{Countries: c.Countries, Divisions: c.Divisions}
	for _, p := range c.Areas {
		w.Areas = append(w.Areas, area{polygonType, p})
	}
	return w
}

const polygonType = "Polygon"

func (e *encoder) channel(i int, c directory.Channel) channel {
	at := fmt.Sprintf("channels[%d].", i)
	return channel{
		Medium: c.Medium, Number: c.Number, Extension: c.Extension, Menu: c.Menu, Keyword: c.Keyword,
		Address: c.Address, Label: c.Label, Languages: c.Languages, Cost: c.Cost,
		Anonymous: e.answer(at+"anonymous", c.Anonymous), Hours: e.hours(at+"hours", c.Hours),
	}
}

// days are the names of the days, by time.Weekday.
const days = "sumotuwethfrsa"

func (e *encoder) hours(field string, h directory.Hours) hours {
	return hours{
		AlwaysOpen: h.AlwaysOpen, Zone: h.Zone, Note: h.Note,
		Weekly: each(h.Weekly, func(i int, r directory.Range) opening {
			at := fmt.Sprintf("%s.weekly[%d]", field, i)
			s, day := e.span(at, 0, r.Span), int(r.Day)
			if day < 0 || day > 6 {
				e.bad.Add(at+".day", "must be a day of the week")
				day = 0
			}
			return opening{days[2*day : 2*day+2], s.From, s.To}
		}),
		Exceptions: each(h.Exceptions, func(i int, x directory.Exception) exception {
			at := fmt.Sprintf("%s.exceptions[%d]", field, i)
			if d, err := directory.ParseDate(x.Date.String()); err != nil || d != x.Date {
				e.bad.Add(at+".date", "is not a day of the calendar")
			}
			spans := each(x.Spans, func(j int, s directory.Span) span { return e.span(at+".spans", j, s) })
			return exception{x.Date.String(), spans, x.Note}
		}),
	}
}

// lastMinute is the latest a span may end: the day after it began, one minute before midnight.
const lastMinute = 48*60 - 1

func (e *encoder) span(field string, i int, s directory.Span) span {
	if s.From < 0 || s.From > lastMinute || s.To < 0 || s.To > lastMinute {
		e.bad.Add(field, fmt.Sprintf("span %d runs outside 00:00 to 47:59", i))
	}
	clock := func(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }
	return span{clock(s.From), clock(s.To)}
}

// claims gathers neighbouring claims of one provenance. Only neighbours, and within a statement first yes, then no,
// then unknown: so reading gives the claims back in their order.
func (e *encoder) claims(all []directory.Claim) []statement {
	var out []statement
	for i, c := range all {
		if strings.Contains(string(c.Facet), ":") || c.Value < directory.Unknown || c.Value > directory.No {
			e.bad.Add(fmt.Sprintf("claims[%d]", i), "has no known facet and answer")
			continue
		}
		if len(out) == 0 || !sameProvenance(all[i-1], c) || valueOrder(all[i-1].Value) > valueOrder(c.Value) {
			at := fmt.Sprintf("claims[%d]", i)
			out = append(out, statement{Source: c.Source, By: c.By, At: e.time(at+".at", c.At)})
		}
		s, code := &out[len(out)-1], string(c.Facet)+":"+c.Code
		switch c.Value {
		case directory.Yes:
			s.Yes = append(s.Yes, code)
		case directory.No:
			s.No = append(s.No, code)
		default:
			s.Unknown = append(s.Unknown, code)
		}
	}
	return out
}

func sameProvenance(a, b directory.Claim) bool {
	return a.Source == b.Source && a.By == b.By && a.At.Equal(b.At)
}

// valueOrder is the order of the answers in a statement; Unknown, the zero Answer, comes last.
func valueOrder(a directory.Answer) int {
	if a == directory.Unknown {
		return int(directory.No) + 1
	}
	return int(a)
}

func (e *encoder) fees(f directory.Fees) fees {
	return fees{
		Free: e.answer("fees.free", f.Free), SlidingScale: e.answer("fees.sliding_scale", f.SlidingScale),
		Min: f.Min, Max: f.Max, Currency: f.Currency, Note: f.Note,
	}
}

func (e *encoder) referral(r directory.Referral) referral {
	return referral{
		Self: e.answer("referral.self", r.Self), Clinician: e.answer("referral.clinician", r.Clinician),
		FormURL: r.FormURL, Fax: r.Fax, Send: r.Send,
	}
}

func (e *encoder) source(i int, s directory.Source) source {
	return source{s.Name, s.URL, s.Key, e.time(fmt.Sprintf("sources[%d].at", i), s.At), s.Note}
}

func (e *encoder) verification(v directory.Verification) verification {
	return verification{e.time("verification.at", v.At), v.By, v.Method, e.time("verification.due", v.Due)}
}
