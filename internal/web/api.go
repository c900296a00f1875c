package web

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// route is one operation of the API: how it is documented and who answers it. The contract is made of the routes, so
// nothing is served that it doesn't name. Huma writes the contract from the Go types; Fiber alone serves, because the
// params' tables check more than a schema can say and report every fault at once.
type route struct {
	method, path  string // as the contract writes it: /api/v1/listings/{id}
	name, summary string
	help          string
	tag           string
	inPath        []*huma.Param
	asks          []*huma.Param
	body          *huma.RequestBody
	status        int          // of success; 0 is 200
	answer        reflect.Type // application/json
	features      reflect.Type // application/geo+json, when that can be asked for
	fails         []int        // besides those of every route
	handle        fiber.Handler
}

// api adds the routes of the API to r.
func (s *Server) api(r fiber.Router) {
	for _, x := range s.apiRoutes(s.wording().tables) {
		path := strings.NewReplacer("{", ":", "}", "").Replace(x.path)
		if x.method != http.MethodPost {
			r.Get(path, x.handle) // and HEAD
			continue
		}
		r.Add(x.method, path, x.handle)
		r.All(path, onlyPost) // else another method would meet the route of /listings/{id}
	}
	r.Get("/api/docs", s.docs)
	r.Get("/api", func(c *fiber.Ctx) error { return c.Redirect("/api/docs") })
}

func onlyPost(c *fiber.Ctx) error {
	c.Set(fiber.HeaderAllow, fiber.MethodPost)
	return fiber.ErrMethodNotAllowed
}

func (s *Server) apiRoutes(t *tables) []route {
	return []route{
		{
			method: http.MethodGet, path: "/api/v1/listings", name: "search-listings", tag: "Search", summary: "Search listings",
			help: "Values of one param are alternatives; different params must all hold. Lists are given by repetition or with commas. What serves the place without a site comes as remote.",
			asks: describe(t.listings), answer: typeOf[listingsAnswer](), features: typeOf[featuresAnswer](), fails: []int{422}, handle: s.searchByQuery,
		},
		{
			method: http.MethodPost, path: "/api/v1/listings/search", name: "search-listings-privately", tag: "Search", summary: "Search listings without leaving a trace in an address",
			help: "The same as GET /api/v1/listings, with the question in a JSON body (lists as arrays) and an area besides. Nothing of it reaches an address or a log.",
			body: describeBody(t.search), answer: typeOf[listingsAnswer](), features: typeOf[featuresAnswer](), fails: []int{413, 415, 422}, handle: s.searchByBody,
		},
		{
			method: http.MethodGet, path: "/api/v1/listings/{id}", name: "read-listing", tag: "Search", summary: "Read one published listing, with provenance",
			help:   "Answers carry an ETag; ask again with If-None-Match. A listing that was withdrawn is 410 with the reason.",
			inPath: []*huma.Param{{Name: "id", In: "path", Required: true, Description: "The listing.", Schema: &huma.Schema{Type: "string", Format: "uuid"}}, {Name: "If-None-Match", In: "header", Description: "The ETag of an answer that is still at hand.", Schema: text(200)}},
			asks:   describe(t.plain), answer: typeOf[ListingAnswer](), fails: []int{304, 404, 410}, handle: s.readListing,
		},
		{
			method: http.MethodGet, path: "/api/v1/helplines", name: "find-helplines", tag: "Helplines", summary: "Who can be reached now",
			help: "The country's priority line comes first, then open before unknown before closed. Where the region isn't known, lines of a part of the country come last.",
			asks: describe(t.helplines), answer: typeOf[helplinesAnswer](), fails: []int{422}, handle: s.findHelplines,
		},
		{
			method: http.MethodGet, path: "/api/v1/emergency/{country}", name: "read-emergency-numbers", tag: "Helplines", summary: "Emergency numbers of a country",
			inPath: []*huma.Param{{Name: "country", In: "path", Required: true, Description: "ISO 3166-1 alpha-2.", Schema: pattern(`^[A-Za-z]{2}$`), Example: "GB"}},
			answer: typeOf[emergencyEntry](), fails: []int{404}, handle: s.emergencyNumbers,
		},
		{
			method: http.MethodGet, path: "/api/v1/places", name: "complete-place", tag: "Reference", summary: "Places that begin with what was typed",
			asks: describe(t.places), answer: typeOf[placesAnswer](), handle: s.completePlace,
		},
		{
			method: http.MethodGet, path: "/api/v1/vocabulary", name: "read-vocabulary", tag: "Reference", summary: "Facets, their codes, and what these are called",
			asks: describe(t.plain), answer: typeOf[vocabularyAnswer](), handle: s.readVocabulary,
		},
		{
			method: http.MethodGet, path: "/api/v1/map", name: "cluster-map", tag: "Search", summary: "Counts of matching sites for a map",
			help: "A GeoJSON FeatureCollection: the sites that would be drawn on top of each other are one feature with their count; a single site has its listing's id and name.",
			asks: describe(t.mapped), features: typeOf[mapAnswer](), handle: s.clusterMap,
		},
		{
			method: http.MethodPost, path: "/api/v1/feedback", name: "send-feedback", tag: "Feedback", summary: "Tell us what is wrong or what helped",
			help: "Kept for review, without anything about who sent it. No account is needed.",
			body: describeBody(t.feedback), status: http.StatusAccepted, answer: typeOf[feedbackAnswer](), fails: []int{413, 415}, handle: s.takeFeedback,
		},
		{
			method: http.MethodPost, path: "/api/v1/listings/{id}/claims", name: "claim-listing", tag: "Claims", summary: "Correct or remove your own listing, as its provider",
			help:   "A code is mailed to the address, where the listing has addresses only to one that belongs to it; the answer is the same either way. Once it is entered a curator decides. What happens next is told by mail.",
			inPath: []*huma.Param{claimedParam}, body: describeBody(t.claim), status: http.StatusAccepted, answer: typeOf[claimAnswer](), fails: []int{404, 409, 410, 413, 415}, handle: s.claimListing,
		},
		{
			method: http.MethodGet, path: "/api/v1/claims/{id}", name: "read-claim", tag: "Claims", summary: "How a claim of yours stands",
			inPath: []*huma.Param{claimParam}, answer: typeOf[claimAnswer](), fails: []int{404}, handle: s.readClaim,
		},
		{
			method: http.MethodPost, path: "/api/v1/claims/{id}/code", name: "prove-claim", tag: "Claims", summary: "Enter the code that was mailed",
			inPath: []*huma.Param{claimParam}, body: describeBody(t.code), answer: typeOf[claimAnswer](), fails: []int{404, 413, 415}, handle: s.takeCode,
		},
		{
			method: http.MethodPost, path: "/api/v1/claims/{id}/code/again", name: "mail-code-again", tag: "Claims", summary: "Have another code mailed, where one can be",
			inPath: []*huma.Param{claimParam}, body: describeBody(t.none), status: http.StatusAccepted, answer: typeOf[claimAnswer](), fails: []int{404, 413, 415}, handle: s.mailCodeAgain,
		},
		{
			method: http.MethodGet, path: "/api/v1/openapi.json", name: "read-contract", tag: "Reference", summary: "This contract", answer: typeOf[map[string]any](), handle: s.readContract,
		},
	}
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// queryOf gives the raw query of a request, copied.
func queryOf(c *fiber.Ctx) string { return string(c.Request().URI().QueryString()) }
