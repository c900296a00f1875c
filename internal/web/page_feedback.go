package web

import (
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// feedbackView is the form to tell us something.
type feedbackView struct {
	Errors                  []pageError
	About                   string
	Kinds                   []option
	Message, Page, Listing  string
	KindError, MessageError string
	Challenge               string // that one browser works for; "" where none has to
	Bits                    int
}

// feedbackForm shows the form, about the page or listing the address names.
func (e *edition) feedbackForm(c *fiber.Ctx) error {
	f := directory.Feedback{Page: pathOf(c.Query("page"))}
	if id, err := directory.ParseID(c.Query("listing")); err == nil {
		f.Listing = id
	}
	if kind := directory.FeedbackKind(c.Query("kind")); slices.Contains(feedbackKinds(f.Listing), kind) {
		f.Kind = kind
	}
	return e.showFeedback(c, f, nil)
}

// pathOf gives an address without its query, which is what somebody asked and never kept.
func pathOf(address string) string {
	path, _, _ := strings.Cut(address, "?")
	return strings.ToValidUTF8(path, "")
}

// feedbackKinds are what can be said of a listing, or with the zero ID of a page.
func feedbackKinds(listing directory.ID) []directory.FeedbackKind {
	return slices.DeleteFunc(directory.FeedbackKinds(), func(k directory.FeedbackKind) bool {
		return listing.IsZero() && slices.Contains(directory.DeadLines(), k)
	})
}

// sendFeedback keeps what was sent. A machine that filled the field nobody sees is thanked, and nothing is kept.
func (e *edition) sendFeedback(c *fiber.Ctx) error {
	if err := uncompressed(c); err != nil {
		return err
	}
	f := directory.Feedback{
		Page: pathOf(strings.TrimSpace(c.FormValue("page"))), Kind: directory.FeedbackKind(c.FormValue("kind")),
		Message: strings.TrimSpace(strings.ReplaceAll(c.FormValue("message"), "\r\n", "\n")),
	}
	if id, err := directory.ParseID(c.FormValue("listing")); err == nil {
		f.Listing = id
	}
	if f.Listing.IsZero() && f.Page == "" {
		f.Page = "/feedback"
	}
	if err := f.Validate(); err != nil {
		return e.showFeedback(c, f, err)
	}
	if c.FormValue("website") == "" {
		if err := e.keepFeedback(c, &f, func() bool { return e.proven(c) }); err != nil {
			return err
		}
	}
	return c.Redirect(e.url("/feedback/thanks"), fiber.StatusSeeOther)
}

// proven reports whether a browser worked for the message. When nobody can tell, it didn't: the message is kept either
// way.
func (e *edition) proven(c *fiber.Ctx) bool {
	if e.cfg.Proofs == nil {
		return false
	}
	yes, err := e.cfg.Proofs.Proven(c.UserContext(), c.FormValue("challenge"), c.FormValue("counter"))
	if err != nil {
		e.cfg.Log.Warn("proof of work not checked", "error", err)
	}
	return yes && err == nil
}

func (e *edition) showFeedback(c *fiber.Ctx, f directory.Feedback, wrong error) error {
	v := feedbackView{Message: strings.ToValidUTF8(f.Message, "\uFFFD"), Page: f.Page}
	if e.cfg.Proofs != nil {
		v.Challenge, v.Bits = e.cfg.Proofs.Challenge(), work.ProofBits
	}
	if !f.Listing.IsZero() {
		v.Listing = f.Listing.String()
		v.About = e.aboutListing(c, f.Listing)
	}
	for _, k := range feedbackKinds(f.Listing) {
		v.Kinds = append(v.Kinds, option{Value: string(k), Label: e.t("feedback.kind." + string(k)), Chosen: k == f.Kind})
	}
	title := e.t("feedback.title")
	var bad *fault.Error
	if errors.As(wrong, &bad) {
		title = e.t("errors.title-prefix", "Title", title)
		v.mark(e.phrases, bad)
		c.Status(statuses[bad.Kind])
	}
	return e.render(c, "feedback", sheet{Title: title, NoIndex: true, Private: v.Challenge != "", About: f.Listing, Body: v})
}

// aboutListing names the listing a message is about. One that can't be read can still be written about.
func (e *edition) aboutListing(c *fiber.Ctx, id directory.ID) string {
	l, err := e.cfg.Searcher.Listing(c.UserContext(), id)
	if err != nil {
		return e.t("feedback.about.listing")
	}
	return e.t("feedback.about.name", "Name", l.Name)
}

// mark words what is wrong beside the fields and in the summary.
func (v *feedbackView) mark(p *phrases, bad *fault.Error) {
	for _, x := range bad.Fields {
		switch x.Name {
		case "kind":
			v.KindError = p.t("errors.feedback.kind")
			v.Errors = append(v.Errors, pageError{Field: x.Name, URL: "#kind", Message: v.KindError})
		case "message":
			v.MessageError = p.t("errors.feedback.message")
			v.Errors = append(v.Errors, pageError{Field: x.Name, URL: "#message", Message: v.MessageError})
		default:
			v.Errors = append(v.Errors, pageError{Field: x.Name, Message: p.t("errors.unknown")})
		}
	}
}

func (e *edition) thanks(c *fiber.Ctx) error {
	return e.render(c, "thanks", sheet{Title: e.t("thanks.title"), NoIndex: true})
}
