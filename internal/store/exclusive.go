package store

import (
	"context"

	"github.com/pressly/goose/v3"

	"carefinder/internal/fault"
)

// followerLock is the advisory lock, within one schema of a PostgreSQL database, of the server that follows its
// pending changes.
const followerLock = 0x43617265 // "Care"

// Exclusive claims the pending changes of a PostgreSQL database for the caller until release: the queue has one reader,
// and a second server would take changes from the first, which would go on showing what was withdrawn. It gives
// fault.Conflict when another holds the claim. PostgreSQL lets go of it when the connection ends, however that happens.
// Of a SQLite store it claims nothing: its file is one machine's, and the server locks that.
func (s *Store) Exclusive(ctx context.Context) (release func(), err error) {
	if s.dialect.name != goose.DialectPostgres {
		return func() {}, nil
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "The database can't be reached.", err)
	}
	var got bool
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1, hashtext(current_schema()))", followerLock).Scan(&got); err != nil || !got {
		conn.Close()
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, "The database can't be locked.", err)
		}
		return nil, fault.New(fault.Conflict, "Another carefinder serves this database already: stop it first.")
	}
	return func() {
		// The pool would keep the session, and the lock with it.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1, hashtext(current_schema()))", followerLock)
		conn.Close()
	}, nil
}
