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

// receivingMost is how long a file may take to come in; then its server has stopped meanwhile.
const receivingMost = time.Hour

// AddUpload keeps a new file, and forgets those from before a time. It gives fault.TooMany when all that are not imported
// yet would be larger than desk.MaxUploads, even without those of the same person that wait for them to look.
func (s *Store) AddUpload(ctx context.Context, u *desk.Upload, before time.Time) error {
	return s.update(ctx, "add an upload", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM upload WHERE at < $1 OR state = 'receiving' AND at < $2`, micros(before), micros(u.At.Add(-receivingMost)))
		if err != nil {
			return err
		}
		if err := roomForUpload(ctx, tx, u.By.ID); err != nil {
			return err
		}
		_, err = insert(ctx, tx, `INSERT INTO upload (id, name, by_id, by_name, at, state, size, seen, report, busy_until) VALUES `, [][]any{{
			u.ID[:], u.Name, u.By.ID, u.By.Name, micros(u.At), string(u.State), u.Size, u.Seen, "{}", int64(0),
		}}, ``)
		return err
	})
}

// roomForUpload sees to it that one more file, however large, keeps the bound.
func roomForUpload(ctx context.Context, tx *sql.Tx, by string) error {
	full := func() (bool, error) {
		var size int64
		err := tx.QueryRowContext(ctx, `SELECT CAST(COALESCE(SUM(CASE state WHEN 'receiving' THEN $1 ELSE size END), 0) AS BIGINT)
			FROM upload WHERE state NOT IN ('imported', 'dropped')`, int64(desk.MaxUpload)).Scan(&size)
		return size+desk.MaxUpload > desk.MaxUploads, err
	}
	is, err := full()
	if err != nil || !is {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM upload WHERE state = 'checked' AND by_id = $1`, by); err != nil {
		return err
	}
	if is, err = full(); err == nil && is {
		err = fault.New(fault.TooMany, "Too many files wait to be imported. Try again when some of them are.")
	}
	return err
}

// AddPart keeps a part of a file.
func (s *Store) AddPart(ctx context.Context, id directory.ID, no int, data []byte) error {
	return s.update(ctx, "add a part of an upload", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO upload_part (upload_id, no, data) VALUES ($1, $2, $3)`, id[:], no, data)
		return err
	})
}

// Part gives a part of a file, nil behind the last.
func (s *Store) Part(ctx context.Context, id directory.ID, no int) (data []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT data FROM upload_part WHERE upload_id = $1 AND no = $2`, id[:], no).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return data, s.fault(ctx, "read a part of an upload", err)
}

const uploadColumns = `id, name, by_id, by_name, at, state, size, seen, report`

func scanUpload(row interface{ Scan(to ...any) error }) (u desk.Upload, err error) {
	var id, report []byte
	var at int64
	err = row.Scan(&id, &u.Name, &u.By.ID, &u.By.Name, &at, &u.State, &u.Size, &u.Seen, &report)
	if err == nil {
		err = json.Unmarshal(report, &u.Report)
	}
	u.ID, u.At = idOf(id), moment(at)
	return u, err
}

// Uploads gives one file, or, of the zero ID, the newest.
func (s *Store) Uploads(ctx context.Context, id directory.ID, max int) ([]desk.Upload, error) {
	text, args := `SELECT `+uploadColumns+` FROM upload ORDER BY at DESC, id DESC LIMIT $1`, []any{max}
	if !id.IsZero() {
		text, args = `SELECT `+uploadColumns+` FROM upload WHERE id = $1`, []any{id[:]}
	}
	rows, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, s.fault(ctx, "read uploads", err)
	}
	var all []desk.Upload
	err = scan(rows, func() error {
		u, err := scanUpload(rows)
		all = append(all, u)
		return err
	})
	return all, s.fault(ctx, "read uploads", err)
}

// MoveUpload moves a file from a state to another: fault.Conflict when it is not there.
func (s *Store) MoveUpload(ctx context.Context, id directory.ID, from, to desk.UploadState) error {
	return s.update(ctx, "move an upload on", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE upload SET state = $3, busy_until = 0 WHERE id = $1 AND state = $2`, id[:], string(from), string(to))
		return oneOnly(r, err, "This file is not checked yet, or was imported already.")
	})
}

// TakeUpload gives the oldest file that there is something to do with and that no server is busy with, nil for none, and
// notes that this one is until then, and that it was begun once more.
func (s *Store) TakeUpload(ctx context.Context, now, until time.Time) (*desk.Upload, error) {
	const waiting = ` FROM upload WHERE state IN ('checking', 'importing') AND busy_until < $1 ORDER BY at, id LIMIT 1`
	var one int
	if err := s.read.QueryRowContext(ctx, `SELECT 1`+waiting, micros(now)).Scan(&one); errors.Is(err, sql.ErrNoRows) {
		return nil, nil // most of the time; nobody waits for a lock to learn it
	}
	var found *desk.Upload
	err := s.update(ctx, "take an upload", func(tx *sql.Tx) error {
		u, err := scanUpload(tx.QueryRowContext(ctx, `SELECT `+uploadColumns+waiting+s.dialect.skipLocked, micros(now)))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		u.Report.Begun++
		report, err := json.Marshal(u.Report)
		if err != nil {
			return err
		}
		u.Busy, found = until, &u
		_, err = tx.ExecContext(ctx, `UPDATE upload SET busy_until = $2, report = $3 WHERE id = $1`, u.ID[:], micros(until), string(report))
		return err
	})
	return found, err
}

// KeepUpload keeps what is known of a file, and until when a server is busy with it, in Busy too. It gives fault.Conflict
// when another took it since, or it is gone. What is done with is not kept.
func (s *Store) KeepUpload(ctx context.Context, u *desk.Upload, until time.Time) error {
	report, err := json.Marshal(u.Report)
	if err != nil {
		return err
	}
	err = s.update(ctx, "keep an upload", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE upload SET state = $2, size = $3, seen = $4, report = $5, busy_until = $6 WHERE id = $1 AND busy_until = $7`,
			u.ID[:], string(u.State), u.Size, u.Seen, string(report), micros(until), micros(u.Busy))
		err = oneOnly(r, err, "Another server goes on with this file, or it is gone.")
		if err == nil && (u.State == desk.UploadImported || u.State == desk.UploadDropped) {
			_, err = tx.ExecContext(ctx, `DELETE FROM upload_part WHERE upload_id = $1`, u.ID[:])
		}
		return err
	})
	if err == nil {
		u.Busy = until
	}
	return err
}
