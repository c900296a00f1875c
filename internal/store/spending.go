package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"

	"github.com/pressly/goose/v3"
)

// secretLife is how long a client goes by the same hash.
const secretLife = 24 * time.Hour

// clock is the database's own time in microseconds, which all servers agree on.
const clock = `(EXTRACT(EPOCH FROM now()) * 1000000)::BIGINT`

// Shared reports whether servers of several machines may work on this store: on PostgreSQL.
func (s *Store) Shared() bool { return s.dialect.name == goose.DialectPostgres }

// Spend adds costs to what clients have spent at all servers, and says how far ahead of the clock each is with all of
// it, in the same order. What a client is called is hashed before it leaves this function. Only on a store that is Shared.
func (s *Store) Spend(ctx context.Context, clients [][]byte, costs []time.Duration) ([]time.Duration, error) {
	const what = "share limits"
	secret, err := s.secret(ctx)
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	keys, byKey := make([]int64, len(clients)), map[int64]int64{}
	for i, c := range clients {
		keys[i] = hashed(secret, c)
		byKey[keys[i]] += costs[i].Microseconds()
	}
	var distinct, sums []int64
	for k, sum := range byKey {
		distinct, sums = append(distinct, k), append(sums, sum)
	}
	// In order, so that two servers never wait for each other.
	rows, err := s.write.QueryContext(ctx, `INSERT INTO spending (client, due)
		SELECT client, `+clock+` + cost FROM unnest($1::BIGINT[], $2::BIGINT[]) AS spent (client, cost) ORDER BY client
		ON CONFLICT (client) DO UPDATE SET due = GREATEST(spending.due, `+clock+`) + excluded.due - `+clock+`
		RETURNING client, due - `+clock, distinct, sums)
	if err != nil {
		return nil, s.fault(ctx, what, err)
	}
	err = scan(rows, func() error {
		var k, ahead int64
		err := rows.Scan(&k, &ahead)
		byKey[k] = ahead
		return err
	})
	ahead := make([]time.Duration, len(clients))
	for i, k := range keys {
		ahead[i] = time.Duration(byKey[k]) * time.Microsecond
	}
	if err == nil {
		_, err = s.write.ExecContext(ctx, `DELETE FROM spending WHERE client IN
			(SELECT client FROM spending WHERE due < `+clock+` LIMIT 1000 FOR UPDATE SKIP LOCKED)`)
	}
	return ahead, s.fault(ctx, what, err)
}

func hashed(secret, client []byte) int64 {
	h := hmac.New(sha256.New, secret)
	h.Write(client)
	sum := h.Sum(nil)
	return int64(sum[0])<<16 | int64(sum[1])<<8 | int64(sum[2])
}

// secret gives the secret of the day. Whoever finds none, or an old one, makes the next, and what went by the old one is
// deleted.
func (s *Store) secret(ctx context.Context) (secret []byte, err error) {
	const read = `SELECT secret FROM spending_secret WHERE till > ` + clock
	if err = s.read.QueryRowContext(ctx, read).Scan(&secret); !errors.Is(err, sql.ErrNoRows) {
		return secret, err
	}
	err = s.update(ctx, "renew the secret of limits", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `INSERT INTO spending_secret (one, secret, till) VALUES (TRUE, $1, `+clock+` + $2)
			ON CONFLICT (one) DO UPDATE SET secret = excluded.secret, till = excluded.till WHERE spending_secret.till <= `+clock,
			[]byte(rand.Text()), secretLife.Microseconds())
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 { // another server was first
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM spending`)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = s.read.QueryRowContext(ctx, read).Scan(&secret)
	return secret, err
}
