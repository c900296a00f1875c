package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/store/storetest"
)

// TestKilledAtAnyMoment kills a server 50 times while curators publish, withdraw and change many listings at once. After
// each time what was acknowledged is there, what was not is there as a whole or not at all, the audit log is unbroken,
// and a search finds exactly what is published: by the server that is started next, and by one that lived through it all
// and never built its index anew.
func TestKilledAtAnyMoment(t *testing.T) {
	rounds := map[string]int{"sqlite": 50}
	if os.Getenv("CAREFINDER_TEST_POSTGRES") != "" {
		rounds = map[string]int{"sqlite": 35, "postgres": 15}
	}
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		_, database, _ := strings.Cut(t.Name(), "/")
		seed := rand.Uint64()
		t.Logf("%d rounds, seed %d", rounds[database], seed)
		k := newKilling(t, dsn, rand.New(rand.NewPCG(seed, 0)))
		for range rounds[database] {
			k.round(t)
		}
		k.recovers(t)
		t.Logf("%d edits and %d bulk changes", k.clerk.revisions-1, k.crew.revisions-1)
		if k.clerk.revisions == 1 || k.crew.revisions == 1 {
			t.Error("nothing was done between one end and the next")
		}
	})
}

// killing is a directory whose server is killed again and again.
type killing struct {
	dsn      string
	dice     *rand.Rand
	store    *opened
	survivor string
	clerk    *clerk
	crew     *crew
}

const (
	crewSize = 600                    // more than a bulk change takes at once
	busyFor  = 400 * time.Millisecond // a server is worked with for less
	startFor = time.Second
	patience = 10 * time.Second // for what takes a quarter of one
)

func newKilling(t *testing.T, dsn string, dice *rand.Rand) *killing {
	t.Helper()
	var lines strings.Builder
	ids := make([]directory.ID, 1+crewSize)
	for i := range ids {
		ids[i] = directory.ImportedID("killed", fmt.Sprint(i))
		line, err := json.Marshal(map[string]any{
			"id": ids[i].String(), "kind": "center", "name": house(i), "status": "published",
			"sites":    []any{map[string]any{"address": map[string]any{"city": "Boston", "division": "MA", "country": "US"}, "point": map[string]any{"lat": 42 + float64(i)/1000, "lng": -71.06, "precision": "campus"}}},
			"channels": []any{map[string]any{"medium": "web", "address": fmt.Sprintf("https://house-%d.example.org", i)}},
			"sources":  []any{map[string]any{"name": "test", "key": fmt.Sprint(i), "at": "2026-11-23T00:00:00Z"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	if r := commandWith(t, lines.String(), "import", "--empty", "--database", dsn, "-"); r.code != exitOK {
		t.Fatal(r.out, r.err)
	}
	d, err := beginning{Empty: true}.begin(t.Context(), &settings{Database: dsn}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	k := &killing{dsn: dsn, dice: dice, store: d}
	k.survivor, _ = serve(t, "--empty", "--database", dsn)
	of := func(one, other string) (p pair) {
		if p.writes, err = d.hand(t.Context(), "", one); err == nil {
			p.decides, err = d.hand(t.Context(), "", other)
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	k.clerk = &clerk{pair: of("ana", "ben"), id: ids[0], is: wording{house(0), directory.Published}, revisions: 1}
	k.crew = &crew{pair: of("eva", "tom"), ids: ids[1:], revisions: 1}
	return k
}

// house gives names that no two listings share a word of but the last.
func house(n int) string { return fmt.Sprintf("q%dx House", n*7919) }

// round has a server killed at some moment, while it starts or while it is worked with.
func (k *killing) round(t *testing.T) {
	t.Helper()
	if k.dice.IntN(5) == 0 {
		cmd, _, _ := launch(t, "--empty", "--database", k.dsn)
		k.killWithin(cmd, startFor)
		return
	}
	cmd, says := k.recovers(t)
	ctx, end := context.WithCancel(t.Context())
	var work sync.WaitGroup
	for _, one := range []func(context.Context, *rand.Rand) error{k.clerk.edit, k.crew.change} {
		dice := rand.New(rand.NewPCG(k.dice.Uint64(), 0))
		work.Go(func() {
			var err error
			for err == nil && ctx.Err() == nil {
				err = one(ctx, dice)
			}
			if refused := (refusedBy{}); errors.As(err, &refused) {
				t.Errorf("%v\n%s", err, says)
			}
		})
	}
	k.killWithin(cmd, busyFor)
	end()
	work.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

func (k *killing) killWithin(cmd *exec.Cmd, d time.Duration) {
	time.Sleep(time.Duration(k.dice.Int64N(int64(d))))
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// recovers starts a server on what the last one left, and looks at that.
func (k *killing) recovers(t *testing.T) (cmd *exec.Cmd, says *ledger) {
	t.Helper()
	base, cmd, says := process(t, "--empty", "--database", k.dsn)
	k.clerk.goesTo(base)
	k.crew.goesTo(base)
	k.crew.settles(t, k.store)
	k.clerk.settles(t, k.store)
	want := k.published(t)
	for name, at := range map[string]string{"the server started next": base, "the one that lived on": k.survivor} {
		k.finds(t, name, at, want)
	}
	if r := command(t, "check", "--audit", "--database", k.dsn); r.code != exitOK {
		t.Errorf("check: %s%s", r.out, r.err)
	}
	return cmd, says
}

// finds waits until a server finds what it should: an index follows what is saved within a moment.
func (k *killing) finds(t *testing.T, server, base string, want findings) {
	t.Helper()
	var got findings
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if got = everything(t, base); got.equal(want) {
			return
		}
	}
	t.Fatalf("%s finds %s; there are %s", server, got, want)
}

// published is what searches should find.
func (k *killing) published(t *testing.T) findings {
	t.Helper()
	want := findings{names: map[string]string{}}
	err := k.store.Each(t.Context(), func(l *directory.Listing) error {
		want.names[l.ID.String()] = l.Name
		want.claims += len(l.Claims)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want.total = len(want.names)
	return want
}

// findings are what searches find: listings by ID with their names, and what the index counts.
type findings struct {
	names         map[string]string
	total, claims int
	problem       string // in the way of asking
}

// everything asks for all listings there are.
func everything(t *testing.T, base string) findings {
	t.Helper()
	all := findings{names: map[string]string{}}
	for query := (url.Values{"kind": {"center"}, "limit": {"100"}, "facets": {"treatment"}}); ; {
		var page struct {
			Hits   []hit
			Total  int
			Facets struct{ Treatment []struct{ Count int } }
			Next   string
		}
		if status, body := get(t, base+"/api/v1/listings?"+query.Encode(), &page); status != http.StatusOK {
			all.problem = body
			return all
		}
		for _, h := range page.Hits {
			all.names[h.ID] = h.Name
		}
		if page.Next == "" {
			all.total = page.Total
			for _, f := range page.Facets.Treatment {
				all.claims += f.Count
			}
			return all
		}
		query.Set("cursor", page.Next)
	}
}

func (f findings) equal(g findings) bool {
	return maps.Equal(f.names, g.names) && f.total == g.total && f.claims == g.claims && f.problem == g.problem
}

func (f findings) String() string {
	return fmt.Sprintf("%d listings, of which the index counts %d, with %d claims %s", len(f.names), f.total, f.claims, f.problem)
}
