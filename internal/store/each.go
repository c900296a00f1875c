package store

import (
	"context"
	"database/sql"
	"runtime"

	"golang.org/x/sync/errgroup"

	"carefinder/internal/directory"
	"carefinder/internal/pace"
)

// Each calls fn with every published listing in its Public form, as they stood when Each began, to build an index
// anew. The order is the database's own, which reads quickest: do not rely on it. fn is called from the caller's
// goroutine while others read and decode ahead; its error ends the run and is returned as it is. The listing is fn's.
func (s *Store) Each(ctx context.Context, fn func(*directory.Listing) error) error {
	return s.stream(ctx, `SELECT id, document FROM listing WHERE status = 'published'`,
		func(l *directory.Listing) error { return fn(l.Public()) })
}

// EachAny calls fn with every listing of any status but the demonstrations, with everything the desk knows, in the
// order of their ids: for an export, which two runs write alike. Else it is as Each.
func (s *Store) EachAny(ctx context.Context, fn func(*directory.Listing) error) error {
	return s.stream(ctx, `SELECT id, document FROM listing WHERE demonstration = FALSE ORDER BY id`, fn)
}

// batchSize is how many documents a worker decodes at a time.
const batchSize = 128

// batch is some documents, and the listings they hold once decoded is closed.
type batch struct {
	ids      []directory.ID
	text     []byte // all documents, one after the other
	ends     []int
	listings []*directory.Listing
	err      error
	decoded  chan struct{}
}

// stream reads in one goroutine, decodes in as many as there are processors, and calls fn in the order of the query.
// Only the batches in its two channels are in memory.
func (s *Store) stream(ctx context.Context, query string, fn func(*directory.Listing) error) error {
	workers := runtime.GOMAXPROCS(0)
	inner, cancel := context.WithCancel(ctx)
	g, inner := errgroup.WithContext(inner)
	work, ordered := make(chan *batch, workers), make(chan *batch, 2*workers)
	g.Go(func() error {
		defer close(work)
		defer close(ordered)
		return s.readBatches(inner, query, func(b *batch) error {
			for _, to := range []chan<- *batch{ordered, work} {
				select {
				case to <- b:
				case <-inner.Done():
					return inner.Err()
				}
			}
			return nil
		})
	})
	for range workers {
		g.Go(func() error {
			for b := range work {
				b.decode()
			}
			return nil
		})
	}
	err := consume(inner, ordered, fn)
	cancel()
	failed := g.Wait()
	if failed == nil {
		failed = ctx.Err() // it may end when all is read and not all is consumed: a part must not pass for the whole
	}
	if err == nil {
		err = s.fault(ctx, "read all listings", failed)
	}
	return err
}

// consume calls fn with the listings of each batch. It gives nil when ctx ends: whoever ended it knows why.
func consume(ctx context.Context, batches <-chan *batch, fn func(*directory.Listing) error) error {
	for b := range batches {
		select {
		case <-b.decoded:
		case <-ctx.Done():
			return nil
		}
		for _, l := range b.listings {
			if err := fn(l); err != nil {
				return err
			}
		}
		if b.err != nil {
			return b.err
		}
	}
	return nil
}

// readBatches runs the query and hands on its rows.
func (s *Store) readBatches(ctx context.Context, query string, send func(*batch) error) error {
	rows, err := s.read.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	b := newBatch()
	err = scan(rows, func() error {
		var id, doc sql.RawBytes
		if err := rows.Scan(&id, &doc); err != nil {
			return err
		}
		b.ids, b.text = append(b.ids, idOf(id)), append(b.text, doc...)
		b.ends = append(b.ends, len(b.text))
		if len(b.ids) < batchSize {
			return nil
		}
		full := b
		b = newBatch()
		return send(full)
	})
	if err != nil {
		return err
	}
	return send(b)
}

func newBatch() *batch { return &batch{decoded: make(chan struct{})} }

func (b *batch) decode() {
	defer close(b.decoded)
	b.listings = make([]*directory.Listing, 0, len(b.ids))
	start := 0
	for i, end := range b.ends {
		pace.Yield()
		l, err := decode(b.ids[i][:], b.text[start:end])
		if err != nil {
			b.err = err
			return
		}
		b.listings, start = append(b.listings, l), end
	}
}
