package meili

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/meilisearch/meilisearch-go"
	"golang.org/x/sync/errgroup"
)

// round is questions that are asked in one request, each with what becomes of its answer.
type round struct {
	engine *Engine
	asks   []ask
	then   []func(*answer) error
}

// ask is one question to the index.
type ask struct {
	filter filter
	limit  int      // of documents given back; 0 only counts
	fields []string // of them; nil is the row alone
	sort   []string
	facets []string
}

// counts reports whether only a total is asked for.
func (a *ask) counts() bool { return a.limit == 0 && len(a.facets) == 0 }

// answer is what the index says to an ask.
type answer struct {
	total  int
	rows   []*row
	fields []meilisearch.Hit // as they came
	values map[string]map[string]int
}

// everyRow is a limit that is none.
const everyRow = 1 << 30

// valueRows is up to how many documents have their rows counted, which beyond it would go through the rows of all.
const valueRows = 3000

func (e *Engine) round() *round { return &round{engine: e} }

// add asks a question; then is called with its answer, in the order of asking.
func (r *round) add(a ask, then func(*answer) error) {
	r.asks, r.then = append(r.asks, a), append(r.then, then)
}

// every asks for the rows of all that a filter holds for, of which there are at most so many.
func (r *round) every(f filter, most int, then func([]*row) error) {
	a := ask{filter: f, limit: everyRow}
	if most <= valueRows {
		a = ask{filter: f, facets: []string{string(attrRow)}}
	}
	if f.never {
		return
	}
	r.add(a, func(a *answer) error {
		if len(a.rows) != a.total {
			return garbage(0) // the server cut them
		}
		return then(a.rows)
	})
}

// count asks how many documents a filter holds for.
func (r *round) count(f filter, n *int) {
	r.add(ask{filter: f}, func(a *answer) error {
		*n = a.total
		return nil
	})
}

// send asks all of it. What holds for no document isn't asked.
func (r *round) send(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return lost(ctx, err)
	}
	answers := make([]answer, len(r.asks))
	var lanes [mostLanes]lane
	heavy := 0
	counted := map[string]int{} // by their filters, the asks that only count: of two alike one is sent
	for i, a := range r.asks {
		if a.filter.never {
			continue
		}
		if a.counts() {
			if _, ok := counted[a.filter.text]; ok {
				continue
			}
			counted[a.filter.text] = i
		}
		l := &lanes[0]
		if !a.counts() {
			l = &lanes[heavy%mostLanes]
			heavy++
		}
		l.queries, l.asked = append(l.queries, r.engine.query(a)), append(l.asked, i)
	}
	if err := r.engine.send(ctx, lanes[:], answers); err != nil {
		return err
	}
	for i, then := range r.then {
		if a := r.asks[i]; a.counts() && !a.filter.never {
			answers[i].total = answers[counted[a.filter.text]].total
		}
		if err := then(&answers[i]); err != nil {
			return err
		}
	}
	r.asks, r.then = nil, nil
	return nil
}

// mostLanes bounds the requests of one round: the server answers the questions of a request one after another, and those
// of several at the same time.
const mostLanes = 3

// lane is the questions of one request, and whose they are.
type lane struct {
	queries []*meilisearch.SearchRequest
	asked   []int
}

// send sends the lanes that have questions, each on its own.
func (e *Engine) send(ctx context.Context, lanes []lane, answers []answer) error {
	lanes = slices.DeleteFunc(lanes, func(l lane) bool { return len(l.queries) == 0 })
	if len(lanes) == 0 {
		return nil
	}
	c, err := e.connect(ctx)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range lanes {
		g.Go(func() error {
			said, err := c.search.MultiSearchWithContext(ctx, &meilisearch.MultiSearchRequest{Queries: l.queries})
			if err != nil {
				return e.noteKey(fail(ctx, err))
			}
			if len(said.Results) != len(l.queries) {
				return garbage(0)
			}
			for n, i := range l.asked {
				if err := answers[i].read(&said.Results[n]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

func (e *Engine) query(a ask) *meilisearch.SearchRequest {
	limit := int64(a.limit)
	q := &meilisearch.SearchRequest{
		IndexUID: e.index, HitsPerPage: &limit, Facets: a.facets, Sort: a.sort,
		AttributesToRetrieve: append([]string{string(attrRow)}, a.fields...),
	}
	if a.filter.text != "" {
		q.Filter = a.filter.text
	}
	return q
}

func (a *answer) read(said *meilisearch.SearchResponse) error {
	a.total = int(said.TotalHits)
	a.fields = said.Hits
	for _, h := range said.Hits {
		var text string
		if json.Unmarshal(h[string(attrRow)], &text) != nil || a.add(text) != nil {
			return garbage(0)
		}
	}
	counted := []byte(said.FacetDistribution)
	if rows, ok := bytes.CutPrefix(counted, []byte(`{"`+attrRow+`":{`)); ok {
		return a.readRows(rows)
	}
	if len(counted) > 0 && json.Unmarshal(counted, &a.values) != nil {
		return garbage(0)
	}
	return nil
}

// readRows reads rows that were counted, as "row":1,"row":1}}. They are many, and have no letter that JSON escapes.
func (a *answer) readRows(counted []byte) error {
	for {
		_, rest, ok := bytes.Cut(counted, []byte(`"`))
		if !ok {
			return nil
		}
		text, rest, ok := bytes.Cut(rest, []byte(`"`))
		if !ok || a.add(string(text)) != nil {
			return garbage(0)
		}
		counted = rest
	}
}

func (a *answer) add(text string) error {
	x, err := decodeRow(text)
	a.rows = append(a.rows, x)
	return err
}
