package auth

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Anybody can be refused as often as they like, and the audit log is kept for ever. So in a minute only so many refusals
// are noted as they happen. Those after are counted, by who was refused what, and noted as numbers when it is over: there
// are only so many accounts, keys and routes. Which come first says nothing of an account, so the clock doesn't either.
const (
	refusalsEvery = time.Minute
	refusalsNoted = 30
)

// refusals are those of a minute.
type refusals struct {
	mu      sync.Mutex
	began   time.Time
	noted   int
	counted map[string]*counted
}

// counted are refusals that are one and the same but for their time.
type counted struct {
	Entry // the first
	times int
}

// noteRefusal writes to the audit log what somebody was refused, now or with others like it.
func (g *Guard) noteRefusal(ctx context.Context, e *Entry) error {
	if g.refusals.over(e.At) {
		if err := g.NoteRefusals(ctx); err != nil {
			return err
		}
	}
	if g.refusals.count(e) {
		return nil
	}
	return g.store.Append(ctx, e)
}

// over begins another minute when one has ended, and reports whether it did.
func (r *refusals) over(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.began) < refusalsEvery && !now.Before(r.began) {
		return false
	}
	r.began, r.noted = now, 0
	return true
}

// count counts e, unless there is room to note it by itself.
func (r *refusals) count(e *Entry) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.noted < refusalsNoted {
		r.noted++
		return false
	}
	r.add(counted{*e, 1})
	return true
}

func (r *refusals) add(c counted) {
	key := strings.Join([]string{string(c.Actor), c.Action, c.Subject, c.Detail.String()}, " ")
	if r.counted == nil {
		r.counted = map[string]*counted{}
	}
	if same := r.counted[key]; same != nil {
		same.times += c.times
		return
	}
	r.counted[key] = &c
}

// take gives what was counted, and forgets it.
func (r *refusals) take() (all []counted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(r.counted)) {
		all = append(all, *r.counted[key])
	}
	r.counted = nil
	return all
}

func (r *refusals) giveBack(all []counted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range all {
		r.add(c)
	}
}

// NoteRefusals writes to the audit log how many refusals were counted and not noted yet.
func (g *Guard) NoteRefusals(ctx context.Context) error {
	all := g.refusals.take()
	for i, c := range all {
		e := c.Entry
		e.At, e.Detail = g.stamp(), maps.Clone(e.Detail)
		if e.Detail == nil {
			e.Detail = Detail{}
		}
		e.Detail["times"], e.Detail["since"] = strconv.Itoa(c.times), c.At.Format(time.RFC3339)
		if err := g.store.Append(ctx, &e); err != nil {
			g.refusals.giveBack(all[i:])
			return err
		}
	}
	return nil
}

// Run notes counted refusals every minute, until ctx ends; those that are left then, at once.
func (g *Guard) Run(ctx context.Context, log *slog.Logger) {
	every := time.NewTicker(refusalsEvery)
	defer every.Stop()
	for on := true; on; {
		select {
		case <-every.C:
		case <-ctx.Done():
			on = false
		}
		if err := g.NoteRefusals(context.WithoutCancel(ctx)); err != nil {
			log.ErrorContext(ctx, "refusals were not noted", "error", err)
		}
	}
}
