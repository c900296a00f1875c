package search_test

import (
	"strings"
	"testing"

	"carefinder/internal/search"
	"carefinder/seed"
)

// BenchmarkRead is what reading a text costs.
func BenchmarkRead(b *testing.B) {
	r := realReader(b)
	for _, bm := range []struct{ name, text string }{
		{"one word", "ect"},
		{"filters and a ZIP", "cbt therapist near 02139 takes aetna spanish"},
		{"a sentence", "second opinion for depression that meds don't fix boston"},
		{"unknown words", "zebra giraffe elephants hippopotamus crocodile ostriches wildebeest flamingoes"},
		{"as long as can be", strings.Repeat("xylophne ", 22)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Read(search.Query{Text: bm.text})
			}
		})
	}
}

// BenchmarkInCrisis is what looking for danger costs.
func BenchmarkInCrisis(b *testing.B) {
	for _, text := range []string{"cbt therapist near 02139 takes aetna spanish", "suicide loss group", strings.Repeat("xylophne ", 22)} {
		b.Run(text[:8], func(b *testing.B) {
			for b.Loop() {
				search.InCrisis(text)
			}
		})
	}
}

// BenchmarkNewReader is what the tables cost when a server starts.
func BenchmarkNewReader(b *testing.B) {
	v, err := seed.Vocabulary()
	if err != nil {
		b.Fatal(err)
	}
	g, err := seed.Gazetteer()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		search.NewReader(v, g)
	}
}
