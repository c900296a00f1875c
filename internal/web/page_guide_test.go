package web_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"carefinder/frontend"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/guide"
	"carefinder/internal/search"
	"carefinder/seed"
)

const ectTopic = `---
title: Electroconvulsive therapy
short: ECT
summary: What it is & what it is like.
order: 20
reviewed: 2027-01-31 by Ana Ruiz, MD
search: treatment=ect radius=100mi | ECT program | ECT programs
search: treatment=vns | VNS program | VNS programs
---
## What it is {#what}

It helps 58% [@haq-2015], more than others [@rush-2006; @haq-2015]. See [TMS](tms#what).

:::questions
- Why ECT & not TMS?
:::

:::emergency Call now if it hurts
- it hurts
:::
`

// testGuide is a guide of two topics, the same in every language.
func testGuide(t testing.TB) *guide.Guide {
	t.Helper()
	files := fstest.MapFS{"citations.json": {Data: []byte(`[
		{"key": "rush-2006", "mark": "V", "authors": "Rush AJ.", "title": "A <report>.", "published": "Am J Psychiatry 2006.", "doi": "10.1016/S0006-3223(03)00231-2"},
		{"key": "haq-2015", "mark": "V, no DOI", "authors": "Haq AU.", "title": "", "published": "J Clin Psychiatry 2015.", "doi": ""}]`)}}
	tms := strings.NewReplacer("treatment=ect radius=100mi", "treatment=tms", "Electroconvulsive therapy", "Magnetic stimulation", "short: ECT", "short: TMS", "order: 20", "order: 10", "reviewed: 2027-01-31 by Ana Ruiz, MD", "reviewed: no").Replace(ectTopic)
	for _, l := range frontend.Languages() {
		files[l.Code+"/care.md"] = &fstest.MapFile{Data: []byte(":::routine Make an appointment if\n- you like\n:::\n:::emergency Call now if\n- you are in danger\n:::\n")}
		files[l.Code+"/ect.md"] = &fstest.MapFile{Data: []byte(ectTopic)}
		files[l.Code+"/tms.md"] = &fstest.MapFile{Data: []byte(tms)}
	}
	g, err := guide.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestGuidePages visits the guide in every state in both languages.
func TestGuidePages(t *testing.T) {
	for _, s := range []state{
		{name: "guide", path: "/guide", status: 200, want: map[string]string{
			"h1": "A guide to hard-to-treat depression", ".topics a": "Magnetic stimulation", ".topics p": "What it is & what it is like.",
			".card.now h3": "Emergency: Call now if", ".card.now a[href=tel:911]": "Emergency: 911", ".card.now a[href=tel:988]": "Call 988", ".card.calm h3": "Not urgent: Make an appointment if",
		}},
		{name: "topic", path: "/guide/ect", status: 200, want: map[string]string{
			"h1": "Electroconvulsive therapy", ".lead": "What it is & what it is like.", "h2#what": "What it is", ".contents a[href=#what]": "What it is",
			".questions li": "Why ECT & not TMS?", ".references li#ref-2 cite": "A <report>.", ".card.now h3": "Emergency: Call now if it hurts",
			".neighbours a[rel=prev]": "Before: TMS", ".tail .reviewed": "Last reviewed January 31, 2027 by Ana Ruiz, MD.", ".near a[href=/search?treatment=ect]": "See all ECT programs", "a[href=tms#what]": "TMS",
			"p.review": "Reviewed by Ana Ruiz, MD on January 31, 2027. This is information, not medical advice. Only someone who knows you can say what fits you.",
		}},
		{name: "first topic", path: "/guide/tms", status: 200, want: map[string]string{
			".neighbours a[rel=next]": "Next: ECT", ".tail .reviewed": "This page has not yet been reviewed by a clinician.", "p.review": "Not yet reviewed by a clinician. This is information, not medical advice. Only someone who knows you can say what fits you.",
		}},
		{name: "near", path: "/guide/ect?place=Boston", status: 200, want: map[string]string{
			".found b": "1 ECT program within 25 mi of Boston, MA", ".found a[href=/search?place=Boston&radius=100mi&treatment=ect]": "See ECT programs",
			".near .mean a": "Boston, England, United Kingdom", "input#place[value=Boston]": "", "meta[name=robots][content=noindex]": "",
		}},
		{name: "nothing near", path: "/guide/ect?place=Boston", change: nothing, status: 200, want: map[string]string{
			".found b": "We list no ECT programs within 25 mi of Boston, MA. There may be some we don't know.",
		}},
		{name: "unknown place", path: "/guide/ect?place=Pheonix", change: failing(unresolvable()), status: 422, want: map[string]string{
			"title": "Error: Electroconvulsive therapy – Carefinder", ".errors a[href=#place]": "We don't know a place called “Pheonix”. Check the spelling, or try a larger town nearby or a ZIP code.",
			".errors ul ul a[href=/guide/ect?place=Phoenix%2C+AZ]": "Phoenix, AZ", "input#place[value=Pheonix][aria-invalid=true]": "", "h2#what": "What it is",
		}},
		{name: "unreadable place", path: "/guide/ect?place=" + strings.Repeat("x", 300), status: 422, want: map[string]string{
			".errors a[href=#place]": "This place can't be read. Write a city or a ZIP code.", "h2#what": "What it is",
		}},
		{name: "search down", path: "/guide/ect?place=Boston", change: failing(fault.New(fault.Unavailable, "down")), status: 200, want: map[string]string{
			".found b": "We can't count ECT programs right now. Try again in a moment, or search:", "h2#what": "What it is",
		}},
		{name: "search broken", path: "/guide/ect?place=Boston", change: failing(errors.New("secret detail")), status: 200, want: map[string]string{"h2#what": "What it is"}},
		{name: "no topic", path: "/guide/nothing", status: 404, want: map[string]string{"h1": "There is nothing at this address"}},
	} {
		server, _ := pagesOf(t, s.change)
		for _, l := range frontend.Languages() {
			t.Run(s.name+"/"+l.Code, func(t *testing.T) {
				res, doc := visit(t, server, http.MethodGet, l.Prefix+s.path, "")
				if res.StatusCode != s.status {
					t.Fatalf("status %d, want %d", res.StatusCode, s.status)
				}
				everyPage(t, res, doc, l.Code)
				checkCare(t, doc)
				for selector, want := range s.want {
					if l.Code != "en" {
						continue
					}
					if found := pick(doc, selector); len(found) == 0 {
						t.Errorf("nothing at %q", selector)
					} else if got := words(found[0]); got != want {
						t.Errorf("%q says %q, want %q", selector, got, want)
					}
				}
				if strings.Contains(words(doc), "secret detail") {
					t.Error("the text of an internal error is shown")
				}
			})
		}
	}
}

// checkCare holds cards to where they may lead: an emergency card to telephones, others nowhere.
func checkCare(t *testing.T, doc *html.Node) {
	t.Helper()
	for _, card := range pick(doc, ".card") {
		emergency := slices.Contains(strings.Fields(attr(card, "class")), "now")
		links := hrefs(pick(card, "a"))
		if emergency != (len(links) > 0) {
			t.Errorf("%q leads to %q", words(card), links)
		}
		for _, to := range links {
			if !strings.HasPrefix(to, "tel:") && !strings.HasPrefix(to, "sms:") {
				t.Errorf("%q leads on to %q", words(card), to)
			}
		}
	}
}

// TestGuideSendsEmergenciesOfTheBodyToTheEmergencyNumber: a crisis line can't help with a seizure.
func TestGuideSendsEmergenciesOfTheBodyToTheEmergencyNumber(t *testing.T) {
	server, _ := pagesOf(t, nil)
	cards := pick(read(t, server, "/guide/ect", 200), ".card.now")
	if len(cards) != 2 {
		t.Fatalf("%d emergency cards, want the topic's and the shared one", len(cards))
	}
	for i, want := range []string{"tel:911", "tel:911 tel:988 sms:988"} {
		if got := strings.Join(hrefs(pick(cards[i], "a.call")), " "); got != want {
			t.Errorf("%q offers %q, want %q", words(cards[i]), got, want)
		}
	}
}

// TestGuideAsksTheDirectory: the count on a topic is the searcher's, of the topic's question at the reader's place.
func TestGuideAsksTheDirectory(t *testing.T) {
	server, s := pagesOf(t, nil)
	read(t, server, "/guide/ect?place=+Boston+&treatment=tms&limit=50", 200)
	q := s.asked
	if q.Place != "Boston" || q.Radius != 100*1609.344 || q.Limit != 1 || !q.At.Equal(noon) || !slices.Equal(q.Claims[directory.Treatment], []string{"ect"}) {
		t.Errorf("asked %+v", q)
	}
	s.answer = func(search.Query) (*search.Result, error) {
		return &search.Result{Total: 1204, RemoteTotal: 3, Place: bostonRead(), Radius: 160934.4}, nil
	}
	doc := read(t, server, "/guide/ect?place=Boston", 200)
	if got, want := words(one(t, doc, ".found li")), "1,204 ECT programs within 100 mi of Boston, MA By phone or online where you are: 3. See ECT programs"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	if got, want := words(one(t, read(t, server, "/guide/tms?place=Boston", 200), ".found li")), "1,207 ECT programs for Boston, MA See ECT programs"; got != want {
		t.Errorf("without a radius it says %q, want %q", got, want)
	}
	// The fixture's vocabulary has no VNS: a count without that filter would be of something else.
	if strings.Contains(words(doc), "VNS") {
		t.Error("a search this directory can't answer is offered")
	}
	s.asked = search.Query{}
	read(t, server, "/guide/ect?place=+", 200)
	if s.asked.Limit != 0 {
		t.Error("asked without a place")
	}
}

// TestGuideReferencesLeadBothWays follows each citation to its source and back.
func TestGuideReferencesLeadBothWays(t *testing.T) {
	server, _ := pagesOf(t, nil)
	doc := read(t, server, "/guide/ect", 200)
	if n := len(pick(doc, ".cite a")); n != 3 {
		t.Fatalf("%d citations in the text, want 3", n)
	}
	for _, a := range pick(doc, ".cite a") {
		source := one(t, doc, "li"+attr(a, "href"))
		if one(t, source, "a[href=#"+attr(a, "id")+"]"); attr(a, "role") != "doc-biblioref" {
			t.Error("a citation that does not say what it is")
		}
	}
	doi := one(t, doc, ".references a[rel]")
	if attr(doi, "rel") != "noreferrer external" || words(doi) != "https://doi.org/10.1016/S0006-3223(03)00231-2" {
		t.Errorf("a DOI is shown as %q, rel %q", words(doi), attr(doi, "rel"))
	}
	if to := attr(doi, "href"); to != "https://doi.org/10.1016/S0006-3223%2803%2900231-2" {
		t.Errorf("a DOI leads to %q", to)
	}
	if strings.Contains(words(one(t, doc, "li#ref-1")), "doi") {
		t.Error("a source without a DOI has one")
	}
}

func TestGuideHasOneAddressForATopic(t *testing.T) {
	server, _ := pagesOf(t, nil)
	for path, want := range map[string]string{"/guide/ect/": "/guide/ect", "/es/guide/ect/?place=x": "/es/guide/ect"} {
		res, _ := visit(t, server, http.MethodGet, path, "")
		if res.StatusCode != http.StatusMovedPermanently || res.Header.Get("Location") != want {
			t.Errorf("%s: %d to %q: links between topics would lead nowhere", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
}

func TestGuideFollowsTheCountryOfThePlace(t *testing.T) {
	server, s := pagesOf(t, nil)
	s.answer = func(search.Query) (*search.Result, error) {
		r := bostonRead()
		r.Place = r.Candidates[0]
		return &search.Result{Place: r, Radius: 160934.4}, nil
	}
	doc := read(t, server, "/guide/ect?place=Boston,+England", 200)
	one(t, doc, ".crisis a[href=tel:999]")
	if got := hrefs(pick(doc, ".card.now a")); !slices.Contains(got, "tel:999") || slices.Contains(got, "tel:911") {
		t.Errorf("the emergency cards offer %q", got)
	}
}

// TestGuideOfTheSeed visits every topic in both languages over the real directory, and follows its links.
func TestGuideOfTheSeed(t *testing.T) {
	server, _ := seeded(t)
	g, err := seed.Guide()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range frontend.Languages() {
		index := read(t, server, l.Prefix+"/guide", 200)
		paths := hrefs(pick(index, ".topics a"))
		if len(paths) != len(g.Topics(l.Code)) {
			t.Fatalf("%s: %d topics are listed of %d", l.Code, len(paths), len(g.Topics(l.Code)))
		}
		for i, path := range paths {
			topic := g.Topics(l.Code)[i]
			for _, query := range []string{"", "?place=Boston"} {
				t.Run(path+query, func(t *testing.T) {
					res, doc := visit(t, server, http.MethodGet, path+query, "")
					if res.StatusCode != 200 {
						t.Fatalf("status %d", res.StatusCode)
					}
					everyPage(t, res, doc, l.Code)
					checkCare(t, doc)
					links := pick(doc, ".found a")
					if len(links) != len(topic.Searches) {
						t.Errorf("%d searches are offered of %d", len(links), len(topic.Searches))
					}
					if said := pick(doc, ".found b"); query != "" && len(said) != len(topic.Searches) {
						t.Errorf("%d counts of %d", len(said), len(topic.Searches))
					}
					for _, a := range slices.Concat(links, pick(doc, ".neighbours a"), pick(doc, ".mean a")) {
						to, _, _ := strings.Cut(attr(a, "href"), "#")
						read(t, server, to, 200)
					}
				})
			}
		}
	}
	doc := read(t, server, "/guide/tms-and-ect?place=Boston", 200)
	for _, b := range pick(doc, ".found b") {
		if strings.HasPrefix(words(b), "We list no") {
			t.Errorf("near Boston: %s", words(b))
		}
	}
	table := one(t, doc, "table.compare")
	one(t, table, "caption")
	if cols, rows := len(pick(table, "thead th[scope=col]")), len(pick(table, "tbody th[scope=row]")); cols != 3 || rows < 5 {
		t.Errorf("TMS and ECT stand in %d columns and %d rows with headings", cols, rows)
	}
	if got := words(one(t, read(t, server, "/es/guide/coping", 200), "p.review")); !strings.HasPrefix(got, "Aún no lo ha revisado") {
		t.Errorf("an unreviewed topic says %q", got)
	}
}
