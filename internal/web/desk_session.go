package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

// sessionCookie holds the secret of a session. Its prefix has browsers take it only over HTTPS (or from this very
// machine), from this host alone and for all its paths, so that no other host of the domain can set or read it.
const sessionCookie = "__Host-desk"

// keep gives a browser the secret of its session. It ends with the browser; the server ends it earlier.
func (v *visit) keep(token string) {
	v.setCookie(&fiber.Cookie{Name: sessionCookie, Value: token, SessionOnly: true})
}

// forget takes it away.
func (v *visit) forget() {
	v.setCookie(&fiber.Cookie{Name: sessionCookie, Expires: fasthttp.CookieExpireDelete})
}

// setCookie is Lax, so that a link to the desk in a letter finds its reader signed in. What changes anything is a POST,
// of which Lax sends none from another site, and sameOrigin looks besides.
func (v *visit) setCookie(c *fiber.Cookie) {
	c.Path, c.Secure, c.HTTPOnly, c.SameSite = "/", true, true, fiber.CookieSameSiteLaxMode
	v.c.Cookie(c)
}

func (v *visit) token() string { return v.c.Cookies(sessionCookie) }

// identifyBrowser finds whose session the browser has. It leaves who nil for nobody's. A browser keeps the secret of a
// session that has ended: it says whose form comes next, and nothing else.
func (v *visit) identifyBrowser() error {
	token := v.token()
	if token == "" {
		return fault.New(fault.Unauthenticated, "Please sign in.")
	}
	who, err := v.Guard.Identify(v.ctx, token)
	v.who = who
	return err
}

// identify finds who asks, by their key or their browser's session.
func (v *visit) identify() (err error) {
	if token, ok := strings.CutPrefix(v.c.Get(fiber.HeaderAuthorization), "Bearer "); ok {
		v.who, err = v.Guard.IdentifyKey(v.ctx, token)
		return err
	}
	if err := v.sameOrigin(); err != nil {
		return err
	}
	return v.identifyBrowser()
}

// sameOrigin refuses what another site had a browser send. Every browser says where a request comes from, by
// Sec-Fetch-Site or by Origin: one that says neither is none, and has no cookie to lend. That makes a secret in each form
// needless: it would prove the same, and end with the session, and with it what was typed.
func (v *visit) sameOrigin() error {
	switch v.c.Method() {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	switch v.c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return nil
	case "":
		origin, err := url.Parse(v.c.Get(fiber.HeaderOrigin))
		if err == nil && origin.Host != "" && (strings.EqualFold(origin.Host, string(v.c.Request().Header.Host())) || origin.Scheme+"://"+origin.Host == v.server.public) {
			return nil
		}
	}
	if err := v.Guard.RefusedSite(v.ctx, v.c.Method()+" "+v.c.Route().Path); err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "This was sent from another site.")
}

// insecure reports whether the page came over a line on which browsers keep no session.
func (v *visit) insecure() bool {
	u, err := url.Parse(v.server.base(v.c))
	if err != nil || u.Scheme == "https" {
		return false
	}
	host := u.Hostname()
	return host != "localhost" && !strings.HasSuffix(host, ".localhost") && host != "::1" && !strings.HasPrefix(host, "127.")
}

// identityAnswer is who asks, for a program.
type identityAnswer struct {
	ID          string   `json:"id"`
	Login       string   `json:"login"`
	Name        string   `json:"name"`
	Role        string   `json:"role"`
	Permissions []string `json:"permissions"`
}

func identityOf(who *auth.Identity) identityAnswer {
	a := identityAnswer{ID: string(who.Curator.ID), Login: who.Curator.Login, Name: who.Curator.Name, Role: string(who.Curator.Role), Permissions: []string{}}
	for _, p := range auth.Permissions() {
		if who.May(p) {
			a.Permissions = append(a.Permissions, string(p))
		}
	}
	return a
}
