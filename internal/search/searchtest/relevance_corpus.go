package searchtest

import (
	_ "embed" // for the questions
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

//go:embed testdata/relevance.txt
var relevanceTxt string

func now() time.Time { return Now }

// question is one of relevance.txt, whose head says what each part is.
type question struct {
	line          int
	text, country string
	read, may     []expectation
	words         []string
	anyReading    bool
	anyWords      bool
	want          []expectation // nil: as read
	names, first  []string
	crisis        *bool
}

// expectation is a value of a facet; or several, any of which will do.
type expectation []value

type value struct{ facet, code string }

func (v value) String() string {
	if strings.Contains(v.code, " ") {
		return fmt.Sprintf("%s=%q", v.facet, v.code)
	}
	return v.facet + "=" + v.code
}

func (e expectation) String() string {
	var all []string
	for _, v := range e {
		all = append(all, v.String())
	}
	return strings.Join(all, "|")
}

func readQuestions(text string) (all []question, err error) {
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if asked, ok := strings.CutPrefix(line, "> "); ok {
			all = append(all, question{line: i + 1, text: asked})
			continue
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("relevance.txt:%d: no question yet", i+1)
		}
		if err := all[len(all)-1].add(line); err != nil {
			return nil, fmt.Errorf("relevance.txt:%d: %w", i+1, err)
		}
	}
	return all, nil
}

func (q *question) add(line string) (err error) {
	key, rest, _ := strings.Cut(line, ":")
	rest = strings.TrimSpace(rest)
	switch key {
	case "country":
		q.country = rest
	case "read":
		if q.anyReading = rest == "*"; !q.anyReading {
			q.read, err = expectations(rest)
		}
	case "may":
		q.may, err = expectations(rest)
	case "words":
		if q.anyWords = rest == "*"; !q.anyWords {
			q.words = search.Words(rest)
		}
	case "want":
		q.want, err = expectations(rest)
	case "name":
		q.names = append(q.names, rest)
	case "first":
		q.first = append(q.first, rest)
	case "crisis":
		yes := rest == "yes"
		q.crisis = &yes
	default:
		err = fmt.Errorf("%q is no part of a question", key)
	}
	return err
}

var written = regexp.MustCompile(`([a-z_]+)=("[^"]*"|[^"|\s]+)(\||\s+|$)`)

func expectations(text string) (all []expectation, err error) {
	var e expectation
	for text != "" {
		m := written.FindStringSubmatch(text)
		if m == nil || !strings.HasPrefix(text, m[0]) {
			return nil, fmt.Errorf("%q is not facet=value", text)
		}
		e = append(e, value{m[1], strings.Trim(m[2], `"`)})
		if m[3] != "|" {
			all, e = append(all, e), nil
		}
		text = text[len(m[0]):]
	}
	return all, nil
}

// understood compares what was read with what was meant.
func (c *corpus) understood(m *measured, r *search.Result) error {
	q := m.question
	if q.anyReading {
		return nil
	}
	got := map[value]bool{}
	if r.Taken != search.TakenLiterally {
		for _, u := range r.Understood {
			got[asValue(u, r)] = true
		}
		if !q.anyWords {
			for _, w := range strings.Fields(r.Plain) {
				got[value{"q", w}] = true
			}
		}
	}
	expected, both := 0, 0
	seek := func(e expectation) error {
		here := false
		for _, v := range e {
			v, err := c.canonical(v)
			if err != nil {
				return err
			}
			here = here || got[v]
			delete(got, v)
		}
		if expected++; here {
			both++
			return nil
		}
		m.missing = append(m.missing, e.String())
		return nil
	}
	for _, e := range q.read {
		if err := seek(e); err != nil {
			return err
		}
	}
	for _, w := range q.words {
		if err := seek(expectation{{"q", w}}); err != nil {
			return err
		}
	}
	for _, e := range q.may {
		for _, v := range e {
			delete(got, v)
		}
	}
	for v := range got {
		m.invented = append(m.invented, v.String())
	}
	slices.Sort(m.invented)
	if m.accuracy = 1; expected+len(got) > 0 {
		m.accuracy = float64(both) / float64(expected+len(got))
	}
	return nil
}

// asValue gives a reading in its one form.
func asValue(u search.Reading, r *search.Result) value {
	switch {
	case u.Facet == "place" && r.Place != nil:
		return value{"place", pointOf(&r.Place.Place)}
	case u.Facet == "radius":
		return value{"radius", metres(r.Radius)}
	}
	return value{u.Facet, u.Value}
}

// canonical gives an expected value in the form asValue gives.
func (c *corpus) canonical(v value) (value, error) {
	switch v.facet {
	case "place":
		found, err := c.gazetteer.Resolve(v.code)
		if err != nil {
			return v, err
		}
		v.code = pointOf(&found.Place)
	case "radius":
		r, err := radiusOf(v.code)
		if err != nil {
			return v, err
		}
		v.code = metres(r)
	}
	return v, nil
}

func pointOf(p *geo.Place) string {
	return fmt.Sprintf("%s (%.3f %.3f)", p.Name, p.Point.Lat(), p.Point.Lon())
}

func metres(r float64) string { return strconv.FormatFloat(math.Round(r), 'f', -1, 64) + "m" }

func radiusOf(text string) (float64, error) {
	for unit, m := range map[string]float64{"mi": 1609.344, "km": 1000} {
		if n, ok := strings.CutSuffix(text, unit); ok {
			x, err := strconv.ParseFloat(n, 64)
			return x * m, err
		}
	}
	return 0, errors.New(text + " is no distance")
}

// relevant gives the sets of listings any of which a question is about; none when that is nobody's.
func (c *corpus) relevant(q *question) (sets []relevance, err error) {
	if names := slices.Concat(q.names, q.first); len(q.names) > 0 || q.want == nil && q.read == nil && len(names) > 0 {
		named, err := c.named(names)
		return []relevance{named}, err
	}
	wants := [][]expectation{q.want}
	if q.want == nil {
		wants = choices(q.read)
	}
	for _, want := range wants {
		if len(want) == 0 {
			continue
		}
		t, err := c.test(want, q.country)
		if err != nil {
			return nil, err
		}
		found := relevance{}
		for id, l := range c.listings {
			if t.passes(l) {
				found[id] = !l.Remote()
			}
		}
		if len(found) > 0 {
			sets = append(sets, found)
		}
	}
	return sets, nil
}

// choices gives every way to take one value of each expectation.
func choices(all []expectation) [][]expectation {
	ways := [][]expectation{nil}
	for _, e := range all {
		var next [][]expectation
		for _, way := range ways {
			for _, v := range e {
				next = append(next, append(slices.Clone(way), expectation{v}))
			}
		}
		ways = next
	}
	return ways
}

// named gives the listings of a name or an organization, and whether each has a site.
func (c *corpus) named(names []string) (relevance, error) {
	found := relevance{}
	for _, name := range names {
		before := len(found)
		for id, l := range c.listings {
			if l.Name == name || l.Organization == name {
				found[id] = !l.Remote()
			}
		}
		if len(found) == before {
			return nil, fmt.Errorf("no listing is called %q", name)
		}
	}
	return found, nil
}

// test is what a listing has to be: a value of every facet, or any of some values whatever their facet.
type test struct {
	all     map[string][]string
	any     []expectation
	place   *geo.Place
	radius  float64
	country string
}

func (c *corpus) test(want []expectation, country string) (*test, error) {
	t := &test{all: map[string][]string{}, radius: search.DefaultRadius, country: country}
	for _, e := range want {
		var err error
		switch {
		case len(e) > 1:
			t.any = append(t.any, e)
		case e[0].facet == "place":
			found, err := c.gazetteer.Resolve(e[0].code)
			if err != nil {
				return nil, err
			}
			t.place = &found.Place
		case e[0].facet == "radius":
			t.radius, err = radiusOf(e[0].code)
		case e[0].facet == "country":
			t.country = e[0].code
		default:
			t.all[e[0].facet] = append(t.all[e[0].facet], e[0].code)
		}
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *test) passes(l *directory.Listing) bool {
	for f, codes := range t.all {
		if !slices.ContainsFunc(codes, func(code string) bool { return says(l, value{f, code}) }) {
			return false
		}
	}
	for _, e := range t.any {
		if !slices.ContainsFunc(e, func(v value) bool { return says(l, v) }) {
			return false
		}
	}
	if l.Remote() {
		at := &search.Locale{Anywhere: t.place == nil}
		if t.place != nil {
			at = &search.Locale{Country: t.place.Country, Division: t.place.Admin1Code, Point: &t.place.Point}
		}
		return serves(l, at) && (t.country == "" || covers(l, t.country))
	}
	return slices.ContainsFunc(l.Sites, func(s directory.Site) bool {
		return s.Located() && (t.country == "" || s.Address.Country == t.country) &&
			(t.place == nil || geo.Distance(t.place.Point, s.Point) <= t.radius)
	})
}

// says reports whether a listing says yes to a value.
func says(l *directory.Listing, v value) bool {
	switch v.facet {
	case "kind":
		return string(l.Kind) == v.code
	case "accepting":
		return string(l.Accepting.Status) == v.code
	case "free":
		return l.Fees.Free == directory.Yes
	case "sliding_scale":
		return l.Fees.SlidingScale == directory.Yes
	case "open_now":
		return l.OpenAt(Now) == directory.Open
	}
	return l.Has(directory.Facet(v.facet), v.code)
}
