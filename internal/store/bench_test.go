package store_test

import (
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// benchEach runs fn on each database.
func benchEach(b *testing.B, fn func(b *testing.B, s *store.Store)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, storetest.Open(b, storetest.SQLite(b), store.Options{})) })
	b.Run("postgres", func(b *testing.B) { fn(b, storetest.Open(b, storetest.Postgres(b), store.Options{})) })
}

func samples(n int) []*directory.Listing {
	all := make([]*directory.Listing, n)
	for i := range all {
		all[i] = directorytest.Sample(i)
	}
	return all
}

func BenchmarkSave(b *testing.B) {
	benchEach(b, func(b *testing.B, s *store.Store) {
		l := directorytest.Sample(1)
		for b.Loop() {
			if err := s.Save(b.Context(), l, l.Revision, curator); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSaveMany(b *testing.B) {
	benchEach(b, func(b *testing.B, s *store.Store) {
		n := 0
		for b.Loop() {
			b.StopTimer()
			all := samples(10_000)
			for i, l := range all {
				l.ID = directory.ImportedID("many", string(rune(n))+l.Name)
				all[i] = l
			}
			n++
			b.StartTimer()
			if err := s.SaveMany(b.Context(), all, curator); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(10_000*n)/b.Elapsed().Seconds(), "rows/s")
	})
}

func BenchmarkEach(b *testing.B) {
	benchEach(b, func(b *testing.B, s *store.Store) {
		if err := s.SaveMany(b.Context(), samples(50_000), curator); err != nil {
			b.Fatal(err)
		}
		rows := 0
		for b.Loop() {
			if err := s.Each(b.Context(), func(*directory.Listing) error { rows++; return nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	})
}

func BenchmarkPublished20(b *testing.B) {
	benchEach(b, func(b *testing.B, s *store.Store) {
		all := samples(20_000)
		if err := s.SaveMany(b.Context(), all, curator); err != nil {
			b.Fatal(err)
		}
		ids := make([]directory.ID, 20)
		n := 0
		for b.Loop() {
			for i := range ids {
				ids[i] = all[(n*20+i*997)%len(all)].ID
			}
			n++
			if _, err := s.Published(b.Context(), ids); err != nil {
				b.Fatal(err)
			}
		}
	})
}
