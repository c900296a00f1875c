package desk_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
	"carefinder/internal/store"
)

// breaking is a store that has no answer any more once it has written one thing.
type breaking struct {
	*store.Store
	at string // the method; "" for none
}

func (b *breaking) after(method string, err error) error {
	if err == nil && method == b.at {
		return fault.Wrap(fault.Unavailable, "down", errors.New("no answer"))
	}
	return err
}

func (b *breaking) Save(ctx context.Context, l *directory.Listing, base directory.RevisionNo, by directory.Editor) error {
	return b.after("Save", b.Store.Save(ctx, l, base, by))
}

func (b *breaking) AddProposal(ctx context.Context, p *desk.Proposal) error {
	return b.after("AddProposal", b.Store.AddProposal(ctx, p))
}

func (b *breaking) SaveProposal(ctx context.Context, p *desk.Proposal, version int64) error {
	return b.after("SaveProposal", b.Store.SaveProposal(ctx, p, version))
}

func (b *breaking) AddComment(ctx context.Context, id directory.ID, c desk.Comment) error {
	return b.after("AddComment", b.Store.AddComment(ctx, id, c))
}

func (b *breaking) AddCall(ctx context.Context, c *desk.Call) error {
	return b.after("AddCall", b.Store.AddCall(ctx, c))
}

func (b *breaking) Dismiss(ctx context.Context, p *desk.Pair, by, reason string) error {
	return b.after("Dismiss", b.Store.Dismiss(ctx, p, by, reason))
}

func (b *breaking) SaveMerger(ctx context.Context, m *desk.Merger, by directory.Editor, saved ...*directory.Listing) error {
	return b.after("SaveMerger", b.Store.SaveMerger(ctx, m, by, saved...))
}

// Record fails before it has written: nobody may count on it.
func (b *breaking) Record(ctx context.Context, e desk.Entry) error {
	if err := b.after("Record", nil); err != nil {
		return err
	}
	return b.Store.Record(ctx, e)
}

// TestAnActIsWholeAndNoted has the database go away at each thing that an act writes: nothing of the act is then to be
// seen, and done again it is done, and stands once in the audit log.
func TestAnActIsWholeAndNoted(t *testing.T) {
	type do = func(ctx context.Context) error
	twice := func(o *office) (a, b *directory.Listing) {
		a, b = twins()
		for _, l := range []*directory.Listing{a, b} {
			if err := o.store.Save(o.Context(), l, 0, directory.Editor{}); err != nil {
				o.Fatal(err)
			}
		}
		return a, b
	}
	order := func(a, b *directory.Listing) desk.MergeOrder {
		return desk.MergeOrder{Keep: a.ID, Drop: b.ID, KeepBase: 1, DropBase: 1, Reason: "the same practice"}
	}
	called := func(r desk.Reached, replies ...desk.Reply) func(o *office, b *breaking) do {
		return func(o *office, b *breaking) do {
			call, calls := o.call(o.published(1), r, replies...), desk.NewVerifying(o.editing, b, nil)
			return func(ctx context.Context) error { return second(calls.Record(ctx, ben, call)) }
		}
	}
	for name, c := range map[string]struct {
		writes  string
		prepare func(o *office, b *breaking) do
	}{
		"proposal.begin": {"AddProposal Record", func(o *office, _ *breaking) do {
			l := o.published(1)
			return func(ctx context.Context) error { return second(o.editing.Begin(ctx, ada, l.ID)) }
		}},
		"proposal.submit": {"SaveProposal Record", func(o *office, _ *breaking) do {
			p := o.write(ada, o.published(1).ID, named("New"))
			return func(ctx context.Context) error { return second(o.editing.Submit(ctx, ada, p.ID, p.Version)) }
		}},
		"proposal.approve": {"SaveProposal Save Record", func(o *office, _ *breaking) do {
			p := o.submitted(ada, o.published(1).ID, named("New"))
			return func(ctx context.Context) error { return second(o.editing.Approve(ctx, ben, p.ID, p.Version, 1)) }
		}},
		"proposal.sent-back": {"SaveProposal AddComment Record", func(o *office, _ *breaking) do {
			p := o.submitted(ada, o.published(1).ID, named("New"))
			return func(ctx context.Context) error { return second(o.editing.SendBack(ctx, ben, p.ID, p.Version, "no")) }
		}},
		"listing.restore": {"Save Record", func(o *office, _ *breaking) do {
			l := o.published(1)
			l.Name = "Another"
			if err := o.store.Save(o.Context(), l, 1, directory.Editor{}); err != nil {
				o.Fatal(err)
			}
			return func(ctx context.Context) error { return second(o.editing.Restore(ctx, ben, l.ID, 1, 2, "as it was")) }
		}},
		"duplicate.merge": {"SaveMerger Record", func(o *office, b *breaking) do {
			x, y := twice(o)
			return func(ctx context.Context) error { return second(o.deduper(b).Merge(ctx, ben, order(x, y))) }
		}},
		"duplicate.unmerge": {"Dismiss SaveMerger Record", func(o *office, b *breaking) do {
			x, y := twice(o)
			m := must(o.deduper(b).Merge(o.Context(), ben, order(x, y)))(o)
			return func(ctx context.Context) error { return second(o.deduper(b).Unmerge(ctx, ben, m.ID, "two people")) }
		}},
		"report.dismiss": {"Record", func(o *office, b *breaking) do {
			f := directory.Feedback{Listing: o.published(1).ID, Page: "/x", Kind: directory.ReportError, Message: "Dead.", Proven: true, At: o.now}
			if err := o.store.SaveFeedback(o.Context(), &f); err != nil {
				o.Fatal(err)
			}
			open := func(context.Context, desk.Actor, directory.ID, *directory.Listing, string) error { return nil }
			reports := desk.NewReports(b, directory.NewDesk(b, directorytest.Vocabulary(), nil), open, b, nil, nil)
			return func(ctx context.Context) error { return reports.Dismiss(ctx, ben, f.ID, "it answers") }
		}},
		"bulk.start": {"Record", func(o *office, b *breaking) do {
			id := directory.NewID(o.now)
			if err := o.store.AddBulk(o.Context(), &desk.Bulk{ID: id, State: desk.BulkPrepared, CreatedAt: o.now}, nil); err != nil {
				o.Fatal(err)
			}
			bulk := desk.NewBulkEditing(b, b, directory.NewDesk(b, directorytest.Vocabulary(), nil), b, false, nil, slog.New(slog.DiscardHandler))
			return func(ctx context.Context) error { return bulk.Start(ctx, ben, id) }
		}},
		"listing.call":                {"AddCall Record", called(desk.NoAnswer)},
		"listing.call that renews":    {"Save AddCall Record", called(desk.Answered, desk.Reply{Key: "accepting", Outcome: desk.Confirmed})},
		"listing.call that proposes":  {"AddProposal AddCall Record", called(desk.Answered, desk.Reply{Key: "accepting", Outcome: desk.Changed, Value: "no"})},
		"listing.call that withdraws": {"AddProposal SaveProposal AddCall Record", called(desk.Closed)},
	} {
		t.Run(name, func(t *testing.T) {
			action, _, _ := strings.Cut(name, " ")
			each(t, func(t *testing.T, o *office) {
				b := &breaking{Store: o.store}
				o.open(func(c *desk.Config) {
					c.Directory, c.Proposals, c.Audit = directory.NewDesk(b, directorytest.Vocabulary(), nil), b, b
				})
				act := c.prepare(o, b)
				before, _, _ := o.store.Head(t.Context())
				_, seq, _ := o.store.Latest(t.Context())
				var told []directory.ID
				o.store.OnChange(func(ids []directory.ID) { told = append(told, ids...) })
				for _, at := range strings.Fields(c.writes) {
					b.at = at
					o.want(fault.Unavailable, act(t.Context()))
					if _, now, _ := o.store.Latest(t.Context()); now != seq {
						t.Errorf("broken at %s, a listing was saved", at)
					}
				}
				b.at = ""
				told = nil
				if err := act(t.Context()); err != nil {
					t.Fatalf("done again: %v", err)
				}
				all, err := o.store.Entries(t.Context(), auth.Filter{}, 9)
				noted := 0
				for _, e := range all {
					if e.No > before && e.Action == action {
						noted++
					}
				}
				if err != nil || noted != 1 || all[0].Action != action {
					t.Errorf("audit log, newest first: %+v, %v; want one %s after entry %d", all, err, action, before)
				}
				if proposals := must(o.store.Proposals(t.Context(), desk.Wanted{}, directory.Page{Limit: 9}))(o); len(proposals) > 1 {
					t.Errorf("%d proposals", len(proposals))
				}
				if _, now, _ := o.store.Latest(t.Context()); (now != seq) != (len(told) > 0) {
					t.Errorf("changes %d to %d, and caches were told of %v", seq, now, told)
				}
			})
		})
	}
}

func (o *office) deduper(b *breaking) *desk.Deduper {
	return desk.NewDeduper(b, directory.NewDesk(b, directorytest.Vocabulary(), nil), b, func() time.Time { return o.now })
}

// TestApprovedOrNot has a proposal approved while others send it back or write on: it is published, noted and approved,
// or none of these.
func TestApprovedOrNot(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for n := range 12 {
			l := o.published(n + 1)
			p := o.submitted(ada, l.ID, named("New"))
			l = p.Listing.Clone()
			l.Audience = "veterans"
			var wg sync.WaitGroup
			for _, act := range []func() error{
				func() error { return second(o.editing.Approve(t.Context(), ben, p.ID, p.Version, 1)) },
				func() error { return second(o.editing.SendBack(t.Context(), eve, p.ID, p.Version, "no")) },
				func() error { return second(o.editing.Save(t.Context(), ada, p.ID, p.Version, l, "more")) },
			} {
				wg.Go(func() {
					if err := act(); err != nil && !fault.Is(err, fault.Conflict) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			after := must(o.editing.Proposal(t.Context(), p.ID))(o)
			if public := o.listing(l.ID).Revision == 2; public != (after.State == desk.Published) {
				t.Errorf("the listing is changed: %v, the proposal is %s", public, after.State)
			}
		}
	})
}
