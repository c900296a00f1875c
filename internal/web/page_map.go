package web

import (
	"math"
	"net/url"

	"github.com/gofiber/fiber/v2"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// mapWords gives the words of the interactive map: few people open it, so the page doesn't carry them.
func (e *edition) mapWords(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, keepADay)
	return c.JSON(map[string]string{
		"label": e.t("map.label"), "help": e.t("map.help"), "close": e.t("map.close"), "area": e.t("map.area"),
		"many": e.t("map.many"), "rough": e.t("map.rough"), "partly": e.t("map.partly"), "failed": e.t("map.failed"),
		"in": e.t("map.in"), "out": e.t("map.out"), "outlines": e.t("map.outlines"),
	})
}

// mostPlaces bounds the sites a map is given one by one.
const mostPlaces = 500

// mapPlaces answers /map/points.
type mapPlaces struct {
	Total  int        `json:"total"`
	Whole  bool       `json:"whole"` // places are sites; else counts for the part of the map in view
	Places []mapPlace `json:"places"`
}

// mapPlace is one site, or several counted together.
type mapPlace struct {
	At    [2]float64 `json:"at"` // longitude, latitude
	N     int        `json:"n"`
	ID    string     `json:"id,omitempty"`
	Name  string     `json:"name,omitempty"`
	Kind  string     `json:"kind,omitempty"`
	Rough bool       `json:"rough,omitempty"` // the point is only the middle of a town
}

// mapPoints gives the interactive map what the list's question finds, in the list's order. A question without a where
// may find any number: then the part of the map in view is counted instead.
func (e *edition) mapPoints(c *fiber.Ctx) error {
	ask, raw, err := e.askedOfMap(c)
	if err != nil {
		return err
	}
	given, err := url.ParseQuery(raw)
	if err != nil {
		return fiber.ErrBadRequest
	}
	q := ask.question.Query
	q.Facets, q.Cursor = nil, ""
	var a mapPlaces
	if everywhere := q.Place == "" && q.Near == nil && q.Box == nil; everywhere && given.Has("view") {
		a, err = e.counted(c, q, given)
	} else {
		a, err = e.listed(c, q)
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(a)
}

// askedOfMap reads the question of a map, from the address or from a form's body, and gives it raw as well.
func (e *edition) askedOfMap(c *fiber.Ctx) (ask *asking, raw string, err error) {
	if c.Method() != fiber.MethodPost {
		ask, raw = e.readAsking(c), queryOf(c)
		return ask, raw, ask.err
	}
	if ask, err = e.readPrivate(c); err != nil {
		return nil, "", err
	}
	return ask, string(c.Body()), ask.err
}

// listed gives every site that q finds, up to mostPlaces of them.
func (e *edition) listed(c *fiber.Ctx, q search.Query) (mapPlaces, error) {
	a := mapPlaces{Whole: true, Places: []mapPlace{}}
	q.Limit = search.MaxLimit
	for len(a.Places) < mostPlaces {
		res, err := e.cfg.Searcher.Search(c.UserContext(), q)
		if err != nil {
			return a, err
		}
		a.Total = res.Total
		for _, h := range res.Hits {
			if h.Site >= 0 && h.Site < len(h.Listing.Sites) && h.Listing.Sites[h.Site].Located() {
				a.Places = append(a.Places, e.mapPlace(h.Listing, h.Site))
			}
		}
		if q.Cursor = res.Next; q.Cursor == "" {
			break
		}
	}
	return a, nil
}

// counted gives the counts of the part of the map in view.
func (e *edition) counted(c *fiber.Ctx, q search.Query, given url.Values) (mapPlaces, error) {
	var view question
	err := e.wording().tables.mapped.form(&view, url.Values{"bbox": {given.Get("view")}, "zoom": {given.Get("zoom")}}.Encode())
	if err != nil {
		return mapPlaces{}, err
	}
	q.Box, q.Sort = view.Box, ""
	clusters, err := e.cfg.Searcher.Clusters(c.UserContext(), q, view.zoom)
	if err != nil {
		return mapPlaces{}, err
	}
	found, err := e.mapOf(c.UserContext(), clusters)
	if err != nil {
		return mapPlaces{}, err
	}
	a := mapPlaces{Places: make([]mapPlace, 0, len(found.Features))}
	for _, f := range found.Features {
		p := f.Properties
		a.Total += p.Count
		a.Places = append(a.Places, mapPlace{At: f.Geometry.Coordinates, N: p.Count, ID: p.Listing, Name: p.Name})
	}
	return a, nil
}

func (e *edition) mapPlace(l *directory.Listing, site int) mapPlace {
	s := l.Sites[site]
	return mapPlace{At: shortened(s.Point), N: 1, ID: l.ID.String(), Name: l.Name, Kind: e.kindOf(l), Rough: roughly(s)}
}

// shortened drops what lies beyond ten metres: no map here shows it.
func shortened(p orb.Point) [2]float64 {
	const digits = 1e4
	return [2]float64{math.Round(p.Lon()*digits) / digits, math.Round(p.Lat()*digits) / digits}
}
