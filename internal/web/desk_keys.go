package web

import (
	"time"

	"carefinder/internal/auth"
)

// keysView lists the keys of programs.
type keysView struct {
	Keys []keyView
	Make *deskForm // nil for who may only look
}

type keyView struct {
	Name, Prefix, Whose, Scopes, Until, Used string
	Ended                                    string // why it is good for nothing any more
	Revoke                                   *deskForm
}

type keyAnswer struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Prefix    string     `json:"prefix"`
	Curator   string     `json:"curator"`
	Scopes    []string   `json:"scopes"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	UsedAt    *time.Time `json:"used_at,omitempty"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
	Ended     bool       `json:"ended"` // with its curator's sessions
}

func keyOf(k *auth.Key) keyAnswer {
	a := keyAnswer{string(k.ID), k.Name, k.Prefix, string(k.Curator), []string{}, k.CreatedAt, k.ExpiresAt, momentOf(k.UsedAt), momentOf(k.RevokedAt), k.Ended}
	for _, p := range k.Scopes {
		a.Scopes = append(a.Scopes, string(p))
	}
	return a
}

// keys lists all keys, and whoever may has a form to make one.
func (v *visit) keys() (reply, error) {
	all, err := v.Guard.Keys(v.ctx)
	if err != nil {
		return reply{}, err
	}
	people, err := v.Guard.Curators(v.ctx)
	if err != nil {
		return reply{}, err
	}
	names := map[auth.ID]string{}
	for _, c := range people {
		names[c.ID] = c.Name
	}
	var view keysView
	answers := []keyAnswer{}
	for i := range all {
		answers = append(answers, keyOf(&all[i]))
		view.Keys = append(view.Keys, v.keyView(&all[i], names))
	}
	a := reply{page: "keys", title: "desk.keys.title", at: "/keys", json: map[string]any{"keys": answers}}
	if v.who.May(auth.APIKeys) {
		view.Make = v.keyForm()
		a.sent = view.Make
	}
	a.view = view
	return a, nil
}

func (v *visit) keyView(k *auth.Key, names map[auth.ID]string) keyView {
	x := keyView{Name: k.Name, Prefix: k.Prefix, Whose: names[k.Curator], Until: v.day(k.ExpiresAt), Used: v.moment(k.UsedAt)}
	var scopes []string
	for _, p := range k.Scopes {
		scopes = append(scopes, v.t("desk.permission."+string(p)))
	}
	x.Scopes = v.e.list(scopes)
	switch {
	case !k.RevokedAt.IsZero():
		x.Ended = v.t("desk.keys.revoked", "Moment", v.moment(k.RevokedAt))
	case k.Ended:
		x.Ended = v.t("desk.keys.ended")
	case !v.server.now().Before(k.ExpiresAt):
		x.Ended = v.t("desk.keys.expired")
	case v.who.May(auth.APIKeys):
		x.Revoke = v.form("revoke-"+string(k.ID), "/keys/"+string(k.ID)+"/revoke", "desk.keys.revoke")
		x.Revoke.About, x.Revoke.Danger = k.Name, true
	}
	return x
}

// keyForm carries the ID of the key it makes: sent twice, it makes one.
func (v *visit) keyForm() *deskForm {
	f := v.form("key", "/keys", "desk.keys.submit")
	f.hide("id", string(auth.NewID()))
	v.add(f, "text", "key_name", v.text("key_name"), "off")
	x := v.add(f, "text", "days", v.text("days"), "off")
	x.Numeric = true
	if x.Value == "" {
		x.Value = "90"
	}
	chosen := map[string]bool{}
	for _, s := range v.sent["scopes"] {
		chosen[s] = true
	}
	scopes := v.add(f, "boxes", "scopes", "", "")
	for _, p := range auth.Scopes() {
		if v.who.May(p) {
			scopes.Options = append(scopes.Options, option{Value: string(p), Label: v.t("desk.permission." + string(p)), Chosen: chosen[string(p)]})
		}
	}
	return f
}

// madeView shows a key, once.
type madeView struct{ Name, Token, Until string }

func (v *visit) makeKey() (reply, error) {
	r := auth.KeyRequest{ID: auth.ID(v.text("id")), Name: v.text("key_name")}
	if days, err := v.number("days", 1, int(auth.MaxKeyLife/(24*time.Hour)), 90); err == nil { // else Guard names it, with all else that is wrong
		r.Life = time.Duration(days) * 24 * time.Hour
	}
	for _, s := range v.sent["scopes"] {
		r.Scopes = append(r.Scopes, auth.Permission(s))
	}
	token, k, err := v.Guard.NewKey(v.ctx, v.who, r)
	if err != nil {
		a, again := v.keys()
		if again != nil {
			return reply{}, again
		}
		return a, err
	}
	return reply{
		page: "key", title: "desk.key.title", at: "/keys", view: madeView{k.Name, token, v.day(k.ExpiresAt)},
		json: map[string]any{"key": keyOf(k), "token": token},
	}, nil
}

func (v *visit) revokeKey() (reply, error) {
	return reply{to: "/keys"}, v.Guard.RevokeKey(v.ctx, v.who.Actor(), auth.ID(v.param("id")))
}
