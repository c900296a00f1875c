package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"carefinder/internal/desk"
)

// dayOf numbers the days of UTC from 1970.
func dayOf(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }

// AddMisses adds counts to those of a day.
func (s *Store) AddMisses(ctx context.Context, day time.Time, counts map[desk.Miss]int) error {
	rows := make([][]any, 0, len(counts))
	// In one order: two servers that add at the same time must not wait for each other.
	for _, m := range slices.SortedFunc(maps.Keys(counts), func(a, b desk.Miss) int {
		return strings.Compare(a.Facet+" "+a.Code+" "+a.Place, b.Facet+" "+b.Code+" "+b.Place)
	}) {
		rows = append(rows, []any{dayOf(day), m.Facet, m.Code, m.Place, counts[m]})
	}
	return s.update(ctx, "count searches", func(tx *sql.Tx) error {
		_, err := insert(ctx, tx, `INSERT INTO miss (day, facet, code, place, n) VALUES `, rows,
			` ON CONFLICT (day, facet, code, place) DO UPDATE SET n = miss.n + excluded.n`)
		return err
	})
}

// Misses gives what came together since a day, most first, leaving out what did not reach desk.MissFloor.
func (s *Store) Misses(ctx context.Context, since time.Time) ([]desk.MissCount, error) {
	const what = "read counts of searches"
	rows, err := s.read.QueryContext(ctx, `SELECT facet, code, place, SUM(n) FROM miss WHERE day >= $1
		GROUP BY facet, code, place HAVING SUM(n) >= $2 ORDER BY SUM(n) DESC, facet, code, place`, dayOf(since), desk.MissFloor)
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	var all []desk.MissCount
	err = scan(rows, func() error {
		var m desk.MissCount
		err := rows.Scan(&m.Facet, &m.Code, &m.Place, &m.N)
		all = append(all, m)
		return err
	})
	return all, s.fault(ctx, what, err)
}

// ForgetMisses drops the counts of the days before a day.
func (s *Store) ForgetMisses(ctx context.Context, before time.Time) error {
	const old = ` FROM miss WHERE day < $1`
	// Most of the time there is nothing to drop, and no need to wait for who writes.
	if some, err := s.exists(ctx, `SELECT EXISTS (SELECT 1`+old+`)`, dayOf(before)); err != nil || !some {
		return err
	}
	return s.update(ctx, "drop counts of searches", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE`+old, dayOf(before))
		return err
	})
}
