package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
)

// Proposal is what someone would have a listing say. It never reaches the public: what they see is the listing as it is
// published, until somebody else approves.
type Proposal struct {
	ID        directory.ID
	Version   int64 // counts the saves of the draft, from 1
	State     State
	Base      directory.RevisionNo // of the listing it was made from; 0: there is none yet
	Listing   *directory.Listing   // as it would be saved; its Status is what approving makes of it. It may have faults.
	Note      string               // why, for the history
	By        Actor                // who began it
	Editors   []Actor              // everyone whose hand is in it
	CreatedAt time.Time
	UpdatedAt time.Time
	Decided   Actor                // who approved, sent back or dropped it; zero while nobody has
	Revision  directory.RevisionNo // what it was published as
}

// State says how far a proposal has come.
type State string

// The states of a proposal.
const (
	Drafted   State = "draft"
	InReview  State = "in-review"
	SentBack  State = "sent-back"
	Published State = "published"
	Dropped   State = "dropped"
)

// States lists every state.
func States() []State { return []State{Drafted, InReview, SentBack, Published, Dropped} }

// Open reports whether the proposal can still become something.
func (s State) Open() bool { return s == Drafted || s == InReview || s == SentBack }

// Comment is what someone says about a proposal.
type Comment struct {
	By   Actor
	At   time.Time
	Text string
}

// MaxComment bounds a comment and the note of a proposal, in bytes.
const MaxComment = 4_000

// Wanted says which proposals to list. The zero Wanted is all of them.
type Wanted struct {
	States  []State
	Listing directory.ID // only of this listing
	Editor  string       // only those that this actor's hand is in
}

// Proposals keeps proposals. What it gives is the caller's.
type Proposals interface {
	// AddProposal keeps a new one as version 1: fault.Conflict when there is one of its ID.
	AddProposal(ctx context.Context, p *Proposal) error
	// Proposal gives one, or fault.NotFound.
	Proposal(ctx context.Context, id directory.ID) (*Proposal, error)
	// SaveProposal writes p as version+1 and sets p.Version. When it is no longer at version it changes nothing and gives
	// fault.Conflict.
	SaveProposal(ctx context.Context, p *Proposal, version int64) error
	// Proposals lists those wanted, the last changed first.
	Proposals(ctx context.Context, w Wanted, page directory.Page) ([]Proposal, error)
	// DraftAt gives the listing and the note as an earlier version had them. Only the latest versions are kept:
	// fault.NotFound for others.
	DraftAt(ctx context.Context, id directory.ID, version int64) (l *directory.Listing, note string, err error)
	AddComment(ctx context.Context, id directory.ID, c Comment) error
	Comments(ctx context.Context, id directory.ID) ([]Comment, error) // oldest first
}

// Config is what Editing works with.
type Config struct {
	Directory *directory.Desk
	Proposals Proposals
	Audit     Audit
	Alone     bool             // a team of one: who edited may publish
	Now       func() time.Time // nil means the machine's
}

// Editing is how listings come to say something else: proposals, their review, and the history of what was published.
// It is safe for concurrent use.
type Editing struct {
	Config
}

// NewEditing makes an Editing.
func NewEditing(c Config) *Editing { return &Editing{c} }

// Begin opens a proposal to change a listing, or, with the zero ID, to add one. A draft of the actor's own that is open
// on the listing, or that nothing was written in yet, is gone on with: a button pressed twice makes one.
func (e *Editing) Begin(ctx context.Context, a Actor, id directory.ID) (*Proposal, error) {
	if p, err := e.begun(ctx, a, id); p != nil || err != nil {
		return p, err
	}
	l := &directory.Listing{ID: directory.NewID(clock(e.Now)), Status: directory.Published, Kind: directory.Therapist}
	if !id.IsZero() {
		now, err := e.Directory.Listing(ctx, id)
		if err != nil {
			return nil, err
		}
		l = toEdit(now)
	}
	return e.Open(ctx, a, directory.ID{}, l, "")
}

// toEdit gives a listing to change: a draft is edited to be published.
func toEdit(now *directory.Listing) *directory.Listing {
	l := now.Clone()
	if l.Status != directory.Archived {
		l.Status = directory.Published
	}
	return l
}

// begun finds a draft of the actor's own to go on with; nil when there is none.
func (e *Editing) begun(ctx context.Context, a Actor, id directory.ID) (*Proposal, error) {
	mine, err := e.Proposals.Proposals(ctx, Wanted{States: []State{Drafted, SentBack}, Listing: id, Editor: a.ID}, directory.Page{Limit: 50})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(mine, func(p Proposal) bool { return !id.IsZero() || p.Base == 0 && p.Version == 1 && p.Listing.Name == "" })
	if i < 0 {
		return nil, nil
	}
	return &mine[i], nil
}

// Open opens a proposal that has a listing say what l does. l stands at the revision it was made from. With an id, that
// of the proposal, it does nothing a second time and gives what stands.
func (e *Editing) Open(ctx context.Context, a Actor, id directory.ID, l *directory.Listing, note string) (*Proposal, error) {
	at := clock(e.Now)
	p := &Proposal{
		ID: id, State: Drafted, Base: l.Revision, Listing: l, Note: note, By: a, Editors: []Actor{a}, CreatedAt: at, UpdatedAt: at,
	}
	if id.IsZero() {
		p.ID = directory.NewID(at)
	}
	err := e.Audit.Together(ctx, func(ctx context.Context) error {
		if err := e.Proposals.AddProposal(ctx, p); err != nil {
			return err
		}
		return e.record(ctx, a, "proposal.begin", p)
	})
	if fault.Is(err, fault.Conflict) && !id.IsZero() {
		return e.Proposals.Proposal(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Proposal gives a proposal.
func (e *Editing) Proposal(ctx context.Context, id directory.ID) (*Proposal, error) {
	return e.Proposals.Proposal(ctx, id)
}

// Save keeps what a curator has written so far over the version it was written on; a later version is fault.Conflict,
// and Stale says how the two can become one. A draft may have any faults but be too large to be kept: Faults tells
// them. A proposal in review is taken back by saving it.
func (e *Editing) Save(ctx context.Context, a Actor, id directory.ID, version int64, l *directory.Listing, note string) (*Proposal, error) {
	p, err := e.open(ctx, id, version)
	if err != nil {
		return nil, err
	}
	return p, e.write(ctx, a, p, l, note)
}

// write has an open proposal say what l does. It reads nothing.
func (e *Editing) write(ctx context.Context, a Actor, p *Proposal, l *directory.Listing, note string) error {
	l = l.Clone()
	l.ID, l.Revision, l.UpdatedAt, l.Demonstration = p.Listing.ID, p.Listing.Revision, p.Listing.UpdatedAt, p.Listing.Demonstration
	if err := e.keepable(l, note); err != nil {
		return err
	}
	if note == p.Note && len(directory.Compare(p.Listing, l)) == 0 {
		return nil // an autosave of what is saved already
	}
	sign(l, p.Listing, a)
	p.Listing, p.Note = l, note
	p.edited(a)
	if p.State == InReview {
		p.State = Drafted
	}
	return e.save(ctx, p, p.Version)
}

// maxDraft bounds the document of a draft, in bytes: many times what a listing with no faults comes to.
const maxDraft = 512 << 10

// keepable refuses what no draft may be: too large, or nothing that can be written down.
func (e *Editing) keepable(l *directory.Listing, note string) error {
	var bad fault.Fields
	if doc, err := document.Encode(l); err != nil || len(doc) > maxDraft {
		bad.Merge("", e.Directory.Check(l))
		if bad.Err("") == nil {
			bad.Merge("", err)
		}
	}
	plain(&bad, noteField, note, MaxComment)
	return bad.Err("This is more than a draft may hold.")
}

// plain refuses a text that is too long, or that no database would take.
func plain(bad *fault.Fields, field, text string, limit int) {
	switch {
	case len(text) > limit:
		bad.Add(field, fmt.Sprintf("is longer than %d bytes", limit))
	case !utf8.ValidString(text):
		bad.Add(field, "is not valid UTF-8")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		bad.Add(field, "holds a control character")
	}
}

// sign notes who changed which claim.
func sign(l, before *directory.Listing, a Actor) {
	for i, c := range l.Claims {
		if !slices.Contains(before.Claims, c) {
			l.Claims[i].By = a.Name
		}
	}
}

func (p *Proposal) edited(a Actor) {
	if !p.editedBy(a) {
		p.Editors = append(p.Editors, a)
	}
}

func (p *Proposal) editedBy(a Actor) bool {
	return slices.ContainsFunc(p.Editors, func(x Actor) bool { return x.ID == a.ID })
}

// open gives a proposal that can still be changed, at the version the caller saw.
func (e *Editing) open(ctx context.Context, id directory.ID, version int64) (*Proposal, error) {
	p, err := e.Proposals.Proposal(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case !p.State.Open():
		return nil, fault.New(fault.Conflict, "This proposal was decided already.")
	case p.Version != version:
		return nil, stale()
	}
	return p, nil
}

func stale() error {
	return fault.New(fault.Conflict, "This draft was changed since you opened it. Look at both versions and save again.")
}

func (e *Editing) save(ctx context.Context, p *Proposal, version int64) error {
	p.UpdatedAt = clock(e.Now)
	return e.Proposals.SaveProposal(ctx, p, version)
}

// Merged is one draft made of two, and what of it a person has to decide.
type Merged struct {
	Draft
	Conflicts          []directory.Conflict
	Base, Mine, Theirs Draft
}

// Draft is what is written in a proposal.
type Draft struct {
	Listing *directory.Listing
	Note    string
}

// noteField is the path of a conflict over the note: no part of a listing has that name.
const noteField = "note"

// Compare lists what differs between two drafts.
func (d Draft) Compare(next Draft) []directory.Difference {
	all := directory.Compare(d.Listing, next.Listing)
	if d.Note != next.Note {
		all = append(all, directory.Difference{Path: noteField, Old: d.Note, New: next.Note})
	}
	return all
}

// Picks are whose to take where a merge has a conflict, by its path. Where nothing is said it is mine.
type Picks map[string]directory.Side

func (p Picks) of(path string) directory.Side { return p[path] }

// Stale merges what was written on an old version of a draft with the draft as it is now, which it gives as well. It
// saves nothing.
func (e *Editing) Stale(ctx context.Context, id directory.ID, version int64, mine Draft, picks Picks) (*Merged, *Proposal, error) {
	p, err := e.Proposals.Proposal(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	var base Draft
	base.Listing, base.Note, err = e.Proposals.DraftAt(ctx, id, version)
	if fault.Is(err, fault.NotFound) { // long ago: from the listing itself more is in conflict, and nothing is lost
		base.Listing, err = e.base(ctx, p)
	}
	if err != nil {
		return nil, nil, err
	}
	return merge(base, mine, Draft{p.Listing, p.Note}, picks), p, nil
}

// Moved merges a proposal with its listing as it is now: what approving would save.
func (e *Editing) Moved(ctx context.Context, p *Proposal, picks Picks) (*Merged, error) {
	base, err := e.base(ctx, p)
	if err != nil {
		return nil, err
	}
	now, err := e.now(ctx, p)
	if err != nil {
		return nil, err
	}
	return merge(Draft{base, p.Note}, Draft{p.Listing, p.Note}, Draft{now, p.Note}, picks), nil
}

func merge(base, mine, theirs Draft, picks Picks) *Merged {
	m := &Merged{Base: base, Mine: mine, Theirs: theirs}
	m.Listing, m.Conflicts = directory.Merge(base.Listing, mine.Listing, theirs.Listing, picks.of)
	m.Note = mine.Note
	if mine.Note == theirs.Note || base.Note == theirs.Note {
		return m
	}
	side := directory.Theirs
	if base.Note != mine.Note {
		side = picks.of(noteField)
		clash := directory.Clash{Path: noteField, Base: base.Note, Mine: mine.Note, Theirs: theirs.Note}
		m.Conflicts = append(m.Conflicts, directory.Conflict{Path: noteField, Fields: []directory.Clash{clash}, Taken: side})
	}
	if side == directory.Theirs {
		m.Note = theirs.Note
	}
	return m
}

// base gives the revision that a proposal was made from, of a new one a listing that says nothing.
func (e *Editing) base(ctx context.Context, p *Proposal) (*directory.Listing, error) {
	if p.Base == 0 {
		return &directory.Listing{ID: p.Listing.ID}, nil
	}
	r, err := e.Directory.Revision(ctx, p.Listing.ID, p.Base)
	if err != nil {
		return nil, err
	}
	return r.Listing, nil
}

// now gives a proposal's listing as it is now. A new one says nothing yet.
func (e *Editing) now(ctx context.Context, p *Proposal) (*directory.Listing, error) {
	l, err := e.Directory.Listing(ctx, p.Listing.ID)
	if fault.Is(err, fault.NotFound) && p.Base == 0 {
		return &directory.Listing{ID: p.Listing.ID}, nil
	}
	return l, err
}

// Rebase brings a proposal in step with its listing, which was saved by others meanwhile. seen is the listing's revision
// that the picks were made on: a later one is fault.Conflict, for nobody decided about it.
func (e *Editing) Rebase(ctx context.Context, a Actor, id directory.ID, version int64, seen directory.RevisionNo, picks Picks) (*Proposal, error) {
	p, err := e.open(ctx, id, version)
	if err != nil {
		return nil, err
	}
	m, err := e.Moved(ctx, p, picks)
	if err != nil {
		return nil, err
	}
	if m.Theirs.Listing.Revision != seen {
		return nil, moved()
	}
	p.Listing, p.Base = m.Listing, seen
	if len(m.Conflicts) > 0 {
		p.edited(a)
	}
	return p, e.save(ctx, p, version)
}

func moved() error {
	return fault.New(fault.Conflict, "The listing itself was changed since you opened this page. Look at what changed, then decide.")
}

// Faults reports everything that keeps a proposal from being handed in, each with its field: what no listing may be, a
// changed claim without a new source and date, and a missing reason.
func (e *Editing) Faults(ctx context.Context, p *Proposal) error {
	base, err := e.base(ctx, p)
	if err != nil {
		return err
	}
	var bad fault.Fields
	bad.Merge("", e.Directory.Check(p.Listing))
	e.provenance(&bad, base, p.Listing)
	if strings.TrimSpace(p.Note) == "" {
		bad.Add(noteField, "say why, for whoever reviews it and for the history")
	}
	return bad.Err("This proposal can't be handed in as it is.")
}

// provenance asks of each claim that is new or answers differently where that is from, and when it was read: an old
// source does not state a new answer. A new one is of a term that is still offered.
func (e *Editing) provenance(bad *fault.Fields, base, l *directory.Listing) {
	for i, c := range l.Claims {
		field := fmt.Sprintf("claims[%d]", i)
		was := slices.IndexFunc(base.Claims, func(b directory.Claim) bool { return b.Facet == c.Facet && b.Code == c.Code })
		if was < 0 {
			e.Directory.CheckOffered(bad, field, c)
		}
		if was < 0 || base.Claims[was].Value != c.Value {
			if strings.TrimSpace(c.Source) == "" {
				bad.Add(field+".source", "say who states this")
			}
			if c.At.IsZero() || was >= 0 && !c.At.After(base.Claims[was].At) {
				bad.Add(field+".at", "say on what day this was read: it is another answer than before")
			}
		}
		if c.At.After(clock(e.Now).Add(24 * time.Hour)) { // the day may have begun already where the curator is
			bad.Add(field+".at", "is in the future")
		}
	}
}

func (e *Editing) record(ctx context.Context, a Actor, action string, p *Proposal) error {
	return e.Audit.Record(ctx, Entry{
		Actor: a, Action: action, Subject: "proposal:" + p.ID.String(),
		Detail: map[string]string{"listing": p.Listing.ID.String(), "version": fmt.Sprint(p.Version)},
	})
}
