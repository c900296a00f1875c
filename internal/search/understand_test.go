package search_test

import (
	"bufio"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/seed"
)

// realReader is a reader of the vocabulary and the gazetteer people meet.
func realReader(t testing.TB) *search.Reader {
	t.Helper()
	v, err := seed.Vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	g, err := seed.Gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	return search.NewReader(v, g)
}

// eachLine gives the lines of a table of testdata that say something.
func eachLine(t testing.TB, name string, visit func(line string)) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" && line[0] != '#' {
			visit(line)
		}
	}
}

// written writes what was understood as the table does.
func written(readings []search.Reading, plain []string) string {
	var b strings.Builder
	for _, r := range readings {
		value := r.Value
		if strings.Contains(value, " ") {
			value = `"` + value + `"`
		}
		b.WriteString(r.Facet + ":" + value + " ")
	}
	b.WriteString("| " + strings.Join(plain, " "))
	return strings.TrimSpace(b.String())
}

func TestTextsAreReadAsTheTableSays(t *testing.T) {
	r, n := realReader(t), 0
	eachLine(t, "readings.txt", func(line string) {
		text, want, ok := strings.Cut(line, "=>")
		if !ok {
			t.Fatalf("no => in %q", line)
		}
		n++
		text = strings.TrimSpace(text)
		if got := written(r.Read(search.Query{Text: text})); got != strings.TrimSpace(want) {
			t.Errorf("%s\n\tgot  %s\n\twant %s", text, got, strings.TrimSpace(want))
		}
	})
	if n < 86 {
		t.Errorf("the table holds %d questions", n)
	}
}

// FuzzRead holds the reader to what everything else stands on: it never fails, says where each reading stands, reads only
// what can be asked, nothing against what was chosen, and leaves words that ask for the same when asked again.
func FuzzRead(f *testing.F) {
	eachLine(f, "readings.txt", func(line string) {
		text, _, _ := strings.Cut(line, "=>")
		f.Add(strings.TrimSpace(text), false)
	})
	for _, text := range []string{"", "'", "d.b.t.", "15yo", "999 miles", "0 miles", "-5km", "ſsſ", "ﬁrst ½", "depresión", "\u0301a", "boston,ma 02139-1234", "İstanbul", strings.Repeat("a ", 100)} {
		f.Add(text, true)
	}
	r := realReader(f)
	f.Fuzz(func(t *testing.T, text string, chosen bool) {
		if len(text) > search.MaxText || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			t.Skip() // such a text is refused
		}
		q := search.Query{Text: text}
		if chosen {
			q.Place, q.Kinds = "Denver, CO", []directory.Kind{directory.Center}
			q.Claims = map[directory.Facet][]string{directory.Modality: {"dbt"}}
		}
		readings, plain := r.Read(q)
		if again, left := r.Read(q); !reflect.DeepEqual(readings, again) || !slices.Equal(plain, left) {
			t.Error("read twice, understood twice")
		}
		if words := search.Words(strings.Join(plain, " ")); !slices.Equal(words, plain) {
			t.Errorf("%q is left, which asks for %q", plain, words)
		}
		written := search.Words(text)
		for _, w := range plain {
			if !slices.Contains(written, w) {
				t.Errorf("%q is left, but was never written", w)
			}
		}
		for i, x := range readings {
			if x.Start < 0 || x.End > len(text) || x.Start >= x.End || text[x.Start:x.End] != x.Words {
				t.Errorf("%+v does not stand there", x)
			}
			if i > 0 && x.Start < readings[i-1].End && (x.Start != readings[i-1].Start || x.End != readings[i-1].End) {
				t.Errorf("%+v stands in another", x)
			}
			if chosen && slices.Contains([]string{"place", "kind", "modality"}, x.Facet) {
				t.Errorf("%+v is read against what was chosen", x)
			}
			canBeAsked(t, x)
		}
	})
}

// canBeAsked holds a reading to what its parameter takes.
func canBeAsked(t *testing.T, x search.Reading) {
	t.Helper()
	v, _ := seed.Vocabulary()
	g, _ := seed.Gazetteer()
	switch x.Facet {
	case "place":
		if _, err := g.Resolve(x.Value); err != nil {
			t.Errorf("%+v: %v", x, err)
		}
	case "radius":
		if m, err := geo.ParseDistance(x.Value); err != nil || m > search.MaxRadius {
			t.Errorf("%+v: %f, %v", x, m, err)
		}
	case "kind":
		if !slices.Contains(directory.Kinds(), directory.Kind(x.Value)) {
			t.Errorf("%+v is no kind", x)
		}
	case "country":
		if geo.CountryName(x.Value) == x.Value {
			t.Errorf("%+v is no country", x)
		}
	case "accepting", "free", "sliding_scale", "open_now":
	default:
		if v.Term(directory.Facet(x.Facet), x.Value) == nil {
			t.Errorf("%+v is no term", x)
		}
	}
}
