package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

const (
	taskColumns = `queue, id, listing_id, kind, urgency, since, why, holder, holder_name, until, reason`
	insertTask  = `INSERT INTO task (` + taskColumns + `) VALUES `
	keepTask    = ` ON CONFLICT (queue, id) DO NOTHING`
	renewTask   = ` ON CONFLICT (queue, id) DO UPDATE SET urgency = excluded.urgency, why = excluded.why, kind = excluded.kind`
)

func taskRow(t *desk.Task) []any {
	return []any{
		string(t.Queue), t.ID[:], idOrNull(t.Listing), string(t.Kind), t.Rank, micros(t.Since), t.Why,
		t.Holder.ID, t.Holder.Name, micros(t.Until), t.Reason,
	}
}

// idOrNull gives an ID as its column holds it, NULL for none.
func idOrNull(id directory.ID) []byte {
	if id.IsZero() {
		return nil
	}
	return id[:]
}

// moment reads what micros wrote.
func moment(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMicro(at).UTC()
}

func scanTask(row interface{ Scan(to ...any) error }) (t desk.Task, err error) {
	var id, listing []byte
	var since, until int64
	err = row.Scan(&t.Queue, &id, &listing, &t.Kind, &t.Rank, &since, &t.Why, &t.Holder.ID, &t.Holder.Name, &until, &t.Reason)
	t.ID, t.Listing, t.Since, t.Until = idOf(id), idOf(listing), moment(since), moment(until)
	return t, err
}

// A plus before a column keeps the databases from the index of that column: they take it for the most telling one, and
// would read and sort a million rows where another index has fifty in their order.

// Summary gives a queue at a glance.
func (s *Store) Summary(ctx context.Context, q desk.Queue, now time.Time) (desk.Summary, error) {
	const what = "count tasks"
	const waiting = ` FROM task WHERE queue = $1 AND since <= $2 AND until <= $2`
	sum := desk.Summary{Queue: q}
	at, limit := now.UnixMicro(), desk.CountLimit
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1`+waiting+` LIMIT $3) AS counted`, string(q), at, limit+1).Scan(&sum.Count); err != nil {
		return sum, s.fault(ctx, what, err)
	}
	if sum.More = sum.Count > limit; sum.More {
		sum.Count = limit
	}
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM task WHERE queue = $1 AND until > 0 AND until > $2 LIMIT $3) AS counted`, string(q), at, limit).Scan(&sum.Asleep); err != nil {
		return sum, s.fault(ctx, what, err)
	}
	var oldest int64
	err := s.read.QueryRowContext(ctx, `SELECT since`+waiting+` ORDER BY since LIMIT 1`, string(q), at).Scan(&oldest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return sum, s.fault(ctx, what, err)
	}
	sum.Oldest = moment(oldest)
	rows, err := s.read.QueryContext(ctx, `SELECT holder, MAX(holder_name), COUNT(*) FROM task
		WHERE queue = $1 AND holder <> '' AND +since <= $2 AND +until <= $2 GROUP BY holder ORDER BY 3 DESC, 1`, string(q), at)
	if err != nil {
		return sum, s.fault(ctx, what, err)
	}
	err = scan(rows, func() error {
		var h desk.Holding
		err := rows.Scan(&h.Holder.ID, &h.Holder.Name, &h.Count)
		sum.Held = append(sum.Held, h)
		return err
	})
	return sum, s.fault(ctx, what, err)
}

// Tasks gives the tasks a query asks for, in the order of rank, age and ID.
func (s *Store) Tasks(ctx context.Context, q desk.TaskQuery) ([]desk.Task, error) {
	text, args := `SELECT `+taskColumns+` FROM task WHERE queue = $1`, []any{string(q.Queue), q.Now.UnixMicro()}
	if q.Queue == desk.QueueOverdue { // alone has tasks of the future, most of them, and none that is more urgent
		text += ` AND urgency = 0 AND since <= $2`
	} else {
		text += ` AND +since <= $2`
	}
	add := func(clause string, values ...any) {
		text += clause + placeholders(len(args), len(values))
		args = append(args, values...)
	}
	if q.Asleep {
		text += ` AND until > 0 AND until > $2`
	} else {
		text += ` AND +until <= $2`
	}
	if q.Kind != "" {
		add(` AND kind = `, string(q.Kind))
	}
	if q.Holder != "" {
		add(` AND holder <> '' AND holder = `, q.Holder)
	}
	if a := q.After; a != nil {
		add(` AND (urgency, since, id) > `, a.Rank, micros(a.Since), a.ID[:])
	}
	add(` ORDER BY urgency, since, id LIMIT `, max(0, q.Limit))
	rows, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, s.fault(ctx, "read tasks", err)
	}
	var all []desk.Task
	err = scan(rows, func() error {
		t, err := scanTask(rows)
		all = append(all, t)
		return err
	})
	return all, s.fault(ctx, "read tasks", err)
}

// ChangeTask reads a task, has change alter who has it and until when it sleeps, and keeps that, in one transaction.
func (s *Store) ChangeTask(ctx context.Context, q desk.Queue, id directory.ID, change func(t *desk.Task) error) error {
	return s.update(ctx, "change a task", func(tx *sql.Tx) error {
		t, err := scanTask(tx.QueryRowContext(ctx, `SELECT `+taskColumns+` FROM task WHERE queue = $1 AND id = $2`+s.dialect.lockRow, string(q), id[:]))
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "This is not waiting any more: somebody has done it.")
		}
		if err == nil {
			err = change(&t)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE task SET holder = $3, holder_name = $4, until = $5, reason = $6 WHERE queue = $1 AND id = $2`,
			string(q), id[:], t.Holder.ID, t.Holder.Name, micros(t.Until), t.Reason)
		return err
	})
}

// PutTask adds a task, or renews the Why and Rank of one that is there.
func (s *Store) PutTask(ctx context.Context, t *desk.Task) error {
	return s.update(ctx, "put a task", func(tx *sql.Tx) error { return putTask(ctx, tx, t) })
}

func putTask(ctx context.Context, tx *sql.Tx, t *desk.Task) error {
	_, err := insert(ctx, tx, insertTask, [][]any{taskRow(t)}, renewTask)
	return err
}

// DropTask removes a task. One that is gone is no error.
func (s *Store) DropTask(ctx context.Context, q desk.Queue, id directory.ID) error {
	return s.update(ctx, "drop a task", func(tx *sql.Tx) error { return dropTask(ctx, tx, q, id) })
}

func dropTask(ctx context.Context, tx *sql.Tx, q desk.Queue, id directory.ID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM task WHERE queue = $1 AND id = $2`, string(q), id[:])
	return err
}

// proposalTask has a proposal wait where its state says, and nowhere else. One that is sent on is nobody's.
func proposalTask(ctx context.Context, tx *sql.Tx, p *desk.Proposal) error {
	at := map[desk.State]desk.Queue{desk.Drafted: desk.QueueDrafts, desk.SentBack: desk.QueueDrafts, desk.InReview: desk.QueueReview}[p.State]
	for _, q := range []desk.Queue{desk.QueueDrafts, desk.QueueReview} {
		if q == at {
			continue
		}
		if err := dropTask(ctx, tx, q, p.ID); err != nil {
			return err
		}
	}
	if at == "" {
		return nil
	}
	return putTask(ctx, tx, &desk.Task{Queue: at, ID: p.ID, Listing: p.Listing.ID, Kind: p.Listing.Kind, Since: p.UpdatedAt, Why: string(p.State)})
}
