package web

import (
	"github.com/gofiber/fiber/v2"
)

// homeView is the first page: where and what, or a door.
type homeView struct {
	Form  searchForm
	Doors []door
}

type door struct {
	anchor
	Text string
}

// doors are the kinds of help people come for, by the page they open or the choice of wants they stand for.
var doors = []struct{ name, path, want string }{
	{name: "now", path: "/helplines/"},
	{name: "therapists", want: "talk"},
	{name: "tms", want: "tms"},
	{name: "ect", want: "ect"},
	{name: "second-opinion", want: "second-opinion"},
	{name: "online", want: "online"},
	{name: "groups", want: "group"},
}

func (e *edition) home(c *fiber.Ctx) error {
	v := homeView{Form: searchForm{Want: e.wantChoice()}}
	for _, d := range doors {
		to, class := e.url(d.path)+e.countryOf(c), "first"
		if d.want != "" {
			to, class = e.url("/search")+"?"+e.want(d.want).Encode(), ""
		}
		v.Doors = append(v.Doors, door{anchor: anchor{Label: e.t("door." + d.name), URL: to, Class: class}, Text: e.t("door." + d.name + ".text")})
	}
	return e.render(c, "home", sheet{Title: e.t("home.title"), Description: e.t("home.lead"), Body: v})
}
