package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

const reportColumns = `SELECT id, listing_id, page, kind, message, at, proven, state, answered_at, answered_by, reason, became FROM feedback `

// reportTask has a report wait for a curator. One that is not proven waits behind the others.
func reportTask(ctx context.Context, tx *sql.Tx, f *directory.Feedback) error {
	t := desk.Task{Queue: desk.QueueReported, ID: f.ID, Listing: f.Listing, Since: f.At, Why: string(f.Kind)}
	if !f.Proven {
		t.Rank, t.Why = 1, t.Why+" unproven"
	}
	if !f.Listing.IsZero() {
		err := tx.QueryRowContext(ctx, `SELECT kind FROM listing WHERE id = $1`, f.Listing[:]).Scan(&t.Kind)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return putTask(ctx, tx, &t)
}

// Report gives a report, or fault.NotFound.
func (s *Store) Report(ctx context.Context, id directory.ID) (*desk.Report, error) {
	all, err := s.reports(ctx, reportColumns+`WHERE id = $1`, id[:])
	if err == nil && len(all) == 0 {
		return nil, fault.New(fault.NotFound, "There is no such report.")
	}
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// ReportsOn gives the reports on a listing, newest first.
func (s *Store) ReportsOn(ctx context.Context, listing directory.ID, max int) ([]desk.Report, error) {
	return s.reports(ctx, reportColumns+`WHERE listing_id = $1 AND state <> 'thanks' ORDER BY at DESC, id DESC LIMIT $2`, listing[:], max)
}

// ReportsIn gives the reports merged into one, newest first.
func (s *Store) ReportsIn(ctx context.Context, report directory.ID, max int) ([]desk.Report, error) {
	return s.reports(ctx, reportColumns+`WHERE became = $1 AND state = 'merged' ORDER BY at DESC, id DESC LIMIT $2`, report[:], max)
}

func (s *Store) reports(ctx context.Context, query string, args ...any) ([]desk.Report, error) {
	all, err := reports(ctx, s.read, query, args...)
	return all, s.fault(ctx, "read reports", err)
}

// queryer is a database, or a transaction on one.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func reports(ctx context.Context, db queryer, query string, args ...any) ([]desk.Report, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	var all []desk.Report
	err = scan(rows, func() error {
		var r desk.Report
		var id, about, became []byte
		var at, answered int64
		err := rows.Scan(&id, &about, &r.Page, &r.Kind, &r.Message, &at, &r.Proven, &r.State, &answered, &r.AnsweredBy, &r.Reason, &became)
		r.ID, r.Listing, r.Became = idOf(id), idOf(about), idOf(became)
		r.At, r.AnsweredAt = time.UnixMicro(at).UTC(), moment(answered)
		all = append(all, r)
		return err
	})
	return all, err
}

// AnswerReport keeps the answer of a report that is open, for it and for those merged into it, and drops its task.
func (s *Store) AnswerReport(ctx context.Context, id directory.ID, a desk.Answer) error {
	return s.update(ctx, "answer a report", func(tx *sql.Tx) error {
		if a.State == desk.ReportMerged {
			if err := s.mergeReport(ctx, tx, id, a.Became); err != nil {
				return err
			}
		}
		answered := micros(a.At)
		if a.State == desk.ReportMerged {
			answered = 0 // when the other is
		}
		r, err := tx.ExecContext(ctx, `UPDATE feedback SET state = $2, answered_at = $3, answered_by = $4, reason = $5, became = $6 WHERE id = $1 AND state = 'open'`,
			id[:], string(a.State), answered, a.By, a.Reason, idOrNull(a.Became))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.Conflict, "This was answered already."))
		}
		if a.State != desk.ReportMerged {
			if _, err := tx.ExecContext(ctx, `UPDATE feedback SET answered_at = $2 WHERE became = $1 AND state = 'merged'`, id[:], answered); err != nil {
				return err
			}
		}
		if err := s.reportedLines(ctx, tx, id); err != nil {
			return err
		}
		return dropTask(ctx, tx, desk.QueueReported, id)
	})
}

// mergeReport makes sure that a report can be merged into another, and takes along what was merged into it.
func (s *Store) mergeReport(ctx context.Context, tx *sql.Tx, id, into directory.ID) error {
	var state desk.ReportState
	err := tx.QueryRowContext(ctx, `SELECT state FROM feedback WHERE id = $1`+s.dialect.lockRow, into[:]).Scan(&state)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.New(fault.NotFound, "There is no such report.")
	case err != nil:
		return err
	case state != desk.ReportOpen:
		return fault.New(fault.Conflict, "The other report was answered already.")
	}
	_, err = tx.ExecContext(ctx, `UPDATE feedback SET became = $2 WHERE became = $1 AND state = 'merged'`, id[:], into[:])
	return err
}

// AnsweredReports calls one with when each report that got an answer at or after since came in and was answered, and
// with each that is open and a zero time.
func (s *Store) AnsweredReports(ctx context.Context, since time.Time, one func(at, answered time.Time)) error {
	rows, err := s.read.QueryContext(ctx, `SELECT at, answered_at FROM feedback
		WHERE state IN ('open', 'merged', 'dismissed', 'edited') AND (answered_at = 0 OR answered_at >= $1)`, since.UnixMicro())
	if err != nil {
		return s.fault(ctx, "count reports", err)
	}
	err = scan(rows, func() error {
		var at, answered int64
		err := rows.Scan(&at, &answered)
		one(time.UnixMicro(at).UTC(), moment(answered))
		return err
	})
	return s.fault(ctx, "count reports", err)
}

// Redeem notes a digest until a time; fresh is false when it was noted before.
func (s *Store) Redeem(ctx context.Context, digest [sha256.Size]byte, now, until time.Time) (fresh bool, err error) {
	err = s.update(ctx, "spend a proof", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM spent WHERE until < $1`, now.UnixMicro()); err != nil {
			return err
		}
		n, err := insert(ctx, tx, `INSERT INTO spent (digest, until) VALUES `, [][]any{{digest[:], until.UnixMicro()}}, ` ON CONFLICT (digest) DO NOTHING`)
		fresh = n == 1
		return err
	})
	return fresh && err == nil, err
}
