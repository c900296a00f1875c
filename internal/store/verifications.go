package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
)

// reply is the stored form of an answer to a question.
type reply struct {
	Key     string       `json:"key"`
	Outcome desk.Outcome `json:"outcome"`
	Value   string       `json:"value,omitempty"`
}

// AddCall keeps a call. One that is kept already stays as it is.
func (s *Store) AddCall(ctx context.Context, c *desk.Call) error {
	replies := make([]reply, len(c.Replies))
	for i, r := range c.Replies {
		replies[i] = reply(r)
	}
	answers, err := json.Marshal(replies)
	if err != nil {
		return err
	}
	var proposal []byte
	if !c.Proposal.IsZero() {
		proposal = c.Proposal[:]
	}
	return s.update(ctx, "add call", func(tx *sql.Tx) error {
		_, err := insert(ctx, tx, `INSERT INTO verification (id, listing_id, revision, by_id, by_name, at, method, reached, reason, note, answers, proposal_id) VALUES `,
			[][]any{{c.ID[:], c.Listing[:], int64(c.Revision), c.By.ID, c.By.Name, micros(c.At), c.Method, string(c.Reached), c.Reason, c.Note, string(answers), proposal}},
			` ON CONFLICT (id) DO NOTHING`)
		if err != nil {
			return err
		}
		return s.deadLine(ctx, tx, c.Listing)
	})
}

// Calls gives the calls about a listing, newest first.
func (s *Store) Calls(ctx context.Context, listing directory.ID, page directory.Page) ([]desk.Call, error) {
	all, err := calls(ctx, s.read, listing, page)
	return all, s.fault(ctx, "read calls", err)
}

func calls(ctx context.Context, db queryer, listing directory.ID, page directory.Page) ([]desk.Call, error) {
	rows, err := db.QueryContext(ctx, `SELECT id, revision, by_id, by_name, at, method, reached, reason, note, answers, proposal_id FROM verification
		WHERE listing_id = $1 ORDER BY at DESC, id DESC LIMIT $2 OFFSET $3`, listing[:], max(0, page.Limit), max(0, page.Offset))
	if err != nil {
		return nil, err
	}
	var all []desk.Call
	err = scan(rows, func() error {
		c := desk.Call{Listing: listing}
		var id, proposal []byte
		var at int64
		var answers string
		err := rows.Scan(&id, &c.Revision, &c.By.ID, &c.By.Name, &at, &c.Method, &c.Reached, &c.Reason, &c.Note, &answers, &proposal)
		if err != nil {
			return err
		}
		c.ID, c.Proposal, c.At = idOf(id), idOf(proposal), time.UnixMicro(at).UTC()
		var replies []reply
		if err := json.Unmarshal([]byte(answers), &replies); err != nil {
			return err
		}
		for _, r := range replies {
			c.Replies = append(c.Replies, desk.Reply(r))
		}
		all = append(all, c)
		return nil
	})
	return all, err
}
