package desk_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
	"carefinder/seed"
)

var (
	_ desk.Tasks       = (*store.Store)(nil)
	_ desk.SurveyStore = (*store.Store)(nil)
	_ desk.Mergers     = (*store.Store)(nil)
)

// trail keeps what the audit log was told.
type trail struct {
	*store.Store
	entries []desk.Entry
}

func (t *trail) Record(_ context.Context, e desk.Entry) error {
	t.entries = append(t.entries, e)
	return nil
}

func (t *trail) last() (e desk.Entry) {
	if len(t.entries) > 0 {
		e = t.entries[len(t.entries)-1]
	}
	return e
}

// hall is a desk over a store, whose clock a test sets.
type hall struct {
	t      *testing.T
	store  *store.Store
	now    time.Time
	trail  trail
	survey *desk.Survey
	queues *desk.Queues
	dedupe *desk.Deduper
}

var gazetteer = sync.OnceValues(seed.Gazetteer)

// eachHall runs fn with a new hall on each database.
func eachHall(t *testing.T, fn func(t *testing.T, o *hall)) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		o := &hall{t: t, now: directorytest.Epoch().AddDate(0, 1, 0)}
		clock := func() time.Time { return o.now }
		o.store = storetest.Open(t, dsn, store.Options{Now: clock})
		o.trail.Store = o.store
		block, err := directory.ReadBlocklist(strings.NewReader("country,service,number,status,replacement,source\nUS,Old Line,+18009312237,closed,988,https://example.org\n"))
		if err != nil {
			t.Fatal(err)
		}
		places, err := gazetteer()
		if err != nil {
			t.Fatal(err)
		}
		door := directory.NewDesk(o.store, directorytest.Vocabulary(), block)
		o.survey = desk.NewSurvey(o.store, desk.SurveyRules{
			Desk: door, Places: places, Every: map[directory.Kind]time.Duration{directory.Prescriber: 24 * time.Hour},
		}, slog.New(slog.DiscardHandler))
		o.queues = desk.NewQueues(o.store, &o.trail, clock)
		o.dedupe = desk.NewDeduper(o.store, door, &o.trail, clock)
		fn(t, o)
	})
}

func (o *hall) save(all ...*directory.Listing) {
	o.t.Helper()
	if err := o.store.SaveMany(o.t.Context(), all, directory.Editor{Name: "test"}); err != nil {
		o.t.Fatal(err)
	}
}

func (o *hall) look() {
	o.t.Helper()
	for {
		n, err := o.survey.Step(o.t.Context())
		if err != nil {
			o.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func (o *hall) waiting(q desk.Queue) []desk.Task {
	o.t.Helper()
	all, err := o.queues.Page(o.t.Context(), desk.TaskQuery{Queue: q, Limit: 1000})
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

// want checks that exactly these listings wait in a queue.
func (o *hall) want(q desk.Queue, all ...*directory.Listing) {
	o.t.Helper()
	var got, want []string
	for _, x := range o.waiting(q) {
		got = append(got, x.Listing.String())
	}
	for _, l := range all {
		want = append(want, l.ID.String())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		o.t.Errorf("%s holds %v, want %v", q, got, want)
	}
}

func (o *hall) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, k fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != k {
		t.Errorf("got %v, want a %v fault", err, k)
	}
}

func TestSurveyFillsQueues(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		change := func(n int, f func(l *directory.Listing)) *directory.Listing {
			l := directorytest.Sample(n)
			f(l)
			return l
		}
		fine := change(1, func(l *directory.Listing) {})
		draft := change(2, func(l *directory.Listing) { l.Status = directory.Draft })
		review := change(3, func(l *directory.Listing) { l.Status = directory.InReview })
		overdue := change(4, func(l *directory.Listing) { l.Verification.Due = o.now.AddDate(0, 0, -3) })
		soon := change(5, func(l *directory.Listing) { l.Kind, l.Verification.Due = directory.Prescriber, time.Time{} })
		never := change(6, func(l *directory.Listing) { l.Verification = directory.Verification{} })
		blocked := change(7, func(l *directory.Listing) { l.Channels[0].Number = "1-800-931-2237" })
		register := change(8, func(l *directory.Listing) {
			l.Identifiers = []directory.Identifier{{Scheme: directory.NPI, Value: "1234567890"}}
		})
		middle := change(9, func(l *directory.Listing) { l.Sites[0].Point = geo.LatLng(39.78373, -100.445882) })
		omaha := change(10, func(l *directory.Listing) { l.Sites[0].Point = geo.LatLng(41.25, -95.99) })
		abroad := change(11, func(l *directory.Listing) {
			l.Sites[0].Address.City, l.Sites[0].Address.PostalCode, l.Sites[0].Point = "", "", geo.LatLng(48.85, 2.35)
		})
		toronto := change(12, func(l *directory.Listing) {
			l.Sites[0].Address = directory.Address{City: "Toronto", Division: "ON", Country: "CA"}
			l.Sites[0].Point = geo.LatLng(43.70643, -79.39864)
		})
		madeUp := change(13, func(l *directory.Listing) { l.Status, l.Demonstration = directory.Draft, true })
		gone := change(14, func(l *directory.Listing) {
			l.Status, l.ArchivedReason, l.Channels[0].Number = directory.Archived, "closed", "1-800-931-2237"
		})
		o.save(fine, draft, review, overdue, soon, never, blocked, register, middle, omaha, abroad, toronto, madeUp, gone)
		o.look()
		o.want(desk.QueueDrafts, draft)
		o.want(desk.QueueReview, review)
		o.want(desk.QueueOverdue, overdue, soon, never)
		o.want(desk.QueueFacts, blocked, register)
		o.want(desk.QueueCoordinates, middle, omaha, abroad)
		o.want(desk.QueueDuplicates)
		if w := o.waiting(desk.QueueFacts)[0].Why; !strings.Contains(w, "channels[0].number: ") && !strings.Contains(w, "identifiers[0].value: ") {
			t.Errorf("why: %q", w)
		}
		byKind, err := o.queues.Page(t.Context(), desk.TaskQuery{Queue: desk.QueueOverdue, Kind: directory.Prescriber, Limit: 9})
		if err != nil || len(byKind) != 1 || byKind[0].ID != soon.ID {
			t.Errorf("overdue prescribers: %v, %v", byKind, err)
		}

		o.now = o.now.AddDate(1, 0, 0) // without another survey
		if n := len(o.waiting(desk.QueueOverdue)); n != 10 {
			t.Errorf("%d overdue after a year, want every one published", n)
		}
		blocked.Channels[0].Number = "+16175550177"
		draft.Status = directory.Published
		review.Status, review.ArchivedReason = directory.Archived, "closed"
		o.save(blocked, draft, review)
		o.look()
		o.want(desk.QueueFacts, register)
		o.want(desk.QueueDrafts)
		o.want(desk.QueueReview)
	})
}

func TestTasksAreClaimedAndSnoozed(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		var all []*directory.Listing
		for n := range 5 {
			l := directorytest.Sample(n)
			l.Verification.Due = o.now.AddDate(0, 0, n-10)
			all = append(all, l)
		}
		o.save(all...)
		o.look()
		first := all[0].ID
		o.must(o.queues.Claim(t.Context(), ada, desk.QueueOverdue, first))
		o.must(o.queues.Claim(t.Context(), ada, desk.QueueOverdue, first)) // a double click
		wantKind(t, o.queues.Claim(t.Context(), ben, desk.QueueOverdue, first), fault.Conflict)
		o.must(o.queues.Assign(t.Context(), ada, desk.QueueOverdue, all[1].ID, ben))
		if e := o.trail.last(); e.Action != "task.assign" || e.Actor != ada || e.Detail["to"] != "Ben" {
			t.Errorf("audit: %+v", e)
		}
		mine, err := o.queues.Page(t.Context(), desk.TaskQuery{Queue: desk.QueueOverdue, Holder: ada.ID, Limit: 9})
		if err != nil || len(mine) != 1 || mine[0].ID != first || mine[0].Holder != ada {
			t.Errorf("Ada has %+v, %v", mine, err)
		}

		later := o.now.AddDate(0, 0, 7)
		wantKind(t, o.queues.Snooze(t.Context(), ada, desk.QueueOverdue, all[2].ID, later, ""), fault.Invalid)
		wantKind(t, o.queues.Snooze(t.Context(), ada, desk.QueueOverdue, all[2].ID, later.AddDate(1, 0, 0), "on leave"), fault.Invalid)
		o.must(o.queues.Snooze(t.Context(), ada, desk.QueueOverdue, all[2].ID, later, "on leave"))
		wantKind(t, o.queues.Snooze(t.Context(), ada, desk.QueueOverdue, directory.NewID(o.now), later, "on leave"), fault.NotFound)

		sum := o.summary(desk.QueueOverdue)
		if sum.Count != 4 || sum.More || sum.Asleep != 1 || !sum.Oldest.Equal(all[0].Verification.Due) || len(sum.Held) != 2 {
			t.Errorf("summary: %+v", sum)
		}
		asleep, err := o.queues.Page(t.Context(), desk.TaskQuery{Queue: desk.QueueOverdue, Asleep: true, Limit: 9})
		if err != nil || len(asleep) != 1 || asleep[0].Reason != "on leave" {
			t.Errorf("asleep: %+v, %v", asleep, err)
		}

		// Page by page comes to the same.
		var walked []directory.ID
		var after *desk.Task
		for {
			page, err := o.queues.Page(t.Context(), desk.TaskQuery{Queue: desk.QueueOverdue, After: after, Limit: 1})
			o.must(err)
			if len(page) == 0 {
				break
			}
			after = &page[0]
			walked = append(walked, after.ID)
		}
		if !slices.Equal(walked, []directory.ID{all[0].ID, all[1].ID, all[3].ID, all[4].ID}) {
			t.Errorf("walked %v", walked)
		}

		// An edit that leaves the cause as it is leaves the task with its holder; a verification ends it.
		all[0].Description += " And groups."
		o.save(all[0])
		o.look()
		if x := o.waiting(desk.QueueOverdue)[0]; x.ID != first || x.Holder != ada {
			t.Errorf("after an edit: %+v", x)
		}
		all[0].Verification.At, all[0].Verification.Due = o.now, o.now.AddDate(0, 0, 90)
		o.save(all[0])
		o.look()
		o.want(desk.QueueOverdue, all[1], all[3], all[4])
		o.now = o.now.AddDate(0, 0, 91)
		i := slices.IndexFunc(o.waiting(desk.QueueOverdue), func(x desk.Task) bool { return x.ID == first })
		if i < 0 || o.waiting(desk.QueueOverdue)[i].Holder != (desk.Actor{}) {
			t.Error("verified and due again, it should be nobody's")
		}
	})
}

func (o *hall) summary(q desk.Queue) desk.Summary {
	o.t.Helper()
	all, err := o.queues.Summaries(o.t.Context())
	o.must(err)
	i := slices.IndexFunc(all, func(s desk.Summary) bool { return s.Queue == q })
	return all[i]
}

func TestSaveDuringASurvey(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		l := directorytest.Sample(1)
		l.Status = directory.Draft
		o.save(l)
		due, mark, err := o.store.SurveyDue(t.Context(), 9)
		o.must(err)
		l.Status = directory.Published
		o.save(l) // after the survey read that it is due, before it kept what it found
		found := desk.Findings{ID: due[0].ID, Revision: 1, Tasks: []desk.Task{{Queue: desk.QueueDrafts, ID: l.ID, Listing: l.ID}}}
		o.must(o.store.Surveyed(t.Context(), []desk.Findings{found}, mark))
		o.want(desk.QueueDrafts)
		l.Status = directory.Draft
		o.save(l)
		o.look()
		o.want(desk.QueueDrafts, l)

		// Another server kept less: the survey goes on where it was further.
		o.must(o.store.Surveyed(t.Context(), nil, mark))
		if due, _, err := o.store.SurveyDue(t.Context(), 9); err != nil || len(due) != 0 {
			t.Errorf("due again: %v, %v", due, err)
		}
		if _, err := o.store.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		if due, _, err := o.store.SurveyDue(t.Context(), 9); err != nil || len(due) != 1 {
			t.Errorf("after another log began: %v, %v", due, err)
		}
	})
}

// twins are two listings that any survey suspects.
func twins() (a, b *directory.Listing) {
	a, b = directorytest.Sample(1), directorytest.Sample(2)
	a.Name, b.Name = "Jane Doe, PhD", "Dr. Jane Doe"
	b.Sites[0].Address.Street = "1 Sample St."
	b.Channels[0].Number = "(617) 555-0101"
	return a, b
}

func TestSurveyFindsDuplicates(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		a, b := twins()
		other := directorytest.Sample(3)
		o.save(a, other)
		o.look()
		o.want(desk.QueueDuplicates)
		o.save(b)
		o.look()
		tasks := o.waiting(desk.QueueDuplicates)
		if len(tasks) != 1 || tasks[0].Why != "name phone address" {
			t.Fatalf("suspected: %+v", tasks)
		}
		pair := tasks[0].ID
		s, x, y, err := o.dedupe.Suspected(t.Context(), pair)
		if err != nil || s.Score < 0.8 || len(s.Evidence) != 3 || x.ID != s.A || y.ID != s.B {
			t.Fatalf("pair %+v, %v", s, err)
		}

		wantKind(t, o.dedupe.Dismiss(t.Context(), ada, pair, " "), fault.Invalid)
		o.must(o.dedupe.Dismiss(t.Context(), ada, pair, "mother and daughter"))
		b.Description = "Another text."
		o.save(b)
		o.look()
		o.want(desk.QueueDuplicates)
		if s, err := o.store.Suspect(t.Context(), pair); err != nil || s.DismissedBy != "Ada" || s.Reason != "mother and daughter" {
			t.Errorf("dismissed: %+v, %v", s, err)
		}
		b.Channels[0].Number, b.Sites[0].Address.Street = "+16175550188", "1 Sample Street"
		o.save(b) // something else speaks for it now
		o.look()
		if got := o.waiting(desk.QueueDuplicates); len(got) != 1 || got[0].Why != "name address" {
			t.Errorf("after a change: %+v", got)
		}
		b.Name = "Karim Nasser"
		o.save(b)
		o.look()
		o.want(desk.QueueDuplicates)
		_, err = o.store.Suspect(t.Context(), pair)
		wantKind(t, err, fault.NotFound)
	})
}

func TestMergeAndUnmerge(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		a, b := twins()
		a.Description, a.Hours = "", directory.Hours{}
		b.Sources = []directory.Source{{Name: "Second register", URL: "https://example.org/two", At: o.now}}
		b.Channels = append(b.Channels, directory.Channel{Medium: directory.Email, Address: "jane@example.org"})
		b.Claims = b.Claims[:1]
		b.Claims[0].Value, b.Claims[0].At = directory.No, o.now
		a.Claims = append(a.Claims[:1:1], b.Claims[0])
		a.Claims[1].Value, a.Claims[1].At = directory.Yes, o.now.AddDate(-1, 0, 0)
		o.save(a, b)
		o.look()
		wasA, wasB := a.Clone(), b.Clone()

		_, chosen := desk.MergeParts(a, b)
		if chosen["description"] != desk.FromDropped || chosen["name"] != desk.FromKept || chosen["sites"] != desk.FromBoth {
			t.Errorf("chosen unless somebody does: %v", chosen)
		}
		order := desk.MergeOrder{Keep: a.ID, Drop: b.ID, KeepBase: 1, DropBase: 1, Reason: "the same practice", Choices: map[string]desk.Side{"name": desk.FromDropped}}
		for _, bad := range []func(o *desk.MergeOrder){
			func(o *desk.MergeOrder) { o.Reason = "" },
			func(o *desk.MergeOrder) { o.Drop = o.Keep },
			func(o *desk.MergeOrder) { o.Choices = map[string]desk.Side{"name": desk.FromBoth} },
		} {
			wrong := order
			bad(&wrong)
			_, err := o.dedupe.Merge(t.Context(), ada, wrong)
			wantKind(t, err, fault.Invalid)
		}
		stale := order
		stale.DropBase = 0
		_, err := o.dedupe.Merge(t.Context(), ada, stale)
		wantKind(t, err, fault.Conflict)

		m, err := o.dedupe.Merge(t.Context(), ada, order)
		o.must(err)
		o.look()
		o.want(desk.QueueDuplicates)
		kept, dropped := o.listing(a.ID), o.listing(b.ID)
		if kept.Name != b.Name || kept.Description != b.Description || kept.Hours.Zone != b.Hours.Zone || len(kept.Sources) != 2 || len(kept.Sites) != 1 {
			t.Errorf("kept: %+v", kept)
		}
		if len(kept.Channels) != 4 || kept.Claimed(b.Claims[0].Facet, b.Claims[0].Code) != directory.No {
			t.Errorf("kept channels %+v, claims %+v", kept.Channels, kept.Claims)
		}
		if dropped.Status != directory.Archived || dropped.ReplacedBy != a.ID || dropped.ArchivedReason != "the same practice" {
			t.Errorf("dropped: %+v", dropped)
		}
		if of, err := o.store.MergersOf(t.Context(), b.ID); err != nil || len(of) != 1 || of[0].ID != m.ID || of[0].By != "Ada" {
			t.Errorf("merges of the dropped one: %+v, %v", of, err)
		}
		_, err = o.dedupe.Merge(t.Context(), ada, desk.MergeOrder{Keep: a.ID, Drop: b.ID, KeepBase: 2, DropBase: 2, Reason: "again"})
		wantKind(t, err, fault.Conflict)

		stays, err := o.dedupe.Unmerge(t.Context(), ben, m.ID, "two people")
		if err != nil || stays {
			t.Fatalf("unmerge: %v, %v", stays, err)
		}
		o.look()
		o.same(wasA, o.listing(a.ID))
		o.same(wasB, o.listing(b.ID))
		o.want(desk.QueueDuplicates) // dismissed
		_, err = o.dedupe.Unmerge(t.Context(), ben, m.ID, "again")
		wantKind(t, err, fault.Conflict)
	})
}

func TestUnmergeKeepsLaterWork(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		a, b := twins()
		o.save(a, b)
		m, err := o.dedupe.Merge(t.Context(), ada, desk.MergeOrder{Keep: a.ID, Drop: b.ID, KeepBase: 1, DropBase: 1, Reason: "the same"})
		o.must(err)
		later := o.listing(a.ID)
		later.Description = "Written after the merge."
		o.save(later)
		stays, err := o.dedupe.Unmerge(t.Context(), ada, m.ID, "two people")
		if err != nil || !stays {
			t.Fatalf("unmerge: %v, %v", stays, err)
		}
		o.same(later, o.listing(a.ID))
		o.same(b, o.listing(b.ID))

		c, d := directorytest.Sample(5), directorytest.Sample(6)
		o.save(c, d)
		m, err = o.dedupe.Merge(t.Context(), ada, desk.MergeOrder{Keep: c.ID, Drop: d.ID, KeepBase: 1, DropBase: 1, Reason: "the same"})
		o.must(err)
		back := o.listing(d.ID)
		back.ArchivedReason = "closed"
		o.save(back)
		_, err = o.dedupe.Unmerge(t.Context(), ada, m.ID, "two people")
		wantKind(t, err, fault.Conflict)
	})
}

func TestMergingPublishesNoAddress(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		a, b := directorytest.Sample(1), directorytest.Confidential(1)
		b.ID = directorytest.Sample(2).ID
		b.Sites[0].Address, b.Sites[0].Name = a.Sites[0].Address, ""
		o.save(a, b)
		_, err := o.dedupe.Merge(t.Context(), ada, desk.MergeOrder{Keep: a.ID, Drop: b.ID, KeepBase: 1, DropBase: 1, Reason: "the same"})
		o.must(err)
		if kept := o.listing(a.ID); len(kept.Sites) != 1 || !kept.Sites[0].Confidential || kept.Sites[0].Coverage.IsZero() {
			t.Errorf("sites: %+v", kept.Sites)
		}
	})
}

// merge makes b part of a.
func (o *hall) merge(a, b *directory.Listing) *desk.Merger {
	o.t.Helper()
	m, err := o.dedupe.Merge(o.t.Context(), ada, desk.MergeOrder{Keep: a.ID, Drop: b.ID, KeepBase: a.Revision, DropBase: b.Revision, Reason: "the same"})
	o.must(err)
	return m
}

// open gives the streets of what the public is shown of a listing.
func (o *hall) open(id directory.ID) (streets []string) {
	o.t.Helper()
	for _, s := range o.listing(id).Public().Sites {
		if !s.Confidential {
			streets = append(streets, s.Address.Street)
		}
	}
	return streets
}

func TestMergingLosesNoChannel(t *testing.T) {
	type channels = []directory.Channel
	voice := func(number, extension, menu string) directory.Channel {
		return directory.Channel{Medium: directory.Voice, Number: number, Extension: extension, Menu: menu}
	}
	text := func(number, keyword string) directory.Channel {
		return directory.Channel{Medium: directory.Text, Number: number, Keyword: keyword}
	}
	at := func(m directory.Medium, address string) directory.Channel {
		return directory.Channel{Medium: m, Address: address}
	}
	for name, x := range map[string]struct{ kept, dropped, added channels }{
		"menus": {
			channels{voice("988", "", "press 1"), voice("+18002738255", "", "press 1")},
			channels{voice("988", "", "press 2"), voice("988", "", "Press 1"), voice("+18002738255", "", "press 2"), voice("+18002738255", "", "")},
			channels{voice("988", "", "press 2"), voice("+18002738255", "", "press 2"), voice("+18002738255", "", "")},
		},
		"all of the dropped one's": {
			channels{voice("+16175550100", "", "")},
			channels{voice("988", "", "press 1"), voice("988", "", "press 2"), voice("+16175550101", "", "press 1"), voice("+16175550101", "", "press 2")},
			channels{voice("988", "", "press 1"), voice("988", "", "press 2"), voice("+16175550101", "", "press 1"), voice("+16175550101", "", "press 2")},
		},
		"whole numbers": {
			channels{voice("+12125551234", "", ""), voice("988", "", "")},
			channels{voice("+13125551234", "", ""), voice("+1 (212) 555-1234", "", ""), voice("112", "", "")},
			channels{voice("+13125551234", "", ""), voice("112", "", "")},
		},
		"the country's code": {
			channels{voice("(617) 555-0101", "", ""), voice("+16175550102", "", ""), voice("5550103", "", "")},
			channels{voice("1-617-555-0102", "", ""), voice("617.555.0104", "", ""), voice("+15550103", "", ""), voice("+446175550101", "", "")},
			channels{voice("617.555.0104", "", ""), voice("+15550103", "", ""), voice("+446175550101", "", "")},
		},
		"extensions": {
			channels{voice("+12125551234", "1", "")},
			channels{voice("+12125551234", "2", ""), voice("+12125551234", "", ""), voice("+12125551234", "1", "")},
			channels{voice("+12125551234", "2", ""), voice("+12125551234", "", "")},
		},
		"keywords": {
			channels{text("741741", "HOME")},
			channels{text("741741", "HOLA"), text("741741", "home"), text("838255", "HOME")},
			channels{text("741741", "HOLA"), text("838255", "HOME")},
		},
		"addresses": {
			channels{at(directory.Web, "https://example.org/chat?line=en"), at(directory.Email, "help@example.org")},
			channels{at(directory.Web, "https://example.org/chat?line=es"), at(directory.Web, "https://example.org/chat?line=en"), at(directory.Chat, "https://example.org/chat?line=en"), at(directory.Email, "ayuda@example.org")},
			channels{at(directory.Web, "https://example.org/chat?line=es"), at(directory.Chat, "https://example.org/chat?line=en"), at(directory.Email, "ayuda@example.org")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachHall(t, func(t *testing.T, o *hall) {
				a, b := directorytest.Sample(1), directorytest.Sample(2)
				a.Channels, b.Channels = x.kept, x.dropped
				o.save(a, b)
				o.merge(a, b)
				if diff := cmp.Diff(append(slices.Clone(x.kept), x.added...), o.listing(a.ID).Channels, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestMergingKeepsTheRicherChannel(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		a, b := directorytest.Sample(1), directorytest.Sample(2)
		hours := directory.Hours{AlwaysOpen: true}
		a.Channels = []directory.Channel{{Medium: directory.Voice, Number: "(617) 555-0101", Label: "front desk"}}
		b.Channels = []directory.Channel{{Medium: directory.Voice, Number: "+16175550101", Label: "office", Languages: []string{"es"}, Cost: directory.CostFree, Anonymous: directory.Yes, Hours: hours}}
		o.save(a, b)
		o.merge(a, b)
		want := []directory.Channel{{Medium: directory.Voice, Number: "+16175550101", Label: "front desk", Languages: []string{"es"}, Cost: directory.CostFree, Anonymous: directory.Yes, Hours: hours}}
		if diff := cmp.Diff(want, o.listing(a.ID).Channels); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// Elsewhere ten digits may be another number.
		c, d := directorytest.Sample(3), directorytest.Sample(4)
		c.Channels, d.Channels = []directory.Channel{{Medium: directory.Voice, Number: "6175550101"}}, want
		c.Sites[0].Address = directory.Address{City: "Berlin", Country: "DE"}
		c.Sites[0].Point = geo.LatLng(52.52, 13.4)
		o.save(c, d)
		o.merge(c, d)
		if got := o.listing(c.ID).Channels; len(got) != 2 {
			t.Errorf("two numbers became %+v", got)
		}
	})
}

// TestMergedIntoEachOtherAtOnce has two curators merge the same two, each keeping the other one: one listing stays.
func TestMergedIntoEachOtherAtOnce(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		for n := range 6 {
			a, b := directorytest.Sample(2*n+1), directorytest.Sample(2*n+2)
			o.save(a, b)
			orders := []desk.MergeOrder{{Keep: a.ID, Drop: b.ID}, {Keep: b.ID, Drop: a.ID}}
			mergers, errs := make([]*desk.Merger, len(orders)), make([]error, len(orders))
			var wg sync.WaitGroup
			for i, order := range orders {
				order.KeepBase, order.DropBase, order.Reason = 1, 1, "the same practice"
				wg.Go(func() { mergers[i], errs[i] = o.dedupe.Merge(t.Context(), ada, order) })
			}
			wg.Wait()
			won := slices.IndexFunc(errs, func(err error) bool { return err == nil })
			if won < 0 {
				t.Fatalf("neither was merged: %v", errs)
			}
			wantKind(t, errs[1-won], fault.Conflict)
			kept, dropped := o.listing(orders[won].Keep), o.listing(orders[won].Drop)
			if kept.Status != directory.Published || dropped.Status != directory.Archived || dropped.ReplacedBy != kept.ID || kept.Revision != 2 || dropped.Revision != 2 {
				t.Errorf("kept %s at %d, dropped %s at %d for %s", kept.Status, kept.Revision, dropped.Status, dropped.Revision, dropped.ReplacedBy)
			}
			all, err := o.store.MergersOf(t.Context(), kept.ID)
			if err != nil || len(all) != 1 || all[0].ID != mergers[won].ID {
				t.Errorf("merges: %+v, %v", all, err)
			}
		}
	})
}

func TestMergingHidesWhatMayBeHidden(t *testing.T) {
	address := func(street, city string) directory.Address {
		return directory.Address{Street: street, City: city, Division: "MA", Country: "US"}
	}
	for name, x := range map[string]struct {
		open, both directory.Address // a place of one of them, and a place that both publish
		hidden     directory.Address
		shown      []string
	}{
		"without a street":    {open: address("12 Safe Street", "Boston"), hidden: address("", "Boston")},
		"without a town":      {open: address("12 Safe Street", "Boston")},
		"only a ZIP":          {open: address("12 Safe Street", "Boston"), hidden: directory.Address{PostalCode: "02115", Country: "US"}},
		"a post box":          {open: address("12 Safe Street", "Boston"), hidden: address("PO Box 7", "Boston")},
		"another town":        {open: address("12 Main Street", "Worcester"), hidden: address("", "Boston"), shown: []string{"12 Main Street"}},
		"openly in both":      {both: address("1 City Hall Square", "Boston"), hidden: address("", "Boston"), shown: []string{"1 City Hall Square"}},
		"openly, and another": {open: address("12 Safe Street", "Boston"), both: address("1 City Hall Square", "Boston"), hidden: address("", "Boston"), shown: []string{"1 City Hall Square"}},
	} {
		t.Run(name, func(t *testing.T) {
			eachHall(t, func(t *testing.T, o *hall) {
				for i, side := range []desk.Side{desk.FromBoth, desk.FromKept, desk.FromDropped} {
					for j, draftKept := range []bool{true, false} {
						n := 10 + 4*i + 2*j
						a, b := directorytest.Sample(n), directorytest.Confidential(n)
						b.ID = directorytest.Sample(n + 1).ID
						for _, l := range []*directory.Listing{a, b} {
							l.Sites[0].Name, l.Sites[0].Precision, l.Sites[0].Point = "", "", orb.Point{}
							l.Sites = l.Sites[:1]
						}
						a.Status = directory.Draft
						a.Sites[0].Address, b.Sites[0].Address = x.open, x.hidden
						if x.open == (directory.Address{}) {
							a.Sites = nil
						}
						if x.both != (directory.Address{}) {
							a.Sites = append(a.Sites, directory.Site{Address: x.both})
							b.Sites = append(b.Sites, directory.Site{Address: x.both})
						}
						o.save(a, b)
						keep, drop := a, b
						if !draftKept {
							keep, drop = b, a
						}
						order := desk.MergeOrder{Keep: keep.ID, Drop: drop.ID, KeepBase: 1, DropBase: 1, Reason: "the same", Choices: map[string]desk.Side{"sites": side}}
						_, err := o.dedupe.Merge(t.Context(), ada, order)
						o.must(err)
						got := o.open(keep.ID)
						if side == desk.FromBoth && !slices.Equal(got, x.shown) || slices.Contains(got, "12 Safe Street") {
							t.Errorf("sites of %s, the draft kept %v: %q is public, want %q", side, draftKept, got, x.shown)
						}
					}
				}
			})
		})
	}
}

func TestUnmergePublishesNoAddress(t *testing.T) {
	eachHall(t, func(t *testing.T, o *hall) {
		hide := func(l *directory.Listing) {
			for i := range l.Sites {
				l.Sites[i].Confidential, l.Sites[i].Coverage = true, directory.Coverage{Countries: []string{"US"}}
			}
			o.save(l)
		}
		undo := func(m *desk.Merger) {
			t.Helper()
			if _, err := o.dedupe.Unmerge(t.Context(), ada, m.ID, "two"); err != nil {
				t.Fatal(err)
			}
			if got := o.open(m.Dropped); len(got) > 0 {
				t.Errorf("%q is public again", got)
			}
		}
		a, b := twins()
		o.save(a, b)
		m := o.merge(a, b)
		hide(o.listing(a.ID))
		undo(m)

		// The kept one was made part of a third, and that one's address is what is hidden now.
		c, d := twins()
		c.ID, d.ID = directorytest.Sample(30).ID, directorytest.Sample(31).ID
		e := c.Clone()
		e.ID = directorytest.Sample(32).ID
		o.save(c, d, e)
		m = o.merge(c, d)
		o.merge(e, o.listing(c.ID))
		hide(o.listing(e.ID))
		undo(m)
	})
}

func (o *hall) listing(id directory.ID) *directory.Listing {
	o.t.Helper()
	l, err := o.store.Listing(o.t.Context(), id)
	o.must(err)
	return l
}

// same checks that two listings say the same, whatever their revisions.
func (o *hall) same(want, got *directory.Listing) {
	o.t.Helper()
	x, y := want.Clone(), got.Clone()
	x.Revision, x.UpdatedAt, y.Revision, y.UpdatedAt = 0, time.Time{}, 0, time.Time{}
	if diff := cmp.Diff(x, y); diff != "" {
		o.t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProposalsWait(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		queues := desk.NewQueues(o.store, o.log, func() time.Time { return o.now })
		want := func(p *desk.Proposal, in desk.Queue) {
			t.Helper()
			for _, q := range []desk.Queue{desk.QueueDrafts, desk.QueueReview} {
				found, err := queues.Page(t.Context(), desk.TaskQuery{Queue: q, Limit: 9})
				if err != nil || (len(found) == 1) != (q == in) || len(found) == 1 && (found[0].ID != p.ID || found[0].Listing != l.ID || found[0].Kind != l.Kind) {
					t.Errorf("%s: %s holds %+v, %v", p.State, q, found, err)
				}
			}
		}
		must := func(p *desk.Proposal, err error) *desk.Proposal {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		p := must(o.editing.Begin(t.Context(), ada, l.ID))
		want(p, desk.QueueDrafts)
		change := p.Listing.Clone()
		change.Description = "Another text."
		p = must(o.editing.Save(t.Context(), ada, p.ID, p.Version, change, "said so"))
		p = must(o.editing.Submit(t.Context(), ada, p.ID, p.Version))
		want(p, desk.QueueReview)
		p = must(o.editing.SendBack(t.Context(), ben, p.ID, p.Version, "not so"))
		want(p, desk.QueueDrafts)
		p = must(o.editing.Submit(t.Context(), ada, p.ID, p.Version))
		p = must(o.editing.Approve(t.Context(), ben, p.ID, p.Version, l.Revision))
		want(p, "")
	})
}
