// Package pace has long work give way to short work. The scheduler lets a goroutine run for 10 ms before it has others
// take a turn, and an answer to a person takes a fraction of one: when a few long pieces of work go on at once, such as
// a bulk change, the index that follows it and a survey, whoever searches meanwhile waits for all of them.
package pace

import (
	"context"
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

// turn is had by one at a time.
var turn = make(chan struct{}, 1)

// Turn waits until nobody else in this process has their turn, and gives what ends one's own; or the error of ctx, when that
// ends first. It is for work in the background that would otherwise go on beside other such work: of two at once neither is
// done sooner, and whoever waits for an answer waits for both.
func Turn(ctx context.Context) (end func(), err error) {
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

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
