// Package web serves Carefinder over HTTP with Fiber: api_*.go is the JSON API, page_*.go the HTML pages; both are
// views of the same search.Result. errors.go holds the only table from fault kinds to statuses. Nothing below this
// package ever sees a Fiber value, and nothing the public reaches can write a listing: the interfaces in Config only
// read. desk*.go is where curators work: what it writes with is in Desk, which no other handler gets hold of.
//
// Nothing a visitor asks, where they are, or their address is logged; no cookie is set but at the desk.
//
// Start with New in server.go, then params.go, which holds what may be asked, and api_listings.go; for the desk, with
// DeskRoutes in desk.go.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/guide"
	"carefinder/internal/search"
)

// Searcher answers questions. search.Searcher is one.
type Searcher interface {
	Search(ctx context.Context, q search.Query) (*search.Result, error)
	// All gives the IDs of everything that answers q, one more than max of more.
	All(ctx context.Context, q search.Query, max int) ([]directory.ID, error)
	Clusters(ctx context.Context, q search.Query, zoom int) ([]search.Cluster, error)
	Helplines(ctx context.Context, q search.HelplineQuery) (*search.HelplineResult, error)
	// Listing gives one published listing in its Public form, fault.Gone with the reason when archived, or
	// fault.NotFound.
	Listing(ctx context.Context, id directory.ID) (*directory.Listing, error)
}

// FeedbackBox keeps what visitors tell us.
type FeedbackBox interface {
	// SaveFeedback keeps f, which is valid and has its ID. It does not hold on to f.
	SaveFeedback(ctx context.Context, f *directory.Feedback) error
}

// Proofs lets a browser show that it worked for a message. A desk.Proofs is one.
type Proofs interface {
	Challenge() string
	Proven(ctx context.Context, challenge, counter string) (bool, error)
}

// Merged knows which listing another was made part of. The store does.
type Merged interface {
	// MergedInto gives the zero ID for a listing that was not.
	MergedInto(ctx context.Context, id directory.ID) (directory.ID, error)
}

// Health is how the server is, for /readyz and /metrics.
type Health struct {
	Truth      error         // why the store can't be read; nil when it can
	Engine     string        // which engine answers
	Indexed    bool          // the index has been built
	Pending    int           // index changes not yet applied
	OldestWait time.Duration // age of the oldest of them
	Degraded   error         // why another engine stands in for the one that should answer; nil while none does
	StoodIn    int64         // answers it gave so far
	Mail       string        // where mail goes: "smtp" or "log"; "" for none
	Unsent     int           // mails that wait
}

// Config is everything a Server needs. All but Unmet, Roll and the last group are required.
type Config struct {
	Searcher   Searcher
	Listings   search.Listings // names for the map; the store is one
	Feedback   FeedbackBox
	Proofs     Proofs              // of work, for messages of visitors; nil asks for none
	Claims     Claims              // of providers; without it listings can't be claimed
	Merged     Merged              // where a merged listing's address leads; nil leaves it at saying that it is gone
	Unmet      func(*search.Unmet) // counts a search that found nothing, and never makes it wait; nil counts none
	Roll       Roll                // for the sitemap, which has no listings without it
	Gazetteer  *geo.Gazetteer
	Vocabulary *directory.Vocabulary // the program's: see Reword
	Emergency  *directory.EmergencyNumbers
	Guide      *guide.Guide
	Health     func(context.Context) Health
	Log        *slog.Logger
	// Demonstration reports whether any made-up listing is loaded, so that every page can say so; nil is never.
	Demonstration func(context.Context) bool
	Attribution   string // whom the place data is owed to, as their licences ask for; on every page
	// PublicURL is what people know the site by, such as https://care.example.org: for links that leave the page. ""
	// derives it from the host each request names.
	PublicURL string

	Now            func() time.Time // nil is time.Now
	Version        string
	TrustedProxies []string // CIDRs whose X-Forwarded-For is believed
	RateLimit      float64  // requests a second and client; 0 is no limit
	RateBurst      int      // requests a client may make at once before RateLimit counts; 0 is 100
	FeedbackRate   float64  // messages a second and client; 0 is one in ten seconds, after a burst of 5
	Tally          Tally    // shares these limits with other servers; nil: this one limits for itself
}

// Bounds of a request, and how long a client may take over its parts.
const (
	maxBody       = 1 << 20 // bytes; the largest area allowed fits many times
	maxHeader     = 16 << 10
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	answerTimeout = 5 * time.Second  // for the store and the engine: a client who left is not signalled
	drainTimeout  = 10 * time.Second // for answers under way when the server stops
	maxConns      = 16 << 10
)

// Server is the HTTP side of Carefinder.
type Server struct {
	cfg    Config
	public string // cfg.PublicURL, read
	world  func() world

	countries lineCountries
	mapped    []string // the pages of the sitemap that are no listings
	app       *fiber.App
	editions  []*edition
	// deskStyle and deskScript are the paths of what pages of the desk load besides.
	deskStyle, deskScript string
	now                   func() time.Time
	draining              atomic.Bool

	words    atomic.Pointer[wording]
	writers  sync.Pool // of *writer
	crisis   *crisisLines
	limiter  *limiter
	feedback *limiter
	proxies  []net.IPNet
	metrics  *metrics

	// errorPage shows an error to a person; pages sets it. Paths under /api never use it.
	errorPage func(c *fiber.Ctx, p *problem) error
}

// New makes a server of its parts. It starts nothing: see Serve.
func New(cfg Config) (*Server, error) {
	if cfg.Searcher == nil || cfg.Listings == nil || cfg.Feedback == nil || cfg.Gazetteer == nil || cfg.Vocabulary == nil || cfg.Emergency == nil || cfg.Guide == nil || cfg.Health == nil || cfg.Log == nil {
		return nil, errors.New("web: a part of the configuration is missing")
	}
	s := &Server{cfg: cfg, now: cfg.Now}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.public, err = publicAddress(cfg.PublicURL); err != nil {
		return nil, err
	}
	if s.proxies, err = parseProxies(cfg.TrustedProxies); err != nil {
		return nil, err
	}
	s.world = sync.OnceValue(func() world { return newWorld(cfg.Gazetteer, s.now()) }) // reading it takes a while, and a start must not
	first, err := s.newWording(cfg.Vocabulary)
	if err != nil {
		return nil, err
	}
	s.words.Store(first)
	s.crisis = &crisisLines{searcher: cfg.Searcher, emergency: cfg.Emergency, now: s.now}
	s.limiter = newLimiter("requests ", cfg.RateLimit, orDefault(cfg.RateBurst, 100), cfg.Tally != nil, s.now)
	s.feedback = newLimiter("feedback ", orDefault(cfg.FeedbackRate, 0.1), 5, cfg.Tally != nil, s.now)
	s.metrics = newMetrics(s)
	s.writers.New = func() any { return new(writer) }
	s.app = fiber.New(s.settings())
	s.guard(s.app.Server())
	return s, s.routes()
}

// settings are Fiber's, every one that matters said: Immutable because it reuses its buffers, UnescapePath because
// path parameters arrive percent-encoded.
func (s *Server) settings() fiber.Config {
	return fiber.Config{
		AppName:                      "carefinder",
		Immutable:                    true,
		UnescapePath:                 true,
		CaseSensitive:                true,
		BodyLimit:                    maxBody,
		StreamRequestBody:            true, // an upload is never whole in memory; all else is read by bounded
		DisablePreParseMultipartForm: true,
		ReadBufferSize:               maxHeader,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		Concurrency:                  maxConns,
		DisableStartupMessage:        true,
		ErrorHandler:                 s.writeError,
	}
}

// routes puts the middleware, the API, the pages and the operator's paths in their order.
func (s *Server) routes() error {
	s.app.Use(s.identify, s.pack, s.account, s.recoverPanics, s.protect, s.limit, s.bounded, s.deadline)
	s.api(s.app)
	s.operator(s.app)
	if err := s.pages(s.app); err != nil {
		return fmt.Errorf("web: the pages: %w", err)
	}
	return nil
}

// Serve answers requests from ln until ctx ends, then lets those under way finish. It closes ln. The error is nil after
// an orderly end.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	done := make(chan error, 1)
	go s.world() // the first reader need not wait for it
	if s.cfg.Tally != nil {
		go s.share(ctx)
	}
	go func() { done <- s.app.Listener(ln) }()
	select {
	case err := <-done:
		return fmt.Errorf("web: serve: %w", err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	if err := s.app.ShutdownWithTimeout(drainTimeout); err != nil {
		return fmt.Errorf("web: drain: %w", err)
	}
	return <-done
}

// Handler gives the server's handler without a socket, for measuring.
func (s *Server) Handler() fasthttp.RequestHandler {
	s.app.Handler() // Fiber builds its routes when asked for its handler
	return s.app.Server().Handler
}

// Test answers one request without a socket, for tests. It waits as long as the server does.
func (s *Server) Test(req *http.Request) (*http.Response, error) {
	return s.app.Test(req, int((answerTimeout + time.Second).Milliseconds()))
}

func orDefault[T comparable](x, otherwise T) T {
	var zero T
	if x == zero {
		return otherwise
	}
	return x
}
