package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// contract is the OpenAPI document, made once of the routes.
type contract struct {
	doc  *huma.OpenAPI
	json []byte
	tag  string // ETag
}

// alwaysFails are the failures of every route.
var alwaysFails = []int{http.StatusBadRequest, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge, http.StatusInternalServerError, http.StatusServiceUnavailable}

// reasons describes failures in the contract.
var reasons = map[int]string{
	http.StatusNotModified:                 "The answer at hand is still right.",
	http.StatusBadRequest:                  "The request can't be read; every faulty part is named.",
	http.StatusNotFound:                    "There is no such thing.",
	http.StatusConflict:                    "It changed meanwhile, or was done already; the detail says which.",
	http.StatusGone:                        "It was withdrawn; the detail says why.",
	http.StatusRequestEntityTooLarge:       "The body is larger than 1 MB.",
	http.StatusUnsupportedMediaType:        "The body is not application/json.",
	http.StatusUnprocessableEntity:         "The place is not known; suggestions are given.",
	http.StatusTooManyRequests:             "Too many requests; Retry-After says how long to wait.",
	http.StatusRequestHeaderFieldsTooLarge: "The address and headers are longer than 16 kB.",
	http.StatusInternalServerError:         "A failure of ours.",
	http.StatusServiceUnavailable:          "Not available right now; try again after Retry-After.",
}

func newContract(version string, routes []route) (*contract, error) {
	types := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Carefinder", Version: orDefault(version, "dev"),
			Description: "Find therapists, TMS and ECT centers, programs and helplines, and who can be reached now. Read only, without an account or a cookie. Nothing asked is logged. Every error is a problem document (RFC 9457) that carries a crisis line.",
		},
		Servers:    []*huma.Server{{URL: "/"}},
		Components: &huma.Components{Schemas: types},
	}
	for _, r := range routes {
		doc.AddOperation(r.operation(types))
	}
	for _, s := range types.Map() {
		tidy(s)
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	sum := sha256.Sum256(body)
	return &contract{doc: doc, json: body, tag: `"` + hex.EncodeToString(sum[:8]) + `"`}, nil
}

func (r *route) operation(types huma.Registry) *huma.Operation {
	op := &huma.Operation{
		Method: r.method, Path: r.path, OperationID: r.name, Summary: r.summary, Description: r.help, Tags: []string{r.tag},
		Parameters: slices.Concat(r.inPath, r.asks), RequestBody: r.body, Responses: map[string]*huma.Response{},
	}
	content := map[string]*huma.MediaType{}
	if r.answer != nil {
		content[typeJSON] = &huma.MediaType{Schema: types.Schema(r.answer, true, "")}
	}
	if r.features != nil {
		content[typeGeoJSON] = &huma.MediaType{Schema: types.Schema(r.features, true, "")}
	}
	status := orDefault(r.status, http.StatusOK)
	op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: content}
	problems := types.Schema(typeOf[problem](), true, "")
	for _, code := range slices.Concat(alwaysFails, r.fails) {
		answer := &huma.Response{Description: reasons[code]}
		if code >= 400 {
			answer.Content = map[string]*huma.MediaType{typeProblem: {Schema: problems}}
		}
		op.Responses[strconv.Itoa(code)] = answer
	}
	return op
}

// tidy takes back what huma assumes of Go: that a list may be null, which ours never are, and that a pointer without
// omitempty is not, which a geometry may be.
func tidy(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	tidy(s.Items)
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		tidy(more)
	}
	for name, p := range s.Properties {
		tidy(p)
		if _, isHit := s.Properties["properties"]; isHit && name == "geometry" {
			s.Properties[name] = &huma.Schema{AnyOf: []*huma.Schema{p, {Type: "null"}}}
		}
	}
}

// describe writes the params of a query into the contract.
func describe[T any](t *table[T]) []*huma.Param {
	params := make([]*huma.Param, 0, len(t.params))
	for i := range t.params {
		if p := &t.params[i]; p.body == nil {
			params = append(params, &huma.Param{Name: p.name, In: "query", Required: p.required, Description: p.help, Schema: p.described(), Example: p.example})
		}
	}
	return params
}

// describeBody writes the params as the members of a JSON body.
func describeBody[T any](t *table[T]) *huma.RequestBody {
	s := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for i := range t.params {
		p := &t.params[i]
		member := *p.described()
		member.Description = p.help
		s.Properties[p.name] = &member
		if p.required {
			s.Required = append(s.Required, p.name)
		}
	}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{typeJSON: {Schema: s}}}
}

// described gives the schema of a param with all its values.
func (p *param[T]) described() *huma.Schema {
	if !p.list {
		return p.schema
	}
	return &huma.Schema{Type: huma.TypeArray, Items: p.schema, MinItems: ptr(1), MaxItems: ptr(maxValues)}
}

// readContract answers GET /api/v1/openapi.json.
func (s *Server) readContract(c *fiber.Ctx) error {
	if err := s.wording().tables.none.query(&struct{}{}, queryOf(c)); err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, s.wording().contract.tag)
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	c.Set(fiber.HeaderContentType, typeJSON)
	if matches(c.Get(fiber.HeaderIfNoneMatch), s.wording().contract.tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	return c.Send(s.wording().contract.json)
}

// operations lists the operations of the contract by path and method.
func (k *contract) operations() []*huma.Operation {
	var all []*huma.Operation
	for _, path := range slices.Sorted(maps.Keys(k.doc.Paths)) {
		p := k.doc.Paths[path]
		for _, op := range []*huma.Operation{p.Get, p.Post} {
			if op != nil {
				all = append(all, op)
			}
		}
	}
	return all
}
