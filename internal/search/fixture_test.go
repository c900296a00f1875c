package search_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/search/searchtest"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func gzipped(t testing.TB, text string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func gazetteer(t testing.TB) *geo.Gazetteer {
	t.Helper()
	g, err := geo.Load(gzipped(t, "zip,city,state,lat,lon\n02139,Cambridge,MA,42.36239,-71.10234\n"), gzipped(t, `name,admin1,country,lat,lon,population,timezone
Boston,Massachusetts,US,42.35843,-71.05977,653833,America/New_York
Denver,Colorado,US,39.73915,-104.98470,729019,America/Denver
London,England,GB,51.50853,-0.12574,8961989,Europe/London
Belfast,Northern Ireland,GB,54.59682,-5.92541,348005,Europe/London
Berlin,Berlin,DE,52.52437,13.41053,3426354,Europe/Berlin
Suva,Central,FJ,-18.14161,178.44149,77366,Pacific/Fiji
`))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func vocabulary(t testing.TB) *directory.Vocabulary {
	t.Helper()
	v, err := directory.ReadVocabulary(strings.NewReader(`facet,code,label_en,label_es,synonyms
modality,cbt,Cognitive behavioral therapy,,CBT;TCC
modality,dbt,Dialectical behavior therapy,,DBT
treatment,tms,Transcranial magnetic stimulation,,TMS
insurance,medicare,Medicare,,
age,teen,Teens,,youth
population,veterans,Veterans,,
language,en,English,,
language,es,Spanish,,
topic,suicide,Suicidal thoughts,,
topic,veterans,Veterans,,
`))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// book is a truth in memory whose listings can be changed between questions.
type book struct {
	mu    sync.Mutex
	all   map[directory.ID]*directory.Listing
	was   map[directory.ID][]directory.Revision // newest first
	reads int
}

func newBook(listings ...*directory.Listing) *book {
	b := &book{all: map[directory.ID]*directory.Listing{}, was: map[directory.ID][]directory.Revision{}}
	for _, l := range listings {
		b.put(l)
	}
	return b
}

func (b *book) put(l *directory.Listing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if was := b.was[l.ID]; len(was) > 0 && was[0].Listing.Revision == l.Revision {
		l.Revision++ // as every save does
	}
	b.was[l.ID] = append([]directory.Revision{{Listing: l}}, b.was[l.ID]...)
	b.all[l.ID] = l
}

func (b *book) History(_ context.Context, id directory.ID, p directory.Page) ([]directory.Revision, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.was[id][min(p.Offset, len(b.was[id])):]
	return was[:min(p.Limit, len(was))], nil
}

func (b *book) Published(_ context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	out := make([]*directory.Listing, len(ids))
	for i, id := range ids {
		if l := b.all[id]; l != nil && l.Status == directory.Published {
			out[i] = l.Public()
		}
	}
	return out, nil
}

func (b *book) Listing(_ context.Context, id directory.ID) (*directory.Listing, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.all[id]; l != nil {
		return l, nil
	}
	return nil, fault.New(fault.NotFound, "not in the book")
}

// plainEngine is the oracle, for many goroutines, and remembers what it was asked: what the searcher asks is answered
// for real.
type plainEngine struct {
	mu     sync.Mutex
	oracle *searchtest.Oracle
	all    map[directory.ID]*directory.Listing
	asked  []search.Match
}

func newPlainEngine(t testing.TB, listings ...*directory.Listing) *plainEngine {
	t.Helper()
	e := &plainEngine{oracle: searchtest.NewOracle(vocabulary(t)), all: map[directory.ID]*directory.Listing{}}
	for _, l := range listings {
		if err := e.Apply(context.Background(), []search.Op{{ID: l.ID, Listing: l}}); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func (e *plainEngine) Apply(ctx context.Context, ops []search.Op) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, op := range ops {
		if e.all[op.ID] = op.Listing; op.Listing == nil {
			delete(e.all, op.ID)
		}
	}
	return e.oracle.Apply(ctx, ops)
}

func (e *plainEngine) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, m)
	c, err := e.oracle.Match(ctx, m)
	for i := range m.Words {
		if err == nil {
			c.Read[i] = []string{m.Words[i].Text} // the oracle doesn't say
		}
	}
	return c, err
}

func (e *plainEngine) Clusters(ctx context.Context, m search.Match, level int) ([]search.Cluster, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, m)
	return e.oracle.Clusters(ctx, m, level)
}

// id makes the ID of a listing from its name, so that tests can speak of it.
func id(name string) directory.ID { return directory.ImportedID("test", name) }

// listing makes a published listing; set fills in the rest.
func listing(name string, kind directory.Kind, set ...func(*directory.Listing)) *directory.Listing {
	l := &directory.Listing{ID: id(name), Kind: kind, Name: name, Status: directory.Published, Revision: 1}
	for _, s := range set {
		s(l)
	}
	return l
}

func at(lat, lng float64) func(*directory.Listing) {
	return func(l *directory.Listing) {
		l.Sites = append(l.Sites, directory.Site{Point: orb.Point{lng, lat}, Precision: geo.Exact, Address: directory.Address{Country: "US"}})
	}
}

func says(f directory.Facet, codes ...string) func(*directory.Listing) {
	return func(l *directory.Listing) {
		for _, c := range codes {
			l.Claims = append(l.Claims, directory.Claim{Facet: f, Code: c, Value: directory.Yes, Source: "https://example.org/"})
		}
	}
}

func covers(countriesOrDivisions ...string) func(*directory.Listing) {
	return func(l *directory.Listing) {
		for _, c := range countriesOrDivisions {
			if strings.Contains(c, "-") {
				l.Coverage.Divisions = append(l.Coverage.Divisions, c)
			} else {
				l.Coverage.Countries = append(l.Coverage.Countries, c)
			}
		}
	}
}

func searcher(t testing.TB, listings ...*directory.Listing) (*search.Searcher, *plainEngine, *book) {
	t.Helper()
	e, b := newPlainEngine(t, listings...), newBook(listings...)
	return search.NewSearcher(config(t, e, b)), e, b
}

func config(t testing.TB, e search.Engine, b *book) search.Config {
	return search.Config{
		Engine: e, EngineName: "plain", Listings: b, Truth: b, Gazetteer: gazetteer(t), Vocabulary: vocabulary(t),
		Now: func() time.Time { return noon },
	}
}

func names(hits []search.Hit) (all []string) {
	for _, h := range hits {
		all = append(all, h.Listing.Name)
	}
	return all
}

// faulty gives the fields of an Invalid error, in their order.
func faulty(t testing.TB, err error) (fields []string) {
	t.Helper()
	f, ok := err.(*fault.Error)
	if !ok || f.Kind != fault.Invalid {
		t.Fatalf("got error %v, want an Invalid one", err)
	}
	for _, x := range f.Fields {
		fields = append(fields, x.Name)
	}
	return fields
}
