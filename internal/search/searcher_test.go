package search_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

var (
	boston = orb.Point{-71.05977, 42.35843}
	newEng = &geo.Box{West: -73, South: 41, East: -70, North: 43}
)

func square(t testing.TB, west, south, east, north float64) *geo.Area {
	t.Helper()
	a, err := geo.NewArea(orb.Polygon{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSearchNamesEveryFault(t *testing.T) {
	s, _, _ := searcher(t)
	near := orb.Point{200, 95}
	tests := []struct {
		name string
		q    search.Query
		want []string
	}{
		{"all at once", search.Query{
			Text: "a\x00b", Place: "Boston", Near: &boston, Box: newEng, Area: square(t, 0, 0, 1, 1), Radius: -1,
			Kinds: []directory.Kind{"therapyst"}, Claims: map[directory.Facet][]string{"modality": {"cbt", "ctb"}, "mood": {"x"}},
			Accepting: []directory.AcceptingStatus{""}, VerifiedWithin: -1, Country: "USA", Sort: "nearest", Limit: 101,
			Facets: []search.FacetName{"kinds"}, Cursor: "?",
		}, []string{"q", "near", "bbox", "area", "radius", "kind", "accepting", "modality", "mood", "verified_within", "country", "sort", "facets", "limit", "cursor"}},
		{"long text", search.Query{Text: strings.Repeat("a", 201)}, []string{"q"}},
		{"broken UTF-8", search.Query{Text: "\xff", Place: "\xff"}, []string{"q", "place"}},
		{"no word", search.Query{Text: "?!"}, []string{"q"}},
		{"too many words", search.Query{Text: strings.Repeat("a ", 13)}, []string{"q"}},
		{"place off the Earth", search.Query{Place: "91,0"}, []string{"place"}},
		{"near off the Earth", search.Query{Near: &near}, []string{"near.lat", "near.lng"}},
		{"near is no number", search.Query{Near: &orb.Point{0, math.NaN()}}, []string{"near.lat"}},
		{"radius without a center", search.Query{Radius: 1}, []string{"radius"}},
		{"radius is no number", search.Query{Near: &boston, Radius: math.NaN()}, []string{"radius"}},
		{"radius without end", search.Query{Near: &boston, Radius: math.Inf(1)}, []string{"radius"}},
		{"box upside down", search.Query{Box: &geo.Box{South: 2, North: 1}}, []string{"bbox"}},
		{"box is no number", search.Query{Box: &geo.Box{West: math.NaN()}}, []string{"bbox"}},
		{"distance from nowhere", search.Query{Sort: search.ByDistance}, []string{"sort"}},
		{"distance in the whole world", search.Query{Sort: search.ByDistance, Box: &geo.Box{West: -180, South: -90, East: 180, North: 90}}, []string{"sort"}},
		{"unknown place beside another fault", search.Query{Place: "Nowhereville", Limit: -1}, []string{"limit"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.Search(context.Background(), tt.q)
			if d := cmp.Diff(tt.want, faulty(t, err)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSearchSuggests(t *testing.T) {
	s, _, _ := searcher(t)
	_, err := s.Search(context.Background(), search.Query{
		Kinds: []directory.Kind{"therapyst"}, Claims: map[directory.Facet][]string{"modality": {"TCC"}}, Sort: "distanse",
	})
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) != 3 {
		t.Fatalf("got %v", err)
	}
	for i, want := range []string{"therapist", "cbt", "distance"} {
		if got := f.Fields[i].Suggestions; len(got) == 0 || got[0] != want {
			t.Errorf("%s: suggests %q, want %q first", f.Fields[i].Name, got, want)
		}
	}
}

func TestSearchUnknownPlace(t *testing.T) {
	s, _, _ := searcher(t)
	_, err := s.Search(context.Background(), search.Query{Place: "Bostn"})
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Unresolvable || !slices.Contains(f.Fields[0].Suggestions, "Boston, MA") {
		t.Errorf("got %v, want Unresolvable with Boston suggested", err)
	}
}

// where is the part of a Match that says where, for comparing.
type where struct {
	Region geo.Region
	Origin orb.Point
	Serves search.Locale
	Sort   search.Sort
}

func TestSearchAsksWhere(t *testing.T) {
	s, e, _ := searcher(t)
	const mile = 1609.344
	ocean := orb.Point{-140, -40}
	suva := orb.Point{178.44149, -18.14161}
	fiji := &geo.Box{West: 177, South: -19, East: -179, North: -17}
	middle := orb.Point{179, -18}
	area := square(t, -71.2, 42.2, -71, 42.5)
	whole := geo.Box{West: -170, South: -60, East: 170, North: 60}
	us := search.Locale{Country: "US", Division: "US-MA"}
	tests := []struct {
		name string
		q    search.Query
		want where
	}{
		{"nowhere", search.Query{}, where{nil, orb.Point{}, search.Locale{Anywhere: true}, search.ByRelevance}},
		{"place", search.Query{Place: "boston ma"}, where{geo.Circle{Center: boston, Radius: 25 * mile}, boston, us, search.ByDistance}},
		{"near", search.Query{Near: &boston, Radius: 1000}, where{geo.Circle{Center: boston, Radius: 1000}, boston, us, search.ByDistance}},
		{"near, by name", search.Query{Near: &boston, Sort: search.ByName}, where{geo.Circle{Center: boston, Radius: 25 * mile}, boston, us, search.ByName}},
		{"at sea", search.Query{Near: &ocean}, where{geo.Circle{Center: ocean, Radius: 25 * mile}, ocean, search.Locale{}, search.ByDistance}},
		{"on an island", search.Query{Near: &suva}, where{geo.Circle{Center: suva, Radius: 25 * mile}, suva, search.Locale{Country: "FJ"}, search.ByDistance}},
		{"box across the antimeridian", search.Query{Box: fiji}, where{*fiji, middle, search.Locale{Country: "FJ"}, search.ByRelevance}},
		{"half the world", search.Query{Box: &whole}, where{whole, orb.Point{}, search.Locale{Anywhere: true}, search.ByRelevance}},
		{"area", search.Query{Area: area, Sort: search.ByDistance}, where{area, orb.Point{-71.1, 42.35}, us, search.ByDistance}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := s.Search(context.Background(), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			m := e.asked[0]
			e.asked = nil
			got := where{Region: m.Region, Serves: *m.Serves, Sort: m.Sort}
			if m.Origin != nil {
				got.Origin = *m.Origin
			}
			if p := got.Serves.Point; p != nil && *p != got.Origin {
				t.Errorf("serves the point %v, not %v", *p, got.Origin)
			}
			got.Serves.Point = nil
			near := cmp.Comparer(func(a, b orb.Point) bool { return geo.Distance(a, b) < 100 })
			if d := cmp.Diff(tt.want, got, near, cmp.Comparer(func(a, b *geo.Area) bool { return a == b })); d != "" {
				t.Error(d)
			}
			if c, ok := m.Region.(geo.Circle); ok != (r.Radius > 0) || ok && c.Radius != r.Radius {
				t.Errorf("says the radius is %v, searched %v", r.Radius, m.Region)
			}
			if r.Sort != m.Sort {
				t.Errorf("says it is sorted by %s, asked for %s", r.Sort, m.Sort)
			}
		})
	}
}

func TestSearchAsksWhat(t *testing.T) {
	s, e, _ := searcher(t)
	claims := map[directory.Facet][]string{directory.Modality: {"cbt", "dbt"}}
	_, err := s.Search(context.Background(), search.Query{
		Text: "Déjà vu", Kinds: []directory.Kind{directory.Therapist}, Claims: claims, Accepting: []directory.AcceptingStatus{"yes"},
		SlidingScale: true, Free: true, OpenNow: true, VerifiedWithin: 90, Country: "us", Limit: 7, Facets: []search.FacetName{"modality"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := search.Match{
		Words: []search.Word{{Text: "deja"}, {Text: "vu"}}, Serves: &search.Locale{Anywhere: true},
		Kinds: []directory.Kind{directory.Therapist}, Claims: claims, Accepting: []directory.AcceptingStatus{"yes"},
		SlidingScale: true, Free: true, OpenAt: noon, VerifiedSince: noon.Add(-90 * 24 * time.Hour), Country: "US",
		At: noon, Turn: search.TurnAt(noon), Sort: search.ByRelevance, Limit: 8, Facets: []search.FacetName{"modality"},
	}
	if d := cmp.Diff(want, e.asked[0]); d != "" {
		t.Error(d)
	}
}

func TestSearchReadsTheTruth(t *testing.T) {
	at00 := at(42.36, -71.06)
	cbt := says(directory.Modality, "cbt")
	all := []*directory.Listing{
		listing("withdrawn", directory.Therapist, at00, cbt), listing("changed", directory.Therapist, at00, cbt),
		listing("moved", directory.Therapist, at00, cbt), listing("kept", directory.Therapist, at00, cbt),
		listing("full", directory.Therapist, at00, cbt, func(l *directory.Listing) { l.Accepting.Status = "yes" }),
		listing("made up", directory.Therapist, at00, cbt),
		listing("far line", directory.OnlineService, covers("US"), cbt), listing("our line", directory.OnlineService, covers("US-MA"), cbt),
	}
	for _, l := range all {
		l.Accepting.Status = directory.AcceptingYes
	}
	s, _, b := searcher(t, all...)
	change := func(name string, how func(*directory.Listing)) {
		l := b.all[id(name)].Clone()
		how(l)
		b.put(l)
	}
	change("withdrawn", func(l *directory.Listing) { l.Status = directory.Archived })
	change("changed", func(l *directory.Listing) { l.Claims[0].Value = directory.No })
	change("moved", func(l *directory.Listing) { l.Sites = nil })
	change("full", func(l *directory.Listing) { l.Accepting.Status = directory.AcceptingNo })
	change("made up", func(l *directory.Listing) { l.Demonstration = true })
	change("far line", func(l *directory.Listing) { l.Coverage.Countries = []string{"CA"} })
	r, err := s.Search(context.Background(), search.Query{
		Near: &boston, Claims: map[directory.Facet][]string{directory.Modality: {"cbt"}}, Accepting: []directory.AcceptingStatus{"yes"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := append(names(r.Hits), names(r.Remote)...); !slices.Equal(got, []string{"kept", "our line"}) {
		t.Errorf("shows %q, which the truth does not say", got)
	}
	if r.Total != 6 || r.RemoteTotal != 2 {
		t.Errorf("totals %d and %d, want the engine's 6 and 2", r.Total, r.RemoteTotal)
	}
}

func TestSearchHidesDemonstrationsUnlessLoaded(t *testing.T) {
	l := listing("Demonstration A", directory.Therapist, at(42.36, -71.06), func(l *directory.Listing) { l.Demonstration = true })
	e, b := newPlainEngine(t, l), newBook(l)
	for _, loaded := range []bool{false, true} {
		cfg := config(t, e, b)
		cfg.Demonstration = func() bool { return loaded }
		r, err := search.NewSearcher(cfg).Search(context.Background(), search.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Demonstration != loaded || (len(r.Hits) == 1) != loaded {
			t.Errorf("loaded %v: says %v and shows %q", loaded, r.Demonstration, names(r.Hits))
		}
	}
}

func TestSearchSaysWhy(t *testing.T) {
	all := []*directory.Listing{
		listing("Harbor Clinic", directory.Center, at(42.36, -71.06), says(directory.Treatment, "tms"), says(directory.Modality, "dbt", "cbt")),
		listing("Harbor Online", directory.OnlineService, covers("US-MA"), says(directory.Modality, "cbt")),
	}
	s, _, _ := searcher(t, all...)
	r, err := s.Search(context.Background(), search.Query{Text: "harbor", Place: "Boston", Claims: map[directory.Facet][]string{directory.Modality: {"cbt", "dbt"}}})
	if err != nil {
		t.Fatal(err)
	}
	claim := func(code string) search.Reason {
		return search.Reason{Kind: search.WhyClaim, Facet: directory.Modality, Value: code}
	}
	harbor := search.Reason{Kind: search.WhyWord, Value: "harbor"}
	if d := cmp.Diff([]search.Reason{claim("dbt"), claim("cbt"), {Kind: search.WhyNear}, harbor}, r.Hits[0].Why); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(all[0].Claims[1:], values(r.Hits[0].Claims)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]search.Reason{claim("cbt"), {Kind: search.WhyCoverage, Value: "US-MA"}, harbor}, r.Remote[0].Why); d != "" {
		t.Error(d)
	}
	if h := r.Remote[0]; h.Site != -1 || !math.IsNaN(h.Distance) {
		t.Errorf("remote hit at site %d, %v m away", h.Site, h.Distance)
	}
}

func values(claims []*directory.Claim) []directory.Claim {
	all := make([]directory.Claim, len(claims))
	for i, c := range claims {
		all[i] = *c
	}
	return all
}

// readingEngine answers every question with the same candidates.
type readingEngine struct {
	plainEngine
	found search.Candidates
}

func (e *readingEngine) Match(context.Context, search.Match) (*search.Candidates, error) {
	c := e.found
	c.Hits = slices.Clone(c.Hits)
	return &c, nil
}

func TestSearchSaysHowWordsWereRead(t *testing.T) {
	l := listing("Harbor Clinic", directory.Center, at(42.36, -71.06), says(directory.Modality, "cbt"))
	l.Description = "Close to the Station."
	e := &readingEngine{found: search.Candidates{Total: 1, Hits: []search.Candidate{{ID: l.ID}}}}
	e.found.Read = [][]string{{"nation", "station"}, {"cognitive"}, {"tcc"}, {"harbor"}}
	s := search.NewSearcher(config(t, e, newBook(l)))
	r, err := s.Search(context.Background(), search.Query{Text: "sation cognitve TCC harbor", Literal: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []search.Reason{
		{Kind: search.WhyWord, Value: "station", Asked: "sation"},
		{Kind: search.WhyClaim, Facet: directory.Modality, Value: "cbt", Asked: "cognitve"}, // once, though tcc says it again
		{Kind: search.WhyWord, Value: "harbor"},
	}
	if d := cmp.Diff(want, r.Hits[0].Why); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(l.Claims, values(r.Hits[0].Claims)); d != "" {
		t.Error(d)
	}
}

func TestSearchPassesTheEnginesFailure(t *testing.T) {
	s, _, _ := searcher(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Search(ctx, search.Query{}); !fault.Is(err, fault.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
}

func TestClusters(t *testing.T) {
	s, e, _ := searcher(t, listing("a", directory.Center, at(42.36, -71.06), func(l *directory.Listing) { l.Fees.Free = directory.Yes }))
	c, err := s.Clusters(context.Background(), search.Query{Box: newEng, Free: true}, 9)
	if err != nil || len(c) != 1 || c[0].Sites != 1 || c[0].Cell != geo.ClusterCell(orb.Point{-71.06, 42.36}, 9) || e.asked[0].Region != geo.Region(*newEng) || !e.asked[0].Free {
		t.Errorf("got %v, %v of %+v", c, err, e.asked)
	}
	world := &geo.Box{West: -180, South: -90, East: 180, North: 90}
	if _, err := s.Clusters(context.Background(), search.Query{Box: world}, 5); err != nil {
		t.Errorf("the whole world at zoom 5: %v", err)
	}
	for _, tt := range []struct {
		q    search.Query
		zoom int
		want string
	}{
		{search.Query{}, 3, "bbox"},
		{search.Query{Near: &boston}, 3, "bbox"},
		{search.Query{Box: newEng}, -1, "zoom"},
		{search.Query{Box: newEng}, 21, "zoom"},
		{search.Query{Box: newEng}, 20, "zoom"},
		{search.Query{Box: world}, 12, "zoom"},
		{search.Query{Box: &geo.Box{South: 1}}, 3, "bbox"},
	} {
		_, err := s.Clusters(context.Background(), tt.q, tt.zoom)
		if got := faulty(t, err); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%+v at %d: faults in %q, want %s", tt.q, tt.zoom, got, tt.want)
		}
	}
}

func TestListing(t *testing.T) {
	secret := directory.Site{Address: directory.Address{Street: "1 Safe House Rd"}, Confidential: true}
	set := func(s directory.Status) func(*directory.Listing) {
		return func(l *directory.Listing) {
			l.Status, l.ArchivedReason, l.ReplacedBy = s, "closed in May 2026", id("new")
		}
	}
	s, _, b := searcher(
		t, listing("shown", directory.Center, func(l *directory.Listing) { l.Sites = append(l.Sites, secret) }),
		listing("draft", directory.Center, set(directory.Draft)), listing("review", directory.Center, set(directory.InReview)),
		listing("old", directory.Center), listing("put away", directory.Center, set(directory.Draft)),
	)
	b.put(listing("old", directory.Center, set(directory.Archived)))
	b.put(listing("put away", directory.Center, set(directory.Archived)))
	l, err := s.Listing(context.Background(), id("shown"))
	if err != nil || l.Sites[0].Address.Street != "" {
		t.Errorf("got %+v, %v; want the public form", l, err)
	}
	_, none := s.Listing(context.Background(), id("nobody"))
	for _, name := range []string{"draft", "review", "put away"} {
		if _, err := s.Listing(context.Background(), id(name)); !fault.Is(err, fault.NotFound) || err.Error() != none.Error() {
			t.Errorf("%s: %v can be told from none: %v", name, err, none)
		}
	}
	_, err = s.Listing(context.Background(), id("old"))
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Gone || f.Message != "closed in May 2026" || len(f.Fields) > 0 {
		t.Errorf("got %v, want Gone with the reason, and no word of a draft", err)
	}
	b.put(listing("new", directory.Center))
	_, err = s.Listing(context.Background(), id("old"))
	if !errors.As(err, &f) || f.Fields[0].Suggestions[0] != id("new").String() {
		t.Errorf("got %v, want Gone with the reason and what took its place", err)
	}
}

func TestWhatTookAPlaceIsFollowedToWhatIsPublished(t *testing.T) {
	gone := func(next string) func(*directory.Listing) {
		return func(l *directory.Listing) {
			l.Status, l.ArchivedReason, l.ReplacedBy = directory.Archived, "merged", id(next)
		}
	}
	names := []string{"a", "b", "c", "left", "right"}
	var all []*directory.Listing
	for _, name := range names {
		all = append(all, listing(name, directory.Center))
	}
	s, _, b := searcher(t, all...)
	b.put(listing("a", directory.Center, gone("b")))
	b.put(listing("b", directory.Center, gone("c")))
	b.put(listing("left", directory.Center, gone("right")))
	b.put(listing("right", directory.Center, gone("left")))
	for name, want := range map[string]string{"a": "c", "b": "c", "left": "", "right": ""} {
		_, err := s.Listing(context.Background(), id(name))
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Gone {
			t.Fatalf("%s: %v, want Gone", name, err)
		}
		var got []string
		for _, x := range f.Fields {
			got = append(got, x.Suggestions...)
		}
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || got[0] != id(want).String()) {
			t.Errorf("%s is followed by %v, want %q", name, got, want)
		}
	}
}

// What changed since it was indexed is shown as it is now, or not at all.
func TestSearchFollowsTheTruthOfEachFilter(t *testing.T) {
	good := func(l *directory.Listing) {
		at(42.36, -71.06)(l)
		l.Hours.AlwaysOpen, l.Verification.At = true, noon
	}
	q := search.Query{Near: &boston, Country: "US", OpenNow: true, VerifiedWithin: 30}
	for name, change := range map[string]func(*directory.Listing){
		"moved away":     func(l *directory.Listing) { l.Sites[0].Point = orb.Point{-104.99, 39.74} },
		"moved abroad":   func(l *directory.Listing) { l.Sites[0].Address.Country = "CA" },
		"never verified": func(l *directory.Listing) { l.Verification.At = time.Time{} },
		"closed":         func(l *directory.Listing) { l.Hours = directory.Hours{} },
	} {
		t.Run(name, func(t *testing.T) {
			s, _, b := searcher(t, listing("a", directory.Center, good))
			b.put(listing("a", directory.Center, good, change))
			if r, err := s.Search(context.Background(), q); err != nil || len(r.Hits) != 0 {
				t.Errorf("still shown: %v, %v", names(r.Hits), err)
			}
		})
	}
	s, _, b := searcher(t, listing("a", directory.Center, good))
	b.put(listing("a", directory.Center, good, func(l *directory.Listing) { l.Sites[0].Point = boston }))
	if r, err := s.Search(context.Background(), q); err != nil || len(r.Hits) != 1 || r.Hits[0].Distance != 0 {
		t.Errorf("who moved to the very place is %+v, %v; want it at no distance", r.Hits, err)
	}
}

// An engine that says which revision it checked is believed of that one, and of no other.
func TestSearchChecksWhatChanged(t *testing.T) {
	l := listing("a", directory.Center, at(42.36, -71.06), says(directory.Modality, "cbt"))
	e := &readingEngine{found: search.Candidates{Total: 1, Hits: []search.Candidate{{ID: l.ID, Revision: 1, Distance: 7}}}}
	b := newBook(l)
	s := search.NewSearcher(config(t, e, b))
	q := search.Query{Near: &boston, Kinds: []directory.Kind{directory.Therapist}}
	r, err := s.Search(context.Background(), q)
	if err != nil || len(r.Hits) != 1 || r.Hits[0].Distance != 7 {
		t.Errorf("the revision checked by the engine was checked again: %+v, %v", r.Hits, err)
	}
	b.put(listing("a", directory.Center, at(42.36, -71.06)))
	if r, err = s.Search(context.Background(), q); err != nil || len(r.Hits) != 0 {
		t.Errorf("a center is shown to who asked for therapists: %+v, %v", r.Hits, err)
	}
	q.Kinds, q.Claims = nil, map[directory.Facet][]string{directory.Modality: {"cbt"}}
	e.found.Hits[0].Revision = 2
	if r, err = s.Search(context.Background(), q); err != nil || len(r.Hits) != 0 {
		t.Errorf("shown without the claim that was asked for: %+v, %v", r.Hits, err)
	}
}
