package desk

import (
	"context"

	"carefinder/internal/directory"
)

// Drafts takes imported listings in as proposals of one actor, each for somebody else to approve. It is what an
// exchange.Importer of a curator who may not publish saves to.
type Drafts struct {
	Editing *Editing
	Actor   Actor
}

// SaveMany opens a proposal for each listing, over the revision it carries. One that the actor has open already is
// written anew, so that importing a file again makes nothing twice. Those before an error stay.
func (d *Drafts) SaveMany(ctx context.Context, all []*directory.Listing, by directory.Editor) error {
	for _, l := range all {
		if err := d.save(ctx, l, by.Note); err != nil {
			return err
		}
	}
	return nil
}

func (d *Drafts) save(ctx context.Context, l *directory.Listing, note string) error {
	mine := Wanted{States: []State{Drafted, InReview, SentBack}, Listing: l.ID, Editor: d.Actor.ID}
	open, err := d.Editing.Proposals.Proposals(ctx, mine, directory.Page{Limit: 1})
	if err != nil {
		return err
	}
	if len(open) == 0 {
		_, err = d.Editing.Open(ctx, d.Actor, directory.ID{}, l.Clone(), note)
		return err
	}
	_, err = d.Editing.Save(ctx, d.Actor, open[0].ID, open[0].Version, l, note)
	return err
}
