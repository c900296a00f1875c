package web_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/web"
	"carefinder/seed"
)

// figures are what a program is told of the dashboard.
type figures struct {
	Current  bool
	Listings int
	Verified int
	Ages     []struct {
		Band     string
		Listings int
	}
	Offers []struct {
		Facet, Code string
		Listings    int
		Places      map[string]int
	}
	Gaps struct {
		Offer, Where   string
		Beyond         float64 `json:"beyond_m"`
		Places, People int
		PlacesBeyond   int `json:"places_beyond"`
		PeopleBeyond   int `json:"people_beyond"`
		Rows           []struct{ Name string }
	}
	Missed struct {
		Rows []struct {
			Facet, Code, Place string
			Searches           int
		}
	} `json:"searches_that_found_nothing"`
}

func dashboardFamilies() map[string][]string {
	return map[string][]string{
		"desk.dashboard.by.": names(desk.GapSorts()),
		"desk.field.":        {"offer", "beyond", "where"},
		"desk.wrong.":        {"offer", "beyond", "where", "order", "page"},
	}
}

// openBoard is an office whose pages know the world.
func openBoard(t *testing.T, all ...*directory.Listing) *browser {
	t.Helper()
	places, err := seed.Gazetteer()
	must(t, err)
	d := openDesk(t, func(_ *shelf, cfg *web.Config) { cfg.Gazetteer = places })
	must(t, d.store.SaveMany(t.Context(), all, directory.Editor{Name: "seed"}))
	return d.as(auth.Contributor)
}

// figures asks until everything is counted.
func (b *browser) figures(query string) (f figures) {
	b.t.Helper()
	for !f.Current && b.t.Context().Err() == nil {
		must(b.t, json.Unmarshal([]byte(b.calls("GET", "/api/v1/desk/dashboard"+query, "", "", 200)), &f))
	}
	return f
}

// rowsOf gives the cells of the table in a region.
func rowsOf(page *html.Node, label string) (rows [][]string) {
	for _, div := range pick(page, "div") {
		if attr(div, "role") != "region" || strings.Join(strings.Fields(attr(div, "aria-label")), " ") != label {
			continue
		}
		for _, tr := range pick(div, "tr") {
			var row []string
			for _, kind := range []string{"th", "td"} {
				for _, cell := range pick(tr, kind) {
					row = append(row, words(cell))
				}
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func TestDashboard(t *testing.T) {
	fresh, stale, never, draft := directorytest.Sample(1), directorytest.Sample(2), directorytest.Sample(3), directorytest.Sample(4)
	for i, l := range []*directory.Listing{fresh, stale, never, draft} {
		l.Claims = []directory.Claim{{Facet: directory.Treatment, Code: "tms", Value: directory.Yes, Source: "https://example.org", By: "x", At: noon}}
		l.Verification = directory.Verification{At: noon.AddDate(0, 0, -7-100*i), By: "x", Method: "called"}
	}
	never.Verification = directory.Verification{}
	draft.Status = directory.Draft
	b := openBoard(t, fresh, stale, never, draft)
	f := b.figures("")
	if f.Listings != 3 || f.Verified != 2 || f.Ages[0].Listings != 1 || f.Ages[2].Listings != 1 || f.Ages[5].Listings != 1 {
		t.Errorf("%+v", f)
	}
	if len(f.Offers) != 1 || f.Offers[0].Code != "tms" || f.Offers[0].Places["US-MA"] != 3 {
		t.Errorf("offers %+v", f.Offers)
	}
	if f.Gaps.Where != "US" || f.Gaps.Offer != "treatment.tms" || f.Gaps.Places == 0 || f.Gaps.PlacesBeyond != f.Gaps.Places || len(f.Gaps.Rows) != 50 || f.Gaps.Rows[0].Name != "New York City" {
		t.Errorf("gaps %+v", f.Gaps)
	}
	page := b.opens("/desk/dashboard?where=US-NE&beyond=80km&order=name", 200)
	text := words(page)
	for _, want := range []string{"2 of 3 were verified (67 %)", "Of 1 the verification still holds", "Reports answered in the last 90 days: 0", "nowhere", "15,000 people and more"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %.3000s", want, text)
		}
	}
	// Beside every picture stands a table, and every picture has a name.
	for _, svg := range pick(page, "svg") {
		if title := pick(svg, "title"); attr(svg, "role") != "img" || len(title) != 1 || attr(title[0], "id") != attr(svg, "aria-labelledby") || words(title[0]) == "" {
			t.Errorf("a picture has no name: %v", svg.Attr)
		}
		for beside := svg.Parent; ; beside = beside.Parent {
			if attr(beside, "class") == "beside" {
				if len(pick(beside, "table")) != 1 {
					t.Errorf("no table beside %s", attr(svg, "aria-labelledby"))
				}
				break
			}
		}
	}
	if n := len(pick(page, "svg")); n != 5 { // ages, two facets, places, gaps
		t.Errorf("%d pictures", n)
	}
	if rows := rowsOf(page, "Age of the verification"); len(rows) != 7 || !slices.Equal(rows[1], []string{"in the last 30 days", "1", "33 %"}) || !slices.Equal(rows[6], []string{"never", "1", "33 %"}) {
		t.Errorf("ages %q", rows)
	}
	// What is inline in a page does not run: nothing may depend on it.
	var inline func(n *html.Node)
	inline = func(n *html.Node) {
		if has(n, "style") || n.Data == "style" {
			t.Errorf("<%s> has a style of its own", n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			inline(c)
		}
	}
	inline(page)
}

// TestGapsPageByPage walks all pages, and meets every place once.
func TestGapsPageByPage(t *testing.T) {
	b := openBoard(t)
	seen := map[string]bool{}
	total := b.figures("?where=CA").Gaps.PlacesBeyond
	at, pages := "/desk/dashboard?where=CA&order=name", 0
	for ; at != ""; pages++ {
		page := b.opens(at, 200)
		at = ""
		rows := rowsOf(page, words(one(t, page, "#gaps")))
		if len(rows) < 2 {
			t.Fatalf("page %d is empty: %s", pages+1, words(page))
		}
		for _, row := range rows[1:] {
			if seen[row[0]+row[1]] { // there are namesakes
				t.Fatalf("%q stands twice", row)
			}
			seen[row[0]+row[1]] = true
		}
		for _, a := range pick(page, "a") {
			if attr(a, "rel") == "next" {
				at = strings.TrimSuffix(attr(a, "href"), "#gaps")
			}
		}
	}
	if len(seen) != total || pages != (total+49)/50 {
		t.Errorf("%d of %d places on %d pages", len(seen), total, pages)
	}
}

func TestDashboardAskedWrongly(t *testing.T) {
	b := openBoard(t)
	for field, value := range map[string]string{
		"offer": "language.es", "beyond": "far", "where": "Atlantis", "order": "luck", "page": "0",
	} {
		query := "?" + url.Values{field: {value}}.Encode()
		if text := b.calls("GET", "/api/v1/desk/dashboard"+query, "", "", 400); !strings.Contains(text, `"`+field+`"`) {
			t.Errorf("%s: %s", query, text)
		}
		page := b.opens("/es/desk/dashboard"+query, 400)
		if len(pick(page, "h1")) != 1 || !strings.Contains(words(page), "Tipo de atención") {
			t.Errorf("%s: no form: %.500s", query, words(page))
		}
	}
	for _, offer := range []string{"treatment.", "treatment.nothing", ".", "modality", strings.Repeat("x", 5000)} {
		b.calls("GET", "/api/v1/desk/dashboard?offer="+offer, "", "", 400)
	}
}

// TestSearchesThatFoundNothing follows searches from the address bar to the dashboard: what was asked often enough where
// is told, and no word, point or rarer count ever is, to whoever asks the store or the desk.
func TestSearchesThatFoundNothing(t *testing.T) {
	var counter *desk.MissCounter
	const word, point = "zanzibarite", "44.4731,-73.2121"
	places, err := seed.Gazetteer()
	must(t, err)
	d := openDesk(t, func(_ *shelf, cfg *web.Config) {
		engine := embedded.New(cfg.Vocabulary)
		t.Cleanup(engine.Close)
		cfg.Gazetteer = places
		cfg.Searcher = search.NewSearcher(search.Config{Engine: engine, EngineName: "embedded", Listings: cfg.Listings, Gazetteer: places, Vocabulary: cfg.Vocabulary, Now: cfg.Now})
		cfg.Unmet = func(u *search.Unmet) { counter.Count(u) }
	})
	counter = desk.NewMissCounter(d.store, d.clock.now, slog.New(slog.DiscardHandler))
	visitor := d.stranger()
	asks := func(times int, path string) {
		for range times {
			if res, text := visitor.sends(http.MethodGet, path, ""); res.StatusCode != 200 {
				t.Fatalf("%s: %d: %.300s", path, res.StatusCode, text)
			}
		}
	}
	tells := func(path, body string, headers ...string) {
		for range 9 {
			if res, text := visitor.sends(http.MethodPost, path, body, headers...); res.StatusCode != 200 {
				t.Fatalf("%s: %d: %.300s", path, res.StatusCode, text)
			}
		}
	}
	asks(20, "/search?treatment=ect&free=true&language=es&place=Boston&radius=1mi")
	asks(20, "/api/v1/listings?treatment=ect&free=true&language=es&near=42.3581,-71.0612")
	asks(4, "/search?modality=dbt&near="+point)
	asks(2, "/es/search?modality=dbt&place=Belfast")
	asks(2, "/es/search?q=dbt+"+word+"&place=Belfast")
	asks(9, "/search?q="+word+"&place=Boston")
	asks(9, "/search?treatment=tms&place=Boston&q=i+want+to+die")
	tells("/search", "place=Boston&treatment=tms")
	tells("/api/v1/listings/search", `{"place": "Boston", "treatment": ["tms"]}`, "Content-Type", "application/json")
	counter.Flush(t.Context())
	boss := d.as(auth.Administrator)
	told := map[string]int{}
	sum := 0
	for _, m := range boss.figures("").Missed.Rows {
		told[m.Facet+"."+m.Code+" "+m.Place] = m.Searches
		sum += m.Searches
		if m.Searches < desk.MissFloor || m.Place != "US-MA" || !slices.Contains([]string{"treatment.ect", "fees.free", "language.es"}, m.Facet+"."+m.Code) {
			t.Errorf("%+v is told", m)
		}
	}
	if len(told) == 0 || sum > 40 {
		t.Errorf("of 40 searches %v is told", told)
	}
	page := boss.opens("/desk/dashboard", 200)
	rows := rowsOf(page, "Searches that found nothing")
	if len(rows) != len(told)+1 || !strings.Contains(strings.Join(rows[1], " "), "Massachusetts") {
		t.Errorf("the page tells %q, want %v", rows, told)
	}
	kept, err := d.store.Misses(t.Context(), noon.AddDate(-1, 0, 0))
	must(t, err)
	for _, m := range kept {
		if m.N < desk.MissFloor {
			t.Errorf("the store tells %+v", m)
		}
	}
	everything := strings.ToLower(strings.Join(strings.Fields(fmt.Sprint(rows, told, words(one(t, page, "h1")))), " "))
	for _, m := range kept {
		everything += fmt.Sprint(m)
	}
	for _, secret := range []string{word, "44.", "-73.", "42.", "tms", "transcranial", "dbt", "dialectical", "vt", "belfast", "nir"} {
		if strings.Contains(everything, secret) {
			t.Errorf("%q is told: %s", secret, everything)
		}
	}
}
