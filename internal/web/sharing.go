package web

import (
	"context"
	"net"
	"time"
)

// Tally is what servers know together of how much clients ask. The store is one where several servers can share it.
type Tally interface {
	// Spend adds costs to what clients have spent at all servers, and says how far ahead of the clock each is with all
	// of it, in the same order.
	Spend(ctx context.Context, clients [][]byte, costs []time.Duration) (ahead []time.Duration, err error)
}

// How limits are shared. Each server decides by what it knows, and asks nobody meanwhile. Once a second it tells of the
// clients who are ahead by more than a tenth of their burst, and hears how far ahead they are everywhere. So n servers may
// grant a client a whole burst each before they hear of each other, which is then owed; and a tenth of it each goes by
// unseen, again and again, only to who spreads little over many. While the database is away each limits for itself.
const (
	shareEvery   = time.Second
	shareTimeout = 2 * time.Second
	shareAbove   = 10   // the part of a burst: one tenth
	shareAtOnce  = 1000 // clients told of in one go; the others have their turn a second later
)

// share exchanges with the other servers until ctx ends.
func (s *Server) share(ctx context.Context) {
	t := time.NewTicker(shareEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			for _, l := range []*limiter{s.limiter, s.feedback} {
				if err := l.exchange(ctx, s.cfg.Tally); err != nil && ctx.Err() == nil {
					s.cfg.Log.Warn("limits are not shared", "error", err)
				}
			}
		}
	}
}

// exchange tells of the clients who ask much, and takes over what is known of them elsewhere.
func (l *limiter) exchange(ctx context.Context, tally Tally) error {
	keys, clients, costs := l.untold()
	if len(keys) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	ahead, err := tally.Spend(ctx, clients, costs)
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, key := range keys {
		a := l.accounts[key]
		if err != nil {
			a.untold += costs[i] // for the next time
		} else if due := now.Add(ahead[i]); due.After(a.due) {
			a.due = due
		}
		l.accounts[key] = a
	}
	return err
}

// untold takes what the other servers have not heard of yet.
func (l *limiter) untold() (keys []uint64, clients [][]byte, costs []time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, client := range l.heavy {
		if len(keys) == shareAtOnce {
			break
		}
		a := l.accounts[key]
		keys, clients, costs = append(keys, key), append(clients, []byte(l.name+client)), append(costs, a.untold)
		a.untold = 0
		l.accounts[key] = a
		delete(l.heavy, key)
	}
	return keys, clients, costs
}

// known is a client by what is theirs: an IPv6 client owns at least a /64.
func known(ip net.IP) []byte {
	if v4 := ip.To4(); v4 != nil {
		return v4
	}
	return ip[:min(8, len(ip))]
}
