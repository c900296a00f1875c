package store

import (
	"context"
	"database/sql"
	"time"

	"carefinder/internal/directory"
)

// SaveFeedback keeps what a visitor told us, which the caller has validated. It gives f an ID and the time when f has
// none.
func (s *Store) SaveFeedback(ctx context.Context, f *directory.Feedback) error {
	if f.At.IsZero() {
		f.At = s.stamp()
	}
	if f.ID.IsZero() {
		f.ID = directory.NewID(f.At)
	}
	var about []byte
	if !f.Listing.IsZero() {
		about = f.Listing[:]
	}
	return s.update(ctx, "save feedback", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO feedback (id, listing_id, page, kind, message, at) VALUES ($1, $2, $3, $4, $5, $6)`,
			f.ID[:], about, f.Page, string(f.Kind), f.Message, f.At.UnixMicro())
		return err
	})
}

// Feedbacks gives what visitors told us, newest first.
func (s *Store) Feedbacks(ctx context.Context, p directory.Page) ([]directory.Feedback, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, listing_id, page, kind, message, at FROM feedback
		ORDER BY at DESC, id DESC LIMIT $1 OFFSET $2`, max(0, p.Limit), max(0, p.Offset))
	if err != nil {
		return nil, s.fault(ctx, "read feedback", err)
	}
	var all []directory.Feedback
	err = scan(rows, func() error {
		var f directory.Feedback
		var id, about []byte
		var at int64
		if err := rows.Scan(&id, &about, &f.Page, &f.Kind, &f.Message, &at); err != nil {
			return err
		}
		f.ID, f.Listing, f.At = idOf(id), idOf(about), time.UnixMicro(at).UTC()
		all = append(all, f)
		return nil
	})
	return all, s.fault(ctx, "read feedback", err)
}
