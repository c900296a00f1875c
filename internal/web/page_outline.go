package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"sync"

	"carefinder/frontend"
)

// atlas is the borders maps are drawn on: of the United States, coarse for a country and fine for a city.
type atlas struct{ coarse, fine outline }

// outline is the shores and borders of areas, and the lines within them.
type outline struct{ land, lines []stroke }

// stroke is a closed ring or a line on a plane where a web map is straight: degrees east, and north as Mercator has
// them.
type stroke struct {
	points      []spot
	middle, arm spot // of the box around it
}

type spot struct{ x, y float64 }

// readAtlas decodes the outlines when the first map is drawn.
var readAtlas = sync.OnceValue(func() *atlas {
	var a atlas
	files := frontend.Outlines()
	names, err := fs.Glob(files, "counties/*.json")
	if err == nil {
		a.coarse, err = readOutline(files, "states.json")
	}
	for _, name := range names {
		if err != nil {
			break
		}
		var o outline
		o, err = readOutline(files, name)
		a.fine.land, a.fine.lines = append(a.fine.land, o.land...), append(a.fine.lines, o.lines...)
	}
	if err != nil {
		panic(fmt.Errorf("outlines: %w", err)) // embedded; a test reads them all
	}
	return &a
})

// topology is as much of TopoJSON as our outlines use: quantized arcs, and shapes that name them.
type topology struct {
	Arcs      [][][2]float64
	Transform struct{ Scale, Translate [2]float64 }
	Objects   map[string]shape
}

type shape struct {
	Type       string
	Geometries []shape
	Arcs       json.RawMessage
}

func readOutline(files fs.FS, name string) (outline, error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return outline{}, err
	}
	var t topology
	if err := json.Unmarshal(raw, &t); err != nil {
		return outline{}, fmt.Errorf("%s: %w", name, err)
	}
	arcs := t.decode()
	var o outline
	if o.land, err = t.Objects["land"].strokes(arcs); err == nil {
		o.lines, err = t.Objects["lines"].strokes(arcs)
	}
	return o, err
}

// decode gives the arcs as spots: each arc is stored as steps from one point to the next.
func (t *topology) decode() [][]spot {
	arcs := make([][]spot, len(t.Arcs))
	for i, steps := range t.Arcs {
		x, y := 0.0, 0.0
		for _, s := range steps {
			x, y = x+s[0], y+s[1]
			arcs[i] = append(arcs[i], spot{x*t.Transform.Scale[0] + t.Transform.Translate[0], mercator(y*t.Transform.Scale[1] + t.Transform.Translate[1])})
		}
	}
	return arcs
}

// strokes gives the rings or lines of a shape.
func (s shape) strokes(arcs [][]spot) ([]stroke, error) {
	var all []stroke
	for _, g := range s.Geometries {
		part, err := g.strokes(arcs)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	var rings [][]int
	var err error
	switch s.Type {
	case "Polygon", "MultiLineString":
		err = json.Unmarshal(s.Arcs, &rings)
	case "MultiPolygon":
		var polygons [][][]int
		err = json.Unmarshal(s.Arcs, &polygons)
		for _, p := range polygons {
			rings = append(rings, p...)
		}
	}
	for _, r := range rings {
		all = append(all, newStroke(join(arcs, r)))
	}
	return all, err
}

// join puts arcs end to end; the index ^i is arc i backwards.
func join(arcs [][]spot, indices []int) []spot {
	var points []spot
	for n, i := range indices {
		arc := arcs[max(i, ^i)]
		for k := range arc {
			if k == 0 && n > 0 {
				continue // the end of the arc before
			}
			if i < 0 {
				points = append(points, arc[len(arc)-1-k])
			} else {
				points = append(points, arc[k])
			}
		}
	}
	return points
}

func newStroke(points []spot) stroke {
	low, high := spot{math.Inf(1), math.Inf(1)}, spot{math.Inf(-1), math.Inf(-1)}
	for _, p := range points {
		low, high = spot{min(low.x, p.x), min(low.y, p.y)}, spot{max(high.x, p.x), max(high.y, p.y)}
	}
	return stroke{points: points, middle: spot{(low.x + high.x) / 2, (low.y + high.y) / 2}, arm: spot{(high.x - low.x) / 2, (high.y - low.y) / 2}}
}

// mostLatitude is where web maps end, near the poles.
const mostLatitude = 85

// mercator gives the height of a latitude on a web map, in degrees of its equator; latitude is its inverse.
func mercator(lat float64) float64 {
	r := min(max(lat, -mostLatitude), mostLatitude) * math.Pi / 180
	return math.Asinh(math.Tan(r)) * 180 / math.Pi
}

func latitude(height float64) float64 {
	return math.Atan(math.Sinh(height*math.Pi/180)) * 180 / math.Pi
}

// pen writes the path of an SVG in whole pixels, each point as a step from the one before.
type pen struct {
	path []byte
	at   [2]int
}

func (p *pen) draw(points []spot, closed bool) {
	began, drawn := len(p.path), 0
	for i, q := range points {
		to := [2]int{int(math.Round(q.x)), int(math.Round(q.y))}
		if drawn == 0 {
			p.path = append(p.path, 'M')
			p.number(to[0], true)
			p.number(to[1], false)
		} else {
			step := [2]int{to[0] - p.at[0], to[1] - p.at[1]}
			if near := step[0]*step[0] + step[1]*step[1]; near == 0 || near < smallestStep && i < len(points)-1 {
				continue
			}
			if drawn == 1 {
				p.path = append(p.path, 'l')
			}
			p.number(step[0], drawn == 1)
			p.number(step[1], false)
		}
		p.at = to
		drawn++
	}
	switch {
	case drawn < 2 || closed && drawn < 3:
		p.path = p.path[:began]
	case closed:
		p.path = append(p.path, 'z')
	}
}

// smallestStep is the square of the pixels below which a step is left out.
const smallestStep = 5

func (p *pen) number(n int, first bool) {
	if !first && n >= 0 {
		p.path = append(p.path, ' ')
	}
	p.path = strconv.AppendInt(p.path, int64(n), 10)
}
