package meili

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/meilisearch/meilisearch-go"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// question is a Match on its way to an answer. First its words are read, then a survey finds out what no filter can say
// (which listings near the boundary are inside, which hours are open), then it is answered.
type question struct {
	search.Match
	engine  *Engine
	words   []reading
	chosen  []choice
	hard    filter // what is no facet
	sure    filter // where it asks: what a filter can say
	maybe   filter // where it asks: what has to be looked at
	located filter // where it asks, after the survey
	away    filter // remote, after the survey

	listings int    // in the index
	size     int    // about how many are located and match, at least
	rings    []ring // round the origin, smallest first
}

// choice is the filter of one facet.
type choice struct {
	facet search.FacetName
	filter
}

// Match implements search.Engine.
func (e *Engine) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	if err := ctx.Err(); err != nil {
		return nil, lost(ctx, err)
	}
	q := e.ask(m)
	if err := q.read(ctx); err != nil {
		return nil, err
	}
	c := &search.Candidates{Facets: make(map[search.FacetName][]search.Count, len(m.Facets))}
	for _, f := range m.Facets {
		c.Facets[f] = nil
	}
	for i := range q.words {
		c.Read = append(c.Read, q.words[i].read)
	}
	if q.unreadable() {
		return c, nil
	}
	if err := q.survey(ctx); err != nil {
		return nil, err
	}
	return c, q.answer(ctx, c)
}

func (e *Engine) ask(m search.Match) *question {
	q := &question{Match: m, engine: e, listings: 1}
	q.choose()
	return q
}

// unreadable reports whether some word is found nowhere.
func (q *question) unreadable() bool {
	return slices.ContainsFunc(q.words, func(r reading) bool { return len(r.read) == 0 })
}

// choose notes the filters of facets.
func (q *question) choose() {
	add := func(f search.FacetName, x filter) {
		if x.text != "" || x.never {
			q.chosen = append(q.chosen, choice{f, x})
		}
	}
	some := func(f search.FacetName, values []string) {
		if len(values) > 0 {
			add(f, in(attribute(f), values...))
		}
	}
	some(search.FacetKind, texts(q.Kinds))
	for _, f := range directory.Facets() {
		some(search.FacetName(f), q.Claims[f])
	}
	some(search.FacetAccepting, texts(q.Accepting))
	var fees []filter
	if q.Free {
		fees = append(fees, in(attribute(search.FacetFees), feesFree))
	}
	if q.SlidingScale {
		fees = append(fees, in(attribute(search.FacetFees), feesSliding))
	}
	add(search.FacetFees, all(fees...))
}

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// passing holds for what passes every facet's filter but one; "" is none.
func (q *question) passing(but search.FacetName) filter {
	var filters []filter
	for _, c := range q.chosen {
		if c.facet != but {
			filters = append(filters, c.filter)
		}
	}
	return all(filters...)
}

// own lists the facets that are both filtered by and counted: their counts ignore what is chosen in them.
func (q *question) own() (facets []search.FacetName) {
	for _, c := range q.chosen {
		if slices.Contains(q.Facets, c.facet) {
			facets = append(facets, c.facet)
		}
	}
	return facets
}

// admitted holds for all that is found or counted.
func (q *question) admitted() filter {
	filters := []filter{q.passing("")}
	for _, f := range q.own() {
		filters = append(filters, q.passing(f))
	}
	return anyOf(filters...)
}

// survey finds out what no filter can say.
func (q *question) survey(ctx context.Context) error {
	q.harden()
	q.where()
	r := q.engine.round()
	admitted := all(q.hard, q.admitted())
	q.located, q.away = q.sure, nothing
	q.lookAtEdge(r, admitted)
	q.lookAway(r, admitted)
	q.lookAtClock(r, admitted)
	q.measure(r)
	if len(r.asks) == 0 {
		return nil
	}
	return r.send(ctx)
}

// harden notes what must hold and is no facet.
func (q *question) harden() {
	var filters []filter
	for i := range q.words {
		filters = append(filters, q.words[i].holds())
	}
	if !q.Demonstrations {
		filters = append(filters, no(attrDemo))
	}
	if !q.VerifiedSince.IsZero() {
		since := q.VerifiedSince.Unix()
		if q.VerifiedSince.Nanosecond() > 0 {
			since++ // verifications are kept to the second
		}
		filters = append(filters, atLeast(attrVerified, float64(max(1, since))))
	}
	q.hard = all(filters...)
}

// where notes what a filter can say of the region and the country. A country is that of the site in the region, which
// of a listing with sites in several countries only a look can tell.
func (q *question) where() {
	q.sure, q.maybe = yes(attrPlaced), nothing
	country := filter{}
	if q.Country != "" {
		country = in(attrCountry, q.Country)
	}
	if q.Region == nil {
		q.sure = all(q.sure, country)
		return
	}
	c := coverOf(q.Region, coverCells)
	q.sure = inCells(c.inside)
	look := inCells(c.edge)
	if q.Country == "" {
		q.maybe = look
		return
	}
	look = anyOf(q.sure, look)
	q.sure = all(q.sure, country, no(attrAbroad))
	q.maybe = all(look, country, not(q.sure))
}

// lookAtEdge looks at what only the points can tell.
func (q *question) lookAtEdge(r *round, admitted filter) {
	r.look(ask{filter: all(q.maybe, admitted), limit: everyRow}, func(a *answer) error {
		var inside []string
		for _, x := range a.rows {
			if _, _, ok := q.nearestSite(x); ok {
				inside = append(inside, x.id.String())
			}
		}
		q.located = anyOf(q.sure, in(attrID, inside...))
		return nil
	})
}

// look adds a question that may need no asking.
func (r *round) look(a ask, then func(*answer) error) {
	if !a.filter.never {
		r.add(a, then)
	}
}

// lookAway notes what is remote and serves the locale: what covers its country or division by their codes, and what
// covers its point by an outline, which is looked at.
func (q *question) lookAway(r *round, admitted filter) {
	if q.Serves == nil {
		return
	}
	remote := no(attrPlaced)
	if q.Country != "" {
		remote = all(remote, in(attrReaches, q.Country))
	}
	if q.Serves.Anywhere {
		q.away = remote
		return
	}
	var codes []string
	if q.Serves.Country != "" {
		codes = append(codes, q.Serves.Country)
	}
	codes = distinct(append(codes, directory.DivisionsServing(q.Serves.Division)...))
	byCode := in(attrReach, codes...)
	q.away = all(remote, byCode)
	if q.Serves.Point == nil {
		return
	}
	near := all(remote, in(attrArea, ancestors(*q.Serves.Point)...), not(byCode), admitted)
	r.look(ask{filter: near, limit: everyRow, fields: []string{fieldOutline}}, func(a *answer) error {
		var serving []string
		for i, x := range a.rows {
			ok, err := outlined(a.fields[i], *q.Serves.Point)
			if err != nil {
				return err
			}
			if ok {
				serving = append(serving, x.id.String())
			}
		}
		q.away = all(remote, anyOf(byCode, in(attrID, serving...)))
		return nil
	})
}

// ancestors gives the cells of every level that hold a point.
func ancestors(p orb.Point) (tokens []string) {
	leaf := leafOf(p)
	for _, level := range levels {
		tokens = append(tokens, leaf.Parent(level).ToToken())
	}
	return tokens
}

// outlined reports whether a point lies in one of a document's outlines.
func outlined(h meilisearch.Hit, at orb.Point) (bool, error) {
	var outlines []orb.Polygon
	if json.Unmarshal(h[fieldOutline], &outlines) != nil {
		return false, garbage(0)
	}
	for _, p := range outlines {
		if a, err := geo.NewArea(p); err == nil && a.Contains(at) {
			return true, nil
		}
	}
	return false, nil
}

// lookAtClock finds which hours are open.
func (q *question) lookAtClock(r *round, admitted filter) {
	if q.OpenAt.IsZero() {
		return
	}
	around := anyOf(q.sure, q.maybe)
	if q.Serves != nil {
		around = anyOf(around, no(attrPlaced))
	}
	var open []string
	r.look(ask{filter: all(around, admitted), facets: []string{string(attrHours)}}, func(a *answer) (err error) {
		open, err = openValues(a.values[string(attrHours)], q.OpenAt)
		q.hard = all(q.hard, in(attrHours, open...))
		return err
	})
	long := all(in(attrHours, longHours), around, admitted)
	hard := q.hard
	r.look(ask{filter: long, limit: everyRow, fields: []string{fieldHours}}, func(a *answer) error {
		var ids []string
		for i, x := range a.rows {
			l, err := scheduled(a.fields[i])
			if err != nil {
				return err
			}
			if l.OpenAt(q.OpenAt) == directory.Open {
				ids = append(ids, x.id.String())
			}
		}
		q.hard = all(hard, anyOf(in(attrHours, open...), in(attrID, ids...)))
		return nil
	})
}

// scheduled reads the hours of a document that are too long for a value.
func scheduled(h meilisearch.Hit) (*directory.Listing, error) {
	var b []byte // base64 to JSON
	if json.Unmarshal(h[fieldHours], &b) != nil {
		return nil, garbage(0)
	}
	l, err := readHours(b)
	if err != nil {
		return nil, garbage(0)
	}
	return l, nil
}

// measure asks how many there are, which says how they are best ordered, and how rare the words are.
func (q *question) measure(r *round) {
	if q.Limit == 0 {
		return
	}
	found := all(anyOf(q.sure, q.maybe), q.hard, q.passing(""))
	if q.rounds() {
		q.draw(r, found)
	}
	if q.Sort != search.ByDistance || q.Origin == nil {
		r.count(found, &q.size)
	}
	if q.Sort == search.ByRelevance || q.Sort == search.ByDistance {
		for i := range q.words {
			r.count(q.words[i].holds(), &q.words[i].holding)
		}
		if len(q.words) > 0 {
			r.count(anyOf(yes(attrPlaced), no(attrPlaced)), &q.listings)
		}
	}
}

// rounds reports whether the hits are looked for in circles round the origin.
func (q *question) rounds() bool {
	return q.Origin != nil && (q.Sort == search.ByDistance || q.Sort == search.ByRelevance && len(q.words) == 0)
}

// nearestSite gives the matching site of a listing that is nearest to the origin, the first of several as near. The
// distance is NaN without an origin.
func (q *question) nearestSite(x *row) (site int, metres float64, ok bool) {
	site, metres = -1, math.NaN()
	for _, s := range x.sites {
		if q.Country != "" && s.country != q.Country || q.Region != nil && !q.Region.Contains(s.point) {
			continue
		}
		d := math.NaN()
		if q.Origin != nil {
			d = geo.Distance(*q.Origin, s.point)
		}
		if site < 0 || d < metres {
			site, metres = s.index, d
		}
	}
	return site, metres, site >= 0
}

// answer asks for the totals, the counts and the hits.
func (q *question) answer(ctx context.Context, c *search.Candidates) error {
	r := q.engine.round()
	counts := map[search.FacetName]map[string]int{}
	own := q.own()
	var others []string
	for _, f := range q.Facets {
		counts[f] = map[string]int{}
		if !slices.Contains(own, f) {
			others = append(others, string(f))
		}
	}
	tally := func(a *answer) {
		for f, values := range a.values {
			for v, n := range values {
				counts[search.FacetName(f)][v] += n
			}
		}
	}
	found, away := all(q.located, q.hard, q.passing("")), all(q.away, q.hard, q.passing(""))
	r.add(ask{filter: found, facets: others}, func(a *answer) error {
		c.Total = a.total
		tally(a)
		return nil
	})
	if !q.away.never {
		r.add(ask{filter: away, facets: others}, func(a *answer) error {
			c.RemoteTotal = a.total
			tally(a)
			return nil
		})
	}
	for _, f := range own {
		r.add(ask{filter: all(anyOf(q.located, q.away), q.hard, q.passing(f)), facets: []string{string(f)}}, func(a *answer) error {
			tally(a)
			return nil
		})
	}
	hits, remote := q.newPage(found, q.Sort, q.After), q.newAway(away)
	hits.begin(r)
	remote.begin(r)
	if err := r.send(ctx); err != nil {
		return err
	}
	for f, values := range counts {
		c.Facets[f] = sorted(values)
	}
	var err error
	if c.Hits, err = hits.end(ctx); err != nil {
		return err
	}
	c.Remote, err = remote.end(ctx)
	return err
}

// sorted lists counts, most first, then by value.
func sorted(values map[string]int) []search.Count {
	list := make([]search.Count, 0, len(values))
	for v, n := range values {
		if n > 0 {
			list = append(list, search.Count{Value: v, N: n})
		}
	}
	slices.SortFunc(list, func(a, b search.Count) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Value, b.Value)
	})
	return list
}

// within holds for sites in the cover of a region, and perhaps a little beyond.
func within(r geo.Region, most int) filter {
	c := coverOf(r, most)
	return inCells(append(slices.Clip(c.inside), c.edge...))
}

// surely holds for sites in cells that lie wholly in a region.
func surely(r geo.Region, most int) filter { return inCells(coverOf(r, most).inside) }
