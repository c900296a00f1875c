package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/exchange"
	"carefinder/internal/fault"
)

// Past gives what earlier files said of a listing; the zero Past when none did. Before files were remembered, revisions
// were told by who saved them: what an import or the seed saved last was what it said.
func (s *Store) Past(ctx context.Context, id directory.ID) (past exchange.Past, err error) {
	const what = "read what files said"
	var said, offered, base, file []byte
	var revision, at sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT i.revision, COALESCE(i.said, r.document), i.offered, c.base, c.document, c.at FROM (SELECT 1 AS one) AS one
		LEFT JOIN imported i ON i.listing_id = $1
		LEFT JOIN revision r ON r.listing_id = i.listing_id AND r.no = i.revision
		LEFT JOIN import_conflict c ON c.listing_id = $2`, id[:], id[:]).Scan(&revision, &said, &offered, &base, &file, &at)
	past.At = directory.RevisionNo(revision.Int64)
	if err == nil && !revision.Valid {
		err = s.read.QueryRowContext(ctx, `SELECT no, document FROM revision WHERE listing_id = $1 AND editor IN ('import', 'seed')
			ORDER BY no DESC LIMIT 1`, id[:]).Scan(&past.At, &said)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
	}
	if err != nil {
		return past, s.fault(ctx, what, err)
	}
	read := func(doc []byte) (l *directory.Listing) {
		if err == nil && doc != nil {
			l, err = decode(id[:], doc)
		}
		return l
	}
	past.Said, past.Offered = read(said), read(offered)
	if base != nil {
		past.Clash = &exchange.Clash{Base: read(base), File: read(file), At: time.UnixMicro(at.Int64).UTC()}
	}
	return past, err
}

// Take saves what an import makes of rows, and remembers what its file said, in one transaction. It gives fault.Conflict
// when one of the listings is no longer at its Revision.
func (s *Store) Take(ctx context.Context, all []exchange.Taken, by directory.Editor) error {
	all = ordered(all)
	var saved []*directory.Listing
	var bases []directory.RevisionNo
	for _, t := range all {
		if t.Listing != nil {
			saved, bases = append(saved, t.Listing), append(bases, t.Listing.Revision)
		}
	}
	return s.save(ctx, saved, bases, by, func(tx *sql.Tx) error {
		if err := remember(ctx, tx, all); err != nil {
			return err
		}
		return s.keepClashes(ctx, tx, all, by.Note)
	})
}

// remember keeps what a file said, row by row. What it offered before stays where this changes nothing: a draft of that may
// be open.
func remember(ctx context.Context, tx *sql.Tx, all []exchange.Taken) error {
	var rows [][]any
	saved := false // the listings of rows
	flush := func() error {
		end := ` ON CONFLICT (listing_id) DO UPDATE SET revision = excluded.revision, said = excluded.said`
		if saved {
			end += `, offered = NULL`
		}
		_, err := insert(ctx, tx, `INSERT INTO imported (listing_id, revision, said) VALUES `, rows, end)
		rows = nil
		return err
	}
	for i := range all { // in their order, however often it changes
		t := &all[i]
		if t.File == nil {
			continue
		}
		if saved != (t.Listing != nil) {
			if err := flush(); err != nil {
				return err
			}
			saved = t.Listing != nil
		}
		row, err := saidRow(t)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	return flush()
}

// ordered gives rows in the order of their listings, as write has them: two that lock the same rows, each in its own order,
// would wait for each other. Between tables what files said is locked before the listing it is about.
func ordered(all []exchange.Taken) []exchange.Taken {
	of := func(t *exchange.Taken) (id directory.ID) {
		switch {
		case t.File != nil:
			id = t.File.ID
		case t.Listing != nil:
			id = t.Listing.ID
		case t.Clash != nil:
			id = t.Clash.File.ID
		case t.Settles != nil:
			id = t.Settles.File.ID
		}
		return id
	}
	return slices.SortedFunc(slices.Values(all), func(a, b exchange.Taken) int {
		x, y := of(&a), of(&b)
		return bytes.Compare(x[:], y[:])
	})
}

// saidRow remembers what a file said, and at which revision: that is enough where it says the same.
func saidRow(t *exchange.Taken) ([]any, error) {
	at := int64(t.File.Revision)
	if t.Listing != nil {
		at++
		if len(directory.Compare(t.Listing, t.File)) == 0 {
			return []any{t.File.ID[:], at, nil}, nil
		}
	}
	doc, err := document.Encode(t.File)
	return []any{t.File.ID[:], at, string(doc)}, err
}

// Offer remembers what a file said that came in as drafts.
func (s *Store) Offer(ctx context.Context, all []exchange.Taken, file string) error {
	all = ordered(all)
	return s.update(ctx, "remember drafts", func(tx *sql.Tx) error {
		for i := range all {
			t := &all[i]
			if t.Listing == nil {
				if t.File != nil && t.Clash == nil { // it says what stands here
					if err := remember(ctx, tx, all[i:i+1]); err != nil {
						return err
					}
				}
				continue
			}
			doc, err := document.Encode(t.File)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO imported (listing_id, revision, offered) VALUES ($1, (SELECT COALESCE(MAX(no), 0) FROM revision
				WHERE listing_id = $2 AND editor IN ('import', 'seed')), $3) ON CONFLICT (listing_id) DO UPDATE SET offered = excluded.offered`,
				t.File.ID[:], t.File.ID[:], string(doc))
			if err != nil {
				return err
			}
		}
		return s.keepClashes(ctx, tx, all, file)
	})
}

// heard remembers what a file offered as said once a proposal that took anything of it is published: what curators left
// out of that stays out when the file comes again.
func (s *Store) heard(ctx context.Context, tx *sql.Tx, p *desk.Proposal) error {
	id := p.Listing.ID
	var doc, was []byte
	err := tx.QueryRowContext(ctx, `SELECT offered FROM imported WHERE listing_id = $1 AND offered IS NOT NULL`+s.dialect.lockRow, id[:]).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	offered, err := decode(id[:], doc)
	if err != nil {
		return err
	}
	base := &directory.Listing{ID: id}
	err = tx.QueryRowContext(ctx, `SELECT document FROM revision WHERE listing_id = $1 AND no = $2`, id[:], int64(p.Base)).Scan(&was)
	if err == nil {
		base, err = decode(id[:], was)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if !tookOf(offered, base, p.Listing) {
		return nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE imported SET revision = $2, said = offered, offered = NULL WHERE listing_id = $1`, id[:], int64(p.Revision))
	return err
}

// tookOf reports whether a draft made from base says anything as offered does where base did not.
func tookOf(offered, base, draft *directory.Listing) bool {
	differs := map[string]bool{}
	for _, c := range directory.Compare(draft, offered) {
		differs[c.Path] = true
	}
	return slices.ContainsFunc(directory.Compare(base, offered), func(c directory.Difference) bool { return !differs[c.Path] })
}

// keepClashes has what a curator has to decide wait in its queue, and nothing else.
func (s *Store) keepClashes(ctx context.Context, tx *sql.Tx, all []exchange.Taken, file string) error {
	for i := range all {
		t := &all[i]
		switch {
		case t.Clash != nil:
			if err := s.keepClash(ctx, tx, t, file); err != nil {
				return err
			}
		case t.Settles != nil:
			if err := dropClash(ctx, tx, t.Settles.File.ID, t.Settles.At); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) keepClash(ctx context.Context, tx *sql.Tx, t *exchange.Taken, file string) error {
	base, err := document.Encode(t.Clash.Base)
	if err != nil {
		return err
	}
	doc, err := document.Encode(t.Clash.File)
	if err != nil {
		return err
	}
	at, l := s.stamp(), t.Clash.File
	_, err = tx.ExecContext(ctx, `INSERT INTO import_conflict (listing_id, base, document, file, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (listing_id) DO UPDATE SET base = excluded.base, document = excluded.document, file = excluded.file, at = excluded.at`,
		l.ID[:], string(base), string(doc), file, micros(at))
	if err != nil {
		return err
	}
	return putTask(ctx, tx, &desk.Task{Queue: desk.QueueConflicts, ID: l.ID, Listing: l.ID, Kind: l.Kind, Since: at, Why: desk.Conflicting(t.Paths)})
}

// dropClash has the conflict of that time wait no more. One that came in its place since waits on.
func dropClash(ctx context.Context, tx *sql.Tx, id directory.ID, at time.Time) error {
	r, err := tx.ExecContext(ctx, `DELETE FROM import_conflict WHERE listing_id = $1 AND at = $2`, id[:], micros(at))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return dropTask(ctx, tx, desk.QueueConflicts, id)
}

// Clash gives what a file says of a listing that a curator has to decide about, or fault.NotFound.
func (s *Store) Clash(ctx context.Context, id directory.ID) (*desk.Clash, error) {
	var base, doc []byte
	var at int64
	c := &desk.Clash{}
	err := s.read.QueryRowContext(ctx, `SELECT base, document, file, at FROM import_conflict WHERE listing_id = $1`, id[:]).Scan(&base, &doc, &c.Name, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "No import waits for a decision here.")
	}
	if err != nil {
		return nil, s.fault(ctx, "read an import conflict", err)
	}
	c.At = time.UnixMicro(at).UTC()
	if c.Base, err = decode(id[:], base); err == nil {
		c.File, err = decode(id[:], doc)
	}
	return c, err
}

// SettleClash has a conflict wait no more, and remembers that its file was heard: fault.Conflict when it is no longer the
// one of that time.
func (s *Store) SettleClash(ctx context.Context, id directory.ID, at time.Time) error {
	return s.update(ctx, "settle an import conflict", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE imported SET revision = revision WHERE listing_id = $1`, id[:]); err != nil { // first, as in Take
			return err
		}
		r, err := tx.ExecContext(ctx, `UPDATE import_conflict SET at = at WHERE listing_id = $1 AND at = $2`, id[:], micros(at))
		if err := oneOnly(r, err, "Another file came in meanwhile, or somebody decided already. Look again."); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO imported (listing_id, revision, said)
			SELECT c.listing_id, l.revision, c.document FROM import_conflict c JOIN listing l ON l.id = c.listing_id WHERE c.listing_id = $1
			ON CONFLICT (listing_id) DO UPDATE SET revision = excluded.revision, said = excluded.said, offered = NULL`, id[:])
		if err != nil {
			return err
		}
		return dropClash(ctx, tx, id, at)
	})
}
