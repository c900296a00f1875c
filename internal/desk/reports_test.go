package desk_test

import (
	"context"
	"crypto/sha256"
	"strconv"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
	"carefinder/internal/store"
)

var (
	_ desk.ReportStore = (*store.Store)(nil)
	_ desk.Spent       = (*store.Store)(nil)
)

func TestDueAfterBusinessDays(t *testing.T) {
	boston, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ at, due string }{
		{"Mon 2026-06-01 10:00", "Wed 2026-06-03 10:00"},
		{"Wed 2026-06-03 23:59", "Fri 2026-06-05 23:59"},
		{"Thu 2026-06-04 09:00", "Mon 2026-06-08 09:00"},
		{"Fri 2026-06-05 17:00", "Tue 2026-06-09 17:00"},
		{"Sat 2026-06-06 12:00", "Wed 2026-06-10 00:00"},
		{"Sun 2026-06-07 23:00", "Wed 2026-06-10 00:00"},
		{"Fri 2026-10-30 17:00", "Tue 2026-11-03 17:00"}, // the clocks go back between
		{"Thu 2026-12-31 08:00", "Mon 2027-01-04 08:00"},
	} {
		const form = "Mon 2006-01-02 15:04"
		at, err := time.ParseInLocation(form, c.at, boston)
		if err != nil {
			t.Fatal(err)
		}
		if got := desk.DueAfter(at, desk.AnswerDays, boston).In(boston).Format(form); got != c.due {
			t.Errorf("%s is due %s, want %s", c.at, got, c.due)
		}
	}
	// What is Saturday in Boston is Sunday elsewhere, and late on Sunday there it is Monday in UTC.
	late := time.Date(2026, time.June, 7, 23, 0, 0, 0, boston)
	if got := desk.DueAfter(late, 2, time.UTC); got != late.AddDate(0, 0, 2).UTC() {
		t.Errorf("in UTC it is due %v", got)
	}
}

// letters is a hall with reports.
type letters struct {
	*hall
	reports *desk.Reports
	opened  map[directory.ID]*directory.Listing
	broken  error // of opening a proposal
}

func eachLetters(t *testing.T, fn func(t *testing.T, o *letters)) {
	eachHall(t, func(t *testing.T, o *hall) {
		x := &letters{hall: o, opened: map[directory.ID]*directory.Listing{}}
		open := func(_ context.Context, _ desk.Actor, id directory.ID, l *directory.Listing, _ string) error {
			if x.broken == nil {
				x.opened[id] = l
			}
			return x.broken
		}
		door := directory.NewDesk(o.store, directorytest.Vocabulary(), nil)
		x.reports = desk.NewReports(o.store, door, open, &o.trail, nil, func() time.Time { return o.now })
		fn(t, x)
	})
}

// send has a visitor tell us something now.
func (o *letters) send(about directory.ID, kind directory.FeedbackKind, proven bool) directory.ID {
	o.t.Helper()
	f := directory.Feedback{Listing: about, Page: "/x", Kind: kind, Message: "The number is dead.", Proven: proven, At: o.now}
	o.must(o.store.SaveFeedback(o.t.Context(), &f))
	return f.ID
}

func TestReportsFromLetterToAnswer(t *testing.T) {
	eachLetters(t, func(t *testing.T, o *letters) {
		o.now = time.Date(2026, time.June, 4, 9, 0, 0, 0, time.UTC) // a Thursday
		l := directorytest.Sample(1)
		l.Status = directory.Draft // who approves the edit publishes it
		o.save(l)
		machine := o.send(l.ID, directory.ReportError, false)
		o.now = o.now.Add(time.Hour)
		first := o.send(l.ID, directory.ReportError, true)
		second := o.send(l.ID, directory.OtherWord, true)
		page := o.send(directory.ID{}, directory.ReportError, true)
		o.send(l.ID, directory.Helpful, true)

		var order []directory.ID
		for _, x := range o.waiting(desk.QueueReported) {
			order = append(order, x.ID)
		}
		if len(order) != 4 || order[3] != machine {
			t.Fatalf("waiting: %v, want what is not proven last, though it is the oldest", order)
		}
		if x := o.waiting(desk.QueueReported)[3]; x.Why != "error unproven" || x.Kind != directory.Therapist || x.Listing != l.ID {
			t.Errorf("%+v", x)
		}
		if sum := o.summary(desk.QueueReported); sum.Count != 4 || !sum.Oldest.Equal(o.now.Add(-time.Hour)) {
			t.Errorf("summary: %+v", sum)
		}

		// Two say the same.
		wantKind(t, o.reports.Merge(t.Context(), ada, second, second), fault.Invalid)
		wantKind(t, o.reports.Merge(t.Context(), ada, second, directory.NewID(o.now)), fault.NotFound)
		o.must(o.reports.Merge(t.Context(), ada, machine, second))
		o.must(o.reports.Merge(t.Context(), ada, second, first))
		thread, err := o.reports.Thread(t.Context(), first)
		if err != nil || len(thread.Repeats) != 2 || len(thread.Others) != 2 || thread.State != desk.ReportOpen || thread.Due.Format("Mon 15:04") != "Mon 10:00" {
			t.Fatalf("thread: %+v, %v", thread, err)
		}
		wantKind(t, o.reports.Merge(t.Context(), ada, first, second), fault.Conflict) // no rings

		// The proposal is opened, and the answer kept, or neither, and again comes to the same.
		o.now = o.now.AddDate(0, 0, 1)
		o.broken = fault.New(fault.Unavailable, "down")
		_, err = o.reports.Edit(t.Context(), ada, first)
		wantKind(t, err, fault.Unavailable)
		o.broken = nil
		proposal, err := o.reports.Edit(t.Context(), ada, first)
		if err != nil || o.opened[proposal] == nil || o.opened[proposal].ID != l.ID || o.opened[proposal].Revision != 1 || o.opened[proposal].Status != directory.Published {
			t.Fatalf("edit: %v, %v", o.opened, err)
		}
		if e := o.trail.last(); e.Action != "report.edit" || e.Subject != "report:"+first.String() {
			t.Errorf("audit: %+v", e)
		}
		again, err := o.reports.Edit(t.Context(), ben, first)
		if err != nil || again != proposal || len(o.opened) != 1 {
			t.Errorf("a second time: %v, %v", again, err)
		}
		wantKind(t, o.reports.Dismiss(t.Context(), ada, first, "too late"), fault.Conflict)

		_, err = o.reports.Edit(t.Context(), ada, page)
		wantKind(t, err, fault.Invalid)
		wantKind(t, o.reports.Dismiss(t.Context(), ada, page, ""), fault.Invalid)
		o.now = o.now.AddDate(0, 0, 5)
		if p, err := o.reports.Punctuality(t.Context(), o.now.AddDate(0, -1, 0)); err != nil || p != (desk.Punctuality{Answered: 3, InTime: 3, Late: 1}) {
			t.Errorf("punctuality: %+v, %v", p, err)
		}
		o.must(o.reports.Dismiss(t.Context(), ada, page, "works for us"))
		if p, err := o.reports.Punctuality(t.Context(), o.now.AddDate(0, -1, 0)); err != nil || p != (desk.Punctuality{Answered: 4, InTime: 3}) {
			t.Errorf("punctuality: %+v, %v", p, err)
		}
		if p, err := o.reports.Punctuality(t.Context(), o.now); err != nil || p != (desk.Punctuality{Answered: 1}) {
			t.Errorf("punctuality of today: %+v, %v", p, err)
		}
		o.want(desk.QueueReported)
		_, err = o.reports.Thread(t.Context(), directory.NewID(o.now))
		wantKind(t, err, fault.NotFound)
	})
}

func solve(challenge string) string {
	for n := 0; ; n++ {
		counter := strconv.Itoa(n)
		if h := sha256.Sum256([]byte(challenge + ":" + counter)); h[0] == 0 && h[1] == 0 {
			return counter
		}
	}
}

func TestProofs(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		clock := func() time.Time { return o.now }
		mine := desk.NewProofs([]byte("secret"), o.store, clock)
		other := desk.NewProofs([]byte("another"), o.store, clock)
		twin := desk.NewProofs([]byte("secret"), o.store, clock) // of another server
		want := func(what string, p *desk.Proofs, challenge, counter string, want bool) {
			t.Helper()
			if got, err := p.Proven(t.Context(), challenge, counter); err != nil || got != want {
				t.Errorf("%s: %v, %v", what, got, err)
			}
		}
		c := mine.Challenge()
		answer := solve(c)
		wrong := "0"
		if answer == wrong {
			wrong = "1"
		}
		want("a counter that proves nothing", mine, c, wrong, false)
		want("no counter", mine, c, "", false)
		want("nothing", mine, "", "", false)
		want("another secret", other, c, answer, false)
		want("a proof", twin, c, answer, true)
		want("a proof used again", mine, c, answer, false)
		forged := c[:3] + "A" + c[4:]
		if forged == c {
			forged = c[:3] + "B" + c[4:]
		}
		want("a challenge nobody gave", mine, forged, solve(forged), false)
		c = mine.Challenge()
		answer = solve(c)
		o.now = o.now.Add(3 * time.Hour)
		want("a form left open", mine, c, answer, false)
		o.now = o.now.Add(-6 * time.Hour)
		want("a challenge of the future", mine, c, answer, false)
	})
}
