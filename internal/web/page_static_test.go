package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"carefinder/internal/web"
)

func TestAnswersArePackedForThoseWhoAsk(t *testing.T) {
	s, _ := pagesOf(t, nil)
	path := "/search?place=Boston"
	plain := get(t, s, path)
	if plain.header.Get("Content-Encoding") != "" || plain.header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("nobody asked: %q, Vary %q", plain.header.Get("Content-Encoding"), plain.header.Get("Vary"))
	}
	for accept, want := range map[string]string{
		"br": "br", "gzip, deflate, br;q=0.5": "br", "gzip": "gzip", "br;q=0, gzip": "gzip", "br;q=0.0,gzip;q=0": "", "deflate": "", "brotli": "",
	} {
		r := get(t, s, path, "Accept-Encoding", accept)
		if got := r.header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q gives %q, want %q", accept, got, want)
			continue
		}
		if body := unpack(t, r); !bytes.Equal(body, plain.body) {
			t.Errorf("%q unpacked has %d bytes, want %d", accept, len(body), len(plain.body))
		}
		if want != "" && len(r.body) > len(plain.body)/2 {
			t.Errorf("%q takes %d of %d bytes", accept, len(r.body), len(plain.body))
		}
	}
	if r := get(t, s, "/nowhere", "Accept-Encoding", "br"); r.status != http.StatusNotFound || r.header.Get("Content-Encoding") != "br" {
		t.Errorf("an error's page: %d %q", r.status, r.header.Get("Content-Encoding"))
	}
	if r := get(t, s, "/healthz", "Accept-Encoding", "br"); r.header.Get("Content-Encoding") != "" {
		t.Error("a few bytes are packed")
	}
}

func unpack(t *testing.T, r reply) []byte {
	t.Helper()
	switch r.header.Get("Content-Encoding") {
	case "br":
		b, err := fasthttp.AppendUnbrotliBytes(nil, r.body)
		if err != nil {
			t.Fatal(err)
		}
		return b
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(r.body))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	return r.body
}

func TestPackedFormsHaveWeakTags(t *testing.T) {
	s := server(t, &scripted{})
	for accept, want := range map[string]string{"": `"`, "br": `W/"`} {
		r := get(t, s, "/api/v1/openapi.json", "Accept-Encoding", accept)
		if tag := r.header.Get("ETag"); !strings.HasPrefix(tag, want) {
			t.Errorf("Accept-Encoding %q: tag %s", accept, tag)
		}
		if again := get(t, s, "/api/v1/openapi.json", "Accept-Encoding", accept, "If-None-Match", r.header.Get("ETag")); again.status != http.StatusNotModified || len(again.body) > 0 {
			t.Errorf("asked again with its own tag: %d", again.status)
		}
	}
}

// TestOnlyNamedFilesAreServed holds that no folder can be read through the server.
func TestOnlyNamedFilesAreServed(t *testing.T) {
	s, _ := pagesOf(t, nil)
	sheet := attr(one(t, read(t, s, "/", 200), "link[rel=stylesheet]"), "href")
	for path, want := range map[string]int{
		sheet: 200, "/icon.svg": 200, "/icon-maskable.svg": 200, "/manifest.webmanifest": 200, "/favicon.ico": 301,
		"/static/": 404, "/static/manifest.json": 404, "/static/.gitignore": 404, "/static/..%2fstyles%2fsite.css": 404, sheet + ".br": 404,
	} {
		if r := get(t, s, path); r.status != want {
			t.Errorf("%s: %d, want %d", path, r.status, want)
		}
	}
	r := get(t, s, sheet, "Accept-Encoding", "br")
	if css := unpack(t, r); r.header.Get("Content-Encoding") != "br" || len(r.body) > len(css)/3 || !strings.Contains(string(css), "@layer") {
		t.Errorf("the style sheet comes as %q of %d bytes, for %d", r.header.Get("Content-Encoding"), len(r.body), len(css))
	}
}

func TestWebManifest(t *testing.T) {
	s, _ := pagesOf(t, nil)
	r := get(t, s, "/manifest.webmanifest")
	var m struct {
		Name  string
		Start string `json:"start_url"`
		Icons []struct{ Src, Type, Purpose string }
	}
	if err := json.Unmarshal(r.body, &m); err != nil || m.Name != "Carefinder" || m.Start != "/" || len(m.Icons) != 2 {
		t.Fatalf("%v: %s", err, r.body)
	}
	if kind := r.header.Get("Content-Type"); kind != "application/manifest+json" {
		t.Errorf("content type %q", kind)
	}
	for _, i := range m.Icons {
		if icon := get(t, s, i.Src); icon.status != 200 || icon.header.Get("Content-Type") != i.Type {
			t.Errorf("%s: %d %s", i.Src, icon.status, icon.header.Get("Content-Type"))
		}
	}
}

// TestServiceWorkerIsFresh needs the bundle: without it there is no worker and no page asks for one.
func TestServiceWorkerIsFresh(t *testing.T) {
	s, _ := pagesOf(t, nil)
	scripts := pick(read(t, s, "/", 200), "script[src]")
	r := get(t, s, "/sw.js")
	if len(scripts) == 0 {
		if r.status != http.StatusNotFound || os.Getenv("REQUIRE_BUNDLE") != "" {
			t.Errorf("no script, and /sw.js is %d: run make frontend", r.status)
		}
		return
	}
	if r.status != 200 || r.header.Get("Cache-Control") != "no-cache" || !strings.HasPrefix(string(r.body), "self.shell=") {
		t.Errorf("/sw.js: %d %q %.80s", r.status, r.header.Get("Cache-Control"), r.body)
	}
	if attr(scripts[0], "type") != "module" {
		t.Error("the script holds up the page")
	}
}

func BenchmarkPackedPage(b *testing.B) {
	server, _ := pagesOf(b, nil)
	for _, coding := range []string{"", "br", "gzip"} {
		b.Run("coding="+coding, func(b *testing.B) { packedPage(b, server, coding) })
	}
}

func packedPage(b *testing.B, server *web.Server, coding string) {
	handle := server.Handler()
	var ctx fasthttp.RequestCtx
	for b.Loop() {
		ctx.Request.Reset()
		ctx.Response.Reset()
		ctx.Request.SetRequestURI("/search?place=Boston&treatment=ect")
		ctx.Request.Header.Set("Accept-Encoding", coding)
		handle(&ctx)
		if ctx.Response.StatusCode() != 200 {
			b.Fatal(ctx.Response.StatusCode())
		}
	}
	b.ReportMetric(float64(len(ctx.Response.Body())), "bytes")
}
