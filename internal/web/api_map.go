package web

import (
	"context"
	"math"

	"github.com/gofiber/fiber/v2"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// clusterMap answers GET /api/v1/map.
func (s *Server) clusterMap(c *fiber.Ctx) error {
	var q question
	if err := s.wording().tables.mapped.query(&q, queryOf(c)); err != nil {
		return err
	}
	q.At = s.now()
	clusters, err := s.cfg.Searcher.Clusters(c.UserContext(), q.Query, q.zoom)
	if err != nil {
		return err
	}
	a, err := s.mapOf(c.UserContext(), clusters)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "private, max-age=30")
	return c.JSON(a, typeGeoJSON)
}

// mapOf makes features of clusters. The names of single sites are read from the truth: what was withdrawn since it
// was indexed is left out.
func (s *Server) mapOf(ctx context.Context, clusters []search.Cluster) (mapAnswer, error) {
	var ids []directory.ID
	for _, c := range clusters {
		if c.Sites == 1 {
			ids = append(ids, c.ID)
		}
	}
	listings, err := s.cfg.Listings.Published(ctx, ids)
	if err != nil {
		return mapAnswer{}, err
	}
	a := mapAnswer{Type: "FeatureCollection", Features: make([]mapFeature, 0, len(clusters))}
	for _, c := range clusters {
		f := mapFeature{Type: "Feature", Geometry: geometry{Type: "Point", Coordinates: rounded(c.Center)}, Properties: mapProperties{Count: c.Sites}}
		if c.Sites == 1 {
			l := listings[0]
			if listings = listings[1:]; l == nil {
				continue
			}
			f.Properties.Listing, f.Properties.Name = l.ID.String(), l.Name
		}
		a.Features = append(a.Features, f)
	}
	return a, nil
}

// rounded drops what lies beyond a tenth of a metre: it is the noise of a mean.
func rounded(p orb.Point) [2]float64 {
	const digits = 1e6
	return [2]float64{math.Round(p[0]*digits) / digits, math.Round(p[1]*digits) / digits}
}
