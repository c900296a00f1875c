package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

const accountColumns = `id, login, name, role, disabled, created_at, signed_in_at, epoch, key_epoch, password, secret, last_step, recovery, networks, invitation, invitation_until, issuer, subject, passkeys`

// scanAccount reads accountColumns, after what comes before them.
func scanAccount(row interface{ Scan(...any) error }, before ...any) (*auth.Account, error) {
	var a auth.Account
	var created, signedIn, until int64
	var recovery, networks, invitation []byte
	var passkeys string
	var issuer, subject sql.NullString
	err := row.Scan(append(before, &a.ID, &a.Login, &a.Name, &a.Role, &a.Disabled, &created, &signedIn, &a.Epoch, &a.KeyEpoch, &a.Password, &a.Secret, &a.LastStep, &recovery, &networks, &invitation, &until, &issuer, &subject, &passkeys)...)
	if err != nil {
		return nil, err
	}
	if a.Passkeys, err = readPasskeys(passkeys); err != nil {
		return nil, err
	}
	a.CreatedAt, a.SignedInAt, a.InvitationUntil = timeOf(created), timeOf(signedIn), timeOf(until)
	a.Issuer, a.Subject, a.Elsewhere = issuer.String, subject.String, issuer.Valid
	copy(a.Invitation[:], invitation)
	a.Invited = !a.Invitation.IsZero()
	a.Recovery, a.Networks = digestsOf(recovery), digestsOf(networks)
	return &a, nil
}

// digestsOf takes apart what joinedDigests put together.
func digestsOf(text []byte) (all []auth.Digest) {
	for d := range slices.Chunk(text, len(auth.Digest{})) {
		all = append(all, auth.Digest(d))
	}
	return all
}

func joinedDigests(all []auth.Digest) []byte {
	text := []byte{} // nil is NULL
	for _, d := range all {
		text = append(text, d[:]...)
	}
	return text
}

// accountValues are those of accountColumns.
func accountValues(a *auth.Account) []any {
	var invitation []byte
	if !a.Invitation.IsZero() {
		invitation = a.Invitation[:]
	}
	return []any{
		string(a.ID), a.Login, a.Name, string(a.Role), a.Disabled, micros(a.CreatedAt), micros(a.SignedInAt), a.Epoch, a.KeyEpoch, a.Password,
		a.Secret, a.LastStep, joinedDigests(a.Recovery), joinedDigests(a.Networks), invitation, micros(a.InvitationUntil),
		sql.NullString{String: a.Issuer, Valid: a.Issuer != ""},
		sql.NullString{String: a.Subject, Valid: a.Issuer != ""},
		passkeysText(a.Passkeys),
	}
}

// passkeyRecord is a passkey as its column holds it, in a JSON array.
type passkeyRecord struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Credential []byte `json:"credential"`
	PublicKey  []byte `json:"public_key"`
	Count      uint32 `json:"count"`
	Backed     bool   `json:"backed"`
	CreatedAt  int64  `json:"created_at"`
	UsedAt     int64  `json:"used_at"`
}

func passkeysText(all []auth.Passkey) string {
	records := []passkeyRecord{}
	for _, p := range all {
		records = append(records, passkeyRecord{string(p.ID), p.Name, p.Credential, p.PublicKey, p.Count, p.Backed, micros(p.CreatedAt), micros(p.UsedAt)})
	}
	text, err := json.Marshal(records)
	if err != nil {
		panic(err) // texts and numbers only
	}
	return string(text)
}

func readPasskeys(text string) (all []auth.Passkey, err error) {
	var records []passkeyRecord
	if err := json.Unmarshal([]byte(text), &records); err != nil {
		return nil, fmt.Errorf("the passkeys of a curator are damaged: %w", err)
	}
	for _, r := range records {
		all = append(all, auth.Passkey{
			ID: auth.ID(r.ID), Name: r.Name, Credential: r.Credential, PublicKey: r.PublicKey, Count: r.Count, Backed: r.Backed,
			CreatedAt: timeOf(r.CreatedAt), UsedAt: timeOf(r.UsedAt),
		})
	}
	return all, nil
}

// timeOf gives the time a column holds, none for 0.
func timeOf(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func noCurator() error { return fault.New(fault.NotFound, "There is no such curator.") }

// Account gives an account, or fault.NotFound.
func (s *Store) Account(ctx context.Context, id auth.ID) (*auth.Account, error) {
	return s.account(ctx, `id = $1`, string(id))
}

// AccountOf gives the account one signs in to as login, or fault.NotFound.
func (s *Store) AccountOf(ctx context.Context, login string) (*auth.Account, error) {
	return s.account(ctx, `login = $1`, login)
}

// Invited gives the account a link to sign up is for, or fault.NotFound.
func (s *Store) Invited(ctx context.Context, link auth.Digest) (*auth.Account, error) {
	return s.account(ctx, `invitation = $1`, link[:])
}

// AccountBy gives the account an issuer vouches for, or fault.NotFound.
func (s *Store) AccountBy(ctx context.Context, issuer, subject string) (*auth.Account, error) {
	return s.account(ctx, `issuer = $1 AND subject = $2`, issuer, subject)
}

func (s *Store) account(ctx context.Context, where string, values ...any) (*auth.Account, error) {
	a, err := scanAccount(s.read.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM curator WHERE `+where, values...))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, noCurator()
	}
	return a, s.fault(ctx, "read a curator", err)
}

// Curators lists all curators by name.
func (s *Store) Curators(ctx context.Context) ([]auth.Curator, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+accountColumns+` FROM curator ORDER BY name`)
	if err != nil {
		return nil, s.fault(ctx, "list curators", err)
	}
	var all []auth.Curator
	err = scan(rows, func() error {
		a, err := scanAccount(rows)
		if err == nil {
			all = append(all, a.Curator)
		}
		return err
	})
	return all, s.fault(ctx, "list curators", err)
}

// AddAccount keeps a new account and the entry of the audit log that says so: fault.Conflict when its login or name is
// taken.
func (s *Store) AddAccount(ctx context.Context, a *auth.Account, e *auth.Entry) error {
	return s.update(ctx, "add a curator", func(tx *sql.Tx) error {
		if err := lockAudit(ctx, tx); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, `INSERT INTO curator (`+accountColumns+`) VALUES `+placeholders(0, 19)+` ON CONFLICT DO NOTHING`, accountValues(a)...)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.Conflict, "Another curator has this login or this name."))
		}
		return appendEntry(ctx, tx, e)
	})
}

// ChangeAccount has change alter an account, and writes it and the entry of the audit log that change gives in one
// transaction, while no other account changes. Without an entry nothing is written.
func (s *Store) ChangeAccount(ctx context.Context, id auth.ID, change func(*auth.Account, auth.Others) (*auth.Entry, error)) error {
	return s.update(ctx, "change a curator", func(tx *sql.Tx) error {
		// Whoever changes an account appends to the log: its lock, taken first, brings them in line.
		if err := lockAudit(ctx, tx); err != nil {
			return err
		}
		a, err := scanAccount(tx.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM curator WHERE id = $1`, string(id)))
		if errors.Is(err, sql.ErrNoRows) {
			return noCurator()
		} else if err != nil {
			return err
		}
		var others auth.Others
		err = tx.QueryRowContext(ctx, `SELECT COUNT(*), COUNT(CASE WHEN password <> '' OR issuer IS NOT NULL THEN 1 END) FROM curator
			WHERE role = $1 AND NOT disabled AND id <> $2`, string(auth.Administrator), string(id)).Scan(&others.Enabled, &others.Able)
		if err != nil {
			return err
		}
		e, err := change(a, others)
		if err != nil || e == nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE curator SET login = $2, name = $3, role = $4, disabled = $5, created_at = $6, signed_in_at = $7, epoch = $8, key_epoch = $9,
			password = $10, secret = $11, last_step = $12, recovery = $13, networks = $14, invitation = $15, invitation_until = $16, issuer = $17, subject = $18, passkeys = $19 WHERE id = $1`, accountValues(a)...)
		if err != nil {
			return err
		}
		return appendEntry(ctx, tx, e)
	})
}
