package web_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/frontend"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/web"
	"carefinder/seed"
)

// rows is the seed as the truth.
type rows map[directory.ID]*directory.Listing

func (r rows) Published(_ context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	out := make([]*directory.Listing, len(ids))
	for i, id := range ids {
		if l := r[id]; l != nil && l.Status == directory.Published {
			out[i] = l.Public()
		}
	}
	return out, nil
}

func (r rows) Listing(_ context.Context, id directory.ID) (*directory.Listing, error) {
	if l := r[id]; l != nil {
		return l, nil
	}
	return nil, fault.New(fault.NotFound, "no such listing")
}

// History says that a listing of the seed was never anything else.
func (r rows) History(_ context.Context, id directory.ID, p directory.Page) ([]directory.Revision, error) {
	if l := r[id]; l != nil && p.Offset == 0 {
		return []directory.Revision{{No: 1, Listing: l}}, nil
	}
	return nil, nil
}

// whole is what seeded starts, once for all tests: none changes anything of it.
var whole struct {
	sync.Mutex
	server *web.Server
	truth  rows
}

// seeded starts the pages over the real seed, the real searcher and the real engine, at a moment when it is the dead
// of night in Europe.
func seeded(t *testing.T) (*web.Server, rows) {
	t.Helper()
	whole.Lock()
	defer whole.Unlock()
	if whole.server == nil {
		whole.server, whole.truth = startSeeded(t)
	}
	return whole.server, whole.truth
}

func startSeeded(t *testing.T) (*web.Server, rows) {
	t.Helper()
	now := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	all, err := seed.Listings(now)
	if err != nil {
		t.Fatal(err)
	}
	vocab, err := seed.Vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	places, err := seed.Gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := seed.Emergency()
	if err != nil {
		t.Fatal(err)
	}
	topics, err := seed.Guide()
	if err != nil {
		t.Fatal(err)
	}
	engine := embedded.New(vocab)
	truth := rows{}
	var ops []search.Op
	for _, l := range all {
		l.Revision = 1
		truth[l.ID] = l
		if l.Status == directory.Published {
			ops = append(ops, search.Op{ID: l.ID, Listing: l.Public()})
		}
	}
	if err := engine.Apply(t.Context(), ops); err != nil {
		t.Fatal(err)
	}
	searcher := search.NewSearcher(search.Config{Engine: engine, EngineName: "embedded", Listings: truth, Truth: truth, Gazetteer: places, Vocabulary: vocab, Now: clock})
	server, _ := pagesOf(t, func(_ *shelf, c *web.Config) {
		c.Searcher, c.Listings, c.Gazetteer, c.Vocabulary, c.Emergency, c.Guide = searcher, truth, places, vocab, numbers, topics
		c.Now, c.Attribution = clock, seed.PlacesAttribution
	})
	return server, truth
}

// TestRealCareIsFound types what people type and follows what they find.
func TestRealCareIsFound(t *testing.T) {
	server, _ := seeded(t)
	for _, path := range []string{
		"/search?place=Boston&want=ect&q=&radius=100mi", "/search?place=Boston&modality=cbt&radius=50mi",
		"/es/search?place=New+York&modality=psychodynamic", "/es/search?place=02139&q=TEC",
	} {
		doc := read(t, server, path, 200)
		hits := pick(doc, ".hits h3 a")
		if len(hits) == 0 {
			t.Errorf("%s finds nothing", path)
			continue
		}
		read(t, server, attr(hits[0], "href"), 200)
		if more := pick(doc, ".paging a.more"); len(more) > 0 {
			read(t, server, attr(more[0], "href"), 200)
		}
	}
	doc := read(t, server, "/search?place=02139&kind=helpline", 200)
	if first := words(pick(doc, ".remote h3")[0]); !strings.Contains(first, "988") {
		t.Errorf("the first line for 02139 is %q", first)
	}
	doc = read(t, server, "/search?place=Pheonix&want=tms", 422)
	read(t, server, attr(pick(doc, ".errors ul ul a")[0], "href"), 200)
	doc = read(t, server, "/search?place=Springfield", 200)
	read(t, server, attr(pick(doc, ".mean a")[0], "href"), 200)
	doc = read(t, server, "/search?place=Nome,+AK&want=ect", 200)
	if len(pick(doc, ".nothing a"))+len(pick(doc, ".hits a.call")) == 0 {
		t.Error("nothing found near Nome leaves a person without anything to do")
	}
	for _, a := range pick(doc, ".nothing a") {
		read(t, server, attr(a, "href"), 200)
	}
}

func TestHelplinesAtNight(t *testing.T) {
	server, _ := seeded(t)
	doc := read(t, server, "/helplines/gb?zone=America/New_York", 200)
	if first := words(pick(doc, ".line h3")[0]); !strings.Contains(first, "Samaritans") {
		t.Errorf("the first British line is %q", first)
	}
	var said []string
	for _, n := range pick(doc, ".line .tag") {
		said = append(said, words(n))
	}
	for _, want := range []string{"Open now, 24 hours a day", "Closed now", "Hours not known"} {
		if !slices.Contains(said, want) {
			t.Errorf("nobody is %q at 03:00 in %q", want, said)
		}
	}
	one(t, doc, ".crisis a.call[href=tel:116123]")
	if !strings.Contains(words(doc), "your time:") {
		t.Error("the visitor's own time is not said")
	}
}

// TestEveryListingAndCountryHasAPage visits all of the seed in both languages; in short, every twentieth of it.
func TestEveryListingAndCountryHasAPage(t *testing.T) {
	server, truth := seeded(t)
	every := 1
	if testing.Short() {
		every = 20
	}
	for _, l := range frontend.Languages() {
		paths := hrefs(pick(read(t, server, l.Prefix+"/helplines", 200), ".countries a"))
		paths = append(paths, hrefs(pick(read(t, server, l.Prefix+"/emergency", 200), "tbody th a"))...)
		for id, x := range truth {
			if x.Status == directory.Published {
				paths = append(paths, l.Prefix+"/listings/"+id.String())
			} else {
				read(t, server, l.Prefix+"/listings/"+id.String(), 404) // a draft is nobody's business
			}
		}
		for i, path := range paths {
			if i%every != 0 {
				continue
			}
			res, doc := visit(t, server, http.MethodGet, path, "")
			if res.StatusCode != 200 {
				t.Errorf("%s: %d", path, res.StatusCode)
				continue
			}
			t.Run(path, func(t *testing.T) { everyPage(t, res, doc, l.Code) })
		}
	}
}
