package web

import (
	"bytes"
	"compress/flate"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

// signInView is the page to sign in on.
type signInView struct {
	Form     *deskForm
	Kept     bool // what was typed is kept in the form, and comes back after signing in
	Lost     bool // something was sent that can't be
	Insecure bool

	Passkey     *deskForm // nil: there are none here
	Provider    string    // what it is called; "" is none
	ProviderURL string
	Again       *deskForm // gives back what was typed, for who signed in at the provider in another window
}

// signInForm shows the form. to is where to go on.
func (v *visit) signInForm() (reply, error) {
	return v.signInPage(v.text("login"), signInNext{to: v.text("to")}), nil
}

// signInNext is what a person was about to do when they had to sign in: to see the page to, or to send the form kept to
// keptTo. It stands in the form itself, sealed for whose session it was: nothing of it is held here for whoever never
// comes back, and nobody else who signs in at that browser is shown it.
type signInNext struct {
	to, kept, keptTo string
	lost             bool
}

func (v *visit) signInPage(login string, next signInNext) reply {
	f := v.form("in", "/sign-in", "desk.sign-in.submit")
	v.add(f, "text", "login", login, "username")
	v.add(f, "password", "password", "", "current-password")
	v.add(f, "text", "code", "", "one-time-code")
	next.carry(f)
	view := signInView{Form: f, Kept: next.kept != "", Lost: next.lost, Insecure: v.insecure()}
	if v.Guard.HasPasskeys() {
		view.Passkey = v.form("by-passkey", "/sign-in/passkey/challenge", "desk.passkey.use")
		next.carry(view.Passkey)
	}
	if v.Provider != nil {
		view.Provider, view.ProviderURL = v.Provider.Name(), v.url("/sign-in/provider")+"?"+url.Values{"to": {next.to}}.Encode()
		if view.Kept {
			view.Again = v.form("again", "/sign-in/again", "desk.sign-in.again")
			view.Again.hide("kept", next.kept)
			view.Again.hide("kept_to", next.keptTo)
		}
	}
	return reply{
		page: "sign-in", title: "desk.sign-in.title", at: "/sign-in", sent: f, view: view,
		json: map[string]any{"fields": []string{"login", "password", "code"}},
	}
}

// askToSignIn answers whoever has no session, or no longer. What they sent is not lost where it is known whose it is: the
// form to sign in carries it.
func (v *visit) askToSignIn(r *DeskRoute) error {
	path := string(v.c.Request().URI().Path())
	if v.c.Method() != http.MethodPost {
		to := path
		if query := queryOf(v.c); query != "" {
			to += "?" + query
		}
		return v.c.Redirect(v.url("/sign-in")+"?"+url.Values{"to": {to}}.Encode(), http.StatusSeeOther)
	}
	next, err := v.keepTyped(r, path)
	if err != nil {
		return err
	}
	a := v.signInPage("", next)
	a.status = http.StatusUnauthorized
	return v.show(a, nil)
}

// keepTyped keeps the form that was sent for whose session it was. What takes Self is not kept: there are passwords in
// it, or a form that was kept before.
func (v *visit) keepTyped(r *DeskRoute, path string) (signInNext, error) {
	if r.Needs == auth.Self {
		if err := v.readForm(r); err != nil {
			return signInNext{}, err
		}
		return signInNext{kept: v.raw("kept"), keptTo: v.text("kept_to"), lost: v.raw("kept") == "" && len(v.sent) > 0}, nil
	}
	if r.Takes == takesFile { // to be chosen again
		return signInNext{lost: true}, nil
	}
	body := v.c.Body()
	lost := signInNext{lost: len(body) > 0}
	if len(body) == 0 || !strings.HasPrefix(v.c.Get(fiber.HeaderContentType), fiber.MIMEApplicationForm) || v.c.Get(fiber.HeaderContentEncoding) != "" {
		return lost, nil
	}
	owner, err := v.Guard.Owner(v.ctx, v.token())
	if fault.Is(err, fault.NotFound) {
		return lost, nil
	} else if err != nil {
		return lost, err
	}
	packed := pressed(body)
	if len(packed) > maxBody-maxHeader {
		return lost, nil
	}
	seal, err := v.Guard.Seal(v.ctx, "typed", string(owner), path, packed)
	return signInNext{kept: hex.EncodeToString(seal[:]) + packed, keptTo: path}, err
}

// typedBefore opens what keepTyped sealed. There is none for anybody but whose it is, nor in a form made up elsewhere.
func (v *visit) typedBefore(kept, to string) (url.Values, error) {
	seal, packed := kept[:min(len(kept), sealSize)], kept[min(len(kept), sealSize):]
	want, err := v.Guard.Seal(v.ctx, "typed", string(v.who.Curator.ID), to, packed)
	if err != nil || subtle.ConstantTimeCompare([]byte(seal), []byte(hex.EncodeToString(want[:]))) != 1 {
		return nil, err
	}
	return unpressed(packed), nil
}

const sealSize = 2 * len(auth.Digest{}) // in hex

// signIn begins a session, and gives back what was typed before.
func (v *visit) signIn() (reply, error) {
	next := v.nextSignedIn()
	token, who, err := v.Guard.SignIn(v.ctx, v.credentials(v.text("login")), v.agent(), v.token())
	if err != nil {
		return v.signInPage(v.text("login"), next), err
	}
	return v.signedIn(token, who, next)
}

// signedIn gives a browser the secret of its session, and leads on.
func (v *visit) signedIn(token string, who *auth.Identity, next signInNext) (reply, error) {
	v.keep(token)
	v.who = who
	a := reply{to: "", json: identityOf(who)}
	typed, err := v.typedBefore(next.kept, next.keptTo)
	if err != nil {
		return reply{}, err
	}
	if typed != nil {
		a.page, a.title, a.view = "again", "desk.again.title", v.againView(next.keptTo, typed)
		return a, nil
	}
	return v.onTo(a, next.to), nil
}

// onTo sends a person on to a page of the desk, and nowhere else: anybody may have written the address.
func (v *visit) onTo(a reply, to string) reply {
	a.leave = v.url("")
	if u, err := url.Parse(to); err == nil && u.Host == "" && u.Scheme == "" && strings.HasPrefix(u.Path, "/") && isDesk(u.Path) && path.Clean(u.Path) == u.Path && !strings.ContainsAny(to, "\\\r\n") && !strings.HasPrefix(to, "//") {
		a.leave = u.RequestURI()
	}
	return a
}

// credentials are what the form of a person proves who they are with.
func (v *visit) credentials(login string) auth.Credentials {
	return auth.Credentials{Login: login, Password: v.raw("password"), Code: v.text("code"), Address: v.address()}
}

// againView is what was typed before the session ended, to be sent again.
type againView struct {
	Action string
	Fields []field
}

func (v *visit) againView(to string, typed url.Values) againView {
	a := againView{Action: (&url.URL{Path: to}).EscapedPath()}
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		for _, value := range typed[name] {
			a.Fields = append(a.Fields, field{name, value})
		}
	}
	return a
}

// pressed packs the body of a form, so that it fits into another.
func pressed(body []byte) string {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed) // anybody may send a megabyte
	if err != nil {
		panic(err) // only for a level that isn't one
	}
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return base64.RawURLEncoding.EncodeToString(b.Bytes())
}

// unpressed reads what pressed wrote; nil when it didn't.
func unpressed(text string) url.Values {
	packed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || text == "" {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxBody+1))
	if err != nil || len(body) > maxBody {
		return nil
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	return values
}

// signOut ends the session.
func (v *visit) signOut() (reply, error) {
	if v.who != nil {
		if err := v.Guard.SignOut(v.ctx, v.who); err != nil {
			return reply{}, err
		}
	}
	v.forget()
	return reply{to: "/sign-in"}, nil
}

// signUpView is the page a link to sign up leads to.
type signUpView struct {
	Name, Login string
	QR          *qrView
	Secret      string
	Form        *deskForm
}

// signUpForm shows whom the link is for, and what to scan; without a link, it asks for one.
func (v *visit) signUpForm() (reply, error) {
	link := v.text("code")
	if link == "" {
		return v.askForLink(), nil
	}
	return v.signUpPage(link, auth.NewSecret())
}

func (v *visit) askForLink() reply {
	f := v.form("link", "/sign-up", "desk.sign-up.next")
	x := v.add(f, "text", "link", "", "off")
	x.Name = "code"
	return reply{page: "sign-up", title: "desk.sign-up.title", at: "/sign-up", sent: f, view: signUpView{Form: f}, json: map[string]any{"fields": []string{"code"}}}
}

func (v *visit) signUpPage(link, secret string) (reply, error) {
	c, err := v.Guard.Invitation(v.ctx, link)
	if err != nil {
		return v.askForLink(), err
	}
	f := v.form("up", "/sign-up", "desk.sign-up.submit")
	f.hide("link", link)
	f.hide("secret", secret)
	x := v.add(f, "password", "password", "", "new-password")
	x.Hint = v.t("desk.hint.new_password")
	v.add(f, "text", "code", "", "one-time-code").Hint = v.t("desk.hint.new_code")
	address := auth.SecretURL(secret, v.Guard.Issuer(), c.Login)
	return reply{
		page: "sign-up", title: "desk.sign-up.title", at: "/sign-up", sent: f,
		view: signUpView{Name: c.Name, Login: c.Login, QR: newQR(address), Secret: spaced(secret), Form: f},
		json: map[string]any{"login": c.Login, "name": c.Name, "secret": secret, "secret_url": address},
	}, nil
}

// spaced sets a secret in groups, to be read off.
func spaced(secret string) string {
	var groups []string
	for part := range slices.Chunk([]byte(secret), 4) {
		groups = append(groups, string(part))
	}
	return strings.Join(groups, " ")
}

// signUp gives an account its password and codes, and signs in.
func (v *visit) signUp() (reply, error) {
	link, secret := v.text("link"), v.text("secret")
	token, who, recovery, err := v.Guard.SignUp(v.ctx, link, auth.Enrolment{Password: v.raw("password"), Secret: secret, Code: v.text("code")}, v.agent())
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return v.askForLink(), err
		}
		a, again := v.signUpPage(link, secret)
		if again != nil {
			return a, again
		}
		return a, err
	}
	if v.who != nil { // as somebody else, before
		if err := v.Guard.SignOut(v.ctx, v.who); err != nil {
			v.server.logFailure(v.c, err) // the codes are shown once: nothing may come between
		}
	}
	v.keep(token)
	v.who = who
	return v.recoveryPage(recovery), nil
}

// recoveryPage shows recovery codes, once.
func (v *visit) recoveryPage(codes []string) reply {
	return reply{page: "recovery", title: "desk.recovery.title", at: "/account", view: codes, json: map[string]any{"recovery_codes": codes}}
}
