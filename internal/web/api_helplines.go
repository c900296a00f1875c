package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// findHelplines answers GET /api/v1/helplines. Times are in the offset of the moment asked about, which is the
// asker's clock; weekly hours stay in their own zone.
func (s *Server) findHelplines(c *fiber.Ctx) error {
	var q lineQuestion
	if err := s.wording().tables.helplines.query(&q, queryOf(c)); err != nil {
		return err
	}
	if q.At.IsZero() {
		q.At = s.now().UTC()
	}
	found, err := s.cfg.Searcher.Helplines(c.UserContext(), q.HelplineQuery)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "private, max-age=30")
	return c.JSON(s.helplinesOf(found, &q), typeJSON)
}

func (s *Server) helplinesOf(found *search.HelplineResult, q *lineQuestion) helplinesAnswer {
	at := q.At
	if !found.At.IsZero() {
		at = found.At
	}
	a := helplinesAnswer{Country: found.Country, Region: found.Region, At: at, Lines: make([]line, len(found.Lines))}
	for i, l := range found.Lines {
		a.Lines[i] = line{ListingAnswer: s.listingOf(l.Listing, q.lang), Open: l.Open.String()}
		if !l.Change.IsZero() {
			a.Lines[i].ChangesAt = ptr(l.Change.In(at.Location()))
		}
	}
	if e, ok := s.cfg.Emergency.In(found.Country); ok {
		a.Emergency = ptr(emergencyOf(e))
	}
	return a
}

// emergencyNumbers answers GET /api/v1/emergency/{country}.
func (s *Server) emergencyNumbers(c *fiber.Ctx) error {
	var nothing struct{}
	r := s.wording().tables.none.reader(&nothing)
	for name := range pairs(queryOf(c), &r.bad) {
		r.find(name, "parameter")
	}
	country := readCountry(c.Params("country"), complaint{"country", &r.bad})
	if err := r.end(false); err != nil {
		return err
	}
	e, ok := s.cfg.Emergency.In(strings.ToUpper(country))
	if !ok {
		return fault.New(fault.NotFound, "No emergency number of this country is known here. 112 works on mobile phones in most countries.")
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	return c.JSON(emergencyOf(e), typeJSON)
}
