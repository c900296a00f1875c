package desk_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
)

// call is a call about a listing as it is now, with replies as key, outcome, value.
func (o *office) call(l *directory.Listing, reached desk.Reached, replies ...desk.Reply) desk.Call {
	o.now = o.now.Add(time.Hour)
	return desk.Call{
		ID: directory.NewID(o.now), Listing: l.ID, Revision: o.listing(l.ID).Revision, Method: "called", Reached: reached,
		Replies: replies, Reason: "Nobody answers any more.", Note: "rang twice",
	}
}

func TestConfirmedRenewsTheVerification(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l, line := o.published(1), directorytest.Sample(2)
		line.Kind = directory.Helpline
		if err := o.store.Save(t.Context(), line, 0, directory.Editor{}); err != nil {
			t.Fatal(err)
		}
		for l, days := range map[*directory.Listing]time.Duration{l: 90, line: 30} {
			h := must(o.calls.Record(t.Context(), ben, o.call(l, desk.Answered, desk.Reply{Key: "accepting", Outcome: desk.Confirmed})))(o)
			got := o.listing(l.ID)
			want := directory.Verification{At: o.now, By: "curator", Method: "called", Due: o.now.Add(days * 24 * time.Hour)}
			if got.Verification != want || got.Accepting.AsOf != o.now || h.Verified == nil || h.Proposal != nil {
				t.Errorf("%s: %+v, want %+v; heard %+v", l.Kind, got.Verification, want, h)
			}
			var paths []string
			for _, d := range directory.Compare(l, got) {
				paths = append(paths, d.Path)
			}
			if !slices.Equal(paths, []string{"accepting.as_of", "verification.at", "verification.due"}) {
				t.Errorf("changed: %q", paths)
			}
		}
	})
}

func TestWhatChangedIsProposed(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		questions := desk.Questions(l)
		c := o.call(
			l, desk.Answered,
			desk.Reply{Key: questions[0].Key, Outcome: desk.Changed, Value: "+1 617 555 0177"},
			desk.Reply{Key: questions[1].Key, Outcome: desk.Ended},
			desk.Reply{Key: "accepting", Outcome: desk.Changed, Value: "waitlist"},
			desk.Reply{Key: "fees", Outcome: desk.Changed, Value: "from $120"},
			desk.Reply{Key: "hours", Outcome: desk.Changed, Value: "weekends only"},
			desk.Reply{Key: questions[5].Key, Outcome: desk.Ended},
			desk.Reply{Key: questions[6].Key, Outcome: desk.Changed, Value: "no"},
			desk.Reply{Key: questions[7].Key, Outcome: desk.Confirmed},
			desk.Reply{Key: questions[8].Key, Outcome: desk.Unanswered},
		)
		h := must(o.calls.Record(t.Context(), ben, c))(o)
		if got := o.listing(l.ID); got.Revision != 1 || got.Verification != l.Verification {
			t.Errorf("the page vouches for what is known to be wrong: revision %d, %+v", got.Revision, got.Verification)
		}
		got := h.Proposal.Listing
		if len(got.Channels) != 1 || got.Channels[0].Number != "+1 617 555 0177" || got.Accepting.Status != directory.AcceptingWaitlist ||
			got.Fees.Note != "from $120" || got.Fees.Max != 0 || got.Hours.Note != "weekends only" || len(got.Hours.Weekly) != 0 {
			t.Errorf("proposed: %+v", got)
		}
		for i, want := range []directory.Answer{directory.No, directory.No, directory.Yes, directory.Yes} {
			if cl := got.Claims[i]; cl.Value != want || want == directory.No && (cl.Source != "called" || cl.At != o.now || cl.By != "Ben") {
				t.Errorf("claim %d: %+v", i, cl)
			}
		}
		if got.Verification.At != o.now {
			t.Errorf("approving would not renew the verification: %+v", got.Verification)
		}
		if err := o.editing.Faults(t.Context(), h.Proposal); err != nil {
			t.Errorf("it can't be handed in: %v", err)
		}
		// A second call goes into the same draft.
		again := must(o.calls.Record(t.Context(), ben, o.call(l, desk.Answered, desk.Reply{Key: "accepting", Outcome: desk.Changed, Value: "no"})))(o)
		if again.Proposal.ID != h.Proposal.ID || again.Proposal.Listing.Accepting.Status != directory.AcceptingNo || again.Proposal.Listing.Fees.Note != "from $120" {
			t.Errorf("second call: %+v", again.Proposal)
		}
	})
}

func TestNobodyAnswersThreeTimes(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		heard := func(r desk.Reached, replies ...desk.Reply) *desk.Heard {
			return must(o.calls.Record(t.Context(), ben, o.call(l, r, replies...)))(o)
		}
		heard(desk.NoAnswer)
		heard(desk.NoAnswer)
		heard(desk.Answered, desk.Reply{Key: "fees", Outcome: desk.Confirmed}) // begins anew
		heard(desk.NoAnswer)
		if h := heard(desk.NoAnswer); h.Missed != 2 || h.Proposal != nil {
			t.Errorf("second in a row: %+v", h)
		}
		h := heard(desk.NoAnswer)
		if h.Missed != 3 || h.Proposal == nil || h.Proposal.State != desk.InReview || h.Proposal.Listing.Status != directory.Archived {
			t.Fatalf("third in a row: %+v", h)
		}
		if next := heard(desk.NoAnswer); next.Proposal.ID != h.Proposal.ID {
			t.Error("a second proposal to withdraw it")
		}
		if o.listing(l.ID).Status != directory.Published {
			t.Error("withdrawn without a reviewer")
		}
		must(o.editing.Approve(t.Context(), eve, h.Proposal.ID, h.Proposal.Version, o.listing(l.ID).Revision))(o)
		if got := o.listing(l.ID); got.Status != directory.Archived || got.ArchivedReason != "Nobody answers any more." {
			t.Errorf("approved: %s, %q", got.Status, got.ArchivedReason)
		}
		if calls := must(o.calls.Calls(t.Context(), l.ID, directory.Page{Limit: 99}))(o); len(calls) != 7 || calls[0].By != ben || calls[1].Proposal != h.Proposal.ID {
			t.Errorf("%d calls: %+v", len(calls), calls)
		}
	})
}

func TestClosedIsProposedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		c := o.call(l, desk.Closed)
		c.Reason = ""
		o.wantFields(second(o.calls.Record(t.Context(), ben, c)), "reason")
		c.Reason = "Closed in May 2026."
		h := must(o.calls.Record(t.Context(), ben, c))(o)
		if p := h.Proposal; p == nil || p.State != desk.InReview || p.Listing.ArchivedReason != c.Reason {
			t.Errorf("%+v", p)
		}
	})
}

func TestACallSentInTwiceCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		for _, c := range []desk.Call{
			o.call(l, desk.NoAnswer),
			o.call(l, desk.Answered, desk.Reply{Key: "accepting", Outcome: desk.Changed, Value: "no"}),
			o.call(l, desk.Answered, desk.Reply{Key: "accepting", Outcome: desk.Confirmed}),
		} {
			one := must(o.calls.Record(t.Context(), ben, c))(o)
			revision := o.listing(l.ID).Revision
			two := must(o.calls.Record(t.Context(), ben, c))(o)
			if (one.Verified == nil) != (two.Verified == nil) || (one.Proposal == nil) != (two.Proposal == nil) || o.listing(l.ID).Revision != revision {
				t.Errorf("first %+v, then %+v", one, two)
			}
		}
		calls := must(o.calls.Calls(t.Context(), l.ID, directory.Page{Limit: 9}))(o)
		proposals := must(o.store.Proposals(t.Context(), desk.Wanted{}, directory.Page{Limit: 9}))(o)
		if len(calls) != 3 || len(proposals) != 1 || o.listing(l.ID).Revision != 2 {
			t.Errorf("%d calls, %d proposals, revision %d", len(calls), len(proposals), o.listing(l.ID).Revision)
		}
	})
}

// TestACallSentInTwiceAtOnce presses the button twice before the first answer comes.
func TestACallSentInTwiceAtOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for n, replies := range [][]desk.Reply{
			{{Key: "accepting", Outcome: desk.Confirmed}},
			{{Key: "accepting", Outcome: desk.Changed, Value: "no"}},
		} {
			l := o.published(n + 1)
			c := o.call(l, desk.Answered, replies...)
			heard := make([]*desk.Heard, 4)
			var wg sync.WaitGroup
			for i := range heard {
				wg.Go(func() {
					h, err := o.calls.Record(t.Context(), ben, c)
					if err != nil {
						t.Error(err)
					}
					heard[i] = h
				})
			}
			wg.Wait()
			for _, h := range heard {
				if h == nil || (h.Verified != nil) != (n == 0) || (h.Proposal != nil) != (n == 1) {
					t.Errorf("heard %+v", h)
				}
			}
			calls := must(o.calls.Calls(t.Context(), l.ID, directory.Page{Limit: 9}))(o)
			proposals := must(o.store.Proposals(t.Context(), desk.Wanted{Listing: l.ID}, directory.Page{Limit: 9}))(o)
			if len(calls) != 1 || len(proposals) != n || o.listing(l.ID).Revision != directory.RevisionNo(2-n) {
				t.Errorf("%d calls, %d proposals, revision %d", len(calls), len(proposals), o.listing(l.ID).Revision)
			}
		}
	})
}

func TestAListingThatChangedDuringTheCall(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		c := o.call(l, desk.Answered, desk.Reply{Key: "fees", Outcome: desk.Confirmed})
		must(o.calls.Record(t.Context(), eve, o.call(l, desk.Answered, desk.Reply{Key: "accepting", Outcome: desk.Confirmed})))(o)
		must(o.calls.Record(t.Context(), ben, c))(o) // only verified again meanwhile
		c = o.call(l, desk.Answered, desk.Reply{Key: "fees", Outcome: desk.Confirmed})
		now := o.listing(l.ID).Clone()
		now.Fees.Max = 99_000
		if err := o.store.Save(t.Context(), now, now.Revision, directory.Editor{}); err != nil {
			t.Fatal(err)
		}
		o.want(fault.Conflict, second(o.calls.Record(t.Context(), ben, c)))
	})
}

func TestACallWithFaultsNamesThemAll(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		claim := desk.Questions(l)[5].Key
		c := o.call(
			l, desk.Answered,
			desk.Reply{Key: "nothing", Outcome: desk.Confirmed},
			desk.Reply{Key: "accepting", Outcome: desk.Changed, Value: "perhaps"},
			desk.Reply{Key: "fees", Outcome: desk.Ended},
			desk.Reply{Key: "hours", Outcome: desk.Changed, Value: " "},
			desk.Reply{Key: claim, Outcome: desk.Changed, Value: "yes"},
		)
		c.Method, c.Note = " ", "a\x00"
		o.wantFields(second(o.calls.Record(t.Context(), ben, c)), "method", "note", "replies[nothing]", "replies[accepting].value", "replies[fees]",
			"replies[hours].value", "replies["+claim+"].value")
		o.wantFields(second(o.calls.Record(t.Context(), ben, o.call(l, desk.Answered, desk.Reply{Key: "fees", Outcome: desk.Unanswered}))), "replies")
		o.wantFields(second(o.calls.Record(t.Context(), ben, o.call(l, "perhaps"))), "reached")
		if calls := must(o.calls.Calls(t.Context(), l.ID, directory.Page{Limit: 9}))(o); len(calls) != 0 || o.listing(l.ID).Revision != 1 {
			t.Errorf("%d calls kept, revision %d", len(calls), o.listing(l.ID).Revision)
		}
	})
}
