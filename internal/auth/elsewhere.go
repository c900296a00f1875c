package auth

import (
	"context"
	"errors"
	"time"

	"carefinder/internal/fault"
)

// External is who a provider says somebody is. oidc gives one only when the provider has signed it for us.
type External struct {
	Issuer, Subject string // together they name one person for ever
	Email           string // "" unless the provider has checked that it is theirs
}

// SignInElsewhere begins a session for whom a provider vouches. Whoever was invited under their e-mail address signs up
// by coming; an account with a password is never taken over by one: an address may pass to somebody else. old is as in
// SignIn.
func (g *Guard) SignInElsewhere(ctx context.Context, x External, agent, old string) (token string, who *Identity, err error) {
	a, err := g.store.AccountBy(ctx, x.Issuer, x.Subject)
	action := "sign-in"
	if fault.Is(err, fault.NotFound) && x.Email != "" {
		a, err = g.store.AccountOf(ctx, foldLogin(x.Email))
		action = "curator.signed-up"
	}
	if fault.Is(err, fault.NotFound) {
		return "", nil, g.refuseElsewhere(ctx, &Account{}, x)
	}
	if err != nil {
		return "", nil, err
	}
	b := beginning{agent: agent, old: old}
	err = g.beginWith(&b)(ctx, a.ID, func(now *Account, _ Others) (*Entry, error) {
		switch {
		case now.Issuer == x.Issuer && now.Subject == x.Subject && !now.Disabled:
		case action == "curator.signed-up" && g.invites(now):
			now.Invitation, now.Invited, now.InvitationUntil = Digest{}, false, time.Time{}
			now.Issuer, now.Subject, now.Elsewhere = x.Issuer, x.Subject, true
			now.Epoch++
		default:
			return nil, errRefused
		}
		now.SignedInAt = g.stamp()
		return g.entry(now.actor(), action, now.subject(), "with", x.Issuer), nil
	})
	if errors.Is(err, errRefused) {
		return "", nil, g.refuseElsewhere(ctx, a, x)
	}
	return b.token, b.who, err
}

func (g *Guard) refuseElsewhere(ctx context.Context, a *Account, x External) error {
	if err := g.noteRefusal(ctx, g.entry(Actor{ID: Anybody}, "sign-in.failed", a.subject(), "with", x.Issuer)); err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "You are known there, but nobody invited you here, or your account is disabled.")
}
