package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"time"

	"carefinder/internal/directory"
)

// Changes gives up to max changes above after, oldest first: for each listing its last change alone, however often it
// was saved. What it comes to is what Published says of the listing now; nil means that it has to leave the index.
func (s *Store) Changes(ctx context.Context, after int64, max int) ([]directory.Change, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT seq, listing_id, revision, at FROM change WHERE seq > $1 ORDER BY seq LIMIT $2`, after, max)
	if err != nil {
		return nil, s.fault(ctx, "read changes", err)
	}
	var all []directory.Change
	err = scan(rows, func() error {
		var c directory.Change
		var id sql.RawBytes
		var at int64
		if err := rows.Scan(&c.Seq, &id, &c.Revision, &at); err != nil {
			return err
		}
		c.ID, c.At = idOf(id), time.UnixMicro(at).UTC()
		all = append(all, c)
		return nil
	})
	return all, s.fault(ctx, "read changes", err)
}

// Latest says which log of changes this is, and the number of its last change. Another log, or a lower number than one
// has met, means that what was built from the log has to be built anew.
func (s *Store) Latest(ctx context.Context) (log string, seq int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT id, seq FROM change_log`).Scan(&log, &seq)
	return log, seq, s.fault(ctx, "read the change log", err)
}

// Behind says how many listings changed above after, and how long ago the first of them.
func (s *Store) Behind(ctx context.Context, after int64) (count int, oldest time.Duration, err error) {
	var at int64
	err = s.read.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MIN(at), 0) FROM change WHERE seq > $1`, after).Scan(&count, &at)
	if err != nil || count == 0 {
		return 0, 0, s.fault(ctx, "count changes", err)
	}
	return count, max(0, s.now().Sub(time.UnixMicro(at))), nil
}

// Renew gives the log a new name, so that whoever follows it begins anew. It says how many listings there are to index.
func (s *Store) Renew(ctx context.Context) (n int, err error) {
	err = s.update(ctx, "renew the change log", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE change_log SET id = $1`, rand.Text()); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM listing WHERE status = 'published'`).Scan(&n)
	})
	return n, err
}

// change is a row of the log before it has its number.
type change struct {
	id       []byte
	revision int64
	at       int64
}

// record writes changes to the log. It must be the last thing a transaction does but for its audit entry: from here to the commit every other
// save waits, which is what keeps the numbers in the order of the commits.
func record(ctx context.Context, tx *sql.Tx, changes []change) error {
	if len(changes) == 0 {
		return nil
	}
	var last int64
	err := tx.QueryRowContext(ctx, `UPDATE change_log SET seq = seq + $1 RETURNING seq`, len(changes)).Scan(&last)
	if err != nil {
		return err
	}
	rows := make([][]any, len(changes))
	for i, c := range changes {
		rows[i] = []any{c.id, last - int64(len(changes)-1-i), c.revision, c.at}
	}
	_, err = insert(ctx, tx, `INSERT INTO change (listing_id, seq, revision, at) VALUES `, rows,
		` ON CONFLICT (listing_id) DO UPDATE SET seq = excluded.seq, revision = excluded.revision, at = excluded.at`)
	return err
}
