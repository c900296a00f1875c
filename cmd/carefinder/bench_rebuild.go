package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
)

// filled makes a store of n made-up listings in dir.
func (b *bench) filled(ctx context.Context, dir string, n int) (*opened, error) {
	b.progress("filling a SQLite store with %s listings", count(n))
	d, err := beginning{Empty: true}.begin(ctx, &settings{Data: dir}, nil)
	if err != nil {
		return nil, err
	}
	if err := d.take(ctx, b.listings(n)); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// take saves listings.
func (d *opened) take(ctx context.Context, all iter.Seq[*directory.Listing]) error {
	var batch []*directory.Listing
	save := func() error {
		err := d.SaveMany(ctx, batch, directory.Editor{Name: "bench"})
		batch = slices.Delete(batch, 0, len(batch))
		return err
	}
	for l := range all {
		if batch = append(batch, l); len(batch) == fillBatch {
			if err := save(); err != nil {
				return err
			}
		}
	}
	return save()
}

const fillBatch = 10_000

// rebuild measures a start: every listing is read from SQLite, decoded and indexed.
func (b *bench) rebuild(ctx context.Context) error {
	sizes, err := parseSizes([]string{b.Rebuild})
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "carefinder-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := b.filled(ctx, dir, sizes[0])
	if err != nil {
		return err
	}
	defer d.Close()
	e := embedded.New(b.vocab)
	b.progress("rebuilding")
	before, began := cpuTime(), time.Now()
	if err := search.NewIndexer(e, d.Store, nil).Build(ctx); err != nil {
		return err
	}
	if err := e.Compact(ctx); err != nil {
		return err
	}
	took, cpu := time.Since(began), cpuTime()-before
	_, err = fmt.Fprintf(b.out, "\nThe index of %s listings rebuilt from SQLite in %.1f s, %.1f s of processor time.\n", count(sizes[0]), took.Seconds(), cpu.Seconds())
	return err
}
