package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"carefinder/internal/directory"
)

// Pending gives up to max changes, oldest first. What a change comes to is what Published says of its listing now; nil
// means that it has to leave the index.
func (s *Store) Pending(ctx context.Context, max int) ([]directory.Change, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT seq, listing_id, revision, at FROM pending_change ORDER BY seq LIMIT $1`, max)
	if err != nil {
		return nil, s.fault(ctx, "read pending changes", err)
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
	return all, s.fault(ctx, "read pending changes", err)
}

// Done removes changes whose revision, or a later one, is in the index. Only these very rows go: a save made meanwhile
// stays pending. To remove a change twice does nothing.
func (s *Store) Done(ctx context.Context, changes []directory.Change) error {
	if len(changes) == 0 {
		return nil
	}
	return s.update(ctx, "clear pending changes", func(tx *sql.Tx) error {
		for part := range slices.Chunk(changes, maxIn) {
			args := make([]any, roundUp(len(part)))
			for i := range args {
				args[i] = part[min(i, len(part)-1)].Seq
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM pending_change WHERE seq IN `+in(len(part)), args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// PendingStats says how many changes wait for the index, and for how long the oldest has.
func (s *Store) PendingStats(ctx context.Context) (count int, oldest time.Duration, err error) {
	var at int64
	err = s.read.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MIN(at), 0) FROM pending_change`).Scan(&count, &at)
	if err != nil || count == 0 {
		return 0, 0, s.fault(ctx, "count pending changes", err)
	}
	return count, max(0, s.now().Sub(time.UnixMicro(at))), nil
}

// MarkAll leaves a pending change for every listing, so that whoever keeps an index brings each of them in step again.
// It says how many there are.
func (s *Store) MarkAll(ctx context.Context) (n int, err error) {
	err = s.update(ctx, "mark all listings", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `INSERT INTO pending_change (listing_id, revision, at)
			SELECT id, revision, CAST($1 AS BIGINT) FROM listing ORDER BY id`, micros(s.stamp()))
		if err != nil {
			return err
		}
		marked, err := r.RowsAffected()
		n = int(marked)
		return err
	})
	return n, err
}
