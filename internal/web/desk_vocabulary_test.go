package web_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/web"
	"carefinder/seed"
)

// vocabularyFamilies are the messages of the vocabulary whose names end in a code.
func vocabularyFamilies() map[string][]string {
	return map[string][]string{
		"desk.field.":      strings.Fields("facet label_en label_es synonyms retired"),
		"desk.wrong.":      strings.Fields("facet label_en label_es synonyms"),
		"desk.conflict.":   {"term"},
		"desk.retired.":    {"false", "true"},
		"desk.name-fault.": names([]desk.NameFault{desk.NameNothing, desk.NameDanger, desk.NamePlace, desk.NameTaken}),
	}
}

// wordsOf gives the vocabulary of a test's desk, over that of the program; what is saved is used by the server at once.
func wordsOf(t *testing.T, truth *flaky, s *web.Server, c *clock) *desk.Vocabulary {
	t.Helper()
	base, err := seed.Vocabulary()
	must(t, err)
	v := desk.NewVocabulary(desk.VocabularyConfig{Base: base, Kept: truth, Audit: truth, Places: boston(t), Now: c.now})
	v.Use = func(ctx context.Context) error {
		w, err := v.Wording(ctx)
		if err != nil {
			return err
		}
		return s.Reword(w.Vocabulary)
	}
	return v
}

// openWords starts a desk whose pages go by the program's vocabulary.
func openWords(t *testing.T) *deskOf {
	t.Helper()
	return openDesk(t, func(_ *shelf, cfg *web.Config) {
		var err error
		cfg.Vocabulary, err = seed.Vocabulary()
		must(t, err)
	})
}

// termForm gives what the form of a term would send as it stands, by name.
func (b *browser) termForm(path string) url.Values {
	b.t.Helper()
	page := b.opens(path, 200)
	form := pick(page, "#main form.panel")[0]
	all := url.Values{}
	for _, n := range pick(form, "input") {
		all.Set(attr(n, "name"), attr(n, "value"))
	}
	all.Set("synonyms", raw(one(b.t, form, "textarea")))
	all.Set("retired", "false")
	return all
}

// raw gives the text in a node as it is written.
func raw(n *html.Node) string {
	if n.FirstChild == nil {
		return ""
	}
	return n.FirstChild.Data
}

func (b *browser) send(path string, status int, form url.Values) *html.Node {
	b.t.Helper()
	res, text := b.sends(http.MethodPost, path, form.Encode())
	return b.parsed(path, res, text, status)
}

const cbtPath = "/desk/vocabulary/modality/cbt"

// TestVocabularyPages changes, adds, retires and sets back terms by their forms, and finds each in what the public is
// told with the next answer.
func TestVocabularyPages(t *testing.T) {
	d := openWords(t)
	b := d.as(auth.Administrator)
	public := func() string { return d.stranger().reads("/api/v1/vocabulary?lang=es") }

	b.opens("/desk/vocabulary?facet=treatment&q=TMS", 200)
	form := b.termForm(cbtPath)
	form.Set("label_es", "Terapia TCC de aquí")
	form.Set("synonyms", form.Get("synonyms")+"\nthought work;\r\n  thought   work ")
	form.Set("note", "patients say so")
	b.send(cbtPath, 303, form)
	if text := public(); !strings.Contains(text, "Terapia TCC de aquí") || strings.Count(text, `"thought work"`) != 1 {
		t.Errorf("the public is told %.3000s", text)
	}
	page := words(b.opens("/es"+cbtPath, 200))
	for _, want := range []string{"cambiado aquí", "patients say so", "Volver al original", "también significa"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}

	added := url.Values{
		"facet": {"modality"}, "code": {"ifs"}, "label_en": {"Internal family systems"}, "label_es": {"Sistemas de la familia interna"},
		"synonyms": {"IFS"}, "note": {"four centers give it"},
	}
	b.send("/desk/vocabulary", 303, added)
	if page := words(b.opens("/desk/vocabulary?facet=modality", 200)); !strings.Contains(page, "Internal family systems added here") {
		t.Errorf("the list lacks it: %s", page)
	}
	b.calls("GET", "/api/v1/desk/dashboard?offer=modality.ifs", "", "", 200)
	form = b.termForm("/desk/vocabulary/modality/ifs")
	form.Set("retired", "true")
	form.Set("note", "not any more")
	b.send("/desk/vocabulary/modality/ifs", 303, form)
	if text := public(); !strings.Contains(text, `"retired":true`) || !strings.Contains(text, "Sistemas de la familia interna") {
		t.Error("a retired term is not told as one")
	}

	b.posts(cbtPath+"/restore", 303, "revision", "1", "no", "0", "note", "as it comes")
	if text := public(); strings.Contains(text, "Terapia TCC de aquí") || strings.Contains(text, "thought work") {
		t.Error("what was set back is still told")
	}
	var got []string
	for _, action := range d.logged() {
		if strings.HasPrefix(action, "vocabulary.") {
			got = append(got, action)
		}
	}
	if want := []string{"vocabulary.change", "vocabulary.add", "vocabulary.change", "vocabulary.restore"}; !slices.Equal(got, want) {
		t.Errorf("the log says %q", got)
	}
	auditor := d.as(auth.Auditor)
	if page := auditor.opens("/desk/vocabulary/modality/ifs", 200); len(pick(page, "#main form")) != 0 || !strings.Contains(words(page), "not any more") {
		t.Errorf("an auditor is shown %s", words(page))
	}
}

// reads gets something of the API.
func (b *browser) reads(path string) string {
	b.t.Helper()
	res, text := b.sends(http.MethodGet, path, "")
	if res.StatusCode != 200 {
		b.t.Fatalf("%s: %d: %s", path, res.StatusCode, text)
	}
	return text
}

// TestVocabularyTwins does by the API what the pages do.
func TestVocabularyTwins(t *testing.T) {
	d := openWords(t)
	key := d.as(auth.Administrator).key(auth.Read, auth.Vocabulary)
	b := d.stranger()
	term := func(text string) (got struct {
		Code, LabelEN string
		Synonyms      []string
		Revision      int64
		Changed       bool
	},
	) {
		t.Helper()
		var a struct {
			Code     string   `json:"code"`
			LabelEN  string   `json:"label_en"`
			Synonyms []string `json:"synonyms"`
			Revision int64    `json:"revision"`
			Changed  bool     `json:"changed"`
		}
		must(t, json.Unmarshal([]byte(text), &a))
		got.Code, got.LabelEN, got.Synonyms, got.Revision, got.Changed = a.Code, a.LabelEN, a.Synonyms, a.Revision, a.Changed
		return got
	}
	const at = "/api/v1/desk/vocabulary"
	if text := b.calls("GET", at+"?facet=treatment&q=magnetic", key, "", 200); !strings.Contains(text, `"code":"tms"`) || strings.Contains(text, `"code":"ect"`) {
		t.Errorf("found %s", text)
	}
	if got := term(b.calls("POST", at, key, `{"facet":"modality","code":"ifs","label_en":"IFS therapy","label_es":"Terapia IFS","synonyms":["IFS","parts work"],"note":"new"}`, 200)); got.Revision != 1 || len(got.Synonyms) != 2 || !got.Changed {
		t.Errorf("added %+v", got)
	}
	if got := term(b.calls("POST", at+"/modality/ifs", key, `{"revision":1,"label_en":"IFS","label_es":"Terapia IFS","synonyms":["parts work"],"note":"shorter"}`, 200)); got.Revision != 2 || got.LabelEN != "IFS" {
		t.Errorf("changed to %+v", got)
	}
	b.calls("POST", at+"/modality/ifs", key, `{"revision":1,"label_en":"Other","label_es":"Otra","note":"late"}`, 409)
	if got := term(b.calls("POST", at+"/modality/ifs/restore", key, `{"revision":2,"no":1,"note":"longer again"}`, 200)); got.Revision != 3 || got.LabelEN != "IFS therapy" {
		t.Errorf("restored to %+v", got)
	}
	if text := b.calls("GET", at+"/modality/ifs", key, "", 200); strings.Count(text, `"note":`) != 3 {
		t.Errorf("its history: %s", text)
	}
	if text := b.calls("POST", at, key, `{"facet":"modality","code":"ect2","label_en":"E","label_es":"E","synonyms":"shock therapy","note":"x"}`, 400); !strings.Contains(text, "treatment ect") {
		t.Errorf("another's name: %s", text)
	}
	b.calls("POST", at, key, `{"facet":"mood","code":"x"}`, 400)
	b.calls("GET", at+"/modality/nothing", key, "", 404)
	reviewer := d.as(auth.Reviewer).key(auth.Read)
	b.calls("POST", at, reviewer, `{"facet":"modality"}`, 403)
}

// TestVocabularyTwoForms has two people open one term: the later is shown what the earlier made of it beside all they
// typed themselves, and can save then.
func TestVocabularyTwoForms(t *testing.T) {
	d := openWords(t)
	ada, ben := d.as(auth.Administrator), d.as(auth.Administrator)
	hers, his := ada.termForm(cbtPath), ben.termForm(cbtPath)
	hers.Set("label_en", "Hers")
	hers.Set("note", "she says")
	his.Set("label_en", "His")
	his.Set("synonyms", "his own words")
	his.Set("note", "he says")
	ada.send(cbtPath, 303, hers)
	page := ben.send(cbtPath, 409, his)
	form := pick(page, "#main form.panel")[0]
	kept := map[string]string{"synonyms": strings.TrimSpace(raw(one(t, form, "textarea")))}
	for _, n := range pick(form, "input") {
		kept[attr(n, "name")] = attr(n, "value")
	}
	if want := map[string]string{"revision": "1", "label_en": "His", "label_es": his.Get("label_es"), "synonyms": "his own words", "note": "he says"}; !maps.Equal(kept, want) {
		t.Errorf("the form holds %q, want %q", kept, want)
	}
	if text := words(page); !strings.Contains(text, "Hers") || !strings.Contains(text, "Somebody changed it meanwhile") {
		t.Errorf("hers is not shown: %s", text)
	}
	his.Set("revision", kept["revision"])
	ben.send(cbtPath, 303, his)
	ben.send(cbtPath+"/restore", 409, url.Values{"revision": {"1"}, "no": {"0"}, "note": {"late"}})
}

// TestVocabularyFaults names what is wrong beside its field, in the language of the page, and keeps what was typed.
func TestVocabularyFaults(t *testing.T) {
	d := openWords(t)
	b := d.as(auth.Administrator)
	sent := url.Values{
		"facet": {"modality"}, "code": {"Not A Code"}, "label_en": {"Play therapy"}, "label_es": {""},
		"synonyms": {"I want to die\nBoston\nrtms\nhelp\nfine words"}, "note": {""},
	}
	for lang, want := range map[string][]string{
		"":    {"single hyphens", "in English", "in Spanish", "“I want to die” is answered", "“Boston” is a city", "“rtms” already means Treatment: Transcranial magnetic stimulation", "“help” says too little", "Say why"},
		"/es": {"guiones simples", "en inglés", "en español", "«I want to die» se responde", "«Boston» es una ciudad", "«rtms» ya significa", "«help» por sí solo"},
	} {
		page := b.send(lang+"/desk/vocabulary", 400, sent)
		text := words(page)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%q is not said: %s", w, text)
			}
		}
		if area := raw(one(t, page, "#add-synonyms")); strings.TrimSpace(area) != sent.Get("synonyms") {
			t.Errorf("the form holds %q", area)
		}
	}
	form := b.termForm(cbtPath)
	form.Set("label_en", "Boston")
	form.Set("note", "a city")
	if text := words(b.send(cbtPath, 400, form)); !strings.Contains(text, "“Boston” is a city") {
		t.Errorf("a label that is a city: %s", text)
	}
	form = b.termForm(cbtPath)
	form.Set("note", "the same")
	if text := words(b.send(cbtPath, 409, form)); !strings.Contains(text, "says this already") {
		t.Errorf("nothing changed, and it is said %s", text)
	}
	b.posts(cbtPath+"/restore", 404, "revision", "0", "no", "5", "note", "x")
	d.kept.down = true
	form.Set("label_en", "Typed while it was down")
	if res, text := b.sends(http.MethodPost, cbtPath, form.Encode()); res.StatusCode != 503 || !strings.Contains(text, "Typed while it was down") {
		t.Errorf("%d: what was typed is lost", res.StatusCode)
	}
}

// TestAnotherLabelIsAnotherAnswer holds what is kept by its tag to be asked for again once a label is another.
func TestAnotherLabelIsAnotherAnswer(t *testing.T) {
	d := openWords(t)
	tag := func() string {
		res, _ := d.stranger().sends(http.MethodGet, "/api/v1/listings/"+lineID.String(), "")
		if res.StatusCode != 200 {
			t.Fatal(res.StatusCode)
		}
		return res.Header.Get("ETag")
	}
	before := tag()
	v, err := seed.Vocabulary()
	must(t, err)
	must(t, d.Reword(v.Amended([]directory.Amendment{{Facet: directory.Modality, Code: "cbt", Labels: map[string]string{"en": "Other"}}})))
	if tag() == before {
		t.Error("the tag is the same")
	}
	must(t, d.Reword(v))
	if tag() != before {
		t.Error("set back, the tag is another")
	}
}
