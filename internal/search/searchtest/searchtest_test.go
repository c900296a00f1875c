package searchtest

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// broken answers as the oracle does, but for one defect.
type broken struct {
	*Oracle
	take  func([]search.Op) []search.Op // what it makes of changes
	spoil func(m *search.Match)         // of a question
	fix   func(search.Match, *search.Candidates)
	chart func([]search.Cluster) // of a map
	deaf  bool                   // to the end of a context
	torn  bool                   // makes one change after the other
}

func (b *broken) Apply(ctx context.Context, ops []search.Op) error {
	if b.take != nil {
		ops = b.take(ops)
	}
	if !b.torn {
		return b.Oracle.Apply(ctx, ops)
	}
	for _, op := range ops {
		if err := b.Oracle.Apply(ctx, []search.Op{op}); err != nil {
			return err
		}
		time.Sleep(time.Microsecond)
	}
	return nil
}

func (b *broken) Match(ctx context.Context, m search.Match) (*search.Candidates, error) {
	if b.deaf {
		ctx = context.Background()
	}
	asked := m
	if b.spoil != nil {
		b.spoil(&m)
	}
	c, err := b.Oracle.Match(ctx, m)
	if err == nil && b.fix != nil {
		b.fix(asked, c)
	}
	return c, err
}

func (b *broken) Clusters(ctx context.Context, m search.Match, level int) ([]search.Cluster, error) {
	c, err := b.Oracle.Clusters(ctx, m, level)
	if b.chart != nil {
		b.chart(c)
	}
	return c, err
}

// TestSuiteCanFail shows that each defect an engine may have is noticed, and by which trial.
func TestSuiteCanFail(t *testing.T) {
	answers := func(from, to directory.Answer) func([]search.Op) []search.Op {
		return eachListing(func(l *directory.Listing) {
			for i := range l.Claims {
				if l.Claims[i].Value == from {
					l.Claims[i].Value = to
				}
			}
		})
	}
	for _, d := range []struct {
		engine string
		trial  string
		broken broken
	}{
		{"takes unknown for yes", "questions", broken{take: answers(directory.Unknown, directory.Yes)}},
		{"takes no for yes", "questions", broken{take: answers(directory.No, directory.Yes)}},
		{"drops what has no site", "questions", broken{spoil: func(m *search.Match) { m.Serves = nil }}},
		{"shows a listing at each of its sites", "questions", broken{take: siteBySite}},
		{"shows a listing at its first site", "questions", broken{fix: func(_ search.Match, c *search.Candidates) { firstSite(c.Hits) }}},
		{"counts facets conjunctively", "questions", broken{fix: conjunctive}},
		{"counts facets of the page", "questions", broken{fix: countPage}},
		{"forgets the country", "questions", broken{spoil: func(m *search.Match) { m.Country = "" }}},
		{"forgets a filter", "questions", broken{spoil: func(m *search.Match) { m.Accepting = nil }}},
		{"shows hidden demonstrations", "questions", broken{spoil: func(m *search.Match) { m.Demonstrations = true }}},
		{"estimates its totals", "questions", broken{fix: func(_ search.Match, c *search.Candidates) { c.Total -= c.Total / 100 }}},
		{"breaks at the antimeridian", "questions", broken{spoil: flat}},
		{"calls unknown hours open", "questions", broken{spoil: func(m *search.Match) { m.OpenAt = time.Time{} }}},
		{"takes never verified for verified", "questions", broken{take: eachListing(neverIsEarly)}},
		{"rounds distances", "questions", broken{fix: func(_ search.Match, c *search.Candidates) { round(c.Hits) }}},
		{"knows no beginnings", "questions", broken{spoil: eachWord(func(w *search.Word) { w.Prefix = false })}},
		{"forgives no typo", "questions", broken{fix: noTypos}},
		{"doesn't say what it read", "questions", broken{fix: func(_ search.Match, c *search.Candidates) { clear(c.Read) }}},
		{"sorts by name as written", "questions", broken{fix: func(m search.Match, c *search.Candidates) { reverse(m, c.Hits) }}},
		{"misplaces the centers of clusters", "questions", broken{chart: offCenter}},
		{"ignores removals", "changes", broken{take: withoutRemovals}},
		{"keeps the first of several changes", "changes", broken{take: firstOfEach}},
		{"shows the first of a page again", "pages", broken{spoil: func(m *search.Match) { again(m) }}},
		{"ends after the first page", "pages", broken{fix: onePage}},
		{"keeps the listings it was lent", "ownership", broken{}},
		{"shows half of a change", "concurrent use", broken{torn: true}},
		{"goes on when nobody waits", "given up", broken{deaf: true}},
	} {
		t.Run(d.engine, func(t *testing.T) {
			d.broken.Oracle = NewOracle(Vocabulary())
			all := trials(1)
			i := slices.IndexFunc(all, func(x trial) bool { return x.name == d.trial })
			if err := all[i].run(newPair(&d.broken, Capabilities{})); err == nil {
				t.Errorf("an engine that %s passes", d.engine)
			}
		})
	}
}

func eachListing(change func(*directory.Listing)) func([]search.Op) []search.Op {
	return func(ops []search.Op) []search.Op {
		ops = slices.Clone(ops)
		for i, op := range ops {
			if op.Listing != nil {
				l := op.Listing.Clone()
				change(l)
				ops[i].Listing = l
			}
		}
		return ops
	}
}

func eachWord(change func(*search.Word)) func(*search.Match) {
	return func(m *search.Match) {
		m.Words = slices.Clone(m.Words)
		for i := range m.Words {
			change(&m.Words[i])
		}
	}
}

func siteBySite(ops []search.Op) (all []search.Op) {
	for _, op := range ops {
		all = append(all, op)
		if op.Listing == nil || len(op.Listing.Sites) < 2 {
			continue
		}
		l := op.Listing.Clone()
		l.ID[0]++
		l.Sites = l.Sites[1:]
		all = append(all, search.Op{ID: l.ID, Listing: l})
	}
	return all
}

func firstSite(hits []search.Candidate) {
	for i := range hits {
		hits[i].Site = 0
	}
}

func conjunctive(m search.Match, c *search.Candidates) {
	for f, codes := range m.Claims {
		if counts := c.Facets[search.FacetName(f)]; len(counts) > len(codes) {
			c.Facets[search.FacetName(f)] = counts[:len(codes)]
		}
	}
}

func countPage(m search.Match, c *search.Candidates) {
	for _, counts := range c.Facets {
		for i := range counts {
			counts[i].N = min(counts[i].N, m.Limit)
		}
	}
}

// flat cuts a circle as a box of degrees would, without going round.
func flat(m *search.Match) {
	if c, ok := m.Region.(geo.Circle); ok {
		if d := c.Radius / 111_000; d < 60 {
			m.Region = geo.Box{West: max(-180, c.Center.Lon()-d), South: max(-90, c.Center.Lat()-d), East: min(180, c.Center.Lon()+d), North: min(90, c.Center.Lat()+d)}
		}
	}
}

func neverIsEarly(l *directory.Listing) {
	if l.Verification.At.IsZero() {
		l.Verification.At = Now.AddDate(0, 0, -50)
	}
}

func round(hits []search.Candidate) {
	for i := range hits {
		hits[i].Distance = float64(int(hits[i].Distance/1000)) * 1000
	}
}

// noTypos finds nothing where a word was read as others that it doesn't begin.
func noTypos(m search.Match, c *search.Candidates) {
	for i, w := range m.Words {
		if !slices.ContainsFunc(c.Read[i], func(read string) bool { return strings.HasPrefix(read, w.Text) }) {
			*c = search.Candidates{Facets: c.Facets, Read: c.Read}
		}
	}
}

func reverse(m search.Match, hits []search.Candidate) {
	if m.Sort == search.ByName {
		slices.Reverse(hits)
	}
}

func offCenter(clusters []search.Cluster) {
	for i := range clusters {
		clusters[i].Center = geo.LatLng(clusters[i].Center.Lat()*0.999, clusters[i].Center.Lon())
	}
}

func withoutRemovals(ops []search.Op) []search.Op {
	return slices.DeleteFunc(slices.Clone(ops), func(op search.Op) bool { return op.Listing == nil })
}

func firstOfEach(ops []search.Op) []search.Op {
	ops = slices.Clone(ops)
	slices.SortStableFunc(ops, func(a, b search.Op) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return slices.CompactFunc(ops, func(a, b search.Op) bool { return a.ID == b.ID })
}

func again(m *search.Match) {
	if m.After != nil {
		before := *m.After
		before.Lot, before.ID = 0, directory.ID{}
		m.After = &before
	}
}

func onePage(m search.Match, c *search.Candidates) {
	if m.After != nil {
		c.Hits = nil
	}
}

// TestOraclePasses runs the suite on the oracle itself, so that the suite asks nothing impossible. It keeps what it is
// given, so it gets copies.
func TestOraclePasses(t *testing.T) {
	run(t, Capabilities{}, func(_ *testing.T, v *directory.Vocabulary) search.Engine {
		return &broken{Oracle: NewOracle(v), take: eachListing(func(*directory.Listing) {})}
	}, trials(4))
}

// TestDeclaredIsBounded shows that an engine which declares what it approximates is held to the bound.
func TestDeclaredIsBounded(t *testing.T) {
	offBy := func(degrees float64) func([]search.Cluster) {
		return func(all []search.Cluster) {
			for i := range all {
				all[i].Center = geo.LatLng(max(-89, all[i].Center.Lat()-degrees), all[i].Center.Lon())
			}
		}
	}
	for _, x := range []struct {
		name    string
		degrees float64
		can     Capabilities
		passes  bool
	}{
		{"off, and it declares nothing", 0.01, Capabilities{}, false},
		{"off on a map with fewer than it declares", 0.01, Capabilities{MapListings: 1000}, false},
		{"off within the cell", 0.01, Capabilities{MapListings: 10}, true},
		{"off beyond the cell", 20, Capabilities{MapListings: 10}, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			p := newPair(&broken{Oracle: NewOracle(Vocabulary()), chart: offBy(x.degrees)}, x.can)
			if err := p.fill(newWorld(7), 200); err != nil {
				t.Fatal(err)
			}
			err := p.ask(search.Match{Sort: search.ByName, Limit: 1}, 6)
			if passes := err == nil; passes != x.passes {
				t.Errorf("passes is %v, %v", passes, err)
			}
		})
	}
}

// TestFailureIsReadable shows that what fails is told with the shortest question that does.
func TestFailureIsReadable(t *testing.T) {
	p := newPair(&broken{Oracle: NewOracle(Vocabulary()), spoil: func(m *search.Match) { m.Free = false }}, Capabilities{})
	if err := p.fill(newWorld(7), 200); err != nil {
		t.Fatal(err)
	}
	m := search.Match{
		Free: true, SlidingScale: true, OpenAt: Now, Region: mustArea(polar(1)), Origin: &boston, Serves: &search.Locale{Country: "US", Point: &boston},
		Sort: search.ByDistance, Limit: 3, Facets: search.FacetNames(), Demonstrations: true,
	}
	err := p.check(m, 3)
	if err == nil {
		t.Fatal("an engine that ignores what is free passes")
	}
	text := err.Error()
	_, asked, _ := strings.Cut(text, "asked:")
	for _, part := range []string{"Free: true", "Sort: distance", "Origin: [-71.06 42.36]"} {
		if !strings.Contains(asked, part) {
			t.Errorf("%q is not told in %s", part, text)
		}
	}
	for _, part := range []string{"OpenAt", "Region", "Serves", "SlidingScale", "Facets"} {
		if strings.Contains(asked, part) {
			t.Errorf("%q is told, which is not needed to fail: %s", part, text)
		}
	}
}

func TestOracleGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewOracle(Vocabulary()).Clusters(ctx, search.Match{}, 3); !fault.Is(err, fault.Canceled) {
		t.Errorf("got %v", err)
	}
}
