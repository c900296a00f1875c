package pace_test

import (
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

func BenchmarkYield(b *testing.B) {
	for b.Loop() {
		pace.Yield()
	}
}
