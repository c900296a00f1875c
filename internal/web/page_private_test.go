package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"carefinder/internal/search"
	"carefinder/internal/web"
)

const asked = "place=Boston&q=secretword&treatment=ect&treatment=tms&kind=center&radius=25mi&near=&want="

// TestPrivateSearchLeavesNoTrace asks by POST, and looks for the question in everything a browser or the server keeps.
func TestPrivateSearchLeavesNoTrace(t *testing.T) {
	var log bytes.Buffer
	server, _ := pagesOf(t, func(_ *shelf, c *web.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	for _, path := range []string{"/search", "/es/search", "/search?place=Boston&treatment=ect"} {
		res, doc := visit(t, server, http.MethodPost, path, asked)
		if res.StatusCode != 200 || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Location") != "" {
			t.Fatalf("%s: %d, kept %q, sent to %q", path, res.StatusCode, res.Header.Get("Cache-Control"), res.Header.Get("Location"))
		}
		for n := range doc.Descendants() {
			for _, a := range n.Attr {
				if address := a.Key == "href" || a.Key == "action" || strings.HasPrefix(a.Key, "data-") && a.Key != "data-question"; address && tells(a.Val) && a.Key != "data-summary" && !has(n, "data-count-for") {
					t.Errorf("%s: %s of %s holds %q", path, a.Key, n.Data, a.Val)
				}
			}
		}
		if has(one(t, doc, "form#search"), "data-fragment") {
			t.Errorf("%s: what is chosen next would be asked by GET", path)
		}
	}
	if tells(log.String()) {
		t.Errorf("the log tells what was asked: %s", &log)
	}
}

// TestPrivateSearchIsNamedNowhere looks at what a browser writes down without being asked: titles, and what was typed.
func TestPrivateSearchIsNamedNowhere(t *testing.T) {
	server, _ := pagesOf(t, nil)
	for _, page := range []struct{ path, title, heading string }{
		{"/search", "Find care – Carefinder", "Find care near Boston, MA"},
		{"/es/search", "Buscar atención – Carefinder", "Atención cerca de Boston, MA"},
	} {
		for _, more := range []string{"", "&remote=all"} {
			_, doc := visit(t, server, http.MethodPost, page.path, asked+more)
			if got := words(one(t, doc, "head title")); got != page.title {
				t.Errorf("%s: history remembers %q", page.path, got)
			}
			if got := attr(one(t, doc, "template[data-title]"), "data-title"); got != page.title {
				t.Errorf("%s: a script would write %q there", page.path, got)
			}
			if got := words(one(t, doc, "h1")); more == "" && got != page.heading {
				t.Errorf("%s: the page is headed %q", page.path, got)
			}
			for _, field := range []string{"#place", "#q"} {
				if attr(one(t, doc, field), "autocomplete") != "off" {
					t.Errorf("%s: the browser may remember what is typed into %s", page.path, field)
				}
			}
		}
		if got := words(one(t, read(t, server, page.path+"?place=Boston", 200), "head title")); got != page.heading+" – Carefinder" {
			t.Errorf("%s: asked openly, its title is %q", page.path, got)
		}
	}
}

func tells(s string) bool {
	s = strings.ToLower(s)
	return slices.ContainsFunc([]string{"boston", "secretword", "treatment", "tms", "25mi", "abc"}, func(word string) bool {
		return slices.Contains(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("?&=/ \",+%", r) }), word)
	})
}

// TestPrivateSearchFindsTheSame compares the answers to one question asked in both ways.
func TestPrivateSearchFindsTheSame(t *testing.T) {
	server, s := pagesOf(t, nil)
	open := read(t, server, "/search?"+asked, 200)
	openly := s.asked
	_, private := visit(t, server, http.MethodPost, "/search", asked)
	if openly.Place != "Boston" || !slices.Equal(openly.Claims["treatment"], s.asked.Claims["treatment"]) || openly.Text != s.asked.Text || openly.Radius != s.asked.Radius || s.asked.Place != "Boston" {
		t.Errorf("asked %+v and %+v", openly, s.asked)
	}
	for _, selector := range []string{"#summary", ".hits h3", ".chips li", ".remote h3", "#filters summary"} {
		if a, b := allWords(open, selector), allWords(private, selector); len(a) == 0 || !slices.Equal(a, b) {
			t.Errorf("%q says %q, in private %q", selector, a, b)
		}
	}
}

func allWords(doc *html.Node, selector string) []string {
	var all []string
	for _, n := range pick(doc, selector) {
		all = append(all, words(n))
	}
	return all
}

// TestPrivateSearchGoesOn presses the buttons of a private page: each asks the changed question, again by POST.
func TestPrivateSearchGoesOn(t *testing.T) {
	server, s := pagesOf(t, nil)
	_, doc := visit(t, server, http.MethodPost, "/search", asked)
	for selector, check := range map[string]func(search.Query) bool{
		".chips form":  func(q search.Query) bool { return len(q.Kinds) == 0 && q.Text == "secretword" && q.Place == "Boston" },
		".paging form": func(q search.Query) bool { return q.Cursor == "abc" && len(q.Kinds) == 1 },
		".mean form":   func(q search.Query) bool { return q.Place == "Boston, England, United Kingdom" && q.Cursor == "" },
	} {
		forms := pick(doc, selector)
		if len(forms) == 0 {
			t.Fatalf("no form at %q", selector)
		}
		if attr(forms[0], "method") != "post" || attr(forms[0], "action") != "/search" {
			t.Errorf("%q asks by %q at %q", selector, attr(forms[0], "method"), attr(forms[0], "action"))
		}
		res, _ := visit(t, server, http.MethodPost, "/search", sent(forms[0]))
		if res.StatusCode != 200 || !check(s.asked) {
			t.Errorf("%q (%d) asks %+v", selector, res.StatusCode, s.asked)
		}
	}
	server, _ = pagesOf(t, nothing)
	_, doc = visit(t, server, http.MethodPost, "/search", "place=Boston&modality=cbt")
	if got := sent(pick(doc, ".nothing form")[0]); got != "modality=cbt&place=Boston&radius=50mi" {
		t.Errorf("what finds something asks %q", got)
	}
}

// sent gives what a form's hidden fields send.
func sent(form *html.Node) string {
	v := url.Values{}
	for _, n := range pick(form, "input[type=hidden]") {
		v.Add(attr(n, "name"), attr(n, "value"))
	}
	return v.Encode()
}

func TestPrivateSearchesThatCannotBeRead(t *testing.T) {
	server, _ := pagesOf(t, failing(unresolvable()))
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for name, r := range map[string]struct {
		got    reply
		status int
	}{
		"unknown place": {ask(t, server, http.MethodPost, "/search", "place=Pheonix", form...), 422},
		"bad filter":    {ask(t, server, http.MethodPost, "/es/search", "modality=magic", form...), 400},
		"bad escape":    {ask(t, server, http.MethodPost, "/search", "place=%zz", form...), 400},
		"JSON":          {ask(t, server, http.MethodPost, "/search", "{}", "Content-Type", "application/json"), 415},
		"nothing said":  {ask(t, server, http.MethodPost, "/search", "place=Boston"), 415},
		"far too long":  {ask(t, server, http.MethodPost, "/search", "kind="+strings.Repeat("aaaa,", 20_000), form...), 413},
		"compressed":    {ask(t, server, http.MethodPost, "/search", "x", append(form, "Content-Encoding", "gzip")...), 415},
	} {
		if r.got.status != r.status || r.got.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(r.got.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d as %s, kept %q", name, r.got.status, r.got.header.Get("Content-Type"), r.got.header.Get("Cache-Control"))
		}
	}
	_, doc := visit(t, server, http.MethodPost, "/search", "place=Pheonix&modality=cbt")
	if got := sent(one(t, doc, ".errors form")); got != "modality=cbt&place=Phoenix%2C+AZ" {
		t.Errorf("the suggestion asks %q", got)
	}
}

// counts are only in a fragment: a page has them in its form.
var counts = regexp.MustCompile(`<template data-counts>.*?</template>`)

// TestResultsApart holds that the fragment a script asks for is exactly what stands in the page.
func TestResultsApart(t *testing.T) {
	server, _ := pagesOf(t, nil)
	for _, prefix := range []string{"", "/es"} {
		for _, query := range []string{"?place=Boston&treatment=ect", "?cursor=x", ""} {
			page := string(get(t, server, prefix+"/search"+query).body)
			part := get(t, server, prefix+"/search/results"+query)
			if part.status != 200 || part.header.Get("Cache-Control") != "private, no-cache" || part.header.Get("X-Robots-Tag") != "noindex" {
				t.Errorf("%s: %d %v", query, part.status, part.header)
			}
			if !strings.HasPrefix(string(part.body), "<template data-title=") || !strings.Contains(page, `<div class="results" id="results" data-results>`+counts.ReplaceAllString(string(part.body), "")+"</div>") {
				t.Errorf("%s%s: the fragment is not the inside of the page's results: %.300s", prefix, query, part.body)
			}
		}
	}
	doc, err := html.Parse(strings.NewReader(string(get(t, server, "/search/results?place=Boston").body)))
	if err != nil {
		t.Fatal(err)
	}
	head := pick(doc, "template[data-title]")[0]
	if attr(head, "data-title") != "Find care near Boston, MA – Carefinder" || strings.Join(strings.Fields(attr(head, "data-summary")), " ") != "1 place within 25 mi of Boston, MA" {
		t.Errorf("says %v", head.Attr)
	}
	if got := words(one(t, doc, "[data-count-for=treatment-ect]")); got != "(7)" {
		t.Errorf("counts %q", got)
	}
	page := read(t, server, "/search?place=Boston", 200)
	one(t, page, "#announce[role=status]")
	if len(pick(page, "#results #announce")) != 0 {
		t.Error("what is announced would be replaced with the results")
	}
	failed, _ := pagesOf(t, failing(unresolvable()))
	part := get(t, failed, "/search/results?place=Pheonix")
	if part.status != 422 || !strings.Contains(string(part.body), "Phoenix, AZ") || strings.Contains(string(part.body), "<body") {
		t.Errorf("an unknown place: %d %s", part.status, part.body)
	}
}

// TestAroundAPoint holds that a point has a country like a place, wherever it is asked about.
func TestAroundAPoint(t *testing.T) {
	server, _ := seeded(t)
	for path, want := range map[string]string{
		"/search?near=51.5,-0.12&radius=10mi": "tel:999", "/search?near=48.86,2.35": "tel:112", "/search?bbox=-0.5,51.3,0.3,51.7": "tel:999",
		"/search?near=51.5,-0.12&country=US": "tel:999", "/search?near=42.37,-71.11": "tel:911", "/search?near=51.5,-0.12&kind=magic": "tel:999",
		"/search?place=London&kind=magic": "tel:999",
	} {
		_, doc := visit(t, server, http.MethodGet, path, "")
		if got := attr(one(t, doc, ".crisis a.emergency"), "href"); got != want {
			t.Errorf("%s: the strip dials %q, want %q", path, got, want)
		}
	}
	doc := read(t, server, "/search?near=48.86,2.35&radius=25km", 200)
	if got := words(one(t, doc, "#summary")); !strings.Contains(got, "25 km of a point near Paris") {
		t.Errorf("summed up as %q", got)
	}
	one(t, doc, "select#radius option[value=25km][selected]")
	doc = read(t, server, "/search?near=42.37,-71.11&radius=25mi", 200)
	if got := words(one(t, doc, "#summary")); !strings.Contains(got, "25 mi of a point near Cambridge, MA") {
		t.Errorf("summed up as %q", got)
	}
	if got := attr(one(t, doc, "#search input[name=near]"), "value"); got != "42.37,-71.11" {
		t.Errorf("the form keeps the point as %q", got)
	}
	if got := hrefs(pick(doc, ".chips a")); !slices.Equal(got, []string{"/search?radius=25mi"}) {
		t.Errorf("the point is left out by %q", got)
	}
}

func TestDaysSinceACheckSurviveTheForm(t *testing.T) {
	server, _ := pagesOf(t, nil)
	for days, options := range map[string]int{"45": 5, "90": 4} {
		doc := read(t, server, "/search?verified_within="+days, 200)
		one(t, doc, "select#verified_within option[value="+days+"][selected]")
		if n := len(pick(doc, "select#verified_within option")); n != options {
			t.Errorf("%s: %d options, want %d", days, n, options)
		}
		if n := pick(doc, "input[name=verified_within]"); len(n) != 0 {
			t.Errorf("%s: asked %d times more", days, len(n))
		}
	}
}

// TestManyValuesMakeOneChip keeps a long choice from pushing the results out of sight.
func TestManyValuesMakeOneChip(t *testing.T) {
	server, _ := pagesOf(t, nil)
	doc := read(t, server, "/search?language=en&language=es&kind=center&kind=therapist&kind=program", 200)
	if got := allWords(doc, ".chips a"); !slices.Equal(got, []string{"Remove filter: Centers or 2 more ✕", "Remove filter: English ✕", "Remove filter: Spanish ✕"}) {
		t.Errorf("chips %q", got)
	}
	if got := words(pick(doc, "#filters summary")[0]); got != "Filters (5 chosen)" {
		t.Errorf("the filters say %q", got)
	}
}

// TestOneChangeIsNamed says which filter to leave out by its value.
func TestOneChangeIsNamed(t *testing.T) {
	server, _ := pagesOf(t, nothing)
	doc := read(t, server, "/search?place=Boston&modality=cbt", 200)
	if got := allWords(doc, ".nothing a"); !slices.Equal(got, []string{"Within 50 mi: 4 results", "Nearest, 39 mi away: Worcester, MA, 3 results", "Without “Cognitive behavioral therapy”: 1 result"}) {
		t.Errorf("says %q", got)
	}
}

func TestDoubtfulPlaces(t *testing.T) {
	server, _ := seeded(t)
	if n := pick(read(t, server, "/search?place=Springfield", 200), "details.mean[open]"); len(n) != 1 {
		t.Error("which Springfield is meant is not asked openly")
	}
	doc := read(t, server, "/search?place=Boston", 200)
	if n := pick(doc, "details.mean"); len(n) != 1 || has(n[0], "open") {
		t.Error("Boston is doubted, or no other offered")
	}
}

func TestHelpfulIsOnePress(t *testing.T) {
	for path, want := range map[string]string{"/es/search?place=Boston": "page=%2Fsearch", "/listings/" + centerID.String(): "listing=" + centerID.String()} {
		server, s := pagesOf(t, nil)
		doc := read(t, server, path, 200)
		form := one(t, doc, "form.helpful")
		if got := sent(form); got != want {
			t.Errorf("%s: sends %q, want %q", path, got, want)
		}
		one(t, form, "button[name=kind][value=helpful]")
		res, _ := visit(t, server, http.MethodPost, attr(form, "action"), sent(form)+"&kind=helpful")
		if res.StatusCode != http.StatusSeeOther || len(s.kept) != 1 {
			t.Errorf("%s: answered %d, %d kept", path, res.StatusCode, len(s.kept))
		}
		for _, a := range pick(form, "a") {
			read(t, server, attr(a, "href"), 200)
		}
	}
	server, _ := pagesOf(t, nil)
	if n := pick(read(t, server, "/feedback", 200), "form.helpful"); len(n) != 0 {
		t.Error("the form for feedback asks whether it was helpful")
	}
}

// TestSwitchOfCountry follows the strip to other countries.
func TestSwitchOfCountry(t *testing.T) {
	server, _ := seeded(t)
	for _, path := range []string{"/", "/es"} {
		links := pick(read(t, server, path, 200), ".switch a")
		if len(links) < 5 {
			t.Fatalf("%s: %d countries", path, len(links))
		}
		for _, a := range links {
			read(t, server, attr(a, "href"), 200)
			if strings.HasSuffix(attr(a, "href"), "/US") {
				t.Errorf("%s: offers the country it shows", path)
			}
		}
	}
	_, doc := visit(t, server, http.MethodGet, "/helplines/GB", "")
	if !slices.Contains(allWords(doc, ".switch a"), "United States") {
		t.Error("there is no way back from the United Kingdom")
	}
}

func TestStyleSheetHoldsItsLayers(t *testing.T) {
	server, _ := pagesOf(t, nil)
	path := attr(one(t, read(t, server, "/", 200), "link[rel=stylesheet]"), "href")
	res, err := server.Test(httptest.NewRequest(http.MethodGet, path, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	css := strings.ReplaceAll(b.String(), " {", "{") // the bundle has no room for spaces
	at := 0
	for _, layer := range []string{"@layer tokens{", "@layer base{", "@layer layout{", "@layer components{", "@layer pages{", "@layer print{"} {
		i := strings.Index(css[at:], layer)
		if i < 0 {
			t.Fatalf("no %q after byte %d", layer, at)
		}
		at += i
	}
	if strings.Count(css, "{") != strings.Count(css, "}") {
		t.Error("a block is not closed")
	}
}

// TestHitsSayWhy holds that a card says what made it match, and what it offers where nothing was asked for.
func TestHitsSayWhy(t *testing.T) {
	server, s := pagesOf(t, nil)
	s.answer = func(search.Query) (*search.Result, error) {
		res, err := s.boston(search.Query{})
		res.Hits[0].Claims = nil
		res.Hits[0].Why = []search.Reason{{Kind: search.WhyWord, Value: "bay", Asked: "bey"}, {Kind: search.WhyWord, Value: "center"}, {Kind: search.WhyWord, Value: "bay"}}
		res.Remote[0].Why = []search.Reason{{Kind: search.WhyCoverage, Value: "US"}, {Kind: search.WhyCoverage, Value: "US-MA"}}
		return res, err
	}
	doc := read(t, server, "/search?place=Boston&q=bey+center", 200)
	located, remote := pick(doc, "ol.hits .hit")[0], pick(doc, ".remote .hit")[0]
	if got := allWords(located, ".small"); !slices.Equal(got, []string{"Found by: bay and center"}) {
		t.Errorf("says why: %q", got)
	}
	if got := allWords(located, ".offers li"); !slices.Equal(got, []string{"Electroconvulsive therapy"}) {
		t.Errorf("offers %q", got)
	}
	if got := allWords(remote, ".small"); !slices.Equal(got, []string{"Serves: United States and MA, United States"}) {
		t.Errorf("says where it serves: %q", got)
	}
}

// Where much serves a place without a site, the first few stand below the places one can go to, and all of it, as far as
// a page holds, has a page of its own.
func TestWhatServesFromAfarHasAPageOfItsOwn(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run(method, func(t *testing.T) {
			var asked search.Query
			server, _ := pagesOf(t, func(s *shelf, _ *web.Config) {
				found := s.answer
				s.answer = func(q search.Query) (*search.Result, error) {
					asked = q
					res, err := found(q)
					for len(res.Remote) < 20 {
						res.Remote = append(res.Remote, res.Remote[0])
					}
					res.RemoteTotal = 31
					return res, err
				}
			})
			ask := func(query string) *html.Node {
				if method == http.MethodGet {
					return read(t, server, "/search?"+query, 200)
				}
				_, doc := visit(t, server, method, "/search", query)
				return doc
			}
			doc := ask("place=Boston&treatment=ect")
			if n := len(pick(doc, ".remote .hit")); n != 3 {
				t.Errorf("%d remote hits below the others, want 3", n)
			}
			if method == http.MethodGet {
				if got, want := attr(one(t, doc, ".remote .all a"), "href"), "/search?place=Boston&remote=all&treatment=ect"; got != want {
					t.Errorf("all of them are at %q, want %q", got, want)
				}
			} else if fields := pick(doc, ".remote input[name=remote][value=all]"); len(fields) != 1 {
				t.Error("no form leads to all of them")
			}
			doc = ask("place=Boston&treatment=ect&remote=all")
			if here, there := len(pick(doc, ".remote .hit")), len(pick(doc, "ol.hits")); here != 20 || there != 0 || asked.Limit != search.MaxLimit {
				t.Errorf("%d remote hits, %d lists of others, asked for %d; want 20, none, %d", here, there, asked.Limit, search.MaxLimit)
			}
			if !strings.Contains(words(doc), "The first 20 are shown.") {
				t.Error("nothing says that there are more than a page holds")
			}
		})
	}
}
