package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carefinder/internal/fault"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// lead takes a lead that must be free or become so.
func lead(t *testing.T, s *store.Store, name string) (held context.Context, release func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	held, release, err := s.Lead(ctx, name)
	if err != nil {
		t.Fatalf("lead: %v", err)
	}
	return held, release
}

func TestOneLeads(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		first, second := storetest.Open(t, dsn, store.Options{}), storetest.Open(t, dsn, store.Options{})
		held, release := lead(t, first, "index")
		_, other := lead(t, second, "else") // another name is another lead
		other()

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := second.Lead(ctx, "index")
		wantKind(t, err, fault.Canceled)
		if held.Err() != nil {
			t.Error("the first lost its lead")
		}
		waiting := make(chan func())
		go func() {
			_, release, err := second.Lead(t.Context(), "index")
			if err != nil {
				t.Error(err)
			}
			waiting <- release
		}()
		release()
		if held.Err() == nil {
			t.Error("released, it still leads")
		}
		(<-waiting)()
		_, release = lead(t, first, "index")
		release()
	})
}

// TestLeadersNeverMeet has many servers lead in turn.
func TestLeadersNeverMeet(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		var leading atomic.Int32
		var all sync.WaitGroup
		for range 4 {
			s := storetest.Open(t, dsn, store.Options{})
			all.Go(func() {
				_, release, err := s.Lead(t.Context(), "index")
				if err != nil {
					t.Error(err)
					return
				}
				if leading.Add(1) > 1 {
					t.Error("two lead")
				}
				time.Sleep(10 * time.Millisecond)
				leading.Add(-1)
				release()
			})
		}
		all.Wait()
	})
}

// TestALostLeadIsNoticed ends the leader's sessions, as a restart of the server does: it must know, and others must get
// their turn.
func TestALostLeadIsNoticed(t *testing.T) {
	dsn := storetest.Postgres(t)
	first, second := storetest.Open(t, dsn+"&application_name="+t.Name(), store.Options{}), storetest.Open(t, dsn, store.Options{})
	held, release := lead(t, first, "index")
	if _, err := raw(t, dsn).Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`, t.Name()); err != nil {
		t.Fatal(err)
	}
	_, next := lead(t, second, "index")
	select {
	case <-held.Done():
	default:
		t.Error("another leads, and the first has not noticed")
	}
	next()
	release()
}
