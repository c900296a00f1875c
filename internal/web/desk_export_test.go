package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/auth"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/exchange/carefinder"
)

// file reads an exported file.
func fileOf(t *testing.T, res *http.Response, text string) map[directory.ID]*directory.Listing {
	t.Helper()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), `attachment; filename="listings-`) {
		t.Fatalf("%d, %v: %.300s", res.StatusCode, res.Header, text)
	}
	all := map[directory.ID]*directory.Listing{}
	for row, err := range carefinder.Read("", strings.NewReader(text)) {
		if err != nil || row.Err != nil {
			t.Fatal(err, row.Err)
		}
		all[row.Listing.ID] = row.Listing
	}
	return all
}

func TestExportAtTheDesk(t *testing.T) {
	var all []*directory.Listing
	for n := range 620 { // more than one batch, and than one page
		l := directorytest.Sample(n)
		l.Status = directory.Draft
		all = append(all, l)
	}
	all[0].Name, all[0].Referral.Fax = "=1+1", "+16175550100"
	all[1] = directorytest.Confidential(1)
	all[1].Status = directory.Draft
	all[2].Description = `<script>alert("x")</script>`
	all[3].Demonstration = true
	o := openOffice(t, all...)
	b := o.as(auth.Reviewer)
	page := b.opens("/desk/bulk/choose?status=draft", 200)
	if n := len(pick(page, "button[formaction]")); n != 1 {
		t.Errorf("%d ways to export", n)
	}
	res, text := b.sends(http.MethodPost, "/desk/bulk/export", "query=status%3Ddraft&all=yes")
	got := fileOf(t, res, text)
	if len(got) != len(all)-1 || strings.Contains(text, directorytest.Secret) {
		t.Fatalf("%d of %d listings", len(got), len(all)-1)
	}
	for _, l := range []*directory.Listing{all[0], all[2], all[619]} {
		want, err := o.store.Listing(t.Context(), l.ID)
		must(t, err)
		if diff := cmp.Diff(want, got[l.ID]); diff != "" {
			t.Errorf("came back differently:\n%s", diff)
		}
	}
	o.comes(got[all[0].ID]) // the file again changes nothing
	if l, err := o.store.Listing(t.Context(), all[0].ID); err != nil || l.Revision != 1 {
		t.Errorf("revision %d, %v", l.Revision, err)
	}
	if logged := strings.Join(o.logged(), " "); !strings.Contains(logged, "listing.export") {
		t.Errorf("the audit log: %s", logged)
	}

	one, err := json.Marshal(map[string]any{"listing": []string{all[1].ID.String()}, "confidential": true})
	must(t, err)
	text = b.calls(http.MethodPost, "/api/v1/desk/bulk/export", b.key(auth.Export), strings.Replace(string(one), "true", `"no"`, 1), 200)
	if strings.Contains(text, directorytest.Secret) || !strings.Contains(text, all[1].ID.String()) {
		t.Errorf("for a program: %.200s", text)
	}
	asked := strings.Replace(string(one), "true", `"yes"`, 1)
	b.calls(http.MethodPost, "/api/v1/desk/bulk/export", b.key(auth.Export), asked, 403)
	if text = b.calls(http.MethodPost, "/api/v1/desk/bulk/export", b.key(auth.Export, auth.Edit), asked, 200); !strings.Contains(text, directorytest.Secret) {
		t.Error("the whole copy lacks the address")
	}
	auditor := o.as(auth.Auditor)
	if page := auditor.opens("/desk/bulk/choose?status=draft", 200); offers(page, "/desk/bulk") && len(pick(page, "#export-confidential")) > 0 || len(pick(page, "button[formaction]")) != 1 {
		t.Error("an auditor is offered something else than a file")
	}
	auditor.posts("/desk/bulk/export", 403, "listing", all[1].ID.String(), "confidential", "yes")
	if text := words(b.posts("/desk/bulk/export", 400, "query", "status=draft")); !strings.Contains(text, "Choose between") {
		t.Errorf("nothing chosen: %s", text)
	}
	o.as(auth.Contributor).posts("/desk/bulk/export", 403, "listing", all[1].ID.String())
}
