package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/fault"
)

// statuses is the only table from kinds of failure to statuses.
var statuses = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusBadRequest,
	fault.Unresolvable:    http.StatusUnprocessableEntity,
	fault.NotFound:        http.StatusNotFound,
	fault.Gone:            http.StatusGone,
	fault.Conflict:        http.StatusConflict,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Canceled:        http.StatusServiceUnavailable, // our own deadline passed: trying again may help
}

// titles names each problem for people. Those of the protocol itself have no fault.Kind.
var titles = map[string]string{
	"internal":               "Something went wrong here",
	"invalid":                "The question can't be read",
	"unresolvable":           "Nobody knows that place",
	"not-found":              "There is nothing here",
	"gone":                   "This is no longer offered",
	"conflict":               "It changed meanwhile",
	"unauthenticated":        "Please sign in",
	"forbidden":              "Not with your role",
	"too-many":               "Too many requests",
	"unavailable":            "Not available right now",
	"canceled":               "It took too long",
	"method-not-allowed":     "This method isn't used here",
	"too-large":              "The request is too large",
	"unsupported-media-type": "The content type can't be read",
	"request":                "The request can't be read",
}

// unknownTrouble is all a person hears of a failure that nobody foresaw.
const unknownTrouble = "This failed on our side. It was noted. Please try again, and if you are in danger, use the number here now."

// problem is an error as RFC 9457 has it, with the crisis line beside it: an error must not be a dead end.
type problem struct {
	Type     string         `json:"type" format:"uri-reference" doc:"Where this code is explained" example:"/api/docs#invalid"`
	Title    string         `json:"title" doc:"The same for every problem of this code"`
	Status   int            `json:"status" minimum:"400" maximum:"599"`
	Detail   string         `json:"detail,omitempty" doc:"What happened this time, for people"`
	Instance string         `json:"instance" doc:"The path asked, never its query" example:"/api/v1/listings"`
	Code     string         `json:"code" doc:"For programs; it never changes" example:"invalid"`
	Errors   []problemField `json:"errors,omitempty" doc:"Every faulty part of the request"`
	Crisis   crisisLine     `json:"crisis" doc:"Who can be reached now"`
}

// problemField is one faulty part of a request.
type problemField struct {
	Field       string   `json:"field" example:"radius"`
	Message     string   `json:"message" doc:"What is wrong and what would be right"`
	Suggestions []string `json:"suggestions,omitempty" doc:"What may have been meant, likeliest first"`
}

// problemOf describes err without saying more than anyone may know.
func problemOf(err error) *problem {
	var f *fault.Error
	var h *fiber.Error
	switch {
	case errors.As(err, &f) && f.Kind != fault.Internal:
		p := newProblem(statuses[f.Kind], f.Kind.String(), f.Message)
		for _, x := range f.Fields {
			p.Errors = append(p.Errors, problemField{Field: x.Name, Message: x.Message, Suggestions: x.Suggestions})
		}
		return p
	case f == nil && errors.As(err, &h):
		return protocolProblem(h)
	}
	k := fault.KindOf(err)
	if k == fault.Canceled {
		return newProblem(statuses[k], k.String(), "The answer took too long. Please try again.")
	}
	return newProblem(statuses[fault.Internal], fault.Internal.String(), unknownTrouble)
}

// protocolProblem describes a failure of Fiber's own or of HTTP, which has a status but no kind. Fiber's texts are not
// for people.
func protocolProblem(h *fiber.Error) *problem {
	switch h.Code {
	case http.StatusNotFound:
		return newProblem(h.Code, fault.NotFound.String(), "No page or route has this address.")
	case http.StatusMethodNotAllowed:
		return newProblem(h.Code, "method-not-allowed", "The Allow header lists the methods that are.")
	case http.StatusRequestEntityTooLarge:
		return newProblem(h.Code, "too-large", "A request may hold at most 1 MB.")
	case http.StatusRequestHeaderFieldsTooLarge:
		return newProblem(h.Code, "too-large", "The address and the headers of a request may hold at most 16 kB together.")
	case http.StatusUnsupportedMediaType:
		return newProblem(h.Code, "unsupported-media-type", h.Message)
	case http.StatusServiceUnavailable:
		return newProblem(h.Code, fault.Unavailable.String(), "")
	}
	if h.Code >= 400 && h.Code < 500 {
		return newProblem(h.Code, "request", "The request is not one this server understands.")
	}
	return newProblem(http.StatusInternalServerError, fault.Internal.String(), unknownTrouble)
}

func newProblem(status int, code, detail string) *problem {
	return &problem{Type: "/api/docs#" + code, Title: titles[code], Status: status, Detail: detail, Code: code}
}

// writeError answers with err: a problem document under /api and for a request so broken that it reached no middleware,
// the error page elsewhere. It is Fiber's ErrorHandler,
// and the only way an error leaves the server. What nobody foresaw is logged, without its text.
func (s *Server) writeError(c *fiber.Ctx, err error) error {
	p := problemOf(err)
	p.Instance = c.Path()
	p.Crisis = s.crisis.in(c.UserContext(), s.countryOf(c))
	if p.Status == http.StatusInternalServerError || p.Status == http.StatusServiceUnavailable {
		s.logFailure(c, err)
	}
	c.Status(p.Status)
	c.Set(fiber.HeaderCacheControl, "no-store")
	if p.Status == http.StatusServiceUnavailable {
		c.Set(fiber.HeaderRetryAfter, "5")
	}
	if s.errorPage != nil && !isAPI(c.Path()) && idOf(c) != "" {
		return s.errorPage(c, p)
	}
	return sendProblem(c, p)
}

func sendProblem(c *fiber.Ctx, p *problem) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, typeProblem)
	return c.Send(body)
}

// isAPI reports whether a program, not a person, asked: the paths of the API and of the operator.
func isAPI(path string) bool {
	switch path {
	case "/api", "/healthz", "/readyz", "/metrics":
		return true
	}
	return strings.HasPrefix(path, "/api/")
}
