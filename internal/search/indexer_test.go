package search_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
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

// ledger is a log of changes in memory beside a book: save does what a store does in one transaction.
type ledger struct {
	*book
	mu   sync.Mutex
	name string
	seq  int64
	rows map[directory.ID]directory.Change
	fail error
	asks int
	each func(visit func(*directory.Listing) error) error // nil visits all
}

func newLedger(listings ...*directory.Listing) *ledger {
	q := &ledger{book: newBook(), name: "log", rows: map[directory.ID]directory.Change{}}
	for _, l := range listings {
		q.save(l)
	}
	return q
}

func (q *ledger) save(l *directory.Listing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.put(l)
	q.seq++
	q.rows[l.ID] = directory.Change{Seq: q.seq, ID: l.ID, Revision: l.Revision, At: time.Now()}
}

func (q *ledger) set(fail error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail = fail
}

// rename begins another log, which ends at seq: the last of it are these listings.
func (q *ledger) rename(name string, seq int64, last ...directory.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.name, q.seq = name, seq
	for i, id := range last {
		q.rows[id] = directory.Change{Seq: seq - int64(len(last)-1-i), ID: id}
	}
}

func (q *ledger) Latest(context.Context) (string, int64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asks++
	return q.name, q.seq, q.fail
}

func (q *ledger) Changes(_ context.Context, after int64, most int) ([]directory.Change, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		return nil, q.fail
	}
	var all []directory.Change
	for _, c := range q.rows {
		if c.Seq > after {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b directory.Change) int { return cmp.Compare(a.Seq, b.Seq) })
	return all[:min(most, len(all))], nil
}

func (q *ledger) Each(_ context.Context, visit func(*directory.Listing) error) error {
	if q.each != nil {
		return q.each(visit)
	}
	q.book.mu.Lock()
	all := maps.Clone(q.all)
	q.book.mu.Unlock()
	for _, l := range all {
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
	q   *ledger
	e   *brokenEngine
	log bytes.Buffer
}

func newRig(t *testing.T, listings ...*directory.Listing) *rig {
	b := &rig{q: newLedger(listings...), e: &brokenEngine{plainEngine: newPlainEngine(t)}}
	b.Indexer = search.NewIndexer(b.e, b.q, slog.New(slog.NewTextHandler(&b.log, nil)))
	return b
}

// behind says how many changes wait for the index.
func (b *rig) behind() int {
	changes, _ := b.q.Changes(context.Background(), b.Status().Seq, 1<<20)
	return len(changes)
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
		synctest.Wait()
		for i := range 2500 {
			b.q.save(listing(fmt.Sprint("l", i), directory.Center))
		}
		b.q.save(listing("l1", directory.Center, rev(2)))
		b.q.save(listing("l2", directory.Center, rev(2), archived))
		b.Wake()
		synctest.Wait()
		if diff := inStep(b.e.plainEngine, b.q.book); diff != "" || b.behind() != 0 {
			t.Errorf("woken: %s; %d behind", diff, b.behind())
		}
		b.q.save(listing("l3", directory.Center, rev(2))) // by another process: nobody wakes us
		pass(300 * time.Millisecond)
		if diff := inStep(b.e.plainEngine, b.q.book); diff != "" {
			t.Errorf("not woken: %s", diff)
		}
		if st := b.Status(); st.Seq != 2503 || st.Err != nil || !st.Built {
			t.Errorf("status %+v", st)
		}
	})
}

// A server that nobody saves through must find out what others saved, and ask for little while nobody does.
func TestIndexerIsCheapWhenNothingChanges(t *testing.T) {
	running(t, func(t *testing.T, b *rig) {
		synctest.Wait()
		b.q.each = func(func(*directory.Listing) error) error { t.Error("built again"); return nil }
		reads := b.q.reads
		pass(time.Hour)
		if b.e.applies != 0 || b.q.reads != reads || b.q.asks > 4*3600+10 {
			t.Errorf("%d batches applied, %d reads, %d looks at the log in an hour", b.e.applies, b.q.reads-reads, b.q.asks)
		}
	})
}

func TestIndexerLosesNothingWhenTheEngineFails(t *testing.T) {
	down := func(context.Context, []search.Op) error { return fault.New(fault.Unavailable, "engine down") }
	hang := func(ctx context.Context, _ []search.Op) error { <-ctx.Done(); return ctx.Err() }
	for name, failure := range map[string]func(context.Context, []search.Op) error{"fails": down, "hangs": hang} {
		t.Run(name, func(t *testing.T) {
			running(t, func(t *testing.T, b *rig) {
				synctest.Wait()
				b.e.set(failure)
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
				if st := b.Status(); b.behind() != 30 || st.Err == nil || st.Refused != 0 {
					t.Errorf("%d behind, status %+v", b.behind(), st)
				}
				b.e.set(nil)
				b.q.save(listing("l7", directory.Center, rev(2)))
				pass(2 * time.Minute)
				if diff := inStep(b.e.plainEngine, b.q.book); diff != "" || b.behind() != 0 {
					t.Errorf("%s; %d behind", diff, b.behind())
				}
				if st := b.Status(); st.Err != nil || !st.Oldest.IsZero() {
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

// chokesOn makes an engine refuse some listings.
func chokesOn(names ...string) func(context.Context, []search.Op) error {
	return func(_ context.Context, ops []search.Op) error {
		for _, op := range ops {
			if slices.ContainsFunc(names, func(n string) bool { return id(n) == op.ID }) {
				return errors.New("choked")
			}
		}
		return nil
	}
}

// Listings the engine chokes on must not keep the others out of the index, nor have them wait, nor be lost.
func TestIndexerGoesRoundBadListings(t *testing.T) {
	running(t, func(t *testing.T, b *rig) {
		synctest.Wait()
		b.e.set(chokesOn("l3", "l8"))
		saved := time.Now()
		for i := range 10 {
			b.q.save(listing(fmt.Sprint("l", i), directory.Center))
		}
		b.Wake()
		synctest.Wait()
		if st := b.Status(); len(b.e.all) != 8 || b.behind() != 0 || st.Refused != 2 || !st.Oldest.Equal(saved) || st.Err == nil {
			t.Errorf("%d indexed, %d behind, status %+v", len(b.e.all), b.behind(), st)
		}
		pass(time.Hour)
		if b.e.applies > 2000 {
			t.Errorf("tried %d times in an hour", b.e.applies)
		}
		b.q.save(listing("l1", directory.Center, rev(2)))
		pass(300 * time.Millisecond)
		if e := b.e.all[id("l1")]; e == nil || e.Revision != 2 {
			t.Error("another listing waits for the refused ones")
		}
		b.e.set(chokesOn("l8"))
		pass(16 * time.Second)
		if st := b.Status(); len(b.e.all) != 9 || st.Refused != 1 {
			t.Errorf("%d indexed, status %+v", len(b.e.all), st)
		}
		b.e.set(nil)
		b.q.save(listing("l8", directory.Center, rev(2))) // what was wrong with it has been put right
		pass(300 * time.Millisecond)
		if diff := inStep(b.e.plainEngine, b.q.book); diff != "" || b.Status().Refused != 0 || b.Status().Err != nil {
			t.Errorf("%s; status %+v", diff, b.Status())
		}
	})
}

func TestBuildThenCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRig(t)
		for i := range 20_000 { // more than a batch
			b.q.put(listing(fmt.Sprint("l", i), directory.Center))
		}
		b.q.put(listing("draft", directory.Center, func(l *directory.Listing) { l.Status = directory.Draft }))
		b.q.save(listing("before", directory.Center))
		stale := b.q.all[id("l7")]
		b.q.each = func(visit func(*directory.Listing) error) error {
			for _, l := range b.q.all {
				if l != stale {
					if err := visit(l); err != nil {
						return err
					}
				}
			}
			b.q.save(listing("l7", directory.Center, rev(2))) // saved while its old form is on the way to the engine
			b.q.save(listing("l8", directory.Center, rev(2), archived))
			return visit(stale)
		}
		if err := b.Build(t.Context()); err != nil || !b.Status().Built || b.behind() != 2 {
			t.Errorf("%v, status %+v, %d behind", err, b.Status(), b.behind())
		}
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { b.Run(ctx) })
		synctest.Wait()
		if diff := inStep(b.e.plainEngine, b.q.book); diff != "" || b.behind() != 0 {
			t.Errorf("%s; %d behind", diff, b.behind())
		}
		stop()
		done.Wait()
	})
}

// Another log has everything indexed again in place: another name, or an end before what was met.
func TestIndexerBeginsAnewWithAnotherLog(t *testing.T) {
	for name, change := range map[string]func(*ledger){
		"renamed":  func(q *ledger) { q.rename("other", q.seq) },
		"restored": func(q *ledger) { q.rename("log", 2, id("a"), id("b")) },
	} {
		t.Run(name, func(t *testing.T) {
			running(t, func(t *testing.T, b *rig) {
				for range 5 {
					b.q.save(listing("a", directory.Center))
				}
				b.q.save(listing("b", directory.Center))
				pass(time.Second)
				b.e.mu.Lock()
				delete(b.e.all, id("b")) // what was wrong with the index
				b.e.mu.Unlock()
				change(b.q)
				pass(time.Second)
				if diff := inStep(b.e.plainEngine, b.q.book); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestBuildFails(t *testing.T) {
	b := newRig(t, listing("a", directory.Center))
	b.e.set(func(context.Context, []search.Op) error { return fault.New(fault.Unavailable, "engine down") })
	if err := b.Build(context.Background()); !fault.Is(err, fault.Unavailable) || b.Status().Built || b.Status().Err == nil {
		t.Errorf("%v, status %+v", err, b.Status())
	}
	b.e.set(nil)
	if err := b.Build(context.Background()); err != nil || !b.Status().Built || b.Status().Err != nil {
		t.Errorf("%v, status %+v", err, b.Status())
	}
	if diff := inStep(b.e.plainEngine, b.q.book); diff != "" {
		t.Error(diff)
	}
}

func TestBuildIsPublic(t *testing.T) {
	b := newRig(t, listing("a", directory.Center, at(42, -71), func(l *directory.Listing) { l.Sites[0].Confidential = true }))
	if err := b.Build(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s := b.e.all[id("a")].Sites[0]; s.Located() || s.Point[0] != 0 {
		t.Errorf("the engine was told of %+v", s)
	}
}
