package meili

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// reading is a word of the question and what it stands for: words that listings hold or that terms go by, and those
// terms.
type reading struct {
	search.Word
	read    []string
	terms   []search.ClaimKey
	typos   bool
	holding int // listings it is found in
}

// holds is the filter for listings in which the word is found.
func (r *reading) holds() filter {
	return anyOf(in(attrWords, r.read...), r.claimed())
}

// claimed is the filter for listings that say yes to what the word stands for.
func (r *reading) claimed() filter {
	var parts []filter
	for _, f := range directory.Facets() {
		var codes []string
		for _, k := range r.terms {
			if k.Facet == f {
				codes = append(codes, k.Code)
			}
		}
		parts = append(parts, in(attribute(f), codes...))
	}
	return anyOf(parts...)
}

func (r *reading) titled() filter { return in(attrTitle, r.read...) }

// read finds out what each word of the question stands for: itself where a listing holds it or the vocabulary knows it,
// else what it may be a typo of.
func (q *question) read(ctx context.Context) error {
	q.words = make([]reading, len(q.Words))
	held := make([]int, len(q.Words))
	counts := q.engine.round()
	for i, w := range q.Words {
		q.words[i].Word = w
		if !w.Prefix {
			counts.count(in(attrWords, w.Text), &held[i])
		}
	}
	if len(counts.asks) > 0 {
		if err := counts.send(ctx); err != nil {
			return err
		}
	}
	for i := range q.words {
		if err := q.understand(ctx, &q.words[i], held[i]); err != nil {
			return err
		}
	}
	return nil
}

// understand sets what a word stands for; held is how many listings hold the very word.
func (q *question) understand(ctx context.Context, r *reading, held int) error {
	var like []string // held words that begin like it, and its typos
	r.terms = q.now.terms[r.Text]
	if held > 0 || len(r.terms) > 0 {
		r.read = append(r.read, r.Text)
	}
	if r.Prefix || len(r.read) == 0 && search.TypoBudget(r.Text) > 0 {
		var err error
		if like, err = q.engine.like(ctx, r.Text); err != nil {
			return err
		}
	}
	if r.Prefix {
		for _, w := range like {
			if strings.HasPrefix(w, r.Text) {
				r.read = append(r.read, w)
			}
		}
	}
	if budget := search.TypoBudget(r.Text); len(r.read) == 0 && budget > 0 {
		r.forgive(like, q.now.terms, budget)
	}
	r.read = distinct(r.read)
	return nil
}

// forgive takes the word for a typo of others: of words that listings hold, and of those that stand for terms.
func (r *reading) forgive(held []string, terms map[string][]search.ClaimKey, budget int) {
	r.typos = true
	for _, w := range held {
		if search.WithinTypos(r.Text, w, budget) {
			r.read = append(r.read, w)
		}
	}
	for w, keys := range terms {
		if search.WithinTypos(r.Text, w, budget) {
			r.read, r.terms = append(r.read, w), append(r.terms, keys...)
		}
	}
	slices.SortFunc(r.terms, func(a, b search.ClaimKey) int {
		return strings.Compare(string(a.Facet)+"\x00"+a.Code, string(b.Facet)+"\x00"+b.Code)
	})
	r.terms = slices.Compact(r.terms)
}

// like gives the words of listings that begin as the word does, or as a typo of it. What is wanted of them is for the
// caller to choose by the rules of package search, of which the server's are a superset.
func (e *Engine) like(ctx context.Context, word string) ([]string, error) {
	c, err := e.connect(ctx)
	if err != nil {
		return nil, err
	}
	said, err := c.search.Index(e.index).FacetSearchWithContext(ctx, &meilisearch.FacetSearchRequest{
		FacetName: string(attrWords), FacetQuery: word,
	})
	if err != nil {
		return nil, e.noteKey(fail(ctx, err))
	}
	var found struct {
		FacetHits []struct{ Value string } `json:"facetHits"`
	}
	if json.Unmarshal(*said, &found) != nil {
		return nil, garbage(0)
	}
	words := make([]string, len(found.FacetHits))
	for i, h := range found.FacetHits {
		words[i] = h.Value
	}
	return words, nil
}

// worth is what a listing so many metres off is worth by itself, in thousandths.
func (q *question) worth(r *row, metres float64) int {
	worth := r.standing + search.Nearness(metres)
	if r.verified > 0 {
		worth += search.Freshness(time.Unix(r.verified, 0), q.At)
	}
	if r.helpline {
		worth += search.Openness(directory.Helpline, r.openness(q.At))
	}
	return worth
}

// score is how well a listing that matches does.
func (q *question) score(r *row, metres float64) float64 {
	score := search.Thousandths(q.worth(r, metres))
	if len(q.words) == 0 {
		return score
	}
	const k, b, usual = 1.2, 0.5, 40.0 // usual is about how many words a listing has
	norm := (k + 1) / (1 + k*(1-b+b*float64(min(r.length, 255))/usual))
	title := search.Words(r.name)
	for i := range q.words {
		w := &q.words[i]
		worth := w.worth(q.now.writer, r, title)
		if w.typos {
			worth *= search.TypoWorth
		}
		rare := math.Log(1 + (float64(max(q.listings-w.holding, 0))+0.5)/(float64(w.holding)+0.5))
		score += rare * worth * norm
	}
	return score
}

// worth is where the word stands in a listing, at best.
func (r *reading) worth(w *writer, x *row, title []string) float64 {
	for _, t := range title {
		if _, ok := slices.BinarySearch(r.read, t); ok {
			return search.InName
		}
	}
	for _, k := range r.terms {
		if w.says(x, value{search.FacetName(k.Facet), k.Code}) {
			return search.InClaim
		}
	}
	return search.InText
}
