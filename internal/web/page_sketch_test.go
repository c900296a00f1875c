package web_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
	"golang.org/x/net/html"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

// spread answers with n hits around Boston, on a spiral outwards.
func (s *shelf) spread(n int) func(search.Query) (*search.Result, error) {
	return func(q search.Query) (*search.Result, error) {
		r, err := s.boston(q)
		r.Hits, r.Next = nil, ""
		for i := range n {
			turn, far := float64(i)*2.4, float64(i+1)*0.012
			l := *s.listings[centerID]
			l.ID = directory.ImportedID("test", fmt.Sprint("spread", i))
			l.Sites = []directory.Site{{Point: geo.LatLng(42.36+far*math.Sin(turn), -71.06+far*math.Cos(turn)), Precision: geo.Exact}}
			r.Hits = append(r.Hits, search.Hit{Listing: &l, Distance: far * 100_000})
		}
		r.Total = n
		return r, err
	}
}

func TestSketchShowsTheListsPlaces(t *testing.T) {
	s, _ := pagesOf(t, func(s *shelf, _ *web.Config) { s.answer = s.spread(20) })
	doc := read(t, s, "/search?place=Boston&treatment=ect", 200)
	svg := one(t, doc, "svg.sketch")
	one(t, doc, "#"+attr(svg, "aria-labelledby"))
	var numbers []string
	for _, p := range pick(svg, "g.pin text") {
		numbers = append(numbers, words(p))
	}
	if last := numbers[len(numbers)-1]; !strings.HasPrefix(last, "1") {
		t.Errorf("the first hit is not on top: %q", numbers)
	}
	if !slices.Contains(numbers, "20") {
		t.Errorf("pins %q lack the farthest hit", numbers)
	}
	for _, part := range []string{"path.land", "path.county", "circle.ring", "path.scale"} {
		one(t, svg, part)
	}
	var b strings.Builder
	if err := html.Render(&b, svg); err != nil {
		t.Fatal(err)
	}
	if n := len(fasthttp.AppendBrotliBytesLevel(nil, []byte(b.String()), 4)); n > 4<<10 {
		t.Errorf("the sketch takes %d bytes, at most 4096 are allowed", n)
	}
	box := attr(one(t, doc, "[data-map]"), "data-question")
	if box != "place=Boston&treatment=ect" {
		t.Errorf("the map would ask %q", box)
	}
}

func TestSketchAnywhere(t *testing.T) {
	for name, c := range map[string]struct {
		points [][2]float64 // latitude, longitude
		land   bool
		query  string
	}{
		"across the country":      {[][2]float64{{47.6, -122.3}, {25.8, -80.2}}, true, ""},
		"across the antimeridian": {[][2]float64{{-18.1, 179.9}, {-17.8, -179.8}}, false, ""},
		"one place in Alaska":     {[][2]float64{{51.9, -176.6}}, true, ""},
		"outside our outlines":    {[][2]float64{{51.5, -0.1}, {51.6, 0.1}}, false, ""},
		"a box that is asked":     {nil, true, "?bbox=-71.3,42.2,-70.9,42.5"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := pagesOf(t, func(s *shelf, _ *web.Config) {
				s.answer = func(search.Query) (*search.Result, error) {
					r := &search.Result{Total: len(c.points)}
					for _, p := range c.points {
						l := *s.listings[centerID]
						l.Sites = []directory.Site{{Point: geo.LatLng(p[0], p[1]), Precision: geo.City}}
						r.Hits = append(r.Hits, search.Hit{Listing: &l, Distance: math.NaN()})
					}
					return r, nil
				}
			})
			svg := one(t, read(t, s, "/search"+c.query, 200), "svg.sketch")
			if n := len(pick(svg, "g.pin")); n != len(c.points) {
				t.Errorf("%d pins, want %d", n, len(c.points))
			}
			if n := len(pick(svg, "path.land")) == 1; n != c.land {
				t.Errorf("has land: %v, want %v", n, c.land)
			}
			if text := words(svg) + attr(svg, "class"); strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
				t.Errorf("not a number in %q", text)
			}
		})
	}
}

func TestNoSketchWithoutAPlace(t *testing.T) {
	s, _ := pagesOf(t, nothing)
	if n := pick(read(t, s, "/search?place=Boston", 200), "[data-map]"); len(n) > 0 {
		t.Error("a map of nothing")
	}
	s, _ = pagesOf(t, nil)
	if n := pick(read(t, s, "/listings/"+secretID.String(), 200), "[data-map]"); len(n) > 0 {
		t.Error("a map of a confidential address")
	}
	places := attr(one(t, read(t, s, "/listings/"+centerID.String(), 200), "[data-map]"), "data-places")
	if !strings.Contains(places, `"name":"Bay Center"`) {
		t.Errorf("the places of a listing's map: %s", places)
	}
}

type places struct {
	Total  int
	Whole  bool
	Places []struct {
		At   []float64
		N    int
		Name string
	}
}

func TestMapAsksTheListsQuestion(t *testing.T) {
	server, s := pagesOf(t, func(s *shelf, _ *web.Config) { s.answer = s.spread(20) })
	question := "place=Boston&treatment=ect&radius=25mi"
	answers := map[string]reply{
		"by address":   get(t, server, "/map/points?"+question),
		"in a private": ask(t, server, http.MethodPost, "/es/map/points", question, "Content-Type", "application/x-www-form-urlencoded"),
	}
	for how, r := range answers {
		var p places
		if err := json.Unmarshal(r.body, &p); err != nil || r.status != 200 {
			t.Fatalf("%s: %d %v %.200s", how, r.status, err, r.body)
		}
		if !p.Whole || p.Total != 20 || len(p.Places) != 20 || p.Places[0].Name != "Bay Center" || p.Places[0].N != 1 {
			t.Errorf("%s: %+v", how, p)
		}
		if keep := r.header.Get("Cache-Control"); keep != "no-store" {
			t.Errorf("%s: may be kept: %q", how, keep)
		}
	}
	if s.asked.Place != "Boston" || !slices.Equal(s.asked.Claims[directory.Treatment], []string{"ect"}) || len(s.asked.Facets) > 0 {
		t.Errorf("asked %+v", s.asked)
	}
	if r := get(t, server, "/map/points?radius=near"); r.status != 400 {
		t.Errorf("a question that can't be read: %d", r.status)
	}
}

func TestMapWords(t *testing.T) {
	server, _ := pagesOf(t, nil)
	doc := read(t, server, "/es/search?place=Boston", 200)
	r := get(t, server, attr(one(t, doc, "[data-map]"), "data-words"))
	var words map[string]string
	if err := json.Unmarshal(r.body, &words); err != nil || words["area"] != "Buscar en esta zona" {
		t.Errorf("%d %v %s", r.status, err, r.body)
	}
	for key, text := range words {
		if text == "" || text == "map."+key {
			t.Errorf("no word for %q", key)
		}
	}
}

// TestMapCountsWhatIsEverywhere asks without a where: the part of the map in view is counted.
func TestMapCountsWhatIsEverywhere(t *testing.T) {
	var box geo.Box
	w := server(t, &scripted{clusters: func(q search.Query, zoom int) ([]search.Cluster, error) {
		if box = *q.Box; zoom != 4 {
			t.Errorf("zoom %d", zoom)
		}
		return []search.Cluster{{Sites: 7, Center: geo.LatLng(40, -100)}, {Sites: 1, ID: lifeline().ID, Center: geo.LatLng(30, -90)}}, nil
	}})
	r := ask(t, w, http.MethodPost, "/map/points", "treatment=ect&view=-125,24,-66,50&zoom=4", "Content-Type", "application/x-www-form-urlencoded")
	var p places
	if err := json.Unmarshal(r.body, &p); err != nil || p.Whole || p.Total != 8 || len(p.Places) != 2 || p.Places[0].N != 7 || p.Places[1].Name == "" {
		t.Errorf("%d %v %s", r.status, err, r.body)
	}
	if (box != geo.Box{West: -125, South: 24, East: -66, North: 50}) {
		t.Errorf("counted in %v", box)
	}
}
