package search_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

func TestShelfReadsOnce(t *testing.T) {
	b := newBook(listing("a", directory.Center), listing("b", directory.Center), listing("draft", directory.Center, func(l *directory.Listing) { l.Status = directory.Draft }))
	s := search.NewShelf(b, 100)
	ids := []directory.ID{id("b"), id("draft"), id("a"), id("nobody"), id("b")}
	for i := range 2 {
		got, err := s.Published(context.Background(), ids)
		if err != nil {
			t.Fatal(err)
		}
		for j, want := range []string{"b", "", "a", "", "b"} {
			if (got[j] == nil) != (want == "") || got[j] != nil && got[j].Name != want {
				t.Errorf("read %d: %d is %+v, want %q", i, j, got[j], want)
			}
		}
	}
	got, err := s.Published(context.Background(), []directory.ID{id("a"), id("b")})
	if err != nil || got[0] == nil || b.reads != 2 {
		t.Errorf("%d reads, want one, and one more for what was not published; %v", b.reads, err)
	}
}

func TestShelfForgetsAtOnce(t *testing.T) {
	b := newBook(listing("a", directory.Center))
	s := search.NewShelf(b, 100)
	for revision := range directory.RevisionNo(100) {
		b.put(listing("a", directory.Center, func(l *directory.Listing) { l.Revision = revision }))
		s.Forget(id("a"), id("nobody"))
		got, err := s.Published(context.Background(), []directory.ID{id("a")})
		if err != nil || got[0].Revision != revision {
			t.Fatalf("revision %d after %d was saved, %v", got[0].Revision, revision, err)
		}
	}
}

// slowBook lets a test act between the moment a listing was read and the moment the reader gets it.
type slowBook struct {
	*book
	between func()
}

func (b *slowBook) Published(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	out, err := b.book.Published(ctx, ids)
	b.between()
	return out, err
}

func TestShelfKeepsNothingReadBeforeItWasForgotten(t *testing.T) {
	b := &slowBook{book: newBook(listing("a", directory.Center))}
	s := search.NewShelf(b, 100)
	b.between = sync.OnceFunc(func() {
		b.put(listing("a", directory.Center, func(l *directory.Listing) { l.Revision = 2 }))
		s.Forget(id("a"))
	})
	for range 2 {
		got, err := s.Published(context.Background(), []directory.ID{id("a")})
		if err != nil || got[0].Revision != 2 {
			t.Errorf("revision %d, want 2, saved before the read ended; %v", got[0].Revision, err)
		}
	}
}

func TestShelfOutlivesAReaderWhoLeft(t *testing.T) {
	b := &leavingBook{book: newBook(listing("a", directory.Center)), began: make(chan struct{})}
	s := search.NewShelf(b, 100)
	ctx, leave := context.WithCancel(context.Background())
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := s.Published(ctx, []directory.ID{id("a")}); !fault.Is(err, fault.Canceled) {
			t.Errorf("the one who left got %v", err)
		}
	})
	<-b.began
	time.AfterFunc(10*time.Millisecond, leave) // while the second one waits for the first one's read, most likely
	got, err := s.Published(context.Background(), []directory.ID{id("a")})
	if err != nil || got[0] == nil {
		t.Errorf("the one who stayed got %v, %v", got, err)
	}
	first.Wait()
}

// leavingBook answers a reader who can leave only when they left.
type leavingBook struct {
	*book
	began chan struct{}
}

func (b *leavingBook) Published(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	if ctx.Done() == nil {
		return b.book.Published(ctx, ids)
	}
	close(b.began)
	<-ctx.Done()
	return nil, fault.Wrap(fault.Canceled, "", ctx.Err())
}

func TestShelfUnderSaves(t *testing.T) {
	b := newBook(listing("a", directory.Center))
	s := search.NewShelf(b, 10)
	var mu sync.Mutex
	var saved directory.RevisionNo
	var all sync.WaitGroup
	all.Go(func() {
		for n := directory.RevisionNo(1); n <= 2000; n++ {
			b.put(listing("a", directory.Center, func(l *directory.Listing) { l.Revision = n }))
			s.Forget(id("a"))
			mu.Lock()
			saved = n
			mu.Unlock()
		}
	})
	for range 3 {
		all.Go(func() {
			for range 2000 {
				mu.Lock()
				least := saved
				mu.Unlock()
				got, err := s.Published(context.Background(), []directory.ID{id("a")})
				if err != nil || got[0].Revision < least {
					t.Errorf("revision %d after %d was saved, %v", got[0].Revision, least, err)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestShelfForgetsWhatOthersSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newLedger()
		for i := range 1500 { // more than a batch
			q.save(listing(fmt.Sprint("l", i), directory.Center))
		}
		ids := []directory.ID{id("l0"), id("l1"), id("l1499")}
		s := search.NewShelf(q, 2000)
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { s.Follow(ctx, q, 0) })
		read := func() (got [3]directory.RevisionNo) {
			t.Helper()
			all, err := s.Published(context.Background(), ids)
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range all {
				if l != nil {
					got[i] = l.Revision
				}
			}
			return got
		}
		pass(time.Second)
		if got := read(); got != [3]directory.RevisionNo{1, 1, 1} {
			t.Fatalf("revisions %v", got)
		}
		q.set(errors.New("down"))
		q.save(listing("l0", directory.Center, rev(2), archived))
		q.save(listing("l1499", directory.Center, rev(2)))
		pass(time.Second)
		if got := read(); got != [3]directory.RevisionNo{1, 1, 1} {
			t.Errorf("revisions %v while the log can't be read", got)
		}
		q.set(nil)
		pass(300 * time.Millisecond)
		if got := read(); got != [3]directory.RevisionNo{0, 1, 2} {
			t.Errorf("revisions %v after others saved", got)
		}
		stop()
		done.Wait()
	})
}
