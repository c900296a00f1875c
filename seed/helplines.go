package seed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"carefinder/internal/directory"
)

const helplineSource = "carefinder-seed/helplines"

// helplines turns the rows of helplines.csv into listings.
func helplines() ([]*directory.Listing, error) {
	rows, err := readTable("helplines.csv", helplinesCSV, "id", "name", "organization", "country", "region", "phone", "sms_number",
		"sms_keyword", "chat_url", "website", "hours", "timezone", "languages", "topics", "audience", "cost", "tty", "source_url",
		"source_url_2", "confirmed_on", "readiness", "sms_readiness", "note", "menu", "menu_languages", "description", "hours_note", "hours_media")
	if err != nil {
		return nil, err
	}
	first := priorities(rows)
	all := make([]*directory.Listing, 0, len(rows))
	for _, r := range rows {
		l, err := helpline(r)
		if err != nil {
			return nil, fmt.Errorf("seed: helplines.csv: %s: %w", r["id"], err)
		}
		l.Priority = first[r["id"]]
		all = append(all, l)
	}
	return all, nil
}

func helpline(r row) (*directory.Listing, error) {
	hours, err := ParseHours(r["hours"], r["timezone"])
	if err != nil {
		return nil, err
	}
	hours.Note = r["hours_note"]
	l := &directory.Listing{
		ID: directory.ImportedID(helplineSource, r["id"]), Kind: directory.Helpline, Status: r.status(),
		Name: r["name"], Organization: r["organization"], Description: r["description"], Languages: []string{"en"},
		Audience: r["audience"], Coverage: coverageOf(r), Channels: channelsOf(r), Hours: hours, Sources: sourcesOf(r),
	}
	if l.Organization == l.Name {
		l.Organization = ""
	}
	if media := r.list("hours_media"); media != nil { // the hours are those of these channels only
		l.Hours = directory.Hours{}
		for i, ch := range l.Channels {
			if slices.Contains(media, string(ch.Medium)) {
				l.Channels[i].Hours = hours
			}
		}
	}
	c := claims{source: r["source_url"]}
	c.yes(directory.Topic, r.list("topics")...)
	c.yes(directory.Language, r.list("languages")...)
	c.groups(r["audience"], r.list("topics"))
	c.yes(directory.Delivery, deliveryBy(l.Channels)...)
	l.Claims = c.all
	if r["cost"] == string(directory.CostFree) && !slices.Contains(r.list("topics"), "police-emergency") { // an ambulance may not be
		l.Fees.Free = directory.Yes
	}
	return l, nil
}

// deliveryBy gives how help is given on the channels of a line: what it is reached by.
func deliveryBy(channels []directory.Channel) (codes []string) {
	by := map[directory.Medium]string{directory.Voice: "phone", directory.Text: "chat", directory.Chat: "chat", directory.Video: "video"}
	for _, ch := range channels {
		if code := by[ch.Medium]; code != "" && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

func coverageOf(r row) directory.Coverage {
	if divisions := r.list("region"); divisions != nil {
		return directory.Coverage{Divisions: divisions}
	}
	return directory.Coverage{Countries: []string{r["country"]}}
}

// channelsOf lists the ways to reach a helpline. A text number two sources do not confirm is left out even where the
// voice line is published.
func channelsOf(r row) []directory.Channel {
	cost := directory.Cost(r["cost"])
	languages := r.list("languages")
	var all []directory.Channel
	if r["phone"] != "" {
		all = voice(r, directory.Channel{Medium: directory.Voice, Number: r["phone"], Languages: languages, Cost: cost})
	}
	if r["sms_number"] != "" && r["sms_readiness"] == "publish" {
		text := directory.Channel{Medium: directory.Text, Number: r["sms_number"], Keyword: r["sms_keyword"], Cost: cost}
		if len(languages) == 1 { // of several, the table does not say which a text is answered in: some lines have a number for each
			text.Languages = languages
		}
		all = append(all, text)
	}
	if r["chat_url"] != "" {
		all = append(all, directory.Channel{Medium: directory.Chat, Address: r["chat_url"], Languages: languages})
	}
	if r["tty"] != "" {
		all = append(all, directory.Channel{Medium: directory.TTY, Number: r["tty"], Cost: cost})
	}
	if r["website"] != "" {
		all = append(all, directory.Channel{Medium: directory.Web, Address: r["website"]})
	}
	return all
}

// voice gives the voice channel, or two when some languages are behind a key to press.
func voice(r row, ch directory.Channel) []directory.Channel {
	behind := r.list("menu_languages")
	if behind == nil {
		ch.Menu = r["menu"]
		return []directory.Channel{ch}
	}
	second := ch
	second.Menu, second.Languages = r["menu"], behind
	ch.Languages = slices.DeleteFunc(slices.Clone(ch.Languages), func(code string) bool { return slices.Contains(behind, code) })
	return []directory.Channel{ch, second}
}

func sourcesOf(r row) []directory.Source {
	first := directory.Source{Name: host(r["source_url"]), URL: r["source_url"], Key: r["id"], At: collected(), Note: "states the number; not yet verified by a person"}
	if r.status() != directory.Published && r["note"] != "" {
		first.Note = r["note"] // a draft's reader is the curator who has to find out
	}
	all := []directory.Source{first}
	if second := r["source_url_2"]; second != "" {
		note := "states it too"
		if r["confirmed_on"] != "" {
			note += ", seen " + r["confirmed_on"]
		}
		all = append(all, directory.Source{Name: host(second), URL: second, At: collected(), Note: note})
	}
	return all
}

// The priorities among a country's helplines, lower first.
const (
	mainLine      = 1  // the country's first line in a crisis
	anyonesLine   = 10 // in a crisis, for anyone
	groupsLine    = 20 // in a crisis, for some people
	otherLine     = 30
	referralLine  = 40 // information, not counseling
	emergencyLine = 90 // police and ambulance: shown on every page anyway, and no crisis line
)

// priorities gives each helpline its priority by what the table says of it. The main line of a country is, of those
// for anyone in all of it in a crisis, one that is always open, free, and about suicide, in that order of weight, the
// first in the table of equals. Where no line is for anyone but lines are for the speakers of each language of the
// country, each language has its main line: a pair is shown together or not at all.
func priorities(rows []row) map[string]int {
	priority := map[string]int{}
	national := map[string][]row{} // by country; or country and language
	for _, r := range rows {
		p := ordinary(r)
		priority[r["id"]] = p
		if p != anyonesLine || r["region"] != "" || r["readiness"] != "publish" {
			continue
		}
		national[r["country"]] = append(national[r["country"]], r)
	}
	for _, lines := range national {
		general := slices.DeleteFunc(slices.Clone(lines), forSpeakers)
		if len(general) > 0 {
			priority[best(general)["id"]] = mainLine
			continue
		}
		byLanguage := map[string][]row{}
		for _, r := range lines {
			byLanguage[r["languages"]] = append(byLanguage[r["languages"]], r)
		}
		for _, lines := range byLanguage {
			priority[best(lines)["id"]] = mainLine
		}
	}
	return priority
}

func ordinary(r row) int {
	topics := r.list("topics")
	crisis := slices.Contains(topics, "suicide") || slices.Contains(topics, "crisis")
	switch {
	case slices.Contains(topics, "police-emergency"):
		return emergencyLine
	case crisis && forAnyone(r):
		return anyonesLine
	case crisis:
		return groupsLine
	case slices.Contains(topics, "information-referral"):
		return referralLine
	}
	return otherLine
}

// forAnyone reports whether nobody in distress is turned away but by their age or language.
func forAnyone(r row) bool {
	a := r["audience"]
	wide := []string{"anyone in ", "adults", "people in "} // a country, a region, a crisis
	return a == "anyone" || forSpeakers(r) || slices.ContainsFunc(wide, func(w string) bool { return strings.HasPrefix(a, w) })
}

func forSpeakers(r row) bool { return strings.Contains(r["audience"], " speakers") }

func best(lines []row) row {
	return slices.MinFunc(lines, func(a, b row) int { return cmp.Compare(lacks(a), lacks(b)) })
}

// lacks weighs what keeps a line from being the first to name.
func lacks(r row) int {
	n := 0
	if r["phone"] == "" { // people can be talked to when they can't type
		n += 8
	}
	if r["hours"] != "24/7" {
		n += 4
	}
	if r["cost"] != string(directory.CostFree) {
		n += 2
	}
	if !slices.Contains(r.list("topics"), "suicide") {
		n++
	}
	return n
}
