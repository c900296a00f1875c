package geo

import "github.com/paulmach/orb"

// OnSphere is Contains without the map, and Flat reports whether there is one.
func (a *Area) OnSphere(p orb.Point) bool { return a.onSphere(VectorOf(p)) }

func (a *Area) Flat() bool { return a.flat != nil }
