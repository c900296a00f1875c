package geo

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// Load reads the gazetteer's two files, gzipped CSV with a heading: zip,city,state,lat,lon and
// name,admin1,country,lat,lon,population,timezone, further columns ignored. An error says which row is wrong.
func Load(zips, cities io.Reader) (*Gazetteer, error) {
	l := loader{
		g:         &Gazetteer{entries: make([]entry, 0, 1<<16), names: make([]name, 0, 1<<16), zips: make([]zip, 0, 1<<16)},
		countries: map[string]*country{},
		admins:    map[[2]string]*admin{},
		codes:     map[[2]string]string{},
		states:    map[string]string{},
		words:     map[string]string{},
		towns:     make(map[town]int32, 1<<15),
		wanted:    map[string]int32{},
	}
	for _, a := range aliases() {
		_, target, _ := strings.Cut(a, "=")
		l.wanted[target] = -1
	}
	if err := eachRow(cities, "name,admin1,country,lat,lon,population,timezone", l.city); err != nil {
		return nil, fmt.Errorf("cities: %w", err)
	}
	l.g.cities = len(l.g.entries)
	l.aliases()
	l.regions()
	if err := eachRow(zips, "zip,city,state,lat,lon", l.zip); err != nil {
		return nil, fmt.Errorf("ZIPs: %w", err)
	}
	l.finish()
	return l.g, nil
}

// eachRow calls row with every row but the heading, which must begin with the columns named. The fields are only
// good until row returns.
func eachRow(in io.Reader, columns string, row func(fields []string) error) error {
	z, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	r := csv.NewReader(z)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return err
	}
	if got := strings.Join(head, ","); !strings.HasPrefix(got+",", columns+",") {
		return fmt.Errorf("the heading is %q, not %q", got, columns)
	}
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = row(fields)
		}
		if err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

type town struct {
	name  string // folded
	admin *admin
}

// loader is what Load needs and a Gazetteer does not.
type loader struct {
	g         *Gazetteer
	countries map[string]*country
	admins    map[[2]string]*admin // by country and name
	codes     map[[2]string]string // ISO 3166-2 without the country, by country and name
	states    map[string]string    // names of the US states by code
	words     map[string]string    // strings that recur, once each
	towns     map[town]int32       // entry + 1
	wanted    map[string]int32     // by "folded name,country" of an alias's target: its entry, or -1
}

// keep gives a copy of s that shares no memory with the row it came from.
func (l *loader) keep(s string) string {
	if kept, ok := l.words[s]; ok {
		return kept
	}
	s = strings.Clone(s)
	l.words[s] = s
	return s
}

func (l *loader) country(code string) *country {
	c := l.countries[code]
	if c == nil {
		code = strings.Clone(code)
		c = newCountry(code)
		l.countries[code] = c
		for _, d := range strings.Split(divisions(code), ",") {
			if short, name, ok := strings.Cut(d, " "); ok {
				l.codes[[2]string{code, name}] = short
				if code == "US" {
					l.states[short] = name
				}
			}
		}
	}
	return c
}

func (l *loader) admin(countryCode, name string) *admin {
	a := l.admins[[2]string{countryCode, name}]
	if a == nil {
		c := l.country(countryCode)
		a = &admin{name: strings.Clone(name), folded: fold(name), country: c}
		if short := l.codes[[2]string{c.code, name}]; short != "" {
			a.code, a.short = c.code+"-"+short, fold(short)
		}
		l.admins[[2]string{c.code, a.name}] = a
	}
	return a
}

// state gives the admin of a US Postal Service state, which may be an independent island country.
func (l *loader) state(code string) *admin {
	l.country("US")
	if name, ok := l.states[code]; ok {
		return l.admin("US", name)
	}
	return l.admin(code, "")
}

func (l *loader) city(f []string) error {
	point, err := parsePoint(f[3], f[4])
	if err != nil {
		return err
	}
	people, err := strconv.ParseInt(f[5], 10, 32)
	if err != nil || f[0] == "" || len(f[2]) != 2 {
		return fmt.Errorf("name, country or population is wrong: %q, %q, %q", f[0], f[2], f[5])
	}
	e := entry{name: strings.Clone(f[0]), zone: l.keep(f[6]), point: point, size: int32(people)}
	if state, ok := territory(f[2]); ok {
		e.admin = l.state(state)
	} else {
		e.admin = l.admin(f[2], f[1])
	}
	l.register(l.add(e, fold(e.name)))
	return nil
}

// register notes a city where aliases, ZIPs and time zones will look for it; of namesakes the largest counts.
func (l *loader) register(id int32) {
	e, key := &l.g.entries[id], l.g.names[id].key
	if best, ok := l.wanted[key+","+e.admin.country.code]; ok && (best < 0 || l.g.entries[best].size < e.size) {
		l.wanted[key+","+e.admin.country.code] = id
	}
	if e.admin.country.code != "US" {
		return
	}
	e.admin.cities = append(e.admin.cities, id)
	t := town{key, e.admin}
	if best := l.towns[t] - 1; best < 0 || l.g.entries[best].size < e.size {
		l.towns[t] = id + 1
	}
}

// add appends an entry under a folded name.
func (l *loader) add(e entry, key string) int32 {
	id := int32(len(l.g.entries))
	l.g.entries = append(l.g.entries, e)
	l.g.names = append(l.g.names, name{key: key, entry: id, weight: e.weight(), mask: mask(key)})
	return id
}

// also gives an entry another name.
func (l *loader) also(id int32, key string) {
	l.g.names = append(l.g.names, name{key: key, entry: id, weight: l.g.entries[id].weight(), mask: mask(key)})
}

// aliases gives the largest city of a name and country its further names, which its ZIPs may go by.
func (l *loader) aliases() {
	for _, a := range aliases() {
		alias, target, _ := strings.Cut(a, "=")
		if id, ok := l.wanted[target]; ok && id >= 0 {
			l.also(id, alias)
			l.towns[town{alias, l.g.entries[id].admin}] = id + 1
		}
	}
}

func (l *loader) sort() {
	slices.SortFunc(l.g.names, func(a, b name) int {
		if c := strings.Compare(a.key, b.key); c != 0 {
			return c
		}
		return likelier(a, b)
	})
}

func (l *loader) zip(f []string) error {
	point, err := parsePoint(f[3], f[4])
	if err != nil {
		return err
	}
	code, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil || len(f[0]) != 5 {
		return fmt.Errorf("%q is not a ZIP", f[0])
	}
	state := f[2]
	if state == "" {
		state = zipState(f[0])
	}
	if len(state) != 2 {
		return fmt.Errorf("the state of ZIP %s is unknown", f[0])
	}
	z := zip{point: point, admin: l.state(state), code: uint32(code), town: -1}
	if f[1] != "" {
		z.town = l.townOf(f[1], z)
	}
	l.g.zips = append(l.g.zips, z)
	return nil
}

// townOf finds the city that a ZIP belongs to, or makes a town of it; the point of a town is the mean of its ZIPs',
// summed up here and divided in finish.
func (l *loader) townOf(name string, z zip) int32 {
	key := fold(name)
	id := l.towns[town{key, z.admin}] - 1
	if id < 0 {
		id = int32(len(l.g.entries))
		l.g.entries = append(l.g.entries, entry{name: strings.Clone(name), admin: z.admin, kind: townKind})
		l.towns[town{key, z.admin}] = id + 1
	}
	if e := &l.g.entries[id]; e.kind == townKind {
		e.point[0] += z.point[0]
		e.point[1] += z.point[1]
		e.size++
	}
	return id
}

func (l *loader) finish() {
	g := l.g
	for t, id := range l.towns {
		if e := &g.entries[id-1]; e.kind == townKind {
			e.point[0] /= float64(e.size)
			e.point[1] /= float64(e.size)
			l.also(id-1, t.name)
		}
	}
	l.sort()
	slices.SortFunc(g.zips, func(a, b zip) int { return int(a.code) - int(b.code) })
	g.entries, g.names, g.zips = slices.Clip(g.entries), slices.Clip(g.names), slices.Clip(g.zips)
	g.near = make(tree, 0, g.cities+len(g.zips))
	for i := range g.cities {
		g.near = append(g.near, leaf{at: VectorOf(g.entries[i].point), id: int32(i)})
	}
	for i := range g.zips {
		g.near = append(g.near, leaf{at: VectorOf(g.zips[i].point), id: ^int32(i)})
	}
	g.near.grow(0)
	for _, n := range g.names {
		if e := &g.entries[n.entry]; e.kind == cityKind && e.size >= large {
			g.large = append(g.large, n)
		}
	}
}

// regions adds the states and countries, each at its largest city.
func (l *loader) regions() {
	seats := map[*admin]int32{}
	for i := range int32(l.g.cities) {
		a := l.g.entries[i].admin
		for _, r := range []*admin{a, l.admin(a.country.code, "")} {
			if seat, ok := seats[r]; !ok || l.g.entries[i].size > l.g.entries[seat].size {
				seats[r] = i
			}
		}
	}
	ordered := slices.SortedFunc(maps.Keys(seats), func(a, b *admin) int {
		return strings.Compare(a.country.code+a.name, b.country.code+b.name)
	})
	namesakes := l.namesakes()
	for _, r := range ordered {
		e := l.g.entries[seats[r]]
		e.admin, e.kind, e.name = r, regionKind, r.name
		if r.name == "" {
			e.name = CountryName(r.country.code)
		}
		l.region(e, namesakes)
	}
}

// region adds a region under all its names. A city that bears its own region's name goes before it: who says Mendoza,
// Argentina, means the city.
func (l *loader) region(e entry, namesakes map[town]int32) {
	r := e.admin
	keys := []string{r.folded}
	switch {
	case r.name == "":
		keys = append([]string{r.country.forms[0]}, countryAliases(r.country.code)...)
	case r.country.code == "US" && r.short != "":
		keys = append(keys, r.short)
	}
	id := l.add(e, keys[0])
	if w, ok := namesakes[town{keys[0], r}]; ok {
		n := &l.g.names[len(l.g.names)-1]
		n.weight = min(n.weight, w-1)
	}
	for _, key := range append(keys[1:], keys[0]+" "+regionWord(r.name, r.country.code)) {
		l.also(id, key)
	}
}

// namesakes gives the weights of the cities that bear the name of their state or country.
func (l *loader) namesakes() map[town]int32 {
	found := map[town]int32{}
	for _, n := range l.g.names {
		a := l.g.entries[n.entry].admin
		if n.key == a.folded {
			found[town{n.key, a}] = max(n.weight, found[town{n.key, a}])
		}
		if n.key == a.country.forms[0] {
			whole := l.admin(a.country.code, "")
			found[town{n.key, whole}] = max(n.weight, found[town{n.key, whole}])
		}
	}
	return found
}

func parsePoint(lat, lng string) (orb.Point, error) {
	y, err1 := strconv.ParseFloat(lat, 64)
	x, err2 := strconv.ParseFloat(lng, 64)
	p := LatLng(y, x)
	if err1 != nil || err2 != nil || math.IsNaN(x+y) {
		return p, fmt.Errorf("%q, %q is not a point", lat, lng)
	}
	return p, ValidPoint(p)
}
