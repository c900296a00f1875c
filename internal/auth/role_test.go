package auth_test

import (
	"slices"
	"testing"

	"carefinder/internal/auth"
)

// TestRoles says who may do what once more, by hand: a slip in the table is then two slips.
func TestRoles(t *testing.T) {
	want := map[auth.Permission]string{ // c, a, r, A: contributor, auditor, reviewer, administrator
		auth.Self: "carA", auth.Read: "carA", auth.Draft: "crA", auth.Edit: "crA", auth.Review: "rA", auth.Publish: "rA",
		auth.Verify: "rA", auth.Merge: "rA", auth.Bulk: "rA", auth.Reports: "rA", auth.Claims: "rA", auth.Vocabulary: "A",
		auth.Export: "arA", auth.Oversee: "aA", auth.People: "A", auth.APIKeys: "A", auth.Settings: "A",
	}
	letters := map[auth.Role]string{auth.Contributor: "c", auth.Auditor: "a", auth.Reviewer: "r", auth.Administrator: "A"}
	if len(want) != len(auth.Permissions()) || len(letters) != len(auth.Roles()) {
		t.Fatal("a permission or a role is not in this test")
	}
	for _, p := range auth.Permissions() {
		got := ""
		for _, r := range auth.Roles() {
			if r.May(p) {
				got += letters[r]
			}
		}
		if got != want[p] {
			t.Errorf("%s: %q, want %q", p, got, want[p])
		}
		if auth.Role("").May(p) || auth.Role("king").May(p) {
			t.Errorf("%s is allowed to no role", p)
		}
	}
	for _, p := range []auth.Permission{auth.Self, auth.People, auth.APIKeys} {
		key := auth.Identity{Curator: auth.Curator{Role: auth.Administrator}, Key: &auth.Key{Scopes: auth.Permissions()}}
		if slices.Contains(auth.Scopes(), p) || key.May(p) {
			t.Errorf("a key with %s could make itself a successor", p)
		}
	}
	program := auth.Identity{Curator: auth.Curator{ID: "a"}, Key: &auth.Key{ID: "k"}}
	if program.Actor().Key != "k" {
		t.Error("what a program does is not told from what its curator does")
	}
	if len(auth.Scopes()) != len(want)-3 {
		t.Errorf("scopes %q", auth.Scopes())
	}
	if (*auth.Identity)(nil).May(auth.Read) {
		t.Error("nobody may read the desk")
	}
}
