package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"golang.org/x/net/html"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/exchange/carefinder"
	"carefinder/internal/store"
	"carefinder/internal/web"
	"carefinder/seed"
)

func workOf(t *testing.T, truth *store.Store, editing *desk.Editing, c *clock) web.Work {
	t.Helper()
	places, err := seed.Gazetteer()
	must(t, err)
	open := func(ctx context.Context, a desk.Actor, id directory.ID, l *directory.Listing, note string) error {
		_, err := editing.Open(ctx, a, id, l, note)
		return err
	}
	door := editing.Directory
	return web.Work{
		Queues:   desk.NewQueues(truth, truth, c.now),
		Dedupe:   desk.NewDeduper(truth, door, truth, c.now),
		Reports:  desk.NewReports(truth, door, open, truth, nil, c.now),
		Claims:   desk.NewProviderClaims(truth, editing, func() {}),
		Bulk:     desk.NewBulkEditing(truth, truth, door, truth, editing.Alone, c.now, slog.New(slog.DiscardHandler)),
		Settling: desk.NewSettling(truth, editing),
		Uploads:  desk.NewUploading(truth, truth, editing, carefinder.Read, slog.New(slog.DiscardHandler)),
		Records:  truth,
		Figures: desk.NewDashboard(desk.DashboardParts{
			Each: truth.Each, Latest: truth.Latest, Misses: truth, Places: places, Log: slog.New(slog.DiscardHandler), Now: c.now,
			Sites: func(context.Context, desk.Offer) ([]orb.Point, error) { return nil, nil },
		}),
	}
}

// office is a desk with a survey and listings.
type office struct {
	*deskOf
	door *directory.Desk
}

func openOffice(t *testing.T, all ...*directory.Listing) *office {
	t.Helper()
	o := &office{deskOf: openDesk(t)}
	o.door = directory.NewDesk(o.store, directorytest.Vocabulary(), nil)
	must(t, o.store.SaveMany(t.Context(), all, directory.Editor{Name: "seed"}))
	o.look()
	return o
}

// look surveys what changed.
func (o *office) look() {
	o.t.Helper()
	survey := desk.NewSurvey(o.store, desk.SurveyRules{Desk: o.door}, slog.New(slog.DiscardHandler))
	for {
		n, err := survey.Step(o.t.Context())
		must(o.t, err)
		if n == 0 {
			return
		}
	}
}

// works does what bulk changes run.
func (o *office) works() {
	o.t.Helper()
	bulk := desk.NewBulkEditing(o.store, o.store, o.door, o.store, false, o.clock.now, slog.New(slog.DiscardHandler))
	for {
		n, err := bulk.Step(o.t.Context())
		must(o.t, err)
		if n == 0 {
			return
		}
	}
}

// formTo finds the form of a page that is sent to an address ending so.
func formTo(t *testing.T, page *html.Node, suffix string) (action string, fields []string) {
	t.Helper()
	for _, f := range pick(page, "form") {
		if strings.HasSuffix(attr(f, "action"), suffix) {
			return attr(f, "action"), fieldsOf(f)
		}
	}
	t.Fatalf("no form is sent to …%s", suffix)
	return "", nil
}

// sentTo posts a form and gives the page it leads to.
func (b *browser) sentTo(path string, fields ...string) (string, *html.Node) {
	b.t.Helper()
	form := make([]string, 0, len(fields)/2)
	for i := 0; i+1 < len(fields); i += 2 {
		form = append(form, fields[i]+"="+escape(fields[i+1]))
	}
	res, text := b.sends(http.MethodPost, path, strings.Join(form, "&"))
	if res.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("%s: %d: %.900s", path, res.StatusCode, text)
	}
	to := res.Header.Get("Location")
	return to, b.opens(to, http.StatusOK)
}

func escape(s string) string {
	return strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", "=", "%3D", " ", "+").Replace(s)
}

func TestQueuesAtTheDesk(t *testing.T) {
	late := directorytest.Sample(1)
	late.Verification.Due = noon.AddDate(0, 0, -10)
	draft := directorytest.Sample(2)
	draft.Status = directory.Draft
	o := openOffice(t, late, draft)
	b := o.as(auth.Contributor)

	page := words(b.opens("/desk/queues", 200))
	for _, want := range []string{"Overdue verification1November 14", "Drafts1November", "Reported by the public0empty"} {
		if !strings.Contains(page, want) {
			t.Errorf("the queues don't say %q: %s", want, page)
		}
	}
	if es := words(b.opens("/es/desk/queues", 200)); !strings.Contains(es, "Verificación vencida1") {
		t.Errorf("in Spanish: %s", es)
	}
	queue := b.opens("/desk/queues/overdue", 200)
	if text := words(queue); !strings.Contains(text, late.Name) {
		t.Errorf("the queue: %s", text)
	}
	b.opens("/desk/queues/nothing", 404)
	if bad := words(b.opens("/desk/queues/overdue?after=1.x.y", 400)); strings.Contains(bad, "after") && !strings.Contains(bad, "Error") {
		t.Errorf("a page that can't be: %s", bad)
	}

	action, _ := formTo(t, queue, "/claim")
	_, queue = b.sentTo(action)
	if !strings.Contains(words(queue), b.who().Curator.Name) {
		t.Error("nobody has the task")
	}
	other := o.as(auth.Reviewer)
	if refused := words(other.posts(action, 409)); !strings.Contains(refused, "It changed meanwhile") {
		t.Errorf("claimed twice: %s", refused)
	}
	action, _ = formTo(t, queue, "/snooze")
	b.posts(action, 400, "until", "tomorrow", "reason", "x")
	b.posts(action, 400, "until", noon.AddDate(0, 0, 5).Format(time.DateOnly))
	_, queue = b.sentTo(action, "until", noon.AddDate(0, 0, 5).Format(time.DateOnly), "reason", "on leave")
	if strings.Contains(words(queue), late.Name) {
		t.Error("what is put off still waits")
	}
	if text := words(b.opens("/desk/queues/overdue?asleep=yes", 200)); !strings.Contains(text, "on leave") {
		t.Errorf("what is put off: %s", text)
	}

	auditor := o.as(auth.Auditor)
	if n := len(pick(auditor.opens("/desk/queues/drafts", 200), "button")); n != 2 { // to sign out and to filter
		t.Errorf("an auditor has %d buttons", n)
	}
	var answer struct {
		Tasks []struct{ Queue, ID, Kind, Listing string }
	}
	must(t, json.Unmarshal([]byte(b.calls(http.MethodGet, "/api/v1/desk/queues/drafts", b.key(auth.Read), "", 200)), &answer))
	if len(answer.Tasks) != 1 || answer.Tasks[0].Listing != draft.ID.String() || answer.Tasks[0].Kind != "therapist" {
		t.Errorf("for a program: %+v", answer)
	}
}

func TestDuplicatesAtTheDesk(t *testing.T) {
	x, y := directorytest.Sample(1), directorytest.Sample(2)
	x.Name, y.Name = "Jane Doe, PhD", "Dr. Jane <b>Doe</b>"
	y.Name = "Dr. Jane Doe"
	y.Description = `<script>alert("x")</script>`
	y.Channels[0].Number, y.Sites[0].Address.Street = "(617) 555-0101", "1 Sample St."
	o := openOffice(t, x, y)
	b := o.as(auth.Reviewer)
	queue := b.opens("/desk/queues/duplicates", 200)
	if text := words(queue); !strings.Contains(text, "names alike, the same telephone, the same address") {
		t.Fatalf("the queue: %s", text)
	}
	var pair string
	for _, a := range pick(queue, "a") {
		if strings.Contains(attr(a, "href"), "/duplicates/") {
			pair = attr(a, "href")
		}
	}
	page := b.opens(pair, 200)
	if text := words(page); !strings.Contains(text, "the same telephone…175550101100 %") || !strings.Contains(text, "<script>") || len(pick(page, "script")) > 2 {
		t.Errorf("the pair: %s", text)
	}
	for _, f := range pick(o.as(auth.Contributor).opens(pair, 200), "form") {
		if strings.Contains(attr(f, "action"), "/duplicates/") {
			t.Errorf("a contributor is offered %s", attr(f, "action"))
		}
	}
	action, _ := formTo(t, page, "/merge")
	fields := []string{"keep", x.ID.String(), "drop", y.ID.String(), "keep_base", "1", "drop_base", "1", "choice_name", "dropped"}
	if text := words(b.posts(action, 400, fields...)); !strings.Contains(text, "Say why") {
		t.Errorf("without a reason: %s", text)
	}
	fields = append(fields, "reason", "the same practice")
	stale := append([]string{}, fields...)
	stale[7] = "2"
	b.posts(action, 409, stale...)
	at, done := b.sentTo(action, fields...)
	if !strings.Contains(at, "/mergers/") || !strings.Contains(words(done), "merged them") {
		t.Errorf("merged at %s: %s", at, words(done))
	}
	kept, err := o.store.Listing(t.Context(), x.ID)
	must(t, err)
	dropped, err := o.store.Listing(t.Context(), y.ID)
	must(t, err)
	if kept.Name != "Dr. Jane Doe" || dropped.ReplacedBy != x.ID || dropped.Status != directory.Archived {
		t.Errorf("kept %q, dropped %s by %s", kept.Name, dropped.Status, dropped.ReplacedBy)
	}
	o.look()
	b.opens(pair, 404)
	action, _ = formTo(t, done, "/undo")
	_, done = b.sentTo(action, "reason", "two people")
	if !strings.Contains(words(done), "This was undone") {
		t.Errorf("undone: %s", words(done))
	}
	o.look()
	if back, err := o.store.Listing(t.Context(), y.ID); err != nil || back.Status != directory.Published {
		t.Errorf("back: %v, %v", back, err)
	}
	if logged := strings.Join(o.logged(), " "); !strings.Contains(logged, "duplicate.merge duplicate.unmerge") {
		t.Errorf("the audit log: %s", logged)
	}
}

func countNamed(page *html.Node, names ...string) (n int) {
	for _, x := range pick(page, "input") {
		for _, name := range names {
			if attr(x, "name") == name {
				n++
			}
		}
	}
	return n
}

func TestBrokenFactsAtTheDesk(t *testing.T) {
	wrong, dead, far := directorytest.Sample(1), directorytest.Sample(2), directorytest.Sample(3)
	wrong.Identifiers = []directory.Identifier{{Scheme: directory.NPI, Value: "1234567890"}}
	far.Sites[0].Point = [2]float64{-100.445882, 39.78373}
	o := openOffice(t, wrong, dead, far)
	must(t, o.store.SaveFeedback(t.Context(), &directory.Feedback{Listing: dead.ID, Kind: directory.DeadNumber, Proven: true, At: o.clock.now()}))
	b := o.as(auth.Reviewer)
	page := b.opens("/es/desk/queues/facts", 200)
	if text := words(page); !strings.Contains(text, "hay avisos de que el número no funciona") || !strings.Contains(text, "Número de registro 1: Número: escriba") {
		t.Errorf("the queue: %s", text)
	}
	rules := pick(page, "td [lang=en]")
	if len(rules) != 1 || !strings.Contains(words(rules[0]), "1234567890") && !strings.Contains(words(rules[0]), "NPI") {
		t.Errorf("the words of the rule: %d", len(rules))
	}
	var to []string
	for _, a := range pick(page, "th a") {
		to = append(to, attr(a, "href"))
	}
	for _, want := range []string{"/es/desk/listings/" + dead.ID.String() + "/call", "/es/desk/listings/" + wrong.ID.String() + "/history"} {
		if !slices.Contains(to, want) {
			t.Errorf("nothing leads to %s: %q", want, to)
		}
	}
	b.opens(to[0], 200)
	b.opens(to[1], 200)
	if text := words(b.opens("/desk/queues/coordinates", 200)); !strings.Contains(text, "Place 1: Latitude: give") {
		t.Errorf("the queue of coordinates: %s", text)
	}
	if form := read(t, o.Server, "/feedback?kind=no-answer&listing="+dead.ID.String(), 200); attr(one(t, form, "input[checked]"), "value") != "no-answer" {
		t.Error("the form does not offer to say that nobody answers")
	}
	if n := len(pick(read(t, o.Server, "/feedback", 200), "input[name=kind]")); n != 3 {
		t.Errorf("%d things to say of a page", n)
	}
}

// TestReportsWithoutWords: a press of one button says its kind, wherever the report is shown.
func TestReportsWithoutWords(t *testing.T) {
	l := directorytest.Sample(1)
	o := openOffice(t, l)
	var first directory.ID
	for _, kind := range directory.DeadLines() {
		f := directory.Feedback{Listing: l.ID, Kind: kind, At: o.clock.now()}
		must(t, o.store.SaveFeedback(t.Context(), &f))
		first = f.ID
	}
	page := o.as(auth.Reviewer).opens("/desk/reports/"+first.String(), 200)
	if text := words(page); !strings.Contains(text, "It came without words") || len(pick(page, "blockquote")) > 0 {
		t.Errorf("the report: %s", text)
	}
	rows, choices := pick(page, "main li"), pick(page, "#merge-into option")
	if len(rows) != 2 || len(choices) != 2 {
		t.Fatalf("%d rows, %d to be part of", len(rows), len(choices))
	}
	listed, offered := words(rows[0])+words(rows[1]), words(choices[0])+words(choices[1])
	for _, kind := range []string{"The number is dead", "Nobody answers"} {
		if !strings.Contains(listed, kind) || !strings.Contains(offered, kind) {
			t.Errorf("reports are shown as %q and %q", listed, offered)
		}
	}
}

func TestReportsAtTheDesk(t *testing.T) {
	l := directorytest.Sample(1)
	o := openOffice(t, l)
	send := func(message string) directory.ID {
		f := directory.Feedback{Listing: l.ID, Kind: directory.ReportError, Message: message, At: o.clock.now()}
		must(t, o.store.SaveFeedback(t.Context(), &f))
		return f.ID
	}
	first, second := send("The number is dead."), send("<b>Nobody</b> answers.")
	b := o.as(auth.Reviewer)
	page := b.opens("/desk/reports/"+second.String(), 200)
	if text := words(page); !strings.Contains(text, "<b>Nobody</b> answers.") || !strings.Contains(text, "without proof of work") || !strings.Contains(text, l.Name) {
		t.Errorf("the report: %s", text)
	}
	action, _ := formTo(t, page, "/merge")
	_, page = b.sentTo(action, "into", first.String())
	if !strings.Contains(words(page), "Part of another report") {
		t.Errorf("merged: %s", words(page))
	}
	page = b.opens("/desk/reports/"+first.String(), 200)
	action, _ = formTo(t, page, "/dismiss")
	if text := words(b.posts(action, 400)); !strings.Contains(text, "Say why") {
		t.Errorf("without a reason: %s", text)
	}
	action, _ = formTo(t, page, "/edit")
	at, form := b.sentTo(action)
	if !strings.HasPrefix(at, "/desk/proposals/") || !strings.Contains(words(form), l.Name) {
		t.Errorf("the edit at %s", at)
	}
	if text := words(b.opens("/desk/reports/"+first.String(), 200)); !strings.Contains(text, "The edit it became") {
		t.Errorf("edited: %s", text)
	}
	if text := words(b.opens("/desk/queues", 200)); !strings.Contains(text, "within two business days: 2") {
		t.Errorf("punctuality: %s", text)
	}
	b.opens("/desk/reports/"+l.ID.String(), 404)
	o.as(auth.Contributor).posts("/desk/reports/"+first.String()+"/dismiss", 403, "reason", "x")
}

func TestBulkAtTheDesk(t *testing.T) {
	var all []*directory.Listing
	for n := range 70 {
		l := directorytest.Sample(n)
		l.Status = directory.Draft
		all = append(all, l)
	}
	o := openOffice(t, all...)
	b := o.as(auth.Reviewer)
	page := b.opens("/desk/bulk/choose?status=draft", 200)
	if text := words(page); !strings.Contains(text, "70 found") || countNamed(page, "listing") != 50 {
		t.Fatalf("to choose from: %d, %s", countNamed(page, "listing"), text)
	}
	for _, a := range pick(page, "a") {
		if attr(a, "rel") == "next" {
			if n := countNamed(b.opens(attr(a, "href"), 200), "listing"); n != 20 {
				t.Errorf("%d on the second page", n)
			}
		}
	}
	for _, more := range []string{"&q=zebra", "&modality=cbt"} { // else all drafts would be changed in the name of a few
		if text := words(b.opens("/desk/bulk/choose?status=draft"+more, 400)); !strings.Contains(text, "leave the other filters out") {
			t.Errorf("%s: %s", more, text)
		}
		b.posts("/desk/bulk", 400, "query", "status=draft"+more, "all", "yes", "change", "status", "to_status", "published")
	}
	query := "status=draft"
	if text := words(b.posts("/desk/bulk", 400, "query", query, "change", "status", "to_status", "published")); !strings.Contains(text, "Choose between") {
		t.Errorf("nothing chosen: %s", text)
	}
	at, page := b.sentTo("/desk/bulk", "query", query, "all", "yes", "change", "status", "to_status", "published", "note", "checked")
	if text := words(page); !strings.Contains(text, "Change status to Published") || !strings.Contains(text, "Looked at 70 of 70") || !strings.Contains(text, "DraftPublished") {
		t.Errorf("prepared: %s", text)
	}
	if text := words(page); !strings.Contains(text, "You prepared this: somebody else has to start it.") || offers(page, "/start") {
		t.Errorf("who prepared it may start it: %s", text)
	}
	b.posts(at+"/start", 403)
	another := o.as(auth.Reviewer)
	action, _ := formTo(t, another.opens(at, 200), "/start")
	another.sentTo(action)
	o.works()
	page = b.opens(at, 200)
	if text := words(page); !strings.Contains(text, "70 of 70") || !strings.Contains(text, "Changed70") {
		t.Errorf("done: %s", text)
	}
	action, _ = formTo(t, page, "/undo")
	b.sentTo(action)
	o.works()
	if l, err := o.store.Listing(t.Context(), all[3].ID); err != nil || l.Status != directory.Draft {
		t.Errorf("undone: %v, %v", l, err)
	}
	b.posts(action, 409)

	body := fmt.Sprintf(`{"listing":["%s","%s"],"change":"claim","term":"treatment.ect","value":"yes","source":"https://example.org"}`, all[0].ID, all[1].ID)
	var answer struct {
		ID    string
		State string
		Total int
	}
	must(t, json.Unmarshal([]byte(b.calls(http.MethodPost, "/api/v1/desk/bulk", b.key(auth.Bulk), body, 201)), &answer))
	if answer.State != "prepared" || answer.Total != 2 {
		t.Errorf("for a program: %+v", answer)
	}
	b.calls(http.MethodPost, "/api/v1/desk/bulk/"+answer.ID+"/start", b.key(auth.Bulk), "{}", 403)
	another.calls(http.MethodPost, "/api/v1/desk/bulk/"+answer.ID+"/start", another.key(auth.Bulk), "{}", 204)
	o.works()
	if l, err := o.store.Listing(t.Context(), all[0].ID); err != nil || !l.Has(directory.Treatment, "ect") {
		t.Errorf("claimed: %+v, %v", l, err)
	}
	o.as(auth.Contributor).posts("/desk/bulk", 403, "query", query, "all", "yes")
}

// proof is a proof of work that costs nothing.
type proof struct{ err error }

func (p proof) Challenge() string { return "challenge-of-a-test" }

func (p proof) Proven(_ context.Context, challenge, counter string) (bool, error) {
	return challenge == p.Challenge() && counter == "7", p.err
}

func TestMessagesWithAndWithoutAProof(t *testing.T) {
	for _, c := range []struct {
		name, fields string
		proofs       web.Proofs
		proven       bool
	}{
		{"a browser that worked", "&challenge=challenge-of-a-test&counter=7", proof{}, true},
		{"a browser without scripts", "&challenge=challenge-of-a-test&counter=", proof{}, false},
		{"a form from before", "", proof{}, false},
		{"a store that can't tell", "&challenge=challenge-of-a-test&counter=7", proof{errors.New("down")}, false},
		{"a site that asks for none", "&counter=7", nil, false},
	} {
		var kept box
		server, _ := pagesOf(t, func(_ *shelf, cfg *web.Config) { cfg.Proofs, cfg.Feedback = c.proofs, &kept })
		form, page := visit(t, server, http.MethodGet, "/feedback?page=/search", "")
		if got := len(pick(page, "input[name=challenge]")); (got == 1) != (c.proofs != nil) {
			t.Errorf("%s: %d challenges", c.name, got)
		}
		if c.proofs != nil && form.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the form may be kept: %q", c.name, form.Header.Get("Cache-Control"))
		}
		res, _ := visit(t, server, http.MethodPost, "/feedback", "kind=error&page=/search&message=dead"+c.fields)
		if res.StatusCode != http.StatusSeeOther || len(kept) != 1 || kept[0].Proven != c.proven {
			t.Errorf("%s: %d, kept %+v", c.name, res.StatusCode, kept)
		}
	}
}

// counted counts how often a proof is spent.
type counted struct {
	proof
	spent *int
}

func (c counted) Proven(ctx context.Context, challenge, counter string) (bool, error) {
	*c.spent++
	return c.proof.Proven(ctx, challenge, counter)
}

// A message over the limit is not kept, so its proof is not spent: the same form can be sent again later.
func TestNoProofIsSpentOverTheLimit(t *testing.T) {
	var kept box
	spent := 0
	server, _ := pagesOf(t, func(_ *shelf, cfg *web.Config) { cfg.Proofs, cfg.Feedback = counted{spent: &spent}, &kept })
	refused := 0
	for range 20 {
		res, _ := visit(t, server, http.MethodPost, "/feedback", "kind=error&page=/search&message=dead&challenge=challenge-of-a-test&counter=7")
		if res.StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 || spent != len(kept) {
		t.Errorf("%d refused, %d proofs spent on %d messages", refused, spent, len(kept))
	}
}

// box keeps messages.
type box []directory.Feedback

func (b *box) SaveFeedback(_ context.Context, f *directory.Feedback) error {
	*b = append(*b, *f)
	return nil
}

// mergedInto knows of one listing what it was made part of.
type mergedInto map[directory.ID]directory.ID

func (m mergedInto) MergedInto(_ context.Context, id directory.ID) (directory.ID, error) {
	return m[id], nil
}

func TestMergedListingsLeadOn(t *testing.T) {
	server, _ := pagesOf(t, func(_ *shelf, cfg *web.Config) { cfg.Merged = mergedInto{goneID: centerID} })
	for _, prefix := range []string{"", "/es"} {
		res, _ := visit(t, server, http.MethodGet, prefix+"/listings/"+goneID.String(), "")
		if to := res.Header.Get("Location"); res.StatusCode != http.StatusMovedPermanently || to != prefix+"/listings/"+centerID.String() {
			t.Errorf("%d to %q", res.StatusCode, to)
		}
		if got := res.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("Cache-Control %q: a merge can be undone", got)
		}
	}
	server, _ = pagesOf(t, func(_ *shelf, cfg *web.Config) { cfg.Merged = mergedInto{} })
	if res, _ := visit(t, server, http.MethodGet, "/listings/"+goneID.String(), ""); res.StatusCode != http.StatusGone {
		t.Errorf("a listing that closed: %d", res.StatusCode)
	}
}

// Two listings that were merged into each other by turns, and are both withdrawn, don't send people to and fro.
func TestMergedListingsLeadNobodyInCircles(t *testing.T) {
	server, _ := pagesOf(t, func(s *shelf, cfg *web.Config) {
		cfg.Merged = mergedInto{goneID: centerID, centerID: goneID}
		center := s.listings[centerID].Clone()
		center.Status, center.ArchivedReason, center.ReplacedBy = directory.Archived, "It closed as well.", goneID
		s.listings[centerID] = center
	})
	for _, id := range []directory.ID{goneID, centerID} {
		if res, _ := visit(t, server, http.MethodGet, "/listings/"+id.String(), ""); res.StatusCode != http.StatusGone {
			t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
		}
	}
}
