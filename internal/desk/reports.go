package desk

import (
	"context"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Report is what a visitor told us, on its way to being answered.
type Report struct {
	directory.Feedback
	Due        time.Time // to be answered by then
	State      ReportState
	AnsweredAt time.Time
	AnsweredBy string // a curator's name
	Reason     string // for dismissing it
	Became     directory.ID
}

// ReportState says what became of a report.
type ReportState string

// The states of a report. Became is the proposal of an edited one and the other report of a merged one, whose answer is
// its own.
const (
	ReportOpen      ReportState = "open"
	ReportDismissed ReportState = "dismissed"
	ReportEdited    ReportState = "edited"
	ReportMerged    ReportState = "merged"
	ReportThanks    ReportState = "thanks" // said that something helped: nothing to answer
)

// ReportStates lists every state.
func ReportStates() []ReportState {
	return []ReportState{ReportOpen, ReportDismissed, ReportEdited, ReportMerged, ReportThanks}
}

// What nobody proved was sent by a browser is kept for UnprovenLife, and no more than MaxUnproven of it: the oldest goes
// first. What a curator has taken up stays.
const (
	MaxUnproven  = 5_000
	UnprovenLife = 180 * 24 * time.Hour
)

// AnswerDays is within how many business days a report should be answered.
const AnswerDays = 2

// DueAfter gives the time days business days after t. Saturdays and Sundays do not count: what comes in on one came in
// when Monday began. Days are those of loc.
func DueAfter(t time.Time, days int, loc *time.Location) time.Time {
	t = t.In(loc)
	free := func() bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }
	for free() {
		t = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, loc)
	}
	for range days {
		for t = t.AddDate(0, 0, 1); free(); {
			t = t.AddDate(0, 0, 1)
		}
	}
	return t.UTC()
}

// Answer is what a curator makes of a report.
type Answer struct {
	State  ReportState
	At     time.Time
	By     string
	Reason string
	Became directory.ID
}

// Punctuality is how many reports were answered, and how many of them in time.
type Punctuality struct {
	Answered, InTime int
	Late             int // open, and should have been answered
}

// ReportStore keeps reports.
type ReportStore interface {
	// Report gives a report, or fault.NotFound.
	Report(ctx context.Context, id directory.ID) (*Report, error)
	// ReportsOn gives the reports on a listing, or those merged into a report, newest first.
	ReportsOn(ctx context.Context, listing directory.ID, max int) ([]Report, error)
	ReportsIn(ctx context.Context, report directory.ID, max int) ([]Report, error)
	// AnswerReport keeps the answer of a report that is open, for it and for those merged into it, and drops its task. It
	// gives fault.Conflict when it has one. A report is merged only into one that is open.
	AnswerReport(ctx context.Context, id directory.ID, a Answer) error
	// AnsweredReports calls one with when each report that got an answer at or after since came in and was answered, and
	// with each that is open and a zero time.
	AnsweredReports(ctx context.Context, since time.Time, one func(at, answered time.Time)) error
}

// Opener opens a proposal that has a listing say what l does. With the ID of one that is open already it changes nothing.
type Opener func(ctx context.Context, a Actor, id directory.ID, l *directory.Listing, note string) error

// Reports are the threads from what a visitor told us to what became of it.
type Reports struct {
	store ReportStore
	desk  *directory.Desk
	open  Opener
	audit Audit
	now   func() time.Time
	zone  *time.Location
}

// NewReports makes the threads. Business days are those of zone, nil for UTC; a nil now is the machine's clock.
func NewReports(s ReportStore, d *directory.Desk, open Opener, a Audit, zone *time.Location, now func() time.Time) *Reports {
	if zone == nil {
		zone = time.UTC
	}
	return &Reports{s, d, open, a, now, zone}
}

// Thread is a report and what belongs to it.
type Thread struct {
	Report
	Repeats []Report // merged into it
	Others  []Report // on the same listing, whatever became of them
}

// threadLimit bounds what is shown beside a report.
const threadLimit = 50

// Thread gives a report with what belongs to it.
func (r *Reports) Thread(ctx context.Context, id directory.ID) (*Thread, error) {
	found, err := r.store.Report(ctx, id)
	if err != nil {
		return nil, err
	}
	t := &Thread{Report: *found}
	t.Due = r.due(t.At)
	if t.Repeats, err = r.store.ReportsIn(ctx, id, threadLimit); err != nil {
		return nil, err
	}
	if !t.Listing.IsZero() {
		all, err := r.store.ReportsOn(ctx, t.Listing, threadLimit)
		if err != nil {
			return nil, err
		}
		for _, o := range all {
			if o.ID != id {
				o.Due = r.due(o.At)
				t.Others = append(t.Others, o)
			}
		}
	}
	return t, nil
}

func (r *Reports) due(at time.Time) time.Time { return DueAfter(at, AnswerDays, r.zone) }

// Dismiss answers a report with a reason why nothing changes.
func (r *Reports) Dismiss(ctx context.Context, a Actor, id directory.ID, reason string) error {
	if err := said("reason", reason); err != nil {
		return err
	}
	return r.answer(ctx, a, id, "report.dismiss", Answer{State: ReportDismissed, Reason: reason})
}

// Merge makes a report part of another, which says the same.
func (r *Reports) Merge(ctx context.Context, a Actor, id, into directory.ID) error {
	if id == into {
		return fault.New(fault.Invalid, "A report can't be merged with itself.")
	}
	return r.answer(ctx, a, id, "report.merge", Answer{State: ReportMerged, Became: into})
}

// Edit answers a report with a proposal to change its listing, whose ID it gives and which the actor goes on with. Done
// twice it gives the same one.
func (r *Reports) Edit(ctx context.Context, a Actor, id directory.ID) (proposal directory.ID, err error) {
	found, err := r.store.Report(ctx, id)
	switch {
	case err != nil:
		return directory.ID{}, err
	case found.State == ReportEdited:
		return found.Became, nil
	case found.Listing.IsZero():
		return directory.ID{}, fault.New(fault.Invalid, "This is about a page, not about a listing.")
	case found.State != ReportOpen:
		return directory.ID{}, fault.New(fault.Conflict, "This was answered already.")
	}
	l, err := r.desk.Listing(ctx, found.Listing)
	if err != nil {
		return directory.ID{}, err
	}
	// The ID is the report's own: when the answer can't be kept, the next attempt meets the proposal again.
	proposal = directory.ImportedID("report", id.String())
	if err := r.open(ctx, a, proposal, toEdit(l), ""); err != nil {
		return directory.ID{}, err
	}
	return proposal, r.answer(ctx, a, id, "report.edit", Answer{State: ReportEdited, Became: proposal})
}

func (r *Reports) answer(ctx context.Context, a Actor, id directory.ID, action string, answer Answer) error {
	answer.At, answer.By = clock(r.now), a.Name
	detail := map[string]string{}
	if answer.Reason != "" {
		detail["reason"] = answer.Reason
	}
	if !answer.Became.IsZero() {
		detail["became"] = answer.Became.String()
	}
	return acted(ctx, r.audit, Entry{a, action, "report:" + id.String(), detail}, func(ctx context.Context) error {
		return r.store.AnswerReport(ctx, id, answer)
	})
}

// Punctuality counts the reports answered since a time, and those that wait for too long now.
func (r *Reports) Punctuality(ctx context.Context, since time.Time) (p Punctuality, err error) {
	now := clock(r.now)
	err = r.store.AnsweredReports(ctx, since, func(at, answered time.Time) {
		due := r.due(at)
		switch {
		case answered.IsZero() && now.After(due):
			p.Late++
		case answered.IsZero():
		default:
			p.Answered++
			if !answered.After(due) {
				p.InTime++
			}
		}
	})
	return p, err
}
