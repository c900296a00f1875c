package geo

import (
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
)

// Gazetteer knows the US ZIPs and their towns and the world's cities of 15,000 people and more. It is read-only after
// Load and safe for concurrent use.
//
// Of namesakes the likeliest is the largest, with two exceptions. The people of a city in the United States count one
// and a half times, and of one of its states three times, since most of those who ask are there: Cambridge is the one
// in Massachusetts, narrowly, and London the one in England. And a state or country has the weight of its largest
// city, while a city of 100,000 Americans or 150,000 others has four times its own: New York is the city, Ontario the
// province, Canada not the hamlet in Kentucky. A city that bears the name of its own state or country always goes
// before it. A town known only from its ZIPs has no known population and comes after every city.
type Gazetteer struct {
	entries []entry
	names   []name // by key, then likeliest first
	zips    []zip  // by code
	near    tree   // cities and ZIPs
	large   []name // of large cities, in the order of names
	cities  int    // entries[:cities] are the cities file's rows, in its order
}

type kind uint8

const (
	cityKind kind = iota
	townKind
	regionKind
)

// entry is a place in the form that is kept; Place is the form that is given.
type entry struct {
	name  string
	zone  string // empty for towns, which take the nearest city's
	admin *admin
	point orb.Point
	size  int32 // people; for a town the number of its ZIPs, for a region the people of its largest city
	kind  kind
}

// name leads from a folded name to an entry; an entry may have several.
type name struct {
	key    string
	entry  int32
	weight int32  // of the entry, here too because a typeahead looks at thousands
	mask   uint32 // of the key's letters, see mask
}

type zip struct {
	point orb.Point
	admin *admin
	code  uint32
	town  int32 // entry, or -1
}

// weight is the likelihood that somebody means e, see Gazetteer.
func (e *entry) weight() int32 {
	const standing = 150_000
	w := float64(e.size)
	american := e.admin.country.code == "US"
	switch {
	case american && e.kind == regionKind:
		w *= 3
	case american:
		w *= 1.5
	}
	if e.kind == cityKind && w >= standing {
		w *= 4
	}
	return int32(min(w, math.MaxInt32))
}

// people gives the known population: a town has none.
func (e *entry) people() int {
	if e.kind == townKind {
		return 0
	}
	return int(e.size)
}

// likelier orders names from the likeliest on; of equals, cities stand before regions by their number.
func likelier(a, b name) int {
	if a.weight != b.weight {
		return int(b.weight) - int(a.weight)
	}
	return int(a.entry) - int(b.entry)
}

// exactly gives the names whose key is key, likeliest first. The slice is the gazetteer's own.
func (g *Gazetteer) exactly(key string) []name {
	lo, found := slices.BinarySearchFunc(g.names, key, func(n name, key string) int { return strings.Compare(n.key, key) })
	if !found {
		return nil
	}
	hi := lo
	for hi < len(g.names) && g.names[hi].key == key {
		hi++
	}
	return g.names[lo:hi]
}

// beginning gives the names whose key begins with prefix. The slice is the gazetteer's own.
func (g *Gazetteer) beginning(prefix string) []name {
	lo, _ := slices.BinarySearchFunc(g.names, prefix, func(n name, key string) int { return strings.Compare(n.key, key) })
	hi, _ := slices.BinarySearchFunc(g.names[lo:], prefix, func(n name, key string) int {
		if strings.HasPrefix(n.key, key) {
			return -1
		}
		return 1
	})
	return g.names[lo : lo+hi]
}

// place gives entry i as a Place.
func (g *Gazetteer) place(i int32) Place {
	e := &g.entries[i]
	p := Place{
		Name: e.name, Admin1: e.admin.name, Admin1Code: e.admin.code, Country: e.admin.country.code,
		Timezone: e.zone, Point: e.point, Precision: City,
	}
	switch e.kind {
	case cityKind:
		p.Population = int(e.size)
	case townKind:
		p.Timezone = g.zone(e.point, e.admin)
	case regionKind:
		p.Precision = Regional
	}
	return p
}

// sameTown is how near, in metres, a ZIP's point must be to its town's to be taken for it. People give the one or the
// other without meaning a difference, and should then get the same answers in the same order; a ZIP at the far end of
// a large city keeps its own point, because there the difference is real.
const sameTown = 5000

// zipPlace gives ZIP i as a Place.
func (g *Gazetteer) zipPlace(i int32) Place {
	z := &g.zips[i]
	p := Place{
		Admin1: z.admin.name, Admin1Code: z.admin.code, Country: z.admin.country.code,
		ZIP: z.text(), Timezone: g.zone(z.point, z.admin), Point: g.pointOf(z), Precision: Postal,
	}
	if z.town >= 0 {
		p.Name = g.entries[z.town].name
	}
	return p
}

// pointOf gives the point of a ZIP: its town's, where that is near.
func (g *Gazetteer) pointOf(z *zip) orb.Point {
	if z.town >= 0 {
		if town := &g.entries[z.town]; Distance(z.point, town.point) <= sameTown {
			return town.point
		}
	}
	return z.point
}

func (z *zip) text() string {
	digits := [5]byte{}
	for i, code := 4, z.code; i >= 0; i, code = i-1, code/10 {
		digits[i] = byte('0' + code%10)
	}
	return string(digits[:])
}

// zone gives the time zone at p: the nearest city's of the same state, because zones follow state lines more often
// than not, else the nearest city's.
func (g *Gazetteer) zone(p orb.Point, a *admin) string {
	switch a.code {
	case "US-AS": // the nearest city is across the date line
		return "Pacific/Pago_Pago"
	case "US-MP":
		return "Pacific/Saipan"
	}
	v := VectorOf(p)
	if id, ok := g.nearestOf(a.cities, v); ok {
		return g.entries[id].zone
	}
	id, ok := g.near.nearest(v, func(id int32) bool { return id >= 0 })
	if !ok {
		return ""
	}
	return g.entries[id].zone
}

// nearestOf gives the entry of ids nearest to v. It looks at each: a state has at most some hundred cities.
func (g *Gazetteer) nearestOf(ids []int32, v Vector) (id int32, ok bool) {
	best := 5.0
	for _, i := range ids {
		if d := Chord2(v, VectorOf(g.entries[i].point)); d < best {
			id, best = i, d
		}
	}
	return id, len(ids) > 0
}

// Nearest gives the known city or ZIP closest to p: the country, state and time zone that p most likely lies in. Far
// from any town that is a guess; Distance(p, Nearest(p).Point) tells how far. The zero Place if nothing is known.
func (g *Gazetteer) Nearest(p orb.Point) Place {
	id, ok := g.near.nearest(VectorOf(p), func(int32) bool { return true })
	switch {
	case !ok:
		return Place{}
	case id < 0:
		return g.zipPlace(^id)
	}
	return g.place(id)
}

// Around gives the town whose country, state and time zone a point is taken to share; false when the nearest one is too
// far to say.
func (g *Gazetteer) Around(p orb.Point) (Place, bool) {
	n := g.Nearest(p)
	return n, n.Country != "" && Distance(p, n.Point) <= knownWithin
}

// DivisionAt gives the country and the division that Around would, "" for what it doesn't know, at a fraction of the
// cost: most questions ask no more.
func (g *Gazetteer) DivisionAt(p orb.Point) (country, division string) {
	id, ok := g.near.nearest(VectorOf(p), func(int32) bool { return true })
	if !ok {
		return "", ""
	}
	var at orb.Point
	var of *admin
	if id < 0 {
		z := &g.zips[^id]
		at, of = g.pointOf(z), z.admin
	} else {
		at, of = g.entries[id].point, g.entries[id].admin
	}
	if of.country.code == "" || Distance(p, at) > knownWithin {
		return "", ""
	}
	return of.country.code, of.code
}

// Cities gives the world's cities of 15,000 people and more, in an order that does not change. The slice is new.
func (g *Gazetteer) Cities() []Place {
	all := make([]Place, g.cities)
	for i := range all {
		all[i] = g.place(int32(i))
	}
	return all
}
