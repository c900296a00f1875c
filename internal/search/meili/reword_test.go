package meili

import (
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/searchtest"
)

// TestWordsDoNotMoveTheIndex holds an index to be good for whatever the desk makes of the vocabulary: rows written before
// a term was added read as they did, and no term's place is another's later.
func TestWordsDoNotMoveTheIndex(t *testing.T) {
	base := searchtest.Vocabulary()
	own := func(f directory.Facet, code string) directory.Amendment {
		return directory.Amendment{Facet: f, Code: code, Labels: map[string]string{"en": code, "es": code}}
	}
	all := []directory.Amendment{own(directory.Topic, "newest"), own(directory.Modality, "newer"), own(directory.Topic, "new")}
	e := New(Config{URL: "http://127.0.0.1:1", Vocabulary: base})
	schema, index := e.Schema(), e.index
	read := func(l *directory.Listing) *row {
		w := e.now.Load().writer
		r := rowOf(l, 0)
		eachValue(l, func(v value) { w.set(r, v) })
		r, err := decodeRow(r.encode())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	l := &directory.Listing{ID: directory.ImportedID("case", "one"), Claims: []directory.Claim{{Facet: directory.Modality, Code: "cbt", Value: directory.Yes}}}
	cbt := value{search.FacetName(directory.Modality), "cbt"}
	before, old := e.now.Load().writer, read(l)
	for n := range all {
		e.Reword(base.Amended(all[:n+1]))
		now := e.now.Load().writer
		for v, number := range before.numbers {
			if now.numbers[v] != number {
				t.Fatalf("%v moved from %d to %d", v, number, now.numbers[v])
			}
		}
		added := value{search.FacetName(all[n].Facet), all[n].Code}
		for _, r := range []*row{old, read(l)} {
			if _, known := now.numbers[added]; !known || !now.says(r, cbt) || now.says(r, added) {
				t.Errorf("with %s: a row that claims cbt reads as another", all[n].Code)
			}
		}
		before = now
	}
	if e.Schema() != schema || e.index != index {
		t.Errorf("the index is another: %s instead of %s", e.index, index)
	}
}
