package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory/document"
	"carefinder/internal/web"
)

// asker is somebody who asks for everything.
type asker struct {
	name  string
	known bool   // who they are is known, whatever they may
	key   string // "" for a browser
	may   func(auth.Permission) bool
	*browser
}

// TestEveryRouteForEveryRole walks the whole table of the desk, as a page in both languages and for programs: each role,
// and whoever has none, gets in exactly where the table says.
func TestEveryRouteForEveryRole(t *testing.T) {
	d := openDesk(t, named)
	boss, shutOut := d.as(auth.Administrator), d.as(auth.Administrator)
	key := shutOut.key(auth.Scopes()...)
	must(t, d.guard.SetDisabled(t.Context(), atConsole, shutOut.who().Curator.ID, true))
	nothing := func(auth.Permission) bool { return false }
	askers := []asker{
		{name: "nobody", may: nothing, browser: d.stranger()},
		{name: "disabled", may: nothing, browser: shutOut},
		{name: "a made-up cookie", may: nothing, browser: &browser{deskOf: d, cookie: "made-up"}},
		{name: "a disabled key", key: key, may: nothing, browser: d.stranger()},
		{name: "a made-up key", key: "cfk_made-up", may: nothing, browser: d.stranger()},
	}
	for _, r := range auth.Roles() {
		askers = append(askers, asker{name: string(r), known: true, may: r.May, browser: d.as(r)})
	}
	for _, p := range auth.Scopes() {
		askers = append(askers, asker{name: "key for " + string(p), known: true, key: boss.key(p), may: func(q auth.Permission) bool { return p == q }, browser: d.stranger()})
	}
	for _, r := range web.DeskRoutes() {
		for _, a := range askers {
			for _, at := range []string{"/desk", "/es/desk", "/api/v1/desk"} {
				if a.key == "" || strings.HasPrefix(at, "/api") { // keys are for programs
					a.tries(t, r, at)
				}
			}
		}
	}
}

// tries asks for a route, and compares what comes of it with what the table says.
func (a *asker) tries(t *testing.T, r web.DeskRoute, at string) {
	if a.known && a.key == "" {
		a.again() // the route before may have ended the session
	}
	before, _, err := a.store.Head(t.Context())
	must(t, err)
	program, path := strings.HasPrefix(at, "/api"), strings.ReplaceAll(r.Path, ":id", "nothing")
	var headers []string
	body := ""
	if a.key != "" {
		headers = append(headers, "Authorization", "Bearer "+a.key)
	}
	if program && r.Method == http.MethodPost {
		headers, body = append(headers, "Content-Type", "application/json"), "{}"
	}
	cookie := a.cookie
	res, text := a.sends(r.Method, at+path, body, headers...)
	a.cookie = cookie
	want := "in"
	switch {
	case r.Needs == "" || a.may(r.Needs):
	case a.known:
		want = "forbidden"
	case !program && r.Method == http.MethodGet:
		want = "sent to sign in"
	default:
		want = "unauthenticated"
	}
	got := "in"
	// Who proves again who they are, or signs in, may be told that they didn't: they were let in to be told.
	proves := strings.Contains(r.Takes, "password") && want == "in"
	switch {
	case res.StatusCode == http.StatusForbidden:
		got = "forbidden"
	case res.StatusCode == http.StatusUnauthorized && !proves:
		got = "unauthenticated"
	case res.StatusCode == http.StatusSeeOther && strings.Contains(res.Header.Get("Location"), "/desk/sign-in?to="):
		got = "sent to sign in"
	case res.StatusCode >= 500, res.StatusCode == http.StatusMethodNotAllowed:
		got = "failed"
	}
	if got != want {
		t.Errorf("%s: %s %s%s: %s (%d), want %s: %.300s", a.name, r.Method, at, path, got, res.StatusCode, want, text)
	}
	must(t, a.guard.NoteRefusals(t.Context())) // the clock stands still, and there are more than a minute takes
	last, err := a.guard.Entries(t.Context(), auth.Filter{Action: "refused"}, 1)
	must(t, err)
	if refused := len(last) > 0 && last[0].No > before; refused != (want == "forbidden") {
		t.Errorf("%s: %s %s%s: noted as refused: %v", a.name, r.Method, at, path, refused)
	}
	if res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %s %s%s: Cache-Control %q", a.name, r.Method, at, path, res.Header.Get("Cache-Control"))
	}
}

// TestTheTable says once more who may what, for a reader: a change of the table changes this too.
func TestTheTable(t *testing.T) {
	letters := map[auth.Role]string{auth.Contributor: "c", auth.Auditor: "a", auth.Reviewer: "r", auth.Administrator: "A"}
	var got []string
	for _, r := range web.DeskRoutes() {
		who := ""
		for _, role := range auth.Roles() {
			if r.Needs == "" || role.May(r.Needs) {
				who += letters[role]
			}
		}
		if r.Needs == "" {
			who += " nobody"
		}
		got = append(got, r.Method+" "+r.Path+" "+who)
	}
	want := []string{
		"GET  carA",
		"GET /sign-in carA nobody", "POST /sign-in carA nobody",
		"GET /sign-in/provider carA nobody", "GET /sign-in/provider/return carA nobody",
		"POST /sign-in/passkey/challenge carA nobody", "POST /sign-in/passkey carA nobody", "POST /sign-in/again carA", "POST /sign-out carA nobody", "GET /sign-up carA nobody", "POST /sign-up carA nobody",
		"GET /account carA", "POST /account/password carA", "POST /account/codes carA", "POST /account/recovery carA",
		"POST /account/passkeys/challenge carA", "POST /account/passkeys carA", "POST /account/passkeys/:id/remove carA",
		"POST /account/sessions/:id/end carA", "POST /account/sign-out-everywhere carA",
		"GET /people aA", "POST /people A", "POST /people/:id/role A", "POST /people/:id/disable A", "POST /people/:id/enable A", "POST /people/:id/reset A",
		"GET /keys aA", "POST /keys A", "POST /keys/:id/revoke A",
		"GET /audit aA",

		"GET /proposals carA", "POST /proposals crA", "GET /proposals/:id carA", "POST /proposals/:id crA", "GET /proposals/:id/edit crA",
		"GET /proposals/:id/preview carA", "POST /proposals/:id/preview crA", "POST /proposals/:id/locate crA", "POST /proposals/:id/merge crA", "GET /proposals/:id/settle crA", "POST /proposals/:id/settle crA",
		"POST /proposals/:id/submit crA", "POST /proposals/:id/approve rA", "POST /proposals/:id/send-back rA", "POST /proposals/:id/drop crA",
		"POST /proposals/:id/comments crA",
		"POST /listings/:id/propose crA", "GET /listings/:id/history carA", "POST /listings/:id/restore rA",
		"GET /listings/:id/call rA", "POST /listings/:id/call rA",

		"GET /dashboard carA",
		"GET /queues carA", "GET /queues/:queue carA",
		"POST /queues/:queue/:id/claim crA", "POST /queues/:queue/:id/assign crA", "POST /queues/:queue/:id/snooze crA",
		"GET /duplicates/:id carA", "POST /duplicates/:id/dismiss rA", "POST /duplicates/:id/merge rA", "GET /mergers/:id carA", "POST /mergers/:id/undo rA",
		"GET /reports/:id carA", "POST /reports/:id/dismiss rA", "POST /reports/:id/merge rA", "POST /reports/:id/edit rA",
		"GET /claims carA", "GET /claims/:id carA", "POST /claims/:id/accept rA", "POST /claims/:id/decline rA",
		"GET /conflicts/:id carA", "POST /conflicts/:id crA",
		"GET /imports carA", "POST /imports crA", "GET /imports/:id carA", "POST /imports/:id/start crA",
		"GET /bulk carA", "GET /bulk/choose carA", "POST /bulk/export arA", "POST /bulk rA", "GET /bulk/:id carA", "POST /bulk/:id/start rA", "POST /bulk/:id/stop rA", "POST /bulk/:id/undo rA",

		"GET /vocabulary carA", "POST /vocabulary A", "GET /vocabulary/:facet/:code carA", "POST /vocabulary/:facet/:code A", "POST /vocabulary/:facet/:code/restore A",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the table is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestOtherSites sends what another site would have a browser send.
func TestOtherSites(t *testing.T) {
	d := openDesk(t)
	refused := 0
	for _, r := range web.DeskRoutes() {
		if r.Method != http.MethodPost {
			continue
		}
		for name, headers := range map[string][]string{
			"another site":               {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
			"another host of ours":       {"Sec-Fetch-Site", "same-site", "Origin", "http://other.localhost"},
			"only by its origin":         {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
			"an origin that is no one's": {"Sec-Fetch-Site", "", "Origin", "null"},
			"says nothing":               {"Sec-Fetch-Site", ""},
			"with a key that is none":    {"Sec-Fetch-Site", "cross-site", "Authorization", "Bearer x"},
			"lies about its site":        {"Sec-Fetch-Site", "cross-site", "Origin", "http://localhost"},
		} {
			for _, at := range []string{"/desk", "/api/v1/desk"} {
				b := &browser{deskOf: d, cookie: "whatever"}
				res, text := b.sends(http.MethodPost, at+r.Path, "a=b", headers...)
				if res.StatusCode == http.StatusForbidden {
					refused++
				} else if r.Needs == "" || res.StatusCode != http.StatusUnauthorized {
					t.Errorf("%s: %s%s: %d: %.200s", name, at, r.Path, res.StatusCode, text)
				}
			}
		}
	}
	must(t, d.guard.NoteRefusals(t.Context()))
	if n := d.noted("refused", "why", "another site"); n != refused {
		t.Errorf("%d of %d refusals are in the audit log", n, refused)
	}
	b := d.as(auth.Reviewer)
	for name, headers := range map[string][]string{
		"an old browser":  {"Sec-Fetch-Site", "", "Origin", "http://localhost"},
		"the address bar": {"Sec-Fetch-Site", "none"},
	} {
		b.clock.pass(time.Second)
		if res, _ := b.sends(http.MethodPost, "/desk/account/sessions/x/end", "", headers...); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}

// TestHandingInByTheDraftsOwnAddress: the button that keeps a draft can hand it in too, for those who may.
func TestHandingInByTheDraftsOwnAddress(t *testing.T) {
	d := editDesk(t)
	boss := d.as(auth.Administrator)
	l := d.saved(1)
	for _, c := range []struct {
		scopes []auth.Permission
		status int
		state  desk.State
	}{
		{[]auth.Permission{auth.Draft}, 403, desk.Drafted},
		{[]auth.Permission{auth.Draft, auth.Edit}, 200, desk.InReview},
	} {
		id := boss.begins("/desk/listings/" + l.ID.String() + "/propose")
		at := "/api/v1/desk/proposals/" + id.String()
		changed := d.proposal(id).Listing.Clone()
		changed.Name = "Changed"
		doc, err := document.Encode(changed)
		must(t, err)
		key := boss.key(c.scopes...)
		before, _, err := d.store.Head(t.Context())
		must(t, err)
		d.stranger().calls("POST", at, key, `{"version": 1, "do": "submit", "note": "as they said", "listing": `+string(doc)+`}`, c.status)
		if p := d.proposal(id); p.State != c.state || (p.Listing.Name == "Changed") != (c.status == 200) {
			t.Errorf("a key for %s: %s, %q", c.scopes, p.State, p.Listing.Name)
		}
		refused, err := d.guard.Entries(t.Context(), auth.Filter{Action: "refused"}, 1)
		must(t, err)
		if noted := len(refused) > 0 && refused[0].No > before; noted != (c.status == 403) {
			t.Errorf("a key for %s: noted as refused: %v", c.scopes, noted)
		}
	}
	// To keep a draft takes no more than before.
	id := boss.begins("/desk/proposals")
	doc, err := document.Encode(d.proposal(id).Listing)
	must(t, err)
	d.stranger().calls("POST", "/api/v1/desk/proposals/"+id.String(), boss.key(auth.Draft), `{"version": 1, "listing": `+string(doc)+`}`, 200)
}
