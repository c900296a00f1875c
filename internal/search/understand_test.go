package search_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

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
