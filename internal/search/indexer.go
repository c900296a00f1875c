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

// Indexer keeps an engine's index in step with the truth: it follows the log of changes, reads each changed listing as
// it is now, and brings the index to that. It moves on only when the engine has what changed, so a failed or hanging
// engine delays the index, never loses a change and never delays a save. A listing that the engine refuses is tried
// again by itself while the others go on. Make one with NewIndexer; Run does the work.
type Indexer struct {
	engine Engine
	marked Marked // the engine, when it keeps its own mark; else nil
	source Source
	log    *slog.Logger

	wake chan struct{}
	busy chan struct{} // holds one token while the index is being changed, and for the fields up to mu

	name    string    // of the log that is followed; "" before the first look
	mark    int64     // what the engine's own mark says
	looked  time.Time // at that mark, the last time
	refused map[directory.ID]refusal
	again   time.Time     // when the refused are to be tried
	retry   time.Duration // how long they wait from one time to the next

	mu     sync.Mutex
	status IndexStatus
}

// IndexStatus is how far the index is behind the truth, as last seen by the Indexer.
type IndexStatus struct {
	Built   bool      // all that was published when the Indexer began is in the index
	Seq     int64     // every change up to here is in the index, but for the refused
	Refused int       // listings that the engine does not take as they are
	Oldest  time.Time // when the first of them was saved; zero without one
	Err     error     // why the last attempt failed, or why a listing is refused; nil when all went well
}

// refusal is a change that the engine does not take.
type refusal struct {
	directory.Change
	why error
}

// How an Indexer works.
const (
	changeBatch  = 1000                   // changes applied at once
	rebuildBatch = 16_384                 // listings held in memory at once by a rebuild
	pollEvery    = 250 * time.Millisecond // for what other processes saved
	lookEvery    = 10 * time.Second       // at the mark of an index that somebody may delete or set back
	firstRetry   = time.Second / 10       // doubled with every failure in a row
	lastRetry    = 15 * time.Second
	stepTimeout  = time.Minute // after which a hanging engine or store counts as failed
)

// NewIndexer makes an indexer. source must be the truth itself, not the shelf.
func NewIndexer(engine Engine, source Source, log *slog.Logger) *Indexer {
	x := &Indexer{
		engine: engine, source: source, log: log, refused: map[directory.ID]refusal{},
		wake: make(chan struct{}, 1), busy: make(chan struct{}, 1),
	}
	x.marked, _ = engine.(Marked)
	return x
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

// Run builds the index where there is none to go on from, and applies changes until ctx ends. While the engine or the
// store fails it waits longer and longer between attempts, however often it is woken. It may be run again later: an
// index that others kept meanwhile is gone on with from its own mark.
func (x *Indexer) Run(ctx context.Context) {
	if x.marked != nil {
		x.forget()
	}
	retry := firstRetry
	for ctx.Err() == nil {
		more, err := x.step(ctx)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				x.log.Warn("index delayed", "error", err, "retry", retry)
			}
			pause(ctx, retry, nil)
			retry = min(2*retry, lastRetry)
		case !more:
			retry = firstRetry
			pause(ctx, pollEvery, x.wake)
		default:
			retry = firstRetry
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

// Build finds where to go on from, and fills the engine with all that is published where there is nothing to go on from.
// Changes saved meanwhile are applied afterwards. On an error the engine may hold a part; building again is safe.
func (x *Indexer) Build(ctx context.Context) error {
	if err := x.lock(ctx); err != nil {
		return err
	}
	defer x.unlock()
	name, latest, err := x.source.Latest(ctx)
	if err == nil {
		err = x.begin(ctx, name, latest)
	}
	x.note(err)
	return err
}

// step applies one batch of changes, and says whether more are waiting.
func (x *Indexer) step(ctx context.Context) (more bool, err error) {
	if err := x.lock(ctx); err != nil {
		return false, err
	}
	defer x.unlock()
	name, latest, err := x.source.Latest(ctx)
	switch {
	case err != nil:
	case name != x.name || latest < x.Status().Seq:
		more, err = true, x.begin(ctx, name, latest)
	default:
		if err = x.lookAtMark(ctx); err == nil {
			more, err = x.follow(ctx, latest)
		}
	}
	if errors.Is(err, ErrLost) {
		x.name = "" // no log's: begin again
	}
	x.note(err)
	return more, err
}

// begin takes up the log of that name, which now ends at latest.
func (x *Indexer) begin(ctx context.Context, name string, latest int64) error {
	clear(x.refused)
	seq, err := latest, error(nil)
	switch {
	case x.marked != nil:
		seq, err = x.resume(ctx, Mark{Store: name, Schema: x.marked.Schema(), Seq: latest})
	case x.Status().Built:
		seq = 0 // all of the log in place, what has to leave the index included
	default:
		err = x.fill(ctx, x.engine)
	}
	if err != nil {
		return err
	}
	x.name, x.mark, x.looked = name, seq, time.Now()
	x.reach(seq)
	return nil
}

// resume gives where the engine's own mark stands, or, when that is of another log or schema, builds a new index beside
// and puts it in the old one's place, with the mark given.
func (x *Indexer) resume(ctx context.Context, now Mark) (seq int64, err error) {
	m, err := x.marked.Mark(ctx)
	if err != nil || m.Store == now.Store && m.Schema == now.Schema && m.Seq <= now.Seq {
		return m.Seq, err
	}
	return now.Seq, x.marked.Rebuild(ctx, func(into Marked) error {
		if err := x.fill(ctx, into); err != nil {
			return err
		}
		if len(x.refused) > 0 {
			now.Seq = 0
		}
		return into.SetMark(ctx, now)
	})
}

// fill gives an engine everything that is published.
func (x *Indexer) fill(ctx context.Context, engine Engine) error {
	ops := make([]Op, 0, rebuildBatch)
	flush := func() error {
		err := parted(0, len(ops), func(from, to int) error { return engine.Apply(ctx, ops[from:to]) }, func(i int, err error) {
			l := ops[i].Listing
			// Where in the log its change is nobody knows here, so one who begins from the mark has to begin with the first.
			x.refuse(directory.Change{Seq: 1, ID: l.ID, Revision: l.Revision, At: l.UpdatedAt}, err)
		})
		clear(ops) // the listings can go
		ops = ops[:0]
		return err
	}
	err := x.source.Each(ctx, func(l *directory.Listing) error {
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
	return err
}

// parted does what is numbered from from up to to, all at once where it can be done. Where it can't, one of it may be at
// fault, and the others need not wait for it: then it is done by halves, down to the one, which is refused. On an error
// nothing can be done at all now.
func parted(from, to int, do func(from, to int) error, refuse func(i int, err error)) error {
	err := do(from, to)
	switch kind := fault.KindOf(err); {
	case err == nil:
		return nil
	case kind != fault.Invalid && kind != fault.Internal:
		return err
	case to-from > 1:
		half := (from + to) / 2
		if err := parted(from, half, do, refuse); err != nil {
			return err
		}
		return parted(half, to, do, refuse)
	}
	refuse(from, err)
	return nil
}

// lookAtMark is ErrLost when the engine's own mark is no longer the one set, though nothing was saved: then the index
// was deleted, or an older copy put in its place, and nobody else would notice before the next save.
func (x *Indexer) lookAtMark(ctx context.Context) error {
	if x.marked == nil || time.Since(x.looked) < lookEvery {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	m, err := x.marked.Mark(ctx)
	if err == nil {
		x.looked = time.Now()
	}
	if err == nil && m != (Mark{Store: x.name, Schema: x.marked.Schema(), Seq: x.mark}) {
		err = fault.Wrap(fault.Unavailable, "The search index is not the one that was kept.", ErrLost)
	}
	return err
}

// follow applies one batch of what the log, which ends at latest, holds above where the index is.
func (x *Indexer) follow(ctx context.Context, latest int64) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	var changes []directory.Change
	if at := x.Status().Seq; at < latest {
		if changes, err = x.source.Changes(ctx, at, changeBatch); err != nil {
			return false, err
		}
	}
	if len(changes) > 0 {
		if err := x.bring(ctx, changes); err != nil {
			return false, err
		}
		x.reach(changes[len(changes)-1].Seq)
	}
	if err := x.tryAgain(ctx); err != nil {
		return false, err
	}
	return len(changes) == changeBatch, x.setMark(ctx)
}

// bring applies changes, and keeps those that the engine refuses.
func (x *Indexer) bring(ctx context.Context, changes []directory.Change) error {
	return parted(0, len(changes), func(from, to int) error { return x.apply(ctx, changes[from:to]) },
		func(i int, err error) { x.refuse(changes[i], err) })
}

// refuse keeps a change to try it again.
func (x *Indexer) refuse(c directory.Change, err error) {
	if _, known := x.refused[c.ID]; !known {
		x.log.Warn("a listing can't be indexed", "listing", c.ID, "error", err)
	}
	if len(x.refused) == 0 {
		x.retry, x.again = firstRetry, time.Now().Add(firstRetry)
	}
	x.refused[c.ID] = refusal{c, err}
}

// tryAgain applies what was refused, when its time has come.
func (x *Indexer) tryAgain(ctx context.Context) error {
	if len(x.refused) == 0 || time.Now().Before(x.again) {
		return nil
	}
	x.retry = min(2*x.retry, lastRetry)
	x.again = time.Now().Add(x.retry)
	changes := make([]directory.Change, 0, changeBatch)
	for _, r := range x.refused {
		if changes = append(changes, r.Change); len(changes) == changeBatch {
			break
		}
	}
	return x.bring(ctx, changes)
}

// apply makes the index hold what the changed listings are now, which may be more than the changes said.
func (x *Indexer) apply(ctx context.Context, changes []directory.Change) error {
	ids := make([]directory.ID, len(changes))
	for i, c := range changes {
		ids[i] = c.ID
	}
	listings, err := x.source.Published(ctx, ids)
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
	for _, id := range ids {
		delete(x.refused, id)
	}
	return nil
}

// setMark has the engine remember how far it is: not beyond what it refused, which would be lost with this process.
func (x *Indexer) setMark(ctx context.Context) error {
	if x.marked == nil {
		return nil
	}
	seq := x.Status().Seq
	for _, c := range x.refused {
		seq = min(seq, c.Seq-1)
	}
	if seq == x.mark {
		return nil
	}
	if err := x.marked.SetMark(ctx, Mark{Store: x.name, Schema: x.marked.Schema(), Seq: seq}); err != nil {
		return err
	}
	x.mark = seq
	return nil
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

// forget has the next step look at the log and the mark as if for the first time.
func (x *Indexer) forget() {
	x.busy <- struct{}{}
	defer x.unlock()
	x.name = ""
}

// reach keeps how far the index is.
func (x *Indexer) reach(seq int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.status.Built, x.status.Seq = true, seq
}

// note keeps what else Status tells.
func (x *Indexer) note(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.status.Refused, x.status.Oldest, x.status.Err = len(x.refused), time.Time{}, err
	for _, r := range x.refused {
		if x.status.Oldest.IsZero() || r.At.Before(x.status.Oldest) {
			x.status.Oldest = r.At
		}
		if x.status.Err == nil {
			x.status.Err = r.why
		}
	}
}
