package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/pace"
)

// Survey looks at every listing after every change and keeps the queues and the suspected duplicates in step. It
// follows the log of changes and keeps what it found together with how far it is, so nothing is missed, whatever dies
// when; a survey done twice comes to the same.
type Survey struct {
	SurveyRules
	store SurveyStore
	log   *slog.Logger
	wake  chan struct{}
	kept  SurveyMark // that was kept last: there is nothing to do at it
}

// SurveyRules are what listings are held against.
type SurveyRules struct {
	Desk   *directory.Desk
	Places *geo.Gazetteer
	// Every says how long a verification holds for a kind of listing, where the curator set no day of their own. A kind
	// that is missing has directory.VerifyEvery.
	Every map[directory.Kind]time.Duration
}

// SurveyStore keeps what surveys find.
type SurveyStore interface {
	// SurveyDue gives up to max changes that were not surveyed, oldest first, and where the survey stands after them.
	SurveyDue(ctx context.Context, max int) ([]directory.Change, SurveyMark, error)
	Listings(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error)
	// SetKeys replaces the keys of listings.
	SetKeys(ctx context.Context, keys map[directory.ID][]uint64) error
	// Sharing gives the listings that have each key. Keys of more than max of them are left out.
	Sharing(ctx context.Context, keys []uint64, max int) (map[uint64][]directory.ID, error)
	// Surveyed keeps what was found, and that the survey stands at mark. Tasks of SurveyQueues and pairs that were not
	// found again go. What was found of a listing that changed meanwhile is left.
	Surveyed(ctx context.Context, all []Findings, mark SurveyMark) error
}

// SurveyMark is how far a survey has come in a log of changes.
type SurveyMark struct {
	Log string
	Seq int64
}

// SurveyQueues are the queues whose tasks come and go with what a listing is.
func SurveyQueues() []Queue {
	return []Queue{QueueDrafts, QueueReview, QueueFacts, QueueCoordinates, QueueOverdue}
}

// Findings are all that a survey found of a listing.
type Findings struct {
	ID       directory.ID
	Revision directory.RevisionNo // that was looked at
	Kind     directory.Kind
	Tasks    []Task  // of SurveyQueues
	Pairs    []*Pair // the listing and others
}

// NewSurvey makes a survey; Run does the work.
func NewSurvey(s SurveyStore, r SurveyRules, log *slog.Logger) *Survey {
	return &Survey{SurveyRules: r, store: s, log: log, wake: make(chan struct{}, 1)}
}

const (
	surveyBatch = 200
	surveyEvery = 2 * time.Second // for what other processes saved
	// sharers bounds a key's listings: a switchboard or a tower with more of them says nothing of any two.
	sharers = 60
)

// Wake says that something was saved. It never blocks.
func (s *Survey) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run surveys until ctx ends. A store that fails is asked again.
func (s *Survey) Run(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := s.inTurn(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("survey delayed", "error", err)
		}
		if n == surveyBatch && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-time.After(surveyEvery):
		}
	}
}

// inTurn does a step once no bulk change is under way: it is no help to anybody before that is done, and two at once would
// take twice as much from whoever searches.
func (s *Survey) inTurn(ctx context.Context) (int, error) {
	end, err := pace.Turn(ctx)
	if err != nil {
		return 0, err
	}
	defer end()
	return s.Step(ctx)
}

// Step surveys one batch of what is due, and says how many that was.
func (s *Survey) Step(ctx context.Context) (int, error) {
	due, mark, err := s.store.SurveyDue(ctx, surveyBatch)
	if err != nil || len(due) == 0 && mark == s.kept {
		return 0, err
	}
	ids := make([]directory.ID, len(due))
	for i, c := range due {
		ids[i] = c.ID
	}
	listings, err := s.listings(ctx, ids)
	if err != nil {
		return 0, err
	}
	all := make([]Findings, 0, len(due))
	for i, l := range listings {
		pace.Yield()
		f := Findings{ID: due[i].ID}
		if l != nil {
			f.Revision, f.Kind, f.Tasks = l.Revision, l.Kind, s.tasks(l)
		}
		all = append(all, f)
	}
	if err := s.pair(ctx, all, listings); err != nil {
		return 0, err
	}
	if err := s.store.Surveyed(ctx, all, mark); err != nil {
		return 0, err
	}
	s.kept = mark
	return len(due), nil
}

// listings reads listings. One whose document is damaged is passed over, so that it does not stop the survey of others.
func (s *Survey) listings(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	all, err := s.store.Listings(ctx, ids)
	switch {
	case err == nil, fault.Is(err, fault.Unavailable), fault.Is(err, fault.Canceled):
		return all, err
	case len(ids) == 1:
		s.log.Error("listing can't be surveyed", "listing", ids[0].String(), "error", err)
		return []*directory.Listing{nil}, nil
	}
	half := len(ids) / 2
	first, err := s.listings(ctx, ids[:half])
	if err != nil {
		return nil, err
	}
	rest, err := s.listings(ctx, ids[half:])
	return append(first, rest...), err
}

// tasks gives what waits to be done about a listing. What is withdrawn is done with.
func (s *Survey) tasks(l *directory.Listing) []Task {
	var all []Task
	add := func(q Queue, since time.Time, why string) {
		all = append(all, Task{Queue: q, ID: l.ID, Listing: l.ID, Kind: l.Kind, Since: since, Why: clipped(why)})
	}
	switch l.Status {
	case directory.Archived:
		return nil
	case directory.Draft:
		add(QueueDrafts, l.UpdatedAt, "")
	case directory.InReview:
		add(QueueReview, l.UpdatedAt, "")
	case directory.Published:
		add(QueueOverdue, s.dueAt(l), "")
	}
	points, facts := s.faults(l)
	if len(facts) > 0 {
		add(QueueFacts, l.UpdatedAt, strings.Join(facts, "\n"))
	}
	if len(points) > 0 {
		add(QueueCoordinates, l.UpdatedAt, strings.Join(points, "\n"))
	}
	return all
}

// clipped bounds what is said of a task.
func clipped(why string) string {
	if len(why) <= directory.MaxText {
		return why
	}
	return strings.ToValidUTF8(why[:directory.MaxText], "")
}

// dueAt is when a listing should be verified again. One never verified has been due since it was saved.
func (s *Survey) dueAt(l *directory.Listing) time.Time {
	v := l.Verification
	switch every := s.Every[l.Kind]; {
	case !v.Due.IsZero():
		return v.Due
	case v.At.IsZero():
		return l.UpdatedAt
	case every > 0:
		return v.At.Add(every)
	}
	return v.At.Add(directory.VerifyEvery)
}

// faults gives what is wrong by the rules of today, points apart from other facts.
func (s *Survey) faults(l *directory.Listing) (points, facts []string) {
	var bad *fault.Error
	if errors.As(s.Desk.Check(l), &bad) {
		for _, f := range bad.Fields {
			if said := f.Name + ": " + f.Message; strings.HasSuffix(f.Name, ".point") {
				points = append(points, said)
			} else {
				facts = append(facts, said)
			}
		}
	}
	for i, site := range l.Sites {
		if why := s.misplaced(site); why != "" {
			points = append(points, fmt.Sprintf("sites[%d].point: %s", i, why))
		}
	}
	return points, facts
}

// How far a point may be from where its address says it is.
const (
	farFromZIP  = 50_000 // metres
	farFromTown = 80_000 // of the largest cities, and of the namesakes the gazetteer does not know
)

// What a survey says of a point that lies elsewhere than its address, in words for programs: so many kilometers from a
// place, or in a country.
const (
	Far    = "far"    // "far 37 Boston, MA"
	Abroad = "abroad" // "abroad FR"
)

// misplaced says why a site's point can't be where its address is, "" when it may be. A confidential site's point is checked as any other; the reason names no
// more than the town.
func (s *Survey) misplaced(site directory.Site) string {
	a := site.Address
	if s.Places == nil || site.Precision == "" || geo.Suspicious(site.Point) != "" {
		return ""
	}
	var known []geo.Place
	far := float64(farFromTown)
	if zip := postalOf(a.PostalCode); a.Country == "US" && len(zip) == 5 {
		if r, err := s.Places.Resolve(zip); err == nil {
			known, far = []geo.Place{r.Place}, farFromZIP
		}
	}
	if len(known) == 0 && a.City != "" {
		if r, err := s.Places.Resolve(a.City + ", " + a.Division + ", " + a.Country); err == nil {
			known = append(r.Candidates, r.Place)
		}
	}
	if len(known) == 0 {
		if country, _ := s.Places.DivisionAt(site.Point); country != "" && a.Country != "" && country != a.Country {
			return Abroad + " " + country
		}
		return ""
	}
	nearest, at := math.Inf(1), known[0]
	for _, p := range known {
		if d := geo.Distance(p.Point, site.Point); d < nearest {
			nearest, at = d, p
		}
	}
	if nearest <= far {
		return ""
	}
	return fmt.Sprintf("%s %.0f %s", Far, nearest/1000, at.Label())
}

// pair finds which listings of a batch may be the same as others.
func (s *Survey) pair(ctx context.Context, all []Findings, listings []*directory.Listing) error {
	mine := make([]*traits, len(all))
	keys := map[directory.ID][]uint64{}
	for i, l := range listings {
		keys[all[i].ID] = nil
		if l != nil && l.Status != directory.Archived && !l.Demonstration {
			mine[i] = traitsOf(l)
			keys[l.ID] = mine[i].keys()
		}
	}
	// Kept before others are looked for: of two surveyed at the same time on two servers, one will see the other.
	if err := s.store.SetKeys(ctx, keys); err != nil {
		return err
	}
	var asked []uint64
	for _, k := range keys {
		asked = append(asked, k...)
	}
	sharing, err := s.store.Sharing(ctx, asked, sharers)
	if err != nil {
		return err
	}
	others, err := s.read(ctx, mine, sharing)
	if err != nil {
		return err
	}
	for i, t := range mine {
		if t == nil {
			continue
		}
		seen := map[directory.ID]bool{t.id: true}
		for _, k := range keys[t.id] {
			for _, id := range sharing[k] {
				if o := others[id]; o != nil && !seen[id] {
					seen[id] = true
					if p := compare(t, o); p != nil {
						all[i].Pairs = append(all[i].Pairs, p)
					}
				}
			}
		}
	}
	return nil
}

// read gives the traits of all that share a key, those of the batch among them.
func (s *Survey) read(ctx context.Context, mine []*traits, sharing map[uint64][]directory.ID) (map[directory.ID]*traits, error) {
	known := map[directory.ID]*traits{}
	for _, t := range mine {
		if t != nil {
			known[t.id] = t
		}
	}
	var ids []directory.ID
	for _, list := range sharing {
		for _, id := range list {
			if _, ok := known[id]; !ok {
				known[id] = nil
				ids = append(ids, id)
			}
		}
	}
	found, err := s.listings(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, l := range found {
		if l != nil && l.Status != directory.Archived && !l.Demonstration {
			known[l.ID] = traitsOf(l)
		}
	}
	return known, nil
}
