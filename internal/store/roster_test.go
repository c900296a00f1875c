package store_test

import (
	"slices"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// TestRoster walks the roster page by page in each order, and wants it as sorting in memory has it.
func TestRoster(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		now := directorytest.Epoch()
		s := storetest.Open(t, dsn, store.Options{Now: func() time.Time { return now }})
		var all []*directory.Listing
		for n := range 60 {
			l := directorytest.Sample(n)
			l.Demonstration = n%7 == 0
			l.Kind = directory.Kinds()[n%2]
			l.Status = []directory.Status{directory.Published, directory.Draft}[n/2%2]
			l.Verification.Due = now.AddDate(0, 0, n*7%13)
			if n%5 == 0 {
				l.Verification = directory.Verification{}
			}
			now = now.Add(time.Duration(n%3) * time.Hour) // some at the same moment
			save(t, s, l)
			all = append(all, l)
		}
		for _, q := range []desk.RosterQuery{
			{},
			{Status: directory.Draft},
			{Status: directory.Draft, Kind: directory.Prescriber},
			{Sort: desk.ByDue},
			{Sort: desk.ByDue, Kind: directory.Therapist},
		} {
			want := slices.DeleteFunc(slices.Clone(all), func(l *directory.Listing) bool {
				status := q.Status
				if status == "" {
					status = directory.Published
				}
				return l.Demonstration || l.Status != status || q.Kind != "" && l.Kind != q.Kind
			})
			slices.SortFunc(want, func(a, b *directory.Listing) int {
				if q.Sort == desk.ByDue {
					if c := a.Verification.DueAt().Compare(b.Verification.DueAt()); c != 0 {
						return c
					}
					return slices.Compare(a.ID[:], b.ID[:])
				}
				if c := b.UpdatedAt.Compare(a.UpdatedAt); c != 0 {
					return c
				}
				return slices.Compare(b.ID[:], a.ID[:])
			})
			if len(want) < 10 {
				t.Fatalf("%+v: only %d", q, len(want))
			}
			var got []directory.ID
			q.Limit = 7
			for {
				page, err := s.Roster(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				for _, l := range page {
					got = append(got, l.ID)
				}
				mark := q.Sort.MarkOf(page[len(page)-1])
				q.After = &mark
			}
			if !slices.EqualFunc(want, got, func(l *directory.Listing, id directory.ID) bool { return l.ID == id }) {
				t.Errorf("%+v: %d listings in another order than the %d wanted", q, len(got), len(want))
			}
		}
	})
}
