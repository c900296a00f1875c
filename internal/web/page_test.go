package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"carefinder/internal/fault"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

// state is one page in one state.
type state struct {
	name   string
	method string // "" is GET
	path   string
	body   string
	change func(*shelf, *web.Config)
	status int
	want   map[string]string // selector -> words of its first element, in English
}

func failing(err error) func(*shelf, *web.Config) {
	return func(s *shelf, _ *web.Config) {
		s.answer = func(search.Query) (*search.Result, error) { return nil, err }
	}
}

func unresolvable() error {
	return &fault.Error{Kind: fault.Unresolvable, Message: "no such place", Fields: []fault.Field{{Name: "place", Message: "unknown", Suggestions: []string{"Phoenix, AZ"}}}}
}

func nothing(s *shelf, _ *web.Config) {
	s.answer = func(search.Query) (*search.Result, error) {
		return &search.Result{
			Place: bostonRead(), Radius: search.DefaultRadius, Sort: search.ByDistance,
			Relaxations: []search.Relaxation{{Change: "radius", Value: "80467.2", Total: 4}, {Change: "place", Value: "Worcester, MA", Distance: 62_764, Total: 3}, {Change: "modality", Total: 1}},
			Helplines:   []search.Hit{{Listing: s.listings[lineID], Site: -1}},
		}, nil
	}
}

func everyState() []state {
	return []state{
		{name: "home", path: "/", status: 200, want: map[string]string{"h1": "Find mental health care near you", "form label": "Where", ".doors a": "Talk to someone now"}},
		{name: "search", path: "/search?place=Boston&treatment=ect&radius=25mi", status: 200, want: map[string]string{
			"h1": "Find care near Boston, MA", "#summary": "1 place within 25 mi of Boston, MA",
			".hits h3": "Bay Center", ".hits .distance": "2.0 mi", ".hits .claims li": "Electroconvulsive therapy",
			".hits .accepting-waitlist": "Waiting list (October 5, 2026)", ".hits .checked": "Verified October 5, 2026",
			".hits a.call": "Call +1 617-555-0123", ".remote h2": "By phone or online where you are", ".remote h3": "988 Suicide & Crisis Lifeline",
			".remote .is-open": "Open now", ".mean a": "Boston, England, United Kingdom", ".chips a": "Remove filter: Electroconvulsive therapy ✕",
			".paging a.more":   "More results",
			"#filters summary": "Filters (1 chosen)",
		}},
		{name: "nothing found", path: "/search?place=Boston&modality=cbt", change: nothing, status: 200, want: map[string]string{
			"#summary": "Nothing found within 25 mi of Boston, MA", ".nothing a": "Within 50 mi: 4 results", ".hits h3": "988 Suicide & Crisis Lifeline",
		}},
		{name: "unknown place", path: "/search?place=Pheonix", change: failing(unresolvable()), status: 422, want: map[string]string{
			".errors h2": "There is a problem", ".errors a[href=#place]": "We don't know a place called “Pheonix”. Check the spelling, or try a larger town nearby or a ZIP code.",
			".errors ul ul a": "Phoenix, AZ", "input#place[value=Pheonix][aria-invalid=true]": "", "title": "Error: Find care – Carefinder",
		}},
		{name: "bad filter", path: "/search?modality=magic&radius=-1", status: 400, want: map[string]string{
			".errors a[href=#filters]": "“Talk therapy” has a value that is not offered here. Choose it again in the filters.",
		}},
		{name: "listing", path: "/listings/" + centerID.String(), status: 200, want: map[string]string{
			"h1": "Bay Center", "address": "1 Main StBoston, MA 02114United States", ".channel .way": "Phone (hospital switchboard): Call +1 617-555-0123",
			".channel .is-closed": "Closed now", ".channel .days li": "Monday to Friday: 9:00 am to 5:00 pm", ".says-yes": "Electroconvulsive therapy (bay.example, October 5, 2026)",
			".says-no": "Not offered: Transcranial magnetic stimulation (front desk, October 5, 2026)", ".unknown": "We don't know whether you can get in with a wheelchair or with other needs: ask before you go.",
			"section[aria-labelledby=cost] .unknown": "We don't know which insurance is taken: ask before you go.", "ul.unknown li": "We don't know whether care is given alone or in a group: ask.",
		}},
		{name: "confidential", path: "/listings/" + secretID.String(), status: 200, want: map[string]string{".site b": "The address is kept confidential to protect people. Call to ask."}},
		{name: "made up and hostile", path: "/listings/" + hostileID.String(), status: 200, want: map[string]string{"h1": strings.Join(strings.Fields(hostile), " "), ".notice": "This listing is made up, to try the search with. It is not a real place. Do not call it.", ".demonstration": "Demonstration: listings marked “made up” are not real. Do not call them."}},
		{name: "withdrawn", path: "/listings/" + goneID.String(), status: 410, want: map[string]string{"h1": "This listing was withdrawn", "main p span[lang]": "It closed in May 2026.", "main p a": "See what took its place"}},
		{name: "unknown listing", path: "/listings/" + web404, status: 404, want: map[string]string{"h1": "There is nothing at this address"}},
		{name: "not an id", path: "/listings/1", status: 404},
		{name: "helplines", path: "/helplines", status: 200, want: map[string]string{".countries a": "United States", ".others a": "United Kingdom"}},
		{name: "lines of a country", path: "/helplines/us?open_now=true&language=es&zone=Europe/Madrid", status: 200, want: map[string]string{
			"h1": "Helplines: United States", ".line h3": "988 Suicide & Crisis Lifeline", ".line .is-open": "Open now, 24 hours a day", ".line a.call[href=tel:988]": "Call 988", ".line a.text[href=sms:988]": "Text 988",
		}},
		{name: "lines nobody knows", path: "/helplines/GB", status: 200, want: map[string]string{"#summary": "No helpline found", ".danger a[href=tel:999]": "Call 999"}},
		{name: "bad line filter", path: "/helplines/US?topic=magic&zone=Nowhere", status: 400, want: map[string]string{".errors li": "“Topic” has a value that is not offered here. Choose it again in the filters."}},
		{name: "no country", path: "/helplines/zz", status: 404},
		{name: "emergency", path: "/emergency", status: 200, want: map[string]string{"td a[href=tel:999]": "999"}},
		{name: "emergency of a country", path: "/emergency/GB", status: 200, want: map[string]string{".big a[href=tel:999]": "Call 999", "main p[lang=en]": "112 also works."}},
		{name: "about", path: "/about/data", status: 200, want: map[string]string{"main p[lang=en]": "Place data: somebody."}},
		{name: "feedback", path: "/feedback?page=/search", status: 200, want: map[string]string{"input[name=page][value=/search]": ""}},
		{name: "feedback without words", method: http.MethodPost, path: "/feedback", body: "kind=error&page=/search&message=", status: 400, want: map[string]string{
			".errors a[href=#message]": "Write what is wrong or missing, in at most 4,000 characters", "#kind-error[checked]": "", "#message[aria-invalid=true]": "",
		}},
		{name: "thanks", path: "/feedback/thanks", status: 200, want: map[string]string{"h1": "Thank you"}},
		{name: "no page", path: "/nowhere", status: 404, want: map[string]string{"h1": "There is nothing at this address"}},
		{name: "wrong method", method: http.MethodDelete, path: "/search", status: 405, want: map[string]string{"h1": "This page can't be used that way"}},
		{name: "engine down", path: "/search", change: failing(fault.New(fault.Unavailable, "down")), status: 503, want: map[string]string{"h1": "Not available right now"}},
		{name: "bug", path: "/search", change: failing(errors.New("secret detail")), status: 500, want: map[string]string{"h1": "Something went wrong on our side"}},
		{name: "panic", path: "/search", change: func(s *shelf, _ *web.Config) {
			s.answer = func(search.Query) (*search.Result, error) { panic("secret detail") }
		}, status: 500, want: map[string]string{"h1": "Something went wrong on our side"}},
		{name: "all down", path: "/search", change: func(s *shelf, _ *web.Config) { s.broken = errors.New("secret detail") }, status: 500},
	}
}

const web404 = "00000000-0000-7000-8000-000000000000"

// TestPages visits every page in every state in both languages: the words a person needs are there, and what must be
// true of every page is.
func TestPages(t *testing.T) {
	plain, _ := pagesOf(t, nil)
	for _, s := range everyState() {
		server := plain
		if s.change != nil {
			server, _ = pagesOf(t, s.change)
		}
		for _, lang := range []string{"en", "es"} {
			t.Run(s.name+"/"+lang, func(t *testing.T) {
				path, method := s.path, s.method
				if lang == "es" {
					path = strings.TrimSuffix("/es"+s.path, "/")
				}
				if method == "" {
					method = http.MethodGet
				}
				res, doc := visit(t, server, method, path, s.body)
				if res.StatusCode != s.status {
					t.Fatalf("status %d, want %d", res.StatusCode, s.status)
				}
				everyPage(t, res, doc, lang)
				for selector, want := range s.want {
					found := pick(doc, selector)
					if len(found) == 0 {
						t.Errorf("nothing at %q", selector)
					} else if got := words(found[0]); lang == "en" && got != want {
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

// everyPage checks what holds for every page, errors included.
func everyPage(t *testing.T, res *http.Response, doc *html.Node, lang string) {
	t.Helper()
	if got := res.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	if c := res.Header.Values("Set-Cookie"); len(c) > 0 {
		t.Errorf("sets cookies %q", c)
	}
	if got := attr(one(t, doc, "html"), "lang"); got != lang {
		t.Errorf("lang %q, want %q", got, lang)
	}
	one(t, doc, "h1")
	one(t, doc, "main#main")
	one(t, doc, "a.skip[href=#main]")
	one(t, doc, "header a.exit[data-exit]")
	one(t, doc, "footer")
	if attr(one(t, doc, "meta[name=description]"), "content") == "" {
		t.Error("no description")
	}
	if got := words(one(t, doc, ".reviewed")); got == "" {
		t.Error("does not say who reviewed it")
	}
	one(t, doc, "link[rel=canonical]")
	one(t, doc, "link[rel=alternate][hreflang=x-default]")
	crisis := one(t, doc, "section.crisis")
	one(t, crisis, "a.emergency")
	if strings.HasSuffix(attr(one(t, crisis, "a.all"), "href"), "/helplines/US") {
		one(t, crisis, "a.emergency[href=tel:911]")
		one(t, crisis, "a.call[href=tel:988]")
		one(t, crisis, "a.text[href=sms:988]")
	}
	if n := len(pick(doc, "link[rel=alternate]")); n != 3 {
		t.Errorf("%d alternates, want 3", n)
	}
	loadsNothingElse(t, doc)
	labelled(t, doc)
	uniqueIDs(t, doc)
	if text := words(one(t, doc, "body")); strings.Contains(text, "<no value>") || strings.Contains(text, "ZgotmplZ") {
		t.Error("a hole in a text")
	}
}

// loadsNothingElse holds a page to its content policy: nothing inline, nothing from elsewhere, no dangerous link.
func loadsNothingElse(t *testing.T, doc *html.Node) {
	t.Helper()
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		data := n.Data == "script" && attr(n, "type") == "application/ld+json" // which no browser runs
		if n.Data == "style" || n.Data == "iframe" || n.Data == "script" && !data && attr(n, "src") == "" {
			t.Errorf("a %s element that holds or loads anything", n.Data)
		}
		names := n.Data == "link" && (attr(n, "rel") == "canonical" || attr(n, "rel") == "alternate") // an address, whole as search engines want it
		for _, a := range n.Attr {
			switch {
			case names && a.Key == "href":
				if at := strings.TrimPrefix(a.Val, "http://example.com"); !strings.HasPrefix(at, "/") || strings.HasPrefix(at, "//") {
					t.Errorf("%s page at %q", attr(n, "rel"), a.Val)
				}
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s: inline %s", n.Data, a.Key)
			case (a.Key == "src" || a.Key == "action" || a.Key == "href" && n.Data == "link") && (!strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//")):
				t.Errorf("%s loads %q", n.Data, a.Val)
			case a.Key == "href" && strings.HasPrefix(strings.ToLower(a.Val), "javascript:"):
				t.Errorf("%s leads to %q", n.Data, a.Val)
			}
		}
	}
}

// labelled checks that every field has a label, and every reference to another element finds it.
func labelled(t *testing.T, doc *html.Node) {
	t.Helper()
	ids, labels := map[string]int{}, map[string]int{}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			ids[attr(n, "id")]++
			if n.Data == "label" {
				labels[attr(n, "for")]++
			}
		}
	}
	for _, tag := range []string{"input", "select", "textarea"} {
		for _, n := range pick(doc, tag) {
			if attr(n, "type") != "hidden" && (attr(n, "id") == "" || labels[attr(n, "id")] != 1) && (n.Parent.Data != "label" || attr(n.Parent, "for") != "") {
				t.Errorf("%s %q has no label", tag, attr(n, "id"))
			}
		}
	}
	for _, key := range []string{"aria-labelledby", "aria-describedby"} {
		for _, n := range pick(doc, "["+key+"]") {
			for id := range strings.FieldsSeq(attr(n, key)) {
				if ids[id] != 1 {
					t.Errorf("%s of %s names %q, which isn't there", key, n.Data, id)
				}
			}
		}
	}
	for _, n := range pick(doc, "a[href]") {
		if id, local := strings.CutPrefix(attr(n, "href"), "#"); local && ids[id] != 1 {
			t.Errorf("a link to %q, which isn't there", id)
		}
	}
}

func uniqueIDs(t *testing.T, doc *html.Node) {
	t.Helper()
	seen := map[string]bool{}
	for _, n := range pick(doc, "[id]") {
		if seen[attr(n, "id")] {
			t.Errorf("id %q stands twice", attr(n, "id"))
		}
		seen[attr(n, "id")] = true
	}
}

func TestDemonstrationBannerOnEveryPage(t *testing.T) {
	server, _ := pagesOf(t, func(_ *shelf, c *web.Config) { c.Demonstration = func(context.Context) bool { return true } })
	for _, path := range []string{"/", "/search", "/helplines", "/helplines/US", "/emergency/US", "/about/data", "/feedback"} {
		one(t, read(t, server, path, 200), ".demonstration")
	}
	one(t, read(t, server, "/nowhere", 404), ".demonstration")
	quiet, _ := pagesOf(t, nil)
	if n := pick(read(t, quiet, "/", 200), ".demonstration"); len(n) != 0 {
		t.Error("a banner without anything made up")
	}
}
