package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/exchange"
	"carefinder/internal/fault"
)

// Clash is what a file says of a listing where a curator changed the same since the file before it.
type Clash struct {
	exchange.Clash
	Name string // of the file
	At   time.Time
}

// Clashes keeps what files say that curators have to decide about. What waits is a task of QueueConflicts.
type Clashes interface {
	// Clash gives what waits about a listing, or fault.NotFound.
	Clash(ctx context.Context, id directory.ID) (*Clash, error)
	// SettleClash has it wait no more: fault.Conflict when it is no longer the one of that time.
	SettleClash(ctx context.Context, id directory.ID, at time.Time) error
}

// Conflicting says in a task what is in conflict: a path a line.
func Conflicting(paths []string) string { return clipped(strings.Join(paths, "\n")) }

// Settling is how curators decide what holds where a file and the desk say different things.
type Settling struct {
	clashes Clashes
	editing *Editing
}

// NewSettling makes a Settling.
func NewSettling(c Clashes, e *Editing) *Settling { return &Settling{c, e} }

// Waiting gives what waits about a listing, merged with the listing as it is now: mine is the file's.
func (s *Settling) Waiting(ctx context.Context, id directory.ID, picks Picks) (*Clash, *Merged, error) {
	c, err := s.clashes.Clash(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	now, err := s.editing.Directory.Listing(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	m := merge(Draft{Listing: c.Base}, Draft{Listing: c.File}, Draft{Listing: now}, picks)
	// All else of the file came in with it; what curators took back since stays back.
	kept, _ := directory.Merge(c.Base, c.File, now, func(string) directory.Side { return directory.Theirs })
	m.Listing, _ = directory.Merge(kept, m.Listing, now, nil)
	return c, m, nil
}

// Settle decides each conflict as picked. What then differs from the listing becomes a proposal, for somebody else to
// approve; where all stays as it is here it gives nil. at and seen are when the file came in and the revision that were
// looked at. Sent twice, it gives what the first one made.
func (s *Settling) Settle(ctx context.Context, a Actor, id directory.ID, at time.Time, seen directory.RevisionNo, picks Picks) (*Proposal, error) {
	proposal := directory.ImportedID("import conflict "+id.String(), fmt.Sprint(at.UnixMicro()))
	c, m, err := s.Waiting(ctx, id, picks)
	switch {
	case fault.Is(err, fault.NotFound):
		if p, err := s.editing.Proposal(ctx, proposal); err == nil {
			return p, nil
		}
		return nil, err
	case err != nil:
		return nil, err
	case m.Theirs.Listing.Revision != seen:
		return nil, moved()
	}
	var bad fault.Fields
	for _, x := range m.Conflicts {
		if _, said := picks[x.Path]; !said {
			bad.Add(x.Path, "choose whose to take")
		}
	}
	if err := bad.Err("Something is not decided yet."); err != nil {
		return nil, err
	}
	differs := len(directory.Compare(m.Theirs.Listing, m.Listing)) > 0
	entry := Entry{a, "import.settle", "listing:" + id.String(), map[string]string{"file": c.Name}}
	err = acted(ctx, s.editing.Audit, entry, func(ctx context.Context) error {
		if err := s.clashes.SettleClash(ctx, id, at); err != nil || !differs {
			return err
		}
		_, err := s.editing.Open(ctx, a, proposal, m.Listing, c.Name)
		return err
	})
	if err != nil || !differs {
		return nil, err
	}
	return s.editing.Proposal(ctx, proposal)
}
