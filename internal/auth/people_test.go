package auth_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

func TestInviteRefuses(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		o.hire(t, "ana@example.org", auth.Contributor)
		for _, c := range []struct{ login, name, role, field string }{
			{"", "Ben", "reviewer", "login"},
			{"b b", "Ben", "reviewer", "login"},
			{"ben\n", "", "reviewer", "name"},
			{"ben", strings.Repeat("n", 101), "reviewer", "name"},
			{"ben", "Import", "reviewer", "name"},
			{"ben", "Provider", "reviewer", "name"},
			{"ben", "B\x00n", "reviewer", "name"},
			{"ben", "Ben", "", "role"},
			{"ben", "Ben", "king", "role"},
		} {
			_, _, err := o.Invite(ctx, console, c.login, c.name, auth.Role(c.role))
			wantField(t, err, c.field)
		}
		_, _, err := o.Invite(ctx, console, "ANA@example.org", "Another", auth.Reviewer)
		wantKind(t, err, fault.Conflict)
		_, _, err = o.Invite(ctx, console, "ben", "Name of ana@example.org", auth.Reviewer)
		wantKind(t, err, fault.Conflict)
		all, err := o.Curators(ctx)
		must(t, err)
		if len(all) != 1 {
			t.Errorf("%d curators", len(all))
		}
	})
}

func TestLinkExpires(t *testing.T) {
	o := lite(t)
	code, _, err := o.Invite(t.Context(), console, "ana", "Ana", auth.Contributor)
	must(t, err)
	o.clock.pass(72*time.Hour - time.Second)
	if _, err := o.Invitation(t.Context(), code); err != nil {
		t.Errorf("just in time: %v", err)
	}
	o.clock.pass(time.Second)
	_, err = o.Invitation(t.Context(), code)
	wantKind(t, err, fault.NotFound)
}

// TestSignUpTwiceAtOnce sends one form twice.
func TestSignUpTwiceAtOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		code, _, err := o.Invite(t.Context(), console, "ana", "Ana", auth.Contributor)
		must(t, err)
		p := &person{secret: auth.NewSecret()}
		errs := make(chan error, 4)
		var wg sync.WaitGroup
		for range cap(errs) {
			wg.Go(func() {
				_, _, _, err := o.SignUp(t.Context(), code, auth.Enrolment{Password: password, Secret: p.secret, Code: p.code(o.clock.now())}, "")
				errs <- err
			})
		}
		wg.Wait()
		in := 0
		for range cap(errs) {
			if err := <-errs; err == nil {
				in++
			} else {
				wantKind(t, err, fault.NotFound)
			}
		}
		if in != 1 {
			t.Errorf("one link signed %d up", in)
		}
	})
}

func TestReset(t *testing.T) {
	o := lite(t)
	ctx := t.Context()
	boss, p := o.hire(t, "boss", auth.Administrator), o.hire(t, "ana", auth.Contributor)
	_, _, err := o.Reset(ctx, boss.Actor(), boss.Curator.ID)
	wantKind(t, err, fault.Conflict)
	_, code, err := o.Reset(ctx, boss.Actor(), p.Curator.ID)
	must(t, err)
	_, err = o.Identify(ctx, p.token)
	wantKind(t, err, fault.Unauthenticated)
	_, _, err = o.SignIn(ctx, p.credentials(o), "", "") // what was lost is good for nothing
	wantKind(t, err, fault.Unauthenticated)
	again := o.signUp(t, code)
	if again.Curator.ID != p.Curator.ID {
		t.Error("a reset made another curator")
	}
	must(t, o.SetDisabled(ctx, boss.Actor(), p.Curator.ID, true))
	_, _, err = o.Reset(ctx, boss.Actor(), p.Curator.ID)
	wantKind(t, err, fault.Conflict)
	_, _, err = o.Reset(ctx, boss.Actor(), "nobody")
	wantKind(t, err, fault.NotFound)
}

func TestLastAdministratorStays(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		boss := o.hire(t, "boss", auth.Administrator)
		refused := func() {
			t.Helper()
			wantKind(t, o.SetDisabled(ctx, boss.Actor(), boss.Curator.ID, true), fault.Conflict)
			wantKind(t, o.SetRole(ctx, boss.Actor(), boss.Curator.ID, auth.Reviewer), fault.Conflict)
		}
		refused()
		code, second, err := o.Invite(ctx, boss.Actor(), "second", "Second", auth.Administrator)
		must(t, err)
		refused() // who never signed up runs nothing
		o.signUp(t, code)
		must(t, o.SetDisabled(ctx, boss.Actor(), second.ID, true))
		refused()
		must(t, o.SetDisabled(ctx, boss.Actor(), second.ID, false))
		must(t, o.SetRole(ctx, boss.Actor(), boss.Curator.ID, auth.Reviewer))
	})
}

// TestFirstAdministratorStays before they signed up, too.
func TestFirstAdministratorStays(t *testing.T) {
	o := lite(t)
	_, c, err := o.Invite(t.Context(), console, "boss", "Boss", auth.Administrator)
	must(t, err)
	wantKind(t, o.SetDisabled(t.Context(), console, c.ID, true), fault.Conflict)
	wantKind(t, o.SetRole(t.Context(), console, c.ID, auth.Auditor), fault.Conflict)
}

// TestTwoAdministratorsDisableEachOther at once: one has to stay.
func TestTwoAdministratorsDisableEachOther(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		a, b := o.hire(t, "ann", auth.Administrator), o.hire(t, "bob", auth.Administrator)
		for range 5 {
			errs := make(chan error, 2)
			var wg sync.WaitGroup
			for _, pair := range [][2]*person{{a, b}, {b, a}} {
				wg.Go(func() { errs <- o.SetDisabled(t.Context(), pair[0].Actor(), pair[1].Curator.ID, true) })
			}
			wg.Wait()
			one, two := <-errs, <-errs
			if (one == nil) == (two == nil) {
				t.Fatalf("both or neither: %v, %v", one, two)
			}
			must(t, o.SetDisabled(t.Context(), console, a.Curator.ID, false))
			must(t, o.SetDisabled(t.Context(), console, b.Curator.ID, false))
		}
	})
}

func TestChangeWhatLetsIn(t *testing.T) {
	o := lite(t)
	ctx := t.Context()
	p := o.hire(t, "ana", auth.Contributor)
	elsewhere := o.signIn(t, p)
	o.clock.pass(time.Minute)

	wrong := p.credentials(o)
	wrong.Password = "wrong password"
	_, err := o.ChangePassword(ctx, p.Identity, wrong, "another long phrase", "")
	wantKind(t, err, fault.Unauthenticated)
	_, err = o.ChangePassword(ctx, p.Identity, p.credentials(o), "ana", "")
	wantField(t, err, "new_password")
	token, err := o.ChangePassword(ctx, p.Identity, p.credentials(o), "another long phrase", "")
	must(t, err)
	for _, old := range []string{elsewhere, p.token} {
		_, err = o.Identify(ctx, old)
		wantKind(t, err, fault.Unauthenticated)
	}
	who, err := o.Identify(ctx, token)
	must(t, err)

	o.clock.pass(time.Minute)
	again := auth.Credentials{Password: "another long phrase", Code: p.code(o.clock.now()), Address: home}
	phone := &person{secret: auth.NewSecret()}
	_, err = o.ChangeSecret(ctx, who, again, auth.Enrolment{Secret: phone.secret, Code: "123456"}, "")
	wantField(t, err, "new_code")
	token, err = o.ChangeSecret(ctx, who, again, auth.Enrolment{Secret: phone.secret, Code: phone.code(o.clock.now())}, "")
	must(t, err)
	who, err = o.Identify(ctx, token)
	must(t, err)

	o.clock.pass(time.Minute)
	again.Code = p.code(o.clock.now()) // of the old phone
	_, err = o.NewRecovery(ctx, who, again)
	wantKind(t, err, fault.Unauthenticated)
	again.Code = phone.code(o.clock.now())
	codes, err := o.NewRecovery(ctx, who, again)
	must(t, err)
	if n, err := o.RecoveryLeft(ctx, who.Curator.ID); err != nil || n != 10 || len(codes) != 10 {
		t.Errorf("%d codes left, %d shown: %v", n, len(codes), err)
	}
	again.Login = "ana"
	again.Code = p.recovery[0]
	_, _, err = o.SignIn(ctx, again, "", "")
	wantKind(t, err, fault.Unauthenticated) // the old ones are gone
	again.Code = strings.ToUpper(codes[0])
	if _, _, err = o.SignIn(ctx, again, "", ""); err != nil {
		t.Errorf("with a recovery code: %v", err)
	}
	if n, err := o.RecoveryLeft(ctx, who.Curator.ID); err != nil || n != 9 {
		t.Errorf("%d codes left: %v", n, err)
	}
}

// TestAdministratorsResetEachOther must leave one who can sign in.
func TestAdministratorsResetEachOther(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		one, two := o.hire(t, "one", auth.Administrator), o.hire(t, "two", auth.Administrator)
		_, _, err := o.Reset(t.Context(), one.Actor(), two.Curator.ID)
		must(t, err)
		_, _, err = o.Reset(t.Context(), two.Actor(), one.Curator.ID) // asked for before
		wantKind(t, err, fault.Conflict)
		_, _, err = o.Reset(t.Context(), console, one.Curator.ID) // who lost their phone
		must(t, err)
	})
}

// TestLinkEndsWithItsAccount disables an account before its owner signed up.
func TestLinkEndsWithItsAccount(t *testing.T) {
	o := lite(t)
	code, c, err := o.Invite(t.Context(), console, "ana", "Ana", auth.Contributor)
	must(t, err)
	must(t, o.SetDisabled(t.Context(), console, c.ID, true))
	must(t, o.SetDisabled(t.Context(), console, c.ID, false))
	_, err = o.Invitation(t.Context(), code)
	wantKind(t, err, fault.NotFound)
}

// TestNamesAreToldApart invites people whose names look like another's.
func TestNamesAreToldApart(t *testing.T) {
	o := lite(t)
	o.hire(t, "ana", auth.Contributor)
	for _, name := range []string{"name of ANA", "Name of \uff21na"} {
		_, _, err := o.Invite(t.Context(), console, "eva", name, auth.Contributor)
		wantKind(t, err, fault.Conflict)
	}
	for _, name := range []string{"Name of ana\u200b", "Name\u202e of ana"} {
		_, _, err := o.Invite(t.Context(), console, "eva", name, auth.Contributor)
		wantField(t, err, "name")
	}
}

// TestKeysEndWithSessions makes a key, and then does what ends all sessions of its owner: whoever took the account over
// before must not keep a key to it.
func TestKeysEndWithSessions(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		boss := o.hire(t, "boss", auth.Administrator)
		for name, end := range map[string]func(p *person) error{
			"reset": func(p *person) error {
				_, code, err := o.Reset(ctx, boss.Actor(), p.Curator.ID)
				if err == nil {
					o.signUp(t, code)
				}
				return err
			},
			"disabled": func(p *person) error {
				return errors.Join(o.SetDisabled(ctx, boss.Actor(), p.Curator.ID, true), o.SetDisabled(ctx, boss.Actor(), p.Curator.ID, false))
			},
			"everywhere": func(p *person) error { return o.SignOutEverywhere(ctx, p.Identity) },
			"password": func(p *person) error {
				_, err := o.ChangePassword(ctx, p.Identity, p.credentials(o), "another horse battery", "")
				return err
			},
		} {
			p := o.hire(t, name, auth.Reviewer)
			request := auth.KeyRequest{Name: "sync", Scopes: []auth.Permission{auth.Read}, Life: time.Hour}
			token, k, err := o.NewKey(ctx, p.Identity, request)
			must(t, err)
			must(t, end(p))
			late, _, err := o.NewKey(ctx, p.Identity, request) // asked for before, and made after
			must(t, err)
			for _, x := range []string{token, late} {
				if _, err := o.IdentifyKey(ctx, x); !fault.Is(err, fault.Unauthenticated) {
					t.Errorf("%s: the key is good: %v", name, err)
				}
			}
			all, err := o.Keys(ctx)
			must(t, err)
			if i := slices.IndexFunc(all, func(x auth.Key) bool { return x.ID == k.ID }); i < 0 || !all[i].Ended {
				t.Errorf("%s: the list does not say so", name)
			}
		}
	})
}

func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		boss, p := o.hire(t, "boss", auth.Administrator), o.hire(t, "ana", auth.Reviewer)
		for _, c := range []struct {
			request auth.KeyRequest
			field   string
		}{
			{auth.KeyRequest{Scopes: []auth.Permission{auth.Read}, Life: time.Hour}, "key_name"},
			{auth.KeyRequest{Name: "sync", Life: time.Hour}, "scopes"},
			{auth.KeyRequest{Name: "sync", Scopes: []auth.Permission{auth.People}, Life: time.Hour}, "scopes"}, // a reviewer has no such right
			{auth.KeyRequest{Name: "sync", Scopes: []auth.Permission{auth.Self}, Life: time.Hour}, "scopes"},
			{auth.KeyRequest{ID: "a/b", Name: "sync", Scopes: []auth.Permission{auth.Read}, Life: time.Hour}, "id"}, // no address could revoke it
			{auth.KeyRequest{ID: auth.NewID() + "a", Name: "sync", Scopes: []auth.Permission{auth.Read}, Life: time.Hour}, "id"},
			{auth.KeyRequest{Name: "sync", Scopes: []auth.Permission{auth.Read}}, "days"},
			{auth.KeyRequest{Name: "sync", Scopes: []auth.Permission{auth.Read}, Life: 367 * 24 * time.Hour}, "days"},
		} {
			_, _, err := o.NewKey(ctx, p.Identity, c.request)
			wantField(t, err, c.field)
		}
		form := auth.KeyRequest{ID: auth.NewID(), Name: "sync", Scopes: []auth.Permission{auth.Read, auth.Publish}, Life: time.Hour}
		token, k, err := o.NewKey(ctx, p.Identity, form)
		must(t, err)
		if !strings.HasPrefix(token, "cfk_") || !strings.HasPrefix(token, k.Prefix) || len(k.Prefix) >= len(token)/2 {
			t.Errorf("key %q, prefix %q", token, k.Prefix)
		}
		_, _, err = o.NewKey(ctx, p.Identity, form)
		wantKind(t, err, fault.Conflict) // sent twice

		who, err := o.IdentifyKey(ctx, token)
		must(t, err)
		if !who.May(auth.Read) || !who.May(auth.Publish) || who.May(auth.Draft) || who.May(auth.Self) || who.Curator.ID != p.Curator.ID {
			t.Errorf("the key may do otherwise than it says: %+v", who.Key.Scopes)
		}
		must(t, o.SetRole(ctx, boss.Actor(), p.Curator.ID, auth.Contributor))
		who, err = o.IdentifyKey(ctx, token)
		must(t, err)
		if who.May(auth.Publish) || !who.May(auth.Read) {
			t.Error("a key kept what its curator lost")
		}
		all, err := o.Keys(ctx)
		must(t, err)
		if len(all) != 1 || all[0].Prefix != k.Prefix || all[0].UsedAt.IsZero() || len(all[0].Scopes) != 2 {
			t.Errorf("keys %+v", all)
		}
		_, err = o.IdentifyKey(ctx, token+"x")
		wantKind(t, err, fault.Unauthenticated)
		o.clock.pass(time.Hour)
		_, err = o.IdentifyKey(ctx, token)
		wantKind(t, err, fault.Unauthenticated)

		token, k, err = o.NewKey(ctx, boss.Identity, auth.KeyRequest{Name: "b", Scopes: []auth.Permission{auth.Read}, Life: time.Hour})
		must(t, err)
		must(t, o.RevokeKey(ctx, boss.Actor(), k.ID))
		must(t, o.RevokeKey(ctx, boss.Actor(), k.ID))
		_, err = o.IdentifyKey(ctx, token)
		wantKind(t, err, fault.Unauthenticated)
		wantKind(t, o.RevokeKey(ctx, boss.Actor(), "nothing"), fault.NotFound)
	})
}
