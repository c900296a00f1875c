package store

import (
	"context"
	"database/sql"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
)

// Roster gives the listings a query asks for, with everything the desk knows.
func (s *Store) Roster(ctx context.Context, q desk.RosterQuery) ([]*directory.Listing, error) {
	ids, err := s.RosterIDs(ctx, q)
	if err != nil {
		return nil, err
	}
	all, err := s.Listings(ctx, ids)
	found := all[:0]
	for _, l := range all {
		if l != nil { // removed just now
			found = append(found, l)
		}
	}
	return found, err
}

// RosterIDs gives the IDs alone.
func (s *Store) RosterIDs(ctx context.Context, q desk.RosterQuery) ([]directory.ID, error) {
	status := q.Status
	if status == "" {
		status = directory.Published
	}
	text, args := `SELECT id FROM listing WHERE demonstration = FALSE AND status = $1`, []any{string(status)}
	add := func(clause string, values ...any) {
		text += clause + placeholders(len(args), len(values))
		args = append(args, values...)
	}
	if q.Kind != "" {
		add(` AND kind = `, string(q.Kind))
	}
	column, than, way := `updated_at`, ` < `, ` DESC`
	if q.Sort == desk.ByDue {
		column, than, way = `verification_due`, ` > `, ``
	}
	if q.After != nil {
		add(` AND (`+column+`, id)`+than, micros(q.After.At), q.After.ID[:])
	}
	add(` ORDER BY `+column+way+`, id`+way+` LIMIT `, max(0, q.Limit))
	rows, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, s.fault(ctx, "read the roster", err)
	}
	var all []directory.ID
	err = scan(rows, func() error {
		var id sql.RawBytes
		err := rows.Scan(&id)
		all = append(all, idOf(id))
		return err
	})
	return all, s.fault(ctx, "read the roster", err)
}
