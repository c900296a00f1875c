package web_test

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

var benchFacets = []search.FacetName{search.FacetKind, "modality", "treatment", "insurance", "language", search.FacetAccepting}

// benchServer serves benchResult with a vocabulary of a dozen codes a facet.
func benchServer(b *testing.B) *web.Server {
	table := vocabularyTable
	for _, f := range benchFacets[1:5] {
		for i := range 12 {
			table += fmt.Sprintf("%s,value-%d,What people call value %d,Lo que se llama valor %d,\n", f, i, i, i)
		}
	}
	v, err := directory.ReadVocabulary(strings.NewReader(table))
	if err != nil {
		b.Fatal(err)
	}
	r := benchResult()
	return server(b, &scripted{search: func(search.Query) (*search.Result, error) { return r, nil }}, func(c *web.Config) {
		c.Vocabulary, c.RateLimit, c.RateBurst = v, 1e9, 1e9
		c.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
	})
}

// benchResult is 20 hits as a search by place and treatment gives them, with six facets, four of a dozen values.
func benchResult() *search.Result {
	r := fullResult(20)
	r.Remote, r.Demonstration = nil, false
	r.Facets = map[search.FacetName][]search.Count{}
	for _, name := range benchFacets[1:5] {
		for i := range 12 {
			r.Facets[name] = append(r.Facets[name], search.Count{Value: fmt.Sprint("value-", i), N: 1000 - i})
		}
	}
	r.Facets[search.FacetKind] = []search.Count{{Value: "therapist", N: 3000}, {Value: "center", N: 20}, {Value: "program", N: 10}}
	r.Facets[search.FacetAccepting] = []search.Count{{Value: "yes", N: 3000}, {Value: "waitlist", N: 20}, {Value: "no", N: 10}}
	for i := range r.Hits {
		l := r.Hits[i].Listing
		r.Hits[i].Copy = search.NewCopy(l)
		l.Hours.Exceptions, l.Channels[0].Anonymous, l.Channels[0].Menu = nil, 0, ""
		r.Hits[i].Why = r.Hits[i].Why[:1]
	}
	return r
}

const benchQuery = "/api/v1/listings?place=Boston&treatment=tms&radius=25mi&facets=kind,modality,treatment,insurance,language,accepting"

// BenchmarkListings measures a whole answer but for the engine: routing, middleware, decoding, and the writing of 20
// hits and six facets. Compare with BenchmarkBare, which sends the same bytes.
func BenchmarkListings(b *testing.B) {
	run(b, benchServer(b).Handler(), benchQuery)
}

// BenchmarkBare sends the bytes of BenchmarkListings from a handler that does nothing else.
func BenchmarkBare(b *testing.B) {
	body := get(b, benchServer(b), benchQuery).body
	app := fiber.New()
	app.Get("/bare", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(body)
	})
	run(b, app.Handler(), "/bare")
}

func run(b *testing.B, h fasthttp.RequestHandler, target string) {
	var ctx fasthttp.RequestCtx
	ctx.Request.SetRequestURI(target)
	h(&ctx)
	if ctx.Response.StatusCode() != fasthttp.StatusOK {
		b.Fatalf("status %d: %s", ctx.Response.StatusCode(), ctx.Response.Body())
	}
	b.ReportAllocs()
	for b.Loop() {
		ctx.Response.Reset()
		ctx.ResetUserValues() // as fasthttp does between requests
		ctx.Request.SetRequestURI(target)
		h(&ctx)
	}
	b.ReportMetric(float64(len(ctx.Response.Body())), "B/answer")
}
