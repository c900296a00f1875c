package seed

import (
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/guide"
)

func loadedGuide(t testing.TB) *guide.Guide {
	t.Helper()
	g, err := Guide()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// guideTexts gives every file of the guide by its name.
func guideTexts(t testing.TB) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := fs.WalkDir(guideFiles, "guide", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(guideFiles, name)
		texts[strings.TrimPrefix(name, "guide/")] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// TestGuideCoversItsSubjects holds the guide to what it is for.
func TestGuideCoversItsSubjects(t *testing.T) {
	g := loadedGuide(t)
	want := []string{
		"what-it-is", "first-checks", "medication", "talk-therapy", "tms-and-ect", "esketamine", "vagus-nerve-stimulation",
		"neurotherapy", "second-opinion", "coping", "online-therapy",
	}
	for _, lang := range []string{"en", "es"} {
		var got []string
		for _, x := range g.Topics(lang) {
			got = append(got, x.Slug)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: topics %q, want %q", lang, got, want)
		}
		for _, level := range []guide.Level{guide.Emergency, guide.Urgent, guide.Routine} {
			if !slices.ContainsFunc(g.Care(lang), func(c guide.CareCard) bool { return c.Level == level }) {
				t.Errorf("%s: no %s card for every page", lang, level)
			}
		}
	}
	sections := func(slug string, want ...string) {
		var got []string
		for _, s := range g.Topic("en", slug).Sections {
			got = append(got, s.ID)
		}
		for _, id := range want {
			if !slices.Contains(got, id) {
				t.Errorf("%s has no section on %s", slug, id)
			}
		}
	}
	sections("talk-therapy", "cbt", "dbt", "ipt", "psychodynamic", "group")
	sections("tms-and-ect", "glance", "tms", "ect")
}

var (
	citation = regexp.MustCompile(`\[@([^\]]*)\]`)
	// numbers as each language writes them: 1,522 and 0.25; 1522 or 15 191 with a space that does not break, and 0,25
	englishNumber = regexp.MustCompile(`\d+(?:,\d{3})*(?:\.\d+)?`)
	spanishNumber = regexp.MustCompile(`\d+(?:\x{a0}\d{3})*(?:,\d+)?`)
)

func numbersIn(lang, text string) []string {
	form, clean := englishNumber, strings.NewReplacer(",", "")
	if lang == "es" {
		form, clean = spanishNumber, strings.NewReplacer("\u00a0", "", ",", ".")
	}
	var all []string
	for _, n := range form.FindAllString(citation.ReplaceAllString(text, ""), -1) {
		all = append(all, clean.Replace(n))
	}
	slices.Sort(all)
	return all
}

// sectionsOf cuts a text at its headings; the first piece is the header.
func sectionsOf(text string) []string { return strings.Split(text, "\n## ") }

// TestGuideSaysTheSameInBothLanguages compares section by section: where it leads, what it cites, every number in it.
func TestGuideSaysTheSameInBothLanguages(t *testing.T) {
	g, texts := loadedGuide(t), guideTexts(t)
	for _, en := range g.Topics("en") {
		es := g.Topic("es", en.Slug)
		if es == nil {
			t.Errorf("%s is not in Spanish", en.Slug)
			continue
		}
		if es.Order != en.Order || len(es.Questions) != len(en.Questions) || len(es.Cards) != len(en.Cards) || len(es.Sections) != len(en.Sections) || len(es.Searches) != len(en.Searches) {
			t.Errorf("%s: %d questions, %d cards, %d sections, %d searches in Spanish, %d, %d, %d, %d in English", en.Slug,
				len(es.Questions), len(es.Cards), len(es.Sections), len(es.Searches), len(en.Questions), len(en.Cards), len(en.Sections), len(en.Searches))
			continue
		}
		for i := range en.Searches {
			if a, b := en.Searches[i].Query.Encode(), es.Searches[i].Query.Encode(); a != b {
				t.Errorf("%s: searches %q in English and %q in Spanish", en.Slug, a, b)
			}
		}
		for i := range en.Cards {
			if en.Cards[i].Level != es.Cards[i].Level || len(en.Cards[i].Items) != len(es.Cards[i].Items) {
				t.Errorf("%s: card %d differs", en.Slug, i)
			}
		}
		a, b := sectionsOf(texts["en/"+en.Slug+".md"]), sectionsOf(texts["es/"+en.Slug+".md"])
		for i, s := range en.Sections {
			if s.ID != es.Sections[i].ID {
				t.Errorf("%s: section %q is %q in Spanish", en.Slug, s.ID, es.Sections[i].ID)
			}
			for what, form := range map[string]*regexp.Regexp{"citations": citation, "links": regexp.MustCompile(`\]\([^)]*\)`), "paragraphs": regexp.MustCompile(`\n\n`), "items": regexp.MustCompile(`\n- `)} {
				if x, y := form.FindAllString(a[i+1], -1), form.FindAllString(b[i+1], -1); !slices.Equal(x, y) {
					t.Errorf("%s#%s: %s %q in English, %q in Spanish", en.Slug, s.ID, what, x, y)
				}
			}
			if x, y := numbersIn("en", a[i+1]), numbersIn("es", b[i+1]); !slices.Equal(x, y) {
				t.Errorf("%s#%s: numbers %q in English, %q in Spanish", en.Slug, s.ID, x, y)
			}
		}
	}
	if a, b := g.Care("en"), g.Care("es"); !slices.EqualFunc(a, b, func(x, y guide.CareCard) bool { return x.Level == y.Level && len(x.Items) == len(y.Items) }) {
		t.Error("the cards of every page differ")
	}
}

// TestGuideCitesWhatItSays: a share or the size of a study without its source is an opinion with a number in it.
func TestGuideCitesWhatItSays(t *testing.T) {
	figure := regexp.MustCompile(`\d[\s\x{a0}]?%|\d[\d,\x{a0}]* (?:people|adults|patients|veterans|Americans|US veterans|studies|trials|personas|adultos|pacientes|veteranos|estadounidenses|estudios|ensayos)`)
	found := 0
	for name, text := range guideTexts(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		for i, line := range strings.Split(text, "\n") {
			for cell := range strings.SplitSeq(line, "|") { // a cell of a table stands for itself
				if figure.MatchString(cell) {
					found++
					if !citation.MatchString(cell) {
						t.Errorf("%s:%d: a figure without its source: %s", name, i+1, cell)
					}
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d figures found: this test no longer reads the guide", found)
	}
}

// TestGuideShowsEveryReference: what is listed on a page is named in its text, in order.
func TestGuideShowsEveryReference(t *testing.T) {
	g := loadedGuide(t)
	for _, lang := range []string{"en", "es"} {
		for _, x := range g.Topics(lang) {
			p, err := x.Page()
			if err != nil {
				t.Fatal(err)
			}
			uses := 0
			for i, r := range p.References {
				uses += len(r.Uses)
				if r.Number != i+1 || len(r.Uses) == 0 {
					t.Errorf("%s/%s: reference %d (%s) stands at %d and is named %d times", lang, x.Slug, r.Number, r.Key, i+1, len(r.Uses))
				}
			}
			links := 0
			for _, s := range p.Sections {
				links += strings.Count(string(s.Body), `href="#ref-`)
				if strings.Contains(string(s.Body), "[@") {
					t.Errorf("%s/%s#%s: a citation was not read", lang, x.Slug, s.ID)
				}
			}
			if links != uses {
				t.Errorf("%s/%s: %d links to references, %d places to come back to", lang, x.Slug, links, uses)
			}
		}
	}
}

// unprintable is what the sheet of facts forbids: DOIs and figures nobody confirmed, sources whose authors and titles
// are not known, and claims that rest on none.
var unprintable = []string{
	"10.4088/JCP.15m10511", "10.1002/wps.20267", "10.1038/s41380-024-02468-x", "10.1176/appi.ajp.20230556", "10.4088/JCP.14r09528",
	"10.1016/j.brs.2024.12.1191", "10.1176/appi.ps.202000387", "10.1007/s13311-022-01270-3", "10.1002/mhw.32471", "Ethical Human Psychology",
	"2017;78(8):2450", "DSM", "6.5%", "6,5\u00a0%", "4.4%", "4,4\u00a0%", "January 17", "January 21", "17 de enero", "21 de enero",
	"theoretical", "teóric", "moderate certainty", "certeza moderada", "rather than cure", "en lugar de curar",
	"thyroid", "tiroid", "anemia", "anaemia", "apnea", "apnoea", "four adequate", "cuatro intentos adecuados",
	"30-40%", "10-15%", "30-50%", "2-15%", "Suicide Prevention Lifeline", "p=0.015", "K122288",
}

func TestGuidePrintsNothingUnconfirmed(t *testing.T) {
	texts := guideTexts(t)
	for name, text := range texts {
		for _, bad := range unprintable {
			if strings.Contains(strings.ToLower(text), strings.ToLower(bad)) {
				t.Errorf("%s prints %q, which is not confirmed", name, bad)
			}
		}
	}
	noDOI := []string{"nakagawa-2017", "souza-2016", "fonagy-2015", "papakostas-2024", "dalhuisen-2024", "haq-2015", "conway-2025"}
	for _, c := range loadedGuide(t).Citations() {
		if slices.Contains(noDOI, c.Key) != (c.Mark == guide.NoDOI) || c.Mark == guide.NoDOI && c.DOI != "" {
			t.Errorf("%s: mark %q and DOI %q", c.Key, c.Mark, c.DOI)
		}
	}
}

// TestGuideTellsBothSides holds paragraphs to what must stand together.
func TestGuideTellsBothSides(t *testing.T) {
	for _, together := range []struct {
		name, mark string
		with       []string
	}{
		{"en/medication.md", "@rush-2006", []string{"67%", "35%", "dispute is open", "@pigott-2023", "@star-d-reply-2023"}},
		{"es/medication.md", "@rush-2006", []string{"67\u00a0%", "35\u00a0%", "disputa sigue abierta", "@pigott-2023", "@star-d-reply-2023"}},
		{"en/talk-therapy.md", "46%", []string{"@wiles-2013", "One antidepressant was enough"}},
		{"en/talk-therapy.md", "at 7 months", []string{"12 months", "18 months", "eight possible serious harms"}},
		{"en/talk-therapy.md", "155 trials", []string{"no better than usual care", "not treatment-resistant depression"}},
		{"en/tms-and-ect.md", "55.4%", []string{"41.2%", "has not approved", "knew what they got", "not the [esketamine spray]"}},
		{"en/tms-and-ect.md", "| Main risks", []string{"Memory loss", "anesthesia", "relapse"}},
		{"es/tms-and-ect.md", "| Riesgos principales", []string{"memoria", "anestesia", "recaída"}},
		{"en/vagus-nerve-stimulation.md", "67.6%", []string{"40.9%", "not placed in the groups by chance", "correction"}},
		{"en/vagus-nerve-stimulation.md", "RECOVER", []string{"main measure there was no clear difference"}},
		{"en/esketamine.md", "27.1%", []string{"17.6%", "knew what they got"}},
		{"en/neurotherapy.md", "we do not say that it works", []string{"no source"}},
	} {
		paragraph := ""
		for line := range strings.SplitSeq(guideTexts(t)[together.name], "\n") {
			if strings.Contains(line, together.mark) {
				paragraph = line
				break
			}
		}
		for _, w := range together.with {
			if !strings.Contains(paragraph, w) {
				t.Errorf("%s: beside %q stands no %q", together.name, together.mark, w)
			}
		}
	}
}

// TestGuideSearchesAreOfTheVocabulary: a search for a term nobody has would be left out without a word.
func TestGuideSearchesAreOfTheVocabulary(t *testing.T) {
	v, err := Vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range loadedGuide(t).Topics("en") {
		for _, s := range x.Searches {
			for _, fault := range unknownTerms(v, s.Query) {
				t.Errorf("%s: %s", x.Slug, fault)
			}
		}
	}
}

func unknownTerms(v *directory.Vocabulary, query url.Values) []string {
	var faults []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, code := range query[name] {
			if slices.Contains(directory.Facets(), directory.Facet(name)) && v.Term(directory.Facet(name), code) == nil {
				faults = append(faults, fmt.Sprintf("no term %s=%s", name, code))
			}
		}
	}
	return faults
}

// TestGuideReadsEasily keeps sentences short: some twenty words is what a tired reader takes in.
func TestGuideReadsEasily(t *testing.T) {
	sentence := regexp.MustCompile(`[.:?!;]["”»)]*(?:\s|$)`)
	for name, text := range guideTexts(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		_, body, _ := strings.Cut(strings.TrimPrefix(text, "---"), "\n---\n")
		words, sentences := 0, 0
		for line := range strings.SplitSeq(citation.ReplaceAllString(body, ""), "\n") {
			if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "|") || strings.HasPrefix(line, ":::") {
				continue
			}
			for _, s := range sentence.Split(line, -1) {
				n := len(strings.Fields(s))
				words += n
				if n > 0 {
					sentences++
				}
				if n > 36 {
					t.Errorf("%s: a sentence of %d words: %s", name, n, s)
				}
			}
		}
		if sentences > 0 && words/sentences > 14 {
			t.Errorf("%s: %d words a sentence on average", name, words/sentences)
		}
	}
}
