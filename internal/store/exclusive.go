package store

import (
	"context"

	"github.com/pressly/goose/v3"

	"carefinder/internal/fault"
)

// followerLock is the advisory lock, within one schema of a PostgreSQL database, of the server that follows its
// pending changes.
const followerLock = 0x43617265 // "Care"

// Exclusive claims the pending changes of the store for the caller until release: the queue has one reader, and a
// second server would take changes from the first, which would go on showing what was withdrawn. It gives
// fault.Conflict when another holds the claim, which ends with the process or the connection, however that happens.
func (s *Store) Exclusive(ctx context.Context) (release func(), err error) {
	if s.dialect.name == goose.DialectPostgres {
		return s.lockSchema(ctx)
	}
	return lockFile(s.path + ".lock")
}

func taken() error {
	return fault.New(fault.Conflict, "another carefinder serves this store already: stop it first")
}

func (s *Store) lockSchema(ctx context.Context) (release func(), err error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "The database can't be reached.", err)
	}
	var got bool
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1, hashtext(current_schema()))", followerLock).Scan(&got)
	if err == nil && got {
		return func() {
			// The pool would keep the session, and the lock with it.
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1, hashtext(current_schema()))", followerLock)
			conn.Close()
		}, nil
	}
	conn.Close()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "The database can't be locked.", err)
	}
	return nil, taken()
}
