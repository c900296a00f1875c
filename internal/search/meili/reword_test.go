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
	claimed := func(l *directory.Listing, bits map[search.ClaimKey]int, key search.ClaimKey) bool {
		r, err := decodeRow(e.now.Load().writer.row(l, 0).encode())
		if err != nil {
			t.Fatal(err)
		}
		return r.says(bits[key])
	}
	l := &directory.Listing{ID: directory.ImportedID("case", "one"), Claims: []directory.Claim{{Facet: directory.Modality, Code: "cbt", Value: directory.Yes}}}
	cbt := search.ClaimKey{Facet: directory.Modality, Code: "cbt"}
	before := e.now.Load().writer.bits
	for n := range all {
		e.Reword(base.Amended(all[:n+1]))
		now := e.now.Load().writer.bits
		for key, bit := range before {
			if now[key] != bit {
				t.Fatalf("%v moved from %d to %d", key, bit, now[key])
			}
		}
		key := search.ClaimKey{Facet: all[n].Facet, Code: all[n].Code}
		if !claimed(l, now, cbt) || claimed(l, now, key) {
			t.Errorf("with %s: a row that claims cbt reads as another", all[n].Code)
		}
		before = now
	}
	old, err := decodeRow((&writer{bits: map[search.ClaimKey]int{cbt: 0}}).row(l, 0).encode())
	if err != nil || !old.says(0) || old.says(before[search.ClaimKey{Facet: directory.Topic, Code: "new"}]) {
		t.Errorf("a row from before reads %v, %v", old, err)
	}
	if e.Schema() != schema || e.index != index {
		t.Errorf("the index is another: %s instead of %s", e.index, index)
	}
}
