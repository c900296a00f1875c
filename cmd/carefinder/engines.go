package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"carefinder/internal/fault"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
)

// searching is the flags that say what answers questions.
type searching struct {
	Search string `enum:"embedded" default:"embedded" placeholder:"ENGINE" help:"What answers questions: ${enum}, an index of its own in each server's memory."`
}

// engines is what answers questions, and what keeps it in step with the store.
type engines struct {
	search.Engine // what questions are put to
	name          string

	own     *embedded.Engine // in this server's memory
	indexer *search.Indexer  // keeps own; every server does so for itself
	gate    *gate            // before own, until it is built
}

// engines makes what the flags ask for and starts nothing. wrap, when not nil, is put around what questions are put to.
func (c searching) engines(d *opened, log *slog.Logger, wrap func(search.Engine) search.Engine) *engines {
	own := embedded.New(d.vocabulary)
	e := &engines{name: c.Search, own: own, indexer: search.NewIndexer(own, d.Store, log), gate: &gate{Engine: own}}
	if wrap != nil {
		e.gate.Engine = wrap(own)
	}
	e.Engine = e.gate
	return e
}

// Close frees what is in memory.
func (e *engines) Close() { e.own.Close() }

// wake says that this process saved something.
func (e *engines) wake() { e.indexer.Wake() }

// build fills the index and lets questions in.
func (e *engines) build(ctx context.Context) error {
	if err := e.indexer.Build(ctx); err != nil {
		return fmt.Errorf("build the index: %w", err)
	}
	e.gate.open.Store(true)
	return nil
}

// run keeps what was built in step with the store until ctx ends.
func (e *engines) run(ctx context.Context) { e.indexer.Run(ctx) }

// compact merges what the build left in pieces, while questions are answered from the pieces.
func (e *engines) compact(ctx context.Context) error {
	if err := e.own.Compact(ctx); !fault.Is(err, fault.Canceled) {
		return err
	}
	return nil
}

// indexed reports whether there is an index to ask.
func (e *engines) indexed() bool { return e.gate.open.Load() }

// behind says how many changes the index waits for, refused ones included, and how long the oldest has waited.
func (e *engines) behind(ctx context.Context, d *opened) (count int, oldest time.Duration, err error) {
	st := e.indexer.Status()
	count, oldest, err = d.Behind(ctx, st.Seq)
	if st.Refused > 0 {
		count, oldest = count+st.Refused, max(oldest, time.Since(st.Oldest))
	}
	return count, oldest, err
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
