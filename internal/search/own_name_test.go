package search_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/seed"
)

// realSearcher answers over the listings, the vocabulary and the gazetteer people meet.
func realSearcher(t testing.TB) (*search.Searcher, []*directory.Listing) {
	t.Helper()
	v, err := seed.Vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	g, err := seed.Gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	all, err := seed.Listings(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(l *directory.Listing) bool { return l.Status != directory.Published })
	e := embedded.New(v)
	var ops []search.Op
	for _, l := range all {
		ops = append(ops, search.Op{ID: l.ID, Listing: l.Public()})
	}
	if err := e.Apply(context.Background(), ops); err != nil {
		t.Fatal(err)
	}
	b := newBook(all...)
	return search.NewSearcher(search.Config{Engine: e, EngineName: "embedded", Listings: b, Truth: b, Gazetteer: g, Vocabulary: v, Now: func() time.Time { return noon }}), all
}

// TestEveryListingIsFoundByItsName holds that no name, of a listing or of whose it is, is torn into filters that its own
// listing doesn't answer.
func TestEveryListingIsFoundByItsName(t *testing.T) {
	s, all := realSearcher(t)
	for _, l := range all {
		for _, name := range []string{l.Name, l.Organization} {
			words := search.Words(name)
			text := strings.Join(words[:min(len(words), search.MaxWords)], " ")
			if text == "" || len(text) > search.MaxText {
				continue
			}
			r, err := s.Search(context.Background(), search.Query{Text: text, Limit: search.MaxLimit})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			is := func(h search.Hit) bool { return h.Listing.ID == l.ID }
			if !slices.ContainsFunc(r.Hits, is) && !slices.ContainsFunc(r.Remote, is) {
				t.Errorf("%s: taken %s as %v | %s: found %d others", name, r.Taken, r.Understood, r.Plain, r.Total+r.RemoteTotal)
			}
		}
	}
}
