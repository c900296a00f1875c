package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
)

// SaveFeedback keeps what a visitor told us, which the caller has validated, and has it wait for a curator unless it is
// thanks. It gives f an ID and the time when f has none.
func (s *Store) SaveFeedback(ctx context.Context, f *directory.Feedback) error {
	if f.At.IsZero() {
		f.At = s.stamp()
	}
	if f.ID.IsZero() {
		f.ID = directory.NewID(f.At)
	}
	state := desk.ReportOpen
	if f.Kind == directory.Helpful {
		state = desk.ReportThanks
	}
	return s.update(ctx, "save feedback", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO feedback (id, listing_id, page, kind, message, proven, state, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			f.ID[:], idOrNull(f.Listing), f.Page, string(f.Kind), f.Message, f.Proven, string(state), f.At.UnixMicro())
		if err == nil && !f.Proven {
			err = s.forget(ctx, tx, f.At)
		}
		if err != nil || state == desk.ReportThanks {
			return err
		}
		if err := reportTask(ctx, tx, f); err != nil || !slices.Contains(directory.DeadLines(), f.Kind) {
			return err
		}
		return s.deadLine(ctx, tx, f.Listing)
	})
}

// forgotten is how many messages are deleted at most when one is kept, so that nobody waits for a flood to run off.
const forgotten = 100

// forget deletes messages without a proof that are too old at a time or too many, the oldest first. What a curator has, or has
// merged others into, stays.
func (s *Store) forget(ctx context.Context, tx *sql.Tx, now time.Time) error {
	const unproven = ` FROM feedback f WHERE proven = FALSE AND state IN ('open', 'thanks')`
	cut, tooMany := now.Add(-desk.UnprovenLife).UnixMicro(), int64(0)
	err := tx.QueryRowContext(ctx, `SELECT at`+unproven+` ORDER BY at DESC LIMIT 1 OFFSET $1`, desk.MaxUnproven).Scan(&tooMany)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, listing_id`+unproven+` AND at <= $1
		AND NOT EXISTS (SELECT 1 FROM task t WHERE t.queue = $2 AND t.id = f.id AND t.holder <> '')
		AND NOT EXISTS (SELECT 1 FROM feedback r WHERE r.became = f.id) ORDER BY at LIMIT $3`, max(cut, tooMany), string(desk.QueueReported), forgotten)
	if err != nil {
		return err
	}
	var gone, about []directory.ID
	err = scan(rows, func() error {
		var id, listing []byte
		err := rows.Scan(&id, &listing)
		gone, about = append(gone, idOf(id)), append(about, idOf(listing))
		return err
	})
	if err != nil {
		return err
	}
	err = eachPart(gone, func(list string, args []any) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM feedback WHERE id IN `+list, args...); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM task WHERE queue = '`+string(desk.QueueReported)+`' AND id IN `+list, args...)
		return err
	})
	if err != nil {
		return err
	}
	return s.deadLineOfEach(ctx, tx, slices.DeleteFunc(about, directory.ID.IsZero))
}

// Feedbacks gives what visitors told us, newest first.
func (s *Store) Feedbacks(ctx context.Context, p directory.Page) ([]directory.Feedback, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, listing_id, page, kind, message, proven, at FROM feedback
		ORDER BY at DESC, id DESC LIMIT $1 OFFSET $2`, max(0, p.Limit), max(0, p.Offset))
	if err != nil {
		return nil, s.fault(ctx, "read feedback", err)
	}
	var all []directory.Feedback
	err = scan(rows, func() error {
		var f directory.Feedback
		var id, about []byte
		var at int64
		if err := rows.Scan(&id, &about, &f.Page, &f.Kind, &f.Message, &f.Proven, &at); err != nil {
			return err
		}
		f.ID, f.Listing, f.At = idOf(id), idOf(about), time.UnixMicro(at).UTC()
		all = append(all, f)
		return nil
	})
	return all, s.fault(ctx, "read feedback", err)
}
