package web_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"carefinder/internal/auth"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/exchange"
)

// comes has a file of one listing come in.
func (o *office) comes(l *directory.Listing) {
	o.t.Helper()
	im := exchange.Importer{Desk: o.door, To: o.store, By: directory.Editor{Name: "import", Note: "register.csv"}}
	_, err := im.Run(o.t.Context(), func(yield func(exchange.Row, error) bool) { yield(exchange.Row{Line: 2, Listing: l.Clone()}, nil) })
	must(o.t, err)
}

func TestImportConflictsAtTheDesk(t *testing.T) {
	file := directorytest.Sample(1)
	o := openOffice(t, file)
	edited := file.Clone()
	edited.Name, edited.Audience = "By <b>Ben</b>", "by Ben"
	must(t, o.store.Save(t.Context(), edited, edited.Revision, directory.Editor{Name: "Ben"}))
	file.Name, file.Audience, file.Description = "By the file", "by the file", "More"
	o.comes(file)

	b := o.as(auth.Contributor)
	if text := words(b.opens("/desk/queues", 200)); !strings.Contains(text, "Import conflicts1") {
		t.Errorf("the queues: %s", text)
	}
	queue := b.opens("/es/desk/queues/conflicts", 200)
	if text := words(queue); !strings.Contains(text, "Nombre, ") {
		t.Errorf("the queue: %s", text)
	}
	at := "/desk/conflicts/" + file.ID.String()
	page := b.opens(at, 200)
	if text := words(page); !strings.Contains(text, "By <b>Ben</b>") || !strings.Contains(text, "By the file") || !strings.Contains(text, "register.csv") {
		t.Errorf("the conflict: %s", text)
	}
	action := at
	fields := []string{"version", attr(pick(page, "input[name=version]")[0], "value"), "seen", "3", "pick:name", "mine"}
	if text := words(page); strings.Contains(text, "What else") || len(pick(o.as(auth.Auditor).opens(at, 200), "main input[type=radio]")) > 0 {
		t.Errorf("it shows more than there is to decide, or lets decide who may not: %s", text)
	}
	undecided := b.posts(action, 400, fields...)
	if text := words(undecided); !strings.Contains(text, "Choose whose to take: ") || strings.Contains(text, "Choose whose to take: Name") {
		t.Errorf("undecided: %s", text)
	}
	if n := len(pick(undecided, "input[checked]")); n != 1 {
		t.Errorf("%d choices were kept", n)
	}
	stale := append([]string{}, fields...)
	stale[3] = "2"
	b.posts(action, 409, append(stale, "pick:audience", "theirs")...)
	fields = append(fields, "pick:audience", "theirs")
	first, _ := b.sentTo(action, fields...)
	again, review := b.sentTo(action, fields...)
	if first != again || !strings.HasPrefix(first, "/desk/proposals/") || !strings.Contains(words(review), "By the file") || strings.Contains(words(review), "by the file") {
		t.Errorf("proposed at %s and %s: %s", first, again, words(review))
	}
	b.opens(at, 404)
	if l, err := o.store.Listing(t.Context(), file.ID); err != nil || l.Name != "By <b>Ben</b>" || l.Description != "More" {
		t.Errorf("it is %q, %v", l.Name, err)
	}

	file.Name = "By the file again"
	o.comes(file)
	var answer struct {
		Version, Seen int64
		Conflicts     []struct{ Path, Base, Mine, Theirs string }
	}
	must(t, json.Unmarshal([]byte(b.calls(http.MethodGet, "/api/v1"+at, b.key(auth.Read), "", 200)), &answer))
	if len(answer.Conflicts) != 1 || answer.Conflicts[0].Path != "name" || answer.Conflicts[0].Mine != file.Name {
		t.Fatalf("for a program: %+v", answer)
	}
	body, err := json.Marshal(map[string]any{"version": answer.Version, "seen": answer.Seen, "picks": map[string]string{"name": "theirs"}})
	must(t, err)
	b.calls(http.MethodPost, "/api/v1"+at, b.key(auth.Edit), string(body), 204)
	o.as(auth.Auditor).posts(action, 403)
}

// TestFaultsInTheLanguageOfThePage: what a rule says is English, and marked as such; how it is mended is in the language
// of the page.
func TestFaultsInTheLanguageOfThePage(t *testing.T) {
	l := directorytest.Sample(1)
	l.Channels[0].Number = "nobody"
	l.Sites[0].Point = [2]float64{0, 0}
	o := openOffice(t, l)
	b := o.as(auth.Reviewer)
	for queue, want := range map[string]string{"facts": "escriba un número que se pueda marcar", "coordinates": "la latitud y la longitud"} {
		page := b.opens("/es/desk/queues/"+queue, 200)
		for _, n := range slices.Collect(page.Descendants()) {
			if n.DataAtom == atom.Span && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "lang" && a.Val == "en" }) {
				n.Parent.RemoveChild(n)
			}
		}
		if text := words(page); !strings.Contains(text, want) || strings.Contains(text, "can't be dialled") || strings.Contains(text, "geocoder") {
			t.Errorf("%s: %s", queue, text)
		}
	}
	_, page := b.sentTo("/es/desk/bulk", "listing", l.ID.String(), "change", "status", "to_status", "in-review")
	if text := words(page); !strings.Contains(text, "escriba un número que se pueda marcar") || strings.Contains(text, "can't be dialled") {
		t.Errorf("refused: %s", text)
	}
}
