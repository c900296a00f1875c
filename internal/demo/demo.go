// Package demo makes listings up, to try every filter with and to measure a directory of any size. Nothing in it is
// real but the places: names say that they are demonstrations, numbers are from the range kept for fiction, links
// lead to example.org.
//
// The rule to know: a listing is a function of the seed and its index alone, so the first thousand of a million are
// the thousand of a thousand, today and on every machine. Dates are told from a fixed day, not from now.
//
// Start reading with Listings; make.go makes one listing, odds.go says how likely each claim is.
package demo

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// Source names demonstrations wherever a listing says who states something.
const Source = "Carefinder demonstration"

// Epoch is the day demonstrations are told on: what they date, they date to the year before it.
func Epoch() time.Time { return time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC) }

// Listings makes listings 0 to n-1 of a seed, published therapists, prescribers and centers for the most part, spread
// over the towns of g as people are, with the claims v has terms for. The listings share what they have in common:
// Clone one before changing it.
func Listings(seed uint64, n int, g *geo.Gazetteer, v *directory.Vocabulary) iter.Seq[*directory.Listing] {
	return func(yield func(*directory.Listing) bool) {
		m := newMaker(seed, g, v)
		for i := range n {
			if !yield(m.listing(i)) {
				return
			}
		}
	}
}

// maker holds what all listings of a seed are made from.
type maker struct {
	seed  uint64
	home  towns // of the United States
	world towns // of everywhere else
	odds  map[directory.Kind][]odd
	hours []weekly
	dice  dice

	languages []string
	sources   []directory.Source
}

func newMaker(seed uint64, g *geo.Gazetteer, v *directory.Vocabulary) *maker {
	m := &maker{
		seed: seed, odds: map[directory.Kind][]odd{}, hours: weeklies(), languages: []string{"en"},
		sources: []directory.Source{{Name: Source, At: Epoch(), Note: "made up"}},
	}
	for _, p := range g.Cities() {
		if p.Population <= 0 || p.Timezone == "" {
			continue
		}
		if p.Country == "US" {
			m.home.add(p)
		} else {
			m.world.add(p)
		}
	}
	for _, k := range directory.Kinds() {
		m.odds[k] = oddsOf(k, v)
	}
	return m
}

// towns are places, each as likely as it has people.
type towns struct {
	all []town
	sum []uint64 // of the people of this town and all before it
}

type town struct {
	name, country, zone string
	division            string // as written: "MA"; the state's name where it has no code
	coverage            directory.Coverage
	area                string // telephone area code
	point               orb.Point
}

func (t *towns) add(p geo.Place) {
	x := town{name: p.Name, country: p.Country, zone: p.Timezone, division: p.Admin1, point: p.Point, area: "202"}
	x.coverage = directory.Coverage{Countries: []string{p.Country}}
	if p.Country == "US" && p.Admin1Code != "" {
		x.coverage = directory.Coverage{Divisions: []string{p.Admin1Code}}
		x.division = strings.TrimPrefix(p.Admin1Code, "US-")
		if a := areaCodes()[x.division]; a != "" {
			x.area = a
		}
	}
	var before uint64
	if len(t.sum) > 0 {
		before = t.sum[len(t.sum)-1]
	}
	t.all = append(t.all, x)
	t.sum = append(t.sum, before+uint64(p.Population))
}

// pick gives a town with the likelihood of its people; nil when there is none.
func (t *towns) pick(d *dice) *town {
	if len(t.all) == 0 {
		return nil
	}
	at := d.below(t.sum[len(t.sum)-1])
	i, _ := slices.BinarySearch(t.sum, at+1)
	return &t.all[i]
}

// dice are the chances of one listing.
type dice struct{ rand.PCG }

// throw begins the chances of listing i.
func (d *dice) throw(seed uint64, i int) { d.Seed(mix(seed), mix(uint64(i)^0x9e3779b97f4a7c15)) }

// mix makes neighbouring numbers unlike: the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below gives a number from 0 up to, not including, n.
func (d *dice) below(n uint64) uint64 { return (d.Uint64() >> 32) * n >> 32 }

func (d *dice) intn(n int) int { return int(d.below(uint64(n))) }

// chance is true in percent of 100 cases.
func (d *dice) chance(percent int) bool { return d.intn(100) < percent }

// fraction gives a number from 0 up to, not including, 1.
func (d *dice) fraction() float64 { return float64(d.Uint64()>>11) / (1 << 53) }
