package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"carefinder/internal/auth"
	"carefinder/internal/auth/authtest"
	"carefinder/internal/web"
)

// named gives a site the name of this machine, for which browsers make passkeys.
func named(_ *shelf, c *web.Config) { c.PublicURL = "http://localhost" }

// optionsOf gives what a page has a browser do with a passkey.
func optionsOf(t *testing.T, doc *html.Node) (options any) {
	t.Helper()
	must(t, json.Unmarshal([]byte(attr(one(t, doc, "form[data-passkey]"), "data-options")), &options))
	return options
}

// asksFor proves who the browser's owner is, for a passkey of that name, and gives the page that makes it.
func (b *browser) asksFor(name string) *html.Node {
	b.t.Helper()
	b.clock.pass(time.Minute)
	return b.posts("/desk/account/passkeys/challenge", 200, "password", goodPassword, "code", b.code(), "passkey_name", name)
}

// answered gives what a form would send with the answer of a passkey in it.
func answered(form *html.Node, answer string) []string {
	fields := fieldsOf(form)
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == "credential" {
			fields[i+1] = answer
		}
	}
	return fields
}

// removals are the forms that take a passkey away.
func removals(doc *html.Node) (all []*html.Node) {
	for _, f := range pick(doc, "li.hit form") {
		if strings.HasSuffix(attr(f, "action"), "/remove") {
			all = append(all, f)
		}
	}
	return all
}

func TestPasskeysByHand(t *testing.T) {
	d := openDesk(t, named)
	b := d.as(auth.Reviewer)
	device := &authtest.Device{Origin: "http://localhost"}
	for _, lang := range []string{"en", "es"} {
		prefix := map[string]string{"en": "", "es": "/es"}[lang]
		doc := b.opens(prefix+"/desk/account", 200)
		everyDeskPage(t, doc, lang)
		one(t, doc, "form[action="+prefix+"/desk/account/passkeys/challenge] #passkeys-passkey_name")
	}
	wrong := b.posts("/desk/account/passkeys/challenge", http.StatusUnauthorized, "password", "a guess", "code", "1", "passkey_name", "Phone")
	if got := words(one(t, wrong, ".errors li")); !strings.HasPrefix(got, "The account, the password or the code is not right") {
		t.Errorf("a wrong password: %q", got)
	}
	if got := words(one(t, b.posts("/desk/account/passkeys/challenge", 400, "passkey_name", ""), "#passkeys-passkey_name-error")); !strings.Contains(got, "Give the passkey a name") {
		t.Errorf("no name: %q", got)
	}
	page := b.asksFor("<b>Phone</b>")
	everyDeskPage(t, page, "en")
	form := one(t, page, "form[data-passkey=make]")
	if !has(form, "hidden") || !strings.Contains(words(one(t, page, "[data-passkey-off]")), "This takes JavaScript") {
		t.Error("without a script there is a button that does nothing, or nobody says why there is none")
	}
	b.posts(attr(form, "action"), http.StatusSeeOther, "credential", device.Make(t, optionsOf(t, page)))
	b.posts(attr(form, "action"), 400, "credential", "{}")
	rows := removals(b.opens("/desk/account", 200))
	if len(rows) != 1 {
		t.Fatalf("%d passkeys", len(rows))
	}
	row := rows[0]
	if got := words(row.Parent); !strings.HasPrefix(got, "<b>Phone</b> Made November 24, 2026") || !strings.Contains(got, "last used never") {
		t.Errorf("the account says %q", got)
	}

	// From a page that was asked for, over the sign-in, and on to it.
	s := d.stranger()
	in := s.opens("/desk/sign-in?to=/desk/people", 200)
	ask := one(t, in, "form[action=/desk/sign-in/passkey/challenge]")
	page = s.posts(attr(ask, "action"), 200, fieldsOf(ask)...)
	everyDeskPage(t, page, "en")
	form = one(t, page, "form[data-passkey=use]")
	answer := device.Sign(t, optionsOf(t, page))
	res, _ := s.sends(http.MethodPost, attr(form, "action"), pairsOf(answered(form, answer)))
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/desk/people" {
		t.Fatalf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	s.opens("/desk", 200)
	if s.who().Curator.Login != b.login {
		t.Errorf("signed in as %s", s.who().Curator.Login)
	}
	again := d.stranger()
	refused := again.posts("/desk/sign-in/passkey", http.StatusUnauthorized, "credential", answer)
	if got := words(one(t, refused, ".errors li")); !strings.HasPrefix(got, "This passkey lets nobody in here") {
		t.Errorf("the same answer twice: %q", got)
	}

	b.posts(attr(row, "action"), http.StatusSeeOther)
	if n := len(removals(b.opens("/desk/account", 200))); n != 0 {
		t.Errorf("%d passkeys are left", n)
	}
}

// TestNothingTypedIsLostByAPasskey ends a session between a form and its sending, and signs in by a passkey.
func TestNothingTypedIsLostByAPasskey(t *testing.T) {
	d := openDesk(t, named)
	b := d.as(auth.Administrator)
	device := &authtest.Device{Origin: "http://localhost"}
	b.posts("/desk/account/passkeys", http.StatusSeeOther, "credential", device.Make(t, optionsOf(t, b.asksFor("phone"))))
	d.clock.pass(2 * time.Hour)
	in := b.posts("/desk/people", http.StatusUnauthorized, "login", "eva@example.org", "name", "Eva", "role", "reviewer")
	page := b.posts("/desk/sign-in/passkey/challenge", 200, fieldsOf(one(t, in, "form[action=/desk/sign-in/passkey/challenge]"))...)
	doc := b.posts("/desk/sign-in/passkey", 200, answered(one(t, page, "form[data-passkey]"), device.Sign(t, optionsOf(t, page)))...)
	one(t, doc, "form[action=/desk/people] input[name=name][value=Eva]")
}

// TestPasskeysForPrograms: the same, in JSON.
func TestPasskeysForPrograms(t *testing.T) {
	d := openDesk(t, named)
	b := d.as(auth.Reviewer)
	device := &authtest.Device{Origin: "http://localhost"}
	const api = "/api/v1/desk"
	begin, err := json.Marshal(map[string]string{"password": goodPassword, "code": b.code(), "passkey_name": "phone"})
	must(t, err)
	var asked struct{ Options any }
	must(t, json.Unmarshal([]byte(b.calls(http.MethodPost, api+"/account/passkeys/challenge", "", string(begin), 200)), &asked))
	say := func(answer string) string {
		text, err := json.Marshal(map[string]string{"credential": answer})
		must(t, err)
		return string(text)
	}
	b.calls(http.MethodPost, api+"/account/passkeys", "", say(device.Make(t, asked.Options)), http.StatusNoContent)
	var account struct {
		Passkeys []struct {
			ID, Name string
			UsedAt   *time.Time `json:"used_at"`
		}
	}
	must(t, json.Unmarshal([]byte(b.calls(http.MethodGet, api+"/account", "", "", 200)), &account))
	if len(account.Passkeys) != 1 || account.Passkeys[0].Name != "phone" || account.Passkeys[0].UsedAt != nil {
		t.Fatalf("the account has %+v", account.Passkeys)
	}
	s := d.stranger()
	must(t, json.Unmarshal([]byte(s.calls(http.MethodPost, api+"/sign-in/passkey/challenge", "", "{}", 200)), &asked))
	var who struct{ Login string }
	must(t, json.Unmarshal([]byte(s.calls(http.MethodPost, api+"/sign-in/passkey", "", say(device.Sign(t, asked.Options)), 200)), &who))
	if who.Login != b.login {
		t.Errorf("signed in as %q", who.Login)
	}
	b.calls(http.MethodPost, api+"/account/passkeys/"+account.Passkeys[0].ID+"/remove", "", "{}", http.StatusNoContent)
}

// TestWithoutPasskeys says why there are none.
func TestWithoutPasskeys(t *testing.T) {
	d := openDesk(t)
	b := d.as(auth.Reviewer)
	doc := b.opens("/desk/account", 200)
	if !strings.Contains(words(one(t, doc, "main")), "There are no passkeys here: this site has no public address yet") || len(pick(doc, "#passkeys-passkey_name")) > 0 {
		t.Error("nobody says why there are no passkeys, or there is a form for one")
	}
	if n := len(pick(d.stranger().opens("/desk/sign-in", 200), "form[action=/desk/sign-in/passkey/challenge]")); n != 0 {
		t.Error("a passkey is asked for")
	}
	d.stranger().posts("/desk/sign-in/passkey/challenge", 404)
	d.stranger().posts("/desk/sign-in/passkey", 404, "credential", "{}")
	b.posts("/desk/account/passkeys/challenge", 404, "password", goodPassword, "code", b.code(), "passkey_name", "phone")
}
