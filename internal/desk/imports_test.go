package desk_test

import (
	"slices"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/exchange"
	"carefinder/internal/fault"
)

// comes has a file of one listing come in, as drafts or not, and gives how many rows are in conflict.
func (o *office) comes(l *directory.Listing, asDrafts bool) int {
	o.Helper()
	o.now = o.now.Add(time.Minute)
	im := exchange.Importer{Desk: o.editing.Directory, To: o.store, By: directory.Editor{Name: "import", Note: "a.csv"}}
	if asDrafts {
		im.To = &desk.Drafts{Offers: o.store, Editing: o.editing, Actor: ada}
	}
	report := must(im.Run(o.Context(), func(yield func(exchange.Row, error) bool) { yield(exchange.Row{Line: 1, Listing: l.Clone()}, nil) }))(o)
	if len(report.Rejected) > 0 {
		o.Fatal(report.Rejected[0].Message())
	}
	return len(report.Clashing)
}

// edited has a curator change the listing.
func (o *office) edited(id directory.ID, edit func(l *directory.Listing)) {
	o.Helper()
	l := o.listing(id).Clone()
	edit(l)
	if err := o.store.Save(o.Context(), l, l.Revision, directory.Editor{Name: "Ben"}); err != nil {
		o.Fatal(err)
	}
}

func (o *office) conflicts() int {
	o.Helper()
	return must(o.store.Summary(o.Context(), desk.QueueConflicts, o.now.Add(time.Hour)))(o).Count
}

func TestSettlingAnImport(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		file := o.published(1)
		s := desk.NewSettling(o.store, o.editing)
		clash := func() (*desk.Clash, *desk.Merged) {
			t.Helper()
			o.edited(file.ID, func(l *directory.Listing) { l.Name, l.Audience = l.Name+" by Ben", l.Audience+" by Ben" })
			file.Name, file.Audience = file.Name+" by the file", file.Audience+" by the file"
			if n := o.comes(file, false); n != 1 || o.conflicts() != 1 {
				t.Fatalf("%d rows in conflict, %d wait", n, o.conflicts())
			}
			c, m, err := s.Waiting(t.Context(), file.ID, nil)
			if err != nil || len(m.Conflicts) != 2 || c.Name != "a.csv" {
				t.Fatalf("%+v, %v", m, err)
			}
			return c, m
		}
		c, m := clash()
		_, err := s.Settle(t.Context(), ada, file.ID, c.At, m.Theirs.Listing.Revision, desk.Picks{"name": directory.Mine})
		o.wantFields(err, "audience")
		_, err = s.Settle(t.Context(), ada, file.ID, c.At.Add(-time.Second), m.Theirs.Listing.Revision, desk.Picks{"name": directory.Mine, "audience": directory.Theirs})
		o.want(fault.Conflict, err)
		_, err = s.Settle(t.Context(), ada, file.ID, c.At, m.Theirs.Listing.Revision-1, desk.Picks{"name": directory.Mine, "audience": directory.Theirs})
		o.want(fault.Conflict, err)

		var made directory.ID
		for range 2 { // a double click
			p := must(s.Settle(t.Context(), ada, file.ID, c.At, m.Theirs.Listing.Revision, desk.Picks{"name": directory.Mine, "audience": directory.Theirs}))(o)
			if p.Listing.Name != file.Name || p.Listing.Audience != o.listing(file.ID).Audience || !made.IsZero() && p.ID != made {
				t.Fatalf("proposed: %q, %q", p.Listing.Name, p.Listing.Audience)
			}
			made = p.ID
		}
		if o.conflicts() != 0 || o.comes(file, false) != 0 {
			t.Error("it waits again")
		}
		p := must(o.editing.Proposal(t.Context(), made))(o)
		p = must(o.editing.Submit(t.Context(), ada, p.ID, p.Version))(o)
		must(o.editing.Approve(t.Context(), ben, p.ID, p.Version, o.listing(file.ID).Revision))(o)

		c, m = clash()
		kept, err := s.Settle(t.Context(), ada, file.ID, c.At, m.Theirs.Listing.Revision, desk.Picks{"name": directory.Theirs, "audience": directory.Theirs})
		if err != nil || kept != nil || o.conflicts() != 0 {
			t.Errorf("kept: %v, %v", kept, err)
		}
		if o.comes(file, false) != 0 || o.comes(file, true) != 0 {
			t.Error("what was decided is asked again")
		}
		_, err = s.Settle(t.Context(), ada, file.ID, c.At, m.Theirs.Listing.Revision, nil)
		o.want(fault.NotFound, err)
		if got := o.log.entries[len(o.log.entries)-1]; got.Action != "import.settle" || got.Detail["file"] != "a.csv" {
			t.Errorf("logged %+v", got)
		}
	})
}

// TestSettlingChangesNothingElse: what a file changed without a conflict came in with it, and a curator who took that
// back since is not overruled by who decides about something else.
func TestSettlingChangesNothingElse(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		file := o.published(1)
		was := file.Description
		s := desk.NewSettling(o.store, o.editing)
		o.edited(file.ID, named("By Ben"))
		file.Name, file.Description = "By the file", "By the file"
		extra := file.Channels[0]
		extra.Number = "+16175550177"
		file.Channels = append(file.Channels, extra)
		if n := o.comes(file, false); n != 1 || o.listing(file.ID).Description != file.Description {
			t.Fatalf("%d in conflict, described %q", n, o.listing(file.ID).Description)
		}
		o.edited(file.ID, func(l *directory.Listing) {
			l.Description, l.Channels = was, l.Channels[:len(l.Channels)-1]
		})
		now := o.listing(file.ID)
		c := must(o.store.Clash(t.Context(), file.ID))(o)
		p := must(s.Settle(t.Context(), ada, file.ID, c.At, now.Revision, desk.Picks{"name": directory.Mine}))(o)
		if diff := directory.Compare(now, p.Listing); len(diff) != 1 || diff[0].Path != "name" || p.Listing.Name != file.Name {
			t.Errorf("proposed: %+v", diff)
		}
	})
}

// TestDraftsOfAFileThatChanges: what a draft said is what the file said once somebody approved it, and not before.
func TestDraftsOfAFileThatChanges(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		file := o.published(1)
		draft := func() *desk.Proposal {
			t.Helper()
			all := must(o.store.Proposals(t.Context(), desk.Wanted{States: []desk.State{desk.Drafted}}, directory.Page{Limit: 9}))(o)
			if len(all) != 1 {
				t.Fatalf("%d drafts", len(all))
			}
			return &all[0]
		}
		file.Name, file.Audience = "One", "one"
		o.comes(file, true)
		o.save(ada, draft(), func(l *directory.Listing) { l.Audience = "by Ada" })
		file.Name = "Two"
		if n := o.comes(file, true); n != 0 {
			t.Errorf("%d in conflict with what nobody approved", n)
		}
		p := draft()
		if p.Listing.Name != "Two" || p.Listing.Audience != "by Ada" {
			t.Errorf("the draft says %q, %q", p.Listing.Name, p.Listing.Audience)
		}
		p = o.save(ada, p, func(l *directory.Listing) { l.Audience = "one" })
		p = must(o.editing.Submit(t.Context(), ada, p.ID, p.Version))(o)
		must(o.editing.Approve(t.Context(), ben, p.ID, p.Version, p.Base))(o)
		file.Name = "Three"
		if n := o.comes(file, true); n != 0 || draft().Listing.Name != "Three" {
			t.Errorf("%d in conflict with the file itself", n)
		}
		o.edited(file.ID, func(l *directory.Listing) { l.Name = "By Ben" })
		if n := o.comes(file, true); n != 1 || o.conflicts() != 1 {
			t.Errorf("%d in conflict with Ben, %d wait", n, o.conflicts())
		}
	})
}

// TestWhatAReviewerRemovedStaysOut: a number of a file that came in as a draft, and that somebody took out before it was
// published, does not come back with the same file, of a new listing or a known one.
func TestWhatAReviewerRemovedStaysOut(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		fresh := directorytest.Sample(2)
		fresh.Revision = 0
		for _, file := range []*directory.Listing{fresh, o.published(1)} {
			const dead, more = "+16175550177", "+16175550178"
			for _, number := range []string{dead, more} {
				c := file.Channels[0]
				c.Number = number
				file.Channels = append(file.Channels, c)
			}
			file.Revision, file.UpdatedAt = 0, time.Time{}
			has := func(number string) bool {
				return slices.ContainsFunc(o.listing(file.ID).Channels, func(c directory.Channel) bool { return c.Number == number })
			}
			o.comes(file, true)
			draft := must(o.store.Proposals(t.Context(), desk.Wanted{States: []desk.State{desk.Drafted}, Listing: file.ID}, directory.Page{Limit: 9}))(o)[0]

			other := o.listingOr(file.ID) // somebody else's change says nothing about the file
			if other != nil {
				p := o.submitted(ben, file.ID, func(l *directory.Listing) { l.Organization = "By Ben" })
				must(o.editing.Approve(t.Context(), ada, p.ID, p.Version, p.Base))(o)
				if past := must(o.store.Past(t.Context(), file.ID))(o); past.Offered == nil {
					t.Error("what nobody looked at yet counts as heard")
				}
			}

			p := o.save(ada, &draft, func(l *directory.Listing) {
				l.Channels = slices.DeleteFunc(l.Channels, func(c directory.Channel) bool { return c.Number == dead })
			})
			p = must(o.editing.Submit(t.Context(), ada, p.ID, p.Version))(o)
			seen := directory.RevisionNo(0)
			if other != nil {
				seen = o.listing(file.ID).Revision
			}
			must(o.editing.Approve(t.Context(), ben, p.ID, p.Version, seen))(o)
			for _, asDrafts := range []bool{false, true} {
				if n := o.comes(file, asDrafts); n != 0 || has(dead) || !has(more) {
					t.Fatalf("%d in conflict; has the dead number: %v, the other: %v", n, has(dead), has(more))
				}
			}
			file.Name += " renamed"
			if n := o.comes(file, false); n != 0 || has(dead) || o.listing(file.ID).Name != file.Name {
				t.Fatalf("%d in conflict; has the dead number: %v; is called %q", n, has(dead), o.listing(file.ID).Name)
			}
		}
	})
}

// listingOr gives a listing, nil where there is none.
func (o *office) listingOr(id directory.ID) *directory.Listing {
	o.Helper()
	l, err := o.store.Listing(o.Context(), id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return must(l, err)(o)
}
