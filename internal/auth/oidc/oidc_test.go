package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/url"
	"testing"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/auth/oidc"
	"carefinder/internal/auth/oidc/oidctest"
	"carefinder/internal/fault"
)

const back = "https://care.example/desk/sign-in/provider/return"

func now() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T, p *oidctest.Provider) *oidc.Provider {
	t.Helper()
	o, err := oidc.New(oidc.Config{Issuer: p.URL, Client: oidctest.Client, Secret: oidctest.Secret, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// begin sends a browser to the provider, and gives what it kept and what it comes back with.
func begin(t *testing.T, p *oidctest.Provider, o *oidc.Provider) (kept string, query url.Values) {
	t.Helper()
	address, kept, err := o.Begin(t.Context(), back)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(p.Visit(t, address))
	if err != nil {
		t.Fatal(err)
	}
	return kept, u.Query()
}

func TestSignIn(t *testing.T) {
	p := oidctest.New(t, now)
	o := open(t, p)
	for _, c := range []struct {
		claims map[string]any
		email  string
	}{
		{nil, ""},
		{map[string]any{"email": "eva@example.org", "email_verified": true}, "eva@example.org"},
		{map[string]any{"email": "eva@example.org", "email_verified": false}, ""},
		{map[string]any{"email": "eva@example.org"}, ""},
	} {
		p.Claims = c.claims
		kept, query := begin(t, p, o)
		x, err := o.End(t.Context(), back, kept, query)
		if want := (auth.External{Issuer: p.URL, Subject: "7", Email: c.email}); err != nil || x != want {
			t.Errorf("%v: %+v, want %+v: %v", c.claims, x, want, err)
		}
		if _, err := o.End(t.Context(), back, kept, query); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the same answer twice: %v", err)
		}
	}
}

// TestBelievesNothingElse gets each part of an answer wrong, one at a time.
func TestBelievesNothingElse(t *testing.T) {
	another, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		provider func(*oidctest.Provider)
		browser  func(kept *string, query url.Values)
	}{
		"as it should be":   {},
		"for somebody else": {provider: func(p *oidctest.Provider) { p.Claims = map[string]any{"aud": "another"} }},
		"of another issuer": {provider: func(p *oidctest.Provider) { p.Claims = map[string]any{"iss": "https://evil.example"} }},
		"too old":           {provider: func(p *oidctest.Provider) { p.Claims = map[string]any{"exp": now().Add(-time.Second).Unix()} }},
		"of another nonce":  {provider: func(p *oidctest.Provider) { p.Claims = map[string]any{"nonce": "x"} }},
		"without a nonce":   {provider: func(p *oidctest.Provider) { p.Claims = map[string]any{"nonce": ""} }},
		"signed by another": {provider: func(p *oidctest.Provider) {
			p.Sign = func(_ *oidctest.Provider, c map[string]any) string { return oidctest.SignWith(another, c) }
		}},
		"signed by nobody": {provider: func(p *oidctest.Provider) {
			p.Sign = func(_ *oidctest.Provider, c map[string]any) string { return oidctest.Unsigned(c) }
		}},
		"no token":          {provider: func(p *oidctest.Provider) { p.Sign = func(*oidctest.Provider, map[string]any) string { return "" } }},
		"another state":     {browser: func(_ *string, q url.Values) { q.Set("state", "x") }},
		"no state":          {browser: func(k *string, q url.Values) { *k = ".."; q.Del("state"); q.Set("code", "x") }},
		"another browser":   {browser: func(k *string, _ url.Values) { *k = "" }},
		"another verifier":  {browser: func(k *string, _ url.Values) { *k += "x" }},
		"said no":           {browser: func(_ *string, q url.Values) { q.Del("code"); q.Set("error", "access_denied") }},
		"a code of its own": {browser: func(_ *string, q url.Values) { q.Set("code", "made-up") }},
	} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t, now)
			if c.provider != nil {
				c.provider(p)
			}
			o := open(t, p)
			kept, query := begin(t, p, o)
			if c.browser != nil {
				c.browser(&kept, query)
			}
			x, err := o.End(t.Context(), back, kept, query)
			if good := name == "as it should be"; good != (err == nil) || !good && !fault.Is(err, fault.Forbidden) {
				t.Errorf("%+v: %v", x, err)
			}
		})
	}
}

// TestProviderIsDown begins while the provider is down, and again when it is back.
func TestProviderIsDown(t *testing.T) {
	p := oidctest.New(t, now)
	o, err := oidc.New(oidc.Config{Issuer: p.URL, Client: oidctest.Client, Secret: "another", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	kept, query := begin(t, p, o)
	if _, err := o.End(t.Context(), back, kept, query); !fault.Is(err, fault.Forbidden) {
		t.Errorf("with a secret that is not ours: %v", err)
	}
	p.Close()
	if _, _, err := open(t, p).Begin(t.Context(), back); !fault.Is(err, fault.Unavailable) {
		t.Errorf("while it is down: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []oidc.Config{
		{Issuer: "http://id.example", Client: "a", Secret: "b"},
		{Issuer: "id.example", Client: "a", Secret: "b"},
		{Issuer: "https://id.example", Secret: "b"},
		{Issuer: "https://id.example", Client: "a"},
	} {
		if _, err := oidc.New(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
