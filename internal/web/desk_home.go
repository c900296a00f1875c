package web

// deskHomeView greets whoever is signed in.
type deskHomeView struct {
	Login    string
	SignedIn string
	May      []string
}

// home is the first page of the desk.
func (v *visit) home() (reply, error) {
	answer := struct {
		identityAnswer
		Routes []routeAnswer `json:"routes"`
	}{identityAnswer: identityOf(v.who)}
	view := deskHomeView{Login: v.who.Curator.Login, SignedIn: v.moment(v.who.Curator.SignedInAt)}
	for _, p := range answer.Permissions {
		view.May = append(view.May, v.t("desk.permission."+p))
	}
	for _, r := range DeskRoutes() {
		if r.Needs == "" || v.who.May(r.Needs) {
			answer.Routes = append(answer.Routes, routeAnswer{r.Method, "/api/v1/desk" + r.Path, string(r.Needs), r.Takes})
		}
	}
	return reply{page: "home", title: "desk.home.title", view: view, json: answer}, nil
}

// routeAnswer is a route of the desk that whoever asks may use.
type routeAnswer struct {
	Method     string `json:"method"`
	Path       string `json:"path"`
	Permission string `json:"permission"`
	Takes      string `json:"takes"`
}
