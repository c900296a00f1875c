package searchtest

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// Run proves an engine made by open, which gives an empty one over the vocabulary each time it is called.
func Run(t *testing.T, open func(t *testing.T, v *directory.Vocabulary) search.Engine) {
	RunAs(t, Capabilities{}, open)
}

// RunAs proves an engine that declares where it only approximates. There it is held to the bound stated; everywhere
// else it must be exact.
func RunAs(t *testing.T, can Capabilities, open func(t *testing.T, v *directory.Vocabulary) search.Engine) {
	for _, said := range can.declared() {
		t.Log("declared: " + said)
	}
	all := trials(1)
	if can.Small {
		all = smallTrials()
	}
	run(t, can, open, all)
}

func run(t *testing.T, can Capabilities, open func(t *testing.T, v *directory.Vocabulary) search.Engine, all []trial) {
	t.Run("cases", func(t *testing.T) { runCases(t, open) })
	for _, x := range all {
		t.Run(x.name, func(t *testing.T) {
			if err := x.run(newPair(open(t, Vocabulary()), can)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// trial is a long test of one kind. It gives what is wrong first.
type trial struct {
	name string
	run  func(pair) error
}

// trials gives all of them, asking one question in part of those that prove an engine: 1 is all.
func trials(part int) []trial {
	return []trial{
		{"questions", func(p pair) error { return p.questions(newWorld(1), 1_500, 1_500/part) }},
		{"questions of a large world", func(p pair) error { return p.questions(newWorld(2), 20_000, 40/part) }},
		{"changes", func(p pair) error { return p.changes(newWorld(3), 5_000, 50/part) }},
		{"pages", func(p pair) error { return p.pages(newWorld(4), 1_500, 100/part) }},
		{"ownership", func(p pair) error { return p.ownership(newWorld(6)) }},
		{"concurrent use", func(p pair) error { return concurrentUse(p, newWorld(5), 150/part) }},
		{"given up", func(p pair) error { return givenUp(p.engine) }},
	}
}

// smallTrials ask of worlds that fit into a few requests.
func smallTrials() []trial {
	return []trial{
		{"questions of a small world", func(p pair) error { return p.questions(newWorld(1), 120, 60) }},
		{"changes of a small world", func(p pair) error { return p.changes(newWorld(3), 100, 4) }},
		{"pages of a small world", func(p pair) error { return p.pages(newWorld(4), 100, 6) }},
		{"given up", func(p pair) error { return givenUp(p.engine) }},
	}
}

// pair is an engine and the oracle that holds the same listings.
type pair struct {
	engine search.Engine
	oracle *Oracle
	can    Capabilities
}

func newPair(e search.Engine, can Capabilities) pair {
	return pair{e, NewOracle(Vocabulary()), can}
}

func (p pair) apply(ops []search.Op) error {
	if err := p.engine.Apply(context.Background(), ops); err != nil {
		return fmt.Errorf("apply %d changes: %w", len(ops), err)
	}
	return p.oracle.Apply(context.Background(), ops)
}

// ask compares one answer, and the map of the same question.
func (p pair) ask(m search.Match, level int) error {
	ctx := context.Background()
	got, err := p.engine.Match(ctx, m)
	if err != nil {
		return err
	}
	c := &comparison{oracle: p.oracle, m: m}
	whole := p.all(m)
	if err := c.answer(got, whole); err != nil {
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
	return c.clusters(clusters, right, p.can.centerWithin(whole.Total, level))
}

// all is what the oracle finds without a limit.
func (p pair) all(m search.Match) *search.Candidates {
	m.Limit, m.After = math.MaxInt, nil
	c, err := p.oracle.Match(context.Background(), m)
	if err != nil {
		panic(err) // nobody gave up
	}
	return c
}

// check asks a question. When the answer is wrong it says so of the shortest question that is answered wrongly too.
func (p pair) check(m search.Match, level int) error {
	if p.ask(m, level) == nil {
		return nil
	}
	m = shrink(m, func(m search.Match) bool { return p.ask(m, level) != nil })
	return fmt.Errorf("%w\nasked: %s\nclusters at level %d", p.ask(m, level), describe(m), level)
}

// fill makes listings of the world known to both.
func (p pair) fill(w world, listings int) error {
	var ops []search.Op
	for n := range listings {
		l := w.listing(n)
		ops = append(ops, search.Op{ID: l.ID, Listing: l})
	}
	return p.apply(ops)
}

func (p pair) questions(w world, listings, questions int) error {
	if err := p.fill(w, listings); err != nil {
		return err
	}
	for range questions {
		if err := p.check(w.question(), w.IntN(21)); err != nil {
			return err
		}
	}
	return nil
}

// changes adds, changes and removes listings in batches of every size, so that whatever an engine does between
// (merging, compacting) happens, and asks after each.
func (p pair) changes(w world, listings, batches int) error {
	if err := p.fill(w, listings); err != nil {
		return err
	}
	for range batches {
		ops := w.changes(pick(w.Rand, []int{1, 2, 10, 1 + w.IntN(listings/10), listings / 10}), listings*8/5)
		if err := p.apply(ops); err != nil {
			return err
		}
		if w.IntN(5) == 0 { // again: it must change nothing
			if err := p.apply(ops); err != nil {
				return err
			}
		}
		for range 8 {
			if err := p.check(w.question(), w.IntN(21)); err != nil {
				return err
			}
		}
	}
	return nil
}

// changes makes ops about some of the first listings of the world, some of them about the same one.
func (w world) changes(ops, listings int) (all []search.Op) {
	for range ops {
		l := w.listing(w.IntN(listings))
		if op := (search.Op{ID: l.ID, Listing: l}); w.IntN(4) == 0 {
			all = append(all, search.Op{ID: op.ID})
		} else {
			all = append(all, op)
		}
	}
	return all
}

// pages turns the pages of questions to the end: together they must be all that is found, in its order, and each says
// the same totals and counts.
func (p pair) pages(w world, listings, questions int) error {
	if err := p.fill(w, listings); err != nil {
		return err
	}
	for range questions {
		m := w.question()
		m.Limit = 1 + w.IntN(40)
		hits, err := p.turn(m)
		if err != nil {
			return fmt.Errorf("%w\nasked: %s", err, describe(m))
		}
		whole := p.all(m)
		m.Limit = len(hits) // what is compared is one long page
		c := &comparison{oracle: p.oracle, m: m}
		if c.hits("paged hit", m.Sort, hits, whole.Hits); len(c.errs) > 0 || len(hits) != whole.Total {
			return fmt.Errorf("%d hits on all pages, want %d; %v\nasked: %s", len(hits), whole.Total, c.errs, describe(m))
		}
	}
	return nil
}

// turn gives the hits of all pages.
func (p pair) turn(m search.Match) (all []search.Candidate, err error) {
	var first *search.Candidates
	for {
		c, err := p.engine.Match(context.Background(), m)
		switch {
		case err != nil:
			return nil, err
		case first == nil:
			first = c
		case c.Total != first.Total || c.RemoteTotal != first.RemoteTotal || !maps.EqualFunc(c.Facets, first.Facets, slices.Equal):
			return nil, fmt.Errorf("after %d hits other totals or counts than before", len(all))
		}
		if all = append(all, c.Hits...); len(all) > first.Total {
			return nil, fmt.Errorf("%d hits and more on the pages, total %d", len(all), first.Total)
		}
		if len(c.Hits) == 0 {
			return all, nil
		}
		m.After = &c.Hits[len(c.Hits)-1].At
	}
}

// ownership changes what an engine was given after Apply, and what it gave: neither is its own.
func (p pair) ownership(w world) error {
	var lent, kept []search.Op
	for n := range 300 {
		l := w.listing(n)
		lent = append(lent, search.Op{ID: l.ID, Listing: l.Clone()})
		kept = append(kept, search.Op{ID: l.ID, Listing: l})
	}
	if err := p.engine.Apply(context.Background(), lent); err != nil {
		return err
	}
	for _, op := range lent {
		clear(op.Listing.Sites)
		clear(op.Listing.Claims)
		*op.Listing = directory.Listing{}
	}
	clear(lent)
	if err := p.oracle.Apply(context.Background(), kept); err != nil {
		return err
	}
	for range 100 {
		m := w.question()
		c, err := p.engine.Match(context.Background(), m)
		if err != nil {
			return err
		}
		spoilt(c)
		if err := p.check(m, 5); err != nil {
			return fmt.Errorf("after what was lent to the engine, and what it gave, had been changed: %w", err)
		}
	}
	return nil
}

func spoilt(c *search.Candidates) {
	clear(c.Hits)
	clear(c.Remote)
	for _, words := range c.Read {
		clear(words)
	}
	for _, counts := range c.Facets {
		clear(counts)
	}
	clear(c.Facets)
}
