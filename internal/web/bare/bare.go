// Package bare is the least a Fiber server can do: it returns bytes it was given. It is the yardstick carefinder bench
// holds a whole API answer against, and stands below web because only web imports Fiber.
package bare

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Serve answers GET /0, /1, … with the bodies, as JSON, until ctx ends. It closes ln.
func Serve(ctx context.Context, ln net.Listener, bodies [][]byte) error {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/:i", func(c *fiber.Ctx) error {
		i, err := c.ParamsInt("i")
		if err != nil || i < 0 || i >= len(bodies) {
			return fiber.ErrNotFound
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(bodies[i])
	})
	done := make(chan error, 1)
	go func() { done <- app.Listener(ln) }()
	select {
	case err := <-done:
		return fmt.Errorf("bare: %w", err)
	case <-ctx.Done():
	}
	if err := app.ShutdownWithTimeout(time.Second); err != nil {
		return fmt.Errorf("bare: %w", err)
	}
	return <-done
}
