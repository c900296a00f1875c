package exchange_test

import (
	"slices"
	"testing"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/exchange"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// registry is somebody's file of one listing, which comes in again and again while curators work.
type registry struct {
	*testing.T
	*watched
	now *directory.Listing // as the file says
}

func eachRegistry(t *testing.T, fn func(r *registry)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := &registry{T: t, watched: &watched{Store: s}, now: samples(1)[0]}
		r.comes(counts{Added: 1})
		fn(r)
	})
}

// comes has the file come in after changes, and wants what becomes of it; paths are those in conflict.
func (r *registry) comes(want counts, paths ...string) {
	r.Helper()
	report, err := r.importer(r.T).Run(r.Context(), rows(r.now.Clone()))
	if err != nil {
		r.Fatal(err)
	}
	expect(r.T, "import", want, counts{Added: report.Added, Changed: report.Changed, Unchanged: report.Unchanged})
	var got []string
	for _, c := range report.Clashing {
		got = append(got, c.Paths...)
	}
	if !slices.Equal(got, paths) {
		r.Errorf("in conflict: %q, want %q", got, paths)
	}
}

// curated has a curator change the listing.
func (r *registry) curated(change func(l *directory.Listing)) {
	r.Helper()
	l := r.listing(r.T, r.now.ID).Clone()
	change(l)
	if err := r.Save(r.Context(), l, l.Revision, directory.Editor{Name: "Ada"}); err != nil {
		r.Fatal(err)
	}
}

// stands wants the listing to have a name and a number.
func (r *registry) stands(name, number string) {
	r.Helper()
	if l := r.listing(r.T, r.now.ID); l.Name != name || l.Channels[0].Number != number {
		r.Errorf("it is %q with %s, want %q with %s", l.Name, l.Channels[0].Number, name, number)
	}
}

// waits wants what waits for a curator.
func (r *registry) waits(why string) {
	r.Helper()
	tasks, err := r.Tasks(r.Context(), desk.TaskQuery{Queue: desk.QueueConflicts, Now: directorytest.Epoch().AddDate(100, 0, 0), Limit: 9})
	if err != nil {
		r.Fatal(err)
	}
	got := ""
	if len(tasks) > 0 {
		got = tasks[0].Why
	}
	if len(tasks) > 1 || got != why {
		r.Errorf("%d wait for a decision about %q, want %q", len(tasks), got, why)
	}
}

const (
	number1, number2, number3 = "+16175550101", "+16175550102", "+16175550103"
)

// TestAnOldFileKeepsWhatCuratorsChanged: the file that came in in May comes again in June.
func TestAnOldFileKeepsWhatCuratorsChanged(t *testing.T) {
	eachRegistry(t, func(r *registry) {
		name := r.now.Name
		r.curated(func(l *directory.Listing) { l.Name, l.Channels[0].Number = "By Ada", number1 })
		r.comes(counts{Unchanged: 1})
		r.stands("By Ada", number1)
		r.waits("")
		r.now.Description = "The file says more."
		r.comes(counts{Changed: 1})
		r.stands("By Ada", number1)
		r.comes(counts{Unchanged: 1}) // what was merged into it is not what the file said
		r.stands("By Ada", number1)
		if l := r.listing(r.T, r.now.ID); l.Description != r.now.Description || name == l.Name {
			r.Errorf("what nobody touched did not come in: %q", l.Description)
		}
		r.waits("")
	})
}

// TestWhatBothChangedWaits: only what both changed, and until the file or a curator gives in.
func TestWhatBothChangedWaits(t *testing.T) {
	eachRegistry(t, func(r *registry) {
		was := r.now.Name
		r.curated(func(l *directory.Listing) { l.Name = "By Ada" })
		r.now.Name, r.now.Channels[0].Number = "By the file", number2
		r.comes(counts{Changed: 1}, "name")
		r.stands("By Ada", number2)
		r.waits("name")
		saves := r.saves
		r.comes(counts{Unchanged: 1}, "name")
		if r.saves != saves {
			r.Error("the same file again wrote something")
		}

		r.now.Channels[0].Number = number3 // goes on changing what nobody else does
		r.comes(counts{Changed: 1}, "name")
		r.stands("By Ada", number3)
		r.waits("name")
		r.curated(func(l *directory.Listing) { l.Description = "By Ada" })
		r.now.Description = "By the file"
		r.comes(counts{Unchanged: 1}, "name", "description") // what waited is not forgotten over it
		r.waits("name\ndescription")
		r.now.Name, r.now.Description = was, "By Ada"
		r.comes(counts{Unchanged: 1})
		r.waits("")
		r.stands("By Ada", number3)
	})
}

// TestAFileGivesIn: it says what stands here, which is remembered as said by it too.
func TestAFileGivesIn(t *testing.T) {
	eachRegistry(t, func(r *registry) {
		r.curated(func(l *directory.Listing) { l.Name = "By Ada" })
		r.now.Name = "By the file"
		r.comes(counts{Unchanged: 1}, "name")
		r.waits("name")
		r.now.Name = "By Ada"
		r.comes(counts{Unchanged: 1})
		r.waits("")
		r.curated(func(l *directory.Listing) { l.Name = "By Ada again" })
		r.comes(counts{Unchanged: 1})
		r.waits("")
		r.stands("By Ada again", r.now.Channels[0].Number)
	})
}

// TestWhatWasTakenFromHereSaysNothing: an export that comes back untouched neither ends what waits nor stands for the file
// that comes again and again.
func TestWhatWasTakenFromHereSaysNothing(t *testing.T) {
	eachRegistry(t, func(r *registry) {
		r.curated(func(l *directory.Listing) { l.Name = "By Ada" })
		r.now.Audience = "By the file"
		r.curated(func(l *directory.Listing) { l.Audience = "By Ada" })
		r.comes(counts{Unchanged: 1}, "audience")
		file := r.now
		r.now = r.listing(r.T, r.now.ID).Clone()
		saves := r.saves
		r.comes(counts{Unchanged: 1})
		if r.saves != saves {
			r.Error("an export that comes back wrote something")
		}
		r.waits("audience")
		r.curated(func(l *directory.Listing) { l.Description = "Later, by Ada" })
		r.comes(counts{Unchanged: 1}) // and is older by now
		r.waits("audience")
		taken := r.now
		r.now = file
		r.comes(counts{Unchanged: 1}, "audience")
		r.stands("By Ada", file.Channels[0].Number)
		r.now = taken // once it is written in, it does
		r.now.Description, r.now.Audience = "By the file", "By Ada"
		r.comes(counts{Unchanged: 1}, "description")
		r.waits("description")
	})
}

// TestExportedAndImported: a row that says which revision it was taken from is merged from that.
func TestExportedAndImported(t *testing.T) {
	eachRegistry(t, func(r *registry) {
		r.curated(func(l *directory.Listing) { l.Name = "By Ada" })
		r.now = r.listing(r.T, r.now.ID).Clone() // exported with what Ada changed
		r.curated(func(l *directory.Listing) { l.Description = "Later, by Ada" })
		r.now.Channels[0].Number = number1
		r.comes(counts{Changed: 1})
		r.stands("By Ada", number1)
		r.now.Name = "By the file" // Ada's was in the file: whoever changed it saw that
		r.comes(counts{Changed: 1})
		r.stands("By the file", number1)
		if l := r.listing(r.T, r.now.ID); l.Description != "Later, by Ada" {
			r.Errorf("overwritten by %q", l.Description)
		}
		r.waits("")

		r.now.UpdatedAt = r.now.UpdatedAt.Add(1) // of another store, whose revisions have the same numbers
		r.curated(func(l *directory.Listing) { l.Name = "By Ada again" })
		r.now.Name = "By another store"
		r.comes(counts{Unchanged: 1}, "name")
		r.stands("By Ada again", number1)
	})
}

// TestWhatWasNeverImported: whatever stands was written by somebody.
func TestWhatWasNeverImported(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := &registry{T: t, watched: &watched{Store: s}, now: samples(1)[0]}
		l := r.now.Clone()
		l.Description = ""
		if err := s.Save(t.Context(), l, 0, directory.Editor{Name: "Ada"}); err != nil {
			t.Fatal(err)
		}
		r.now.Name, r.now.Description = "By the file", "By the file"
		r.comes(counts{Changed: 1}, "name")
		if l := r.listing(t, l.ID); l.Name == r.now.Name || l.Description != r.now.Description {
			t.Errorf("%q, %q", l.Name, l.Description)
		}
	})
}

var _ exchange.Taker = (*store.Store)(nil)
