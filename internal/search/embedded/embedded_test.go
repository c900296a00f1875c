package embedded_test

import (
	"context"
	"flag"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	_ "time/tzdata"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/search/searchtest"
)

// The suite's worlds are too small for what is done where thousands match, so most engines do it where few do.
func TestEngine(t *testing.T) {
	var opened atomic.Int64
	searchtest.Run(t, func(t *testing.T, v *directory.Vocabulary) search.Engine {
		e := embedded.New(v)
		if opened.Add(1)%4 != 0 {
			e.LookRound(3)
		}
		t.Cleanup(e.Close)
		return e
	})
}

// endless is a region whose boundary is everywhere. The first look at it makes whoever asked give up.
type endless struct {
	giveUp context.CancelFunc
	looks  int
}

func (*endless) Contains(orb.Point) bool        { return true }
func (*endless) ContainsVector(geo.Vector) bool { return true }

func (*endless) Covering(int, int) s2.CellUnion {
	return geo.Box{West: -180, South: -90, East: 180, North: 90}.Covering(6, 0)
}

func (r *endless) Meets(s2.CellID) (some, all bool) {
	r.giveUp()
	r.looks++
	return true, false
}

// A question given up ends within a segment too: after Compact there is only one.
func TestGivenUpWithinASegment(t *testing.T) {
	e := embedded.New(searchtest.Vocabulary())
	if err := e.Apply(context.Background(), grid(1000)); err != nil {
		t.Fatal(err)
	}
	ask := map[string]func(ctx context.Context, m search.Match) error{
		"hits": func(ctx context.Context, m search.Match) error { _, err := e.Match(ctx, m); return err },
		"map":  func(ctx context.Context, m search.Match) error { _, err := e.Clusters(ctx, m, 5); return err },
	}
	for name, ask := range ask {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			r := &endless{giveUp: cancel}
			err := ask(ctx, search.Match{Region: r, Sort: search.ByName, Limit: 1})
			if !fault.Is(err, fault.Canceled) || r.looks != 1 {
				t.Errorf("looked at %d cells after giving up at the first, %v", r.looks, err)
			}
		})
	}
}

// A circle of no size is somewhere too, even when thousands stand there and the question is asked from elsewhere.
func TestManyInOnePoint(t *testing.T) {
	e := embedded.New(searchtest.Vocabulary())
	ops := grid(2100)
	here := geo.LatLng(42, -71)
	for i := range ops {
		ops[i].Listing.Sites[0].Point = here
	}
	if err := e.Apply(context.Background(), ops); err != nil {
		t.Fatal(err)
	}
	from := geo.LatLng(42.1, -71)
	c, err := e.Match(context.Background(), search.Match{Region: geo.Circle{Center: here}, Origin: &from, Sort: search.ByDistance, Limit: 5})
	if err != nil || c.Total != len(ops) || len(c.Hits) != 5 {
		t.Errorf("%+v, %v", c, err)
	}
}

// grid makes changes that put listings all over a part of the Earth.
func grid(listings int) (ops []search.Op) {
	for n := range listings {
		l := &directory.Listing{ID: directory.ImportedID("grid", strconv.Itoa(n)), Kind: directory.Therapist, Status: directory.Published, Name: "Grid"}
		l.Sites = []directory.Site{{Point: geo.LatLng(float64(n%60), float64(n/60%60)), Precision: geo.Exact}}
		ops = append(ops, search.Op{ID: l.ID, Listing: l})
	}
	return ops
}

// Close may wait for a merge while a change begins the next one.
func TestWaitingWhileChanging(t *testing.T) {
	e := embedded.New(searchtest.Vocabulary())
	var waiters sync.WaitGroup
	end := make(chan struct{})
	waiters.Go(func() {
		for {
			select {
			case <-end:
				return
			default:
				e.Close()
			}
		}
	})
	all := grid(21_000)
	most := slices.Clone(all[:11_000])
	for i := range most {
		most[i].Listing = nil
	}
	for range 2 {
		for _, ops := range [][]search.Op{all, most} { // each time a segment dies by half, a merge begins
			if err := e.Apply(context.Background(), ops); err != nil {
				t.Error(err)
			}
		}
	}
	close(end)
	waiters.Wait()
	if err := e.Compact(context.Background()); err != nil || e.Len() != 10_000 {
		t.Errorf("%d listings are left, want 10000, %v", e.Len(), err)
	}
}

var update = flag.Bool("update", false, "write the golden file of relevance anew")

func TestRelevance(t *testing.T) {
	searchtest.Relevance(t, "embedded", func(t *testing.T, v *directory.Vocabulary) search.Engine {
		e := embedded.New(v)
		t.Cleanup(e.Close)
		return e
	}, *update)
}
