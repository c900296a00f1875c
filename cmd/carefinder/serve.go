package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/web"
	"carefinder/seed"
)

// serveCmd serves until it is told to stop.
type serveCmd struct {
	beginning
	Addr         string   `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one."`
	PublicURL    string   `name:"public-url" placeholder:"URL" help:"What people know the site by, such as https://care.example.org; without it, the host each request names."`
	TrustedProxy []string `placeholder:"CIDR" help:"Networks of proxies whose X-Forwarded-For is believed."`
	RateLimit    float64  `default:"20" placeholder:"N" help:"Requests a second one client may make; 0 is no limit."`
	RateBurst    int      `default:"100" placeholder:"N" help:"Requests a client may make at once before the limit counts."`
	FeedbackRate float64  `default:"0.1" placeholder:"N" help:"Messages a second one client may send, after a few at once."`
}

// Help is shown by serve --help.
func (serveCmd) Help() string {
	return `The first start makes the store and fills it with the real helplines, centers and programs. One server at a time works
on a SQLite store. On SIGTERM or Ctrl-C answers under way are finished, then it ends.

  carefinder serve
  carefinder serve --addr :80 --data /var/lib/carefinder --log-format json
  CAREFINDER_DATABASE=postgres://carefinder@db/carefinder carefinder serve --trusted-proxy 10.0.0.0/8`
}

// Run listens before anything else, so that a busy port is an error and not a line in a log.
func (c serveCmd) Run(ctx kongContext, s *settings, std streams) (err error) {
	watch := stopwatch{log: s.log(std.err), last: time.Now()}
	ln, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return err
	}
	defer ln.Close() // Serve closes it too: this is for what fails before
	go places()      // beside the store
	d, err := c.begin(ctx, s, watch.log)
	if err != nil {
		return err
	}
	defer d.Close()
	release, err := d.Exclusive(ctx)
	if fault.Is(err, fault.Conflict) {
		return fmt.Errorf("%s: %w, or use another --data or --database", s.shown(), err)
	} else if err != nil {
		return err
	}
	defer release()
	watch.lap("store open")
	r, err := d.assemble(c, watch.log, nil)
	if err != nil {
		return err
	}
	defer r.engine.Close()
	watch.lap("server made")
	return r.serve(ctx, ln, func() error {
		watch.lap("index built")
		n, err := d.Count(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(std.out, "Carefinder serves %s listings on %s\n", count(n[directory.Published]), urlOf(ln.Addr()))
		return err
	})
}

// stopwatch tells how long the parts of a start take.
type stopwatch struct {
	log  *slog.Logger
	last time.Time
}

func (w *stopwatch) lap(what string) {
	now := time.Now()
	w.log.Debug(what, "took", now.Sub(w.last))
	w.last = now
}

// urlOf is the address as a browser on this machine takes it.
func urlOf(a net.Addr) string {
	at, err := netip.ParseAddrPort(a.String())
	if err == nil && at.Addr().IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", at.Port())
	}
	return "http://" + a.String()
}

// running is a server and what it stands on.
type running struct {
	*opened
	engine  *embedded.Engine
	gate    *gate
	indexer *search.Indexer
	demo    *demoWatch
	web     *web.Server
}

// assemble ties the parts together and starts nothing. wrap, when not nil, is put around the engine.
func (d *opened) assemble(c serveCmd, log *slog.Logger, wrap func(search.Engine) search.Engine) (*running, error) {
	gaz, err := places()
	if err != nil {
		return nil, err
	}
	r := &running{opened: d, engine: embedded.New(d.vocabulary), demo: &demoWatch{store: d}}
	r.gate = &gate{Engine: r.engine}
	if wrap != nil {
		r.gate.Engine = wrap(r.engine)
	}
	shelf := search.NewShelf(d.Store, shelfSize)
	r.indexer = search.NewIndexer(r.gate, d.Store, d.Store, shelf, log)
	d.OnChange(func(ids []directory.ID) {
		shelf.Forget(ids...)
		r.indexer.Wake()
	})
	r.web, err = web.New(r.config(c, log, shelf, gaz))
	return r, err
}

func (r *running) config(c serveCmd, log *slog.Logger, shelf *search.Shelf, gaz *geo.Gazetteer) web.Config {
	return web.Config{
		Searcher: search.NewSearcher(search.Config{
			Engine: r.gate, EngineName: engineName, Listings: shelf, Truth: r.Store,
			Gazetteer: gaz, Vocabulary: r.vocabulary, Demonstration: r.demo.loaded.Load,
		}),
		Listings: shelf, Feedback: r.Store, Roll: r.Store, Gazetteer: gaz, Vocabulary: r.vocabulary, Emergency: r.emergency,
		Health: r.health, Log: log, Attribution: seed.PlacesAttribution,
		Demonstration: func(context.Context) bool { return r.demo.loaded.Load() },
		Version:       version(), TrustedProxies: c.TrustedProxy,
		PublicURL: c.PublicURL,
		RateLimit: c.RateLimit, RateBurst: c.RateBurst, FeedbackRate: c.FeedbackRate,
		Guide: r.guide,
	}
}

const (
	engineName = "embedded"
	shelfSize  = 20_000 // listings kept decoded, with the form answers hold them in: some 20 MB, 120 when all are large
)

// serve answers requests from the first moment, searches as soon as the index is built, and calls ready then. It gives
// nil after an orderly end.
func (r *running) serve(ctx context.Context, ln net.Listener, ready func() error) error {
	if err := r.demo.look(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.web.Serve(ctx, ln) })
	g.Go(func() error {
		if err := r.build(ctx); err != nil {
			return err
		}
		if err := ready(); err != nil {
			return err
		}
		g.Go(func() error { r.demo.run(ctx); return nil })
		g.Go(func() error { return r.compact(ctx) })
		r.indexer.Run(ctx)
		return nil
	})
	return g.Wait()
}

// build fills the index and opens the gate.
func (r *running) build(ctx context.Context) error {
	if err := r.indexer.Rebuild(ctx, r.Each); err != nil {
		return fmt.Errorf("build the index: %w", err)
	}
	r.gate.open.Store(true)
	return nil
}

// compact merges what the build left in pieces, while questions are answered from the pieces.
func (r *running) compact(ctx context.Context) error {
	if err := r.engine.Compact(ctx); !fault.Is(err, fault.Canceled) {
		return err
	}
	return nil
}

// health is how things stand, for those who watch the server.
func (r *running) health(ctx context.Context) web.Health {
	h := web.Health{Engine: engineName, Indexed: r.gate.open.Load(), Truth: r.Ping(ctx)}
	if h.Truth == nil {
		h.Pending, h.OldestWait, h.Truth = r.PendingStats(ctx)
	}
	return h
}

// gate keeps questions from an index that is still being built: half of the answer would look like all of it.
type gate struct {
	search.Engine
	open atomic.Bool
}

func (g *gate) closed() error {
	if g.open.Load() {
		return nil
	}
	return fault.New(fault.Unavailable, "The directory is starting. Please try again in a moment.")
}

// Match implements search.Engine.
func (g *gate) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	if err := g.closed(); err != nil {
		return nil, err
	}
	return g.Engine.Match(ctx, m)
}

// Clusters implements search.Engine.
func (g *gate) Clusters(ctx context.Context, m search.Match, level int) ([]search.Cluster, error) {
	if err := g.closed(); err != nil {
		return nil, err
	}
	return g.Engine.Clusters(ctx, m, level)
}

// demoWatch knows whether made-up listings are loaded. It asks the store now and then, because another process loads
// and removes them.
type demoWatch struct {
	store  *opened
	loaded atomic.Bool
}

func (w *demoWatch) look(ctx context.Context) error {
	some, err := w.store.HasDemonstrations(ctx)
	if err == nil {
		w.loaded.Store(some)
	}
	return err
}

func (w *demoWatch) run(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			_ = w.look(ctx) // /readyz tells of a store that can't be read; what was known last still holds
		}
	}
}
