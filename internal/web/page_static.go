package web

import (
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"carefinder/frontend"
)

// How long browsers may keep what pages load: for ever where the name changes with the content, a day where it stays.
const (
	keepForever = "public, max-age=31536000, immutable"
	keepADay    = "public, max-age=86400"
)

// static adds what pages load, and nothing that isn't named there: no folder is served.
func (s *Server) static(r fiber.Router, b *frontend.Bundle) {
	assets := make(map[string]*asset, len(b.Assets))
	for i := range b.Assets {
		assets[b.Assets[i].Path] = newAsset(&b.Assets[i])
	}
	r.Get("/static/:name", func(c *fiber.Ctx) error {
		a := assets[c.Path()]
		if a == nil {
			return fiber.ErrNotFound
		}
		c.Set(fiber.HeaderCacheControl, keepForever)
		c.Response().Header.Del(fiber.HeaderContentSecurityPolicy) // it holds for pages and workers, and none of these is one
		return a.send(c)
	})
	for _, name := range []string{"icon.svg", "icon-maskable.svg"} {
		a := newAsset(&frontend.Asset{Type: "image/svg+xml", Plain: frontend.Public(name)})
		r.Get("/"+name, func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderCacheControl, keepADay)
			return a.send(c)
		})
	}
	// Browsers that can't read an icon of the page's ask here.
	r.Get("/favicon.ico", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, keepADay)
		return c.Redirect("/icon.svg", fiber.StatusMovedPermanently)
	})
	if b.Worker != nil {
		worker := newAsset(&frontend.Asset{Type: "text/javascript; charset=utf-8", Plain: b.ServiceWorker(b.Style, b.Script, "/icon.svg")})
		r.Get("/sw.js", func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderCacheControl, "no-cache") // else an old release would stay
			return worker.send(c)
		})
	}
}

// asset is a file with its packed forms. Those that the build didn't make are made when first asked for.
type asset struct {
	*frontend.Asset
	brotli, gzip func() []byte
}

func newAsset(f *frontend.Asset) *asset {
	a := &asset{Asset: f, brotli: func() []byte { return f.Brotli }, gzip: func() []byte { return f.Gzip }}
	if f.Brotli == nil && packable([]byte(f.Type)) {
		a.brotli = sync.OnceValue(func() []byte {
			return fasthttp.AppendBrotliBytesLevel(nil, f.Plain, fasthttp.CompressBrotliBestCompression)
		})
		a.gzip = sync.OnceValue(func() []byte { return fasthttp.AppendGzipBytesLevel(nil, f.Plain, fasthttp.CompressBestCompression) })
	}
	return a
}

// send answers with the smallest form the asker can unpack. What says how a page may be shown says nothing of what it
// loads, and would weigh more than the icon.
func (a *asset) send(c *fiber.Ctx) error {
	for _, name := range []string{fiber.HeaderReferrerPolicy, fiber.HeaderPermissionsPolicy, fiber.HeaderXFrameOptions} {
		c.Response().Header.Del(name)
	}
	c.Set(fiber.HeaderContentType, a.Type)
	varyByEncoding(c)
	body := a.Plain
	coding := codingFor(c.Request().Header.Peek(fiber.HeaderAcceptEncoding))
	if packed := a.packed(coding); packed != nil {
		c.Response().Header.SetContentEncoding(coding)
		body = packed
	}
	c.Response().SetBodyRaw(body)
	return nil
}

func (a *asset) packed(coding string) []byte {
	switch coding {
	case "br":
		return a.brotli()
	case "gzip":
		return a.gzip()
	}
	return nil
}

// webManifest tells a browser how to put the site on a home screen.
func (e *edition) webManifest(c *fiber.Ctx) error {
	name := e.t("site.name")
	icon := func(src, purpose string) map[string]string {
		return map[string]string{"src": src, "sizes": "any", "type": "image/svg+xml", "purpose": purpose}
	}
	c.Set(fiber.HeaderCacheControl, keepADay)
	return c.JSON(map[string]any{
		"name": name, "short_name": name, "start_url": "/", "scope": "/", "display": "minimal-ui",
		"background_color": "#ffffff", "theme_color": "#3b1145",
		"icons": []map[string]string{icon("/icon.svg", "any"), icon("/icon-maskable.svg", "maskable")},
	}, "application/manifest+json")
}
