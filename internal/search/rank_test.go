package search_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
)

var nowhere = math.NaN()

func TestWorth(t *testing.T) {
	better := func(what string, a, b directory.Listing) {
		t.Helper()
		if x, y := search.Worth(&a, noon, nowhere), search.Worth(&b, noon, nowhere); x <= y {
			t.Errorf("%s: %v, not above %v", what, x, y)
		}
	}
	var bare directory.Listing
	lately := directory.Verification{At: noon.AddDate(0, 0, -10)}
	open, shut := directory.Hours{AlwaysOpen: true}, directory.Hours{AlwaysOpen: true, Zone: "UTC", Exceptions: []directory.Exception{{Date: directory.DateOf(noon)}}}
	line := func(priority int, h directory.Hours) directory.Listing {
		return directory.Listing{Kind: directory.Helpline, Priority: priority, Hours: h}
	}
	better("first line", directory.Listing{Priority: 1}, directory.Listing{Priority: 2})
	better("second line", directory.Listing{Priority: 2}, bare)
	better("the first line, though it is closed and another is open and was verified", line(1, shut), func() directory.Listing {
		l := line(10, open)
		l.Verification = lately
		return l
	}())
	better("verified", directory.Listing{Verification: lately}, bare)
	better("verified long ago", directory.Listing{Verification: directory.Verification{At: noon.AddDate(-9, 0, 0)}}, bare)
	better("accepting", directory.Listing{Accepting: directory.Accepting{Status: "yes"}}, directory.Listing{Accepting: directory.Accepting{Status: "waitlist"}})
	better("waitlist", directory.Listing{Accepting: directory.Accepting{Status: "waitlist"}}, directory.Listing{Accepting: directory.Accepting{Status: "no"}})
	better("complete", directory.Listing{Description: "x"}, bare)
	better("a line open now", line(20, open), line(20, shut))
	clinic := directory.Listing{Kind: directory.Center, Hours: open}
	if a, b := search.Worth(&clinic, noon, nowhere), search.Worth(&directory.Listing{Kind: directory.Center, Hours: shut}, noon, nowhere); a != b {
		t.Errorf("a center is worth %v when open, %v when closed", a, b)
	}
	if a, b, c := search.Openness(directory.Helpline, directory.Open), search.Openness(directory.Helpline, directory.HoursUnknown), search.Openness(directory.Helpline, directory.Closed); a <= b || b <= c {
		t.Errorf("open is worth %d, unknown %d, closed %d", a, b, c)
	}
}

// The most that everything comes to is less than a word in a name is worth, and less than a thousand thousandths.
func TestWorthIsBounded(t *testing.T) {
	best := directory.Listing{Kind: directory.Helpline, Priority: 1, Description: "x"}
	best.Verification.At, best.Accepting.Status, best.Hours.AlwaysOpen = noon, directory.AcceptingYes, true
	best.Channels = []directory.Channel{{Medium: directory.Voice, Number: "988"}}
	if w := search.Worth(&best, noon, 0); w >= 1 {
		t.Errorf("the best listing is worth %v, want less than 1", w)
	}
	if w := search.Worth(&directory.Listing{Kind: directory.Helpline, Hours: directory.Hours{AlwaysOpen: true, Zone: "nowhere", Exceptions: []directory.Exception{{}}}}, noon, nowhere); w < 0 {
		t.Errorf("the barest listing is worth %v", w)
	}
}

// What was verified longer ago is never worth more, nor what lies farther.
func TestDecay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(-1e6, 1e9).Draw(t, "seconds"), rapid.Int64Range(-1e6, 1e9).Draw(t, "seconds")
		older, newer := noon.Add(-time.Duration(max(a, b))*time.Second), noon.Add(-time.Duration(min(a, b))*time.Second)
		if x, y := search.Freshness(older, noon), search.Freshness(newer, noon); x > y || x <= search.Freshness(time.Time{}, noon) {
			t.Fatalf("verified at %v is worth %d, at %v %d", older, x, newer, y)
		}
		if x, y := search.Nearness(float64(max(a, b))), search.Nearness(float64(min(a, b))); x > y || x < search.Nearness(nowhere) {
			t.Fatalf("%d m off is worth %d, %d m %d", max(a, b), x, min(a, b), y)
		}
	})
	if due := noon.Add(-directory.VerifyEvery); search.Freshness(due, noon) <= search.Freshness(due.Add(-time.Second), noon) {
		t.Error("a verification that is due counts for no less afterwards")
	}
}

// Of two that tie neither stands first on more than four days of a week, and of many each is first about as often.
func TestTurns(t *testing.T) {
	id := func(n int) directory.ID { return directory.ImportedID("turns", fmt.Sprint(n)) }
	rapid.Check(t, func(t *rapid.T) {
		a, b := id(rapid.Int().Draw(t, "a")), id(rapid.Int().Draw(t, "b"))
		if a == b {
			return
		}
		first := 0
		for turn := range search.Turns {
			if search.TieOf(turn, a) < search.TieOf(turn, b) {
				first++
			}
		}
		if first < 3 || first > 4 {
			t.Fatalf("%v stands before %v on %d days of 7", a, b, first)
		}
	})
	for _, k := range []int{2, 3, 5, 10} {
		const groups = 4000
		first := make([]int, k) // by number within the group
		for g := range groups {
			for turn := range search.Turns {
				best := 0
				for i := range k {
					if search.TieOf(turn, id(g*k+i)) < search.TieOf(turn, id(g*k+best)) {
						best = i
					}
				}
				first[best]++
			}
		}
		for i, n := range first {
			if want := float64(groups*search.Turns) / float64(k); math.Abs(float64(n)-want) > 0.06*want {
				t.Errorf("of %d equals the %dth stands first %d times, want about %.0f", k, i, n, want)
			}
		}
	}
}

func TestTurnOfTheDay(t *testing.T) {
	seen := map[int]bool{}
	for day := range search.Turns {
		at := time.Date(1969, 12, 28+day, 0, 0, 0, 0, time.UTC) // across the epoch
		turn := search.TurnAt(at)
		if turn < 0 || turn >= search.Turns || turn != search.TurnAt(at.Add(24*time.Hour-time.Second)) {
			t.Errorf("%v: turn %d", at, turn)
		}
		seen[turn] = true
	}
	if len(seen) != search.Turns {
		t.Errorf("%d turns in a week", len(seen))
	}
}

// ranked asks an engine that ranks, with the clock at a moment.
func ranked(t testing.TB, listings ...*directory.Listing) (ask func(q search.Query) *search.Result) {
	t.Helper()
	book := newBook()
	e := embedded.New(vocabulary(t))
	t.Cleanup(e.Close)
	var ops []search.Op
	for _, l := range listings {
		book.put(l)
		ops = append(ops, search.Op{ID: l.ID, Listing: l.Public()})
	}
	if err := e.Apply(context.Background(), ops); err != nil {
		t.Fatal(err)
	}
	s := search.NewSearcher(config(t, e, book))
	return func(q search.Query) *search.Result {
		t.Helper()
		r, err := s.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// A name decides nothing: the same listings under other names stand in the same order.
func TestNoBiasOfTheAlphabet(t *testing.T) {
	order := func(name func(i int) string) (ids []directory.ID) {
		var all []*directory.Listing
		for i := range 26 {
			l := listing("placeholder", directory.Center, at(42.36, -71.06))
			l.ID, l.Name = directory.ImportedID("alphabet", fmt.Sprint(i)), name(i)
			all = append(all, l)
		}
		for _, h := range ranked(t, all...)(search.Query{Sort: search.ByRelevance, Limit: 26, At: noon}).Hits {
			ids = append(ids, h.Listing.ID)
		}
		return ids
	}
	up := order(func(i int) string { return string(rune('A'+i)) + " Care" })
	down := order(func(i int) string { return string(rune('Z'-i)) + " Care" })
	if len(up) != 26 || !slices.Equal(up, down) {
		t.Errorf("named upwards: %v\nnamed downwards: %v", up, down)
	}
}

// A person who turns pages at midnight sees everything once, though the turn has changed, lines have closed and
// verifications grown old.
func TestPagesAcrossMidnight(t *testing.T) {
	var all []*directory.Listing
	midnight := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for i := range 30 {
		l := listing(fmt.Sprint("line ", i), directory.Helpline, at(42.36, -71.06))
		l.Verification.At = midnight.Add(-directory.VerifyEvery / 3).Add(time.Duration(i-15) * time.Minute)
		l.Hours = directory.Hours{AlwaysOpen: true, Zone: "UTC", Exceptions: []directory.Exception{{Date: directory.DateOf(midnight.AddDate(0, 0, -i%2))}}}
		all = append(all, l)
	}
	ask := ranked(t, all...)
	q := search.Query{Sort: search.ByRelevance, Limit: 4, At: midnight.Add(-5 * time.Minute)}
	want := names(ask(search.Query{Sort: search.ByRelevance, Limit: 100, At: q.At}).Hits)
	var got []string
	for {
		r := ask(q)
		got = append(got, names(r.Hits)...)
		if r.Next == "" {
			break
		}
		q.Cursor, q.At = r.Next, q.At.Add(3*time.Minute)
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages give %q, want %q", got, want)
	}
	if later := names(ask(search.Query{Sort: search.ByRelevance, Limit: 100, At: q.At}).Hits); slices.Equal(later, want) {
		t.Error("midnight changes nothing: the pages prove nothing")
	}
}

// With words that say as much of each, what helps now comes first.
func TestOpenLinesFirst(t *testing.T) {
	var all []*directory.Listing
	for i := range 12 {
		l := listing(fmt.Sprintf("Lantern %c", 'a'+i), directory.Helpline, covers("US"))
		if l.Hours.AlwaysOpen = true; i%3 == 0 {
			l.Hours.Zone, l.Hours.Exceptions = "UTC", []directory.Exception{{Date: directory.DateOf(noon)}}
		}
		all = append(all, l)
	}
	r := ranked(t, all...)(search.Query{Text: "lantern", Literal: true, At: noon, Limit: 12})
	if len(r.Remote) != 12 {
		t.Fatalf("found %q", names(r.Remote))
	}
	for i, h := range r.Remote {
		if open := h.Listing.OpenAt(noon) == directory.Open; open != (i < 8) {
			t.Errorf("%d: %s, open %v", i, h.Listing.Name, open)
		}
	}
}
