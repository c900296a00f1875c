package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
	"carefinder/internal/pace"
)

// Save writes l as revision base+1, the revision itself and its place in the change log in one transaction, and sets
// l.Revision and l.UpdatedAt. When the listing is no longer at base (0: it is new) it changes nothing and gives
// fault.Conflict.
func (s *Store) Save(ctx context.Context, l *directory.Listing, base directory.RevisionNo, by directory.Editor) error {
	return s.save(ctx, []*directory.Listing{l}, []directory.RevisionNo{base}, by)
}

// saveBatch is how many listings share a transaction: enough that the disk's wait is spread thin, few enough that other
// writers get their turn.
const saveBatch = 1000

// SaveMany saves each listing as Save does, over the revision it carries: l.Revision is 0 for a new one, or as it was
// read. A thousand share a transaction. When one of them is stale, none of its thousand is saved and the error is
// fault.Conflict; those before are, and their Revision says so.
func (s *Store) SaveMany(ctx context.Context, all []*directory.Listing, by directory.Editor) error {
	for len(all) > 0 {
		part := all[:min(saveBatch, len(all))]
		bases := make([]directory.RevisionNo, len(part))
		for i, l := range part {
			bases[i] = l.Revision
		}
		if err := s.save(ctx, part, bases, by); err != nil {
			return err
		}
		all = all[len(part):]
	}
	return nil
}

// draft is a listing as it will stand when its save has committed.
type draft struct {
	directory.Listing
	base     directory.RevisionNo
	document string
}

// save writes listings in one transaction, with what also writes beside them.
func (s *Store) save(ctx context.Context, all []*directory.Listing, bases []directory.RevisionNo, by directory.Editor, also ...func(tx *sql.Tx) error) error {
	at, ids := s.stamp(), make([]directory.ID, len(all))
	drafts := make([]draft, len(all))
	for i, l := range all {
		d := draft{Listing: *l, base: bases[i]}
		d.Revision, d.UpdatedAt = bases[i]+1, at
		pace.Yield()
		doc, err := document.Encode(&d.Listing)
		if err != nil {
			return fmt.Errorf("store: save %s: %w", l.ID, err)
		}
		d.document = string(doc)
		drafts[i], ids[i] = d, l.ID
	}
	err := s.update(ctx, "save", func(tx *sql.Tx) error {
		for _, more := range also {
			if err := more(tx); err != nil {
				return err
			}
		}
		return write(ctx, tx, drafts, by) // last: it numbers the changes
	})
	s.changed(ctx, ids) // after a failure too: a commit that was not heard of may have happened
	if err != nil {
		return err
	}
	for i, l := range all {
		l.Revision, l.UpdatedAt = drafts[i].Revision, at
	}
	return nil
}

// write writes the drafts of one transaction, in the order of their IDs: two that lock the same rows, each in its own
// order, would wait for each other.
func write(ctx context.Context, tx *sql.Tx, drafts []draft, by directory.Editor) error {
	drafts = slices.SortedFunc(slices.Values(drafts), func(a, b draft) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	var fresh, revisions [][]any
	changes := make([]change, len(drafts))
	for i := range drafts {
		d := &drafts[i]
		at := micros(d.UpdatedAt)
		if d.base == 0 {
			fresh = append(fresh, d.columns())
		} else if err := replace(ctx, tx, d); err != nil {
			return err
		}
		revisions = append(revisions, []any{d.ID[:], int64(d.Revision), at, by.Name, by.Note, d.document})
		changes[i] = change{d.ID[:], int64(d.Revision), at}
	}
	written, err := insert(ctx, tx, `INSERT INTO listing (id, kind, status, demonstration, revision, verification_due, updated_at, document) VALUES `,
		fresh, ` ON CONFLICT (id) DO NOTHING`)
	if err == nil && written < int64(len(fresh)) {
		err = stale()
	}
	if err != nil {
		return err
	}
	if _, err = insert(ctx, tx, `INSERT INTO revision (listing_id, no, at, editor, note, document) VALUES `, revisions, ``); err != nil {
		return err
	}
	return record(ctx, tx, changes)
}

// replace overwrites the listing at the draft's base.
func replace(ctx context.Context, tx *sql.Tx, d *draft) error {
	pace.Yield()
	r, err := tx.ExecContext(ctx, `UPDATE listing SET kind = $2, status = $3, demonstration = $4, revision = $5,
		verification_due = $6, updated_at = $7, document = $8 WHERE id = $1 AND revision = $9`, append(d.columns(), int64(d.base))...)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return stale()
}

func stale() error {
	return fault.New(fault.Conflict, "This listing was changed by someone else since it was read. Look at both versions and save again.")
}

// columns are the values of the listing's row.
func (d *draft) columns() []any {
	return []any{
		d.ID[:], string(d.Kind), string(d.Status), d.Demonstration, int64(d.Revision),
		micros(d.Verification.DueAt()), micros(d.UpdatedAt), d.document,
	}
}

// RemoveDemonstrations deletes every demonstration listing with its revisions, and leaves each in the change log, so
// that every index forgets it too. It says how many there were.
func (s *Store) RemoveDemonstrations(ctx context.Context) (int, error) {
	var ids []directory.ID
	at := micros(s.stamp())
	err := s.update(ctx, "remove demonstrations", func(tx *sql.Tx) error {
		var gone []change
		rows, err := tx.QueryContext(ctx, `DELETE FROM listing WHERE demonstration = TRUE RETURNING id, revision`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id []byte
			var revision int64
			if err := rows.Scan(&id, &revision); err != nil {
				return err
			}
			gone = append(gone, change{id, revision, at})
			ids = append(ids, idOf(id))
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		return record(ctx, tx, gone)
	})
	s.changed(ctx, ids)
	if err != nil {
		return 0, err
	}
	return len(ids), nil
}

// insertRows is how many rows go into one statement: on PostgreSQL each statement is a journey to the server, and on
// SQLite the time to read one grows with the square of its placeholders.
const insertRows = 25

// insert adds rows of equal width to the statement that head and tail enclose, and says how many were written.
func insert(ctx context.Context, tx *sql.Tx, head string, rows [][]any, tail string) (written int64, err error) {
	for len(rows) > 0 {
		pace.Yield()
		part := rows[:min(insertRows, len(rows))]
		var text strings.Builder
		var args []any
		text.WriteString(head)
		for i, row := range part {
			if i > 0 {
				text.WriteByte(',')
			}
			text.WriteString(placeholders(len(args), len(row)))
			args = append(args, row...)
		}
		text.WriteString(tail)
		r, err := tx.ExecContext(ctx, text.String(), args...)
		if err != nil {
			return 0, err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return 0, err
		}
		written, rows = written+n, rows[len(part):]
	}
	return written, nil
}

// placeholders gives ($from+1,…,$from+n).
func placeholders(from, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte("(,"[min(i, 1)])
		fmt.Fprintf(&b, "$%d", from+i+1)
	}
	b.WriteByte(')')
	return b.String()
}
