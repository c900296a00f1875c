package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// TermRevision is what was made of a term at one time: who did, when and why.
type TermRevision struct {
	directory.Amendment
	No   int64 // of the term, from 1 on; 0 is the program's
	At   time.Time
	By   Actor
	Note string
}

// Amendments keeps them. The store does.
type Amendments interface {
	// Amendments gives the last revision of every term that was ever amended, in the order in which they first were.
	Amendments(ctx context.Context) ([]TermRevision, error)
	// TermHistory gives every revision of a term, newest first.
	TermHistory(ctx context.Context, f directory.Facet, code string) ([]TermRevision, error)
	// Amend writes r as the revision after r.No-1, or gives fault.Conflict when the term isn't at that.
	Amend(ctx context.Context, r *TermRevision) error
}

// VocabularyConfig is what a Vocabulary is made of.
type VocabularyConfig struct {
	Base   *directory.Vocabulary // the program's
	Kept   Amendments
	Audit  Audit
	Places *geo.Gazetteer
	// Use has this server go by what was saved, at once; others follow.
	Use func(ctx context.Context) error
	Now func() time.Time // nil means the machine's
}

// Vocabulary is how the terms that listings are described with, and the words people find them by, are changed. What it
// saves is the difference to the program's vocabulary. It is safe for concurrent use.
type Vocabulary struct{ VocabularyConfig }

// NewVocabulary makes a Vocabulary.
func NewVocabulary(c VocabularyConfig) *Vocabulary { return &Vocabulary{c} }

// Wording is the vocabulary at one moment.
type Wording struct {
	*directory.Vocabulary
	base  *directory.Vocabulary
	moved map[search.ClaimKey]TermRevision
}

// TermState is a term and how it came to be so.
type TermState struct {
	*directory.Term
	Base     *directory.Term // the program's; nil when it doesn't bring it
	Revision TermRevision    // the last; its No is 0 when the desk never touched it
}

// Changed reports whether the term is otherwise than the program brings it.
func (t *TermState) Changed() bool { return !t.Revision.Empty() }

// Wording gives the vocabulary as it is kept now.
func (v *Vocabulary) Wording(ctx context.Context) (*Wording, error) {
	all, err := v.Kept.Amendments(ctx)
	if err != nil {
		return nil, err
	}
	w := &Wording{Vocabulary: v.Base.Amended(AmendmentsOf(all)), base: v.Base, moved: map[search.ClaimKey]TermRevision{}}
	for _, r := range all {
		w.moved[search.ClaimKey{Facet: r.Facet, Code: r.Code}] = r
	}
	return w, nil
}

// AmendmentsOf gives what revisions came to.
func AmendmentsOf(all []TermRevision) []directory.Amendment {
	amendments := make([]directory.Amendment, len(all))
	for i, r := range all {
		amendments[i] = r.Amendment
	}
	return amendments
}

// State gives a term; nil when there is none.
func (w *Wording) State(f directory.Facet, code string) *TermState {
	t := w.Term(f, code)
	if t == nil {
		return nil
	}
	return &TermState{t, w.base.Term(f, code), w.moved[search.ClaimKey{Facet: f, Code: code}]}
}

// Shared gives, of each of a term's synonyms that stands for others of its facet too, which those are.
func (w *Wording) Shared(t *directory.Term) map[string][]*directory.Term {
	shared := map[string][]*directory.Term{}
	for _, s := range t.Synonyms {
		for _, other := range w.Offered(t.Facet) {
			if other.Code != t.Code && slices.ContainsFunc(other.Synonyms, func(x string) bool { return sameName(x, s) }) {
				shared[s] = append(shared[s], other)
			}
		}
	}
	return shared
}

// sameName reports whether two names are one to whoever reads questions.
func sameName(a, b string) bool { return slices.Equal(search.Words(a), search.Words(b)) }

// Term gives a term as it is now, and every revision of it, newest first; fault.NotFound when there is none.
func (v *Vocabulary) Term(ctx context.Context, f directory.Facet, code string) (*TermState, []TermRevision, *Wording, error) {
	w, err := v.Wording(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	now := w.State(f, code)
	if now == nil {
		return nil, nil, nil, fault.New(fault.NotFound, "There is no such term.")
	}
	history, err := v.Kept.TermHistory(ctx, f, code)
	return now, history, w, err
}

// Add makes a new term.
func (v *Vocabulary) Add(ctx context.Context, a Actor, want *directory.Term, note string) error {
	w, err := v.Wording(ctx)
	if err != nil {
		return err
	}
	var bad fault.Fields
	if w.Term(want.Facet, want.Code) != nil {
		bad.Add("code", "there is such a term already")
	}
	return v.save(ctx, a, w, "vocabulary.add", want, 0, note, &bad)
}

// Save makes a term be what is wanted, over the revision it was read at: a later one is fault.Conflict. Its facet and code
// stay, since listings claim it by them.
func (v *Vocabulary) Save(ctx context.Context, a Actor, want *directory.Term, base int64, note string) error {
	w, err := v.at(ctx, want.Facet, want.Code, base)
	if err != nil {
		return err
	}
	return v.save(ctx, a, w, "vocabulary.change", want, base, note, &fault.Fields{})
}

// Restore makes a term what it was at one of its revisions; 0 is what the program says of it now.
func (v *Vocabulary) Restore(ctx context.Context, a Actor, f directory.Facet, code string, no, base int64, note string) error {
	w, err := v.at(ctx, f, code, base)
	if err != nil {
		return err
	}
	old := []directory.Amendment{{Facet: f, Code: code}}
	if no != 0 {
		history, err := v.Kept.TermHistory(ctx, f, code)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(history, func(r TermRevision) bool { return r.No == no })
		if at < 0 {
			return fault.New(fault.NotFound, "There is no such revision.")
		}
		old[0] = history[at].Amendment
	}
	want := v.Base.Amended(old).Term(f, code)
	if want == nil {
		return fault.New(fault.NotFound, "The program brings no such term: retire it instead.")
	}
	return v.save(ctx, a, w, "vocabulary.restore", want, base, note, &fault.Fields{})
}

// at gives the wording, if a term in it is at a revision.
func (v *Vocabulary) at(ctx context.Context, f directory.Facet, code string, base int64) (*Wording, error) {
	w, err := v.Wording(ctx)
	if err != nil {
		return nil, err
	}
	switch now := w.State(f, code); {
	case now == nil:
		return nil, fault.New(fault.NotFound, "There is no such term.")
	case now.Revision.No != base:
		return nil, fault.New(fault.Conflict, "This term was changed since you opened it. Look at both versions and save again.")
	}
	return w, nil
}

// save checks what is wanted, writes it and has it used. What could not be put to use here now will be in a moment.
func (v *Vocabulary) save(ctx context.Context, a Actor, w *Wording, action string, want *directory.Term, base int64, note string, bad *fault.Fields) error {
	names := v.check(bad, w, want)
	bad.Merge("", said("note", note))
	if err := directory.BadTerm(bad); err != nil {
		return &refusedNames{err, names}
	}
	r := &TermRevision{Amendment: v.Base.Amend(want), No: base + 1, At: clock(v.Now), By: a, Note: note}
	before := w.moved[search.ClaimKey{Facet: want.Facet, Code: want.Code}]
	if r.Equal(&before.Amendment) {
		const same = "The term says the same already."
		return &fault.Error{Kind: fault.Conflict, Message: same, Fields: []fault.Field{{Name: "term", Message: "says the same already"}}}
	}
	err := acted(ctx, v.Audit, Entry{
		Actor: a, Action: action, Subject: "term:" + string(want.Facet) + "." + want.Code,
		Detail: map[string]string{"revision": fmt.Sprint(r.No), "note": note},
	}, func(ctx context.Context) error { return v.Kept.Amend(ctx, r) })
	if err == nil && v.Use != nil {
		_ = v.Use(ctx) // it is saved: whoever follows the store will meet it
	}
	return err
}

// NameFault is why something can't be a name of a term.
type NameFault string

// The faults of names.
const (
	NameNothing NameFault = "nothing" // it says nothing by itself, or too much
	NameDanger  NameFault = "danger"  // whoever writes it is offered help at once
	NamePlace   NameFault = "place"   // it is a city
	NameTaken   NameFault = "taken"   // it is read as something else
)

// BadName is a synonym that can't be one, or a label.
type BadName struct {
	Field string // label_en, label_es or synonyms
	Text  string
	Fault NameFault
	Means []search.Meaning // what it is read as, when that is the fault
}

// BadNames gives the names that a change was refused for.
func BadNames(err error) []BadName {
	var r *refusedNames
	if errors.As(err, &r) {
		return r.names
	}
	return nil
}

// refusedNames is a refusal and the names among its reasons.
type refusedNames struct {
	error
	names []BadName
}

func (r *refusedNames) Unwrap() error { return r.error }

// check notes what is wrong with a term, and gives the names that can't be. Those it has already, or that come with the
// program, are not asked about. A label may be what other terms are called too, since their facets tell them apart, but
// it is read as a synonym is.
func (v *Vocabulary) check(bad *fault.Fields, w *Wording, want *directory.Term) []BadName {
	bad.Merge("", want.Validate())
	now, base := w.Term(want.Facet, want.Code), w.base.Term(want.Facet, want.Code)
	if now == nil || now.Retired {
		now = &directory.Term{} // none of its names is in use
	}
	has := now.Synonyms
	if base != nil {
		has = slices.Concat(has, base.Synonyms)
	}
	for lang, label := range want.Labels {
		for _, other := range w.Offered(want.Facet) {
			if other.Code != want.Code && label != now.Labels[lang] && strings.EqualFold(other.Labels[lang], label) {
				bad.Add("label_"+lang, fmt.Sprintf("%s is called so already", other.Code))
			}
		}
	}
	var names []BadName
	var reads *search.Names
	refused := func(field, text string) (n BadName, bad bool) {
		if reads == nil {
			reads = search.NewNames(w.Vocabulary, w.base, v.Places)
		}
		n, bad = badName(want.Facet, text, reads.Of(search.ClaimKey{Facet: want.Facet, Code: want.Code}, text))
		n.Field = field
		return n, bad
	}
	for _, lang := range []string{"en", "es"} {
		label := want.Labels[lang]
		if want.Retired || label == now.Labels[lang] || base != nil && label == base.Labels[lang] {
			continue
		}
		for _, s := range search.NamesIn(label) {
			if n, ok := refused("label_"+lang, s); ok && (n.Fault == NameDanger || n.Fault == NamePlace) {
				names = append(names, n)
				bad.Add(n.Field, n.say(want))
				break
			}
		}
	}
	for i, s := range want.Synonyms {
		if slices.Contains(has, s) || want.Retired {
			continue
		}
		if slices.ContainsFunc(want.Synonyms[:i], func(x string) bool { return sameName(x, s) }) {
			continue
		}
		if n, ok := refused("synonyms", s); ok {
			names = append(names, n)
			bad.Add(n.Field, n.say(want))
		}
	}
	return names
}

// badName says whether something can't be a name of a term of f. What stands for other terms of the same facet can: then
// it asks for any of them.
func badName(f directory.Facet, text string, x search.Naming) (n BadName, bad bool) {
	n.Text = text
	switch {
	case x.Nothing:
		n.Fault = NameNothing
	case x.Danger:
		n.Fault = NameDanger
	case len(x.Means) > 0 && x.Means[0].Facet != string(f):
		n.Fault, n.Means = NameTaken, x.Means
	case x.Place && len(x.Means) == 0:
		n.Fault = NamePlace
	}
	return n, n.Fault != ""
}

// say words the fault for a program.
func (n *BadName) say(want *directory.Term) string {
	name := fmt.Sprintf("%q", n.Text)
	switch n.Fault {
	case NameNothing:
		return name + " says too little by itself: write what people would call this and nothing else"
	case NameDanger:
		return name + " is answered with who can be reached now; nothing may stand in the way of that"
	case NamePlace:
		return name + " is the name of a city: who writes it means where"
	}
	return fmt.Sprintf("%s already means %s %s and can't mean %s %s too", name, n.Means[0].Facet, n.Means[0].Value, want.Facet, want.Code)
}
