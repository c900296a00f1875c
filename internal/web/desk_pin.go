package web

import (
	"cmp"
	"math"
	"net/http"
	"strconv"

	"github.com/paulmach/orb"

	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
)

// pinMap is a sketch around the point of a site, with a grid in degrees: outlines alone are too coarse to set a pin by.
// A script lets the pin be moved; the fields of the point stay the truth.
type pinMap struct {
	*sketchView
	Meridians, Parallels []gridLine
	X, Y                 int    // of the pin: the middle
	Lat, Lng             string // of it
	Precision            string // code of how far to trust the point
	Caption              string
	Zoom                 string // pixels a degree, on the plane of web maps
	Reach                int    // metres it shows around its middle
}

// gridLine is a line at a round number of degrees.
type gridLine struct {
	At    int    // pixels from the left, or from the top
	Label string // "" in the corner where those of both kinds would meet
}

// The least and the most that is shown around a pin, in metres, and what a drawing begins with.
const (
	leastPinReach = 200
	mostPinReach  = 2_000_000
	pinReach      = 1_000
	roughPinReach = 10_000
)

// sitePin draws the point of a site; nil when it has none that can be drawn.
func (v *visit) sitePin(s *directory.Site) *pinMap {
	if s.Point == (orb.Point{}) {
		return nil
	}
	reach := pinReach
	if roughly(*s) {
		reach = roughPinReach
	}
	return v.pinMap(s.Point, s.Precision, s.Address.Country, reach)
}

// pinMap draws a point and reach metres around it; nil for one that can't be drawn.
func (v *visit) pinMap(p orb.Point, precision geo.Precision, country string, reach int) *pinMap {
	if geo.ValidPoint(p) != nil || math.Abs(p.Lat()) > mostLatitude {
		return nil
	}
	near, known := v.e.cfg.Gazetteer.Around(p)
	c := canvasAround(p, float64(reach))
	m := &pinMap{
		sketchView: v.e.newSketch(c, cmp.Or(country, near.Country, defaultCountry)), Precision: string(precision), Reach: reach,
		X: sketchWidth / 2, Y: sketchHeight / 2, Lat: decimal(p.Lat(), pinDigits), Lng: decimal(p.Lon(), pinDigits), Zoom: decimal(c.zoom, 3),
	}
	m.grid(c)
	m.Caption = v.t("desk.pin.caption", "Lat", m.Lat, "Lng", m.Lng, "Precision", v.t("desk.precision."+string(precision)))
	if known {
		m.Caption += " " + v.t("desk.pin.near", "Place", near.Label(), "Distance", v.e.distance(geo.Distance(p, near.Point), cmp.Or(country, near.Country)))
	}
	return m
}

// pinDigits is how many decimals a point is written with: the fifth is a metre.
const pinDigits = 5

// decimal writes a number with at most so many decimals.
func decimal(d float64, digits int) string {
	scale := math.Pow10(digits)
	return strconv.FormatFloat(math.Round(d*scale)/scale, 'f', -1, 64)
}

// grid draws lines at round numbers of degrees, at least two across and two down.
func (m *pinMap) grid(c canvas) {
	const across, down = 120, 100 // pixels between two lines at most
	const corner = 70             // pixels
	x, y := sketchWidth/2/c.zoom, sketchHeight/2/c.zoom
	step, digits := roundStep(across / c.zoom)
	for lng := math.Ceil((c.middle.x-x)/step) * step; lng <= c.middle.x+x; lng += step {
		line := gridLine{int(math.Round(c.put(spot{lng, 0}).x)), strconv.FormatFloat(wrapped(lng), 'f', digits, 64)}
		if line.At > sketchWidth-corner {
			line.Label = ""
		}
		m.Meridians = append(m.Meridians, line)
	}
	south, north := max(latitude(c.middle.y-y), -mostLatitude), min(latitude(c.middle.y+y), mostLatitude)
	step, digits = roundStep((north - south) * down / sketchHeight)
	for lat := math.Ceil(south/step) * step; lat <= north; lat += step {
		m.Parallels = append(m.Parallels, gridLine{int(math.Round(c.put(spot{0, mercator(lat)}).y)), strconv.FormatFloat(lat, 'f', digits, 64)})
	}
}

// roundStep gives the greatest of 1, 2 and 5 times a power of ten that is no more than d, and its decimals.
func roundStep(d float64) (step float64, digits int) {
	power := math.Floor(math.Log10(d))
	step = math.Pow(10, power)
	for _, n := range []float64{5, 2} {
		if n*step <= d {
			step *= n
			break
		}
	}
	return step, int(max(0, -power))
}

// locateView is a place of the gazetteer on its map.
type locateView struct {
	Back  string
	Found string
	Form  *deskForm
	Pin   *pinMap
}

type placeAnswer struct {
	Place     string  `json:"place"`
	Lat       float64 `json:"lat"`
	Lng       float64 `json:"lng"`
	Precision string  `json:"precision"`
}

// locate finds an address, a ZIP or a point in the gazetteer and draws it. It keeps nothing.
func (v *visit) locate() (reply, error) {
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	view := v.locateForm(p)
	a := reply{page: "locate", title: "desk.locate.title", at: proposalPath(p.ID) + "/edit", view: view, sent: view.Form}
	found, err := v.e.cfg.Gazetteer.Resolve(v.text("address"))
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Unresolvable) {
		x := faultFields(err)[0]
		return a, &fault.Error{Kind: fault.Unresolvable, Message: "This was not found.", Fields: []fault.Field{{Name: "address", Message: x.Message, Suggestions: x.Suggestions}}}
	}
	if err != nil {
		return reply{}, err
	}
	at := found.Place
	reach := pinReach
	if at.Precision != geo.Exact {
		reach = roughPinReach
	}
	if reach, err = v.number("reach", leastPinReach, mostPinReach, reach); err != nil {
		return reply{}, err
	}
	view.Pin = v.pinMap(at.Point, at.Precision, at.Country, reach)
	view.Found = v.t("desk.locate.found", "Place", at.Label(), "Precision", v.t("desk.precision."+string(at.Precision)))
	a.json = placeAnswer{Place: at.Label(), Lat: at.Point.Lat(), Lng: at.Point.Lon(), Precision: string(at.Precision)}
	a.status = http.StatusOK
	return a, nil
}

func (v *visit) locateForm(p *work.Proposal) *locateView {
	view := &locateView{Back: v.url(proposalPath(p.ID) + "/edit"), Form: v.form("locate", proposalPath(p.ID)+"/locate", "desk.locate.submit")}
	v.add(view.Form, "text", "address", v.text("address"), "off")
	return view
}
