package search

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// Reading is a part of the text of a question that was read as something to search by, under the name and in the form
// the API has for it: {modality cbt}, {place "Cambridge, MA"}, {radius 50mi}, {open_now true}. Asked as that parameter
// beside what is left of the text, it finds the same.
type Reading struct {
	Facet      string // name of the parameter
	Value      string // as the parameter takes it
	Words      string // what was written
	Start, End int    // where, in bytes of the text
}

// Speaks reports whether the words of a reading can be looked for in its stead: a listing may speak of a condition that it
// doesn't state as a claim. Where and how it is, whom it sees by age and what it costs are no words.
func (r Reading) Speaks() bool {
	return r.Facet != string(directory.Age) && slices.Contains(directory.Facets(), directory.Facet(r.Facet))
}

// Taken says in which way the text of a question was taken.
type Taken string

// The ways. A question without text, and one to be taken literally, is taken as it is: "".
const (
	// TakenRead is by its readings and the words they left.
	TakenRead Taken = "read"
	// TakenLiterally is by its words alone: they are a listing's name, or nothing answers the readings and something
	// holds the words.
	TakenLiterally Taken = "literally"
	// TakenWords is by its words where the readings can be spoken of, and by the other readings: nothing states all that
	// was asked for, and something speaks of it.
	TakenWords Taken = "words"
	// TakenFilters is by its readings alone: nothing that answers them holds the words they left.
	TakenFilters Taken = "filters"
)

// understanding is what a text says: the readings, in its order, and the words left for the engine.
type understanding struct {
	readings []Reading
	words    []string
	spoken   []string // those words, and those of the readings that words can stand for
	urgent   bool     // it speaks of a danger that asks for a helpline by itself
}

// way is one way to take a question.
type way struct {
	Query
	words []string
	taken Taken
}

// read understands the text of a question; nil when there is nothing to understand.
func (s *searcher) read(q *Query) *understanding {
	if q.Text == "" || q.Literal || badText(q.Text) != "" {
		return nil
	}
	if s.reader != s.steady {
		if u := s.steady.understand(q); u.urgent || InCrisis(q.Text) {
			return u
		}
	}
	return s.reader.understand(q)
}

// reads reports whether a text by itself is read as anything.
func (s *searcher) reads(text string) bool {
	u := s.read(&Query{Text: text})
	return u != nil && len(u.readings) > 0
}

// match asks the engine, in each way the text can be taken until one finds something; the first stands when none does.
// A page that follows another is of the way that one was: its cursor tells.
func (s *searcher) match(ctx context.Context, q *Query, u *understanding) (first *question, found *Candidates, err error) {
	ways := s.ways(q, u)
	if literal := slices.IndexFunc(ways, func(w way) bool { return w.taken == TakenLiterally }); literal > 0 && q.Cursor == "" && s.named(ctx, ways[literal], ways[0].words) {
		ways = ways[literal : literal+1]
	}
	for i := range ways {
		a, failed := s.understand(&ways[i])
		if failed != nil && q.Cursor == "" && i == 0 {
			return nil, nil, failed
		}
		if failed != nil { // a radius without the place that was read, or the cursor of another way
			err = cmp.Or(err, failed)
			continue
		}
		c, failed := s.cfg.Engine.Match(ctx, a.Match)
		if failed != nil {
			return nil, nil, failed
		}
		if c.Total+c.RemoteTotal > 0 || q.Cursor != "" {
			return a, c, nil
		}
		if first == nil {
			first, found = a, c
		}
	}
	if first == nil {
		return nil, nil, err
	}
	return first, found, nil
}

// named reports whether the words of a text that was read are the name of a listing, which is then meant. Those that
// were left plain say best that it may be.
func (s *searcher) named(ctx context.Context, literal way, plain []string) bool {
	const mostHits = 3
	words := literal.words
	if len(words) < 2 {
		return false
	}
	literal.Limit, literal.Facets, literal.Sort = mostHits, nil, ByRelevance
	a, err := s.understand(&literal)
	if err != nil {
		return false
	}
	c, err := s.cfg.Engine.Match(ctx, a.Match)
	if err != nil || c.Total+c.RemoteTotal == 0 {
		return false
	}
	var ids []directory.ID
	for _, found := range slices.Concat(c.Hits, c.Remote) {
		ids = append(ids, found.ID)
	}
	listings, err := s.cfg.Listings.Published(ctx, ids)
	return err == nil && slices.ContainsFunc(listings, func(l *directory.Listing) bool {
		return l != nil && (isName(words, plain, l.Name) || isName(words, plain, l.Organization))
	})
}

// ways lists how q can be taken, the likeliest first. Each finds more than the one before, or something else: they are
// tried until one finds anything.
func (s *searcher) ways(q *Query, u *understanding) []way {
	literal := way{Query: *q, words: Words(q.Text)}
	if u == nil || len(u.readings) == 0 && slices.Equal(u.words, literal.words) {
		return []way{literal}
	}
	read := way{Query: q.reading(u.readings), words: u.words, taken: TakenRead}
	read.words = read.words[:min(len(read.words), MaxWords)]
	all := []way{read}
	if len(u.readings) == 0 { // what was left out said nothing
		return all
	}
	if len(literal.words) <= MaxWords {
		literal.taken = TakenLiterally
		all = append(all, literal)
	}
	if rest := silent(u.readings); len(rest) > 0 && len(rest) < len(u.readings) && len(u.spoken) <= MaxWords {
		all = slices.Insert(all, 1, way{Query: q.reading(rest), words: u.spoken, taken: TakenWords})
	}
	if len(read.words) > 0 {
		all = append(all, way{Query: read.Query, taken: TakenFilters})
	}
	return all
}

// silent gives the readings whose words can't be looked for in their stead.
func silent(readings []Reading) []Reading {
	return slices.DeleteFunc(slices.Clone(readings), Reading.Speaks)
}

// reading gives the question with readings in it. What the person chose stands: the reader reads nothing against it.
func (q *Query) reading(readings []Reading) Query {
	r := *q
	r.Claims = maps.Clone(q.Claims)
	for _, x := range readings {
		switch x.Facet {
		case "place":
			r.Place = x.Value
		case "country":
			r.Country = x.Value
		case "radius":
			r.Radius, _ = geo.ParseDistance(x.Value)
		case "kind":
			r.Kinds = append(slices.Clip(r.Kinds), directory.Kind(x.Value))
		case "accepting":
			r.Accepting = append(slices.Clip(r.Accepting), directory.AcceptingStatus(x.Value))
		case "free":
			r.Free = true
		case "sliding_scale":
			r.SlidingScale = true
		case "open_now":
			r.OpenNow = true
		default:
			if r.Claims == nil {
				r.Claims = map[directory.Facet][]string{}
			}
			f := directory.Facet(x.Facet)
			r.Claims[f] = append(slices.Clip(r.Claims[f]), x.Value)
		}
	}
	return r
}

// says reports whether the person chose value of a parameter, and whether anything of it.
func (q *Query) says(facet, value string) (same, any bool) {
	in := func(values []string) (bool, bool) { return slices.Contains(values, value), len(values) > 0 }
	switch facet {
	case "kind":
		return slices.Contains(q.Kinds, directory.Kind(value)), len(q.Kinds) > 0
	case "accepting":
		return slices.Contains(q.Accepting, directory.AcceptingStatus(value)), len(q.Accepting) > 0
	case "place":
		return false, q.Place != ""
	case "country":
		return strings.EqualFold(q.Country, value), q.Country != ""
	case "free":
		return q.Free, q.Free
	case "sliding_scale":
		return q.SlidingScale, q.SlidingScale
	case "open_now":
		return q.OpenNow, q.OpenNow
	}
	return in(q.Claims[directory.Facet(facet)])
}

// isName reports whether the words of a question are a listing's name: all of it, or, when some of them mean nothing
// else, all of them in it.
func isName(words, plain []string, name string) bool {
	of := Words(name)
	for _, w := range words {
		if !slices.Contains(of, w) {
			return false
		}
	}
	if len(plain) > 0 {
		return true
	}
	for _, w := range of {
		if !slices.Contains(words, w) && !general[w] {
			return false
		}
	}
	return true
}
