package web

import (
	"context"
	"html/template"

	"carefinder/internal/directory"
)

// crisisView is the strip at the top of every page: who can be reached now.
type crisisView struct {
	Call, Text, Chat, Emergency *anchor
	Line                        string // whose line it is
	All, AllURL                 string // the country's helplines
	Elsewhere                   []anchor
}

// nearby are the countries a reader of a language is likeliest to be in; every other is one link further. Nobody is
// placed by an address on the network.
var nearby = map[string][]string{
	"en": {"US", "CA", "GB", "IE", "AU", "NZ"},
	"es": {"US", "MX", "ES", "CO", "AR", "PE"},
}

// strip makes the crisis strip of a country. It never fails: crisisLines answers when nothing else does.
func (e *edition) strip(ctx context.Context, country string) crisisView {
	return e.stripOf(e.crisis.in(ctx, country))
}

func (e *edition) stripOf(l crisisLine) crisisView {
	v := crisisView{
		All: e.t("crisis.all"), AllURL: e.url("/helplines/" + l.Country),
		Call: e.crisisWay(l, directory.Voice), Text: e.crisisWay(l, directory.Text), Chat: e.crisisWay(l, directory.Chat),
		Elsewhere: e.elsewhere(l.Country),
	}
	v.Emergency = &anchor{Label: e.t("emergency.title"), URL: e.url("/emergency"), Class: "emergency"} // where none is known
	if l.Emergency != "" {
		v.Emergency = &anchor{Label: e.t("crisis.emergency", "Number", l.Emergency), URL: telephone(l.Emergency), Class: "emergency"}
	}
	if l.Name == "" || v.Call != nil && l.Emergency != "" && v.Call.URL == v.Emergency.URL {
		v.Line, v.Call = e.country(l.Country), nil // where no line is known, the emergency number stands in for one; once is enough
		return v
	}
	v.Line = e.t("crisis.of", "Line", l.Name, "Country", e.country(l.Country))
	if ch, ok := l.channel(directory.Voice, e.Code); ok && ch.Menu != "" {
		v.Line = e.t("crisis.menu", "Line", v.Line, "Menu", e.menu(ch.Menu))
	}
	return v
}

// elsewhere links the helplines of other countries, and last all of them.
func (e *edition) elsewhere(country string) []anchor {
	var links []anchor
	for _, code := range nearby[e.Code] {
		if _, known := e.cfg.Emergency.In(code); known && code != country {
			links = append(links, anchor{Label: e.country(code), URL: e.url("/helplines/" + code)})
		}
	}
	return append(links, anchor{Label: e.t("crisis.countries"), URL: e.url("/helplines")})
}

// crisisWay links the way to reach a line by one medium; nil when there is none.
func (e *edition) crisisWay(l crisisLine, m directory.Medium) *anchor {
	ch, ok := l.channel(m, e.Code)
	if !ok {
		return nil
	}
	a, ok := e.reach(ch)
	if !ok {
		return nil
	}
	return &a
}

// channel gives the line's channel of a medium that is answered first of all in lang, else its first of that medium.
func (l crisisLine) channel(m directory.Medium, lang string) (found directory.Channel, ok bool) {
	for _, ch := range l.Channels {
		inLang := len(ch.Languages) > 0 && ch.Languages[0] == lang
		if ch.Medium != string(m) || ok && !inLang {
			continue
		}
		found = directory.Channel{Medium: m, Number: ch.Number, Extension: ch.Extension, Keyword: ch.Keyword, Menu: ch.Menu}
		if !m.Dialled() {
			found.Address = ch.URI
		}
		if ok = true; inLang {
			break
		}
	}
	return found, ok
}

// telephone gives the link that dials a number; "" where one can't.
func telephone(dialled string) template.URL {
	digits := directory.Digits(dialled)
	if digits == "" {
		return ""
	}
	return template.URL("tel:" + digits)
}
