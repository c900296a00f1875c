package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"regexp"

	"github.com/gofiber/fiber/v2"

	"carefinder/frontend"
)

// edition is the pages in one language.
type edition struct {
	*Server
	*phrases
	shared    *template.Template // what pages share
	templates map[string]*template.Template
	broken    []byte // the page of an internal error, made at the start
}

// pages adds the HTML pages to r, each once for every language, and what they load.
func (s *Server) pages(r fiber.Router) error {
	bundle, err := frontend.Load()
	if err != nil {
		return err
	}
	s.static(r, bundle)
	r.Get("/robots.txt", s.robots)
	r.Get("/sitemap.xml", s.sitemap)
	r.Get("/sitemap/:file.xml", s.sitemapFile)
	s.onMap("/", "/helplines", "/emergency")
	for _, x := range s.cfg.Emergency.All() {
		s.onMap("/emergency/" + x.Country)
	}
	s.onMap("/guide")
	for _, t := range s.cfg.Guide.Topics(frontend.Languages()[0].Code) {
		s.onMap("/guide/" + t.Slug)
	}
	s.onMap(texts...)
	s.deskStyle, s.deskScript = bundle.DeskStyle, bundle.DeskScript
	for _, l := range frontend.Languages() {
		e, err := s.newEdition(l, bundle)
		if err != nil {
			return fmt.Errorf("pages in %s: %w", l.Name, err)
		}
		e.mount(r)
		s.editions = append(s.editions, e)
	}
	r.Get("/manifest.webmanifest", s.editions[0].webManifest)
	s.errorPage = func(c *fiber.Ctx, p *problem) error { return editionOf(s.editions, c.Path()).showError(c, p) }
	return nil
}

func (e *edition) mount(r fiber.Router) {
	get := func(path string, h fiber.Handler) { r.Get(e.url(path), h) }
	get("/", e.home)
	get("/search", e.search)
	get("/search/results", e.searchResults)
	r.Post(e.url("/search"), e.searchPrivately)
	get("/map/words", e.mapWords)
	get("/map/points", e.mapPoints)
	r.Post(e.url("/map/points"), e.mapPoints)
	get("/listings/:id", e.listing)
	get("/listings/:id/contact.vcf", e.card)
	get("/helplines", e.helplines)
	get("/helplines/:country", e.countryLines)
	get("/emergency", e.emergency)
	get("/guide", e.guide)
	get("/guide/:topic", e.topic)
	get("/emergency/:country", e.numbers)
	for _, path := range texts {
		get(path, e.text(path))
	}
	get("/leave", e.leave)
	get("/opensearch.xml", e.openSearch)
	get("/feedback/thanks", e.thanks)
	get("/feedback", e.feedbackForm)
	r.Post(e.url("/feedback"), e.sendFeedback)
	get("/claim/:id", e.claimForm)
	r.Post(e.url("/claim/:id"), e.sendClaim)
	get("/claim/:id/:claim", e.claimState)
	r.Post(e.url("/claim/:id/:claim"), e.proveClaim)
	r.Post(e.url("/claim/:id/:claim/again"), e.codeAgain)
}

// pageNames are the files of templates/pages.
var pageNames = []string{"home", "search", "listing", "helplines", "country", "emergency", "numbers", "guide", "topic", "data", "editorial", "privacy", "safety", "accessibility", "feedback", "thanks", "claim", "claim-state", "error", "broken"}

func (s *Server) newEdition(l frontend.Language, b *frontend.Bundle) (*edition, error) {
	p, err := newPhrases(l)
	if err != nil {
		return nil, err
	}
	e := &edition{Server: s, phrases: p}
	e.shared = template.New("").Funcs(template.FuncMap{
		"t": p.t, "url": p.url, "lang": func() string { return p.Code }, "stylesheet": func() string { return b.Style }, "script": func() string { return b.Script },
	})
	if err := addTemplates(e.shared, "*.html"); err != nil { // what pages share; each page of its own is below
		return nil, err
	}
	if e.templates, err = e.pagesOf("pages", pageNames); err != nil {
		return nil, err
	}
	e.broken, err = e.makeBroken()
	return e, err
}

// pagesOf reads the templates of a folder, each a page.
func (e *edition) pagesOf(folder string, names []string) (map[string]*template.Template, error) {
	all := map[string]*template.Template{}
	for _, name := range names {
		t, err := e.shared.Clone()
		if err != nil {
			return nil, err
		}
		if err := addTemplates(t, folder+"/"+name+".html"); err != nil {
			return nil, err
		}
		all[name] = t
	}
	return all, nil
}

// indentation is for who writes a template: readers pay for it on a slow line.
var indentation = regexp.MustCompile(`\n[ \t]+`)

// addTemplates parses the files that match pattern into t.
func addTemplates(t *template.Template, pattern string) error {
	names, err := fs.Glob(frontend.Templates(), pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(frontend.Templates(), name)
		if err != nil {
			return err
		}
		if _, err := t.New(name).Parse(indentation.ReplaceAllString(string(text), "\n")); err != nil {
			return err
		}
	}
	return nil
}

// render answers with a page. It sets no status: the handler has, where it isn't 200.
func (e *edition) render(c *fiber.Ctx, name string, s sheet) error {
	return e.renderWith(c, e.templates[name], s)
}

// renderWith answers with a page of these templates.
func (e *edition) renderWith(c *fiber.Ctx, page *template.Template, s sheet) error {
	if err := e.send(c, page, "layout", e.frame(c, s)); err != nil {
		return err
	}
	if s.Private {
		c.Set(fiber.HeaderCacheControl, "no-store")
	}
	return nil
}

// renderPart answers with one template of a page.
func (e *edition) renderPart(c *fiber.Ctx, name, part string, view any) error {
	return e.send(c, e.templates[name], part, view)
}

func (e *edition) send(c *fiber.Ctx, page *template.Template, part string, view any) error {
	body, err := draw(page, part, view)
	if err != nil {
		return fmt.Errorf("page %s: %w", c.Route().Path, err)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderContentLanguage, e.Code)
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	return sendTagged(c, body)
}

func draw(page *template.Template, part string, view any) ([]byte, error) {
	var b bytes.Buffer
	err := page.ExecuteTemplate(&b, part, view)
	return b.Bytes(), err
}

// versions links the page in every language, with the same question.
func (e *edition) versions(path, query string) []version {
	var all []version
	for i, l := range frontend.Languages() {
		other := phrases{Language: l}
		u := url.URL{Path: other.url(path), RawQuery: query}
		all = append(all, version{Code: l.Code, Name: l.Name, URL: u.String(), Other: l.Code != e.Code, Default: i == 0})
	}
	return all
}
