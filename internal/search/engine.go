package search

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// Engine answers which published listings match, from an index of them. It is a projection of the truth that can be
// rebuilt at any time: the Searcher shows only what the store still publishes. Safe for concurrent use; Apply never
// makes Match wait.
type Engine interface {
	// Apply brings the index to the given state of each listing. It is idempotent, keeps the order of ops for one ID,
	// and returns when every Match that begins afterwards sees the result. It does not keep the documents.
	Apply(ctx context.Context, ops []Op) error
	// Match finds the listings that match m. It gives fault.Unavailable when the index cannot answer and
	// fault.Canceled when ctx ends first. The caller owns the result.
	Match(ctx context.Context, m Match) (*Candidates, error)
	// Clusters counts the matching sites by the S2 cell of the given level they lie in, for the map: exact, in the order
	// of the cells. Sort, Limit, After, Facets and Serves of m are ignored.
	Clusters(ctx context.Context, m Match, level int) ([]Cluster, error)
}

// Op is one change to the index: the listing as it is published now, or, with a nil Listing, its removal.
type Op struct {
	ID      directory.ID
	Listing *directory.Listing // its Public form; nil removes
}

// Match is a question as an engine sees it: places resolved, values checked, limits bounded. Every part that is set
// must hold (AND); values of one facet are alternatives (OR).
type Match struct {
	Words  []Word     // all must be found; empty matches everything
	Region geo.Region // nil: everywhere
	Origin *orb.Point // distances are from here; nil: no distances
	Serves *Locale    // also find what has no located site and covers this locale, as Remote; nil: nothing remote

	Kinds          []directory.Kind
	Claims         map[directory.Facet][]string // a listing matches a facet by a claim of Yes to one of the codes
	Accepting      []directory.AcceptingStatus
	Free           bool
	SlidingScale   bool
	OpenAt         time.Time // zero: whenever; else only what is known to be open then
	VerifiedSince  time.Time // zero: whenever; else only what a person verified at or after
	Country        string    // ISO alpha-2: a located site there, or coverage of it
	Demonstrations bool      // false hides made-up listings; the Searcher sets it when any are loaded

	At   time.Time // the moment relevance is told for: that of the first page
	Turn int       // 0 to Turns-1: whose turn it is among what ties

	Sort   Sort      // never empty
	Limit  int       // at most this many hits, and as many remote ones; 0 only counts
	After  *Position // where the page before ended; nil: the beginning
	Facets []FacetName
}

// Word is one word of the question, folded by Fold, that a listing must hold: itself, a word it begins (the last word
// while someone types), or, in words of four letters and more, one typo away.
type Word struct {
	Text   string
	Prefix bool
}

// Locale is where a person is, for what has no site: a country, its division, and the point itself for finer areas.
// A listing serves the locale when its Reach holds the country, the division or the point.
type Locale struct {
	// Anywhere is everywhere: every listing without a located site serves it, whatever its coverage; the other fields
	// are then ignored. A question without a place asks so. Match.Country still needs coverage of that country.
	Anywhere bool
	Country  string // ISO 3166-1 alpha-2
	Division string // ISO 3166-2; "" when not known
	Point    *orb.Point
}

// Sort is an order of hits. Ties are broken by distance where there is one, then by TieOf the turn, then by ID, so that
// every order is total.
type Sort string

// The orders. Remote hits are never ordered by distance: they fall back to relevance.
const (
	ByRelevance Sort = "relevance" // Score, highest first
	ByDistance  Sort = "distance"  // nearest first
	ByVerified  Sort = "verified"  // verified last first, never verified at the end
	ByName      Sort = "name"      // folded name
)

// Sorts lists every order.
func Sorts() []Sort { return []Sort{ByRelevance, ByDistance, ByVerified, ByName} }

// Candidates is what an engine found: an exact total of distinct listings, one page of them, and the counts.
type Candidates struct {
	Total       int // distinct listings with a site that matches
	Hits        []Candidate
	RemoteTotal int // distinct listings that match by coverage
	Remote      []Candidate
	Facets      map[FacetName][]Count // for each facet asked: every value with a count above zero, most first, then by code
	// Read says for each word of the question which indexed words it stood for, so that a hit can say why it matched.
	Read [][]string

	Engine   string // which engine answered; "" is the one the Searcher was given
	Degraded bool   // it stood in for another
}

// Candidate is a listing at its nearest matching site.
type Candidate struct {
	ID       directory.ID
	Site     int     // index into the listing's Sites; -1 for a remote one
	Distance float64 // metres from Origin; NaN without one
	Score    float64 // how well it matches; meaningful only within one answer
	// Revision of the listing that was found to match, exactly and in all that was asked; 0 when the engine can't say
	// that. While it is the listing's revision the answer needs no check.
	Revision directory.RevisionNo
	At       Position
}

// Position is where a candidate stands in the order of its question, to go on from: the sort key and what breaks ties.
// Text is the key of ByName, Key of every other order.
type Position struct {
	Key  float64 // ascending: metres, the negative score, or the negative Unix time of verification
	Text string
	Tie  float64 // metres, for orders other than distance; 0 without an origin
	Lot  uint64  // TieOf the question's turn and the ID
	ID   directory.ID
}

// FacetName names what is counted: a facet of claims, or one of the three below.
type FacetName string

// What is counted beside the facets of claims.
const (
	FacetKind      FacetName = "kind"
	FacetAccepting FacetName = "accepting" // yes, no, waitlist; unknown is not counted
	FacetFees      FacetName = "fees"      // free, sliding_scale
)

// FacetNames lists everything that can be counted, in the order pages show it.
func FacetNames() []FacetName {
	names := []FacetName{FacetKind}
	for _, f := range directory.Facets() {
		names = append(names, FacetName(f))
	}
	return append(names, FacetAccepting, FacetFees)
}

// Count is how many distinct listings would match with this value: counts of a facet ignore what is chosen in it.
// Both located and remote matches are counted.
type Count struct {
	Value string
	N     int
}

// Cluster is the matching sites in one S2 cell.
type Cluster struct {
	Cell   uint64 // S2 cell ID
	Sites  int
	Center orb.Point    // the mean of the sites' points
	ID     directory.ID // the listing, when Sites is 1
	Site   int          // index into its Sites, when Sites is 1
}
