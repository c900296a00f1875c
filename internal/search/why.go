package search

import (
	"math"
	"slices"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// witness says why listings match one question, from the listings themselves and not from the index: one that no
// longer states what was asked for is no hit. Its slices hold the claims and reasons of all hits of an answer, so that
// saying why costs a few allocations and not a few for each.
type witness struct {
	*question
	terms  map[string][]ClaimKey
	facets []facetAsked
	origin geo.Vector // when there is one
	read   [][]string // of each word, what it stood for
	claims []*directory.Claim
	why    []Reason
}

// facetAsked is a facet of claims that was asked for, by the digests of its codes.
type facetAsked struct {
	facet directory.Facet
	codes []string
	keys  []uint16
}

func newWitness(s *searcher, a *question, c *Candidates) *witness {
	w := &witness{question: a, terms: s.terms, read: c.Read}
	if a.Origin != nil {
		w.origin = geo.VectorOf(*a.Origin)
	}
	codes := 0
	for _, f := range directory.Facets() {
		if n := len(a.Claims[f]); n > 0 {
			asked := facetAsked{facet: f, codes: a.Claims[f]}
			for _, code := range asked.codes {
				asked.keys = append(asked.keys, keyOfCode(code))
			}
			w.facets = append(w.facets, asked)
			codes += n
		}
	}
	n := len(c.Hits) + len(c.Remote)
	w.claims = make([]*directory.Claim, 0, n*min(codes, 2*len(w.facets)))
	w.why = make([]Reason, 0, n*(min(codes, 2*len(w.facets))+len(a.Words)+4))
	return w
}

// testify adds the candidate to the hits when the listing, as it is now, answers the question. A nil listing doesn't; one
// that has not changed since the engine checked it does.
func (w *witness) testify(hits []Hit, c *Candidate, l *Copy) []Hit {
	if l == nil {
		return hits
	}
	same := c.Revision != 0 && c.Revision == l.Revision
	if !same && !w.mayHold(c, l.Listing) {
		return hits
	}
	claims, why := len(w.claims), len(w.why)
	for i := range w.facets {
		if !w.stated(&w.facets[i], l) {
			return hits
		}
	}
	distance := c.Distance
	if !same {
		distance = w.distance(c, l.Listing)
	}
	if !same && c.Site >= 0 && !w.lies(&l.Sites[c.Site], distance == c.Distance) || !w.served(c, l.Listing) {
		return hits
	}
	w.words(l.Listing, why)
	w.standing(l.Listing)
	return append(hits, Hit{
		Listing: l.Listing, Copy: l, Site: c.Site, Distance: distance,
		Claims: slices.Clip(w.claims[claims:]), Why: slices.Clip(w.why[why:]),
	})
}

// standing notes what weighs for a listing whatever was asked.
func (w *witness) standing(l *directory.Listing) {
	if at := l.Verification.At; !at.IsZero() && w.At.Sub(at) < directory.VerifyEvery {
		w.why = append(w.why, Reason{Kind: WhyVerified, Value: at.UTC().Format(time.DateOnly)})
	}
	if l.Accepting.Status == directory.AcceptingYes {
		w.why = append(w.why, Reason{Kind: WhyAccepting})
	}
	if l.Kind == directory.Helpline && l.OpenAt(w.At) == directory.Open {
		w.why = append(w.why, Reason{Kind: WhyOpen})
	}
}

// mayHold checks what a question asks beside claims and place.
func (w *witness) mayHold(c *Candidate, l *directory.Listing) bool {
	return w.holds(l) && c.Site < len(l.Sites) && (c.Site < 0 || l.Sites[c.Site].Located())
}

// holds checks what the question asks of a listing beside its claims.
func (w *witness) holds(l *directory.Listing) bool {
	return (len(w.Kinds) == 0 || slices.Contains(w.Kinds, l.Kind)) &&
		(len(w.Accepting) == 0 || slices.Contains(w.Accepting, l.Accepting.Status)) &&
		(!w.Free || l.Fees.Free == directory.Yes) &&
		(!w.SlidingScale || l.Fees.SlidingScale == directory.Yes) &&
		(w.VerifiedSince.IsZero() || !l.Verification.At.Before(w.VerifiedSince)) &&
		(w.OpenAt.IsZero() || l.OpenAt(w.OpenAt) == directory.Open) &&
		(w.Demonstrations || !l.Demonstration)
}

// stated notes the claims of yes to what was asked of a facet, and reports whether there are any.
func (w *witness) stated(asked *facetAsked, l *Copy) bool {
	any := false
	for i, key := range l.keys {
		if !slices.Contains(asked.keys, key) {
			continue
		}
		if c := &l.Claims[i]; c.Facet == asked.facet && slices.Contains(asked.codes, c.Code) {
			w.claims = append(w.claims, c)
			w.why = append(w.why, Reason{Kind: WhyClaim, Facet: c.Facet, Value: c.Code})
			any = true
		}
	}
	return any
}

// served notes how the listing reaches the place asked about: by lying in it, or by covering it. It reports false for
// one that covers it no more.
func (w *witness) served(c *Candidate, l *directory.Listing) bool {
	switch {
	case c.Site >= 0 && w.Region != nil:
		w.why = append(w.why, Reason{Kind: WhyNear})
	case c.Site >= 0:
	case w.Serves.Anywhere && w.Country == "":
	case w.Serves.Anywhere:
		w.why = append(w.why, Reason{Kind: WhyCoverage, Value: w.Country})
	default:
		by, ok := coveredBy(l.Reach(), w.Serves)
		if !ok {
			return false
		}
		w.why = append(w.why, Reason{Kind: WhyCoverage, Value: by})
	}
	return true
}

// lies reports whether the site is where the question asks. One still as far off as the index says has not moved: the
// region, which may have a long outline, isn't asked again.
func (w *witness) lies(s *directory.Site, unmoved bool) bool {
	return (w.Country == "" || s.Address.Country == w.Country) && (w.Region == nil || unmoved || w.Region.Contains(s.Point))
}

// distance gives the metres to the site as it is now, NaN when nobody knows.
func (w *witness) distance(c *Candidate, l *directory.Listing) float64 {
	if c.Site < 0 || w.Origin == nil {
		return math.NaN()
	}
	return geo.MetresOfChord2(geo.Chord2(w.origin, geo.VectorOf(l.Sites[c.Site].Point)))
}

// coveredBy says which part of the coverage reaches the locale: its country, a division, or "" for a finer area, which
// the engine has looked at.
func coveredBy(c directory.Coverage, at *Locale) (part string, ok bool) {
	if slices.Contains(c.Countries, at.Country) {
		return at.Country, true
	}
	for _, d := range c.Divisions {
		if directory.DivisionServes(d, at.Division) {
			return d, true
		}
	}
	return "", at.Point != nil && len(c.Areas) > 0
}

// words notes how each word of the question was found: as a claim it stands for, else as a word of the listing.
// Reasons from index since on are this listing's.
func (w *witness) words(l *directory.Listing, since int) {
	for i, asked := range w.Words {
		if i >= len(w.read) || len(w.read[i]) == 0 || w.claimed(l, asked.Text, w.read[i], since) {
			continue
		}
		found := w.read[i][0]
		if len(w.read[i]) > 1 {
			found = firstWord(l, w.read[i])
		}
		r := Reason{Kind: WhyWord, Value: found}
		if found != asked.Text {
			r.Asked = asked.Text
		}
		w.why = append(w.why, r)
	}
}

// claimed notes the claims of yes that the word stands for and reports whether there are any.
func (w *witness) claimed(l *directory.Listing, asked string, read []string, since int) bool {
	any := false
	for _, word := range read {
		for _, t := range w.terms[word] {
			i := slices.IndexFunc(l.Claims, func(c directory.Claim) bool { return c.Facet == t.Facet && c.Code == t.Code })
			if i < 0 || l.Claims[i].Value != directory.Yes {
				continue
			}
			any = true
			said := func(r Reason) bool { return r.Kind == WhyClaim && r.Facet == t.Facet && r.Value == t.Code }
			if slices.ContainsFunc(w.why[since:], said) {
				continue
			}
			r := Reason{Kind: WhyClaim, Facet: t.Facet, Value: t.Code}
			if t.Code != asked {
				r.Asked = asked
			}
			w.claims, w.why = append(w.claims, &l.Claims[i]), append(w.why, r)
		}
	}
	return any
}

// firstWord gives the first word of the listing that is one of read, which is sorted: a typo may have stood for many.
func firstWord(l *directory.Listing, read []string) string {
	name, rest := ListingText(l)
	for _, text := range append([]string{name}, rest...) {
		for _, word := range Words(text) {
			if slices.Contains(read, word) {
				return word
			}
		}
	}
	return read[0]
}
