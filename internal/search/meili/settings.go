package meili

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// settings are those of an index. What words mean is package search's affair (folding, typos, the vocabulary), the same
// for every engine: words are values to filter by, so the server's own searching, with its stop words, synonyms and
// ranking, has nothing to do.
type settings struct {
	DisplayedAttributes  []string     `json:"displayedAttributes"`
	SearchableAttributes []string     `json:"searchableAttributes"`
	FilterableAttributes []filterable `json:"filterableAttributes"`
	SortableAttributes   []string     `json:"sortableAttributes"`
	RankingRules         []string     `json:"rankingRules"`
	StopWords            []string     `json:"stopWords"`
	Synonyms             struct{}     `json:"synonyms"`
	TypoTolerance        typos        `json:"typoTolerance"`
	Faceting             faceting     `json:"faceting"`
	Pagination           pagination   `json:"pagination"`
	PrefixSearch         string       `json:"prefixSearch"`
	FacetSearch          bool         `json:"facetSearch"`
	ProximityPrecision   string       `json:"proximityPrecision"`
	SearchCutoffMs       int          `json:"searchCutoffMs"`
}

type filterable struct {
	AttributePatterns []string `json:"attributePatterns"`
	Features          features `json:"features"`
}

type features struct {
	FacetSearch bool      `json:"facetSearch"`
	Filter      operators `json:"filter"`
}

type operators struct {
	Equality   bool `json:"equality"`
	Comparison bool `json:"comparison"`
}

type typos struct {
	Enabled             bool     `json:"enabled"`
	MinWordSizeForTypos wordSize `json:"minWordSizeForTypos"`
	DisableOnWords      []string `json:"disableOnWords"`
	DisableOnAttributes []string `json:"disableOnAttributes"`
	DisableOnNumbers    bool     `json:"disableOnNumbers"`
}

type wordSize struct {
	OneTypo  int `json:"oneTypo"`
	TwoTypos int `json:"twoTypos"`
}

type faceting struct {
	MaxValuesPerFacet int               `json:"maxValuesPerFacet"`
	SortFacetValuesBy map[string]string `json:"sortFacetValuesBy"`
}

type pagination struct {
	MaxTotalHits int `json:"maxTotalHits"`
}

// mostValues bounds the values of one facet in an answer. Hours have the most: a country has some thousands.
const mostValues = 100_000

// declared gives the settings an index has.
func declared() settings {
	plain := func(f search.FacetName) string { return string(f) }
	s := settings{
		DisplayedAttributes:  []string{string(attrRow), fieldOutline, fieldHours, fieldMark, string(attrID)},
		SearchableAttributes: []string{fieldMark}, // there must be one: the shortest
		SortableAttributes:   append([]string{string(attrName), string(attrVerified), string(attrStanding)}, lots()...),
		RankingRules:         []string{"sort"},
		StopWords:            []string{},
		// The typos of package search: one from four letters on, two from eight on. They are looked for among the words.
		TypoTolerance: typos{
			Enabled: true, MinWordSizeForTypos: wordSize{OneTypo: 4, TwoTypos: 8},
			DisableOnWords: []string{}, DisableOnAttributes: []string{}, DisableOnNumbers: true,
		},
		Faceting:           faceting{MaxValuesPerFacet: mostValues, SortFacetValuesBy: map[string]string{"*": "alpha"}},
		Pagination:         pagination{MaxTotalHits: 1 << 31},
		PrefixSearch:       "disabled",
		FacetSearch:        true,
		ProximityPrecision: "byAttribute",
		// By itself the server stops after 1.5 seconds and gives, without a word, what it has by then, in no order.
		SearchCutoffMs: int(requestTimeout.Milliseconds()),
	}
	equal := []string{
		string(attrID), string(attrPlaced), string(attrDemo), string(attrHelpline), string(attrTitle),
		string(attrOpen), string(attrZone), string(attrExcept), string(attrHours),
		string(attrCountry), string(attrAbroad), string(attrReach), string(attrReaches), string(attrArea), string(attrRow),
	}
	for _, level := range levels {
		equal = append(equal, string(attrCell(level)))
	}
	for _, f := range search.FacetNames() {
		equal = append(equal, plain(f))
		// In this order the server counts value by value however few documents there are, in the other one document by
		// document up to 3,000: the slower way for so few values.
		s.Faceting.SortFacetValuesBy[plain(f)] = "count"
	}
	s.FilterableAttributes = []filterable{
		{equal, features{Filter: operators{Equality: true}}},
		{append([]string{string(attrVerified), string(attrStanding), string(attrName)}, lots()...), features{Filter: operators{Equality: true, Comparison: true}}},
		{[]string{string(attrWords)}, features{FacetSearch: true, Filter: operators{Equality: true}}},
	}
	return s
}

// lots lists the attributes that order what ties.
func lots() (names []string) {
	for pair := range pairs {
		names = append(names, string(attrLot(2*pair)))
	}
	return names
}

// schemaOf names what documents and settings look like: an index of another schema can't be read, nor written to.
func schemaOf(v *directory.Vocabulary) string {
	h := sha256.New()
	_ = json.NewEncoder(h).Encode([]any{documentVersion, declared()}) // a hash takes everything
	for _, x := range newWriter(v, nil).values {                      // rows name them by their numbers
		h.Write([]byte(string(x.facet) + "\x00" + x.code + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// settle makes an index have the declared settings. It asks first: to set them anew would index everything again.
func (c *client) settle(ctx context.Context, index string) error {
	var has map[string]any
	if err := c.call(ctx, http.MethodGet, "/indexes/"+index+"/settings", nil, &has); err != nil {
		return err
	}
	want := map[string]any{}
	b, err := json.Marshal(declared())
	if err == nil {
		err = json.Unmarshal(b, &want)
	}
	if err != nil {
		return err
	}
	for name, value := range want {
		if sameSetting(has[name], value) {
			delete(want, name)
		}
	}
	if len(want) == 0 {
		return nil
	}
	var task struct{ TaskUID int64 }
	if err := c.call(ctx, http.MethodPatch, "/indexes/"+index+"/settings", want, &task); err != nil {
		return err
	}
	return c.await(ctx, task.TaskUID)
}

// sameSetting compares what the server has with what is wanted. It may know more parts than are declared, and keeps
// some lists in its own order.
func sameSetting(has, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		h, ok := has.(map[string]any)
		for k, v := range w {
			ok = ok && sameSetting(h[k], v)
		}
		return ok
	case []any:
		h, ok := has.([]any)
		if !ok || len(h) != len(w) {
			return false
		}
		if texts, ok := sortedTexts(w); ok {
			have, ok := sortedTexts(h)
			return ok && strings.Join(texts, "\x00") == strings.Join(have, "\x00")
		}
		for i := range w {
			if !sameSetting(h[i], w[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(has, want)
}

func sortedTexts(list []any) ([]string, bool) {
	texts := []string{}
	for _, x := range list {
		s, ok := x.(string)
		if !ok {
			return nil, false
		}
		texts = append(texts, s)
	}
	return distinct(texts), true
}
