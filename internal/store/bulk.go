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

// AddBulk keeps a new bulk change, and in one piece the listings it is to be made to: FillBulk gives each its turn. It
// gives fault.Conflict when it undoes one that is undone.
func (s *Store) AddBulk(ctx context.Context, b *desk.Bulk, ids []directory.ID) error {
	change, err := json.Marshal(b.Change)
	if err != nil {
		return err
	}
	list := make([]byte, 0, len(ids)*len(directory.ID{}))
	for i := range ids {
		list = append(list, ids[i][:]...)
	}
	return s.update(ctx, "add a bulk change", func(tx *sql.Tx) error {
		n, err := insert(ctx, tx, `INSERT INTO bulk (id, change, note, by_id, by_name, state, created_at, finished_at, undoes, total, listings) VALUES `, [][]any{{
			b.ID[:], string(change), b.Note, b.By.ID, b.By.Name, string(b.State), micros(b.CreatedAt), int64(0), idOrNull(b.Undoes), b.Total, list,
		}}, ` ON CONFLICT DO NOTHING`)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "This was undone already.")
		}
		return err
	})
}

// FillBulk notes up to max more of its listings in a bulk change that is being filled, and moves it on after the last.
func (s *Store) FillBulk(ctx context.Context, id directory.ID, max int) error {
	return s.update(ctx, "fill a bulk change", func(tx *sql.Tx) error {
		var state desk.BulkState
		var undoes, list []byte
		err := tx.QueryRowContext(ctx, `SELECT state, undoes, listings FROM bulk WHERE id = $1`+s.dialect.lockRow, id[:]).Scan(&state, &undoes, &list)
		if err == nil && state != desk.BulkFilling || errors.Is(err, sql.ErrNoRows) {
			return nil // another server was quicker
		}
		if err != nil {
			return err
		}
		var last int
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(no), 0) FROM bulk_item WHERE bulk_id = $1`, id[:]).Scan(&last); err != nil {
			return err
		}
		next := desk.BulkPrepared
		var added int64
		if undoes == nil {
			added, err = fill(ctx, tx, id, list, last, max)
		} else {
			next = desk.BulkRunning
			added, err = fillUndo(ctx, tx, id, undoes, last, max)
		}
		if err != nil || added == int64(max) {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE bulk SET state = $2, listings = NULL WHERE id = $1`, id[:], string(next))
		return err
	})
}

const insertItems = `INSERT INTO bulk_item (bulk_id, no, listing_id, base, outcome, made, why) `

// fill adds the listings after the last one.
func fill(ctx context.Context, tx *sql.Tx, id directory.ID, list []byte, last, most int) (int64, error) {
	const size = len(directory.ID{})
	list = list[min(len(list), last*size):min(len(list), (last+most)*size)]
	var rows [][]any
	for i := 0; i < len(list); i += size {
		rows = append(rows, []any{id[:], last + len(rows) + 1, list[i : i+size], int64(0), "", int64(0), ""})
	}
	return insert(ctx, tx, insertItems+`VALUES `, rows, ``)
}

// fillUndo adds what another changed, behind the last one.
func fillUndo(ctx context.Context, tx *sql.Tx, id directory.ID, other []byte, last, most int) (int64, error) {
	r, err := tx.ExecContext(ctx, insertItems+`SELECT b.id, x.no, x.listing_id, x.made, '', 0, '' FROM bulk b JOIN bulk_item x ON x.bulk_id = b.undoes
		WHERE b.id = $1 AND x.bulk_id = $2 AND x.outcome = 'changed' AND x.no > $3 ORDER BY x.no LIMIT $4`, id[:], other, last, most)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

const bulkColumns = `SELECT b.id, b.change, b.note, b.by_id, b.by_name, b.state, b.created_at, b.finished_at, b.undoes, b.total, u.id
	FROM bulk b LEFT JOIN bulk u ON u.undoes = b.id `

// Bulk gives a bulk change with its counts, or fault.NotFound.
func (s *Store) Bulk(ctx context.Context, id directory.ID) (*desk.Bulk, error) {
	all, err := s.bulks(ctx, bulkColumns+`WHERE b.id = $1`, id[:])
	if err == nil && len(all) == 0 {
		return nil, fault.New(fault.NotFound, "There is no such bulk change.")
	}
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// Bulks gives bulk changes in a state, or, with none, all, newest first with their counts.
func (s *Store) Bulks(ctx context.Context, state desk.BulkState, max int) ([]desk.Bulk, error) {
	if state == "" {
		return s.bulks(ctx, bulkColumns+`ORDER BY b.created_at DESC, b.id DESC LIMIT $1`, max)
	}
	return s.bulks(ctx, bulkColumns+`WHERE b.state = $2 ORDER BY b.created_at DESC, b.id DESC LIMIT $1`, max, string(state))
}

func (s *Store) bulks(ctx context.Context, query string, args ...any) ([]desk.Bulk, error) {
	const what = "read bulk changes"
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	var all []desk.Bulk
	err = scan(rows, func() error {
		b := desk.Bulk{Outcomes: map[desk.Outcomed]int{}}
		var id, undoes, undone []byte
		var change string
		var created, finished int64
		err := rows.Scan(&id, &change, &b.Note, &b.By.ID, &b.By.Name, &b.State, &created, &finished, &undoes, &b.Total, &undone)
		b.ID, b.Undoes, b.UndoneBy, b.CreatedAt, b.FinishedAt = idOf(id), idOf(undoes), idOf(undone), moment(created), moment(finished)
		if err == nil {
			err = json.Unmarshal([]byte(change), &b.Change)
		}
		all = append(all, b)
		return err
	})
	for i := range all {
		if err == nil {
			err = s.countItems(ctx, &all[i])
		}
	}
	return all, s.fault(ctx, what, err)
}

func (s *Store) countItems(ctx context.Context, b *desk.Bulk) error {
	rows, err := s.read.QueryContext(ctx, `SELECT outcome, COUNT(*) FROM bulk_item WHERE bulk_id = $1 GROUP BY outcome`, b.ID[:])
	if err != nil {
		return err
	}
	return scan(rows, func() error {
		var o desk.Outcomed
		var n int
		err := rows.Scan(&o, &n)
		b.Outcomes[o] = n
		return err
	})
}

// BulkItems gives up to max listings of a bulk change with an outcome, behind the one numbered after, in their order.
func (s *Store) BulkItems(ctx context.Context, id directory.ID, o desk.Outcomed, after, max int) ([]desk.BulkItem, error) {
	const what = "read listings of a bulk change"
	rows, err := s.read.QueryContext(ctx, `SELECT no, listing_id, base, outcome, made, why FROM bulk_item
		WHERE bulk_id = $1 AND outcome = $2 AND no > $3 ORDER BY no LIMIT $4`, id[:], string(o), after, max)
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	var all []desk.BulkItem
	err = scan(rows, func() error {
		var x desk.BulkItem
		var listing []byte
		err := rows.Scan(&x.No, &listing, &x.Base, &x.Outcome, &x.Made, &x.Why)
		x.Listing = idOf(listing)
		all = append(all, x)
		return err
	})
	return all, s.fault(ctx, what, err)
}

// SetBulk moves a bulk change from a state to another: fault.Conflict when it is not there.
func (s *Store) SetBulk(ctx context.Context, id directory.ID, from, to desk.BulkState, at time.Time) error {
	var finished int64
	if to == desk.BulkDone || to == desk.BulkStopped {
		finished = micros(at)
	}
	return s.update(ctx, "move a bulk change on", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE bulk SET state = $3, finished_at = $4 WHERE id = $1 AND state = $2`, id[:], string(from), string(to), finished)
		return oneOnly(r, err, "This is still being prepared, or was started, stopped or done already.")
	})
}

// oneOnly gives fault.Conflict when a statement changed nothing.
func oneOnly(r sql.Result, err error, message string) error {
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, message)
	}
	return err
}

// SaveBulk saves listings over the revision each carries, and what became of items, in one transaction. It gives
// fault.Conflict, and does nothing, when a listing was changed meanwhile or another server has done the items.
func (s *Store) SaveBulk(ctx context.Context, id directory.ID, items []desk.BulkItem, saved []*directory.Listing, by directory.Editor) error {
	bases := make([]directory.RevisionNo, len(saved))
	for i, l := range saved {
		bases[i] = l.Revision
	}
	return s.save(ctx, saved, bases, by, func(tx *sql.Tx) error {
		var state desk.BulkState
		err := tx.QueryRowContext(ctx, `SELECT state FROM bulk WHERE id = $1`+s.dialect.lockRow, id[:]).Scan(&state)
		if err == nil && state != desk.BulkRunning || errors.Is(err, sql.ErrNoRows) {
			err = fault.New(fault.Conflict, "This was stopped.")
		}
		if err != nil {
			return err
		}
		for _, x := range items {
			r, err := tx.ExecContext(ctx, `UPDATE bulk_item SET outcome = $3, made = $4, why = $5 WHERE bulk_id = $1 AND no = $2 AND outcome = ''`,
				id[:], x.No, string(x.Outcome), int64(x.Made), x.Why)
			if err := oneOnly(r, err, "Another server did this."); err != nil {
				return err
			}
		}
		return nil
	})
}
