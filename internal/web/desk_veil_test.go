package web_test

import (
	"net/http"
	"strings"
	"testing"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
)

// wanders follows every link of the desk from its first page, and gives the pages, and their twins for programs, that say
// something, by their addresses. Programs ask with a key of the scopes.
func (b *browser) wanders(secret string, scopes ...auth.Permission) map[string]bool {
	b.t.Helper()
	with, all := map[string]bool{}, map[string]bool{"/desk": true}
	key := b.key(scopes...)
	for queue := []string{"/desk"}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		res, text := b.sends(http.MethodGet, at, "")
		page := b.parsed(at, res, text, res.StatusCode)
		_, twin := b.sends(http.MethodGet, "/api/v1"+at, "", "Authorization", "Bearer "+key, "Cookie", "", "Sec-Fetch-Site", "")
		for from, text := range map[string]string{at: text, "/api/v1" + at: twin} {
			if strings.Contains(text, secret) {
				with[from] = true
			}
		}
		for _, a := range pick(page, "a") {
			to, _, _ := strings.Cut(attr(a, "href"), "#")
			if to, _, _ = strings.Cut(to, "?"); strings.HasPrefix(to, "/desk/") && !strings.HasPrefix(to, "/desk/vocabulary/") && !all[to] {
				all[to] = true
				queue = append(queue, to)
			}
		}
		if len(all) > 100 {
			b.t.Fatal("the desk has no end")
		}
	}
	return with
}

// TestAnAddressThatProtectsIsForWhoEdits: whoever only reads finds it on no page of the desk, whatever a listing went
// through; who edits finds it where it is changed.
func TestAnAddressThatProtectsIsForWhoEdits(t *testing.T) {
	twin := directorytest.Confidential(1)
	l := twin.Clone()
	l.ID = directorytest.Sample(2).ID
	l.Sites[0].Confidential, l.Sites[0].Coverage = false, directory.Coverage{} // at first nobody knew
	o := openOffice(t, l, twin)
	saves := func(change func(l *directory.Listing)) *directory.Listing {
		t.Helper()
		now, err := o.store.Listing(t.Context(), l.ID)
		must(t, err)
		next := now.Clone()
		change(next)
		must(t, o.store.Save(t.Context(), next, now.Revision, directory.Editor{Name: "Ben"}))
		return next
	}
	file := saves(func(l *directory.Listing) {
		l.Sites[0].Confidential, l.Sites[0].Coverage = true, directory.Coverage{Divisions: []string{"US-MA"}}
	}).Clone()
	o.comes(file)
	saves(func(l *directory.Listing) { l.Sites[0].Address.Street = directorytest.Secret + " 8" })
	file.Sites[0].Address.Street = directorytest.Secret + " 9"
	o.comes(file)

	opened := saves(func(l *directory.Listing) { l.Audience = "women" }).Clone()
	opened.Sites[0].Confidential, opened.Sites[0].Coverage, opened.Sites[0].Address.Street = false, directory.Coverage{}, directorytest.Secret+" 10"
	propose := func(l *directory.Listing) string {
		eve, at := desk.Actor{ID: "eve", Name: "Eve"}, o.clock.now()
		p := &desk.Proposal{
			ID: directory.NewID(at), State: desk.InReview, Base: l.Revision, Listing: l, Note: "moved", By: eve, Editors: []desk.Actor{eve}, CreatedAt: at, UpdatedAt: at,
		}
		must(t, o.store.AddProposal(t.Context(), p))
		return p.ID.String()
	}
	draft := propose(opened)
	fresh := directorytest.Confidential(3)
	fresh.Status = directory.Draft
	propose(fresh)
	b := o.as(auth.Reviewer)
	key := b.key(auth.Read, auth.Bulk)
	b.calls(http.MethodPost, "/api/v1/desk/bulk", key, `{"listing":["`+l.ID.String()+`"],"change":"status","to_status":"draft"}`, 201)
	o.look()

	edits := o.as(auth.Contributor).wanders(directorytest.Secret, auth.Read, auth.Edit)
	for _, at := range []string{"/listings/" + l.ID.String() + "/history", "/conflicts/" + l.ID.String(), "/proposals/" + draft} {
		if !edits["/desk"+at] || !edits["/api/v1/desk"+at] {
			t.Errorf("a contributor does not read it at %s: %v", at, edits)
		}
	}
	for at := range o.as(auth.Auditor).wanders(directorytest.Secret, auth.Read) {
		t.Errorf("an auditor reads it at %s", at)
	}
	for at := range o.as(auth.Contributor).wanders(directorytest.Secret, auth.Read) {
		if strings.HasPrefix(at, "/api/") {
			t.Errorf("a key that may only read reads it at %s", at)
		}
	}

	// What was taken out stays in the past.
	saves(func(l *directory.Listing) {
		l.Sites, l.Coverage = nil, directory.Coverage{Divisions: []string{"US-MA"}}
	})
	at := "/desk/listings/" + l.ID.String() + "/history"
	if _, text := o.as(auth.Contributor).sends(http.MethodGet, at, ""); !strings.Contains(text, directorytest.Secret) {
		t.Error("a contributor does not read what was taken out")
	}
	if _, text := o.as(auth.Auditor).sends(http.MethodGet, at, ""); strings.Contains(text, directorytest.Secret) {
		t.Error("an auditor reads what was taken out")
	}
}
