package web_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

func TestSearchAsksWhatTheFormSays(t *testing.T) {
	server, s := pagesOf(t, nil)
	read(t, server, "/search?place=+Boston+&q=&want=ect&radius=50mi&insurance=medicare&accepting=yes,waitlist&sort=verified&utm_source=x&free=", 200)
	q := s.asked
	if q.Place != "Boston" || q.Text != "" || q.Radius != 50*1609.344 || q.Sort != search.ByVerified || q.Free {
		t.Errorf("asked %+v", q)
	}
	if !slices.Equal(q.Claims[directory.Treatment], []string{"ect"}) || !slices.Equal(q.Claims[directory.Insurance], []string{"medicare"}) {
		t.Errorf("asked for claims %v", q.Claims)
	}
	if !slices.Equal(q.Accepting, []directory.AcceptingStatus{directory.AcceptingYes, directory.AcceptingWaitlist}) {
		t.Errorf("asked for accepting %v", q.Accepting)
	}
	if !q.At.Equal(noon) || len(q.Facets) == 0 {
		t.Error("did not ask for counts at the moment of the page")
	}
	read(t, server, "/search?radius=50mi", 200) // the form sends its radius even when no place was written
	if s.asked.Radius != 0 {
		t.Error("a radius around nothing was asked")
	}
}

// TestChoicesOfTheHomePage follows every choice and door: each must ask something the directory can answer.
func TestChoicesOfTheHomePage(t *testing.T) {
	server, _ := pagesOf(t, nil)
	home := read(t, server, "/", 200)
	for _, o := range pick(home, "select[name=want] option") {
		read(t, server, "/search?place=Boston&q=&want="+url.QueryEscape(attr(o, "value")), 200)
	}
	for _, a := range pick(home, ".doors a") {
		read(t, server, attr(a, "href"), 200)
	}
	read(t, server, "/search?want=magic", 200)
}

func TestLinksOfASearch(t *testing.T) {
	server, _ := pagesOf(t, nil)
	doc := read(t, server, "/es/search?place=Boston&treatment=ect,tms&kind=center&radius=25mi&cursor=zzz", 200)
	want := map[string]string{
		".chips a":          "/es/search?place=Boston&radius=25mi&treatment=ect&treatment=tms",
		".paging a.more":    "/es/search?cursor=abc&kind=center&place=Boston&radius=25mi&treatment=ect&treatment=tms",
		".mean a":           "/es/search?kind=center&place=Boston%2C+England%2C+United+Kingdom&radius=25mi&treatment=ect&treatment=tms",
		"a.language":        "/search?place=Boston&treatment=ect,tms&kind=center&radius=25mi&cursor=zzz",
		"link[hreflang=es]": "http://example.com/es/search?place=Boston&treatment=ect,tms&kind=center&radius=25mi&cursor=zzz",
		".hits a":           "/es/listings/" + centerID.String(),

		"link[rel=canonical]":      "http://example.com/es/search",
		"link[hreflang=x-default]": "http://example.com/search?place=Boston&treatment=ect,tms&kind=center&radius=25mi&cursor=zzz",
	}
	for selector, href := range want {
		if found := pick(doc, selector); len(found) == 0 || attr(found[0], "href") != href {
			t.Errorf("%q leads to %q, want %q", selector, hrefs(found), href)
		}
	}
	for _, id := range []string{"treatment-ect", "treatment-tms", "kind-center"} {
		one(t, doc, "input#"+id+"[checked]")
	}
	one(t, doc, "select#radius option[value=25mi][selected]")
}

func hrefs(found []*html.Node) []string {
	var all []string
	for _, n := range found {
		all = append(all, attr(n, "href"))
	}
	return all
}

func TestRelaxationsLinkToTheChangedQuestion(t *testing.T) {
	server, _ := pagesOf(t, nothing)
	doc := read(t, server, "/search?place=Boston&modality=cbt&radius=25mi", 200)
	got := hrefs(pick(doc, ".nothing a"))
	want := []string{"/search?modality=cbt&place=Boston&radius=50mi", "/search?modality=cbt&place=Worcester%2C+MA&radius=25mi", "/search?place=Boston&radius=25mi"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// From a point, another place takes its stead: nobody is in two.
func TestTheNearestPlaceStandsInsteadOfThePoint(t *testing.T) {
	server, _ := pagesOf(t, nothing)
	doc := read(t, server, "/search?near=42.36,-71.06&modality=cbt", 200)
	if got := hrefs(pick(doc, ".nothing a")); len(got) != 3 || got[1] != "/search?modality=cbt&place=Worcester%2C+MA" {
		t.Errorf("got %q", got)
	}
}

func TestCrisisStripFollowsTheCountry(t *testing.T) {
	server, _ := pagesOf(t, nil)
	for path, want := range map[string]string{
		"/": "tel:911", "/?country=GB": "tel:999", "/?country=zz": "tel:911", "/helplines/GB": "tel:999", "/emergency/GB": "tel:999", "/nowhere?country=gb": "tel:999",
		"/?country=uk": "tel:999", "/helplines/UK": "tel:999", "/emergency/uk": "tel:999",
	} {
		res, doc := visit(t, server, http.MethodGet, path, "")
		if got := attr(one(t, doc, ".crisis a.emergency"), "href"); got != want {
			t.Errorf("%s (%d): emergency number %q, want %q", path, res.StatusCode, got, want)
		}
	}
	for _, path := range []string{"/helplines/GB", "/es/emergency/gb"} {
		if _, doc := visit(t, server, http.MethodDelete, path, ""); len(pick(doc, ".crisis a[href=tel:999]")) != 1 {
			t.Errorf("an error under %s shows another country's number", path)
		}
	}
	if got := words(one(t, read(t, server, "/helplines/VA", 200), ".crisis .line")); got != "Vatican City" {
		t.Errorf("where no number is known the strip says %q", got)
	}
	if got := words(one(t, read(t, server, "/es", 200), ".crisis .line")); !strings.Contains(got, "pulse 2") {
		t.Errorf("the Spanish strip says %q, want how to reach the line in Spanish", got)
	}
}

func TestCrisisStripWithoutTheStore(t *testing.T) {
	server, _ := pagesOf(t, func(s *shelf, _ *web.Config) { s.broken = errors.New("down") })
	doc := read(t, server, "/es/about/data", 200)
	one(t, doc, ".crisis a.call[href=tel:988]")
	one(t, doc, ".crisis a.text[href=sms:988]")
	if n := pick(read(t, server, "/?country=GB", 200), ".crisis a[href=tel:999]"); len(n) != 1 {
		t.Errorf("%d links to the emergency number, want 1", len(n))
	}
}

func TestFeedbackIsKept(t *testing.T) {
	send := func(form url.Values) (*http.Response, *shelf) {
		server, s := pagesOf(t, nil)
		res, _ := visit(t, server, http.MethodPost, "/es/feedback", form.Encode())
		return res, s
	}
	res, s := send(url.Values{"kind": {"error"}, "message": {" The number\r\nis wrong. "}, "listing": {centerID.String()}, "page": {""}, "website": {""}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/es/feedback/thanks" {
		t.Fatalf("answered %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if len(s.kept) != 1 || s.kept[0].Listing != centerID || s.kept[0].Message != "The number\nis wrong." || s.kept[0].Kind != directory.ReportError || !s.kept[0].At.Equal(noon) || s.kept[0].ID.IsZero() {
		t.Errorf("kept %+v", s.kept)
	}
	if _, s = send(url.Values{"kind": {"helpful"}, "page": {"/search?place=Boston"}}); len(s.kept) != 1 || s.kept[0].Page != "/search" {
		t.Errorf("kept %+v", s.kept)
	}
	server, _ := pagesOf(t, nil)
	for _, r := range []reply{
		get(t, server, "/feedback?page=%ff"),
		ask(t, server, http.MethodPost, "/feedback", "kind=other&message=%ff", "Content-Type", "application/x-www-form-urlencoded"),
	} {
		if !utf8.Valid(r.body) {
			t.Errorf("a form (%d) repeats broken UTF-8", r.status)
		}
	}
	res, s = send(url.Values{"kind": {"other"}, "message": {"buy"}, "page": {"/"}, "website": {"spam.example"}})
	if res.StatusCode != http.StatusSeeOther || len(s.kept) != 0 {
		t.Errorf("a machine was answered %d, and %d kept", res.StatusCode, len(s.kept))
	}
	res, s = send(url.Values{"kind": {"magic"}, "message": {strings.Repeat("x", directory.MaxFeedback+1)}})
	if res.StatusCode != http.StatusBadRequest || len(s.kept) != 0 {
		t.Errorf("nonsense was answered %d, and %d kept", res.StatusCode, len(s.kept))
	}
}

// TestCompressedFormsAreRefused sends a form that would fill the memory if it were unpacked.
func TestCompressedFormsAreRefused(t *testing.T) {
	server, s := pagesOf(t, nil)
	form := "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nhelpful\r\n--x--\r\n"
	body, err := io.ReadAll(zipped(t, form))
	if err != nil {
		t.Fatal(err)
	}
	r := ask(t, server, http.MethodPost, "/feedback", string(body), "Content-Type", "multipart/form-data; boundary=x", "Content-Encoding", "gzip")
	if r.status != http.StatusUnsupportedMediaType || len(s.kept) != 0 {
		t.Errorf("answered %d, and %d kept", r.status, len(s.kept))
	}
}

// TestFormsWithoutAPlace holds that what the form remembers never stands in the way of a place written next.
func TestFormsWithoutAPlace(t *testing.T) {
	server, s := pagesOf(t, nothing)
	doc := read(t, server, "/search?sort=distance&radius=25mi", 200)
	if s.asked.Sort != "" {
		t.Errorf("asked for order %q around nothing", s.asked.Sort)
	}
	for _, o := range pick(doc, "select[name=sort] option[selected]") {
		if v := attr(o, "value"); v != "" {
			t.Errorf("the form will ask for order %q, which nobody chose", v)
		}
	}
	one(t, read(t, server, "/search?kind=magic", 400), "details#filters[open]")
	doc = read(t, server, "/search?place=Boston&near=51.5,-0.1&bbox=1,1,2,2", 200)
	if s.asked.Place != "Boston" || s.asked.Near != nil || s.asked.Box != nil {
		t.Errorf("asked %+v", s.asked)
	}
	for _, n := range pick(doc, "#search input[type=hidden]") {
		if attr(n, "value") != "" {
			t.Errorf("a hidden field remembers %q", attr(n, "value"))
		}
	}
}

// TestZonesHaveOneName holds that a zone can't be spelled in endless ways: each that is read is kept for ever.
func TestZonesHaveOneName(t *testing.T) {
	server, _ := pagesOf(t, nil)
	doc := read(t, server, "/helplines/US?zone=.//Europe/.///Madrid", 200)
	if got := attr(one(t, doc, "input[name=zone]"), "value"); got != "Europe/Madrid" {
		t.Errorf("the form keeps the zone %q", got)
	}
}

func TestMoneyIsInTheCurrencysUnits(t *testing.T) {
	for want, fees := range map[string]directory.Fees{
		"5,000 JPY": {Min: 5000, Currency: "JPY"}, "50 USD": {Min: 5000, Currency: "USD"}, "50.25 USD": {Min: 5025, Currency: "USD"}, "5.250 KWD": {Min: 5250, Currency: "KWD"},
	} {
		server, s := pagesOf(t, nil)
		s.listings[centerID].Fees = fees
		if got := words(one(t, read(t, server, "/listings/"+centerID.String(), 200), "section[aria-labelledby=cost]")); !strings.Contains(got, want) {
			t.Errorf("a fee of %d %s reads %q", fees.Min, fees.Currency, got)
		}
	}
}

func TestFeedbackIsLimited(t *testing.T) {
	server, s := pagesOf(t, nil)
	status := 0
	for range 10 {
		res, doc := visit(t, server, http.MethodPost, "/feedback", "kind=helpful&page=/")
		if status = res.StatusCode; status == http.StatusTooManyRequests {
			everyPage(t, res, doc, "en")
			break
		}
	}
	if status != http.StatusTooManyRequests || len(s.kept) == 0 {
		t.Errorf("ended with %d after %d were kept", status, len(s.kept))
	}
}

func TestStyleSheetIsKeptForEver(t *testing.T) {
	server, _ := pagesOf(t, nil)
	path := attr(one(t, read(t, server, "/", 200), "link[rel=stylesheet]"), "href")
	res, err := server.Test(httptest.NewRequest(http.MethodGet, path, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	css, _ := io.ReadAll(res.Body)
	if res.StatusCode != 200 || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || !strings.Contains(res.Header.Get("Content-Type"), "text/css") {
		t.Errorf("%s: %d %q %q", path, res.StatusCode, res.Header.Get("Cache-Control"), res.Header.Get("Content-Type"))
	}
	if strings.Contains(string(css), "url(") || strings.Contains(string(css), "@import") {
		t.Error("the style sheet loads something")
	}
}

func TestAddressesOfOtherSitesAreNotEchoed(t *testing.T) {
	server, _ := pagesOf(t, nil)
	for _, path := range []string{"//evil.example/", "/es//evil.example", `/\evil.example`} {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.URL = &url.URL{Path: path}
		res, err := server.Test(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if strings.Contains(string(b), `href="//`) || strings.Contains(string(b), `href="/\`) {
			t.Errorf("%s: a link leaves the site", path)
		}
	}
}

func BenchmarkSearchPage(b *testing.B) {
	server, _ := pagesOf(b, nil)
	req := httptest.NewRequest(http.MethodGet, "/search?place=Boston&treatment=ect", nil)
	for b.Loop() {
		res, err := server.Test(req)
		if err != nil || res.StatusCode != 200 {
			b.Fatal(err, res)
		}
	}
}
