package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
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
	t.Parallel() // it waits
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
	t.Parallel() // it waits
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		var leading atomic.Int32
		var all sync.WaitGroup
		for range 3 {
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
	t.Parallel() // it waits
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

// leadForEver takes a lead, says so, and never lets go.
func leadForEver(dsn string) {
	s, err := store.Open(context.Background(), dsn, store.Options{})
	must(err)
	_, _, err = s.Lead(context.Background(), "index")
	must(err)
	fmt.Println("leads")
	select {}
}

// TestALeaderIsKilled: the next one has its turn.
func TestALeaderIsKilled(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), "CAREFINDER_TEST_LEADER="+dsn)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "leads\n" {
			t.Fatalf("%q, %v", line, err)
		}
		s := storetest.Open(t, dsn, store.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err = s.Lead(ctx, "index")
		wantKind(t, err, fault.Canceled)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		_, release := lead(t, s, "index")
		release()
	})
}
