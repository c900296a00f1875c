package searchtest

import (
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// question makes a Match of any shape.
func (w world) question() search.Match {
	m := search.Match{
		Claims: map[directory.Facet][]string{}, Sort: pick(w.Rand, []search.Sort{search.ByRelevance, search.ByVerified, search.ByName}),
		Limit: pick(w.Rand, []int{0, 1, 3, 20, 100}), Demonstrations: w.IntN(2) == 0,
		At: Now.Add(time.Duration(w.IntN(400*24*60)) * time.Minute), Turn: w.IntN(search.Turns),
	}
	w.where(&m)
	w.filters(&m)
	if w.IntN(3) == 0 {
		for range 1 + w.IntN(2) {
			m.Words = append(m.Words, w.word())
		}
	}
	switch w.IntN(3) {
	case 0:
		m.Facets = search.FacetNames()
	case 1:
		m.Facets = []search.FacetName{pick(w.Rand, search.FacetNames())}
	}
	return m
}

// where sets the region, the origin and the locale, each sometimes alone.
func (w world) where(m *search.Match) {
	at := w.point()
	switch w.IntN(8) {
	case 0, 1, 2:
		m.Region = geo.Circle{Center: at, Radius: pick(w.Rand, []float64{0, 1, 2_000, 40_000, 400_000, 5_000_000, math.Pi * geo.EarthRadius})}
	case 3:
		m.Region = w.box(at)
	case 4:
		m.Region = w.area(at)
	}
	if m.Region != nil && w.IntN(4) > 0 || w.IntN(3) == 0 {
		m.Origin = &at
		if w.IntN(2) == 0 {
			m.Sort = search.ByDistance
		}
	}
	switch w.IntN(4) {
	case 0:
		m.Serves = &search.Locale{Anywhere: true}
	case 1:
		m.Serves = &search.Locale{Country: pick(w.Rand, countries)}
	case 2:
		m.Serves = &search.Locale{Country: "US", Division: pick(w.Rand, divisions[:5]), Point: &at}
	}
	if w.IntN(5) == 0 {
		m.Country = pick(w.Rand, countries)
	}
}

func (w world) box(at orb.Point) geo.Box {
	if w.IntN(8) == 0 {
		return geo.Box{West: -180, South: -90, East: 180, North: 90}
	}
	wide, high := w.Float64()*20, w.Float64()*10
	west, east := at.Lon()-wide, at.Lon()+wide
	if west < -180 {
		west += 360
	}
	if east > 180 {
		east -= 360
	}
	return geo.Box{West: west, South: max(-90, at.Lat()-high), East: east, North: min(90, at.Lat()+high)}
}

// area is a polygon round a point, with a hole now and then, or round a pole.
func (w world) area(at orb.Point) geo.Region {
	if math.Abs(at.Lat()) > 85 {
		return mustArea(polar(math.Copysign(80+9*w.Float64(), at.Lat())))
	}
	lat := max(-80, min(80, at.Lat()))
	corners := 3 + w.IntN(10)
	size := 0.2 + w.Float64()*4
	ring := func(scale float64) (r orb.Ring) {
		for i := range corners {
			turn := 2 * math.Pi * float64(i) / float64(corners)
			r = append(r, orb.Point{at.Lon() + scale*size*math.Cos(turn), lat + scale*size*math.Sin(turn)})
		}
		return append(r, r[0])
	}
	p := orb.Polygon{ring(1)}
	if w.IntN(2) == 0 {
		p = append(p, ring(0.3))
	}
	return mustArea(p)
}

// polar is what lies poleward of a parallel, roughly: its edges are great circles.
func polar(lat float64) orb.Polygon {
	var r orb.Ring
	for lng := -180.0; lng < 180; lng += 30 {
		r = append(r, orb.Point{lng, lat})
	}
	return orb.Polygon{append(r, r[0])}
}

func mustArea(p orb.Polygon) *geo.Area {
	a, err := geo.NewArea(p)
	if err != nil {
		panic(err) // such polygons are always valid
	}
	return a
}

func (w world) filters(m *search.Match) {
	v := parsed()
	for range w.IntN(4) {
		switch w.IntN(8) {
		case 0:
			m.Kinds = []directory.Kind{pick(w.Rand, directory.Kinds()), pick(w.Rand, directory.Kinds())}
		case 1:
			m.Accepting = append(m.Accepting, pick(w.Rand, []directory.AcceptingStatus{"yes", "no", "waitlist"}))
		case 2:
			m.Free = true
		case 3:
			m.SlidingScale = true
		case 4:
			m.OpenAt = Now.Add(time.Duration(w.IntN(14*24*60)-7*24*60) * time.Minute)
		case 5:
			m.VerifiedSince = Now.Add(-time.Duration(w.IntN(100)) * 24 * time.Hour) // to the second that some were verified at
		default:
			f := pick(w.Rand, directory.Facets())
			if terms := v.Terms(f); len(terms) > 0 {
				m.Claims[f] = append(slices.Clone(m.Claims[f]), pick(w.Rand, terms).Code)
			}
		}
	}
}

// word is one that stands in the world, a beginning of one, one with a typo, or a word of the vocabulary.
func (w world) word() search.Word {
	text := search.Words(pick(w.Rand, append([]string{"cbt", "ect", "psicodinamica", "depression", "nowhere", "zz"}, nouns...)))[0]
	if w.IntN(3) == 0 {
		text = search.Fold(w.rare())
	}
	letters := []rune(text)
	switch i := w.IntN(len(letters)); w.IntN(5) {
	case 0:
		return search.Word{Text: string(letters[:max(1, i)]), Prefix: true}
	case 1:
		letters[i] = 'x'
	case 2:
		if i > 0 {
			letters[i], letters[i-1] = letters[i-1], letters[i]
		}
	case 3:
		letters = slices.Delete(letters, i, i+1)
	}
	return search.Word{Text: string(letters)}
}
