package desk

import (
	"context"
	"fmt"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Step is one revision and what it changed.
type Step struct {
	directory.Revision
	Was     *directory.Listing     // the revision before; empty at the first
	Changed []directory.Difference // against Was
}

// History gives the revisions of a listing with what each changed, newest first.
func (e *Editing) History(ctx context.Context, id directory.ID, page directory.Page) ([]Step, error) {
	revisions, err := e.Directory.History(ctx, id, directory.Page{Offset: page.Offset, Limit: page.Limit + 1})
	if err != nil {
		return nil, err
	}
	steps := make([]Step, 0, len(revisions))
	for i, r := range revisions[:min(len(revisions), page.Limit)] {
		before := &directory.Listing{}
		if i+1 < len(revisions) {
			before = revisions[i+1].Listing
		}
		steps = append(steps, Step{Revision: r, Was: before, Changed: directory.Compare(before, r.Listing)})
	}
	return steps, nil
}

// Restore saves a listing as it was at revision no, as the revision after base: history only grows. What broke a rule
// since then is fault.Invalid with its fields.
func (e *Editing) Restore(ctx context.Context, a Actor, id directory.ID, no, base directory.RevisionNo, why string) (*directory.Listing, error) {
	if err := said("note", why); err != nil {
		return nil, err
	}
	now, err := e.Directory.Listing(ctx, id)
	if err != nil {
		return nil, err
	}
	if now.Revision != base {
		return nil, moved()
	}
	old, err := e.Directory.Revision(ctx, id, no)
	if err != nil {
		return nil, err
	}
	if len(directory.Compare(old.Listing, now)) == 0 {
		return nil, fault.New(fault.Conflict, "The listing says the same already.")
	}
	l := old.Listing.Clone()
	err = acted(ctx, e.Audit, Entry{
		Actor: a, Action: "listing.restore", Subject: "listing:" + id.String(),
		Detail: map[string]string{"restored": fmt.Sprint(no), "revision": fmt.Sprint(base + 1)},
	}, func(ctx context.Context) error { return e.Directory.Save(ctx, l, base, a.editor(why)) })
	if err != nil {
		return nil, err
	}
	return l, nil
}
