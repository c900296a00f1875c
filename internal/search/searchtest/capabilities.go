package searchtest

import (
	"fmt"

	"github.com/golang/geo/s2"

	"carefinder/internal/geo"
)

// Capabilities declares where an engine only approximates, and how far. The zero Capabilities is an engine that never
// does.
type Capabilities struct {
	// MapListings is up to how many matching listings a map's clusters are centered on their sites; with more each is
	// centered somewhere in its cell. 0 is always.
	MapListings int
	// Ranked is up to how many matching listings the relevance of words is told of all; with more only of those that
	// look best, so a later page may lack some. 0 is always.
	Ranked int
	// Apart says that the parts of an answer made while the index changes (hits, totals, counts) may each be of another
	// moment. Each part is of one, no older than when the question was asked.
	Apart bool
	// Small keeps to worlds of some hundred listings, for an engine whose answers are played from a record.
	Small bool
}

// declared tells the approximations to a person.
func (c Capabilities) declared() (all []string) {
	if c.MapListings > 0 {
		all = append(all, fmt.Sprintf("on maps of more than %d listings clusters are centered in their cell; their counts are exact", c.MapListings))
	}
	if c.Ranked > 0 {
		all = append(all, fmt.Sprintf("of more than %d listings that match words the order of relevance holds those alone that look best; totals and counts are exact", c.Ranked))
	}
	if c.Apart {
		all = append(all, "the hits, totals and counts of an answer made during a change may be of different moments")
	}
	return all
}

// centerWithin is how far, in metres, the center of a cluster may be off on a map of so many listings.
func (c Capabilities) centerWithin(listings, level int) float64 {
	if c.MapListings > 0 && listings > c.MapListings {
		return s2.MaxDiagMetric.Value(level) * geo.EarthRadius
	}
	return centerWithin
}
