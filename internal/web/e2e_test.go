package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/store"
	"carefinder/internal/web"
	"carefinder/seed"
)

// night is three in the morning in London.
var night = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

// wholeServer serves the real seed from SQLite through the embedded engine.
func wholeServer(t *testing.T) (*web.Server, *store.Store) {
	t.Helper()
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	vocabulary, err := seed.Vocabulary()
	must(t, err)
	emergency, err := seed.Emergency()
	must(t, err)
	gazetteer, err := seed.Gazetteer()
	must(t, err)
	topics, err := seed.Guide()
	must(t, err)
	truth, err := store.Open(ctx, filepath.Join(t.TempDir(), "carefinder.db"), store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, truth.Close()) })
	_, err = seed.Load(ctx, truth, night)
	must(t, err)
	engine := embedded.New(vocabulary)
	t.Cleanup(engine.Close)
	shelf := search.NewShelf(truth, 1000)
	truth.OnChange(func(ids []directory.ID) { shelf.Forget(ids...) })
	must(t, search.NewIndexer(engine, truth, log).Build(ctx))
	now := func() time.Time { return night }
	s, err := web.New(web.Config{
		Searcher: search.NewSearcher(search.Config{Engine: engine, EngineName: "embedded", Listings: shelf, Truth: truth, Gazetteer: gazetteer, Vocabulary: vocabulary, Now: now}),
		Listings: shelf, Feedback: truth, Gazetteer: gazetteer, Vocabulary: vocabulary, Emergency: emergency, Guide: topics, Log: log, Now: now,
		Health: func(context.Context) web.Health { return web.Health{Engine: "embedded", Indexed: true} },
	})
	must(t, err)
	return s, truth
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// found is the part of an answer these tests read.
type found struct {
	Total       int
	Hits        []foundHit
	RemoteTotal int `json:"remote_total"`
	Remote      []foundHit
	Facets      map[string][]struct {
		Value string
		Count int
	}
	Place       struct{ Label string }
	Next        string
	Relaxations []struct{ Change string }
	Helplines   []foundHit
}

type foundHit struct {
	ID, Kind, Name string
	DistanceM      float64 `json:"distance_m"`
	Site           struct{ Address struct{ City string } }
	Matched        []struct{ Facet, Code string }
	Why            []struct{ Kind, Value string }
	VerifiedAt     time.Time `json:"verified_at"`
}

func lookFor(t *testing.T, s *web.Server, query string) found {
	t.Helper()
	r := get(t, s, "/api/v1/listings?"+query)
	if r.status != http.StatusOK {
		t.Fatalf("%s: status %d: %s", query, r.status, r.body)
	}
	var f found
	must(t, json.Unmarshal(r.body, &f))
	if !slices.IsSortedFunc(f.Hits, func(a, b foundHit) int { return int(a.DistanceM - b.DistanceM) }) {
		t.Errorf("%s: not nearest first", query)
	}
	return f
}

// TestSeedIsFound asks of the real seed what a person would.
func TestSeedIsFound(t *testing.T) {
	s, truth := wholeServer(t)
	for query, claim := range map[string]string{
		"place=Boston&treatment=ect&radius=100mi":                    "treatment ect",
		"place=Boston&modality=cbt&radius=50mi":                      "modality cbt",
		"place=New%20York&modality=psychodynamic":                    "modality psychodynamic",
		"near=42.36,-71.06&treatment=ect&radius=160km&sort=distance": "treatment ect",
	} {
		f := lookFor(t, s, query)
		if f.Total == 0 || len(f.Hits) == 0 {
			t.Errorf("%s finds nothing", query)
		}
		for _, h := range f.Hits {
			if len(h.Matched) != 1 || h.Matched[0].Facet+" "+h.Matched[0].Code != claim {
				t.Errorf("%s: %s matched %+v", query, h.Name, h.Matched)
			}
		}
	}
	if f := lookFor(t, s, "place=02139&kind=helpline"); len(f.Remote) == 0 || !strings.HasPrefix(f.Remote[0].Name, "988") {
		t.Errorf("02139 is served by %+v", f.Remote)
	}
	t.Run("pages", func(t *testing.T) { turnPages(t, s) })
	t.Run("withdrawn", func(t *testing.T) { withdraw(t, s, truth) })
	t.Run("nowhere", func(t *testing.T) { findNothing(t, s) })
	t.Run("helplines", func(t *testing.T) { callAtNight(t, s) })
	t.Run("places", func(t *testing.T) { resolvePlaces(t, s) })
	t.Run("map", func(t *testing.T) { drawMap(t, s) })
	t.Run("listing", func(t *testing.T) { readEach(t, s) })
}

// turnPages reads a long answer page by page and wants every listing once.
func turnPages(t *testing.T, s *web.Server) {
	const query = "place=Boston&radius=500km&limit=3&facets=kind"
	seen := map[string]bool{}
	f := lookFor(t, s, query)
	total := f.Total
	counted := 0
	for _, c := range f.Facets["kind"] {
		counted += c.Count
	}
	if counted != f.Total+f.RemoteTotal {
		t.Errorf("facets count %d of %d and %d remote", counted, f.Total, f.RemoteTotal)
	}
	for {
		for _, h := range f.Hits {
			if seen[h.ID] {
				t.Errorf("%s comes twice", h.Name)
			}
			seen[h.ID] = true
		}
		if f.Next == "" {
			break
		}
		f = lookFor(t, s, query+"&cursor="+f.Next)
	}
	if len(seen) != total {
		t.Errorf("%d of %d listings came", len(seen), total)
	}
	wrong(t, get(t, s, "/api/v1/listings?cursor=made-up"), http.StatusBadRequest)
}

// withdraw archives a listing behind the index's back: nobody may be shown it from then on.
func withdraw(t *testing.T, s *web.Server, truth *store.Store) {
	const query = "place=Boston&treatment=ect&radius=100mi"
	first := lookFor(t, s, query).Hits[0]
	id, err := directory.ParseID(first.ID)
	must(t, err)
	l, err := truth.Listing(t.Context(), id)
	must(t, err)
	l = l.Clone()
	l.Status, l.ArchivedReason = directory.Archived, "Closed in May 2026."
	must(t, truth.Save(t.Context(), l, l.Revision, directory.Editor{Name: "test"}))
	for _, h := range lookFor(t, s, query).Hits {
		if h.ID == first.ID {
			t.Errorf("%s is shown though it was withdrawn", h.Name)
		}
	}
	if p := wrong(t, get(t, s, "/api/v1/listings/"+first.ID), http.StatusGone); !strings.Contains(p.Detail, "Closed in May 2026.") {
		t.Errorf("the reason reads %q", p.Detail)
	}
}

func findNothing(t *testing.T, s *web.Server) {
	f := lookFor(t, s, "near=64.1,-21.9&radius=1km&treatment=ect&country=US")
	if f.Total != 0 || len(f.Helplines) == 0 {
		t.Errorf("nothing found comes with %d helplines", len(f.Helplines))
	}
}

func callAtNight(t *testing.T, s *web.Server) {
	r := get(t, s, "/api/v1/helplines?country=GB&at=2026-11-24T03:00:00%2B01:00")
	var a struct {
		Lines []struct {
			Name, Open string
			ChangesAt  string `json:"changes_at"`
		}
		Emergency struct{ Number string }
	}
	must(t, json.Unmarshal(r.body, &a))
	open := 0
	for _, l := range a.Lines {
		if l.Open == "open" {
			open++
		}
		if l.ChangesAt != "" && !strings.HasSuffix(l.ChangesAt, "+01:00") {
			t.Errorf("%s changes at %s, not on the asker's clock", l.Name, l.ChangesAt)
		}
	}
	if open == 0 || a.Emergency.Number != "999" {
		t.Errorf("at night %d of %d lines are open; emergency %q", open, len(a.Lines), a.Emergency.Number)
	}
}

func resolvePlaces(t *testing.T, s *web.Server) {
	if p := wrong(t, get(t, s, "/api/v1/listings?place=Pheonix"), http.StatusUnprocessableEntity); p.fields() != "place" || len(p.Errors[0].Suggestions) == 0 || !strings.Contains(p.Errors[0].Suggestions[0], "Phoenix") {
		t.Errorf("Pheonix: %+v", p.Errors)
	}
	if r := get(t, s, "/api/v1/places?q=cambr&limit=3"); !strings.Contains(string(r.body), "Cambridge, MA") {
		t.Errorf("cambr: %s", r.body)
	}
	if r := get(t, s, "/api/v1/listings?place=Springfield"); !strings.Contains(string(r.body), `"candidates":[{"label":"Springfield`) {
		t.Errorf("Springfield has no candidates: %.400s", r.body)
	}
}

func drawMap(t *testing.T, s *web.Server) {
	var a struct {
		Features []struct {
			Properties struct {
				Count         int
				Listing, Name string
			}
		}
	}
	sites := func(zoom int) (n, single int) {
		r := get(t, s, fmt.Sprintf("/api/v1/map?bbox=-72,42,-70,43&zoom=%d", zoom))
		if kind := r.header.Get("Content-Type"); kind != "application/geo+json" {
			t.Errorf("content type %s", kind)
		}
		a.Features = nil
		must(t, json.Unmarshal(r.body, &a))
		for _, f := range a.Features {
			if n += f.Properties.Count; f.Properties.Count == 1 {
				single++
				if f.Properties.Name == "" || f.Properties.Listing == "" {
					t.Errorf("a single site without its listing: %+v", f.Properties)
				}
			}
		}
		return n, single
	}
	if p := wrong(t, get(t, s, "/api/v1/map?bbox=-180,-85,180,85&zoom=18"), http.StatusBadRequest); p.fields() != "zoom" {
		t.Errorf("the world at zoom 18: faulty fields %q", p.fields())
	}
	far, _ := sites(5)
	near, single := sites(12)
	if far == 0 || far < near || single == 0 {
		t.Errorf("%d sites from afar, %d from near, %d of them single", far, near, single)
	}
}

// readEach reads every listing near Boston and its Spanish form.
func readEach(t *testing.T, s *web.Server) {
	for _, h := range lookFor(t, s, "place=Boston&radius=500km&limit=100").Hits {
		for _, lang := range []string{"en", "es"} {
			r := get(t, s, "/api/v1/listings/"+h.ID+"?lang="+lang)
			var l struct {
				Name    string
				Sources []struct{ URL string }
			}
			must(t, json.Unmarshal(r.body, &l))
			if r.status != http.StatusOK || l.Name != h.Name || len(l.Sources) == 0 {
				t.Errorf("%s: status %d, %q, %d sources", h.ID, r.status, l.Name, len(l.Sources))
			}
		}
	}
}
