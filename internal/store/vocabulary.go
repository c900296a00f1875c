package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// amendment is a directory.Amendment as its column holds it.
type amendment struct {
	Labels  map[string]string `json:"labels,omitempty"`
	Added   []string          `json:"added,omitempty"`
	Dropped []string          `json:"dropped,omitempty"`
	Retired bool              `json:"retired,omitempty"`
}

// VocabularyNo says how often the vocabulary was changed at the desk.
func (s *Store) VocabularyNo(ctx context.Context) (no int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT no FROM vocabulary`).Scan(&no)
	return no, s.fault(ctx, "read the vocabulary", err)
}

// Amend writes r as the next revision of its term. When the term is not at the revision before, it changes nothing and
// gives fault.Conflict.
func (s *Store) Amend(ctx context.Context, r *desk.TermRevision) error {
	doc, err := json.Marshal(amendment{r.Labels, r.Added, r.Dropped, r.Retired})
	if err != nil {
		return err
	}
	return s.update(ctx, "amend the vocabulary", func(tx *sql.Tx) error {
		var no, now int64
		if err := tx.QueryRowContext(ctx, `UPDATE vocabulary SET no = no + 1 WHERE one = 1 RETURNING no`).Scan(&no); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(revision), 0) FROM term_revision WHERE facet = $1 AND code = $2`, string(r.Facet), r.Code).Scan(&now)
		if err != nil {
			return err
		}
		if now != r.No-1 {
			return fault.New(fault.Conflict, "This term was changed by someone else since it was read.")
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO term_revision (no, facet, code, revision, at, by_id, by_name, note, amendment) VALUES `+placeholders(0, 9),
			no, string(r.Facet), r.Code, r.No, micros(r.At), r.By.ID, r.By.Name, r.Note, string(doc))
		return err
	})
}

// Amendments gives the last revision of every term the desk touched, in the order in which it first did.
func (s *Store) Amendments(ctx context.Context) ([]desk.TermRevision, error) {
	return s.termRevisions(ctx, ` JOIN (SELECT facet AS f, code AS c, MIN(no) AS first, MAX(no) AS last FROM term_revision GROUP BY facet, code) AS of ON no = of.last ORDER BY of.first`)
}

// TermHistory gives every revision of a term, newest first.
func (s *Store) TermHistory(ctx context.Context, f directory.Facet, code string) ([]desk.TermRevision, error) {
	return s.termRevisions(ctx, ` WHERE facet = $1 AND code = $2 ORDER BY revision DESC`, string(f), code)
}

func (s *Store) termRevisions(ctx context.Context, rest string, args ...any) ([]desk.TermRevision, error) {
	const what = "read amendments"
	rows, err := s.read.QueryContext(ctx, `SELECT facet, code, revision, at, by_id, by_name, note, amendment FROM term_revision`+rest, args...)
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	var all []desk.TermRevision
	err = scan(rows, func() error {
		var r desk.TermRevision
		var at int64
		var doc []byte
		if err := rows.Scan(&r.Facet, &r.Code, &r.No, &at, &r.By.ID, &r.By.Name, &r.Note, &doc); err != nil {
			return err
		}
		var a amendment
		if err := json.Unmarshal(doc, &a); err != nil {
			return err
		}
		r.At, r.Labels, r.Added, r.Dropped, r.Retired = timeOf(at), a.Labels, a.Added, a.Dropped, a.Retired
		all = append(all, r)
		return nil
	})
	return all, s.fault(ctx, what, err)
}
