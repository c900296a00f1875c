package store_test

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

func TestChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if n := latest(t, s); n != 0 || len(changes(t, s, 0)) != 0 {
			t.Fatalf("a new log ends at %d", n)
		}
		a, b := save(t, s, directorytest.Sample(1)), save(t, s, directorytest.Sample(2))
		seen := changes(t, s, 0)
		want := []directory.Change{{Seq: 1, ID: a.ID, Revision: 1, At: a.UpdatedAt}, {Seq: 2, ID: b.ID, Revision: 1, At: b.UpdatedAt}}
		if !slices.Equal(seen, want) || latest(t, s) != 2 {
			t.Fatalf("changes %+v, want %+v; latest %d", seen, want, latest(t, s))
		}
		if first, err := s.Changes(t.Context(), 0, 1); err != nil || !slices.Equal(first, seen[:1]) {
			t.Errorf("one change: %+v, %v", first, err)
		}
		if rest := changes(t, s, 1); !slices.Equal(rest, seen[1:]) {
			t.Errorf("above 1: %+v", rest)
		}
		save(t, s, a)
		want = []directory.Change{seen[1], {Seq: 3, ID: a.ID, Revision: 2, At: a.UpdatedAt}}
		if got := changes(t, s, 0); !slices.Equal(got, want) || latest(t, s) != 3 {
			t.Errorf("changes %+v, want %+v", got, want)
		}
		if got := changes(t, s, 3); len(got) != 0 {
			t.Errorf("above the latest: %+v", got)
		}
	})
}

func TestBehind(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		now := directorytest.Epoch()
		s := storetest.Open(t, dsn, store.Options{Now: func() time.Time { return now }})
		check := func(after int64, want int, age time.Duration) {
			t.Helper()
			if n, oldest, err := s.Behind(t.Context(), after); n != want || oldest != age || err != nil {
				t.Errorf("behind at %d: %d, %v, %v; want %d, %v", after, n, oldest, err, want, age)
			}
		}
		check(0, 0, 0)
		save(t, s, directorytest.Sample(1))
		now = now.Add(time.Minute)
		save(t, s, directorytest.Sample(2))
		now = now.Add(time.Second)
		check(0, 2, time.Minute+time.Second)
		check(1, 1, time.Second)
		check(2, 0, 0)
	})
}

func TestRenew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, directorytest.Sample(1))
		draft := directorytest.Sample(2)
		draft.Status = directory.Draft
		save(t, s, draft)
		before, seq, err := s.Latest(t.Context())
		if err != nil || before == "" {
			t.Fatalf("%q, %v", before, err)
		}
		if n, err := s.Renew(t.Context()); n != 1 || err != nil {
			t.Errorf("%d to index, %v", n, err)
		}
		after, now, err := s.Latest(t.Context())
		if err != nil || after == before || after == "" || now != seq {
			t.Errorf("log %q at %d, before %q at %d, %v", after, now, before, seq, err)
		}
	})
}

func TestEachStoreHasALogOfItsOwn(t *testing.T) {
	names := map[string]bool{}
	for range 3 {
		storetest.EachNew(t, func(t *testing.T, dsn string) {
			name, _, err := storetest.Open(t, dsn, store.Options{}).Latest(t.Context())
			if err != nil || names[name] {
				t.Errorf("%q again, %v", name, err)
			}
			names[name] = true
		})
	}
}

// TestFollowersMissNothing follows a log through two servers while both are saved through: in every order of commits a
// follower that only remembers the last number it met must meet each listing at its last revision.
func TestFollowersMissNothing(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		servers := []*store.Store{storetest.Open(t, dsn, store.Options{}), storetest.Open(t, dsn, store.Options{})}
		const writers, saves = 4, 12
		var writing, following sync.WaitGroup
		done := make(chan struct{})
		met := make([]map[directory.ID]directory.RevisionNo, len(servers))
		for i, s := range servers {
			following.Go(func() {
				met[i] = map[directory.ID]directory.RevisionNo{}
				at := int64(0)
				for last := false; ; {
					all, err := s.Changes(t.Context(), at, 7)
					if err != nil {
						t.Error(err)
						return
					}
					for _, c := range all {
						if c.Seq <= at {
							t.Errorf("%d after %d", c.Seq, at)
						}
						met[i][c.ID], at = c.Revision, c.Seq
					}
					if len(all) > 0 {
						continue
					}
					if last {
						return
					}
					select {
					case <-done:
						last = true
					default:
					}
				}
			})
		}
		want := make([]map[directory.ID]directory.RevisionNo, writers)
		for w := range writers {
			writing.Go(func() {
				want[w] = map[directory.ID]directory.RevisionNo{}
				s := servers[w%len(servers)]
				for n := range saves {
					l := directorytest.Sample(100*w + n%5)
					l.Revision = want[w][l.ID]
					few := []*directory.Listing{l, directorytest.Sample(100*w + 10 + n)}
					if err := s.SaveMany(t.Context(), few, curator); err != nil {
						t.Error(err)
						return
					}
					for _, l := range few {
						want[w][l.ID] = l.Revision
					}
				}
			})
		}
		writing.Wait()
		close(done)
		following.Wait()
		for _, all := range want {
			for id, no := range all {
				for i := range met {
					if met[i][id] != no {
						t.Errorf("follower %d met %s at revision %d, it is at %d", i, id, met[i][id], no)
					}
				}
			}
		}
	})
}

// TestTheQueueBecomesALog brings a database of before along: every listing gets its row, what was waiting comes last.
func TestTheQueueBecomesALog(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		provider := func() *goose.Provider {
			dialect, folder := goose.DialectSQLite3, "sqlite"
			if strings.HasPrefix(dsn, "postgres") {
				dialect, folder = goose.DialectPostgres, "postgres"
			}
			files, err := fs.Sub(store.Migrations, "migrations/"+folder)
			if err != nil {
				t.Fatal(err)
			}
			p, err := goose.NewProvider(dialect, raw(t, dsn), files, goose.WithDisableGlobalRegistry(true))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		ctx := context.WithoutCancel(t.Context())
		s, err := store.Open(ctx, dsn, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var all []*directory.Listing
		for n := range 4 {
			all = append(all, save(t, s, directorytest.Sample(n)))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := provider().DownTo(ctx, 1); err != nil {
			t.Fatal(err)
		}
		db := raw(t, dsn)
		exec := func(statement string, args ...any) {
			t.Helper()
			if _, err := db.Exec(statement, args...); err != nil {
				t.Fatal(err)
			}
		}
		exec(`DELETE FROM pending_change WHERE listing_id IN ($1, $2)`, all[0].ID[:], all[3].ID[:])
		exec(`INSERT INTO pending_change (listing_id, revision, at) VALUES ($1, 1, 7)`, all[1].ID[:]) // waiting twice
		exec(`DELETE FROM revision WHERE listing_id = $1`, all[2].ID[:])
		exec(`DELETE FROM listing WHERE id = $1`, all[2].ID[:]) // removed, and waiting
		s = storetest.Open(t, dsn, store.Options{})
		var order []directory.ID
		for i, c := range changes(t, s, 0) {
			if order = append(order, c.ID); c.Seq != int64(i+1) || c.Revision != 1 || c.At.IsZero() {
				t.Errorf("number %d is %+v", i, c)
			}
		}
		if len(order) != 4 || order[2] != all[2].ID || order[3] != all[1].ID || latest(t, s) != 4 {
			t.Errorf("the log of %d ends at %d: %s", len(order), latest(t, s), fmt.Sprint(order))
		}
		save(t, s, all[0])
		if latest(t, s) != 5 {
			t.Errorf("the next save is number %d", latest(t, s))
		}
	})
}
