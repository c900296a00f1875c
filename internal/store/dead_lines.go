package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
)

// deadKinds are directory.DeadLines as SQL has them.
var deadKinds = `'` + joined(directory.DeadLines(), `','`) + `'`

// unanswered is a report that is open, or part of one.
const unanswered = `state IN ('open', 'merged') AND answered_at = 0`

// deadLine has a listing wait to be called again as long as desk.DeadLine says so.
func (s *Store) deadLine(ctx context.Context, tx *sql.Tx, listing directory.ID) error {
	var doc []byte
	err := tx.QueryRowContext(ctx, `SELECT document FROM listing WHERE id = $1`+s.dialect.lockRow, listing[:]).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return dropTask(ctx, tx, desk.QueueFacts, desk.DeadLineID(listing))
	}
	if err != nil {
		return err
	}
	open, err := reports(ctx, tx, reportColumns+`WHERE listing_id = $1 AND `+unanswered+` AND kind IN (`+deadKinds+`)`, listing[:])
	if err != nil {
		return err
	}
	last, err := calls(ctx, tx, listing, directory.Page{Limit: 1})
	if err != nil {
		return err
	}
	var call *desk.Call
	if len(last) > 0 {
		call = &last[0]
	}
	var t *desk.Task
	if len(open) > 0 || call != nil {
		if l, err := decode(listing[:], doc); err == nil { // what is damaged keeps nobody from telling us about it
			t = desk.DeadLine(l, open, call)
		}
	}
	if t == nil {
		return dropTask(ctx, tx, desk.QueueFacts, desk.DeadLineID(listing))
	}
	_, err = insert(ctx, tx, insertTask, [][]any{taskRow(t)}, renewTask+`, since = excluded.since`)
	return err
}

// deadLines looks again at those of some listings that anybody reported or called.
func (s *Store) deadLines(ctx context.Context, tx *sql.Tx, listings []directory.ID) error {
	var heard []directory.ID
	for _, table := range []string{`feedback WHERE ` + unanswered + ` AND kind IN (` + deadKinds + `) AND`, `verification WHERE`} {
		err := eachPart(listings, func(list string, args []any) error {
			rows, err := tx.QueryContext(ctx, `SELECT DISTINCT listing_id FROM `+table+` listing_id IN `+list, args...)
			if err != nil {
				return err
			}
			return scan(rows, func() error {
				var id sql.RawBytes
				err := rows.Scan(&id)
				heard = append(heard, idOf(id))
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	return s.deadLineOfEach(ctx, tx, heard)
}

// deadLineOfEach looks at listings in the order of their IDs, as every transaction that locks several.
func (s *Store) deadLineOfEach(ctx context.Context, tx *sql.Tx, listings []directory.ID) error {
	slices.SortFunc(listings, func(a, b directory.ID) int { return bytes.Compare(a[:], b[:]) })
	for _, id := range slices.Compact(listings) {
		if err := s.deadLine(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// reportedLines looks again at the listings that a report, and those merged into it, are about.
func (s *Store) reportedLines(ctx context.Context, tx *sql.Tx, report directory.ID) error {
	rows, err := tx.QueryContext(ctx, `SELECT listing_id FROM feedback WHERE (id = $1 OR became = $1) AND listing_id IS NOT NULL AND kind IN (`+deadKinds+`)`, report[:])
	if err != nil {
		return err
	}
	var about []directory.ID
	err = scan(rows, func() error {
		var id sql.RawBytes
		err := rows.Scan(&id)
		about = append(about, idOf(id))
		return err
	})
	if err != nil {
		return err
	}
	return s.deadLineOfEach(ctx, tx, about)
}
