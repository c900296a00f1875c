package directory

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"carefinder/internal/fault"
)

// Store is the truth: listings and every revision they ever had.
type Store interface {
	// Listing gives a listing as it is now, whatever its status, or fault.NotFound; never nil with a nil error.
	Listing(ctx context.Context, id ID) (*Listing, error)
	// Save writes l as revision base+1, the revision itself and its change in one transaction, and sets
	// l.Revision and l.UpdatedAt. When the listing is no longer at base it changes nothing and gives fault.Conflict.
	Save(ctx context.Context, l *Listing, base RevisionNo, by Editor) error
	// History gives a listing's revisions, newest first.
	History(ctx context.Context, id ID, p Page) ([]Revision, error)
}

// Editor is who makes a change, and why.
type Editor struct {
	Name string // a curator's name, or what did it: "import", "seed"
	Note string
}

// Page is a part of a long list: at most Limit of what comes after the first Offset.
type Page struct{ Offset, Limit int }

// Revision is an immutable version of a listing. The caller owns it.
type Revision struct {
	No      RevisionNo
	At      time.Time
	By      Editor
	Listing *Listing
}

// Change is one listing whose index entry may be out of date. Seq orders changes as their saves were done; Revision is
// what was saved.
type Change struct {
	Seq      int64
	ID       ID
	Revision RevisionNo
	At       time.Time
}

// Feedback is what a visitor told us about a page or a listing, kept for review. It holds nothing about the visitor.
type Feedback struct {
	ID      ID
	Listing ID     // zero when it is about a page
	Page    string // path, without a query
	Kind    FeedbackKind
	Message string
	Proven  bool // came with a proof that a browser worked for it, which few machines do
	At      time.Time
}

// FeedbackKind says what a visitor wants to tell.
type FeedbackKind string

// The kinds of feedback.
const (
	Helpful     FeedbackKind = "helpful"
	ReportError FeedbackKind = "error"
	OtherWord   FeedbackKind = "other"

	DeadNumber FeedbackKind = "dead-number" // of a listing: it can't be dialled, or is somebody else's
	Unanswered FeedbackKind = "no-answer"   // nobody picks up or writes back
	NotTaking  FeedbackKind = "not-taking"  // no new patients
)

// DeadLines are the kinds that say a listing can't be reached, which a call can find out.
func DeadLines() []FeedbackKind { return []FeedbackKind{DeadNumber, Unanswered, NotTaking} }

// FeedbackKinds lists every kind.
func FeedbackKinds() []FeedbackKind {
	return append([]FeedbackKind{Helpful, ReportError, OtherWord}, DeadLines()...)
}

// MaxFeedback bounds a message, in bytes.
const MaxFeedback = 4_000

// Validate reports every fault of the feedback at once.
func (f *Feedback) Validate() error {
	c := &checker{}
	oneOf(c, "kind", f.Kind, FeedbackKinds())
	c.text("message", f.Message, MaxFeedback)
	c.text("page", f.Page, MaxName)
	dead := slices.Contains(DeadLines(), f.Kind)
	if dead && f.Listing.IsZero() {
		c.bad.Add("kind", "is for a listing")
	}
	if f.Kind != Helpful && !dead && f.Message == "" {
		c.bad.Add("message", "tell us what is wrong or missing")
	}
	if f.Listing.IsZero() && f.Page == "" {
		c.bad.Add("page", "say which page or listing it is about")
	}
	return c.bad.Err("This can't be sent as it is.")
}

// Desk is the front door for every change to a listing, by a curator or an import: nothing reaches the store that
// breaks a rule of the domain or carries a number known to be wrong.
type Desk struct {
	store Store
	vocab atomic.Pointer[Vocabulary]
	block *Blocklist
}

// NewDesk makes a desk over the truth. A nil blocklist blocks nothing.
func NewDesk(s Store, v *Vocabulary, b *Blocklist) *Desk {
	d := &Desk{store: s, block: b}
	d.Reword(v)
	return d
}

// Reword has what is checked from now on go by another vocabulary.
func (d *Desk) Reword(v *Vocabulary) { d.vocab.Store(v) }

// Check reports every fault l would be refused for, without saving.
func (d *Desk) Check(l *Listing) error {
	var bad fault.Fields
	bad.Merge("", l.Validate(d.vocab.Load()))
	d.block.check(&bad, l)
	return bad.Err("This listing can't be saved as it is.")
}

// CheckClaim reports every fault of a claim that is to be made anew.
func (d *Desk) CheckClaim(cl Claim) error {
	c := &checker{vocab: d.vocab.Load()}
	c.claim("claim", cl)
	d.CheckOffered(&c.bad, "claim", cl)
	return c.bad.Err("This can't be claimed as it is.")
}

// CheckOffered reports a claim of a retired term, for where it is about to be made anew.
func (d *Desk) CheckOffered(bad *fault.Fields, field string, cl Claim) {
	if t := d.vocab.Load().Term(cl.Facet, cl.Code); t != nil && t.Retired {
		bad.Add(field, fmt.Sprintf("%q is not used any more: choose another %s", clip(cl.Code), cl.Facet))
	}
}

// Save checks l and writes it as the revision after base. It gives fault.Invalid with every faulty field, or
// fault.Conflict when someone saved meanwhile.
func (d *Desk) Save(ctx context.Context, l *Listing, base RevisionNo, by Editor) error {
	if err := d.Check(l); err != nil {
		return err
	}
	if err := d.store.Save(ctx, l, base, by); err != nil {
		return fmt.Errorf("save listing %s: %w", l.ID, err)
	}
	return nil
}

// Listing gives a listing as it is now, for editing. The caller must Clone it before changing it.
func (d *Desk) Listing(ctx context.Context, id ID) (*Listing, error) { return d.store.Listing(ctx, id) }

// History gives a listing's revisions, newest first.
func (d *Desk) History(ctx context.Context, id ID, p Page) ([]Revision, error) {
	return d.store.History(ctx, id, p)
}

// Revision gives one revision of a listing, or fault.NotFound.
func (d *Desk) Revision(ctx context.Context, id ID, no RevisionNo) (*Revision, error) {
	missing := fault.New(fault.NotFound, "There is no such revision.")
	for {
		now, err := d.store.Listing(ctx, id)
		if err != nil {
			return nil, err
		}
		if no < 1 || no > now.Revision {
			return nil, missing
		}
		// Revisions are numbered without a gap, so the number says how far back it stands, unless one is saved just now.
		found, err := d.store.History(ctx, id, Page{Offset: int(now.Revision - no), Limit: 1})
		switch {
		case err != nil:
			return nil, err
		case len(found) == 0:
			return nil, missing
		case found[0].No == no:
			return &found[0], nil
		}
	}
}
