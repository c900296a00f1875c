package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
)

const claimColumns = `id, listing_id, base, wish, document, message, name, address, language, tie, silent, state, at, proven_at,
	answered_at, answered_by, reason, became, mail, mail_tries, trouble`

// AddClaim keeps a new claim of a provider, without its mail where its mailbox has had enough codes: fault.TooMany, with
// the name of what there is too much of, beyond the other limits. Of claims made in the same moment one or two may get by.
func (s *Store) AddClaim(ctx context.Context, c *desk.ProviderClaim, l desk.ClaimLimits) error {
	doc, err := document.Encode(c.Says)
	if err != nil {
		return fmt.Errorf("store: add claim: %w", err)
	}
	return s.update(ctx, "add claim", func(tx *sql.Tx) error {
		if err := claimsWithin(ctx, tx, c, l); err != nil {
			return err
		}
		mailed, err := codeWithin(ctx, tx, c, l)
		if err != nil {
			return err
		}
		codes, due := 1, c.Mail
		if !mailed {
			codes, due = 0, ""
		}
		_, err = insert(ctx, tx, `INSERT INTO provider_claim (`+claimColumns+`, mailbox, code_until, code_tries, codes, mail_due, asked_at) VALUES `, [][]any{{
			c.ID[:], c.Listing[:], int64(c.Base), string(c.Wish), string(doc), c.Message, c.Name, c.Address, c.Language, string(c.Tie), c.Silent, string(c.State), micros(c.At), 0,
			0, "", "", nil, string(due), 0, "", c.Mailbox(), 0, 0, codes, micros(c.At), micros(c.At),
		}}, "")
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM provider_claim WHERE state = 'unproven' AND id IN
			(SELECT id FROM provider_claim WHERE state = 'unproven' ORDER BY silent, codes = 0, at DESC, id DESC LIMIT $1 OFFSET $2)`, forgotten, desk.MaxUnprovenClaims)
		return err
	})
}

// claimsWithin gives fault.TooMany for a claim beyond what is kept about a listing. Anybody can name an address that
// stands in it: what nobody proved of those doesn't count.
func claimsWithin(ctx context.Context, tx *sql.Tx, c *desk.ProviderClaim, l desk.ClaimLimits) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM provider_claim WHERE listing_id = $1 AND tie = $2 AND at > $3 AND (tie <> 'address' OR proven_at > 0)`,
		c.Listing[:], string(c.Tie), micros(l.Since)).Scan(&n)
	if err == nil && n >= l.OnListing {
		err = tooManyClaims("listing")
	}
	return err
}

// codeWithin reports whether a code is mailed for a claim: not to a mailbox that has had enough of them, and
// fault.TooMany where strangers have. Codes are counted by when the last for their claim was asked for.
func codeWithin(ctx context.Context, tx *sql.Tx, c *desk.ProviderClaim, l desk.ClaimLimits) (bool, error) {
	if c.Silent {
		return false, nil
	}
	const asked = `SELECT CAST(COALESCE(SUM(codes), 0) AS BIGINT) FROM provider_claim WHERE asked_at > $1 AND `
	var n int
	err := tx.QueryRowContext(ctx, asked+`mailbox = $2`, micros(l.Since), c.Mailbox()).Scan(&n)
	if err != nil || n >= l.ForMailbox {
		return false, err
	}
	if c.Tie != desk.Untied {
		return true, nil
	}
	for _, x := range l.Strangers {
		if err := tx.QueryRowContext(ctx, asked+`tie = 'untied'`, micros(x.Since)).Scan(&n); err != nil {
			return false, err
		}
		if n >= x.Codes {
			return false, tooManyClaims("site")
		}
	}
	return true, nil
}

func tooManyClaims(of string) error {
	return &fault.Error{
		Kind: fault.TooMany, Message: "Too many claims were made. Try again later, or report an error instead.",
		Fields: []fault.Field{{Name: of, Message: "has had too many claims lately"}},
	}
}

// ProviderClaim gives a claim of a provider, or fault.NotFound.
func (s *Store) ProviderClaim(ctx context.Context, id directory.ID) (*desk.ProviderClaim, error) {
	c, err := scanClaim(s.read.QueryRowContext(ctx, `SELECT `+claimColumns+` FROM provider_claim WHERE id = $1`, id[:]))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "There is no such claim.")
	}
	return c, s.fault(ctx, "read claim", err)
}

func scanClaim(row *sql.Row) (*desk.ProviderClaim, error) {
	var c desk.ProviderClaim
	var id, listing, became, doc []byte
	var at, proven, answered int64
	err := row.Scan(&id, &listing, &c.Base, &c.Wish, &doc, &c.Message, &c.Name, &c.Address, &c.Language, &c.Tie, &c.Silent, &c.State, &at, &proven,
		&answered, &c.AnsweredBy, &c.Reason, &became, &c.Mail, &c.Tries, &c.Trouble)
	if err != nil {
		return nil, err
	}
	c.ID, c.Listing, c.Became = idOf(id), idOf(listing), idOf(became)
	c.At, c.ProvenAt, c.AnsweredAt = moment(at), moment(proven), moment(answered)
	c.Says, err = decode(listing, doc)
	return &c, err
}

// TryCode counts a try, and gives the codes that prove a claim: those mailed to its mailbox that are still good; none when
// it was tried too often, or no code is mailed for it.
func (s *Store) TryCode(ctx context.Context, id directory.ID, now time.Time) (good []desk.MailedCode, err error) {
	err = s.update(ctx, "try a code", func(tx *sql.Tx) error {
		good = nil
		var box string
		err := tx.QueryRowContext(ctx, `UPDATE provider_claim SET code_tries = code_tries + 1 WHERE id = $1 AND state = 'unproven' AND silent = FALSE AND code_tries < $2
			RETURNING mailbox`, id[:], desk.CodeTries).Scan(&box)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT id, code FROM provider_claim WHERE mailbox = $1 AND code IS NOT NULL AND code_until > $2`, box, micros(now))
		if err != nil {
			return err
		}
		return scan(rows, func() error {
			var claim, digest []byte
			err := rows.Scan(&claim, &digest)
			good = append(good, desk.MailedCode{Claim: idOf(claim), Digest: digest})
			return err
		})
	})
	return good, err
}

// ProveClaim has an unproven claim wait for a curator. Of any other it does nothing.
func (s *Store) ProveClaim(ctx context.Context, id directory.ID, at time.Time) error {
	return s.update(ctx, "prove a claim", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE provider_claim SET state = 'open', proven_at = $2, mail = '', trouble = ''
			WHERE id = $1 AND state = 'unproven'`, id[:], micros(at))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return claimTask(ctx, tx, id)
	})
}

// claimTask has a claim wait for a curator. One whose address has nothing to do with its listing waits behind the others.
func claimTask(ctx context.Context, tx *sql.Tx, id directory.ID) error {
	t := desk.Task{Queue: desk.QueueClaims, ID: id}
	var listing []byte
	var wish, tie string
	var proven int64
	err := tx.QueryRowContext(ctx, `SELECT c.listing_id, COALESCE(l.kind, ''), c.wish, c.tie, c.proven_at FROM provider_claim c LEFT JOIN listing l ON l.id = c.listing_id
		WHERE c.id = $1`, id[:]).Scan(&listing, &t.Kind, &wish, &tie, &proven)
	if err != nil {
		return err
	}
	t.Listing, t.Since, t.Why = idOf(listing), moment(proven), wish+" tie-"+tie
	if tie == string(desk.Untied) {
		t.Rank = 1
	}
	return putTask(ctx, tx, &t)
}

// CodeAgain has another code mailed, where one can be: fault.TooMany beyond the limits for strangers.
func (s *Store) CodeAgain(ctx context.Context, id directory.ID, at time.Time, l desk.ClaimLimits) error {
	const can = ` WHERE id = $1 AND state = 'unproven' AND mail = '' AND codes < $2`
	return s.update(ctx, "mail a code again", func(tx *sql.Tx) error {
		c, err := scanClaim(tx.QueryRowContext(ctx, `SELECT `+claimColumns+` FROM provider_claim`+can, id[:], desk.CodesMailed))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if mailed, err := codeWithin(ctx, tx, c, l); err != nil || !mailed {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE provider_claim SET mail = 'code', mail_due = $3, mail_tries = 0, codes = codes + 1, asked_at = $3`+can, id[:], desk.CodesMailed, micros(at))
		return err
	})
}

// AnswerClaim keeps what became of an open claim, and drops its task: fault.Conflict when it isn't open.
func (s *Store) AnswerClaim(ctx context.Context, c *desk.ProviderClaim) error {
	return s.update(ctx, "answer a claim", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE provider_claim SET state = $2, answered_at = $3, answered_by = $4, reason = $5, became = $6,
			mail = $7, mail_due = $3, mail_tries = 0, trouble = '' WHERE id = $1 AND state = 'open'`,
			c.ID[:], string(c.State), micros(c.AnsweredAt), c.AnsweredBy, c.Reason, idOrNull(c.Became), string(c.Mail))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.Conflict, "This was answered already."))
		}
		return dropTask(ctx, tx, desk.QueueClaims, c.ID)
	})
}

// NextMail gives a claim whose mail is due, with its try counted, and keeps others from it until then; nil when none is.
// Codes for addresses of no known tie come last: a flood of them holds up no other.
func (s *Store) NextMail(ctx context.Context, now, until time.Time) (c *desk.ProviderClaim, err error) {
	err = s.update(ctx, "take mail", func(tx *sql.Tx) error {
		var id []byte
		err := tx.QueryRowContext(ctx, `SELECT id FROM provider_claim WHERE mail <> '' AND mail_due <= $1
			ORDER BY mail = 'code' AND tie = 'untied', mail_due LIMIT 1`+s.dialect.skipLocked, micros(now)).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			c, err = scanClaim(tx.QueryRowContext(ctx, `UPDATE provider_claim SET mail_due = $2, mail_tries = mail_tries + 1 WHERE id = $1
				RETURNING `+claimColumns, id, micros(until)))
		}
		return err
	})
	return c, err
}

// SetCode has a claim be proven by a code until a time, and no more by one from before.
func (s *Store) SetCode(ctx context.Context, id directory.ID, digest [sha256.Size]byte, until time.Time) error {
	return s.claimUpdate(ctx, "keep a code", `code = $2, code_until = $3, code_tries = 0 WHERE id = $1 AND state = 'unproven'`, id[:], digest[:], micros(until))
}

// MailSent ends a mail.
func (s *Store) MailSent(ctx context.Context, id directory.ID, m desk.ClaimMail) error {
	return s.claimUpdate(ctx, "end mail", `mail = '', trouble = '' WHERE id = $1 AND mail = $2`, id[:], string(m))
}

// MailFailed keeps why a mail was not sent, and when to try again; at the zero time it is given up.
func (s *Store) MailFailed(ctx context.Context, id directory.ID, m desk.ClaimMail, why string, again time.Time) error {
	left := m
	if again.IsZero() {
		left = ""
	}
	return s.claimUpdate(ctx, "keep mail", `mail = $3, mail_due = $4, trouble = $5 WHERE id = $1 AND mail = $2`, id[:], string(m), string(left), micros(again), why)
}

func (s *Store) claimUpdate(ctx context.Context, what, set string, args ...any) error {
	return s.update(ctx, what, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE provider_claim SET `+set, args...)
		return err
	})
}

// MailWaiting counts the mail still to be sent.
func (s *Store) MailWaiting(ctx context.Context) (n int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM provider_claim WHERE mail <> ''`).Scan(&n)
	return n, s.fault(ctx, "count mail", err)
}

// TendClaims deletes claims that were made before unproven and never proven, once the code last asked for is good no
// more, and those answered before answered; has those answered whose proposal was published, and opens anew those whose
// proposal was dropped.
func (s *Store) TendClaims(ctx context.Context, now, unproven, answered time.Time) error {
	const became = ` WHERE state = 'accepted' AND became IN (SELECT id FROM proposal WHERE state = `
	return s.update(ctx, "tend claims", func(tx *sql.Tx) error {
		for _, x := range []struct {
			text string
			args []any
		}{
			{
				`DELETE FROM provider_claim WHERE state = 'unproven' AND at < $1 AND asked_at < $2 AND code_until < $3`,
				[]any{micros(unproven), micros(now.Add(-desk.CodeHours * time.Hour)), micros(now)},
			},
			{`DELETE FROM provider_claim WHERE answered_at > 0 AND answered_at < $1`, []any{micros(answered)}},
			{
				`UPDATE provider_claim SET state = 'published', answered_at = $1, mail = 'answer', mail_due = $1, mail_tries = 0` + became + `'published')`,
				[]any{micros(now)},
			},
		} {
			if _, err := tx.ExecContext(ctx, x.text, x.args...); err != nil {
				return err
			}
		}
		rows, err := tx.QueryContext(ctx, `UPDATE provider_claim SET state = 'open', answered_by = '', became = NULL`+became+`'dropped') RETURNING id`)
		if err != nil {
			return err
		}
		var open []directory.ID
		err = scan(rows, func() error {
			var id []byte
			err := rows.Scan(&id)
			open = append(open, idOf(id))
			return err
		})
		for i := 0; i < len(open) && err == nil; i++ {
			err = claimTask(ctx, tx, open[i])
		}
		return err
	})
}
