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
	"unavailable": "unavailable", "canceled": "unavailable", "too-large": "too-large", "forbidden": "forbidden", "conflict": "conflict",
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
	v := errorView{Title: e.t("error." + code + ".title"), Text: e.t("error." + code + ".text"), HelplinesURL: e.url("/helplines/" + e.countryOf(c))}
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
	if id := successor(p); id != "" {
		return &anchor{Label: e.t("error.gone.replacement"), URL: e.url("/listings/" + id)}
	}
	return nil
}

// successor gives the ID of the published listing that took the place of one that is gone; "" when none did.
func successor(p *problem) string {
	for _, x := range p.Errors {
		if x.Field == "replaced_by" && len(x.Suggestions) > 0 {
			return x.Suggestions[0]
		}
	}
	return ""
}

func (e *edition) sendBroken(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderContentLanguage, e.Code)
	return c.Send(e.broken)
}

// brokenView is the page of an internal error: it names who can be reached without asking anything that may be broken.
type brokenView struct {
	Title, Text string
	Line        string
	Ways        []anchor
	Countries   []countryView
}

// makeBroken draws the page of an internal error while nothing is broken yet. Its strip and its first list are the home
// country's, because nobody can be asked where they are; the emergency numbers are everybody's.
func (e *edition) makeBroken() ([]byte, error) {
	line := e.crisis.fallback(defaultCountry)
	strip := e.stripOf(line)
	v := brokenView{
		Title: e.t("error.internal.title"), Text: e.t("error.internal.text"), Line: strip.Line,
		Countries: e.countries("/emergency/").Countries,
	}
	for _, way := range []*anchor{strip.Call, strip.Text, strip.Chat, strip.Emergency} {
		if way != nil {
			v.Ways = append(v.Ways, *way)
		}
	}
	return draw(e.templates["broken"], "layout", e.frameOf("/", "", sheet{Title: v.Title, NoIndex: true, Body: v}, strip))
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
