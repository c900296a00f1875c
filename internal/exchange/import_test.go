package exchange_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/exchange"
	"carefinder/internal/fault"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// watched is a store whose saves are counted, and that something may happen to before each.
type watched struct {
	*store.Store
	saves  int
	before func() error
}

func (w *watched) Take(ctx context.Context, all []exchange.Taken, by directory.Editor) error {
	if w.before != nil {
		if err := w.before(); err != nil {
			return err
		}
	}
	w.saves += len(all)
	return w.Store.Take(ctx, all, by)
}

// holding is a store with listings that came with the program.
func holding(t *testing.T, all ...*directory.Listing) *watched {
	t.Helper()
	s := storetest.Open(t, storetest.SQLite(t), store.Options{})
	if err := s.SaveMany(t.Context(), all, directory.Editor{Name: "seed"}); err != nil {
		t.Fatal(err)
	}
	return &watched{Store: s}
}

func (w *watched) listing(t *testing.T, id directory.ID) *directory.Listing {
	t.Helper()
	l, err := w.Listing(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (w *watched) importer(t *testing.T) *exchange.Importer {
	t.Helper()
	block, err := directory.ReadBlocklist(strings.NewReader("country,service,number,status,replacement,source\nUS,Old line,+18009312237,closed,988,x\n"))
	if err != nil {
		t.Fatal(err)
	}
	return &exchange.Importer{Desk: directory.NewDesk(w, directorytest.Vocabulary(), block), To: w, By: directory.Editor{Name: "import"}}
}

// rows are a file of listings, one a line from line 2 on.
func rows(all ...*directory.Listing) exchange.Rows {
	return func(yield func(exchange.Row, error) bool) {
		for i, l := range all {
			row := exchange.Row{Line: i + 2, Listing: l}
			if l == nil {
				row.Err = fault.New(fault.Invalid, "Not a listing.")
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// counts is a report in short: added, changed, unchanged, and the rejected lines.
type counts struct {
	Added, Changed, Unchanged int
	Rejected                  []int
}

func run(t *testing.T, im *exchange.Importer, all exchange.Rows) counts {
	t.Helper()
	r, err := im.Run(context.Background(), all)
	if err != nil {
		t.Fatal(err)
	}
	c := counts{Added: r.Added, Changed: r.Changed, Unchanged: r.Unchanged}
	for _, x := range r.Rejected {
		c.Rejected = append(c.Rejected, x.Line)
	}
	return c
}

func samples(n int) []*directory.Listing {
	all := make([]*directory.Listing, n)
	for i := range all {
		all[i] = directorytest.Sample(i)
		all[i].Revision = 0
	}
	return all
}

func expect(t *testing.T, what string, want, got counts) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestImportTwiceChangesNothing(t *testing.T) {
	m := holding(t)
	expect(t, "first import", counts{Added: 1200}, run(t, m.importer(t), rows(samples(1200)...)))
	m.saves = 0
	expect(t, "second import", counts{Unchanged: 1200}, run(t, m.importer(t), rows(samples(1200)...)))
	if m.saves != 0 {
		t.Errorf("an equal file wrote %d listings", m.saves)
	}
	other := samples(1200)
	other[700].Name = "Another name"
	other[701].UpdatedAt = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) // what a file says of revisions is of its own store
	other[702].Revision = 99
	expect(t, "import of a changed row", counts{Changed: 1, Unchanged: 1199}, run(t, m.importer(t), rows(other...)))
	if l := m.listing(t, other[700].ID); l.Name != "Another name" || l.Revision != 2 {
		t.Errorf("it is %q, revision %d", l.Name, l.Revision)
	}
}

func TestGoodRowsAreKept(t *testing.T) {
	all := samples(6)
	all[1] = nil
	all[2].Name = ""
	all[3].Channels[0].Number = "1-800-931-2237" // on the blocklist
	all[4].Demonstration = true
	all = append(all, samples(1)[0]) // again
	m := holding(t)
	done := 0
	im := m.importer(t)
	im.Progress = func(n int) { done = n }
	expect(t, "import", counts{Added: 2, Rejected: []int{3, 4, 5, 6, 8}}, run(t, im, rows(all...)))
	if done != 7 {
		t.Errorf("progress ended at %d of 7 rows", done)
	}
	kept := 0
	for _, err := range exchange.From(t.Context(), m.EachAny) {
		if err != nil {
			t.Fatal(err)
		}
		kept++
	}
	if kept != 2 {
		t.Errorf("the store has %d listings, want 2", kept)
	}
}

func TestDryRunSavesNothing(t *testing.T) {
	m := holding(t, samples(1)...)
	im := m.importer(t)
	im.DryRun = true
	all := samples(3)
	all[0].Name = "Another name"
	expect(t, "dry run", counts{Added: 2, Changed: 1}, run(t, im, rows(all...)))
	if m.saves != 0 {
		t.Errorf("a dry run wrote %d listings", m.saves)
	}
}

func TestDemonstrationsAreNotReplaced(t *testing.T) {
	demo := samples(1)[0]
	demo.Demonstration = true
	m := holding(t, demo)
	expect(t, "import over a demonstration", counts{Rejected: []int{2}}, run(t, m.importer(t), rows(samples(1)...)))
}

// TestConflictsCostOnlyTheirRow: a curator saves one of the listings while the import is under way.
func TestConflictsCostOnlyTheirRow(t *testing.T) {
	m := holding(t, samples(1)...)
	all := samples(3)
	all[0].Name = "From the file"
	m.before = func() error {
		now := m.listing(t, all[0].ID)
		if now.Revision > 1 {
			return nil
		}
		edited := now.Clone()
		edited.Name = "From the desk"
		return m.Save(t.Context(), edited, now.Revision, directory.Editor{Name: "curator"})
	}
	expect(t, "import", counts{Added: 2, Rejected: []int{2}}, run(t, m.importer(t), rows(all...)))
	if l := m.listing(t, all[0].ID); l.Name != "From the desk" {
		t.Errorf("the curator's change was overwritten by %q", l.Name)
	}
}

func TestConfidentialSitesStayConfidential(t *testing.T) {
	hidden := func() *directory.Listing {
		l := directorytest.Confidential(1)
		l.Revision = 0
		return l
	}
	m := holding(t, hidden())
	expect(t, "the same again", counts{Unchanged: 1}, run(t, m.importer(t), rows(hidden())))

	expect(t, "a copy for the public", counts{Unchanged: 1}, run(t, m.importer(t), rows(hidden().Public())))

	open := hidden()
	for i := range open.Sites {
		open.Sites[i].Confidential = false
	}
	expect(t, "a copy that says it is public", counts{Rejected: []int{2}}, run(t, m.importer(t), rows(open)))

	open = hidden()
	for i := range open.Sites {
		s := &open.Sites[i]
		s.Confidential, s.Address.Street = false, strings.ToUpper(s.Address.Street)
		s.Point[0] += 1e-5
	}
	expect(t, "the same, written differently", counts{Rejected: []int{2}}, run(t, m.importer(t), rows(open)))

	fresh := holding(t)
	expect(t, "into an empty store", counts{Added: 1}, run(t, fresh.importer(t), rows(hidden())))
	for _, s := range fresh.listing(t, hidden().ID).Public().Sites {
		if strings.Contains(s.Name+s.Address.String(), directorytest.Secret) {
			t.Error("an imported confidential address is published")
		}
	}
}

func TestFailuresEndTheImport(t *testing.T) {
	lost := errors.New("disk gone")
	m := holding(t)
	m.before = func() error { return lost }
	if r, err := m.importer(t).Run(context.Background(), rows(samples(2)...)); !errors.Is(err, lost) || r.Added != 0 {
		t.Errorf("a store that fails gives %+v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := holding(t).importer(t).Run(ctx, rows(samples(2)...)); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled import gives %v", err)
	}
	cut := func(yield func(exchange.Row, error) bool) { yield(exchange.Row{}, lost) }
	if _, err := holding(t).importer(t).Run(context.Background(), cut); !errors.Is(err, lost) {
		t.Errorf("a file that can't be read gives %v", err)
	}
}

func TestOutgoing(t *testing.T) {
	demo := samples(1)[0]
	demo.Demonstration = true
	all := []*directory.Listing{demo, directorytest.Confidential(1), samples(2)[1]}
	for _, confidential := range []bool{false, true} {
		var secrets []bool
		for l, err := range exchange.Outgoing(func(yield func(*directory.Listing, error) bool) {
			for _, l := range all {
				if !yield(l, nil) {
					return
				}
			}
		}, confidential) {
			if err != nil {
				t.Fatal(err)
			}
			secrets = append(secrets, slices.ContainsFunc(l.Sites, func(s directory.Site) bool { return strings.Contains(s.Name, directorytest.Secret) }))
		}
		if want := []bool{confidential, false}; !slices.Equal(secrets, want) {
			t.Errorf("confidential %v: secrets went out %v, want %v", confidential, secrets, want)
		}
	}
}

// TestReportsAreBounded: a file of nothing but rejected rows fills no memory with them where only some are told.
func TestReportsAreBounded(t *testing.T) {
	im := holding(t).importer(t)
	im.Told = 2
	r, err := im.Run(t.Context(), rows(nil, nil, nil, nil, nil))
	if err != nil || len(r.Rejected) != 2 || r.Rejected[1].Line != 3 || r.MoreRejected != 3 {
		t.Errorf("%d told, %d more: %v", len(r.Rejected), r.MoreRejected, err)
	}
}

func TestRejectionMessage(t *testing.T) {
	cause := errors.New("pq: secret")
	r := exchange.Rejection{Err: &fault.Error{Kind: fault.Conflict, Message: "Changed.", Fields: []fault.Field{{Name: "id", Message: "is old"}}, Cause: cause}}
	if got := r.Message(); got != "Changed.: id: is old" {
		t.Errorf("Message() = %q", got)
	}
}

// TestAnOldFileDoesNotBringBackWhatWasWithdrawn: a number found dead on Tuesday is in Monday's file.
func TestAnOldFileDoesNotBringBackWhatWasWithdrawn(t *testing.T) {
	was := directorytest.Sample(1)
	was.Status = directory.Published
	w := holding(t, was.Clone())
	withdrawn := w.listing(t, was.ID).Clone()
	withdrawn.Status, withdrawn.ArchivedReason = directory.Archived, "number dead"
	if err := w.Save(t.Context(), withdrawn, withdrawn.Revision, directory.Editor{Name: "desk"}); err != nil {
		t.Fatal(err)
	}
	r, err := w.importer(t).Run(t.Context(), rows(was.Clone()))
	if err != nil || len(r.Rejected) != 1 || !strings.Contains(r.Rejected[0].Message(), "number dead") {
		t.Fatalf("report %+v, %v", r, err)
	}
	if now := w.listing(t, was.ID); now.Status != directory.Archived {
		t.Errorf("the withdrawn listing is %s again", now.Status)
	}
}
