package search

import (
	"context"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
)

// Sites gives where a claim is stated: the points of the sites of every listing that says yes to it, made-up ones left
// out. It asks an engine once, whatever the number.
func Sites(ctx context.Context, e Engine, f directory.Facet, code string) ([]orb.Point, error) {
	cells, err := e.Clusters(ctx, Match{Claims: map[directory.Facet][]string{f: {code}}}, s2.MaxLevel)
	if err != nil {
		return nil, err
	}
	points := make([]orb.Point, len(cells))
	for i := range cells {
		points[i] = cells[i].Center // a cell of the finest level is a square centimetre
	}
	return points, nil
}
