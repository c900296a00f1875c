package web

import (
	"encoding/xml"
	"strings"

	"github.com/gofiber/fiber/v2"

	"carefinder/frontend"
)

// unlisted are the paths search engines are asked to leave alone: what people asked, and what is no page to land on.
var unlisted = []string{"/search?", "/search/", "/feedback", "/claim/", "/leave", "/desk"}

// robots tells crawlers what to leave alone, and where the sitemap is.
func (s *Server) robots(c *fiber.Ctx) error {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for _, l := range frontend.Languages() {
		for _, path := range unlisted {
			b.WriteString("Disallow: " + l.Prefix + path + "\n")
		}
	}
	b.WriteString("Disallow: /api/v1/\n")
	if base := s.base(c); base != "" {
		b.WriteString("\nSitemap: " + base + "/sitemap.xml\n")
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	c.Set(fiber.HeaderCacheControl, s.keepAddress())
	return sendTagged(c, []byte(b.String()))
}

// openSearch describes the search to browsers, so that a person can add it to theirs. The template holds the words in
// the address, as any search a browser sends does.
func (e *edition) openSearch(c *fiber.Ctx) error {
	type address struct {
		Type     string `xml:"type,attr"`
		Template string `xml:"template,attr"`
	}
	if e.base(c) == "" {
		return fiber.ErrNotFound // a description without an address describes nothing
	}
	b, err := xml.MarshalIndent(struct {
		XMLName       xml.Name `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
		ShortName     string
		Description   string
		InputEncoding string
		Language      string
		URL           address `xml:"Url"`
	}{
		ShortName: e.t("site.name"), Description: e.t("home.title"), InputEncoding: "UTF-8", Language: e.Code,
		URL: address{Type: "text/html", Template: e.absolute(c, e.url("/search")) + "?q={searchTerms}"},
	}, "", "  ")
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/opensearchdescription+xml; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	return sendTagged(c, append([]byte(xml.Header), b...))
}
