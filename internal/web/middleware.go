package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"carefinder/internal/fault"
)

// contentPolicy lets a page load what this server serves, and nothing else.
const contentPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

// guard stands before Fiber: it answers methods nobody has heard of, which Fiber answers in plain text, and is the last
// to catch a panic, one of the middleware or of an error's page.
func (s *Server) guard(server *fasthttp.Server) {
	inner := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		runtime.Gosched() // a client that asks again at once would be served for 10 ms on end while others wait
		defer func() {
			if r := recover(); r != nil {
				s.cfg.Log.LogAttrs(ctx, slog.LevelError, "failed", slog.String("panic", shapeOfPanic(r)), slog.String("stack", stackHere()))
				ctx.Response.Reset()
				ctx.Error(unknownTrouble+" 988 (United States)", http.StatusInternalServerError)
			}
		}()
		if slices.Contains(fiber.DefaultMethods, string(ctx.Method())) {
			inner(ctx)
			return
		}
		c := s.app.AcquireCtx(ctx)
		defer s.app.ReleaseCtx(c)
		c.Set(fiber.HeaderAllow, "GET, HEAD, POST")
		if err := s.writeError(c, fiber.ErrMethodNotAllowed); err != nil {
			panic(err)
		}
	}
}

// requestID is where a request's ID is kept for the log.
type requestID struct{}

// identify gives every request an ID of ours: one the client sent could carry anything into the log.
func (s *Server) identify(c *fiber.Ctx) error {
	id := strconv.FormatUint(rand.Uint64()|1<<63, 36)
	c.Context().SetUserValue(requestID{}, id)
	c.Set(fiber.HeaderXRequestID, id)
	return c.Next()
}

func idOf(c *fiber.Ctx) string {
	id, _ := c.Context().UserValue(requestID{}).(string)
	return id
}

// account writes the access log and the metrics: the route's template, never its parameters, and nothing that tells
// who asked or what. It answers errors itself, because the status is known only then.
func (s *Server) account(c *fiber.Ctx) error {
	began := time.Now()
	err := c.Next()
	route := routeOf(c, err)
	if err != nil {
		if err = s.writeError(c, err); err != nil {
			return err
		}
	}
	if c.Response().StatusCode() == http.StatusRequestEntityTooLarge {
		linger(c)
	}
	took, status, method := time.Since(began), c.Response().StatusCode(), c.Method()
	s.metrics.observe(method, route, status, took)
	s.cfg.Log.LogAttrs(c.Context(), slog.LevelInfo, "request",
		slog.String("method", method), slog.String("route", route), slog.Int("status", status),
		slog.Duration("took", took), slog.Int("bytes", size(c)), slog.String("id", idOf(c)))
	return nil
}

// size is how long an answer is before it is compressed; -1 for one that is still being written, which looking at would
// bring into memory.
func size(c *fiber.Ctx) int {
	if c.Response().IsBodyStream() {
		return -1
	}
	return len(c.Response().Body())
}

// otherRoute stands for every path that is no route, so that made-up paths can't fill the log or the metrics.
const otherRoute = "other"

func routeOf(c *fiber.Ctx, err error) string {
	var h *fiber.Error
	if errors.As(err, &h) && (h.Code == http.StatusNotFound || h.Code == http.StatusMethodNotAllowed) {
		return otherRoute
	}
	return c.Route().Path
}

// recoverPanics turns a panic into an internal error.
func (s *Server) recoverPanics(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicked{value: r, stack: stackHere()}
		}
	}()
	return c.Next()
}

// panicked is a panic as an error.
type panicked struct {
	value any
	stack string
}

// stackHere lists who called whom. Unlike debug.Stack it leaves out the arguments, which may be somebody's coordinates.
func stackHere() string {
	var callers [64]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers[:])])
	var b strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s:%d\n", f.Function, f.Line)
		if !more {
			return b.String()
		}
	}
}

func (p *panicked) Error() string { return "panic" }

// logFailure notes a failure of ours. The text of an error may quote what was asked, so the log gets its types and
// what the system and the databases say in codes; a panic also its stack, which holds no text.
func (s *Server) logFailure(c *fiber.Ctx, err error) {
	attrs := []slog.Attr{slog.String("id", idOf(c)), slog.String("kind", fault.KindOf(err).String()), slog.String("cause", shapeOf(err))}
	var p *panicked
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("panic", shapeOfPanic(p.value)), slog.String("stack", p.stack))
	}
	s.cfg.Log.LogAttrs(c.Context(), slog.LevelError, "failed", attrs...)
}

// shapeOf describes an error by the types of its chain and the codes in it.
func shapeOf(err error) string {
	shape := ""
	for ; err != nil; err = errors.Unwrap(err) {
		shape += fmt.Sprintf(" > %T", err)
		switch e := err.(type) {
		case syscall.Errno:
			shape += " " + e.Error()
		case interface{ SQLState() string }:
			shape += " " + e.SQLState()
		case interface{ Code() int }:
			shape += " " + strconv.Itoa(e.Code())
		}
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, x := range joined.Unwrap() {
				shape += " (" + shapeOf(x) + ")"
			}
		}
	}
	return shape[min(len(" > "), len(shape)):]
}

// shapeOfPanic gives the text of the runtime's own panics, such as an index out of range, and the type of others.
func shapeOfPanic(v any) string {
	if e, ok := v.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("%T", v)
}

// protect sets the security headers of every answer.
func (s *Server) protect(c *fiber.Ctx) error {
	h := &c.Response().Header
	h.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	h.Set(fiber.HeaderReferrerPolicy, "strict-origin-when-cross-origin")
	h.Set(fiber.HeaderPermissionsPolicy, "geolocation=(self)")
	h.Set(fiber.HeaderXFrameOptions, "DENY")
	return c.Next()
}

// limit bounds what one client may ask. The operator's paths are free: they must answer when all else is busy.
func (s *Server) limit(c *fiber.Ctx) error {
	if s.limiter.every == 0 {
		return c.Next()
	}
	switch c.Path() {
	case "/healthz", "/readyz", "/metrics":
		return c.Next()
	}
	if wait, ok := s.limiter.allow(s.clientOf(c)); !ok {
		return tooMany(c, wait)
	}
	return c.Next()
}

func tooMany(c *fiber.Ctx, wait time.Duration) error {
	c.Set(fiber.HeaderRetryAfter, strconv.Itoa(max(1, seconds(wait))))
	return fault.New(fault.TooMany, "Too many requests came from your network. Please wait a moment.")
}

// bounded reads the body of a request, and refuses a larger one before it is read. An upload is left for its handler,
// which knows first who sends it.
func (s *Server) bounded(c *fiber.Ctx) error {
	stream := c.Context().RequestBodyStream()
	if stream == nil || isUpload(c) {
		return c.Next()
	}
	if c.Request().Header.ContentLength() > maxBody {
		return fiber.ErrRequestEntityTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(stream, maxBody+1))
	switch {
	case err != nil || len(body) < c.Request().Header.ContentLength():
		return fault.New(fault.Canceled, "The request broke off.")
	case len(body) > maxBody: // in pieces, whose sum nobody told
		return fiber.ErrRequestEntityTooLarge
	}
	c.Request().SetBodyRaw(body)
	return c.Next()
}

// How much, and for how long, a client may go on sending what was refused.
const (
	lingerMost = 64 << 20
	lingerTime = 5 * time.Second
)

// linger sends the answer at once and then listens for a while to what is still being sent: a connection that is closed
// on a sender tells them that it broke, and not why.
func linger(c *fiber.Ctx) {
	rest := c.Context().RequestBodyStream()
	if rest == nil || c.Response().IsBodyStream() || c.Context().SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	answer := bytes.NewReader(bytes.Clone(c.Response().Body()))
	c.Response().SetConnectionClose()
	c.Context().SetBodyStream(&lingering{answer, io.LimitReader(rest, lingerMost)}, -1)
}

// lingering reads an answer, and ends when nothing more is sent.
type lingering struct {
	answer *bytes.Reader
	rest   io.Reader
}

func (l *lingering) Read(p []byte) (int, error) {
	if l.answer.Len() > 0 {
		return l.answer.Read(p)
	}
	_, _ = io.Copy(io.Discard, l.rest) // an error ends it too
	return 0, io.EOF
}

// deadline gives what a request starts an end: Fiber's context has none, and nobody hears that a client left.
func (s *Server) deadline(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTimeout)
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}
