package web

import (
	"bytes"
	"net/http"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Below worthPacking an answer fits one packet anyway. The levels are where the next one costs more than it saves: of a
// search page of 80 kB, brotli leaves 13.2 kB at level 4, 12.4 at 5 in 0.4 ms more, and at 6 only 70 bytes less.
const (
	worthPacking = 1 << 10
	brotliLevel  = 5
	gzipLevel    = 5
)

// pack compresses answers for clients who ask for it.
func (s *Server) pack(c *fiber.Ctx) error {
	if err := c.Next(); err != nil {
		return err
	}
	h := &c.Response().Header
	if !packable(h.ContentType()) || len(h.ContentEncoding()) > 0 || c.Response().IsBodyStream() { // a stream is never whole in memory
		return nil
	}
	varyByEncoding(c)
	body := c.Response().Body()
	if len(body) < worthPacking || c.Response().StatusCode() == http.StatusNotModified {
		return nil
	}
	switch coding := codingFor(c.Request().Header.Peek(fiber.HeaderAcceptEncoding)); coding {
	case "br":
		sendPacked(c, coding, fasthttp.AppendBrotliBytesLevel(nil, body, brotliLevel))
	case "gzip":
		sendPacked(c, coding, fasthttp.AppendGzipBytesLevel(nil, body, gzipLevel))
	}
	return nil
}

// sendPacked answers with packed bytes. An entity tag names one form of a content, so it becomes weak: the content is
// the same, its bytes are not.
func sendPacked(c *fiber.Ctx, coding string, packed []byte) {
	h := &c.Response().Header
	if tag := h.Peek(fiber.HeaderETag); len(tag) > 0 && !bytes.HasPrefix(tag, []byte("W/")) {
		h.Set(fiber.HeaderETag, "W/"+string(tag))
	}
	h.SetContentEncoding(coding)
	c.Response().SetBodyRaw(packed)
}

// varyByEncoding says that the answer depends on what the asker can unpack.
func varyByEncoding(c *fiber.Ctx) {
	h := &c.Response().Header
	if len(h.Peek(fiber.HeaderVary)) == 0 {
		h.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
		return
	}
	c.Vary(fiber.HeaderAcceptEncoding)
}

// packable reports whether a type is text: everything else that is served is packed already.
func packable(contentType []byte) bool {
	kind, _, _ := bytes.Cut(contentType, []byte(";"))
	return bytes.HasPrefix(kind, []byte("text/")) || bytes.HasSuffix(kind, []byte("json")) || bytes.HasSuffix(kind, []byte("xml"))
}

// codingFor chooses among brotli and gzip what the asker accepts; "" is neither.
func codingFor(accept []byte) string {
	coding := ""
	for part := range bytes.SplitSeq(accept, []byte(",")) {
		name, params, _ := bytes.Cut(part, []byte(";"))
		if refused(params) {
			continue
		}
		switch string(bytes.TrimSpace(name)) {
		case "br":
			return "br"
		case "gzip":
			coding = "gzip"
		}
	}
	return coding
}

// refused reports whether the parameters of a coding hold a quality of zero.
func refused(params []byte) bool {
	q, ok := bytes.CutPrefix(bytes.TrimSpace(params), []byte("q="))
	return ok && len(bytes.Trim(q, "0.")) == 0
}
