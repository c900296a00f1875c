package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// Scatter is points to ask which is nearest. It is immutable and safe for concurrent use.
type Scatter struct{ near tree }

// NewScatter makes a scatter of points.
func NewScatter(points []orb.Point) *Scatter {
	s := &Scatter{near: make(tree, len(points))}
	for i, p := range points {
		s.near[i] = leaf{at: VectorOf(p), id: int32(i)}
	}
	s.near.grow(0)
	return s
}

// Distance gives the metres from p to the nearest of the points: +Inf where there is none.
func (s *Scatter) Distance(p orb.Point) float64 {
	k := seek{v: VectorOf(p), wanted: func(int32) bool { return true }, best: 5}
	if k.visit(s.near, 0); k.best == 5 {
		return math.Inf(1)
	}
	return MetresOfChord2(k.best)
}
