package meili_test

import (
	"testing"
	_ "time/tzdata"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/meili"
	"carefinder/internal/search/searchtest"
)

// TestEngine proves the engine: on a real server with all the suite asks, without one with what a real one answered to a
// part of it.
func TestEngine(t *testing.T) {
	live := liveURL != "" && !recording
	can := searchtest.Capabilities{MapListings: meili.MapRows, Ranked: meili.Ranked, Apart: true, Small: !live}
	searchtest.RunAs(t, can, func(t *testing.T, v *directory.Vocabulary) search.Engine { return open(t, v) })
}

// TestMark: how far an index is is kept beside it, and goes with it when another takes its place.
func TestMark(t *testing.T) {
	e := open(t, searchtest.Vocabulary())
	if m, err := e.Mark(t.Context()); err != nil || m != (search.Mark{}) {
		t.Fatalf("an index that nobody marked: %+v, %v", m, err)
	}
	first := search.Mark{Store: "a log", Schema: e.Schema(), Seq: 7}
	if err := e.SetMark(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	second := search.Mark{Store: "another log", Schema: e.Schema(), Seq: 3}
	l := &directory.Listing{ID: directory.ImportedID("case", "one"), Kind: directory.Helpline, Name: "One", Coverage: directory.Coverage{Countries: []string{"US"}}}
	err := e.Rebuild(t.Context(), func(into search.Marked) error {
		if err := into.Apply(t.Context(), []search.Op{{ID: l.ID, Listing: l}}); err != nil {
			return err
		}
		if m, err := e.Mark(t.Context()); err != nil || m != first {
			t.Errorf("while the other is built: %+v, %v", m, err)
		}
		if n := found(t, e); n != 0 {
			t.Errorf("%d are found in the index that is not yet in its place", n)
		}
		return into.SetMark(t.Context(), second)
	})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := e.Mark(t.Context()); err != nil || m != second {
		t.Errorf("the new index: %+v, %v", m, err)
	}
	if n := found(t, e); n != 1 {
		t.Errorf("%d are found, want the one, and not the mark", n)
	}
}

// found counts all there is.
func found(t *testing.T, e search.Engine) int {
	t.Helper()
	c, err := e.Match(t.Context(), search.Match{Sort: search.ByName, Serves: &search.Locale{Anywhere: true}})
	if err != nil {
		t.Fatal(err)
	}
	return c.Total + c.RemoteTotal
}
