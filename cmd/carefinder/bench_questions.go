package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"carefinder/internal/directory"
	place "carefinder/internal/geo"
	"carefinder/internal/search"
)

// benchFacets are the six facets that are counted.
var benchFacets = []search.FacetName{
	search.FacetName(directory.Modality), search.FacetName(directory.Insurance), search.FacetName(directory.Language),
	search.FacetName(directory.Age), search.FacetName(directory.Delivery), search.FacetAccepting,
}

// sample is a listing that questions are made of, so that they are about places and words that exist.
type sample struct {
	at     orb.Point
	claims map[directory.Facet][]string
	words  []string
}

func sampleOf(l *directory.Listing) (s sample, ok bool) {
	i := slices.IndexFunc(l.Sites, directory.Site.Located)
	if i < 0 {
		return sample{}, false
	}
	s = sample{at: l.Sites[i].Point, claims: map[directory.Facet][]string{}}
	for _, c := range l.Claims {
		if c.Value == directory.Yes {
			s.claims[c.Facet] = append(s.claims[c.Facet], c.Code)
		}
	}
	name, rest := search.ListingText(l)
	for _, w := range search.Words(name + " " + strings.Join(rest, " ")) {
		if len(w) >= 5 && len(w) == len([]rune(w)) && !slices.Contains(s.words, w) {
			s.words = append(s.words, w)
		}
	}
	return s, len(s.claims[directory.Modality]) > 0 && len(s.claims[directory.Insurance]) > 0 && len(s.words) >= 2
}

// class is a sort of question.
type class struct {
	name  string
	ask   func(r *rand.Rand, s sample) search.Match
	level int // of the cells of a map; 0 asks for hits
}

const mapLevel = 11 // a city's worth of map

// classes are the sorts of question people ask, hardest parts together.
func classes() []class {
	return []class{
		{name: "radius 40 km, modality, accepting, 6 facets", ask: askRadius},
		{name: "two words, one misspelt, 80 km, 6 facets", ask: askWords},
		{name: "map box, modality: clusters", ask: askBox, level: mapLevel},
		{name: "nationwide, 3 filters, 6 facets", ask: askNation},
		{name: "12-cornered area, insurance, 6 facets", ask: askArea},
		{name: "nearest 20, modality, no radius", ask: askNearest},
	}
}

func circle(s sample, metres float64) search.Match {
	return search.Match{Region: place.Circle{Center: s.at, Radius: metres}, Origin: &s.at, Sort: search.ByDistance, Limit: search.DefaultLimit, Facets: benchFacets, Demonstrations: true}
}

func claim(r *rand.Rand, s sample, facets ...directory.Facet) map[directory.Facet][]string {
	claims := map[directory.Facet][]string{}
	for _, f := range facets {
		claims[f] = []string{s.claims[f][r.IntN(len(s.claims[f]))]}
	}
	return claims
}

func askRadius(r *rand.Rand, s sample) search.Match {
	s.at = near(r, s.at)
	m := circle(s, 40_000)
	m.Claims = claim(r, s, directory.Modality)
	m.Accepting = []directory.AcceptingStatus{directory.AcceptingYes}
	return m
}

func askWords(r *rand.Rand, s sample) search.Match {
	m := circle(s, 80_000)
	m.Sort = search.ByRelevance
	i := r.IntN(len(s.words))
	j := (i + 1 + r.IntN(len(s.words)-1)) % len(s.words)
	m.Words = []search.Word{{Text: misspell(r, s.words[i])}, {Text: s.words[j]}}
	return m
}

func askBox(r *rand.Rand, s sample) search.Match {
	at := near(r, s.at)
	return search.Match{
		Region: place.Box{West: at.Lon() - 0.35, South: at.Lat() - 0.2, East: at.Lon() + 0.35, North: at.Lat() + 0.2},
		Claims: claim(r, s, directory.Modality), Sort: search.ByDistance, Demonstrations: true,
	}
}

func askNation(r *rand.Rand, s sample) search.Match {
	return search.Match{
		Claims:    claim(r, s, directory.Modality, directory.Insurance),
		Accepting: []directory.AcceptingStatus{directory.AcceptingYes},
		Sort:      search.ByVerified, Limit: search.DefaultLimit, Facets: benchFacets, Demonstrations: true,
	}
}

func askArea(r *rand.Rand, s sample) search.Match {
	m := circle(s, 0)
	var ring orb.Ring
	for i := range 12 {
		ring = append(ring, geo.PointAtBearingAndDistance(s.at, float64(i)*30, 15_000+r.Float64()*45_000))
	}
	area, err := place.NewArea(orb.Polygon{append(ring, ring[0])})
	if err != nil { // a star around a point never crosses itself
		panic(err)
	}
	m.Region = area
	m.Claims = claim(r, s, directory.Insurance)
	return m
}

func askNearest(r *rand.Rand, s sample) search.Match {
	s.at = near(r, s.at)
	m := circle(s, 0)
	m.Region, m.Facets = nil, nil
	m.Claims = claim(r, s, directory.Modality)
	return m
}

// near moves a point by up to 10 km: people don't stand where the listings are.
func near(r *rand.Rand, p orb.Point) orb.Point {
	q := geo.PointAtBearingAndDistance(p, r.Float64()*360, r.Float64()*10_000)
	return orb.Point{math.Max(-180, math.Min(180, q.Lon())), math.Max(-90, math.Min(90, q.Lat()))}
}

// misspell changes, drops or doubles one letter, never the first: that is how people mistype.
func misspell(r *rand.Rand, w string) string {
	i := 1 + r.IntN(len(w)-1)
	switch r.IntN(3) {
	case 0:
		return w[:i] + w[i+1:]
	case 1:
		return w[:i] + w[i-1:i] + w[i:]
	}
	return w[:i] + string('a'+(w[i]-'a'+1+byte(r.IntN(24)))%26) + w[i+1:]
}

// questions makes n questions of a class, the same ones for the same samples.
func (c class) questions(samples []sample, n int) []search.Match {
	r := rand.New(rand.NewPCG(7, uint64(len(c.name))))
	all := make([]search.Match, n)
	for i := range all {
		all[i] = c.ask(r, samples[r.IntN(len(samples))])
	}
	return all
}
