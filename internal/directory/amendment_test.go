package directory_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
)

// termOf gives a copy of a term, to change.
func termOf(t *testing.T, v *directory.Vocabulary, f directory.Facet, code string) *directory.Term {
	t.Helper()
	found := v.Term(f, code)
	if found == nil {
		t.Fatalf("there is no %s %s", f, code)
	}
	c := *found
	c.Labels, c.Synonyms = maps.Clone(c.Labels), slices.Clone(c.Synonyms)
	return &c
}

// TestAmendedComesBack holds every change of any term to come out of its amendment as it went in.
func TestAmendedComesBack(t *testing.T) {
	v := directorytest.Vocabulary()
	words := rapid.SampledFrom([]string{"one", "two words", "tres", "CBT", "cuatro"})
	rapid.Check(t, func(rt *rapid.T) {
		f := rapid.SampledFrom(directory.Facets()).Draw(rt, "facet")
		want := &directory.Term{Facet: f, Code: "brand-new", Labels: map[string]string{"en": "New", "es": "Nuevo"}}
		if terms := v.Terms(f); rapid.Bool().Draw(rt, "known") {
			want = termOf(t, v, f, rapid.SampledFrom(terms).Draw(rt, "term").Code)
			want.Labels["es"] = words.Draw(rt, "label")
		}
		if len(want.Synonyms) > 0 && rapid.Bool().Draw(rt, "drop") {
			want.Synonyms = want.Synonyms[1:]
		}
		for _, s := range rapid.SliceOfDistinct(words, rapid.ID).Draw(rt, "synonyms") {
			if !slices.Contains(want.Synonyms, s) {
				want.Synonyms = append(want.Synonyms, s)
			}
		}
		want.Retired = rapid.Bool().Draw(rt, "retired")
		a := v.Amend(want)
		next := v.Amended([]directory.Amendment{a})
		got := next.Term(f, want.Code)
		slices.Sort(got.Synonyms)
		slices.Sort(want.Synonyms)
		if !reflect.DeepEqual(got.Labels, want.Labels) || !slices.Equal(got.Synonyms, want.Synonyms) || got.Retired != want.Retired {
			rt.Fatalf("amended to %+v, want %+v", got, want)
		}
		for _, g := range directory.Facets() {
			for _, other := range v.Terms(g) {
				if g == f && other.Code == want.Code {
					continue
				}
				if next.Term(g, other.Code) != other {
					rt.Fatalf("%s %s changed with %s %s", g, other.Code, f, want.Code)
				}
			}
		}
	})
}

// TestAmendmentMeetsRelease has a new release of the program bring other words for a term that was amended: what was
// changed here stands, and all else is the release's.
func TestAmendmentMeetsRelease(t *testing.T) {
	read := func(rows string) *directory.Vocabulary {
		v, err := directory.ReadVocabulary(strings.NewReader("facet,code,label_en,label_es,synonyms\n" + rows))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := read("modality,cbt,Cognitive therapy,Terapia cognitiva,CBT;talk\n")
	want := termOf(t, before, directory.Modality, "cbt")
	want.Labels["en"], want.Synonyms = "CBT here", []string{"CBT", "thinking"}
	other := &directory.Term{Facet: directory.Modality, Code: "own", Labels: map[string]string{"en": "Own", "es": "Propio"}, Synonyms: []string{"ours"}}
	all := []directory.Amendment{before.Amend(want), before.Amend(other)}

	after := read("modality,cbt,Cognitive behavioral therapy,Terapia cognitivo-conductual,CBT;talk;TCC\nmodality,own,Theirs,Suyo,theirs\n").Amended(all)
	cbt, own := after.Term(directory.Modality, "cbt"), after.Term(directory.Modality, "own")
	if cbt.Labels["en"] != "CBT here" || cbt.Labels["es"] != "Terapia cognitivo-conductual" || !slices.Equal(cbt.Synonyms, []string{"CBT", "TCC", "thinking"}) {
		t.Errorf("cbt is %+v", cbt)
	}
	if own.Labels["en"] != "Own" || !slices.Equal(own.Synonyms, []string{"theirs", "ours"}) || len(after.Terms(directory.Modality)) != 2 {
		t.Errorf("own is %+v", own)
	}
	gone := read("modality,other,Other,Otra,\n").Amended(all)
	if cbt := gone.Term(directory.Modality, "cbt"); cbt == nil || cbt.Label("en") != "CBT here" {
		t.Errorf("a term the release took away is %+v: what claims it could not be read", cbt)
	}
}

// TestRetiredStaysReadable holds a retired term to be claimed on, and never anew.
func TestRetiredStaysReadable(t *testing.T) {
	v := directorytest.Vocabulary()
	l := directorytest.Sample(1)
	if len(l.Claims) == 0 || l.Claims[0].Source == "" {
		t.Fatal("the listing claims nothing: it proves nothing")
	}
	claim := l.Claims[0]
	want := termOf(t, v, claim.Facet, claim.Code)
	want.Retired = true
	v = v.Amended([]directory.Amendment{v.Amend(want)})
	desk := directory.NewDesk(nil, directorytest.Vocabulary(), nil)
	if err := desk.CheckClaim(claim); err != nil {
		t.Fatal(err)
	}
	desk.Reword(v)
	if err := desk.Check(l); err != nil {
		t.Errorf("what claims it can't be saved any more: %v", err)
	}
	if err := desk.CheckClaim(claim); !fault.Is(err, fault.Invalid) {
		t.Errorf("claimed anew: %v", err)
	}
	if slices.ContainsFunc(v.Offered(claim.Facet), func(t *directory.Term) bool { return t.Code == claim.Code }) {
		t.Error("it is offered")
	}
	if len(v.Terms(claim.Facet)) != len(directorytest.Vocabulary().Terms(claim.Facet)) {
		t.Error("it is gone")
	}
}

func TestTermFaults(t *testing.T) {
	good := func() *directory.Term {
		return &directory.Term{Facet: directory.Modality, Code: "ifs", Labels: map[string]string{"en": "Internal family systems", "es": "Sistemas de la familia interna"}, Synonyms: []string{"IFS"}}
	}
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		field string
		spoil func(*directory.Term)
	}{
		"facet":         {"facet", func(t *directory.Term) { t.Facet = "mood" }},
		"no code":       {"code", func(t *directory.Term) { t.Code = "" }},
		"capitals":      {"code", func(t *directory.Term) { t.Code = "IFS" }},
		"slash":         {"code", func(t *directory.Term) { t.Code = "a/b" }},
		"hyphen":        {"code", func(t *directory.Term) { t.Code = "a--b" }},
		"long code":     {"code", func(t *directory.Term) { t.Code = strings.Repeat("a", 41) }},
		"no English":    {"label_en", func(t *directory.Term) { delete(t.Labels, "en") }},
		"no Spanish":    {"label_es", func(t *directory.Term) { t.Labels["es"] = "  " }},
		"long label":    {"label_en", func(t *directory.Term) { t.Labels["en"] = strings.Repeat("a", 101) }},
		"control":       {"label_es", func(t *directory.Term) { t.Labels["es"] = "a\x01" }},
		"long synonym":  {"synonyms", func(t *directory.Term) { t.Synonyms = []string{strings.Repeat("a", 81)} }},
		"no UTF-8":      {"synonyms", func(t *directory.Term) { t.Synonyms = []string{"\xff"} }},
		"many synonyms": {"synonyms", func(t *directory.Term) { t.Synonyms = make([]string, 61) }},
	} {
		term := good()
		x.spoil(term)
		var bad *fault.Error
		if err := term.Validate(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		} else if bad, _ = err.(*fault.Error); bad.Fields[0].Name != x.field {
			t.Errorf("%s: names %s", name, bad.Fields[0].Name)
		}
	}
}
