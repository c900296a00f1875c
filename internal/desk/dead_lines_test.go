package desk_test

import (
	"strings"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
)

func TestDeadLines(t *testing.T) {
	eachLetters(t, func(t *testing.T, o *letters) {
		l, other, gone := directorytest.Sample(1), directorytest.Sample(2), directorytest.Sample(3)
		for _, x := range []*directory.Listing{l, other, gone} {
			x.Verification.At, x.Verification.Due = o.now, o.now.AddDate(1, 0, 0)
		}
		o.save(l, other, gone)
		o.look()
		fact := func() *desk.Task {
			t.Helper()
			all := o.waiting(desk.QueueFacts)
			if len(all) > 1 {
				t.Fatalf("one listing waits as %+v", all)
			}
			if len(all) == 0 {
				return nil
			}
			if all[0].ID != desk.DeadLineID(l.ID) || all[0].Listing != l.ID || all[0].Kind != l.Kind {
				t.Errorf("it waits as %+v", all[0])
			}
			return &all[0]
		}
		want := func(why string, since time.Time, rank int) {
			t.Helper()
			x := fact()
			if x == nil || x.Why != why || !x.Since.Equal(since) || x.Rank != rank {
				t.Errorf("got %+v, want %q since %v of rank %d", x, why, since, rank)
			}
		}
		wantNone := func() {
			t.Helper()
			if x := fact(); x != nil {
				t.Errorf("it still waits: %+v", x)
			}
		}
		later := func() time.Time {
			o.now = o.now.Add(time.Hour)
			return o.now
		}
		call := func(reached desk.Reached, replies ...desk.Reply) {
			t.Helper()
			o.must(o.store.AddCall(t.Context(), &desk.Call{ID: directory.NewID(later()), Listing: l.ID, Revision: 1, At: o.now, Method: "called", Reached: reached, Replies: replies}))
		}

		o.send(l.ID, directory.ReportError, true)
		wantNone() // what is wrong, a person has to read
		began := later()
		machine := o.send(l.ID, directory.NotTaking, false)
		want("not-taking", began, 1)
		later()
		first := o.send(l.ID, directory.DeadNumber, true)
		want("dead-number not-taking", began, 0)
		if sum := o.summary(desk.QueueFacts); sum.Count != 1 || !sum.Oldest.Equal(began) {
			t.Errorf("summary: %+v", sum)
		}
		o.must(o.queues.Claim(t.Context(), ada, desk.QueueFacts, desk.DeadLineID(l.ID)))
		o.must(o.reports.Dismiss(t.Context(), ada, machine, "they do"))
		want("dead-number", o.now, 0)
		if x := fact(); x.Holder != ada {
			t.Errorf("it is nobody's any more: %+v", x)
		}
		later()
		page := o.send(l.ID, directory.OtherWord, true)
		o.must(o.reports.Merge(t.Context(), ada, first, page))
		want("dead-number", began.Add(time.Hour), 0) // part of a report that is open
		o.look()
		want("dead-number", began.Add(time.Hour), 0)
		o.must(o.reports.Dismiss(t.Context(), ada, page, "it rings"))
		wantNone()

		call(desk.NoAnswer)
		want("called-no-answer", o.now, 0)
		call(desk.Closed)
		want("called-closed", o.now, 0)
		line := desk.Questions(l)[0].Key
		call(desk.Answered, desk.Reply{Key: line, Outcome: desk.Unanswered}, desk.Reply{Key: "fees", Outcome: desk.Confirmed})
		want("called-no-answer", o.now, 0)
		call(desk.Answered, desk.Reply{Key: "fees", Outcome: desk.Unanswered}) // nobody knew what it costs
		wantNone()
		call(desk.Answered, desk.Reply{Key: line, Outcome: desk.Ended})
		want("called-closed", o.now, 0)
		l.Verification.At = later()
		o.save(l)
		o.look()
		wantNone()
		call(desk.NoAnswer)
		want("called-no-answer", o.now, 0)
		l.Status, l.ArchivedReason = directory.Archived, "closed"
		o.save(l)
		o.look()
		wantNone()
		o.send(directory.NewID(o.now), directory.DeadNumber, true) // of a listing that never was
		wantNone()
	})
}

func TestDeadLinesAreOfListings(t *testing.T) {
	for _, k := range directory.DeadLines() {
		f := directory.Feedback{Kind: k, Page: "/search"}
		if err := f.Validate(); err == nil || !strings.Contains(err.Error(), "can't be sent") {
			t.Errorf("%s of a page: %v", k, err)
		}
		f.Listing = directorytest.Sample(1).ID
		if err := f.Validate(); err != nil {
			t.Errorf("%s needs no words: %v", k, err)
		}
	}
}
