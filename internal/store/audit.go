package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"carefinder/internal/auth"
)

const entryColumns = `no, at, actor, name, action, subject, detail, before, hash`

// lockAudit keeps others from appending to the audit log until the transaction ends. Their numbers then have no gaps,
// and each entry finds the hash of the one before.
func lockAudit(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE audit_head SET no = no WHERE one = 1`)
	return err
}

// appendEntry chains e to the audit log in the transaction of what it tells of.
func appendEntry(ctx context.Context, tx *sql.Tx, e *auth.Entry) error {
	if err := lockAudit(ctx, tx); err != nil {
		return err
	}
	no, before, err := head(tx.QueryRowContext(ctx, headQuery))
	if err != nil {
		return err
	}
	e.Seal(no, before)
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (`+entryColumns+`) VALUES `+placeholders(0, 9),
		e.No, micros(e.At), string(e.Actor), e.Name, e.Action, e.Subject, e.Detail.String(), e.Before[:], e.Hash[:])
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE audit_head SET no = $1, hash = $2 WHERE one = 1`, e.No, e.Hash[:])
	}
	return err
}

const headQuery = `SELECT no, hash FROM audit_head WHERE one = 1`

func head(row *sql.Row) (no int64, hash auth.Digest, err error) {
	var h []byte
	if err = row.Scan(&no, &h); err == nil && len(h) != len(hash) {
		err = fmt.Errorf("the hash at the end has %d bytes", len(h))
	}
	copy(hash[:], h)
	return no, hash, err
}

// Append chains an entry to the audit log.
func (s *Store) Append(ctx context.Context, e *auth.Entry) error {
	return s.update(ctx, "append to the audit log", func(tx *sql.Tx) error { return appendEntry(ctx, tx, e) })
}

// Head says what the audit log ends with, as it is noted beside the log.
func (s *Store) Head(ctx context.Context) (no int64, hash auth.Digest, err error) {
	no, hash, err = head(s.read.QueryRowContext(ctx, headQuery))
	return no, hash, s.fault(ctx, "read the end of the audit log", err)
}

// Entries gives up to limit entries of the audit log that f wants, newest first.
func (s *Store) Entries(ctx context.Context, f auth.Filter, limit int) ([]auth.Entry, error) {
	where, args := []string{`1 = 1`}, []any{}
	also := func(condition string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	if f.Before > 0 {
		also(`no < $%d`, f.Before)
	}
	if prefix, ok := strings.CutSuffix(f.Action, "."); ok {
		also(`action LIKE $%d ESCAPE '!'`, strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(prefix)+".%")
	} else if f.Action != "" {
		also(`action = $%d`, f.Action)
	}
	if f.Subject != "" {
		also(`subject = $%d`, f.Subject)
	}
	if f.Actor != "" {
		also(`actor = $%d`, string(f.Actor))
	}
	args = append(args, max(0, limit))
	rows, err := s.read.QueryContext(ctx, fmt.Sprintf(`SELECT %s FROM audit WHERE %s ORDER BY no DESC LIMIT $%d`, entryColumns, strings.Join(where, " AND "), len(args)), args...)
	if err != nil {
		return nil, s.fault(ctx, "read the audit log", err)
	}
	var all []auth.Entry
	err = scan(rows, func() error {
		e, err := scanEntry(rows)
		all = append(all, e)
		return err
	})
	return all, s.fault(ctx, "read the audit log", err)
}

// EachEntry calls one for every entry of the audit log, oldest first.
func (s *Store) EachEntry(ctx context.Context, one func(e *auth.Entry) error) error {
	rows, err := s.read.QueryContext(ctx, `SELECT `+entryColumns+` FROM audit ORDER BY no`)
	if err != nil {
		return s.fault(ctx, "read the audit log", err)
	}
	err = scan(rows, func() error {
		e, err := scanEntry(rows)
		if err != nil {
			return err
		}
		return one(&e)
	})
	return s.fault(ctx, "read the audit log", err)
}

func scanEntry(rows *sql.Rows) (e auth.Entry, err error) {
	var at int64
	var detail string
	var before, hash []byte
	if err := rows.Scan(&e.No, &at, &e.Actor, &e.Name, &e.Action, &e.Subject, &detail, &before, &hash); err != nil {
		return e, err
	}
	e.At = timeOf(at)
	if detail != "{}" && json.Unmarshal([]byte(detail), &e.Detail) != nil || e.Detail.String() != detail {
		e.Detail = auth.Detail{"": detail} // nobody here wrote it so: its hash will not fit
	}
	if len(before) == len(e.Before) && len(hash) == len(e.Hash) { // else its hash will not fit either
		e.Before, e.Hash = auth.Digest(before), auth.Digest(hash)
	}
	return e, nil
}
