package search_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// queue is a backlog in memory beside a book: save does what a store does in one transaction.
type queue struct {
	*book
	mu   sync.Mutex
	rows []directory.Change
	fail error
	asks int
}

func (q *queue) save(l *directory.Listing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.put(l)
	q.rows = append(q.rows, directory.Change{Seq: int64(len(q.rows)), ID: l.ID, Revision: l.Revision, At: time.Now()})
}

func (q *queue) set(fail error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail = fail
}

func (q *queue) Pending(_ context.Context, most int) ([]directory.Change, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asks++
	return slices.Clone(q.rows[:min(most, len(q.rows))]), q.fail
}

func (q *queue) Done(_ context.Context, done []directory.Change) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rows = slices.DeleteFunc(q.rows, func(c directory.Change) bool { return slices.Contains(done, c) })
	return nil
}

func (q *queue) each(_ context.Context, visit func(*directory.Listing) error) error {
	for _, l := range q.all {
		if err := visit(l); err != nil {
			return err
		}
	}
	return nil
}

// brokenEngine is a plainEngine whose Apply goes through a hook first.
type brokenEngine struct {
	*plainEngine
	mu      sync.Mutex
	before  func(ctx context.Context, ops []search.Op) error
	applies int
}

func (e *brokenEngine) Apply(ctx context.Context, ops []search.Op) error {
	e.mu.Lock()
	e.applies++
	before := e.before
	e.mu.Unlock()
	if before != nil {
		if err := before(ctx, ops); err != nil {
			return err
		}
	}
	return e.plainEngine.Apply(ctx, ops)
}

func (e *brokenEngine) set(before func(context.Context, []search.Op) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.before = before
}

// inStep says how the engine differs from the truth; "" when it doesn't.
func inStep(e *plainEngine, b *book) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for id, l := range b.all {
		if l.Status == directory.Published {
			n++
			if e.all[id] == nil || e.all[id].Revision != l.Revision {
				return fmt.Sprintf("%s is not indexed at revision %d", l.Name, l.Revision)
			}
		}
	}
	if len(e.all) != n {
		return fmt.Sprintf("%d listings are indexed, %d published", len(e.all), n)
	}
	return ""
}

type rig struct {
	*search.Indexer
	q     *queue
	e     *brokenEngine
	shelf *search.Shelf
	log   bytes.Buffer
}

func newRig(t *testing.T, listings ...*directory.Listing) *rig {
	b := &rig{q: &queue{book: newBook(listings...)}, e: &brokenEngine{plainEngine: newPlainEngine(t)}}
	b.shelf = search.NewShelf(b.q, 100)
	b.Indexer = search.NewIndexer(b.e, b.q, b.q, b.shelf, slog.New(slog.NewTextHandler(&b.log, nil)))
	return b
}

// pass lets time pass, and waits until everyone has done what they do then.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// running runs an indexer while test does, in a bubble of its own time.
func running(t *testing.T, test func(t *testing.T, b *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		b := newRig(t)
		var done sync.WaitGroup
		done.Go(func() { b.Run(ctx) })
		test(t, b)
		stop()
		done.Wait()
	})
}

func rev(n directory.RevisionNo) func(*directory.Listing) {
	return func(l *directory.Listing) { l.Revision = n }
}

func archived(l *directory.Listing) { l.Status = directory.Archived }

func TestIndexerFollowsSaves(t *testing.T) {
	running(t, func(t *testing.T, b *rig) {
		for i := range 2500 {
			b.q.save(listing(fmt.Sprint("l", i), directory.Center))
		}
		b.q.save(listing("l1", directory.Center, rev(2)))
		b.q.save(listing("l2", directory.Center, rev(2), archived))
		b.Wake()
		synctest.Wait()
		if diff := inStep(b.e.plainEngine, b.q.book); diff != "" || len(b.q.rows) != 0 {
			t.Errorf("woken: %s; %d rows left", diff, len(b.q.rows))
		}
		b.q.save(listing("l3", directory.Center, rev(2))) // by another process: nobody wakes us
		pass(2 * time.Second)
		if diff := inStep(b.e.plainEngine, b.q.book); diff != "" {
			t.Errorf("not woken: %s", diff)
		}
		if st := b.Status(); st.Pending != 0 || st.Err != nil || st.Built {
			t.Errorf("status %+v", st)
		}
	})
}

func TestIndexerForgetsWhatOthersSaved(t *testing.T) {
	ids := []directory.ID{id("a")}
	running(t, func(t *testing.T, b *rig) {
		b.q.put(listing("a", directory.Center))
		if _, err := b.shelf.Published(context.Background(), ids); err != nil {
			t.Fatal(err)
		}
		b.q.save(listing("a", directory.Center, rev(2)))
		pass(2 * time.Second)
		got, err := b.shelf.Published(context.Background(), ids)
		if err != nil || got[0].Revision != 2 {
			t.Errorf("the shelf holds revision %d, %v", got[0].Revision, err)
		}
	})
}

func TestIndexerLosesNothingWhenTheEngineFails(t *testing.T) {
	down := func(context.Context, []search.Op) error { return fault.New(fault.Unavailable, "engine down") }
	hang := func(ctx context.Context, _ []search.Op) error { <-ctx.Done(); return ctx.Err() }
	for name, failure := range map[string]func(context.Context, []search.Op) error{"fails": down, "hangs": hang} {
		t.Run(name, func(t *testing.T) {
			running(t, func(t *testing.T, b *rig) {
				b.e.set(failure)
				saved := time.Now()
				for i := range 30 {
					b.q.save(listing(fmt.Sprint("l", i), directory.Center))
				}
				for range 3000 { // five minutes in which it is woken again and again
					b.Wake()
					pass(time.Second / 10)
				}
				if b.e.applies < 4 || b.e.applies > 40 {
					t.Errorf("tried %d times in five minutes", b.e.applies)
				}
				if st := b.Status(); st.Pending != 30 || st.Err == nil || !st.Oldest.Equal(saved) {
					t.Errorf("status %+v", st)
				}
				b.e.set(nil)
				b.q.save(listing("l7", directory.Center, rev(2)))
				pass(2 * time.Minute)
				if diff := inStep(b.e.plainEngine, b.q.book); diff != "" || len(b.q.rows) != 0 {
					t.Errorf("%s; %d rows left", diff, len(b.q.rows))
				}
				if st := b.Status(); st.Pending != 0 || st.Err != nil || !st.Oldest.IsZero() {
					t.Errorf("status %+v", st)
				}
				if !strings.Contains(b.log.String(), "index delayed") {
					t.Errorf("nobody is told: %s", b.log.String())
				}
			})
		})
	}
}

func TestIndexerWaitsForTheStore(t *testing.T) {
	running(t, func(t *testing.T, b *rig) {
		b.q.set(errors.New("no such table"))
		pass(time.Hour)
		if b.q.asks > 300 {
			t.Errorf("asked a broken store %d times in an hour", b.q.asks)
		}
		b.q.set(nil)
		b.q.save(listing("a", directory.Center))
		pass(time.Minute)
		if diff := inStep(b.e.plainEngine, b.q.book); diff != "" {
			t.Error(diff)
		}
	})
}

// One listing the engine chokes on must not keep the others out of the index.
func TestIndexerGoesRoundABadListing(t *testing.T) {
	running(t, func(t *testing.T, b *rig) {
		b.e.set(func(_ context.Context, ops []search.Op) error {
			if slices.ContainsFunc(ops, func(op search.Op) bool { return op.ID == id("l3") }) {
				return errors.New("choked")
			}
			return nil
		})
		for i := range 10 {
			b.q.save(listing(fmt.Sprint("l", i), directory.Center))
		}
		b.Wake()
		synctest.Wait()
		if len(b.e.all) != 9 || len(b.q.rows) != 1 || b.q.rows[0].ID != id("l3") || b.Status().Err == nil {
			t.Errorf("%d indexed, pending %v, status %+v", len(b.e.all), b.q.rows, b.Status())
		}
	})
}

func TestRebuildThenCatchUp(t *testing.T) {
	running(t, func(t *testing.T, b *rig) {
		for i := range 20_000 { // more than a batch
			b.q.put(listing(fmt.Sprint("l", i), directory.Center))
		}
		b.q.put(listing("draft", directory.Center, func(l *directory.Listing) { l.Status = directory.Draft }))
		b.q.save(listing("before", directory.Center))
		stale := b.q.all[id("l7")]
		err := b.Rebuild(t.Context(), func(_ context.Context, visit func(*directory.Listing) error) error {
			for _, l := range b.q.all {
				if l != stale {
					if err := visit(l); err != nil {
						return err
					}
				}
			}
			b.q.save(listing("l7", directory.Center, rev(2))) // saved while its old form is on the way to the engine
			b.q.save(listing("l8", directory.Center, rev(2), archived))
			b.Wake()
			synctest.Wait() // the indexer has seen it, and must wait
			return visit(stale)
		})
		if err != nil || !b.Status().Built {
			t.Errorf("%v, status %+v", err, b.Status())
		}
		pass(2 * time.Second)
		if diff := inStep(b.e.plainEngine, b.q.book); diff != "" || len(b.q.rows) != 0 {
			t.Errorf("%s; %d rows left", diff, len(b.q.rows))
		}
	})
}

func TestRebuildFails(t *testing.T) {
	b := newRig(t, listing("a", directory.Center))
	b.e.set(func(context.Context, []search.Op) error { return fault.New(fault.Unavailable, "engine down") })
	if err := b.Rebuild(context.Background(), b.q.each); !fault.Is(err, fault.Unavailable) || b.Status().Built || b.Status().Err == nil {
		t.Errorf("%v, status %+v", err, b.Status())
	}
	b.e.set(nil)
	if err := b.Rebuild(context.Background(), b.q.each); err != nil || !b.Status().Built || b.Status().Err != nil {
		t.Errorf("%v, status %+v", err, b.Status())
	}
	if diff := inStep(b.e.plainEngine, b.q.book); diff != "" {
		t.Error(diff)
	}
}

func TestRebuildIsPublic(t *testing.T) {
	b := newRig(t, listing("a", directory.Center, at(42, -71), func(l *directory.Listing) { l.Sites[0].Confidential = true }))
	if err := b.Rebuild(context.Background(), b.q.each); err != nil {
		t.Fatal(err)
	}
	if s := b.e.all[id("a")].Sites[0]; s.Located() || s.Point[0] != 0 {
		t.Errorf("the engine was told of %+v", s)
	}
}
