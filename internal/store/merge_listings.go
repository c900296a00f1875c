package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Suspect gives a suspected pair, or fault.NotFound.
func (s *Store) Suspect(ctx context.Context, pair directory.ID) (*desk.Suspect, error) {
	const what = "read a pair"
	var p desk.Suspect
	var a, b []byte
	var digest, since int64
	var evidence string
	err := s.read.QueryRowContext(ctx, `SELECT a, b, score, digest, evidence, since, dismissed_by, reason FROM suspect WHERE id = $1`, pair[:]).
		Scan(&a, &b, &p.Score, &digest, &evidence, &since, &p.DismissedBy, &p.Reason)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "These two are no longer suspected to be one.")
	}
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	p.A, p.B, p.Digest, p.Since = idOf(a), idOf(b), uint64(digest), moment(since)
	return &p, s.fault(ctx, what, json.Unmarshal([]byte(evidence), &p.Evidence))
}

// Dismiss has a pair wait no longer, until one of its listings changes in what was compared.
func (s *Store) Dismiss(ctx context.Context, p *desk.Pair, by, reason string) error {
	id := p.ID()
	evidence, err := json.Marshal(p.Evidence)
	if err != nil {
		return err
	}
	return s.update(ctx, "dismiss a pair", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO suspect (id, a, b, score, digest, evidence, since, dismissed_by, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, dismissed_by = excluded.dismissed_by, reason = excluded.reason`,
			id[:], p.A[:], p.B[:], p.Score, int64(p.Digest), string(evidence), micros(s.stamp()), by, reason)
		if err != nil {
			return err
		}
		return dropTask(ctx, tx, desk.QueueDuplicates, id)
	})
}

// SaveMerger saves listings over the revision each carries, and m with them in one transaction.
func (s *Store) SaveMerger(ctx context.Context, m *desk.Merger, by directory.Editor, saved ...*directory.Listing) error {
	bases := make([]directory.RevisionNo, len(saved))
	for i, l := range saved {
		bases[i] = l.Revision
	}
	done := *m
	return s.save(ctx, saved, bases, by, func(tx *sql.Tx) error {
		if !m.UndoneAt.IsZero() {
			r, err := tx.ExecContext(ctx, `UPDATE merger SET undone_at = $2 WHERE id = $1 AND undone_at = 0`, m.ID[:], micros(m.UndoneAt))
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err != nil || n == 1 {
				return err
			}
			return fault.New(fault.Conflict, "This was undone already.")
		}
		done.At = s.stamp()
		for i, l := range saved {
			switch l.ID {
			case m.Kept:
				done.KeptNo = bases[i] + 1
			case m.Dropped:
				done.DropNo = bases[i] + 1
			}
		}
		*m = done
		_, err := tx.ExecContext(ctx, `INSERT INTO merger (id, kept, dropped, kept_at, dropped_at, by_name, at, undone_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`,
			m.ID[:], m.Kept[:], m.Dropped[:], int64(m.KeptNo), int64(m.DropNo), m.By, micros(m.At))
		return err
	})
}

const mergerColumns = `SELECT id, kept, dropped, kept_at, dropped_at, by_name, at, undone_at FROM merger `

// Merger gives a merge, or fault.NotFound.
func (s *Store) Merger(ctx context.Context, id directory.ID) (*desk.Merger, error) {
	all, err := s.mergers(ctx, mergerColumns+`WHERE id = $1`, id)
	if err == nil && len(all) == 0 {
		return nil, fault.New(fault.NotFound, "There is no such merge.")
	}
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// MergersOf gives the merges a listing was kept or dropped in, newest first.
func (s *Store) MergersOf(ctx context.Context, listing directory.ID) ([]desk.Merger, error) {
	return s.mergers(ctx, mergerColumns+`WHERE kept = $1 OR dropped = $1 ORDER BY at DESC, id DESC`, listing)
}

// MergedInto gives the listing that another was made part of, the zero ID when it was not or is no longer. What that one
// was made part of in turn is not followed.
func (s *Store) MergedInto(ctx context.Context, id directory.ID) (directory.ID, error) {
	all, err := s.mergers(ctx, mergerColumns+`WHERE dropped = $1 AND undone_at = 0 ORDER BY at DESC, id DESC LIMIT 1`, id)
	if err != nil || len(all) == 0 {
		return directory.ID{}, err
	}
	return all[0].Kept, nil
}

func (s *Store) mergers(ctx context.Context, query string, id directory.ID) ([]desk.Merger, error) {
	rows, err := s.read.QueryContext(ctx, query, id[:])
	if err != nil {
		return nil, s.fault(ctx, "read merges", err)
	}
	var all []desk.Merger
	err = scan(rows, func() error {
		var m desk.Merger
		var id, kept, dropped []byte
		var at, undone int64
		err := rows.Scan(&id, &kept, &dropped, &m.KeptNo, &m.DropNo, &m.By, &at, &undone)
		m.ID, m.Kept, m.Dropped, m.At, m.UndoneAt = idOf(id), idOf(kept), idOf(dropped), time.UnixMicro(at).UTC(), moment(undone)
		all = append(all, m)
		return err
	})
	return all, s.fault(ctx, "read merges", err)
}
