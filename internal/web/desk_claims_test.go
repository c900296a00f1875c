package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
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
	"carefinder/internal/mail"
	"carefinder/internal/web"
)

// truthful finds listings where the desk keeps them.
type truthful struct {
	*shelf
	d *deskOf
}

func (s *truthful) Listing(ctx context.Context, id directory.ID) (*directory.Listing, error) {
	l, err := s.d.store.Listing(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case l.Status == directory.Archived:
		return nil, fault.New(fault.Gone, l.ArchivedReason)
	case l.Status != directory.Published:
		return nil, fault.New(fault.NotFound, "There is no such listing.")
	}
	return l.Public(), nil
}

// late are the claims of a server that is made before its store.
type late struct{ web.Claims }

// letters are the mails that were sent.
type letters struct {
	mu   sync.Mutex
	sent []mail.Message
}

func (l *letters) Send(_ context.Context, m mail.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, m)
	return nil
}

// reception is a desk that providers come to.
type reception struct {
	*deskOf
	*letters
	post    *desk.Postman
	editing *desk.Editing
}

func openReception(t *testing.T, change ...func(*web.Config)) *reception {
	t.Helper()
	claims, find := &late{}, &truthful{}
	d := openDesk(t, func(s *shelf, c *web.Config) {
		find.shelf, c.Searcher, c.Claims, c.FeedbackRate = s, find, claims, 1000
		for _, f := range change {
			f(c)
		}
	})
	find.d = d
	editing := desk.NewEditing(desk.Config{Directory: directory.NewDesk(d.store, directorytest.Vocabulary(), nil), Proposals: d.store, Audit: d.store, Now: d.clock.now})
	claims.Claims = desk.NewProviderClaims(d.store, editing, func() {})
	r := &reception{deskOf: d, letters: &letters{}, editing: editing}
	r.post = desk.NewPostman(d.store, r.letters, d.Server, editing.Directory, d.clock.now, slog.New(slog.DiscardHandler))
	return r
}

func (r *reception) listed(n int, change ...func(l *directory.Listing)) *directory.Listing {
	r.t.Helper()
	l := directorytest.Sample(n)
	for _, f := range change {
		f(l)
	}
	must(r.t, r.store.Save(r.t.Context(), l, 0, directory.Editor{Name: "seed"}))
	return l
}

// itsAddress has a listing hold the address that asks about it.
func itsAddress(l *directory.Listing) {
	l.Channels = append(l.Channels, directory.Channel{Medium: directory.Email, Address: "ana@example.org"})
}

// mailed sends what is due, and gives it.
func (r *reception) mailed() []mail.Message {
	r.t.Helper()
	before := len(r.sent)
	must(r.t, r.post.Round(r.t.Context()))
	return r.sent[before:]
}

var mailedCode = regexp.MustCompile(`[A-Z2-7]{5}-[A-Z2-7]{5}`)

// claims gives what the form of a claim would send, with changes in pairs.
func (b *browser) claims(page *html.Node, changes ...string) url.Values {
	b.t.Helper()
	sent := filled(b.t, page, "main form")
	for i := 0; i+1 < len(changes); i += 2 {
		sent.Set(changes[i], changes[i+1])
	}
	return sent
}

// asks sends a claim by the form at an address, and gives where it leads.
func (b *browser) asks(at string, changes ...string) string {
	b.t.Helper()
	_, to := b.sendsForm(at, b.claims(b.opens(at, 200), changes...), 303)
	return to
}

// proves enters a code, and gives the page it leads to.
func (b *browser) proves(at, code string) *html.Node {
	b.t.Helper()
	_, to := b.sendsForm(at, url.Values{"code": {code}}, 303)
	return b.opens(to, 200)
}

// TestAProviderCorrectsItsListing goes the whole way by the pages, in both languages.
func TestAProviderCorrectsItsListing(t *testing.T) {
	r := openReception(t)
	for n, prefix := range []string{"", "/es"} {
		l := r.listed(n, itsAddress)
		provider := r.stranger()
		at := prefix + "/claim/" + l.ID.String()
		if link := one(t, read(t, r.Server, prefix+"/listings/"+l.ID.String(), 200), "a[href="+at+"]"); attr(link, "rel") != "nofollow" {
			t.Error("search engines follow the link to a form")
		}
		to := provider.asks(at, "channels[0].number", "+1 617 555 0177", "accepting.status", "no", "who", "Ana, office", "email", "ana@example.org")
		asks := provider.opens(to, 200)
		if !strings.HasPrefix(to, at+"/") {
			t.Fatalf("led to %s", to)
		}
		got := r.mailed()
		if len(got) != 1 || got[0].To != "ana@example.org" || got[0].Language != map[string]string{"": "en", "/es": "es"}[prefix] || !strings.Contains(got[0].Body, l.Name) || strings.Contains(got[0].Body, "http") {
			t.Fatalf("mailed %+v", got)
		}
		one(t, asks, "input[name=code][autocomplete=one-time-code]")
		wrong := provider.posts(to, 400, "code", "AAAAA-AAAAA")
		one(t, wrong, "#code[aria-invalid=true]")
		if _, text := r.stranger().sends(http.MethodGet, prefix+"/claim/"+directorytest.Sample(9).ID.String()+strings.TrimPrefix(to, at), ""); strings.Contains(text, "one-time-code") {
			t.Error("a claim is found under another listing")
		}
		done := provider.proves(to, strings.ToLower(mailedCode.FindString(got[0].Body)))
		if len(pick(done, "input[name=code]")) != 0 {
			t.Error("a code is asked for again")
		}
		r.decides(l, prefix)
	}
}

// decides has a reviewer accept the only claim and publish it.
func (r *reception) decides(l *directory.Listing, prefix string) {
	t := r.t
	t.Helper()
	reviewer := r.as(auth.Reviewer)
	queue := reviewer.opens(prefix+"/desk/claims", 200)
	if text := words(queue); !strings.Contains(text, l.Name) {
		t.Fatalf("the queue: %s", text)
	}
	var link string
	for _, a := range pick(queue, "th a") {
		link = attr(a, "href")
	}
	claim := reviewer.opens(link, 200)
	text := words(claim)
	for _, want := range []string{"ana@example.org", "Ana, office", "+1 617 555 0177", "+16175550"} {
		if !strings.Contains(text, want) {
			t.Errorf("the claim lacks %q: %s", want, text)
		}
	}
	for _, role := range []auth.Role{auth.Contributor, auth.Auditor} {
		b := r.as(role)
		page, answer := words(b.opens(link, 200)), b.calls(http.MethodGet, "/api/v1"+strings.TrimPrefix(link, prefix), b.key(auth.Read), "", 200)
		if strings.Contains(page+answer, "ana@") || strings.Contains(page+answer, "office") {
			t.Errorf("whoever doesn't decide reads who asked: %s, %s", page, answer)
		}
	}
	action, fields := formTo(t, claim, "/accept")
	to, proposal := reviewer.sentTo(action, fields...)
	if again, _ := reviewer.sentTo(action, fields...); again != to {
		t.Errorf("pressed twice it leads to %s and %s", to, again)
	}
	action, fields = formTo(t, proposal, "/approve")
	reviewer.sentTo(action, fields...)
	now, err := r.store.Listing(t.Context(), l.ID)
	must(t, err)
	if now.Channels[0].Number != "+1 617 555 0177" || now.Accepting.Status != directory.AcceptingNo || len(now.Channels) != len(l.Channels) || len(now.Sites) != len(l.Sites) {
		t.Errorf("published: %+v", now)
	}
	if left := directory.Compare(l, now); len(left) > 6 { // number; status, day, source; and the revision's own
		t.Errorf("more was changed: %+v", left)
	}
	if got := r.mailed(); len(got) != 1 || !strings.Contains(got[0].Subject, l.Name) {
		t.Errorf("the answer: %+v", got)
	}
}

// TestAClaimOnNothing looks the same whatever it is that isn't shown.
func TestAClaimOnNothing(t *testing.T) {
	r := openReception(t)
	draft := r.listed(1, func(l *directory.Listing) { l.Status = directory.Draft })
	made := r.listed(2, func(l *directory.Listing) { l.Demonstration = true })
	gone := r.listed(3, func(l *directory.Listing) { l.Status, l.ArchivedReason = directory.Archived, "It closed in May." })
	nothing := directory.NewID(noon)
	for _, at := range []string{"/claim/", "/es/claim/"} {
		b := r.stranger()
		mask := func(id string) string {
			text := words(b.opens(at+id, 404)) + words(b.posts(at+id, 404, "revision", "1", "wish", "remove", "who", "x", "email", "a@b.example"))
			return strings.ReplaceAll(text, id, "ID")
		}
		want := mask(nothing.String())
		for _, id := range []string{draft.ID.String(), made.ID.String(), "made-up"} {
			if got := mask(id); got != want {
				t.Errorf("%s%s says %s, nothing says %s", at, id, got, want)
			}
		}
		if text := words(b.opens(at+gone.ID.String(), 410)); !strings.Contains(text, "It closed in May.") {
			t.Errorf("withdrawn: %s", text)
		}
		b.opens(at+nothing.String()+"/"+nothing.String(), 404)
		b.posts(at+nothing.String()+"/"+nothing.String(), 404, "code", "x")
		b.posts(at+nothing.String()+"/"+nothing.String()+"/again", 404)
	}
	body := `{"wish":"remove","revision":1,"who":"x","email":"a@b.example"}`
	for _, id := range []directory.ID{nothing, draft.ID, made.ID} {
		if p := wrong(t, post(t, r.Server, "/api/v1/listings/"+id.String()+"/claims", body), http.StatusNotFound); strings.Contains(p.Detail, "draft") {
			t.Errorf("%+v", p)
		}
	}
	wrong(t, post(t, r.Server, "/api/v1/listings/"+gone.ID.String()+"/claims", body), http.StatusGone)
	wrong(t, get(t, r.Server, "/api/v1/claims/"+nothing.String()), http.StatusNotFound)
	wrong(t, post(t, r.Server, "/api/v1/claims/made-up/code", `{"code":"x"}`), http.StatusNotFound)
	if len(r.mailed()) != 0 {
		t.Error("somebody was written to")
	}
	quiet, _ := pagesOf(t, nil) // without claims there are none
	read(t, quiet, "/claim/"+centerID.String(), 404)
	wrong(t, post(t, quiet, "/api/v1/listings/"+centerID.String()+"/claims", body), http.StatusNotFound)
	wrong(t, get(t, quiet, "/api/v1/claims/"+nothing.String()), http.StatusNotFound)
	if len(pick(read(t, quiet, "/listings/"+centerID.String(), 200), "a[href=/claim/"+centerID.String()+"]")) != 0 {
		t.Error("a link that leads nowhere")
	}
}

// TestAWrongClaimKeepsWhatWasTyped: every field comes back as it was, and each row stays what it was when it is sent again.
func TestAWrongClaimKeepsWhatWasTyped(t *testing.T) {
	r := openReception(t)
	l := r.listed(1)
	at, b := "/claim/"+l.ID.String(), r.stranger()
	page, _ := b.sendsForm(at, b.claims(b.opens(at, 200),
		"channels[0].number", "", "channels[2].medium", "email", "channels[2].address", "front@example.org", "hours.weekly", "whenever", "fees.min", "much",
		"sites[0].street", "9 New <b>Street", "message", "two\nlines", "who", "", "email", "ana at example"), 400)
	for id, value := range map[string]string{
		"f-channels-0-number": "", "f-channels-2-address": "front@example.org", "f-fees-min": "much", "f-sites-0-street": "9 New <b>Street", "email": "ana at example",
	} {
		if got := attr(one(t, page, "#"+id), "value"); got != value {
			t.Errorf("%s holds %q, want %q", id, got, value)
		}
	}
	summary := words(one(t, page, ".errors"))
	for _, want := range []string{"Hours of the week", "Lowest fee"} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary lacks %q: %s", want, summary)
		}
	}
	for _, group := range []string{"g-hours", "g-fees"} {
		one(t, page, "details#"+group+"[open]")
	}
	everyLabel(t, page)
	page, _ = b.sendsForm(at, b.claims(page, "hours.weekly", "", "fees.min", "100"), 400)
	if summary := words(one(t, page, ".errors")); !strings.Contains(summary, "Say who you are") || !strings.Contains(summary, "ana@example.org") {
		t.Errorf("the summary: %s", summary)
	}
	_, to := b.sendsForm(at, b.claims(page, "who", "Ana", "email", "ana@example.org"), 303)
	id, err := directory.ParseID(to[len(at)+1:])
	must(t, err)
	c, err := r.store.ProviderClaim(t.Context(), id)
	must(t, err)
	s := c.Says
	if len(s.Channels) != 2 || s.Channels[0].Medium != directory.Web || s.Channels[1].Address != "front@example.org" || s.Channels[1].Medium != directory.Email {
		t.Errorf("channels %+v", s.Channels)
	}
	if len(s.Sites) != 1 || s.Sites[0].Address.Street != "9 New <b>Street" || s.Sites[0].Point == l.Sites[0].Point || s.Fees.Min != 10_000 || c.Message != "two\nlines" {
		t.Errorf("sites %+v, fees %+v, message %q", s.Sites, s.Fees, c.Message)
	}
	if len(s.Hours.Weekly) != 0 || s.Hours.Zone != l.Hours.Zone || len(s.Claims) != len(l.Claims) || !s.Verification.At.Equal(l.Verification.At) {
		t.Error("what the form does not have was changed, or what was emptied was not")
	}
}

// everyLabel checks the fields of a page.
func everyLabel(t *testing.T, page *html.Node) {
	t.Helper()
	labelled(t, page)
	uniqueIDs(t, page)
}

// TestAClaimOnAnOldForm keeps what was typed over a listing that somebody saved meanwhile.
func TestAClaimOnAnOldForm(t *testing.T) {
	r := openReception(t)
	l := r.listed(1)
	at, b := "/claim/"+l.ID.String(), r.stranger()
	sent := b.claims(b.opens(at, 200), "description", "Typed at length.", "who", "Ana", "email", "ana@example.org")
	now := l.Clone()
	now.Name = "Another name"
	must(t, r.store.Save(t.Context(), now, 1, directory.Editor{Name: "x"}))
	page, _ := b.sendsForm(at, sent, 409)
	if text := words(page); !strings.Contains(text, "Typed at length.") || !strings.Contains(text, "Another name") || attr(one(t, page, "input[name=email]"), "value") != "ana@example.org" {
		t.Errorf("lost: %s", text)
	}
	everyLabel(t, page)
	b.sendsForm(at, b.claims(page, "description", "Typed at length."), 303)
}

// TestClaimsShowNothingConfidential looks for what protects somebody in everything a provider sees or is mailed.
func TestClaimsShowNothingConfidential(t *testing.T) {
	r := openReception(t)
	l := r.listed(1, func(l *directory.Listing) {
		l.Sites = append(directorytest.Confidential(1).Sites, l.Sites...)
	}, itsAddress)
	at, b := "/claim/"+l.ID.String(), r.stranger()
	page := b.opens(at, 200)
	sent := b.claims(page, "who", "Ana", "email", "x", "name", "New")
	if strings.Contains(fmt.Sprint(sent), directorytest.Secret) {
		t.Errorf("the form holds %v", sent)
	}
	again, _ := b.sendsForm(at, sent, 400)
	if strings.Contains(words(page)+words(again), directorytest.Secret) {
		t.Error("a page names it")
	}
	sent.Set("email", "ana@example.org")
	_, to := b.sendsForm(at, sent, 303)
	got := r.mailed()
	b.proves(to, mailedCode.FindString(got[0].Body))
	if strings.Contains(got[0].Body, directorytest.Secret) {
		t.Error("the mail names it")
	}
	id, err := directory.ParseID(to[len(at)+1:])
	must(t, err)
	reviewer := r.as(auth.Reviewer)
	action, fields := formTo(t, reviewer.opens("/desk/claims/"+id.String(), 200), "/accept")
	_, proposal := reviewer.sentTo(action, fields...)
	action, fields = formTo(t, proposal, "/approve")
	reviewer.sentTo(action, fields...)
	now, err := r.store.Listing(t.Context(), l.ID)
	must(t, err)
	if now.Name != "New" || len(now.Sites) != 2 || !slices.ContainsFunc(now.Sites, func(s directory.Site) bool { return s.Confidential && s.Address.City == directorytest.Secret }) {
		t.Errorf("published: %+v", now.Sites)
	}
}

// TestClaimsByPrograms walks the twin of the pages.
func TestClaimsByPrograms(t *testing.T) {
	r := openReception(t)
	l := r.listed(1)
	at := "/api/v1/listings/" + l.ID.String() + "/claims"
	p := wrong(t, post(t, r.Server, at, `{"wish":"marry","revision":0,"email":"x","colour":"blue"}`), 400)
	if got := p.fields(); got != "colour revision who wish" && got != "wish revision colour who" && !strings.Contains(got, "wish") {
		t.Errorf("faulty fields %q", got)
	}
	p = wrong(t, post(t, r.Server, at, `{"wish":"correct","revision":1,"who":"Ana","email":"ana@example.org","changes":{"status":"archived","verification.at":"2030-01-01","hours.weekly":"x"}}`), 400)
	if got := p.fields(); !strings.Contains(got, "changes.status") || !strings.Contains(got, "changes.verification.at") || !strings.Contains(got, "changes.hours.weekly") {
		t.Errorf("faulty fields %q", got)
	}
	p = wrong(t, post(t, r.Server, at, `{"wish":"correct","revision":1,"who":"Ana","email":"ana@b"}`), 400)
	if got := p.fields(); got != "email message" {
		t.Errorf("faulty fields %q", got)
	}
	wrong(t, post(t, r.Server, at, `{"wish":"remove","revision":7,"who":"Ana","email":"ana@example.org"}`), 409)
	wrong(t, get(t, r.Server, at), 405)

	var a struct{ Claim, State, Reason, Message string }
	say := func(x reply, status int) {
		t.Helper()
		a.Reason = ""
		if x.status != status || json.Unmarshal(x.body, &a) != nil || x.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %s", x.status, x.body)
		}
	}
	say(post(t, r.Server, at, `{"wish":"correct","revision":1,"who":"Ana","email":"ana@example.org","lang":"es","changes":{"accepting.status":"no","claims[0].value":"no"}}`), 202)
	claim := "/api/v1/claims/" + a.Claim
	got := r.mailed()
	if a.State != "unproven" || len(got) != 1 || got[0].Language != "es" {
		t.Fatalf("%+v, %+v", a, got)
	}
	if p := wrong(t, post(t, r.Server, claim+"/code", `{"code":"AAAAA-AAAAA"}`), 400); p.fields() != "code" {
		t.Errorf("%+v", p)
	}
	say(post(t, r.Server, claim+"/code/again", `{}`), 202)
	say(post(t, r.Server, claim+"/code", `{"code":"`+mailedCode.FindString(r.mailed()[0].Body)+`"}`), 200)
	if a.State != "open" {
		t.Errorf("proven it is %s", a.State)
	}

	reviewer := r.as(auth.Reviewer)
	key := reviewer.key(auth.Read, auth.Claims)
	var tasks struct{ Tasks []struct{ ID, Why string } }
	must(t, json.Unmarshal([]byte(reviewer.calls("GET", "/api/v1/desk/claims", key, "", 200)), &tasks))
	if len(tasks.Tasks) != 1 || tasks.Tasks[0].ID != a.Claim || tasks.Tasks[0].Why != "correct tie-domain" {
		t.Fatalf("%+v", tasks)
	}
	var seen struct {
		Tie, Domain, Email string
		Published          int64 `json:"published_revision"`
		Changes            []struct{ Path, Old, New string }
	}
	must(t, json.Unmarshal([]byte(reviewer.calls("GET", "/api/v1/desk/claims/"+a.Claim, key, "", 200)), &seen))
	if seen.Tie != "domain" || seen.Domain != "example.org" || seen.Email != "ana@example.org" || seen.Published != 1 || len(seen.Changes) != 4 {
		t.Errorf("%+v", seen)
	}
	reviewer.calls("POST", "/api/v1/desk/claims/"+a.Claim+"/decline", key, `{}`, 400)
	reviewer.calls("POST", "/api/v1/desk/claims/"+a.Claim+"/accept", key, `{"seen":9}`, 409)
	reviewer.calls("POST", "/api/v1/desk/claims/"+a.Claim+"/decline", key, `{"reason":"We called: it is right as it is."}`, 204)
	say(get(t, r.Server, claim), 200)
	if a.State != "declined" || a.Reason != "We called: it is right as it is." {
		t.Errorf("%+v", a)
	}
	if got := r.mailed(); len(got) != 1 || !strings.Contains(got[0].Body, "We called") {
		t.Errorf("%+v", got)
	}
	reviewer.calls("POST", "/api/v1/desk/claims/"+a.Claim+"/accept", key, `{"seen":1}`, 409)
}

// TestAListingIsRemovedForItsProvider, by the pages.
func TestAListingIsRemovedForItsProvider(t *testing.T) {
	r := openReception(t)
	l := r.listed(1, itsAddress)
	at, b := "/claim/"+l.ID.String(), r.stranger()
	to := b.asks(at, "wish", "remove", "who", "Ana", "email", "ana@example.org")
	b.proves(to, mailedCode.FindString(r.mailed()[0].Body))
	reviewer := r.as(auth.Reviewer)
	page := reviewer.opens("/desk/claims"+to[len(at):], 200)
	action, _ := formTo(t, page, "/accept")
	sent := filled(t, page, "form[action="+action+"]")
	bad, _ := reviewer.sendsForm(action, sent, 400)
	one(t, bad, ".errors")
	sent.Set("reason", "Removed at its provider's wish.")
	_, to2 := reviewer.sendsForm(action, sent, 303)
	proposal := reviewer.opens(to2, 200)
	action, fields := formTo(t, proposal, "/approve")
	reviewer.sentTo(action, fields...)
	if text := words(b.opens("/listings/"+l.ID.String(), 410)); !strings.Contains(text, "Removed at its provider") {
		t.Errorf("the page says %s", text)
	}
	if got := r.mailed(); len(got) != 1 || !strings.Contains(got[0].Subject, "removed") {
		t.Errorf("%+v", got)
	}
	if text := words(b.opens(to, 200)); !strings.Contains(text, "It was removed") {
		t.Errorf("their page says %s", text)
	}
}

// TestWhoeverHasTheCodeKnowsWhatItProves: the mail says what is asked, and the page beside the code says all of it, to a
// provider who never asked.
func TestWhoeverHasTheCodeKnowsWhatItProves(t *testing.T) {
	r := openReception(t)
	l := r.listed(1, func(l *directory.Listing) { l.Sites = append(directorytest.Confidential(1).Sites, l.Sites...) })
	for _, c := range []struct {
		prefix, wish, mail, page, warning string
		changes                           bool
	}{
		{"", "correct", "to correct the listing", "Correct the listing", "did not ask this, do not enter the code", true},
		{"/es", "remove", "que quite la ficha", "Quitar la ficha", "no escriba el código", false},
	} {
		at := c.prefix + "/claim/" + l.ID.String()
		to := r.stranger().asks(at, "wish", c.wish, "channels[0].number", "+1 617 555 0177", "who", "A <b>stranger", "message", "We moved.", "email", "ana@example.org")
		got := r.mailed()
		if len(got) != 1 || !strings.Contains(got[0].Body, c.mail) || strings.Contains(got[0].Body, "stranger") {
			t.Fatalf("mailed %+v", got)
		}
		page := r.stranger().opens(to, 200)
		text, form := words(page), words(one(t, page, "form.panel"))
		before, _, found := strings.Cut(text, form)
		for _, want := range []string{c.page, "A <b>stranger", "We moved.", c.warning} {
			if !found || !strings.Contains(before, want) {
				t.Errorf("%q is not above the code: %s", want, text)
			}
		}
		if strings.Contains(before, "+1 617 555 0177") != c.changes || strings.Contains(text, directorytest.Secret) {
			t.Errorf("what would change: %s", text)
		}
		r.stranger().posts(to, 400, "code", "AAAAA-AAAAA")
		done := words(r.stranger().proves(to, mailedCode.FindString(got[0].Body)))
		if strings.Contains(done, "We moved.") || strings.Contains(done, c.warning) {
			t.Errorf("proven, it says %s", done)
		}
	}
}

// TestAClaimOnWhatIsHiddenSince tells nothing of a listing that became a draft.
func TestAClaimOnWhatIsHiddenSince(t *testing.T) {
	r := openReception(t)
	l := r.listed(1)
	to := r.stranger().asks("/claim/"+l.ID.String(), "name", "Their name", "who", "Ana", "email", "ana@example.org")
	for _, status := range []directory.Status{directory.Published, directory.Draft} {
		shown := status == directory.Published
		now, err := r.store.Listing(t.Context(), l.ID)
		must(t, err)
		now = now.Clone()
		now.Status, now.Name = status, "Name of a "+string(status)
		must(t, r.store.Save(t.Context(), now, now.Revision, directory.Editor{Name: "x"}))
		text := words(r.stranger().opens(to, 200))
		if strings.Contains(text, now.Name) != shown || strings.Contains(text, "Their name") != shown {
			t.Errorf("%s: %s", status, text)
		}
	}
}

// TestTheAnswerSaysWhatIsShown, whatever was asked: whoever edits a proposal, or saves after it, has the last word.
func TestTheAnswerSaysWhatIsShown(t *testing.T) {
	r := openReception(t, func(c *web.Config) { c.PublicURL = "https://care.example.org" })
	for n, c := range []struct {
		wish        desk.Wish
		to, now     directory.Status
		says, leads string
	}{
		{desk.Remove, directory.Draft, directory.Draft, "no longer shows the listing", "/claim/"},
		{desk.Remove, directory.Draft, directory.Published, "it is still shown", "/listings/"},
		{desk.Correct, "", directory.Published, "now shows the listing", "/listings/"},
		{desk.Correct, "", directory.Draft, "the listing is not shown any more", "/claim/"},
	} {
		l := r.listed(n)
		at, b := "/claim/"+l.ID.String(), r.stranger()
		to := b.asks(at, "wish", string(c.wish), "who", "Ana", "email", fmt.Sprintf("ana%d@example.org", n), "message", "please")
		b.proves(to, mailedCode.FindString(r.mailed()[0].Body))
		reviewer := r.as(auth.Reviewer)
		page := reviewer.opens("/desk/claims"+to[len(at):], 200)
		action, _ := formTo(t, page, "/accept")
		sent := filled(t, page, "form[action="+action+"]")
		sent.Set("to_status", string(c.to))
		_, proposal := reviewer.sendsForm(action, sent, 303)
		another := r.as(auth.Reviewer) // an address of the website's domain is not the listing's own
		action, fields := formTo(t, another.opens(proposal, 200), "/approve")
		another.sentTo(action, fields...)
		now, err := r.store.Listing(t.Context(), l.ID)
		must(t, err)
		if now.Status != c.now {
			now = now.Clone()
			now.Status = c.now
			must(t, r.store.Save(t.Context(), now, now.Revision, directory.Editor{Name: "x"}))
		}
		if got := r.mailed(); len(got) != 1 || !strings.Contains(got[0].Body, c.says) || !strings.Contains(got[0].Body, "example.org"+c.leads+l.ID.String()) {
			t.Errorf("asked to %s, and it is %s: %+v", c.wish, c.now, got)
		}
	}
}

// TestTheClaimsPageSaysWhatWasDecided: what the proposal was published as, though it was edited before, and whatever was
// saved after.
func TestTheClaimsPageSaysWhatWasDecided(t *testing.T) {
	r := openReception(t)
	reviewer := r.as(auth.Reviewer)
	for n, c := range []struct {
		wish   desk.Wish
		to     directory.Status // decided
		en, es string
		end    string
	}{
		{desk.Remove, directory.Archived, "It was removed", "Se quitó", "remove"},
		{desk.Remove, directory.Published, "decided to keep it", "decidió mantenerla", "kept"},
		{desk.Correct, directory.Published, "It was corrected", "Se corrigió", "correct"},
		{desk.Correct, directory.Archived, "should not be shown", "no se mostrara", "hidden"},
	} {
		l := r.listed(n)
		at, b := "/claim/"+l.ID.String(), r.stranger()
		to := b.asks(at, "wish", string(c.wish), "who", "Ana", "email", fmt.Sprintf("ana%d@example.org", n), "message", "please")
		b.proves(to, mailedCode.FindString(r.mailed()[0].Body))
		page := reviewer.opens("/desk/claims"+to[len(at):], 200)
		action, _ := formTo(t, page, "/accept")
		sent := filled(t, page, "form[action="+action+"]")
		if c.wish == desk.Remove {
			sent.Set("to_status", "draft")
		}
		_, proposal := reviewer.sendsForm(action, sent, 303)
		id, err := directory.ParseID(strings.TrimPrefix(proposal, "/desk/proposals/"))
		must(t, err)
		p, err := r.store.Proposal(t.Context(), id)
		must(t, err)
		p.Listing.Status, p.Listing.ArchivedReason = c.to, "It closed."
		if c.to == directory.Published {
			p.Listing.ArchivedReason = ""
		}
		ada := desk.Actor{ID: "ada", Name: "Ada"}
		p, err = r.editing.Save(t.Context(), ada, id, p.Version, p.Listing, "as we know it")
		must(t, err)
		p, err = r.editing.Submit(t.Context(), ada, id, p.Version)
		must(t, err)
		_, err = r.editing.Approve(t.Context(), desk.Actor{ID: "eve", Name: "Eve"}, id, p.Version, l.Revision)
		must(t, err)
		r.mailed()
		for _, since := range []directory.Status{c.to, directory.Draft, directory.Published} {
			now, err := r.store.Listing(t.Context(), l.ID)
			must(t, err)
			if now.Status != since {
				now = now.Clone()
				now.Status, now.ArchivedReason = since, ""
				must(t, r.store.Save(t.Context(), now, now.Revision, directory.Editor{Name: "x"}))
			}
			page := b.opens(to, 200)
			if text := words(page); !strings.Contains(text, c.en) {
				t.Errorf("asked to %s, and %s: %s", c.wish, c.to, text)
			}
			if text := words(b.opens("/es"+to, 200)); !strings.Contains(text, c.es) {
				t.Errorf("asked to %s, and %s: %s", c.wish, c.to, text)
			}
			if shown := len(pick(page, "main a[href=/listings/"+l.ID.String()+"]")) > 0; shown != (since == directory.Published) {
				t.Errorf("a listing that is %s is linked: %v", since, shown)
			}
			if got := string(get(t, r.Server, "/api/v1/claims/"+to[len(at)+1:]).body); !strings.Contains(got, `"end":"`+c.end+`"`) {
				t.Errorf("for programs: %s", got)
			}
		}
	}
}

// TestAnotherCodeForAStranger is refused with a word where strangers were written to enough.
func TestAnotherCodeForAStranger(t *testing.T) {
	r := openReception(t)
	var to string
	for n := range 20 {
		at := "/claim/" + r.listed(n).ID.String()
		to = r.stranger().asks(at, "wish", "remove", "who", "Ana", "email", fmt.Sprintf("ana%d@b.example", n))
		r.clock.pass(time.Second)
	}
	r.mailed()
	page := r.stranger().posts(to+"/again", http.StatusTooManyRequests)
	if text := words(one(t, page, ".errors")); !strings.Contains(text, "try again later") {
		t.Errorf("it says %s", text)
	}
	one(t, page, "input[name=code][autocomplete=one-time-code]")
	wrong(t, post(t, r.Server, "/api/v1/claims/"+to[strings.LastIndexByte(to, '/')+1:]+"/code/again", `{}`), http.StatusTooManyRequests)
	if got := r.mailed(); len(got) != 0 {
		t.Errorf("mailed %+v", got)
	}
}

// TestMailLeadsToOurAddressAlone: what a request calls its host may be anybody's.
func TestMailLeadsToOurAddressAlone(t *testing.T) {
	r := openReception(t, func(c *web.Config) { c.PublicURL = "https://care.example.org" })
	l := r.listed(1)
	at, b := "/claim/"+l.ID.String(), r.stranger()
	sent := b.claims(b.opens(at, 200), "name", "Buy pills http://evil.example", "message", "pills", "who", "pills", "email", "victim@example.org").Encode()
	res, _ := b.sends(http.MethodPost, at, sent, "Host", "evil.example", "X-Forwarded-Host", "evil.example")
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	got := r.mailed()[0]
	if text := got.Body + got.Subject; strings.Contains(text, "evil") || strings.Contains(text, "pills") || strings.Contains(text, "http") {
		t.Errorf("mailed %q", text)
	}
	for _, x := range []desk.ProviderClaim{
		{Mail: desk.MailAnswer, State: desk.ClaimPublished, Wish: desk.Correct},
		{Mail: desk.MailAnswer, State: desk.ClaimPublished, Wish: desk.Remove},
		{Mail: desk.MailAnswer, State: desk.ClaimDeclined, Reason: "so"},
		{Mail: desk.MailCode, State: desk.ClaimUnproven, Wish: desk.Correct},
		{Mail: desk.MailCode, State: desk.ClaimUnproven, Wish: desk.Remove},
	} {
		for _, x.Language = range []string{"en", "es", "xx"} {
			for _, now := range []directory.Status{directory.Published, directory.Archived} {
				m := r.ClaimMail(&x, &directory.Listing{Name: "Name", Status: now}, "ABCDEFGHIJ")
				if strings.Contains(m.Body+m.Subject, "claim.") || strings.Contains(m.Body, "<no value>") || !strings.Contains(m.Body, "Name") {
					t.Errorf("%s: %q, %q", x.Language, m.Subject, m.Body)
				}
			}
		}
	}
}

// TestClaimsOfMachines are thanked, limited, and refused what they can't send.
func TestClaimsOfMachines(t *testing.T) {
	r := openReception(t, func(c *web.Config) { c.FeedbackRate = 0.001 })
	l := r.listed(1)
	at, b := "/claim/"+l.ID.String(), r.stranger()
	sent := b.claims(b.opens(at, 200), "who", "Ana", "email", "ana@example.org", "message", "x")
	sent.Set("website", "x")
	to, _ := b.sends(http.MethodPost, at, sent.Encode())
	sent.Set("website", "")
	if to.Header.Get("Location") != "/feedback/thanks" {
		t.Errorf("led to %q", to.Header.Get("Location"))
	}
	if res, _ := b.sends(http.MethodPost, at, "{}", "Content-Type", "application/json"); res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("JSON: %d", res.StatusCode)
	}
	if res, _ := b.sends(http.MethodPost, at, sent.Encode(), "Content-Encoding", "gzip"); res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("packed: %d", res.StatusCode)
	}
	sent.Set("email", "x")
	for range 8 {
		b.sendsForm(at, sent, 400) // what is wrong costs nothing
	}
	sent.Set("email", "ana@example.org")
	counts := map[int]int{}
	for range 7 {
		res, text := b.sends(http.MethodPost, at, sent.Encode())
		counts[res.StatusCode]++
		if res.StatusCode == http.StatusTooManyRequests && (!strings.Contains(text, "ana@example.org") || !strings.Contains(text, `">Too many requests like this`)) {
			t.Error("what was typed is lost, or no other way is shown")
		}
	}
	if counts[303] != 5 || counts[429] != 2 { // all that one machine may
		t.Errorf("answers %v", counts)
	}
	if got := len(r.mailed()); got != 3 {
		t.Errorf("%d mails", got)
	}
	r.clock.pass(time.Minute)
}
