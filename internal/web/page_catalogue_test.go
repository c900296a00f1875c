package web_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"carefinder/frontend"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// families are the messages whose names end in a code: the code needs pass the compiler, so they are listed here.
func families() map[string][]string {
	answers := []string{"yes", "no", "unknown"}
	numbers := func(from, to string) []string {
		all := strings.Fields("0 1 2 3 4 5 6 7 8 9 10 11 12")
		return all[slices.Index(all, from) : slices.Index(all, to)+1]
	}
	f := map[string][]string{
		"kind.": names(directory.Kinds()), "kinds.": names(directory.Kinds()), "medium.": names(directory.Media()),
		"facet.":     append(names(search.FacetNames()), "q", "place", "radius", "sort", "free", "sliding_scale", "open_now", "verified_within", "country"),
		"accepting.": {"yes", "no", "waitlist"}, "open.": {"open", "closed", "unknown"}, "claim.": {"no", "unknown"},
		"claim.wish.": names(desk.Wishes()), "claim.asks.": names(desk.Wishes()), "claim.state.": claimStates, "claim.state-title.": claimStates,
		"claim.field.": {"who", "email", "message", "code"}, "claim.hint.": {"who", "email", "message", "code"}, "claim.wrong.": {"wish", "who", "email", "message", "code"},
		"claim.failed.":  {"too-many", "conflict"},
		"claim.subject.": claimMails, "claim.mail.": claimMails,
		"sort.": names(search.Sorts()), "precision.": {"campus", "street", "postal", "city", "region"}, "search.precision.": {"postal", "city", "region"}, "search.chip.": {"near", "bbox"},
		"guide.care.": {"emergency", "urgent", "routine"},
		"month.":      numbers("1", "12"), "day.": numbers("0", "6"),
		"fees.free.": answers, "fees.sliding.": answers, "referral.self.": answers, "referral.clinician.": answers,
		"unknown.":       {"insurance", "accessibility", "age", "language", "format", "delivery", "topic"},
		"feedback.kind.": names(directory.FeedbackKinds()), "emergency.": {"general", "police", "ambulance", "fire"},
		"want.": {"talk", "cbt", "dbt", "interpersonal", "psychodynamic", "tms", "ect", "esketamine", "second-opinion", "therapist", "online", "group", "helpline"},
	}
	for _, door := range []string{"now", "therapists", "tms", "ect", "second-opinion", "online", "groups"} {
		f["door."] = append(f["door."], door, door+".text")
	}
	maps.Copy(f, editFamilies())
	for prefix, codes := range deskFamilies() {
		f[prefix] = codes
	}
	for _, more := range []map[string][]string{workFamilies(), vocabularyFamilies()} {
		for prefix, codes := range more {
			f[prefix] = append(f[prefix], codes...)
		}
	}
	for prefix, codes := range dashboardFamilies() {
		f[prefix] = append(f[prefix], codes...)
	}
	for _, code := range []string{"not-found", "gone", "method-not-allowed", "too-many", "unavailable", "too-large", "request", "forbidden", "conflict"} {
		f["error."] = append(f["error."], code+".title", code+".text")
	}
	return f
}

func names[S ~string](codes []S) []string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = string(c)
	}
	return all
}

var claimStates = []string{"unproven", "open", "accepted", "published-correct", "published-remove", "published-kept", "published-hidden", "declined"}

var claimMails = []string{"code", "published-correct", "published-remove", "published-kept", "published-hidden", "declined"}

var (
	inTemplate = regexp.MustCompile(`\bt "([^"]+)"`)
	inGo       = regexp.MustCompile(`"([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.?)"`)
)

// sources reads the templates and the Go files that may mention messages.
func sources(t *testing.T) (templates, code string) {
	t.Helper()
	err := fs.WalkDir(frontend.Templates(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(frontend.Templates(), path)
		templates += string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("page_*.go")
	if err != nil {
		t.Fatal(err)
	}
	atDesk, err := filepath.Glob("desk*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, atDesk...)
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		code += string(b)
	}
	return templates, code
}

// forms reads a catalogue: for each message its forms, "" for the only one.
func forms(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	b, err := frontend.Messages(lang)
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for key, v := range raw {
		all[key] = map[string]string{}
		switch v := v.(type) {
		case string:
			all[key][""] = v
		case map[string]any:
			for form, s := range v {
				all[key][form], _ = s.(string)
			}
		}
	}
	return all
}

func TestEveryMessageIsThereAndUsed(t *testing.T) {
	templates, code := sources(t)
	used := map[string]bool{}
	for _, m := range inTemplate.FindAllStringSubmatch(templates, -1) {
		used[m[1]] = true
	}
	known := forms(t, "en")
	for _, m := range inGo.FindAllStringSubmatch(code, -1) {
		prefix := strings.HasSuffix(m[1], ".")
		switch _, isFamily := families()[m[1]]; {
		case prefix && !isFamily && m[1] != "www.":
			t.Errorf("messages beginning with %q are made up in Go; list their codes in families", m[1])
		case known[m[1]] != nil:
			used[m[1]] = true
		}
	}
	for _, m := range regexp.MustCompile(`\.[tn]\("([^"]+[^".])"`).FindAllStringSubmatch(code, -1) {
		used[m[1]] = true // a name the catalogue may lack
	}
	for prefix, codes := range families() {
		for _, c := range codes {
			used[prefix+c] = true
		}
	}
	for _, l := range frontend.Languages() {
		said := forms(t, l.Code)
		for key := range used {
			if len(said[key]) == 0 {
				t.Errorf("%s: %q is used and not in the catalogue", l.Code, key)
			}
		}
		for key := range said {
			if !used[key] {
				t.Errorf("%s: %q is in the catalogue and nowhere used", l.Code, key)
			}
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)

func TestMessagesHaveTheFormsTheirLanguageNeeds(t *testing.T) {
	plural := map[string][]string{"en": {"one", "other"}, "es": {"many", "one", "other"}}
	english := forms(t, "en")
	for _, l := range frontend.Languages() {
		for key, said := range forms(t, l.Code) {
			want := plural[l.Code]
			if _, single := english[key][""]; single {
				want = []string{""}
			}
			if got := sorted(said); !slices.Equal(got, want) {
				t.Errorf("%s: %q has the forms %q, want %q", l.Code, key, got, want)
			}
			for form, text := range said {
				original := english[key][form]
				if form == "many" {
					original = english[key]["other"]
				}
				if strings.TrimSpace(text) == "" || !slices.Equal(mentions(text), mentions(original)) {
					t.Errorf("%s: %q says %q, and English %q", l.Code, key, text, original)
				}
			}
		}
	}
}

func mentions(text string) []string {
	found := placeholder.FindAllString(text, -1)
	sort.Strings(found)
	return slices.Compact(found)
}

func sorted(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// TestNoWordsInTemplates keeps texts for people in the catalogue.
func TestNoWordsInTemplates(t *testing.T) {
	templates, _ := sources(t)
	text := regexp.MustCompile(`(?s)\{\{.*?\}\}|<[^>]*>`).ReplaceAllString(regexp.MustCompile(`(?s)\{\{[^}]*\}\}`).ReplaceAllString(templates, ""), "\n")
	if found := regexp.MustCompile(`\p{L}{2,}`).FindAllString(text, -1); len(found) > 0 {
		t.Errorf("words outside the catalogue: %q", found)
	}
}

func TestDraftTranslationSaysSo(t *testing.T) {
	server, _ := pagesOf(t, nil)
	for _, l := range frontend.Languages() {
		notice := strings.Contains(words(one(t, read(t, server, l.Prefix+"/about/data", 200), "footer")), forms(t, l.Code)["footer.draft"][""])
		if notice != l.Draft {
			t.Errorf("%s: says it is a draft: %v, want %v", l.Code, notice, l.Draft)
		}
	}
}
