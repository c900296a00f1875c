package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// vocabularyRoutes are what can be done with the terms listings are described with, and the words people find them by.
func vocabularyRoutes() []DeskRoute {
	const get, post = http.MethodGet, http.MethodPost
	return []DeskRoute{
		{get, "/vocabulary", auth.Read, "facet q", (*visit).terms},
		{post, "/vocabulary", auth.Vocabulary, "*", (*visit).addTerm},
		{get, "/vocabulary/:facet/:code", auth.Read, "", (*visit).term},
		{post, "/vocabulary/:facet/:code", auth.Vocabulary, "*", (*visit).saveTerm},
		{post, "/vocabulary/:facet/:code/restore", auth.Vocabulary, "no revision note", (*visit).restoreTerm},
	}
}

// termsView lists the terms of a facet.
type termsView struct {
	Title  string // of the table
	Filter *deskForm
	Rows   []termRow
	Add    *deskForm // nil for who may only look
}

type termRow struct {
	URL, Code, English, Spanish, Synonyms string
	States                                []string
}

type termAnswer struct {
	Facet    string   `json:"facet"`
	Code     string   `json:"code"`
	LabelEN  string   `json:"label_en"`
	LabelES  string   `json:"label_es"`
	Synonyms []string `json:"synonyms"`
	Retired  bool     `json:"retired"`
	Changed  bool     `json:"changed"` // is otherwise than the program brings it
	Own      bool     `json:"own"`     // the program brings no such term
	Revision int64    `json:"revision"`
}

func termOf(s *work.TermState) termAnswer {
	a := termAnswer{
		string(s.Facet), s.Code, s.Labels["en"], s.Labels["es"], s.Synonyms, s.Retired, s.Changed(), s.Base == nil, s.Revision.No,
	}
	if a.Synonyms == nil {
		a.Synonyms = []string{}
	}
	return a
}

// facetAsked gives the facet that is asked for; the first where none is.
func (v *visit) facetAsked() (directory.Facet, error) {
	f := directory.Facet(orDefault(v.text("facet"), string(directory.Facets()[0])))
	if !slices.Contains(directory.Facets(), f) {
		return f, wrongField("facet", "is not a facet")
	}
	return f, nil
}

// terms lists the terms of a facet, and whoever may has a form to add one.
func (v *visit) terms() (reply, error) {
	f, err := v.facetAsked()
	if err != nil {
		return reply{}, err
	}
	w, err := v.Vocabulary.Wording(v.ctx)
	if err != nil {
		return reply{}, err
	}
	view := termsView{Title: v.e.facet(string(f)), Filter: v.termFilter(f)}
	answers := []termAnswer{}
	for _, t := range w.Terms(f) {
		if !hasWords(t, v.text("q")) {
			continue
		}
		s := w.State(f, t.Code)
		answers = append(answers, termOf(s))
		view.Rows = append(view.Rows, termRow{
			URL: v.url(termPath(f, t.Code)), Code: t.Code, English: t.Labels["en"], Spanish: t.Labels["es"],
			Synonyms: strings.Join(t.Synonyms, " · "), States: v.termStates(s),
		})
	}
	a := reply{page: "vocabulary", title: "desk.vocabulary.title", at: "/vocabulary", json: map[string]any{"facet": string(f), "terms": answers}}
	if v.who.May(auth.Vocabulary) {
		view.Add = v.form("add", "/vocabulary", "desk.vocabulary.add")
		v.facetField(view.Add, f)
		code := v.add(view.Add, "text", "code", v.text("code"), "off")
		code.Label, code.Hint = v.t("desk.term.code"), v.t("desk.term.code.hint")
		v.termFields(view.Add)
	}
	a.view, a.sent = view, view.Add
	return a, nil
}

func termPath(f directory.Facet, code string) string {
	return "/vocabulary/" + string(f) + "/" + url.PathEscape(code)
}

// hasWords reports whether each word of a text begins one of a term's names.
func hasWords(t *directory.Term, text string) bool {
	names := search.Words(strings.Join(append([]string{t.Code, t.Labels["en"], t.Labels["es"]}, t.Synonyms...), " "))
	for _, w := range search.Words(text) {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, w) }) {
			return false
		}
	}
	return true
}

func (v *visit) termFilter(f directory.Facet) *deskForm {
	form := v.form("filter", "/vocabulary", "desk.audit.submit")
	form.Get = true
	v.facetField(form, f)
	v.add(form, "text", "q", v.text("q"), "off").Label = v.t("desk.field.q")
	return form
}

func (v *visit) facetField(form *deskForm, chosen directory.Facet) {
	x := v.add(form, "select", "facet", "", "")
	for _, f := range directory.Facets() {
		x.Options = append(x.Options, option{Value: string(f), Label: v.e.facet(string(f)), Chosen: f == chosen})
	}
}

// termFields adds what may be said of a term, as it was sent.
func (v *visit) termFields(form *deskForm) {
	v.add(form, "text", "label_en", v.text("label_en"), "off")
	v.add(form, "text", "label_es", v.text("label_es"), "off")
	v.add(form, "textarea", "synonyms", v.synonymsText(), "").Hint = v.t("desk.hint.synonyms")
	v.add(form, "text", "note", v.text("note"), "off")
}

// synonymsText gives the synonyms as they were sent, one a line: a program may send a list of them.
func (v *visit) synonymsText() string { return storable(strings.Join(v.sent["synonyms"], "\n")) }

// termStates says what is particular about a term.
func (v *visit) termStates(s *work.TermState) []string {
	var all []string
	switch {
	case s.Base == nil:
		all = append(all, v.t("desk.term.own"))
	case s.Changed():
		all = append(all, v.t("desk.term.changed"))
	}
	if s.Retired {
		all = append(all, v.t("desk.term.retired"))
	}
	return all
}

// sentTerm reads what a form says of a term.
func (v *visit) sentTerm(f directory.Facet, code string) *directory.Term {
	t := &directory.Term{
		Facet: f, Code: code, Labels: map[string]string{"en": v.text("label_en"), "es": v.text("label_es")}, Retired: v.text("retired") == "true",
	}
	for line := range strings.FieldsFuncSeq(v.synonymsText(), func(r rune) bool { return r == '\n' || r == '\r' || r == ';' }) {
		if line = strings.Join(strings.Fields(line), " "); line != "" && !slices.Contains(t.Synonyms, line) {
			t.Synonyms = append(t.Synonyms, line)
		}
	}
	return t
}

func (v *visit) addTerm() (reply, error) {
	f, err := v.facetAsked()
	if err != nil {
		return reply{}, err
	}
	t := v.sentTerm(f, v.text("code"))
	if wrong := v.Vocabulary.Add(v.ctx, v.actor(), t, v.text("note")); wrong != nil {
		a, err := v.terms()
		if err != nil {
			return reply{}, err
		}
		a.errors = v.termErrors(a.sent, wrong)
		return a, wrong
	}
	return v.savedTerm(f, t.Code)
}

// savedTerm leads to a term that was saved.
func (v *visit) savedTerm(f directory.Facet, code string) (reply, error) {
	a := reply{to: termPath(f, code), status: http.StatusOK}
	if !v.program {
		return a, nil
	}
	s, _, _, err := v.Vocabulary.Term(v.ctx, f, code)
	if err == nil {
		a.json = termOf(s)
	}
	return a, err
}

// termView is a term, its history, and for whoever may the form to change it.
type termView struct {
	Name, Facet, Code string
	List              string // address of the terms of its facet
	States, Shared    []string
	Says              []pair
	Form              *deskForm    // nil for who may only look
	Stands            []difference // what stands now beside what was sent over an older version
	Steps             []stepView
	URL               string // where a restoring is sent
	Hidden            []field
	Program           bool // it can be had back as the program brings it
}

type pair struct{ Name, Value string }

type termStep struct {
	termAnswer
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Note string    `json:"note"`
}

// term shows a term.
func (v *visit) term() (reply, error) { return v.termPage(nil) }

func (v *visit) termPage(wrong error) (reply, error) {
	f, code := directory.Facet(v.param("facet")), v.param("code")
	s, history, w, err := v.Vocabulary.Term(v.ctx, f, code)
	if err != nil {
		return reply{}, err
	}
	view := termView{
		Name: s.Label(v.e.Code), Facet: v.e.facet(string(f)), Code: code, List: v.url("/vocabulary") + "?facet=" + url.QueryEscape(string(f)),
		States: v.termStates(s), Says: v.termSays(s.Term), URL: v.url(termPath(f, code) + "/restore"), Hidden: []field{{"revision", strconv.FormatInt(s.Revision.No, 10)}},
	}
	for _, name := range s.Synonyms {
		var others []string
		for _, t := range w.Shared(s.Term)[name] {
			others = append(others, t.Label(v.e.Code))
		}
		if others != nil {
			view.Shared = append(view.Shared, v.t("desk.term.shared", "Name", name, "Others", v.e.list(others)))
		}
	}
	steps := v.termHistory(&view, s, history)
	a := reply{page: "term", title: "desk.term.title", at: termPath(f, code), json: map[string]any{"term": termOf(s), "revisions": steps}}
	if v.who.May(auth.Vocabulary) {
		view.Form = v.termForm(s, wrong != nil && v.sent.Has("synonyms"))
		view.Program = s.Base != nil && s.Changed()
		a.sent = view.Form
	}
	if wrong != nil {
		if fault.Is(wrong, fault.Conflict) && len(faultFields(wrong)) == 0 && v.sent.Has("synonyms") {
			view.Stands = v.termDifferences(s.Term, v.sentTerm(f, code))
		}
		a.errors = v.termErrors(a.sent, wrong)
	}
	a.view = view
	return a, wrong
}

// termForm asks what a term is to be: as it is, or as it was sent. It is sent over the version shown beside it.
func (v *visit) termForm(s *work.TermState, sent bool) *deskForm {
	f := v.form("term", termPath(s.Facet, s.Code), "desk.term.save")
	f.hide("revision", strconv.FormatInt(s.Revision.No, 10))
	if !sent {
		v.sent = url.Values{"label_en": {s.Labels["en"]}, "label_es": {s.Labels["es"]}, "synonyms": s.Synonyms, "retired": {strconv.FormatBool(s.Retired)}, "note": v.sent["note"]}
	}
	v.termFields(f)
	retired := &deskField{ID: "term-retired", Name: "retired", Label: v.t("desk.field.retired"), Hint: v.t("desk.hint.retired"), Type: "select"}
	for _, value := range []string{"false", "true"} {
		retired.Options = append(retired.Options, option{Value: value, Label: v.t("desk.retired." + value), Chosen: v.text("retired") == value})
	}
	f.Fields = slices.Insert(f.Fields, len(f.Fields)-1, retired)
	return f
}

// termSays lists what is said of a term.
func (v *visit) termSays(t *directory.Term) []pair {
	says := []pair{
		{v.t("desk.field.label_en"), t.Labels["en"]},
		{v.t("desk.field.label_es"), t.Labels["es"]},
		{v.t("desk.field.synonyms"), strings.Join(t.Synonyms, " · ")},
		{v.t("desk.field.retired"), v.t("desk.retired.false")},
	}
	if t.Retired {
		says[3].Value = v.t("desk.retired.true")
	}
	return says
}

// termDifferences lists what two versions of a term say otherwise.
func (v *visit) termDifferences(old, now *directory.Term) []difference {
	var all []difference
	was := v.termSays(old)
	for i, x := range v.termSays(now) {
		if x.Value != was[i].Value {
			all = append(all, difference{Label: x.Name, Old: was[i].Value, New: x.Value})
		}
	}
	return all
}

// termHistory shows every revision with what it changed, the newest first.
func (v *visit) termHistory(view *termView, s *work.TermState, history []work.TermRevision) []termStep {
	steps := []termStep{}
	at := func(i int) *directory.Term {
		t := v.Vocabulary.Base.Term(s.Facet, s.Code)
		if i < len(history) {
			t = v.Vocabulary.Base.Amended([]directory.Amendment{history[i].Amendment}).Term(s.Facet, s.Code)
		}
		if t == nil {
			t = &directory.Term{Facet: s.Facet, Code: s.Code}
		}
		return t
	}
	for i, r := range history {
		now := at(i)
		view.Steps = append(view.Steps, stepView{r.No, v.moment(r.At), r.By.Name, r.Note, "", v.termDifferences(at(i+1), now), i == 0})
		steps = append(steps, termStep{termOf(&work.TermState{Term: now, Base: s.Base, Revision: r}), r.At, r.By.Name, r.Note})
	}
	return steps
}

func (v *visit) saveTerm() (reply, error) {
	f, code := directory.Facet(v.param("facet")), v.param("code")
	base, err := v.version("revision")
	if err != nil {
		return reply{}, err
	}
	if wrong := v.Vocabulary.Save(v.ctx, v.actor(), v.sentTerm(f, code), base, v.text("note")); wrong != nil {
		return v.termPage(wrong)
	}
	return v.savedTerm(f, code)
}

// restoreTerm makes a term what it was.
func (v *visit) restoreTerm() (reply, error) {
	f, code := directory.Facet(v.param("facet")), v.param("code")
	base, err := v.version("revision")
	if err != nil {
		return reply{}, err
	}
	no, err := v.version("no")
	if err != nil {
		return reply{}, err
	}
	if wrong := v.Vocabulary.Restore(v.ctx, v.actor(), f, code, no, base, v.text("note")); wrong != nil {
		return v.termPage(wrong)
	}
	return v.savedTerm(f, code)
}

// termErrors words what is wrong with a term, each name that can't be by itself.
func (v *visit) termErrors(f *deskForm, wrong error) []pageError {
	var bad *fault.Error
	if !errors.As(wrong, &bad) {
		return nil
	}
	var all []pageError
	for _, e := range v.mark(f, bad) {
		names := slices.DeleteFunc(slices.Clone(work.BadNames(wrong)), func(n work.BadName) bool { return n.Field != e.Field })
		switch {
		case e.Field == "code":
			e.Message = v.t("desk.term.code.wrong")
		case e.Field == "note":
			e.Message = v.t("desk.review.say-why")
		case len(names) > 0:
			for _, n := range names {
				all = append(all, pageError{Field: e.Field, URL: e.URL, Message: v.nameFault(n)})
			}
			continue
		}
		all = append(all, e)
	}
	for _, name := range []string{"code", "note", "label_en", "label_es", "synonyms"} {
		if x := f.field(name); x != nil && x.Error != "" {
			x.Error = ""
			for _, e := range all {
				if e.Field == name {
					x.Error = strings.TrimSpace(x.Error + " " + e.Message + ".")
				}
			}
		}
	}
	return all
}

// nameFault says why something can't be a name of a term, and what it means already.
func (v *visit) nameFault(n work.BadName) string {
	var means []string
	for _, m := range n.Means {
		if label := v.e.valueLabel(m.Facet, m.Value); label != "" && label != v.e.facet(m.Facet) {
			means = append(means, fmt.Sprintf("%s: %s", v.e.facet(m.Facet), label))
		} else {
			means = append(means, v.e.facet(m.Facet))
		}
	}
	return v.t("desk.name-fault."+string(n.Fault), "Name", n.Text, "Means", v.e.list(means))
}
