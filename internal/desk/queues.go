package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Queue is one kind of work that waits for a curator.
type Queue string

// The queues. A task of QueueReported is a report, of QueueClaims a ProviderClaim, of QueueDuplicates a Pair, of QueueDrafts and QueueReview a proposal
// or a listing of that status; of every other it is a listing.
const (
	QueueDrafts      Queue = "drafts"
	QueueReview      Queue = "review"
	QueueReported    Queue = "reported"
	QueueClaims      Queue = "claims"      // what providers ask
	QueueFacts       Queue = "facts"       // breaks a rule of today, a number on the blocklist, or can't be reached: see DeadLine
	QueueCoordinates Queue = "coordinates" // a point that can't be where the address is
	QueueConflicts   Queue = "conflicts"   // a file and a curator changed the same
	QueueDuplicates  Queue = "duplicates"
	QueueOverdue     Queue = "overdue" // not verified for too long
)

// AllQueues lists every queue, most pressing first.
func AllQueues() []Queue {
	return []Queue{QueueReported, QueueClaims, QueueFacts, QueueCoordinates, QueueConflicts, QueueReview, QueueDrafts, QueueDuplicates, QueueOverdue}
}

// Task is something for a curator to look at.
type Task struct {
	Queue   Queue
	ID      directory.ID
	Listing directory.ID   // zero for a report on a page
	Kind    directory.Kind // of the listing; "" without one
	Rank    int            // lower comes first, whatever the age
	Since   time.Time      // in the future: not waiting yet
	Why     string         // what was found: a line for each faulty field, or codes with spaces between
	Holder  Actor          // who has it; the zero Actor is nobody
	Until   time.Time      // snoozed till then; zero: not
	Reason  string         // for snoozing
}

// Summary is a queue at a glance.
type Summary struct {
	Queue  Queue
	Count  int       // waiting now; no more than CountLimit are counted
	More   bool      // there are more than Count
	Oldest time.Time // since when the oldest waits; zero in an empty queue
	Held   []Holding // who has how many, most first
	Asleep int       // snoozed; at most CountLimit
}

// Holding is how many tasks of a queue somebody has.
type Holding struct {
	Holder Actor
	Count  int
}

// CountLimit is how far tasks are counted: to know that there are ten thousand is enough, and quick.
const CountLimit = 10_000

// TaskQuery says which tasks are wanted, in the order of rank, age and ID.
type TaskQuery struct {
	Queue  Queue
	Kind   directory.Kind // "" is all
	Holder string         // an actor's ID; "" is anybody's and nobody's
	Asleep bool           // those snoozed instead of those waiting
	Now    time.Time
	After  *Task // the last of the page before: its Rank, Since and ID are read; nil is the beginning
	Limit  int
}

// Tasks keeps what waits. A task is there as long as its cause is.
type Tasks interface {
	Summary(ctx context.Context, q Queue, now time.Time) (Summary, error)
	// Tasks gives those a query asks for.
	Tasks(ctx context.Context, q TaskQuery) ([]Task, error)
	// ChangeTask reads a task, has change alter who has it and until when it sleeps, and keeps that, in one transaction:
	// fault.NotFound when it is gone. An error of change is given back, and nothing is kept.
	ChangeTask(ctx context.Context, q Queue, id directory.ID, change func(t *Task) error) error
	// PutTask adds a task, or renews the Why and Rank of one that is there; DropTask removes it.
	PutTask(ctx context.Context, t *Task) error
	DropTask(ctx context.Context, q Queue, id directory.ID) error
}

// Queues are where curators find their work.
type Queues struct {
	tasks Tasks
	audit Audit
	now   func() time.Time
}

// NewQueues makes the queues. A nil now is the machine's clock.
func NewQueues(t Tasks, a Audit, now func() time.Time) *Queues { return &Queues{t, a, now} }

// Summaries gives every queue at a glance.
func (q *Queues) Summaries(ctx context.Context) ([]Summary, error) {
	all := make([]Summary, 0, len(AllQueues()))
	for _, name := range AllQueues() {
		s, err := q.tasks.Summary(ctx, name, clock(q.now))
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Page gives the tasks a query asks for, as they are now.
func (q *Queues) Page(ctx context.Context, query TaskQuery) ([]Task, error) {
	if !slices.Contains(AllQueues(), query.Queue) {
		return nil, fault.New(fault.NotFound, "There is no such queue.")
	}
	query.Now = clock(q.now)
	return q.tasks.Tasks(ctx, query)
}

// Claim gives a task to the actor. One that another has is fault.Conflict, and says who: assigning it away from them is
// somebody's decision, not an accident of two clicks.
func (q *Queues) Claim(ctx context.Context, a Actor, name Queue, id directory.ID) error {
	return q.change(ctx, a, "task.claim", name, id, nil, func(t *Task) error {
		if t.Holder.ID != "" && t.Holder.ID != a.ID {
			return fault.New(fault.Conflict, t.Holder.Name+" has this already.")
		}
		t.Holder = a
		return nil
	})
}

// Assign gives a task to somebody, whoever has it; to the zero Actor, back to the queue.
func (q *Queues) Assign(ctx context.Context, a Actor, name Queue, id directory.ID, to Actor) error {
	return q.change(ctx, a, "task.assign", name, id, map[string]string{"to": to.Name}, func(t *Task) error {
		t.Holder = to
		return nil
	})
}

// maxSnooze is how long a task can be put off: what nobody will look at is dismissed or solved, not slept away.
const maxSnooze = 180 * 24 * time.Hour

// Snooze hides a task until a time, with a reason. A time that has come wakes it.
func (q *Queues) Snooze(ctx context.Context, a Actor, name Queue, id directory.ID, until time.Time, reason string) error {
	var bad fault.Fields
	now := clock(q.now)
	switch {
	case until.After(now) && reason == "":
		bad.Add("reason", "say why it can wait")
	case len(reason) > directory.MaxText:
		bad.Add("reason", fmt.Sprintf("is longer than %d bytes", directory.MaxText))
	}
	if until.After(now.Add(maxSnooze)) {
		bad.Add("until", "must be within half a year")
	}
	if err := bad.Err("This can't be put off."); err != nil {
		return err
	}
	detail := map[string]string{"until": until.UTC().Format(time.RFC3339), "reason": reason}
	return q.change(ctx, a, "task.snooze", name, id, detail, func(t *Task) error {
		t.Until, t.Reason = until, reason
		if !until.After(now) {
			t.Until, t.Reason = time.Time{}, ""
		}
		return nil
	})
}

func (q *Queues) change(ctx context.Context, a Actor, action string, name Queue, id directory.ID, detail map[string]string, change func(t *Task) error) error {
	e := Entry{Actor: a, Action: action, Subject: "task:" + string(name) + ":" + id.String(), Detail: detail}
	return acted(ctx, q.audit, e, func(ctx context.Context) error {
		if err := q.tasks.ChangeTask(ctx, name, id, change); err != nil {
			return fmt.Errorf("%s %s: %w", action, id, err)
		}
		return nil
	})
}
