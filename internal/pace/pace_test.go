package pace_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"carefinder/internal/pace"
)

// TestYield has one processor for two: the short work has its turn although the long work has not ended.
func TestYield(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	short := make(chan struct{})
	go close(short)
	for began := time.Now(); time.Since(began) < 2*time.Millisecond; { // long enough to owe somebody a turn
	}
	pace.Yield()
	select {
	case <-short:
	default:
		t.Error("the other did not get a turn")
	}
}

// TestTurn has one have it at a time, and lets whoever waits give up.
func TestTurn(t *testing.T) {
	end, err := pace.Turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := pace.Turn(short); err == nil {
		t.Fatal("two have their turn at once")
	}
	end()
	if end, err = pace.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	end()
}

func BenchmarkYield(b *testing.B) {
	for b.Loop() {
		pace.Yield()
	}
}
