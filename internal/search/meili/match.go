package meili

import (
	"context"
	"encoding/json"
	"math"
	"slices"

	"github.com/meilisearch/meilisearch-go"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// question is a Match on its way to an answer. First its words are read, then a survey finds out which hours are open,
// which no filter can say, and how many there are; then it is answered.
type question struct {
	search.Match
	engine *Engine
	now    *wording // as it was when the question came
	words  []reading
	chosen []choice
	hard   filter // what is no facet
	cover  filter // where it asks, and a little beyond
	edge   filter // of the cover: what has to be looked at to know whether it is where it asks
	away   filter // remote, and serves where it asks

	listings int    // in the index
	found    int    // in the cover and passing every filter, at most
	admitted int    // found or counted, near and remote, at most
	looks    int    // of them at the edge, at most
	rings    []ring // round the origin, smallest first
}

// choice is what one facet is asked for.
type choice struct {
	facet search.FacetName
	filter
	codes []string
	each  bool // every one of the codes must hold, not one
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
	q := &question{Match: m, engine: e, now: e.now.Load(), listings: 1}
	q.choose()
	return q
}

// unreadable reports whether some word is found nowhere.
func (q *question) unreadable() bool {
	return slices.ContainsFunc(q.words, func(r reading) bool { return len(r.read) == 0 })
}

// choose notes the filters of facets.
func (q *question) choose() {
	some := func(f search.FacetName, codes []string) {
		if len(codes) > 0 {
			q.chosen = append(q.chosen, choice{f, in(attribute(f), codes...), codes, false})
		}
	}
	some(search.FacetKind, texts(q.Kinds))
	for _, f := range directory.Facets() {
		some(search.FacetName(f), q.Claims[f])
	}
	some(search.FacetAccepting, texts(q.Accepting))
	var fees []string
	if q.Free {
		fees = append(fees, feesFree)
	}
	if q.SlidingScale {
		fees = append(fees, feesSliding)
	}
	if len(fees) > 0 {
		var both []filter
		for _, code := range fees {
			both = append(both, in(attribute(search.FacetFees), code))
		}
		q.chosen = append(q.chosen, choice{search.FacetFees, all(both...), fees, true})
	}
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

// missed lists the facets whose filter a listing doesn't pass.
func (q *question) missed(x *row) (facets []search.FacetName) {
	for _, c := range q.chosen {
		has := 0
		for _, code := range c.codes {
			if q.now.writer.says(x, value{c.facet, code}) {
				has++
			}
		}
		if has == 0 || c.each && has < len(c.codes) {
			facets = append(facets, c.facet)
		}
	}
	return facets
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

// admits holds for all that is found or counted.
func (q *question) admits() filter {
	filters := []filter{q.passing("")}
	for _, f := range q.own() {
		filters = append(filters, q.passing(f))
	}
	return anyOf(filters...)
}

// survey finds out what no filter can say.
func (q *question) survey(ctx context.Context) error {
	q.harden()
	q.where(coverCells)
	r := q.engine.round()
	admitted := all(q.hard, q.admits())
	remote := q.lookAway(r, admitted)
	q.lookAtClock(r, admitted)
	q.measure(r, admitted, remote)
	if len(r.asks) == 0 {
		return nil
	}
	if err := r.send(ctx); err != nil || q.whole() {
		return err
	}
	return q.narrow(ctx, admitted)
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

// where notes which cells the region has, of about so many, and the country. A country is that of the site in the region,
// which of a listing with sites in several countries only a look can tell.
func (q *question) where(cells int) {
	country := filter{}
	if q.Country != "" {
		country = in(attrCountry, q.Country)
	}
	if q.Region == nil {
		q.cover, q.edge = all(yes(attrPlaced), country), nothing
		return
	}
	c := coverOf(q.Region, cells)
	edge := inCells(c.edge)
	q.cover = all(inCells(append(slices.Clip(c.inside), c.edge...)), country)
	q.edge = all(edge, country)
	if q.Country != "" {
		q.edge = all(q.cover, anyOf(edge, yes(attrAbroad)))
	}
}

// narrow finds out more where there is much: how far the nearest are, and what lies at the edge of a region whose cells
// are smaller, for as long as to look at it takes longer than to ask for them.
func (q *question) narrow(ctx context.Context, admitted filter) error {
	r := q.engine.round()
	if q.rounds() && q.Limit > 0 && !q.few() {
		q.draw(r, all(q.cover, q.hard, q.passing("")))
	}
	cells := 4 * coverCells
	if q.looks > 2*valueRows {
		cells = mostCells // the next would not be enough
	}
	for ; ; cells *= 4 {
		narrow := cells <= mostCells && q.looks > min(8*cells, valueRows)
		if narrow {
			q.where(cells)
			r.count(all(q.edge, admitted), &q.looks)
		}
		if len(r.asks) == 0 {
			return nil
		}
		if err := r.send(ctx); err != nil || !narrow {
			return err
		}
	}
}

// look adds a question that may need no asking.
func (r *round) look(a ask, then func(*answer) error) {
	if !a.filter.never {
		r.add(a, then)
	}
}

// lookAway notes what is remote and serves the locale: what covers its country or division by their codes, and what
// covers its point by an outline, which is looked at. It gives a filter for what may be one of them.
func (q *question) lookAway(r *round, admitted filter) filter {
	q.away = nothing
	if q.Serves == nil {
		return nothing
	}
	remote := no(attrPlaced)
	if q.Country != "" {
		remote = all(remote, in(attrReaches, q.Country))
	}
	if q.Serves.Anywhere {
		q.away = remote
		return remote
	}
	var codes []string
	if q.Serves.Country != "" {
		codes = append(codes, q.Serves.Country)
	}
	codes = distinct(append(codes, directory.DivisionsServing(q.Serves.Division)...))
	byCode := in(attrReach, codes...)
	q.away = all(remote, byCode)
	if q.Serves.Point == nil {
		return q.away
	}
	near := all(remote, in(attrArea, ancestors(*q.Serves.Point)...), not(byCode))
	r.look(ask{filter: all(near, admitted), limit: everyRow, fields: []string{fieldOutline}}, func(a *answer) error {
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
	return anyOf(q.away, near)
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

// lookAtClock finds what is open: by the slots of the zones there are, and of what has dates round that day by the
// calendar.
func (q *question) lookAtClock(r *round, admitted filter) {
	if q.OpenAt.IsZero() {
		return
	}
	around := q.cover
	if q.Serves != nil {
		around = anyOf(around, no(attrPlaced))
	}
	around = all(around, admitted)
	hard, dated := q.hard, in(attrExcept, datesAround(q.OpenAt)...)
	var usual, special filter
	r.look(ask{filter: around, facets: []string{string(attrZone)}}, func(a *answer) error {
		slots := []string{always}
		for zone := range a.values[string(attrZone)] {
			slots = append(slots, slotsAt(zone, q.OpenAt)...)
		}
		usual = all(in(attrOpen, distinct(slots)...), not(dated))
		return nil
	})
	r.look(ask{filter: all(dated, around), facets: []string{string(attrHours)}}, func(a *answer) error {
		open, err := openValues(a.values[string(attrHours)], q.OpenAt)
		special = all(dated, in(attrHours, open...))
		q.hard = all(hard, anyOf(usual, special))
		return err
	})
	r.look(ask{filter: all(dated, in(attrHours, longHours), around), limit: everyRow, fields: []string{fieldHours}}, func(a *answer) error {
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
		q.hard = all(hard, anyOf(usual, special, in(attrID, ids...)))
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

// measure asks how many there are, which says how they are best ordered and counted, and how rare the words are.
func (q *question) measure(r *round, admitted, remote filter) {
	if q.bare() {
		return
	}
	r.count(all(q.cover, q.hard, q.passing("")), &q.found)
	r.count(all(anyOf(q.cover, remote), admitted), &q.admitted)
	if !q.edge.never {
		r.count(all(q.edge, admitted), &q.looks)
	}
	if q.Limit > 0 && (q.Sort == search.ByRelevance || q.Sort == search.ByDistance) {
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

// within holds for sites in the cover of a region, and perhaps a little beyond.
func within(r geo.Region, most int) filter {
	c := coverOf(r, most)
	return inCells(append(slices.Clip(c.inside), c.edge...))
}

// surely holds for sites in cells that lie wholly in a region.
func surely(r geo.Region, most int) filter { return inCells(coverOf(r, most).inside) }
