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

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/web"
	"carefinder/seed"
)

// serveCmd serves until it is told to stop.
type serveCmd struct {
	beginning
	provider
	searching
	deskSettings
	mailing
	Addr         string   `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one."`
	PublicURL    string   `name:"public-url" placeholder:"URL" help:"What people know the site by, such as https://care.example.org, and what passkeys are made for; without it, the host each request names, and no passkeys."`
	TrustedProxy []string `placeholder:"CIDR" help:"Networks of proxies whose X-Forwarded-For is believed."`
	RateLimit    float64  `default:"20" placeholder:"N" help:"Requests a second one client may make; 0 is no limit."`
	RateBurst    int      `default:"100" placeholder:"N" help:"Requests a client may make at once before the limit counts."`
	FeedbackRate float64  `default:"0.1" placeholder:"N" help:"Messages a second one client may send, after a few at once."`
}

// Help is shown by serve --help.
func (serveCmd) Help() string {
	return `The first start makes the store and fills it with the real helplines, centers and programs. Any number of servers work on
one PostgreSQL database, and on one SQLite file those of one machine; what is saved through one all show within a second.
On SIGTERM or Ctrl-C answers under way are finished, then it ends.

  carefinder serve
  carefinder serve --addr :80 --data /var/lib/carefinder --log-format json
  carefinder serve --search meilisearch --meilisearch-url http://localhost:7700 --meilisearch-key-file /run/secrets/key
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
	watch.lap("store open")
	r, err := d.assemble(ctx, c, watch.log, nil)
	if err != nil {
		return err
	}
	defer r.engines.Close()
	watch.lap("server made")
	return r.serve(ctx, ln, func() error {
		watch.lap("index built")
		n, err := d.Count(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(std.out, "Carefinder serves %s listings on %s\n%s", count(n[directory.Published]), urlOf(ln.Addr()), mailNote(r.mail))
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
	engines *engines
	shelf   *search.Shelf
	seen    int64 // the last change before anything was put on the shelf
	demo    *demoWatch
	misses  *desk.MissCounter
	web     *web.Server
	mail    string // where it goes, for /readyz
	work    backgroundWork
}

// assemble ties the parts together and starts nothing. wrap, when not nil, is put around what questions are put to.
func (d *opened) assemble(ctx context.Context, c serveCmd, log *slog.Logger, wrap func(search.Engine) search.Engine) (*running, error) {
	gaz, err := places()
	if err != nil {
		return nil, err
	}
	_, seen, err := d.Latest(ctx)
	if err != nil {
		return nil, err
	}
	r := &running{opened: d, seen: seen, shelf: search.NewShelf(d.Store, shelfSize), demo: &demoWatch{store: d}, misses: desk.NewMissCounter(d.Store, nil, log)}
	if r.engines, err = c.engines(d, log, wrap); err != nil {
		return nil, err
	}
	d.OnChange(func(ids []directory.ID) {
		r.shelf.Forget(ids...)
		r.engines.wake()
	})
	proofs, err := d.proofs(ctx)
	if err != nil {
		return nil, err
	}
	parts, err := d.curating(c.deskSettings)
	if err != nil {
		return nil, err
	}
	mailer, where, err := c.mailing.open(log)
	if err != nil {
		return nil, err
	}
	r.mail = where
	claims := desk.NewProviderClaims(d.Store, parts.Editing, func() { r.work.post.Wake() })
	config, searcher := r.config(c, log, gaz, proofs)
	config.Claims = claims
	if r.web, err = web.New(config); err != nil {
		return nil, err
	}
	if err := d.words.tell(always(searcher.Reword), r.web.Reword); err != nil {
		return nil, err
	}
	if parts.Provider, err = c.provider.open(); err != nil {
		return nil, err
	}
	parts.Guard = d.guardAt(c.PublicURL)
	parts.Vocabulary = desk.NewVocabulary(desk.VocabularyConfig{Base: d.vocabulary, Kept: d.Store, Audit: d.Store, Places: gaz, Use: d.words.refresh})
	parts.Work = d.working(parts.Editing, claims, log)
	parts.Work.Figures = r.figures(gaz, log)
	r.work = d.background(parts, gaz, c.deskSettings, log)
	r.work.post = desk.NewPostman(d.Store, mailer, r.web, d.desk(), nil, log)
	r.work.misses = r.misses
	return r, r.web.OpenDesk(parts)
}

func (r *running) config(c serveCmd, log *slog.Logger, gaz *geo.Gazetteer, proofs *desk.Proofs) (web.Config, *search.Searcher) {
	var tally web.Tally
	if r.Shared() {
		tally = r.Store
	}
	searcher := search.NewSearcher(search.Config{
		Engine: r.engines, EngineName: r.engines.name, Listings: r.shelf, Truth: r.Store,
		Gazetteer: gaz, Vocabulary: r.vocabulary, Demonstration: r.demo.loaded.Load,
	})
	return web.Config{
		Tally: tally, Searcher: searcher,
		Listings: r.shelf, Feedback: r.Store, Proofs: proofs, Merged: r.Store, Unmet: r.misses.Count, Roll: r.Store, Gazetteer: gaz, Vocabulary: r.vocabulary, Emergency: r.emergency,
		Health: r.health, Log: log, Attribution: seed.PlacesAttribution,
		Demonstration: func(context.Context) bool { return r.demo.loaded.Load() },
		Version:       version(), TrustedProxies: c.TrustedProxy,
		PublicURL: c.PublicURL,
		RateLimit: c.RateLimit, RateBurst: c.RateBurst, FeedbackRate: c.FeedbackRate,
		Guide: r.guide,
	}, searcher
}

// shelfSize is how many listings are kept decoded, with the form answers hold them in: some 20 MB, 120 when all are large.
const shelfSize = 20_000

// serve answers requests from the first moment, searches as soon as the index is built, and calls ready then. It gives
// nil after an orderly end.
func (r *running) serve(ctx context.Context, ln net.Listener, ready func() error) error {
	if err := r.demo.look(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.web.Serve(ctx, ln) })
	g.Go(func() error { r.shelf.Follow(ctx, r.Store, r.seen); return nil })
	g.Go(func() error { r.words.follow(ctx); return nil })
	g.Go(func() error {
		if err := r.engines.build(ctx); err != nil {
			return err
		}
		if err := ready(); err != nil {
			return err
		}
		g.Go(func() error { r.demo.run(ctx); return nil })
		g.Go(func() error { r.work.run(ctx); return nil })
		g.Go(func() error { return r.engines.compact(ctx) })
		r.engines.run(ctx)
		return nil
	})
	return g.Wait()
}

// health is how things stand, for those who watch the server.
func (r *running) health(ctx context.Context) web.Health {
	h := web.Health{Engine: r.engines.name, Indexed: r.engines.indexed(), Truth: r.Ping(ctx), Mail: r.mail}
	standIn := r.engines.standIn()
	h.Degraded, h.StoodIn = standIn.Reason, standIn.StoodIn
	if h.Truth == nil {
		h.Pending, h.OldestWait, h.Truth = r.engines.behind(ctx)
	}
	if h.Truth == nil {
		h.Unsent, h.Truth = r.MailWaiting(ctx)
	}
	return h
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
