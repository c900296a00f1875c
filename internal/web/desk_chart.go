package web

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	work "carefinder/internal/desk"
	"carefinder/internal/geo"
)

// chartView is bars drawn here, and the table of the same figures beside them.
type chartView struct {
	ID, Title    string
	What, Figure string // heads of the columns
	Rows         []chartRow
	Height       int
}

type chartRow struct {
	Label, URL, Value, Share string
	Bar                      bool   // it is drawn too
	Short                    string // Label, as long as there is room for
	Y, Width                 int
	n                        int
}

// The drawing of a chart, in its own pixels.
const (
	chartWidth = 360
	barStep    = 30
	maxBars    = 12
	barLetters = 52
)

// chart draws figures. Where there are many the first have a bar; the table has all.
func (v *visit) chart(id, title string, rows []chartRow, of int) *chartView {
	c := &chartView{ID: id, Title: title, Rows: rows, Height: min(len(rows), maxBars) * barStep}
	most := 1
	for _, r := range rows {
		most = max(most, r.n)
	}
	for i := range rows {
		r := &rows[i]
		if r.Value = v.e.number(r.n); of > 0 {
			r.Share = v.share(r.n, of)
		}
		if r.Short = r.Label; utf8.RuneCountInString(r.Short) > barLetters {
			r.Short = string([]rune(r.Label)[:barLetters-1]) + "…"
		}
		r.Bar, r.Y, r.Width = i < maxBars, i*barStep, int(math.Round(float64(r.n)/float64(most)*chartWidth))
	}
	return c
}

// share says a part of all in percent. What is not nothing is not rounded to it, nor what is not all to all.
func (v *visit) share(n, of int) string {
	p := int(math.Round(100 * float64(n) / float64(max(1, of))))
	switch {
	case p == 0 && n > 0:
		return v.t("desk.dashboard.percent.few")
	case p == 100 && n < of:
		p = 99
	}
	return v.t("desk.dashboard.percent", "N", strconv.Itoa(p))
}

// gapMap is where the gaps are, drawn on the outlines of the sketches.
type gapMap struct {
	*sketchView
	Text string
	Dots []circleView
}

// maxDots bounds what is drawn; the largest places are.
const maxDots = 400

// offshore are the divisions of the United States that would make a map of all of it too small to read.
var offshore = []string{"US-AK", "US-HI", "US-AS", "US-GU", "US-MP", "US-PR", "US-VI"}

// mapOfGaps draws the gaps of a place; nil where nothing can be drawn.
func (v *visit) mapOfGaps(r *work.GapReport, where string) *gapMap {
	seen := func(p geo.Place) bool { return where != "US" || !slices.Contains(offshore, p.Admin1Code) }
	var frame []dot
	for _, p := range r.All {
		if seen(p) {
			frame = append(frame, dot{point: p.Point})
		}
	}
	if len(frame) == 0 {
		return nil
	}
	c := canvasOf(frame)
	m := &gapMap{sketchView: v.e.newSketch(c, r.All[0].Country)}
	gaps := slices.Clone(r.Gaps)
	slices.SortStableFunc(gaps, func(a, b work.Gap) int { return cmp.Compare(b.Population, a.Population) })
	most := 1
	for _, g := range gaps {
		at := c.putPoint(g.Point)
		if len(m.Dots) == maxDots || !seen(g.Place) {
			continue
		}
		most = max(most, g.Population)
		const least, span = 2, 10
		m.Dots = append(m.Dots, circleView{X: int(at.x), Y: int(at.y), R: least + int(span*math.Sqrt(float64(g.Population)/float64(most)))})
	}
	m.Text = v.t("desk.dashboard.map.text", "Drawn", v.e.number(len(m.Dots)), "All", v.e.number(len(gaps)))
	if where == "US" {
		m.Text += " " + v.t("desk.dashboard.map.mainland")
	}
	return m
}

// gapRow is a place that is far from care.
type gapRow struct{ Name, Division, People, Distance string }

func (v *visit) gapRows(gaps []work.Gap) []gapRow {
	rows := make([]gapRow, len(gaps))
	for i, g := range gaps {
		rows[i] = gapRow{g.Name, v.divisionOf(g.Place), v.e.number(g.Population), v.away(g)}
	}
	return rows
}

func (v *visit) away(g work.Gap) string {
	if math.IsInf(g.Distance, 1) {
		return v.t("desk.dashboard.nowhere")
	}
	return v.e.distance(g.Distance, g.Country)
}

func (v *visit) divisionOf(p geo.Place) string { return cmp.Or(p.Admin1, v.e.country(p.Country)) }
