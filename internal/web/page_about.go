package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// texts are the pages that say how this site works, by their paths.
var texts = []string{"/about/data", "/about/editorial", "/privacy", "/safety", "/accessibility"}

// textView is all a page of text shows beside its text.
type textView struct{ Attribution, FeedbackURL, HelplinesURL string }

// text answers with the page of a text. The last part of its path names the template, the whole path its messages.
func (e *edition) text(path string) fiber.Handler {
	name, messages := path[strings.LastIndexByte(path, '/')+1:], strings.ReplaceAll(path[1:], "/", ".")
	feedback := e.url("/feedback") + "?" + url.Values{"kind": {"error"}, "page": {path}}.Encode()
	return func(c *fiber.Ctx) error {
		return e.render(c, name, sheet{Title: e.t(messages + ".title"), Description: e.t(messages + ".lead"), Body: textView{
			Attribution: e.cfg.Attribution, FeedbackURL: feedback, HelplinesURL: e.url("/helplines/" + e.countryOf(c)),
		}})
	}
}
