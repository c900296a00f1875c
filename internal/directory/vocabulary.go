package directory

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"carefinder/internal/fault"
)

// Term is one value of a facet: its code, what people call it, and what else they may type for it.
type Term struct {
	Facet    Facet
	Code     string
	Labels   map[string]string // by language: "en", "es"
	Synonyms []string          // in any language
	Retired  bool              // no longer offered: what claims it keeps it, and still reads as before
}

// Label gives the term's name in lang, else in English.
func (t *Term) Label(lang string) string {
	if s := t.Labels[lang]; s != "" {
		return s
	}
	return t.Labels["en"]
}

// Vocabulary is the set of terms claims are made with. It is immutable and safe for concurrent use.
type Vocabulary struct {
	facets map[Facet][]*Term
	terms  map[Facet]map[string]*Term
	own    []*Term // of amendments alone, in their order
}

// ReadVocabulary reads the table facet,code,label_en,label_es,synonyms (semicolons between synonyms), header first.
// The order of rows is the order of terms.
func ReadVocabulary(r io.Reader) (*Vocabulary, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	v := newVocabulary()
	for i, row := range rows[min(1, len(rows)):] {
		if len(row) != 5 || !slices.Contains(Facets(), Facet(row[0])) || row[1] == "" || row[2] == "" {
			return nil, fmt.Errorf("vocabulary: row %d: needs a known facet, a code and an English label", i+2)
		}
		t := &Term{Facet: Facet(row[0]), Code: row[1], Labels: map[string]string{"en": row[2]}}
		if row[3] != "" {
			t.Labels["es"] = row[3]
		}
		if row[4] != "" {
			t.Synonyms = strings.Split(row[4], ";")
		}
		if v.Term(t.Facet, t.Code) != nil {
			return nil, fmt.Errorf("vocabulary: row %d: %s %s stands twice", i+2, t.Facet, t.Code)
		}
		v.add(t)
	}
	return v, nil
}

func newVocabulary() *Vocabulary {
	return &Vocabulary{facets: map[Facet][]*Term{}, terms: map[Facet]map[string]*Term{}}
}

func (v *Vocabulary) add(t *Term) {
	if v.terms[t.Facet] == nil {
		v.terms[t.Facet] = map[string]*Term{}
	}
	v.terms[t.Facet][t.Code] = t
	v.facets[t.Facet] = append(v.facets[t.Facet], t)
}

// Terms lists a facet's terms in their order, the retired ones too. The caller must not change the slice.
func (v *Vocabulary) Terms(f Facet) []*Term { return v.facets[f] }

// Offered lists those of a facet's terms that may be chosen anew.
func (v *Vocabulary) Offered(f Facet) []*Term {
	return slices.DeleteFunc(slices.Clone(v.facets[f]), func(t *Term) bool { return t.Retired })
}

// Own lists the terms that the program doesn't bring, the oldest first. The caller must not change the slice.
func (v *Vocabulary) Own() []*Term { return v.own }

// Term finds a facet's term by its code; nil when there is none.
func (v *Vocabulary) Term(f Facet, code string) *Term { return v.terms[f][code] }

// Check reports a code the facet does not have as a faulty field, with the terms it may have meant. A retired one is
// known: what claimed it before still does.
func (v *Vocabulary) Check(bad *fault.Fields, field string, f Facet, code string) {
	if v.Term(f, code) == nil {
		near := v.like(f, code)
		msg := fmt.Sprintf("%q is not a known %s", clip(code), f)
		if len(near) > 0 {
			msg += "; did you mean " + near[0] + "?"
		}
		bad.Add(field, msg, near...)
	}
}

// like lists up to three codes of f nearest to what was written: the same word as a label or synonym, or few
// letters away from a code.
func (v *Vocabulary) like(f Facet, written string) []string {
	type near struct {
		code string
		off  int
	}
	var found []near
	w := strings.ToLower(strings.TrimSpace(clip(written)))
	for _, t := range v.facets[f] {
		off := editDistance(w, t.Code)
		if t.named(w) {
			off = 0
		}
		if t.Retired {
			continue
		}
		if off <= max(1, len(t.Code)/3) || len(w) > 2 && strings.HasPrefix(t.Code, w) {
			found = append(found, near{t.Code, off})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.off - b.off })
	codes := []string{}
	for _, n := range found[:min(3, len(found))] {
		codes = append(codes, n.code)
	}
	return codes
}

func (t *Term) named(w string) bool {
	same := func(s string) bool { return strings.EqualFold(s, w) }
	return same(t.Labels["en"]) || same(t.Labels["es"]) || slices.ContainsFunc(t.Synonyms, same)
}

// clip bounds what is echoed and compared, so that a megabyte of nonsense costs nothing.
func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), 40)], "") }

// Nearest lists up to three of the options that are few letters away from what was written, nearest first.
func Nearest(written string, options []string) []string {
	w := strings.ToLower(clip(written))
	near := slices.DeleteFunc(slices.Clone(options), func(o string) bool { return editDistance(w, o) > max(1, len(o)/3) })
	slices.SortStableFunc(near, func(a, b string) int { return editDistance(w, a) - editDistance(w, b) })
	return near[:min(3, len(near))]
}

// editDistance counts the letters to insert, drop or change to turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
