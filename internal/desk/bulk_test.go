package desk_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
	"carefinder/internal/store"
)

var _ desk.BulkStore = (*store.Store)(nil)

func (o *hall) bulk() *desk.BulkEditing {
	door := directory.NewDesk(o.store, directorytest.Vocabulary(), nil)
	return desk.NewBulkEditing(o.store, o.store, door, &o.trail, false, func() time.Time { return o.now }, slog.New(slog.DiscardHandler))
}

// finish works until nothing runs, each batch by an editing of its own, as after a restart.
func (o *hall) finish() {
	o.t.Helper()
	for {
		n, err := o.bulk().Step(o.t.Context())
		o.must(err)
		if n == 0 {
			return
		}
	}
}

// outcomes checks how many listings of a bulk change came to what.
func (o *hall) outcomes(id directory.ID, state desk.BulkState, want map[desk.Outcomed]int) *desk.Bulk {
	o.t.Helper()
	b, err := o.store.Bulk(o.t.Context(), id)
	o.must(err)
	if b.State != state || len(b.Outcomes) != len(want) {
		o.t.Errorf("%s with %v, want %s with %v", b.State, b.Outcomes, state, want)
	}
	for k, n := range want {
		if b.Outcomes[k] != n {
			o.t.Errorf("%s: %d, want %d", k, b.Outcomes[k], n)
		}
	}
	return b
}

func TestBulkChangeAndUndo(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		const n = 203 // a batch of 100, and one that is not full
		var all []*directory.Listing
		var ids []directory.ID
		for i := range n {
			l := directorytest.Sample(i)
			l.Status = directory.Draft
			if i == 7 {
				l.Channels = nil // can't be published
			}
			all, ids = append(all, l), append(ids, l.ID)
		}
		all[8].Status = directory.Published
		o.save(all...)
		ids = append(ids, ids[0], directory.NewID(o.now)) // one twice, one that isn't there

		e := o.bulk()
		b, err := e.Prepare(t.Context(), ada, desk.BulkChange{Status: directory.Published}, ids, "checked by the state")
		o.must(err)
		if b.Total != n+1 {
			t.Fatalf("%d listings", b.Total)
		}
		p, err := e.Preview(t.Context(), b.ID, 100, 5)
		if err != nil || p.Looked != 100 || p.Outcomes[desk.ItemChanged] != 98 || p.Outcomes[desk.ItemRefused] != 1 || p.Outcomes[desk.ItemUnchanged] != 1 || len(p.Examples) != 5 {
			t.Errorf("preview: %+v, %v", p, err)
		}
		if d := p.Examples[0].Differences; len(d) != 1 || d[0].Path != "status" {
			t.Errorf("an example: %+v", d)
		}
		if o.listing(ids[0]).Status != directory.Draft {
			t.Fatal("the preview changed something")
		}
		if k, err := e.Step(t.Context()); k != 0 || err != nil {
			t.Errorf("worked before it was started: %d, %v", k, err)
		}
		o.must(e.Start(t.Context(), ben, b.ID))
		wantKind(t, e.Start(t.Context(), ben, b.ID), fault.Conflict) // a double click
		_, err = e.Undo(t.Context(), ada, b.ID)
		wantKind(t, err, fault.Conflict) // not done yet
		if k, err := o.bulk().Step(t.Context()); k != 100 || err != nil {
			t.Fatalf("a batch of %d, %v", k, err)
		}
		if running := o.outcomes(b.ID, desk.BulkRunning, map[desk.Outcomed]int{desk.ItemWaiting: n + 1 - 100, desk.ItemChanged: 98, desk.ItemRefused: 1, desk.ItemUnchanged: 1}); running.Done() != 100 {
			t.Errorf("%d done", running.Done())
		}
		o.finish()
		o.outcomes(b.ID, desk.BulkDone, map[desk.Outcomed]int{desk.ItemChanged: n - 2, desk.ItemRefused: 1, desk.ItemUnchanged: 1, desk.ItemGone: 1})
		if l := o.listing(ids[0]); l.Status != directory.Published || l.Revision != 2 {
			t.Errorf("changed to %s at %d", l.Status, l.Revision)
		}
		if h, err := o.store.History(t.Context(), ids[0], directory.Page{Limit: 1}); err != nil || h[0].By != (directory.Editor{Name: "Ada", Note: "checked by the state"}) {
			t.Errorf("history: %+v, %v", h, err)
		}
		refused, err := o.store.BulkItems(t.Context(), b.ID, desk.ItemRefused, 0, 9)
		if err != nil || len(refused) != 1 || refused[0].Listing != ids[7] || refused[0].Why == "" {
			t.Errorf("refused: %+v, %v", refused, err)
		}

		later := o.listing(ids[1])
		later.Description = "Written after the change."
		o.save(later)
		u, err := e.Undo(t.Context(), ben, b.ID)
		o.must(err)
		_, err = e.Undo(t.Context(), ada, b.ID)
		wantKind(t, err, fault.Conflict)
		o.finish()
		o.outcomes(u.ID, desk.BulkDone, map[desk.Outcomed]int{desk.ItemChanged: n - 3, desk.ItemMoved: 1})
		o.same(all[0], o.listing(ids[0]))
		o.same(later, o.listing(ids[1]))
		_, err = e.Undo(t.Context(), ada, u.ID)
		wantKind(t, err, fault.Conflict)
		if b, err := o.store.Bulk(t.Context(), b.ID); err != nil || b.UndoneBy != u.ID {
			t.Errorf("undone by %v, %v", b.UndoneBy, err)
		}
		if recent, err := o.store.Bulks(t.Context(), "", 9); err != nil || len(recent) != 2 {
			t.Errorf("%d bulk changes, %v", len(recent), err)
		}
	})
}

func TestBulkWithdrawingLeavesWhatIsWithdrawn(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		open, closed := directorytest.Sample(1), directorytest.Sample(2)
		closed.Status, closed.ArchivedReason, closed.ReplacedBy = directory.Archived, "It closed in May.", open.ID
		o.save(open, closed)
		e := o.bulk()
		b, err := e.Prepare(t.Context(), ada, desk.BulkChange{Status: directory.Archived, Reason: "The register ended."}, []directory.ID{open.ID, closed.ID}, "")
		o.must(err)
		o.must(e.Start(t.Context(), ben, b.ID))
		o.finish()
		o.outcomes(b.ID, desk.BulkDone, map[desk.Outcomed]int{desk.ItemChanged: 1, desk.ItemUnchanged: 1})
		if l := o.listing(open.ID); l.Status != directory.Archived || l.ArchivedReason != "The register ended." {
			t.Errorf("withdrawn: %s, %q", l.Status, l.ArchivedReason)
		}
		o.same(closed, o.listing(closed.ID))
	})
}

func TestBulkClaims(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		l := directorytest.Sample(1)
		o.save(l)
		run := func(c desk.BulkChange) *directory.Listing {
			t.Helper()
			e := o.bulk()
			b, err := e.Prepare(t.Context(), ada, c, []directory.ID{l.ID}, "")
			o.must(err)
			o.must(e.Start(t.Context(), ben, b.ID))
			o.finish()
			return o.listing(l.ID)
		}
		ect := directory.Claim{Facet: directory.Treatment, Code: "ect", Value: directory.No, Source: "https://example.org/list", By: "somebody else"}
		got := run(desk.BulkChange{Claim: &ect})
		i := len(got.Claims) - 1
		if got.Claimed(directory.Treatment, "ect") != directory.No || got.Claims[i].By != "Ada" && got.Claims[1].By != "Ada" {
			t.Errorf("claims: %+v", got.Claims)
		}
		if again := run(desk.BulkChange{Claim: &ect}); again.Revision != got.Revision {
			t.Error("the same claim was made twice")
		}
		ect.Value = directory.Yes
		if got = run(desk.BulkChange{Claim: &ect}); !got.Has(directory.Treatment, "ect") {
			t.Errorf("claims: %+v", got.Claims)
		}
		if got = run(desk.BulkChange{Withdraw: &directory.Claim{Facet: directory.Treatment, Code: "ect"}}); got.Claimed(directory.Treatment, "ect") != directory.Unknown {
			t.Errorf("claims: %+v", got.Claims)
		}
		if got = run(desk.BulkChange{Status: directory.Archived, Reason: "closed"}); got.Status != directory.Archived || got.ArchivedReason != "closed" {
			t.Errorf("archived: %+v", got)
		}
		if got = run(desk.BulkChange{Status: directory.Published}); got.Status != directory.Published || got.ArchivedReason != "" {
			t.Errorf("published again: %+v", got)
		}

		ids := []directory.ID{l.ID}
		for what, c := range map[string]desk.BulkChange{
			"nothing":       {},
			"two things":    {Status: directory.Published, Claim: &ect},
			"a status":      {Status: "gone"},
			"no reason":     {Status: directory.Archived},
			"an odd code":   {Claim: &directory.Claim{Facet: directory.Treatment, Code: "leeches", Value: directory.Yes, Source: "x"}},
			"without proof": {Claim: &directory.Claim{Facet: directory.Treatment, Code: "ect", Value: directory.Yes}},
		} {
			if _, err := o.bulk().Prepare(t.Context(), ada, c, ids, ""); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err := o.bulk().Prepare(t.Context(), ada, desk.BulkChange{Status: directory.Draft}, nil, "")
		wantKind(t, err, fault.Invalid)
		_, err = o.bulk().Prepare(t.Context(), ada, desk.BulkChange{Status: directory.Draft}, make([]directory.ID, desk.MaxBulk+1), "")
		wantKind(t, err, fault.Invalid)
	})
}

// TestALargeBulkChangeIsFilledInParts: however many are chosen, nobody waits until each is noted, and what dies
// meanwhile goes on where it was.
func TestALargeBulkChangeIsFilledInParts(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		const n = 1100
		ids := make([]directory.ID, n)
		for i := range ids {
			ids[i] = directory.ImportedID("nobody", fmt.Sprint(i))
		}
		b, err := o.bulk().Prepare(t.Context(), ada, desk.BulkChange{Status: directory.Draft}, ids, "")
		o.must(err)
		if b.State != desk.BulkFilling || b.Total != n || b.Outcomes[desk.ItemWaiting] != 1000 {
			t.Fatalf("prepared: %+v", b)
		}
		wantKind(t, o.bulk().Start(t.Context(), ada, b.ID), fault.Conflict)
		_, err = o.bulk().Step(t.Context()) // on another server
		o.must(err)
		o.outcomes(b.ID, desk.BulkPrepared, map[desk.Outcomed]int{desk.ItemWaiting: n})
		items, err := o.store.BulkItems(t.Context(), b.ID, desk.ItemWaiting, 0, n)
		o.must(err)
		for i, x := range items {
			if x.No != i+1 || x.Listing != ids[i] {
				t.Fatalf("item %d is %d, %s", i, x.No, x.Listing)
			}
			items[i].Outcome, items[i].Made = desk.ItemChanged, 7
		}
		o.must(o.bulk().Start(t.Context(), ada, b.ID))
		o.must(o.store.SaveBulk(t.Context(), b.ID, items, nil, directory.Editor{Name: "x"}))
		o.finish()
		u, err := o.bulk().Undo(t.Context(), ada, b.ID)
		o.must(err)
		if u.State != desk.BulkFilling || u.Total != n || u.Outcomes[desk.ItemWaiting] != 1000 {
			t.Fatalf("undoing: %+v", u)
		}
		_, err = o.bulk().Undo(t.Context(), ben, b.ID) // a double click
		wantKind(t, err, fault.Conflict)
		o.finish()
		o.outcomes(u.ID, desk.BulkDone, map[desk.Outcomed]int{desk.ItemGone: n})
	})
}

func TestBulkIsStopped(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		var all []*directory.Listing
		var ids []directory.ID
		for i := range 300 {
			all = append(all, directorytest.Sample(i))
			ids = append(ids, all[i].ID)
		}
		o.save(all...)
		e := o.bulk()
		b, err := e.Prepare(t.Context(), ada, desk.BulkChange{Status: directory.Draft}, ids, "")
		o.must(err)
		o.must(e.Start(t.Context(), ben, b.ID))
		_, err = e.Step(t.Context())
		o.must(err)
		o.must(e.Stop(t.Context(), ben, b.ID))
		wantKind(t, e.Stop(t.Context(), ben, b.ID), fault.Conflict)
		// A server that had read its batch before must not go on with it.
		items, err := o.store.BulkItems(t.Context(), b.ID, desk.ItemWaiting, 0, 9)
		o.must(err)
		l := o.listing(items[0].Listing)
		l.Status = directory.Draft
		wantKind(t, o.store.SaveBulk(t.Context(), b.ID, items[:1], []*directory.Listing{l}, directory.Editor{Name: "x"}), fault.Conflict)
		o.finish()
		o.outcomes(b.ID, desk.BulkStopped, map[desk.Outcomed]int{desk.ItemChanged: 100, desk.ItemWaiting: 200})
		if o.listing(ids[299]).Status != directory.Published {
			t.Error("changed after it was stopped")
		}
		u, err := e.Undo(t.Context(), ada, b.ID)
		o.must(err)
		o.finish()
		o.outcomes(u.ID, desk.BulkDone, map[desk.Outcomed]int{desk.ItemChanged: 100})
	})
}

func TestWhoPreparedABulkChangeDoesNotStartIt(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		l := directorytest.Sample(1)
		o.save(l)
		ect := directory.Claim{Facet: directory.Treatment, Code: "ect", Value: directory.Yes, Source: "x"}
		door := directory.NewDesk(o.store, directorytest.Vocabulary(), nil)
		one := desk.NewBulkEditing(o.store, o.store, door, &o.trail, true, nil, slog.New(slog.DiscardHandler))
		for _, c := range []struct {
			change desk.BulkChange
			waits  bool
		}{
			{desk.BulkChange{Status: directory.Published}, true},
			{desk.BulkChange{Status: directory.Archived, Reason: "closed"}, true},
			{desk.BulkChange{Claim: &ect}, true},
			{desk.BulkChange{Withdraw: &ect}, true},
			{desk.BulkChange{Status: directory.Draft}, false},
		} {
			for _, e := range []*desk.BulkEditing{o.bulk(), one} {
				o.now = o.now.Add(time.Second)
				b, err := e.Prepare(t.Context(), ada, c.change, []directory.ID{l.ID}, "")
				o.must(err)
				if err := e.Start(t.Context(), ada, b.ID); fault.Is(err, fault.Forbidden) != (c.waits && e != one) {
					t.Errorf("%+v, alone %v: %v", c.change, e == one, err)
				}
				if c.waits && e != one {
					o.outcomes(b.ID, desk.BulkPrepared, map[desk.Outcomed]int{desk.ItemWaiting: 1})
					o.must(e.Start(t.Context(), ben, b.ID))
				}
			}
		}
	})
}
