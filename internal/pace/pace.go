// Package pace has long work give way to short work. The scheduler lets a goroutine run for 10 ms before it has others
// take a turn, and an answer to a person takes a fraction of one: when a few long pieces of work go on at once, such as
// a bulk change, the index that follows it and a survey, whoever searches meanwhile waits for all of them.
package pace

import (
	"runtime"
	"sync/atomic"
	"time"
)

// turn is how long work may go on before others have theirs. Shorter, and long work would hardly get on under load: it
// waits for everybody who waits.
const turn = 500 * time.Microsecond

var (
	start = time.Now()
	last  atomic.Int64 // when somebody last gave way, in nanoseconds since start
)

// Yield lets others run, if nobody gave way in the last half millisecond. Call it in loops over rows or listings,
// where no lock is held that a reader takes. It costs 50 ns.
func Yield() {
	if time.Since(start)-time.Duration(last.Load()) < turn {
		return
	}
	runtime.Gosched()
	last.Store(int64(time.Since(start)))
}
