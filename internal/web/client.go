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

// limiter bounds how often each client may ask. It knows clients by a hash with a salt of its own, in memory only.
type limiter struct {
	every time.Duration // between requests, on average; 0 is no limit
	burst time.Duration // how far ahead of that a client may be
	now   func() time.Time
	seed  maphash.Seed

	mu    sync.Mutex
	due   map[uint64]time.Time // when each client has paid for all it asked
	sweep time.Time            // when the paid-up are to be forgotten
}

// maxClients bounds the clients remembered between two sweeps. Beyond it, new ones share one account.
const maxClients = 1 << 18

func newLimiter(rate float64, burst int, now func() time.Time) *limiter {
	l := &limiter{now: now, seed: maphash.MakeSeed(), due: map[uint64]time.Time{}}
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
	key := l.key(ip)
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(now)
	due, known := l.due[key]
	if !known && len(l.due) >= maxClients {
		key = 0
		due = l.due[key]
	}
	if due.Before(now) {
		due = now
	}
	if due = due.Add(l.every); due.Sub(now) > l.burst {
		return due.Sub(now) - l.burst, false
	}
	l.due[key] = due
	return 0, true
}

// forget drops the clients that owe nothing, once a minute.
func (l *limiter) forget(now time.Time) {
	if now.Before(l.sweep) {
		return
	}
	for k, due := range l.due {
		if due.Before(now) {
			delete(l.due, k)
		}
	}
	l.sweep = now.Add(time.Minute)
}

// key hashes a client. An IPv6 client owns at least a /64, so it is known by that.
func (l *limiter) key(ip net.IP) uint64 {
	if v4 := ip.To4(); v4 != nil {
		return maphash.Bytes(l.seed, v4)
	}
	return maphash.Bytes(l.seed, ip[:min(8, len(ip))])
}

// seconds rounds a wait up for Retry-After.
func seconds(wait time.Duration) int { return int(math.Ceil(wait.Seconds())) }
