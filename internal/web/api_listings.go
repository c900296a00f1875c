package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

const (
	typeJSON    = fiber.MIMEApplicationJSON
	typeGeoJSON = "application/geo+json"
	typeProblem = "application/problem+json"
)

// searchByQuery answers GET /api/v1/listings. The answer may be kept by the asker alone, and briefly: what was asked
// is nobody else's business, and a withdrawn number must go.
func (s *Server) searchByQuery(c *fiber.Ctx) error {
	var q question
	if err := s.wording().tables.listings.query(&q, queryOf(c)); err != nil {
		return err
	}
	return s.search(c, &q, "private, max-age=30")
}

// searchByBody answers POST /api/v1/listings/search.
func (s *Server) searchByBody(c *fiber.Ctx) error {
	var q question
	if err := posted(s, c, s.wording().tables.search, &q); err != nil {
		return err
	}
	return s.search(c, &q, "no-store")
}

// search asks and answers. The answer is written into a buffer that is used again.
func (s *Server) search(c *fiber.Ctx, q *question, keep string) error {
	q.At = s.now()
	found, err := s.cfg.Searcher.Search(c.UserContext(), q.Query)
	if err != nil {
		return err
	}
	if c.Method() == fiber.MethodGet { // what is asked in a body is nobody's to count
		s.unmet(found)
	}
	w := s.writers.Get().(*writer)
	defer s.writers.Put(w)
	w.begin(s.wording().labels, s.cfg.Emergency, q.lang)
	kind := typeJSON
	if wantsFeatures(c) {
		kind = typeGeoJSON
		w.features(found)
	} else {
		w.answer(found)
	}
	if w.err != nil {
		return w.err
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderCacheControl, keep)
	c.Set(fiber.HeaderVary, fiber.HeaderAccept)
	c.Response().SetBody(w.b) // copies
	return nil
}

// unmet has a search counted that found nothing.
func (s *Server) unmet(res *search.Result) {
	if s.cfg.Unmet != nil && res.Unmet != nil {
		s.cfg.Unmet(res.Unmet)
	}
}

// wantsFeatures reports whether the asker prefers GeoJSON.
func wantsFeatures(c *fiber.Ctx) bool {
	accept := c.Request().Header.Peek(fiber.HeaderAccept)
	return strings.Contains(string(accept), "geo+json") && c.Accepts(typeJSON, typeGeoJSON) == typeGeoJSON
}

// readListing answers GET /api/v1/listings/{id}.
func (s *Server) readListing(c *fiber.Ctx) error {
	var q langQuestion
	if err := s.wording().tables.plain.query(&q, queryOf(c)); err != nil {
		return err
	}
	id, err := directory.ParseID(c.Params("id"))
	if err != nil {
		return err
	}
	l, err := s.cfg.Searcher.Listing(c.UserContext(), id)
	if err != nil {
		return err
	}
	lang := orDefault(q.lang, languages[0])
	tag := fmt.Sprintf(`"%s-%d-%s%s"`, l.ID, l.Revision, lang, s.wording().mark)
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, "public, max-age=60")
	if matches(c.Get(fiber.HeaderIfNoneMatch), tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	return c.JSON(s.listingOf(l, lang), typeJSON)
}

// matches reports whether an If-None-Match header names tag.
func matches(header, tag string) bool {
	for h := range strings.SplitSeq(header, ",") {
		if h = strings.TrimSpace(h); h == "*" || strings.TrimPrefix(h, "W/") == tag {
			return true
		}
	}
	return false
}
