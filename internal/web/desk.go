package web

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/fault"
)

// Desk is what the desk works with, beside what the pages have. Only its handlers get hold of it, so that those of the
// public can't write, by type.
type Desk struct {
	Guard      *auth.Guard // required, as are Editing, Verifying and Vocabulary
	Editing    *work.Editing
	Verifying  *work.Verifying
	Vocabulary *work.Vocabulary
	Provider   Provider // where people may sign in too; nil is nowhere
	Work       Work
}

// desk serves the pages under /desk and the same actions under /api/v1/desk.
type desk struct {
	Desk
	server    *Server
	style     string
	script    string
	templates map[*edition]map[string]*template.Template
}

// DeskRoute is one thing that can be done at the desk. It is a page at Path below /desk, in every language, and the
// same for programs below /api/v1/desk.
type DeskRoute struct {
	Method, Path string
	// Needs is the permission it takes; "" lets in whoever comes.
	Needs auth.Permission
	// Takes names the fields it reads, of a form or a JSON object, with spaces between; "*" is any, takesFile a file.
	Takes  string
	handle func(*visit) (reply, error)
}

// DeskRoutes is the table of everything at the desk. Nothing else is served there, and a test walks all of it for every
// role.
func DeskRoutes() []DeskRoute {
	const get, post = http.MethodGet, http.MethodPost
	return append([]DeskRoute{
		{get, "", auth.Read, "", (*visit).home},
		{get, "/sign-in", "", "to", (*visit).signInForm},
		{post, "/sign-in", "", "login password code to kept kept_to", (*visit).signIn},
		{get, "/sign-in/provider", "", "to", (*visit).toProvider},
		{get, "/sign-in/provider/return", "", "*", (*visit).fromProvider},
		{post, "/sign-in/passkey/challenge", "", "to kept kept_to", (*visit).askPasskey},
		{post, "/sign-in/passkey", "", "credential to kept kept_to", (*visit).signInByPasskey},
		{post, "/sign-in/again", auth.Self, "kept kept_to", (*visit).giveBack},
		{post, "/sign-out", "", "", (*visit).signOut},
		{get, "/sign-up", "", "code", (*visit).signUpForm},
		{post, "/sign-up", "", "link password secret code", (*visit).signUp},

		{get, "/account", auth.Self, "", (*visit).account},
		{post, "/account/password", auth.Self, "password code new_password", (*visit).changePassword},
		{post, "/account/codes", auth.Self, "password code secret new_code", (*visit).changeCodes},
		{post, "/account/recovery", auth.Self, "password code", (*visit).newRecovery},
		{post, "/account/passkeys/challenge", auth.Self, "password code passkey_name", (*visit).beginPasskey},
		{post, "/account/passkeys", auth.Self, "credential", (*visit).addPasskey},
		{post, "/account/passkeys/:id/remove", auth.Self, "", (*visit).removePasskey},
		{post, "/account/sessions/:id/end", auth.Self, "", (*visit).endSession},
		{post, "/account/sign-out-everywhere", auth.Self, "", (*visit).signOutEverywhere},

		{get, "/people", auth.Oversee, "", (*visit).people},
		{post, "/people", auth.People, "login name role", (*visit).invite},
		{post, "/people/:id/role", auth.People, "role", (*visit).setRole},
		{post, "/people/:id/disable", auth.People, "", (*visit).disable},
		{post, "/people/:id/enable", auth.People, "", (*visit).enable},
		{post, "/people/:id/reset", auth.People, "", (*visit).reset},

		{get, "/keys", auth.Oversee, "", (*visit).keys},
		{post, "/keys", auth.APIKeys, "id key_name scopes days", (*visit).makeKey},
		{post, "/keys/:id/revoke", auth.APIKeys, "", (*visit).revokeKey},

		{get, "/audit", auth.Oversee, "before action subject actor", (*visit).audit},
	}, slices.Concat(editRoutes(), workRoutes(), vocabularyRoutes())...)
}

// deskMenu is the menu of the desk: what a curator may not see isn't in it.
var deskMenu = []struct {
	path, label string
	needs       auth.Permission
}{
	{"", "desk.menu.home", auth.Read},
	{"/dashboard", "desk.menu.dashboard", auth.Read},
	{"/queues", "desk.menu.queues", auth.Read},
	{"/proposals", "desk.menu.proposals", auth.Read},
	{"/bulk", "desk.menu.bulk", auth.Read},
	{"/imports", "desk.menu.imports", auth.Edit},
	{"/vocabulary", "desk.menu.vocabulary", auth.Read},
	{"/people", "desk.menu.people", auth.Oversee},
	{"/keys", "desk.menu.keys", auth.Oversee},
	{"/audit", "desk.menu.audit", auth.Oversee},
	{"/account", "desk.menu.account", auth.Self},
}

// deskPages are the files of templates/desk.
var deskPages = []string{"home", "sign-in", "sign-up", "again", "recovery", "passkey", "account", "people", "link", "keys", "key", "audit", "proposals", "edit", "preview", "locate", "review", "merge", "history", "call", "unsaved", "queues", "queue", "duplicate", "merger", "report", "claim", "bulks", "bulk", "choose", "conflict", "imports", "import", "vocabulary", "term", "dashboard"}

// OpenDesk adds the desk to a server. It comes after New and before the first request.
func (s *Server) OpenDesk(parts Desk) error {
	if parts.Guard == nil || parts.Editing == nil || parts.Verifying == nil || parts.Vocabulary == nil || !parts.Work.complete() {
		return errors.New("web: a part of the desk is missing")
	}
	d := &desk{Desk: parts, server: s, style: s.deskStyle, script: s.deskScript, templates: map[*edition]map[string]*template.Template{}}
	for _, e := range s.editions {
		pages, err := e.pagesOf("desk", deskPages)
		if err != nil {
			return err
		}
		d.templates[e] = pages
	}
	routes := DeskRoutes()
	for i := range routes {
		r := &routes[i]
		add := s.app.Post
		if r.Method == http.MethodGet {
			add = s.app.Get // and HEAD
		}
		for _, e := range s.editions {
			add(e.url("/desk"+r.Path), d.answerPerson(e, r))
		}
		add("/api/v1/desk"+r.Path, d.answerProgram(s.editions[0], r))
	}
	return nil
}

// reply is what a handler of the desk answers, for a person and for a program. A reply given together with an error is
// the page with the form again, with what was typed.
type reply struct {
	page  string // a template of templates/desk
	title string // name of the message
	at    string // path below /desk of a page that shows the same; "" is the request's own
	view  any
	sent  *deskForm // that was sent, to say in it what is wrong
	// errors are what is wrong, where the page has no deskForm.
	errors []pageError
	to     string // path below /desk where a person is sent instead of a page
	leave  string // the same, as a whole address

	file *download // instead of a page, and of JSON

	json   any // for a program; nil is no content
	status int // 0 is 200, or 204 without json
}

// answerPerson serves a route as a page.
func (d *desk) answerPerson(e *edition, r *DeskRoute) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v := &visit{desk: d, e: e, c: c, ctx: c.UserContext()}
		c.Set(fiber.HeaderCacheControl, "no-store")
		return v.unsaved(r, v.person(r))
	}
}

// person answers a person.
func (v *visit) person(r *DeskRoute) error {
	if err := v.sameOrigin(); err != nil {
		return err
	}
	err := v.identifyBrowser()
	if err != nil && !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	if r.Needs != "" && v.who == nil {
		return v.askToSignIn(r)
	}
	if err := v.permit(r); err != nil {
		return err
	}
	if err := v.readForm(r); err != nil {
		return err
	}
	a, err := r.handle(v)
	return v.show(a, err)
}

// answerProgram serves a route as JSON.
func (d *desk) answerProgram(e *edition, r *DeskRoute) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v := &visit{desk: d, e: e, c: c, ctx: c.UserContext(), program: true}
		c.Set(fiber.HeaderCacheControl, "no-store")
		if err := v.identify(); err != nil {
			if r.Needs != "" || !fault.Is(err, fault.Unauthenticated) {
				return err
			}
			if err := v.sameOrigin(); err != nil { // a key that is none says nothing of where it was sent from
				return err
			}
		}
		if err := v.permit(r); err != nil {
			return err
		}
		if err := v.readJSON(r); err != nil {
			return err
		}
		a, err := r.handle(v)
		if err != nil {
			v.tellWait(err)
			return err
		}
		if a.file != nil {
			return v.send(a.file)
		}
		if a.json == nil {
			return c.SendStatus(cmp.Or(a.status, http.StatusNoContent))
		}
		return c.Status(cmp.Or(a.status, http.StatusOK)).JSON(a.json, typeJSON)
	}
}

// permit refuses who may not ask for a route, and notes it.
func (v *visit) permit(r *DeskRoute) error {
	if r.Needs == "" {
		return nil
	}
	return v.allowed(r.Needs, r.Method+" "+r.Path)
}

// allowed refuses who may not do what takes a permission, and notes it. Nobody's refusals are not noted: anybody could
// fill the log with them.
func (v *visit) allowed(needs auth.Permission, what string) error {
	if v.who.May(needs) {
		return nil
	}
	if v.who == nil {
		return fault.New(fault.Unauthenticated, "Please sign in, or send a key.")
	}
	if err := v.Guard.Refused(v.ctx, v.who, needs, what); err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "Your role or your key does not allow this: it takes the permission "+string(needs)+".")
}

// show answers a person: with a page, or the way to one.
func (v *visit) show(a reply, err error) error {
	var bad *fault.Error
	if err != nil && (a.page == "" || !errors.As(err, &bad) || bad.Kind == fault.Internal || bad.Kind == fault.Unavailable || bad.Kind == fault.Canceled) {
		return err
	}
	if a.file != nil {
		return v.send(a.file)
	}
	if err == nil && a.page == "" {
		return v.c.Redirect(cmp.Or(a.leave, v.url(a.to)), http.StatusSeeOther)
	}
	body := deskBody{View: a.view}
	title := v.t(a.title)
	if bad != nil {
		v.tellWait(bad)
		if body.Errors = a.errors; body.Errors == nil {
			body.Errors = v.mark(a.sent, bad)
		}
		title = v.t("errors.title-prefix", "Title", title)
		v.c.Status(cmp.Or(a.status, statuses[bad.Kind]))
	} else if a.status != 0 {
		v.c.Status(a.status)
	}
	return v.render(a.page, a.at, title, body)
}

// deskBody is what a page of the desk is drawn from.
type deskBody struct {
	Errors []pageError
	View   any
}

// deskFrame is what the layout adds to a page of the desk.
type deskFrame struct {
	Style   string
	Script  string // "" without a bundle
	Name    string // who is signed in; "" for nobody
	Role    string
	SignOut string // where to
	Menu    []menuItem
}

func (v *visit) render(page, at, title string, body deskBody) error {
	s := sheet{Title: title, NoIndex: true, Private: true, Body: body, Desk: v.deskFrame()}
	if at != "" {
		s.Path = "/desk" + strings.TrimSuffix(at, "/")
	}
	return v.e.renderWith(v.c, v.templates[v.e][page], s)
}

func (v *visit) deskFrame() *deskFrame {
	f := &deskFrame{Style: v.style, Script: v.script, SignOut: v.url("/sign-out")}
	if v.who == nil {
		return f
	}
	f.Name, f.Role = v.who.Curator.Name, v.t("desk.role."+string(v.who.Curator.Role))
	path := bare(string(v.c.Request().URI().Path()))
	for _, m := range deskMenu {
		if !v.who.May(m.needs) {
			continue
		}
		item := menuItem{Label: v.t(m.label), URL: v.url(m.path)}
		switch at := "/desk" + m.path; {
		case path == at:
			item.Current = "page"
		case m.path != "" && strings.HasPrefix(path, at+"/"):
			item.Current = "true"
		}
		f.Menu = append(f.Menu, item)
	}
	return f
}

// isDesk reports whether a path is of the desk, in any language.
func isDesk(path string) bool {
	path = bare(path)
	return path == "/desk" || strings.HasPrefix(path, "/desk/")
}
