package desk_test

import (
	"testing"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/exchange"
)

func TestAnImportOfDrafts(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		known := o.published(1)
		rows := func(name string) exchange.Rows {
			return func(yield func(exchange.Row, error) bool) {
				for n := range 3 {
					l := directorytest.Sample(n)
					l.Name += name
					if !yield(exchange.Row{Line: n + 1, Listing: l}, nil) {
						return
					}
				}
			}
		}
		im := exchange.Importer{
			Desk: o.editing.Directory, To: &desk.Drafts{Offers: o.store, Editing: o.editing, Actor: ada}, By: directory.Editor{Name: "import", Note: "a.csv"},
		}
		for _, name := range []string{" one", " one", " two"} {
			report := must(im.Run(t.Context(), rows(name)))(o)
			if report.Added != 2 || report.Changed != 1 || len(report.Rejected) != 0 {
				t.Errorf("report %+v", report)
			}
		}
		if got := o.listing(known.ID); got.Revision != 1 {
			t.Errorf("the published listing is at revision %d", got.Revision)
		}
		all := must(o.store.Proposals(t.Context(), desk.Wanted{}, directory.Page{Limit: 9}))(o)
		if len(all) != 3 {
			t.Fatalf("%d proposals of three rows", len(all))
		}
		for _, p := range all {
			if p.State != desk.Drafted || p.Version != 2 || p.Note != "a.csv" || p.Listing.Name[len(p.Listing.Name)-4:] != " two" {
				t.Errorf("%s of version %d, %q, %q", p.State, p.Version, p.Note, p.Listing.Name)
			}
		}
		p := &all[0]
		p = must(o.editing.Submit(t.Context(), ada, p.ID, p.Version))(o)
		must(o.editing.Approve(t.Context(), ben, p.ID, p.Version, p.Base))(o)
	})
}
