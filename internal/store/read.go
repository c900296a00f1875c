package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
	"carefinder/internal/pace"
)

// Listing gives a listing as it is now, whatever its status, with everything the desk knows, or fault.NotFound. The
// caller owns it.
func (s *Store) Listing(ctx context.Context, id directory.ID) (*directory.Listing, error) {
	found, err := s.Listings(ctx, []directory.ID{id})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, notFound()
	}
	return found[0], nil
}

func notFound() error { return fault.New(fault.NotFound, "There is no such listing.") }

// Listings gives listings as they are now, whatever their status and with everything the desk knows, in the order of
// ids, nil where there is none. They are the caller's, but one id twice gives one listing twice.
func (s *Store) Listings(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	return s.byID(ctx, ids, `SELECT id, document FROM listing WHERE id IN `)
}

// Published gives the listings in the order of ids, in their Public form, nil where one is not published now: never
// was, was withdrawn, or was removed. They are shared: read only.
func (s *Store) Published(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	found, err := s.byID(ctx, ids, `SELECT id, document FROM listing WHERE status = 'published' AND id IN `)
	for i, l := range found {
		if l != nil {
			found[i] = l.Public()
		}
	}
	return found, err
}

// maxIn bounds the ids of one query, for the reason insertRows is small.
const maxIn = 512

func (s *Store) byID(ctx context.Context, ids []directory.ID, query string) ([]*directory.Listing, error) {
	found := make(map[directory.ID]*directory.Listing, len(ids))
	for part := range slices.Chunk(ids, maxIn) {
		rows, err := s.read.QueryContext(ctx, query+in(len(part)), idArgs(part)...)
		if err != nil {
			return nil, s.fault(ctx, "read listings", err)
		}
		err = scan(rows, func() error {
			var id, doc sql.RawBytes
			if err := rows.Scan(&id, &doc); err != nil {
				return err
			}
			l, err := decode(id, doc)
			found[idOf(id)] = l
			return err
		})
		if err != nil {
			return nil, s.fault(ctx, "read listings", err)
		}
	}
	all := make([]*directory.Listing, len(ids))
	for i, id := range ids {
		all[i] = found[id]
	}
	return all, nil
}

// in gives the list of placeholders for n values, rounded up to a power of two: the statements are then few, and the
// drivers keep them prepared.
func in(n int) string { return placeholders(0, roundUp(n)) }

func roundUp(n int) int { return 1 << bits.Len(uint(n-1)) }

// idArgs gives the arguments for in: the last id again and again where the list is longer.
func idArgs(ids []directory.ID) []any {
	args := make([]any, roundUp(len(ids)))
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)][:]
	}
	return args
}

// scan calls one for each row, and closes rows.
func scan(rows *sql.Rows, one func() error) error {
	defer rows.Close()
	for rows.Next() {
		pace.Yield()
		if err := one(); err != nil {
			return err
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

func idOf(b []byte) (id directory.ID) {
	copy(id[:], b)
	return id
}

// decode reads a stored document. One that can't be read is no fault of the caller.
func decode(id, doc []byte) (*directory.Listing, error) {
	l, err := document.DecodeStored(doc)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Internal, Cause: fmt.Errorf("the document of listing %s is damaged: %w", idOf(id), err)}
	}
	return l, nil
}

// History gives a listing's revisions, newest first, or fault.NotFound.
func (s *Store) History(ctx context.Context, id directory.ID, p directory.Page) ([]directory.Revision, error) {
	const what = "history"
	rows, err := s.read.QueryContext(ctx, `SELECT no, at, editor, note, document FROM revision
		WHERE listing_id = $1 ORDER BY no DESC LIMIT $2 OFFSET $3`, id[:], max(0, p.Limit), max(0, p.Offset))
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	var all []directory.Revision
	err = scan(rows, func() error {
		var r directory.Revision
		var at int64
		var doc sql.RawBytes
		if err := rows.Scan(&r.No, &at, &r.By.Name, &r.By.Note, &doc); err != nil {
			return err
		}
		r.At = time.UnixMicro(at).UTC()
		r.Listing, err = decode(id[:], doc)
		all = append(all, r)
		return err
	})
	if err == nil && len(all) == 0 {
		_, err = s.Listing(ctx, id) // past the end, or no such listing?
	}
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	return all, nil
}

// Count says how many listings have each status, demonstrations included.
func (s *Store) Count(ctx context.Context) (map[directory.Status]int, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT status, COUNT(*) FROM listing GROUP BY status`)
	if err != nil {
		return nil, s.fault(ctx, "count", err)
	}
	counts := map[directory.Status]int{}
	err = scan(rows, func() error {
		var status string
		var n int
		err := rows.Scan(&status, &n)
		counts[directory.Status(status)] = n
		return err
	})
	return counts, s.fault(ctx, "count", err)
}

// CountReal says how many published listings are real.
func (s *Store) CountReal(ctx context.Context) (int, error) {
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM listing WHERE demonstration = FALSE AND status = 'published'`).Scan(&n)
	return n, s.fault(ctx, "count published", err)
}

// Roll lists the published listings that are real, by their ids and without opening one: at most max behind the ID
// after, the first skip of them left out. A change holds what was saved last and when; it has no Seq.
func (s *Store) Roll(ctx context.Context, after directory.ID, skip, max int) ([]directory.Change, error) {
	const what = "list published"
	rows, err := s.read.QueryContext(ctx, `SELECT id, revision, updated_at FROM listing
		WHERE demonstration = FALSE AND status = 'published' AND id > $1 ORDER BY id LIMIT $2 OFFSET $3`, after[:], max, skip)
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	var all []directory.Change
	err = scan(rows, func() error {
		var c directory.Change
		var id sql.RawBytes
		var at int64
		if err := rows.Scan(&id, &c.Revision, &at); err != nil {
			return err
		}
		c.ID, c.At = idOf(id), time.UnixMicro(at).UTC()
		all = append(all, c)
		return nil
	})
	return all, s.fault(ctx, what, err)
}

// Overdue says how many published listings should have been verified again by now. Demonstrations are left out.
func (s *Store) Overdue(ctx context.Context, now time.Time) (int, error) {
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM listing
		WHERE demonstration = FALSE AND status = 'published' AND verification_due <= $1`, now.UnixMicro()).Scan(&n)
	return n, s.fault(ctx, "count overdue", err)
}

// Empty reports whether the store holds no listing at all.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	some, err := s.exists(ctx, `SELECT EXISTS (SELECT 1 FROM listing)`)
	return !some && err == nil, err
}

// HasDemonstrations reports whether any listing is made up.
func (s *Store) HasDemonstrations(ctx context.Context) (bool, error) {
	return s.exists(ctx, `SELECT EXISTS (SELECT 1 FROM listing WHERE demonstration = TRUE)`)
}

func (s *Store) exists(ctx context.Context, query string, args ...any) (yes bool, err error) {
	err = s.read.QueryRowContext(ctx, query, args...).Scan(&yes)
	return yes, s.fault(ctx, "look", err)
}
