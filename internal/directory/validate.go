package directory

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"carefinder/internal/fault"
	"carefinder/internal/geo"
)

// Limits on what one listing may hold, so that no single row can make a page or an answer heavy.
const (
	MaxName        = 200   // bytes
	MaxDescription = 8_000 // bytes
	MaxText        = 1_000 // bytes, of any other text
	MaxParts       = 200   // sites, channels, claims, … of one listing
)

// Validate checks every rule a listing must keep and reports all faults at once, each with its field, as one
// fault.Invalid. A published listing must keep more rules than a draft: it is what a person in trouble will act on.
func (l *Listing) Validate(v *Vocabulary) error {
	c := &checker{vocab: v}
	c.listing(l)
	if l.Status == Published {
		c.publishable(l)
	}
	return c.bad.Err("This listing can't be saved as it is.")
}

// ValidateSize checks of the rules of Validate only those on how long texts are, what is in them, and how many parts there
// are: for what somebody else completes.
func (l *Listing) ValidateSize() error {
	c := &checker{vocab: &Vocabulary{}}
	c.listing(l)
	return c.size.Err("This is more than a listing may hold.")
}

type checker struct {
	vocab *Vocabulary
	bad   fault.Fields
	size  fault.Fields // those of bad that ValidateSize reports
}

func (c *checker) listing(l *Listing) {
	c.identity(l)
	c.sites(l)
	c.coverage("coverage.", l.Coverage)
	c.channels(l)
	c.hours("hours.", l.Hours)
	c.claims(l)
	c.terms(l)
}

func (c *checker) large(field, message string) {
	c.bad.Add(field, message)
	c.size.Add(field, message)
}

func (c *checker) identity(l *Listing) {
	if l.ID.IsZero() {
		c.bad.Add("id", "is missing")
	}
	oneOf(c, "kind", l.Kind, Kinds())
	oneOf(c, "status", l.Status, Statuses())
	c.text("name", l.Name, MaxName)
	if strings.TrimSpace(l.Name) == "" {
		c.bad.Add("name", "is missing")
	}
	c.text("organization", l.Organization, MaxName)
	c.text("description", l.Description, MaxDescription)
	c.text("audience", l.Audience, MaxText)
	c.text("archived_reason", l.ArchivedReason, MaxText)
	if l.Status == Archived && l.ArchivedReason == "" {
		c.bad.Add("archived_reason", "say why it was withdrawn: people who saved the link will read it")
	}
	c.count("languages", len(l.Languages))
	c.count("identifiers", len(l.Identifiers))
	for i, code := range l.Languages {
		c.language(fmt.Sprintf("languages[%d]", i), code)
	}
	for i, id := range l.Identifiers {
		c.identifier(fmt.Sprintf("identifiers[%d].value", i), id)
	}
	if l.Priority < 0 {
		c.bad.Add("priority", "must not be negative")
	}
}

func (c *checker) identifier(field string, id Identifier) {
	c.text(field, id.Value, MaxText)
	c.text(strings.TrimSuffix(field, "value")+"scheme", id.Scheme, MaxText)
	if id.Scheme == NPI && !ValidNPI(id.Value) {
		c.bad.Add(field, "is not a valid NPI: ten digits, the last a check digit")
	}
}

func (c *checker) sites(l *Listing) {
	c.count("sites", len(l.Sites))
	for i, s := range l.Sites {
		at := fmt.Sprintf("sites[%d].", i)
		for name, text := range map[string]string{"name": s.Name, "street": s.Address.Street, "city": s.Address.City, "division": s.Address.Division, "postal_code": s.Address.PostalCode} {
			c.text(at+name, text, MaxText)
		}
		if s.Address.Country != "" {
			c.country(at+"country", s.Address.Country)
		}
		c.coverage(at+"coverage.", s.Coverage)
		if s.Precision == "" {
			continue
		}
		oneOf(c, at+"precision", s.Precision, []geo.Precision{geo.Exact, geo.Campus, geo.Street, geo.Postal, geo.City})
		c.bad.Merge(at, geo.ValidPoint(s.Point))
		if why := geo.Suspicious(s.Point); why != "" {
			c.bad.Add(at+"point", why)
		}
	}
}

func (c *checker) coverage(at string, v Coverage) {
	c.count(at+"countries", len(v.Countries))
	c.count(at+"divisions", len(v.Divisions))
	c.count(at+"areas", len(v.Areas))
	for i, code := range v.Countries {
		c.country(fmt.Sprintf("%scountries[%d]", at, i), code)
	}
	for i, code := range v.Divisions {
		if !divisionForm.MatchString(code) {
			c.bad.Add(fmt.Sprintf("%sdivisions[%d]", at, i), fmt.Sprintf("%q is not an ISO 3166-2 code such as US-MA", clip(code)))
		}
	}
	for i, area := range v.Areas {
		if _, err := geo.NewArea(area); err != nil {
			c.bad.Merge(fmt.Sprintf("%sareas[%d].", at, i), err)
		}
	}
}

func (c *checker) channels(l *Listing) {
	c.count("channels", len(l.Channels))
	for i, ch := range l.Channels {
		c.channel(fmt.Sprintf("channels[%d].", i), ch)
	}
}

func (c *checker) channel(at string, ch Channel) {
	oneOf(c, at+"medium", ch.Medium, Media())
	for name, text := range map[string]string{"number": ch.Number, "extension": ch.Extension, "menu": ch.Menu, "keyword": ch.Keyword, "address": ch.Address, "label": ch.Label} {
		c.text(at+name, text, MaxText)
	}
	switch {
	case ch.Medium.Dialled() && ch.Number == "":
		c.bad.Add(at+"number", "is missing")
	case ch.Medium == TTY: // "711 then 988" is dialled by hand
	case ch.Medium.Dialled() && !validNumber(ch.Number):
		c.bad.Add(at+"number", fmt.Sprintf("%q can't be dialled: write it as dialled, such as 988 or +1 617 555 0123", clip(ch.Number)))
	case ch.Medium == Email:
		if a, err := mail.ParseAddress(ch.Address); err != nil || a.Address != ch.Address { // no name before it: it becomes a link
			c.bad.Add(at+"address", "is not an e-mail address")
		}
	case !ch.Medium.Dialled():
		c.link(at+"address", ch.Address)
	}
	if ch.Extension != "" && strings.Trim(ch.Extension, "0123456789") != "" {
		c.bad.Add(at+"extension", "must be digits")
	}
	oneOf(c, at+"cost", ch.Cost, []Cost{CostUnknown, CostFree, CostToll})
	c.count(at+"languages", len(ch.Languages))
	for i, code := range ch.Languages {
		c.language(fmt.Sprintf("%slanguages[%d]", at, i), code)
	}
	c.hours(at+"hours.", ch.Hours)
}

func (c *checker) hours(at string, h Hours) {
	c.text(at+"note", h.Note, MaxText)
	c.count(at+"weekly", len(h.Weekly))
	c.count(at+"exceptions", len(h.Exceptions))
	if _, err := Zone(h.Zone); err != nil && (h.Zone != "" || len(h.Weekly)+len(h.Exceptions) > 0) {
		c.bad.Add(at+"zone", fmt.Sprintf("%q is not an IANA time zone such as America/Chicago", clip(h.Zone)))
	}
	if h.AlwaysOpen && len(h.Weekly) > 0 {
		c.bad.Add(at+"weekly", "stands beside 24/7: keep one of the two")
	}
	for i, r := range h.Weekly {
		if r.Day < 0 || r.Day > 6 {
			c.bad.Add(fmt.Sprintf("%sweekly[%d].day", at, i), "must be a day of the week")
		}
		c.span(fmt.Sprintf("%sweekly[%d]", at, i), r.Span)
	}
	seen := map[Date]bool{}
	for i, x := range h.Exceptions {
		field := fmt.Sprintf("%sexceptions[%d]", at, i)
		if seen[x.Date] {
			c.bad.Add(field+".date", "stands twice")
		}
		seen[x.Date] = true
		if DateOf(x.Date.at(time.UTC, 0)) != x.Date {
			c.bad.Add(field+".date", "is not a day of the calendar")
		}
		c.text(field+".note", x.Note, MaxText)
		c.count(field+".spans", len(x.Spans))
		for _, s := range x.Spans {
			c.span(field, s)
		}
	}
}

func (c *checker) span(field string, s Span) {
	if s.From < 0 || s.From >= dayMinutes || s.To <= s.From || s.To > s.From+dayMinutes {
		c.bad.Add(field, "must open within the day and close after it opens, at most 24 hours later")
	}
}

func (c *checker) claims(l *Listing) {
	c.count("claims", len(l.Claims))
	seen := map[[2]string]bool{}
	for i, cl := range l.Claims {
		field := fmt.Sprintf("claims[%d]", i)
		c.claim(field, cl)
		key := [2]string{string(cl.Facet), cl.Code}
		if seen[key] {
			c.bad.Add(field, fmt.Sprintf("%s %s stands twice", cl.Facet, clip(cl.Code)))
		}
		seen[key] = true
	}
}

func (c *checker) claim(field string, cl Claim) {
	c.vocab.Check(&c.bad, field, cl.Facet, cl.Code)
	if cl.Value < Unknown || cl.Value > No {
		c.bad.Add(field+".value", "must be yes, no or unknown")
	}
	c.text(field+".source", cl.Source, MaxText)
	c.text(field+".by", cl.By, MaxName)
	if cl.Value != Unknown && (cl.Source == "" || cl.At.IsZero()) {
		c.bad.Add(field+".source", "say who states it and when it was read")
	}
}

// terms checks what care costs, who gets in and where the facts are from.
func (c *checker) terms(l *Listing) {
	oneOf(c, "accepting.status", l.Accepting.Status, []AcceptingStatus{AcceptingUnknown, AcceptingYes, AcceptingNo, AcceptingWaitlist})
	if l.Accepting.Status != AcceptingUnknown && l.Accepting.AsOf.IsZero() {
		c.bad.Add("accepting.as_of", "say on what day this was so")
	}
	c.text("accepting.wait", l.Accepting.Wait, MaxText)
	c.text("accepting.source", l.Accepting.Source, MaxText)
	f := l.Fees
	if f.Min < 0 || f.Max < 0 || f.Max > 0 && f.Min > f.Max {
		c.bad.Add("fees.min", "must not be negative nor more than the highest fee")
	}
	if (f.Min > 0 || f.Max > 0) != (f.Currency != "") || f.Currency != "" && !currencyForm.MatchString(f.Currency) {
		c.bad.Add("fees.currency", "must be an ISO 4217 code such as USD, beside an amount")
	}
	c.text("fees.note", f.Note, MaxText)
	c.text("referral.send", l.Referral.Send, MaxText)
	if l.Referral.FormURL != "" {
		c.link("referral.form_url", l.Referral.FormURL)
	}
	if l.Referral.Fax != "" && !validNumber(l.Referral.Fax) {
		c.bad.Add("referral.fax", "can't be dialled")
	}
	c.count("sources", len(l.Sources))
	for i, s := range l.Sources {
		at := fmt.Sprintf("sources[%d].", i)
		c.text(at+"name", s.Name, MaxText)
		c.text(at+"key", s.Key, MaxText)
		c.text(at+"note", s.Note, MaxText)
		if s.URL != "" {
			c.link(at+"url", s.URL)
		}
	}
	c.text("verification.by", l.Verification.By, MaxName)
	c.text("verification.method", l.Verification.Method, MaxText)
	if l.Verification.At.IsZero() && l.Verification.By+l.Verification.Method != "" {
		c.bad.Add("verification.at", "say when it was verified")
	}
}

// publishable checks what a listing needs before a person may act on it: a way to reach it, a place it serves, and
// where its facts are from.
func (c *checker) publishable(l *Listing) {
	if len(l.Channels) == 0 {
		c.bad.Add("channels", "a published listing needs a way to make contact")
	}
	if len(l.Sources) == 0 {
		c.bad.Add("sources", "a published listing says where its facts are from")
	}
	if len(l.Sites) == 0 && l.Coverage.IsZero() {
		c.bad.Add("coverage", "a published listing has a site, or says where it serves")
	}
	for i, s := range l.Sites {
		if s.Confidential && s.Coverage.IsZero() {
			c.bad.Add(fmt.Sprintf("sites[%d].coverage", i), "a confidential site says where it serves")
		}
	}
	if l.Kind == Helpline && !slices.ContainsFunc(l.Channels, func(ch Channel) bool { return ch.Medium != Web && ch.Medium != Email && ch.Medium != Fax }) {
		c.bad.Add("channels", "a helpline needs a number or a chat")
	}
}

func (c *checker) text(field, s string, limit int) {
	switch {
	case len(s) > limit:
		c.large(field, fmt.Sprintf("is longer than %d bytes", limit))
	case !utf8.ValidString(s):
		c.large(field, "is not valid UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		c.large(field, "holds a control character")
	}
}

func (c *checker) count(field string, n int) {
	if n > MaxParts {
		c.large(field, fmt.Sprintf("more than %d", MaxParts))
	}
}

func (c *checker) country(field, code string) {
	if !countryForm.MatchString(code) {
		c.bad.Add(field, fmt.Sprintf("%q is not an ISO 3166-1 code such as US", clip(code)))
	}
}

func (c *checker) language(field, code string) {
	if !languageForm.MatchString(code) {
		c.bad.Add(field, fmt.Sprintf("%q is not a language code such as es", clip(code)))
	}
}

func (c *checker) link(field, s string) {
	c.text(field, s, MaxText)
	if u, err := url.Parse(s); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		c.bad.Add(field, "must be a full web address, https://…")
	}
}

func oneOf[T ~string](c *checker, field string, s T, all []T) {
	if slices.Contains(all, s) {
		return
	}
	options := make([]string, len(all))
	for i, o := range all {
		options[i] = string(o)
	}
	c.bad.Add(field, fmt.Sprintf("%q is not one of %s", clip(string(s)), strings.Join(options, ", ")), Nearest(string(s), options)...)
}

var (
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	divisionForm = regexp.MustCompile(`^[A-Z]{2}-[A-Z0-9]{1,3}$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// validNumber accepts what a phone can send: short codes from two digits on, as national emergency and crisis numbers
// are, up to the 15 digits of E.164.
func validNumber(s string) bool {
	n := len(strings.TrimPrefix(Digits(s), "+"))
	return n >= 2 && n <= 15
}
