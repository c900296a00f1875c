// Package pace has long work give way to short work. The scheduler lets a goroutine run for 10 ms before it has others
// take a turn, and an answer to a person takes a fraction of one: when a few long pieces of work go on at once, such as
// a bulk change, the index that follows it and a survey, whoever searches meanwhile waits for all of them.
package pace

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Work goes on for shortest before others have their turn, or for a share of how long it waited itself the last time:
// where answers take long, everybody waits for everybody, and work that takes as little as elsewhere would never end.
const (
	shortest = 500 * time.Microsecond
	share    = 4
)

var (
	start = time.Now()
	next  atomic.Int64 // when to give way again, in nanoseconds since start
)

// Yield lets others run, if the time has come. Call it in loops over rows or listings, where no lock is held that a
// reader takes. It costs 50 ns while it does nothing.
func Yield() {
	began := time.Since(start)
	if began < time.Duration(next.Load()) {
		return
	}
	runtime.Gosched()
	now := time.Since(start)
	next.Store(int64(now + max(shortest, (now-began)/share)))
}
