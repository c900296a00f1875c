package search

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Indexer keeps an engine's index in step with the truth: it takes the changes that saves left behind, reads each
// listing as it is now, and brings the index to that. A change is done only when the engine has it, so a failed or
// hanging engine delays the index, never loses a change and never delays a save. Make one with NewIndexer; Run does
// the work.
type Indexer struct {
	engine   Engine
	backlog  Backlog
	listings Listings
	shelf    *Shelf
	log      *slog.Logger

	wake chan struct{}
	busy chan struct{} // holds one token while the index is being changed: a rebuild and a change must not cross

	mu     sync.Mutex
	status IndexStatus
}

// IndexStatus is how far the index is behind the truth, as last seen by the Indexer.
type IndexStatus struct {
	Built   bool      // a Rebuild has ended
	Pending int       // changes not yet applied; at most a batch of them is counted
	Oldest  time.Time // when the oldest of them was saved; zero without one
	Err     error     // why the last attempt failed; nil when it didn't
}

// How an Indexer works.
const (
	changeBatch  = 1000             // changes applied at once
	rebuildBatch = 16_384           // listings held in memory at once by a rebuild
	pollEvery    = time.Second      // for what other processes saved
	firstRetry   = time.Second / 10 // doubled with every failure in a row
	lastRetry    = 15 * time.Second
	stepTimeout  = time.Minute // after which a hanging engine or store counts as failed
)

// NewIndexer makes an indexer. listings must read the truth itself, not the shelf; the shelf may be nil.
func NewIndexer(engine Engine, backlog Backlog, listings Listings, shelf *Shelf, log *slog.Logger) *Indexer {
	return &Indexer{
		engine: engine, backlog: backlog, listings: listings, shelf: shelf, log: log,
		wake: make(chan struct{}, 1), busy: make(chan struct{}, 1),
	}
}

// Wake says that something was saved. It never blocks.
func (x *Indexer) Wake() {
	select {
	case x.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Status tells how far the index is behind.
func (x *Indexer) Status() IndexStatus {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.status
}

// Run applies changes until ctx ends. While the engine or the store fails it waits longer and longer between attempts,
// however often it is woken.
func (x *Indexer) Run(ctx context.Context) {
	retry := firstRetry
	for ctx.Err() == nil {
		n, err := x.step(ctx)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				x.log.Warn("index delayed", "error", err, "retry", retry)
			}
			pause(ctx, retry, nil)
			retry = min(2*retry, lastRetry)
		case n < changeBatch:
			retry = firstRetry
			pause(ctx, pollEvery, x.wake)
		default:
			retry = firstRetry // more are waiting
		}
	}
}

// pause waits for the time to pass, for wake, or for ctx to end.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-t.C:
	}
}

// step applies one batch of pending changes and says how many there were.
func (x *Indexer) step(ctx context.Context) (n int, err error) {
	if err := x.lock(ctx); err != nil {
		return 0, err
	}
	defer x.unlock()
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	changes, err := x.backlog.Pending(ctx, changeBatch)
	if err != nil {
		x.note(nil, err, false)
		return 0, err
	}
	x.note(changes, x.Status().Err, false)
	if len(changes) > 0 {
		err = x.bring(ctx, changes)
	}
	if err != nil {
		x.note(changes, err, false)
		return 0, err
	}
	x.note(nil, nil, false)
	return len(changes), nil
}

// bring applies changes. When the engine can't take them all, one may be what it can't take: the others need not wait
// for it.
func (x *Indexer) bring(ctx context.Context, changes []directory.Change) error {
	err := x.apply(ctx, changes)
	if err == nil || len(changes) == 1 || fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Canceled) {
		return err
	}
	half := len(changes) / 2
	return errors.Join(x.bring(ctx, changes[:half]), x.bring(ctx, changes[half:]))
}

// apply makes the index hold what the changed listings are now, which may be more than the changes said.
func (x *Indexer) apply(ctx context.Context, changes []directory.Change) error {
	seen := make(map[directory.ID]bool, len(changes))
	ids := make([]directory.ID, 0, len(changes))
	for _, c := range changes {
		if !seen[c.ID] {
			seen[c.ID] = true
			ids = append(ids, c.ID)
		}
	}
	if x.shelf != nil {
		x.shelf.Forget(ids...)
	}
	listings, err := x.listings.Published(ctx, ids)
	if err != nil {
		return err
	}
	ops := make([]Op, len(ids))
	for i, id := range ids {
		ops[i] = Op{ID: id, Listing: listings[i]}
	}
	if err := x.engine.Apply(ctx, ops); err != nil {
		return err
	}
	return x.backlog.Done(ctx, changes)
}

// Rebuild fills an empty engine with every listing that each visits. Changes saved meanwhile stay pending and are
// applied afterwards. On an error the engine may hold a part; rebuilding again is safe.
func (x *Indexer) Rebuild(ctx context.Context, each func(ctx context.Context, visit func(*directory.Listing) error) error) error {
	if err := x.lock(ctx); err != nil {
		return err
	}
	defer x.unlock()
	ops := make([]Op, 0, rebuildBatch)
	flush := func() error {
		err := x.engine.Apply(ctx, ops)
		clear(ops) // the listings can go
		ops = ops[:0]
		return err
	}
	err := each(ctx, func(l *directory.Listing) error {
		if l.Status != directory.Published {
			return nil
		}
		if ops = append(ops, Op{ID: l.ID, Listing: l.Public()}); len(ops) == rebuildBatch {
			return flush()
		}
		return nil
	})
	if err == nil && len(ops) > 0 {
		err = flush()
	}
	x.note(nil, err, err == nil)
	return err
}

func (x *Indexer) lock(ctx context.Context) error {
	select {
	case x.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (x *Indexer) unlock() { <-x.busy }

// note keeps what Status tells.
func (x *Indexer) note(pending []directory.Change, err error, built bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.status.Built = x.status.Built || built
	x.status.Pending, x.status.Oldest, x.status.Err = len(pending), time.Time{}, err
	if len(pending) > 0 {
		x.status.Oldest = pending[0].At
	}
}
