package store_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

func TestEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const n = 1000 // several batches, the last one not full
		var all []*directory.Listing
		published, exported := map[directory.ID]bool{}, map[directory.ID]bool{}
		for i := range n {
			l := directorytest.Sample(i)
			l.Status, l.ArchivedReason, l.Demonstration = directory.Statuses()[i%4], "closed", i%3 == 0
			all = append(all, l)
			published[l.ID], exported[l.ID] = l.Status == directory.Published, !l.Demonstration
		}
		if err := s.SaveMany(t.Context(), all, curator); err != nil {
			t.Fatal(err)
		}
		keep := func(m map[directory.ID]bool) []directory.ID {
			return slices.SortedFunc(maps.Keys(m), func(a, b directory.ID) int { return strings.Compare(string(a[:]), string(b[:])) })
		}
		maps.DeleteFunc(published, func(_ directory.ID, in bool) bool { return !in })
		maps.DeleteFunc(exported, func(_ directory.ID, in bool) bool { return !in })

		got := map[directory.ID]bool{}
		count := 0
		err := s.Each(t.Context(), func(l *directory.Listing) error { got[l.ID] = true; count++; return nil })
		if diff := cmp.Diff(keep(published), keep(got)); err != nil || diff != "" || count != len(got) {
			t.Errorf("Each gave %d of %d: %v", count, len(published), err)
		}
		var ids []directory.ID
		err = s.EachAny(t.Context(), func(l *directory.Listing) error { ids = append(ids, l.ID); return nil })
		if diff := cmp.Diff(keep(exported), ids); err != nil || diff != "" {
			t.Errorf("EachAny, in order: %v\n%s", err, diff)
		}

		enough := errors.New("enough")
		count = 0
		err = s.Each(t.Context(), func(*directory.Listing) error {
			if count++; count == 3 {
				return enough
			}
			return nil
		})
		if err != enough || count != 3 {
			t.Errorf("stopped by its callback: %v after %d", err, count)
		}
		var ended context.Context
		for range 20 { // whether or not the reader is done when the context ends
			ctx, cancel := context.WithCancel(t.Context())
			wantKind(t, s.Each(ctx, func(*directory.Listing) error { cancel(); return nil }), fault.Canceled)
			ended = ctx
		}
		wantKind(t, s.Each(ended, func(*directory.Listing) error { return nil }), fault.Canceled)
	})
}

func TestSaveMany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var all []*directory.Listing
		for i := range 1500 {
			all = append(all, directorytest.Sample(i))
		}
		if err := s.SaveMany(t.Context(), all[:700], curator); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveMany(t.Context(), all, directory.Editor{Name: "import"}); err != nil { // 700 changed, the others new
			t.Fatal(err)
		}
		ids := make([]directory.ID, len(all))
		for i, l := range all {
			ids[i] = l.ID
		}
		found, err := s.Published(t.Context(), ids)
		if diff := cmp.Diff(all, found); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		if all[699].Revision != 2 || all[700].Revision != 1 || latest(t, s) != 2200 || len(changes(t, s, 0)) != 1500 {
			t.Errorf("revisions %d and %d, %d changes", all[699].Revision, all[700].Revision, latest(t, s))
		}
		if h, err := s.History(t.Context(), ids[0], directory.Page{Limit: 9}); err != nil || len(h) != 2 || h[0].By.Name != "import" || h[1].By != curator {
			t.Errorf("history: %+v, %v", h, err)
		}

		// One stale listing takes its batch with it, and no other.
		for i := range 1200 {
			all[i] = all[i].Clone()
		}
		all[1100].Revision = 0
		wantKind(t, s.SaveMany(t.Context(), all[:1200], curator), fault.Conflict)
		if all[0].Revision != 3 || all[1001].Revision != 1 || len(changes(t, s, 2200)) != 1000 {
			t.Errorf("revisions %d and %d, %d changes", all[0].Revision, all[1001].Revision, len(changes(t, s, 2200)))
		}
		twin := directorytest.Sample(5000)
		wantKind(t, s.SaveMany(t.Context(), []*directory.Listing{twin, twin.Clone()}, curator), fault.Conflict)
		if err := s.SaveMany(t.Context(), nil, curator); err != nil {
			t.Errorf("nothing to save: %v", err)
		}
	})
}

func TestDemonstrations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		has := func(want bool) {
			t.Helper()
			if got, err := s.HasDemonstrations(t.Context()); err != nil || got != want {
				t.Errorf("HasDemonstrations = %v, %v", got, err)
			}
		}
		has(false)
		real := save(t, s, directorytest.Sample(0))
		has(false)
		demos := map[directory.ID]directory.RevisionNo{}
		for i := range 250 {
			l := directorytest.Sample(i + 1)
			l.Demonstration = true
			save(t, s, l)
			demos[l.ID] = l.Revision
		}
		has(true)
		met := latest(t, s)
		n, err := s.RemoveDemonstrations(t.Context())
		if n != len(demos) || err != nil {
			t.Errorf("removed %d, %v", n, err)
		}
		has(false)
		left := changes(t, s, met)
		if len(left) != len(demos) {
			t.Errorf("%d changes, want %d", len(left), len(demos))
		}
		for _, c := range left {
			if demos[c.ID] != c.Revision {
				t.Errorf("change %+v", c)
			}
			if found, err := s.Published(t.Context(), []directory.ID{c.ID}); err != nil || found[0] != nil {
				t.Errorf("removed, but Published gives %v, %v", found, err)
			}
			_, err := s.History(t.Context(), c.ID, directory.Page{Limit: 1})
			wantKind(t, err, fault.NotFound)
		}
		listing(t, s, real.ID)
		if n, err := s.RemoveDemonstrations(t.Context()); n != 0 || err != nil {
			t.Errorf("again: %d, %v", n, err)
		}
		again := directorytest.Sample(1)
		again.Demonstration = true
		save(t, s, again)
	})
}
