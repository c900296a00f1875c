// Package store is the truth: every listing, every revision it ever had, the log of changes that indexes follow, and
// what visitors told us, in SQLite or PostgreSQL behind one SQL text. Any number of servers work on one store.
//
// The rule to know: a save is one transaction (the listing, its revision and its place in the log), it is checked
// against the revision the editor began from, and once acknowledged it survives a power cut: SQLite runs in WAL mode
// with synchronous=FULL, and PostgreSQL keeps synchronous_commit on unless its operator decides otherwise.
//
// Each exported method owns its transaction, but for those called within Together, which share one. Errors are faults: NotFound, Conflict for a stale base, Unavailable when
// the database is locked, full or gone, Canceled when the context ended; anything else is Internal.
//
// Start reading with write.go, then read.go; dialect.go holds all that differs between the two databases.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Options are what a store may be told beside where it is. The zero Options is good.
type Options struct {
	Now func() time.Time // the clock for revisions and changes; nil means the machine's
}

// Store is the SQL store. It is safe for concurrent use.
type Store struct {
	write, read *sql.DB // one and the same on PostgreSQL
	dialect     dialect
	path        string // of the SQLite file
	now         func() time.Time

	mu       sync.RWMutex
	onChange []func(ids []directory.ID)
}

// Open opens the database that dsn names, creating a SQLite file that is not there, and brings its schema up to date.
// dsn is a postgres:// URL or the path of a SQLite file, with or without "sqlite:" before it. A database whose schema
// is newer than this program is left alone and refused with fault.Conflict; a dsn of another form is fault.Invalid.
func Open(ctx context.Context, dsn string, opts Options) (*Store, error) {
	s, err := connect(dsn)
	if err != nil {
		return nil, err
	}
	if s.now = opts.Now; s.now == nil {
		s.now = time.Now
	}
	// Of servers that start together one does the work, and the others wait and find it done.
	if err := s.Alone(ctx, "migrate", func() error { return s.migrate(ctx) }); err != nil {
		return nil, errors.Join(s.fault(ctx, "open", err), s.Close())
	}
	return s, nil
}

// Close ends all connections. What was acknowledged is on disk already.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// Ping reports whether the database answers, for reading and for writing: fault.Unavailable when not.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	err := s.read.QueryRowContext(ctx, `SELECT 1`).Scan(&one)
	if err == nil {
		err = s.write.PingContext(ctx)
	}
	return s.fault(ctx, "ping", err)
}

// OnChange has f called with the listings a transaction changed or removed, after its commit and before the method
// that made it returns: caches in this process forget them there, so that nobody is shown a number they just saw
// withdrawn. f may also be called for a commit that failed; it must be quick and must not call the store.
func (s *Store) OnChange(f func(ids []directory.ID)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onChange = append(s.onChange, f)
}

// changed tells of listings that a transaction changed, once it has ended.
func (s *Store) changed(ctx context.Context, ids []directory.ID) {
	if t := s.sharedIn(ctx); t != nil {
		t.changed = append(t.changed, ids...)
		return
	}
	s.tell(ids)
}

func (s *Store) tell(ids []directory.ID) {
	if len(ids) == 0 {
		return
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, f := range s.onChange {
		f(ids)
	}
}

// shared is a transaction that several methods write in.
type shared struct {
	tx      *sql.Tx
	changed []directory.ID // to be told of when it has ended
}

// sharedKey finds in a context the transaction that is shared on a store.
type sharedKey struct{ *Store }

func (s *Store) sharedIn(ctx context.Context) *shared {
	t, _ := ctx.Value(sharedKey{s}).(*shared)
	return t
}

// Together has every method that act calls with its context write in one transaction: all of it is done, or nothing when
// act fails. What act reads is as it was before. An entry for the audit log comes last: everybody waits for its lock.
func (s *Store) Together(ctx context.Context, act func(ctx context.Context) error) error {
	if s.sharedIn(ctx) != nil {
		return act(ctx)
	}
	var t shared
	defer func() { s.tell(t.changed) }() // after a failure too: a commit that was not heard of may have happened
	return s.update(ctx, "act", func(tx *sql.Tx) error {
		t.tx = tx
		return act(context.WithValue(ctx, sharedKey{s}, &t))
	})
}

// update runs fn in one transaction for writing, the shared one where there is one.
func (s *Store) update(ctx context.Context, what string, fn func(tx *sql.Tx) error) error {
	if t := s.sharedIn(ctx); t != nil {
		return s.fault(ctx, what, fn(t.tx))
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.fault(ctx, what, err)
	}
	defer tx.Rollback() // does nothing after a commit
	if err := fn(tx); err != nil {
		return s.fault(ctx, what, err)
	}
	return s.fault(ctx, what, tx.Commit())
}

// fault gives err the kind a caller acts on, and keeps what was being done for the log.
func (s *Store) fault(ctx context.Context, what string, err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	}
	err = fmt.Errorf("store: %s: %w", what, err)
	switch {
	case ctx.Err() != nil: // the drivers report it in their own words
		return fault.Wrap(fault.Canceled, "The request ended before the directory answered.", err)
	case s.dialect.unavailable(err):
		return fault.Wrap(fault.Unavailable, "The directory can't be reached right now. Please try again in a moment.", err)
	}
	return err
}

// stamp is the time of a change. It is whole microseconds, as the columns are.
func (s *Store) stamp() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// micros gives a time as its column holds it, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
