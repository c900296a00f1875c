package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/gofiber/fiber/v2"
)

// sendTagged answers with body, or with nothing when the asker has it at hand. The tag is weak: what is sent may be
// compressed on the way.
func sendTagged(c *fiber.Ctx, body []byte) error {
	if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead || c.Response().StatusCode() != http.StatusOK {
		return c.Send(body)
	}
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	c.Set(fiber.HeaderETag, "W/"+tag)
	if matches(c.Get(fiber.HeaderIfNoneMatch), tag) {
		return c.SendStatus(http.StatusNotModified)
	}
	return c.Send(body)
}
