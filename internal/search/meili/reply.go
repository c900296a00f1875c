package meili

import (
	"context"
	"maps"
	"slices"
	"strings"

	"carefinder/internal/search"
)

// How many rows are quicker looked at, all that are found or counted, than the server counts them.
const (
	wholeRows     = 2000 // where facets are counted
	wholeRowsBare = 300
	fewFound      = 1000 // of what is found, where more is counted
)

// bare reports whether nothing is asked for but totals that the server can tell by itself.
func (q *question) bare() bool { return q.Limit == 0 && len(q.Facets) == 0 && q.edge.never }

// whole reports whether all that is found or counted is looked at.
func (q *question) whole() bool {
	if len(q.Facets) == 0 {
		return q.admitted <= wholeRowsBare
	}
	return q.admitted <= wholeRows
}

// few reports whether all that is found is looked at, though more is counted.
func (q *question) few() bool { return len(q.Facets) > 0 && q.found <= fewFound }

// reply is an answer in the making.
type reply struct {
	*question
	*search.Candidates
	own          []search.FacetName
	counts       facetCounts
	hits, remote *page
}

// answer asks for the totals, the counts and the hits.
func (q *question) answer(ctx context.Context, c *search.Candidates) error {
	a := &reply{question: q, Candidates: c, own: q.own(), counts: facetCounts{}}
	for _, f := range q.Facets {
		a.counts[f] = map[string]int{}
	}
	found, away := all(q.cover, q.hard, q.passing("")), all(q.away, q.hard, q.passing(""))
	a.hits, a.remote = q.newPage(found, q.Sort, q.After), q.newAway(away)
	r := q.engine.round()
	if q.whole() && !q.bare() {
		r.every(all(anyOf(q.cover, q.away), q.hard, q.admits()), q.admitted, a.look)
	} else {
		a.askFound(r, found)
		a.askAway(r, away)
		a.askOwn(r)
		a.askEdge(r)
	}
	if err := r.send(ctx); err != nil {
		return err
	}
	for f, values := range a.counts {
		c.Facets[f] = sorted(values)
	}
	var err error
	if c.Hits, err = a.hits.end(ctx); err != nil {
		return err
	}
	c.Remote, err = a.remote.end(ctx)
	return err
}

// look makes the answer of all that is found or counted.
func (a *reply) look(rows []*row) error {
	for _, x := range rows {
		if !a.here(x) {
			continue
		}
		if a.counts.add(a.now.writer, x, a.missed(x), 1) {
			if len(x.sites) > 0 {
				a.hits.rows = append(a.hits.rows, x)
			} else {
				a.remote.rows = append(a.remote.rows, x)
			}
		}
	}
	a.Total, a.RemoteTotal = len(a.hits.rows), len(a.remote.rows)
	return nil
}

// lookAtFound makes the totals, the hits and the counts of the others of all that is found.
func (a *reply) lookAtFound(rows []*row) error {
	others := maps.Clone(a.counts)
	for _, f := range a.own {
		delete(others, f)
	}
	for _, x := range rows {
		if a.here(x) {
			a.hits.rows = append(a.hits.rows, x)
			others.add(a.now.writer, x, nil, 1)
		}
	}
	a.Total = len(a.hits.rows)
	return nil
}

// here reports whether a listing is where the question asks; of a remote one the filter said it.
func (q *question) here(x *row) bool {
	_, _, ok := q.nearestSite(x)
	return ok || len(x.sites) == 0
}

// facetCounts are the counts of each facet's values.
type facetCounts map[search.FacetName]map[string]int

// add adds n to the counts of what a listing says that misses some facets, and reports whether it misses none. One that
// misses one facet is counted there alone.
func (c facetCounts) add(w *writer, x *row, missed []search.FacetName, n int) (found bool) {
	if len(missed) > 1 {
		return false
	}
	w.eachOf(x, func(v value) {
		if counts, ok := c[v.facet]; ok && (len(missed) == 0 || missed[0] == v.facet) {
			counts[v.code] += n
		}
	})
	return len(missed) == 0
}

// tally adds what the server counted, but for what the vocabulary doesn't know any more: rows don't say it either.
func (a *reply) tally(said *answer) {
	for f, values := range said.values {
		for v, n := range values {
			if _, known := a.now.writer.numbers[value{search.FacetName(f), v}]; known {
				a.counts[search.FacetName(f)][v] += n
			}
		}
	}
}

// others lists the facets in which nothing is chosen.
func (a *reply) others() (facets []string) {
	for _, f := range a.Match.Facets {
		if !slices.Contains(a.own, f) {
			facets = append(facets, string(f))
		}
	}
	return facets
}

func (a *reply) askFound(r *round, found filter) {
	if a.few() {
		r.every(found, a.question.found, a.lookAtFound)
		return
	}
	r.add(ask{filter: found, facets: a.others()}, func(said *answer) error {
		a.Total += said.total
		a.tally(said)
		return nil
	})
	a.hits.begin(r)
}

func (a *reply) askAway(r *round, away filter) {
	if away.never {
		return
	}
	r.add(ask{filter: away, facets: a.others()}, func(said *answer) error {
		a.RemoteTotal = said.total
		a.tally(said)
		return nil
	})
	a.remote.begin(r)
}

// askOwn asks for the counts that ignore what is chosen in their facet.
func (a *reply) askOwn(r *round) {
	for _, f := range a.own {
		r.add(ask{filter: all(anyOf(a.cover, a.away), a.hard, a.passing(f)), facets: []string{string(f)}}, func(said *answer) error {
			a.tally(said)
			return nil
		})
	}
}

// askEdge takes out of what the server counted what lies beyond the region.
func (a *reply) askEdge(r *round) {
	counted := maps.Clone(a.counts)
	if a.few() {
		if len(a.own) == 0 {
			return
		}
		maps.DeleteFunc(counted, func(f search.FacetName, _ map[string]int) bool { return !slices.Contains(a.own, f) })
	}
	r.every(all(a.edge, a.hard, a.admits()), a.looks, func(rows []*row) error {
		for _, x := range rows {
			if !a.here(x) && counted.add(a.now.writer, x, a.missed(x), -1) && !a.few() {
				a.Total--
			}
		}
		return nil
	})
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
