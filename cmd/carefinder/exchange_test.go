package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/directory"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// content reads an export by id, without what an import must not take over: revisions and when they were saved.
func content(t *testing.T, jsonl string) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for line := range strings.Lines(jsonl) {
		var l map[string]any
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		delete(l, "revision")
		delete(l, "updated_at")
		all[l["id"].(string)] = l
	}
	return all
}

// seeded makes a store with the real listings, one of them at a confidential address, one of them archived.
func seeded(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	must(t, "demo", "--data", dir, "--listings", "20") // which an export has to leave out
	s := storetest.Open(t, filepath.Join(dir, "carefinder.db"), store.Options{})
	var all []*directory.Listing
	err := s.EachAny(t.Context(), func(l *directory.Listing) error {
		if l.Status == directory.Published && len(l.Sites) > 0 && len(all) < 2 {
			all = append(all, l)
		}
		return nil
	})
	if err != nil || len(all) < 2 {
		t.Fatal(len(all), err)
	}
	all[0].Sites[0].Confidential = true
	all[0].Sites[0].Coverage = directory.Coverage{Countries: []string{"US"}}
	all[1].Status, all[1].ArchivedReason = directory.Archived, "Closed.\nFor good, \"really\"."
	if err := s.SaveMany(t.Context(), all, directory.Editor{Name: "test"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestRoundTrip moves everything to another store, in both formats, and back nothing is lost.
func TestRoundTrip(t *testing.T) {
	from := seeded(t)
	want := content(t, must(t, "export", "--data", from, "--confidential"))
	if len(want) < 300 {
		t.Fatalf("only %d listings were exported", len(want))
	}
	for _, format := range []string{"jsonl", "csv"} {
		t.Run(format, func(t *testing.T) {
			to, file := t.TempDir(), filepath.Join(t.TempDir(), "all."+format)
			must(t, "export", "--data", from, "--confidential", "--output", file)
			sum := must(t, "import", "--data", to, "--empty", file)
			if !strings.HasSuffix(sum, " added, 0 changed, 0 unchanged, 0 rejected\n") {
				t.Errorf("the import: %s", sum)
			}
			if diff := cmp.Diff(want, content(t, must(t, "export", "--data", to, "--confidential"))); diff != "" {
				t.Errorf("something was lost (-want +got):\n%s", diff)
			}
			if again := must(t, "import", "--data", to, file); !strings.HasPrefix(again, "0 added, 0 changed, ") || !strings.HasSuffix(again, " 0 rejected\n") {
				t.Errorf("the same file again: %s", again)
			}
			if r := command(t, "check", "--data", to); r.code != exitOK {
				t.Errorf("check: %s%s", r.out, r.err)
			}
		})
	}
}

// TestConfidential: an address that protects someone leaves only when it is asked for.
func TestConfidential(t *testing.T) {
	from := seeded(t)
	whole, public := content(t, must(t, "export", "--data", from, "--confidential")), content(t, must(t, "export", "--data", from))
	hidden := 0
	for id, l := range whole {
		sites, _ := l["sites"].([]any)
		for i, s := range sites {
			if s.(map[string]any)["confidential"] != true {
				continue
			}
			hidden++
			shown := public[id]["sites"].([]any)[i].(map[string]any)
			if shown["address"] != nil || shown["point"] != nil || s.(map[string]any)["address"] == nil {
				t.Errorf("the public export has %v of %v", shown, s)
			}
		}
	}
	if hidden != 1 {
		t.Errorf("%d confidential sites, want 1", hidden)
	}
	file := filepath.Join(t.TempDir(), "whole.jsonl")
	must(t, "export", "--data", from, "--confidential", "--output", file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the whole copy is %v (%v): others can read it", info.Mode(), err)
	}
}

// TestRejectedRows keeps what is right, names what is wrong by its line, and says so with the exit code.
func TestRejectedRows(t *testing.T) {
	lines := strings.SplitAfter(must(t, "export", "--data", seeded(t)), "\n")
	good, other := lines[0], lines[1]
	file := good + "{\"id\":\n" + other + strings.Replace(good, `"name":"`, `"nom":"`, 1)
	dir := t.TempDir()
	must(t, "demo", "--data", dir, "--empty", "--remove") // makes the store

	dry := commandWith(t, file, "import", "--data", dir, "--dry-run", "-")
	if want := "dry run: 2 added, 0 changed, 0 unchanged, 2 rejected\n"; dry.out != want || dry.code != exitFailed {
		t.Errorf("dry run: exit code %d, %q, want %q", dry.code, dry.out, want)
	}
	r := commandWith(t, file, "import", "--data", dir, "--empty", "-")
	if want := "2 added, 0 changed, 0 unchanged, 2 rejected\n"; r.out != want || r.code != exitFailed {
		t.Errorf("import: exit code %d, %q, want %q", r.code, r.out, want)
	}
	if !strings.Contains(r.err, "-:2") || !strings.Contains(r.err, "-:4") || strings.Contains(r.err, "-:1") {
		t.Errorf("the rejected rows are not named by their lines: %s", r.err)
	}
	if got := content(t, must(t, "export", "--data", dir)); len(got) != 2 {
		t.Errorf("%d listings were kept, want 2", len(got))
	}
}

// TestProgress: what is not a terminal gets no bar.
func TestProgress(t *testing.T) {
	if r := command(t, "demo", "--data", t.TempDir(), "--listings", "50", "--empty"); strings.ContainsAny(r.err+r.out, "\r█%") {
		t.Errorf("a bar was drawn: %q", r.err+r.out)
	}
}

func TestReindex(t *testing.T) {
	dir := seeded(t)
	base, _ := serve(t, "--data", dir)
	s := storetest.Open(t, filepath.Join(dir, "carefinder.db"), store.Options{})
	before, _, err := s.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := must(t, "reindex", "--data", dir)
	n, err := s.Count(t.Context())
	if err != nil || n[directory.Published] < 300 || !strings.HasPrefix(out, count(n[directory.Published])+" ") {
		t.Errorf("%v listings (%v), and it said %q", n, err, out)
	}
	if after, _, err := s.Latest(t.Context()); err != nil || after == before {
		t.Errorf("the log is %q as before, %v", after, err)
	}
	eventually(t, "the server indexed them", func() bool {
		var ready struct{ Pending int }
		_, _ = get(t, base+"/readyz", &ready)
		return ready.Pending == 0
	})
}

// TestCheck finds what is wrong with a store.
func TestCheck(t *testing.T) {
	dir := seeded(t)
	if r := command(t, "check", "--data", dir); r.code != exitOK || strings.Contains(r.out, "WRONG") || !strings.Contains(r.out, "due to be verified") {
		t.Fatalf("a good store: exit code %d\n%s%s", r.code, r.out, r.err)
	}
	s := storetest.Open(t, filepath.Join(dir, "carefinder.db"), store.Options{})
	var bad *directory.Listing
	err := s.Each(t.Context(), func(l *directory.Listing) error {
		if l.Kind == directory.Helpline && l.Priority == 1 && strings.Contains(l.Name, "988") {
			bad = l
		}
		return nil
	})
	if err != nil || bad == nil {
		t.Fatal("no 988", err)
	}
	bad = bad.Clone()
	bad.Channels[0].Number = "+1 800 931 2237" // blocked, and saved past the desk
	if err := s.Save(t.Context(), bad, bad.Revision, directory.Editor{Name: "test", Note: time.Now().String()}); err != nil {
		t.Fatal(err)
	}
	if r := command(t, "check", "--data", dir); r.code != exitFailed || !strings.Contains(r.out, "must not be offered") {
		t.Errorf("a blocked number: exit code %d\n%s", r.code, r.out)
	}
	if err := os.Chmod(filepath.Join(dir, "carefinder.db"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := command(t, "check", "--data", dir); !strings.Contains(r.out, "can read") {
		t.Errorf("an open file: %s", r.out)
	}
}

// TestImportConflicts: an old file undoes nothing, and the command says what waits.
func TestImportConflicts(t *testing.T) {
	dir := seeded(t)
	line := strings.SplitAfter(must(t, "export", "--data", dir), "\n")[0]
	s := storetest.Open(t, filepath.Join(dir, "carefinder.db"), store.Options{})
	id := slices.Collect(maps.Keys(content(t, line)))[0]
	parsed, err := directory.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listing(t.Context(), parsed)
	if err != nil {
		t.Fatal(err)
	}
	l.Name = "By Ada"
	if err := s.Save(t.Context(), l, l.Revision, directory.Editor{Name: "Ada"}); err != nil {
		t.Fatal(err)
	}
	if r := commandWith(t, line, "import", "--data", dir, "-"); r.out != "0 added, 0 changed, 1 unchanged, 0 rejected\n" {
		t.Errorf("the old file: %s%s", r.out, r.err)
	}
	r := commandWith(t, strings.Replace(line, `"name":"`, `"name":"By the file `, 1), "import", "--data", dir, "-")
	if want := "0 added, 0 changed, 1 unchanged, 0 rejected\n1 conflicts wait at the desk, in /desk/queues/conflicts\n"; r.out != want || !strings.Contains(r.err, "a curator changed the same: name") {
		t.Errorf("a newer file: %s%s", r.out, r.err)
	}
	if now, err := s.Listing(t.Context(), parsed); err != nil || now.Name != "By Ada" {
		t.Errorf("it is %q, %v", now.Name, err)
	}
}
