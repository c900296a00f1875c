package desk

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"carefinder/internal/search"
)

// A search that found nothing tells what is missing where. It may also tell who asked, if little else was asked there: so
// of each one thing is counted with one division, never two together; counts stand by the day, not the hour; none below
// MissFloor is given to anybody; and all are dropped after MissDays.
const (
	MissFloor = 5
	MissDays  = 30
)

// Miss is what is counted of a search that found nothing: one thing it asked for, and the division it asked about, or the
// country where no division is known. All three are codes from lists of ours.
type Miss struct{ Facet, Code, Place string }

// MissCount is how many searches asked for something that was not there.
type MissCount struct {
	Miss
	N int // MissFloor or more
}

// MissStore keeps counts.
type MissStore interface {
	// AddMisses adds counts to those of a day.
	AddMisses(ctx context.Context, day time.Time, counts map[Miss]int) error
	// Misses gives what came together since a day, most first, leaving out what did not reach MissFloor.
	Misses(ctx context.Context, since time.Time) ([]MissCount, error)
	// ForgetMisses drops the counts of the days before a day.
	ForgetMisses(ctx context.Context, before time.Time) error
}

// MissCounter counts searches that found nothing, in memory, and adds to the store once a minute: no search waits for it,
// and who kills the server loses a minute's counts.
type MissCounter struct {
	store MissStore
	now   func() time.Time
	log   *slog.Logger

	mu     sync.Mutex
	counts map[Miss]int
}

// NewMissCounter makes a counter; Run adds to the store. A nil now is the machine's clock.
func NewMissCounter(s MissStore, now func() time.Time, log *slog.Logger) *MissCounter {
	return &MissCounter{store: s, now: now, log: log, counts: map[Miss]int{}}
}

// maxMisses bounds what is counted between two writes; what else is asked for by then is lost.
const maxMisses = 10_000

// Count counts a search. Of several things it asked for, one at random: nobody can put together from the counts what was
// asked together.
func (c *MissCounter) Count(u *search.Unmet) {
	w := u.Asked[rand.IntN(len(u.Asked))]
	c.add(map[Miss]int{{string(w.Facet), w.Value, u.Place}: 1})
}

func (c *MissCounter) add(counts map[Miss]int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for m, n := range counts {
		if _, there := c.counts[m]; there || len(c.counts) < maxMisses {
			c.counts[m] += n
		}
	}
}

// Run adds to the store every minute until ctx ends, and once more then.
func (c *MissCounter) Run(ctx context.Context) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		c.Flush(ctx)
		select {
		case <-t.C:
			continue
		case <-ctx.Done():
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		c.Flush(last)
		cancel()
		return
	}
}

// Flush adds to the store what was counted, and has it drop what is too old. What it can't add it keeps for the next time.
func (c *MissCounter) Flush(ctx context.Context) {
	c.mu.Lock()
	counts := c.counts
	c.counts = map[Miss]int{}
	c.mu.Unlock()
	today := clock(c.now)
	err := c.store.ForgetMisses(ctx, firstMissDay(today))
	if err == nil && len(counts) > 0 {
		err = c.store.AddMisses(ctx, today, counts)
	}
	if err != nil {
		c.add(counts)
		c.log.Warn("counts of searches that found nothing wait", "error", err)
	}
}

// firstMissDay gives the first of the days that are still counted.
func firstMissDay(now time.Time) time.Time { return now.AddDate(0, 0, 1-MissDays) }
