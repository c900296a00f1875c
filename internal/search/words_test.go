package search_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/seed"
)

// wordy is a searcher and its engine over a few listings that claim little, and the vocabulary people meet.
type wordy struct {
	*search.Searcher
	engine *embedded.Engine
	base   *directory.Vocabulary
}

func newWordy(t testing.TB) *wordy {
	t.Helper()
	v, err := seed.Vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	g, err := seed.Gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	var ops []search.Op
	b := newBook()
	for _, code := range []string{"cbt", "dbt"} {
		l := &directory.Listing{
			ID: directory.ImportedID("wordy", code), Kind: directory.Therapist, Status: directory.Published, Name: "Practice " + code[:1],
			Claims:   []directory.Claim{{Facet: directory.Modality, Code: code, Value: directory.Yes, Source: "they", At: noon}},
			Coverage: directory.Coverage{Countries: []string{"US"}},
		}
		b.put(l)
		ops = append(ops, search.Op{ID: l.ID, Listing: l.Public()})
	}
	helps := ops[0].Listing.Clone()
	helps.ID, helps.Claims = directory.ImportedID("wordy", "helps"), nil
	for f, code := range map[directory.Facet]string{directory.Condition: "suicidality", directory.Age: "teen"} {
		helps.Claims = append(helps.Claims, directory.Claim{Facet: f, Code: code, Value: directory.Yes, Source: "they", At: noon})
	}
	b.put(helps)
	ops = append(ops, search.Op{ID: helps.ID, Listing: helps.Public()})
	line := &directory.Listing{ID: directory.ImportedID("wordy", "line"), Kind: directory.Helpline, Status: directory.Published, Name: "Somebody listens", Coverage: directory.Coverage{Countries: []string{"US"}}}
	line.Claims = []directory.Claim{{Facet: directory.Topic, Code: "suicide", Value: directory.Yes, Source: "they", At: noon}}
	b.put(line)
	ops = append(ops, search.Op{ID: line.ID, Listing: line.Public()})
	e := embedded.New(v)
	t.Cleanup(e.Close)
	if err := e.Apply(context.Background(), ops); err != nil {
		t.Fatal(err)
	}
	s := search.NewSearcher(search.Config{Engine: e, EngineName: "embedded", Listings: b, Truth: b, Gazetteer: g, Vocabulary: v, Now: func() time.Time { return noon }})
	return &wordy{s, e, v}
}

// amend has both go by the program's vocabulary as amended.
func (w *wordy) amend(all ...directory.Amendment) {
	v := w.base.Amended(all)
	w.engine.Reword(v)
	w.Reword(v)
}

func (w *wordy) ask(t testing.TB, q search.Query) *search.Result {
	t.Helper()
	r, err := w.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return r
}

func cbtAlso(names ...string) directory.Amendment {
	return directory.Amendment{Facet: directory.Modality, Code: "cbt", Added: names}
}

// TestRewordedAtOnce has a name be known from one question to the next, and forgotten as fast.
func TestRewordedAtOnce(t *testing.T) {
	w := newWordy(t)
	understood := func() bool {
		r := w.ask(t, search.Query{Text: "zorblatt therapist"})
		read := slices.ContainsFunc(r.Understood, func(x search.Reading) bool { return x.Facet == "modality" && x.Value == "cbt" && x.Words == "zorblatt" })
		if found := len(r.Remote) == 1; found != read {
			t.Errorf("read: %t, found: %t", read, found)
		}
		return read
	}
	for turn, names := range [][]string{nil, {"zorblatt"}, nil} {
		if names == nil {
			w.amend()
		} else {
			w.amend(cbtAlso(names...))
		}
		if understood() != (names != nil) {
			t.Errorf("turn %d: with %v it is otherwise", turn, names)
		}
	}
	w.amend(directory.Amendment{Facet: directory.Modality, Code: "cbt", Labels: map[string]string{"en": "Grumblefix"}, Dropped: []string{"CBT"}})
	if r := w.ask(t, search.Query{Text: "grumblefix"}); len(r.Understood) != 1 || r.Understood[0].Value != "cbt" {
		t.Errorf("another label is read as %v", r.Understood)
	}
}

// TestRetiredIsNotOffered holds a retired term to be neither read nor counted, and yet to be found where it is asked for.
func TestRetiredIsNotOffered(t *testing.T) {
	w := newWordy(t)
	w.amend(directory.Amendment{Facet: directory.Modality, Code: "cbt", Retired: true})
	q := search.Query{Facets: []search.FacetName{"modality"}}
	counted := func(r *search.Result, code string) bool {
		return slices.ContainsFunc(r.Facets["modality"], func(c search.Count) bool { return c.Value == code })
	}
	if r := w.ask(t, q); counted(r, "cbt") || !counted(r, "dbt") {
		t.Errorf("counted: %v", r.Facets)
	}
	q.Claims = map[directory.Facet][]string{directory.Modality: {"cbt"}}
	if r := w.ask(t, q); !counted(r, "cbt") || len(r.Remote) != 1 {
		t.Errorf("who asks for it finds %d, counted %v", len(r.Remote), r.Facets)
	}
	if r := w.ask(t, search.Query{Text: "cbt"}); len(r.Understood) != 0 || len(r.Remote) != 1 {
		t.Errorf("its words are read as %v and find %d", r.Understood, len(r.Remote))
	}
}

// TestNoWordWeakensTheCrisisRule makes every word that says danger, and every text of the table, a name of something
// else, which no desk lets happen: each text is answered as it was.
func TestNoWordWeakensTheCrisisRule(t *testing.T) {
	w := newWordy(t)
	var texts, names []string
	eachLine(t, "crisis.txt", func(line string) {
		if line[0] == '+' && len(texts) < 120 {
			texts = append(texts, line[2:])
			names = append(append(names, line[2:]), search.Words(line[2:])...)
		}
	})
	before := map[string]*search.Result{}
	for _, text := range texts {
		before[text] = w.ask(t, search.Query{Text: text})
	}
	w.amend(cbtAlso(names...), directory.Amendment{Facet: directory.Topic, Code: "suicide", Retired: true}, directory.Amendment{Facet: directory.Condition, Code: "suicidality", Retired: true})
	if r := w.ask(t, search.Query{Text: "pills"}); len(r.Understood) != 1 {
		t.Fatalf("the names are not read: %v proves nothing", r.Understood)
	}
	for _, text := range texts {
		was, is := before[text], w.ask(t, search.Query{Text: text})
		if is.Crisis == nil || is.Crisis.Country != was.Crisis.Country || len(is.Crisis.Lines) != 1 {
			t.Errorf("%q: help is %+v, was %+v", text, is.Crisis, was.Crisis)
		}
		if !reflect.DeepEqual(is.Understood, was.Understood) || is.Taken != was.Taken {
			t.Errorf("%q: read as %v, was %v", text, is.Understood, was.Understood)
		}
	}
}

// TestNoWordWeakensTheHelplineRule has what speaks of violence, abuse or poison be answered with helplines, whatever was
// made of its words and topics: each text is read as it was.
func TestNoWordWeakensTheHelplineRule(t *testing.T) {
	w := newWordy(t)
	texts := []string{
		"domestic violence", "domestic violence shelter", "domestic violense", "child abuse", "I was raped", "poison control", "violencia doméstica", "mujer maltratada",
	}
	before := map[string][]search.Reading{}
	for _, text := range texts {
		before[text] = w.ask(t, search.Query{Text: text}).Understood
		if len(before[text]) == 0 || before[text][0].Value != "helpline" {
			t.Fatalf("%q is read as %v", text, before[text])
		}
	}
	topic := func(code string, names ...string) directory.Amendment {
		return directory.Amendment{Facet: directory.Topic, Code: code, Added: names}
	}
	var gone []directory.Amendment
	for _, code := range []string{"domestic-violence", "sexual-assault", "child-abuse", "poison"} {
		gone = append(gone, directory.Amendment{Facet: directory.Topic, Code: code, Retired: true})
	}
	for name, all := range map[string][]directory.Amendment{
		"shared":          {topic("crisis", texts...)},
		"another facet's": {cbtAlso(texts...)},
		"dropped":         {{Facet: directory.Topic, Code: "poison", Labels: map[string]string{"en": "Toxins", "es": "Toxinas"}, Dropped: []string{"poison control"}}},
		"retired":         gone,
		"retired, shared": append(gone, topic("crisis", texts...)),
	} {
		w.amend(all...)
		for _, text := range texts {
			if is := w.ask(t, search.Query{Text: text}).Understood; !reflect.DeepEqual(is, before[text]) {
				t.Errorf("%s: %q is read as %v, was %v", name, text, is, before[text])
			}
		}
	}
	w.amend(topic("domestic-violence", "gaslighting"), topic("anxiety", "gaslighting", "gaslighting at home"))
	if r := w.ask(t, search.Query{Text: "gaslighting at home"}); len(r.Understood) == 0 || r.Understood[0].Value != "helpline" {
		t.Errorf("another name of violence is read as %v", r.Understood)
	}
}

// TestQuestionsWhileReworded asks while names come and go: each answer is of one vocabulary.
func TestQuestionsWhileReworded(t *testing.T) {
	w := newWordy(t)
	stop, asking := make(chan struct{}), sync.WaitGroup{}
	for range 3 {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, err := w.Search(context.Background(), search.Query{Text: "zorblatt"})
				if err != nil || len(r.Understood) > 1 {
					t.Errorf("%v, %v", r, err)
					return
				}
			}
		})
	}
	for i := range 20 {
		w.amend(cbtAlso([]string{"zorblatt"}[:i%2]...), directory.Amendment{Facet: directory.Topic, Code: "own", Labels: map[string]string{"en": strings.Repeat("x", 3+i)}})
	}
	close(stop)
	asking.Wait()
}

func TestNames(t *testing.T) {
	w := newWordy(t)
	g, err := seed.Gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	n := search.NewNames(w.base.Amended([]directory.Amendment{{Facet: directory.Topic, Code: "poison", Retired: true}}), w.base, g)
	for _, x := range []struct {
		facet directory.Facet
		code  string
		text  string
		want  search.Naming
	}{
		{directory.Modality, "own", "zorblatt", search.Naming{}},
		{directory.Modality, "own", "zorblatt therapy", search.Naming{}},
		{directory.Modality, "own", "?!", search.Naming{Nothing: true}},
		{directory.Modality, "own", "the", search.Naming{Nothing: true}},
		{directory.Modality, "own", "therapy", search.Naming{Nothing: true}},
		{directory.Topic, "own", "information", search.Naming{Nothing: true}},
		{directory.Modality, "own", "Chicago", search.Naming{Place: true}},
		{directory.Modality, "own", "rTMS", search.Naming{Means: []search.Meaning{{Facet: "treatment", Value: "tms"}}}},
		{directory.Treatment, "own", "D.B.T.", search.Naming{Means: []search.Meaning{{Facet: "modality", Value: "dbt"}}}},
		{directory.Modality, "own", "shrinks", search.Naming{Means: []search.Meaning{{Facet: "kind", Value: "therapist"}}}},
		{directory.Modality, "own", "I want to kill myself", search.Naming{Danger: true}},
		{directory.Modality, "own", "my husband hits me", search.Naming{Danger: true}},
		{directory.Topic, "own", "domestic violence shelter", search.Naming{Danger: true}},
		{directory.Topic, "own", "poison control", search.Naming{Danger: true}},
		{directory.Topic, "own", "I want to kill myself", search.Naming{Danger: true}},
		{directory.Topic, "poison", "poison house", search.Naming{}},
		{directory.Topic, "poison", "poison helpline", search.Naming{Danger: true}},
		{directory.Topic, "suicide", "suicidal ideas", search.Naming{}},
		{directory.Condition, "suicidality", "suicidal ideas", search.Naming{}},
	} {
		if got := n.Of(search.ClaimKey{Facet: x.facet, Code: x.code}, x.text); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s %q: %+v, want %+v", x.facet, x.text, got, x.want)
		}
	}
}

// BenchmarkSearcherReword is what a change of the vocabulary costs beside the engine's part.
func BenchmarkSearcherReword(b *testing.B) {
	w := newWordy(b)
	v := w.base.Amended([]directory.Amendment{cbtAlso("zorblatt")})
	for b.Loop() {
		w.Reword(v)
	}
}
