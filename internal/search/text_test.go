package search_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"Plain TEXT 42", "plain text 42"},
		{"San José", "san jose"},
		{"Jose\u0301", "jose"},
		{"PSICODINÁMICA", "psicodinamica"},
		{"Straße STRASSE ẞ", "strasse strasse ss"},
		{"Øresund Łódź Ægir œuvre Đà Þór Ħal", "oresund lodz aegir oeuvre da thor hal"},
		{"İstanbul ISPARTA ısı", "istanbul isparta isi"},
		{"ΟΔΟΣ οδός", "οδοσ οδοσ"},
		{"ﬁne ① Ｆｕｌｌ", "fine 1 full"},
		{"Москва", "москва"},
		{"a\xffb", "a\ufffdb"},
	} {
		if got := search.Fold(c.in); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string // separated by spaces
	}{
		{"", ""},
		{" ,.- '", ""},
		{"Talk therapy, weekly.", "talk therapy weekly"},
		{"O'Brien and O’Brien", "obrien and obrien"},
		{"parents' group 'quoted'", "parents group quoted"},
		{"Hawaiʻi Hawai‘i rockʼn", "hawaii hawaii rockn"},
		{"Cognitive-behavioral/analytic", "cognitive behavioral analytic"},
		{"D.B.T. and D.B.T, U.S.A", "dbt and dbt usa"},
		{"J.R. Smith, Ph.D.", "jr smith ph d"},
		{"Open 24/7. Call 988.", "open 24 7 call 988"},
		{"1.5 hours", "1 5 hours"},
		{"end.Start", "end start"},
		{"Niño Łódź Straße", "nino lodz strasse"},
		{"日本 東京", "日本 東京"},
		{"हिन्दी", "हिनदी"},
		{"mail@example.org", "mail example org"},
		{"\xff\xfebroken\xff", "broken"},
		{"\xf3Īle", "ile"},
	} {
		if got := strings.Join(search.Words(c.in), " "); got != c.want {
			t.Errorf("Words(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzWords holds what every index relies on: a word is folded, is one word, and stays what it is.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"D.B.T", "O'Brien's", "a.b.c'd", "ŉ'n", "Ǆ.ﬀ.", "1.2.", "ʼʻ‘", "İ\u0307x", "\xf0'a", "각하", "\xf3Ī"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := search.Fold(s); search.Fold(once) != once {
			t.Errorf("Fold(%q) = %q, and folded again %q", s, once, search.Fold(once))
		}
		for _, w := range search.Words(s) {
			if again := search.Words(w); len(again) != 1 || again[0] != w {
				t.Errorf("Words(%q) holds %q, which is cut into %q", s, w, again)
			}
			if !utf8.ValidString(w) {
				t.Errorf("Words(%q) holds %q, which is not UTF-8", s, w)
			}
		}
	})
}

func TestListingText(t *testing.T) {
	l := &directory.Listing{
		Name: "N", Organization: "O", Description: "D", Audience: "A",
		Sites: []directory.Site{
			{Name: "S", Address: directory.Address{Street: "street", City: "C", Division: "MA", PostalCode: "02139", Country: "US"}},
			{Name: "secret", Address: directory.Address{City: "hidden"}, Confidential: true},
		},
		Claims: []directory.Claim{{Facet: directory.Modality, Code: "cbt", Value: directory.Yes}},
	}
	name, rest := search.ListingText(l)
	if want := []string{"O", "D", "A", "S", "C", "MA", "02139"}; name != "N" || !slices.Equal(rest, want) {
		t.Errorf("%q and %q, want N and %q", name, rest, want)
	}
}

func TestTermWords(t *testing.T) {
	terms := search.TermWords(vocabulary(t))
	for word, want := range map[string][]search.ClaimKey{
		"cbt":       {{directory.Modality, "cbt"}}, // code and synonym, once
		"tcc":       {{directory.Modality, "cbt"}},
		"cognitive": {{directory.Modality, "cbt"}},
		"therapy":   nil, // too general
		"veterans":  {{directory.Population, "veterans"}, {directory.Topic, "veterans"}},
		"youth":     {{directory.Age, "teen"}},
	} {
		if got := terms[word]; !slices.Equal(got, want) {
			t.Errorf("%q stands for %v, want %v", word, got, want)
		}
	}
}

func TestTypoBudget(t *testing.T) {
	for word, want := range map[string]int{"": 0, "cbt": 0, "niñ": 0, "hope": 1, "phoenix": 1, "日本東京": 1, "recovery": 2, "02139": 0, "123456789": 0, "4x4x": 1} {
		if got := search.TypoBudget(word); got != want {
			t.Errorf("TypoBudget(%q) = %d, want %d", word, got, want)
		}
	}
}

func TestWithinTypos(t *testing.T) {
	for _, c := range []struct {
		a, b string
		far  int
	}{
		{"", "", 0},
		{"phoenix", "phoenix", 0},
		{"phoenix", "pheonix", 1}, // neighbours swapped
		{"phoenix", "phonix", 1},
		{"phoenix", "phoeniix", 1},
		{"phoenix", "xhoenix", 1}, // the first letter may be wrong as any other
		{"niño", "nino", 1},       // letters, not bytes
		{"ca", "abc", 3},          // no letter is touched twice: not swapped, then parted
		{"recovery", "rceovrey", 2},
		{"recovery", "rcevoeyr", 3},
		{strings.Repeat("long", 20), strings.Repeat("long", 20) + "er", 2},
	} {
		for limit := range 5 {
			if got := search.WithinTypos(c.a, c.b, limit); got != (c.far <= limit) {
				t.Errorf("WithinTypos(%q, %q, %d) = %v, want a distance of %d", c.a, c.b, limit, got, c.far)
			}
		}
	}
}

// TestWithinTyposIsTheDistance compares with the definition, written as it is said.
func TestWithinTyposIsTheDistance(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abcé")), 0, 7, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		far := editsApart([]rune(a), []rune(b))
		for limit := range 4 {
			if got := search.WithinTypos(a, b, limit); got != (far <= limit) {
				t.Fatalf("WithinTypos(%q, %q, %d) = %v, the distance is %d", a, b, limit, got, far)
			}
		}
	})
}

func editsApart(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	x, y := a[1:], b[1:]
	if a[0] == b[0] {
		return editsApart(x, y)
	}
	far := 1 + min(editsApart(x, y), editsApart(x, b), editsApart(a, y))
	if len(x) > 0 && len(y) > 0 && a[0] == y[0] && x[0] == b[0] {
		far = min(far, 1+editsApart(x[1:], y[1:]))
	}
	return far
}

func BenchmarkWords(b *testing.B) {
	text := strings.Repeat("Talk therapy for adults with depression and anxiety, weekly, in person or by video. ", 3)
	for name, s := range map[string]string{"ascii": text, "accents": strings.ReplaceAll(text, "i", "í")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				search.Words(s)
			}
		})
	}
}

func BenchmarkWithinTypos(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		search.WithinTypos("psicodynamic", "psychodynamic", 2)
	}
}
