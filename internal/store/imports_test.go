package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/exchange"
	"carefinder/internal/fault"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// atOnce does all of it at the same time, and wants each done or overtaken: whoever is told that the directory can't be
// reached waited for somebody who waited for them.
func atOnce(t *testing.T, all ...func(ctx context.Context) error) {
	t.Helper()
	var wait sync.WaitGroup
	start, errs := make(chan struct{}), make([]error, len(all))
	for i, act := range all {
		wait.Go(func() {
			<-start
			errs[i] = act(t.Context())
		})
	}
	close(start)
	wait.Wait()
	for i, err := range errs {
		if err != nil && !fault.Is(err, fault.Conflict) {
			t.Fatalf("%d: %v", i, err)
		}
	}
}

// taken are listings as an import takes them over what is stored.
func taken(all ...*directory.Listing) []exchange.Taken {
	var out []exchange.Taken
	for _, l := range all {
		out = append(out, exchange.Taken{Listing: l.Clone(), File: l.Clone()})
	}
	return out
}

const rounds = 60

// TestAnImportMeetsAnApproval: the draft that a file brought is approved while the file comes in again, first and later.
func TestAnImportMeetsAnApproval(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, store.Options{})
		by, at := directory.Editor{Name: "import", Note: "file"}, directorytest.Epoch()
		for n := range rounds {
			l := directorytest.Sample(n)
			if n%2 == 1 { // it stands already
				must(s.Save(t.Context(), l, 0, directory.Editor{Name: "Ben"}))
			}
			file := l.Clone()
			file.Audience = "by the file"
			must(s.Offer(t.Context(), taken(file), "file"))
			p := &desk.Proposal{ID: directory.NewID(at), State: desk.InReview, Base: l.Revision, Listing: file.Clone(), Note: "as it says", CreatedAt: at, UpdatedAt: at}
			must(s.AddProposal(t.Context(), p))
			atOnce(t, func(ctx context.Context) error {
				return s.Take(ctx, taken(file), by)
			}, func(ctx context.Context) error {
				p.State, p.Revision = desk.Published, l.Revision+1
				return s.Together(ctx, func(ctx context.Context) error {
					if err := s.SaveProposal(ctx, p, 1); err != nil {
						return err
					}
					return s.Save(ctx, file.Clone(), l.Revision, directory.Editor{Name: "Ada"})
				})
			})
			now, err := s.Listing(t.Context(), l.ID)
			must(err)
			if now.Audience != "by the file" || now.Revision != l.Revision+1 {
				t.Fatalf("round %d: revision %d of %q", n, now.Revision, now.Audience)
			}
		}
	})
}

// TestImportsMeet: two files hold the same listings, each in its own order, one of them as drafts.
func TestImportsMeet(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, store.Options{})
		for n := range rounds / 4 {
			var all []*directory.Listing
			for i := range 20 {
				all = append(all, directorytest.Sample(100*n+i))
			}
			other := slices.Clone(all)
			slices.Reverse(other)
			by := directory.Editor{Name: "import"}
			atOnce(t,
				func(ctx context.Context) error { return s.Take(ctx, taken(all...), by) },
				func(ctx context.Context) error { return s.Take(ctx, taken(other...), by) },
				func(ctx context.Context) error { return s.Offer(ctx, taken(all...), "file") },
				func(ctx context.Context) error { return s.Offer(ctx, taken(other...), "file") },
			)
		}
	})
}
