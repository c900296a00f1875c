package web

import (
	"context"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

// Provider says who somebody is in the place of a password. oidc.Provider is one.
type Provider interface {
	// Name is what people call it.
	Name() string
	// Begin gives the address where a browser is sent to sign in, and what it has to keep until it comes back to the
	// address back.
	Begin(ctx context.Context, back string) (address, kept string, err error)
	// End reads what a browser that kept kept came back with.
	End(ctx context.Context, back, kept string, query url.Values) (auth.External, error)
}

// providerCookie holds what a browser keeps while it is at the provider, and where to go on afterwards.
const providerCookie = "__Host-desk-provider"

const providerPatience = 600 // seconds a person may take there

// toProvider sends a person to the provider.
func (v *visit) toProvider() (reply, error) {
	if v.Provider == nil {
		return reply{}, fiber.ErrNotFound
	}
	address, kept, err := v.Provider.Begin(v.ctx, v.providerReturn())
	if err != nil {
		return reply{}, err
	}
	v.setCookie(&fiber.Cookie{Name: providerCookie, Value: kept + "|" + url.QueryEscape(v.text("to")), MaxAge: providerPatience})
	return reply{leave: address, json: map[string]any{"address": address}}, nil
}

// providerReturn is where the provider sends people back to: one address for every language, as providers want.
func (v *visit) providerReturn() string {
	return v.server.absolute(v.c, "/desk/sign-in/provider/return")
}

// fromProvider signs in whom the provider vouches for.
func (v *visit) fromProvider() (reply, error) {
	if v.Provider == nil {
		return reply{}, fiber.ErrNotFound
	}
	kept, to, _ := strings.Cut(v.c.Cookies(providerCookie), "|")
	v.setCookie(&fiber.Cookie{Name: providerCookie, Expires: fasthttp.CookieExpireDelete})
	page := v.signInPage("", signInNext{})
	page.sent = nil
	x, err := v.Provider.End(v.ctx, v.providerReturn(), kept, v.sent)
	if err != nil {
		return page, err
	}
	token, who, err := v.Guard.SignInElsewhere(v.ctx, x, v.agent(), v.token())
	if err != nil {
		return page, err
	}
	v.keep(token)
	v.who = who
	if to, err = url.QueryUnescape(to); err != nil {
		to = ""
	}
	return v.onTo(reply{json: identityOf(who)}, to), nil
}

// giveBack shows what was typed before the session ended to whoever signed in at the provider meanwhile, in another
// window: nothing can be carried there and back.
func (v *visit) giveBack() (reply, error) {
	to := v.text("kept_to")
	typed, err := v.typedBefore(v.raw("kept"), to)
	if err != nil {
		return reply{}, err
	}
	if typed == nil {
		return reply{}, fault.New(fault.Invalid, "There is nothing to give back.")
	}
	return reply{page: "again", title: "desk.again.title", at: "/sign-in", view: v.againView(to, typed)}, nil
}
