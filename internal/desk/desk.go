// Package desk is the work of curators: what they propose, review, verify, restore, and find in their queues.
//
// The rule to know: nothing here writes a listing. Whatever the desk decides is saved through directory.Desk, the front
// door that imports use too, over the revision it was decided on; a listing that moved on meanwhile is fault.Conflict or
// merged where nobody has to choose, never overwritten. Until then a change lives as a Proposal, and the published
// revision stays what the public sees.
//
// Each function that acts takes the Actor who does, holds to the rules about people that no table of permissions can
// know, such as that nobody publishes alone what they wrote, and leaves an Entry in the audit log.
//
// Start reading with proposal.go.
package desk

import (
	"context"
	"time"

	"carefinder/internal/directory"
)

// Actor is who acts at the desk: a curator, or a program with a curator's key.
type Actor struct {
	ID   string // of the account: names may change, and two people may share one
	Name string // as revisions, comments and the audit log show it
	Key  string // by which a program acts for them; "" is they themselves
}

// editor is the actor as the author of a revision.
func (a Actor) editor(note string) directory.Editor {
	return directory.Editor{Name: a.Name, Note: note}
}

// Entry is what the audit log is told: who did what to what.
type Entry struct {
	Actor   Actor
	Action  string            // "proposal.approve", "listing.restore"
	Subject string            // "listing:" or "proposal:" and an ID
	Detail  map[string]string // never a secret, nor anything about a visitor
}

// Audit is the log of what was done at the desk.
type Audit interface {
	// Together has all that act writes with its context, entries too, be done whole or, when act fails, not at all. What
	// act reads may be as it was before.
	Together(ctx context.Context, act func(ctx context.Context) error) error
	Record(ctx context.Context, e Entry) error
}

// acted does something together with its entry: nothing is done that the log doesn't tell.
func acted(ctx context.Context, log Audit, e Entry, act func(ctx context.Context) error) error {
	return log.Together(ctx, func(ctx context.Context) error {
		if err := act(ctx); err != nil {
			return err
		}
		return log.Record(ctx, e)
	})
}

// clock gives the time of an action, as whole microseconds in UTC, which is what a store keeps.
func clock(now func() time.Time) time.Time {
	if now == nil {
		now = time.Now
	}
	return now().UTC().Truncate(time.Microsecond)
}
