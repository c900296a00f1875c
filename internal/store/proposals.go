package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
)

// keptVersions is how many versions of a draft are kept: more than are saved while one form stays open.
const keptVersions = 200

const proposalColumns = `id, version, state, base, note, by_id, by_name, decided_id, decided_name, revision, created_at, updated_at, document`

// AddProposal keeps a new proposal as version 1. It gives fault.Conflict when there is one of its ID.
func (s *Store) AddProposal(ctx context.Context, p *desk.Proposal) error {
	doc, err := document.Encode(p.Listing)
	if err != nil {
		return fmt.Errorf("store: add proposal: %w", err)
	}
	err = s.update(ctx, "add proposal", func(tx *sql.Tx) error {
		n, err := insert(ctx, tx, `INSERT INTO proposal (listing_id, `+proposalColumns+`) VALUES `, [][]any{{
			p.Listing.ID[:], p.ID[:], int64(1), string(p.State), int64(p.Base), p.Note, p.By.ID, p.By.Name,
			p.Decided.ID, p.Decided.Name, int64(p.Revision), micros(p.CreatedAt), micros(p.UpdatedAt), string(doc),
		}}, ` ON CONFLICT (id) DO NOTHING`)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "There is such a proposal already.")
		}
		if err != nil {
			return err
		}
		return proposalParts(ctx, tx, p, 1, string(doc))
	})
	if err == nil {
		p.Version = 1
	}
	return err
}

// SaveProposal writes p as version+1 and sets p.Version. When it is no longer at version it changes nothing and gives
// fault.Conflict.
func (s *Store) SaveProposal(ctx context.Context, p *desk.Proposal, version int64) error {
	doc, err := document.Encode(p.Listing)
	if err != nil {
		return fmt.Errorf("store: save proposal %s: %w", p.ID, err)
	}
	err = s.update(ctx, "save proposal", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE proposal SET version = $3, state = $4, base = $5, note = $6, decided_id = $7,
			decided_name = $8, revision = $9, updated_at = $10, document = $11 WHERE id = $1 AND version = $2`,
			p.ID[:], version, version+1, string(p.State), int64(p.Base), p.Note, p.Decided.ID, p.Decided.Name,
			int64(p.Revision), micros(p.UpdatedAt), string(doc))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.Conflict, "This proposal was changed by someone else since it was read."))
		}
		if err := proposalParts(ctx, tx, p, version+1, string(doc)); err != nil || p.State != desk.Published {
			return err
		}
		return s.heard(ctx, tx, p)
	})
	if err == nil {
		p.Version = version + 1
	}
	return err
}

// proposalParts writes the version of the draft and whose hand is in it.
func proposalParts(ctx context.Context, tx *sql.Tx, p *desk.Proposal, version int64, doc string) error {
	if err := proposalTask(ctx, tx, p); err != nil {
		return err
	}
	var editors [][]any
	for i, a := range p.Editors {
		editors = append(editors, []any{p.ID[:], i, a.ID, a.Name})
	}
	if _, err := insert(ctx, tx, `INSERT INTO proposal_editor (proposal_id, no, editor_id, editor_name) VALUES `, editors, ` ON CONFLICT DO NOTHING`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO proposal_version (proposal_id, version, document, note) VALUES ($1, $2, $3, $4)`, p.ID[:], version, doc, p.Note); err != nil {
		return err
	}
	kept := version - keptVersions
	if !p.State.Open() {
		kept = version // nobody writes on it any more
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM proposal_version WHERE proposal_id = $1 AND version <= $2`, p.ID[:], kept)
	return err
}

// Proposal gives a proposal, or fault.NotFound.
func (s *Store) Proposal(ctx context.Context, id directory.ID) (*desk.Proposal, error) {
	all, err := s.proposals(ctx, ` WHERE id = $1`, id[:])
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fault.New(fault.NotFound, "There is no such proposal.")
	}
	return &all[0], nil
}

// Proposals lists the proposals wanted, the last changed first.
func (s *Store) Proposals(ctx context.Context, w desk.Wanted, page directory.Page) ([]desk.Proposal, error) {
	where, args := []string{"1 = 1"}, []any{}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if len(w.States) > 0 {
		var in []string
		for _, state := range w.States {
			in = append(in, arg(string(state)))
		}
		where = append(where, "state IN ("+strings.Join(in, ", ")+")")
	}
	if !w.Listing.IsZero() {
		where = append(where, "listing_id = "+arg(w.Listing[:]))
	}
	if w.Editor != "" {
		where = append(where, "id IN (SELECT proposal_id FROM proposal_editor WHERE editor_id = "+arg(w.Editor)+")")
	}
	query := " WHERE " + strings.Join(where, " AND ") + " ORDER BY updated_at DESC, id DESC LIMIT " + arg(max(0, page.Limit)) + " OFFSET " + arg(max(0, page.Offset))
	return s.proposals(ctx, query, args...)
}

func (s *Store) proposals(ctx context.Context, rest string, args ...any) ([]desk.Proposal, error) {
	const what = "read proposals"
	rows, err := s.read.QueryContext(ctx, `SELECT `+proposalColumns+` FROM proposal`+rest, args...)
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	var all []desk.Proposal
	err = scan(rows, func() error {
		var p desk.Proposal
		var id, doc sql.RawBytes
		var created, updated int64
		err := rows.Scan(&id, &p.Version, &p.State, &p.Base, &p.Note, &p.By.ID, &p.By.Name, &p.Decided.ID, &p.Decided.Name,
			&p.Revision, &created, &updated, &doc)
		if err != nil {
			return err
		}
		p.ID, p.CreatedAt, p.UpdatedAt = idOf(id), time.UnixMicro(created).UTC(), time.UnixMicro(updated).UTC()
		p.Listing, err = decode(id, doc)
		all = append(all, p)
		return err
	})
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	return all, s.editors(ctx, all)
}

// editors reads whose hand is in each of the proposals.
func (s *Store) editors(ctx context.Context, all []desk.Proposal) error {
	if len(all) == 0 {
		return nil
	}
	ids, at := make([]directory.ID, len(all)), map[directory.ID]int{}
	for i := range all {
		ids[i], at[all[i].ID] = all[i].ID, i
	}
	const what = "read editors"
	rows, err := s.read.QueryContext(ctx, `SELECT proposal_id, editor_id, editor_name FROM proposal_editor
		WHERE proposal_id IN `+in(len(ids))+` ORDER BY proposal_id, no`, idArgs(ids)...)
	if err != nil {
		return s.fault(ctx, what, err)
	}
	return s.fault(ctx, what, scan(rows, func() error {
		var id []byte
		var a desk.Actor
		if err := rows.Scan(&id, &a.ID, &a.Name); err != nil {
			return err
		}
		p := &all[at[idOf(id)]]
		p.Editors = append(p.Editors, a)
		return nil
	}))
}

// DraftAt gives the listing and the note as an earlier version of a proposal had them, or fault.NotFound when that is
// kept no more.
func (s *Store) DraftAt(ctx context.Context, id directory.ID, version int64) (l *directory.Listing, note string, err error) {
	var doc []byte
	err = s.read.QueryRowContext(ctx, `SELECT document, note FROM proposal_version WHERE proposal_id = $1 AND version = $2`, id[:], version).Scan(&doc, &note)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", fault.New(fault.NotFound, "This version of the draft is not kept.")
	}
	if err != nil {
		return nil, "", s.fault(ctx, "read draft", err)
	}
	l, err = decode(id[:], doc)
	return l, note, err
}

// AddComment keeps what someone says about a proposal.
func (s *Store) AddComment(ctx context.Context, id directory.ID, c desk.Comment) error {
	return s.update(ctx, "add comment", func(tx *sql.Tx) error {
		// Writing the proposal's row, which changes nothing, gives the comments one order on PostgreSQL too.
		if _, err := tx.ExecContext(ctx, `UPDATE proposal SET version = version WHERE id = $1`, id[:]); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO proposal_comment (proposal_id, no, by_id, by_name, at, text)
			VALUES ($1, (SELECT COUNT(*) FROM proposal_comment WHERE proposal_id = $2), $3, $4, $5, $6)`,
			id[:], id[:], c.By.ID, c.By.Name, micros(c.At), c.Text)
		return err
	})
}

// Comments gives what was said about a proposal, oldest first.
func (s *Store) Comments(ctx context.Context, id directory.ID) ([]desk.Comment, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT by_id, by_name, at, text FROM proposal_comment WHERE proposal_id = $1 ORDER BY no`, id[:])
	if err != nil {
		return nil, s.fault(ctx, "read comments", err)
	}
	var all []desk.Comment
	err = scan(rows, func() error {
		var c desk.Comment
		var at int64
		err := rows.Scan(&c.By.ID, &c.By.Name, &at, &c.Text)
		c.At = time.UnixMicro(at).UTC()
		all = append(all, c)
		return err
	})
	return all, s.fault(ctx, "read comments", err)
}
