package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/mail"
)

// The listing and the claim that the paths of claims name.
var (
	claimedParam = &huma.Param{Name: "id", In: "path", Required: true, Description: "The listing.", Schema: &huma.Schema{Type: "string", Format: "uuid"}}
	claimParam   = &huma.Param{Name: "id", In: "path", Required: true, Description: "The claim, as it was named to whoever made it.", Schema: &huma.Schema{Type: "string", Format: "uuid"}}
)

// claimAsked is a claim as a program sends it.
type claimAsked struct {
	work.ProviderClaim
	changes map[string]string
}

func claimBody() []param[claimAsked] {
	return []param[claimAsked]{
		{
			name: "wish", required: true, help: "What is asked: to correct the listing, or to remove it.", schema: oneOf(work.Wishes()), example: "correct",
			read: func(x *claimAsked, s string, bad complaint) { x.Wish = oneValue(s, work.Wishes(), bad) },
		},
		{
			name: "revision", required: true, help: "The listing's revision, as it was read.", schema: &huma.Schema{Type: "integer", Minimum: ptr(1.0)}, example: 3,
			read: func(x *claimAsked, s string, bad complaint) {
				if err := json.Unmarshal([]byte(s), &x.Base); err != nil || x.Base < 1 {
					bad.say("must be a revision of the listing")
				}
			},
		},
		{
			name: "who", required: true, help: "Who asks, for the curators.", schema: text(directory.MaxName), max: directory.MaxName, example: "Ana Pérez, office manager",
			read: func(x *claimAsked, s string, _ complaint) { x.Name = strings.TrimSpace(s) },
		},
		{
			name: "email", required: true, help: "Where the code and the answer go.", schema: &huma.Schema{Type: "string", Format: "email", MaxLength: ptr(mail.MaxAddress)}, max: mail.MaxAddress, example: "ana@example.org",
			read: func(x *claimAsked, s string, _ complaint) { x.Address = strings.TrimSpace(s) },
		},
		{
			name: "message", help: "What is wrong, in words.", schema: text(work.MaxComment), max: work.MaxComment, example: "We have moved.",
			read: func(x *claimAsked, s string, _ complaint) { x.Message = strings.TrimSpace(s) },
		},
		{
			name: "changes", help: "What should stand in the fields of the form at /claim/{id}, by their names, each as a text: channels[0].number, sites[0].street, accepting.status, claims[2].value. What is emptied is taken out.",
			schema: &huma.Schema{Type: "object", AdditionalProperties: &huma.Schema{Type: "string"}},
			body: func(x *claimAsked, raw []byte) (err error) {
				x.changes, err = flatObject(string(raw))
				return err
			},
		},
		langParam(func(x *claimAsked) *string { return &x.Language }),
	}
}

// codeAsked is a code as a program sends it.
type codeAsked struct{ code string }

func codeBody() []param[codeAsked] {
	return []param[codeAsked]{{
		name: "code", required: true, help: "As it stands in the mail.", schema: text(maxValue), example: "K7QM3-XPW2T",
		read: func(x *codeAsked, s string, _ complaint) { x.code = s },
	}}
}

// claimListing answers POST /api/v1/listings/{id}/claims.
func (s *Server) claimListing(c *fiber.Ctx) error {
	e := s.editions[0]
	l, err := e.claimed(c)
	if err != nil {
		return err
	}
	var x claimAsked
	if err := posted(s, c, s.wording().tables.claim, &x); err != nil {
		return err
	}
	x.Listing, x.Language = l.ID, orDefault(x.Language, e.Code)
	shown := work.Claimable(l)
	form := newClaimSheet(shown)
	var bad fault.Fields
	known, sent := form.fields(), url.Values{}
	for name, text := range x.changes {
		if _, ok := known[name]; !ok {
			bad.Add("changes."+clip(name), "is not a field of this listing's form")
		}
		sent.Set(name, storable(text))
	}
	bad.Merge("changes.", form.read(sent))
	if err := bad.Err("These changes can't be read."); err != nil {
		return err
	}
	x.Says = form.says(e, shown)
	if err := s.takeClaim(c, &x.ProviderClaim); err != nil {
		return err
	}
	return s.answerClaim(c.Status(http.StatusAccepted), &x.ProviderClaim, "If the address can be used, a code is on its way to it.")
}

func (s *Server) answerClaim(c *fiber.Ctx, x *work.ProviderClaim, message string) error {
	end, err := s.cfg.Claims.End(c.UserContext(), x)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(claimAnswer{Claim: x.ID.String(), State: string(x.State), End: string(end), Reason: x.Reason, Message: message}, typeJSON)
}

// claimNamed gives the claim in the path.
func (s *Server) claimNamed(c *fiber.Ctx) (*work.ProviderClaim, error) {
	id, err := directory.ParseID(c.Params("id"))
	if err != nil || s.cfg.Claims == nil {
		return nil, fiber.ErrNotFound
	}
	return s.cfg.Claims.Claim(c.UserContext(), id)
}

// readClaim answers GET /api/v1/claims/{id}.
func (s *Server) readClaim(c *fiber.Ctx) error {
	if err := s.wording().tables.none.query(&struct{}{}, queryOf(c)); err != nil {
		return err
	}
	x, err := s.claimNamed(c)
	if err != nil {
		return err
	}
	return s.answerClaim(c, x, "")
}

// takeCode answers POST /api/v1/claims/{id}/code.
func (s *Server) takeCode(c *fiber.Ctx) error {
	var sent codeAsked
	if err := posted(s, c, s.wording().tables.code, &sent); err != nil {
		return err
	}
	x, err := s.claimNamed(c)
	if err != nil {
		return err
	}
	if err := s.cfg.Claims.Prove(c.UserContext(), x.ID, sent.code); err != nil {
		return err
	}
	if x, err = s.claimNamed(c); err != nil {
		return err
	}
	return s.answerClaim(c, x, "A curator decides. The answer comes by mail.")
}

// mailCodeAgain answers POST /api/v1/claims/{id}/code/again.
func (s *Server) mailCodeAgain(c *fiber.Ctx) error {
	if err := posted(s, c, s.wording().tables.none, &struct{}{}); err != nil {
		return err
	}
	x, err := s.claimNamed(c)
	if err != nil {
		return err
	}
	if err := s.cfg.Claims.Again(c.UserContext(), x.ID); err != nil {
		return err
	}
	return s.answerClaim(c.Status(http.StatusAccepted), x, "If the address can be used, another code is on its way to it.")
}
