package directory

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"carefinder/internal/fault"
)

// Amendment is what the desk changed of a term over the vocabulary that comes with the program: only that, so that what
// a new release says of the rest comes through. A term that the program doesn't bring is all amendment.
type Amendment struct {
	Facet   Facet
	Code    string
	Labels  map[string]string // by language: instead of the program's
	Added   []string          // synonyms beside the program's
	Dropped []string          // synonyms of the program that are not meant here
	Retired bool
}

// Empty reports whether nothing is changed: the program's term stands as it is.
func (a *Amendment) Empty() bool {
	return len(a.Labels) == 0 && len(a.Added) == 0 && len(a.Dropped) == 0 && !a.Retired
}

// Equal reports whether two amendments of a term come to the same.
func (a *Amendment) Equal(b *Amendment) bool {
	return maps.Equal(a.Labels, b.Labels) && slices.Equal(a.Added, b.Added) && slices.Equal(a.Dropped, b.Dropped) && a.Retired == b.Retired
}

// Amended gives the vocabulary with amendments over it. Terms that are only theirs come behind the program's, in the
// order of the amendments.
func (v *Vocabulary) Amended(all []Amendment) *Vocabulary {
	if len(all) == 0 {
		return v
	}
	of := map[Facet]map[string]*Amendment{}
	for i := range all {
		a := &all[i]
		if of[a.Facet] == nil {
			of[a.Facet] = map[string]*Amendment{}
		}
		of[a.Facet][a.Code] = a
	}
	next := newVocabulary()
	for _, f := range Facets() {
		for _, t := range v.facets[f] {
			if a := of[f][t.Code]; a != nil {
				t = a.over(t)
			}
			next.add(t)
		}
	}
	for i := range all {
		if a := &all[i]; v.Term(a.Facet, a.Code) == nil && !a.Empty() {
			t := a.over(&Term{Facet: a.Facet, Code: a.Code})
			next.add(t)
			next.own = append(next.own, t)
		}
	}
	return next
}

// over gives a term as amended.
func (a *Amendment) over(t *Term) *Term {
	next := &Term{Facet: t.Facet, Code: t.Code, Labels: maps.Clone(t.Labels), Retired: a.Retired}
	if next.Labels == nil {
		next.Labels = map[string]string{}
	}
	maps.Copy(next.Labels, a.Labels)
	next.Labels["en"] = cmp.Or(next.Labels["en"], t.Code) // a release took the term away
	for _, s := range t.Synonyms {
		if !slices.Contains(a.Dropped, s) {
			next.Synonyms = append(next.Synonyms, s)
		}
	}
	for _, s := range a.Added {
		if !slices.Contains(next.Synonyms, s) {
			next.Synonyms = append(next.Synonyms, s)
		}
	}
	return next
}

// Amend says what makes of the program's term what is wanted of it.
func (v *Vocabulary) Amend(want *Term) Amendment {
	a := Amendment{Facet: want.Facet, Code: want.Code, Retired: want.Retired}
	base := v.Term(want.Facet, want.Code)
	if base == nil {
		base = &Term{}
	}
	for lang, label := range want.Labels {
		if label != base.Labels[lang] {
			if a.Labels == nil {
				a.Labels = map[string]string{}
			}
			a.Labels[lang] = label
		}
	}
	for _, s := range want.Synonyms {
		if !slices.Contains(base.Synonyms, s) {
			a.Added = append(a.Added, s)
		}
	}
	for _, s := range base.Synonyms {
		if !slices.Contains(want.Synonyms, s) {
			a.Dropped = append(a.Dropped, s)
		}
	}
	return a
}

// Bounds of a term.
const (
	MaxTermCode  = 40  // bytes
	MaxTermLabel = 100 // bytes
	MaxSynonym   = 80  // bytes
	MaxSynonyms  = 60
)

// codeForm is how a code is written: it stands in addresses, exports and the API.
var codeForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Validate reports every fault of a term by itself.
func (t *Term) Validate() error {
	c := &checker{}
	oneOf(c, "facet", t.Facet, Facets())
	if !codeForm.MatchString(t.Code) || len(t.Code) > MaxTermCode {
		c.bad.Add("code", "must be at most 40 small letters and digits, with single hyphens between them")
	}
	for _, lang := range []string{"en", "es"} {
		field := "label_" + lang
		c.text(field, t.Labels[lang], MaxTermLabel)
		if strings.TrimSpace(t.Labels[lang]) == "" {
			c.bad.Add(field, "say what it is called, in both languages")
		}
	}
	if len(t.Synonyms) > MaxSynonyms {
		c.bad.Add("synonyms", "must be at most 60")
	}
	for _, s := range t.Synonyms {
		c.text("synonyms", s, MaxSynonym)
	}
	return c.bad.Err(badTerm)
}

const badTerm = "This term can't be saved as it is."

// BadTerm is the error of a term with the faults in bad; nil without any.
func BadTerm(bad *fault.Fields) error { return bad.Err(badTerm) }
