package web_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
	"carefinder/internal/web"
)

// deskOf is a server with a desk, on a store of its own.
type deskOf struct {
	*web.Server
	t     *testing.T
	guard *auth.Guard
	store *store.Store
	clock *clock
	kept  *flaky
}

// flaky is a store that keeps no proposals and no words while it is down.
type flaky struct {
	*store.Store
	down bool
}

func (f *flaky) SaveProposal(ctx context.Context, p *desk.Proposal, version int64) error {
	if f.down {
		return fault.New(fault.Unavailable, "The directory can't be reached right now.")
	}
	return f.Store.SaveProposal(ctx, p, version)
}

func (f *flaky) Amend(ctx context.Context, r *desk.TermRevision) error {
	if f.down {
		return fault.New(fault.Unavailable, "The directory can't be reached right now.")
	}
	return f.Store.Amend(ctx, r)
}

// clock is a clock a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// openDesk starts the pages with a desk; its clock begins at noon.
func openDesk(t *testing.T, change ...func(*shelf, *web.Config)) *deskOf {
	t.Helper()
	return openDeskWith(t, func(*clock) web.Provider { return nil }, change...)
}

// openDeskWith starts a desk where people may sign in at a provider too.
func openDeskWith(t *testing.T, provider func(*clock) web.Provider, change ...func(*shelf, *web.Config)) *deskOf {
	t.Helper()
	c := &clock{at: noon}
	site := ""
	server, _ := pagesOf(t, func(s *shelf, cfg *web.Config) {
		cfg.Now = c.now
		for _, f := range change {
			f(s, cfg)
		}
		site = cfg.PublicURL
	})
	truth, err := store.Open(context.Background(), storetest.SQLite(t), store.Options{Now: c.now})
	must(t, err)
	t.Cleanup(func() { must(t, truth.Close()) })
	guard := auth.New(truth, auth.Config{Now: c.now, Cost: auth.Cost{Memory: 64, Passes: 1, Threads: 1}, Site: site})
	blocked, err := directory.ReadBlocklist(strings.NewReader("country,service,number,status,replacement,source\nUS,Old line,+16175550666,closed,988,x\n"))
	must(t, err)
	kept := &flaky{Store: truth}
	editing := desk.NewEditing(desk.Config{
		Directory: directory.NewDesk(truth, directorytest.Vocabulary(), blocked), Proposals: kept, Audit: truth, Now: c.now,
	})
	work := workOf(t, truth, editing, c)
	must(t, server.OpenDesk(web.Desk{Guard: guard, Editing: editing, Verifying: desk.NewVerifying(editing, truth, nil), Vocabulary: wordsOf(t, kept, server, c), Provider: provider(c), Work: work}))
	var counting sync.WaitGroup
	counting.Go(func() { work.Figures.Run(t.Context()) })
	t.Cleanup(counting.Wait)
	return &deskOf{server, t, guard, truth, c, kept}
}

// browser is somebody's browser: it keeps cookies, and says where what it sends comes from.
type browser struct {
	*deskOf
	cookie string
	other  string // cookies beside the session's
	login  string
	secret string
	codes  []string
}

const goodPassword = "correct horse battery"

var atConsole = auth.Actor{ID: auth.Console}

// stranger gives a browser nobody signed in with.
func (d *deskOf) stranger() *browser { return &browser{deskOf: d} }

// as gives the browser of somebody new with the role, who has signed up and is signed in.
func (d *deskOf) as(role auth.Role) *browser {
	d.t.Helper()
	login := fmt.Sprintf("%s-%s", role, strings.ToLower(string(auth.NewID())[:6]))
	code, _, err := d.guard.Invite(d.t.Context(), atConsole, login, "Name of "+login, role)
	must(d.t, err)
	b := &browser{deskOf: d, login: login, secret: auth.NewSecret()}
	var token string
	token, _, b.codes, err = d.guard.SignUp(d.t.Context(), code, auth.Enrolment{Password: goodPassword, Secret: b.secret, Code: b.code()}, "Browser")
	must(d.t, err)
	b.cookie = token
	d.clock.pass(time.Minute) // so that the code of signing up isn't needed again
	return b
}

// again signs the owner of the browser in once more, without the ceremony, where their session has ended.
func (b *browser) again() {
	b.t.Helper()
	ctx := b.t.Context()
	if _, err := b.guard.Identify(ctx, b.cookie); err == nil {
		return
	}
	a, err := b.store.AccountOf(ctx, b.login)
	must(b.t, err)
	b.cookie = string(auth.NewID())
	now := b.clock.now()
	must(b.t, b.store.AddSession(ctx, &auth.Session{ID: auth.NewID(), Curator: a.ID, Epoch: a.Epoch, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}, auth.DigestOf(b.cookie)))
}

// who gives the identity behind the browser.
func (b *browser) who() *auth.Identity {
	b.t.Helper()
	who, err := b.guard.Identify(b.t.Context(), b.cookie)
	must(b.t, err)
	return who
}

// code is what the phone of the browser's owner shows.
func (b *browser) code() string {
	secret, err := base32.StdEncoding.DecodeString(b.secret)
	must(b.t, err)
	h := hmac.New(sha1.New, secret)
	must(b.t, binary.Write(h, binary.BigEndian, b.clock.now().Unix()/30))
	sum := h.Sum(nil)
	at := sum[19] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])<<1>>1%1_000_000)
}

// sends asks for something with the headers given in pairs, and keeps the cookie it gets.
func (b *browser) sends(method, path, body string, headers ...string) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	must(b.t, err)
	if method != http.MethodGet {
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.cookie != "" || b.other != "" {
		req.Header.Set("Cookie", "__Host-desk="+b.cookie+"; "+b.other)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := b.Test(req)
	must(b.t, err)
	for _, c := range res.Cookies() {
		if c.Name == "__Host-desk" {
			b.cookie = c.Value
		}
	}
	text := bodyOf(b.t, res)
	must(b.t, res.Body.Close())
	return res, text
}

// opens gets a page and wants the status.
func (b *browser) opens(path string, status int) *html.Node {
	b.t.Helper()
	res, text := b.sends(http.MethodGet, path, "")
	return b.parsed(path, res, text, status)
}

// posts sends a form and wants the status; fields come in pairs.
func (b *browser) posts(path string, status int, fields ...string) *html.Node {
	b.t.Helper()
	res, text := b.sends(http.MethodPost, path, pairsOf(fields))
	return b.parsed(path, res, text, status)
}

func (b *browser) parsed(path string, res *http.Response, text string, status int) *html.Node {
	b.t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	must(b.t, err)
	if res.StatusCode != status {
		b.t.Fatalf("%s: %d to %q, want %d: %.900s", path, res.StatusCode, res.Header.Get("Location"), status, words(doc))
	}
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		b.t.Errorf("%s: Cache-Control %q", path, got)
	}
	return doc
}

// calls asks the API of the desk, with a key or "" for the browser's session.
func (b *browser) calls(method, path, key, body string, status int) string {
	b.t.Helper()
	headers := []string{"Content-Type", "application/json"}
	if key != "" {
		headers = append(headers, "Authorization", "Bearer "+key, "Cookie", "", "Sec-Fetch-Site", "")
	}
	res, text := b.sends(method, path, body, headers...)
	if res.StatusCode != status {
		b.t.Fatalf("%s %s: %d, want %d: %s", method, path, res.StatusCode, status, text)
	}
	return text
}

// key makes a key for the browser's owner.
func (b *browser) key(scopes ...auth.Permission) string {
	b.t.Helper()
	token, _, err := b.guard.NewKey(b.t.Context(), b.who(), auth.KeyRequest{Name: "test", Scopes: scopes, Life: time.Hour})
	must(b.t, err)
	return token
}

// fieldsOf gives what a form would send as it stands, in pairs.
func fieldsOf(form *html.Node) []string {
	var all []string
	for _, n := range pick(form, "input") {
		if kind := attr(n, "type"); kind != "checkbox" || has(n, "checked") {
			all = append(all, attr(n, "name"), attr(n, "value"))
		}
	}
	return all
}

// noted says how often the audit log has an action with a detail.
func (d *deskOf) noted(action, name, value string) (n int) {
	d.t.Helper()
	entries, err := d.guard.Entries(d.t.Context(), auth.Filter{Action: action}, 10_000)
	must(d.t, err)
	for _, e := range entries {
		if e.Detail[name] == value {
			times, _ := strconv.Atoi(e.Detail["times"]) // of those that were counted
			n += max(1, times)
		}
	}
	return n
}

// logged lists the actions in the audit log, oldest first.
func (d *deskOf) logged() []string {
	d.t.Helper()
	entries, err := d.guard.Entries(d.t.Context(), auth.Filter{}, 10_000)
	must(d.t, err)
	var all []string
	for i := len(entries) - 1; i >= 0; i-- {
		all = append(all, entries[i].Action)
	}
	return all
}
