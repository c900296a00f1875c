package web

import (
	"net/http"
	"time"

	"carefinder/internal/auth"
)

// peopleView lists who works at the desk.
type peopleView struct {
	People []personView
	Invite *deskForm // nil for who may only look
}

type personView struct {
	Name, Login, Role, State, SignedIn string
	SetRole, Able, Reset               *deskForm // nil where it can't be done
}

type personAnswer struct {
	ID         string     `json:"id"`
	Login      string     `json:"login"`
	Name       string     `json:"name"`
	Role       string     `json:"role"`
	State      string     `json:"state"`
	CreatedAt  time.Time  `json:"created_at"`
	SignedInAt *time.Time `json:"signed_in_at,omitempty"`
}

func stateOf(c *auth.Curator) string {
	switch {
	case c.Disabled:
		return "disabled"
	case c.Invited:
		return "invited"
	}
	return "active"
}

func personOf(c *auth.Curator) personAnswer {
	return personAnswer{string(c.ID), c.Login, c.Name, string(c.Role), stateOf(c), c.CreatedAt, momentOf(c.SignedInAt)}
}

// people lists all curators, and whoever may has a form to invite one.
func (v *visit) people() (reply, error) {
	all, err := v.Guard.Curators(v.ctx)
	if err != nil {
		return reply{}, err
	}
	var view peopleView
	answers := []personAnswer{}
	for i := range all {
		c := &all[i]
		answers = append(answers, personOf(c))
		view.People = append(view.People, v.personView(c))
	}
	a := reply{page: "people", title: "desk.people.title", at: "/people", json: map[string]any{"people": answers}}
	if v.who.May(auth.People) {
		f := v.form("invite", "/people", "desk.people.invite")
		v.add(f, "text", "login", v.text("login"), "off")
		v.add(f, "text", "name", v.text("name"), "off")
		v.add(f, "select", "role", "", "").Options = v.roles(auth.Role(v.text("role")))
		view.Invite, a.sent = f, f
	}
	a.view = view
	return a, nil
}

func (v *visit) roles(chosen auth.Role) []option {
	var all []option
	for _, r := range auth.Roles() {
		all = append(all, option{Value: string(r), Label: v.t("desk.role." + string(r)), Chosen: r == chosen})
	}
	return all
}

func (v *visit) personView(c *auth.Curator) personView {
	p := personView{Name: c.Name, Login: c.Login, Role: v.t("desk.role." + string(c.Role)), State: v.t("desk.state." + stateOf(c)), SignedIn: v.moment(c.SignedInAt)}
	if !v.who.May(auth.People) {
		return p
	}
	at, id := "/people/"+string(c.ID), string(c.ID)
	p.SetRole = v.form("role-"+id, at+"/role", "desk.people.role")
	v.add(p.SetRole, "select", "role", "", "").Options = v.roles(c.Role)
	p.SetRole.Fields[0].Hint, p.SetRole.About = "", c.Name
	if c.Disabled {
		p.Able = v.form("able-"+id, at+"/enable", "desk.people.enable")
		p.Able.About = c.Name
		return p
	}
	p.Able = v.form("able-"+id, at+"/disable", "desk.people.disable")
	p.Able.About, p.Able.Danger = c.Name, true
	if c.ID != v.who.Curator.ID {
		p.Reset = v.form("reset-"+id, at+"/reset", "desk.people.reset")
		p.Reset.About, p.Reset.Danger = c.Name, true
	}
	return p
}

// peopleAgain shows the list, and what was wrong with what was sent.
func (v *visit) peopleAgain(wrong error) (reply, error) {
	a, err := v.people()
	if err != nil {
		return reply{}, err
	}
	return a, wrong
}

// linkView shows a link to sign up, once.
type linkView struct{ Name, URL string }

func (v *visit) linkPage(c *auth.Curator, code string) reply {
	address := v.server.absolute(v.c, v.url("/sign-up")+"?code="+code)
	return reply{
		page: "link", title: "desk.link.title", at: "/people", view: linkView{c.Name, address}, status: http.StatusOK,
		json: map[string]any{"person": personOf(c), "sign_up": address},
	}
}

func (v *visit) invite() (reply, error) {
	code, c, err := v.Guard.Invite(v.ctx, v.who.Actor(), v.text("login"), v.text("name"), auth.Role(v.text("role")))
	if err != nil {
		return v.peopleAgain(err)
	}
	c.Invited = true
	return v.linkPage(c, code), nil
}

func (v *visit) setRole() (reply, error) {
	if err := v.Guard.SetRole(v.ctx, v.who.Actor(), auth.ID(v.param("id")), auth.Role(v.text("role"))); err != nil {
		return v.peopleAgain(err)
	}
	return reply{to: "/people"}, nil
}

func (v *visit) disable() (reply, error) { return v.setDisabled(true) }

func (v *visit) enable() (reply, error) { return v.setDisabled(false) }

func (v *visit) setDisabled(disabled bool) (reply, error) {
	if err := v.Guard.SetDisabled(v.ctx, v.who.Actor(), auth.ID(v.param("id")), disabled); err != nil {
		return v.peopleAgain(err)
	}
	return reply{to: "/people"}, nil
}

func (v *visit) reset() (reply, error) {
	c, code, err := v.Guard.Reset(v.ctx, v.who.Actor(), auth.ID(v.param("id")))
	if err != nil {
		return v.peopleAgain(err)
	}
	return v.linkPage(c, code), nil
}
