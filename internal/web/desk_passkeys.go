package web

import (
	"encoding/json"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

// passkeyView is the page on which a browser makes a passkey, or asks one: it takes a script, and says so.
type passkeyView struct {
	Make    bool
	Options string // for the browser, as WebAuthn has them in JSON
	Form    *deskForm
	Back    string // where it goes without a passkey
}

// passkeyQuestion shows that page.
func (v *visit) passkeyQuestion(view passkeyView, options any) (reply, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return reply{}, err
	}
	title, at := "desk.passkey.use", "/sign-in"
	if view.Make {
		title, at = "desk.passkey.make", "/account"
	}
	view.Options, view.Back = string(text), v.url(at)
	return reply{page: "passkey", title: title, at: at, view: view, json: map[string]any{"options": json.RawMessage(text)}}, nil
}

// nextSignedIn is what a form to sign in carries.
func (v *visit) nextSignedIn() signInNext {
	return signInNext{to: v.text("to"), kept: v.raw("kept"), keptTo: v.text("kept_to")}
}

// carry has a form to sign in carry it on.
func (n signInNext) carry(f *deskForm) {
	for _, x := range []field{{"to", n.to}, {"kept", n.kept}, {"kept_to", n.keptTo}} {
		if x.Value != "" {
			f.hide(x.Name, x.Value)
		}
	}
}

// askPasskey begins to sign in by a passkey.
func (v *visit) askPasskey() (reply, error) {
	next := v.nextSignedIn()
	options, err := v.Guard.BeginPasskeySignIn(v.ctx, v.address())
	if err != nil {
		return v.signInPage("", next), err
	}
	f := v.form("passkey", "/sign-in/passkey", "desk.passkey.use")
	f.hide("credential", "")
	next.carry(f)
	return v.passkeyQuestion(passkeyView{Form: f}, options)
}

// signInByPasskey begins a session, and gives back what was typed before.
func (v *visit) signInByPasskey() (reply, error) {
	next := v.nextSignedIn()
	token, who, err := v.Guard.SignInByPasskey(v.ctx, v.raw("credential"), v.address(), v.agent(), v.token())
	if err != nil {
		a := v.signInPage("", next)
		if fault.Is(err, fault.Unauthenticated) {
			a.errors = []pageError{{Message: v.t("desk.passkey.refused")}}
		}
		return a, err
	}
	return v.signedIn(token, who, next)
}

// beginPasskey has a curator prove who they are, and shows the page on which their browser makes a passkey.
func (v *visit) beginPasskey() (reply, error) {
	options, err := v.Guard.BeginPasskey(v.ctx, v.who, v.credentials(""), v.text("passkey_name"))
	if err != nil {
		return v.accountAgain("passkeys", auth.NewSecret(), err)
	}
	f := v.form("passkey", "/account/passkeys", "desk.passkey.make")
	f.hide("credential", "")
	return v.passkeyQuestion(passkeyView{Make: true, Form: f}, options)
}

// addPasskey keeps what the browser made.
func (v *visit) addPasskey() (reply, error) {
	if err := v.Guard.AddPasskey(v.ctx, v.who, v.raw("credential")); err != nil {
		return v.accountAgain("passkeys", auth.NewSecret(), err)
	}
	return reply{to: "/account"}, nil
}

func (v *visit) removePasskey() (reply, error) {
	if err := v.Guard.RemovePasskey(v.ctx, v.who, auth.ID(v.param("id"))); err != nil {
		return v.accountAgain("passkeys", auth.NewSecret(), err)
	}
	return reply{to: "/account"}, nil
}

// passkeyRow is a passkey on the page of its owner's account.
type passkeyRow struct {
	Name, Made, Used string
	Remove           *deskForm
}

type passkeyAnswer struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	CreatedAt time.Time  `json:"created_at"`
	UsedAt    *time.Time `json:"used_at"` // null is never
}

func (v *visit) passkeyRows(all []auth.Passkey) (rows []passkeyRow, answers []passkeyAnswer) {
	answers = []passkeyAnswer{}
	for _, p := range all {
		f := v.form("passkey-"+string(p.ID), "/account/passkeys/"+string(p.ID)+"/remove", "desk.passkey.remove")
		f.About, f.Danger = p.Name, true
		rows = append(rows, passkeyRow{p.Name, v.moment(p.CreatedAt), v.moment(p.UsedAt), f})
		a := passkeyAnswer{ID: string(p.ID), Name: p.Name, CreatedAt: p.CreatedAt}
		if !p.UsedAt.IsZero() {
			a.UsedAt = &p.UsedAt
		}
		answers = append(answers, a)
	}
	return rows, answers
}
