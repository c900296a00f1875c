// Package auth decides who comes to the desk and what they may do there: curators and their roles, passwords with
// one-time codes, passkeys, sessions, API keys, and the audit log.
//
// The rule to know: a secret is never kept. Of a password there is an argon2id hash, of a session, a key, a link to
// sign up and a recovery code their digests; each is shown to a person once. The one exception is the secret behind the
// one-time codes, which checking them takes. And nothing is done to an account but through Guard, which writes what was
// done to the audit log in the same transaction.
//
// Every request asks the store whether its session still holds, so that whoever is disabled is out at once, on every
// server.
//
// Start reading with role.go, then guard.go.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"regexp"
	"strings"
	"time"

	"carefinder/internal/directory"
)

// ID names a curator, a session or a key for ever. It is no secret.
type ID string

var idForm = regexp.MustCompile(`^[a-z2-7]{26}$`)

// NewID makes an ID.
func NewID() ID { return ID(strings.ToLower(rand.Text())) }

func (id ID) made() bool { return idForm.MatchString(string(id)) }

// Digest is the SHA-256 of a secret that can't be guessed. It is all that is kept of one.
type Digest [sha256.Size]byte

// DigestOf gives the digest of a secret.
func DigestOf(secret string) Digest { return sha256.Sum256([]byte(secret)) }

// IsZero reports whether there is no digest.
func (d Digest) IsZero() bool { return d == Digest{} }

// Curator is a person who works at the desk.
type Curator struct {
	ID         ID
	Login      string // what they sign in with, in lower case: an e-mail address or a short name
	Name       string // no other curator's, and it never changes: revisions carry it
	Role       Role
	Disabled   bool
	Invited    bool // has a link to sign up, and hasn't yet
	Elsewhere  bool // signs in through a provider, and has no password here
	CreatedAt  time.Time
	SignedInAt time.Time // the last time; zero is never
}

// Account is a curator with what proves that they are it. It never leaves this package and the store.
type Account struct {
	Curator
	// Epoch is counted up where every session must end: a session is good for the epoch it began in.
	Epoch int64
	// KeyEpoch is counted up where every key must end as well: a key is good for the one it was made in.
	KeyEpoch int64

	Password        string // argon2id, as password.go writes it; "" before signing up
	Secret          []byte // behind the one-time codes; nil before signing up
	LastStep        int64  // of the one-time code used last: neither it nor an older one is taken again
	Recovery        []Digest
	Networks        []Digest // keyed hashes of those signed in from last, the newest first
	Invitation      Digest   // of the link to sign up; zero is none
	InvitationUntil time.Time

	Issuer, Subject string // who vouches for them, and as whom; "" for whoever has a password
	Passkeys        []Passkey
}

// Session is a browser that signed in.
type Session struct {
	ID        ID
	Curator   ID
	Epoch     int64
	Agent     string // what the browser calls itself, for the list of sessions
	CreatedAt time.Time
	SeenAt    time.Time // within seenEvery
	ExpiresAt time.Time
}

// Key lets a program act for a curator, within its scopes and what the curator may do at the time.
type Key struct {
	ID        ID
	Curator   ID
	Name      string
	Prefix    string // the beginning of the key, by which a person finds it again
	Scopes    []Permission
	Epoch     int64 // KeyEpoch of its curator when it was asked for
	Ended     bool  // and that is over: a store says so, and keeps it by the epochs
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // within seenEvery; zero is never
	RevokedAt time.Time // zero is not
}

// Others counts the administrators beside an account that are not disabled, and those of them who have signed up.
type Others struct{ Enabled, Able int }

// Accounts keeps who works at the desk. What it gives is the caller's.
type Accounts interface {
	// Account gives an account, or fault.NotFound. AccountOf finds it by its login, AccountBy by who vouches for it,
	// Invited by the digest of its link.
	Account(ctx context.Context, id ID) (*Account, error)
	AccountOf(ctx context.Context, login string) (*Account, error)
	AccountBy(ctx context.Context, issuer, subject string) (*Account, error)
	Invited(ctx context.Context, link Digest) (*Account, error)
	// Curators lists all of them by name.
	Curators(ctx context.Context) ([]Curator, error)
	// AddAccount keeps a new account and e in one transaction: fault.Conflict when its login or name is taken.
	AddAccount(ctx context.Context, a *Account, e *Entry) error
	// ChangeAccount reads an account, has change alter it, and writes it and the entry change gives in one transaction,
	// while no other account changes. An error of change is given back, and nothing is written.
	ChangeAccount(ctx context.Context, id ID, change func(a *Account, others Others) (*Entry, error)) error
}

// Sessions keeps who is signed in.
type Sessions interface {
	AddSession(ctx context.Context, s *Session, token Digest) error
	// Session gives the session of a token and the account it is of, whether or not the session is still good, or
	// fault.NotFound.
	Session(ctx context.Context, token Digest) (*Session, *Account, error)
	SessionsOf(ctx context.Context, curator ID) ([]Session, error) // newest first
	SessionSeen(ctx context.Context, id ID, at time.Time) error
	// EndSession ends one for good, and keeps e with it unless that is nil. One that isn't there or has ended is no error,
	// and nothing is kept.
	EndSession(ctx context.Context, curator, id ID, e *Entry) error
	ForgetSessions(ctx context.Context, expiry time.Time) error // that expired by then
}

// Keys keeps the keys of programs.
type Keys interface {
	// AddKey keeps k and e in one transaction: fault.Conflict when there is a key of this ID.
	AddKey(ctx context.Context, k *Key, token Digest, e *Entry) error
	// Key gives the key of a token and its curator's account, good or not, or fault.NotFound.
	Key(ctx context.Context, token Digest) (*Key, *Account, error)
	Keys(ctx context.Context) ([]Key, error) // newest first
	KeyUsed(ctx context.Context, id ID, at time.Time) error
	// RevokeKey ends a key, and keeps e with it. One that is revoked stays so, and is no error.
	RevokeKey(ctx context.Context, id ID, at time.Time, e *Entry) error
}

// Trail keeps the audit log. It only grows.
type Trail interface {
	// Append numbers e, chains it to the entry before and keeps it.
	Append(ctx context.Context, e *Entry) error
	// Entries gives up to limit entries that f wants, newest first.
	Entries(ctx context.Context, f Filter, limit int) ([]Entry, error)
	// EachEntry calls one for every entry, oldest first, as it is kept now.
	EachEntry(ctx context.Context, one func(e *Entry) error) error
	// Head says what the log ends with, as it is noted beside the log: number 0 for an empty one.
	Head(ctx context.Context) (no int64, hash Digest, err error)
}

// Turns bounds how often something may be tried, on all servers together.
type Turns interface {
	// TakeTurn takes one turn of key, or says how long to wait for one. A key has a new turn each every, and up to burst
	// of them at once.
	TakeTurn(ctx context.Context, key Digest, every time.Duration, burst int, now time.Time) (wait time.Duration, err error)
	// GiveTurns gives keys all their turns back.
	GiveTurns(ctx context.Context, keys ...Digest) error
	// Salt gives a secret made with the database, for keys that hide what they stand for.
	Salt(ctx context.Context) ([]byte, error)
}

// Ceremonies keeps what passkeys were asked, on all servers together, until they answer.
type Ceremonies interface {
	// AddCeremony keeps data under id until then, and forgets what had expired by now.
	AddCeremony(ctx context.Context, id Digest, data []byte, now, until time.Time) error
	// TakeCeremony gives what was kept under id, once: fault.NotFound when it was taken, or had expired by now.
	TakeCeremony(ctx context.Context, id Digest, now time.Time) ([]byte, error)
}

// Store is all that a Guard keeps. store.Store is one.
type Store interface {
	Accounts
	Sessions
	Keys
	Trail
	Turns
	Ceremonies
	// Together has all that act writes with its context be done whole or, when act fails, not at all.
	Together(ctx context.Context, act func(ctx context.Context) error) error
}

// Identity is who makes a request, and by what right.
type Identity struct {
	Curator Curator
	Session *Session // nil when a program asks
	Key     *Key     // nil when a person does

	keyEpoch int64
}

// May reports whether the request may do what takes p. A key may do what both its scopes and its curator's role allow.
func (i *Identity) May(p Permission) bool {
	if i == nil || !i.Curator.Role.May(p) {
		return false
	}
	return i.Key == nil || contains(Scopes(), p) && contains(i.Key.Scopes, p)
}

// Editor is who directory.Desk has make a change.
func (i *Identity) Editor(note string) directory.Editor {
	return directory.Editor{Name: i.Curator.Name, Note: note}
}

// endAll ends every session and key.
func (a *Account) endAll() {
	a.Epoch++
	a.KeyEpoch++
}

// able reports whether the owner can sign in.
func (a *Account) able() bool { return (a.Password != "" || a.Issuer != "") && !a.Disabled }
