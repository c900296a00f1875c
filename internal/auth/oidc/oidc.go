// Package oidc signs people in with OpenID Connect: a provider, such as the one an organization has already, says who
// somebody is.
//
// The rule to know: what the provider says is believed only with its signature, for us, within its time, and as the
// answer to the question this very browser was sent with. The question's secrets (state, nonce and the verifier of
// PKCE) are kept by the browser until it comes back.
//
// Start reading with Begin and End.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

// Config names a provider, and what we are to it.
type Config struct {
	Name   string // what people call it
	Issuer string // its address, under which it describes itself
	Client string // what it calls us
	Secret string
	Now    func() time.Time // nil is time.Now
}

// Provider is an OpenID Connect provider. It is asked what it is when it is first needed, so that a server starts
// without it.
type Provider struct {
	cfg    Config
	client *http.Client

	mu    sync.Mutex
	known *oidc.Provider
}

// New makes a provider. It asks nothing yet.
func New(c Config) (*Provider, error) {
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" {
		return nil, fault.New(fault.Invalid, "The OpenID issuer must be an https:// address.")
	}
	if c.Client == "" || c.Secret == "" {
		return nil, fault.New(fault.Invalid, "OpenID needs a client and its secret.")
	}
	if c.Name == "" {
		c.Name = u.Host
	}
	return &Provider{cfg: c, client: &http.Client{Timeout: patience}}, nil
}

// patience is how long the provider may take over an answer: a person waits for it.
const patience = 4 * time.Second

// Name is what people call the provider.
func (p *Provider) Name() string { return p.cfg.Name }

// Begin gives the address where a browser is sent to sign in, and what it has to keep until it comes back to the
// address back.
func (p *Provider) Begin(ctx context.Context, back string) (address, kept string, err error) {
	o, _, err := p.oauth(ctx, back)
	if err != nil {
		return "", "", err
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	address = o.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
	return address, strings.Join([]string{state, nonce, verifier}, "."), nil
}

// End reads what a browser that kept kept came back with. fault.Forbidden: the provider, or the person, said no, or the
// answer is not one to our question.
func (p *Provider) End(ctx context.Context, back, kept string, query url.Values) (auth.External, error) {
	parts := strings.Split(kept, ".")
	if len(parts) != 3 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(query.Get("state"))) != 1 {
		return auth.External{}, fault.New(fault.Forbidden, "This browser did not ask, or too long ago. Please begin again.")
	}
	if query.Get("code") == "" {
		return auth.External{}, fault.New(fault.Forbidden, "Nobody signed in there.")
	}
	o, verifier, err := p.oauth(ctx, back)
	if err != nil {
		return auth.External{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := o.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(parts[2]))
	if err != nil {
		return auth.External{}, refused(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		return auth.External{}, refused(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(parts[1])) != 1 {
		return auth.External{}, refused(fmt.Errorf("the nonce is another"))
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := id.Claims(&claims); err != nil {
		return auth.External{}, refused(err)
	}
	x := auth.External{Issuer: id.Issuer, Subject: id.Subject}
	if claims.Verified {
		x.Email = claims.Email
	}
	return x, nil
}

// refused is what comes of an answer that is not as it must be, or of none.
func refused(err error) error {
	return fault.Wrap(fault.Forbidden, "What came back does not show who you are. Please begin again.", err)
}

// oauth gives what speaks with the provider, once it has said what it is.
func (p *Provider) oauth(ctx context.Context, back string) (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		// Its keys are fetched with the context of this call long after it has ended.
		known, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.cfg.Issuer)
		if err != nil {
			return nil, nil, fault.Wrap(fault.Unavailable, "Where you sign in does not answer. Please try again in a moment.", err)
		}
		p.known = known
	}
	o := &oauth2.Config{ClientID: p.cfg.Client, ClientSecret: p.cfg.Secret, Endpoint: p.known.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID, "email"}}
	return o, p.known.Verifier(&oidc.Config{ClientID: p.cfg.Client, Now: p.cfg.Now}), nil
}
