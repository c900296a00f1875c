package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/search/meili"
)

// benchEngines are the flags of a comparison of engines.
type benchEngines struct {
	Engines        bool   `help:"Compare the engines instead: the embedded one and, when a server is given, Meilisearch through Carefinder and by itself with _geo."`
	MeilisearchURL string `name:"meilisearch-url" placeholder:"URL" help:"A Meilisearch to compare with; indexes beginning with bench- are made and removed."`
	MeilisearchKey string `placeholder:"KEY" help:"Its master key."`
	MeilisearchPID int    `name:"meilisearch-pid" placeholder:"PID" help:"Its process, when it runs here, to tell its memory."`
}

// contender is an engine in a comparison.
type contender struct {
	name   string
	ask    func(ctx context.Context, c class, m search.Match) (scanAnswer, error)
	add    func(ctx context.Context, ops []search.Op) error
	settle func(ctx context.Context) error // after the last of a build
	memory func() string
	can    func(c class) bool // nil is every class
}

// engineTables are what a comparison prints.
type engineTables struct{ times, rates, loads table }

// engines asks the same questions about the same listings of every engine, and checks each answer against the scan.
func (b *bench) engines(ctx context.Context, sizes []int) error {
	var t engineTables
	t.times.add("question", "listings", "engine", "p50 ms", "p95", "p99", "exact")
	t.rates.add("index", "listings", "listings a second", "one edit, s", "memory")
	t.loads.add("mixed questions a second", "listings", "1 client", "2", "16")
	for _, n := range sizes {
		b.progress("reading %s listings", count(n))
		plain, samples, err := b.scan(n)
		if err != nil {
			return err
		}
		for _, open := range []func(context.Context) (*contender, func(), error){b.embedded, b.throughCarefinder, b.rawMeilisearch} {
			c, end, err := open(ctx)
			if err != nil {
				return err
			}
			if c != nil {
				err = b.contend(ctx, c, n, plain, samples, &t)
				end()
			}
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return errors.Join(t.times.print(b.out), t.loads.print(b.out), t.rates.print(b.out))
}

// contend measures one engine.
func (b *bench) contend(ctx context.Context, c *contender, n int, plain *scan, samples []sample, t *engineTables) error {
	b.progress("%s: building", c.name)
	rate, last, err := b.fillContender(ctx, c, n)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := c.add(ctx, []search.Op{{ID: last.ID, Listing: last}}); err != nil {
		return err
	}
	edit := time.Since(began)
	terms := termValues(b.vocab)
	var mixed []asked
	for _, x := range classes() {
		if c.can != nil && !c.can(x) {
			continue
		}
		b.progress("%s: %s", c.name, x.name)
		questions := x.questions(samples, b.Questions)
		times, exact := make([]time.Duration, len(questions)), 0
		for i, m := range questions {
			if _, err := c.ask(ctx, x, m); err != nil { // warms caches
				return err
			}
			began := time.Now()
			got, err := c.ask(ctx, x, m)
			if err != nil {
				return err
			}
			times[i] = time.Since(began)
			if got.same(plain.truth(x, m, terms)) {
				exact++
			}
			mixed = append(mixed, asked{x, m})
		}
		q := quantiles(times)
		t.times.add(x.name, count(n), c.name, ms(q[0]), ms(q[1]), ms(q[2]), fmt.Sprintf("%d/%d", exact, len(questions)))
	}
	row := []string{c.name, count(n)}
	for _, clients := range []int{1, 2, 16} {
		perSecond, err := b.load(ctx, c, mixed, clients)
		if err != nil {
			return err
		}
		row = append(row, count(int(perSecond)))
	}
	t.loads.add(row...)
	t.rates.add(c.name, count(n), count(int(rate)), fmt.Sprintf("%.3f", edit.Seconds()), c.memory())
	return nil
}

// asked is a question of a class.
type asked struct {
	class
	m search.Match
}

// fillContender builds an index and gives how many listings a second that took, and the last listing.
func (b *bench) fillContender(ctx context.Context, c *contender, n int) (perSecond float64, last *directory.Listing, err error) {
	var took time.Duration
	batch := make([]search.Op, 0, buildBatch)
	apply := func() error {
		began := time.Now()
		err := c.add(ctx, batch)
		took += time.Since(began)
		batch = batch[:0]
		return err
	}
	for l := range b.listings(n) {
		last = l
		if batch = append(batch, search.Op{ID: l.ID, Listing: l}); len(batch) == cap(batch) {
			if err := apply(); err != nil {
				return 0, nil, err
			}
		}
	}
	if err := apply(); err != nil {
		return 0, nil, err
	}
	began := time.Now()
	if c.settle != nil {
		err = c.settle(ctx)
	}
	return float64(n) / (took + time.Since(began)).Seconds(), last, err
}

// load puts the questions from so many clients for a while and gives how many were answered a second.
func (b *bench) load(ctx context.Context, c *contender, all []asked, clients int) (perSecond float64, err error) {
	var next, done atomic.Int64
	var mu sync.Mutex
	var all16 sync.WaitGroup
	began := time.Now()
	for range clients {
		all16.Go(func() {
			for time.Since(began) < b.For {
				q := all[int(next.Add(7919))%len(all)] // a prime step mixes the classes
				if _, e := c.ask(ctx, q.class, q.m); e != nil {
					mu.Lock()
					err = e
					mu.Unlock()
					return
				}
				done.Add(1)
			}
		})
	}
	all16.Wait()
	return float64(done.Load()) / time.Since(began).Seconds(), err
}

// truth is the scan's answer to a question of a class.
func (s *scan) truth(c class, m search.Match, terms map[string][]scanValue) scanAnswer {
	q := s.prepare(m, terms)
	if c.level == 0 {
		return s.match(m, q)
	}
	a := scanAnswer{}
	for _, n := range s.clusters(q, c.level) {
		a.total += n
	}
	return a
}

// same reports whether what is said is right. What isn't said (facets of what was chosen, hits of an own order) is not
// compared.
func (a scanAnswer) same(truth scanAnswer) bool {
	if a.total != truth.total {
		return false
	}
	if a.hits == nil || truth.hits == nil {
		truth.hits = a.hits
	}
	only := scanAnswer{total: truth.total, hits: truth.hits, facets: map[search.FacetName][]search.Count{}}
	for f := range a.facets {
		only.facets[f] = truth.facets[f]
	}
	return same(a, only)
}

// answerOf asks an engine of ours.
func answerOf(e search.Engine) func(context.Context, class, search.Match) (scanAnswer, error) {
	return func(ctx context.Context, c class, m search.Match) (a scanAnswer, err error) {
		if c.level > 0 {
			clusters, err := e.Clusters(ctx, m, c.level)
			for _, x := range clusters {
				a.total += x.Sites
			}
			return a, err
		}
		found, err := e.Match(ctx, m)
		if err != nil {
			return a, err
		}
		a = scanAnswer{total: found.Total, facets: found.Facets}
		if m.Sort != search.ByRelevance {
			a.hits = []directory.ID{}
			for _, h := range found.Hits {
				a.hits = append(a.hits, h.ID)
			}
		}
		return a, nil
	}
}

func (b *bench) embedded(context.Context) (*contender, func(), error) {
	before := heap()
	e := embedded.New(b.vocab)
	return &contender{
		name: "embedded", ask: answerOf(e), add: e.Apply, settle: e.Compact,
		memory: func() string { return fmt.Sprintf("%.0f MB", (heap()-before)/1e6) },
	}, e.Close, nil
}

// throughCarefinder is Meilisearch as a server asks it; nil without one.
func (b *bench) throughCarefinder(ctx context.Context) (*contender, func(), error) {
	if b.MeilisearchURL == "" {
		return nil, nil, nil
	}
	e := meili.New(meili.Config{URL: b.MeilisearchURL, Key: b.MeilisearchKey, Vocabulary: b.vocab, Prefix: "bench"})
	if err := e.Rebuild(ctx, func(search.Marked) error { return nil }); err != nil {
		return nil, nil, err
	}
	return &contender{name: "Meilisearch through Carefinder", ask: answerOf(e), add: e.Apply, memory: b.serverMemory},
		func() { _ = e.Rebuild(ctx, func(search.Marked) error { return nil }) }, nil
}

// serverMemory is what the process of Meilisearch holds, where it is known.
func (b *bench) serverMemory() string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.MeilisearchPID))
	if b.MeilisearchPID == 0 || err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0]) // the kernel writes a number
			return fmt.Sprintf("%d MB", kb/1000)
		}
	}
	return "unknown"
}
