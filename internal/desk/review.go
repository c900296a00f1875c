package desk

import (
	"context"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Submit hands a proposal in for review. It gives fault.Invalid with everything Faults finds.
func (e *Editing) Submit(ctx context.Context, a Actor, id directory.ID, version int64) (*Proposal, error) {
	p, err := e.open(ctx, id, version)
	if err != nil {
		return nil, err
	}
	if err := e.Faults(ctx, p); err != nil {
		return nil, err
	}
	return p, e.handIn(ctx, a, p)
}

// handIn gives a proposal without faults to whoever reviews it.
func (e *Editing) handIn(ctx context.Context, a Actor, p *Proposal) error {
	p.State = InReview
	_, err := e.decided(ctx, a, "proposal.submit", p, nil)
	return err
}

// Approve publishes a proposal in review, over the revision of its listing that the reviewer saw it beside. Nobody
// publishes alone what they wrote. What others saved since the proposal began is merged in; where that needs a decision
// it is fault.Conflict, for Rebase to settle. To approve the same version again changes nothing.
func (e *Editing) Approve(ctx context.Context, a Actor, id directory.ID, version int64, seen directory.RevisionNo) (*Proposal, error) {
	p, err := e.Proposals.Proposal(ctx, id)
	if err != nil {
		return nil, err
	}
	if p.State == Published && p.Version == version+1 && p.Decided.ID == a.ID {
		return p, nil // the button was pressed twice
	}
	if err := e.approvable(p, a, version); err != nil {
		return nil, err
	}
	m, err := e.Moved(ctx, p, nil)
	if err != nil {
		return nil, err
	}
	switch {
	case m.Theirs.Listing.Revision != seen:
		return nil, moved()
	case len(m.Conflicts) > 0:
		return nil, fault.New(fault.Conflict, "The listing was changed by someone else in the same places. Decide which to keep, then publish.")
	}
	p.State, p.Decided, p.Revision = Published, a, m.Theirs.Listing.Revision
	if m.Theirs.Listing.Revision > 0 && len(directory.Compare(m.Theirs.Listing, m.Listing)) == 0 { // others had it say so meanwhile
		return e.decided(ctx, a, "proposal.approve", p, nil)
	}
	p.Revision++
	return e.decided(ctx, a, "proposal.approve", p, func(ctx context.Context) error { return e.publish(ctx, p, m) })
}

// decided saves a proposal in its new state, does what that means, and notes it: all of it or nothing.
func (e *Editing) decided(ctx context.Context, a Actor, action string, p *Proposal, do func(ctx context.Context) error) (*Proposal, error) {
	err := e.Audit.Together(ctx, func(ctx context.Context) error {
		if err := e.save(ctx, p, p.Version); err != nil {
			return err
		}
		if do != nil {
			if err := do(ctx); err != nil {
				return err
			}
		}
		return e.record(ctx, a, action, p)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (e *Editing) approvable(p *Proposal, a Actor, version int64) error {
	switch {
	case !p.State.Open():
		return fault.New(fault.Conflict, "This proposal was decided already.")
	case p.Version != version:
		return stale()
	case p.State != InReview:
		return fault.New(fault.Conflict, "This proposal isn't in review.")
	case p.editedBy(a) && !e.Alone:
		return fault.New(fault.Forbidden, "You wrote part of this: someone else has to publish it.")
	}
	return nil
}

// publish saves the merged listing.
func (e *Editing) publish(ctx context.Context, p *Proposal, m *Merged) error {
	names := make([]string, len(p.Editors))
	for i, a := range p.Editors {
		names[i] = a.Name
	}
	by := Actor{Name: strings.Join(names, ", ")}
	return e.Directory.Save(ctx, m.Listing, m.Theirs.Listing.Revision, by.editor(p.Note))
}

// SendBack gives a proposal in review back to its editors, and tells them why.
func (e *Editing) SendBack(ctx context.Context, a Actor, id directory.ID, version int64, why string) (*Proposal, error) {
	if err := said("comment", why); err != nil {
		return nil, err
	}
	p, err := e.open(ctx, id, version)
	if err != nil {
		return nil, err
	}
	if p.State != InReview {
		return nil, fault.New(fault.Conflict, "This proposal isn't in review.")
	}
	return e.decide(ctx, p, SentBack, a, why)
}

// Drop gives a proposal up. It is kept, and can't be taken up again.
func (e *Editing) Drop(ctx context.Context, a Actor, id directory.ID, version int64, why string) (*Proposal, error) {
	if err := said("comment", why); err != nil {
		return nil, err
	}
	p, err := e.open(ctx, id, version)
	if err != nil {
		return nil, err
	}
	return e.decide(ctx, p, Dropped, a, why)
}

func (e *Editing) decide(ctx context.Context, p *Proposal, s State, a Actor, why string) (*Proposal, error) {
	p.State, p.Decided = s, a
	return e.decided(ctx, a, "proposal."+string(s), p, func(ctx context.Context) error { return e.comment(ctx, a, p.ID, why) })
}

// Comment says something about a proposal.
func (e *Editing) Comment(ctx context.Context, a Actor, id directory.ID, text string) error {
	if err := said("comment", text); err != nil {
		return err
	}
	if _, err := e.Proposals.Proposal(ctx, id); err != nil {
		return err
	}
	return e.comment(ctx, a, id, text)
}

func (e *Editing) comment(ctx context.Context, a Actor, id directory.ID, text string) error {
	return e.Proposals.AddComment(ctx, id, Comment{By: a, At: clock(e.Now), Text: strings.TrimSpace(text)})
}

// said refuses a text that says nothing, or too much.
func said(field, text string) error {
	var bad fault.Fields
	if strings.TrimSpace(text) == "" {
		bad.Add(field, "say why")
	}
	plain(&bad, field, text, MaxComment)
	return bad.Err("This can't be done without a word.")
}
