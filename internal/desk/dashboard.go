package desk

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// DashboardParts are what a dashboard is made of.
type DashboardParts struct {
	// Each calls fn with every published listing in its public form.
	Each func(ctx context.Context, fn func(*directory.Listing) error) error
	// Latest gives the name of the log of changes and the number of the last.
	Latest func(ctx context.Context) (log string, seq int64, err error)
	Misses MissStore
	// Sites gives where an offer is had.
	Sites  func(ctx context.Context, o Offer) ([]orb.Point, error)
	Places *geo.Gazetteer
	Log    *slog.Logger
	Now    func() time.Time // nil is the machine's clock
}

// Dashboard says how the directory stands as a whole. What takes long it works out beside the answers, one thing at a
// time, and keeps until the directory changes.
type Dashboard struct {
	DashboardParts
	turn    chan struct{} // held by whoever works out distances
	reaches []reach       // the newest last; for who holds the turn

	wake   chan struct{}
	mu     sync.Mutex
	census *Census
	of     censusMark
	done   chan struct{} // closed when the next census is taken
}

// censusMark is what a census holds for: ages are another by the next day, though nothing was changed.
type censusMark struct {
	log string
	seq int64
	day string
}

// NewDashboard makes a dashboard; Run takes its censuses.
func NewDashboard(p DashboardParts) *Dashboard {
	return &Dashboard{DashboardParts: p, turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// Missed gives the searches of the last MissDays days that found nothing.
func (d *Dashboard) Missed(ctx context.Context) ([]MissCount, error) {
	return d.Misses.Misses(ctx, firstMissDay(clock(d.Now)))
}

// censusWait is how long is waited for a census before the one before has to do.
const censusWait = 2 * time.Second

// Census gives how all published listings stand. A census reads every one of them, which at a million takes a while: then
// this is the one before, and nil before the first. current reports whether nothing was changed since.
func (d *Dashboard) Census(ctx context.Context) (c *Census, current bool, err error) {
	mark, err := d.mark(ctx)
	if err != nil {
		return nil, false, err
	}
	late := time.NewTimer(censusWait)
	defer late.Stop()
	for {
		d.mu.Lock()
		c, of, done := d.census, d.of, d.done
		d.mu.Unlock()
		if c != nil && of.log == mark.log && of.seq >= mark.seq && of.day >= mark.day {
			return c, true, nil
		}
		select {
		case d.wake <- struct{}{}:
		default:
		}
		select {
		case <-done:
		case <-late.C:
			return c, false, nil
		case <-ctx.Done():
			return c, false, nil
		}
	}
}

func (d *Dashboard) mark(ctx context.Context) (censusMark, error) {
	log, seq, err := d.Latest(ctx)
	return censusMark{log, seq, clock(d.Now).Format(time.DateOnly)}, err
}

// Run takes a census whenever one is asked for and the last is outdated, until ctx ends. It takes a tenth of the time at
// most: where everything changes all the time, figures may be a little old.
func (d *Dashboard) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		}
		began := time.Now()
		if err := d.take(ctx); err != nil && ctx.Err() == nil {
			d.Log.Warn("no census", "error", err)
		}
		rest(ctx, 9*time.Since(began))
	}
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// take takes a census, unless the one there is still holds.
func (d *Dashboard) take(ctx context.Context) error {
	mark, err := d.mark(ctx) // before reading: what is saved meanwhile makes it outdated
	if err != nil {
		return err
	}
	d.mu.Lock()
	holds := d.census != nil && d.of == mark
	d.mu.Unlock()
	if holds {
		return nil
	}
	c := takeCensus(clock(d.Now))
	if err := d.count(ctx, c); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.census, d.of = c, mark
	close(d.done)
	d.done = make(chan struct{})
	return nil
}

// breath is after how many listings a census rests as long as it worked: searches come first.
const breath = 1000

func (d *Dashboard) count(ctx context.Context, c *Census) error {
	at, read, began := newWhereabouts(d.Places), 0, time.Now()
	return d.Each(ctx, func(l *directory.Listing) error {
		if !l.Demonstration {
			c.add(l, at)
		}
		if read++; read%breath == 0 {
			rest(ctx, time.Since(began))
			began = time.Now()
		}
		return nil
	})
}
