package desk

import (
	"slices"
	"strings"
	"time"

	"carefinder/internal/directory"
)

// What speaks against a listing being reached, for Task.Why beside the kinds of feedback that do.
const (
	calledNoAnswer = "called-no-answer"
	calledClosed   = "called-closed"
)

// DeadLineReasons lists every word of the Why of DeadLine.
func DeadLineReasons() []string {
	all := []string{calledNoAnswer, calledClosed}
	for _, k := range directory.DeadLines() {
		all = append(all, string(k))
	}
	return all
}

// DeadLineID is that of the task of QueueFacts about a listing that may not be reached: there is one, however many say so.
func DeadLineID(listing directory.ID) directory.ID {
	return directory.ImportedID("dead line", listing.String())
}

// DeadLine gives the task to call a listing again: while visitors' reports that it can't be reached are open, and while
// the last call came to nobody and nothing was verified since. open are the reports, last is nil for none. It gives nil
// when nothing speaks against the listing, and of one that is withdrawn.
func DeadLine(l *directory.Listing, open []Report, last *Call) *Task {
	if l.Status == directory.Archived {
		return nil
	}
	t := &Task{Queue: QueueFacts, ID: DeadLineID(l.ID), Listing: l.ID, Kind: l.Kind}
	var why []string
	add := func(reason string, since time.Time) {
		if !slices.Contains(why, reason) {
			why = append(why, reason)
		}
		if t.Since.IsZero() || since.Before(t.Since) {
			t.Since = since
		}
	}
	proven := false
	for i := range open {
		add(string(open[i].Kind), open[i].At)
		proven = proven || open[i].Proven
	}
	if last != nil {
		for _, reason := range last.deadEnds(l) {
			add(reason, last.At)
			proven = true
		}
	}
	if len(why) == 0 {
		return nil
	}
	if !proven {
		t.Rank = 1 // behind what people said
	}
	slices.Sort(why)
	t.Why = strings.Join(why, " ")
	return t
}

// deadEnds gives what a call found dead that still stands in the listing.
func (c *Call) deadEnds(l *directory.Listing) (all []string) {
	verified := !l.Verification.At.Before(c.At)
	switch {
	case c.Reached == NoAnswer && !verified:
		all = append(all, calledNoAnswer)
	case c.Reached == Closed && !verified:
		all = append(all, calledClosed)
	}
	for _, r := range c.Replies {
		stands := slices.ContainsFunc(Questions(l), func(q Question) bool {
			_, line := q.Part.(directory.Channel)
			return line && q.Key == r.Key
		})
		switch {
		case !stands:
		case r.Outcome == Unanswered:
			all = append(all, calledNoAnswer)
		case r.Outcome == Ended && !verified:
			all = append(all, calledClosed)
		}
	}
	return all
}
