package search_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

func line(name, country string, priority int, set ...func(*directory.Listing)) *directory.Listing {
	l := listing(name, directory.Helpline, append(set, covers(country))...)
	l.Priority = priority
	l.Hours.AlwaysOpen = true
	return l
}

func TestRelaxations(t *testing.T) {
	cbt, dbt := says(directory.Modality, "cbt"), says(directory.Modality, "dbt")
	tms, free := says(directory.Treatment, "tms"), func(l *directory.Listing) { l.Fees.Free = directory.Yes }
	s, _, _ := searcher(
		t,
		listing("near a", directory.Center, at(42.36, -71.06), cbt, free),
		listing("near b", directory.Center, at(42.36, -71.06), cbt, free),
		listing("near c", directory.Center, at(42.36, -71.06), cbt, tms),
		listing("far", directory.Center, at(43.4, -71.06), cbt, tms, free),     // 116 km
		listing("farther", directory.Center, at(43.5, -71.06), cbt, tms, free), // 127 km
		listing("other", directory.Center, at(42.36, -71.06), dbt, tms, free),
		line("988", "US", 1), line("Text", "US", 2), line("A", "US", 0), line("B", "US", 0), line("GB line", "GB", 1),
	)
	modality := map[directory.Facet][]string{directory.Modality: {"cbt"}, directory.Treatment: {"tms"}}
	tests := []struct {
		name  string
		q     search.Query
		want  []search.Relaxation
		lines []string
	}{
		{"radius first, then the most", search.Query{Near: &boston, Claims: modality, Free: true}, []search.Relaxation{
			{Change: "radius", Value: "160934.4", Total: 2}, // 100 miles: 50 hold nothing
			{Change: "treatment", Total: 2}, {Change: "modality", Total: 1}, {Change: "free", Total: 1},
		}, []string{"988", "Text", "A"}},
		{"words", search.Query{Text: "zebra", Country: "US"}, []search.Relaxation{{Change: "q", Total: 10, Remote: 4}}, []string{"988", "Text", "A"}},
		{"country", search.Query{Kinds: []directory.Kind{"center"}, Country: "GB"}, []search.Relaxation{
			{Change: "country", Total: 6}, {Change: "kind", Total: 1, Remote: 1},
		}, []string{"GB line"}},
		{"nothing would help", search.Query{Place: "Berlin", Kinds: []directory.Kind{"program"}}, nil, nil},
		{"nobody knows where", search.Query{Kinds: []directory.Kind{"program"}}, []search.Relaxation{{Change: "kind", Total: 11, Remote: 5}}, []string{"988", "Text", "A"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := s.Search(context.Background(), tt.q)
			if err != nil || len(r.Hits)+len(r.Remote) > 0 {
				t.Fatalf("%v, %q", err, names(r.Hits))
			}
			if d := cmp.Diff(tt.want, r.Relaxations); d != "" {
				t.Error(d)
			}
			if got := names(r.Helplines); !slices.Equal(got, tt.lines) {
				t.Errorf("helplines %q, want %q", got, tt.lines)
			}
		})
	}
}

func TestRelaxingOnlyCounts(t *testing.T) {
	s, e, _ := searcher(t)
	q := search.Query{Place: "Boston", Text: "zebra", Free: true, Facets: search.FacetNames()}
	if _, err := s.Search(context.Background(), q); err != nil || len(e.asked) != 9 {
		t.Fatalf("asked %d times, want the question, the helplines, four circles, the nearest and two filters; %v", len(e.asked), err)
	}
	for i, m := range e.asked[2:] {
		if i == 4 {
			m.Limit-- // the nearest
		}
		if m.Limit != 0 || m.Facets != nil {
			t.Errorf("asks for %d hits and counts %v, which nobody sees", m.Limit, m.Facets)
		}
	}
}

// A relaxation is a promise: asking so must find as many.
func TestRelaxationsKeepTheirPromise(t *testing.T) {
	s, _ := manyNear(t, 9)
	q := search.Query{Place: "Boston", Radius: 100, Kinds: []directory.Kind{"center"}, Free: true, Text: "c1"}
	if r, err := s.Search(context.Background(), q); err != nil || len(r.Relaxations) != 0 {
		t.Fatalf("two filters are in the way, and one is said to be enough: %+v, %v", r, err)
	}
	q.Free = false
	r, err := s.Search(context.Background(), q)
	if err != nil || len(r.Relaxations) != 1 || r.Relaxations[0].Change != "radius" {
		t.Fatalf("%+v, %v", r, err)
	}
	q.Radius = 80467.2
	wide, err := s.Search(context.Background(), q)
	if err != nil || wide.Total != r.Relaxations[0].Total || r.Relaxations[0].Value != "80467.2" {
		t.Errorf("promised %+v, found %d, %v", r.Relaxations, wide.Total, err)
	}
}

// What is promised is found, to the listing, whatever was asked of whichever world; and the place named is where the
// nearest is.
func TestRelaxationsAreExact(t *testing.T) {
	towns := []orb.Point{boston, geo.LatLng(39.74, -104.98), geo.LatLng(51.51, -0.13), geo.LatLng(-18.14, 178.44)}
	promises := 0
	rapid.Check(t, func(rt *rapid.T) {
		var all []*directory.Listing
		for i := range rapid.IntRange(1, 25).Draw(rt, "listings") {
			l := listing(fmt.Sprint("l", i), rapid.SampledFrom([]directory.Kind{"center", "program", "helpline"}).Draw(rt, "kind"))
			for _, code := range []string{"cbt", "dbt"} {
				if rapid.Bool().Draw(rt, code) {
					says(directory.Modality, code)(l)
				}
			}
			if rapid.IntRange(0, 4).Draw(rt, "remote") == 0 {
				covers(rapid.SampledFrom([]string{"US", "GB", "US-MA"}).Draw(rt, "serves"))(l)
			} else {
				p := rapid.SampledFrom(towns).Draw(rt, "town")
				at(p.Lat()+rapid.Float64Range(-0.1, 0.1).Draw(rt, "off"), p.Lon())(l)
			}
			l.Fees.Free = directory.Answer(rapid.IntRange(0, 2).Draw(rt, "free"))
			all = append(all, l)
		}
		s, _, _ := searcher(t, all...)
		q := search.Query{Near: &boston, Free: rapid.Bool().Draw(rt, "only free"), Radius: rapid.Float64Range(1, 50_000).Draw(rt, "radius")}
		q.Kinds = []directory.Kind{rapid.SampledFrom([]directory.Kind{"center", "program"}).Draw(rt, "asked")}
		q.Claims = map[directory.Facet][]string{directory.Modality: {"cbt"}}
		r, err := s.Search(context.Background(), q)
		if err != nil {
			rt.Fatal(err)
		}
		if r.Total > 0 && len(r.Relaxations) > 0 {
			rt.Fatalf("%d are near, and other questions are advised", r.Total)
		}
		for _, x := range r.Relaxations {
			promises++
			relaxed := asked(t, q, x)
			found, err := s.Search(context.Background(), relaxed)
			if err != nil || found.Total+found.RemoteTotal != x.Total || found.RemoteTotal != x.Remote {
				rt.Fatalf("promised %+v, found %d and %d remote, %v", x, found.Total, found.RemoteTotal, err)
			}
			if x.Change == "place" {
				nearest := math.Inf(1)
				for _, l := range all {
					if l.Kind == q.Kinds[0] && l.Has(directory.Modality, "cbt") && (!q.Free || l.Fees.Free == directory.Yes) && len(l.Sites) > 0 {
						nearest = min(nearest, geo.Distance(boston, l.Sites[0].Point))
					}
				}
				if x.Distance != nearest {
					rt.Fatalf("the nearest is said to be %v m away, it is %v", x.Distance, nearest)
				}
			}
		}
	})
	if promises == 0 {
		t.Error("nothing was promised")
	}
}

// asked is the question that a relaxation of q stands for.
func asked(t *testing.T, q search.Query, x search.Relaxation) search.Query {
	switch x.Change {
	case "radius":
		var err error
		if q.Radius, err = strconv.ParseFloat(x.Value, 64); err != nil {
			t.Fatal(err)
		}
	case "place":
		q.Near, q.Place = nil, x.Value
	case "free":
		q.Free = false
	case "kind":
		q.Kinds = nil
	case "modality":
		q.Claims = nil
	default:
		t.Fatalf("nobody asked for %s", x.Change)
	}
	return q
}

// stoppingEngine answers once and then fails.
type stoppingEngine struct {
	*plainEngine
	left int
}

func (e *stoppingEngine) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	if e.left--; e.left < 0 && len(m.Kinds) == 0 {
		return nil, fault.New(fault.Unavailable, "engine down")
	}
	return e.plainEngine.Match(ctx, m)
}

func TestRelaxingNeverCostsTheAnswer(t *testing.T) {
	l := line("988", "US", 1)
	e := &stoppingEngine{plainEngine: newPlainEngine(t, l), left: 1}
	r, err := search.NewSearcher(config(t, e, newBook(l))).Search(context.Background(), search.Query{Text: "zebra", Free: true})
	if err != nil || len(r.Relaxations) != 0 || !slices.Equal(names(r.Helplines), []string{"988"}) {
		t.Errorf("%+v, %v", r, err)
	}
}

// hasty lets whoever asks give up as soon as advice is looked for.
type hasty struct {
	*plainEngine
	giveUp context.CancelFunc
}

func (e hasty) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	if ctx.Err() != nil {
		return nil, fault.Wrap(fault.Canceled, "given up", ctx.Err())
	}
	if m.Limit == 0 {
		e.giveUp()
	}
	return e.plainEngine.Match(ctx, m)
}

func TestHelplinesComeBeforeAdvice(t *testing.T) {
	line := listing("line", directory.Helpline, covers("US"))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := search.NewSearcher(config(t, hasty{newPlainEngine(t, line), cancel}, newBook(line)))
	r, err := s.Search(ctx, search.Query{Near: &boston, Kinds: []directory.Kind{directory.Center}})
	if err != nil || len(r.Helplines) != 1 {
		t.Errorf("got %+v, %v; want the helpline though there was no time for advice", r, err)
	}
}

// A country's first line may be one for some: who finds nothing is shown a line for anyone before it.
func TestTheLinesForAnyoneStandFirst(t *testing.T) {
	line := func(name string, priority int, topic string) *directory.Listing {
		return listing(name, directory.Helpline, covers("US"), says(directory.Topic, topic), func(l *directory.Listing) { l.Priority = priority })
	}
	s, _, _ := searcher(t, line("veterans", 1, "veterans"), line("anyone", 2, "suicide"))
	r, err := s.Search(context.Background(), search.Query{Place: "Boston", Kinds: []directory.Kind{directory.Center}})
	if err != nil || !slices.Equal(names(r.Helplines), []string{"anyone", "veterans"}) {
		t.Errorf("%q, %v", names(r.Helplines), err)
	}
}
