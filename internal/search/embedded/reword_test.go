package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/search/searchtest"
)

// grown gives a vocabulary with n terms more in each facet.
func grown(v *directory.Vocabulary, n int) *directory.Vocabulary {
	var all []directory.Amendment
	for _, f := range directory.Facets() {
		for i := range n {
			code := fmt.Sprintf("zz-%d", i)
			all = append(all, directory.Amendment{Facet: f, Code: code, Labels: map[string]string{"en": code + "qqq", "es": code + "www"}})
		}
	}
	return v.Amended(all)
}

// TestReworded holds an engine whose terms come and go, with questions asked meanwhile, to what one says that never
// changed: what is in the index is found by what it states, whatever stands beside it.
func TestReworded(t *testing.T) {
	v := searchtest.Vocabulary()
	e, calm := embedded.New(v), embedded.New(v)
	t.Cleanup(e.Close)
	t.Cleanup(calm.Close)
	stop, asking := make(chan struct{}), sync.WaitGroup{}
	asking.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if c, err := e.Match(context.Background(), claiming(directory.Language, "es")); err != nil || c.Total+c.RemoteTotal > 600 {
					t.Errorf("asked meanwhile: %v, %v", c, err)
					return
				}
			}
		}
	})
	random := rand.New(rand.NewPCG(1, 2))
	n := 0
	for batch := range slices.Chunk(grid(600), 40) {
		for _, op := range batch {
			for _, f := range directory.Facets() {
				for _, term := range v.Terms(f) {
					if random.IntN(3) == 0 {
						op.Listing.Claims = append(op.Listing.Claims, directory.Claim{Facet: f, Code: term.Code, Value: directory.Yes})
					}
				}
			}
		}
		e.Reword(grown(v, n%3*4)) // up to 48 terms more: another number of words in a mask
		n++
		if err := errors.Join(e.Apply(t.Context(), batch), calm.Apply(t.Context(), batch)); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	asking.Wait()
	for _, f := range directory.Facets() {
		for _, term := range v.Terms(f) {
			got, err := e.Match(t.Context(), claiming(f, term.Code))
			want, wrong := calm.Match(t.Context(), claiming(f, term.Code))
			if err != nil || wrong != nil {
				t.Fatal(err, wrong)
			}
			same := func(a, b search.Candidate) bool { return a.ID == b.ID }
			if !slices.EqualFunc(got.Hits, want.Hits, same) || !reflect.DeepEqual(got.Facets, want.Facets) || want.Total == 0 {
				t.Fatalf("%s %s finds %d, %v; want %d, %v", f, term.Code, got.Total, got.Facets, want.Total, want.Facets)
			}
		}
	}
}

// claiming asks for what states a term, and counts every facet.
func claiming(f directory.Facet, code string) search.Match {
	return search.Match{
		Claims: map[directory.Facet][]string{f: {code}}, Facets: search.FacetNames(),
		Limit: 600, Sort: search.ByRelevance, Serves: &search.Locale{Anywhere: true},
	}
}

// TestNewTermIsCounted has a term come after the index was built, and be claimed by what is saved from then on.
func TestNewTermIsCounted(t *testing.T) {
	v := searchtest.Vocabulary()
	e := embedded.New(v)
	t.Cleanup(e.Close)
	all := grid(200)
	if err := e.Apply(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	term := directory.Amendment{Facet: directory.Modality, Code: "new-one", Labels: map[string]string{"en": "Brandnew therapy", "es": "Terapia flamante"}}
	e.Reword(v.Amended([]directory.Amendment{term}))
	l := all[7].Listing.Clone()
	l.Claims = append(l.Claims, directory.Claim{Facet: directory.Modality, Code: "new-one", Value: directory.Yes})
	if err := e.Apply(t.Context(), []search.Op{{ID: l.ID, Listing: l}}); err != nil {
		t.Fatal(err)
	}
	ask := func(m search.Match) *search.Candidates {
		m.Limit, m.Sort, m.Serves = 10, search.ByRelevance, &search.Locale{Anywhere: true}
		c, err := e.Match(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, m := range map[string]search.Match{
		"claimed": {Claims: map[directory.Facet][]string{directory.Modality: {"new-one"}}},
		"named":   {Words: []search.Word{{Text: "brandnew"}}},
	} {
		if c := ask(m); c.Total+c.RemoteTotal != 1 {
			t.Errorf("%s: %d found, want the one that claims it", name, c.Total+c.RemoteTotal)
		}
	}
	counted := map[string]int{}
	for _, c := range ask(search.Match{Facets: []search.FacetName{search.FacetName(directory.Modality)}}).Facets[search.FacetName(directory.Modality)] {
		counted[c.Value] = c.N
	}
	if counted["new-one"] != 1 {
		t.Errorf("counted %v", counted)
	}
}

// BenchmarkReword tells what other words for the same terms cost, and what a new term does.
func BenchmarkReword(b *testing.B) {
	v := searchtest.Vocabulary()
	e := embedded.New(v)
	defer e.Close()
	if err := e.Apply(context.Background(), grid(100_000)); err != nil {
		b.Fatal(err)
	}
	for name, add := range map[string]int{"words": 0, "terms": 1} {
		b.Run(name, func(b *testing.B) {
			for i := range b.N {
				e.Reword(grown(v, add*(i%2)))
			}
		})
	}
}
