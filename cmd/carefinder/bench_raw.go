package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// raw asks Meilisearch the way its manual shows: points in _geo, one search a question.
type raw struct {
	url, key string
	http     *http.Client
}

const rawIndex = "bench-raw"

// rawMeilisearch is Meilisearch by itself; nil without a server.
func (b *bench) rawMeilisearch(ctx context.Context) (*contender, func(), error) {
	if b.MeilisearchURL == "" {
		return nil, nil, nil
	}
	through := http.DefaultTransport.(*http.Transport).Clone()
	through.DisableCompression = true
	through.MaxIdleConnsPerHost = 32
	x := &raw{strings.TrimSuffix(b.MeilisearchURL, "/"), b.MeilisearchKey, &http.Client{Transport: through}}
	end := func() { _ = x.task(ctx, http.MethodDelete, "/indexes/"+rawIndex, nil) } // one that isn't there is as good
	end()
	fields := []string{"_geo"}
	for _, f := range search.FacetNames() {
		fields = append(fields, string(f))
	}
	err := x.task(ctx, http.MethodPost, "/indexes", map[string]any{"uid": rawIndex, "primaryKey": "id"})
	if err == nil {
		err = x.task(ctx, http.MethodPatch, "/indexes/"+rawIndex+"/settings", map[string]any{
			"searchableAttributes": []string{"name", "text"}, "filterableAttributes": fields, "sortableAttributes": []string{"_geo", "verified"},
			"faceting": map[string]any{"maxValuesPerFacet": 1000}, "pagination": map[string]any{"maxTotalHits": 10_000_000},
		})
	}
	return &contender{name: "Meilisearch with _geo", ask: x.ask, add: x.add, memory: b.serverMemory, can: rawCan}, end, err
}

// rawCan leaves out areas, which _geo doesn't know.
func rawCan(c class) bool { return !strings.Contains(c.name, "area") }

func (x *raw) call(ctx context.Context, method, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, x.url+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+x.key)
	answer, err := x.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s: status %d", path, answer.StatusCode)
	}
	return json.NewDecoder(answer.Body).Decode(out)
}

// task begins a task and waits for its end.
func (x *raw) task(ctx context.Context, method, path string, in any) error {
	var begun struct{ TaskUID int64 }
	if err := x.call(ctx, method, path, in, &begun); err != nil {
		return err
	}
	for {
		var t struct{ Status string }
		if err := x.call(ctx, http.MethodGet, fmt.Sprintf("/tasks/%d", begun.TaskUID), nil, &t); err != nil {
			return err
		}
		switch t.Status {
		case "succeeded":
			return nil
		case "failed", "canceled":
			return errors.New(path + ": the task " + t.Status)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (x *raw) add(ctx context.Context, ops []search.Op) error {
	for batch := range slices.Chunk(ops, 5000) {
		var documents []map[string]any
		for _, op := range batch {
			documents = append(documents, rawDocuments(op.Listing)...)
		}
		if err := x.task(ctx, http.MethodPost, "/indexes/"+rawIndex+"/documents", documents); err != nil {
			return err
		}
	}
	return nil
}

// rawDocuments gives one for each located site.
func rawDocuments(l *directory.Listing) (all []map[string]any) {
	name, rest := search.ListingText(l)
	facets := map[string][]string{}
	for _, v := range valuesOf(l) {
		facets[string(v.facet)] = append(facets[string(v.facet)], v.code)
	}
	for i, s := range l.Sites {
		if !s.Located() {
			continue
		}
		d := map[string]any{
			"id": fmt.Sprintf("%s-%d", l.ID, i), "listing": l.ID.String(), "name": name, "text": strings.Join(rest, " "),
			"verified": l.Verification.At.Unix(), "_geo": map[string]float64{"lat": s.Point.Lat(), "lng": s.Point.Lon()},
		}
		for f, values := range facets {
			d[f] = values
		}
		all = append(all, d)
	}
	return all
}

// ask puts one search. Counts of what was chosen would need more, and are left out.
func (x *raw) ask(ctx context.Context, c class, m search.Match) (a scanAnswer, err error) {
	q := map[string]any{"limit": max(1, m.Limit), "facets": m.Facets, "attributesToRetrieve": []string{"listing"}}
	var filters []string
	some := func(name string, values []string) {
		if len(values) > 0 {
			filters = append(filters, fmt.Sprintf("%s IN [%s]", name, strings.Join(values, ",")))
		}
	}
	for _, f := range directory.Facets() {
		some(string(f), m.Claims[f])
	}
	some(string(search.FacetAccepting), stringsOf(m.Accepting))
	switch r := m.Region.(type) {
	case geo.Circle:
		filters = append(filters, fmt.Sprintf("_geoRadius(%f, %f, %f)", r.Center.Lat(), r.Center.Lon(), r.Radius))
	case geo.Box:
		filters = append(filters, fmt.Sprintf("_geoBoundingBox([%f, %f], [%f, %f])", r.North, r.East, r.South, r.West))
		q["limit"] = 1000 // a map draws what it is given
	}
	switch {
	case m.Sort == search.ByDistance && m.Origin != nil:
		q["sort"] = []string{fmt.Sprintf("_geoPoint(%f, %f):asc", m.Origin.Lat(), m.Origin.Lon())}
	case m.Sort == search.ByVerified:
		q["sort"] = []string{"verified:desc"}
	}
	var words []string
	for _, w := range m.Words {
		words = append(words, w.Text)
	}
	q["q"], q["filter"], q["matchingStrategy"] = strings.Join(words, " "), strings.Join(filters, " AND "), "all"
	var said struct {
		Hits               []struct{ Listing string }
		EstimatedTotalHits int
		FacetDistribution  map[search.FacetName]map[string]int
	}
	if err := x.call(ctx, http.MethodPost, "/indexes/"+rawIndex+"/search", q, &said); err != nil {
		return a, err
	}
	a = scanAnswer{total: said.EstimatedTotalHits, facets: map[search.FacetName][]search.Count{}}
	if c.level == 0 && m.Sort != search.ByRelevance {
		a.hits = []directory.ID{}
		for _, h := range said.Hits {
			id, err := directory.ParseID(h.Listing)
			if err != nil {
				return a, err
			}
			a.hits = append(a.hits, id)
		}
	}
	for f, values := range said.FacetDistribution {
		if len(m.Claims[directory.Facet(f)]) == 0 && (f != search.FacetAccepting || len(m.Accepting) == 0) {
			a.facets[f] = countsOf(values)
		}
	}
	return a, nil
}

func countsOf(values map[string]int) (all []search.Count) {
	for v, n := range values {
		all = append(all, search.Count{Value: v, N: n})
	}
	slices.SortFunc(all, func(a, b search.Count) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Value, b.Value)) })
	return all
}
