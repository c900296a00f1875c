package auth_test

import (
	"slices"
	"testing"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

func TestSignInElsewhere(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		boss := o.hire(t, "boss@example.org", auth.Administrator)
		code, c, err := o.Invite(ctx, console, "eva@example.org", "Eva", auth.Reviewer)
		must(t, err)
		x := auth.External{Issuer: "https://id.example", Subject: "7", Email: "Eva@example.org"}
		refused := func(x auth.External) {
			t.Helper()
			_, _, err := o.SignInElsewhere(ctx, x, "", "")
			wantKind(t, err, fault.Forbidden)
		}
		refused(auth.External{Issuer: x.Issuer, Subject: x.Subject})                              // without an address
		refused(auth.External{Issuer: x.Issuer, Subject: x.Subject, Email: "nobody@example.org"}) // whom nobody invited
		refused(auth.External{Issuer: x.Issuer, Subject: x.Subject, Email: boss.Curator.Login})   // who has a password
		token, who, err := o.SignInElsewhere(ctx, x, "Browser", boss.token)
		must(t, err)
		if who.Curator.ID != c.ID || !who.Curator.Elsewhere || who.Curator.Invited {
			t.Errorf("signed in as %+v", who.Curator)
		}
		_, err = o.Identify(ctx, token)
		must(t, err)
		_, err = o.Identify(ctx, boss.token) // what the browser came with
		wantKind(t, err, fault.Unauthenticated)
		_, err = o.Invitation(ctx, code)
		wantKind(t, err, fault.NotFound)
		_, _, err = o.SignIn(ctx, auth.Credentials{Login: c.Login, Address: home}, "", "")
		wantKind(t, err, fault.Unauthenticated)

		refused(auth.External{Issuer: x.Issuer, Subject: "8", Email: x.Email}) // the address passed to somebody else
		refused(auth.External{Issuer: "https://other.example", Subject: "7", Email: x.Email})
		x.Email = "another@example.org" // theirs changed
		_, who, err = o.SignInElsewhere(ctx, x, "", "")
		must(t, err)
		if who.Curator.ID != c.ID {
			t.Error("somebody else came in")
		}

		// Who signs in elsewhere can run the desk.
		must(t, o.SetRole(ctx, console, c.ID, auth.Administrator))
		must(t, o.SetDisabled(ctx, console, boss.Curator.ID, true))
		wantKind(t, o.SetDisabled(ctx, console, c.ID, true), fault.Conflict)
		must(t, o.SetDisabled(ctx, console, boss.Curator.ID, false))
		must(t, o.SetDisabled(ctx, console, c.ID, true))
		refused(x)
		must(t, o.SetDisabled(ctx, console, c.ID, false))

		// A reset lets in who is invited now, and no longer who was known.
		_, _, err = o.Reset(ctx, console, c.ID)
		must(t, err)
		refused(x)
		o.clock.pass(73 * time.Hour)
		x.Email = "eva@example.org"
		refused(x) // too late
		if got := o.actions(t); !slices.Contains(got, "sign-in.failed") || slices.Index(got, "curator.signed-up") < 0 {
			t.Errorf("the log says %q", got)
		}
	})
}
