package web

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// errorView is the page of an error: what happened in plain words, and where to go on.
type errorView struct {
	Title, Text  string
	Reason       string  // why something was withdrawn, as the curator wrote it
	Replacement  *anchor // what took its place
	HelplinesURL string
}

// spoken are the codes of problems that have words of their own on a page; all others are "request".
var spoken = map[string]string{
	"not-found": "not-found", "gone": "gone", "method-not-allowed": "method-not-allowed", "too-many": "too-many",
	"unavailable": "unavailable", "canceled": "unavailable", "too-large": "too-large",
}

// showError answers with the page of an error. When even that fails, and for what nobody foresaw, the page that was
// made at the start is sent: it depends on nothing.
func (e *edition) showError(c *fiber.Ctx, p *problem) error {
	if p.Status == http.StatusInternalServerError {
		return e.sendBroken(c)
	}
	code, ok := spoken[p.Code]
	if !ok {
		code = "request"
	}
	v := errorView{Title: e.t("error." + code + ".title"), Text: e.t("error." + code + ".text"), HelplinesURL: e.url("/helplines/" + defaultCountry)}
	if p.Code == "gone" {
		v.Reason, v.Replacement = p.Detail, e.replacement(p)
	}
	if err := e.render(c, "error", sheet{Title: v.Title, NoIndex: true, Body: v}); err != nil {
		c.Status(http.StatusInternalServerError)
		return e.sendBroken(c)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return nil
}

// replacement links the listing that took the place of one that is gone.
func (e *edition) replacement(p *problem) *anchor {
	for _, x := range p.Errors {
		if x.Field == "replaced_by" && len(x.Suggestions) > 0 {
			return &anchor{Label: e.t("error.gone.replacement"), URL: e.url("/listings/" + x.Suggestions[0])}
		}
	}
	return nil
}

func (e *edition) sendBroken(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(e.broken)
}

// editionOf gives the pages in the language a path asks for.
func editionOf(editions []*edition, path string) *edition {
	for _, e := range editions {
		if e.Prefix != "" && (path == e.Prefix || strings.HasPrefix(path, e.Prefix+"/")) {
			return e
		}
	}
	return editions[0]
}
