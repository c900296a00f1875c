package web_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"carefinder/frontend"
	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/web"
	"carefinder/seed"
)

// TestFirstLineIsForWhoeverIsInDanger holds the strip of every country to a line about suicide or a crisis that takes
// adults, whoever they are; elsewhere the emergency number leads. The log says which country is told of which line.
func TestFirstLineIsForWhoeverIsInDanger(t *testing.T) {
	server, truth := seeded(t)
	numbers, err := seed.Emergency()
	if err != nil {
		t.Fatal(err)
	}
	dialled := map[string]string{}
	for _, x := range numbers.All() {
		id := firstLine(t, server, x.Country)
		doc := read(t, server, "/helplines/"+x.Country, 200)
		strip := one(t, doc, "section.crisis")
		mains := pick(doc, ".main-line")
		one(t, strip, "a.all[href=/helplines/"+x.Country+"]")
		one(t, strip, "a.emergency[href=tel:"+directory.Digits(x.Number())+"]")
		if id == "" {
			if len(pick(strip, ".lines a"))+len(mains) > 0 {
				t.Errorf("%s: a line is named first and nobody says which", x.Country)
			}
			if len(pick(doc, "li.line")) > 0 {
				t.Logf("%s\t%s\tthe emergency number leads", x.Country, x.Number())
			}
			continue
		}
		l := truth[mustID(t, id)]
		if len(mains) != 1 {
			t.Errorf("%s: %d lines are the first to try", x.Country, len(mains))
		}
		if calls := pick(strip, "a.call"); len(calls) > 0 {
			dialled[x.Country], _ = strings.CutPrefix(attr(calls[0], "href"), "tel:")
		}
		topics := said(l, directory.Topic)
		ages := said(l, directory.Age)
		t.Logf("%s\t%s\t%s\t%v\t%v\t%s", x.Country, dialled[x.Country], l.Name, topics, ages, l.Audience)
		if !slices.Contains(topics, "suicide") && !slices.Contains(topics, "crisis") {
			t.Errorf("%s: %s is about %v", x.Country, l.Name, topics)
		}
		if slices.Contains(topics, "youth") || len(ages) > 0 && !slices.Contains(ages, "adult") || strings.Contains(strings.ToLower(l.Audience), "child") {
			t.Errorf("%s: %s is for %q", x.Country, l.Name, l.Audience)
		}
		if groups := said(l, directory.Population); len(groups) > 0 {
			t.Errorf("%s: %s is for %v", x.Country, l.Name, groups)
		}
		if !slices.Contains(l.Reach().Countries, x.Country) {
			t.Errorf("%s: %s serves only a part of it", x.Country, l.Name)
		}
	}
	for _, country := range []string{"AW", "LK"} { // which have lines and no emergency number that is known
		doc := read(t, server, "/helplines/"+country, 200)
		one(t, doc, ".crisis a.emergency[href=/emergency]")
		calls := pick(doc, ".crisis a.call")
		for _, a := range calls {
			dialled[country], _ = strings.CutPrefix(attr(a, "href"), "tel:")
		}
		if mains := pick(doc, ".main-line"); len(mains) != len(calls) {
			t.Errorf("%s: %d lines are the first to try", country, len(mains))
		}
		t.Logf("%s\t%s", country, dialled[country])
	}
	for _, l := range truth {
		for _, country := range l.Reach().Countries {
			_, known := numbers.In(country)
			if l.Kind == directory.Helpline && l.Status == directory.Published && !known && country != "AW" && country != "LK" {
				t.Errorf("%s has a line, and nobody looks at its strip here", country)
			}
		}
	}
	for country, want := range map[string]string{
		"US": "988", "CA": "988", "GB": "116123", "IE": "116123", "AU": "131114", "UA": "7333", // for anyone, and knows of veterans
		"LK": "1926", "AR": "", "RO": "", "CO": "", "AL": "", "AM": "", "AW": "", "BA": "", "FJ": "", "HR": "", "RU": "",
	} {
		if got := dialled[country]; got != want {
			t.Errorf("%s is told to call %q, want %q", country, got, want)
		}
	}
}

// firstLine gives the listing of a country's crisis line as every error states it; "" when it is none of the store's.
func firstLine(t *testing.T, server *web.Server, country string) string {
	t.Helper()
	var p struct {
		Crisis struct{ Country, Listing string }
	}
	r := get(t, server, "/api/v1/search?radius=none&country="+country)
	if err := json.Unmarshal(r.body, &p); err != nil || p.Crisis.Country != country {
		t.Fatalf("%s: the error is about %q (%v)", country, p.Crisis.Country, err)
	}
	return p.Crisis.Listing
}

func mustID(t *testing.T, s string) directory.ID {
	t.Helper()
	id, err := directory.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func said(l *directory.Listing, f directory.Facet) []string {
	var codes []string
	for _, c := range l.Claims {
		if c.Facet == f && c.Value == directory.Yes {
			codes = append(codes, c.Code)
		}
	}
	return codes
}

// TestLineForOthersIsNotFirst changes the one line of the United States and of the United Kingdom to one that must not
// be named first.
func TestLineForOthersIsNotFirst(t *testing.T) {
	for name, change := range map[string]func(*directory.Listing){
		"another topic":  func(l *directory.Listing) { l.Claims[0].Code = "substance-use" },
		"young people":   func(l *directory.Listing) { claim(l, directory.Topic, "youth") },
		"children":       func(l *directory.Listing) { claim(l, directory.Age, "child") },
		"a group":        func(l *directory.Listing) { claim(l, directory.Population, "veterans") },
		"not the first":  func(l *directory.Listing) { l.Priority = 20 },
		"no rank":        func(l *directory.Listing) { l.Priority = 0 },
		"part of it":     func(l *directory.Listing) { l.Coverage = directory.Coverage{Divisions: []string{"GB-NIR"}} },
		"topic denied":   func(l *directory.Listing) { l.Claims[0].Value = directory.No },
		"for adults too": func(l *directory.Listing) { claim(l, directory.Age, "child"); claim(l, directory.Age, "adult") },
		"anyone":         func(*directory.Listing) {},
	} {
		t.Run(name, func(t *testing.T) {
			server, s := pagesOf(t, nil)
			l := *s.listings[lineID]
			l.Claims = slices.Clone(l.Claims)
			l.Coverage = directory.Coverage{Countries: []string{"GB"}}
			change(&l)
			s.lines["GB"] = []search.Line{{Listing: &l, Open: directory.Open}}
			doc := read(t, server, "/helplines/GB", 200)
			want := 0
			if name == "anyone" || name == "for adults too" {
				want = 1
			}
			if got := len(pick(doc, ".crisis a.call")); got != want {
				t.Errorf("the strip has %d lines to call, want %d", got, want)
			}
			if got := len(pick(doc, ".main-line")); got != want {
				t.Errorf("%d lines are the first to try, want %d", got, want)
			}
			one(t, doc, ".crisis a.emergency[href=tel:999]")
			one(t, doc, ".crisis a.all[href=/helplines/GB]")
			one(t, doc, "li.line")
		})
	}
}

func claim(l *directory.Listing, f directory.Facet, code string) {
	l.Claims = append(l.Claims, directory.Claim{Facet: f, Code: code, Value: directory.Yes})
}

// TestMenusAreSaidInTheReadersLanguage reads the menus of two lines that lead.
func TestMenusAreSaidInTheReadersLanguage(t *testing.T) {
	server, _ := seeded(t)
	for path, want := range map[string]string{
		"/helplines/PE": "choose option 5", "/es/helplines/PE": "elija la opción 5", "/helplines/EC": "choose option 6", "/es/helplines/EC": "elija la opción 6",
	} {
		doc := read(t, server, path, 200)
		for _, where := range []string{".crisis .line", ".line .ways"} {
			if got := words(pick(doc, where)[0]); !strings.Contains(got, want) {
				t.Errorf("%s says %q at %s, want %q", path, got, where, want)
			}
		}
	}
}

// TestPagesKnowOnlyNow holds that no link makes a page say of another moment that somebody answers.
func TestPagesKnowOnlyNow(t *testing.T) {
	server, s := pagesOf(t, nil)
	for _, l := range frontend.Languages() {
		for _, at := range []string{"2026-11-24T23:30:00Z", "tomorrow"} {
			read(t, server, l.Prefix+"/helplines/US?at="+at, 200)
			if !s.askedOf.At.Equal(noon) {
				t.Errorf("at %s the page asks about %s", at, s.askedOf.At)
			}
		}
		read(t, server, l.Prefix+"/helplines/US?open_now=true&%61t=2026-11-24T23:30:00Z", 200)
		if !s.askedOf.At.Equal(noon) {
			t.Errorf("written another way, the page asks about %s", s.askedOf.At)
		}
	}
}

// TestLinesSayWhichLanguageTheyAreIn holds the words of a line to the language its listing states.
func TestLinesSayWhichLanguageTheyAreIn(t *testing.T) {
	server, s := pagesOf(t, nil)
	l := *s.listings[lineID]
	l.Description, l.Audience, l.Languages = "Para cualquier persona.", "cualquiera", []string{"es"}
	s.lines["US"] = []search.Line{{Listing: &l, Open: directory.Open}}
	for path, want := range map[string]int{"/helplines/US": 2, "/es/helplines/US": 0} {
		line := one(t, read(t, server, path, 200), "li.line")
		if got := len(pick(line, "[lang=es]")); got != want {
			t.Errorf("%s marks %d texts as Spanish, want %d", path, got, want)
		}
		if got := len(pick(line, "[lang=en]")); got != 0 {
			t.Errorf("%s marks %d texts as English", path, got)
		}
	}
}
