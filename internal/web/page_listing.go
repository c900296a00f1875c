package web

import (
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
)

// listingView is everything the page of one listing says, in the order people need it.
type listingView struct {
	Name, Kind, Organization string
	Description, Audience    string
	Language                 string // of the description; "" when it is the page's
	Demonstration            bool
	Accepting, Open          *badge
	Checked                  string
	First                    *anchor // the way to make contact that is tried first
	Helpline                 bool
	Patients                 []string // whether new ones are taken, and how they come
	Channels                 []channelView
	Sites                    []siteView
	Access                   *claimGroup
	Sketch                   *sketchView
	Coverage                 string
	Hours                    *hoursView
	Zones                    *choice
	URL                      string // of this page, without a query
	Fees                     []string
	FeeNote                  string
	Insurance                *claimGroup
	Offers                   []claimGroup
	Unknown                  []string // what nobody said of it
	Referral                 []string
	ReferralSend             string
	ReferralForm             string
	Verification             []string
	Sources                  []sourceView
	Identifiers              []string
	ReportURL                string
	ClaimURL                 string // where its provider corrects it; "" for who has none
	CardURL                  string // "" for what must not be in anybody's address book
	Address                  string // of this page, whole
	QR                       *qrView
	Data                     template.JS
}

type siteView struct {
	Name      string
	Address   []string // its lines
	Precision string   // how far to trust the point; "" when it is exact
	MapURL    string
	GeoURL    template.URL // opens the map on a phone; "" where the point leads elsewhere
}

// claimGroup is what is said in one facet.
type claimGroup struct {
	Label  string
	Claims []claimView
	Source *sourceView // of all of them; nil where each names its own
	Silent string      // what to say when nothing is
}

type claimView struct {
	Class, Text string
	Source      *sourceView
}

type sourceView struct{ Label, URL, Date, Note string }

// listing answers with one listing, or with why it is gone.
func (e *edition) listing(c *fiber.Ctx) error {
	l, err := e.listingAt(c)
	if fault.Is(err, fault.Gone) {
		return e.mergedAway(c, err)
	}
	if err != nil {
		return err
	}
	visitor, err := visitorZone(c.Query("zone"))
	if err != nil {
		return err
	}
	v := e.listingView(l, e.now(), visitor)
	v.Address = e.absolute(c, v.URL)
	if v.Data = e.data(l, v.Address); v.Data != "" {
		v.QR = newQR(v.Address)
	}
	return e.render(c, "listing", sheet{
		Title:         l.Name,
		Description:   e.gist(l),
		Country:       countryOfListing(l),
		Demonstration: l.Demonstration,
		NoIndex:       l.Demonstration,
		About:         l.ID,
		Body:          v,
	})
}

// mergedAway leads on from a listing that was made part of another to what the public finds in its place, and says of any
// other why it is gone. Where a merge once led doesn't count: that one may be gone too, and lead back here.
func (e *edition) mergedAway(c *fiber.Ctx, gone error) error {
	id, err := directory.ParseID(c.Params("id"))
	next := successor(problemOf(gone))
	if err != nil || next == "" || e.cfg.Merged == nil {
		return gone
	}
	into, err := e.cfg.Merged.MergedInto(c.UserContext(), id)
	if err != nil || into.IsZero() {
		return errors.Join(gone, err)
	}
	c.Set(fiber.HeaderCacheControl, "no-cache") // it may be undone
	return c.Redirect(e.url("/listings/"+next), fiber.StatusMovedPermanently)
}

// listingAt gives the listing a path names.
func (e *edition) listingAt(c *fiber.Ctx) (*directory.Listing, error) {
	id, err := directory.ParseID(c.Params("id"))
	if err != nil {
		return nil, fiber.ErrNotFound // on a page, an address that can't be is one that isn't
	}
	return e.cfg.Searcher.Listing(c.UserContext(), id)
}

func (e *edition) listingURL(id directory.ID) string { return e.url("/listings/" + id.String()) }

// gist says in a line what a listing is, and where.
func (e *edition) gist(l *directory.Listing) string {
	parts := []string{e.kindOf(l)}
	if l.Organization != l.Name {
		parts = append(parts, l.Organization)
	}
	for _, s := range l.Sites {
		if !s.Confidential && s.Address.City != "" {
			parts = append(parts, s.Address.City)
			break
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
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

func (e *edition) listingView(l *directory.Listing, now time.Time, visitor *time.Location) listingView {
	v := listingView{
		Name: l.Name, Kind: e.kindOf(l), Organization: l.Organization, Helpline: l.Kind == directory.Helpline,
		Description: l.Description, Audience: l.Audience, Language: foreign(l, e.Code),
		Demonstration: l.Demonstration,
		Accepting:     e.accepting(l.Accepting),
		Checked:       e.checked(l.Verification),
		Coverage:      e.coverage(l.Reach()),
		Zones:         e.zoneChoice(orDefault(countryOfListing(l), defaultCountry), visitor),
		URL:           e.listingURL(l.ID),
		FeeNote:       l.Fees.Note,
		ReferralSend:  l.Referral.Send, ReferralForm: linkable(l.Referral.FormURL),
		Verification: e.verification(l.Verification, now),
		ReportURL:    e.url("/feedback") + "?kind=error&listing=" + l.ID.String(),
	}
	if v.Organization == v.Name {
		v.Organization = ""
	}
	if o := l.OpenAt(now); o != directory.HoursUnknown {
		b := e.open(o)
		v.Open = &b
	}
	if !l.Demonstration && e.cfg.Claims != nil {
		v.ClaimURL = e.url("/claim/" + l.ID.String())
	}
	if !l.Demonstration {
		v.CardURL = v.URL + "/contact.vcf"
	}
	// A line is called, not applied to: what nobody asks of it is not said to be unknown.
	if v.Patients = e.patients(l); v.Helpline && l.Accepting.Status == directory.AcceptingUnknown {
		v.Patients = nil
	}
	if v.Fees = e.fees(l.Fees); v.Helpline && l.Fees == (directory.Fees{}) {
		v.Fees = nil
	}
	if v.Referral = e.referral(l.Referral); v.Helpline && l.Referral == (directory.Referral{}) {
		v.Referral = nil
	}
	e.reached(&v, l, now, visitor)
	for _, s := range l.Sites {
		v.Sites = append(v.Sites, e.site(s))
	}
	e.say(&v, l)
	v.Sketch = e.sketchOfSites(l)
	for _, s := range l.Sources {
		v.Sources = append(v.Sources, e.source(s))
	}
	for _, id := range l.Identifiers {
		v.Identifiers = append(v.Identifiers, strings.ToUpper(id.Scheme)+" "+id.Value)
	}
	return v
}

// reached says how to make contact and when.
func (e *edition) reached(v *listingView, l *directory.Listing, now time.Time, visitor *time.Location) {
	timed := false // whether any hours depend on a clock
	for _, ch := range l.Channels {
		w := e.channel(ch, now, visitor)
		if l.Demonstration {
			w.Link = nil
		}
		timed = timed || ch.Hours.Zone != ""
		v.Channels = append(v.Channels, w)
	}
	if !l.Demonstration { // whose number nobody should call
		v.First = e.firstWay(l.Channels)
	}
	if l.Hours.Known() || l.Hours.Note != "" || !ownHours(l) {
		v.Hours = e.hours(l.Hours, now, visitor)
	}
	if !timed && l.Hours.Zone == "" || l.Hours.AlwaysOpen && !ownHours(l) {
		v.Zones = nil
	}
}

// firstWay links the channel to try first: the first that can be linked, or one of the same medium that is answered in
// the page's language first of all.
func (e *edition) firstWay(channels []directory.Channel) *anchor {
	var found *anchor
	var medium directory.Medium
	for _, ch := range channels {
		mine := len(ch.Languages) > 0 && ch.Languages[0] == e.Code
		if found != nil && (!mine || ch.Medium != medium) {
			continue
		}
		a, ok := e.way(ch)
		if !ok {
			if a, ok = e.reach(ch); !ok {
				continue
			}
		}
		found, medium = &a, ch.Medium
		if mine {
			break
		}
	}
	return found
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
	if exact(s) {
		v.GeoURL = template.URL(fmt.Sprintf("geo:%.5f,%.5f", s.Point.Lat(), s.Point.Lon())) // digits only: it may pass the template's filter
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
	for _, code := range c.Divisions {
		places = append(places, e.division(code))
	}
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
	return []directory.Facet{directory.Insurance, directory.Accessibility, directory.Age, directory.Language, directory.Format, directory.Delivery}
}

// say groups a listing's claims by facet where a person looks for them: what it costs, how one gets in at the door, and
// what it offers; and names what nobody said anything about.
func (e *edition) say(v *listingView, l *directory.Listing) {
	for _, f := range directory.Facets() {
		g := e.claims(l, f)
		if len(g.Claims) == 0 {
			if !slices.Contains(asked(l.Kind), f) || f == directory.Accessibility && l.Remote() {
				continue
			}
			g.Silent = e.t("unknown." + string(f))
		}
		switch {
		case f == directory.Insurance:
			v.Insurance = &g
		case f == directory.Accessibility && len(v.Sites) > 0:
			v.Access = &g
		case g.Silent != "":
			v.Unknown = append(v.Unknown, g.Silent)
		default:
			v.Offers = append(v.Offers, g)
		}
	}
}

// claims gives what a listing says in a facet. Where one source says all of it, it is named once.
func (e *edition) claims(l *directory.Listing, f directory.Facet) claimGroup {
	g := claimGroup{Label: e.facet(string(f))}
	for _, c := range l.Claims {
		if c.Facet == f {
			g.Claims = append(g.Claims, e.claim(c))
		}
	}
	if len(g.Claims) < 2 || g.Claims[0].Source == nil {
		return g
	}
	source := g.Claims[0].Source
	for _, c := range g.Claims {
		if c.Source == nil || *c.Source != *source {
			return g
		}
	}
	for i := range g.Claims {
		g.Claims[i].Source = nil
	}
	g.Source = source
	return g
}

func (e *edition) facet(name string) string { return e.t("facet." + name) }

// term gives the label of a facet's code.
func (e *edition) term(f directory.Facet, code string) string {
	if t := e.vocabulary().Term(f, code); t != nil {
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

// patients says whether new ones are taken and whether they may come by themselves: can I go there?
func (e *edition) patients(l *directory.Listing) []string {
	facts := e.acceptingFacts(l.Accepting)
	if l.Referral.Self != directory.Unknown {
		facts = append(facts, e.t("referral.self."+l.Referral.Self.String()))
	}
	return facts
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
	if f == (directory.Fees{Note: f.Note}) {
		return []string{e.t("fees.unknown")}
	}
	facts := []string{e.t("fees.free." + f.Free.String()), e.t("fees.sliding." + f.SlidingScale.String())}
	switch {
	case f.Free == directory.Unknown && (f.Min > 0 || f.Max > 0):
		facts = facts[1:] // it has a price
	case f.Free == directory.Yes && f.SlidingScale == directory.Unknown:
		facts = facts[:1] // nobody pays less
	}
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
