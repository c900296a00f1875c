package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// listingView is everything the page of one listing says.
type listingView struct {
	Name, Kind, Organization string
	Description, Audience    string
	Language                 string // of the description; "" when it is the page's
	Demonstration            bool
	Accepting                *badge
	AcceptingFacts           []string
	Checked                  string
	Channels                 []channelView
	Hours                    *hoursView
	Sites                    []siteView
	Coverage                 string
	Claims                   []claimGroup
	Unknown                  string
	Fees                     []string
	FeeNote                  string
	Referral                 []string
	ReferralSend             string
	ReferralForm             string
	Verification             []string
	Sources                  []sourceView
	Identifiers              []string
	ReportURL                string
}

type siteView struct {
	Name      string
	Address   []string // its lines
	Precision string   // how far to trust the point; "" when it is exact
	MapURL    string
}

type claimGroup struct {
	Label  string
	Claims []claimView
}

type claimView struct {
	Class, Text string
	Source      *sourceView
}

type sourceView struct{ Label, URL, Date, Note string }

// listing answers with one listing, or with why it is gone.
func (e *edition) listing(c *fiber.Ctx) error {
	id, err := directory.ParseID(c.Params("id"))
	if err != nil {
		return fiber.ErrNotFound // on a page, an address that can't be is one that isn't
	}
	l, err := e.cfg.Searcher.Listing(c.UserContext(), id)
	if err != nil {
		return err
	}
	return e.render(c, "listing", sheet{
		Title:         l.Name,
		Description:   e.kindOf(l) + ". " + l.Organization,
		Country:       countryOfListing(l),
		Demonstration: l.Demonstration,
		About:         id,
		Body:          e.listingView(l, e.now()),
	})
}

// countryOfListing gives the country whose crisis line suits the reader of a listing; "" when it has none or several.
func countryOfListing(l *directory.Listing) string {
	for _, s := range l.Sites {
		if s.Address.Country != "" {
			return s.Address.Country
		}
	}
	if reach := l.Reach(); len(reach.Countries) == 1 {
		return reach.Countries[0]
	}
	return ""
}

func (e *edition) kindOf(l *directory.Listing) string { return e.t("kind." + string(l.Kind)) }

func (e *edition) listingView(l *directory.Listing, now time.Time) listingView {
	v := listingView{
		Name: l.Name, Kind: e.kindOf(l), Organization: l.Organization,
		Description: l.Description, Audience: l.Audience, Language: foreign(l, e.Code),
		Demonstration:  l.Demonstration,
		Accepting:      e.accepting(l.Accepting),
		AcceptingFacts: e.acceptingFacts(l.Accepting),
		Checked:        e.checked(l.Verification),
		Coverage:       e.coverage(l.Reach()),
		Fees:           e.fees(l.Fees), FeeNote: l.Fees.Note,
		Referral: e.referral(l.Referral), ReferralSend: l.Referral.Send, ReferralForm: linkable(l.Referral.FormURL),
		Verification: e.verification(l.Verification, now),
		ReportURL:    e.url("/feedback") + "?listing=" + l.ID.String(),
	}
	for _, ch := range l.Channels {
		v.Channels = append(v.Channels, e.channel(ch, now, nil))
	}
	if l.Hours.Known() || l.Hours.Note != "" || !ownHours(l) {
		v.Hours = e.hours(l.Hours, now, nil)
	}
	for _, s := range l.Sites {
		v.Sites = append(v.Sites, e.site(s))
	}
	v.Claims, v.Unknown = e.claims(l)
	for _, s := range l.Sources {
		v.Sources = append(v.Sources, e.source(s))
	}
	for _, id := range l.Identifiers {
		v.Identifiers = append(v.Identifiers, strings.ToUpper(id.Scheme)+" "+id.Value)
	}
	return v
}

// foreign gives the language a listing's own words are in when it is not the page's, so that a screen reader switches.
func foreign(l *directory.Listing, page string) string {
	lang := "en" // what the seed and most sources are written in
	if len(l.Languages) > 0 {
		lang = l.Languages[0]
	}
	if lang == page {
		return ""
	}
	return lang
}

func ownHours(l *directory.Listing) bool {
	for _, ch := range l.Channels {
		if ch.Hours.Known() {
			return true
		}
	}
	return false
}

func (e *edition) site(s directory.Site) siteView {
	if s.Confidential {
		return siteView{Name: e.t("site.confidential")}
	}
	v := siteView{Name: s.Name}
	a := s.Address
	for _, line := range []string{a.Street, strings.TrimSpace(strings.Trim(a.City+", "+a.Division, ", ") + " " + a.PostalCode)} {
		if line != "" {
			v.Address = append(v.Address, line)
		}
	}
	if a.Country != "" {
		v.Address = append(v.Address, e.country(a.Country))
	}
	if s.Precision != "" && s.Precision != geo.Exact {
		v.Precision = e.t("precision." + string(s.Precision))
	}
	if s.Located() {
		v.MapURL = mapURL(s)
	}
	return v
}

// mapURL gives a map of the site on another site, for a person who chooses to open it: by address where there is a
// street, else by the point.
func mapURL(s directory.Site) string {
	if s.Address.Street != "" {
		return "https://www.openstreetmap.org/search?query=" + url.QueryEscape(s.Address.String())
	}
	return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%.5f&mlon=%.5f#map=13/%.5f/%.5f", s.Point.Lat(), s.Point.Lon(), s.Point.Lat(), s.Point.Lon())
}

func (e *edition) coverage(c directory.Coverage) string {
	var places []string
	for _, code := range c.Countries {
		places = append(places, e.country(code))
	}
	places = append(places, c.Divisions...)
	if len(c.Areas) > 0 {
		places = append(places, e.t("coverage.area"))
	}
	return e.list(places)
}

// asked are the facets whose silence a person should know of before they call.
func asked(k directory.Kind) []directory.Facet {
	if k == directory.Helpline {
		return []directory.Facet{directory.Topic, directory.Language}
	}
	return []directory.Facet{directory.Insurance, directory.Age, directory.Language, directory.Format, directory.Delivery}
}

// claims groups a listing's claims by facet, and names the facets nobody said anything about.
func (e *edition) claims(l *directory.Listing) (groups []claimGroup, unknown string) {
	said := map[directory.Facet][]claimView{}
	for _, c := range l.Claims {
		said[c.Facet] = append(said[c.Facet], e.claim(c))
	}
	for _, f := range directory.Facets() {
		if len(said[f]) > 0 {
			groups = append(groups, claimGroup{Label: e.facet(string(f)), Claims: said[f]})
		}
	}
	var silent []string
	for _, f := range asked(l.Kind) {
		if len(said[f]) == 0 {
			silent = append(silent, strings.ToLower(e.facet(string(f))))
		}
	}
	if len(silent) > 0 {
		unknown = e.t("claims.unknown", "Facets", e.list(silent))
	}
	return groups, unknown
}

func (e *edition) facet(name string) string { return e.t("facet." + name) }

// term gives the label of a facet's code.
func (e *edition) term(f directory.Facet, code string) string {
	if t := e.cfg.Vocabulary.Term(f, code); t != nil {
		return t.Label(e.Code)
	}
	return code
}

func (e *edition) claim(c directory.Claim) claimView {
	v := claimView{Class: "says-" + c.Value.String(), Text: e.term(c.Facet, c.Code)}
	if c.Value != directory.Yes {
		v.Text = e.t("claim."+c.Value.String(), "Term", v.Text)
	}
	if c.Source != "" {
		s := e.source(directory.Source{URL: c.Source, At: c.At})
		v.Source = &s
	}
	return v
}

// source shows where a fact came from. A source without an address is a person's role, shown as written.
func (e *edition) source(s directory.Source) sourceView {
	v := sourceView{Label: s.Name, URL: s.URL, Date: e.date(s.At), Note: s.Note}
	if !safe(v.URL) {
		if v.Label == "" {
			v.Label = v.URL
		}
		v.URL = ""
	}
	if v.Label == "" {
		v.Label = host(v.URL)
	}
	return v
}

// linkable gives an address that may be linked, else "".
func linkable(address string) string {
	if !safe(address) {
		return ""
	}
	return address
}

// host gives the part of an address a person recognises.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return strings.TrimPrefix(u.Host, "www.")
}

// accepting says whether new patients are taken and when that was stated; nil when nobody knows.
func (e *edition) accepting(a directory.Accepting) *badge {
	if a.Status == directory.AcceptingUnknown {
		return nil
	}
	text := e.t("accepting." + string(a.Status))
	if !a.AsOf.IsZero() {
		text = e.t("accepting.as-of", "Answer", text, "Date", e.date(a.AsOf))
	}
	return &badge{Class: "accepting-" + string(a.Status), Text: text}
}

func (e *edition) acceptingFacts(a directory.Accepting) []string {
	b := e.accepting(a)
	if b == nil {
		return []string{e.t("accepting.unknown")}
	}
	facts := []string{b.Text}
	if a.Wait != "" {
		facts = append(facts, e.t("accepting.wait", "Wait", a.Wait))
	}
	if a.Source != "" {
		facts = append(facts, e.t("accepting.source", "Source", host(a.Source)))
	}
	return facts
}

func (e *edition) fees(f directory.Fees) []string {
	facts := []string{e.t("fees.free." + f.Free.String()), e.t("fees.sliding." + f.SlidingScale.String())}
	switch {
	case f.Min > 0 && f.Max > f.Min:
		facts = append(facts, e.t("fees.range", "Min", e.money(f.Min, f.Currency), "Max", e.money(f.Max, f.Currency)))
	case f.Min > 0 || f.Max > 0:
		facts = append(facts, e.t("fees.one", "Amount", e.money(max(f.Min, f.Max), f.Currency)))
	}
	return facts
}

func (e *edition) referral(r directory.Referral) []string {
	facts := []string{e.t("referral.self." + r.Self.String()), e.t("referral.clinician." + r.Clinician.String())}
	if r.Fax != "" {
		facts = append(facts, e.t("referral.fax", "Number", readable(r.Fax)))
	}
	return facts
}

// checked says in a few words when a person last verified the listing.
func (e *edition) checked(v directory.Verification) string {
	if v.At.IsZero() {
		return e.t("checked.never")
	}
	return e.t("checked.on", "Date", e.date(v.At))
}

func (e *edition) verification(v directory.Verification, now time.Time) []string {
	facts := []string{e.checked(v)}
	if v.At.IsZero() {
		return facts
	}
	if v.By != "" {
		facts = append(facts, e.t("checked.by", "By", v.By))
	}
	if v.Method != "" {
		facts = append(facts, e.t("checked.method", "Method", v.Method))
	}
	if v.Overdue(now) {
		facts = append(facts, e.t("checked.overdue"))
	}
	return facts
}
