package web

import "github.com/gofiber/fiber/v2"

// exitURL is where leaving leads: somewhere anyone may be seen reading, the same for everybody.
const exitURL = "https://www.wikipedia.org/"

// leave sends a person away at once, and has the browser drop what the site stored in it. The address left from is not
// told, and the way there is not kept: but what the browser itself remembers, only the person can clear.
func (e *edition) leave(c *fiber.Ctx) error {
	c.Set("Clear-Site-Data", `"storage"`)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	return c.Redirect(exitURL, fiber.StatusSeeOther)
}
