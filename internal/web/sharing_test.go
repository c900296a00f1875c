package web

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// ask has a client ask n times, and says how often it was let through.
func ask(l *limiter, ip string, n int) (through int) {
	for range n {
		if _, ok := l.allow(net.ParseIP(ip)); ok {
			through++
		}
	}
	return through
}

// TestLimitsAreShared has a client ask several servers in turn: together they grant little more than one would.
func TestLimitsAreShared(t *testing.T) {
	dsn := storetest.Postgres(t)
	const ada, bob = "192.0.2.1", "2001:db8::1"
	now := time.Now() // stands still: nothing is paid back
	var servers []*limiter
	var stores []*store.Store
	for range 3 {
		servers = append(servers, newLimiter("x", 1./3600, 20, true, func() time.Time { return now }))
		stores = append(stores, storetest.Open(t, dsn, store.Options{}))
	}
	exchange := func() {
		t.Helper()
		for i, l := range servers {
			if err := l.exchange(t.Context(), stores[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := ask(servers[0], ada, 12); n != 12 {
		t.Fatalf("%d of 12 within the burst", n)
	}
	exchange()
	if n := ask(servers[1], ada, 3); n != 3 { // little enough here that nobody is asked: but now the others are heard
		t.Errorf("%d of 3 at the second server", n)
	}
	exchange()
	// 15 of 20 are spent; the last of it is granted once, and no more.
	if n := ask(servers[1], ada, 50); n != 5 {
		t.Errorf("%d more at the second server, want 5", n)
	}
	exchange()
	if n := ask(servers[0], ada, 50); n > 8 { // it has heard of the first 12 alone
		t.Errorf("%d more at the first server", n)
	}
	exchange()
	for i, l := range servers[:2] {
		if n := ask(l, ada, 50); n != 0 {
			t.Errorf("%d more at server %d", n, i)
		}
	}
	if n := ask(servers[2], ada, 3); n != 3 {
		t.Errorf("%d of 3 where the client was never seen", n)
	}
	exchange()
	if n := ask(servers[2], ada, 50); n != 0 {
		t.Errorf("%d more at the third server", n)
	}
	if n := ask(servers[0], bob, 50); n != 20 {
		t.Errorf("another client is let through %d times, want 20", n)
	}
}

// TestLimitsHoldWithoutTheOthers: a server that can't share limits for itself, and tells later what it could not tell.
func TestLimitsHoldWithoutTheOthers(t *testing.T) {
	now := time.Now()
	l := newLimiter("x", 1, 20, true, func() time.Time { return now })
	const ada = "192.0.2.1"
	told := tally{err: errors.New("away")}
	if n := ask(l, ada, 10); n != 10 || l.exchange(t.Context(), &told) == nil {
		t.Fatalf("%d of 10", n)
	}
	if n := ask(l, ada, 50); n != 10 {
		t.Errorf("%d more, want 10", n)
	}
	told.err = nil
	if err := l.exchange(t.Context(), &told); err != nil || told.cost != 20*time.Second {
		t.Errorf("told of %v, %v", told.cost, err)
	}
	if err := l.exchange(t.Context(), &told); err != nil || told.calls != 2 || len(l.heavy) != 0 {
		t.Errorf("with nothing to tell it was asked %d times, %v; addresses kept %d", told.calls, err, len(l.heavy))
	}
	now = now.Add(time.Minute)
	if ask(l, ada, 1); len(l.heavy) != 0 {
		t.Error("who asks little is told of")
	}
}

// tally is the other end of an exchange.
type tally struct {
	err   error
	cost  time.Duration
	calls int
}

func (y *tally) Spend(_ context.Context, clients [][]byte, costs []time.Duration) ([]time.Duration, error) {
	y.calls++
	if y.err != nil {
		return nil, y.err
	}
	for _, c := range costs {
		y.cost += c
	}
	return make([]time.Duration, len(clients)), nil
}
