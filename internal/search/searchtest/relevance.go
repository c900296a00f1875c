package searchtest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carefinder/internal/demo"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/seed"
)

// Relevance asks a whole Searcher, over an engine made by open, the questions of testdata/relevance.txt: over the seed as
// it is published and 2,000 demonstrations, at the moment Now. What was measured, overall and a line a question, must be
// what testdata/relevance.<name>.golden says (update writes it anew), and reach the floors.
//
// A question's expectations are a person's; listings are judged by them one at a time, without any engine. Measured are:
//
//   - Filter accuracy: of all that was expected or understood, each reading and each word left over, the part that was
//     both. A reading that the question says may be there is not counted. What was read and then not applied, because
//     the text was taken literally, was not understood. The place counts by where it is and the radius by its metres.
//   - Recall@k: of the relevant listings, those among the first k shown, counted within what has a site and what has none,
//     as these stand in lists of their own; of k at most, since no more than k have room.
//   - Reciprocal rank: 1/n for the first relevant listing at place n, 0 for none, reading down the page: hits, remote hits,
//     lines offered when nothing is found. Lines offered in a crisis stand beside, and count by their place there. Where a
//     question says which listing comes first, it is the place of that listing. MRR is the mean.
//
// Relevant are the listings that a question names; or all that match what it wants, or else what it was to be read as.
// Where either of several readings will do, the one that was answered best counts.
//
// Questions to which no listing is relevant have neither recall nor rank, and those whose readings don't matter no filter
// accuracy: they are left out of the means.
func Relevance(t *testing.T, name string, open func(t *testing.T, v *directory.Vocabulary) search.Engine, update bool) {
	c := readCorpus(t)
	s := c.searcher(t, open(t, c.vocabulary))
	var all []measured
	for i := range c.questions {
		m, err := c.measure(s, &c.questions[i])
		if err != nil {
			t.Errorf("relevance.txt:%d: %v", c.questions[i].line, err)
		}
		all = append(all, m)
	}
	mean := meanOf(all)
	report := mean.report(all)
	golden := filepath.Join("..", "searchtest", "testdata", "relevance."+name+".golden")
	if update {
		if err := os.WriteFile(golden, []byte(report), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differing(string(want), report) {
		t.Errorf("%s: %s", golden, d)
	}
	for _, floor := range []struct {
		what     string
		got, min float64
	}{{"filter accuracy", mean.accuracy, 0.97}, {"recall@20", mean.recall20, 0.97}, {"MRR", mean.rank, 0.85}} {
		if floor.got < floor.min {
			t.Errorf("%s is %.3f, want at least %.2f", floor.what, floor.got, floor.min)
		}
	}
}

// differing lists the lines that one report has and the other has not.
func differing(want, got string) (all []string) {
	was, is := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, l := range was {
		if !slices.Contains(is, l) {
			all = append(all, "was "+l)
		}
	}
	for _, l := range is {
		if !slices.Contains(was, l) {
			all = append(all, "is  "+l)
		}
	}
	return all
}

// corpus is the questions and what they are asked of.
type corpus struct {
	questions  []question
	vocabulary *directory.Vocabulary
	gazetteer  *geo.Gazetteer
	listings   map[directory.ID]*directory.Listing // as the public sees them
}

func readCorpus(t *testing.T) *corpus {
	t.Helper()
	c := &corpus{listings: map[directory.ID]*directory.Listing{}}
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	c.vocabulary, err = seed.Vocabulary()
	fail(err)
	c.gazetteer, err = seed.Gazetteer()
	fail(err)
	real, err := seed.Listings(Now)
	fail(err)
	const madeUp, of = 2000, 1
	for _, l := range slices.AppendSeq(real, demo.Listings(of, madeUp, c.gazetteer, c.vocabulary)) {
		if l.Status == directory.Published {
			c.listings[l.ID] = l.Public()
		}
	}
	c.questions, err = readQuestions(relevanceTxt)
	fail(err)
	return c
}

func (c *corpus) searcher(t *testing.T, e search.Engine) *search.Searcher {
	t.Helper()
	var ops []search.Op
	for id, l := range c.listings {
		ops = append(ops, search.Op{ID: id, Listing: l})
	}
	if err := e.Apply(context.Background(), ops); err != nil {
		t.Fatal(err)
	}
	return search.NewSearcher(search.Config{
		Engine: e, EngineName: "measured", Listings: c, Truth: c, Gazetteer: c.gazetteer, Vocabulary: c.vocabulary,
		Now: now, Demonstration: func() bool { return true },
	})
}

// Published implements search.Listings.
func (c *corpus) Published(_ context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	found := make([]*directory.Listing, len(ids))
	for i, id := range ids {
		found[i] = c.listings[id]
	}
	return found, nil
}

// Listing implements search.Truth.
func (c *corpus) Listing(context.Context, directory.ID) (*directory.Listing, error) {
	return nil, fault.New(fault.NotFound, "everything is published")
}

// History implements search.Truth.
func (c *corpus) History(context.Context, directory.ID, directory.Page) ([]directory.Revision, error) {
	return nil, nil
}

// measured is how well one question was answered, or all of them; NaN is not measured.
type measured struct {
	question                          *question
	accuracy, recall5, recall20, rank float64
	missing, invented                 []string // readings
	wrong                             string   // what else is
}

func (c *corpus) measure(s *search.Searcher, q *question) (measured, error) {
	m := measured{question: q, accuracy: math.NaN(), recall5: math.NaN(), recall20: math.NaN(), rank: math.NaN()}
	r, err := s.Search(context.Background(), search.Query{Text: q.text, Country: q.country})
	if err != nil {
		return m, err
	}
	if err := c.understood(&m, r); err != nil {
		return m, err
	}
	if q.crisis != nil && *q.crisis != (r.Crisis != nil) {
		m.wrong = fmt.Sprintf("crisis %v", r.Crisis != nil)
	}
	sets, err := c.relevant(q)
	if err != nil || len(sets) == 0 {
		return m, err
	}
	relevant := slices.MaxFunc(sets, func(a, b relevance) int { return cmp.Compare(recall(r, a, 20), recall(r, b, 20)) })
	m.recall5, m.recall20 = recall(r, relevant, 5), recall(r, relevant, 20)
	if len(q.first) > 0 {
		if relevant, err = c.named(q.first); err != nil {
			return m, err
		}
	}
	m.rank = reciprocal(slices.Concat(r.Hits, r.Remote, r.Helplines), relevant)
	if r.Crisis != nil {
		m.rank = max(m.rank, reciprocal(r.Crisis.Lines, relevant))
	}
	return m, nil
}

// relevance is the relevant listings, and whether each has a site.
type relevance map[directory.ID]bool

func reciprocal(list []search.Hit, relevant relevance) float64 {
	n := slices.IndexFunc(list, func(h search.Hit) bool {
		_, ok := relevant[h.Listing.ID]
		return ok
	})
	if n < 0 {
		return 0
	}
	return 1 / float64(n+1)
}

func recall(r *search.Result, relevant relevance, k int) float64 {
	shown := map[directory.ID]bool{}
	lists := [][]search.Hit{r.Hits, r.Remote, r.Helplines}
	if r.Crisis != nil {
		lists = append(lists, r.Crisis.Lines)
	}
	for _, list := range lists {
		for _, h := range list[:min(k, len(list))] {
			shown[h.Listing.ID] = true
		}
	}
	var found, of [2]int // with a site and without
	for id, located := range relevant {
		i := 0
		if located {
			i = 1
		}
		of[i]++
		if shown[id] {
			found[i]++
		}
	}
	return float64(min(k, found[0])+min(k, found[1])) / float64(min(k, of[0])+min(k, of[1]))
}

// meanOf gives the means of what was measured.
func meanOf(all []measured) measured {
	mean := func(of func(*measured) float64) float64 {
		sum, n := 0.0, 0.0
		for i := range all {
			if x := of(&all[i]); !math.IsNaN(x) {
				sum, n = sum+x, n+1
			}
		}
		return sum / n
	}
	return measured{
		accuracy: mean(func(m *measured) float64 { return m.accuracy }), recall5: mean(func(m *measured) float64 { return m.recall5 }),
		recall20: mean(func(m *measured) float64 { return m.recall20 }), rank: mean(func(m *measured) float64 { return m.rank }),
	}
}

// report is the golden file: the means, then a line a question, with what was not read (-), and read without reason (+).
func (m *measured) report(all []measured) string {
	var b strings.Builder
	line := func(m *measured, text string) {
		for _, x := range []float64{m.accuracy, m.recall5, m.recall20, m.rank} {
			if math.IsNaN(x) {
				b.WriteString("   -  ")
				continue
			}
			fmt.Fprintf(&b, "%.3f ", x)
		}
		b.WriteString(" " + text + "\n")
	}
	b.WriteString("filter recall5 recall20 reciprocal rank\n")
	line(m, fmt.Sprintf("all %d questions", len(all)))
	for i := range all {
		text := all[i].question.text
		for _, x := range all[i].missing {
			text += "  -" + x
		}
		for _, x := range all[i].invented {
			text += "  +" + x
		}
		if all[i].wrong != "" {
			text += "  !" + all[i].wrong
		}
		line(&all[i], text)
	}
	return b.String()
}
