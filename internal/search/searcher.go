package search

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
)

// Config is what a Searcher is made of. All but the last group are required.
type Config struct {
	Engine     Engine
	EngineName string   // as told in every Result
	Listings   Listings // usually a Shelf
	Truth      Truth
	Gazetteer  *geo.Gazetteer
	Vocabulary *directory.Vocabulary

	Now           func() time.Time // nil is time.Now
	Demonstration func() bool      // whether made-up listings are loaded; nil is never. Without them none is ever shown
}

// searcher answers questions with what was known at one moment. It is immutable.
type searcher struct {
	cfg    Config
	terms  map[string][]ClaimKey
	reader *reader
	gone   []ClaimKey // terms that are retired
	steady *reader    // by the program's vocabulary alone: what says that a life may be in danger is read by it
}

// search implements Searcher.Search.
func (s *searcher) search(ctx context.Context, q Query) (*Result, error) {
	u := s.read(&q)
	a, c, err := s.match(ctx, &q, u)
	if err != nil {
		return nil, err
	}
	r := &Result{
		Total: c.Total, RemoteTotal: c.RemoteTotal, Facets: c.Facets,
		Place: a.place, Radius: a.radius, Sort: a.Sort, Engine: cmp.Or(c.Engine, s.cfg.EngineName), Degraded: c.Degraded, Demonstration: a.Demonstrations,
		Taken: a.way.taken,
	}
	if u != nil {
		r.Understood, r.Plain = u.readings, strings.Join(u.words, " ")
		if r.Taken == TakenWords {
			r.Plain = strings.Join(u.spoken, " ")
		}
		r.PlainReads = len(u.readings) > 0 && s.reads(r.Plain)
	}
	if InCrisis(q.Text) {
		r.Crisis = s.help(ctx, a)
	}
	r.Next = a.turnPage(c)
	if err := s.show(ctx, a, c, r); err != nil {
		return nil, err
	}
	s.offer(r.Facets, a.Claims)
	nothing := c.Total+c.RemoteTotal == 0
	if nothing && a.After == nil && r.Crisis == nil {
		r.Unmet = a.unmet()
	}
	if a.After == nil && (nothing || a.forLines()) {
		if r.Helplines, err = s.standBy(ctx, a); err != nil { // first: advice may take all the time there is
			return nil, err
		}
	}
	switch {
	case a.After != nil:
	case nothing:
		r.Relaxations = s.relax(ctx, a)
	case c.Total == 0: // what is remote may not be what someone wants who asked where
		r.Relaxations = s.elsewhere(ctx, a)
	}
	return r, nil
}

// offer leaves out of the counts what is not offered any more, unless it was asked for.
func (s *searcher) offer(counts map[FacetName][]Count, asked map[directory.Facet][]string) {
	for _, k := range s.gone {
		f := FacetName(k.Facet)
		all, counted := counts[f]
		if !counted {
			continue
		}
		counts[f] = slices.DeleteFunc(all, func(c Count) bool { return c.Value == k.Code && !slices.Contains(asked[k.Facet], k.Code) })
	}
}

// forLines reports whether helplines are asked for by someone of whom nobody knows where they are: those of every
// country answer then, in no useful order.
func (a *question) forLines() bool {
	return a.country == "" && slices.Equal(a.Kinds, []directory.Kind{directory.Helpline})
}

// turnPage cuts the candidates to the page asked and gives the cursor of the next, if there is one: the engine was
// asked for one more than fits.
func (a *question) turnPage(c *Candidates) (next string) {
	if a.After != nil {
		c.Remote = nil
	}
	c.Remote = c.Remote[:min(len(c.Remote), a.limit)]
	if len(c.Hits) > a.limit {
		c.Hits = c.Hits[:a.limit]
		next = writeCursor(a.print, a.Match.At, c.Hits[a.limit-1].At)
	}
	return next
}

// show reads the candidates from the truth into r, in their order.
func (s *searcher) show(ctx context.Context, a *question, c *Candidates, r *Result) error {
	n := len(c.Hits) + len(c.Remote)
	if n == 0 {
		return nil
	}
	ids := make([]directory.ID, 0, n)
	for i := range c.Hits {
		ids = append(ids, c.Hits[i].ID)
	}
	for i := range c.Remote {
		ids = append(ids, c.Remote[i].ID)
	}
	listings, err := copiesOf(ctx, s.cfg.Listings, ids)
	if err != nil {
		return err
	}
	w := newWitness(s, a, c)
	hits := make([]Hit, 0, n)
	for i := range c.Hits {
		hits = w.testify(hits, &c.Hits[i], listings[i])
	}
	located := len(hits)
	for i := range c.Remote {
		hits = w.testify(hits, &c.Remote[i], listings[len(c.Hits)+i])
	}
	r.Hits, r.Remote = hits[:located:located], hits[located:]
	return nil
}

// MaxZoom is the finest zoom of a map.
const MaxZoom = 20

// maxCells bounds the cells a map may ask for: some five screens of the largest kind.
const maxCells = 10_000

// clusters implements Searcher.Clusters.
func (s *searcher) clusters(ctx context.Context, q Query, zoom int) ([]Cluster, error) {
	ways := s.ways(&q, s.read(&q))
	a, err := s.understand(&ways[0])
	var bad fault.Fields
	if err != nil && !fault.Is(err, fault.Invalid) {
		return nil, err
	}
	bad.Merge("", err)
	switch {
	case q.Box == nil:
		bad.Add("bbox", "is missing: say which part of the map")
	case zoom < 0 || zoom > MaxZoom:
		bad.Add("zoom", "must be a whole number from 0 to 20")
	case err == nil && cells(*q.Box, zoom) > maxCells:
		bad.Add("zoom", "is too fine for so large a box: zoom out, or ask for a smaller part of the map")
	}
	if err := bad.Err(badQuestion); err != nil {
		return nil, err
	}
	return s.cfg.Engine.Clusters(ctx, a.Match, zoom)
}

// cells estimates how many S2 cells of a level lie in a box: its share of the sphere times all there are.
func cells(b geo.Box, level int) float64 {
	const degree = math.Pi / 180
	height := math.Sin(b.North*degree) - math.Sin(b.South*degree)
	return height / 2 * b.Width() / 360 * 6 * math.Exp2(2*float64(level))
}

// listing implements Searcher.Listing.
func (s *searcher) listing(ctx context.Context, id directory.ID) (*directory.Listing, error) {
	found, err := s.cfg.Listings.Published(ctx, []directory.ID{id})
	if err != nil {
		return nil, err
	}
	if found[0] != nil {
		return found[0], nil
	}
	l, err := s.cfg.Truth.Listing(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, unpublished()
	case err != nil:
		return nil, err
	case l.Status == directory.Published: // since a moment ago
		return l.Public(), nil
	case l.Status == directory.Archived:
		return nil, s.withdrawn(ctx, l)
	}
	return nil, unpublished()
}

func unpublished() error { return fault.New(fault.NotFound, "No listing of this id is published.") }

// withdrawn says why a listing was withdrawn and what took its place. A draft that was put away was never the public's
// business, nor is a draft that is to take a place one day.
func (s *searcher) withdrawn(ctx context.Context, l *directory.Listing) error {
	if shown, err := s.everShown(ctx, l.ID); err != nil || !shown {
		return cmp.Or(err, unpublished())
	}
	e := fault.New(fault.Gone, l.ArchivedReason)
	next, err := s.successor(ctx, l)
	if err == nil && !next.IsZero() {
		id := next.String()
		e.Fields = []fault.Field{{Name: "replaced_by", Message: "its place was taken by " + id, Suggestions: []string{id}}}
	}
	return cmp.Or(err, error(e))
}

// successor gives the first published listing among what took the place of l, and of that in turn; the zero ID when
// there is none.
func (s *searcher) successor(ctx context.Context, l *directory.Listing) (directory.ID, error) {
	for seen := []directory.ID{l.ID}; ; {
		id := l.ReplacedBy
		if id.IsZero() || slices.Contains(seen, id) || len(seen) > maxSuccessors {
			return directory.ID{}, nil
		}
		found, err := s.cfg.Listings.Published(ctx, []directory.ID{id})
		if err != nil || found[0] != nil {
			return id, err
		}
		l, err = s.cfg.Truth.Listing(ctx, id)
		switch {
		case fault.Is(err, fault.NotFound):
			return directory.ID{}, nil
		case err != nil:
			return directory.ID{}, err
		case l.Status != directory.Archived:
			return directory.ID{}, nil
		}
		seen = append(seen, id)
	}
}

// maxSuccessors is how often what took a place is followed on.
const maxSuccessors = 8

// everShown reports whether any revision of a listing was published.
func (s *searcher) everShown(ctx context.Context, id directory.ID) (bool, error) {
	for p := (directory.Page{Limit: 20}); ; p.Offset += p.Limit {
		revisions, err := s.cfg.Truth.History(ctx, id, p)
		if err != nil || len(revisions) == 0 {
			return false, err
		}
		for _, r := range revisions {
			if r.Listing.Status == directory.Published {
				return true, nil
			}
		}
	}
}
