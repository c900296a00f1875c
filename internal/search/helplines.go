package search

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// HelplineQuery asks who can be reached now. Country, or a Region or Place that says it, is needed.
type HelplineQuery struct {
	Country  string // ISO 3166-1 alpha-2
	Region   string // ISO 3166-2, such as "GB-NIR"; "" finds the lines of the whole country, then those of its divisions
	Place    string
	Topic    []string           // codes of the topic facet
	Audience []string           // codes of the age or population facets
	Language []string           // codes of the language facet
	Medium   []directory.Medium // a channel of one of these; Open and Change are then about these alone
	OpenNow  bool               // only what is known to be open
	At       time.Time          // the moment asked about; zero is now
}

// HelplineResult answers a HelplineQuery: the country's priority line first, then open before unknown before closed,
// then by priority and name. Where the region isn't known, lines that serve only a part of the country come last.
type HelplineResult struct {
	Country string
	Region  string
	At      time.Time
	Lines   []Line
}

// Line is a helpline and whether it answers at the moment asked about.
type Line struct {
	Listing *directory.Listing // read only
	Open    directory.Openness
	Change  time.Time // when Open changes next; zero when it doesn't or nobody knows
}

// maxLines bounds how many helplines of a country are looked at; the longest list known holds some dozens.
const maxLines = 1000

// helplines implements Searcher.Helplines.
func (s *searcher) helplines(ctx context.Context, q HelplineQuery) (*HelplineResult, error) {
	if q.At.IsZero() {
		q.At = s.cfg.Now()
	}
	at, err := s.whereabouts(&q)
	if err != nil {
		return nil, err
	}
	lines, err := s.lines(ctx, &q, at)
	if err != nil {
		return nil, err
	}
	return &HelplineResult{Country: at.Country, Region: at.Division, At: q.At, Lines: lines}, nil
}

var divisionForm = regexp.MustCompile(`^[A-Z]{2}-[A-Z0-9]{1,3}$`)

// whereabouts checks q and says where its lines must serve.
func (s *searcher) whereabouts(q *HelplineQuery) (Locale, error) {
	var bad fault.Fields
	s.checkLines(&bad, q)
	at := Locale{Country: readCountry(&bad, q.Country), Division: q.Region}
	if q.Region != "" {
		of := directory.CountryOfDivision(q.Region)
		switch {
		case !divisionForm.MatchString(q.Region):
			bad.Add("region", fmt.Sprintf("%q is not an ISO 3166-2 code such as GB-NIR", clip(q.Region)))
		case at.Country == "":
			at.Country = of
		case at.Country != of:
			bad.Add("region", "is not in the country asked about")
		}
	}
	unknown := s.whereabout(&bad, q.Place, &at)
	if at.Country == "" && unknown == nil {
		bad.Add("country", "say the country, or a place in it")
	}
	if err := bad.Err("Nobody can be looked up like this."); err != nil || unknown == nil {
		return at, err
	}
	return Locale{}, unknown
}

// whereabout narrows at to a place. What was said of the country and the division stands.
func (s *searcher) whereabout(bad *fault.Fields, place string, at *Locale) (unknown error) {
	if place == "" {
		return nil
	}
	if problem := badText(place); problem != "" {
		bad.Add("place", problem)
		return nil
	}
	found, err := s.cfg.Gazetteer.Resolve(place)
	switch {
	case fault.Is(err, fault.Unresolvable):
		return err
	case err != nil:
		bad.Merge("", err)
		return nil
	}
	p := localeOf(&found.Place)
	switch {
	case at.Country != "" && p.Country != at.Country:
		bad.Add("place", "is not in the country asked about")
	case at.Division == "":
		*at = *p
	case p.Division == at.Division:
		at.Point = p.Point
	}
	return nil
}

func (s *searcher) checkLines(bad *fault.Fields, q *HelplineQuery) {
	for _, code := range q.Topic {
		s.cfg.Vocabulary.Check(bad, "topic", directory.Topic, code)
	}
	for _, code := range q.Audience {
		if s.cfg.Vocabulary.Term(directory.Age, code) == nil {
			s.cfg.Vocabulary.Check(bad, "audience", directory.Population, code)
		}
	}
	for _, code := range q.Language {
		s.cfg.Vocabulary.Check(bad, "language", directory.Language, code)
	}
	oneOf(bad, "channel", q.Medium, directory.Media)
}

// lines finds the published helplines for q that serve at, in their order.
func (s *searcher) lines(ctx context.Context, q *HelplineQuery, at Locale) ([]Line, error) {
	m := Match{
		Kinds: []directory.Kind{directory.Helpline}, Country: at.Country, Serves: &at,
		Claims: map[directory.Facet][]string{}, Sort: ByName, Limit: maxLines,
	}
	if at.Division == "" {
		m.Serves = &Locale{Anywhere: true}
	}
	if len(q.Topic) > 0 {
		m.Claims[directory.Topic] = q.Topic
	}
	if len(q.Language) > 0 {
		m.Claims[directory.Language] = q.Language
	}
	c, err := s.cfg.Engine.Match(ctx, m)
	if err != nil {
		return nil, err
	}
	var ids []directory.ID
	for _, found := range slices.Concat(c.Hits, c.Remote) {
		ids = append(ids, found.ID)
	}
	listings, err := s.cfg.Listings.Published(ctx, ids)
	if err != nil {
		return nil, err
	}
	var lines []Line
	for _, l := range listings {
		if l != nil && q.wants(l) && reaches(l, &at) {
			lines = q.add(lines, l)
		}
	}
	rank(lines, &at)
	return lines, nil
}

// reaches keeps out a line with an office that serves elsewhere: the engine finds it by the office alone. One that says
// nothing of where it serves is for whoever comes.
func reaches(l *directory.Listing, at *Locale) bool {
	reach := l.Reach()
	if l.Remote() || reach.IsZero() || len(reach.Areas) > 0 && at.Point == nil {
		return true
	}
	if at.Division == "" {
		there := func(d string) bool { return directory.CountryOfDivision(d) == at.Country }
		return slices.Contains(reach.Countries, at.Country) || slices.ContainsFunc(reach.Divisions, there)
	}
	_, ok := coveredBy(reach, at)
	return ok
}

// wants checks the listing, as it is now, against all that is asked but the hours.
func (q *HelplineQuery) wants(l *directory.Listing) bool {
	has := func(codes []string, facets ...directory.Facet) bool {
		return len(codes) == 0 || slices.ContainsFunc(codes, func(code string) bool {
			return slices.ContainsFunc(facets, func(f directory.Facet) bool { return l.Has(f, code) })
		})
	}
	return l.Kind == directory.Helpline && !l.Demonstration &&
		has(q.Topic, directory.Topic) && has(q.Language, directory.Language) && has(q.Audience, directory.Age, directory.Population)
}

// add adds the listing with its hours: those of the media asked for, since a voice that answers is no help to someone
// who can only write.
func (q *HelplineQuery) add(lines []Line, l *directory.Listing) []Line {
	var hours []directory.Hours
	if len(q.Medium) == 0 {
		hours = append(hours, l.Hours)
	}
	for _, c := range l.Channels {
		if len(q.Medium) == 0 && c.Hours.Known() || slices.Contains(q.Medium, c.Medium) {
			hours = append(hours, l.HoursOf(c))
		}
	}
	open := openness(hours, q.At)
	if len(hours) == 0 || q.OpenNow && open != directory.Open {
		return lines
	}
	return append(lines, Line{Listing: l, Open: open, Change: nextChange(hours, q.At)})
}

// openness says whether any of the hours hold: closed only if all that is known is closed.
func openness(hours []directory.Hours, t time.Time) directory.Openness {
	state := directory.HoursUnknown
	for i := range hours {
		switch hours[i].OpenAt(t) {
		case directory.Open:
			return directory.Open
		case directory.Closed:
			state = directory.Closed
		}
	}
	return state
}

// nextChange gives the first moment after t at which openness answers differently; zero when none is in sight. One of
// the hours may end while another goes on, so it may take a few steps.
func nextChange(hours []directory.Hours, t time.Time) time.Time {
	const steps = 50
	now := openness(hours, t)
	for range steps {
		var next time.Time
		for i := range hours {
			if at, ok := hours[i].NextChange(t); ok && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
		if next.IsZero() || openness(hours, next) != now {
			return next.UTC()
		}
		t = next
	}
	return time.Time{}
}

// rank puts lines in order: the country's priority line first whatever the hour; where the division isn't known, those
// of the whole country before those of a division; then open before unknown before closed, by priority and name.
func rank(lines []Line, at *Locale) {
	priority := func(l *Line) int {
		if l.Listing.Priority == 0 {
			return math.MaxInt
		}
		return l.Listing.Priority
	}
	part := func(l *Line) int {
		if at.Division != "" || slices.Contains(l.Listing.Reach().Countries, at.Country) {
			return 0
		}
		return 1
	}
	openFirst := [...]int{directory.HoursUnknown: 1, directory.Open: 0, directory.Closed: 2}
	slices.SortFunc(lines, func(x, y Line) int {
		return cmp.Or(
			part(&x)-part(&y), openFirst[x.Open]-openFirst[y.Open], cmp.Compare(priority(&x), priority(&y)),
			strings.Compare(Fold(x.Listing.Name), Fold(y.Listing.Name)), bytes.Compare(x.Listing.ID[:], y.Listing.ID[:]),
		)
	})
	first := -1
	for i := range lines {
		l := &lines[i]
		if l.Listing.Priority > 0 && part(l) == 0 && (first < 0 || l.Listing.Priority < lines[first].Listing.Priority) {
			first = i
		}
	}
	if first > 0 {
		top := lines[first]
		copy(lines[1:], lines[:first])
		lines[0] = top
	}
}
