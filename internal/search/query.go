package search

import (
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// Query is what a person asks. The zero Query finds everything published. At most one of Place, Near, Box and Area may
// be set. Strings are the caller's own copies.
type Query struct {
	Text   string     // what a person types: read into filters and a place, the rest are plain words
	Place  string     // "02139", "Cambridge, MA", "42.37,-71.11"
	Near   *orb.Point // instead of a place
	Radius float64    // metres around Place or Near; 0 is DefaultRadius
	Box    *geo.Box
	Area   *geo.Area

	Kinds          []directory.Kind
	Claims         map[directory.Facet][]string
	Accepting      []directory.AcceptingStatus
	SlidingScale   bool
	Free           bool
	OpenNow        bool
	VerifiedWithin int    // days; 0 is no limit
	Country        string // ISO 3166-1 alpha-2

	Sort   Sort // "" is distance with a place, else relevance
	Limit  int  // 1 to MaxLimit; 0 is DefaultLimit
	Cursor string
	Facets []FacetName // what to count
	At     time.Time   // the moment asked about; zero is now

	Literal bool // read nothing into Text: all of it is plain words
}

// Bounds of a question.
const (
	DefaultRadius = 25 * 1609.344 // metres: 25 miles
	MaxRadius     = 500_000       // metres
	DefaultLimit  = 20
	MaxLimit      = 100
	MaxText       = 200 // bytes of Text or Place
	MaxWords      = 12  // more plain words than this are refused, or left out where the text was read
)

// Result answers a Query. It is shared by no one: the caller owns it, but not the listings it points to.
type Result struct {
	Total       int
	Hits        []Hit
	RemoteTotal int
	Remote      []Hit
	Facets      map[FacetName][]Count
	Place       *geo.Resolution // how Place was read; nil without one
	Radius      float64         // metres applied, 0 when no circle was asked: what is shown is what was searched
	Sort        Sort
	Relaxations []Relaxation // when nothing was found; the nearest place alone when only remote hits were
	Helplines   []Hit        // who can be reached now: when nothing was found, or helplines were asked for and nobody knows where
	Next        string       // cursor of the next page; "" at the end
	Understood  []Reading    // what the text was read as, in its order; applied as Taken says
	Plain       string       // the words of the text that no reading holds, folded; where it is TakenWords, those asked for
	PlainReads  bool         // Plain by itself would be read as something: it must be asked literally
	Taken       Taken        // in which way the text was taken
	Crisis      *CrisisHelp  // when the text says that a life may be in danger, whatever else was asked or found
	Unmet       *Unmet       // of a first page on which nothing was found, what to count of it; nil is nothing
	Engine      string       // which engine answered
	Degraded    bool         // a stand-in engine answered
	// Demonstration is true while made-up listings are loaded.
	Demonstration bool
}

// Hit is a listing at the site nearest to the question, with why it matched.
type Hit struct {
	Listing  *directory.Listing // Public form; read only, shared with a cache
	Copy     *Copy              // the listing with what is kept with it; nil when nothing is
	Site     int                // index into Listing.Sites; -1 for a remote hit
	Distance float64            // metres; NaN when unknown
	Claims   []*directory.Claim // the listing's own claims that the question asked for
	Why      []Reason
}

// Reason is one thing that made a hit match.
type Reason struct {
	Kind  ReasonKind
	Facet directory.Facet // of a claim
	Value string          // the claim's code, the word found, the covered country or division
	Asked string          // the word as asked, when a typo or a beginning was read as Value
}

// ReasonKind says what sort of reason it is.
type ReasonKind string

// The reasons.
const (
	WhyClaim    ReasonKind = "claim"    // the listing states what was asked for
	WhyWord     ReasonKind = "word"     // a word was found in it
	WhyNear     ReasonKind = "near"     // it lies in the place asked about
	WhyCoverage ReasonKind = "coverage" // it serves the place by phone or online

	// What else weighs in relevance, whatever was asked.
	WhyVerified  ReasonKind = "verified"  // a person checked it, and that still holds; Value is the day
	WhyAccepting ReasonKind = "accepting" // it takes new patients
	WhyOpen      ReasonKind = "open"      // it is a helpline that answers now
)

// Relaxation is a single change of the question that would find something.
type Relaxation struct {
	// Change is "radius", "place", or the name of the one filter to drop: "modality", "accepting", "q".
	Change   string
	Value    string  // the wider radius in metres, or the place to ask about instead; "" when the filter is dropped
	Distance float64 // of a place: metres from where was asked to the nearest that it would find
	Total    int     // what it would find, located and remote
	Remote   int     // how many of them are remote
}
