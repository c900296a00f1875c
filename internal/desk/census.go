package desk

import (
	"slices"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// Census is what all published listings come to, made-up ones left out.
type Census struct {
	At       time.Time
	Listings int
	Current  int           // verified, and not due again
	Ages     [ageBands]int // of the verification, as AgeBand tells them apart
	Offers   map[Offer]*Spread
}

// Verified is how many were ever verified.
func (c *Census) Verified() int { return c.Listings - c.Ages[ageBands-1] }

// Offer is a kind of care that listings say they give.
type Offer struct {
	Facet directory.Facet
	Code  string
}

// OfferFacets are the facets of offers.
func OfferFacets() []directory.Facet {
	return []directory.Facet{directory.Modality, directory.Treatment}
}

// Spread is how many listings give something, and how many of them where. A listing in two divisions counts once in each
// and once in all.
type Spread struct {
	Listings int
	// In is by division, ISO 3166-2; by country, ISO 3166-1, for what serves all of one or lies where no division is
	// known; and "" for what nobody knows the place of.
	In map[string]int
}

// AgeDays are up to how many days old the verifications of a band are. Two more bands follow: older, and never.
var AgeDays = [...]int{30, 90, 180, 365}

const ageBands = len(AgeDays) + 2

// AgeBand gives the band of a verification: the place in AgeDays of the first number of days it is not older than, then
// one for older ones and one for those never verified.
func AgeBand(v directory.Verification, now time.Time) int {
	if v.At.IsZero() {
		return ageBands - 1
	}
	for i, days := range AgeDays {
		if !v.At.AddDate(0, 0, days).Before(now) {
			return i
		}
	}
	return ageBands - 2
}

// takeCensus begins a census that counts as of a time.
func takeCensus(at time.Time) *Census { return &Census{At: at, Offers: map[Offer]*Spread{}} }

// add counts a published listing, which has its public form.
func (c *Census) add(l *directory.Listing, at *whereabouts) {
	c.Listings++
	c.Ages[AgeBand(l.Verification, c.At)]++
	if !l.Verification.At.IsZero() && !l.Verification.Overdue(c.At) {
		c.Current++
	}
	var places []string
	for _, f := range OfferFacets() {
		for i, claim := range l.Claims {
			same := func(d directory.Claim) bool { return d.Facet == f && d.Code == claim.Code }
			if claim.Facet != f || claim.Value != directory.Yes || slices.ContainsFunc(l.Claims[:i], same) {
				continue
			}
			if places == nil {
				places = at.of(l)
			}
			c.offered(Offer{f, claim.Code}, places)
		}
	}
}

func (c *Census) offered(o Offer, places []string) {
	s := c.Offers[o]
	if s == nil {
		s = &Spread{In: map[string]int{}}
		c.Offers[o] = s
	}
	s.Listings++
	for _, p := range places {
		s.In[p]++
	}
}

// whereabouts says in which divisions listings are.
type whereabouts struct {
	places *geo.Gazetteer
	known  map[string]bool // codes of divisions
}

func newWhereabouts(g *geo.Gazetteer) *whereabouts {
	w := &whereabouts{places: g, known: map[string]bool{}}
	for _, p := range g.Cities() {
		w.known[p.Admin1Code] = true
	}
	delete(w.known, "")
	return w
}

// of gives the places a listing is counted in, each once.
func (w *whereabouts) of(l *directory.Listing) []string {
	var all []string
	for _, s := range l.Sites {
		if s.Located() {
			all = append(all, w.site(s))
		}
	}
	reach := l.Reach()
	for _, d := range reach.Divisions {
		all = append(all, directory.DivisionParts(d)...)
	}
	if all = append(all, reach.Countries...); len(all) == 0 {
		return []string{""}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// site takes the address at its word where that is a code, and else asks which town is near.
func (w *whereabouts) site(s directory.Site) string {
	if code := s.Address.Country + "-" + s.Address.Division; w.known[code] {
		return code
	}
	country, division := w.places.DivisionAt(s.Point)
	switch {
	case division != "" && (s.Address.Country == "" || s.Address.Country == country):
		return division
	case s.Address.Country != "":
		return s.Address.Country
	}
	return country
}
