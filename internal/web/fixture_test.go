package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

// now is the moment of every test.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const vocabularyTable = `facet,code,label_en,label_es,synonyms
modality,cbt,Cognitive behavioral therapy,Terapia cognitivo-conductual,cognitive behavioural
modality,dbt,Dialectical behavior therapy,Terapia dialéctica conductual,
modality,interpersonal,Interpersonal therapy,Terapia interpersonal,IPT
treatment,tms,"Transcranial ""magnetic"" stimulation",Estimulación magnética transcraneal,
treatment,ect,Electroconvulsive therapy,Terapia electroconvulsiva,
condition,depression,Depression,Depresión,
format,group,Group,Grupo,
delivery,video,Video,Video,
insurance,medicare,Medicare,Medicare,
language,en,English,Inglés,
language,es,Spanish,Español,castellano
age,adolescents,Adolescents,Adolescentes,
population,veterans,Veterans,Veteranos,
accessibility,wheelchair,Wheelchair access,Acceso en silla de ruedas,
topic,suicide,Suicide,Suicidio,
`

const emergencyTable = `country,name,general,police,ambulance,fire,source_url,confirmed,notes
US,United States,911,,,,https://example.org/us,2,
GB,United Kingdom,999,,,,https://example.org/gb,2,112 works too
`

// scripted is a Searcher that answers what a test tells it to. A nil part answers nothing found.
type scripted struct {
	search    func(search.Query) (*search.Result, error)
	clusters  func(search.Query, int) ([]search.Cluster, error)
	helplines func(search.HelplineQuery) (*search.HelplineResult, error)
	listing   func(directory.ID) (*directory.Listing, error)

	mu       sync.Mutex
	asked    []search.Query
	received []directory.Feedback
}

func (s *scripted) Search(ctx context.Context, q search.Query) (*search.Result, error) {
	s.mu.Lock()
	s.asked = append(s.asked, q)
	s.mu.Unlock()
	if s.search == nil {
		return &search.Result{Sort: search.ByRelevance, Engine: "embedded"}, nil
	}
	return s.search(q)
}

func (*scripted) All(context.Context, search.Query, int) ([]directory.ID, error) { return nil, nil }

func (s *scripted) Clusters(_ context.Context, q search.Query, zoom int) ([]search.Cluster, error) {
	if s.clusters == nil {
		return nil, nil
	}
	return s.clusters(q, zoom)
}

func (s *scripted) Helplines(_ context.Context, q search.HelplineQuery) (*search.HelplineResult, error) {
	if s.helplines == nil {
		return &search.HelplineResult{Country: q.Country, Region: q.Region, At: q.At, Lines: []search.Line{{Listing: lifeline(), Open: directory.Open}}}, nil
	}
	return s.helplines(q)
}

func (s *scripted) Listing(_ context.Context, id directory.ID) (*directory.Listing, error) {
	if s.listing == nil {
		return nil, fault.New(fault.NotFound, "There is no such listing.")
	}
	return s.listing(id)
}

func (s *scripted) Published(_ context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	all := make([]*directory.Listing, len(ids))
	for i, id := range ids {
		if l := lifeline(); id == l.ID {
			all[i] = l
		}
	}
	return all, nil
}

func (s *scripted) SaveFeedback(_ context.Context, f *directory.Feedback) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, *f)
	return nil
}

// question gives the last question that reached the searcher.
func (s *scripted) question(t *testing.T) search.Query {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) == 0 {
		t.Fatal("nothing reached the searcher")
	}
	return s.asked[len(s.asked)-1]
}

// lifeline is a helpline as the seed has it.
func lifeline() *directory.Listing {
	return &directory.Listing{
		ID: directory.ImportedID("test", "988"), Kind: directory.Helpline, Name: "988 Suicide & Crisis Lifeline", Organization: "SAMHSA",
		Channels: []directory.Channel{{Medium: directory.Voice, Number: "988", Cost: directory.CostFree}, {Medium: directory.Chat, Address: "https://988lifeline.org/chat"}},
		Hours:    directory.Hours{AlwaysOpen: true}, Coverage: directory.Coverage{Countries: []string{"US"}},
		Sources: []directory.Source{{Name: "988 Lifeline", URL: "https://988lifeline.org/", At: now}}, Status: directory.Published, Revision: 3, UpdatedAt: now,
	}
}

// clinic is a listing that uses every part a card can show.
func clinic(n int) *directory.Listing {
	return &directory.Listing{
		ID: directory.ImportedID("test", fmt.Sprint("clinic", n)), Kind: directory.Center, Name: fmt.Sprintf(`Center "%d" for <Brain> Stimulation`, n), Organization: "Universität & Söhne",
		Description: "Line one\nline two", Languages: []string{"en"}, Audience: "adults",
		Sites: []directory.Site{
			{Name: "Main campus", Address: directory.Address{Street: "1 Main St", City: "Boston", Division: "MA", PostalCode: "02118", Country: "US"}, Point: geo.LatLng(42.3375+float64(n)/1000, -71.0707), Precision: geo.Street},
			{Confidential: true, Coverage: directory.Coverage{Divisions: []string{"US-MA"}}},
		},
		Channels: []directory.Channel{
			{Medium: directory.Voice, Number: "+1 617 555 0123", Extension: "4", Menu: "press 1", Languages: []string{"en", "es"}, Cost: directory.CostToll, Anonymous: directory.No},
			{Medium: directory.Web, Address: "https://example.org/tms?a=1&b=2"},
		},
		Hours:     directory.Hours{Zone: "America/New_York", Weekly: []directory.Range{{Day: time.Monday, Span: directory.Span{From: 540, To: 1020}}}, Exceptions: []directory.Exception{{Date: directory.Date{Year: 2026, Month: 12, Day: 25}, Note: "Christmas"}}},
		Accepting: directory.Accepting{Status: directory.AcceptingWaitlist, AsOf: now, Wait: "6 weeks"},
		Fees:      directory.Fees{SlidingScale: directory.Yes, Min: 5000, Max: 20000, Currency: "USD"},
		Claims:    []directory.Claim{{Facet: directory.Treatment, Code: "tms", Value: directory.Yes, Source: "https://example.org/tms", At: now}},
		Referral:  directory.Referral{Self: directory.Yes, FormURL: "https://example.org/refer"}, Identifiers: []directory.Identifier{{Scheme: directory.NPI, Value: "1234567893"}},
		Sources: []directory.Source{{Name: "the center's page", URL: "https://example.org", At: now}}, Verification: directory.Verification{At: now, By: "a curator", Method: "called"},
		Status: directory.Published, Revision: 7, UpdatedAt: now,
	}
}

// fullResult is an answer with every part, of n hits.
func fullResult(n int) *search.Result {
	r := &search.Result{
		Total: 137, RemoteTotal: 1, Radius: 40233.6, Sort: search.ByDistance, Next: "eyJrIjoxfQ", Engine: "embedded", Demonstration: true,
		Place:  &geo.Resolution{Place: geo.Place{Name: "Boston", Admin1: "Massachusetts", Admin1Code: "US-MA", Country: "US", Timezone: "America/New_York", Point: geo.LatLng(42.36, -71.06), Precision: geo.City, Population: 650000}},
		Remote: []search.Hit{{Listing: lifeline(), Site: -1, Distance: math.NaN(), Why: []search.Reason{{Kind: search.WhyCoverage, Value: "US"}}}},
		Facets: map[search.FacetName][]search.Count{
			search.FacetKind: {{Value: "center", N: 100}, {Value: "therapist", N: 37}}, "modality": {{Value: "cbt", N: 90}, {Value: "dbt", N: 12}, {Value: "interpersonal", N: 3}},
			"treatment": {{Value: "tms", N: 80}, {Value: "ect", N: 20}}, "insurance": {{Value: "medicare", N: 60}}, search.FacetAccepting: {{Value: "yes", N: 50}, {Value: "waitlist", N: 10}}, search.FacetFees: {},
		},
	}
	for i := range n {
		l := clinic(i)
		r.Hits = append(r.Hits, search.Hit{Listing: l, Site: 0, Distance: 1234.56 * float64(i), Claims: []*directory.Claim{&l.Claims[0]}, Why: []search.Reason{
			{Kind: search.WhyClaim, Facet: directory.Treatment, Value: "tms"}, {Kind: search.WhyWord, Value: "stimulation", Asked: "stimulatoin"}, {Kind: search.WhyNear},
		}})
	}
	return r
}

// server makes a server over s; more changes its configuration.
func server(t testing.TB, s *scripted, more ...func(*web.Config)) *web.Server {
	t.Helper()
	vocabulary, err := directory.ReadVocabulary(strings.NewReader(vocabularyTable))
	if err != nil {
		t.Fatal(err)
	}
	emergency, err := directory.ReadEmergency(strings.NewReader(emergencyTable))
	if err != nil {
		t.Fatal(err)
	}
	gazetteer, err := geo.Load(
		zipped(t, "zip,city,state,lat,lon\n02139,Cambridge,MA,42.3647,-71.1042\n"),
		zipped(t, "name,admin1,country,lat,lon,population,timezone\nBoston,Massachusetts,US,42.36,-71.06,650000,America/New_York\nCambridge,Massachusetts,US,42.37,-71.11,118000,America/New_York\nBelfast,Northern Ireland,GB,54.6,-5.93,345000,Europe/London\n"),
	)
	if err != nil {
		t.Fatal(err)
	}
	cfg := web.Config{
		Searcher: s, Listings: s, Feedback: s, Gazetteer: gazetteer, Vocabulary: vocabulary, Emergency: emergency, Guide: testGuide(t),
		Health: func(context.Context) web.Health { return web.Health{Engine: "embedded", Indexed: true} },
		Log:    slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, Version: "test",
	}
	for _, f := range more {
		f(&cfg)
	}
	w, err := web.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func zipped(t testing.TB, text string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request; headers come in pairs.
func ask(t testing.TB, s *web.Server, method, target, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequest(method, "http://localhost"+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := s.Test(req)
	if err != nil {
		t.Fatalf("%s %.200s: %v", method, target, err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, all}
}

func get(t testing.TB, s *web.Server, target string, headers ...string) reply {
	t.Helper()
	return ask(t, s, http.MethodGet, target, "", headers...)
}

func post(t testing.TB, s *web.Server, target, body string) reply {
	t.Helper()
	return ask(t, s, http.MethodPost, target, body, "Content-Type", "application/json")
}

// problem is an error as a client reads it.
type problem struct {
	Type, Title, Detail, Instance, Code string
	Status                              int
	Errors                              []struct {
		Field, Message string
		Suggestions    []string
	}
	Crisis struct {
		Country, Name string
		Channels      []struct{ Number, URI string }
	}
}

// wrong reads a problem and checks what holds of every one.
func wrong(t *testing.T, r reply, status int) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(r.body, &p); err != nil {
		t.Fatalf("status %d, body %.300s: %v", r.status, r.body, err)
	}
	if r.status != status || p.Status != status {
		t.Fatalf("status %d, in the body %d, want %d: %.500s", r.status, p.Status, status, r.body)
	}
	if kind := r.header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("content type %q", kind)
	}
	if p.Title == "" || p.Code == "" || p.Type != "/api/docs#"+p.Code || strings.Contains(p.Instance, "?") {
		t.Errorf("incomplete problem %+v", p)
	}
	if p.Crisis.Name == "" || len(p.Crisis.Channels) == 0 {
		t.Errorf("a problem without a crisis line: %s", r.body)
	}
	return p
}

// fields gives the names of the faulty fields, in order.
func (p problem) fields() string {
	names := make([]string, len(p.Errors))
	for i, e := range p.Errors {
		names[i] = e.Field
	}
	return strings.Join(names, " ")
}
