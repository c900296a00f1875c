package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"carefinder/internal/auth"
	"carefinder/internal/auth/oidc"
	"carefinder/internal/auth/oidc/oidctest"
	"carefinder/internal/web"
)

// withProvider opens a desk where people may sign in at a provider, which vouches for eva@example.org.
func withProvider(t *testing.T) (*deskOf, *oidctest.Provider) {
	t.Helper()
	var p *oidctest.Provider
	d := openDeskWith(t, func(c *clock) web.Provider {
		p = oidctest.New(t, c.now)
		o, err := oidc.New(oidc.Config{Name: "the house", Issuer: p.URL, Client: oidctest.Client, Secret: oidctest.Secret, Now: c.now})
		must(t, err)
		return o
	})
	p.Claims = map[string]any{"email": "eva@example.org", "email_verified": true}
	return d, p
}

// goes sends a browser to the provider from a page, and gives where the provider sends it back to.
func (b *browser) goes(p *oidctest.Provider, path string) string {
	b.t.Helper()
	res, text := b.sends(http.MethodGet, path, "")
	if res.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("%d: %.300s", res.StatusCode, text)
	}
	for _, c := range res.Cookies() {
		if c.Name == "__Host-desk-provider" {
			b.other = c.Name + "=" + c.Value
			if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 600 || c.Path != "/" {
				b.t.Errorf("the cookie is %+v", c)
			}
		}
	}
	back, err := url.Parse(p.Visit(b.t, res.Header.Get("Location")))
	must(b.t, err)
	if back.Host != "localhost" {
		b.t.Errorf("sent back to %s", back)
	}
	return back.RequestURI()
}

func TestSignInAtTheProvider(t *testing.T) {
	d, p := withProvider(t)
	_, _, err := d.guard.Invite(t.Context(), atConsole, "eva@example.org", "Eva", auth.Administrator)
	must(t, err)
	b := d.stranger()
	page := b.opens("/es/desk/sign-in?to=/es/desk/people", 200)
	everyDeskPage(t, page, "es")
	link := one(t, page, "main p a.button")
	if got := words(link); got != "Entrar con the house" {
		t.Errorf("the link says %q", got)
	}
	back := b.goes(p, attr(link, "href"))
	res, text := b.sends(http.MethodGet, back, "", "Sec-Fetch-Site", "cross-site")
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/es/desk/people" {
		t.Fatalf("%d to %q: %.300s", res.StatusCode, got, text)
	}
	b.other = ""
	everyDeskPage(t, b.opens("/es/desk/people", 200), "es")
	doc := b.opens("/desk/account", 200)
	everyDeskPage(t, doc, "en")
	if n := len(pick(doc, "input[type=password]")); n != 0 {
		t.Errorf("%d passwords are asked for, and there is none", n)
	}
	// The address of the answer is good once, and only in the browser that asked.
	doc = d.stranger().opens(back, http.StatusForbidden)
	everyDeskPage(t, doc, "en")
	if got := words(one(t, doc, ".errors li")); !strings.HasPrefix(got, "You could not be signed in") {
		t.Errorf("it says %q", got)
	}
}

func TestProviderKnowsStrangers(t *testing.T) {
	d, p := withProvider(t)
	b := d.stranger()
	b.opens(b.goes(p, "/desk/sign-in/provider"), http.StatusForbidden)
	if b.cookie != "" {
		t.Error("signed in")
	}
}

// TestProviderLeadsNowhereElse signs somebody in from a link that somebody else made.
func TestProviderLeadsNowhereElse(t *testing.T) {
	d, p := withProvider(t)
	_, _, err := d.guard.Invite(t.Context(), atConsole, "eva@example.org", "Eva", auth.Administrator)
	must(t, err)
	b := d.stranger()
	res, _ := b.sends(http.MethodGet, b.goes(p, "/desk/sign-in/provider?to=https://evil.example"), "")
	if got := res.Header.Get("Location"); got != "/desk" {
		t.Errorf("%d to %q", res.StatusCode, got)
	}
}

// TestNothingTypedIsLostAtTheProvider signs in in another window while a form waits.
func TestNothingTypedIsLostAtTheProvider(t *testing.T) {
	d, p := withProvider(t)
	_, _, err := d.guard.Invite(t.Context(), atConsole, "eva@example.org", "Eva", auth.Administrator)
	must(t, err)
	b := d.stranger()
	b.sends(http.MethodGet, b.goes(p, "/desk/sign-in/provider"), "")
	b.other = ""
	must(t, d.guard.SignOutEverywhere(t.Context(), b.who()))
	doc := b.posts("/desk/people", http.StatusUnauthorized, "login", "ben", "name", "Ben", "role", "auditor")
	everyDeskPage(t, doc, "en")
	var again []string
	for _, f := range pick(doc, "main form") {
		if attr(f, "action") == "/desk/sign-in/again" {
			again = fieldsOf(f)
		}
	}
	one(t, doc, "main a.button[target=_blank][rel=noopener]")
	doc = b.posts("/desk/sign-in/again", http.StatusUnauthorized, again...) // too early: it is kept all the same
	b.sends(http.MethodGet, b.goes(p, "/desk/sign-in/provider"), "")
	b.other = ""
	for _, f := range pick(doc, "main form") {
		if attr(f, "action") == "/desk/sign-in/again" {
			doc = b.posts("/desk/sign-in/again", 200, fieldsOf(f)...)
			break
		}
	}
	everyDeskPage(t, doc, "en")
	form := one(t, doc, "main form")
	if attr(form, "action") != "/desk/people" {
		t.Fatalf("given back for %s", attr(form, "action"))
	}
	one(t, b.posts("/desk/people", 200, fieldsOf(form)...), ".secret")
}

func TestWithoutAProvider(t *testing.T) {
	d := openDesk(t)
	d.stranger().opens("/desk/sign-in/provider", http.StatusNotFound)
	d.stranger().opens("/desk/sign-in/provider/return?code=x", http.StatusNotFound)
	if n := len(pick(d.stranger().opens("/desk/sign-in", 200), "main a.button")); n != 0 {
		t.Error("a link to nowhere")
	}
}
