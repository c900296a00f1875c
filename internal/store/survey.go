package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
)

// SurveyDue gives up to max changes that were not surveyed, oldest first, and where the survey stands after them.
// Made-up listings are passed over.
func (s *Store) SurveyDue(ctx context.Context, max int) ([]directory.Change, desk.SurveyMark, error) {
	const what = "read what to survey"
	log, latest, err := s.Latest(ctx)
	if err != nil {
		return nil, desk.SurveyMark{}, err
	}
	var mark desk.SurveyMark
	if err := s.read.QueryRowContext(ctx, `SELECT log, seq FROM survey`).Scan(&mark.Log, &mark.Seq); err != nil {
		return nil, mark, s.fault(ctx, what, err)
	}
	if mark.Log != log || mark.Seq > latest {
		mark = desk.SurveyMark{Log: log}
	}
	// SQLite keeps the order of a cross join: by itself it would walk every listing to find the few that changed.
	rows, err := s.read.QueryContext(ctx, `SELECT c.listing_id, c.seq FROM change c CROSS JOIN listing l
		WHERE l.id = c.listing_id AND c.seq > $1 AND c.seq <= $2 AND l.demonstration = FALSE ORDER BY c.seq LIMIT $3`, mark.Seq, latest, max)
	if err != nil {
		return nil, mark, s.fault(ctx, what, err)
	}
	var all []directory.Change
	err = scan(rows, func() error {
		var c directory.Change
		var id sql.RawBytes
		err := rows.Scan(&id, &c.Seq)
		c.ID = idOf(id)
		all = append(all, c)
		return err
	})
	switch n := len(all); {
	case n < max:
		mark.Seq = latest
	case n > 0:
		mark.Seq = all[n-1].Seq
	}
	return all, mark, s.fault(ctx, what, err)
}

// SetKeys replaces the keys of listings.
func (s *Store) SetKeys(ctx context.Context, keys map[directory.ID][]uint64) error {
	var ids []directory.ID
	var fresh [][]any
	for id, list := range keys {
		ids = append(ids, id)
		for _, k := range list {
			fresh = append(fresh, []any{int64(k), id[:]})
		}
	}
	return s.update(ctx, "keep keys", func(tx *sql.Tx) error {
		if err := eachPart(ids, func(list string, args []any) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM trait WHERE listing_id IN `+list, args...)
			return err
		}); err != nil {
			return err
		}
		_, err := insert(ctx, tx, `INSERT INTO trait (hash, listing_id) VALUES `, fresh, ` ON CONFLICT (hash, listing_id) DO NOTHING`)
		return err
	})
}

// eachPart calls one with lists of placeholders and their arguments until all ids had their turn.
func eachPart(ids []directory.ID, one func(list string, args []any) error) error {
	for part := range slices.Chunk(ids, maxIn) {
		if err := one(in(len(part)), idArgs(part)); err != nil {
			return err
		}
	}
	return nil
}

// Sharing gives the listings that have each key. Keys of more than max of them are left out.
func (s *Store) Sharing(ctx context.Context, keys []uint64, max int) (map[uint64][]directory.ID, error) {
	const what = "look for common keys"
	all := map[uint64][]directory.ID{}
	slices.Sort(keys)
	for _, k := range slices.Compact(keys) {
		rows, err := s.read.QueryContext(ctx, `SELECT listing_id FROM trait WHERE hash = $1 LIMIT $2`, int64(k), max+1)
		if err != nil {
			return nil, s.fault(ctx, what, err)
		}
		var ids []directory.ID
		err = scan(rows, func() error {
			var id sql.RawBytes
			err := rows.Scan(&id)
			ids = append(ids, idOf(id))
			return err
		})
		if err != nil {
			return nil, s.fault(ctx, what, err)
		}
		if len(ids) <= max {
			all[k] = ids
		}
	}
	return all, nil
}

// Surveyed keeps what was found, and that the survey stands at mark. Tasks of desk.SurveyQueues and pairs that were not
// found again go. What was found of a listing that changed meanwhile is left: it will be surveyed again.
func (s *Store) Surveyed(ctx context.Context, all []desk.Findings, mark desk.SurveyMark) error {
	at := s.stamp()
	return s.update(ctx, "keep a survey", func(tx *sql.Tx) error {
		w := survey{ctx: ctx, tx: tx, at: at}
		current, err := w.current(all)
		if err != nil {
			return err
		}
		for i := range current {
			w.ids = append(w.ids, current[i].ID)
		}
		if err := w.tasks(current); err != nil {
			return err
		}
		if err := s.deadLines(ctx, tx, w.ids); err != nil {
			return err
		}
		if err := w.pairs(current); err != nil {
			return err
		}
		// Another server may be further.
		_, err = tx.ExecContext(ctx, `UPDATE survey SET log = $1, seq = $2 WHERE log <> $1 OR seq < $2`, mark.Log, mark.Seq)
		return err
	})
}

// survey is a transaction that keeps what was found of ids.
type survey struct {
	ctx context.Context // of Surveyed, which all of this lives in
	tx  *sql.Tx
	at  time.Time
	ids []directory.ID
}

// current gives the findings of listings that are still at the revision they were surveyed at, in the order of ids, as
// every transaction that takes their rows: two surveys must not wait for each other.
func (w *survey) current(all []desk.Findings) ([]desk.Findings, error) {
	ids := make([]directory.ID, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	now := map[directory.ID]directory.RevisionNo{}
	err := eachPart(ids, func(list string, args []any) error {
		rows, err := w.tx.QueryContext(w.ctx, `SELECT id, revision FROM listing WHERE id IN `+list, args...)
		if err != nil {
			return err
		}
		return scan(rows, func() error {
			var id sql.RawBytes
			var revision directory.RevisionNo
			err := rows.Scan(&id, &revision)
			now[idOf(id)] = revision
			return err
		})
	})
	var current []desk.Findings
	for i := range all {
		if now[all[i].ID] == all[i].Revision {
			current = append(current, all[i])
		}
	}
	slices.SortFunc(current, func(a, b desk.Findings) int { return strings.Compare(string(a.ID[:]), string(b.ID[:])) })
	return current, err
}

// tasks makes the tasks of the listings what was found. One that is there keeps its age and who has it, but for one
// whose time is moved: that was done, and will be due anew.
func (w *survey) tasks(all []desk.Findings) error {
	type key struct {
		queue desk.Queue
		id    directory.ID
	}
	was := map[key]desk.Task{}
	err := eachPart(w.ids, func(list string, args []any) error {
		rows, err := w.tx.QueryContext(w.ctx, `SELECT `+taskColumns+` FROM task WHERE queue IN ('`+joined(desk.SurveyQueues(), `','`)+`') AND id IN `+list, args...)
		if err != nil {
			return err
		}
		return scan(rows, func() error {
			t, err := scanTask(rows)
			was[key{t.Queue, t.ID}] = t
			return err
		})
	})
	if err != nil {
		return err
	}
	var fresh [][]any
	for i := range all {
		for _, t := range all[i].Tasks {
			k := key{t.Queue, t.ID}
			old, there := was[k]
			delete(was, k)
			switch {
			case there && t.Queue == desk.QueueOverdue && !old.Since.Equal(t.Since):
				if err := w.drop(old.Queue, old.ID); err != nil {
					return err
				}
			case there && (old.Why != t.Why || old.Kind != t.Kind):
				if _, err := w.tx.ExecContext(w.ctx, `UPDATE task SET why = $3, kind = $4 WHERE queue = $1 AND id = $2`, string(t.Queue), t.ID[:], t.Why, string(t.Kind)); err != nil {
					return err
				}
				continue
			case there:
				continue
			}
			fresh = append(fresh, taskRow(&t))
		}
	}
	for _, t := range was {
		if err := w.drop(t.Queue, t.ID); err != nil {
			return err
		}
	}
	_, err = insert(w.ctx, w.tx, insertTask, fresh, keepTask)
	return err
}

func joined[T ~string](list []T, by string) string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = string(s)
	}
	return strings.Join(all, by)
}

func (w *survey) drop(q desk.Queue, id directory.ID) error {
	return dropTask(w.ctx, w.tx, q, id)
}

// pairs makes the pairs of the listings what was found. One that was dismissed stays so while its digest does.
func (w *survey) pairs(all []desk.Findings) error {
	was := map[directory.ID]uint64{}
	for _, side := range []string{"a", "b"} {
		err := eachPart(w.ids, func(list string, args []any) error {
			rows, err := w.tx.QueryContext(w.ctx, `SELECT id, digest FROM suspect WHERE `+side+` IN `+list, args...)
			if err != nil {
				return err
			}
			return scan(rows, func() error {
				var id sql.RawBytes
				var digest int64
				err := rows.Scan(&id, &digest)
				was[idOf(id)] = uint64(digest)
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	found := map[directory.ID]bool{}
	for i := range all {
		for _, p := range all[i].Pairs {
			id := p.ID()
			if found[id] {
				continue // both are of this batch
			}
			found[id] = true
			if digest, there := was[id]; there && digest == p.Digest {
				continue
			}
			if err := w.suspect(p, all[i].Kind); err != nil {
				return err
			}
		}
	}
	for id := range was {
		if found[id] {
			continue
		}
		if _, err := w.tx.ExecContext(w.ctx, `DELETE FROM suspect WHERE id = $1`, id[:]); err != nil {
			return err
		}
		if err := w.drop(desk.QueueDuplicates, id); err != nil {
			return err
		}
	}
	return nil
}

func (w *survey) suspect(p *desk.Pair, kind directory.Kind) error {
	id := p.ID()
	evidence, err := json.Marshal(p.Evidence)
	if err != nil {
		return err
	}
	_, err = w.tx.ExecContext(w.ctx, `INSERT INTO suspect (id, a, b, score, digest, evidence, since, dismissed_by, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, '', '')
		ON CONFLICT (id) DO UPDATE SET score = excluded.score, digest = excluded.digest, evidence = excluded.evidence, dismissed_by = '', reason = ''`,
		id[:], p.A[:], p.B[:], p.Score, int64(p.Digest), string(evidence), micros(w.at))
	if err != nil {
		return err
	}
	const percent = 100
	t := desk.Task{Queue: desk.QueueDuplicates, ID: id, Listing: p.A, Kind: kind, Rank: int(percent * (1 - p.Score)), Since: w.at, Why: p.Reasons()}
	_, err = insert(w.ctx, w.tx, insertTask, [][]any{taskRow(&t)}, renewTask)
	return err
}
