package auth_test

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
	"carefinder/internal/store/storetest"
)

func TestSignUpAndIn(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		code, c, err := o.Invite(ctx, console, " Ana@Example.ORG ", "Ana  Pérez", auth.Administrator)
		must(t, err)
		if c.Login != "ana@example.org" || c.Name != "Ana Pérez" {
			t.Errorf("invited %q as %q", c.Name, c.Login)
		}
		// Before signing up there is no way in.
		_, _, err = o.SignIn(ctx, auth.Credentials{Login: c.Login, Address: home}, "", "")
		wantKind(t, err, fault.Unauthenticated)

		_, _, _, err = o.SignUp(ctx, "wrong", auth.Enrolment{}, "")
		wantKind(t, err, fault.NotFound)
		p := &person{secret: auth.NewSecret()}
		_, _, _, err = o.SignUp(ctx, code, auth.Enrolment{Password: password, Secret: p.secret, Code: "000000"}, "")
		wantField(t, err, "code")
		_, _, _, err = o.SignUp(ctx, code, auth.Enrolment{Password: "short", Secret: p.secret, Code: p.code(o.clock.now())}, "")
		wantField(t, err, "password")

		p = o.signUp(t, strings.ToLower(code)) // as people type it
		who, err := o.Identify(ctx, p.token)
		must(t, err)
		if who.Curator.Name != "Ana Pérez" || who.Curator.Invited || !who.May(auth.People) || who.Editor("why").Name != "Ana Pérez" {
			t.Errorf("identified %+v", who.Curator)
		}
		_, _, _, err = o.SignUp(ctx, code, auth.Enrolment{Password: password, Secret: p.secret, Code: p.code(o.clock.now())}, "")
		wantKind(t, err, fault.NotFound) // a link is good once

		token := o.signIn(t, p)
		if token == p.token {
			t.Error("two sessions have one secret")
		}
		who, err = o.Identify(ctx, token)
		must(t, err)
		must(t, o.SignOut(ctx, who))
		_, err = o.Identify(ctx, token) // a cookie stolen before
		wantKind(t, err, fault.Unauthenticated)
		if _, err := o.Identify(ctx, p.token); err != nil {
			t.Errorf("signing out of one browser ended another: %v", err)
		}
		want := []string{"curator.invited", "sign-in.failed", "curator.signed-up", "sign-in", "sign-out"}
		if got := o.actions(t); !slices.Equal(got, want) {
			t.Errorf("the log says %q, want %q", got, want)
		}
	})
}

func TestSignInRefuses(t *testing.T) {
	o := lite(t)
	p, q := o.hire(t, "ana", auth.Contributor), o.hire(t, "ben", auth.Contributor)
	right := p.credentials(o)
	for name, change := range map[string]func(*auth.Credentials){
		"another password":      func(c *auth.Credentials) { c.Password += "!" },
		"no password":           func(c *auth.Credentials) { c.Password = "" },
		"a huge password":       func(c *auth.Credentials) { c.Password = strings.Repeat("a", 1<<20) },
		"no code":               func(c *auth.Credentials) { c.Code = "" },
		"somebody else's code":  func(c *auth.Credentials) { c.Code = q.code(o.clock.now()) },
		"a code two steps old":  func(c *auth.Credentials) { c.Code = p.code(o.clock.now().Add(-time.Minute)) },
		"a code two steps new":  func(c *auth.Credentials) { c.Code = p.code(o.clock.now().Add(time.Minute)) },
		"somebody's recovery":   func(c *auth.Credentials) { c.Code = q.recovery[0] },
		"an account nobody has": func(c *auth.Credentials) { c.Login = "nobody" },
	} {
		t.Run(name, func(t *testing.T) {
			c := right
			change(&c)
			c.Address = net.IPv4(192, 0, 2, byte(len(name))) // each its own: this is not about limits
			_, _, err := o.SignIn(t.Context(), c, "", "")
			wantKind(t, err, fault.Unauthenticated)
			if !strings.Contains(err.Error(), "The account, the password or the code is not right.") {
				t.Errorf("it says more than it may: %v", err)
			}
		})
	}
	if _, _, err := o.SignIn(t.Context(), right, "", ""); err != nil {
		t.Errorf("what is right: %v", err)
	}
}

// TestClockSkew takes the code of a phone that is a step before or behind.
func TestClockSkew(t *testing.T) {
	for _, skew := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
		o := lite(t)
		p := o.hire(t, "ana", auth.Contributor)
		o.clock.pass(time.Hour)
		c := p.credentials(o)
		c.Code = p.code(o.clock.now().Add(skew))
		if _, _, err := o.SignIn(t.Context(), c, "", ""); err != nil {
			t.Errorf("%v: %v", skew, err)
		}
	}
}

// TestReplayInParallel uses one code many times at once.
func TestReplayInParallel(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.hire(t, "ana", auth.Contributor)
		for name, code := range map[string]string{"one-time": p.code(o.clock.now()), "recovery": p.recovery[3]} {
			const tries = 4
			errs := make(chan error, tries)
			var wg sync.WaitGroup
			for i := range tries {
				wg.Go(func() {
					c := p.credentials(o)
					c.Code, c.Address = code, net.IPv4(192, 0, 2, byte(i)) // limits are another test
					_, _, err := o.SignIn(t.Context(), c, "", "")
					errs <- err
				})
			}
			wg.Wait()
			in := 0
			for range tries {
				if err := <-errs; err == nil {
					in++
				} else {
					wantKind(t, err, fault.Unauthenticated)
				}
			}
			if in != 1 {
				t.Errorf("the same %s code let %d in", name, in)
			}
		}
		// An older code than the one used is as good as used.
		c := p.credentials(o)
		c.Code = p.code(o.clock.now().Add(-30 * time.Second))
		_, _, err := o.SignIn(t.Context(), c, "", "")
		wantKind(t, err, fault.Unauthenticated)
	})
}

// TestBruteForce guesses passwords: from one address, and from many.
func TestBruteForce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		p, q := o.hire(t, "ana", auth.Contributor), o.hire(t, "ben", auth.Contributor)
		guess := p.credentials(o)
		guess.Password, guess.Address = "a guess", other
		looked, waits := 0, 0
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range 40 {
			wg.Go(func() {
				_, _, err := o.SignIn(ctx, guess, "", "")
				mu.Lock()
				defer mu.Unlock()
				var w auth.Wait
				switch {
				case fault.Is(err, fault.Unauthenticated):
					looked++
				case fault.Is(err, fault.TooMany) && errors.As(err, &w) && w > 0 && time.Duration(w) <= time.Minute:
					waits++
				default:
					t.Errorf("a guess: %v", err)
				}
			})
		}
		wg.Wait()
		if looked != 5 || waits != 35 {
			t.Errorf("%d guesses were looked at and %d told to wait, want 5 and 35: each costs a hash", looked, waits)
		}
		must(t, o.NoteRefusals(ctx))
		if failed, limited := o.noted(t, "sign-in.failed"), o.noted(t, "sign-in.limited"); failed != looked || limited != waits {
			t.Errorf("the audit log has %d guesses that failed and %d that had to wait, want %d and %d", failed, limited, looked, waits)
		}
		o.signIn(t, p) // their owner, elsewhere, gets in
		o.signIn(t, q) // and so does anybody else
		guess.Login = "ben"
		if _, _, err := o.SignIn(ctx, guess, "", ""); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("another account from there: %v", err)
		}
		o.clock.pass(time.Minute)
		c := p.credentials(o)
		c.Address = other
		if _, _, err := o.SignIn(ctx, c, "", ""); err != nil {
			t.Errorf("the owner, at that address a minute later: %v", err)
		}
	})
}

// TestGuessesFromEverywhere must not keep the owner out for good.
func TestGuessesFromEverywhere(t *testing.T) {
	o := lite(t)
	p := o.hire(t, "ana", auth.Contributor)
	looked := 0
	for i := range 100 {
		c := p.credentials(o)
		c.Password, c.Address = "a guess", net.IPv4(10, 0, 0, byte(i))
		_, _, err := o.SignIn(t.Context(), c, "", "")
		if fault.Is(err, fault.Unauthenticated) {
			looked++
		}
	}
	if looked != 60 {
		t.Errorf("%d guesses at one account were looked at, want 60", looked)
	}
	o.clock.pass(10 * time.Second)
	o.signIn(t, p)
}

// TestGuessesDoNotKeepTheOwnerOut guesses from everywhere, at a time when the owner comes from where they came before.
func TestGuessesDoNotKeepTheOwnerOut(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.hire(t, "ana", auth.Contributor)
		o.signIn(t, p)
		o.clock.pass(time.Minute)
		for i := range 70 {
			c := p.credentials(o)
			c.Password, c.Address = "a guess", net.IPv4(10, 0, 0, byte(i))
			_, _, _ = o.SignIn(t.Context(), c, "", "")
		}
		c := p.credentials(o)
		c.Address = other
		_, _, err := o.SignIn(t.Context(), c, "", "") // the limit is reached
		wantKind(t, err, fault.TooMany)
		who, err := o.Identify(t.Context(), o.signIn(t, p))
		must(t, err)
		o.clock.pass(time.Minute)
		for i := range 70 {
			c := p.credentials(o)
			c.Password, c.Address = "a guess", net.IPv4(10, 0, 1, byte(i))
			_, _, _ = o.SignIn(t.Context(), c, "", "")
		}
		c = p.credentials(o)
		c.Address = other
		_, err = o.NewRecovery(t.Context(), who, c)
		must(t, err)
	})
}

// TestCodesAreGuessedSlowly has somebody who knows the password try codes, from everywhere.
func TestCodesAreGuessedSlowly(t *testing.T) {
	o := lite(t)
	p := o.hire(t, "ana", auth.Contributor)
	looked := 0
	for i := range 30 {
		c := p.credentials(o)
		c.Code, c.Address = "x", net.IPv4(10, 0, 0, byte(i))
		if _, _, err := o.SignIn(t.Context(), c, "", ""); fault.Is(err, fault.Unauthenticated) {
			looked++
		} else {
			wantKind(t, err, fault.TooMany)
		}
	}
	if looked != 10 {
		t.Errorf("%d codes were looked at, want 10", looked)
	}
	last, err := o.Entries(t.Context(), auth.Filter{Action: "sign-in.failed"}, 1)
	must(t, err)
	if len(last) != 1 || last[0].Detail["with"] != "right password" {
		t.Errorf("the log says %+v", last)
	}
	o.clock.pass(10 * time.Minute)
	o.signIn(t, p)
	o.clock.pass(time.Minute)
	o.signIn(t, p) // and has all turns again
}

// TestAddressesAreNetworks knows an IPv6 client by its /64, and keeps no address.
func TestAddressesAreNetworks(t *testing.T) {
	o := lite(t)
	p := o.hire(t, "ana", auth.Contributor)
	looked := 0
	for i := range 30 {
		c := p.credentials(o)
		c.Password, c.Address = "a guess", net.ParseIP("2001:db8::"+string(rune('a'+i%6))+string(rune('0'+i/6)))
		if _, _, err := o.SignIn(t.Context(), c, "", ""); fault.Is(err, fault.Unauthenticated) {
			looked++
		}
	}
	if looked != 5 {
		t.Errorf("%d guesses from one /64 were looked at, want 5", looked)
	}
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		p := o.hire(t, "ana", auth.Contributor)
		idle := o.signIn(t, p)
		o.clock.pass(59 * time.Minute)
		_, err := o.Identify(ctx, idle)
		must(t, err)
		o.clock.pass(59 * time.Minute)
		_, err = o.Identify(ctx, idle)
		must(t, err) // use keeps it alive
		o.clock.pass(time.Hour)
		_, err = o.Identify(ctx, idle)
		wantKind(t, err, fault.Unauthenticated)
		o.clock.pass(-30 * time.Minute)
		_, err = o.Identify(ctx, idle)
		wantKind(t, err, fault.Unauthenticated) // a clock set back brings nothing back

		o.clock.pass(2 * time.Hour)
		long := o.signIn(t, p)
		for range 13 {
			o.clock.pass(55 * time.Minute)
			_, err = o.Identify(ctx, long)
			must(t, err)
		}
		o.clock.pass(55 * time.Minute)
		_, err = o.Identify(ctx, long)
		wantKind(t, err, fault.Unauthenticated) // twelve hours are all

		early := o.signIn(t, p)
		o.clock.pass(-24 * time.Hour) // the clock was a day fast, and is right now
		_, err = o.Identify(ctx, early)
		must(t, err)
		o.clock.pass(24*time.Hour + 12*time.Hour)
		_, err = o.Identify(ctx, early)
		wantKind(t, err, fault.Unauthenticated)
	})
}

// TestFixation signs in with a secret that somebody else put into the browser.
func TestFixation(t *testing.T) {
	o := lite(t)
	ctx := t.Context()
	p, mallory := o.hire(t, "ana", auth.Contributor), o.hire(t, "mallory", auth.Contributor)
	planted := o.signIn(t, mallory)
	token, _, err := o.SignIn(ctx, p.credentials(o), "", planted)
	must(t, err)
	if token == planted {
		t.Error("the planted secret became the session's")
	}
	_, err = o.Identify(ctx, planted)
	wantKind(t, err, fault.Unauthenticated)
	who, err := o.Identify(ctx, token)
	must(t, err)
	if who.Curator.Login != "ana" {
		t.Errorf("signed in as %s", who.Curator.Login)
	}
}

func TestDisabledMidSession(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		boss, p := o.hire(t, "boss", auth.Administrator), o.hire(t, "ana", auth.Reviewer)
		token := o.signIn(t, p)
		key, _, err := o.NewKey(ctx, p.Identity, auth.KeyRequest{Name: "sync", Scopes: []auth.Permission{auth.Read}, Life: time.Hour})
		must(t, err)
		must(t, o.SetDisabled(ctx, boss.Actor(), p.Curator.ID, true))
		_, err = o.Identify(ctx, token)
		wantKind(t, err, fault.Unauthenticated)
		_, err = o.IdentifyKey(ctx, key)
		wantKind(t, err, fault.Unauthenticated)
		_, _, err = o.SignIn(ctx, p.credentials(o), "", "")
		wantKind(t, err, fault.Unauthenticated)
		must(t, o.SetDisabled(ctx, boss.Actor(), p.Curator.ID, false))
		_, err = o.Identify(ctx, token)
		wantKind(t, err, fault.Unauthenticated) // enabled again is not signed in again
		o.clock.pass(time.Minute)
		o.signIn(t, p)
	})
}

func TestRoleChangeEndsSessions(t *testing.T) {
	o := lite(t)
	boss, p := o.hire(t, "boss", auth.Administrator), o.hire(t, "ana", auth.Contributor)
	token := o.signIn(t, p)
	must(t, o.SetRole(t.Context(), boss.Actor(), p.Curator.ID, auth.Reviewer))
	_, err := o.Identify(t.Context(), token)
	wantKind(t, err, fault.Unauthenticated)
	o.clock.pass(time.Minute)
	who, err := o.Identify(t.Context(), o.signIn(t, p))
	must(t, err)
	if !who.May(auth.Publish) || who.May(auth.People) {
		t.Errorf("as a %s", who.Curator.Role)
	}
	wantField(t, o.SetRole(t.Context(), boss.Actor(), p.Curator.ID, "king"), "role")
}

func TestSignOutEverywhere(t *testing.T) {
	o := lite(t)
	ctx := t.Context()
	p := o.hire(t, "ana", auth.Contributor)
	first := o.signIn(t, p)
	o.clock.pass(time.Minute)
	second := o.signIn(t, p)
	sessions, err := o.Sessions(ctx, p.Curator.ID)
	must(t, err)
	if len(sessions) != 3 || !sessions[0].CreatedAt.After(sessions[2].CreatedAt) { // one of signing up
		t.Errorf("sessions %+v", sessions)
	}
	who, err := o.Identify(ctx, second)
	must(t, err)
	must(t, o.EndSession(ctx, who, sessions[1].ID))
	_, err = o.Identify(ctx, first)
	wantKind(t, err, fault.Unauthenticated)
	must(t, o.SignOutEverywhere(ctx, who))
	for _, token := range []string{p.token, second} {
		_, err = o.Identify(ctx, token)
		wantKind(t, err, fault.Unauthenticated)
	}
	if sessions, err = o.Sessions(ctx, p.Curator.ID); err != nil || len(sessions) != 0 {
		t.Errorf("%d sessions left: %v", len(sessions), err)
	}
}

// TestOthersSessionsAreTheirs tries to end somebody else's session by its ID.
func TestOthersSessionsAreTheirs(t *testing.T) {
	o := lite(t)
	p, mallory := o.hire(t, "ana", auth.Contributor), o.hire(t, "mallory", auth.Administrator)
	must(t, o.EndSession(t.Context(), mallory.Identity, p.Session.ID))
	if _, err := o.Identify(t.Context(), p.token); err != nil {
		t.Errorf("it ended: %v", err)
	}
}

// TestRehash signs in to an account whose password was hashed at another cost.
func TestRehash(t *testing.T) {
	o := lite(t)
	p := o.hire(t, "ana", auth.Contributor)
	dearer := auth.New(o.store, auth.Config{Now: o.clock.now, Cost: auth.Cost{Memory: 128, Passes: 2, Threads: 1}})
	_, _, err := dearer.SignIn(t.Context(), p.credentials(o), "", "")
	must(t, err)
	a, err := o.store.Account(t.Context(), p.Curator.ID)
	must(t, err)
	if !strings.HasPrefix(a.Password, "$argon2id$v=19$m=128,t=2,p=1$") {
		t.Errorf("kept as %.40s", a.Password)
	}
	o.clock.pass(time.Minute)
	o.signIn(t, p) // and the old cost still checks it
}

func TestPasswordsAreNFC(t *testing.T) {
	o := lite(t)
	code, _, err := o.Invite(t.Context(), console, "ana", "Ana", auth.Contributor)
	must(t, err)
	p := &person{secret: auth.NewSecret()}
	_, p.Identity, _, err = o.SignUp(t.Context(), code, auth.Enrolment{Password: "contrase\u00f1a segura", Secret: p.secret, Code: p.code(o.clock.now())}, "")
	must(t, err)
	o.clock.pass(time.Minute)
	c := p.credentials(o)
	c.Password = "contrasen\u0303a segura"
	if _, _, err := o.SignIn(t.Context(), c, "", ""); err != nil {
		t.Errorf("another keyboard: %v", err)
	}
}

// TestTwoServers signs in at one server and asks another.
func TestTwoServers(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		one, two := open(t, dsn), open(t, dsn)
		p := one.hire(t, "ana", auth.Contributor)
		two.clock.pass(time.Minute)
		who, err := two.Identify(t.Context(), p.token)
		must(t, err)
		for range 4 {
			c := p.credentials(one)
			c.Password = "a guess"
			_, _, err = one.SignIn(t.Context(), c, "", "")
			wantKind(t, err, fault.Unauthenticated)
		}
		c := p.credentials(two)
		c.Password = "a guess"
		_, _, err = two.SignIn(t.Context(), c, "", "")
		wantKind(t, err, fault.Unauthenticated)
		_, _, err = two.SignIn(t.Context(), c, "", "")
		wantKind(t, err, fault.TooMany) // limits are counted together
		must(t, two.SignOut(t.Context(), who))
		_, err = one.Identify(t.Context(), p.token)
		wantKind(t, err, fault.Unauthenticated)
	})
}

// TestServersWhoseClocksDiffer: what was begun at one goes on at the other, and nothing is good twice. Turns come later by
// as much as they are apart.
func TestServersWhoseClocksDiffer(t *testing.T) {
	for _, apart := range []time.Duration{40 * time.Second, -40 * time.Second} {
		storetest.EachDSN(t, func(t *testing.T, dsn string) {
			ctx := t.Context()
			one, two := open(t, dsn).at(site), open(t, dsn).at(site)
			p := one.hire(t, "ana", auth.Contributor)
			two.clock.pass(time.Minute + apart) // the minute that passed while ana was hired
			device := one.enrol(t, p, "phone")
			two.clock.pass(time.Minute)
			for range 3 { // as a proxy would lead them, in turn
				for _, at := range []*office{one, two} {
					if _, err := at.Identify(ctx, p.token); err != nil {
						t.Fatalf("the session, %v apart: %v", apart, err)
					}
					at.clock.pass(20 * time.Minute)
				}
			}
			answer := device.Sign(t, one.asks(t))
			token, who, err := two.SignInByPasskey(ctx, answer, home, "", "")
			must(t, err)
			_, _, err = one.SignInByPasskey(ctx, answer, home, "", "")
			wantKind(t, err, fault.Unauthenticated)

			c := p.credentials(one) // of a phone that goes by the first
			_, _, err = one.SignIn(ctx, c, "", "")
			must(t, err)
			_, _, err = two.SignIn(ctx, c, "", "")
			wantKind(t, err, fault.Unauthenticated)

			must(t, two.SignOut(ctx, who))
			_, err = one.Identify(ctx, token)
			wantKind(t, err, fault.Unauthenticated)
			if proof, err := auth.Prove(ctx, one.store, auth.Mark{}); err != nil || proof.Why != "" {
				t.Errorf("the log of both: %+v, %v", proof, err)
			}
		})
	}
}
