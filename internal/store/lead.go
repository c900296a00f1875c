package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"carefinder/internal/fault"
)

// How a lead is kept: whoever waits asks as often as takeTurn, whoever has it looks as often as heartbeat whether the
// database still knows.
const (
	takeTurn  = 250 * time.Millisecond
	heartbeat = time.Second / 2
)

// Lead waits until the caller is the only one of all servers on this store that leads what name says. held ends when
// ctx does, and when the lead is lost with the connection; release gives it back. It ends with the process too, however
// that ends, and the next one has it within seconds.
func (s *Store) Lead(ctx context.Context, name string) (held context.Context, release func(), err error) {
	l, err := s.lock(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	held, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	release = func() { cancel(); <-ended }
	go func() {
		defer close(ended)
		defer l.free()
		defer cancel()
		for pause(held, heartbeat) && l.alive(held) {
		}
	}()
	if !pause(held, 2*heartbeat) { // who lost it without knowing has noticed by then
		release()
		return nil, nil, s.fault(ctx, "lead", context.Cause(held))
	}
	return held, release, nil
}

// Alone runs fn while no other server on this store runs what goes by that name. It waits for its turn.
func (s *Store) Alone(ctx context.Context, name string, fn func() error) error {
	l, err := s.lock(ctx, name)
	if err != nil {
		return err
	}
	defer l.free()
	return fn()
}

// locked is a lock that this process holds.
type locked struct {
	alive func(ctx context.Context) bool
	free  func()
}

// lock waits for the lock of that name on this store.
func (s *Store) lock(ctx context.Context, name string) (l *locked, err error) {
	for {
		if s.dialect.name == goose.DialectPostgres {
			l, err = s.tryAdvisory(ctx, name)
		} else {
			l, err = tryFile(fmt.Sprintf("%s.%s.lock", s.path, name))
		}
		if l != nil || err != nil {
			return l, s.fault(ctx, "lock", err)
		}
		if !pause(ctx, takeTurn) {
			return nil, s.fault(ctx, "lock", ctx.Err())
		}
	}
}

// tryAdvisory takes a lock that lasts as long as its session, nil when another has it. It asks again and again rather
// than wait in the server: a statement that waits for days would keep the database from tidying up.
func (s *Store) tryAdvisory(ctx context.Context, name string) (*locked, error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	// The server gives up on a machine that is gone without a word after half a minute, rather than after two hours.
	const take = `SELECT pg_try_advisory_lock(hashtext('carefinder ' || $1), hashtext(current_schema())),
		set_config('tcp_keepalives_idle', '10', FALSE), set_config('tcp_keepalives_interval', '5', FALSE), set_config('tcp_keepalives_count', '4', FALSE)`
	var got bool
	var set [3]string
	if err := conn.QueryRowContext(ctx, take, name).Scan(&got, &set[0], &set[1], &set[2]); err != nil || !got {
		_ = conn.Close()
		return nil, err
	}
	return &locked{
		alive: func(ctx context.Context) bool {
			ctx, cancel := context.WithTimeout(ctx, 10*heartbeat)
			defer cancel()
			_, err := conn.ExecContext(ctx, `SELECT 1`)
			return err == nil
		},
		free: func() { _ = conn.Raw(func(any) error { return driver.ErrBadConn }) }, // ends the session, and the lock with it
	}, nil
}

// tryFile takes the lock of a file, nil when another has it.
func tryFile(path string) (*locked, error) {
	unlock, err := lockFile(path)
	if err != nil || unlock == nil {
		return nil, fault.Wrap(fault.Unavailable, "The files beside the store can't be locked.", err)
	}
	return &locked{alive: func(ctx context.Context) bool { return ctx.Err() == nil }, free: unlock}, nil
}

// pause waits, and reports whether ctx is still on.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
