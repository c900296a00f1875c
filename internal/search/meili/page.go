package meili

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// How many are ordered here. The order is exact; what is ordered is everything that matches up to fewRows and a page, and
// beyond that what must hold the page: the nearest, or the first by what the index sorts by. Only the relevance of words,
// which the index can't order, is told of Ranked listings at most: of more, of the best by where the words stand.
const (
	Ranked   = valueRows
	fewRows  = 100 // fewer are quicker looked at than sorted
	headRows = 150 // of each way the words stand
)

// page is one page of hits being made.
type page struct {
	*question
	found filter // all that matches, and of hits what lies a little beyond where they are asked
	by    search.Sort
	after *search.Position
	away  bool

	ring  int // index of the ring asked for; -1 for none
	rows  []*row
	cut   bool   // more match than were looked at
	again []more // what was asked and was not enough
}

// more is a question for the first rows of an order, and what becomes of them.
type more struct {
	ask
	then func(*answer) error
}

func (q *question) newPage(found filter, by search.Sort, after *search.Position) *page {
	return &page{question: q, found: found, by: by, after: after, ring: -1}
}

// newAway makes the page of remote hits, which have no distance and always begin at the beginning.
func (q *question) newAway(found filter) *page {
	p := q.newPage(found, q.Sort, nil)
	p.away = true
	if p.by == search.ByDistance {
		p.by = search.ByRelevance
	}
	return p
}

func (p *page) measured() bool { return p.Origin != nil && !p.away }

// begin asks for the rows that are likely to be enough, together with the rest of the answer.
func (p *page) begin(r *round) {
	if p.Limit == 0 || p.found.never {
		return
	}
	switch {
	case p.by == search.ByDistance && p.measured():
		p.ring = p.smallestRing()
		r.every(p.inRing(), p.rings[p.ring].count, p.takeAll)
	case !p.away && p.question.found <= p.fewEnough():
		r.every(p.found, p.question.found, p.takeAll)
	case p.by == search.ByRelevance && len(p.words) > 0:
		for _, f := range p.strata() {
			p.first(r, ask{filter: all(p.found, f), limit: headRows, sort: p.sorted(attrStanding, true)}, p.take)
		}
	case p.by == search.ByRelevance && p.measured():
		p.ring = p.smallestRing()
		r.every(p.inRing(), p.rings[p.ring].count, p.takeAll)
	case p.by == search.ByRelevance && p.away: // mostly few
		r.add(ask{filter: p.found, limit: headRows}, p.take)
	case p.by == search.ByRelevance:
		p.streams(r)
	default:
		key, last := p.key()
		p.first(r, ask{filter: all(p.found, p.beyond()), limit: p.Limit + p.slack(), sort: p.sorted(key, last)}, p.take)
	}
}

// slack is how many rows more than a page are asked for where ties are ordered here, by distance.
func (p *page) slack() int {
	if p.measured() {
		return fewRows
	}
	return 0
}

// first asks for the first of an order, and notes to ask for more when too many of them lie beyond the region.
func (p *page) first(r *round, a ask, then func(*answer) error) {
	r.look(a, func(said *answer) error {
		if said.total > len(said.rows) && p.inside(said.rows) < p.Limit {
			a.limit *= 4
			p.again = append(p.again, more{a, then})
			return nil
		}
		return then(said)
	})
}

func (p *page) inside(rows []*row) (n int) {
	for _, x := range rows {
		if p.here(x) {
			n++
		}
	}
	return n
}

// takeAll keeps all rows there are.
func (p *page) takeAll(rows []*row) error {
	p.rows = append(p.rows, rows...)
	return nil
}

// take keeps the rows that came.
func (p *page) take(a *answer) error {
	p.rows = append(p.rows, a.rows...)
	p.cut = p.cut || a.total > len(a.rows)
	return nil
}

// sorted orders by a key, the last first if so, and what ties by whose turn it is.
func (p *page) sorted(key attribute, last bool) []string {
	order := map[bool]string{false: ":asc", true: ":desc"}
	return []string{string(key) + order[last], string(attrLot(p.Turn)) + order[p.backwards()]}
}

// backwards reports whether the lots of the pair run from the last to the first in this turn.
func (q *question) backwards() bool { return q.Turn%2 == 1 }

// end makes the page of what came, and asks for more when that can't be all.
func (p *page) end(ctx context.Context) ([]search.Candidate, error) {
	if p.Limit == 0 || p.found.never {
		return nil, nil
	}
	for p.ring >= 0 && !p.rings[p.ring].whole() && len(p.hits(p.rings[p.ring].radius)) < p.Limit {
		p.ring++
		p.rows = nil
		r := p.engine.round()
		r.every(p.inRing(), p.rings[p.ring].count, p.takeAll)
		if err := r.send(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.askAgain(ctx); err != nil {
		return nil, err
	}
	if err := p.mend(ctx); err != nil {
		return nil, err
	}
	hits := p.hits(math.Inf(1))
	return hits[:min(len(hits), p.Limit)], nil
}

// askAgain asks for more of what was not enough, until it is.
func (p *page) askAgain(ctx context.Context) error {
	for len(p.again) > 0 {
		r := p.engine.round()
		again := p.again
		p.again = nil
		for _, m := range again {
			p.first(r, m.ask, m.then)
		}
		if err := r.send(ctx); err != nil {
			return err
		}
	}
	return nil
}

// mend asks for what may yet stand on the page.
func (p *page) mend(ctx context.Context) error {
	worded := p.by == search.ByRelevance && len(p.words) > 0
	switch {
	case p.ring >= 0 && p.by == search.ByRelevance:
		return p.mendNear(ctx)
	case p.ring >= 0 || worded || !p.cut || len(p.rows) == 0:
		return nil
	case p.by != search.ByRelevance && p.measured():
		return p.mendTies(ctx)
	case p.by != search.ByRelevance:
		return nil
	}
	if p.away {
		p.rows, p.cut = nil, false
		r := p.engine.round()
		p.streams(r)
		if err := r.send(ctx); err != nil {
			return err
		}
		if err := p.askAgain(ctx); err != nil {
			return err
		}
	}
	if !p.cut {
		return nil
	}
	return p.besides(ctx, all(yes(attrHelpline), p.worthy(p.last(math.Inf(1)), 0)))
}

// streams asks for the first of each sort of listing that the index can order by relevance: those that are as freshly
// verified. Helplines, of which openness decides too, are asked for together.
func (p *page) streams(r *round) {
	for _, x := range p.freshness() {
		f := all(p.found, no(attrHelpline), x.filter, p.rest(x.worth))
		p.first(r, ask{filter: f, limit: p.Limit, sort: p.sorted(attrStanding, true)}, func(a *answer) error { return p.takeAll(a.rows) })
	}
	p.first(r, ask{filter: all(p.found, yes(attrHelpline)), limit: headRows, sort: p.sorted(attrStanding, true)}, p.take)
}

// rest leaves out, of listings worth so much besides their standing, what stands on earlier pages.
func (p *page) rest(besides int) filter {
	if p.after == nil {
		return filter{}
	}
	same := math.Round(-p.after.Key*1000) - float64(besides)
	return anyOf(atMost(attrStanding, same-1), all(equals(attrStanding, same), p.later()))
}

// later holds for what stands after the end of the page before, among what ties with it.
func (p *page) later() filter {
	if p.backwards() {
		return before(attrLot(p.Turn), lotKey(^p.after.Lot))
	}
	return after(attrLot(p.Turn), lotKey(p.after.Lot))
}

// fresh is the listings verified so long ago that it is worth the same.
type fresh struct {
	filter
	worth int
}

func (q *question) freshness() (steps []fresh) {
	until := filter{}
	for _, s := range search.FreshnessSteps {
		since := int64(1)
		if !math.IsInf(s.UpTo, 1) {
			since = max(1, q.At.Unix()-int64(s.UpTo))
		}
		steps = append(steps, fresh{all(atLeast(attrVerified, float64(since)), until), s.Worth})
		until = atMost(attrVerified, float64(since-1))
	}
	return append(steps, fresh{equals(attrVerified, 0), 0})
}

// worthy holds for what may be worth so many thousandths at some distance, where nearness is worth near.
func (q *question) worthy(worth, near int) filter {
	most := search.Openness(directory.Helpline, directory.Open)
	var parts []filter
	for _, x := range q.freshness() {
		must := float64(worth - near - x.worth)
		parts = append(parts, all(x.filter, anyOf(atLeast(attrStanding, must), all(yes(attrHelpline), atLeast(attrStanding, must-float64(most))))))
	}
	return anyOf(parts...)
}

// mendNear looks beyond the ring for what is worth more than the page so far: what is worth the same there stands
// behind.
func (p *page) mendNear(ctx context.Context) error {
	x := &p.rings[p.ring]
	if x.whole() {
		return nil
	}
	worth := p.last(x.radius) + 1
	better := p.worthy(worth, 0)
	for _, s := range search.NearnessSteps {
		if s.UpTo > x.radius {
			better = anyOf(better, all(within(geo.Circle{Center: *p.Origin, Radius: s.UpTo}, ringCells), p.worthy(worth, s.Worth)))
		}
	}
	return p.besides(ctx, all(better, not(x.filter)))
}

// last gives what the last hit of the page is worth, of those no farther than reach; 0 when they don't fill it.
func (p *page) last(reach float64) int {
	hits := p.hits(reach)
	if len(hits) < p.Limit {
		return 0
	}
	return int(math.Round(hits[p.Limit-1].Score * 1000))
}

// besides asks for all that matches and of which f holds.
func (p *page) besides(ctx context.Context, f filter) error {
	r := p.engine.round()
	r.add(ask{filter: all(p.found, f), limit: everyRow}, p.take)
	return r.send(ctx)
}

// fewEnough is up to how many matches are all looked at.
func (p *page) fewEnough() int {
	if p.by == search.ByRelevance && len(p.words) > 0 {
		return Ranked
	}
	return p.Limit + fewRows
}

// inRing holds for what matches in the ring.
func (p *page) inRing() filter {
	x := &p.rings[p.ring]
	if x.inside {
		return all(p.hard, p.passing(""), x.filter)
	}
	return all(p.found, x.filter)
}

// hits makes candidates of the rows no farther than reach, in order, without what stands on earlier pages.
func (p *page) hits(reach float64) []search.Candidate {
	hits := make([]search.Candidate, 0, len(p.rows))
	for _, x := range p.rows {
		c := search.Candidate{ID: x.id, Revision: x.revision, Site: -1, Distance: math.NaN()}
		if !p.away {
			var ok bool
			if c.Site, c.Distance, ok = p.nearestSite(x); !ok || c.Distance > reach {
				continue
			}
		}
		c.Score = p.score(x, c.Distance)
		c.At = p.position(x, &c)
		if p.after == nil || compare(&c.At, p.after) > 0 {
			hits = append(hits, c)
		}
	}
	slices.SortFunc(hits, func(a, b search.Candidate) int { return compare(&a.At, &b.At) })
	return slices.CompactFunc(hits, func(a, b search.Candidate) bool { return a.ID == b.ID })
}

func (p *page) position(x *row, c *search.Candidate) search.Position {
	at := search.Position{Lot: search.TieOf(p.Turn, x.id), ID: x.id}
	if p.by != search.ByDistance && p.measured() {
		at.Tie = c.Distance
	}
	switch p.by {
	case search.ByDistance:
		at.Key = c.Distance
	case search.ByName:
		at.Text = x.name
	case search.ByVerified:
		at.Key = math.Inf(1)
		if x.verified > 0 {
			at.Key = -float64(x.verified)
		}
	default:
		at.Key = -c.Score
	}
	return at
}

func compare(a, b *search.Position) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), strings.Compare(a.Text, b.Text), cmp.Compare(a.Tie, b.Tie), cmp.Compare(a.Lot, b.Lot), bytes.Compare(a.ID[:], b.ID[:]))
}

// key is what the index sorts by for an order, and whether the last come first.
func (p *page) key() (key attribute, last bool) {
	if p.by == search.ByName {
		return attrName, false
	}
	return attrVerified, true
}

// beyond leaves out what stands on earlier pages; but for ties, where distances part them.
func (p *page) beyond() filter {
	if p.after == nil {
		return filter{}
	}
	tied, next := p.tiedWith(p.after.Text, p.after.Key), nothing
	switch {
	case p.by == search.ByName:
		next = after(attrName, sortKey(p.after.Text))
	case !math.IsInf(p.after.Key, 1):
		next = atMost(attrVerified, -p.after.Key-1)
	}
	if !p.measured() && len(p.after.Text) <= longestName {
		tied = all(tied, p.later())
	}
	return anyOf(next, tied)
}

// tied holds for what has the same key as a row.
func (p *page) tied(x *row) filter {
	at := p.position(x, &search.Candidate{})
	return p.tiedWith(at.Text, at.Key)
}

func (p *page) tiedWith(text string, key float64) filter {
	switch {
	case p.by == search.ByName:
		return in(attrName, sortKey(text))
	case math.IsInf(key, 1):
		return equals(attrVerified, 0)
	}
	return equals(attrVerified, -key)
}

// strata part what matches words by where they stand, best first.
func (p *page) strata() []filter {
	var titled, claimed []filter
	for i := range p.words {
		titled = append(titled, p.words[i].titled())
		if len(p.words[i].terms) > 0 {
			claimed = append(claimed, p.words[i].claimed())
		}
	}
	every, any, says := all(titled...), anyOf(titled...), all(claimed...)
	if len(claimed) == 0 {
		says = nothing
	}
	return []filter{every, all(any, not(every)), all(says, not(any)), not(anyOf(any, says))}
}

// mendTies looks at what ties with the last row that came: the index can't order ties by distance, and more of them may
// match. The nearest are enough.
func (p *page) mendTies(ctx context.Context) error {
	last, came := p.rows[len(p.rows)-1], slices.Clip(p.rows)
	if p.before(last) >= p.Limit {
		return nil
	}
	for radius := firstRing; ; radius *= ringGrowth {
		near := filter{}
		if radius < halfway {
			near = within(geo.Circle{Center: *p.Origin, Radius: radius}, ringCells)
		}
		r := p.engine.round()
		r.add(ask{filter: all(p.found, p.tied(last), near), limit: everyRow}, func(a *answer) error {
			p.rows = append(came, a.rows...)
			return nil
		})
		if err := r.send(ctx); err != nil {
			return err
		}
		if radius >= halfway || p.tiedWithin(last, radius) >= p.Limit {
			return nil
		}
	}
}

// before counts the hits that stand before all that tie with x.
func (p *page) before(x *row) (n int) {
	at := p.position(x, &search.Candidate{})
	for _, h := range p.hits(math.Inf(1)) {
		if h.At.Key < at.Key || h.At.Key == at.Key && h.At.Text < at.Text {
			n++
		}
	}
	return n
}

// tiedWithin counts the hits no farther than the radius that tie with x.
func (p *page) tiedWithin(x *row, radius float64) (n int) {
	at := p.position(x, &search.Candidate{})
	for _, h := range p.hits(radius) {
		if h.At.Key == at.Key && h.At.Text == at.Text {
			n++
		}
	}
	return n
}

// ring is a circle round the origin.
type ring struct {
	radius float64
	filter filter // what may lie in it, but for what surely stands on earlier pages
	inside bool   // of what is asked: the region need not be asked again
	count  int    // of what matches
}

const (
	firstRing  = 2000.0 // metres
	ringGrowth = 4
	halfway    = math.Pi * geo.EarthRadius
)

func (r *ring) whole() bool { return r.radius >= halfway }

// draw asks how many match in circles round the origin, each four times as wide as the one before.
func (q *question) draw(r *round, found filter) {
	largest := halfway
	if c, ok := q.Region.(geo.Circle); ok && c.Center == *q.Origin {
		largest = c.Radius
	}
	passed := filter{}
	// A listing passed by at its nearest site may yet match at another, where not every site does.
	everySite := q.Country == "" && (q.Region == nil || largest < halfway)
	if q.Sort == search.ByDistance && q.After != nil && q.After.Key > 0 && everySite {
		passed = not(surely(geo.Circle{Center: *q.Origin, Radius: q.After.Key * (1 - 1e-9)}, ringCells))
	}
	for radius := firstRing; radius < largest; radius *= ringGrowth {
		if q.After == nil || q.Sort != search.ByDistance || radius > q.After.Key {
			near := within(geo.Circle{Center: *q.Origin, Radius: radius}, ringCells)
			q.rings = append(q.rings, ring{radius: radius, filter: all(near, passed), inside: everySite})
		}
	}
	q.rings = append(q.rings, ring{radius: halfway, filter: passed, count: q.found})
	for i := range q.rings[:len(q.rings)-1] {
		x := &q.rings[i]
		if x.inside {
			r.count(all(q.hard, q.passing(""), x.filter), &x.count)
		} else {
			r.count(all(found, x.filter), &x.count)
		}
	}
}

// smallestRing gives the ring that is likely to hold the page.
func (p *page) smallestRing() int {
	for i := range p.rings {
		if p.rings[i].count >= 2*p.Limit {
			return i
		}
	}
	return len(p.rings) - 1
}
