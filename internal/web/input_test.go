package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// TestBadQueries holds every kind of bad input to a clear 4xx that names each faulty field.
func TestBadQueries(t *testing.T) {
	many := strings.Repeat("cbt,", 50) + "dbt"
	tests := []struct {
		name, query string
		fields      string
		suggestion  string // of the first field
	}{
		{"NaN", "near=NaN,1", "near", ""},
		{"infinity", "near=1,Inf", "near", ""},
		{"hexadecimal", "near=0x1p3,1", "near", ""},
		{"latitude 91", "near=91,0", "near.lat", ""},
		{"longitude 181", "near=0,181", "near.lng", ""},
		{"half a point", "near=42", "near", ""},
		{"inverted box", "bbox=-71,43,-70,42", "bbox", ""},
		{"box of three", "bbox=1,2,3", "bbox", ""},
		{"box off the Earth", "bbox=-181,0,0,1", "bbox", ""},
		{"negative radius", "place=Boston&radius=-1", "radius", ""},
		{"radius of nothing", "place=Boston&radius=0", "radius", ""},
		{"radius in furlongs", "place=Boston&radius=3furlongs", "radius", ""},
		{"radius too wide", "place=Boston&radius=501km", "radius", ""},
		{"radius around nothing", "radius=10km", "radius", ""},
		{"two places", "place=Boston&near=1,2", "near", ""},
		{"three places", "place=Boston&near=1,2&bbox=1,2,3,4", "near bbox", ""},
		{"unknown facet value", "modality=cbd", "modality", "cbt"},
		{"unknown facet value by its label", "modality=IPT", "modality", "interpersonal"},
		{"unknown kind", "kind=terapist", "kind", "therapist"},
		{"unknown parameter", "modalty=cbt", "modalty", "modality"},
		{"parameter of a body", "area=%7B%7D", "area", ""},
		{"twice", "limit=1&limit=2", "limit", ""},
		{"place twice", "place=Boston&place=Denver", "place", ""},
		{"limit 0", "limit=0", "limit", ""},
		{"limit 101", "limit=101", "limit", ""},
		{"limit of words", "limit=abc", "limit", ""},
		{"limit huge", "limit=99999999999999999999", "limit", ""},
		{"limit with a plus", "limit=%2B5", "limit", ""},
		{"too many values", "modality=" + many, "modality", ""},
		{"NUL", "q=a%00b", "q", ""},
		{"NUL in a name", "q%00=a", "query", ""},
		{"broken UTF-8", "q=%ff%fe", "q", ""},
		{"broken escape", "q=%zz", "q", ""},
		{"long words", "q=" + strings.Repeat("a", 201), "q", ""},
		{"empty cursor", "cursor=", "cursor", ""},
		{"long cursor", "cursor=" + strings.Repeat("a", 1001), "cursor", ""},
		{"empty filter", "modality=", "modality", ""},
		{"neither true nor false", "free=yes", "free", "true"},
		{"days of words", "verified_within=soon", "verified_within", ""},
		{"country of three", "country=USA", "country", ""},
		{"no country", "country=XX", "country", ""},
		{"unknown order", "sort=distnace", "sort", "distance"},
		{"unknown count", "facets=modalities", "facets", "modality"},
		{"unknown language", "lang=tlh", "lang", "en"},
		{"everything at once", "near=NaN,1&limit=0&kind=x&foo=1&q=%00", "near limit kind foo q", ""},
	}
	s := server(t, &scripted{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := wrong(t, get(t, s, "/api/v1/listings?"+tt.query), http.StatusBadRequest)
			if p.fields() != tt.fields {
				t.Errorf("faulty fields %q, want %q: %+v", p.fields(), tt.fields, p.Errors)
			}
			if tt.suggestion != "" && !slices.Contains(p.Errors[0].Suggestions, tt.suggestion) {
				t.Errorf("suggestions %q lack %q", p.Errors[0].Suggestions, tt.suggestion)
			}
		})
	}
}

// TestBadBodies does the same for the question in a body.
func TestBadBodies(t *testing.T) {
	circle := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "[%f,%f],", -71+float64(i%100)/1000, 42+float64(i)/100000)
		}
		return `{"type":"Polygon","coordinates":[[` + b.String() + `[-71,42]]]}`
	}
	tests := []struct{ name, body, fields string }{
		{"nothing", ``, "body"},
		{"not JSON", `{"q":`, "body"},
		{"not an object", `[1]`, "body"},
		{"two objects", `{}{}`, "body"},
		{"broken UTF-8", "{\"q\":\"\xff\"}", "body"},
		{"unknown member", `{"modalty":["cbt"]}`, "modalty"},
		{"a member twice", `{"q":"a","q":"b"}`, "q"},
		{"a member in other letters", `{"Q":"a"}`, "Q"},
		{"null", `{"q":null}`, "q"},
		{"a list that is none", `{"modality":"cbt"}`, "modality"},
		{"an empty list", `{"modality":[]}`, "modality"},
		{"too many members", `{` + strings.Repeat(`"x":1,`, 200) + `"y":1}`, "body"},
		{"a null list", `{"modality":null}`, "modality"},
		{"a list of numbers", `{"modality":[1]}`, "modality"},
		{"a text for a number", `{"limit":"20"}`, "limit"},
		{"half a number", `{"limit":1.5}`, "limit"},
		{"a number for a text", `{"q":1}`, "q"},
		{"a text for a boolean", `{"free":"true"}`, "free"},
		{"NUL", `{"q":"\u0000"}`, "q"},
		{"a megabyte of words", `{"q":"` + strings.Repeat("a", 1_000_000) + `"}`, "q"},
		{"open ring", `{"area":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}}`, "area"},
		{"self-crossing ring", `{"area":{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}}`, "area"},
		{"10,000 positions", `{"area":` + circle(10_000) + `}`, "area"},
		{"an area off the Earth", `{"area":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,91],[0,0]]]}}`, "area"},
		{"a point for an area", `{"area":{"type":"Point","coordinates":[0,0]}}`, "area"},
		{"a text for an area", `{"area":"Boston"}`, "area"},
		{"an area and a place", `{"place":"Boston","area":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}`, "area"},
	}
	s := server(t, &scripted{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := wrong(t, post(t, s, "/api/v1/listings/search", tt.body), http.StatusBadRequest)
			if p.fields() != tt.fields {
				t.Errorf("faulty fields %q, want %q: %+v", p.fields(), tt.fields, p.Errors)
			}
		})
	}
}

func TestBodiesOfAnotherType(t *testing.T) {
	s := server(t, &scripted{})
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", ";;"} {
		wrong(t, ask(t, s, http.MethodPost, "/api/v1/listings/search", `{}`, "Content-Type", kind), http.StatusUnsupportedMediaType)
		wrong(t, ask(t, s, http.MethodPost, "/api/v1/feedback", `{}`, "Content-Type", kind), http.StatusUnsupportedMediaType)
	}
	wrong(t, ask(t, s, http.MethodPost, "/api/v1/listings/search", `{}`, "Content-Type", "application/json", "Content-Encoding", "gzip"), http.StatusUnsupportedMediaType)
	if p := wrong(t, post(t, s, "/api/v1/listings/search?q=cbt", `{}`), http.StatusBadRequest); p.fields() != "q" {
		t.Errorf("a query beside the body is faulty in %q", p.fields())
	}
}

// TestQuestionsArrive sends one question in every form and wants the searcher to be asked the same.
func TestQuestionsArrive(t *testing.T) {
	want := search.Query{
		Text: "brain stimulation", Place: "Cambridge, MA", Radius: 40000, Kinds: []directory.Kind{directory.Center, directory.Therapist},
		Claims:    map[directory.Facet][]string{directory.Treatment: {"tms", "ect"}, directory.Language: {"es"}},
		Accepting: []directory.AcceptingStatus{directory.AcceptingYes, directory.AcceptingWaitlist},
		Free:      true, SlidingScale: true, OpenNow: true, VerifiedWithin: 90, Country: "US", Sort: search.ByDistance, Limit: 50, Cursor: "abc",
		Facets: []search.FacetName{"modality", search.FacetFees}, At: now,
	}
	s := &scripted{}
	w := server(t, s)
	body := `{"q":"brain stimulation","place":"Cambridge, MA","radius":"40km","kind":["center","therapist"],"treatment":["tms","ect"],"language":["es"],"accepting":["true","waitlist"],` +
		`"free":true,"sliding_scale":true,"open_now":true,"verified_within":90,"country":"us","sort":"distance","limit":50,"cursor":"abc","facets":["modality","fees"],"lang":"es-MX"}`
	rest := "&q=brain+stimulation&place=Cambridge,%20MA&radius=40km&language=es&free=true&sliding_scale=true&open_now=true&verified_within=90&country=us&sort=distance&limit=50&cursor=abc&lang=es"
	for name, send := range map[string]func() reply{
		"repeated": func() reply {
			return get(t, w, "/api/v1/listings?kind=center&kind=therapist&treatment=tms&treatment=ect&accepting=true&accepting=waitlist&facets=modality&facets=fees"+rest)
		},
		"commas": func() reply {
			return get(t, w, "/api/v1/listings?kind=center,therapist&treatment=tms,%20ect,tms&accepting=yes%2Cwaitlist&facets=modality,fees&"+rest)
		},
		"body": func() reply { return post(t, w, "/api/v1/listings/search", body) },
	} {
		t.Run(name, func(t *testing.T) {
			if r := send(); r.status != http.StatusOK {
				t.Fatalf("status %d: %s", r.status, r.body)
			}
			if diff := cmp.Diff(want, s.question(t), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("question (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlacesArrive(t *testing.T) {
	s := &scripted{}
	w := server(t, s)
	get(t, w, "/api/v1/listings?near=42.37,-71.11")
	if q := s.question(t); q.Near == nil || *q.Near != geo.LatLng(42.37, -71.11) {
		t.Errorf("near arrived as %v", q.Near)
	}
	get(t, w, "/api/v1/listings?bbox=170,-10,-170,10")
	if q := s.question(t); q.Box == nil || *q.Box != (geo.Box{West: 170, South: -10, East: -170, North: 10}) {
		t.Errorf("bbox arrived as %v", q.Box)
	}
	post(t, w, "/api/v1/listings/search", `{"area":{"type":"Polygon","coordinates":[[[-72,42],[-70,42],[-70,43],[-72,42]]]}}`)
	if q := s.question(t); q.Area == nil || !q.Area.Contains(geo.LatLng(42.3, -71)) {
		t.Errorf("area arrived as %v", q.Area)
	}
	get(t, w, "/api/v1/listings?facets=all&q=")
	if q := s.question(t); !cmp.Equal(q.Facets, search.FacetNames()) || q.Text != "" {
		t.Errorf("all facets arrived as %v", q.Facets)
	}
}

// TestQuestionsAreKept reads questions back after later requests have used the server's buffers again.
func TestQuestionsAreKept(t *testing.T) {
	s := &scripted{}
	w := server(t, s)
	for _, x := range []string{"aaaaaaaa", "bbbbbbbb", "cccccccc"} {
		get(t, w, "/api/v1/listings?q="+x)
	}
	for i, want := range []string{"aaaaaaaa", "bbbbbbbb", "cccccccc"} {
		if got := s.asked[i].Text; got != want {
			t.Errorf("question %d reads %q, was %q", i, got, want)
		}
	}
}

func TestHelplineQuestions(t *testing.T) {
	var asked search.HelplineQuery
	s := &scripted{helplines: func(q search.HelplineQuery) (*search.HelplineResult, error) {
		asked = q
		return &search.HelplineResult{Country: q.Country, At: q.At}, nil
	}}
	w := server(t, s)
	get(t, w, "/api/v1/helplines?region=GB-NIR&topic=suicide&audience=veterans,adolescents&language=en&channel=text&open_now=true&at=2026-11-24T03:00:00Z")
	want := search.HelplineQuery{Country: "GB", Region: "GB-NIR", Topic: []string{"suicide"}, Audience: []string{"veterans", "adolescents"}, Language: []string{"en"}, Medium: []directory.Medium{directory.Text}, OpenNow: true, At: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("question (-want +got):\n%s", diff)
	}
	if get(t, w, "/api/v1/helplines?country=UK"); asked.Country != "GB" {
		t.Errorf("UK was asked for as %q", asked.Country)
	}
	for query, fields := range map[string]string{
		"": "country", "country=USA": "country", "region=GBNIR": "region", "country=US&region=GB-NIR": "region", "country=US&at=now": "at", "country=US&at=1066-10-14T00:00:00Z": "at",
		"country=US&at=2026-11-24T03:00:00%2B24:00": "at", "country=US&at=2026-11-24T03:00:00-23:60": "at",
		"country=US&topic=suicde": "topic", "country=US&channel=phone": "channel", "country=US&x=1": "x", "country=US&audience=suicide": "audience",
	} {
		if p := wrong(t, get(t, w, "/api/v1/helplines?"+query), http.StatusBadRequest); p.fields() != fields {
			t.Errorf("%s: faulty fields %q, want %q", query, p.fields(), fields)
		}
	}
}

func TestOtherBadQuestions(t *testing.T) {
	s := server(t, &scripted{})
	for target, fields := range map[string]string{
		"/api/v1/map":                                       "bbox zoom",
		"/api/v1/map?bbox=-71,42,-70,43&zoom=21":            "zoom",
		"/api/v1/map?bbox=-71,42,-70,43&zoom=9&place=x":     "place",
		"/api/v1/places":                                    "q",
		"/api/v1/places?q=":                                 "q",
		"/api/v1/places?q=b&limit=21":                       "limit",
		"/api/v1/vocabulary?lang=xx":                        "lang",
		"/api/v1/emergency/ZZZ":                             "country",
		"/api/v1/emergency/US?x=1":                          "x",
		"/api/v1/listings/not-an-id":                        "id",
		"/api/v1/openapi.json?x=1":                          "x",
		"/api/v1/listings/" + lifeline().ID.String() + "?x": "x",
	} {
		if p := wrong(t, get(t, s, target), http.StatusBadRequest); p.fields() != fields {
			t.Errorf("%s: faulty fields %q, want %q", target, p.fields(), fields)
		}
	}
}

// FuzzQuery holds that no query makes more of the server than an answer or a 400 that names what is wrong.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "q=cbt", "near=1,2&radius=3mi", "bbox=1,2,3,4", "kind=a,b,,c&kind", "q=%zz&&=&%00", "limit=1&limit=2", "at=1", "country=us&verified_within=-1"} {
		f.Add(seed)
	}
	s := server(f, &scripted{})
	f.Fuzz(func(t *testing.T, raw string) {
		u := url.URL{Path: "/api/v1/listings", RawQuery: raw}
		if _, err := url.Parse(u.String()); err != nil || strings.ContainsAny(raw, "# \x7f") || strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' }) || len(raw) > 8000 {
			t.Skip("can't be sent")
		}
		r := get(t, s, u.String())
		if r.status == http.StatusOK {
			return
		}
		if p := wrong(t, r, http.StatusBadRequest); len(p.Errors) == 0 {
			t.Errorf("no field is named: %s", r.body)
		}
	})
}

// TestFaultsOfTheSearcher holds each kind of failure to its status, and an unforeseen one to silence.
func TestFaultsOfTheSearcher(t *testing.T) {
	tests := []struct {
		err    error
		status int
	}{
		{&fault.Error{Kind: fault.Invalid, Message: "no", Fields: []fault.Field{{Name: "cursor", Message: "is not one of ours"}}}, 400},
		{&fault.Error{Kind: fault.Unresolvable, Message: "no such place", Fields: []fault.Field{{Name: "place", Message: "Pheonix is not known", Suggestions: []string{"Phoenix, AZ"}}}}, 422},
		{fault.New(fault.NotFound, "x"), 404},
		{fault.New(fault.Gone, "closed in May"), 410},
		{fault.New(fault.Conflict, "x"), 409},
		{fault.New(fault.Unauthenticated, "x"), 401},
		{fault.New(fault.Forbidden, "x"), 403},
		{fault.New(fault.TooMany, "x"), 429},
		{fault.New(fault.Unavailable, "x"), 503},
		{fmt.Errorf("wrapped: %w", fault.New(fault.Unavailable, "x")), 503},
		{fault.New(fault.Canceled, "x"), 503},
		{fault.New(fault.Internal, "secret"), 500},
		{fmt.Errorf("secret"), 500},
	}
	var failure error
	w := server(t, &scripted{search: func(search.Query) (*search.Result, error) { return nil, failure }})
	for _, tt := range tests {
		failure = tt.err
		r := get(t, w, "/api/v1/listings?q=x")
		p := wrong(t, r, tt.status)
		if strings.Contains(string(r.body), "secret") {
			t.Errorf("%v: the text of an internal error got out: %s", tt.err, r.body)
		}
		if tt.status == 422 && !slices.Contains(p.Errors[0].Suggestions, "Phoenix, AZ") {
			t.Errorf("no suggestion: %s", r.body)
		}
		if tt.status == 503 && r.header.Get("Retry-After") == "" {
			t.Errorf("%v: no Retry-After", tt.err)
		}
	}
}
