package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/directory/document"
	"carefinder/internal/geo"
	"carefinder/internal/web"
)

// editDesk is a desk whose pages know the vocabulary that its listings are checked with.
func editDesk(t *testing.T) *deskOf {
	t.Helper()
	return openDesk(t, func(_ *shelf, cfg *web.Config) { cfg.Vocabulary = directorytest.Vocabulary() })
}

func (d *deskOf) saved(n int) *directory.Listing {
	d.t.Helper()
	l := directorytest.Sample(n)
	must(d.t, d.store.Save(d.t.Context(), l, 0, directory.Editor{Name: "seed"}))
	return l
}

func (d *deskOf) listing(id directory.ID) *directory.Listing {
	d.t.Helper()
	l, err := d.store.Listing(d.t.Context(), id)
	must(d.t, err)
	return l
}

func (d *deskOf) proposal(id directory.ID) *desk.Proposal {
	d.t.Helper()
	p, err := d.store.Proposal(d.t.Context(), id)
	must(d.t, err)
	return p
}

// begins presses the button that begins a proposal, and gives its ID.
func (b *browser) begins(path string) directory.ID {
	b.t.Helper()
	res, text := b.sends(http.MethodPost, path, "")
	to := strings.TrimSuffix(res.Header.Get("Location"), "/edit")
	id, err := directory.ParseID(to[max(0, strings.LastIndexByte(to, '/')+1):])
	if res.StatusCode != http.StatusSeeOther || err != nil {
		b.t.Fatalf("%s: %d to %q: %.300s", path, res.StatusCode, res.Header.Get("Location"), text)
	}
	return id
}

// filled gives what the form of a page would send as it stands.
func filled(t *testing.T, page *html.Node, selector string) url.Values {
	t.Helper()
	form, sent := one(t, page, selector), url.Values{}
	for _, n := range pick(form, "input") {
		switch kind := attr(n, "type"); {
		case (kind == "checkbox" || kind == "radio") && !has(n, "checked"):
		default:
			sent.Add(attr(n, "name"), attr(n, "value"))
		}
	}
	for _, n := range pick(form, "textarea") {
		text := ""
		if n.FirstChild != nil {
			text = n.FirstChild.Data
		}
		sent.Add(attr(n, "name"), text)
	}
	for _, n := range pick(form, "select") {
		value := ""
		for _, o := range pick(n, "option") {
			if has(o, "selected") || value == "" && o == pick(n, "option")[0] {
				value = attr(o, "value")
			}
		}
		sent.Add(attr(n, "name"), value)
	}
	return sent
}

// sendsForm sends a form and gives the answer and where it leads.
func (b *browser) sendsForm(path string, sent url.Values, status int) (*html.Node, string) {
	b.t.Helper()
	res, text := b.sends(http.MethodPost, path, sent.Encode())
	return b.parsed(path, res, text, status), res.Header.Get("Location")
}

// offers reports whether a page has a form that is sent to a path ending so.
func offers(page *html.Node, end string) bool {
	return slices.ContainsFunc(pick(page, "form"), func(f *html.Node) bool { return strings.HasSuffix(attr(f, "action"), end) })
}

// wantWhole holds a page of the desk to what every one of them has to be, and its errors to lead to their fields.
func wantWhole(t *testing.T, page *html.Node) {
	t.Helper()
	everyDeskPage(t, page, attr(one(t, page, "html"), "lang"))
	for _, tag := range []string{"input", "select", "textarea"} {
		for _, n := range pick(page, "main "+tag) {
			for _, id := range strings.Fields(attr(n, "aria-describedby")) {
				if len(pick(page, "#"+id)) != 1 {
					t.Errorf("%s %q is described by %q, which is not there", tag, attr(n, "name"), id)
				}
			}
		}
	}
	for _, a := range pick(page, ".errors a") {
		if href := attr(a, "href"); !strings.HasPrefix(href, "#") || len(pick(page, href)) != 1 {
			t.Errorf("the error %q leads to %q", words(a), href)
		}
	}
}

func TestAListingFromBlankToPublished(t *testing.T) {
	d := editDesk(t)
	writer, reviewer := d.as(auth.Contributor), d.as(auth.Reviewer)
	id := writer.begins("/desk/proposals")
	path := "/desk/proposals/" + id.String()
	page := writer.opens(path+"/edit", 200)
	wantWhole(t, page)

	sent := filled(t, page, "form.edit")
	sent.Set("do", "submit")
	sent.Set("claims[0].term", "modality:nonsense")
	sent.Set("description", `<script>alert("1")</script>`)
	page, _ = writer.sendsForm(path, sent, 400)
	wantWhole(t, page)
	var errors []string
	for _, a := range pick(page, ".errors a") {
		errors = append(errors, attr(a, "href"))
	}
	for _, want := range []string{"#f-name", "#f-claims-0-term", "#f-claims-0-source", "#g-channels", "#g-sources", "#g-coverage", "#f-note"} {
		if !slices.Contains(errors, want) {
			t.Errorf("no error leads to %s: %q", want, errors)
		}
	}
	if got := d.proposal(id); got.State != desk.Drafted || got.Listing.Description == "" {
		t.Errorf("the draft with faults was not kept: %s, %+v", got.State, got.Listing)
	}

	sent = filled(t, page, "form.edit")
	for name, value := range map[string]string{
		"name": "A new <b>practice</b>", "channels[0].number": "+1 617 555 0188", "sites[0].street": "1 Main St", "sites[0].city": "Cambridge", "sites[0].country": "US",
		"sites[0].lat": "42.37", "sites[0].lng": "-71.11", "sites[0].precision": "street", "claims[0].term": "modality:cbt", "claims[0].source": "https://example.org/cbt",
		"claims[0].at": "2026-10-01", "sources[0].name": "their page", "sources[0].url": "https://example.org", "note": "new in town", "do": "preview",
	} {
		sent.Set(name, value)
	}
	_, to := writer.sendsForm(path, sent, 303)
	page = writer.opens(to, 200)
	if h := words(one(t, page, "article h1")); h != "A new <b>practice</b>" || !strings.Contains(words(page), "Cognitive behavioral therapy") {
		t.Errorf("preview of %q: %s", h, words(page))
	}
	sent = filled(t, writer.opens(path+"/edit", 200), "form.edit")
	sent.Set("do", "submit")
	_, to = writer.sendsForm(path, sent, 303)
	page = writer.opens(to, 200)
	wantWhole(t, page)
	if offers(page, "/approve") {
		t.Error("a contributor is offered to approve")
	}
	if _, err := d.store.Listing(t.Context(), d.proposal(id).Listing.ID); err == nil {
		t.Fatal("it is a listing before anyone approved")
	}

	page = reviewer.opens(path, 200)
	wantWhole(t, page)
	_, to = reviewer.sendsForm(path+"/approve", filled(t, page, "form.actions"), 303)
	wantWhole(t, reviewer.opens(to, 200))
	l := d.listing(d.proposal(id).Listing.ID)
	if l.Status != directory.Published || l.Claims[0].By != writer.who().Curator.Name || l.Claims[0].At.Format(time.DateOnly) != "2026-10-01" {
		t.Errorf("published: %+v", l)
	}
	page = reviewer.opens("/es/desk/listings/"+l.ID.String()+"/history", 200)
	wantWhole(t, page)
	if !strings.Contains(words(page), "new in town") || !strings.Contains(words(page), "Revisión 1") || !strings.Contains(words(page), "la aprobó "+reviewer.who().Curator.Name) {
		t.Errorf("history: %s", words(page))
	}
	log := d.logged()
	for _, want := range []string{"proposal.begin", "proposal.submit", "proposal.approve"} {
		if !slices.Contains(log, want) {
			t.Errorf("%s is not in the audit log: %q", want, log)
		}
	}
}

func TestNobodyApprovesTheirOwn(t *testing.T) {
	d := editDesk(t)
	b, other := d.as(auth.Reviewer), d.as(auth.Reviewer)
	l := d.saved(1)
	id := b.begins("/desk/listings/" + l.ID.String() + "/propose")
	path := "/desk/proposals/" + id.String()
	sent := filled(t, b.opens(path+"/edit", 200), "form.edit")
	sent.Set("name", "Renamed")
	sent.Set("note", "they said so")
	sent.Set("do", "submit")
	b.sendsForm(path, sent, 303)
	page := b.opens(path, 200)
	if offers(page, "/approve") {
		t.Error("who wrote it is offered to approve")
	}
	b.sendsForm(path+"/approve", url.Values{"version": {"3"}, "seen": {"1"}}, 403)
	// sent back, with a word; without one it is said what is missing
	page = other.opens(path, 200)
	form := filled(t, page, "form.panel")
	page, _ = other.sendsForm(path+"/send-back", form, 400)
	wantWhole(t, page)
	form.Set("comment", "<i>which</i> page says so?")
	other.sendsForm(path+"/send-back", form, 303)
	if page := b.opens(path, 200); !strings.Contains(words(page), "<i>which</i> page says so?") {
		t.Errorf("the comment is not there: %s", words(page))
	}
	if d.listing(l.ID).Name != l.Name {
		t.Error("it was published")
	}
}

func TestApproveTwice(t *testing.T) {
	d := editDesk(t)
	writer, b := d.as(auth.Contributor), d.as(auth.Reviewer)
	l := d.saved(1)
	path := "/desk/proposals/" + writer.begins("/desk/listings/"+l.ID.String()+"/propose").String()
	sent := filled(t, writer.opens(path+"/edit", 200), "form.edit")
	sent.Set("name", "Renamed")
	sent.Set("note", "why")
	sent.Set("do", "submit")
	writer.sendsForm(path, sent, 303)
	form := filled(t, b.opens(path, 200), "form.actions")
	for range 2 {
		b.sendsForm(path+"/approve", form, 303)
	}
	if got := d.listing(l.ID); got.Revision != 2 || got.Name != "Renamed" {
		t.Errorf("%q at revision %d", got.Name, got.Revision)
	}
}

// TestAStaleFormIsMerged: two curators have the same draft open.
func TestAStaleFormIsMerged(t *testing.T) {
	d := editDesk(t)
	first, two := d.as(auth.Contributor), d.as(auth.Contributor)
	l := d.saved(1)
	id := first.begins("/desk/listings/" + l.ID.String() + "/propose")
	path := "/desk/proposals/" + id.String()
	mine, theirs := filled(t, first.opens(path+"/edit", 200), "form.edit"), filled(t, two.opens(path+"/edit", 200), "form.edit")
	theirs.Set("name", "Theirs")
	theirs.Set("audience", "veterans")
	theirs.Set("note", "their <words>")
	theirs.Set("do", "save")
	two.sendsForm(path, theirs, 303)
	mine.Set("name", "Mine <&>")
	mine.Set("organization", "Practice")
	mine.Set("note", "my words")
	mine.Set("do", "save")
	page, _ := first.sendsForm(path, mine, 409)
	wantWhole(t, page)
	if text := words(pick(page, "fieldset")[0]); !strings.Contains(text, "Theirs") || !strings.Contains(text, "Mine <&>") || !strings.Contains(text, l.Name) {
		t.Errorf("the versions are not side by side: %s", text)
	}
	form := filled(t, page, "main form")
	if text := words(page); form.Get("pick:note") != "mine" || !strings.Contains(text, "their <words>") || !strings.Contains(text, "my words") {
		t.Errorf("the notes are not side by side: %s", text)
	}
	if form.Get("pick:name") != "mine" {
		t.Errorf("the choice begins with %q", form.Get("pick:name"))
	}
	// and meanwhile once more
	theirs.Set("version", "2")
	theirs.Set("description", "longer")
	two.sendsForm(path, theirs, 303)
	page, _ = first.sendsForm(path+"/merge", form, 409)
	form = filled(t, page, "main form")
	form.Set("pick:name", "theirs")
	form.Set("pick:note", "theirs")
	first.sendsForm(path+"/merge", form, 303)
	got := d.proposal(id)
	if x := got.Listing; x.Name != "Theirs" || x.Audience != "veterans" || x.Organization != "Practice" || x.Description != "longer" || got.Note != "their <words>" {
		t.Errorf("merged: %q %q %q %q, note %q", x.Name, x.Audience, x.Organization, x.Description, got.Note)
	}
}

func TestTwoProposalsForOneListing(t *testing.T) {
	d := editDesk(t)
	writer, b := d.as(auth.Contributor), d.as(auth.Reviewer)
	l := d.saved(1)
	var paths []string
	for _, name := range []string{"First", "Second"} {
		path := "/desk/proposals/" + writer.begins("/desk/listings/"+l.ID.String()+"/propose").String()
		sent := filled(t, writer.opens(path+"/edit", 200), "form.edit")
		sent.Set("name", name)
		sent.Set("note", "why")
		sent.Set("do", "submit")
		writer.sendsForm(path, sent, 303)
		paths = append(paths, path)
	}
	seen := filled(t, b.opens(paths[1], 200), "form.actions")
	b.sendsForm(paths[0]+"/approve", filled(t, b.opens(paths[0], 200), "form.actions"), 303)
	b.sendsForm(paths[1]+"/approve", seen, 409)
	page := b.opens(paths[1], 200)
	if offers(page, "/approve") || !strings.Contains(words(page), "Decide which to keep") {
		t.Errorf("a conflict can be approved: %s", words(page))
	}
	page = writer.opens(paths[1]+"/settle", 200)
	wantWhole(t, page)
	form := filled(t, page, "main form")
	writer.sendsForm(paths[1]+"/settle", form, 303)
	b.sendsForm(paths[1]+"/approve", filled(t, b.opens(paths[1], 200), "form.actions"), 303)
	if got := d.listing(l.ID); got.Name != "Second" || got.Revision != 3 {
		t.Errorf("%q at revision %d", got.Name, got.Revision)
	}
}

// TestNothingTypedIsLostWhenTheStoreIsDown: the form comes back with all of it, to be sent again.
func TestNothingTypedIsLostWhenTheStoreIsDown(t *testing.T) {
	d := editDesk(t)
	b := d.as(auth.Contributor)
	l := d.saved(1)
	id := b.begins("/desk/listings/" + l.ID.String() + "/propose")
	path := "/desk/proposals/" + id.String()
	sent := filled(t, b.opens(path+"/edit", 200), "form.edit")
	sent.Set("description", "much\r\ntyped <b>\"here\"</b>")
	sent.Set("do", "save")
	d.kept.down = true
	page, _ := b.sendsForm(path, sent, 503)
	again := filled(t, page, "main form")
	for name := range sent {
		if again.Get(name) != strings.ReplaceAll(sent.Get(name), "\r\n", "\n") && again.Get(name) != sent.Get(name) {
			t.Errorf("%s: %q came back as %q", name, sent.Get(name), again.Get(name))
		}
	}
	wantWhole(t, page)
	d.kept.down = false
	b.sendsForm(attr(one(t, page, "main form"), "action"), again, 303)
	if got := d.proposal(id); got.Listing.Description != "much\ntyped <b>\"here\"</b>" {
		t.Errorf("kept: %q", got.Listing.Description)
	}
}

func TestTheSessionEndsMidForm(t *testing.T) {
	d := editDesk(t)
	b := d.as(auth.Contributor)
	id := b.begins("/desk/listings/" + d.saved(1).ID.String() + "/propose")
	path := "/desk/proposals/" + id.String()
	sent := filled(t, b.opens(path+"/edit", 200), "form.edit")
	sent.Set("description", "typed before the session ended")
	sent.Set("do", "save")
	d.clock.pass(3 * time.Hour)
	res, text := b.sends(http.MethodPost, path, sent.Encode())
	page, err := html.Parse(strings.NewReader(text))
	must(t, err)
	form := filled(t, page, "main form")
	if form.Get("kept") == "" {
		t.Fatalf("%d: what was typed is not kept: %s", res.StatusCode, words(page))
	}
	form.Set("login", b.login)
	form.Set("password", goodPassword)
	form.Set("code", b.code())
	page, _ = b.sendsForm("/desk/sign-in", form, 200)
	b.sendsForm(attr(one(t, page, "main form"), "action"), filled(t, page, "main form"), 303)
	if got := d.proposal(id); got.Listing.Description != "typed before the session ended" {
		t.Errorf("kept: %q", got.Listing.Description)
	}
}

// TestAnythingInEveryField puts nonsense into every field of the form: nothing fails, and all of it comes back.
func TestAnythingInEveryField(t *testing.T) {
	d := editDesk(t)
	b := d.as(auth.Contributor)
	id := b.begins("/desk/listings/" + d.saved(1).ID.String() + "/propose")
	path := "/desk/proposals/" + id.String()
	for name, nonsense := range map[string]string{
		"HTML": `"><script>alert(1)</script>`, "long": strings.Repeat("x", 4_000), "control": "a\x00b\x1bc", "broken": "\xff\xfe", "formula": "=1+1", "template": "{{.View}}",
		"right to left": "\u202eabc", "empty": "",
	} {
		sent := filled(t, b.opens(path+"/edit", 200), "form.edit")
		for field := range sent {
			if field != "version" {
				sent.Set(field, nonsense)
			}
		}
		sent.Set("do", "submit")
		res, text := b.sends(http.MethodPost, path, sent.Encode())
		page := b.parsed(path, res, text, res.StatusCode)
		if res.StatusCode != 400 && res.StatusCode != 303 {
			t.Errorf("%s: %d: %.300s", name, res.StatusCode, words(page))
		}
		if strings.Contains(text, "<script>alert") {
			t.Errorf("%s: a script in the page", name)
		}
		if res.StatusCode == 400 {
			wantWhole(t, page)
		}
		b.opens(path+"/preview", 200)
		b.opens(path, 200)
	}
	sent := filled(t, b.opens(path+"/edit", 200), "form.edit")
	huge := strings.Repeat("x", 600_000) + "<b>"
	sent.Set("description", huge)
	sent.Set("do", "save")
	page, _ := b.sendsForm(path, sent, 400)
	if filled(t, page, "form.edit").Get("description") != huge {
		t.Error("a description that is too long did not come back")
	}
}

// TestADraftOfAnythingCanBeLookedAt shows drafts that break every rule on each page of theirs.
func TestADraftOfAnythingCanBeLookedAt(t *testing.T) {
	d := editDesk(t)
	b := d.as(auth.Reviewer)
	l := d.saved(1)
	id := b.begins("/desk/listings/" + l.ID.String() + "/propose")
	p := d.proposal(id)
	x := p.Listing
	x.Kind, x.Status, x.Name = "nonsense", "nonsense", ""
	x.Hours = directory.Hours{Zone: "Nowhere/Land", Weekly: []directory.Range{{Day: 6, Span: directory.Span{From: 5, To: 1}}}}
	x.Channels = []directory.Channel{{Medium: "smoke", Number: "x"}, {Medium: directory.Web, Address: "javascript:alert(1)"}}
	x.Claims = []directory.Claim{{Facet: "nonsense", Code: "x", Value: directory.Yes}, {Facet: "nonsense", Code: "x", Source: "javascript:alert(2)"}}
	x.Sites[0].Precision, x.Sites[0].Point = "guess", [2]float64{999, 999}
	x.Accepting.Status, x.Fees.Currency, x.Referral.FormURL = "perhaps", "?", "javascript:alert(3)"
	x.Coverage.Divisions = []string{"X"}
	must(t, d.store.SaveProposal(t.Context(), p, p.Version))
	for _, at := range []string{"", "/edit", "/preview", "/settle"} {
		for _, lang := range []string{"", "/es"} {
			res, text := b.sends(http.MethodGet, lang+"/desk/proposals/"+id.String()+at, "")
			page := b.parsed(at, res, text, 200)
			wantWhole(t, page)
			for _, a := range pick(page, "a") {
				if strings.HasPrefix(attr(a, "href"), "javascript:") {
					t.Errorf("%s: a link to %s", at, attr(a, "href"))
				}
			}
		}
	}
	// Left alone, the form keeps even what it has no choice for.
	before := d.proposal(id)
	sent := filled(t, b.opens("/desk/proposals/"+id.String()+"/edit", 200), "form.edit")
	sent.Set("do", "save")
	b.sendsForm("/desk/proposals/"+id.String(), sent, 303)
	for _, diff := range directory.Compare(before.Listing, d.proposal(id).Listing) {
		t.Errorf("%s changed by itself: %v to %v", diff.Path, diff.Old, diff.New)
	}
}

func TestGuessedProposals(t *testing.T) {
	d := editDesk(t)
	b := d.as(auth.Administrator)
	for _, id := range []string{directory.ImportedID("no", "1").String(), "nothing", "../people", "%00"} {
		for _, at := range []string{"", "/edit", "/preview", "/settle"} {
			if res, text := b.sends(http.MethodGet, "/desk/proposals/"+id+at, ""); res.StatusCode != 404 && id != "../people" {
				t.Errorf("%s%s: %d: %.200s", id, at, res.StatusCode, text)
			}
		}
	}
}

// boston is a gazetteer of one city.
func boston(t *testing.T) *geo.Gazetteer {
	t.Helper()
	g, err := geo.Load(zipped(t, "zip,city,state,lat,lon\n"), zipped(t, "name,admin1,country,lat,lon,population,timezone\nBoston,Massachusetts,US,42.36,-71.06,650000,America/New_York\n"))
	must(t, err)
	return g
}

func TestLocateASite(t *testing.T) {
	d := openDesk(t, func(_ *shelf, cfg *web.Config) {
		cfg.Vocabulary, cfg.Gazetteer = directorytest.Vocabulary(), boston(t)
	})
	b := d.as(auth.Contributor)
	id := b.begins("/desk/proposals")
	path := "/desk/proposals/" + id.String()
	sent := filled(t, b.opens(path+"/edit", 200), "form.edit")
	sent.Set("sites[0].street", "7 Nowhere Street")
	sent.Set("sites[0].city", "Xyzzyville")
	sent.Set("do", "locate-0")
	page, _ := b.sendsForm(path, sent, 400)
	wantWhole(t, page)
	if sent = filled(t, page, "form.edit"); sent.Get("sites[0].city") != "Xyzzyville" {
		t.Errorf("lost: %q", sent)
	}
	sent.Set("sites[0].city", "Boston")
	sent.Set("sites[0].country", "US")
	sent.Set("do", "locate-0")
	b.sendsForm(path, sent, 303)
	s := d.proposal(id).Listing.Sites[0]
	if s.Precision != "city" || s.Point.Lat() != 42.36 {
		t.Errorf("located at %v, %s", s.Point, s.Precision)
	}
	page = b.opens(path+"/edit", 200)
	if said := words(one(t, page, "#f-sites-0 [data-pin-map] p")); !strings.Contains(said, "Pin at 42.36, -71.06. How precise: The city. Nearest known place: Boston") {
		t.Errorf("the map says %q", said)
	}
	if n := len(pick(page, "[data-pin]")) - len(pick(page, "[data-pin-map]")); n != 1 {
		t.Errorf("%d sites without a map, want the empty row", n)
	}
}

// TestTheDeskForPrograms does by the API what the pages do.
func TestTheDeskForPrograms(t *testing.T) {
	d := editDesk(t)
	boss := d.as(auth.Administrator)
	writer, reviewer := d.as(auth.Contributor), d.as(auth.Reviewer)
	l := d.saved(1)
	const api = "/api/v1/desk"
	var p struct {
		ID      string          `json:"id"`
		Version int64           `json:"version"`
		State   string          `json:"state"`
		Listing json.RawMessage `json:"listing"`
		Changes []struct{ Path, Old, New string }
		Faults  []struct{ Field string }
		Seen    int64 `json:"published_revision"`
	}
	do := func(b *browser, method, path, body string, status int) {
		t.Helper()
		text := b.calls(method, api+path, "", body, status)
		p.Changes, p.Faults = nil, nil
		if status < 300 {
			must(t, json.Unmarshal([]byte(text), &p))
		}
	}
	do(writer, "POST", "/listings/"+l.ID.String()+"/propose", "", 201)
	next := l.Clone()
	next.Name = "By a program"
	doc, err := document.Encode(next)
	must(t, err)
	path := "/proposals/" + p.ID
	do(writer, "POST", path, `{"version": 1, "listing": `+string(doc)+`}`, 200)
	do(writer, "POST", path, `{"version": 1, "note": "again", "listing": `+string(doc)+`}`, 409)
	do(writer, "POST", path, `{"version": 2, "listing": {"id": "x"}}`, 400)
	do(writer, "POST", path+"/submit", `{"version": 2}`, 400)
	do(writer, "GET", path+"/edit", "", 200)
	if len(p.Faults) != 1 || p.Faults[0].Field != "note" {
		t.Errorf("faults: %+v", p.Faults)
	}
	do(writer, "POST", path, `{"version": 2, "note": "as they said", "listing": `+string(doc)+`}`, 200)
	do(writer, "POST", path+"/submit", `{"version": 3}`, 200)
	do(reviewer, "GET", path, "", 200)
	if len(p.Changes) != 1 || p.Changes[0].Path != "name" || p.Changes[0].New != "By a program" || p.Seen != 1 {
		t.Errorf("review: %+v", p)
	}
	do(writer, "POST", path+"/approve", `{"version": 4, "seen": 1}`, 403)
	do(reviewer, "POST", path+"/approve", `{"version": 4}`, 400)
	key := boss.key(auth.Publish)
	boss.calls("POST", api+path+"/approve", key, `{"version": 4, "seen": 1}`, 200)
	if d.listing(l.ID).Name != "By a program" {
		t.Error("not published")
	}
	last, err := d.guard.Entries(t.Context(), auth.Filter{}, 1)
	must(t, err)
	if len(last) != 1 || last[0].Actor != boss.who().Curator.ID || last[0].Detail["key"] == "" {
		t.Errorf("the log does not say that a program did it: %+v", last)
	}
	do(reviewer, "POST", "/listings/"+l.ID.String()+"/restore", `{"revision": 1, "base": 2, "note": "back"}`, 200)
	if got := d.listing(l.ID); got.Name != l.Name || got.Revision != 3 {
		t.Errorf("restored: %q at %d", got.Name, got.Revision)
	}
	var history struct{ Revisions []struct{ Revision int64 } }
	must(t, json.Unmarshal([]byte(reviewer.calls("GET", api+"/listings/"+l.ID.String()+"/history", "", "", 200)), &history))
	if len(history.Revisions) != 3 || history.Revisions[0].Revision != 3 {
		t.Errorf("history: %+v", history)
	}
	var list struct{ Proposals []struct{ ID string } }
	must(t, json.Unmarshal([]byte(reviewer.calls("GET", api+"/proposals?state=published", "", "", 200)), &list))
	if len(list.Proposals) != 1 {
		t.Errorf("proposals: %+v", list)
	}
	reviewer.calls("GET", api+"/proposals?state=nonsense", "", "", 400)
}

func TestACallByThePage(t *testing.T) {
	d := editDesk(t)
	b, other := d.as(auth.Reviewer), d.as(auth.Reviewer)
	l := d.saved(1)
	path := "/desk/listings/" + l.ID.String() + "/call"
	page := b.opens(path, 200)
	wantWhole(t, page)
	if !slices.ContainsFunc(pick(page, ".channels a"), func(a *html.Node) bool { return strings.HasPrefix(attr(a, "href"), "tel:") }) {
		t.Error("no number to dial")
	}
	form := filled(t, page, "main form")
	page, _ = b.sendsForm(path, form, 400) // nothing was asked
	wantWhole(t, page)
	form.Set("outcome:accepting", "changed")
	form.Set("note", "spoke with the front desk")
	page, _ = b.sendsForm(path, form, 400) // and what holds now?
	wantWhole(t, page)
	if kept := filled(t, page, "main form"); kept.Get("note") != "spoke with the front desk" || kept.Get("outcome:accepting") != "changed" {
		t.Errorf("lost: %q", kept)
	}
	form.Set("value:accepting", "no")
	_, to := b.sendsForm(path, form, 303)
	if !strings.HasSuffix(to, "/edit") {
		t.Errorf("what changed leads to %s", to)
	}
	_, again := b.sendsForm(path, form, 303)
	if again != to || d.listing(l.ID).Revision != 1 {
		t.Errorf("sent twice: %s, revision %d", again, d.listing(l.ID).Revision)
	}

	form = filled(t, other.opens(path, 200), "main form")
	form.Set("outcome:fees", "confirmed")
	other.sendsForm(path, form, 303)
	if v := d.listing(l.ID).Verification; !v.At.Equal(d.clock.now()) || v.Method != "called" || !v.Due.Equal(v.At.AddDate(0, 0, 90)) {
		t.Errorf("verified: %+v", v)
	}
	for range 3 {
		d.clock.pass(time.Minute)
		form = filled(t, other.opens(path, 200), "main form")
		form.Set("reached", "no-answer")
		form.Set("reason", "Nobody answers.")
		_, to = other.sendsForm(path, form, 303)
	}
	page = b.opens(to, 200)
	if !strings.Contains(words(page), "Withdrawn") {
		t.Errorf("after three calls: %s", words(page))
	}
	text := b.calls("GET", "/api/v1/desk"+strings.TrimPrefix(path, "/desk"), "", "", 200)
	var sheet struct {
		Call      string
		Revision  int64
		Questions []struct{ Key, Says string }
	}
	must(t, json.Unmarshal([]byte(text), &sheet))
	body, err := json.Marshal(map[string]any{
		"call": sheet.Call, "revision": sheet.Revision, "method": "called", "reached": "answered",
		"replies": []any{map[string]string{"key": sheet.Questions[0].Key, "outcome": "confirmed"}},
	})
	must(t, err)
	var heard struct {
		Verified *time.Time `json:"verified_at"`
	}
	must(t, json.Unmarshal([]byte(b.calls("POST", "/api/v1/desk"+strings.TrimPrefix(path, "/desk"), "", string(body), 200)), &heard))
	if heard.Verified == nil {
		t.Errorf("by a program: %+v", heard)
	}
}

func TestRestoreByThePage(t *testing.T) {
	d := editDesk(t)
	b := d.as(auth.Reviewer)
	l := d.saved(1)
	next := l.Clone()
	next.Name = "Wrong"
	must(t, d.store.Save(t.Context(), next, 1, directory.Editor{Name: "somebody"}))
	path := "/desk/listings/" + l.ID.String()
	page := b.opens(path+"/history", 200)
	wantWhole(t, page)
	form := filled(t, page, "details form")
	b.sendsForm(path+"/restore", form, 400)
	form.Set("note", "was right")
	b.sendsForm(path+"/restore", form, 303)
	b.sendsForm(path+"/restore", form, 409) // pressed twice
	if got := d.listing(l.ID); got.Name != l.Name || got.Revision != 3 {
		t.Errorf("%q at revision %d", got.Name, got.Revision)
	}
}
