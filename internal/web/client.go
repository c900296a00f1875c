package web

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

func parseProxies(cidrs []string) ([]net.IPNet, error) {
	nets := make([]net.IPNet, len(cidrs))
	for i, s := range cidrs {
		_, n, err := net.ParseCIDR(s)
		if err != nil {
			return nil, fmt.Errorf("web: trusted proxy %q: %w", s, err)
		}
		nets[i] = *n
	}
	return nets, nil
}

func (s *Server) trusted(ip net.IP) bool {
	for i := range s.proxies {
		if s.proxies[i].Contains(ip) {
			return true
		}
	}
	return false
}

// clientOf gives the address a request comes from: the peer, or, when that is a trusted proxy, the rightmost hop that
// is not one. What stands further left was written by the client, who may write anything. It is used for limits alone
// and goes nowhere else.
func (s *Server) clientOf(c *fiber.Ctx) net.IP {
	ip := c.Context().RemoteIP()
	if len(s.proxies) == 0 || !s.trusted(ip) {
		return ip
	}
	hops := bytes.Join(c.Request().Header.PeekAll(fiber.HeaderXForwardedFor), []byte(","))
	for len(hops) > 0 {
		at := bytes.LastIndexByte(hops, ',')
		hop := net.ParseIP(strings.TrimSpace(string(hops[at+1:])))
		if hop == nil {
			return ip
		}
		if ip = hop; !s.trusted(ip) {
			return ip
		}
		hops = hops[:max(at, 0)]
	}
	return ip
}

// limiter bounds how often each client may ask. It knows clients by a hash with a salt of its own, in memory only; of
// those who ask much it keeps the address itself until the other servers have heard of them, a second at most. See
// sharing.go.
type limiter struct {
	name   string        // apart from other limiters
	every  time.Duration // between requests, on average; 0 is no limit
	burst  time.Duration // how far ahead of that a client may be
	shared bool          // with other servers
	now    func() time.Time
	seed   maphash.Seed

	mu       sync.Mutex
	accounts map[uint64]account
	heavy    map[uint64]string // clients the other servers should hear of, by their keys
	sweep    time.Time         // when the paid-up are to be forgotten
}

// account is what one client asked.
type account struct {
	due    time.Time     // when all of it is paid for
	untold time.Duration // what of it the other servers have not heard of
}

// maxClients bounds the clients remembered between two sweeps. Beyond it, new ones share one account.
const maxClients = 1 << 18

func newLimiter(name string, rate float64, burst int, shared bool, now func() time.Time) *limiter {
	l := &limiter{
		name: name, shared: shared, now: now, seed: maphash.MakeSeed(),
		accounts: map[uint64]account{}, heavy: map[uint64]string{},
	}
	if rate > 0 {
		l.every = time.Duration(float64(time.Second) / rate)
		l.burst = l.every * time.Duration(burst)
	}
	return l
}

// allow takes one request of a client, or says how long to wait.
func (l *limiter) allow(ip net.IP) (wait time.Duration, ok bool) {
	if l.every == 0 {
		return 0, true
	}
	client := known(ip)
	key := maphash.Bytes(l.seed, client)
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(now)
	a, is := l.accounts[key]
	if !is && len(l.accounts) >= maxClients {
		key = 0
		a = l.accounts[key]
	}
	if a.due.Before(now) {
		a = account{due: now}
	}
	a.due = a.due.Add(l.every)
	a.untold += l.every
	ahead := a.due.Sub(now)
	if ahead > l.burst {
		return ahead - l.burst, false
	}
	l.accounts[key] = a
	if l.shared && key != 0 && ahead > l.burst/shareAbove {
		l.heavy[key] = string(client)
	}
	return 0, true
}

// forget drops the clients that owe nothing, once a minute.
func (l *limiter) forget(now time.Time) {
	if now.Before(l.sweep) {
		return
	}
	for k, a := range l.accounts {
		if a.due.Before(now) {
			delete(l.accounts, k)
		}
	}
	l.sweep = now.Add(time.Minute)
}

// seconds rounds a wait up for Retry-After.
func seconds(wait time.Duration) int { return int(math.Ceil(wait.Seconds())) }
