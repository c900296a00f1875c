package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/pace"
)

// BulkChange is one change made to many listings: another status, a claim made, or a claim withdrawn.
type BulkChange struct {
	Status   directory.Status // "" leaves it
	Reason   string           // for archiving, shown to people
	Claim    *directory.Claim // made, in place of what the listing says of it
	Withdraw *directory.Claim // of which facet and code are read
}

// Bulk is a change under way, or done, for a frozen list of listings: what matched when it was prepared, whatever
// matches later.
type Bulk struct {
	ID         directory.ID
	Change     BulkChange
	Note       string
	By         Actor
	State      BulkState
	CreatedAt  time.Time
	FinishedAt time.Time
	Undoes     directory.ID // of another: its listings get back what they were; Change is then empty
	UndoneBy   directory.ID // the one that undoes this; zero: none does
	Total      int
	Outcomes   map[Outcomed]int
}

// Done says how many listings had their turn.
func (b *Bulk) Done() (n int) {
	for o, count := range b.Outcomes {
		if o != ItemWaiting {
			n += count
		}
	}
	return n
}

// BulkState says how far a bulk change has come.
type BulkState string

// The states.
const (
	BulkFilling  BulkState = "filling"  // its listings are being noted
	BulkPrepared BulkState = "prepared" // to be looked at
	BulkRunning  BulkState = "running"
	BulkStopped  BulkState = "stopped"
	BulkDone     BulkState = "done"
)

// Outcomed says what became of one listing of a bulk change.
type Outcomed string

// The outcomes.
const (
	ItemWaiting   Outcomed = ""
	ItemChanged   Outcomed = "changed"
	ItemUnchanged Outcomed = "unchanged" // it was so already
	ItemRefused   Outcomed = "refused"   // it would break a rule
	ItemMoved     Outcomed = "moved"     // was changed since, and is not undone
	ItemGone      Outcomed = "gone"
)

// BulkItem is one listing of a bulk change.
type BulkItem struct {
	No      int
	Listing directory.ID
	Base    directory.RevisionNo // what it has to stand at to be undone; 0 else
	Outcome Outcomed
	Made    directory.RevisionNo // by the change; 0 when none was
	Why     string               // it was refused
}

// MaxBulk is how many listings one change may be made to.
const MaxBulk = 100_000

// BulkStore keeps bulk changes.
type BulkStore interface {
	// AddBulk keeps a new one, to be filled with its listings or with those that the one it undoes changed: fault.Conflict
	// when that is undone.
	AddBulk(ctx context.Context, b *Bulk, ids []directory.ID) error
	// FillBulk notes up to max more of them, and after the last moves it on: to be looked at, or, to undo, to run.
	FillBulk(ctx context.Context, id directory.ID, max int) error
	// Bulk gives one, Bulks the newest, each with its counts.
	Bulk(ctx context.Context, id directory.ID) (*Bulk, error)
	Bulks(ctx context.Context, state BulkState, max int) ([]Bulk, error)
	// BulkItems gives up to max listings of one with an outcome, behind the one numbered after, in their order.
	BulkItems(ctx context.Context, id directory.ID, o Outcomed, after, max int) ([]BulkItem, error)
	// SetBulk moves one from a state to another: fault.Conflict when it is not there.
	SetBulk(ctx context.Context, id directory.ID, from, to BulkState, at time.Time) error
	// SaveBulk saves listings over the revision each carries, and what became of items, in one transaction. It gives
	// fault.Conflict, and does nothing, when a listing was changed meanwhile or another server has done the items.
	SaveBulk(ctx context.Context, id directory.ID, items []BulkItem, saved []*directory.Listing, by directory.Editor) error
}

// Listings reads listings whatever their status, in the order of ids, nil where there is none.
type Listings interface {
	Listings(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error)
}

// BulkEditing makes changes to many listings, in the background and in batches. What is done is kept with what it
// did in one transaction, so that it goes on where it was after any end.
type BulkEditing struct {
	store BulkStore
	read  Listings
	desk  *directory.Desk
	audit Audit
	alone bool
	now   func() time.Time
	log   *slog.Logger
	wake  chan struct{}
}

// NewBulkEditing makes a BulkEditing; Run does the work. In a team of one, who is alone, who prepared a change may start
// it. A nil now is the machine's clock.
func NewBulkEditing(s BulkStore, l Listings, d *directory.Desk, a Audit, alone bool, now func() time.Time, log *slog.Logger) *BulkEditing {
	return &BulkEditing{s, l, d, a, alone, now, log, make(chan struct{}, 1)}
}

// Prepare freezes the listings a change is to be made to. Nothing is changed before Start.
func (e *BulkEditing) Prepare(ctx context.Context, a Actor, c BulkChange, ids []directory.ID, note string) (*Bulk, error) {
	at := clock(e.now)
	if c.Claim != nil {
		claim := *c.Claim
		claim.By, claim.At = a.Name, at
		c.Claim = &claim
	}
	if err := e.valid(c, len(ids), note); err != nil {
		return nil, err
	}
	ids = once(ids)
	b := &Bulk{ID: directory.NewID(at), Change: c, Note: note, By: a, State: BulkFilling, CreatedAt: at, Total: len(ids)}
	if err := e.store.AddBulk(ctx, b, ids); err != nil {
		return nil, err
	}
	return e.filled(ctx, b), nil
}

// filled notes the first listings of a change at once, so that nobody waits for a small one; of a large one the rest is
// done in the background, whatever becomes of this.
func (e *BulkEditing) filled(ctx context.Context, b *Bulk) *Bulk {
	defer e.Wake()
	if err := e.store.FillBulk(ctx, b.ID, bulkFill); err != nil {
		e.log.Warn("bulk change is filled later", "error", err)
		return b
	}
	if now, err := e.store.Bulk(ctx, b.ID); err == nil {
		return now
	}
	return b
}

// once gives each ID once, where it stood first.
func once(ids []directory.ID) []directory.ID {
	seen, all := make(map[directory.ID]bool, len(ids)), make([]directory.ID, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			all = append(all, id)
		}
	}
	return all
}

// valid checks what every listing would be refused for, so that one error is told instead of ten thousand.
func (e *BulkEditing) valid(c BulkChange, n int, note string) error {
	var bad fault.Fields
	plain(&bad, "note", note, directory.MaxText)
	switch {
	case n == 0:
		bad.Add("listings", "none is chosen")
	case n > MaxBulk:
		bad.Add("listings", fmt.Sprintf("more than %d are chosen: narrow the search", MaxBulk))
	}
	parts := 0
	for _, some := range []bool{c.Status != "", c.Claim != nil, c.Withdraw != nil} {
		if some {
			parts++
		}
	}
	if parts != 1 {
		bad.Add("change", "must be one of a status, a claim to make and a claim to withdraw")
	}
	if c.Status != "" && !slices.Contains(directory.Statuses(), c.Status) {
		bad.Add("status", "is not a status")
	}
	if c.Status == directory.Archived && c.Reason == "" {
		bad.Add("reason", "say why they are withdrawn: people who saved a link will read it")
	}
	plain(&bad, "reason", c.Reason, directory.MaxText)
	if c.Claim != nil {
		bad.Merge("", e.desk.CheckClaim(*c.Claim))
	}
	return bad.Err("This change can't be made.")
}

// apply makes the change to a listing that may be changed.
func (c *BulkChange) apply(l *directory.Listing) {
	match := func(of *directory.Claim) func(directory.Claim) bool {
		return func(x directory.Claim) bool { return x.Facet == of.Facet && x.Code == of.Code }
	}
	switch {
	case c.Status == directory.Archived && l.Status == directory.Archived: // why it was withdrawn stays as people read it
	case c.Status == directory.Archived:
		l.Status, l.ArchivedReason = c.Status, c.Reason
	case c.Status != "":
		l.Status, l.ArchivedReason, l.ReplacedBy = c.Status, "", directory.ID{}
	case c.Withdraw != nil:
		l.Claims = slices.DeleteFunc(l.Claims, match(c.Withdraw))
	case c.Claim != nil:
		if i := slices.IndexFunc(l.Claims, match(c.Claim)); i < 0 {
			l.Claims = append(l.Claims, *c.Claim)
		} else if l.Claims[i].Value != c.Claim.Value {
			l.Claims[i] = *c.Claim
		}
	}
}

// Preview is what a bulk change would do, found by making it to its first listings without saving them.
type Preview struct {
	Looked   int
	Outcomes map[Outcomed]int
	Examples []Example
}

// Example is one listing of a preview.
type Example struct {
	Listing     *directory.Listing // as it is
	Outcome     Outcomed
	Differences []directory.Difference
	Why         string
}

// Preview looks at up to max listings and shows some of them.
func (e *BulkEditing) Preview(ctx context.Context, id directory.ID, max, examples int) (*Preview, error) {
	b, err := e.store.Bulk(ctx, id)
	if err != nil {
		return nil, err
	}
	items, err := e.store.BulkItems(ctx, id, ItemWaiting, 0, max)
	if err != nil {
		return nil, err
	}
	before, after, err := e.changed(ctx, b, items)
	if err != nil {
		return nil, err
	}
	p := &Preview{Looked: len(items), Outcomes: map[Outcomed]int{}}
	for i, x := range items {
		p.Outcomes[x.Outcome]++
		if len(p.Examples) < examples && before[i] != nil && x.Outcome != ItemUnchanged {
			ex := Example{Listing: before[i], Outcome: x.Outcome, Why: x.Why}
			if after[i] != nil {
				ex.Differences = directory.Compare(before[i], after[i])
			}
			p.Examples = append(p.Examples, ex)
		}
	}
	return p, nil
}

// changed makes the change to the listings of items in memory and notes what became of each. after is nil where nothing
// is to be saved.
func (e *BulkEditing) changed(ctx context.Context, b *Bulk, items []BulkItem) (before, after []*directory.Listing, err error) {
	ids := make([]directory.ID, len(items))
	for i, x := range items {
		ids[i] = x.Listing
	}
	if before, err = e.read.Listings(ctx, ids); err != nil {
		return nil, nil, err
	}
	after = make([]*directory.Listing, len(items))
	for i := range items {
		pace.Yield()
		if after[i], err = e.change(ctx, b, &items[i], before[i]); err != nil {
			return nil, nil, err
		}
	}
	return before, after, nil
}

func (e *BulkEditing) change(ctx context.Context, b *Bulk, x *BulkItem, l *directory.Listing) (*directory.Listing, error) {
	switch {
	case l == nil:
		x.Outcome = ItemGone
		return nil, nil
	case !b.Undoes.IsZero() && l.Revision != x.Base:
		x.Outcome = ItemMoved
		return nil, nil
	}
	next := l.Clone()
	if b.Undoes.IsZero() {
		b.Change.apply(next)
	} else {
		past, err := e.desk.Revision(ctx, l.ID, x.Base-1)
		if err != nil {
			return nil, err
		}
		next = past.Listing
		next.Revision = l.Revision
	}
	if len(directory.Compare(l, next)) == 0 {
		x.Outcome = ItemUnchanged
		return nil, nil
	}
	var bad *fault.Error
	if err := e.desk.Check(next); errors.As(err, &bad) {
		x.Outcome, x.Why = ItemRefused, clipped(faultsOf(bad))
		return nil, nil
	}
	x.Outcome, x.Made = ItemChanged, l.Revision+1
	return next, nil
}

// faultsOf gives the faulty fields, each on a line with what is wrong.
func faultsOf(bad *fault.Error) string {
	lines := make([]string, len(bad.Fields))
	for i, f := range bad.Fields {
		lines[i] = f.Name + ": " + f.Message
	}
	return strings.Join(lines, "\n")
}

// MayStart reports whether an actor may start a change. Nobody alone publishes or archives listings, or changes what
// they claim, whatever the state of those chosen: another than who prepared that starts it. To make drafts of listings
// waits for nobody, for it is how what does harm is taken down.
func (e *BulkEditing) MayStart(a Actor, b *Bulk) bool {
	return e.alone || b.By.ID != a.ID || b.Change.Status == directory.Draft
}

// Start begins the work, for who may.
func (e *BulkEditing) Start(ctx context.Context, a Actor, id directory.ID) error {
	b, err := e.store.Bulk(ctx, id)
	switch {
	case err != nil:
		return err
	case b.State == BulkPrepared && !e.MayStart(a, b):
		return fault.New(fault.Forbidden, "You prepared this: someone else has to start it.")
	}
	return e.set(ctx, a, id, "bulk.start", BulkPrepared, BulkRunning)
}

// Stop ends it after the batch under way; what is done stays, and can be undone.
func (e *BulkEditing) Stop(ctx context.Context, a Actor, id directory.ID) error {
	return e.set(ctx, a, id, "bulk.stop", BulkRunning, BulkStopped)
}

func (e *BulkEditing) set(ctx context.Context, a Actor, id directory.ID, action string, from, to BulkState) error {
	b, err := e.store.Bulk(ctx, id)
	if err != nil {
		return err
	}
	entry := Entry{a, action, "bulk:" + id.String(), map[string]string{"listings": strconv.Itoa(b.Total), "note": b.Note}}
	err = acted(ctx, e.audit, entry, func(ctx context.Context) error { return e.store.SetBulk(ctx, id, from, to, clock(e.now)) })
	e.Wake()
	return err
}

// Undo has every listing that a bulk change changed stand as before, in the background as well. One that was changed
// since is left as it is, and counted. A change is undone once.
func (e *BulkEditing) Undo(ctx context.Context, a Actor, id directory.ID) (*Bulk, error) {
	b, err := e.store.Bulk(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case b.State != BulkDone && b.State != BulkStopped:
		return nil, fault.New(fault.Conflict, "This is not done yet.")
	case !b.Undoes.IsZero():
		return nil, fault.New(fault.Conflict, "This undid another change: it can't be undone itself.")
	}
	at, n := clock(e.now), b.Outcomes[ItemChanged]
	u := &Bulk{ID: directory.NewID(at), Note: b.Note, By: a, State: BulkFilling, CreatedAt: at, Undoes: id, Total: n}
	entry := Entry{a, "bulk.undo", "bulk:" + id.String(), map[string]string{"listings": strconv.Itoa(u.Total)}}
	if err := acted(ctx, e.audit, entry, func(ctx context.Context) error { return e.store.AddBulk(ctx, u, nil) }); err != nil {
		return nil, err
	}
	return e.filled(ctx, u), nil
}

const (
	bulkBatch = 100  // listings that share a transaction: other writers wait no longer than for these
	bulkFill  = 1000 // listings that are noted at once
	bulkEvery = 2 * time.Second
)

// Wake says that there is work. It never blocks.
func (e *BulkEditing) Wake() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends.
func (e *BulkEditing) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := e.all(ctx); err != nil && ctx.Err() == nil {
			e.log.Warn("bulk change delayed", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-e.wake:
		case <-time.After(bulkEvery):
		}
	}
}

// all does what there is to do. It keeps its turn: somebody waits for it, and nobody for what the survey makes of it.
func (e *BulkEditing) all(ctx context.Context) error {
	end, err := pace.Turn(ctx)
	if err != nil {
		return err
	}
	defer end()
	for n := 1; n > 0 && err == nil; {
		n, err = e.Step(ctx)
	}
	return err
}

// Step does one batch of the oldest change that is being filled or runs, and says how many listings had their turn; 0:
// there is nothing to do.
func (e *BulkEditing) Step(ctx context.Context) (int, error) {
	filling, err := e.store.Bulks(ctx, BulkFilling, MaxBulk)
	if err != nil {
		return 0, err
	}
	if len(filling) > 0 {
		return bulkFill, e.store.FillBulk(ctx, filling[len(filling)-1].ID, bulkFill)
	}
	running, err := e.store.Bulks(ctx, BulkRunning, MaxBulk)
	if err != nil || len(running) == 0 {
		return 0, err
	}
	b := &running[len(running)-1]
	items, err := e.store.BulkItems(ctx, b.ID, ItemWaiting, 0, bulkBatch)
	if err != nil {
		return 0, err
	}
	if len(items) == 0 {
		err := e.store.SetBulk(ctx, b.ID, BulkRunning, BulkDone, clock(e.now))
		if fault.Is(err, fault.Conflict) {
			err = nil // another server, or stopped
		}
		return 1, err
	}
	_, after, err := e.changed(ctx, b, items)
	if err != nil {
		return 0, err
	}
	saved := slices.DeleteFunc(after, func(l *directory.Listing) bool { return l == nil })
	err = e.store.SaveBulk(ctx, b.ID, items, saved, b.By.editor(b.Note))
	if fault.Is(err, fault.Conflict) { // somebody saved one of them just now: look again
		return 1, nil
	}
	return len(items), err
}
