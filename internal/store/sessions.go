package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

const sessionColumns = `session.id, session.curator_id, session.epoch, session.agent, session.created_at, session.seen_at, session.expires_at`

// places of sessionColumns in a session; end makes times of what was read.
func sessionPlaces(x *auth.Session) (places []any, end func()) {
	var created, seen, expires int64
	return []any{&x.ID, &x.Curator, &x.Epoch, &x.Agent, &created, &seen, &expires}, func() {
		x.CreatedAt, x.SeenAt, x.ExpiresAt = timeOf(created), timeOf(seen), timeOf(expires)
	}
}

// AddSession keeps a session and the digest of its token.
func (s *Store) AddSession(ctx context.Context, x *auth.Session, token auth.Digest) error {
	return s.execute(ctx, "add a session", `INSERT INTO session (id, curator_id, epoch, agent, created_at, seen_at, expires_at, token) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		string(x.ID), string(x.Curator), x.Epoch, x.Agent, micros(x.CreatedAt), micros(x.SeenAt), micros(x.ExpiresAt), token[:])
}

// Session gives the session of a token and the account it is of, whether or not it is still good, or fault.NotFound.
func (s *Store) Session(ctx context.Context, token auth.Digest) (*auth.Session, *auth.Account, error) {
	var x auth.Session
	places, end := sessionPlaces(&x)
	a, err := scanAccount(s.read.QueryRowContext(ctx, `SELECT `+sessionColumns+`, `+of("curator", accountColumns)+`
		FROM session JOIN curator ON curator.id = session.curator_id WHERE session.token = $1`, token[:]), places...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, fault.New(fault.NotFound, "There is no such session.")
	}
	end()
	return &x, a, s.fault(ctx, "read a session", err)
}

// of says which table columns are of.
func of(table, columns string) string {
	return table + "." + strings.ReplaceAll(columns, ", ", ", "+table+".")
}

// SessionsOf lists the sessions of a curator that were not ended, newest first.
func (s *Store) SessionsOf(ctx context.Context, curator auth.ID) ([]auth.Session, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+sessionColumns+` FROM session WHERE curator_id = $1 AND epoch <> -1 ORDER BY created_at DESC, id`, string(curator))
	if err != nil {
		return nil, s.fault(ctx, "list sessions", err)
	}
	var all []auth.Session
	err = scan(rows, func() error {
		var x auth.Session
		places, end := sessionPlaces(&x)
		err := rows.Scan(places...)
		end()
		all = append(all, x)
		return err
	})
	return all, s.fault(ctx, "list sessions", err)
}

// SessionSeen notes when a session was last used.
func (s *Store) SessionSeen(ctx context.Context, id auth.ID, at time.Time) error {
	return s.execute(ctx, "note a session", `UPDATE session SET seen_at = $2 WHERE id = $1`, string(id), micros(at))
}

// EndSession ends a session of a curator for good, and keeps the entry of the audit log that says so, if there is one.
// One that isn't there or has ended is no error, and nothing is kept.
func (s *Store) EndSession(ctx context.Context, curator, id auth.ID, e *auth.Entry) error {
	return s.update(ctx, "end a session", func(tx *sql.Tx) error {
		if e != nil { // first, as whoever signs in holds it while ending the session their browser came with
			if err := lockAudit(ctx, tx); err != nil {
				return err
			}
		}
		r, err := tx.ExecContext(ctx, `UPDATE session SET epoch = -1 WHERE id = $1 AND curator_id = $2 AND epoch <> -1`, string(id), string(curator))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 || e == nil {
			return err
		}
		return appendEntry(ctx, tx, e)
	})
}

// ForgetSessions removes the sessions that had expired by then.
func (s *Store) ForgetSessions(ctx context.Context, expiry time.Time) error {
	return s.execute(ctx, "forget sessions", `DELETE FROM session WHERE expires_at <= $1`, micros(expiry))
}

// execute runs one statement as a transaction.
func (s *Store) execute(ctx context.Context, what, statement string, args ...any) error {
	return s.update(ctx, what, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	})
}

const keyColumns = `api_key.id, api_key.curator_id, api_key.name, api_key.prefix, api_key.scopes, api_key.epoch, api_key.epoch <> curator.key_epoch, api_key.created_at, api_key.expires_at, api_key.used_at, api_key.revoked_at`

// places of keyColumns in a key; end makes times and scopes of what was read.
func keyPlaces(k *auth.Key) (places []any, end func()) {
	var scopes string
	var created, expires, used, revoked int64
	return []any{&k.ID, &k.Curator, &k.Name, &k.Prefix, &scopes, &k.Epoch, &k.Ended, &created, &expires, &used, &revoked}, func() {
		k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = timeOf(created), timeOf(expires), timeOf(used), timeOf(revoked)
		for _, p := range strings.Fields(scopes) {
			k.Scopes = append(k.Scopes, auth.Permission(p))
		}
	}
}

// AddKey keeps a key, the digest of its token, and the entry of the audit log that says so: fault.Conflict when there is
// a key of this ID. Like whoever changes an account, it takes the lock of the log first.
func (s *Store) AddKey(ctx context.Context, k *auth.Key, token auth.Digest, e *auth.Entry) error {
	scopes := make([]string, len(k.Scopes))
	for i, p := range k.Scopes {
		scopes[i] = string(p)
	}
	return s.update(ctx, "add a key", func(tx *sql.Tx) error {
		if err := lockAudit(ctx, tx); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, `INSERT INTO api_key (id, curator_id, name, prefix, scopes, created_at, expires_at, used_at, revoked_at, token, epoch)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`, string(k.ID), string(k.Curator), k.Name, k.Prefix, strings.Join(scopes, " "),
			micros(k.CreatedAt), micros(k.ExpiresAt), micros(k.UsedAt), micros(k.RevokedAt), token[:], k.Epoch)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.Conflict, "This form was sent before, and made a key then."))
		}
		return appendEntry(ctx, tx, e)
	})
}

// Key gives the key of a token and its curator's account, good or not, or fault.NotFound.
func (s *Store) Key(ctx context.Context, token auth.Digest) (*auth.Key, *auth.Account, error) {
	var k auth.Key
	places, end := keyPlaces(&k)
	a, err := scanAccount(s.read.QueryRowContext(ctx, `SELECT `+keyColumns+`, `+of("curator", accountColumns)+`
		FROM api_key JOIN curator ON curator.id = api_key.curator_id WHERE api_key.token = $1`, token[:]), places...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, noKey()
	}
	end()
	return &k, a, s.fault(ctx, "read a key", err)
}

func noKey() error { return fault.New(fault.NotFound, "There is no such key.") }

// Keys lists all keys, newest first.
func (s *Store) Keys(ctx context.Context) ([]auth.Key, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+keyColumns+` FROM api_key JOIN curator ON curator.id = api_key.curator_id ORDER BY api_key.created_at DESC, api_key.id`)
	if err != nil {
		return nil, s.fault(ctx, "list keys", err)
	}
	var all []auth.Key
	err = scan(rows, func() error {
		var k auth.Key
		places, end := keyPlaces(&k)
		err := rows.Scan(places...)
		end()
		all = append(all, k)
		return err
	})
	return all, s.fault(ctx, "list keys", err)
}

// KeyUsed notes when a key was last used.
func (s *Store) KeyUsed(ctx context.Context, id auth.ID, at time.Time) error {
	return s.execute(ctx, "note a key", `UPDATE api_key SET used_at = $2 WHERE id = $1`, string(id), micros(at))
}

// RevokeKey ends a key, and keeps the entry of the audit log that says so. One that is revoked stays so.
func (s *Store) RevokeKey(ctx context.Context, id auth.ID, at time.Time, e *auth.Entry) error {
	return s.update(ctx, "revoke a key", func(tx *sql.Tx) error {
		var revoked int64
		err := tx.QueryRowContext(ctx, `SELECT revoked_at FROM api_key WHERE id = $1`, string(id)).Scan(&revoked)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return noKey()
		case err != nil || revoked != 0:
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0`, string(id), micros(at)); err != nil {
			return err
		}
		return appendEntry(ctx, tx, e)
	})
}

// TakeTurn takes one turn of key, or says how long to wait for one: a key has a new turn each every, and up to burst of
// them at once. Servers that ask at once get no turn twice.
func (s *Store) TakeTurn(ctx context.Context, key auth.Digest, every time.Duration, burst int, now time.Time) (wait time.Duration, err error) {
	at, each, room := now.UnixMicro(), every.Microseconds(), every.Microseconds()*int64(burst)
	// A transaction of its own: whoever holds a turn waits for no other.
	if err := s.execute(ctx, "forget turns", `DELETE FROM turn WHERE key IN (SELECT key FROM turn WHERE due <= $1 LIMIT 1000`+s.dialect.skipLocked+`)`, at); err != nil {
		return 0, err
	}
	err = s.update(ctx, "take a turn", func(tx *sql.Tx) error {
		// Both databases lock the row before they look at it.
		r, err := tx.ExecContext(ctx, `INSERT INTO turn (key, due) VALUES ($1, $2)
			ON CONFLICT (key) DO UPDATE SET due = CASE WHEN turn.due <= $5 THEN $2 ELSE turn.due + $3 END WHERE turn.due + $3 <= $4`,
			key[:], at+each, each, at+room, at)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			return err
		}
		var due int64
		err = tx.QueryRowContext(ctx, `SELECT due FROM turn WHERE key = $1`, key[:]).Scan(&due)
		wait = time.Duration(max(1, due+each-at-room)) * time.Microsecond
		return err
	})
	return wait, err
}

// GiveTurns gives keys all their turns back.
func (s *Store) GiveTurns(ctx context.Context, keys ...auth.Digest) error {
	return s.update(ctx, "give turns", func(tx *sql.Tx) error {
		for _, k := range keys {
			if _, err := tx.ExecContext(ctx, `DELETE FROM turn WHERE key = $1`, k[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Salt gives a secret made with the database, the same on every server.
func (s *Store) Salt(ctx context.Context) ([]byte, error) {
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails
	var salt []byte
	err := s.update(ctx, "read the salt", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO secret (name, value) VALUES ('salt', $1) ON CONFLICT (name) DO NOTHING`, fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT value FROM secret WHERE name = 'salt'`).Scan(&salt)
	})
	return salt, err
}

// AddCeremony keeps data under id until then, and forgets what had expired by now.
func (s *Store) AddCeremony(ctx context.Context, id auth.Digest, data []byte, now, until time.Time) error {
	return s.update(ctx, "add a ceremony", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM ceremony WHERE id IN (SELECT id FROM ceremony WHERE expires_at <= $1 LIMIT 1000`+s.dialect.skipLocked+`)`, micros(now))
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO ceremony (id, data, expires_at) VALUES ($1, $2, $3)`, id[:], data, micros(until))
		}
		return err
	})
}

// TakeCeremony gives what was kept under id, once: fault.NotFound when it was taken, or had expired by now.
func (s *Store) TakeCeremony(ctx context.Context, id auth.Digest, now time.Time) (data []byte, err error) {
	err = s.update(ctx, "take a ceremony", func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `DELETE FROM ceremony WHERE id = $1 AND expires_at > $2 RETURNING data`, id[:], micros(now)).Scan(&data)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "This was answered before, or too late.")
		}
		return err
	})
	return data, err
}
