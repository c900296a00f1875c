package web

import (
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"carefinder/internal/directory"
)

// anchor is a link a person may follow.
type anchor struct {
	Label string
	URL   any // a string, checked by the template, or a template.URL made by dial
	Class string
	Away  bool // leads to another site
	// Fields, where there are any, are sent to URL by POST: what they say must not stand in an address.
	Fields []field
}

// badge is a short state, said in words; Class only colours it.
type badge struct{ Class, Text string }

// channelView is one way to make contact.
type channelView struct {
	Medium string
	Label  string  // what answers, as stated
	Link   *anchor // nil when no link can be made of it
	Plain  string  // what to do by hand then
	Notes  []string
	Hours  *hoursView // its own hours; nil when they are the listing's
}

// hoursView says when someone answers.
type hoursView struct {
	badge
	Change   string   // "until 5:00 pm", "opens Monday 9:00 am"
	Visitor  string   // the same in the visitor's zone
	At       string   // when, for a script that knows the visitor's zone; "" where it was said
	Here     string   // what such a script says of it
	ZoneName string   // the clock it would say again
	Days     []string // the week
	Zone     string
	Note     string
}

// dial gives the link that opens a channel on a phone. Channel.URI makes tel: and sms: links of digits and escaped
// keywords only, and directory refuses any other, so these schemes may pass the template's filter; the rest may not.
func dial(ch directory.Channel) any {
	uri := ch.URI()
	if ch.Medium.Dialled() {
		return template.URL(uri)
	}
	return uri
}

// safe reports whether an address may be linked: the web or an e-mail, and nothing that runs.
func safe(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http" || u.Scheme == "mailto")
}

// readable writes a number so that it can be read aloud; short codes stay as dialled.
func readable(dialled string) string {
	if !strings.HasPrefix(dialled, "+") {
		return dialled
	}
	n, err := phonenumbers.Parse(dialled, "")
	if err != nil {
		return dialled
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}

// reach makes the link of a channel with what to do in its label: "Call 988", "Text HOME to 741741". ok is false when
// no link can be made.
func (p *phrases) reach(ch directory.Channel) (a anchor, ok bool) {
	if ch.URI() == "" || ch.Medium == directory.TTY || !ch.Medium.Dialled() && !safe(ch.URI()) {
		return anchor{}, false
	}
	a = anchor{URL: dial(ch), Class: string(ch.Medium), Away: !ch.Medium.Dialled() && ch.Medium != directory.Email}
	switch ch.Medium {
	case directory.Voice:
		a.Class, a.Label = "call", p.t("contact.call", "Number", readable(ch.Number))
		if ch.Extension != "" {
			a.Label = p.t("contact.call.extension", "Number", readable(ch.Number), "Extension", ch.Extension)
		}
	case directory.Text:
		a.Label = p.t("contact.text", "Number", readable(ch.Number))
		if ch.Keyword != "" {
			a.Label = p.t("contact.text.keyword", "Number", readable(ch.Number), "Keyword", ch.Keyword)
		}
	case directory.Chat:
		a.Label = p.t("contact.chat")
	case directory.Video:
		a.Label = p.t("contact.video")
	case directory.Email:
		a.Label = ch.Address
	case directory.Fax:
		a.Label = readable(ch.Number)
	default:
		a.Label = host(ch.Address)
	}
	return a, true
}

// channel shows one channel of a listing.
func (p *phrases) channel(ch directory.Channel, now time.Time, visitor *time.Location) channelView {
	v := channelView{Medium: p.t("medium." + string(ch.Medium)), Label: ch.Label, Plain: ch.Number + ch.Address}
	if a, ok := p.reach(ch); ok {
		v.Link = &a
	}
	if ch.Menu != "" {
		v.Notes = append(v.Notes, p.t("contact.menu", "Menu", p.menu(ch.Menu)))
	}
	if len(ch.Languages) > 0 {
		v.Notes = append(v.Notes, p.t("contact.languages", "Languages", p.languageList(ch.Languages)))
	}
	switch ch.Cost {
	case directory.CostFree:
		v.Notes = append(v.Notes, p.t("contact.free"))
	case directory.CostToll:
		v.Notes = append(v.Notes, p.t("contact.toll"))
	}
	if ch.Anonymous == directory.Yes {
		v.Notes = append(v.Notes, p.t("contact.anonymous"))
	}
	if ch.Hours.Known() {
		v.Hours = p.hours(ch.Hours, now, visitor)
	}
	return v
}

// menu says what to do after a call is answered. The commonest words for it are said in the page's language, all others
// as stated: this is what stands between a person and the voice they need.
func (p *phrases) menu(stated string) string {
	for _, known := range []field{{"contact.press", "press "}, {"contact.option", "choose option "}} {
		if key, ok := strings.CutPrefix(stated, known.Value); ok && len(key) == 1 {
			return p.t(known.Name, "Key", key)
		}
	}
	return stated
}

func (p *phrases) languageList(codes []string) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = p.language(code)
	}
	return p.list(names)
}

// hours shows when someone answers, in the zone of the hours and, when a visitor said theirs, in it too.
func (p *phrases) hours(h directory.Hours, now time.Time, visitor *time.Location) *hoursView {
	v := &hoursView{badge: p.open(h.OpenAt(now)), Note: h.Note}
	if h.AlwaysOpen && len(h.Exceptions) == 0 {
		v.Text = p.t("open.always")
		return v
	}
	if !h.Known() {
		return v
	}
	if change, ok := h.NextChange(now); ok {
		v.Change, v.Visitor = p.change(h.OpenAt(now), change, now, h.Zone, visitor)
		if visitor == nil {
			v.At, v.Here = change.UTC().Format(time.RFC3339), p.t("hours.here", "Moment", "{time}")
			v.ZoneName = h.Zone
		}
	}
	v.Days = p.week(h)
	v.Zone = p.t("hours.in-zone", "Zone", p.zone(h.Zone))
	return v
}

// open says whether someone answers.
func (p *phrases) open(o directory.Openness) badge {
	return badge{Class: "is-" + o.String(), Text: p.t("open." + o.String())}
}

// change says when that ends, in the zone of the hours and in the visitor's.
func (p *phrases) change(o directory.Openness, at, now time.Time, zone string, visitor *time.Location) (there, here string) {
	key := "hours.opens"
	if o == directory.Open {
		key = "hours.until"
	}
	loc, err := directory.Zone(zone)
	if err != nil {
		return "", ""
	}
	there = p.t(key, "Moment", p.moment(at.In(loc), now), "Zone", p.zone(zone))
	if visitor != nil && visitor.String() != loc.String() {
		here = p.t("hours.yours", "Moment", p.moment(at.In(visitor), now), "Zone", p.zone(visitor.String()))
	}
	return there, here
}

// week lists the hours of a week, days with the same hours together: "Monday to Friday: 9:00 am to 5:00 pm".
func (p *phrases) week(h directory.Hours) []string {
	var lines []string
	var from, to time.Weekday
	said := ""
	flush := func() {
		if said == "" {
			return
		}
		days := p.weekday(from)
		if from != to {
			days = p.t("hours.days", "From", days, "To", p.weekday(to))
		}
		lines = append(lines, p.t("hours.line", "Days", days, "Hours", said))
	}
	for i := range 7 {
		day := time.Weekday((i + 1) % 7) // Monday first
		if s := p.spansOf(h, day); s != said {
			flush()
			from, said = day, s
		}
		to = day
	}
	flush()
	for _, x := range h.Exceptions {
		lines = append(lines, p.t("hours.line", "Days", strings.TrimSpace(p.day(x.Date)+" "+x.Note), "Hours", p.spans(x.Spans)))
	}
	return lines
}

func (p *phrases) spansOf(h directory.Hours, day time.Weekday) string {
	if h.AlwaysOpen {
		return p.t("hours.all-day")
	}
	if len(h.Weekly) == 0 {
		return "" // only exceptions are known
	}
	var spans []directory.Span
	for _, r := range h.Weekly {
		if r.Day == day {
			spans = append(spans, r.Span)
		}
	}
	return p.spans(spans)
}

func (p *phrases) spans(spans []directory.Span) string {
	if len(spans) == 0 {
		return p.t("hours.closed")
	}
	said := make([]string, len(spans))
	for i, s := range spans {
		said[i] = p.span(s)
	}
	return p.list(said)
}
