package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"carefinder/frontend"
	"carefinder/internal/directory"
)

// Roll lists what is published and real, for the sitemap. The store is one.
type Roll interface {
	// CountReal says how many listings there are.
	CountReal(ctx context.Context) (int, error)
	// Roll gives the ID and the last change of at most max of them, by ID, behind the ID after, the first skip left out.
	Roll(ctx context.Context, after directory.ID, skip, max int) ([]directory.Change, error)
}

// A sitemap of a million listings is 41 files. Each is some 20 MB when unpacked, so none is ever whole in memory: it is
// written while the store is read in steps, and costs one search by ID a step.
const (
	maxURLs  = 50_000 // in one file, by the protocol
	rollStep = 1_000  // listings read at a time
)

// listingsPerFile are as many as fit with their page in every language.
func listingsPerFile() int { return maxURLs / len(frontend.Languages()) }

// onMap adds pages to the sitemap, as the paths they have without a language. It is for the time the server is made.
func (s *Server) onMap(paths ...string) { s.mapped = append(s.mapped, paths...) }

// pagesOnMap lists the pages that are no listings.
func (s *Server) pagesOnMap(ctx context.Context) []string {
	pages := slices.Clip(s.mapped)
	lines := s.withLines(ctx)
	for _, x := range s.cfg.Emergency.All() {
		if lines[x.Country] {
			pages = append(pages, "/helplines/"+x.Country)
		}
	}
	return pages
}

// sitemap lists all pages, or the files that do where they are more than fit in one.
func (s *Server) sitemap(c *fiber.Ctx) error {
	n, err := s.countReal(c.UserContext())
	if err != nil {
		return err
	}
	if pages := s.pagesOnMap(c.UserContext()); (len(pages)+n)*len(frontend.Languages()) <= maxURLs {
		return s.sendMap(c, pages, 0)
	}
	base := s.base(c)
	if base == "" {
		return fiber.ErrNotFound
	}
	var b bytes.Buffer
	w := mapWriter{bufio.NewWriter(&b)}
	w.begin("sitemapindex")
	for i := range 1 + (n+listingsPerFile()-1)/listingsPerFile() {
		w.WriteString("<sitemap>")
		w.element("loc", base+"/sitemap/"+strconv.Itoa(i)+".xml")
		w.WriteString("</sitemap>\n")
	}
	w.end("sitemapindex")
	if err := w.Flush(); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationXMLCharsetUTF8)
	c.Set(fiber.HeaderCacheControl, s.keepAddress())
	return sendTagged(c, b.Bytes())
}

func (s *Server) countReal(ctx context.Context) (int, error) {
	if s.cfg.Roll == nil {
		return 0, nil
	}
	return s.cfg.Roll.CountReal(ctx)
}

// sitemapFile answers with one of the files the index names: 0 has the pages that are no listings, the others theirs.
func (s *Server) sitemapFile(c *fiber.Ctx) error {
	i, err := strconv.Atoi(c.Params("file"))
	if err != nil || i < 0 || i > 0 && s.cfg.Roll == nil {
		return fiber.ErrNotFound
	}
	if i == 0 {
		return s.sendMap(c, s.pagesOnMap(c.UserContext()), -1)
	}
	n, err := s.countReal(c.UserContext())
	if err != nil {
		return err
	}
	if i > (n+listingsPerFile()-1)/listingsPerFile() { // before any row is walked over
		return fiber.ErrNotFound
	}
	return s.sendMap(c, nil, (i-1)*listingsPerFile())
}

// sendMap writes one file: the pages, then the listings behind the first skip; none of them when skip is below 0. The
// first step is read before the answer begins, so that a store which can't be read is an error and not half a file.
func (s *Server) sendMap(c *fiber.Ctx, pages []string, skip int) error {
	base := s.base(c)
	if base == "" {
		return fiber.ErrNotFound // a sitemap without whole addresses is none
	}
	var first []directory.Change
	if skip >= 0 && s.cfg.Roll != nil {
		var err error
		if first, err = s.cfg.Roll.Roll(c.UserContext(), directory.ID{}, skip, rollStep); err != nil {
			return err
		}
	}
	if len(pages) == 0 && len(first) == 0 {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationXMLCharsetUTF8)
	c.Set(fiber.HeaderCacheControl, s.keepAddress())
	c.Context().SetBodyStreamWriter(func(out *bufio.Writer) {
		ctx, cancel := context.WithTimeout(context.Background(), writeTimeout) // the request's ends with its handler
		defer cancel()
		w := mapWriter{out}
		w.begin("urlset")
		for _, path := range pages {
			w.page(base, path, time.Time{})
		}
		if w.listings(ctx, base, first, s.cfg.Roll) {
			w.end("urlset")
		}
	})
	return nil
}

// mapWriter writes a sitemap. Whether the reader is still there is said by Flush.
type mapWriter struct{ *bufio.Writer }

func (w mapWriter) begin(root string) {
	w.WriteString(xml.Header + "<" + root + ` xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">` + "\n")
}

func (w mapWriter) end(root string) { w.WriteString("</" + root + ">\n") }

func (w mapWriter) element(name, text string) {
	w.WriteString("<" + name + ">")
	_ = xml.EscapeText(w, []byte(text))
	w.WriteString("</" + name + ">")
}

// page writes a page in every language, each with links to all.
func (w mapWriter) page(base, path string, changed time.Time) {
	var links bytes.Buffer
	var addresses []string
	for _, l := range frontend.Languages() {
		at := base + (&url.URL{Path: (&phrases{Language: l}).url(path)}).EscapedPath()
		addresses = append(addresses, at)
		links.WriteString(`<xhtml:link rel="alternate" hreflang="` + l.Code + `" href="`)
		_ = xml.EscapeText(&links, []byte(at))
		links.WriteString(`"/>`)
	}
	for _, at := range addresses {
		w.WriteString("<url>")
		w.element("loc", at)
		if !changed.IsZero() {
			w.element("lastmod", changed.UTC().Format(time.RFC3339))
		}
		_, _ = w.Write(links.Bytes())
		w.WriteString("</url>\n")
	}
}

// listings writes listings from the step read first on, until the file is full or all are written. It gives false when
// it stopped before, for a store that failed or a reader who left: the file then has no end, and can't pass for whole.
func (w mapWriter) listings(ctx context.Context, base string, step []directory.Change, roll Roll) bool {
	for room := listingsPerFile(); len(step) > 0; {
		for _, x := range step[:min(len(step), room)] {
			w.page(base, "/listings/"+x.ID.String(), x.At)
		}
		room -= len(step)
		if w.Flush() != nil {
			return false
		}
		if len(step) < rollStep || room <= 0 {
			return true
		}
		var err error
		if step, err = roll.Roll(ctx, step[len(step)-1].ID, 0, rollStep); err != nil {
			return false
		}
	}
	return true
}
