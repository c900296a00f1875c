package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"carefinder/internal/fault"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

// understood answers every question as if "cbt ect boston hope" had been asked.
func understood(taken search.Taken) func(*shelf, *web.Config) {
	return func(s *shelf, _ *web.Config) {
		found := s.answer
		s.answer = func(q search.Query) (*search.Result, error) {
			r, err := found(q)
			r.Taken, r.Plain = taken, "hope"
			r.Understood = []search.Reading{{Facet: "modality", Value: "cbt", Words: "cbt", Start: 0, End: 3}, {Facet: "treatment", Value: "ect", Words: "ect", Start: 4, End: 7}, {Facet: "place", Value: "boston", Words: "boston", Start: 8, End: 14}}
			return r, err
		}
	}
}

func TestEachReadingCanBeUndone(t *testing.T) {
	server, _ := pagesOf(t, understood(search.TakenRead))
	doc := read(t, server, "/search?q=cbt+ect+boston+hope&kind=center", 200)
	var got []string
	for _, a := range pick(doc, ".reading a") {
		got = append(got, strings.TrimPrefix(strings.TrimSuffix(words(a), " ✕"), "Remove filter: ")+" "+attr(a, "href"))
	}
	want := []string{
		"Cognitive behavioral therapy /search?kind=center&place=boston&q=hope&treatment=ect",
		"Electroconvulsive therapy /search?kind=center&modality=cbt&place=boston&q=hope",
		"Boston, MA /search?kind=center&modality=cbt&q=hope&treatment=ect",
		"“hope” /search?kind=center&modality=cbt&place=boston&treatment=ect",
		"Search for the words as typed /search?kind=center&literal=true&q=cbt+ect+boston+hope",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the readings lead to\n%s", strings.Join(got, "\n"))
	}
	if got := allWords(doc, "ul.chips[aria-label] li"); !slices.Equal(got, []string{"Remove filter: Centers ✕"}) {
		t.Errorf("beside them stand %q", got)
	}
	if got := attr(one(t, doc, "input#q"), "value"); got != "cbt ect boston hope" {
		t.Errorf("the words are gone: %q", got)
	}
	if title := words(one(t, doc, "head title")); strings.Contains(title, "hope") {
		t.Errorf("the title holds what was typed: %q", title)
	}
}

// Where nothing was found, what was read can be dropped like what was chosen.
func TestARelaxationDropsAReading(t *testing.T) {
	server, _ := pagesOf(t, func(s *shelf, c *web.Config) {
		nothing(s, c)
		understood(search.TakenRead)(s, c)
	})
	doc := read(t, server, "/search?q=cbt+ect+boston+hope", 200)
	if got := hrefs(pick(doc, ".nothing a")); !slices.Contains(got, "/search?place=boston&q=hope&treatment=ect") {
		t.Errorf("leads to %q", got)
	}
}

// A private question undoes its readings in private.
func TestAReadingIsUndoneInPrivate(t *testing.T) {
	server, _ := pagesOf(t, understood(search.TakenRead))
	_, doc := visit(t, server, http.MethodPost, "/search", "q=cbt+ect+boston+hope")
	if links := pick(doc, ".reading a"); len(links) > 0 {
		t.Errorf("an address holds what was asked: %q", hrefs(links))
	}
	first := pick(doc, ".reading form")[0]
	asked := url.Values{}
	for _, f := range pick(first, "input") {
		asked.Add(attr(f, "name"), attr(f, "value"))
	}
	if got := asked.Encode(); got != "place=boston&q=hope&treatment=ect" {
		t.Errorf("the first reading's form asks %q", got)
	}
}

func TestAPageSaysHowWordsWereTaken(t *testing.T) {
	for taken, want := range map[search.Taken][]string{
		search.TakenWords:     {"Nothing here states all of that. These listings mention your words.", "/search?literal=true&q=hope"},
		search.TakenFilters:   {"Nothing that fits holds “hope”, so it was left out.", "/search?modality=cbt&place=boston"},
		search.TakenLiterally: {"We searched for your words as you typed them.", "/search?modality=cbt&place=boston&q=hope&treatment=ect"},
	} {
		server, _ := pagesOf(t, understood(taken))
		doc := read(t, server, "/search?q=cbt+ect+boston+hope", 200)
		if got := words(pick(doc, ".reading p")[0]); got != want[0] {
			t.Errorf("%s: says %q", taken, got)
		}
		if !slices.Contains(hrefs(pick(doc, ".reading a")), want[1]) {
			t.Errorf("%s: leads to %q", taken, hrefs(pick(doc, ".reading a")))
		}
	}
}

func TestLiteralWordsCanBeReadAgain(t *testing.T) {
	server, s := pagesOf(t, nil)
	doc := read(t, server, "/search?q=hope&literal=true", 200)
	one(t, doc, "input[type=checkbox][name=literal][checked]")
	if !s.asked.Literal {
		t.Error("the words are read")
	}
	if got := hrefs(pick(doc, ".chips a")); !slices.Equal(got, []string{"/search?q=hope", "/search?literal=true"}) {
		t.Errorf("chips lead to %q", got)
	}
}

// Whoever writes that a life is in danger is shown first who can be reached, on the page, in its results alone, in
// private, when the words are taken literally and when something else is wrong.
func TestDangerIsAnsweredFirst(t *testing.T) {
	server, _ := pagesOf(t, nil)
	for _, path := range []string{
		"/search?q=i+want+to+die", "/search/results?q=i+want+to+die", "/search?q=i+want+to+die&literal=true", "/es/search?q=quiero+morir", "/search?q=suicidal&modality=magic", "/search/results?q=suicidal&modality=magic",
	} {
		_, doc := visit(t, server, http.MethodGet, path, "")
		panel := pick(doc, "section[aria-labelledby=danger]")
		if len(panel) != 1 {
			t.Errorf("%s: %d panels", path, len(panel))
			continue
		}
		if first := pick(doc, "h2")[0]; attr(first, "id") != "danger" {
			t.Errorf("%s: %q stands before the panel", path, words(first))
		}
		if got := hrefs(pick(panel[0], "a")); !slices.Contains(got, "tel:988") || !slices.Contains(got, "tel:911") {
			t.Errorf("%s: offers %q", path, got)
		}
	}
	if _, doc := visit(t, server, http.MethodPost, "/search", "q=i+want+to+die"); len(pick(doc, "#danger")) != 1 {
		t.Error("nothing is offered in private")
	}
	if doc := read(t, server, "/search?q=suicide+loss+group", 200); len(pick(doc, "#danger")) != 0 {
		t.Error("a panel for those who grieve")
	}
}

// The form always sends a radius, which is about a place that may stand in the words.
func TestRadiusOfThePlaceInTheWords(t *testing.T) {
	server, s := pagesOf(t, nil)
	read(t, server, "/search?q=ect+boston&radius=50mi", 200)
	if s.asked.Radius != 50*1609.344 {
		t.Errorf("asked within %f", s.asked.Radius)
	}
	read(t, server, "/search?q=ect+boston&radius=25mi", 200)
	if s.asked.Radius != 0 {
		t.Errorf("a radius nobody chose stands against the words: %f", s.asked.Radius)
	}
}

// Only one box stands open on a phone. What somebody writes there that is no place is what they want; a place that
// nobody knows stays one.
func TestWordsWhereAPlaceShouldBeAreRead(t *testing.T) {
	server, s := pagesOf(t, nil)
	found := s.answer
	s.answer = func(q search.Query) (*search.Result, error) {
		if q.Place != "" {
			return nil, &fault.Error{Kind: fault.Unresolvable, Fields: []fault.Field{{Name: "place", Message: "unknown"}}}
		}
		r, err := found(q)
		switch q.Text {
		case "cbt boston":
			r.Taken = search.TakenRead
			r.Understood = []search.Reading{{Facet: "modality", Value: "cbt", Words: "cbt", Start: 0, End: 3}}
		case "i want to die":
			r.Crisis = &search.CrisisHelp{Country: "US"}
		case "sprngfeld":
			r.Understood = []search.Reading{{Facet: "place", Value: "Springfield", Words: "sprngfeld", Start: 0, End: 9}}
		}
		return r, err
	}
	doc := read(t, server, "/search?place=cbt+boston&radius=25mi&sort=distance", 200)
	if got := attr(one(t, doc, "input#q"), "value"); got != "cbt boston" {
		t.Errorf("the words are gone: %q", got)
	}
	if got := attr(one(t, doc, "input#place"), "value"); got != "" {
		t.Errorf("they still stand as a place: %q", got)
	}
	if got := attr(pick(doc, ".reading a")[0], "href"); strings.Contains(got, "cbt") || strings.Contains(got, "place=") {
		t.Errorf("the reading is undone by %s", got)
	}
	if doc := read(t, server, "/search?place=i+want+to+die", 200); len(pick(doc, "input#place[aria-invalid]")) > 0 {
		t.Error("someone in danger is told that their place is wrong")
	}
	read(t, server, "/search?place=sprngfeld", 422)
	read(t, server, "/search?place=cbt+boston&q=dbt", 422) // words stand where words should
}
