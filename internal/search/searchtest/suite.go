package searchtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// Run proves an engine made by open, which gives an empty one over the vocabulary each time it is called.
func Run(t *testing.T, open func(t *testing.T, v *directory.Vocabulary) search.Engine) {
	t.Run("cases", func(t *testing.T) { runCases(t, open) })
	t.Run("questions", func(t *testing.T) { runQuestions(t, open(t, Vocabulary()), 1, 1_500, 1_200) })
	t.Run("questions of a large world", func(t *testing.T) { runQuestions(t, open(t, Vocabulary()), 2, 20_000, 40) })
	t.Run("changes", func(t *testing.T) { runChanges(t, open(t, Vocabulary()), 3) })
	t.Run("pages", func(t *testing.T) { runPages(t, open(t, Vocabulary()), 4) })
	t.Run("concurrent use", func(t *testing.T) { runConcurrent(t, open(t, Vocabulary())) })
	t.Run("given up", func(t *testing.T) { runCanceled(t, open(t, Vocabulary())) })
}

// pair is an engine and the oracle that holds the same listings.
type pair struct {
	engine search.Engine
	oracle *Oracle
}

func newPair(e search.Engine) pair { return pair{e, NewOracle(Vocabulary())} }

func (p pair) apply(t *testing.T, ops []search.Op) {
	t.Helper()
	if err := p.engine.Apply(context.Background(), ops); err != nil {
		t.Fatal(err)
	}
	if err := p.oracle.Apply(context.Background(), ops); err != nil {
		t.Fatal(err)
	}
}

// ask compares one answer, and the map of the same question.
func (p pair) ask(m search.Match, level int) error {
	ctx := context.Background()
	got, err := p.engine.Match(ctx, m)
	if err != nil {
		return err
	}
	want, err := p.oracle.Match(ctx, m)
	if err != nil {
		return err
	}
	if err := compare(m, got, want); err != nil {
		return err
	}
	clusters, err := p.engine.Clusters(ctx, m, level)
	if err != nil {
		return err
	}
	right, err := p.oracle.Clusters(ctx, m, level)
	if err != nil {
		return err
	}
	return compareClusters(clusters, right)
}

// check asks a question and stops the test when the answer is wrong.
func (p pair) check(t *testing.T, m search.Match, level int) {
	t.Helper()
	if err := p.ask(m, level); err != nil {
		t.Fatalf("%v\nasked: %s", err, describe(m))
	}
}

func describe(m search.Match) string {
	origin, serves := "none", "nothing remote"
	if m.Origin != nil {
		origin = fmt.Sprint(*m.Origin)
	}
	if m.Serves != nil {
		serves = fmt.Sprintf("%+v", *m.Serves)
	}
	return fmt.Sprintf("%+v\norigin %s, serves %s, region %T", m, origin, serves, m.Region)
}

func runQuestions(t *testing.T, e search.Engine, seed uint64, listings, questions int) {
	w, p := newWorld(seed), newPair(e)
	var ops []search.Op
	for n := range listings {
		l := w.listing(n)
		ops = append(ops, search.Op{ID: l.ID, Listing: l})
	}
	p.apply(t, ops)
	for range questions {
		p.check(t, w.question(), w.IntN(14))
	}
}

// runChanges adds, changes and removes listings in batches of every size, so that whatever an engine does between
// (merging, compacting) happens, and asks after each.
func runChanges(t *testing.T, e search.Engine, seed uint64) {
	w, p := newWorld(seed), newPair(e)
	const most = 6_000
	for range 40 {
		var ops []search.Op
		for range pick(w.Rand, []int{1, 2, 10, 300, 500}) {
			n := w.IntN(most)
			l := w.listing(n)
			if op := (search.Op{ID: l.ID, Listing: l}); w.IntN(4) == 0 {
				ops = append(ops, search.Op{ID: op.ID})
			} else {
				ops = append(ops, op)
			}
		}
		p.apply(t, ops)
		if w.IntN(5) == 0 {
			p.apply(t, ops) // again: it must change nothing
		}
		for range 8 {
			p.check(t, w.question(), w.IntN(14))
		}
	}
}

// runPages turns the pages of questions to the end: every hit must come once, as many as the total says.
func runPages(t *testing.T, e search.Engine, seed uint64) {
	w, p := newWorld(seed), newPair(e)
	var ops []search.Op
	for n := range 1_500 {
		l := w.listing(n)
		ops = append(ops, search.Op{ID: l.ID, Listing: l})
	}
	p.apply(t, ops)
	for range 60 {
		m := w.question()
		m.Limit, m.Facets = 1+w.IntN(40), nil
		seen := map[directory.ID]bool{}
		for {
			c, err := e.Match(context.Background(), m)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range c.Hits {
				if seen[h.ID] {
					t.Fatalf("%v comes twice\nasked: %s", h.ID, describe(m))
				}
				seen[h.ID] = true
			}
			if len(c.Hits) == 0 {
				if len(seen) != c.Total {
					t.Fatalf("%d hits on all pages, total %d\nasked: %s", len(seen), c.Total, describe(m))
				}
				break
			}
			m.After = &c.Hits[len(c.Hits)-1].At
		}
	}
}

// runConcurrent changes two listings together, again and again, while others ask: no answer may show one without the
// other, and after an Apply returned none may show what was before.
func runConcurrent(t *testing.T, e search.Engine) {
	ctx := context.Background()
	w := newWorld(5)
	var ops []search.Op
	for n := range 2_000 {
		l := w.listing(n)
		ops = append(ops, search.Op{ID: l.ID, Listing: l})
	}
	if err := e.Apply(ctx, ops); err != nil {
		t.Fatal(err)
	}
	version := func(i int) []search.Op {
		a, b := twin("twin a", i), twin("twin b", i)
		return []search.Op{{ID: a.ID, Listing: a}, {ID: b.ID, Listing: b}}
	}
	if err := e.Apply(ctx, version(0)); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				c, err := e.Match(ctx, search.Match{Words: []search.Word{{Text: "xylotwin"}}, Sort: search.ByName, Limit: 10, Facets: []search.FacetName{"modality"}, Demonstrations: true})
				if err != nil || c.Total != 2 || len(c.Hits) != 2 || len(c.Facets["modality"]) != 1 || c.Facets["modality"][0].N != 2 {
					t.Errorf("saw half of a change: %+v, %v", c, err)
					return
				}
			}
		})
	}
	for i := range 120 {
		batch := version(i)
		for range w.IntN(200) {
			l := w.listing(w.IntN(4_000))
			batch = append(batch, search.Op{ID: l.ID, Listing: l})
		}
		if err := e.Apply(ctx, batch); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
}

// twin is one of two listings that carry the same claim, another one in each version.
func twin(name string, version int) *directory.Listing {
	l := &directory.Listing{ID: directory.ImportedID("searchtest", name), Kind: directory.Therapist, Name: "Xylotwin " + name, Sites: []directory.Site{at(hubs[version%4])}}
	codes := []string{"cbt", "dbt", "psychodynamic"}
	l.Claims = []directory.Claim{{Facet: directory.Modality, Code: codes[version%3], Value: directory.Yes}}
	return l
}

func runCanceled(t *testing.T, e search.Engine) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Match(ctx, search.Match{Sort: search.ByRelevance}); !fault.Is(err, fault.Canceled) {
		t.Errorf("a question given up gave %v", err)
	}
}
