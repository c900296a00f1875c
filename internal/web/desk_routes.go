package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

// editRoutes are what can be done with listings: propose, review, look back, verify.
func editRoutes() []DeskRoute {
	const get, post = http.MethodGet, http.MethodPost
	return []DeskRoute{
		{get, "/proposals", auth.Read, "state page", (*visit).proposals},
		{post, "/proposals", auth.Draft, "", (*visit).propose},
		{get, "/proposals/:id", auth.Read, "", (*visit).proposal},
		{post, "/proposals/:id", auth.Draft, "*", (*visit).saveDraft},
		{get, "/proposals/:id/edit", auth.Draft, "", (*visit).edit},
		{get, "/proposals/:id/preview", auth.Read, "", (*visit).preview},
		{post, "/proposals/:id/preview", auth.Draft, "*", (*visit).previewTyped},
		{post, "/proposals/:id/locate", auth.Draft, "address reach", (*visit).locate},
		{post, "/proposals/:id/merge", auth.Draft, "*", (*visit).mergeDraft},
		{get, "/proposals/:id/settle", auth.Edit, "", (*visit).settle},
		{post, "/proposals/:id/settle", auth.Edit, "*", (*visit).rebase},
		{post, "/proposals/:id/submit", auth.Edit, "version", (*visit).submit},
		{post, "/proposals/:id/approve", auth.Publish, "version seen", (*visit).approve},
		{post, "/proposals/:id/send-back", auth.Review, "version comment", (*visit).sendBack},
		{post, "/proposals/:id/drop", auth.Edit, "version comment", (*visit).drop},
		{post, "/proposals/:id/comments", auth.Edit, "version comment", (*visit).comment},

		{post, "/listings/:id/propose", auth.Edit, "", (*visit).propose},
		{get, "/listings/:id/history", auth.Read, "page", (*visit).history},
		{post, "/listings/:id/restore", auth.Publish, "revision base note", (*visit).restore},
		{get, "/listings/:id/call", auth.Verify, "", (*visit).call},
		{post, "/listings/:id/call", auth.Verify, "*", (*visit).recordCall},
	}
}

// unsavedView gives back what was sent while nothing could be kept.
type unsavedView struct {
	Action string
	Fields []field
}

// unsaved answers a long form that could not be kept, because the store is locked or down, with all that was typed and
// a button to send it again.
func (v *visit) unsaved(r *DeskRoute, err error) error {
	if r.Method != http.MethodPost || r.Takes != "*" || !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Canceled) || v.readForm(r) != nil {
		return err
	}
	v.server.logFailure(v.c, err)
	view := unsavedView{Action: (&url.URL{Path: v.c.Path()}).EscapedPath()}
	for name, values := range v.sent {
		for _, value := range values {
			view.Fields = append(view.Fields, field{name, strings.ToValidUTF8(value, "\uFFFD")})
		}
	}
	slices.SortFunc(view.Fields, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return v.show(reply{page: "unsaved", title: "desk.unsaved.title", view: view, status: http.StatusServiceUnavailable}, nil)
}

// faultFields gives the fields of a fault; none of anything else.
func faultFields(err error) []fault.Field {
	var bad *fault.Error
	if !errors.As(err, &bad) {
		return nil
	}
	return bad.Fields
}

// flatObject reads a JSON object of texts, which may be left out.
func flatObject(text string) (map[string]string, error) {
	all := map[string]string{}
	if text == "" {
		return all, nil
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fault.Wrap(fault.Invalid, "This must be an object of texts.", err)
	}
	return all, nil
}
