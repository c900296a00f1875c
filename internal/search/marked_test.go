package search_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// shelved is what several engines share, as servers share a search server: an index and its mark.
type shelved struct {
	*brokenEngine
	mark   search.Mark
	schema string
	built  int    // how often it was put in the place of another
	asked  func() // called when the mark is asked for; nil is nothing
}

func (e *shelved) Mark(context.Context) (search.Mark, error) {
	if e.asked != nil {
		e.asked()
	}
	return e.mark, nil
}

func (e *shelved) SetMark(ctx context.Context, m search.Mark) error {
	err := e.Apply(ctx, nil) // it goes where the documents go, and fails as they do
	if err == nil {
		e.mark = m
	}
	return err
}

func (e *shelved) Schema() string { return e.schema }

func (e *shelved) Rebuild(_ context.Context, fill func(search.Marked) error) error {
	next := &shelved{brokenEngine: &brokenEngine{plainEngine: &plainEngine{oracle: e.oracle, all: map[directory.ID]*directory.Listing{}}, before: e.before}, schema: e.schema}
	if err := fill(next); err != nil {
		return err
	}
	e.all, e.mark = next.all, next.mark
	e.built++
	return nil
}

// leads runs an indexer of the shared engine for a time, as a server that leads for that long.
func leads(t *testing.T, e *shelved, q *ledger, d time.Duration) search.IndexStatus {
	t.Helper()
	x := search.NewIndexer(e, q, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	x.Run(ctx)
	return x.Status()
}

func newShelved(t *testing.T) *shelved {
	return &shelved{brokenEngine: &brokenEngine{plainEngine: newPlainEngine(t)}, schema: "1"}
}

func TestAMarkIsGoneOnFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, q := newShelved(t), newLedger()
		for i := range 50 {
			q.save(listing(fmt.Sprint("l", i), directory.Center))
		}
		check := func(what string, built int) {
			t.Helper()
			if diff := inStep(e.plainEngine, q.book); diff != "" || e.built != built || e.mark != (search.Mark{Store: q.name, Schema: e.schema, Seq: q.seq}) {
				t.Errorf("%s: %s; built %d times, want %d; mark %+v at %d", what, diff, e.built, built, e.mark, q.seq)
			}
		}
		leads(t, e, q, time.Second)
		check("a first leader", 1)
		applies := e.applies
		q.save(listing("l7", directory.Center, rev(2), archived))
		q.save(listing("new", directory.Center))
		leads(t, e, q, time.Second)
		check("the next leader", 1)
		if e.applies != applies+2 { // one batch, and the mark
			t.Errorf("%d writes", e.applies-applies)
		}
		e.schema = "2"
		leads(t, e, q, time.Second)
		check("another schema", 2)
		q.rename("another", q.seq)
		leads(t, e, q, time.Second)
		check("another store", 3)
		q.rename(q.name, 40)
		leads(t, e, q, time.Second)
		check("a store that was set back", 4)
	})
}

// What is refused is not behind the mark: whoever leads next tries it again.
func TestTheMarkStaysBeforeWhatWasRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, built := range []bool{false, true} {
			e, q := newShelved(t), newLedger(listing("old", directory.Center))
			if built {
				leads(t, e, q, time.Second)
			}
			e.set(chokesOn("bad"))
			for _, name := range []string{"a", "bad", "b"} {
				q.save(listing(name, directory.Center))
			}
			if st := leads(t, e, q, time.Second); st.Refused != 1 || len(e.all) != 3 {
				t.Errorf("built before %v: %d indexed, status %+v", built, len(e.all), st)
			}
			e.set(nil)
			leads(t, e, q, time.Second)
			if diff := inStep(e.plainEngine, q.book); diff != "" || e.mark.Seq != q.seq {
				t.Errorf("built before %v: %s; mark %d of %d", built, diff, e.mark.Seq, q.seq)
			}
		}
	})
}

// A rebuild that fails leaves what is there, and is tried until it works.
func TestARebuildThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, q := newShelved(t), newLedger(listing("a", directory.Center))
		leads(t, e, q, time.Second)
		e.schema = "2"
		tries := 0
		q.each = func(visit func(*directory.Listing) error) error {
			tries++
			if tries < 5 {
				return errors.Join(visit(listing("half", directory.Center)), fault.New(fault.Unavailable, "down"))
			}
			if e.built != 1 || e.all[id("a")] == nil || len(e.all) != 1 {
				t.Errorf("after %d tries: built %d times, %d listings", tries-1, e.built, len(e.all))
			}
			return visit(q.all[id("a")])
		}
		st := leads(t, e, q, time.Minute)
		if tries != 5 || e.built != 2 || e.mark.Schema != "2" || !st.Built || st.Err != nil {
			t.Errorf("%d tries, built %d times, mark %+v, status %+v", tries, e.built, e.mark, st)
		}
	})
}

// An indexer that led, lost the lead and has it again goes on from what the other one left.
func TestALeadRegained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, q := newShelved(t), newLedger(listing("a", directory.Center))
		x := search.NewIndexer(e, q, slog.New(slog.DiscardHandler))
		run := func() {
			ctx, stop := context.WithTimeout(t.Context(), time.Second)
			defer stop()
			x.Run(ctx)
		}
		run()
		q.save(listing("b", directory.Center))
		leads(t, e, q, time.Second) // the other
		applies := e.applies
		run()
		if e.applies != applies || e.mark.Seq != 2 || x.Status().Seq != 2 {
			t.Errorf("%d writes, mark %+v, status %+v", e.applies-applies, e.mark, x.Status())
		}
		q.save(listing("a", directory.Center, rev(2)))
		run()
		if diff := inStep(e.plainEngine, q.book); diff != "" || e.mark.Seq != 3 {
			t.Errorf("%s; mark %+v", diff, e.mark)
		}
	})
}

// An index that is gone is built anew, by the one who was writing to it.
func TestALostIndexIsBuiltAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, q := newShelved(t), newLedger()
		q.save(listing("old", directory.Center))
		x := search.NewIndexer(e, q, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { x.Run(ctx); close(ended) }()
		time.Sleep(time.Second)
		synctest.Wait()
		lost := true
		e.set(func(context.Context, []search.Op) error {
			if !lost {
				return nil // what is built beside is there
			}
			lost = false
			clear(e.all)
			e.mark = search.Mark{}
			return fault.Wrap(fault.Unavailable, "not now", search.ErrLost)
		})
		q.save(listing("new", directory.Center))
		time.Sleep(time.Minute)
		stop()
		<-ended
		if diff := inStep(e.plainEngine, q.book); diff != "" || e.built != 2 || e.mark.Seq != q.seq {
			t.Errorf("%s: built %d times, mark %+v at %d", diff, e.built, e.mark, q.seq)
		}
	})
}

// An index that is deleted, or an older one put in its place, is noticed while nobody saves anything.
func TestAnIndexIsNotTrustedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, q := newShelved(t), newLedger(listing("old", directory.Center), listing("new", directory.Center))
		check := func(what string, built int) {
			t.Helper()
			if diff := inStep(e.plainEngine, q.book); diff != "" || e.built != built || e.mark.Seq != q.seq {
				t.Errorf("%s: %s; built %d times, want %d; mark %+v at %d", what, diff, e.built, built, e.mark, q.seq)
			}
		}
		began, lost := time.Now(), 0
		e.asked = func() { // what somebody does to the index, between two of the indexer's steps
			switch age := time.Since(began); {
			case lost == 0 && age > time.Minute:
				check("at first", 1)
				delete(e.all, id("new"))
				e.mark.Seq--
				lost++
			case lost == 1 && age > 2*time.Minute:
				check("an older copy", 1)
				clear(e.all)
				e.mark = search.Mark{}
				lost++
			}
		}
		leads(t, e, q, 3*time.Minute)
		check("a deleted index", 2)
		if lost != 2 {
			t.Errorf("it was lost %d times", lost)
		}
	})
}
