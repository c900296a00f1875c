package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carefinder/internal/mail/mailtest"
)

// claimed makes a claim on a real listing, and gives its ID.
func claimed(t *testing.T, base, address string) string {
	t.Helper()
	hit := listings(t, base, "kind=center&limit=1").Hits[0]
	body := fmt.Sprintf(`{"wish":"correct","revision":1,"who":"Ana","email":%q,"message":"We have moved."}`, address)
	resp, err := http.Post(base+"/api/v1/listings/"+hit.ID+"/claims", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var a struct{ Claim string }
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatalf("%d, %v", resp.StatusCode, err)
	}
	return a.Claim
}

// TestMailLeaves has a server that is told of a mail server send a code, and prove a claim by it.
func TestMailLeaves(t *testing.T) {
	const name, password = "care", "s3cret"
	post := mailtest.Serve(t, mailtest.Faults{NoStartTLS: true, User: name, Password: password})
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	base, _ := serve(t, "--data", t.TempDir(), "--smtp", post.Addr, "--smtp-security", "none", "--smtp-user", name, "--smtp-password-file", file,
		"--mail-from", "Carefinder <care@example.org>", "--public-url", "https://care.example.org")
	claim := claimed(t, base, "ana@clinic.example")
	m := post.Next(t)
	if m.To != "ana@clinic.example" || m.User != name || m.From != "care@example.org" || strings.Contains(m.Body, "http") {
		t.Fatalf("mail %+v", m)
	}
	code := regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`).FindString(m.Body)
	resp, err := http.Post(base+"/api/v1/claims/"+claim+"/code", "application/json", strings.NewReader(fmt.Sprintf(`{"code":%q}`, code)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the code %s: %d", code, resp.StatusCode)
	}
	if _, body := get(t, base+"/readyz", nil); !strings.Contains(body, `"mail":"smtp","unsent":0`) {
		t.Errorf("readyz says %s", body)
	}
}

// TestMailThatGoesNowhereSaysSo: without a mail server a code stands in the log, and serve, the log and health tell.
func TestMailThatGoesNowhereSaysSo(t *testing.T) {
	out, errs := &ledger{}, &ledger{}
	base, _ := serveTo(t, out, errs, "--data", t.TempDir())
	if !strings.Contains(out.String(), "No mail is sent") || !strings.Contains(errs.String(), "no mail is sent") {
		t.Errorf("serve says %s, and logs %s", out, errs)
	}
	claimed(t, base, "ana@clinic.example")
	eventually(t, "the code stands in the log", func() bool { return strings.Contains(errs.String(), "mail is written here, not sent") })
	var says bytes.Buffer
	if code := run(t.Context(), []string{"health", "--addr", strings.TrimPrefix(base, "http://")}, streams{nil, &says, &says}); code != exitOK || !strings.Contains(says.String(), `"mail":"log"`) {
		t.Errorf("health: %d, %s", code, &says)
	}
}

// TestMailServersThatMakeNoSense end serve at once.
func TestMailServersThatMakeNoSense(t *testing.T) {
	for name, args := range map[string][]string{
		"no sender":               {"--smtp", "mail.example.org:587"},
		"no port":                 {"--smtp", "mail.example.org", "--mail-from", "care@example.org"},
		"no password":             {"--smtp", "mail.example.org:587", "--mail-from", "care@example.org", "--smtp-user", "care"},
		"a password in the clear": {"--smtp", "mail.example.org:25", "--mail-from", "care@example.org", "--smtp-user", "care", "--smtp-password-file", os.DevNull, "--smtp-security", "none"},
	} {
		var says bytes.Buffer
		args = append([]string{"serve", "--addr", "127.0.0.1:0", "--empty", "--data", t.TempDir()}, args...)
		if code := run(t.Context(), args, streams{nil, &says, &says}); code != exitFailed || !strings.Contains(says.String(), "--smtp") {
			t.Errorf("%s: %d, %s", name, code, &says)
		}
	}
}
