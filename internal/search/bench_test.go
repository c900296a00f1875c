package search_test

import (
	"context"
	"fmt"
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// page20 is an engine that has the answer ready: what is measured is all but the engine.
func page20(b *testing.B, read [][]string) *search.Searcher {
	book := newBook()
	e := &readingEngine{}
	e.found.Read = read
	for i := range 20 {
		l := listing(fmt.Sprintf("Riverside Center %d", i), directory.Center, at(42.36, -71.06),
			says(directory.Modality, "cbt", "dbt"), says(directory.Insurance, "medicare"), says(directory.Language, "en", "es"))
		l.Description = "An outpatient center for depression and anxiety. It offers individual and group care, by day and in the evening."
		book.put(l)
		e.found.Hits = append(e.found.Hits, search.Candidate{ID: l.ID, Distance: float64(i)})
	}
	e.found.Total = 20
	cfg := config(b, e, book)
	cfg.Listings = search.NewShelf(book, 100)
	return search.NewSearcher(cfg)
}

// BenchmarkSearch is everything Search costs beside the engine, for a page of 20 hits.
func BenchmarkSearch(b *testing.B) {
	claims := map[directory.Facet][]string{directory.Modality: {"cbt"}, directory.Insurance: {"medicare"}}
	for _, bm := range []struct {
		name string
		q    search.Query
		read [][]string
	}{
		{"near", search.Query{Near: &boston}, nil},
		{"place and claims", search.Query{Place: "Boston, MA", Claims: claims}, nil},
		{"words", search.Query{Text: "riverside cbt", Near: &boston}, [][]string{{"riverside"}, {"cbt"}}},
		{"a typo", search.Query{Text: "riversid", Near: &boston}, [][]string{{"riverside", "waterside"}}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			s := page20(b, bm.read)
			b.ReportAllocs()
			for b.Loop() {
				if r, err := s.Search(context.Background(), bm.q); err != nil || len(r.Hits) != 20 {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkShelf(b *testing.B) {
	book := newBook()
	var ids []directory.ID
	for i := range 20 {
		l := listing(fmt.Sprint(i), directory.Center)
		book.put(l)
		ids = append(ids, l.ID)
	}
	s := search.NewShelf(book, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Published(context.Background(), ids); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20, "ns/listing")
}
