package store_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// TestMain runs the tests, or, as a child of one, the saver or the leader that it kills.
func TestMain(m *testing.M) {
	if dsn := os.Getenv("CAREFINDER_TEST_LEADER"); dsn != "" {
		leadForEver(dsn)
	}
	if dsn := os.Getenv("CAREFINDER_TEST_SAVER"); dsn != "" {
		saveForEver(dsn, os.Getenv("CAREFINDER_TEST_ROUND"))
	}
	os.Exit(m.Run())
}

// saveForEver saves listings, some again and again, and prints each as soon as its save is acknowledged.
func saveForEver(dsn, round string) {
	ctx := context.Background()
	s, err := store.Open(ctx, dsn, store.Options{})
	must(err)
	by := directory.Editor{Name: "saver"}
	for n := 0; ; n++ {
		l := numbered(round, n)
		must(s.Save(ctx, l, 0, by))
		acknowledge(l)
		few := []*directory.Listing{l, numbered(round, -3*n-1), numbered(round, -3*n-2)}
		must(s.SaveMany(ctx, few, by))
		acknowledge(few...)
		must(s.Save(ctx, l, l.Revision, by))
		acknowledge(l)
	}
}

func numbered(round string, n int) *directory.Listing {
	l := directorytest.Sample(0)
	l.ID = directory.ImportedID("power cut "+round, fmt.Sprint(n))
	return l
}

func acknowledge(all ...*directory.Listing) {
	for _, l := range all {
		fmt.Printf("%s %d\n", l.ID, l.Revision)
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestPowerCut kills a saving process at random moments and looks whether anything it was told is safe is missing, or
// anything is there by half.
func TestPowerCut(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		acknowledged := map[directory.ID]directory.RevisionNo{}
		for round := range 5 {
			killSaver(t, dsn, fmt.Sprint(round), acknowledged)
		}
		s := storetest.Open(t, dsn, store.Options{})
		before := map[directory.ID]directory.RevisionNo{}
		err := s.EachAny(t.Context(), func(l *directory.Listing) error { before[l.ID] = l.Revision; return nil })
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d listings, %d of them acknowledged", len(before), len(acknowledged))
		for id, no := range acknowledged {
			if before[id] < no {
				t.Errorf("%s: revision %d was acknowledged, %d is there", id, no, before[id])
			}
		}
		histories := map[directory.ID][]directory.Revision{}
		for id := range before {
			if histories[id], err = s.History(t.Context(), id, directory.Page{Limit: 1000}); err != nil {
				t.Fatal(err)
			}
		}
		logged := map[directory.ID]directory.RevisionNo{}
		for _, c := range changes(t, s, 0) {
			logged[c.ID] = c.Revision
		}
		for id, no := range before {
			whole(t, histories[id], logged[id], no, listing(t, s, id).Revision)
		}
	})
}

// whole checks that a listing, its revisions and its change were saved together. They were read in this order: the
// listing, its history, the change, and the listing again. A server may still be busy with the dead client's last words,
// so what is read later may be newer.
func whole(t *testing.T, history []directory.Revision, logged, before, after directory.RevisionNo) {
	t.Helper()
	for i, r := range history {
		if want := directory.RevisionNo(len(history) - i); r.No != want || r.Listing.Revision != want {
			t.Errorf("%s: revision %d stands where %d should", r.Listing.ID, r.No, want)
		}
	}
	if last := directory.RevisionNo(len(history)); last < before || logged < last || after < logged {
		t.Errorf("revisions up to %d, logged %d, but the listing was at %d, then %d", last, logged, before, after)
	}
}

// killSaver runs the saver until some time after its first acknowledged save.
func killSaver(t *testing.T, dsn, round string, acknowledged map[directory.ID]directory.RevisionNo) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "CAREFINDER_TEST_SAVER="+dsn, "CAREFINDER_TEST_ROUND="+round)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(out)
	for first := true; ; first = false {
		line, err := in.ReadString('\n')
		if err != nil { // a line cut short was not said
			break
		}
		var s string
		var no directory.RevisionNo
		if _, err := fmt.Sscan(line, &s, &no); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		id, err := directory.ParseID(s)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged[id] = max(acknowledged[id], no)
		if first {
			time.AfterFunc(rand.N(100*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		t.Fatalf("the saver ended by itself: %s", stderr.String())
	}
}
