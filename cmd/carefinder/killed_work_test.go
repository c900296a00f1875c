package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/directory"
)

// pair is two programs, because nobody publishes alone what they wrote.
type pair struct{ writes, decides hand }

func (p *pair) goesTo(base string) { p.writes.base, p.decides.base = base, base }

// clerk changes one listing, again and again, by proposals that another approves.
type clerk struct {
	pair
	id        directory.ID
	is        wording // as was acknowledged
	sent      *wording
	proposal  string // sent for approval; what came of it is not known while sent is not nil
	revisions int
}

// wording is what the clerk has a listing say.
type wording struct {
	name  string
	state directory.Status
}

type proposed struct {
	ID      string
	State   string
	Version int64
	Base    int64
	Listing map[string]any
}

// edit renames, withdraws or publishes the listing.
func (c *clerk) edit(ctx context.Context, dice *rand.Rand) error {
	next := wording{house(dice.IntN(1 << 20)), directory.Published}
	if dice.IntN(2) == 0 {
		next.state = directory.Archived
	}
	var p proposed
	if err := c.writes.does(ctx, http.MethodPost, "/listings/"+c.id.String()+"/propose", nil, &p); err != nil {
		return err
	}
	p.Listing["name"], p.Listing["status"], p.Listing["archived_reason"] = next.name, next.state, ""
	if next.state == directory.Archived {
		p.Listing["archived_reason"] = "It has closed."
	}
	at := "/proposals/" + p.ID
	if err := c.writes.does(ctx, http.MethodPost, at, map[string]any{"version": p.Version, "listing": p.Listing, "note": next.name}, &p); err != nil {
		return err
	}
	if err := c.writes.does(ctx, http.MethodPost, at+"/submit", map[string]any{"version": p.Version}, &p); err != nil {
		return err
	}
	c.sent, c.proposal = &next, at
	if err := c.decides.does(ctx, http.MethodPost, at+"/approve", map[string]any{"version": p.Version, "seen": p.Base}, nil); err != nil {
		return err
	}
	c.acknowledged()
	return nil
}

func (c *clerk) acknowledged() {
	c.is, c.sent = *c.sent, nil
	c.revisions++
}

// settles finds out what became of the last proposal, and looks whether the listing says so.
func (c *clerk) settles(t *testing.T, d *opened) {
	t.Helper()
	if c.sent != nil {
		var p proposed
		if err := c.writes.does(t.Context(), http.MethodGet, c.proposal, nil, &p); err != nil {
			t.Fatal(err)
		}
		if p.State == "published" {
			c.acknowledged()
		}
		c.sent = nil
	}
	l, err := d.Listing(t.Context(), c.id)
	if err != nil {
		t.Fatal(err)
	}
	if (wording{l.Name, l.Status}) != c.is || int(l.Revision) != c.revisions {
		t.Fatalf("the listing says %q, %s, at revision %d; it was acknowledged to say %q, %s, at %d", l.Name, l.Status, l.Revision, c.is.name, c.is.state, c.revisions)
	}
	logged, err := d.guard().Entries(t.Context(), auth.Filter{Action: "proposal.approve"}, 10_000)
	if err != nil || len(logged) != c.revisions-1 {
		t.Fatalf("%d approvals are logged, %d were made: %v", len(logged), c.revisions-1, err)
	}
}

// crew changes many listings at once, again and again.
type crew struct {
	pair
	ids       []directory.ID
	is        stand
	sent      *batch // that was asked for, and is not known to be done
	undoable  *batch
	revisions int
}

// stand is what the crew has each of its listings say.
type stand struct{ archived, claimed bool }

// batch is a bulk change.
type batch struct {
	id      string
	undoes  *batch
	leads   stand
	from    stand
	certain bool // that it was begun
}

type bulkState struct {
	ID       string
	State    string
	UndoneBy string `json:"undone_by"`
	Total    int
	Outcomes map[string]int
}

// change withdraws all listings or publishes them, makes a claim of them or takes it back, or undoes what it did last.
func (c *crew) change(ctx context.Context, dice *rand.Rand) error {
	if c.undoable != nil && dice.IntN(3) == 0 {
		return c.undo(ctx)
	}
	next := c.is
	what := map[string]any{"listing": textsOf(c.ids), "note": "as the test wants it", "term": "treatment.esketamine", "value": "yes", "source": "https://example.org"}
	switch next.archived, next.claimed = dice.IntN(2) == 0, dice.IntN(2) == 0; {
	case next.archived != c.is.archived:
		next.claimed = c.is.claimed
		what["change"], what["to_status"] = "status", directory.Published
		if next.archived {
			what["to_status"], what["reason"] = directory.Archived, "They have closed."
		}
	case next.claimed:
		what["change"] = "claim"
	default:
		what["change"] = "withdraw"
	}
	if next == c.is {
		return nil
	}
	var b bulkState
	if err := c.writes.does(ctx, http.MethodPost, "/bulk", what, &b); err != nil {
		return err
	}
	c.sent = &batch{id: b.ID, leads: next, from: c.is}
	if err := c.decides.does(ctx, http.MethodPost, "/bulk/"+b.ID+"/start", nil, nil); err != nil {
		return err
	}
	c.sent.certain = true
	return c.awaits(ctx)
}

func textsOf(ids []directory.ID) (all []string) {
	for _, id := range ids {
		all = append(all, id.String())
	}
	return all
}

func (c *crew) undo(ctx context.Context) error {
	c.sent = &batch{undoes: c.undoable, leads: c.undoable.from}
	var b bulkState
	if err := c.writes.does(ctx, http.MethodPost, "/bulk/"+c.undoable.id+"/undo", nil, &b); err != nil {
		return err
	}
	c.sent.id, c.sent.certain = b.ID, true
	return c.awaits(ctx)
}

// awaits waits until what was sent is done: to every listing, once.
func (c *crew) awaits(ctx context.Context) error {
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		b, err := c.state(ctx, c.sent.id)
		switch {
		case err != nil:
			return err
		case b.State == "done" && b.Outcomes["changed"] == len(c.ids):
			c.acknowledged()
			return nil
		case b.State == "done" || time.Now().After(end):
			return refusedBy{what: "bulk change", said: fmt.Append(nil, *b)}
		}
	}
}

func (c *crew) state(ctx context.Context, id string) (b *bulkState, err error) {
	return b, c.writes.does(ctx, http.MethodGet, "/bulk/"+id, nil, &b)
}

func (c *crew) acknowledged() {
	c.is, c.undoable = c.sent.leads, c.sent
	if c.sent.undoes != nil {
		c.undoable = nil
	}
	c.sent = nil
	c.revisions++
}

// settles waits until what was begun is done, and looks whether all listings say so.
func (c *crew) settles(t *testing.T, d *opened) {
	t.Helper()
	if c.sent != nil {
		if begun, err := c.begun(t.Context()); err != nil {
			t.Fatal(err)
		} else if begun {
			if err := c.awaits(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		c.sent = nil
	}
	all, err := d.Listings(t.Context(), c.ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if is := (stand{l.Status == directory.Archived, len(l.Claims) == 1}); is != c.is || int(l.Revision) != c.revisions {
			t.Fatalf("%s is %+v at revision %d, where all should be %+v at %d", l.Name, is, l.Revision, c.is, c.revisions)
		}
	}
}

// begun finds out whether what was sent has arrived.
func (c *crew) begun(ctx context.Context) (bool, error) {
	if c.sent.undoes != nil {
		b, err := c.state(ctx, c.sent.undoes.id)
		if err != nil {
			return false, err
		}
		if c.sent.certain && b.UndoneBy != c.sent.id {
			return false, fmt.Errorf("undoing %s was acknowledged, and is undone by %q", b.ID, b.UndoneBy)
		}
		c.sent.id = b.UndoneBy
		return b.UndoneBy != "", nil
	}
	b, err := c.state(ctx, c.sent.id)
	if err == nil && c.sent.certain && b.State == "prepared" {
		err = fmt.Errorf("starting %s was acknowledged, and it did not start", b.ID)
	}
	return err == nil && b.State != "prepared", err
}
