package web

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// The drawing of a sketch, in its own pixels: about those of a phone, so that its words are as large as the page's.
const (
	sketchWidth  = 360
	sketchHeight = 220
	sketchMargin = 18
	pinHeight    = 17
	fineWithin   = 500_000
	leastReach   = 2_000 // metres shown around a place however near everything is
)

// sketchView is a small map drawn here, for which a page needs no script: where the listings of a list lie. It also
// holds what the interactive map that may take its place needs to begin.
type sketchView struct {
	Width, Height  int
	Land, Counties string // SVG paths
	Ring, Here     *circleView
	Name           string // of the place
	Pins           []pinView
	Scale          scaleView
	Single         bool // of one place, not of a list
	Hollow         bool // some pins are
	Miles          bool

	Points   string // where the interactive map asks for places; "" when it has them all
	Question string // what it asks
	Places   string // JSON: all of them
	Box      string // west,south,east,north of what is drawn
	Around   string // lng,lat,radius of the place asked about
	Listings string // what the path of a listing's page begins with
}

type circleView struct {
	X, Y, R int
	Label   string
	Low     int // where the label stands
}

type pinView struct {
	Label       string
	X, Y        int
	Left, Width int
	Rough       bool // drawn hollow
	numbers     []int
	at          spot // of the first
}

type scaleView struct {
	Length int
	Label  string
}

// sketch draws the hits of a search; nil when there is nothing to draw.
func (e *edition) sketch(ask *asking, res *search.Result) *sketchView {
	spots := spotsOf(res.Hits)
	country := e.countryAsked(ask, res)
	around := center(ask, res)
	var c canvas
	switch {
	case around != nil:
		c = canvasAround(*around, reachOf(res))
	case ask.question.Box != nil:
		c = canvasOfBox(*ask.question.Box)
	case len(spots) > 0:
		c = canvasOf(spots)
	default:
		return nil
	}
	if len(spots) == 0 && ask.question.Box == nil {
		return nil
	}
	if country == "" && len(res.Hits) > 0 {
		country = countryOfListing(res.Hits[0].Listing)
	}
	v := e.newSketch(c, cmp.Or(country, defaultCountry))
	v.pin(c, spots)
	v.Points, v.Question = e.url("/map/points"), questionOf(ask)
	if around != nil {
		if res.Place != nil {
			v.Name = res.Place.Place.Name
		}
		v.mark(c, *around, e.ring(c, res.Radius, v.Miles))
		v.Around = degreesList(around.Lon(), around.Lat(), math.Round(res.Radius))
	}
	return v
}

// sketchOfSites draws where a listing is; nil when nobody may know or nobody does.
func (e *edition) sketchOfSites(l *directory.Listing) *sketchView {
	var spots []dot
	places := []mapPlace{}
	for i, s := range l.Sites {
		if s.Located() {
			spots = append(spots, dot{number: len(spots) + 1, point: s.Point, rough: roughly(s)})
			places = append(places, e.mapPlace(l, i))
		}
	}
	if len(spots) == 0 {
		return nil
	}
	c := canvasOf(spots)
	v := e.newSketch(c, cmp.Or(countryOfListing(l), defaultCountry))
	v.Single = len(spots) == 1
	v.pin(c, spots)
	all, err := json.Marshal(places)
	if err != nil {
		panic(err) // strings and numbers only
	}
	v.Places = string(all)
	return v
}

// dot is one of the places to draw, by its number in the list.
type dot struct {
	number int
	point  orb.Point
	rough  bool
}

func spotsOf(hits []search.Hit) []dot {
	var spots []dot
	for i, h := range hits {
		if h.Site >= 0 && h.Site < len(h.Listing.Sites) && h.Listing.Sites[h.Site].Located() {
			s := h.Listing.Sites[h.Site]
			spots = append(spots, dot{number: i + 1, point: s.Point, rough: roughly(s)})
		}
	}
	return spots
}

// roughly reports whether a site's point is only the middle of something larger than a building.
func roughly(s directory.Site) bool {
	return s.Precision == geo.City || s.Precision == geo.Postal || s.Precision == geo.Regional
}

// questionOf writes the question of a list as its first page asks it.
func questionOf(ask *asking) string {
	v := maps.Clone(ask.values)
	v.Del("cursor")
	return v.Encode()
}

// center gives the point a search is around; nil when it is around none.
func center(ask *asking, res *search.Result) *orb.Point {
	if res.Place != nil {
		return &res.Place.Place.Point
	}
	return ask.question.Near
}

// reachOf gives how far around the place to draw: as far as the hits lie, not all of a circle they may be in the middle
// of.
func reachOf(res *search.Result) float64 {
	far := 0.0
	for _, h := range res.Hits {
		if !math.IsNaN(h.Distance) {
			far = max(far, h.Distance)
		}
	}
	if far == 0 || res.Radius == 0 {
		far = max(far, res.Radius)
	}
	return max(1.1*far, leastReach)
}

// canvas lays the Earth on the drawing, as web maps do.
type canvas struct {
	middle spot    // of the drawing, on the plane of strokes
	zoom   float64 // pixels a degree
	lat    float64 // of the middle
}

func canvasAround(p orb.Point, reach float64) canvas {
	c := canvas{middle: spot{p.Lon(), mercator(p.Lat())}, lat: p.Lat()}
	c.zoom = (sketchHeight/2 - sketchMargin) / (reach / c.metresPerDegree())
	return c
}

// canvasOf shows all of some places.
func canvasOf(spots []dot) canvas {
	first := spots[0].point.Lon()
	west, east := 0.0, 0.0 // of the first: a map may cross the antimeridian
	south, north := math.Inf(1), math.Inf(-1)
	for _, s := range spots {
		d := wrapped(s.point.Lon() - first)
		west, east = min(west, d), max(east, d)
		south, north = min(south, s.point.Lat()), max(north, s.point.Lat())
	}
	return canvasBetween(first+west, south, first+east, north)
}

func canvasOfBox(b geo.Box) canvas { return canvasBetween(b.West, b.South, b.West+b.Width(), b.North) }

func canvasBetween(west, south, east, north float64) canvas {
	low, high := mercator(south), mercator(north)
	c := canvas{middle: spot{wrapped((west + east) / 2), (low + high) / 2}, lat: (south + north) / 2}
	least := 5 * leastReach / c.metresPerDegree() // a single place lies in its surroundings
	c.zoom = min((sketchWidth-4*sketchMargin)/max(east-west, least), (sketchHeight-4*sketchMargin)/max(high-low, least))
	return c
}

func (c canvas) metresPerDegree() float64 {
	return geo.EarthRadius * math.Pi / 180 * math.Cos(c.lat*math.Pi/180)
}

func (c canvas) metresPerPixel() float64 { return c.metresPerDegree() / c.zoom }

func (c canvas) put(s spot) spot {
	return spot{sketchWidth/2 + wrapped(s.x-c.middle.x)*c.zoom, sketchHeight/2 - (s.y-c.middle.y)*c.zoom}
}

func (c canvas) putPoint(p orb.Point) spot { return c.put(spot{p.Lon(), mercator(p.Lat())}) }

// box gives the degrees of the drawing's edges.
func (c canvas) box() string {
	x, y := sketchWidth/2/c.zoom, sketchHeight/2/c.zoom
	return degreesList(wrapped(c.middle.x-x), latitude(c.middle.y-y), wrapped(c.middle.x+x), latitude(c.middle.y+y))
}

func degreesList(numbers ...float64) string {
	text := make([]string, len(numbers))
	for i, n := range numbers {
		text[i] = strconv.FormatFloat(math.Round(n*1e4)/1e4, 'f', -1, 64)
	}
	return strings.Join(text, ",")
}

// wrapped gives the difference of two longitudes the short way round.
func wrapped(d float64) float64 { return math.Mod(math.Mod(d+180, 360)+360, 360) - 180 }

func (e *edition) newSketch(c canvas, country string) *sketchView {
	v := &sketchView{Width: sketchWidth, Height: sketchHeight, Miles: inMiles(country), Box: c.box(), Listings: e.url("/listings/")}
	a := readAtlas()
	if c.metresPerPixel()*sketchWidth < fineWithin {
		v.Land, v.Counties = c.rings(a.fine.land), c.lines(a.fine.lines)
	} else {
		v.Land = c.rings(a.coarse.land)
	}
	metres := niceDistance(c.metresPerPixel()*90, v.Miles)
	v.Scale = scaleView{Length: int(metres / c.metresPerPixel()), Label: e.shortDistance(metres, v.Miles)}
	return v
}

// near reports whether any of a stroke may be seen.
func (c canvas) near(s *stroke) bool {
	return math.Abs(wrapped(s.middle.x-c.middle.x))-s.arm.x < sketchWidth/2/c.zoom &&
		math.Abs(s.middle.y-c.middle.y)-s.arm.y < sketchHeight/2/c.zoom
}

func (c canvas) place(s *stroke) []spot {
	points := make([]spot, len(s.points))
	for i, p := range s.points {
		points[i] = c.put(p)
	}
	return points
}

// rings draws areas, cut to what can be seen.
func (c canvas) rings(strokes []stroke) string {
	var p pen
	for i := range strokes {
		if c.near(&strokes[i]) {
			p.draw(cut(c.place(&strokes[i])), true)
		}
	}
	return string(p.path)
}

// lines draws lines, without the parts that lie outside.
func (c canvas) lines(strokes []stroke) string {
	var p pen
	for i := range strokes {
		if !c.near(&strokes[i]) {
			continue
		}
		points := c.place(&strokes[i])
		from := 0
		for k := 1; k <= len(points); k++ {
			if k < len(points) && (seen(points[k]) || seen(points[k-1])) {
				continue
			}
			if k-from > 1 {
				p.draw(points[from:k], false)
			}
			from = k
		}
	}
	return string(p.path)
}

// bleed is how far beyond its edge a drawing is drawn, so that the edge of a cut is not seen.
const bleed = 4

func seen(p spot) bool {
	return p.x > -bleed && p.x < sketchWidth+bleed && p.y > -bleed && p.y < sketchHeight+bleed
}

// cut gives the part of a ring on the drawing: its part on one side of each edge in turn (Sutherland and Hodgman).
func cut(ring []spot) []spot {
	for _, edge := range []struct {
		beyond func(spot) float64 // how far outside
	}{
		{func(p spot) float64 { return -bleed - p.x }},
		{func(p spot) float64 { return p.x - sketchWidth - bleed }},
		{func(p spot) float64 { return -bleed - p.y }},
		{func(p spot) float64 { return p.y - sketchHeight - bleed }},
	} {
		var kept []spot
		for i, p := range ring {
			before := ring[(i+len(ring)-1)%len(ring)]
			d, d0 := edge.beyond(p), edge.beyond(before)
			if d > 0 != (d0 > 0) {
				t := d0 / (d0 - d)
				kept = append(kept, spot{before.x + t*(p.x-before.x), before.y + t*(p.y-before.y)})
			}
			if d <= 0 {
				kept = append(kept, p)
			}
		}
		ring = kept
	}
	return ring
}

// pin adds the places. Those too close to be told apart share a pin.
func (v *sketchView) pin(c canvas, spots []dot) {
	for _, s := range spots {
		if at := c.putPoint(s.point); at.x >= 0 && at.x <= sketchWidth && at.y >= 0 && at.y <= sketchHeight {
			v.Pins = append(v.Pins, pinView{at: at, numbers: []int{s.number}, Rough: s.rough})
			v.Pins[len(v.Pins)-1].finish(v.Single)
		}
	}
	for i := 0; i < len(v.Pins); i++ {
		for k := i + 1; k < len(v.Pins); k++ {
			if p, q := &v.Pins[i], &v.Pins[k]; p.covers(q) {
				p.numbers, p.Rough = append(p.numbers, q.numbers...), p.Rough && q.Rough
				p.finish(v.Single)
				v.Pins = slices.Delete(v.Pins, k, k+1)
				i, k = 0, 0 // it grew: it may cover another now
			}
		}
	}
	slices.Reverse(v.Pins) // the first is drawn last, and so on top
	v.Hollow = slices.ContainsFunc(v.Pins, func(p pinView) bool { return p.Rough })
}

func (p *pinView) covers(q *pinView) bool {
	return math.Abs(float64(p.X-q.X)) < float64(p.Width+q.Width)/2 && math.Abs(float64(p.Y-q.Y)) < pinHeight
}

// finish writes a pin's numbers and lays it within the drawing.
func (p *pinView) finish(single bool) {
	if slices.Sort(p.numbers); !single {
		p.Label = numbered(p.numbers)
	}
	p.Width = 11 + 6*len([]rune(p.Label))
	p.X = int(min(max(p.at.x, float64(p.Width)/2), sketchWidth-float64(p.Width)/2))
	p.Y = int(min(max(p.at.y, pinHeight/2), sketchHeight-pinHeight/2))
	p.Left = p.X - p.Width/2
}

// numbered writes the numbers of a pin: "3", "1–4", "2, 5", "1 +3".
func numbered(n []int) string {
	first, last := strconv.Itoa(n[0]), strconv.Itoa(n[len(n)-1])
	switch {
	case len(n) == 1:
		return first
	case n[len(n)-1]-n[0] == len(n)-1 && len(n) > 2:
		return first + "–" + last
	case len(n) == 2:
		return first + ", " + last
	}
	return first + " +" + strconv.Itoa(len(n)-1)
}

// mark adds the place asked about and the circle around it.
func (v *sketchView) mark(c canvas, p orb.Point, ring *circleView) {
	at := c.putPoint(p)
	v.Here = &circleView{X: int(at.x), Y: int(at.y), R: 5}
	if ring == nil {
		return
	}
	ring.X, ring.Y = v.Here.X, v.Here.Y
	ring.Low = min(ring.Y+ring.R+4, sketchHeight-6)
	v.Ring = ring
}

// ring gives the circle that was searched, or where that lies beyond the drawing, one at a round distance.
func (e *edition) ring(c canvas, radius float64, miles bool) *circleView {
	metres := radius
	if edge := float64(sketchHeight/2-8) * c.metresPerPixel(); radius == 0 || radius > edge {
		metres = niceDistance(edge*0.9, miles)
	}
	return &circleView{R: int(metres / c.metresPerPixel()), Label: e.shortDistance(metres, miles)}
}

// niceDistance gives the longest round distance of at most so many metres.
func niceDistance(most float64, miles bool) float64 {
	unit := float64(metresPerKilometre)
	if miles {
		unit = metresPerMile
	}
	nice := 0.1
	for _, n := range []float64{0.2, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500} {
		if n*unit <= most {
			nice = n
		}
	}
	return nice * unit
}

// shortDistance writes a round distance.
func (e *edition) shortDistance(metres float64, miles bool) string {
	key, n := "distance.km", metres/metresPerKilometre
	if miles {
		key, n = "distance.miles", metres/metresPerMile
	}
	digits := 0
	if n < 1 {
		digits = 1
	}
	return e.t(key, "N", e.phrases.numbers.Sprintf("%.*f", digits, n))
}
