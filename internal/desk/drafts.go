package desk

import (
	"context"

	"carefinder/internal/directory"
	"carefinder/internal/exchange"
)

// Offers remembers what files said that came in as drafts.
type Offers interface {
	Past(ctx context.Context, id directory.ID) (exchange.Past, error)
	// Offer remembers what a file said of listings that drafts were made of, and has what is in conflict wait.
	Offer(ctx context.Context, all []exchange.Taken, file string) error
}

// Drafts takes imported listings in as proposals of one actor, each for somebody else to approve. It is what an
// exchange.Importer of a curator who may not publish saves to.
type Drafts struct {
	Offers
	Editing *Editing
	Actor   Actor
}

// Take opens a proposal for each listing, over the revision it carries. One that the actor has open already is written
// anew, so that importing a file again makes nothing twice; what somebody changed in it since stays. Those before an error stay.
func (d *Drafts) Take(ctx context.Context, all []exchange.Taken, by directory.Editor) error {
	for _, t := range all {
		if t.Listing == nil {
			continue
		}
		if err := d.save(ctx, t.Listing, by.Note); err != nil {
			return err
		}
	}
	return d.Offer(ctx, all, by.Note)
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
	l, err = d.withEdits(ctx, &open[0], l)
	if err == nil {
		_, err = d.Editing.Save(ctx, d.Actor, open[0].ID, open[0].Version, l, note)
	}
	return err
}

// withEdits is what a file says with what somebody wrote in the draft since the file before it.
func (d *Drafts) withEdits(ctx context.Context, p *Proposal, l *directory.Listing) (*directory.Listing, error) {
	past, err := d.Past(ctx, l.ID)
	if err != nil {
		return nil, err
	}
	base := past.Offered
	if base == nil {
		if base, err = d.Editing.base(ctx, p); err != nil {
			return nil, err
		}
	}
	merged, _ := directory.Merge(base, l, p.Listing, func(string) directory.Side { return directory.Theirs })
	return merged, nil
}
