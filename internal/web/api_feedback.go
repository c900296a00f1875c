package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
)

func feedbackParams() []param[directory.Feedback] {
	kinds := directory.FeedbackKinds()
	return []param[directory.Feedback]{
		{
			name: "kind", required: true, help: "What you want to tell. The last three are about a listing: its number is dead, nobody answers, it takes no new patients.", schema: oneOf(kinds), example: "error",
			read: func(f *directory.Feedback, s string, bad complaint) { f.Kind = oneValue(s, kinds, bad) },
		},
		{
			name: "message", help: "In your words; needed for error and other. Leave out what tells who you are.", schema: text(directory.MaxFeedback), max: directory.MaxFeedback, example: "The number is out of service.",
			read: func(f *directory.Feedback, s string, _ complaint) { f.Message = strings.TrimSpace(s) },
		},
		{
			name: "listing", help: "The listing it is about. It or page is needed.", schema: &huma.Schema{Type: "string", Format: "uuid"},
			read: func(f *directory.Feedback, s string, bad complaint) {
				id, err := directory.ParseID(s)
				if f.Listing = id; err != nil {
					bad.say("must be a listing's id")
				}
			},
		},
		{
			name: "page", help: "The path of the page it is about. Never its query: that is what you asked.", schema: &huma.Schema{Type: "string", Pattern: `^/[^?#]*$`, MaxLength: ptr(directory.MaxName)}, max: directory.MaxName, example: "/helplines/GB",
			read: func(f *directory.Feedback, s string, bad complaint) {
				if f.Page = s; !strings.HasPrefix(s, "/") || strings.ContainsAny(s, "?#") {
					bad.say("must be the path of a page, without a query")
				}
			},
		},
	}
}

// takeFeedback answers POST /api/v1/feedback.
func (s *Server) takeFeedback(c *fiber.Ctx) error {
	var f directory.Feedback
	if err := posted(s, c, s.wording().tables.feedback, &f); err != nil {
		return err
	}
	if err := s.keepFeedback(c, &f, func() bool { return false }); err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(http.StatusAccepted).JSON(feedbackAnswer{Receipt: f.ID.String(), Message: "Thank you. A person will read this."}, typeJSON)
}

// keepFeedback checks and stores what a visitor told us, by the API or a page, and gives it its ID. Only within the limit
// is it asked whether it is proven: a proof is spent by that, which writes to the store.
func (s *Server) keepFeedback(c *fiber.Ctx, f *directory.Feedback, proven func() bool) error {
	if err := f.Validate(); err != nil {
		return err
	}
	if wait, ok := s.feedback.allow(s.clientOf(c)); !ok {
		return tooMany(c, wait)
	}
	f.Proven = proven()
	f.At = s.now().UTC()
	f.ID = directory.NewID(f.At)
	if err := s.cfg.Feedback.SaveFeedback(c.UserContext(), f); err != nil {
		return fmt.Errorf("keep feedback: %w", err)
	}
	return nil
}
