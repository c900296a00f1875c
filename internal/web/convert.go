package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// This file turns the domain's values into the API's. Nothing here decides what may be shown: a listing arrives in its
// Public form.

func cardOf(l *directory.Listing) Card {
	return Card{
		ID: l.ID.String(), Revision: int64(l.Revision), Kind: string(l.Kind), Name: l.Name, Organization: l.Organization, Audience: l.Audience,
		Channels: channelsOf(l.Channels), Accepting: acceptingOf(l.Accepting), Fees: feesOf(l.Fees), VerifiedAt: momentOf(l.Verification.At),
		Demonstration: l.Demonstration,
	}
}

func (s *Server) listingOf(l *directory.Listing, lang string) ListingAnswer {
	a := ListingAnswer{
		ID: l.ID.String(), Revision: int64(l.Revision), Kind: string(l.Kind), Name: l.Name, Organization: l.Organization,
		Description: l.Description, Languages: l.Languages, Audience: l.Audience, Coverage: coverageOf(l.Coverage),
		Channels: channelsOf(l.Channels), Hours: hoursOf(l.Hours), Accepting: acceptingOf(l.Accepting), Fees: feesOf(l.Fees),
		Referral: referralOf(l.Referral), Verification: verificationOf(l.Verification), Demonstration: l.Demonstration, UpdatedAt: momentOf(l.UpdatedAt),
		Sites: make([]site, len(l.Sites)), Claims: make([]claim, len(l.Claims)), Sources: make([]source, len(l.Sources)),
	}
	for i, x := range l.Sites {
		a.Sites[i] = siteOf(x)
	}
	for i, x := range l.Claims {
		a.Claims[i] = claim{Facet: string(x.Facet), Code: x.Code, Label: s.wording().labels.text(lang, string(x.Facet), x.Code), Value: x.Value.String(), Source: x.Source, At: momentOf(x.At)}
	}
	for i, x := range l.Sources {
		a.Sources[i] = source{Name: x.Name, URL: x.URL, At: momentOf(x.At), Note: x.Note}
	}
	for _, x := range l.Identifiers {
		a.Identifiers = append(a.Identifiers, identifier(x))
	}
	return a
}

func siteOf(s directory.Site) site {
	if s.Confidential {
		return site{Confidential: true, Coverage: coverageOf(s.Coverage)}
	}
	a := site{Name: s.Name}
	if s.Address != (directory.Address{}) {
		a.Address = &address{Street: s.Address.Street, City: s.Address.City, Division: s.Address.Division, PostalCode: s.Address.PostalCode, Country: s.Address.Country}
	}
	if s.Located() {
		a.Point = ptr(pointOf(s.Point, s.Precision))
	}
	return a
}

func pointOf(p orb.Point, precision geo.Precision) point {
	return point{Lat: p.Lat(), Lng: p.Lon(), Precision: string(precision)}
}

func channelsOf(channels []directory.Channel) []channel {
	all := make([]channel, len(channels))
	for i, c := range channels {
		all[i] = channel{
			Medium: string(c.Medium), URI: c.URI(), Number: c.Number, Extension: c.Extension, Menu: c.Menu, Keyword: c.Keyword, Label: c.Label,
			Languages: c.Languages, Cost: string(c.Cost), Anonymous: answerOf(c.Anonymous), Hours: hoursOf(c.Hours),
		}
	}
	return all
}

// hoursOf gives nil for hours nobody knows and nothing is said about.
func hoursOf(h directory.Hours) *hours {
	if !h.Known() && h.Note == "" {
		return nil
	}
	a := &hours{AlwaysOpen: h.AlwaysOpen, Zone: h.Zone, Note: h.Note}
	for _, r := range h.Weekly {
		x := spanOf(r.Span)
		x.Day = strings.ToLower(r.Day.String())
		a.Weekly = append(a.Weekly, x)
	}
	for _, e := range h.Exceptions {
		x := exception{Date: e.Date.String(), Spans: make([]span, len(e.Spans)), Note: e.Note}
		for i, s := range e.Spans {
			x.Spans[i] = spanOf(s)
		}
		a.Exceptions = append(a.Exceptions, x)
	}
	return a
}

func spanOf(s directory.Span) span {
	clock := func(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }
	return span{Opens: clock(s.From), Closes: clock(s.To)}
}

func acceptingOf(a directory.Accepting) *accepting {
	if a.Status == directory.AcceptingUnknown {
		return nil
	}
	return &accepting{Status: string(a.Status), AsOf: momentOf(a.AsOf), Wait: a.Wait, Source: a.Source}
}

func feesOf(f directory.Fees) *fees {
	if f == (directory.Fees{}) {
		return nil
	}
	return &fees{Free: answerOf(f.Free), SlidingScale: answerOf(f.SlidingScale), Min: f.Min, Max: f.Max, Currency: f.Currency, Note: f.Note}
}

func referralOf(r directory.Referral) *referral {
	if r == (directory.Referral{}) {
		return nil
	}
	return &referral{Self: answerOf(r.Self), Clinician: answerOf(r.Clinician), FormURL: r.FormURL, Fax: r.Fax, Send: r.Send}
}

func verificationOf(v directory.Verification) *verification {
	if v.At.IsZero() {
		return nil
	}
	return &verification{At: v.At.UTC(), By: v.By, Method: v.Method, Due: momentOf(v.Due)}
}

func coverageOf(c directory.Coverage) *coverage {
	if c.IsZero() {
		return nil
	}
	a := &coverage{Countries: c.Countries, Divisions: c.Divisions}
	for _, area := range c.Areas {
		p := polygon{Type: "Polygon"}
		for _, ring := range area {
			positions := make([][2]float64, len(ring))
			for i, at := range ring {
				positions[i] = at
			}
			p.Coordinates = append(p.Coordinates, positions)
		}
		a.Areas = append(a.Areas, p)
	}
	return a
}

func placeOf(p geo.Place) Place {
	return Place{
		Label: p.Label(), Name: p.Name, Division: p.Admin1Code, Country: p.Country,
		Point: pointOf(p.Point, p.Precision), Zone: p.Timezone, Population: p.Population,
	}
}

func placesOf(all []geo.Place) []Place {
	places := make([]Place, len(all))
	for i, p := range all {
		places[i] = placeOf(p)
	}
	return places
}

func emergencyOf(e directory.Emergency) emergencyEntry {
	return emergencyEntry{Country: e.Country, Name: e.Name, Number: e.Number(), General: e.General, Police: e.Police, Ambulance: e.Ambulance, Fire: e.Fire, Source: e.Source, Note: e.Note}
}

// answerOf gives "" for unknown, which is left out.
func answerOf(a directory.Answer) string {
	if a == directory.Unknown {
		return ""
	}
	return a.String()
}

// momentOf gives nil for a time nobody knows.
func momentOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return ptr(t.UTC())
}
