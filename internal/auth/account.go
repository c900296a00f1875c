package auth

import (
	"context"

	"carefinder/internal/fault"
)

// ChangePassword gives the account of a request another password. Every session and key ends, and one session begins
// with the token.
func (g *Guard) ChangePassword(ctx context.Context, who *Identity, c Credentials, password, agent string) (token string, err error) {
	var bad fault.Fields
	checkPassword(&bad, "new_password", password, &who.Curator)
	if err := bad.Err("This can't be your password."); err != nil {
		return "", err
	}
	kept, err := g.hasher.hash(ctx, password)
	if err != nil {
		return "", err
	}
	return g.renew(ctx, who, c, agent, "curator.password", func(a *Account) { a.Password = kept })
}

// ChangeSecret gives the account of a request another secret for one-time codes, of which f has a code. Every session
// and key ends, and one session begins with the token.
func (g *Guard) ChangeSecret(ctx context.Context, who *Identity, c Credentials, f Enrolment, agent string) (token string, err error) {
	var bad fault.Fields
	secret, step := checkSecret(&bad, f, "new_code", g.now())
	if err := bad.Err("Your codes can't come from there."); err != nil {
		return "", err
	}
	return g.renew(ctx, who, c, agent, "curator.codes", func(a *Account) { a.Secret, a.LastStep = secret, step })
}

// renew changes what lets the owner of a request in, once they have proved who they are, and begins a new session.
func (g *Guard) renew(ctx context.Context, who *Identity, c Credentials, agent, action string, change func(*Account)) (token string, err error) {
	b := beginning{agent: agent}
	err = g.proveAgain(ctx, who, c, g.beginWith(&b), func(a *Account) *Entry {
		change(a)
		a.endAll()
		return g.entry(who.Actor(), action, a.subject())
	})
	return b.token, err
}

// NewRecovery gives the account of a request new recovery codes in place of all it had.
func (g *Guard) NewRecovery(ctx context.Context, who *Identity, c Credentials) (codes []string, err error) {
	err = g.proveAgain(ctx, who, c, g.store.ChangeAccount, func(a *Account) *Entry {
		codes, a.Recovery = newRecovery()
		return g.entry(who.Actor(), "curator.recovery", a.subject())
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// proveAgain has the owner of a request prove who they are: a browser left open must not be enough to take an account.
func (g *Guard) proveAgain(ctx context.Context, who *Identity, c Credentials, write changer, then func(a *Account) *Entry) error {
	c.Login, c.inside = who.Curator.Login, true
	return g.prove(ctx, c, write, func(a *Account, _ string) (*Entry, error) {
		return then(a), nil
	})
}

// RecoveryLeft says how many recovery codes an account has left.
func (g *Guard) RecoveryLeft(ctx context.Context, id ID) (int, error) {
	a, err := g.store.Account(ctx, id)
	if err != nil {
		return 0, err
	}
	return len(a.Recovery), nil
}

// Sessions lists the sessions of a curator that still hold, newest first.
func (g *Guard) Sessions(ctx context.Context, id ID) ([]Session, error) {
	a, err := g.store.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := g.store.SessionsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	now, good := g.now(), all[:0]
	for _, s := range all {
		if s.Epoch == a.Epoch && now.Before(s.ExpiresAt) && now.Sub(s.SeenAt) < g.idle {
			good = append(good, s)
		}
	}
	return good, nil
}

// EndSession ends one session of the owner of a request.
func (g *Guard) EndSession(ctx context.Context, who *Identity, id ID) error {
	return g.store.EndSession(ctx, who.Curator.ID, id, g.entry(who.Actor(), "session.ended", subjectOf(who.Curator.ID)))
}

// SignOutEverywhere ends every session and key of the owner of a request, this session too.
func (g *Guard) SignOutEverywhere(ctx context.Context, who *Identity) error {
	return g.store.ChangeAccount(ctx, who.Curator.ID, func(a *Account, _ Others) (*Entry, error) {
		a.endAll()
		return g.entry(who.Actor(), "sign-out.everywhere", a.subject()), nil
	})
}
