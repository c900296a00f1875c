package desk_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
)

func TestAnEditIsPublishedByAnother(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		p := o.submitted(ada, l.ID, named("New name"))
		if got := o.listing(l.ID); got.Name != l.Name || got.Revision != 1 {
			t.Errorf("before approval the listing is %q at revision %d", got.Name, got.Revision)
		}
		p = must(o.editing.Approve(t.Context(), ben, p.ID, p.Version, 1))(o)
		got := o.listing(l.ID)
		if got.Name != "New name" || got.Revision != 2 || p.State != desk.Published || p.Revision != 2 || p.Decided != ben {
			t.Errorf("approved: %q at revision %d, proposal %s of revision %d by %v", got.Name, got.Revision, p.State, p.Revision, p.Decided)
		}
		steps := must(o.editing.History(t.Context(), l.ID, directory.Page{Limit: 10}))(o)
		if len(steps) != 2 || steps[0].By != (directory.Editor{Name: "Ada", Note: "as they told us"}) || len(steps[0].Changed) != 1 || steps[0].Changed[0].Path != "name" {
			t.Errorf("history: %+v", steps)
		}
		if want := []string{"Ada proposal.begin", "Ada proposal.submit", "Ben proposal.approve"}; !slices.Equal(o.log.actions(), want) {
			t.Errorf("audit log: %q, want %q", o.log.actions(), want)
		}
		o.want(fault.Conflict, second(o.editing.Submit(t.Context(), ada, p.ID, p.Version)))
	})
}

func second[T any](_ T, err error) error { return err }

func TestANewListing(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := must(o.editing.Begin(t.Context(), ada, directory.ID{}))(o)
		o.wantFields(o.editing.Faults(t.Context(), p), "name", "channels", "sources", "coverage", "note")
		p = o.save(ada, p, func(l *directory.Listing) {
			id := l.ID
			*l = *directorytest.Sample(4)
			l.ID = id
		})
		p = must(o.editing.Submit(t.Context(), ada, p.ID, p.Version))(o)
		if _, err := o.store.Listing(t.Context(), p.Listing.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("there is a listing before anyone approved it: %v", err)
		}
		must(o.editing.Approve(t.Context(), ben, p.ID, p.Version, 0))(o)
		if got := o.listing(p.Listing.ID); got.Status != directory.Published || got.Revision != 1 {
			t.Errorf("%s at revision %d", got.Status, got.Revision)
		}
	})
}

func TestNobodyPublishesAloneWhatTheyWrote(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		p := o.write(ada, l.ID, named("Ada's"))
		p = o.save(eve, p, func(l *directory.Listing) { l.Audience = "Eve's" })
		p = must(o.editing.Submit(t.Context(), eve, p.ID, p.Version))(o)
		for _, a := range []desk.Actor{ada, eve, {ID: ada.ID, Name: "another name"}} {
			o.want(fault.Forbidden, second(o.editing.Approve(t.Context(), a, p.ID, p.Version, 1)))
		}
		if o.listing(l.ID).Revision != 1 {
			t.Error("it was published")
		}
		o.open(func(c *desk.Config) { c.Alone = true })
		must(o.editing.Approve(t.Context(), ada, p.ID, p.Version, 1))(o)
		if got := o.listing(l.ID); got.Name != "Ada's" || got.Audience != "Eve's" {
			t.Errorf("a team of one published %q, %q", got.Name, got.Audience)
		}
	})
}

func TestApprovedTwiceIsPublishedOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		p := o.submitted(ada, l.ID, named("Once"))
		var wg sync.WaitGroup
		for _, a := range []desk.Actor{ben, eve, ben, eve} {
			wg.Go(func() {
				if _, err := o.editing.Approve(t.Context(), a, p.ID, p.Version, 1); err != nil && !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got := o.listing(l.ID)
		if got.Name != "Once" || got.Revision != 2 {
			t.Errorf("%q at revision %d", got.Name, got.Revision)
		}
		after := must(o.editing.Proposal(t.Context(), p.ID))(o)
		if after.State != desk.Published || after.Revision != 2 {
			t.Errorf("the proposal is %s of revision %d", after.State, after.Revision)
		}
		must(o.editing.Approve(t.Context(), after.Decided, p.ID, p.Version, 1))(o)
		if got := o.listing(l.ID); got.Revision != 2 {
			t.Errorf("revision %d", got.Revision)
		}
	})
}

func TestTwoCuratorsEditOneListing(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		one := o.submitted(ada, l.ID, func(l *directory.Listing) { l.Name, l.Channels[0].Number = "Ada's", "+16175550101" })
		two := o.submitted(eve, l.ID, func(l *directory.Listing) { l.Name, l.Audience = "Eve's", "veterans" })
		must(o.editing.Approve(t.Context(), ben, one.ID, one.Version, 1))(o)

		o.want(fault.Conflict, second(o.editing.Approve(t.Context(), ben, two.ID, two.Version, 1))) // he saw revision 1
		o.want(fault.Conflict, second(o.editing.Approve(t.Context(), ben, two.ID, two.Version, 2))) // nobody chose a name
		m := must(o.editing.Moved(t.Context(), two, nil))(o)
		if len(m.Conflicts) != 1 || m.Conflicts[0].Path != "name" || m.Listing.Audience != "veterans" || m.Listing.Channels[0].Number != "+16175550101" {
			t.Errorf("merged: %+v, conflicts %+v", m.Listing, m.Conflicts)
		}
		o.want(fault.Conflict, second(o.editing.Rebase(t.Context(), eve, two.ID, two.Version, 1, nil)))
		two = must(o.editing.Rebase(t.Context(), eve, two.ID, two.Version, 2, desk.Picks{"name": directory.Theirs}))(o)
		must(o.editing.Approve(t.Context(), ben, two.ID, two.Version, 2))(o)
		if got := o.listing(l.ID); got.Name != "Ada's" || got.Audience != "veterans" || got.Channels[0].Number != "+16175550101" || got.Revision != 3 {
			t.Errorf("%q, %q, %q at revision %d", got.Name, got.Audience, got.Channels[0].Number, got.Revision)
		}
	})
}

func TestAStaleFormLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		p := o.write(ada, l.ID, named("First"))
		form := p.Listing.Clone()
		o.save(eve, p, func(l *directory.Listing) { l.Name, l.Audience = "Eve's", "veterans" })
		form.Name, form.Organization = "Ada's", "Practice"
		o.want(fault.Conflict, second(o.editing.Save(t.Context(), ada, p.ID, p.Version, form, "")))
		m, now, err := o.editing.Stale(t.Context(), p.ID, p.Version, desk.Draft{Listing: form, Note: p.Note}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Conflicts) != 1 || m.Conflicts[0].Path != "name" || m.Listing.Audience != "veterans" || m.Listing.Organization != "Practice" || m.Listing.Name != "Ada's" {
			t.Errorf("merged %+v with %+v", m.Listing, m.Conflicts)
		}
		p = must(o.editing.Save(t.Context(), ada, p.ID, now.Version, m.Listing, "both"))(o)
		if p.Version != now.Version+1 || len(p.Editors) != 2 {
			t.Errorf("version %d of %v", p.Version, p.Editors)
		}
		// A version that is kept no longer: more to decide, and still nothing lost.
		m, _, err = o.editing.Stale(t.Context(), p.ID, 99, desk.Draft{Listing: form}, desk.Picks{"name": directory.Theirs})
		if err != nil || m.Listing.Name != "Ada's" || m.Listing.Audience != "veterans" {
			t.Errorf("from the listing itself: %+v, %v", m, err)
		}
	})
}

func TestTheNoteOfAStaleFormIsMerged(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		n := 0
		for _, c := range []struct {
			mine, theirs, merged string
			conflict             bool
			pick                 directory.Side
		}{
			{mine: "base", theirs: "base", merged: "base"},
			{mine: "mine", theirs: "base", merged: "mine"},
			{mine: "base", theirs: "theirs", merged: "theirs"},
			{mine: "", theirs: "base", merged: ""},
			{mine: "both", theirs: "both", merged: "both"},
			{mine: "mine", theirs: "theirs", merged: "mine", conflict: true},
			{mine: "mine", theirs: "theirs", merged: "theirs", conflict: true, pick: directory.Theirs},
		} {
			n++
			p := must(o.editing.Begin(t.Context(), ada, o.published(n).ID))(o)
			save := func(a desk.Actor, at *desk.Proposal, name, note string) *desk.Proposal {
				l := at.Listing.Clone()
				l.Name = name
				return must(o.editing.Save(t.Context(), a, at.ID, at.Version, l, note))(o)
			}
			p = save(ada, p, "One", "base")
			now := save(eve, p, "Two", c.theirs)
			m, _, err := o.editing.Stale(t.Context(), p.ID, p.Version, desk.Draft{Listing: p.Listing, Note: c.mine}, desk.Picks{"note": c.pick})
			if err != nil {
				t.Fatal(err)
			}
			if conflict := len(m.Conflicts) == 1 && m.Conflicts[0].Path == "note"; m.Note != c.merged || conflict != c.conflict || m.Listing.Name != now.Listing.Name {
				t.Errorf("%+v: note %q, name %q, conflicts %+v", c, m.Note, m.Listing.Name, m.Conflicts)
			}
		}
	})
}

func TestBegunTwiceIsOneDraft(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		begin := func(a desk.Actor, id directory.ID) *desk.Proposal {
			return must(o.editing.Begin(t.Context(), a, id))(o)
		}
		for _, id := range []directory.ID{l.ID, {}} {
			one := begin(ada, id)
			if two := begin(ada, id); two.ID != one.ID {
				t.Error("a second draft of the same")
			}
			if theirs := begin(eve, id); theirs.ID == one.ID {
				t.Error("somebody else's draft")
			}
			one = o.save(ada, one, named("Written in"))
			if again := begin(ada, id); (again.ID == one.ID) == id.IsZero() {
				t.Errorf("with a name written in it, %v is followed by %v", one.ID, again.ID)
			}
		}
	})
}

func TestAutosaveOfTheSameKeepsTheVersion(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.write(ada, o.published(1).ID, named("First"))
		again := must(o.editing.Save(t.Context(), ada, p.ID, p.Version, p.Listing, p.Note))(o)
		if again.Version != p.Version {
			t.Errorf("version %d after %d", again.Version, p.Version)
		}
	})
}

func TestADraftMayHaveFaults(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		p := o.write(ada, l.ID, func(l *directory.Listing) {
			l.Name, l.Channels[0].Number, l.Description = "", "+16175550666", strings.Repeat("<b>", 5000)
			l.Claims[0].Value = directory.No
			l.Claims = append(l.Claims, directory.Claim{Facet: directory.Topic, Code: "suicide", Value: directory.Yes, Source: "x", At: o.now.AddDate(0, 0, 9)})
		})
		kept := must(o.editing.Proposal(t.Context(), p.ID))(o)
		if diff := cmp.Diff(p.Listing, kept.Listing); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
		err := o.editing.Faults(t.Context(), p)
		o.wantFields(err, "name", "channels[0].number", "description", "claims[0].at", "claims[10].at")
		if e := second(o.editing.Submit(t.Context(), ada, p.ID, p.Version)); e == nil || e.Error() != err.Error() {
			t.Errorf("submitting says %v, not %v", e, err)
		}
		huge := p.Listing.Clone()
		huge.Description = strings.Repeat("x", 1<<20)
		err = second(o.editing.Save(t.Context(), ada, p.ID, p.Version, huge, strings.Repeat("x", 1<<20)))
		o.wantFields(err, "name", "channels[0].number", "description", "note")
		odd := p.Listing.Clone()
		odd.Name = "a\xff"
		o.want(fault.Invalid, second(o.editing.Save(t.Context(), ada, p.ID, p.Version, odd, "a\x00")))
	})
}

func TestWhoChangedAClaimIsNoted(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.write(ada, o.published(1).ID, func(l *directory.Listing) {
			l.Claims[2].Value, l.Claims[2].At, l.Claims[2].By = directory.No, o.now, "somebody else"
		})
		if p.Listing.Claims[2].By != "Ada" || p.Listing.Claims[1].By != "import" {
			t.Errorf("by %q and %q", p.Listing.Claims[2].By, p.Listing.Claims[1].By)
		}
	})
}

func TestSendBackAndDrop(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.submitted(ada, o.published(1).ID, named("New"))
		o.wantFields(second(o.editing.SendBack(t.Context(), ben, p.ID, p.Version, " ")), "comment")
		p = must(o.editing.SendBack(t.Context(), ben, p.ID, p.Version, "which page?\n"))(o)
		o.want(fault.Conflict, second(o.editing.Approve(t.Context(), ben, p.ID, p.Version, 1)))
		o.want(fault.Conflict, second(o.editing.SendBack(t.Context(), ben, p.ID, p.Version, "again")))
		if err := o.editing.Comment(t.Context(), ada, p.ID, "their own"); err != nil {
			t.Fatal(err)
		}
		p = must(o.editing.Submit(t.Context(), ada, p.ID, p.Version))(o)
		p = o.save(ada, p, named("Newer")) // takes it back
		if p.State != desk.Drafted {
			t.Errorf("saved while in review: %s", p.State)
		}
		p = must(o.editing.Drop(t.Context(), ada, p.ID, p.Version, "a mistake"))(o)
		o.want(fault.Conflict, second(o.editing.Save(t.Context(), ada, p.ID, p.Version, p.Listing, "")))
		var said []string
		for _, c := range must(o.store.Comments(t.Context(), p.ID))(o) {
			said = append(said, c.By.Name+": "+c.Text)
		}
		if want := []string{"Ben: which page?", "Ada: their own", "Ada: a mistake"}; !slices.Equal(said, want) {
			t.Errorf("comments %q, want %q", said, want)
		}
		o.want(fault.NotFound, o.editing.Comment(t.Context(), ada, directory.ImportedID("no", "1"), "x"))
	})
}

func TestProposalsWanted(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		one, two := o.published(1), o.published(2)
		a := o.write(ada, one.ID, named("A"))
		b := o.submitted(ada, two.ID, named("B"))
		c := o.submitted(eve, one.ID, named("C"))
		for name, w := range map[string]struct {
			desk.Wanted
			want []directory.ID
		}{
			"all":       {desk.Wanted{}, []directory.ID{c.ID, b.ID, a.ID}},
			"in review": {desk.Wanted{States: []desk.State{desk.InReview}}, []directory.ID{c.ID, b.ID}},
			"a listing": {desk.Wanted{Listing: one.ID}, []directory.ID{c.ID, a.ID}},
			"Ada's":     {desk.Wanted{Editor: "1"}, []directory.ID{b.ID, a.ID}},
			"Eve's":     {desk.Wanted{Editor: "3", States: []desk.State{desk.Drafted}}, nil},
		} {
			var got []directory.ID
			for _, p := range must(o.store.Proposals(t.Context(), w.Wanted, directory.Page{Limit: 9}))(o) {
				got = append(got, p.ID)
				if len(p.Editors) != 1 {
					t.Errorf("%s: editors %v", name, p.Editors)
				}
			}
			if !slices.Equal(got, w.want) {
				t.Errorf("%s: %v, want %v", name, got, w.want)
			}
		}
		page := must(o.store.Proposals(t.Context(), desk.Wanted{}, directory.Page{Limit: 1, Offset: 1}))(o)
		if len(page) != 1 || page[0].ID != b.ID {
			t.Errorf("second of a page of one: %v", page)
		}
	})
}

func TestHistoryAndRestore(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		for _, name := range []string{"Second", "Third"} {
			p := o.submitted(ada, l.ID, named(name))
			must(o.editing.Approve(t.Context(), ben, p.ID, p.Version, o.listing(l.ID).Revision))(o)
		}
		o.wantFields(second(o.editing.Restore(t.Context(), ben, l.ID, 1, 3, "")), "note")
		o.want(fault.Conflict, second(o.editing.Restore(t.Context(), ben, l.ID, 1, 2, "was right")))
		o.want(fault.NotFound, second(o.editing.Restore(t.Context(), ben, l.ID, 9, 3, "was right")))
		o.want(fault.Conflict, second(o.editing.Restore(t.Context(), ben, l.ID, 3, 3, "as it is")))
		restored := must(o.editing.Restore(t.Context(), ben, l.ID, 1, 3, "was right"))(o)
		if diff := directory.Compare(l, o.listing(l.ID)); len(diff) != 0 || restored.Revision != 4 {
			t.Errorf("restored as revision %d, which differs in %+v", restored.Revision, diff)
		}
		steps := must(o.editing.History(t.Context(), l.ID, directory.Page{Limit: 2}))(o)
		if len(steps) != 2 || steps[0].No != 4 || steps[0].By.Name != "Ben" || steps[1].No != 3 || len(steps[1].Changed) != 1 {
			t.Errorf("%+v", steps)
		}
		last := must(o.editing.History(t.Context(), l.ID, directory.Page{Offset: 3, Limit: 2}))(o)
		if len(last) != 1 || last[0].No != 1 || len(last[0].Changed) < 10 {
			t.Errorf("the first revision: %+v", last)
		}
	})
}

func TestRestoreKeepsTheRules(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := directorytest.Sample(1)
		l.Channels[0].Number = "+16175550666" // on the blocklist since
		if err := o.store.Save(t.Context(), l, 0, directory.Editor{}); err != nil {
			t.Fatal(err)
		}
		now := l.Clone()
		now.Channels[0].Number = "988"
		if err := o.store.Save(t.Context(), now, 1, directory.Editor{}); err != nil {
			t.Fatal(err)
		}
		o.wantFields(second(o.editing.Restore(t.Context(), ben, l.ID, 1, 2, "why not")), "channels[0].number")
	})
}
