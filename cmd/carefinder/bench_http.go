package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/web/bare"
)

const (
	benchConnections = 32
	benchPaths       = 500 // different questions
)

// httpSize is the largest size up to 100k: filling a store with a million listings takes minutes.
func httpSize(sizes []int) int {
	best := 0
	for _, n := range sizes {
		if n <= 100_000 && n > best {
			best = n
		}
	}
	if best == 0 {
		return 100_000
	}
	return best
}

// recorder is an engine that notes what it is asked until it is told to stop, so that the same questions can be put
// to it alone.
type recorder struct {
	search.Engine
	stopped atomic.Bool
	matches []search.Match
}

func (r *recorder) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	if !r.stopped.Load() {
		r.matches = append(r.matches, m) // asked by one client, one after the other
	}
	return r.Engine.Match(ctx, m)
}

// http measures whole answers: therapists seen in person in a radius, a modality, who is accepting; twenty hits and six
// facets.
func (b *bench) http(ctx context.Context, n int) error {
	b.progress("filling a store with %s listings for the API", count(n))
	dir, err := os.MkdirTemp("", "carefinder-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := b.filled(ctx, dir, n)
	if err != nil {
		return err
	}
	defer d.Close()
	noted := &recorder{}
	server, err := d.assemble(ctx, serveCmd{}, slog.New(slog.DiscardHandler), func(e search.Engine) search.Engine {
		noted.Engine = e
		return noted
	})
	if err != nil {
		return err
	}
	defer server.engines.Close()
	serve := func(ctx context.Context, ln net.Listener) error {
		return server.serve(ctx, ln, func() error { return nil })
	}
	paths := b.apiPaths(n)
	var bodies [][]byte
	api, err := b.underLoad(ctx, serve, paths, func(base string) (err error) {
		if err := untilReady(ctx, base); err != nil {
			return err
		}
		bodies, err = fetchAll(base, paths)
		noted.stopped.Store(true)
		return err
	})
	if err != nil {
		return err
	}
	numbered := make([]string, len(bodies))
	for i := range bodies {
		numbered[i] = fmt.Sprintf("/%d", i)
	}
	plain, err := b.underLoad(ctx, func(ctx context.Context, ln net.Listener) error { return bare.Serve(ctx, ln, bodies) }, numbered, nil)
	if err != nil {
		return err
	}
	engine, err := engineTime(ctx, noted, len(paths))
	if err != nil {
		return err
	}
	return b.printHTTP(n, api, plain, engine)
}

// served is a server under load: what the client saw and what the server's process spent.
type served struct {
	loadReport
	cpu float64 // microseconds a request
}

// underLoad starts a server, asks each question once by ready, and then puts it under load by another process.
func (b *bench) underLoad(ctx context.Context, serve func(context.Context, net.Listener) error, paths []string, ready func(base string) error) (s served, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return s, err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, ln) }()
	defer func() {
		stop()
		if e := <-ended; err == nil {
			err = e
		}
	}()
	if ready != nil {
		if err := ready("http://" + ln.Addr().String()); err != nil {
			return s, err
		}
	}
	if _, err := b.loadProcess(ctx, ln.Addr().String(), paths, time.Second); err != nil { // warms up
		return s, err
	}
	before := cpuTime()
	r, err := b.loadProcess(ctx, ln.Addr().String(), paths, b.For)
	if err != nil {
		return s, err
	}
	if r.Failed > 0 {
		return s, fmt.Errorf("%d of %d requests failed under load", r.Failed, r.Requests)
	}
	return served{*r, micros(cpuTime()-before) / float64(r.Requests)}, nil
}

func (b *bench) loadProcess(ctx context.Context, addr string, paths []string, d time.Duration) (*loadReport, error) {
	ended, err := b.beginLoad(ctx, addr, paths, d)
	if err != nil {
		return nil, err
	}
	return ended(false)
}

// beginLoad puts a server under load by another process. ended waits for what that found; sooner has it stop at once.
func (b *bench) beginLoad(ctx context.Context, addr string, paths []string, d time.Duration) (ended func(sooner bool) (*loadReport, error), err error) {
	b.progress("load on %s for %s", addr, d)
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "load", addr, fmt.Sprintf("--connections=%d", benchConnections), "--for="+d.String())
	cmd.Stdin = strings.NewReader(strings.Join(paths, "\n"))
	var out, complaint bytes.Buffer // not b.err, which only one may write to at a time
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the load: %w", err)
	}
	return func(sooner bool) (*loadReport, error) {
		if sooner {
			_ = cmd.Process.Signal(syscall.SIGTERM) // one that has ended is as good
		}
		if err := cmd.Wait(); err != nil {
			return nil, fmt.Errorf("the load: %w: %s", err, &complaint)
		}
		var r loadReport
		return &r, json.Unmarshal(out.Bytes(), &r)
	}, nil
}

// apiPaths are questions about places where listings are.
func (b *bench) apiPaths(n int) []string {
	var samples []sample
	every, i := max(1, n/benchPaths), 0
	for l := range b.listings(n) {
		if s, ok := sampleOf(l); ok && i%every == 0 {
			samples = append(samples, s)
		}
		i++
	}
	r := rand.New(rand.NewPCG(3, 3))
	facets := make([]string, len(benchFacets))
	for i, f := range benchFacets {
		facets[i] = string(f)
	}
	var paths []string
	for _, s := range samples {
		at := near(r, s.at)
		q := url.Values{
			"near": {fmt.Sprintf("%.5f,%.5f", at.Lat(), at.Lon())}, "radius": {"40km"},
			"kind":      {string(directory.Therapist)},
			"modality":  {claim(r, s, directory.Modality)[directory.Modality][0]},
			"accepting": {"yes"}, "delivery": {"in-person"}, "facets": {strings.Join(facets, ",")},
		}
		paths = append(paths, "/api/v1/listings?"+q.Encode())
	}
	return paths
}

// untilReady waits for the index to be built and in step.
func untilReady(ctx context.Context, base string) error {
	for ctx.Err() == nil {
		resp, err := http.Get(base + "/readyz")
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return ctx.Err()
}

func fetchAll(base string, paths []string) ([][]byte, error) {
	bodies := make([][]byte, len(paths))
	for i, p := range paths {
		resp, err := http.Get(base + p)
		if err != nil {
			return nil, err
		}
		bodies[i], err = io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s: %s", p, resp.Status, bodies[i])
		}
	}
	return bodies, nil
}

// engineTime is the processor time the engine spends on one API question, in microseconds: what it was really asked
// for so many requests, put to it alone.
func engineTime(ctx context.Context, r *recorder, requests int) (float64, error) {
	const rounds = 10
	var group errgroup.Group
	before := cpuTime()
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for range rounds {
				for _, m := range r.matches {
					if _, err := r.Engine.Match(ctx, m); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	err := group.Wait()
	return micros(cpuTime()-before) / float64(rounds*requests*runtime.GOMAXPROCS(0)), err
}

func (b *bench) printHTTP(n int, api, plain served, engine float64) error {
	fmt.Fprintf(b.out, "\nThe API at %s listings, %d connections:\n", count(n), benchConnections)
	var t table
	t.add("server", "p50 ms", "p95", "p99", "requests/s", "kB each", "CPU µs each")
	for _, s := range []struct {
		name string
		served
	}{{"carefinder: 20 hits, 6 facets", api}, {"bare Fiber, the same bytes", plain}} {
		t.add(s.name, fmt.Sprintf("%.2f", s.P50/1e3), fmt.Sprintf("%.2f", s.P95/1e3), fmt.Sprintf("%.2f", s.P99/1e3),
			fmt.Sprintf("%.0f", float64(s.Requests)/s.Seconds), fmt.Sprintf("%.1f", float64(s.Bytes)/float64(s.Requests)/1e3),
			fmt.Sprintf("%.1f", s.cpu))
	}
	t.add("the engine alone", "", "", "", "", "", fmt.Sprintf("%.1f", engine))
	t.add("carefinder / (engine + bare)", "", "", "", "", "", fmt.Sprintf("%.2f", api.cpu/(engine+plain.cpu)))
	return t.print(b.out)
}
