package search_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

func found(t *testing.T, s *search.Searcher, q search.Query) *search.Result {
	t.Helper()
	r, err := s.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTextIsSearchedByWhatItWasReadAs(t *testing.T) {
	s, _, _ := searcher(t,
		listing("Here", directory.Center, at(42.36, -71.06), says(directory.Modality, "cbt")),
		listing("Far", directory.Center, at(39.74, -104.98), says(directory.Modality, "cbt")),
		listing("Other", directory.Center, at(42.36, -71.06), says(directory.Modality, "dbt")))
	r := found(t, s, search.Query{Text: "cbt boston"})
	want := []search.Reading{{Facet: "modality", Value: "cbt", Words: "cbt", Start: 0, End: 3}, {Facet: "place", Value: "boston", Words: "boston", Start: 4, End: 10}}
	if diff := cmp.Diff(want, r.Understood); diff != "" {
		t.Error(diff)
	}
	if got := names(r.Hits); !slices.Equal(got, []string{"Here"}) || r.Taken != search.TakenRead || r.Sort != search.ByDistance || r.Place == nil {
		t.Errorf("found %v, taken %q, by %s", got, r.Taken, r.Sort)
	}
	chosen := found(t, s, search.Query{Place: "Boston", Claims: map[directory.Facet][]string{directory.Modality: {"cbt"}}})
	if diff := cmp.Diff(names(r.Hits), names(chosen.Hits)); diff != "" {
		t.Error("what was read finds something else when it is chosen", diff)
	}
	r = found(t, s, search.Query{Text: "cbt boston", Literal: true})
	if r.Understood != nil || r.Taken != "" || r.Plain != "" {
		t.Errorf("read though it was to be taken literally: %+v", r.Understood)
	}
}

// What was chosen stands: words that say otherwise stay words, those that say the same are not asked twice.
func TestNothingIsReadAgainstAChoice(t *testing.T) {
	s, e, _ := searcher(t, listing("Here", directory.Center, at(42.36, -71.06), says(directory.Modality, "cbt")))
	claims := map[directory.Facet][]string{directory.Modality: {"cbt"}}
	r := found(t, s, search.Query{Text: "cbt dbt denver boston", Place: "Boston, MA", Claims: claims})
	if len(r.Understood) != 0 || r.Plain != "dbt denver" || r.Place.Place.Name != "Boston" {
		t.Errorf("read %v, left %q", r.Understood, r.Plain)
	}
	if m := e.asked[0]; !slices.Equal(m.Claims[directory.Modality], claims[directory.Modality]) {
		t.Errorf("asked for %v", m.Claims)
	}
	if len(claims[directory.Modality]) != 1 {
		t.Error("the asker's own filters were changed")
	}
}

// TestTextIsTakenInTheWayThatFindsSomething goes down the ways a text can be taken, and turns the page in each.
func TestTextIsTakenInTheWayThatFindsSomething(t *testing.T) {
	named := func(name, description string, set ...func(*directory.Listing)) *directory.Listing {
		return listing(name, directory.Center, append(set, func(l *directory.Listing) { l.Description = description })...)
	}
	s, _, _ := searcher(t,
		named("A", "We know zebra.", at(42.36, -71.06), says(directory.Modality, "cbt")),
		named("B", "We know lions.", at(42.36, -71.06), says(directory.Modality, "cbt")),
		named("C", "TMS by lions.", at(42.36, -71.06)),
		named("D", "TMS by lions and more lions.", at(42.37, -71.06)),
		named("Denver CBT House", "In Boston.", at(42.36, -71.06)),
	)
	for _, c := range []struct {
		name, text string
		taken      search.Taken
		plain      string
		want       []string
	}{
		{"readings and words", "cbt zebra", search.TakenRead, "zebra", []string{"A"}},
		{"nothing is said to do TMS, two speak of it", "tms lions", search.TakenLiterally, "lions", []string{"C", "D"}},
		{"the same near a place", "tms for lions near boston", search.TakenWords, "tms lions", []string{"C", "D"}},
		{"no listing holds the word", "cbt giraffe boston", search.TakenFilters, "giraffe", []string{"A", "B"}},
		{"a listing's name", "denver cbt house", search.TakenLiterally, "house", []string{"Denver CBT House"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := search.Query{Text: c.text, Limit: 1}
			var all []string
			for range 5 {
				r := found(t, s, q)
				if r.Taken != c.taken || r.Plain != c.plain {
					t.Fatalf("taken %q, left %q", r.Taken, r.Plain)
				}
				all = append(all, names(r.Hits)...)
				if q.Cursor = r.Next; q.Cursor == "" {
					break
				}
			}
			if slices.Sort(all); !slices.Equal(all, c.want) {
				t.Errorf("found %v, want %v", all, c.want)
			}
		})
	}
}

func TestAReadingIsOfferedToBeDropped(t *testing.T) {
	s, _, _ := searcher(t, listing("Here", directory.Center, at(42.36, -71.06), says(directory.Modality, "cbt")))
	r := found(t, s, search.Query{Text: "cbt medicare boston"})
	want := []search.Relaxation{{Change: "insurance", Total: 1}}
	if diff := cmp.Diff(want, r.Relaxations); diff != "" {
		t.Error(diff)
	}
	if r.Taken != search.TakenRead {
		t.Errorf("taken %q", r.Taken)
	}
}

// A person in danger may write more words than can be looked for: that is no mistake of theirs.
func TestMoreWordsThanCanBeLookedFor(t *testing.T) {
	s, _, _ := searcher(t, listing("988", directory.Helpline, covers("US"), says(directory.Topic, "suicide")))
	r := found(t, s, search.Query{Text: "I want to die zebra giraffe lion tiger panther ocelot lynx puma jaguar leopard cheetah caracal serval"})
	if r.Crisis == nil {
		t.Error("no crisis")
	}
}

func TestCrisisOffersLinesWhateverIsFound(t *testing.T) {
	us := listing("US line", directory.Helpline, covers("US"), says(directory.Topic, "suicide"))
	gb := listing("GB line", directory.Helpline, covers("GB"), says(directory.Topic, "suicide"))
	us.Hours.AlwaysOpen, gb.Hours.AlwaysOpen = true, true
	s, _, _ := searcher(t, us, gb, listing("Here", directory.Center, at(42.36, -71.06)))
	for _, c := range []struct {
		name string
		q    search.Query
		want []string
	}{
		{"nobody knows where", search.Query{Text: "i want to die"}, []string{"US line"}},
		{"in a country", search.Query{Text: "i want to die", Country: "GB"}, []string{"GB line"}},
		{"near a place in the words", search.Query{Text: "suicidal london"}, []string{"GB line"}},
		{"taken literally", search.Query{Text: "quiero morir", Literal: true}, []string{"US line"}},
	} {
		r := found(t, s, c.q)
		if r.Crisis == nil || !slices.Equal(names(r.Crisis.Lines), c.want) {
			t.Errorf("%s: offers %+v, want %v", c.name, r.Crisis, c.want)
		}
	}
	if r := found(t, s, search.Query{Text: "suicide loss group"}); r.Crisis != nil {
		t.Error("those who grieve are taken for someone in danger")
	}
}

// lineless is an engine that fails where helplines are asked for.
type lineless struct{ search.Engine }

func (e lineless) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	if m.Sort == search.ByName {
		return nil, errors.New("down")
	}
	return e.Engine.Match(ctx, m)
}

func TestCrisisIsSaidEvenWithoutLines(t *testing.T) {
	l := listing("Here", directory.Center, at(42.36, -71.06), says(directory.Modality, "cbt"))
	s := search.NewSearcher(config(t, lineless{newPlainEngine(t, l)}, newBook(l)))
	if r := found(t, s, search.Query{Text: "suicidal cbt boston"}); r.Crisis == nil || r.Crisis.Country != "US" {
		t.Errorf("crisis: %+v", r.Crisis)
	}
}

// standIn says that it answers for another.
type standIn struct{ search.Engine }

func (e standIn) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	c, err := e.Engine.Match(ctx, m)
	if err == nil {
		c.Engine, c.Degraded = "stand-in", true
	}
	return c, err
}

func TestWhatTheEngineSaysOfItselfIsPassedOn(t *testing.T) {
	e := newPlainEngine(t)
	s := search.NewSearcher(config(t, standIn{e}, newBook()))
	if r := found(t, s, search.Query{}); r.Engine != "stand-in" || !r.Degraded {
		t.Errorf("engine %q, degraded %t", r.Engine, r.Degraded)
	}
	s = search.NewSearcher(config(t, e, newBook()))
	if r := found(t, s, search.Query{}); r.Engine != "plain" || r.Degraded {
		t.Errorf("engine %q, degraded %t", r.Engine, r.Degraded)
	}
}
