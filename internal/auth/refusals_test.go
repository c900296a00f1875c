package auth_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
	"carefinder/internal/store"
)

// failing is a store that keeps no session, or no entry, while it is told so.
type failing struct {
	*store.Store
	sessions, entries bool
}

func (f *failing) AddSession(ctx context.Context, s *auth.Session, token auth.Digest) error {
	if f.sessions {
		return fault.New(fault.Unavailable, "the disk is full")
	}
	return f.Store.AddSession(ctx, s, token)
}

func (f *failing) Append(ctx context.Context, e *auth.Entry) error {
	if f.entries {
		return fault.New(fault.Unavailable, "the disk is full")
	}
	return f.Store.Append(ctx, e)
}

// over puts another store around that of an office.
func (o *office) over(s auth.Store) *office {
	return &office{Guard: auth.New(s, auth.Config{Now: o.clock.now, Cost: cheap}), store: o.store, clock: o.clock, dsn: o.dsn}
}

// TestNothingIsUsedUpForNothing has the store fail where a session is to begin: the link, the code and the password are
// as they were, the session before is good, and the log says nothing that did not happen.
func TestNothingIsUsedUpForNothing(t *testing.T) {
	each(t, func(t *testing.T, whole *office) {
		ctx := t.Context()
		kept := &failing{Store: whole.store}
		o := whole.over(kept)
		p := o.hire(t, "ana", auth.Contributor)
		link, _, err := o.Invite(ctx, console, "ben", "Ben", auth.Contributor)
		must(t, err)
		before := o.actions(t)

		kept.sessions = true
		recovery := p.credentials(o)
		recovery.Code = p.recovery[0]
		_, _, err = o.SignIn(ctx, recovery, "", p.token)
		wantKind(t, err, fault.Unavailable)
		enrolment := auth.Enrolment{Password: password, Secret: p.secret, Code: p.code(o.clock.now())}
		_, _, _, err = o.SignUp(ctx, link, enrolment, "")
		wantKind(t, err, fault.Unavailable)
		_, err = o.ChangePassword(ctx, p.Identity, p.credentials(o), "another horse battery", "")
		wantKind(t, err, fault.Unavailable)
		kept.sessions = false

		if got := o.actions(t); !slices.Equal(got, before) {
			t.Errorf("the log says %q, want %q", got, before)
		}
		if _, err := o.Identify(ctx, p.token); err != nil {
			t.Errorf("the session that was to be replaced: %v", err)
		}
		if _, _, err := o.SignIn(ctx, recovery, "", p.token); err != nil {
			t.Errorf("the same recovery code: %v", err)
		}
		if _, _, _, err := o.SignUp(ctx, link, enrolment, ""); err != nil {
			t.Errorf("the same link: %v", err)
		}
	})
}

// asked is a store that notes what it is asked.
type asked struct {
	*store.Store
	calls []string
}

func (a *asked) note(name string) { a.calls = append(a.calls, name) }

func (a *asked) AccountOf(ctx context.Context, login string) (*auth.Account, error) {
	a.note("AccountOf")
	return a.Store.AccountOf(ctx, login)
}

func (a *asked) TakeTurn(ctx context.Context, key auth.Digest, every time.Duration, burst int, now time.Time) (time.Duration, error) {
	a.note("TakeTurn")
	return a.Store.TakeTurn(ctx, key, every, burst, now)
}

func (a *asked) Together(ctx context.Context, act func(context.Context) error) error {
	a.note("Together")
	return a.Store.Together(ctx, act)
}

func (a *asked) ChangeAccount(ctx context.Context, id auth.ID, change func(*auth.Account, auth.Others) (*auth.Entry, error)) error {
	a.note("ChangeAccount")
	return a.Store.ChangeAccount(ctx, id, change)
}

func (a *asked) Append(ctx context.Context, e *auth.Entry) error {
	a.note("Append")
	return a.Store.Append(ctx, e)
}

func (a *asked) GiveTurns(ctx context.Context, keys ...auth.Digest) error {
	a.note("GiveTurns")
	return a.Store.GiveTurns(ctx, keys...)
}

// TestTheClockTellsNothing: the store does the same for every attempt that fails, so that how long it takes says nothing
// of which accounts there are, where their owners are, or whether the password was right.
func TestTheClockTellsNothing(t *testing.T) {
	whole := lite(t)
	kept := &asked{Store: whole.store}
	o := whole.over(kept)
	p := o.hire(t, "ana", auth.Contributor)
	o.signIn(t, p) // home is known as its network now
	_, _, err := o.Invite(t.Context(), console, "ben", "Ben", auth.Contributor)
	must(t, err)
	out := o.hire(t, "cleo", auth.Contributor)
	must(t, o.SetDisabled(t.Context(), console, out.Curator.ID, true))
	o.clock.pass(time.Hour)

	guess := auth.Credentials{Login: "ana", Password: "a guess", Code: "123456", Address: other}
	var want []string
	for _, c := range []struct {
		name   string
		change func(*auth.Credentials)
	}{
		{"a wrong password", func(*auth.Credentials) {}},
		{"an account nobody has", func(c *auth.Credentials) { c.Login = "nobody" }},
		{"one that has not signed up", func(c *auth.Credentials) { c.Login = "ben" }},
		{"a disabled one", func(c *auth.Credentials) { c.Login = "cleo" }},
		{"a disabled one, with its password", func(c *auth.Credentials) { c.Login, c.Password = "cleo", password }},
		{"from where its owner is", func(c *auth.Credentials) { c.Address = home }},
		{"the right password", func(c *auth.Credentials) { c.Password = password }},
	} {
		kept.calls = nil
		try := guess
		c.change(&try)
		_, _, err := o.SignIn(t.Context(), try, "", "")
		wantKind(t, err, fault.Unauthenticated)
		if want == nil {
			want = kept.calls
		} else if !slices.Equal(kept.calls, want) {
			t.Errorf("%s: the store is asked %q, for a wrong password %q", c.name, kept.calls, want)
		}
	}
	if len(want) < 6 {
		t.Errorf("the store is asked %q only", want)
	}
}

// TestRefusalsAreBounded floods the log: a minute has so many entries and no more, and no refusal goes uncounted.
func TestRefusalsAreBounded(t *testing.T) {
	o := lite(t)
	ctx := t.Context()
	p := o.hire(t, "ana", auth.Contributor)
	const flood = 500
	before := len(o.actions(t))
	for range flood {
		_, err := o.IdentifyKey(ctx, "cfk_made-up")
		wantKind(t, err, fault.Unauthenticated)
	}
	for i := range 4 {
		must(t, o.Refused(ctx, p.Identity, auth.Publish, "POST /listings/:id/restore"))
		must(t, o.RefusedSite(ctx, fmt.Sprintf("POST /%d", i%2)))
	}
	if n := len(o.actions(t)) - before; n != 30 {
		t.Errorf("%d entries within a minute", n)
	}
	o.clock.pass(time.Minute)
	must(t, o.Refused(ctx, p.Identity, auth.Publish, "POST /listings/:id/restore")) // the minute after has its own
	if n := len(o.actions(t)) - before; n != 30+4+1 {
		t.Errorf("%d entries in all, want 30, four numbers and one", n)
	}
	for action, want := range map[string]int{"key.refused": flood, "refused": 4 + 4 + 1} {
		if got := o.noted(t, action); got != want {
			t.Errorf("%s: %d, want %d", action, got, want)
		}
	}
	last, err := o.Entries(ctx, auth.Filter{Actor: p.Curator.ID, Action: "refused"}, 2)
	must(t, err)
	if d := last[1].Detail; d["times"] != "4" || d["since"] != "2026-11-24T12:01:10Z" || d["permission"] != "publish" {
		t.Errorf("counted as %v", d)
	}
	if proof, err := auth.Prove(ctx, o.store, auth.Mark{}); err != nil || proof.Why != "" {
		t.Errorf("the chain: %+v, %v", proof, err)
	}
}

// TestCountedRefusalsAreNotLost while the store is down, nor by those who are refused at once.
func TestCountedRefusalsAreNotLost(t *testing.T) {
	whole := lite(t)
	kept := &failing{Store: whole.store}
	o := whole.over(kept)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 25 {
				if _, err := o.IdentifyKey(t.Context(), "cfk_made-up"); !fault.Is(err, fault.Unauthenticated) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	kept.entries = true
	wantKind(t, o.NoteRefusals(t.Context()), fault.Unavailable)
	kept.entries = false
	must(t, o.NoteRefusals(t.Context()))
	must(t, o.NoteRefusals(t.Context())) // has nothing left
	if got := o.noted(t, "key.refused"); got != 200 {
		t.Errorf("%d of 200", got)
	}
}

// TestDeadKeysAreNamed: the log says which key was tried, of those there were.
func TestDeadKeysAreNamed(t *testing.T) {
	o := lite(t)
	boss := o.hire(t, "ana", auth.Administrator)
	token, k, err := o.NewKey(t.Context(), boss.Identity, auth.KeyRequest{Name: "x", Scopes: []auth.Permission{auth.Read}, Life: time.Hour})
	must(t, err)
	must(t, o.RevokeKey(t.Context(), console, k.ID))
	for _, try := range []string{token, "cfk_made-up"} {
		_, err := o.IdentifyKey(t.Context(), try)
		wantKind(t, err, fault.Unauthenticated)
	}
	entries, err := o.Entries(t.Context(), auth.Filter{Action: "key.refused"}, 10)
	must(t, err)
	var of []string
	for _, e := range entries {
		of = append(of, e.Subject)
		if strings.Contains(e.Detail.String(), "cfk_") {
			t.Errorf("the log has a key in it: %v", e.Detail)
		}
	}
	if want := []string{"", "key:" + string(k.ID)}; !slices.Equal(of, want) {
		t.Errorf("refused were %q, want %q", of, want)
	}
}
