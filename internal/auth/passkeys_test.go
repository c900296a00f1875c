package auth_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/auth/authtest"
	"carefinder/internal/fault"
)

const site = "https://care.example.org"

// at gives the office of a site.
func (o *office) at(site string) *office {
	return &office{Guard: auth.New(o.store, auth.Config{Now: o.clock.now, Cost: cheap, Site: site}), store: o.store, clock: o.clock, dsn: o.dsn}
}

// begins proves who p is and gives what their browser makes a passkey from.
func (o *office) begins(t *testing.T, p *person, name string) any {
	t.Helper()
	o.clock.pass(time.Minute) // for another code
	options, err := o.BeginPasskey(t.Context(), p.Identity, p.credentials(o), name)
	must(t, err)
	return options
}

// enrol gives p a passkey on a new device.
func (o *office) enrol(t *testing.T, p *person, name string) *authtest.Device {
	t.Helper()
	d := &authtest.Device{Origin: site}
	must(t, o.AddPasskey(t.Context(), p.Identity, d.Make(t, o.begins(t, p, name))))
	return d
}

// asks gives what a browser asks a passkey.
func (o *office) asks(t *testing.T) any {
	t.Helper()
	options, err := o.BeginPasskeySignIn(t.Context(), home)
	must(t, err)
	return options
}

// lastEntry gives the newest entry of the audit log.
func (o *office) lastEntry(t *testing.T) auth.Entry {
	t.Helper()
	all, err := o.Entries(t.Context(), auth.Filter{}, 1)
	must(t, err)
	return all[0]
}

func TestPasskeys(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		o = o.at(site)
		p := o.hire(t, "ana", auth.Contributor)
		d := o.enrol(t, p, "  Ana's  phone ")
		o.enrol(t, p, "a key ring")
		for range 2 { // a device need not count
			answer := d.Sign(t, o.asks(t))
			token, who, err := o.at(site).SignInByPasskey(ctx, answer, home, "Browser", p.token) // on another server
			must(t, err)
			if who.Curator.ID != p.Curator.ID || !who.May(auth.Draft) {
				t.Errorf("signed in as %+v", who.Curator)
			}
			if _, err := o.Identify(ctx, token); err != nil {
				t.Errorf("the session: %v", err)
			}
			if _, err := o.Identify(ctx, p.token); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("the session the browser came with: %v", err)
			}
			p.token, p.Identity = token, who
			_, _, err = o.SignInByPasskey(ctx, answer, home, "Browser", "")
			wantKind(t, err, fault.Unauthenticated) // once
		}
		keys, err := o.Passkeys(ctx, p.Curator.ID)
		must(t, err)
		if len(keys) != 2 || keys[0].Name != "Ana's phone" || !keys[0].UsedAt.Equal(o.clock.now()) || !keys[1].UsedAt.IsZero() || keys[0].CreatedAt.IsZero() {
			t.Errorf("kept as %+v", keys)
		}
		must(t, o.RemovePasskey(ctx, p.Identity, keys[0].ID))
		wantKind(t, o.RemovePasskey(ctx, p.Identity, keys[0].ID), fault.NotFound)
		_, _, err = o.SignInByPasskey(ctx, d.Sign(t, o.asks(t)), home, "", "")
		wantKind(t, err, fault.Unauthenticated)
		o.clock.pass(time.Minute)
		o.signIn(t, p) // the password and the codes are as they were
		want := []string{
			"curator.invited", "curator.signed-up", "passkey.begun", "passkey.added", "passkey.begun", "passkey.added",
			"sign-in", "sign-in.failed", "sign-in", "sign-in.failed", "passkey.removed", "sign-in.failed", "sign-in",
		}
		if got := o.actions(t); !slices.Equal(got, want) {
			t.Errorf("the log says %q, want %q", got, want)
		}
	})
}

// TestPasskeysThatLetNobodyIn tries what a thief, another site or a mistake would send.
func TestPasskeysThatLetNobodyIn(t *testing.T) {
	o := lite(t).at(site)
	p, q := o.hire(t, "ana", auth.Contributor), o.hire(t, "ben", auth.Contributor)
	d, theirs := o.enrol(t, p, "phone"), o.enrol(t, q, "phone")
	counts := &authtest.Device{Origin: site, Counts: true}
	must(t, o.AddPasskey(t.Context(), p.Identity, counts.Make(t, o.begins(t, p, "counts"))))
	stale := o.asks(t)
	o.clock.pass(5 * time.Minute)
	copied := counts.Copy()
	signs := func(d *authtest.Device) string {
		_, who, err := o.SignInByPasskey(t.Context(), d.Sign(t, o.asks(t)), other, "", "")
		if err != nil {
			return err.Error()
		}
		return who.Curator.Login
	}
	for range 3 {
		if got := signs(counts); got != "ana" {
			t.Fatalf("a device that counts: %s", got)
		}
	}
	unverified, elsewhere, unknown := d.Copy(), d.Copy(), &authtest.Device{Origin: site}
	unverified.Unverified, elsewhere.Origin = true, "https://care.example.com"
	unknown.Make(t, o.begins(t, p, "never kept"))
	question := o.asks(t)
	for _, c := range []struct {
		name, answer, why string
		subject           bool
	}{
		{"too late", d.Sign(t, stale), "the question was answered before, or too late", false},
		{"a question nobody asked", d.Sign(t, map[string]any{"challenge": strings.Repeat("QUJD", 11), "rpId": "care.example.org"}), "the question was answered before, or too late", false},
		{"nobody was asked who they are", unverified.Sign(t, o.asks(t)), "", true},
		{"another site", elsewhere.Sign(t, o.asks(t)), "", true},
		{"one that was never kept", unknown.Sign(t, o.asks(t)), "", true},
		{"a copy of one that counts", copied.Sign(t, o.asks(t)), "the count of signatures went back: there may be a copy", true},
		{"somebody else's answer", strings.Replace(theirs.Sign(t, question), `"userHandle":"`, `"userHandle":"YWJj`, 1), "", false},
	} {
		_, _, err := o.SignInByPasskey(t.Context(), c.answer, other, "", "")
		wantKind(t, err, fault.Unauthenticated)
		if e := o.lastEntry(t); e.Action != "sign-in.failed" || e.Detail["with"] != "passkey" || e.Detail["why"] != c.why || (e.Subject == "curator:"+string(p.Curator.ID)) != c.subject {
			t.Errorf("%s: noted as %+v", c.name, e)
		}
		o.clock.pass(6 * time.Second)
	}
	for _, answer := range []string{"", "{}", "null", strings.Repeat("x", 1<<20), strings.Replace(d.Sign(t, o.asks(t)), `"signature":"`, `"signature":"!`, 1)} {
		_, _, err := o.SignInByPasskey(t.Context(), answer, other, "", "")
		wantField(t, err, "credential")
		o.clock.pass(6 * time.Second)
	}
	must(t, o.SetDisabled(t.Context(), console, p.Curator.ID, true))
	if got := signs(d); got == "ana" {
		t.Error("a disabled account was let in")
	}
	if got := signs(theirs); got != "ben" {
		t.Errorf("and somebody else: %s", got)
	}
}

// TestPasskeysAreForTheirOwners: nobody makes one without proof, for another session, or twice of one proof.
func TestPasskeysAreForTheirOwners(t *testing.T) {
	o := lite(t).at(site)
	ctx := t.Context()
	p, q := o.hire(t, "ana", auth.Contributor), o.hire(t, "ben", auth.Contributor)
	bad := p.credentials(o)
	bad.Password = "a guess"
	_, err := o.BeginPasskey(ctx, p.Identity, bad, "phone")
	wantKind(t, err, fault.Unauthenticated)
	_, err = o.BeginPasskey(ctx, p.Identity, p.credentials(o), " ")
	wantField(t, err, "passkey_name")

	d := &authtest.Device{Origin: site}
	wantKind(t, o.AddPasskey(ctx, q.Identity, d.Make(t, o.begins(t, p, "phone"))), fault.Conflict) // and it is spent
	answer := d.Make(t, o.begins(t, p, "phone"))
	must(t, o.AddPasskey(ctx, p.Identity, answer))
	wantKind(t, o.AddPasskey(ctx, p.Identity, answer), fault.Conflict)
	wantField(t, o.AddPasskey(ctx, p.Identity, "{}"), "credential")
	unverified := &authtest.Device{Origin: site, Unverified: true}
	wantField(t, o.AddPasskey(ctx, p.Identity, unverified.Make(t, o.begins(t, p, "phone"))), "credential")
	late := d.Make(t, o.begins(t, p, "phone"))
	o.clock.pass(5 * time.Minute)
	wantKind(t, o.AddPasskey(ctx, p.Identity, late), fault.Conflict)
	// What makes a passkey is no question to sign in, nor the other way round.
	_, _, err = o.SignInByPasskey(ctx, d.Sign(t, map[string]any{"challenge": challengeOf(t, o.begins(t, p, "phone")), "rpId": "care.example.org"}), home, "", "")
	wantKind(t, err, fault.Unauthenticated)

	all, err := o.Passkeys(ctx, p.Curator.ID)
	must(t, err)
	if len(all) != 1 {
		t.Fatalf("%d passkeys", len(all))
	}
	wantKind(t, o.RemovePasskey(ctx, q.Identity, all[0].ID), fault.NotFound)
	for range 9 {
		o.enrol(t, p, "another")
	}
	o.clock.pass(time.Minute)
	_, err = o.BeginPasskey(ctx, p.Identity, p.credentials(o), "an eleventh")
	wantKind(t, err, fault.Conflict)

	_, link, err := o.Reset(ctx, console, p.Curator.ID)
	must(t, err)
	if all, err := o.Passkeys(ctx, p.Curator.ID); err != nil || len(all) > 0 {
		t.Errorf("%d passkeys outlive a reset, %v", len(all), err)
	}
	o.signUp(t, link)
}

// TestAPasskeyIsNotTheLastWayIn: it may only go where something else lets its owner in.
func TestAPasskeyIsNotTheLastWayIn(t *testing.T) {
	o := lite(t).at(site)
	p := o.hire(t, "ana", auth.Contributor)
	o.enrol(t, p, "phone")
	must(t, o.store.ChangeAccount(t.Context(), p.Curator.ID, func(a *auth.Account, _ auth.Others) (*auth.Entry, error) {
		a.Password = ""
		return &auth.Entry{At: o.clock.now(), Actor: auth.Console, Action: "test"}, nil
	}))
	all, err := o.Passkeys(t.Context(), p.Curator.ID)
	must(t, err)
	wantKind(t, o.RemovePasskey(t.Context(), p.Identity, all[0].ID), fault.Conflict)
}

// TestPasskeysNeedASite that browsers make them for.
func TestPasskeysNeedASite(t *testing.T) {
	o := lite(t)
	p := o.hire(t, "ana", auth.Contributor)
	for where, want := range map[string]bool{
		"": false, "http://care.example.org": false, "https://192.0.2.1": false, "https://[2001:db8::1]": false, "http://127.0.0.1:8080": false, "care.example.org": false,
		site: true, "https://care.example.org:8443": true, "http://localhost:8080": true, "http://desk.localhost": true,
	} {
		o := o.at(where)
		if o.HasPasskeys() != want {
			t.Errorf("%q: %v", where, !want)
		}
		if !want {
			_, err := o.BeginPasskeySignIn(t.Context(), home)
			wantKind(t, err, fault.NotFound)
			_, err = o.BeginPasskey(t.Context(), p.Identity, p.credentials(o), "phone")
			wantKind(t, err, fault.NotFound)
			_, _, err = o.SignInByPasskey(t.Context(), "{}", home, "", "")
			wantKind(t, err, fault.NotFound)
			wantKind(t, o.AddPasskey(t.Context(), p.Identity, "{}"), fault.NotFound)
		}
	}
}

// TestQuestionsAreBounded: anybody may ask to be asked, and each is kept for a while.
func TestQuestionsAreBounded(t *testing.T) {
	o := lite(t).at(site)
	asked := 0
	for range 60 {
		_, err := o.BeginPasskeySignIn(t.Context(), home)
		if err == nil {
			asked++
		} else {
			wantKind(t, err, fault.TooMany)
		}
	}
	if asked != 20 {
		t.Errorf("%d questions from one address at once", asked)
	}
	if _, err := o.BeginPasskeySignIn(t.Context(), other); err != nil {
		t.Errorf("from another: %v", err)
	}
}

func challengeOf(t *testing.T, options any) string {
	t.Helper()
	text, err := json.Marshal(options)
	must(t, err)
	var o struct{ Challenge string }
	must(t, json.Unmarshal(text, &o))
	return o.Challenge
}
