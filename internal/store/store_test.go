package store_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
	"carefinder/internal/search"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

var (
	_ directory.Store = (*store.Store)(nil)
	_ search.Source   = (*store.Store)(nil)
)

var curator = directory.Editor{Name: "Ada", Note: "called them"}

func save(t *testing.T, s *store.Store, l *directory.Listing) *directory.Listing {
	t.Helper()
	if err := s.Save(t.Context(), l, l.Revision, curator); err != nil {
		t.Fatalf("save: %v", err)
	}
	return l
}

func listing(t *testing.T, s *store.Store, id directory.ID) *directory.Listing {
	t.Helper()
	l, err := s.Listing(t.Context(), id)
	if err != nil {
		t.Fatalf("listing: %v", err)
	}
	return l
}

func changes(t *testing.T, s *store.Store, after int64) []directory.Change {
	t.Helper()
	all, err := s.Changes(t.Context(), after, 1<<30)
	if err != nil {
		t.Fatalf("changes: %v", err)
	}
	return all
}

func latest(t *testing.T, s *store.Store) int64 {
	t.Helper()
	_, seq, err := s.Latest(t.Context())
	if err != nil {
		t.Fatalf("latest: %v", err)
	}
	return seq
}

func wantKind(t *testing.T, err error, k fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != k {
		t.Errorf("got %v, want a %v fault", err, k)
	}
}

func TestSaveAndRead(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		now := directorytest.Epoch().Add(1234 * time.Nanosecond)
		s := storetest.Open(t, dsn, store.Options{Now: func() time.Time { return now }})
		l := directorytest.Sample(1)
		save(t, s, l)
		if want := directorytest.Epoch().Add(time.Microsecond); l.Revision != 1 || l.UpdatedAt != want {
			t.Errorf("revision %d at %v, want 1 at %v", l.Revision, l.UpdatedAt, want)
		}
		if diff := cmp.Diff(l, listing(t, s, l.ID)); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
		next := l.Clone()
		next.Name, next.Status, now = "Another name", directory.Draft, now.Add(time.Hour)
		save(t, s, next)
		if diff := cmp.Diff(next, listing(t, s, l.ID)); diff != "" || next.Revision != 2 {
			t.Errorf("read back revision %d (-want +got):\n%s", next.Revision, diff)
		}

		history, err := s.History(t.Context(), l.ID, directory.Page{Limit: 10})
		want := []directory.Revision{
			{No: 2, At: next.UpdatedAt, By: curator, Listing: next},
			{No: 1, At: l.UpdatedAt, By: curator, Listing: l},
		}
		if diff := cmp.Diff(want, history); err != nil || diff != "" {
			t.Errorf("history: %v (-want +got):\n%s", err, diff)
		}
		second, err := s.History(t.Context(), l.ID, directory.Page{Offset: 1, Limit: 1})
		if diff := cmp.Diff(want[1:], second); err != nil || diff != "" {
			t.Errorf("second page: %v (-want +got):\n%s", err, diff)
		}
		if past, err := s.History(t.Context(), l.ID, directory.Page{Offset: 2, Limit: 9}); err != nil || len(past) != 0 {
			t.Errorf("past the end: %v, %v", past, err)
		}
	})
}

func TestUnknownIsNotFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		id := directory.ImportedID("nobody", "1")
		l, err := s.Listing(t.Context(), id)
		wantKind(t, err, fault.NotFound)
		if l != nil {
			t.Error("a listing beside the error")
		}
		_, err = s.History(t.Context(), id, directory.Page{Limit: 5})
		wantKind(t, err, fault.NotFound)
	})
}

func TestStaleSaveChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := save(t, s, directorytest.Sample(1))
		save(t, s, l.Clone())
		for _, base := range []directory.RevisionNo{0, 1, 3} {
			mine := l.Clone()
			mine.Name, mine.Revision = "Mine", 77
			wantKind(t, s.Save(t.Context(), mine, base, curator), fault.Conflict)
			if mine.Revision != 77 || mine.UpdatedAt != l.UpdatedAt {
				t.Errorf("base %d: the refused listing was changed to revision %d", base, mine.Revision)
			}
		}
		wantKind(t, s.Save(t.Context(), directorytest.Sample(2), 4, curator), fault.Conflict)
		if got := listing(t, s, l.ID); got.Name != l.Name || got.Revision != 2 {
			t.Errorf("now %q at revision %d", got.Name, got.Revision)
		}
		if all := changes(t, s, 0); len(all) != 1 || all[0].Revision != 2 || latest(t, s) != 2 {
			t.Errorf("changes %+v up to %d", all, latest(t, s))
		}
		_, err := s.Listing(t.Context(), directorytest.Sample(2).ID)
		wantKind(t, err, fault.NotFound)
	})
}

func TestOfConcurrentSaversOneWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const savers, rounds = 8, 5
		for base := range directory.RevisionNo(rounds) { // the first round makes the listing
			errs := make([]error, savers)
			var wg sync.WaitGroup
			for i := range savers {
				wg.Go(func() {
					l := directorytest.Sample(1)
					l.Name = fmt.Sprint("saver ", i)
					errs[i] = s.Save(t.Context(), l, base, curator)
				})
			}
			wg.Wait()
			won := slices.Index(errs, nil)
			for i, err := range errs {
				if i != won {
					wantKind(t, err, fault.Conflict)
				}
			}
			if won < 0 {
				t.Fatal("nobody won")
			}
			if l := listing(t, s, directorytest.Sample(1).ID); l.Name != fmt.Sprint("saver ", won) || l.Revision != base+1 {
				t.Errorf("round %d: %q at revision %d, want saver %d", base, l.Name, l.Revision, won)
			}
		}
	})
}

// Batches that save the same listings in opposite orders, as a bulk change and an import may, don't lock each other out:
// one of them comes too late, and is told so.
func TestOppositeBatchesDoNotLockEachOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const n = 300
		all := make([]*directory.Listing, n)
		for i := range all {
			all[i] = directorytest.Sample(i)
		}
		for round := range 4 { // the first saves them anew
			var wg sync.WaitGroup
			var failed [2]error
			batches := [2][]*directory.Listing{}
			for k := range batches {
				for _, l := range all {
					c := l.Clone()
					c.Description = fmt.Sprintf("Round %d of %d.", round, k)
					batches[k] = append(batches[k], c)
				}
			}
			slices.Reverse(batches[1])
			for k := range batches {
				wg.Go(func() { failed[k] = s.SaveMany(context.Background(), batches[k], curator) })
			}
			wg.Wait()
			won := 0
			if failed[0] != nil {
				won = 1
			}
			if failed[won] != nil || !fault.Is(failed[1-won], fault.Conflict) {
				t.Fatalf("round %d: %v and %v, want one saved and one too late", round, failed[0], failed[1])
			}
			all = batches[won]
			if won == 1 {
				slices.Reverse(all)
			}
		}
	})
}

func TestConcurrentWritersAndReaders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const writers, saves = 4, 15
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				l := directorytest.Sample(w)
				for range saves {
					if err := s.Save(t.Context(), l, l.Revision, curator); err != nil {
						t.Error(err)
					}
				}
			})
			wg.Go(func() {
				last := directory.RevisionNo(0)
				for range saves {
					found, err := s.Published(t.Context(), []directory.ID{directorytest.Sample(w).ID})
					if err != nil {
						t.Error(err)
					} else if l := found[0]; l != nil && l.Revision < last {
						t.Errorf("read revision %d after %d", l.Revision, last)
					} else if l != nil {
						last = l.Revision
					}
				}
			})
		}
		wg.Wait()
		if n := latest(t, s); n != writers*saves || len(changes(t, s, 0)) != writers {
			t.Errorf("%d changes, want %d, of %d listings", n, writers*saves, len(changes(t, s, 0)))
		}
	})
}

func TestPublishedKeepsOrderAndHoles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var ids []directory.ID
		want := map[directory.ID]string{}
		for n := range 12 {
			l := directorytest.Sample(n)
			l.Status = directory.Statuses()[n%4]
			l.ArchivedReason = "closed"
			save(t, s, l)
			ids = append(ids, l.ID)
			if l.Status == directory.Published {
				want[l.ID] = l.Name
			}
		}
		ids = append(ids, directory.ImportedID("nobody", "1"), ids[2], directory.ID{})
		slices.Reverse(ids)
		for n := range len(ids) + 1 { // every length, for the statements are padded
			found, err := s.Published(t.Context(), ids[:n])
			if err != nil || len(found) != n {
				t.Fatalf("%d ids gave %d, %v", n, len(found), err)
			}
			for i, l := range found {
				name, ok := want[ids[i]]
				if (l != nil) != ok || l != nil && (l.ID != ids[i] || l.Name != name) {
					t.Errorf("of %d ids, number %d: got %v, want %q", n, i, l, name)
				}
			}
			any, err := s.Listings(t.Context(), ids[:n])
			if err != nil || len(any) != n {
				t.Fatalf("Listings: %d, %v", len(any), err)
			}
			for i, l := range any {
				if exists := !ids[i].IsZero() && ids[i] != directory.ImportedID("nobody", "1"); (l != nil) != exists {
					t.Errorf("Listings number %d: %v", i, l)
				}
			}
		}
	})
}

func TestWithdrawnAndRemovedAreGone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := save(t, s, directorytest.Sample(1))
		l = l.Clone()
		l.Status, l.ArchivedReason = directory.Archived, "closed"
		save(t, s, l)
		if found, err := s.Published(t.Context(), []directory.ID{l.ID}); err != nil || found[0] != nil {
			t.Errorf("withdrawn, but Published gives %v, %v", found[0], err)
		}
		if got := listing(t, s, l.ID); got.Status != directory.Archived {
			t.Errorf("the desk sees %s", got.Status)
		}
	})
}

func TestConfidentialSitesStayHidden(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := save(t, s, directorytest.Confidential(1))
		found, err := s.Published(t.Context(), []directory.ID{l.ID})
		if err != nil || found[0] == nil {
			t.Fatalf("Published: %v, %v", found, err)
		}
		var streamed *directory.Listing
		if err := s.Each(t.Context(), func(l *directory.Listing) error { streamed = l; return nil }); err != nil || streamed == nil {
			t.Fatalf("Each: %v, %v", streamed, err)
		}
		for name, public := range map[string]*directory.Listing{"Published": found[0], "Each": streamed} {
			want := []directory.Site{{Confidential: true, Coverage: l.Sites[0].Coverage}}
			if diff := cmp.Diff(want, public.Sites); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if strings.Contains(fmt.Sprintf("%+v", public), directorytest.Secret) {
				t.Errorf("%s tells the secret: %+v", name, public)
			}
		}
		if got := listing(t, s, l.ID); got.Sites[0].Name != directorytest.Secret {
			t.Error("the desk lost the address")
		}
	})
}

func TestRollListsWhatIsPublishedAndReal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var want []directory.Change
		for n := range 12 {
			l := directorytest.Sample(n)
			l.Status, l.ArchivedReason, l.Demonstration = directory.Statuses()[n%4], "closed", n >= 8
			save(t, s, l)
			if n < 8 && l.Status == directory.Published {
				l = save(t, s, l)
				want = append(want, directory.Change{ID: l.ID, Revision: 2, At: l.UpdatedAt})
			}
		}
		slices.SortFunc(want, func(a, b directory.Change) int { return bytes.Compare(a.ID[:], b.ID[:]) })
		if n, err := s.CountReal(t.Context()); n != len(want) || n != 2 || err != nil {
			t.Errorf("CountReal = %d, %v", n, err)
		}
		for _, c := range []struct {
			after     directory.ID
			skip, max int
			want      []directory.Change
		}{
			{max: 10, want: want},
			{max: 1, want: want[:1]},
			{skip: 1, max: 10, want: want[1:]},
			{skip: 2, max: 10},
			{after: want[0].ID, max: 10, want: want[1:]},
			{after: want[1].ID, max: 10},
		} {
			got, err := s.Roll(t.Context(), c.after, c.skip, c.max)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("behind %s, %d left out, at most %d: %v\n%s", c.after, c.skip, c.max, err, diff)
			}
		}
	})
}

func TestCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if empty, err := s.Empty(t.Context()); !empty || err != nil {
			t.Errorf("new store: Empty = %v, %v", empty, err)
		}
		now := directorytest.Epoch().Add(1000 * time.Hour)
		want := 0
		for i, v := range []directory.Verification{
			{},
			{At: now},
			{At: now.Add(-directory.VerifyEvery)},
			{At: now.Add(-directory.VerifyEvery + time.Second)},
			{At: now, Due: now},
			{At: now, Due: now.Add(time.Microsecond)},
			{At: now, Due: now.Add(-time.Hour)},
		} {
			l := directorytest.Sample(i)
			l.Verification = v
			if v.Overdue(now) {
				want++
			}
			save(t, s, l)
			draft, demo := directorytest.Sample(100+i), directorytest.Sample(200+i)
			draft.Verification, draft.Status = v, directory.Draft
			demo.Verification, demo.Demonstration = v, true
			save(t, s, draft)
			save(t, s, demo)
		}
		if got, err := s.Overdue(t.Context(), now); got != want || want == 0 || err != nil {
			t.Errorf("Overdue = %d, %v, want %d", got, err, want)
		}
		counts, err := s.Count(t.Context())
		if diff := cmp.Diff(map[directory.Status]int{directory.Published: 14, directory.Draft: 7}, counts); err != nil || diff != "" {
			t.Errorf("Count: %v\n%s", err, diff)
		}
		if empty, err := s.Empty(t.Context()); empty || err != nil {
			t.Errorf("Empty = %v, %v", empty, err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestFeedback(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var want []directory.Feedback
		for i := range 5 {
			f := directory.Feedback{Page: "/search", Kind: directory.ReportError, Message: "the number is “dead” 🙁", At: directorytest.Epoch().Add(time.Duration(i) * time.Minute)}
			if i%2 == 0 {
				f.Listing, f.Page = directorytest.Sample(i).ID, ""
			}
			if err := s.SaveFeedback(t.Context(), &f); err != nil {
				t.Fatal(err)
			}
			if f.ID.IsZero() {
				t.Error("no ID")
			}
			want = slices.Insert(want, 0, f)
		}
		got, err := s.Feedbacks(t.Context(), directory.Page{Limit: 10})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		got, err = s.Feedbacks(t.Context(), directory.Page{Offset: 3, Limit: 1})
		if diff := cmp.Diff(want[3:4], got); err != nil || diff != "" {
			t.Errorf("page: %v (-want +got):\n%s", err, diff)
		}
		f := directory.Feedback{Kind: directory.Helpful}
		if err := s.SaveFeedback(t.Context(), &f); err != nil || f.At.IsZero() {
			t.Errorf("without a time: %v, %v", f.At, err)
		}
	})
}

func TestOnChangeComesAfterTheCommit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var told [][]directory.ID
		seen := map[directory.ID]directory.RevisionNo{} // what a reader finds while it is told
		s.OnChange(func(ids []directory.ID) {
			told = append(told, ids)
			found, err := s.Listings(context.WithoutCancel(t.Context()), ids)
			if err != nil {
				t.Error(err)
			}
			for i, l := range found {
				if seen[ids[i]] = 0; l != nil {
					seen[ids[i]] = l.Revision
				}
			}
		})
		a, b := directorytest.Sample(1), directorytest.Sample(2)
		b.Demonstration = true
		save(t, s, a)
		if err := s.SaveMany(t.Context(), []*directory.Listing{a, b}, curator); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[directory.ID]directory.RevisionNo{a.ID: 2, b.ID: 1}, seen); diff != "" {
			t.Errorf("seen (-want +got):\n%s", diff)
		}
		if _, err := s.RemoveDemonstrations(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]directory.ID{{a.ID}, {a.ID, b.ID}, {b.ID}}, told); diff != "" || seen[b.ID] != 0 {
			t.Errorf("told (-want +got):\n%s\nseen %v", diff, seen)
		}
	})
}

func TestEndedContextIsCanceled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		l := save(t, s, directorytest.Sample(1))
		cancel()
		_, err := s.Listing(ctx, l.ID)
		wantKind(t, err, fault.Canceled)
		_, err = s.Published(ctx, []directory.ID{l.ID})
		wantKind(t, err, fault.Canceled)
		_, err = s.Changes(ctx, 0, 5)
		wantKind(t, err, fault.Canceled)
		wantKind(t, s.Save(ctx, l, 1, curator), fault.Canceled)
		wantKind(t, s.Ping(ctx), fault.Canceled)
		if got := listing(t, s, l.ID); got.Revision != 1 {
			t.Errorf("revision %d", got.Revision)
		}
	})
}

func TestInvalidListingIsNotWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := directorytest.Sample(1)
		l.Name = "\xff"
		wantKind(t, s.Save(t.Context(), l, 0, curator), fault.Invalid)
		if n := latest(t, s); n != 0 {
			t.Errorf("%d changes", n)
		}
	})
}
