package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carefinder/internal/auth"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

var linkForm = regexp.MustCompile(`https://care\.example/desk/sign-up\?code=([A-Z2-7]{26})\n`)

func TestCurators(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		at := []string{"--database", dsn}
		do := func(args ...string) result { return command(t, append(args, at...)...) }
		add := func(login, name, role string) string {
			t.Helper()
			r := do("curator", "add", login, "--name", name, "--role", role, "--public-url", "https://care.example/")
			m := linkForm.FindStringSubmatch(r.out)
			if r.code != exitOK || m == nil {
				t.Fatalf("add: %d %s%s", r.code, r.out, r.err)
			}
			return m[1]
		}
		code := add("Ana@example.org", "Ana", "administrator")
		s := storetest.Open(t, dsn, store.Options{})
		guard := auth.New(s, auth.Config{})
		if c, err := guard.Invitation(t.Context(), code); err != nil || c.Login != "ana@example.org" || c.Role != auth.Administrator {
			t.Errorf("the link invites %+v: %v", c, err)
		}
		add("ben", "Ben", "contributor")
		for _, c := range []struct {
			args []string
			code int
			says string
		}{
			{[]string{"curator", "add", "ben", "--name", "Another", "--role", "auditor"}, exitFailed, "has this login or this name"},
			{[]string{"curator", "add", "carl", "--name", "Carl", "--role", "king"}, exitUsage, "must be one of"},
			{[]string{"curator", "add", "carl", "--name", "Carl"}, exitUsage, "--role"},
			{[]string{"curator", "role", "nobody", "reviewer"}, exitFailed, "nobody signs in as nobody"},
			{[]string{"curator", "disable", "ana@example.org"}, exitFailed, "last administrator"},
			{[]string{"curator", "role", "ANA@example.org", "auditor"}, exitFailed, "last administrator"},
			{[]string{"curator", "role", "ben", "reviewer"}, exitOK, "Ben is reviewer now"},
			{[]string{"curator", "disable", "ben"}, exitOK, "Ben is shut out"},
			{[]string{"curator", "list"}, exitOK, "disabled"},
			{[]string{"curator", "reset", "ben"}, exitFailed, "Enable it first"},
			{[]string{"curator", "enable", "ben"}, exitOK, "Ben may sign in again"},
			{[]string{"curator", "reset", "ben"}, exitOK, "\n/desk/sign-up?code="},
			{[]string{"curator", "list"}, exitOK, "ben              Ben   reviewer       invited  never"},
			{[]string{"check", "--audit"}, exitOK, "ok    audit         unbroken: 6 entries, the last is 6:"},
			{[]string{"check", "--known", "7:" + strings.Repeat("0", 64)}, exitFailed, "WRONG audit         entry 7 of"},
		} {
			if r := do(c.args...); r.code != c.code || !strings.Contains(r.out+r.err, c.says) {
				t.Errorf("%s: exit code %d\n%s%s", strings.Join(c.args, " "), r.code, r.out, r.err)
			}
		}
		entries, err := s.Entries(t.Context(), auth.Filter{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Actor != auth.Console || strings.Contains(e.Detail.String(), code) {
				t.Errorf("entry %+v", e)
			}
		}
	})
}

// TestProviderOfTheCommandLine starts a server with one, which is down: that must keep nobody from starting.
func TestProviderOfTheCommandLine(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("between us\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	base, stop := serve(t, "--data", t.TempDir(), "--empty", "--oidc-issuer", "http://127.0.0.1:9", "--oidc-client", "carefinder", "--oidc-secret-file", secret, "--oidc-name", "The House")
	if _, body := get(t, base+"/desk/sign-in", nil); !strings.Contains(body, "Sign in with The House") {
		t.Errorf("nowhere to sign in: %.300s", body)
	}
	if status, _ := get(t, base+"/desk/sign-in/provider", nil); status != http.StatusServiceUnavailable {
		t.Errorf("status %d while the provider is down", status)
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	for says, args := range map[string][]string{
		"--oidc-secret-file":      {"--oidc-issuer", "https://id.example", "--oidc-client", "c"},
		"must be an https://":     {"--oidc-issuer", "http://id.example", "--oidc-client", "c", "--oidc-secret-file", secret},
		"a client and its secret": {"--oidc-issuer", "https://id.example", "--oidc-secret-file", secret},
	} {
		if r := command(t, append([]string{"serve", "--data", t.TempDir(), "--empty", "--addr", "127.0.0.1:0"}, args...)...); r.code != exitFailed || !strings.Contains(r.err, says) {
			t.Errorf("%q: exit code %d, %s", args, r.code, r.err)
		}
	}
}

// TestCheckFindsATamperedEntry changes the audit log as someone with the database could.
func TestCheckFindsATamperedEntry(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		for _, login := range []string{"ana", "ben", "eva"} {
			must(t, "curator", "add", login, "--name", login, "--role", "reviewer", "--database", dsn)
		}
		guards := []string{"DROP TRIGGER audit_keeps_words"}
		if strings.HasPrefix(dsn, "postgres") {
			guards = []string{"ALTER TABLE audit DISABLE TRIGGER ALL"}
		}
		storetest.Tamper(t, dsn, append(guards, "UPDATE audit SET name = 'Somebody else' WHERE no = 2")...)
		if r := command(t, "check", "--audit", "--database", dsn); r.code != exitFailed || !strings.Contains(r.out, "WRONG audit         entry 2 of the audit log is not as it was written: it was changed\n") {
			t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
		}
		unbound := "PRAGMA ignore_check_constraints = ON; "
		if strings.HasPrefix(dsn, "postgres") {
			unbound = "ALTER TABLE audit DROP CONSTRAINT audit_no_check; "
		}
		storetest.Tamper(t, dsn, unbound+"INSERT INTO audit SELECT 0, at, actor, name, action, subject, detail, before, hash FROM audit WHERE no = 1")
		if r := command(t, "check", "--audit", "--database", dsn); r.code != exitFailed || !strings.Contains(r.out, "WRONG audit         entry 0 of") {
			t.Errorf("an entry before the first switches the proof off: exit code %d\n%s%s", r.code, r.out, r.err)
		}
		if r := command(t, "check", "--database", dsn); strings.Contains(r.out, "audit") {
			t.Errorf("unasked:\n%s", r.out)
		}
	})
}
