package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
)

// reads reports whether a server reads a text as a term, and finds something by it.
func reads(t *testing.T, base, text, facet, code string) bool {
	t.Helper()
	var a struct {
		Total       int `json:"total"`
		RemoteTotal int `json:"remote_total"`
		Understood  []struct{ Facet, Value string }
	}
	if status, body := get(t, base+"/api/v1/listings?limit=1&q="+url.QueryEscape(text), &a); status != http.StatusOK {
		t.Fatalf("%s: %d %s", text, status, body)
	}
	known := slices.ContainsFunc(a.Understood, func(x struct{ Facet, Value string }) bool { return x.Facet == facet && x.Value == code })
	return known && a.Total+a.RemoteTotal > 0
}

// TestWordsAreUsedAtOnce changes the vocabulary at the desk of one of two servers on a database: the next search there goes
// by it, the other follows, and so does one that starts later, whether or not whoever saved lived to use it.
func TestWordsAreUsedAtOnce(t *testing.T) {
	eachSearch(t, func(t *testing.T, flags []string, dsn string) {
		d, err := beginning{}.begin(t.Context(), &settings{Database: dsn}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		c := serveCmd{searching: searching{Search: flags[1]}}
		if flags[1] == meilisearch {
			c.MeilisearchURL, c.MeilisearchKey = flags[3], os.Getenv("CAREFINDER_TEST_MEILI_KEY")
		}
		r, err := d.assemble(t.Context(), c, slog.New(slog.DiscardHandler), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.engines.Close()
		ready := make(chan struct{})
		own, stop := listen(t, func(ctx context.Context, ln net.Listener) error {
			return r.serve(ctx, ln, func() error { close(ready); return nil })
		})
		defer stop()
		<-ready
		other, _, _ := process(t, append(flags, "--database", dsn)...)
		both := []string{own, other}
		if flags[1] == meilisearch {
			for _, base := range both {
				eventually(t, "Meilisearch answers", func() bool {
					_, body := get(t, base+"/api/v1/listings?limit=1", nil)
					return strings.Contains(body, `"engine":"meilisearch"`)
				})
			}
		}

		places, err := places()
		if err != nil {
			t.Fatal(err)
		}
		vocabulary := desk.NewVocabulary(desk.VocabularyConfig{Base: d.vocabulary, Kept: d.Store, Audit: d.Store, Places: places, Use: d.words.refresh})
		ada := desk.Actor{ID: "1", Name: "Ada"}
		save := func(v *desk.Vocabulary, synonym string) {
			t.Helper()
			now, _, _, err := v.Term(t.Context(), directory.Modality, "cbt")
			if err != nil {
				t.Fatal(err)
			}
			want := *now.Term
			want.Synonyms = append(slices.Clone(want.Synonyms), synonym)
			if err := v.Save(t.Context(), ada, &want, now.Revision.No, "a test"); err != nil {
				t.Fatal(err)
			}
		}
		if reads(t, own, "zorblatt", "modality", "cbt") || reads(t, other, "zorblatt", "modality", "cbt") {
			t.Fatal("the word is known before")
		}
		save(vocabulary, "zorblatt")
		if !reads(t, own, "zorblatt", "modality", "cbt") {
			t.Error("the next search doesn't know the word")
		}
		eventually(t, "the other server knows the word", func() bool { return reads(t, other, "zorblatt", "modality", "cbt") })

		// A new term, which the other server may meet in a listing before it looks for new terms.
		ifs := &directory.Term{Facet: directory.Modality, Code: "ifs", Labels: map[string]string{"en": "Internal family systems", "es": "Sistemas de la familia interna"}}
		if err := vocabulary.Add(t.Context(), ada, ifs, "a test"); err != nil {
			t.Fatal(err)
		}
		var l *directory.Listing
		if err := d.Each(t.Context(), func(x *directory.Listing) error {
			if x.Kind == directory.Center && x.Status == directory.Published {
				l = x.Clone()
			}
			return nil
		}); err != nil || l == nil {
			t.Fatal("no listing to claim it", err)
		}
		l.Claims = append(l.Claims, directory.Claim{Facet: directory.Modality, Code: "ifs", Value: directory.Yes, Source: "https://example.org", By: "Ada", At: l.UpdatedAt})
		if err := d.desk().Save(t.Context(), l, l.Revision, directory.Editor{Name: "Ada"}); err != nil {
			t.Fatal(err)
		}
		for _, base := range both {
			eventually(t, "what claims the new term is found and counted", func() bool {
				status, body := get(t, base+"/api/v1/listings?modality=ifs&facets=modality", nil)
				return status == http.StatusOK && strings.Contains(body, l.ID.String()) && strings.Contains(body, `{"value":"ifs","label":"Internal family systems","count":1}`)
			})
			eventually(t, "what claims it is found by its name", func() bool { return reads(t, base, "internal family systems", "modality", "ifs") })
		}

		// Saved, and never used by who saved it: as when its process dies in between.
		vocabulary.Use = nil
		save(vocabulary, "grumblefix")
		for _, base := range both {
			eventually(t, "what was only saved is known", func() bool { return reads(t, base, "grumblefix", "modality", "cbt") })
		}
		third, _, _ := process(t, append(flags, "--database", dsn)...)
		if !reads(t, third, "zorblatt", "modality", "cbt") || !reads(t, third, "grumblefix", "modality", "cbt") || !reads(t, third, "internal family systems", "modality", "ifs") {
			t.Error("a server that starts later doesn't know the words")
		}
	})
}
