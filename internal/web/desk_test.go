package web_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
	"carefinder/internal/web"
)

// everyDeskPage checks what holds for every page of the desk.
func everyDeskPage(t *testing.T, doc *html.Node, lang string) {
	t.Helper()
	if got := attr(one(t, doc, "html"), "lang"); got != lang {
		t.Errorf("lang %q, want %q", got, lang)
	}
	for _, selector := range []string{"h1", "main#main", "a.skip[href=#main]", "header a.exit[data-exit]", "footer", "section.crisis", "meta[name=robots][content=noindex]", "meta[name=referrer][content=same-origin]"} {
		one(t, doc, selector)
	}
	if n := len(pick(doc, "link[rel=stylesheet]")); n != 2 {
		t.Errorf("%d style sheets, want the site's and the desk's", n)
	}
	if n := len(pick(doc, "link[rel=alternate]")); n != 3 {
		t.Errorf("%d alternates, want 3", n)
	}
	for _, n := range pick(doc, "link[href]") { // loadsNothingElse knows another host
		for i := range n.Attr {
			n.Attr[i].Val = strings.Replace(n.Attr[i].Val, "http://localhost", "http://example.com", 1)
		}
	}
	loadsNothingElse(t, doc)
	labelled(t, doc)
	uniqueIDs(t, doc)
	text := words(one(t, doc, "body"))
	if strings.Contains(text, "<no value>") || strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "desk.") {
		t.Errorf("a hole in a text: %s", text)
	}
	for _, form := range pick(doc, "form") {
		if attr(form, "method") == "post" && len(pick(form, "button")) == 0 {
			t.Errorf("a form to %s without a button", attr(form, "action"))
		}
	}
}

func TestDeskPages(t *testing.T) {
	d := openDesk(t)
	boss, auditor := d.as(auth.Administrator), d.as(auth.Auditor)
	code, _, err := d.guard.Invite(t.Context(), atConsole, "eva@example.org", `<b>Eva</b> & "Co"`, auth.Contributor)
	must(t, err)
	boss.key(auth.Read, auth.Export)
	gone := d.as(auth.Reviewer)
	must(t, d.guard.SetDisabled(t.Context(), atConsole, gone.who().Curator.ID, true))
	for _, c := range []struct {
		b      *browser
		path   string
		status int
		want   map[string]string
	}{
		{d.stranger(), "/desk/sign-in?to=/desk/people", 200, map[string]string{"h1": "Sign in to the desk", "form input[name=to][value=/desk/people]": "", "label[for=in-code]": "Code", "#in-password[autocomplete=current-password]": ""}},
		{d.stranger(), "/desk/sign-up", 200, map[string]string{"h1": "Sign up", "form input[name=code]": ""}},
		{d.stranger(), "/desk/sign-up?code=nothing", 404, map[string]string{".errors li": "This is not there, or no longer. A link to sign up is good once and for three days: ask an administrator for a new one", "title": "Error: Sign up – Carefinder"}},
		{d.stranger(), "/desk/sign-up?code=" + code, 200, map[string]string{".lead": `Welcome, <b>Eva</b> & "Co". You will sign in as eva@example.org.`, "svg.qr[role=img]": "", "#up-password[autocomplete=new-password]": "", ".secret": "*"}},
		{boss, "/desk", 200, map[string]string{"h1": "The desk", ".desk-bar p": "Name of " + boss.login + " · Administrator", "nav.menu a[aria-current=page]": "Desk", "main li": "Manage your own account"}},
		{boss, "/desk/account", 200, map[string]string{"h1": "Your account", ".hit .tag": "This browser", "#codes-new_code": "", "svg.qr": ""}},
		{boss, "/desk/people", 200, map[string]string{"#invite-login": "", "td form button": "*", "tbody th": `<b>Eva</b> & "Co"`}},
		{boss, "/desk/keys", 200, map[string]string{"tbody th": "test", "fieldset#key-scopes legend": "What it may do"}},
		{boss, "/desk/audit", 200, map[string]string{"tbody th": "*", "nav.menu a[aria-current=page]": "Audit log"}},
		{boss, "/desk/audit?action=curator.&before=2", 200, map[string]string{"tbody th": "1", "#filter-action[value=curator.]": ""}},
		{boss, "/desk/audit?before=x", 400, map[string]string{".errors li": "This part of the log can't be found. Start again from its newest entries"}},
		{auditor, "/desk/people", 200, map[string]string{"tbody th": "*"}},
		{auditor, "/desk/keys", 200, map[string]string{"tbody th": "test"}},
		{auditor, "/desk/nowhere", 404, nil},
	} {
		for _, lang := range []string{"en", "es"} {
			t.Run(c.path+"/"+lang, func(t *testing.T) {
				path := c.path
				if lang == "es" {
					path = "/es" + path
				}
				doc := (&browser{deskOf: &deskOf{c.b.Server, t, c.b.guard, c.b.store, c.b.clock, c.b.kept}, cookie: c.b.cookie}).opens(path, c.status)
				if c.want != nil {
					everyDeskPage(t, doc, lang)
				}
				for selector, want := range c.want {
					found := pick(doc, selector)
					if len(found) == 0 {
						t.Errorf("nothing at %q", selector)
					} else if got := words(found[0]); lang == "en" && want != "*" && got != want {
						t.Errorf("%q says %q, want %q", selector, got, want)
					}
				}
			})
		}
	}
	for _, path := range []string{"/desk/people", "/desk/keys"} {
		if forms := pick(one(t, auditor.opens(path, 200), "main"), "form"); len(forms) != 0 {
			t.Errorf("%s: an auditor is offered %d forms", path, len(forms))
		}
	}
}

func TestSignInByHand(t *testing.T) {
	d := openDesk(t)
	owner := d.as(auth.Reviewer)
	b := d.stranger()
	res, _ := b.sends(http.MethodGet, "/es/desk?a=b%26c", "")
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/es/desk/sign-in?to=%2Fes%2Fdesk%3Fa%3Db%2526c" {
		t.Fatalf("%d to %q", res.StatusCode, got)
	}
	page := b.opens(res.Header.Get("Location"), 200)
	form := one(t, page, "main form")
	fields := append(fieldsOf(form), "login", owner.login, "password", goodPassword, "code", owner.code())
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	res, _ = b.sends(http.MethodPost, attr(form, "action"), values.Encode())
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/es/desk?a=b%26c" {
		t.Fatalf("%d to %q", res.StatusCode, got)
	}
	cookie := res.Header.Get("Set-Cookie")
	for _, part := range []string{"__Host-desk=", "; path=/", "; HttpOnly", "; secure", "; SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie lacks %s: %s", part, cookie)
		}
	}
	if strings.Contains(strings.ToLower(cookie), "domain") || strings.Contains(strings.ToLower(cookie), "max-age") || strings.Contains(strings.ToLower(cookie), "expires") {
		t.Errorf("the cookie says more than it may: %s", cookie)
	}
	b.opens("/es/desk", 200)
	stolen := &browser{deskOf: d, cookie: b.cookie}
	res, _ = b.sends(http.MethodPost, "/es/desk/sign-out", "")
	if gone := res.Header.Get("Set-Cookie"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(gone, "__Host-desk=;") || !strings.Contains(gone, "expires=") {
		t.Errorf("%d, the cookie is left: %s", res.StatusCode, gone)
	}
	stolen.opens("/desk", http.StatusSeeOther)
	stolen.calls(http.MethodGet, "/api/v1/desk", "", "", http.StatusUnauthorized)
}

// TestSignInGoesNowhereElse tries addresses of others.
func TestSignInGoesNowhereElse(t *testing.T) {
	d := openDesk(t)
	owner := d.as(auth.Reviewer)
	for _, to := range []string{"https://evil.example/desk", "//evil.example/desk", "/search", `/\evil.example/desk`, "/desk\r\nX: y", "javascript:alert(1)", "/deskevil", "/desk/../../evil", "/desk/%2e%2e/evil", "/desk//evil", "", "%"} {
		res, _ := d.stranger().sends(http.MethodPost, "/desk/sign-in", url.Values{"login": {owner.login}, "password": {goodPassword}, "code": {owner.code()}, "to": {to}}.Encode())
		if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/desk" {
			t.Errorf("%q: %d to %q", to, res.StatusCode, got)
		}
		d.clock.pass(time.Minute)
	}
}

func TestSignInIsLimited(t *testing.T) {
	d := openDesk(t)
	owner := d.as(auth.Reviewer)
	for range 5 {
		doc := d.stranger().posts("/desk/sign-in", http.StatusUnauthorized, "login", owner.login, "password", "a guess", "code", "123456")
		if got := words(one(t, doc, ".errors li")); !strings.HasPrefix(got, "The account, the password or the code is not right") {
			t.Errorf("it says %q", got)
		}
		if attr(one(t, doc, "#in-login"), "value") != owner.login || attr(one(t, doc, "#in-password"), "value") != "" {
			t.Error("the account is to be kept in the form, and the password not")
		}
	}
	res, _ := d.stranger().sends(http.MethodPost, "/desk/sign-in", "login="+owner.login+"&password="+url.QueryEscape(goodPassword)+"&code="+owner.code())
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); res.StatusCode != http.StatusTooManyRequests || err != nil || n < 1 || n > 60 {
		t.Errorf("%d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	d.stranger().calls(http.MethodPost, "/api/v1/desk/sign-in", "", `{"login":"`+owner.login+`","password":"x","code":"123456"}`, http.StatusTooManyRequests)
	owner.opens("/desk", 200) // who is signed in stays so
}

// TestNothingTypedIsLost ends a session between a form and its sending.
func TestNothingTypedIsLost(t *testing.T) {
	d := openDesk(t)
	b := d.as(auth.Administrator)
	must(t, d.guard.SignOutEverywhere(t.Context(), b.who()))
	typed := []string{"login", "eva", "name", "Eva \"<Ñandú>\"\nsecond line ✓", "role", "reviewer", "role", "auditor", "empty", ""}
	doc := b.posts("/es/desk/people", http.StatusUnauthorized, typed...)
	everyDeskPage(t, doc, "es")
	if got := words(one(t, doc, ".notice")); !strings.Contains(got, "se conserva") {
		t.Errorf("it says %q", got)
	}
	for _, password := range []string{"wrong", goodPassword} {
		form := one(t, doc, "main form")
		status := map[string]int{"wrong": http.StatusUnauthorized, goodPassword: http.StatusOK}[password]
		doc = b.posts(attr(form, "action"), status, override(fieldsOf(form), "login", b.login, "password", password, "code", b.code())...)
		everyDeskPage(t, doc, "es")
	}
	form := one(t, doc, "main form")
	if got := fieldsOf(form); attr(form, "action") != "/es/desk/people" || !slices.Equal(sortedPairs(got), sortedPairs(typed)) {
		t.Errorf("given back for %s: %q, want %q", attr(form, "action"), got, typed)
	}
	doc = b.posts(attr(form, "action"), 200, fieldsOf(form)...)
	if got := words(one(t, doc, ".secret")); !strings.HasPrefix(got, "http://localhost/es/desk/sign-up?code=") {
		t.Errorf("sent again, it says %q", got)
	}
	// What can't be kept is said to be lost.
	res, text := d.stranger().sends(http.MethodPost, "/desk/people", "--x\r\n", "Content-Type", "multipart/form-data; boundary=x")
	if res.StatusCode != http.StatusUnauthorized || !strings.Contains(text, "was not kept") {
		t.Errorf("a file: %d %.200s", res.StatusCode, text)
	}
	// A form made up elsewhere leads nowhere else.
	b.clock.pass(time.Minute)
	res, _ = d.stranger().sends(http.MethodPost, "/desk/sign-in", url.Values{"login": {b.login}, "password": {goodPassword}, "code": {b.code()}, "kept": {attr(one(t, doc, "html"), "x") + "AAAA"}, "kept_to": {"/search"}}.Encode())
	if res.Header.Get("Location") != "/desk" {
		t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}

// TestTypedIsForItsOwner has somebody else sign in at the browser where a session ended.
func TestTypedIsForItsOwner(t *testing.T) {
	d := openDesk(t)
	b, other := d.as(auth.Administrator), d.as(auth.Administrator)
	must(t, d.guard.SignOutEverywhere(t.Context(), b.who()))
	signs := func(doc *html.Node, as *browser, status int) *html.Node {
		t.Helper()
		d.clock.pass(time.Minute)
		return b.posts("/desk/sign-in", status, override(fieldsOf(one(t, doc, "main form")), "login", as.login, "password", goodPassword, "code", as.code())...)
	}
	cookie := b.cookie
	doc := b.posts("/desk/people", http.StatusUnauthorized, "login", "eva", "name", "Eva")
	signs(doc, other, http.StatusSeeOther) // and is shown nothing
	b.cookie = cookie
	doc = b.posts("/desk/people", http.StatusUnauthorized, "login", "eva", "name", "Eva")
	fields := override(fieldsOf(one(t, doc, "main form")), "kept_to", "/desk/keys", "login", b.login, "password", goodPassword, "code", b.code())
	if res, _ := b.sends(http.MethodPost, "/desk/sign-in", pairsOf(fields)); res.Header.Get("Location") != "/desk" {
		t.Errorf("led to another form: %d", res.StatusCode)
	}
	b.cookie = cookie
	if got := words(pick(signs(doc, b, 200), ".typed")[0]); got != "eva" {
		t.Errorf("its owner is shown %q", got)
	}
	// What is of nobody known, and what has passwords in it, is not kept.
	for _, x := range []struct {
		*browser
		path string
	}{{d.stranger(), "/desk/people"}, {&browser{deskOf: d, cookie: cookie}, "/desk/account/password"}} {
		doc := x.posts(x.path, http.StatusUnauthorized, "password", goodPassword)
		everyDeskPage(t, doc, "en")
		if n := len(pick(doc, "input[name=kept]")); n != 0 || !strings.Contains(words(one(t, doc, ".notice")), "was not kept") {
			t.Errorf("%s: kept %d times", x.path, n)
		}
	}
}

func pairsOf(fields []string) string {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return form.Encode()
}

// TestALongTextIsKept signs in with a form of nearly the most that can be sent.
func TestALongTextIsKept(t *testing.T) {
	d := openDesk(t)
	b := d.as(auth.Administrator)
	must(t, d.guard.SignOutEverywhere(t.Context(), b.who()))
	long := strings.Repeat("Una descripción larga: ñ & <b>. ", 9_000)
	doc := b.posts("/desk/people", http.StatusUnauthorized, "name", long)
	doc = b.posts("/desk/sign-in", 200, override(fieldsOf(one(t, doc, "main form")), "login", b.login, "password", goodPassword, "code", b.code())...)
	if got := fieldsOf(one(t, doc, "main form")); len(got) != 2 || got[1] != long {
		t.Errorf("%d fields, %d bytes of %d", len(got)/2, len(got[1]), len(long))
	}
}

// TestTooLongATextIsSaidToBeLost sends what would not fit into the form to sign in.
func TestTooLongATextIsSaidToBeLost(t *testing.T) {
	d := openDesk(t)
	b := d.as(auth.Administrator)
	must(t, d.guard.SignOutEverywhere(t.Context(), b.who()))
	noise := make([]byte, 780_000)
	_, _ = rand.Read(noise)
	doc := b.posts("/desk/people", http.StatusUnauthorized, "name", base64.RawURLEncoding.EncodeToString(noise))
	everyDeskPage(t, doc, "en")
	if got := words(one(t, doc, ".notice")); !strings.Contains(got, "was not kept") || len(pick(doc, "input[name=kept]")) != 0 {
		t.Errorf("it says %q", got)
	}
}

// override gives fields with those of more in place of theirs.
func override(fields []string, more ...string) []string {
	var all []string
	for i := 0; i < len(fields); i += 2 {
		if !slices.Contains(more, fields[i]) {
			all = append(all, fields[i], fields[i+1])
		}
	}
	return append(all, more...)
}

func sortedPairs(fields []string) []string {
	var all []string
	for i := 0; i < len(fields); i += 2 {
		all = append(all, fields[i]+"="+fields[i+1])
	}
	slices.Sort(all)
	return all
}

func TestSignUpByHand(t *testing.T) {
	d := openDesk(t)
	boss := d.as(auth.Administrator)
	doc := boss.posts("/desk/people", 200, "login", "eva@example.org", "name", "Eva", "role", "reviewer")
	everyDeskPage(t, doc, "en")
	link := strings.TrimPrefix(words(one(t, doc, ".secret")), "http://localhost")
	b := d.stranger()
	form := one(t, b.opens(link, 200), "main form")
	b.secret = strings.ReplaceAll(fieldsOf(form)[slices.Index(fieldsOf(form), "secret")+1], " ", "")
	doc = b.posts("/desk/sign-up", http.StatusBadRequest, override(fieldsOf(form), "password", "short", "code", "000000")...)
	everyDeskPage(t, doc, "en")
	for _, id := range []string{"#up-password", "#up-code"} {
		if attr(one(t, doc, id), "aria-invalid") != "true" {
			t.Errorf("%s is not marked", id)
		}
		one(t, doc, ".errors a[href="+id+"]")
	}
	form = one(t, doc, "main form")
	if fieldsOf(form)[slices.Index(fieldsOf(form), "secret")+1] != b.secret {
		t.Error("the secret changed under the person's hands")
	}
	b.cookie = d.as(auth.Contributor).cookie // whoever used this browser before
	before := b.cookie
	filled := override(fieldsOf(form), "password", goodPassword, "code", b.code())
	doc = b.posts("/desk/sign-up", 200, filled...)
	if _, err := d.guard.Identify(t.Context(), before); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the session from before is good: %v", err)
	}
	everyDeskPage(t, doc, "en")
	if codes := pick(doc, "li.secret"); len(codes) != 10 {
		t.Errorf("%d recovery codes", len(codes))
	}
	if got := words(one(t, b.opens("/desk", 200), ".desk-bar p")); got != "Eva · Reviewer" {
		t.Errorf("signed in as %s", got)
	}
	everyDeskPage(t, b.posts("/desk/sign-up", http.StatusNotFound, filled...), "en") // sent twice
	d.stranger().opens(link, http.StatusNotFound)
}

func TestAccountByHand(t *testing.T) {
	d := openDesk(t)
	b := d.as(auth.Contributor)
	other := &browser{deskOf: d, login: b.login, secret: b.secret}
	other.again()
	doc := b.posts("/desk/account/password", http.StatusBadRequest, "password", goodPassword, "code", b.code(), "new_password", "short")
	everyDeskPage(t, doc, "en")
	one(t, doc, ".errors a[href=#password-new_password]")
	everyDeskPage(t, b.posts("/es/desk/account/password", http.StatusUnauthorized, "password", "wrong", "code", b.code(), "new_password", "another long phrase"), "es")
	before := b.cookie
	b.posts("/desk/account/password", http.StatusSeeOther, "password", goodPassword, "code", b.code(), "new_password", "another long phrase")
	if b.cookie == before {
		t.Error("the session was not renewed")
	}
	b.opens("/desk", 200)
	for _, cookie := range []string{before, other.cookie} {
		(&browser{deskOf: d, cookie: cookie}).opens("/desk", http.StatusSeeOther)
	}
	d.clock.pass(time.Minute)
	doc = b.posts("/desk/account/recovery", 200, "password", "another long phrase", "code", b.code())
	if codes := pick(doc, "li.secret"); len(codes) != 10 || strings.Contains(words(doc), b.codes[0]) {
		t.Errorf("%d new recovery codes", len(codes))
	}
	d.clock.pass(time.Minute)
	form := pick(b.opens("/desk/account", 200), "main form")
	codes := form[len(form)-1]
	phone := &browser{deskOf: d, secret: fieldsOf(codes)[slices.Index(fieldsOf(codes), "secret")+1]}
	everyDeskPage(t, b.posts("/desk/account/codes", http.StatusBadRequest, override(fieldsOf(codes), "password", "another long phrase", "code", b.code(), "new_code", "000000")...), "en")
	b.posts("/desk/account/codes", http.StatusSeeOther, override(fieldsOf(codes), "password", "another long phrase", "code", b.code(), "new_code", phone.code())...)
	other.cookie = ""
	other.again()
	doc = b.opens("/desk/account", 200)
	end := one(t, doc, ".hit form.actions")
	b.posts(attr(end, "action"), http.StatusSeeOther)
	other.opens("/desk", http.StatusSeeOther)
	b.posts("/desk/account/sign-out-everywhere", http.StatusSeeOther)
	b.opens("/desk", http.StatusSeeOther)
}

func TestPeopleByHand(t *testing.T) {
	d := openDesk(t)
	boss, eva := d.as(auth.Administrator), d.as(auth.Contributor)
	at := "/desk/people/" + string(eva.who().Curator.ID)
	doc := boss.posts("/desk/people", http.StatusConflict, "login", eva.login, "name", "Another", "role", "reviewer")
	everyDeskPage(t, doc, "en")
	if attr(one(t, doc, "#invite-name"), "value") != "Another" || attr(one(t, doc, "#invite-role option[selected]"), "value") != "reviewer" {
		t.Error("what was typed is gone")
	}
	one(t, doc, ".errors a[href=#invite-login]")
	boss.posts(at+"/role", http.StatusSeeOther, "role", "auditor")
	boss.posts(at+"/role", http.StatusBadRequest, "role", "king")
	boss.posts(at+"/disable", http.StatusSeeOther)
	boss.posts(at+"/reset", http.StatusConflict)
	boss.posts(at+"/enable", http.StatusSeeOther)
	everyDeskPage(t, boss.posts(at+"/reset", 200), "en")
	mine := "/desk/people/" + string(boss.who().Curator.ID)
	for _, what := range []string{"/disable", "/role", "/reset"} {
		doc := boss.posts(mine+what, http.StatusConflict, "role", "auditor")
		everyDeskPage(t, doc, "en")
	}
	boss.posts("/desk/people/nobody/disable", http.StatusNotFound)
	want := []string{"curator.invited", "curator.signed-up", "curator.invited", "curator.signed-up", "curator.role", "curator.disabled", "curator.enabled", "curator.reset"}
	if got := d.logged(); !slices.Equal(got, want) {
		t.Errorf("the log says %q, want %q", got, want)
	}
}

func TestKeysByHand(t *testing.T) {
	d := openDesk(t)
	boss := d.as(auth.Administrator)
	form := pick(boss.opens("/desk/keys", 200), "main form")[0]
	doc := boss.posts("/desk/keys", http.StatusBadRequest, override(fieldsOf(form), "key_name", "", "scopes", "read", "days", "0")...)
	everyDeskPage(t, doc, "en")
	if n := len(pick(doc, ".errors li")); n != 2 {
		t.Errorf("%d mistakes named, want both", n)
	}
	one(t, doc, "input[type=checkbox][value=read][checked]")
	filled := override(fieldsOf(pick(doc, "main form")[0]), "key_name", "sync", "days", "7")
	filled = append(filled, "scopes", "audit?")
	boss.posts("/desk/keys", http.StatusBadRequest, filled...)
	filled = append(filled[:len(filled)-2], "scopes", "oversee")
	doc = boss.posts("/desk/keys", 200, filled...)
	everyDeskPage(t, doc, "en")
	token := words(one(t, doc, ".secret"))
	everyDeskPage(t, boss.posts("/desk/keys", http.StatusConflict, filled...), "en") // pressed twice
	b := d.stranger()
	b.calls(http.MethodGet, "/api/v1/desk/keys", token, "", 200)
	if text := boss.calls(http.MethodGet, "/api/v1/desk/keys", "", "", 200); strings.Contains(text, token) {
		t.Error("the list shows the key")
	}
	revoke := one(t, boss.opens("/desk/keys", 200), "td form")
	boss.posts(attr(revoke, "action"), http.StatusSeeOther)
	b.calls(http.MethodGet, "/api/v1/desk/keys", token, "", http.StatusUnauthorized)
	everyDeskPage(t, boss.opens("/es/desk/keys", 200), "es")
}

// TestDeskTakesNoZeroBytes sends what PostgreSQL takes into no text.
func TestDeskTakesNoZeroBytes(t *testing.T) {
	d := openDesk(t)
	boss := d.as(auth.Administrator)
	form := one(t, boss.opens("/desk/keys", 200), "main form")
	boss.posts("/desk/keys", 200, override(fieldsOf(form), "key_name", "a\x00b", "scopes", "read")...)
	all, err := d.guard.Keys(t.Context())
	must(t, err)
	if len(all) != 1 || all[0].Name != "a\uFFFDb" {
		t.Errorf("keys %+v", all)
	}
	boss.posts("/desk/people/a%00b/disable", http.StatusNotFound)
}

// TestDeskForPrograms does by the API what people do on pages.
func TestDeskForPrograms(t *testing.T) {
	d := openDesk(t)
	boss := d.as(auth.Administrator)
	key := boss.key(auth.Read, auth.Oversee)
	b := d.stranger()
	var who struct {
		Name        string
		Permissions []string
		Routes      []struct{ Method, Path, Permission string }
	}
	must(t, json.Unmarshal([]byte(b.calls(http.MethodGet, "/api/v1/desk", key, "", 200)), &who))
	if who.Name != "Name of "+boss.login || !slices.Equal(who.Permissions, []string{"read", "oversee"}) || len(who.Routes) == 0 {
		t.Errorf("the key is of %+v", who)
	}
	for _, r := range who.Routes {
		if r.Permission == "self" || r.Permission == "people" || r.Permission == "keys" {
			t.Errorf("the key may do %s", r.Path)
		}
	}
	var made struct {
		Person struct{ ID, State string }
		SignUp string `json:"sign_up"`
	}
	must(t, json.Unmarshal([]byte(boss.calls(http.MethodPost, "/api/v1/desk/people", "", `{"login":"eva","name":"Eva","role":"reviewer"}`, 200)), &made))
	if made.Person.State != "invited" || !strings.Contains(made.SignUp, "/desk/sign-up?code=") {
		t.Errorf("made %+v", made)
	}
	boss.calls(http.MethodPost, "/api/v1/desk/people/"+made.Person.ID+"/role", "", `{"role":"auditor"}`, http.StatusNoContent)
	for body, status := range map[string]int{
		`{"login":"eva","name":"Another","role":"reviewer"}`:            http.StatusConflict,
		`{"login":"new","name":"New","role":"reviewer","rol":"x"}`:      http.StatusBadRequest,
		`{"login":{"a":1},"name":"New","role":"reviewer"}`:              http.StatusBadRequest,
		`{"login":"new","name":"` + strings.Repeat("n", 900_000) + `"}`: http.StatusBadRequest,
		`[]`:                          http.StatusBadRequest,
		`{"login":"new","login":"b"}`: http.StatusBadRequest,
	} {
		boss.calls(http.MethodPost, "/api/v1/desk/people", "", body, status)
	}
	var log struct {
		Entries []struct{ Action, Hash string }
	}
	must(t, json.Unmarshal([]byte(b.calls(http.MethodGet, "/api/v1/desk/audit?action=curator.role", key, "", 200)), &log))
	if len(log.Entries) != 1 || len(log.Entries[0].Hash) != 64 {
		t.Errorf("the log has %+v", log)
	}
	d.clock.pass(time.Minute)
	b.calls(http.MethodPost, "/api/v1/desk/sign-in", "", `{"login":"`+boss.login+`","password":"`+goodPassword+`","code":"`+boss.code()+`"}`, 200)
	if b.cookie == "" {
		t.Error("signed in without a session")
	}
	b.calls(http.MethodGet, "/api/v1/desk/account", "", "", 200)
	b.calls(http.MethodPost, "/api/v1/desk/sign-out", "", "", http.StatusNoContent)
	b.calls(http.MethodGet, "/api/v1/desk/account", "", "", http.StatusUnauthorized)
}

// TestDeskKeepsSecrets looks for what nobody may read in all that is logged.
func TestDeskKeepsSecrets(t *testing.T) {
	var mu sync.Mutex
	var log bytes.Buffer
	d := openDesk(t, func(_ *shelf, c *web.Config) {
		c.Log = slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return log.Write(p)
		}), &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	boss := d.as(auth.Administrator)
	doc := boss.posts("/desk/people", 200, "login", "eva@example.org", "name", "Eva", "role", "reviewer")
	link := words(one(t, doc, ".secret"))
	b := d.stranger()
	form := one(t, b.opens(strings.TrimPrefix(link, "http://localhost"), 200), "main form")
	b.secret = fieldsOf(form)[slices.Index(fieldsOf(form), "secret")+1]
	code := b.code()
	doc = b.posts("/desk/sign-up", 200, override(fieldsOf(form), "password", goodPassword, "code", code)...)
	recovery := words(pick(doc, "li.secret")[0])
	d.stranger().posts("/desk/sign-in", http.StatusUnauthorized, "login", "typed-into-the-wrong-field", "password", goodPassword, "code", "123456")
	key := boss.key(auth.Read)
	b.calls(http.MethodGet, "/api/v1/desk", key, "", 200)
	text := log.String()
	if !strings.Contains(text, "route=/desk/sign-up") {
		t.Fatal("nothing was logged")
	}
	entries, err := d.guard.Entries(t.Context(), auth.Filter{}, 100)
	must(t, err)
	for _, e := range entries {
		text += e.Name + e.Subject + e.Detail.String()
	}
	for name, secret := range map[string]string{
		"the link": link[strings.Index(link, "=")+1:], "the password": goodPassword, "its form in a body": url.QueryEscape(goodPassword), "the secret": b.secret, "the code": "code=" + code,
		"a recovery code": recovery, "the session": b.cookie, "the key": key, "an address": "0.0.0.0", "what was typed as an account": "typed-into",
	} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in a log", name)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestVisitorsSeeNoDesk looks at public pages with the browser of a curator.
func TestVisitorsSeeNoDesk(t *testing.T) {
	d := openDesk(t)
	b := d.as(auth.Administrator)
	for _, path := range []string{"/", "/search?place=Boston", "/helplines/US", "/listings/" + centerID.String()} {
		res, text := b.sends(http.MethodGet, path, "")
		if len(res.Header.Values("Set-Cookie")) > 0 || strings.Contains(text, "/desk") || strings.Contains(text, "static/desk") {
			t.Errorf("%s knows of the desk", path)
		}
		_, plain := d.stranger().sends(http.MethodGet, path, "")
		if text != plain {
			t.Errorf("%s is another page for a curator", path)
		}
	}
	if r := get(t, d.Server, "/robots.txt"); !strings.Contains(string(r.body), "Disallow: /desk") {
		t.Errorf("robots.txt: %s", r.body)
	}
}

// TestInsecureIsSaid tells an operator why nobody stays signed in.
func TestInsecureIsSaid(t *testing.T) {
	d := openDesk(t)
	for host, want := range map[string]int{"care.example.org": 1, "localhost:8080": 0, "127.0.0.1": 0, "[::1]:80": 0} {
		req, err := http.NewRequest(http.MethodGet, "http://"+host+"/desk/sign-in", nil)
		must(t, err)
		res, err := d.Test(req)
		must(t, err)
		doc, err := html.Parse(res.Body)
		must(t, err)
		must(t, res.Body.Close())
		if n := len(pick(doc, ".notice")); n != want {
			t.Errorf("%s: %d notices, want %d", host, n, want)
		}
	}
}

// TestAStolenCookie is good for nothing once its owner has signed out: on no page, for no program, at no later time.
func TestAStolenCookie(t *testing.T) {
	d := openDesk(t)
	b := d.as(auth.Administrator)
	owner, thief := b.who(), &browser{deskOf: d, cookie: b.cookie}
	thief.opens("/desk/people", 200)
	b.sends(http.MethodPost, "/desk/sign-out", "")
	before := d.logged()
	tries := func(when string) {
		t.Helper()
		for _, r := range web.DeskRoutes() {
			if r.Needs == "" {
				continue
			}
			path := strings.ReplaceAll(r.Path, ":id", string(owner.Curator.ID))
			for at, want := range map[string]int{"/desk": http.StatusUnauthorized, "/api/v1/desk": http.StatusUnauthorized} {
				if r.Method == http.MethodGet && at == "/desk" {
					want = http.StatusSeeOther // to sign in
				}
				res, text := thief.sends(r.Method, at+path, "")
				if res.StatusCode != want || strings.Contains(text, owner.Curator.Name) {
					t.Errorf("%s: %s %s%s: %d: %.200s", when, r.Method, at, path, res.StatusCode, text)
				}
			}
		}
	}
	tries("after sign-out")
	d.clock.pass(-30 * time.Minute)
	tries("with a clock set back")
	if got := d.logged(); !slices.Equal(got, before) {
		t.Errorf("the log says %q, and %q before", got, before)
	}
	d.clock.pass(31 * time.Minute)
	_, _, err := d.guard.SignIn(t.Context(), auth.Credentials{Login: b.login, Password: goodPassword, Code: b.code()}, "", "")
	must(t, err)
	thief.calls(http.MethodGet, "/api/v1/desk/people", "", "", http.StatusUnauthorized)
}
