package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carefinder/internal/fault"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/search/meili"
)

// searching is the flags that say what answers questions.
type searching struct {
	Search             string `enum:"embedded,meilisearch" default:"embedded" placeholder:"ENGINE" help:"What answers questions: embedded, an index of its own in each server's memory, or meilisearch, one index that servers share, with the embedded one standing by."`
	MeilisearchURL     string `name:"meilisearch-url" placeholder:"URL" help:"Where Meilisearch is, version 1.50 or later: http://localhost:7700."`
	MeilisearchKey     string `placeholder:"KEY" help:"Its master key, or one that may search and index."`
	MeilisearchKeyFile string `placeholder:"FILE" help:"File that holds the key."`
}

// engines is what answers questions, and what keeps it in step with the store.
type engines struct {
	search.Engine // what questions are put to
	name          string
	store         *opened
	log           *slog.Logger

	own     *embedded.Engine // in this server's memory
	indexer *search.Indexer  // keeps own; every server does so for itself
	gate    *gate            // before own, until it is built

	shared  *search.Indexer // keeps the index that servers share; nil without one. One server at a time runs it
	standby *search.Standby // asks the shared index, and own when that can't answer; nil without one
}

// engines makes what the flags ask for and starts nothing. wrap, when not nil, is put around what questions are put to.
func (c searching) engines(d *opened, log *slog.Logger, wrap func(search.Engine) search.Engine) (*engines, error) {
	own, truth := embedded.New(d.vocabulary), worded{d.Store, d.words}
	if err := d.words.tell(always(own.Reword)); err != nil {
		return nil, err
	}
	e := &engines{
		name: engineOf(c.Search), store: d, log: log,
		own: own, indexer: search.NewIndexer(own, truth, log), gate: &gate{Engine: own},
	}
	if wrap != nil {
		e.gate.Engine = wrap(own)
	}
	e.Engine = e.gate
	if e.name != meilisearch {
		return e, nil
	}
	key, err := c.meilisearchKey()
	if err != nil {
		return nil, err
	}
	if c.MeilisearchURL == "" {
		return nil, errors.New("say where Meilisearch is with --meilisearch-url")
	}
	index := meili.New(meili.Config{URL: c.MeilisearchURL, Key: key, Vocabulary: d.vocabulary})
	if err := d.words.tell(always(index.Reword)); err != nil {
		return nil, err
	}
	e.shared = search.NewIndexer(index, truth, log)
	e.standby = search.NewStandby(index, e.gate, embeddedName, search.StandbyConfig{})
	e.Engine = e.standby
	return e, nil
}

// The names of engines, as flags and answers tell them.
const (
	embeddedName = "embedded"
	meilisearch  = "meilisearch"
)

func engineOf(flag string) string { return cmp.Or(flag, embeddedName) }

// meilisearchKey gives the key from where the flags say it is.
func (c searching) meilisearchKey() (string, error) {
	if c.MeilisearchKeyFile == "" {
		return c.MeilisearchKey, nil
	}
	b, err := os.ReadFile(c.MeilisearchKeyFile)
	if err != nil {
		return "", fmt.Errorf("the key of Meilisearch: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// Close frees what is in memory.
func (e *engines) Close() {
	if e.standby != nil {
		e.standby.Close()
	}
	e.own.Close()
}

// wake says that this process saved something.
func (e *engines) wake() {
	e.indexer.Wake()
	if e.shared != nil {
		e.shared.Wake()
	}
}

// build fills the index and lets questions in.
func (e *engines) build(ctx context.Context) error {
	if err := e.indexer.Build(ctx); err != nil {
		return fmt.Errorf("build the index: %w", err)
	}
	e.gate.open.Store(true)
	return nil
}

// run keeps what was built in step with the store until ctx ends, and the shared index when it is this server's turn.
func (e *engines) run(ctx context.Context) {
	var all sync.WaitGroup
	if e.shared != nil {
		all.Go(func() { e.lead(ctx) })
		all.Go(func() { e.look(ctx) })
	}
	e.indexer.Run(ctx)
	all.Wait()
}

// lead keeps the shared index in step while no other server does.
func (e *engines) lead(ctx context.Context) {
	for ctx.Err() == nil {
		held, release, err := e.store.Lead(ctx, meilisearch)
		if err != nil {
			if ctx.Err() == nil {
				e.log.Warn("no lead of the shared index", "error", err)
			}
			await(ctx, time.Second)
			continue
		}
		e.shared.Run(held)
		release()
	}
}

// look asks the shared index now and then, so that what is said of it is true where nobody searches.
func (e *engines) look(ctx context.Context) {
	for await(ctx, 5*time.Second) {
		_ = e.standby.Probe(ctx) // Status keeps why
	}
}

// await waits, and reports false when ctx ended first.
func await(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// compact merges what the build left in pieces, while questions are answered from the pieces.
func (e *engines) compact(ctx context.Context) error {
	if err := e.own.Compact(ctx); !fault.Is(err, fault.Canceled) {
		return err
	}
	return nil
}

// indexed reports whether there is an index to ask.
func (e *engines) indexed() bool { return e.gate.open.Load() }

// behind says how many changes the indexes wait for, refused ones included, and how long the oldest has waited. Of the
// shared index the server knows that keeps it.
func (e *engines) behind(ctx context.Context) (count int, oldest time.Duration, err error) {
	count, oldest, err = e.waiting(ctx, e.indexer.Status())
	if e.shared == nil || err != nil {
		return count, oldest, err
	}
	if st := e.shared.Status(); st.Built {
		n, wait, err := e.waiting(ctx, st)
		return max(count, n), max(oldest, wait), err
	}
	return count, oldest, nil
}

// waiting says how many changes one index waits for.
func (e *engines) waiting(ctx context.Context, st search.IndexStatus) (count int, oldest time.Duration, err error) {
	count, oldest, err = e.store.Behind(ctx, st.Seq)
	if st.Refused > 0 {
		count, oldest = count+st.Refused, max(oldest, time.Since(st.Oldest))
	}
	return count, oldest, err
}

// standIn says since when and why the server's own index stands in for the shared one, and how often it did.
func (e *engines) standIn() search.StandbyStatus {
	if e.standby == nil {
		return search.StandbyStatus{}
	}
	return e.standby.Status()
}

// gate keeps questions from an index that is still being built: half of the answer would look like all of it.
type gate struct {
	search.Engine
	open atomic.Bool
}

func (g *gate) closed() error {
	if g.open.Load() {
		return nil
	}
	return fault.New(fault.Unavailable, "The directory is starting. Please try again in a moment.")
}

// Match implements search.Engine.
func (g *gate) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	if err := g.closed(); err != nil {
		return nil, err
	}
	return g.Engine.Match(ctx, m)
}

// Clusters implements search.Engine.
func (g *gate) Clusters(ctx context.Context, m search.Match, level int) ([]search.Cluster, error) {
	if err := g.closed(); err != nil {
		return nil, err
	}
	return g.Engine.Clusters(ctx, m, level)
}
