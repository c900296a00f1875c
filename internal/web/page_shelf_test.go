package web_test

import (
	"context"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

// noon is the moment every page of these tests is asked for: a Tuesday, 12:00 UTC, 7:00 in New York.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// shelf is a Searcher with a few listings on it: search.Searcher's place is taken so that each state of a page can be
// had by asking for it.
type shelf struct {
	listings map[directory.ID]*directory.Listing
	lines    map[string][]search.Line
	answer   func(q search.Query) (*search.Result, error)
	broken   error // what every question gets instead
	asked    search.Query
	askedOf  search.HelplineQuery
	heard    func(search.HelplineQuery) // every question about lines, when not nil
	kept     []directory.Feedback
}

func (s *shelf) Search(_ context.Context, q search.Query) (*search.Result, error) {
	s.asked = q
	if s.broken != nil {
		return nil, s.broken
	}
	return s.answer(q)
}

func (s *shelf) All(ctx context.Context, q search.Query, max int) (ids []directory.ID, err error) {
	r, err := s.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, h := range append(slices.Clip(r.Hits), r.Remote...) {
		ids = append(ids, h.Listing.ID)
	}
	return ids[:min(len(ids), max+1)], nil
}

func (s *shelf) Clusters(context.Context, search.Query, int) ([]search.Cluster, error) {
	return nil, nil
}

func (s *shelf) Helplines(_ context.Context, q search.HelplineQuery) (*search.HelplineResult, error) {
	if s.askedOf = q; s.heard != nil {
		s.heard(q)
	}
	if s.broken != nil {
		return nil, s.broken
	}
	return &search.HelplineResult{Country: q.Country, At: noon, Lines: s.lines[q.Country]}, nil
}

func (s *shelf) Listing(_ context.Context, id directory.ID) (*directory.Listing, error) {
	l := s.listings[id]
	switch {
	case s.broken != nil:
		return nil, s.broken
	case l == nil:
		return nil, fault.New(fault.NotFound, "no such listing")
	case l.Status == directory.Archived:
		gone := fault.New(fault.Gone, l.ArchivedReason)
		if next := s.listings[l.ReplacedBy]; next != nil && next.Status != directory.Archived {
			gone.Fields = []fault.Field{{Name: "replaced_by", Suggestions: []string{l.ReplacedBy.String()}}}
		}
		return nil, gone
	}
	return l, nil
}

func (s *shelf) Published(context.Context, []directory.ID) ([]*directory.Listing, error) {
	return nil, nil
}

func (s *shelf) SaveFeedback(_ context.Context, f *directory.Feedback) error {
	s.kept = append(s.kept, *f)
	return nil
}

const vocabulary = `facet,code,label_en,label_es,synonyms
modality,cbt,Cognitive behavioral therapy,Terapia cognitivo-conductual,CBT
modality,dbt,Dialectical behavior therapy,Terapia dialéctico-conductual,DBT
treatment,tms,Transcranial magnetic stimulation,Estimulación magnética transcraneal,TMS
treatment,ect,Electroconvulsive therapy,Terapia electroconvulsiva,ECT
treatment,neuropsychiatry-consult,Neuropsychiatric consultation,Consulta neuropsiquiátrica,
insurance,medicare,Medicare,Medicare,
language,en,English,Inglés,
language,es,Spanish,Español,
topic,suicide,Suicide,Suicidio,
`

const emergencies = `country,name,general,police,ambulance,fire,source_url,confirmed,notes
GB,United Kingdom,999,,,,https://www.gov.uk/999,2,112 also works.
US,United States,911,,,,https://www.911.gov,2,
`

var (
	lineID    = directory.ImportedID("test", "988")
	centerID  = directory.ImportedID("test", "center")
	hostileID = directory.ImportedID("test", "hostile")
	goneID    = directory.ImportedID("test", "gone")
	secretID  = directory.ImportedID("test", "secret")
)

const hostile = `<script>alert("1")</script> & 'Sons' javascript:`

func testListings() map[directory.ID]*directory.Listing {
	day := time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)
	office := directory.Hours{Zone: "America/New_York"}
	for d := time.Monday; d <= time.Friday; d++ {
		office.Weekly = append(office.Weekly, directory.Range{Day: d, Span: directory.Span{From: 9 * 60, To: 17 * 60}})
	}
	all := []*directory.Listing{
		{
			ID: lineID, Kind: directory.Helpline, Name: "988 Suicide & Crisis Lifeline", Organization: "SAMHSA", Priority: 1,
			Coverage: directory.Coverage{Countries: []string{"US"}}, Hours: directory.Hours{AlwaysOpen: true},
			Channels: []directory.Channel{
				{Medium: directory.Voice, Number: "988", Cost: directory.CostFree, Languages: []string{"en"}},
				{Medium: directory.Voice, Number: "988", Menu: "press 2", Languages: []string{"es"}},
				{Medium: directory.Text, Number: "988"},
				{Medium: directory.Chat, Address: "https://988lifeline.org/"},
			},
			Claims: []directory.Claim{{Facet: directory.Topic, Code: "suicide", Value: directory.Yes}},
		},
		{
			ID: centerID, Kind: directory.Center, Name: "Bay Center", Organization: "Bay Hospital", Description: "ECT and TMS.",
			Sites: []directory.Site{{Address: directory.Address{Street: "1 Main St", City: "Boston", Division: "MA", PostalCode: "02114", Country: "US"}, Point: geo.LatLng(42.36, -71.07), Precision: geo.Campus}},
			Channels: []directory.Channel{
				{Medium: directory.Voice, Number: "+16175550123", Label: "hospital switchboard", Hours: office},
				{Medium: directory.Web, Address: "https://bay.example/ect"},
			},
			Claims: []directory.Claim{
				{Facet: directory.Treatment, Code: "ect", Value: directory.Yes, Source: "https://bay.example/ect", At: day},
				{Facet: directory.Treatment, Code: "tms", Value: directory.No, Source: "front desk", At: day},
			},
			Accepting:    directory.Accepting{Status: directory.AcceptingWaitlist, AsOf: day, Wait: "6 weeks"},
			Fees:         directory.Fees{Free: directory.No},
			Referral:     directory.Referral{Clinician: directory.Yes},
			Sources:      []directory.Source{{Name: "Bay Hospital", URL: "https://bay.example/ect", At: day, Note: "as stated by the program's page"}},
			Verification: directory.Verification{At: day, By: "curator", Method: "called"},
		},
		{ID: hostileID, Kind: directory.Therapist, Name: hostile, Organization: hostile, Description: hostile, Demonstration: true, Channels: []directory.Channel{{Medium: directory.Web, Address: "javascript:alert(1)"}}, Sources: []directory.Source{{Name: hostile, URL: "javascript:alert(1)"}}},
		{ID: goneID, Status: directory.Archived, ArchivedReason: "It closed in May 2026.", ReplacedBy: centerID},
		{ID: secretID, Kind: directory.Program, Name: "Safe House", Sites: []directory.Site{{Confidential: true, Coverage: directory.Coverage{Countries: []string{"US"}}}}},
	}
	m := map[directory.ID]*directory.Listing{}
	for _, l := range all {
		m[l.ID] = l
	}
	return m
}

// boston answers any question with one hit in Boston and one line by phone.
func (s *shelf) boston(q search.Query) (*search.Result, error) {
	return &search.Result{
		Total: 1, RemoteTotal: 1, Sort: search.ByDistance, Radius: search.DefaultRadius, Next: "abc",
		Hits:   []search.Hit{{Listing: s.listings[centerID], Site: 0, Distance: 3218.7, Claims: []*directory.Claim{{Facet: directory.Treatment, Code: "ect", Value: directory.Yes}}}},
		Remote: []search.Hit{{Listing: s.listings[lineID], Site: -1, Distance: math.NaN()}},
		Place:  bostonRead(),
		Facets: map[search.FacetName][]search.Count{
			search.FacetKind: {{Value: "center", N: 1204}}, "treatment": {{Value: "ect", N: 7}, {Value: "tms", N: 3}},
			search.FacetAccepting: {{Value: "waitlist", N: 1}}, search.FacetFees: {{Value: "free", N: 2}},
		},
	}, nil
}

func bostonRead() *geo.Resolution {
	boston := geo.Place{Name: "Boston", Admin1: "Massachusetts", Admin1Code: "US-MA", Country: "US", Point: geo.LatLng(42.36, -71.06), Precision: geo.City}
	other := geo.Place{Name: "Boston", Admin1: "England", Country: "GB", Point: geo.LatLng(52.97, -0.02), Precision: geo.City}
	return &geo.Resolution{Place: boston, Candidates: []geo.Place{other}}
}

// pagesOf starts the pages over a shelf; change may alter the configuration before.
func pagesOf(t testing.TB, change func(*shelf, *web.Config)) (*web.Server, *shelf) {
	t.Helper()
	server, s, err := newPages(t, change)
	if err != nil {
		t.Fatal(err)
	}
	return server, s
}

func newPages(t testing.TB, change func(*shelf, *web.Config)) (*web.Server, *shelf, error) {
	t.Helper()
	vocab, err := directory.ReadVocabulary(strings.NewReader(vocabulary))
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := directory.ReadEmergency(strings.NewReader(emergencies))
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{listings: testListings()}
	s.answer = s.boston
	s.lines = map[string][]search.Line{"US": {{Listing: s.listings[lineID], Open: directory.Open}}}
	cfg := web.Config{
		Searcher: s, Listings: s, Feedback: s, Gazetteer: &geo.Gazetteer{}, Vocabulary: vocab, Emergency: numbers, Guide: testGuide(t),
		Health: func(context.Context) web.Health { return web.Health{Engine: "shelf", Indexed: true} },
		Log:    slog.New(slog.NewTextHandler(io.Discard, nil)), Now: func() time.Time { return noon },
		Attribution: "Place data: somebody.",
	}
	if change != nil {
		change(s, &cfg)
	}
	server, err := web.New(cfg)
	return server, s, err
}

// visit asks for a page and reads it.
func visit(t *testing.T, server *web.Server, method, path, body string) (*http.Response, *html.Node) {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := server.Test(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	doc, err := html.Parse(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, doc
}

// read visits a page that must answer with the status.
func read(t *testing.T, server *web.Server, path string, status int) *html.Node {
	t.Helper()
	res, doc := visit(t, server, http.MethodGet, path, "")
	if res.StatusCode != status {
		t.Fatalf("GET %s: %d, want %d: %s", path, res.StatusCode, status, words(doc))
	}
	return doc
}
