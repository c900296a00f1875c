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
		auth.Verify: "rA", auth.Merge: "rA", auth.Bulk: "rA", auth.Reports: "rA", auth.Claims: "rA", auth.Vocabulary: "rA",
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
	if slices.Contains(auth.Scopes(), auth.Self) || len(auth.Scopes()) != len(want)-1 {
		t.Error("a key could change what lets its owner in")
	}
	if (*auth.Identity)(nil).May(auth.Read) {
		t.Error("nobody may read the desk")
	}
}
