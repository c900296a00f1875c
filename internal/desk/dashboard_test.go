package desk_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// TestAgeBand: every verification is in one band, the older the later, and bands end where they say.
func TestAgeBand(t *testing.T) {
	last := len(desk.AgeDays) + 1
	rapid.Check(t, func(t *rapid.T) {
		now := directorytest.Epoch().Add(time.Duration(rapid.Int64Range(0, int64(400*24*time.Hour)).Draw(t, "now")))
		age := func(name string) time.Duration {
			return time.Duration(rapid.Int64Range(-int64(48*time.Hour), int64(900*24*time.Hour)).Draw(t, name))
		}
		younger, older := age("an age"), age("another")
		if younger > older {
			younger, older = older, younger
		}
		bandOf := func(age time.Duration) int {
			return desk.AgeBand(directory.Verification{At: now.Add(-age)}, now)
		}
		if a, b := bandOf(younger), bandOf(older); a > b || a < 0 || b >= last {
			t.Errorf("%v is in band %d and %v in %d", younger, a, older, b)
		}
		for i, days := range desk.AgeDays {
			edge := time.Duration(days) * 24 * time.Hour
			if bandOf(edge) != i || bandOf(edge+time.Microsecond) != i+1 {
				t.Errorf("%d days are in band %d, and a moment more in %d", days, bandOf(edge), bandOf(edge+time.Microsecond))
			}
		}
		if desk.AgeBand(directory.Verification{Due: now}, now) != last {
			t.Error("never verified is in another band than the last")
		}
	})
}

// board is a dashboard over a store and the embedded engine.
type board struct {
	*desk.Dashboard
	t     *testing.T
	store *store.Store
	index *search.Indexer
	now   time.Time
	asked int // how often sites were asked for
}

func eachBoard(t *testing.T, fn func(t *testing.T, b *board)) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) { fn(t, newBoard(t, dsn)) })
}

func newBoard(t *testing.T, dsn string) *board {
	b := &board{t: t, now: directorytest.Epoch().AddDate(0, 1, 0)}
	clock := func() time.Time { return b.now }
	b.store = storetest.Open(t, dsn, store.Options{Now: clock})
	places, err := gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	engine := embedded.New(directorytest.Vocabulary())
	t.Cleanup(engine.Close)
	b.index = search.NewIndexer(engine, b.store, quiet)
	b.Dashboard = desk.NewDashboard(desk.DashboardParts{
		Each: b.store.Each, Latest: b.store.Latest, Misses: b.store, Places: places, Log: quiet, Now: clock,
		Sites: func(ctx context.Context, o desk.Offer) ([]orb.Point, error) {
			b.asked++
			return search.Sites(ctx, engine, o.Facet, o.Code)
		},
	})
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { b.Run(ctx); close(done) }()
	t.Cleanup(func() { end(); <-done })
	return b
}

// save keeps listings and has the engine know them.
func (b *board) save(all ...*directory.Listing) {
	b.t.Helper()
	err := b.store.SaveMany(b.t.Context(), all, directory.Editor{Name: "test"})
	if err == nil {
		err = b.index.Build(b.t.Context())
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// counted waits for a census of what is saved.
func (b *board) counted() *desk.Census {
	b.t.Helper()
	for b.t.Context().Err() == nil {
		c, current, err := b.Census(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		if current {
			return c
		}
	}
	b.t.Fatal("no census")
	return nil
}

func TestCensus(t *testing.T) {
	eachBoard(t, func(t *testing.T, b *board) {
		r := rand.New(rand.NewPCG(5, 6))
		towns := []directory.Site{
			{Address: directory.Address{City: "Boston", Division: "MA", Country: "US"}, Point: geo.LatLng(42.36, -71.06), Precision: geo.City},
			{Address: directory.Address{City: "Denver", Division: "Colorado", Country: "US"}, Point: geo.LatLng(39.74, -104.98), Precision: geo.City},
			{Address: directory.Address{City: "Berlin", Division: "Berlin", Country: "DE"}, Point: geo.LatLng(52.52, 13.41), Precision: geo.City},
		}
		codes := []string{"US-MA", "US-CO", "DE"}
		var all []*directory.Listing
		lasting := 0 // that still hold 46 days later
		want := desk.Census{At: b.now, Offers: map[desk.Offer]*desk.Spread{}}
		for n := range 120 {
			l := directorytest.Sample(n)
			l.Status = directory.Statuses()[r.IntN(4)]
			l.Demonstration = r.IntN(5) == 0
			l.Sites, l.Claims, l.Coverage = nil, nil, directory.Coverage{}
			in := map[string]bool{}
			for range r.IntN(3) {
				i := r.IntN(3)
				l.Sites = append(l.Sites, towns[i])
				in[codes[i]] = true
			}
			if len(l.Sites) == 0 {
				l.Coverage = directory.Coverage{Countries: []string{"CA"}, Divisions: []string{"GB-EAW", "US-MA"}}
				in = map[string]bool{"CA": true, "GB-ENG": true, "GB-WLS": true, "US-MA": true}
			}
			offers := map[desk.Offer]bool{}
			for _, o := range []desk.Offer{{directory.Modality, "cbt"}, {directory.Treatment, "tms"}, {directory.Language, "es"}} {
				answer := directory.Answer(r.IntN(3))
				l.Claims = append(l.Claims, directory.Claim{Facet: o.Facet, Code: o.Code, Value: answer, Source: "https://example.org", By: "x", At: b.now})
				offers[o] = answer == directory.Yes && o.Facet != directory.Language
			}
			days := []int{0, 1, 45, 100, 300, 1000}[r.IntN(6)]
			if l.Verification = (directory.Verification{}); days > 0 {
				l.Verification = directory.Verification{At: b.now.AddDate(0, 0, -days), By: "x", Method: "called"}
			}
			all = append(all, l)
			if l.Demonstration || l.Status != directory.Published {
				continue
			}
			want.Listings++
			if days == 1 {
				lasting++
			}
			want.Ages[map[int]int{1: 0, 45: 1, 100: 2, 300: 3, 1000: 4, 0: 5}[days]]++
			if days == 1 || days == 45 {
				want.Current++
			}
			for o, given := range offers {
				if !given {
					continue
				}
				if want.Offers[o] == nil {
					want.Offers[o] = &desk.Spread{In: map[string]int{}}
				}
				want.Offers[o].Listings++
				for place := range in {
					want.Offers[o].In[place]++
				}
			}
		}
		if c := b.counted(); c.Listings != 0 || c.Verified() != 0 {
			t.Errorf("an empty directory has %+v", c)
		}
		b.save(all...)
		got := b.counted()
		if d := cmp.Diff(&want, got); d != "" || want.Listings == 0 {
			t.Fatal(d)
		}
		sum := 0
		for _, n := range got.Ages {
			sum += n
		}
		if sum != got.Listings || got.Verified() != sum-got.Ages[len(got.Ages)-1] {
			t.Errorf("%d of %d have an age", sum, got.Listings)
		}
		if again := b.counted(); again != got {
			t.Error("counted twice, though nothing changed")
		}
		b.now = b.now.AddDate(0, 0, 46)
		if later := b.counted(); later.Current != lasting || later.Ages[0] != 0 {
			t.Errorf("weeks later %d still hold, want %d; %d are young", later.Current, lasting, later.Ages[0])
		}
	})
}

// TestGaps compares with looking at every site for every city.
func TestGaps(t *testing.T) {
	b := newBoard(t, storetest.SQLite(t))
	r := rand.New(rand.NewPCG(7, 8))
	cities := b.Places.Cities()
	tms := desk.Offer{Facet: directory.Treatment, Code: "tms"}
	none, err := b.Gaps(t.Context(), desk.GapQuery{Offer: tms, Beyond: 1e9, Where: "US-NE"})
	if err != nil || len(none.Gaps) != len(none.All) || len(none.All) == 0 || !math.IsInf(none.Gaps[0].Distance, 1) {
		t.Fatalf("where nobody gives it: %+v, %v", none, err)
	}
	var all []*directory.Listing
	var points []orb.Point
	for n := range 60 {
		l := directorytest.Sample(n)
		near := cities[r.IntN(len(cities))]
		p := geo.LatLng(max(-89, min(89, near.Point.Lat()+r.Float64()-0.5)), near.Point.Lon())
		l.Status, l.Demonstration = directory.Published, n%10 == 0
		l.Sites = []directory.Site{{Address: directory.Address{City: near.Name, Country: near.Country}, Point: p, Precision: geo.Exact}}
		l.Coverage = directory.Coverage{}
		answer := []directory.Answer{directory.Yes, directory.Yes, directory.No, directory.Unknown}[n%4]
		l.Claims = []directory.Claim{{Facet: tms.Facet, Code: tms.Code, Value: answer, Source: "https://example.org", By: "x", At: b.now}}
		if answer == directory.Yes && !l.Demonstration {
			points = append(points, p)
		}
		all = append(all, l)
	}
	b.save(all...)
	for _, where := range []string{"US-NE", "FR", "FJ"} {
		for _, beyond := range []float64{0, 80_467, 2_000_000} {
			want := map[geo.Place]float64{}
			places, people := 0, 0
			for _, c := range cities {
				if c.Country != where && c.Admin1Code != where {
					continue
				}
				places++
				d := math.Inf(1)
				for _, p := range points {
					d = min(d, geo.Distance(c.Point, p))
				}
				if d > beyond {
					want[c] = d
					people += c.Population
				}
			}
			for _, order := range desk.GapSorts() {
				got, err := b.Gaps(t.Context(), desk.GapQuery{Offer: tms, Beyond: beyond, Where: where, Sort: order})
				if err != nil {
					t.Fatal(err)
				}
				if len(got.All) != places || got.PeopleBeyond != people || len(got.Gaps) != len(want) {
					t.Fatalf("%s beyond %v: %d of %d places with %d people, want %d of %d with %d", where, beyond, len(got.Gaps), len(got.All), got.PeopleBeyond, len(want), places, people)
				}
				for i, g := range got.Gaps {
					if d, there := want[g.Place]; !there || math.Abs(d-g.Distance) > 1 {
						t.Fatalf("%s is %v m away, want %v", g.Label(), g.Distance, d)
					}
					if i == 0 {
						continue
					}
					before := got.Gaps[i-1]
					if order == desk.GapsByPeople && before.Population < g.Population || order == desk.GapsByDistance && before.Distance < g.Distance || order == desk.GapsByName && before.Name > g.Name {
						t.Fatalf("by %s %s comes before %s", order, before.Label(), g.Label())
					}
				}
			}
		}
	}
	if b.asked != 2 {
		t.Errorf("the engine was asked %d times for two states of the directory", b.asked)
	}
	// Of more offers than are kept, those asked last are.
	for i := range 20 {
		if _, err := b.Gaps(t.Context(), desk.GapQuery{Offer: desk.Offer{Facet: directory.Modality, Code: string(rune('a' + i))}, Where: "US"}); err != nil {
			t.Fatal(err)
		}
	}
	before := b.asked
	for _, code := range []string{"t", "a"} {
		if _, err := b.Gaps(t.Context(), desk.GapQuery{Offer: desk.Offer{Facet: directory.Modality, Code: code}, Where: "US"}); err != nil {
			t.Fatal(err)
		}
	}
	if b.asked != before+1 {
		t.Errorf("asked %d times, want once for what was dropped", b.asked-before)
	}
}
