package store

import (
	"context"
	"database/sql"
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
		if err != nil || state == desk.ReportThanks {
			return err
		}
		return reportTask(ctx, tx, f)
	})
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
