package desk_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/search"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

func unmet(place string, wants ...string) *search.Unmet {
	u := &search.Unmet{Place: place}
	for i := 0; i < len(wants); i += 2 {
		u.Asked = append(u.Asked, search.Wanted{Facet: search.FacetName(wants[i]), Value: wants[i+1]})
	}
	return u
}

// TestMisses counts searches for weeks on two servers, and compares what the store tells with what was asked: only what
// came together often enough in the last days, one thing at a time.
func TestMisses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := rand.New(rand.NewPCG(3, 4))
		now := directorytest.Epoch()
		clock := func() time.Time { return now }
		servers := []*desk.MissCounter{desk.NewMissCounter(s, clock, quiet), desk.NewMissCounter(s, clock, quiet)}
		type asked struct {
			miss desk.Miss
			day  time.Time
		}
		var all []asked
		for day := range 40 {
			for range r.IntN(4) {
				m := desk.Miss{Facet: "treatment", Code: []string{"tms", "ect"}[r.IntN(2)], Place: []string{"US-NE", "US-WY", "DE"}[r.IntN(3)]}
				servers[r.IntN(2)].Count(unmet(m.Place, m.Facet, m.Code))
				all = append(all, asked{m, now})
			}
			for _, c := range servers {
				c.Flush(t.Context())
			}
			first := now.AddDate(0, 0, -29)
			want := map[desk.Miss]int{}
			for _, a := range all {
				if !a.day.Before(first) {
					want[a.miss]++
				}
			}
			got, err := s.Misses(t.Context(), first)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range got {
				if c.N < desk.MissFloor || c.N != want[c.Miss] {
					t.Fatalf("day %d: %+v, but %d asked", day, c, want[c.Miss])
				}
				if i > 0 && c.N > got[i-1].N {
					t.Fatalf("day %d: %+v is behind %+v", day, c, got[i-1])
				}
				delete(want, c.Miss)
			}
			for m, n := range want {
				if n >= desk.MissFloor {
					t.Fatalf("day %d: %d asked for %+v, and nothing says so", day, n, m)
				}
			}
			now = now.AddDate(0, 0, 1)
		}
		// What is older is gone, not only left out.
		got, err := s.Misses(t.Context(), directorytest.Epoch())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range got {
			recent := 0
			for _, a := range all {
				if a.miss == c.Miss && !a.day.Before(now.AddDate(0, 0, -30)) {
					recent++
				}
			}
			if c.N != recent {
				t.Errorf("%+v are kept, of which %d are recent", c, recent)
			}
		}
	})
}

// TestMissesAreApart: of what a search asked for together one thing is counted, any of them.
func TestMissesAreApart(t *testing.T) {
	k := &missKeeper{}
	c := desk.NewMissCounter(k, nil, quiet)
	for range 200 {
		c.Count(unmet("US-WY", "treatment", "ect", "language", "so", "age", "teen"))
	}
	c.Flush(t.Context())
	sum := 0
	for m, n := range k.counts {
		if n == 0 || n == 200 {
			t.Errorf("%+v was counted %d times", m, n)
		}
		sum += n
	}
	if sum != 200 || len(k.counts) != 3 {
		t.Errorf("of 200 searches %v were counted", k.counts)
	}
}

var quiet = slog.New(slog.DiscardHandler)

// missKeeper is a store that can fail.
type missKeeper struct {
	mu     sync.Mutex
	down   bool
	counts map[desk.Miss]int
}

func (k *missKeeper) AddMisses(_ context.Context, _ time.Time, counts map[desk.Miss]int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down {
		return errors.New("down")
	}
	if k.counts == nil {
		k.counts = map[desk.Miss]int{}
	}
	for m, n := range counts {
		k.counts[m] += n
	}
	return nil
}

func (k *missKeeper) Misses(context.Context, time.Time) ([]desk.MissCount, error) { return nil, nil }
func (k *missKeeper) ForgetMisses(context.Context, time.Time) error               { return nil }

// TestMissesWait: counts that can't be kept are kept later, each once, and the log says nothing of them.
func TestMissesWait(t *testing.T) {
	var log bytes.Buffer
	k := &missKeeper{down: true}
	c := desk.NewMissCounter(k, nil, slog.New(slog.NewTextHandler(&log, nil)))
	ctx, end := context.WithCancel(t.Context())
	var searches sync.WaitGroup
	for range 8 {
		searches.Go(func() {
			for range 50 {
				c.Count(unmet("US-NE", "modality", "dbt"))
				c.Flush(ctx)
			}
		})
	}
	searches.Wait()
	k.down = false
	c.Count(unmet("US-NE", "modality", "dbt"))
	end()
	c.Run(ctx) // its end is the time to add
	if got := k.counts[desk.Miss{Facet: "modality", Code: "dbt", Place: "US-NE"}]; got != 401 {
		t.Errorf("%d of 401 are kept", got)
	}
	if text := log.String(); text == "" || slices.ContainsFunc([]string{"dbt", "US-NE", "modality"}, func(s string) bool { return bytes.Contains(log.Bytes(), []byte(s)) }) {
		t.Errorf("the log says %q", text)
	}
}

// TestMissesAreBounded: whoever asks for everything everywhere fills no memory.
func TestMissesAreBounded(t *testing.T) {
	k := &missKeeper{}
	c := desk.NewMissCounter(k, nil, quiet)
	for i := range 20_000 {
		c.Count(unmet("US-NE", "language", string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676))))
	}
	c.Flush(t.Context())
	if n := len(k.counts); n != 10_000 {
		t.Errorf("%d are kept", n)
	}
}
