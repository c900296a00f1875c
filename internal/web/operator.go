package web

import (
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"
)

// operator adds the paths of those who run the server.
func (s *Server) operator(r fiber.Router) {
	r.Get("/healthz", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, "no-store")
		return c.JSON(map[string]string{"status": "ok", "version": s.cfg.Version})
	})
	r.Get("/readyz", s.ready)
	r.Get("/metrics", s.metrics.handler())
}

// ready says whether searches can be answered, and how far the index is behind. Why the store can't be read is for the
// log alone.
func (s *Server) ready(c *fiber.Ctx) error {
	h := s.cfg.Health(c.UserContext())
	if h.Truth != nil {
		s.logFailure(c, h.Truth)
	}
	a := readyAnswer{
		Ready: h.Truth == nil && h.Indexed && !s.draining.Load(), Truth: h.Truth == nil, Indexed: h.Indexed,
		Engine: h.Engine, Pending: h.Pending, OldestPending: h.OldestWait.Seconds(), Mail: h.Mail, Unsent: h.Unsent,
	}
	if h.Degraded != nil {
		a.Degraded = h.Degraded.Error()
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if !a.Ready {
		c.Status(http.StatusServiceUnavailable)
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(5))
	}
	return c.JSON(a)
}
