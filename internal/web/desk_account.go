package web

import (
	"time"

	"carefinder/internal/auth"
)

// accountView is a curator's own account.
type accountView struct {
	Login, Name, Role string
	Elsewhere         bool // signs in at the provider: nothing here lets them in
	Left              string
	Password          *deskForm
	Codes             *deskForm
	QR                *qrView
	Secret            string
	Recovery          *deskForm
	Passkeys          []passkeyRow
	HasPasskeys       bool
	NewPasskey        *deskForm
	Sessions          []sessionView
	Everywhere        *deskForm
}

type sessionView struct {
	Agent, Began, Seen string
	Current            bool
	End                *deskForm
}

type sessionAnswer struct {
	ID        string    `json:"id"`
	Agent     string    `json:"agent"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Current   bool      `json:"current"`
}

// account shows the account of whoever is signed in.
func (v *visit) account() (reply, error) { return v.accountPage("", auth.NewSecret()) }

// accountPage shows it with the form of that name as the one that was sent.
func (v *visit) accountPage(sent, secret string) (reply, error) {
	left, err := v.Guard.RecoveryLeft(v.ctx, v.who.Curator.ID)
	if err != nil {
		return reply{}, err
	}
	sessions, err := v.Guard.Sessions(v.ctx, v.who.Curator.ID)
	if err != nil {
		return reply{}, err
	}
	passkeys, err := v.Guard.Passkeys(v.ctx, v.who.Curator.ID)
	if err != nil {
		return reply{}, err
	}
	c := v.who.Curator
	view := accountView{
		Login: c.Login, Name: c.Name, Role: v.t("desk.role." + string(c.Role)), Elsewhere: c.Elsewhere, Left: v.e.n("desk.account.recovery-left", left),
		Secret: spaced(secret), QR: newQR(auth.SecretURL(secret, v.Guard.Issuer(), c.Login)),
		Everywhere: v.form("everywhere", "/account/sign-out-everywhere", "desk.account.everywhere"),
	}
	view.Everywhere.Danger = true
	forms := map[string]*deskForm{}
	form := func(id, submit string) *deskForm {
		f := v.form(id, "/account/"+id, submit)
		v.add(f, "password", "password", "", "current-password")
		v.add(f, "text", "code", "", "one-time-code")
		forms[id] = f
		return f
	}
	view.Password = form("password", "desk.account.password.submit")
	v.add(view.Password, "password", "new_password", "", "new-password")
	view.Codes = form("codes", "desk.account.codes.submit")
	view.Codes.hide("secret", secret)
	v.add(view.Codes, "text", "new_code", "", "off")
	view.Recovery = form("recovery", "desk.account.recovery.submit")
	view.HasPasskeys = v.Guard.HasPasskeys()
	view.NewPasskey = form("passkeys", "desk.passkey.begin")
	view.NewPasskey.Action = v.url("/account/passkeys/challenge")
	v.add(view.NewPasskey, "text", "passkey_name", "", "off").Hint = v.t("desk.hint.passkey_name")
	var passkeyAnswers []passkeyAnswer
	view.Passkeys, passkeyAnswers = v.passkeyRows(passkeys)
	answers := []sessionAnswer{}
	for i := range sessions {
		s := &sessions[i]
		current := v.who.Session != nil && v.who.Session.ID == s.ID
		x := sessionView{Agent: s.Agent, Began: v.moment(s.CreatedAt), Seen: v.moment(s.SeenAt), Current: current}
		if !current {
			x.End = v.form("end-"+string(s.ID), "/account/sessions/"+string(s.ID)+"/end", "desk.account.session.end")
			x.End.About, x.End.Danger = x.Began, true
		}
		view.Sessions = append(view.Sessions, x)
		answers = append(answers, sessionAnswer{string(s.ID), s.Agent, s.CreatedAt, s.SeenAt, s.ExpiresAt, current})
	}
	return reply{
		page: "account", title: "desk.account.title", at: "/account", view: view, sent: forms[sent],
		json: map[string]any{"curator": identityOf(v.who), "elsewhere": c.Elsewhere, "recovery_codes_left": left, "sessions": answers, "passkeys": passkeyAnswers, "new_secret": secret},
	}, nil
}

// accountAgain shows the account with the form that was sent, and what was wrong with it.
func (v *visit) accountAgain(sent, secret string, wrong error) (reply, error) {
	a, err := v.accountPage(sent, secret)
	if err != nil {
		return reply{}, err
	}
	return a, wrong
}

func (v *visit) changePassword() (reply, error) {
	token, err := v.Guard.ChangePassword(v.ctx, v.who, v.credentials(""), v.raw("new_password"), v.agent())
	if err != nil {
		return v.accountAgain("password", auth.NewSecret(), err)
	}
	v.keep(token)
	return reply{to: "/account"}, nil
}

func (v *visit) changeCodes() (reply, error) {
	secret := v.text("secret")
	token, err := v.Guard.ChangeSecret(v.ctx, v.who, v.credentials(""), auth.Enrolment{Secret: secret, Code: v.text("new_code")}, v.agent())
	if err != nil {
		return v.accountAgain("codes", secret, err)
	}
	v.keep(token)
	return reply{to: "/account"}, nil
}

func (v *visit) newRecovery() (reply, error) {
	codes, err := v.Guard.NewRecovery(v.ctx, v.who, v.credentials(""))
	if err != nil {
		return v.accountAgain("recovery", auth.NewSecret(), err)
	}
	return v.recoveryPage(codes), nil
}

func (v *visit) endSession() (reply, error) {
	return reply{to: "/account"}, v.Guard.EndSession(v.ctx, v.who, auth.ID(v.param("id")))
}

func (v *visit) signOutEverywhere() (reply, error) {
	if err := v.Guard.SignOutEverywhere(v.ctx, v.who); err != nil {
		return reply{}, err
	}
	v.forget()
	return reply{to: "/sign-in"}, nil
}
