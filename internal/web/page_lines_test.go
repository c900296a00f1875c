package web_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

// inTheWorld gives the pages a gazetteer that knows the clocks and divisions of two countries.
func inTheWorld(t *testing.T) func(*shelf, *web.Config) {
	gazetteer, err := geo.Load(
		zipped(t, "zip,city,state,lat,lon\n02139,Cambridge,MA,42.3647,-71.1042\n"),
		zipped(t, "name,admin1,country,lat,lon,population,timezone\nBoston,Massachusetts,US,42.36,-71.06,650000,America/New_York\nAtlanta,Georgia,US,33.7,-84.4,500000,America/Detroit\nDenver,Colorado,US,39.7,-105,700000,America/Denver\nPhoenix,Arizona,US,33.4,-112,1600000,America/Phoenix\nBelfast,Northern Ireland,GB,54.6,-5.93,345000,Europe/London\n"),
	)
	if err != nil {
		t.Fatal(err)
	}
	return func(_ *shelf, c *web.Config) { c.Gazetteer = gazetteer }
}

// TestClocksToChoose holds that of zones whose clocks agree one is offered, the one most people live by first.
func TestClocksToChoose(t *testing.T) {
	server, _ := pagesOf(t, inTheWorld(t))
	for path, want := range map[string][]string{
		"/helplines/US":                          {"", "America/Phoenix", "America/Denver", "America/New_York"},
		"/helplines/US?zone=Europe/Madrid":       {"", "America/Phoenix", "America/Denver", "America/New_York", "Europe/Madrid"},
		"/listings/" + centerID.String():         {"", "America/Phoenix", "America/Denver", "America/New_York"},
		"/es/listings/" + lineID.String():        nil, // it never closes
		"/helplines/GB":                          nil, // everybody's clock is the same
		"/helplines/US?zone=America/Los_Angeles": {"", "America/Phoenix", "America/Denver", "America/New_York", "America/Los_Angeles"},
	} {
		var got []string
		doc := read(t, server, path, 200)
		for _, o := range pick(doc, "select#zone option") {
			got = append(got, attr(o, "value"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s offers %q, want %q", path, got, want)
		}
		if _, zone, _ := strings.Cut(path, "zone="); zone != "" {
			one(t, doc, "select#zone option[value="+zone+"][selected]")
		}
	}
}

// TestHoursInTwoZones reads the hours of a channel at noon in London, where New York sleeps.
func TestHoursInTwoZones(t *testing.T) {
	server, _ := pagesOf(t, inTheWorld(t))
	page := "/listings/" + centerID.String()
	state := one(t, read(t, server, page, 200), ".channel .state")
	if got := words(state); got != "Closed now opens 9:00 am (New York time)" {
		t.Errorf("says %q", got)
	}
	here := one(t, state, "[data-here]")
	if at, err := time.Parse(time.RFC3339, attr(here, "data-here")); err != nil || !at.Equal(noon.Add(2*time.Hour)) || attr(here, "data-zone") != "America/New_York" || attr(here, "data-words") != "– your time: {time}" || !has(here, "hidden") {
		t.Errorf("a script is told %v", here.Attr)
	}
	state = one(t, read(t, server, page+"?zone=America/Denver", 200), ".channel .state")
	if got := words(state); got != "Closed now opens 9:00 am (New York time) – your time: 7:00 am (Denver time)" || len(pick(state, "[data-here]")) > 0 {
		t.Errorf("in Denver it says %q", got)
	}
	read(t, server, page+"?zone=Nowhere", 400)
}

func TestLinesAreChosen(t *testing.T) {
	server, s := pagesOf(t, inTheWorld(t))
	part := *s.listings[lineID]
	part.ID, part.Name, part.Priority, part.Coverage = directory.ImportedID("test", "part"), "Line of Massachusetts", 0, directory.Coverage{Divisions: []string{"US-MA"}}
	part.Claims = []directory.Claim{{Facet: directory.Language, Code: "es", Value: directory.Yes}}
	s.lines["US"] = append(s.lines["US"], search.Line{Listing: &part, Open: directory.Closed})
	var asked []search.HelplineQuery
	s.heard = func(q search.HelplineQuery) { asked = append(asked, q) }
	doc := read(t, server, "/helplines/US?topic=suicide&audience=&language=es&channel=text&open_now=true&region=US-MA&zone=America/Denver", 200)
	if q := asked[0]; q.Country != "US" || q.Region != "US-MA" || !q.OpenNow || !slices.Equal(q.Topic, []string{"suicide"}) || !slices.Equal(q.Language, []string{"es"}) || !slices.Equal(q.Medium, []directory.Medium{directory.Text}) {
		t.Errorf("asked %+v", q)
	}
	for id, want := range map[string]string{
		"topic": ",suicide", "language": ",es", "channel": ",voice,text,chat,tty", "region": ",US-MA", "audience": "",
	} {
		var got []string
		for _, o := range pick(doc, "select#"+id+" option") {
			got = append(got, attr(o, "value"))
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%s offers %q, want %q", id, got, want)
		}
	}
	if got := words(one(t, doc, "select#region option[selected]")); got != "Massachusetts" {
		t.Errorf("the region is called %q", got)
	}
	chips := pick(doc, ".chips a")
	if len(chips) != 5 {
		t.Fatalf("%d chips", len(chips))
	}
	for _, c := range chips {
		to, err := url.Parse(attr(c, "href"))
		if err != nil || len(to.Query()) != 5 || to.Query().Get("zone") != "America/Denver" {
			t.Errorf("%q leads to %q", words(c), to)
		}
		read(t, server, to.String(), 200)
	}
	one(t, doc, "meta[name=robots][content=noindex]")
	if main := pick(doc, "li.line .main-line"); len(main) != 1 || !strings.Contains(words(pick(doc, "li.line")[0]), words(main[0])) {
		t.Errorf("%d lines are the first to try", len(main))
	}
	if second := words(pick(doc, "li.line")[1]); !strings.Contains(second, "Only in: Massachusetts") {
		t.Errorf("a line of one state says %q", second)
	}
	if n := pick(read(t, server, "/helplines/US", 200), "meta[name=robots]"); len(n) != 0 {
		t.Error("search engines are kept from the lines")
	}
}

// TestWaysSayAllThatIsToDo holds that a number which leads to a menu says what to press.
func TestWaysSayAllThatIsToDo(t *testing.T) {
	server, _ := pagesOf(t, nil)
	for path, want := range map[string][]string{
		"/helplines/US":    {"Call 988", "Call 988, press 2 (Spanish)", "Text 988", "Chat"},
		"/es/helplines/US": {"Llamar al 988", "Llamar al 988, pulse 2 (español)", "Mensaje al 988", "Chat"},
	} {
		var got []string
		for _, a := range pick(read(t, server, path, 200), ".line .ways a") {
			got = append(got, words(a))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s offers %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{
		"/listings/" + lineID.String(): "Call 988", "/es/listings/" + lineID.String(): "Llamar al 988, pulse 2 (español)", "/listings/" + centerID.String(): "Call +1 617-555-0123",
	} {
		if got := words(one(t, read(t, server, path, 200), "p.first a.button")); got != want {
			t.Errorf("%s offers %q first, want %q", path, got, want)
		}
	}
}

// TestCountriesWithoutTheStore holds that the list of countries survives a store that can't be read, and that one which
// comes back is asked again soon.
func TestCountriesWithoutTheStore(t *testing.T) {
	clock := noon
	server, s := pagesOf(t, func(s *shelf, c *web.Config) {
		s.broken = errors.New("down")
		c.Now = func() time.Time { return clock }
	})
	everywhere, apart := []string{"/helplines/GB", "/helplines/US"}, []string{"/helplines/US", "/emergency/GB"}
	check := func(when string, want []string) {
		t.Helper()
		if got := hrefs(pick(read(t, server, "/helplines", 200), ".countries a")); !slices.Equal(got, want) {
			t.Errorf("%s leads to %q, want %q", when, got, want)
		}
	}
	check("while the store is down it", everywhere)
	s.broken = nil
	clock = clock.Add(10 * time.Second)
	check("once it is back it", apart)
	s.broken = errors.New("down again")
	clock = clock.Add(time.Hour)
	check("when it fails later it", apart)
}

// TestBrokenPageNamesWhoCanBeReached asks for the page of an internal error where nothing works any more.
func TestBrokenPageNamesWhoCanBeReached(t *testing.T) {
	server, _ := pagesOf(t, func(s *shelf, _ *web.Config) { s.broken = errors.New("down") })
	for _, path := range []string{"/listings/" + centerID.String(), "/es/listings/" + centerID.String()} {
		main := one(t, read(t, server, path, 500), "main")
		for _, to := range []string{"tel:988", "sms:988", "https://988lifeline.org/", "tel:911"} {
			if len(pick(main, ".big a[href="+to+"]")) == 0 {
				t.Errorf("%s does not lead to %s", path, to)
			}
		}
		one(t, main, ".emergencies a[href=tel:999]")
	}
}

func TestFeedbackNamesTheListing(t *testing.T) {
	server, s := pagesOf(t, nil)
	form := "/feedback?kind=error&listing=" + centerID.String()
	if got := words(one(t, read(t, server, form, 200), "main")); !strings.Contains(got, "This is about: Bay Center") {
		t.Errorf("the form says %q", got)
	}
	one(t, read(t, server, form, 200), "#kind-error[checked]")
	s.broken = errors.New("down")
	if got := words(one(t, read(t, server, form, 200), "main")); !strings.Contains(got, "This is about the listing you came from.") {
		t.Errorf("without the store the form says %q", got)
	}
}

// TestTextsLeadSomewhere follows every link of the pages about this site.
func TestTextsLeadSomewhere(t *testing.T) {
	server, _ := pagesOf(t, nil)
	for _, lang := range []string{"", "/es"} {
		for _, path := range []string{"/about/data", "/about/editorial", "/privacy", "/safety", "/accessibility", "/helplines", "/helplines/US"} {
			main := one(t, read(t, server, lang+path, 200), "main")
			for _, a := range pick(main, "a[href]") {
				to, fragment, _ := strings.Cut(attr(a, "href"), "#")
				if to == "" || !strings.HasPrefix(to, "/") {
					continue
				}
				if doc := read(t, server, to, 200); fragment != "" && len(pick(doc, "#"+fragment)) != 1 {
					t.Errorf("%s leads to %q, which isn't there", path, attr(a, "href"))
				}
			}
		}
	}
}
