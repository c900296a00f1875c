package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// TestListingsAsGeoJSON asks for the two forms of an answer by their media types.
func TestListingsAsGeoJSON(t *testing.T) {
	s := server(t, &scripted{search: func(search.Query) (*search.Result, error) { return fullResult(2), nil }})
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/json": "application/json", "application/xml": "application/json", "text/html": "application/json",
		"application/geo+json": "application/geo+json", "application/geo+json, application/json;q=0.5": "application/geo+json", "application/geo+json;q=0.1, application/json": "application/json",
	} {
		r := get(t, s, "/api/v1/listings?place=Boston", "Accept", accept)
		if kind := r.header.Get("Content-Type"); kind != want || r.header.Get("Vary") != "Accept, Accept-Encoding" {
			t.Errorf("Accept %q gives %s, Vary %q", accept, kind, r.header.Get("Vary"))
		}
	}
	var a struct {
		Type     string
		Features []struct {
			ID       string
			Geometry *struct {
				Type        string
				Coordinates [2]float64
			}
			Properties struct{ ID, Name string }
		}
		Total int
	}
	r := ask(t, s, http.MethodPost, "/api/v1/listings/search", `{"place":"Boston"}`, "Content-Type", "application/json; charset=utf-8", "Accept", "application/geo+json")
	if err := json.Unmarshal(r.body, &a); err != nil {
		t.Fatal(err)
	}
	if a.Type != "FeatureCollection" || len(a.Features) != 3 || a.Total != 137 || a.Features[0].Geometry.Coordinates != [2]float64{-71.0707, 42.3375} || a.Features[2].Geometry != nil || a.Features[1].ID != a.Features[1].Properties.ID {
		t.Errorf("features read %s", r.body)
	}
	if r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("an answer to a private question may be kept: %s", r.header.Get("Cache-Control"))
	}
}

// TestLabels asks for labels in Spanish, in a card that was kept for an English answer.
func TestLabels(t *testing.T) {
	s := server(t, &scripted{search: func(search.Query) (*search.Result, error) { return fullResult(1), nil }})
	for query, want := range map[string]string{"": "Cognitive behavioral therapy", "?lang=es": "Terapia cognitivo-conductual", "?lang=es-419": "Centro de tratamiento", "?lang=en-US": "Sliding scale"} {
		listings, vocabulary := string(get(t, s, "/api/v1/listings"+query).body), string(get(t, s, "/api/v1/vocabulary"+query).body)
		if !strings.Contains(vocabulary, want) || !strings.Contains(listings, want) && want != "Sliding scale" {
			t.Errorf("lang %q lacks %q", query, want)
		}
	}
}

func TestVocabulary(t *testing.T) {
	var a struct {
		Lang   string
		Facets []struct {
			Facet string
			Terms []struct {
				Code, Label string
				Synonyms    []string
			}
		}
	}
	if err := json.Unmarshal(get(t, server(t, &scripted{}), "/api/v1/vocabulary?lang=es").body, &a); err != nil {
		t.Fatal(err)
	}
	if a.Lang != "es" || len(a.Facets) != len(search.FacetNames()) {
		t.Fatalf("%d facets in %s", len(a.Facets), a.Lang)
	}
	for _, f := range a.Facets {
		if f.Facet == "kind" && len(f.Terms) != len(directory.Kinds()) || f.Facet == "modality" && (len(f.Terms) != 3 || f.Terms[2].Synonyms[0] != "IPT") {
			t.Errorf("facet %+v", f)
		}
		for _, term := range f.Terms {
			if term.Code == "" || term.Label == "" {
				t.Errorf("%s: %+v", f.Facet, term)
			}
		}
	}
}

// TestHelplinesOnTheAskersClock gives times in the offset of the question.
func TestHelplinesOnTheAskersClock(t *testing.T) {
	s := server(t, &scripted{helplines: func(q search.HelplineQuery) (*search.HelplineResult, error) {
		return &search.HelplineResult{Country: "GB", Region: "GB-NIR", At: q.At, Lines: []search.Line{
			{Listing: lifeline(), Open: directory.Open}, {Listing: clinic(1), Open: directory.Closed, Change: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)},
		}}, nil
	}})
	var a struct {
		At    string
		Lines []struct {
			Name, Open string
			ChangesAt  string `json:"changes_at"`
			Channels   []struct{ URI string }
		}
		Emergency struct{ Number, Name string }
	}
	r := get(t, s, "/api/v1/helplines?country=gb&at=2026-11-24T08:30:00%2B05:30")
	if err := json.Unmarshal(r.body, &a); err != nil {
		t.Fatal(err)
	}
	if a.At != "2026-11-24T08:30:00+05:30" || a.Lines[0].Open != "open" || a.Lines[0].ChangesAt != "" || a.Lines[0].Channels[0].URI != "tel:988" || a.Lines[1].ChangesAt != "2026-11-24T14:30:00+05:30" || a.Emergency.Number != "999" {
		t.Errorf("helplines read %s", r.body)
	}
}

func TestEmergencyNumbers(t *testing.T) {
	s := server(t, &scripted{})
	for _, code := range []string{"GB", "gb", "%47B"} {
		if r := get(t, s, "/api/v1/emergency/"+code); r.status != http.StatusOK || !strings.Contains(string(r.body), `"number":"999"`) {
			t.Errorf("%s: %d %s", code, r.status, r.body)
		}
	}
	if p := wrong(t, get(t, s, "/api/v1/emergency/FR"), http.StatusNotFound); !strings.Contains(p.Detail, "112") {
		t.Errorf("an unknown country's problem reads %q", p.Detail)
	}
}

// TestMapLeavesOutTheWithdrawn gives names from the truth, not from the index.
func TestMapLeavesOutTheWithdrawn(t *testing.T) {
	var zoom int
	s := server(t, &scripted{clusters: func(q search.Query, z int) ([]search.Cluster, error) {
		zoom = z
		return []search.Cluster{
			{Sites: 12, Center: geo.LatLng(42.123456789, -71)}, {Sites: 1, Center: geo.LatLng(42, -71), ID: directory.NewID(now)}, {Sites: 1, Center: geo.LatLng(43, -71), ID: lifeline().ID},
		}, nil
	}})
	r := get(t, s, "/api/v1/map?bbox=-72,42,-70,44&zoom=7&kind=helpline")
	want := `{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-71,42.123457]},"properties":{"count":12}},` +
		`{"type":"Feature","geometry":{"type":"Point","coordinates":[-71,43]},"properties":{"count":1,"listing":"` + lifeline().ID.String() + `","name":"988 Suicide \u0026 Crisis Lifeline"}}]}`
	if string(r.body) != want || zoom != 7 {
		t.Errorf("zoom %d: %s\nwant %s", zoom, r.body, want)
	}
}

// TestDocs wants the page to show every operation without any script or style of its own.
func TestDocs(t *testing.T) {
	page := string(get(t, server(t, &scripted{}), "/api/docs").body)
	for _, want := range []string{"/api/v1/listings/search", "verified_within", `id="unresolvable"`, "OpenAPI 3.1", `href="tel:988"`, `href="tel:911"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, not := range []string{"<script", "<style", "style=", "https://"} {
		if strings.Contains(page, not) {
			t.Errorf("the page holds %s", not)
		}
	}
}
