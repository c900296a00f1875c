package desk_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
	"carefinder/internal/store"
	"carefinder/seed"
)

var _ desk.Amendments = (*store.Store)(nil)

// words opens the vocabulary of an office, over that of the program.
func (o *office) words() *desk.Vocabulary {
	o.Helper()
	return desk.NewVocabulary(desk.VocabularyConfig{Base: must(seed.Vocabulary())(o), Kept: o.store, Audit: o.log, Places: must(gazetteer())(o)})
}

// term gives a copy of a term as it is now, to change, and its revision.
func (o *office) term(v *desk.Vocabulary, f directory.Facet, code string) (*directory.Term, int64) {
	o.Helper()
	w := must(v.Wording(o.Context()))(o)
	now := w.State(f, code)
	if now == nil {
		o.Fatalf("there is no %s %s", f, code)
	}
	c := *now.Term
	c.Labels, c.Synonyms = maps.Clone(c.Labels), slices.Clone(c.Synonyms)
	return &c, now.Revision.No
}

func ifs() *directory.Term {
	return &directory.Term{
		Facet: directory.Modality, Code: "ifs", Labels: map[string]string{"en": "Internal family systems", "es": "Sistemas de la familia interna"},
		Synonyms: []string{"IFS", "parts work"},
	}
}

// TestVocabularyIsKept has a term changed, added, retired and set back: each stands in its history with who, when and why.
func TestVocabularyIsKept(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		v, ctx := o.words(), t.Context()
		if n := must(o.store.VocabularyNo(ctx))(o); n != 0 {
			t.Fatalf("an untouched vocabulary was changed %d times", n)
		}
		cbt, at := o.term(v, directory.Modality, "cbt")
		program := slices.Clone(cbt.Synonyms)
		cbt.Labels["es"] = "Terapia TCC"
		cbt.Synonyms = append(cbt.Synonyms, "thought therapy")
		if err := v.Save(ctx, ada, cbt, at, "patients say so"); err != nil {
			t.Fatal(err)
		}
		if err := v.Add(ctx, ben, ifs(), "four centers give it"); err != nil {
			t.Fatal(err)
		}
		w := must(v.Wording(ctx))(o)
		now := w.State(directory.Modality, "cbt")
		if now.Labels["es"] != "Terapia TCC" || now.Labels["en"] != now.Base.Labels["en"] || !slices.Contains(now.Synonyms, "thought therapy") || !now.Changed() {
			t.Errorf("cbt is %+v", now.Term)
		}
		if own := w.State(directory.Modality, "ifs"); own.Base != nil || !own.Changed() || own.Revision.By.Name != "Ben" {
			t.Errorf("ifs is %+v", own)
		}
		cbt, at = o.term(v, directory.Modality, "cbt")
		cbt.Retired = true
		if err := v.Save(ctx, ada, cbt, at, "merged"); err != nil {
			t.Fatal(err)
		}
		if err := v.Restore(ctx, ada, directory.Modality, "cbt", 1, 2, "not after all"); err != nil {
			t.Fatal(err)
		}
		if cbt, _ = o.term(v, directory.Modality, "cbt"); cbt.Retired || cbt.Labels["es"] != "Terapia TCC" {
			t.Errorf("restored to %+v", cbt)
		}
		if err := v.Restore(ctx, ada, directory.Modality, "cbt", 0, 3, "as it comes"); err != nil {
			t.Fatal(err)
		}
		now, history, _, err := v.Term(ctx, directory.Modality, "cbt")
		if err != nil || now.Changed() || !slices.Equal(now.Synonyms, program) {
			t.Errorf("set back to %+v, %v", now, err)
		}
		var notes []string
		for _, r := range history {
			notes = append(notes, r.By.Name+": "+r.Note)
		}
		if want := []string{"Ada: as it comes", "Ada: not after all", "Ada: merged", "Ada: patients say so"}; !slices.Equal(notes, want) || history[1].Labels["es"] != "Terapia TCC" {
			t.Errorf("its history is %q", notes)
		}
		if got, want := o.log.actions(), []string{"Ada vocabulary.change", "Ben vocabulary.add", "Ada vocabulary.change", "Ada vocabulary.restore", "Ada vocabulary.restore"}; !slices.Equal(got, want) {
			t.Errorf("the log says %q", got)
		}
		o.want(fault.NotFound, v.Restore(ctx, ada, directory.Modality, "ifs", 0, 1, "gone?")) // what listings claim never goes
		o.want(fault.NotFound, v.Restore(ctx, ada, directory.Modality, "cbt", 9, 4, "which?"))
		o.want(fault.Conflict, v.Restore(ctx, ada, directory.Modality, "cbt", 0, 4, "again"))
		if n := must(o.store.VocabularyNo(ctx))(o); n != 5 {
			t.Errorf("changed %d times, want 5", n)
		}
	})
}

// TestVocabularyRefuses names what can't be.
func TestVocabularyRefuses(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		v, ctx := o.words(), t.Context()
		for name, x := range map[string]struct {
			field string
			fault desk.NameFault
			spoil func(*directory.Term)
		}{
			"a code that stands":    {"code", "", func(t *directory.Term) { t.Code = "cbt" }},
			"a label that stands":   {"label_en", "", func(t *directory.Term) { t.Labels["en"] = "play THERAPY" }},
			"no Spanish":            {"label_es", "", func(t *directory.Term) { t.Labels["es"] = "" }},
			"another's name":        {"synonyms", desk.NameTaken, func(t *directory.Term) { t.Synonyms = []string{"RTMS"} }},
			"a kind of listing":     {"synonyms", desk.NameTaken, func(t *directory.Term) { t.Synonyms = []string{"Psychiatrists"} }},
			"a word for everything": {"synonyms", desk.NameNothing, func(t *directory.Term) { t.Synonyms = []string{"help"} }},
			"a city":                {"synonyms", desk.NamePlace, func(t *directory.Term) { t.Synonyms = []string{"Chicago"} }},
			"words of danger":       {"synonyms", desk.NameDanger, func(t *directory.Term) { t.Synonyms = []string{"I want to die"} }},
			"a label of danger":     {"label_en", desk.NameDanger, func(t *directory.Term) { t.Labels["en"] = "Someone to talk to / I want to die (group)" }},
			"a label of violence":   {"label_es", desk.NameDanger, func(t *directory.Term) { t.Labels["es"] = "Violencia doméstica" }},
			"a label that is where": {"label_en", desk.NamePlace, func(t *directory.Term) { t.Labels["en"] = "Chicago" }},
			"words of violence":     {"synonyms", desk.NameDanger, func(t *directory.Term) { t.Synonyms = []string{"he hits me"} }},
		} {
			want := ifs()
			x.spoil(want)
			err := v.Add(ctx, ada, want, "why not")
			var bad *fault.Error
			if !errors.As(err, &bad) || bad.Kind != fault.Invalid || bad.Fields[0].Name != x.field {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if names := desk.BadNames(err); (x.fault != "") != (len(names) == 1) || x.fault != "" && (names[0].Fault != x.fault || names[0].Field != x.field) {
				t.Errorf("%s: %+v", name, names)
			}
		}
		o.wantFaults(v.Add(ctx, ada, ifs(), ""), "note")
		for _, own := range []search.ClaimKey{{Facet: directory.Topic, Code: "suicide"}, {Facet: directory.Topic, Code: "poison"}, {Facet: directory.Condition, Code: "suicidality"}} {
			want, at := o.term(v, own.Facet, own.Code)
			want.Labels["en"] += " and care"
			o.wantFaults(v.Save(ctx, ada, want, at, ""), "note") // nothing but that: the danger is its own
		}
		o.want(fault.NotFound, v.Save(ctx, ada, ifs(), 0, "it isn't there"))
		if n := must(o.store.VocabularyNo(ctx))(o); n != 0 || len(o.log.entries) != 0 {
			t.Errorf("%d changes and %v of what was refused", n, o.log.actions())
		}
		shared := ifs()
		shared.Synonyms = []string{"talk therapy"}
		if err := v.Add(ctx, ada, shared, "all of these are"); err != nil {
			t.Fatalf("one name of several terms of a facet: %v", err)
		}
		w := must(v.Wording(ctx))(o)
		if others := w.Shared(w.Term(directory.Modality, "ifs"))["talk therapy"]; len(others) < 3 {
			t.Errorf("it stands for %v too", others)
		}
	})
}

func (o *office) wantFaults(err error, want ...string) {
	o.Helper()
	var bad *fault.Error
	if errors.As(err, &bad) {
		err = bad
	}
	o.wantFields(err, want...)
}

// TestVocabularyTwoAtOnce has many change one term over the same revision: one does, and each other hears of it.
func TestVocabularyTwoAtOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		v := o.words()
		cbt, at := o.term(v, directory.Modality, "cbt")
		var all sync.WaitGroup
		faults := make([]error, 6)
		for i := range faults {
			want := *cbt
			want.Synonyms = append(slices.Clone(cbt.Synonyms), "thinking "+string(rune('a'+i)))
			all.Go(func() { faults[i] = v.Save(context.Background(), ada, &want, at, "at once") })
		}
		all.Wait()
		done := 0
		for _, err := range faults {
			switch {
			case err == nil:
				done++
			case !fault.Is(err, fault.Conflict):
				t.Error(err)
			}
		}
		if n := must(o.store.VocabularyNo(t.Context()))(o); done != 1 || n != 1 {
			t.Errorf("%d did, %d are kept", done, n)
		}
	})
}

// TestVocabularyWithoutLog keeps nothing that the log doesn't tell.
func TestVocabularyWithoutLog(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		v := o.words()
		v.Audit = brokenLog{o.store}
		if err := v.Add(t.Context(), ada, ifs(), "unheard"); err == nil {
			t.Error("it was done")
		}
		if w := must(v.Wording(t.Context()))(o); w.Term(directory.Modality, "ifs") != nil {
			t.Error("it is kept")
		}
	})
}

type brokenLog struct{ *store.Store }

func (brokenLog) Record(context.Context, desk.Entry) error { return errors.New("no log") }
