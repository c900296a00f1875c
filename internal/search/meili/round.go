package meili

import (
	"context"
	"encoding/json"

	"github.com/meilisearch/meilisearch-go"
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

// answer is what the index says to an ask.
type answer struct {
	total  int
	rows   []*row
	fields []meilisearch.Hit // as they came
	values map[string]map[string]int
}

// everyRow is a limit that is none.
const everyRow = 1 << 30

func (e *Engine) round() *round { return &round{engine: e} }

// add asks a question; then is called with its answer, in the order of asking.
func (r *round) add(a ask, then func(*answer) error) {
	r.asks, r.then = append(r.asks, a), append(r.then, then)
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
	var queries []*meilisearch.SearchRequest
	var asked []int
	for i, a := range r.asks {
		if a.filter.never {
			continue
		}
		queries, asked = append(queries, r.engine.query(a)), append(asked, i)
	}
	if len(queries) > 0 {
		c, err := r.engine.connect(ctx)
		if err != nil {
			return err
		}
		said, err := c.search.MultiSearchWithContext(ctx, &meilisearch.MultiSearchRequest{Queries: queries})
		if err != nil {
			return r.engine.noteKey(fail(ctx, err))
		}
		if len(said.Results) != len(queries) {
			return garbage(0)
		}
		for n, i := range asked {
			if err := answers[i].read(&said.Results[n]); err != nil {
				return err
			}
		}
	}
	for i, then := range r.then {
		if err := then(&answers[i]); err != nil {
			return err
		}
	}
	r.asks, r.then = nil, nil
	return nil
}

func (e *Engine) query(a ask) *meilisearch.SearchRequest {
	limit := int64(a.limit)
	q := &meilisearch.SearchRequest{
		IndexUID: e.index, HitsPerPage: &limit, Facets: a.facets, Sort: a.sort,
		AttributesToRetrieve: append([]string{fieldRow}, a.fields...),
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
		if json.Unmarshal(h[fieldRow], &text) != nil {
			return garbage(0)
		}
		x, err := decodeRow(text)
		if err != nil {
			return garbage(0)
		}
		a.rows = append(a.rows, x)
	}
	if len(said.FacetDistribution) > 0 && json.Unmarshal(said.FacetDistribution, &a.values) != nil {
		return garbage(0)
	}
	return nil
}
