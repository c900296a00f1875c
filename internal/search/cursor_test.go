package search_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

func manyNear(t testing.TB, n int) (s *search.Searcher, all []*directory.Listing) {
	t.Helper()
	for i := range n {
		all = append(all, listing(fmt.Sprint("c", i), directory.Center, at(42.36+float64(i/3)*0.01, -71.06))) // in threes, equally far
	}
	for i := range 5 {
		all = append(all, listing(fmt.Sprint("r", i), directory.OnlineService, covers("US")))
	}
	s, _, _ = searcher(t, all...)
	return s, all
}

func TestPagesShowEverythingOnce(t *testing.T) {
	s, _ := manyNear(t, 20)
	q := search.Query{Near: &boston}
	whole, err := s.Search(context.Background(), search.Query{Near: &boston, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var got, remote []string
	for page := 0; page == 0 || q.Cursor != ""; page++ {
		q.Limit = 3 + page // a page may be larger than the one before
		r, err := s.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if r.Total != 20 || r.RemoteTotal != 5 {
			t.Fatalf("page %d: totals %d and %d", page, r.Total, r.RemoteTotal)
		}
		got, remote = append(got, names(r.Hits)...), append(remote, names(r.Remote)...)
		q.Cursor = r.Next
	}
	if !slices.Equal(got, names(whole.Hits)) {
		t.Errorf("pages give %q, want %q", got, names(whole.Hits))
	}
	if len(remote) != 3 {
		t.Errorf("remote hits on all pages: %q, want those of the first alone", remote)
	}
	if whole.Next != "" {
		t.Error("a page that holds everything has a next one")
	}
}

func TestNoPageAfterAFullLastOne(t *testing.T) {
	s, _ := manyNear(t, 6)
	r, err := s.Search(context.Background(), search.Query{Near: &boston, Limit: 6})
	if err != nil || len(r.Hits) != 6 || r.Next != "" {
		t.Errorf("%d hits, next %q, %v", len(r.Hits), r.Next, err)
	}
}

func TestCursorOfAnotherQuestion(t *testing.T) {
	s, _ := manyNear(t, 20)
	claims := map[directory.Facet][]string{}
	first := search.Query{Near: &boston, Limit: 2, Kinds: []directory.Kind{"center", "program"}, Claims: claims}
	r, err := s.Search(context.Background(), first)
	if err != nil {
		t.Fatal(err)
	}
	same := map[string]func(*search.Query){
		"as it was": func(*search.Query) {},
		"limit":     func(q *search.Query) { q.Limit = 50 },
		"facets":    func(q *search.Query) { q.Facets = search.FacetNames() },
		"later":     func(q *search.Query) { q.At = noon.Add(time.Minute) },
		"kinds":     func(q *search.Query) { q.Kinds = []directory.Kind{"program", "center"} },
		"radius":    func(q *search.Query) { q.Radius = search.DefaultRadius },
	}
	other := map[string]func(*search.Query){
		"text":    func(q *search.Query) { q.Text = "c" },
		"place":   func(q *search.Query) { q.Near, q.Place = nil, "Denver" },
		"box":     func(q *search.Query) { q.Near, q.Box = nil, newEng },
		"area":    func(q *search.Query) { q.Near, q.Area = nil, square(t, -73, 41, -70, 43) },
		"radius":  func(q *search.Query) { q.Radius = 50_000 },
		"kinds":   func(q *search.Query) { q.Kinds = nil },
		"claims":  func(q *search.Query) { q.Claims = map[directory.Facet][]string{"modality": {"cbt"}} },
		"free":    func(q *search.Query) { q.Free = true },
		"sliding": func(q *search.Query) { q.SlidingScale = true },
		"open":    func(q *search.Query) { q.OpenNow = true },
		"sort":    func(q *search.Query) { q.Sort = search.ByName },
		"country": func(q *search.Query) { q.Country = "US" },
		"garbage": func(q *search.Query) { q.Cursor = "AAAA" + q.Cursor },
		"flipped": func(q *search.Query) { q.Cursor = q.Cursor[:20] + string(q.Cursor[20]^1) + q.Cursor[21:] },
		"cut":     func(q *search.Query) { q.Cursor = q.Cursor[:len(q.Cursor)-4] },
		"added":   func(q *search.Query) { q.Cursor += "AAAA" },
	}
	ask := func(change func(*search.Query)) error {
		q := first
		q.Cursor = r.Next
		change(&q)
		_, err := s.Search(context.Background(), q)
		return err
	}
	for name, change := range same {
		if err := ask(change); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range other {
		err := ask(change)
		if err == nil {
			t.Errorf("%s: the cursor is taken", name)
		} else if got := faulty(t, err); !slices.Equal(got, []string{"cursor"}) {
			t.Errorf("%s: faults in %q", name, got)
		}
	}
}

func FuzzCursor(f *testing.F) {
	s, _ := manyNear(f, 4)
	r, err := s.Search(context.Background(), search.Query{Near: &boston, Limit: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.Next)
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("%00")
	f.Fuzz(func(t *testing.T, cursor string) {
		_, err := s.Search(context.Background(), search.Query{Near: &boston, Limit: 1, Cursor: cursor})
		if ok := cursor == "" || cursor == r.Next; ok != (err == nil) || !ok && !fault.Is(err, fault.Invalid) {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	})
}
