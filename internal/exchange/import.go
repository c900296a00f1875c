package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
)

// Taker keeps what comes in, and remembers what files said. A store is one.
type Taker interface {
	// Past gives what earlier files said of a listing; the zero Past when none did.
	Past(ctx context.Context, id directory.ID) (Past, error)
	// Take keeps up to a thousand rows, all or none: each Listing as the revision after its Revision (0: it is new), and
	// what the file said. It gives fault.Conflict when one of them is no longer at its Revision.
	Take(ctx context.Context, all []Taken, by directory.Editor) error
}

// Importer takes the rows of files in. It is used by one import at a time.
type Importer struct {
	Desk     *directory.Desk // checks the rows and knows what the store holds
	To       Taker
	By       directory.Editor
	DryRun   bool           // report, and save nothing
	Told     int            // rows rejected, and rows in conflict, that the report tells of; the others it counts. 0: all
	Progress func(done int) // called now and then with the number of rows seen, and at the end; nil is fine
}

// Report says what an import did. Rows seen are the sum of those added, changed, unchanged and rejected; those in conflict,
// and those that end one, are counted by what else became of them too.
type Report struct {
	Added, Changed, Unchanged int
	Settled                   int // that end a conflict which waited: the file gave in
	Rejected                  []Rejection
	Clashing                  []Clashing
	MoreRejected              int // not told of
	MoreClashing              int
}

// Rejection is a row that was not taken in.
type Rejection struct {
	Line int
	Key  string
	Err  error // fault.Invalid with its fields, or fault.Conflict
}

// batchSize bounds how much work one transaction holds, and how much is done again when one row of it is in conflict.
const batchSize = 500

// Run takes in every row that keeps the rules and gives what became of all of them. The error is not about a row: the
// file can't be read further, the store fails or ctx ends. What was saved by then stays, and the report counts it;
// running again is safe.
func (im *Importer) Run(ctx context.Context, rows Rows) (*Report, error) {
	r := &run{Importer: im, ctx: ctx, report: &Report{}, seen: map[directory.ID]int{}}
	err := r.all(rows)
	if err == nil {
		err = r.flush()
	}
	r.progress()
	return r.report, err
}

// run is one import under way.
type run struct {
	*Importer
	ctx    context.Context // of Run, which all of this lives in
	report *Report
	seen   map[directory.ID]int // the line of each listing
	batch  []taking
	rows   int
}

func (r *run) all(rows Rows) error {
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := r.take(row); err != nil {
			return err
		}
		if r.rows++; r.rows%batchSize == 0 {
			r.progress()
		}
	}
	return nil
}

func (r *run) progress() {
	if r.Progress != nil {
		r.Progress(r.rows)
	}
}

func (r *run) reject(row Row, err error) {
	if !r.tells(len(r.report.Rejected)) {
		r.report.MoreRejected++
		return
	}
	r.report.Rejected = append(r.report.Rejected, Rejection{Line: row.Line, Key: row.Key, Err: err})
}

func (r *run) clash(c Clashing) {
	if !r.tells(len(r.report.Clashing)) {
		r.report.MoreClashing++
		return
	}
	r.report.Clashing = append(r.report.Clashing, c)
}

// tells reports whether one more row is told of beside so many.
func (r *run) tells(n int) bool { return r.Told == 0 || n < r.Told }

// take decides about one row. Its error is the store's.
func (r *run) take(row Row) error {
	if row.Err != nil {
		r.reject(row, row.Err)
		return nil
	}
	l := row.Listing
	if line := r.seen[l.ID]; line != 0 && !l.ID.IsZero() {
		r.reject(row, invalid("id", fmt.Sprintf("is that of line %d", line)))
		return nil
	}
	r.seen[l.ID] = row.Line
	t, err := r.decide(l)
	switch {
	case fault.Is(err, fault.Invalid):
		r.reject(row, err)
		return nil
	case err != nil:
		return fmt.Errorf("line %d: %w", row.Line, err)
	}
	if len(t.Paths) > 0 {
		r.clash(Clashing{row.Line, row.Key, l.ID, t.Paths})
	}
	if t.Listing == nil {
		r.report.Unchanged++
	}
	if t.nothing() {
		return nil
	}
	r.batch = append(r.batch, taking{row, t})
	if len(r.batch) < batchSize {
		return nil
	}
	return r.flush()
}

// taking is a row on its way.
type taking struct {
	Row
	Taken
}

// decide says what becomes of what a file says of a listing. It gives fault.Invalid for what can't come in.
func (r *run) decide(l *directory.Listing) (Taken, error) {
	now, err := r.Desk.Listing(r.ctx, l.ID)
	if fault.Is(err, fault.NotFound) {
		now, err = &directory.Listing{ID: l.ID}, nil
	}
	if err != nil {
		return Taken{}, err
	}
	keepAddresses(l, now)
	if err := r.check(l, now); err != nil {
		return Taken{}, err
	}
	from := origin{l.Revision, l.UpdatedAt}
	l.Revision, l.UpdatedAt = now.Revision, time.Time{} // a file does not say what the store holds
	if now.Revision == 0 {
		return Taken{Listing: l, File: l}, nil
	}
	t, err := r.hear(l, now, from)
	if err == nil && t.Listing != nil {
		err = r.check(t.Listing, now)
	}
	return t, err
}

// check refuses what breaks a rule of the domain, and what a file may not do to the listing as it is now.
func (r *run) check(l, now *directory.Listing) error {
	var bad fault.Fields
	bad.Merge("", r.Desk.Check(l))
	if l.Demonstration || now.Demonstration {
		bad.Add("demonstration", "made-up listings are neither imported nor replaced by an import")
	}
	if now.Status == directory.Archived && l.Status != directory.Archived {
		bad.Add("status", "was withdrawn here ("+now.ArchivedReason+"): an older file must not bring it back; a curator can")
	}
	for i, s := range l.Sites {
		if !s.Confidential && exposes(s, l, now) {
			bad.Add(fmt.Sprintf("sites[%d].confidential", i), "this address is confidential here; an import can't make it public")
		}
	}
	return bad.Err("This row can't be imported.")
}

// exposes reports whether the public site s of l may be one that is confidential now: it is the same place, or l has
// fewer confidential sites and s is new, which is how a hidden address looks that is written a little differently.
func exposes(s directory.Site, l, now *directory.Listing) bool {
	known := func(confidential bool) bool {
		return slices.ContainsFunc(now.Sites, func(n directory.Site) bool { return n.Confidential == confidential && samePlace(s, n) })
	}
	return known(true) || confidentials(l) < confidentials(now) && !known(false)
}

func confidentials(l *directory.Listing) (n int) {
	for _, s := range l.Sites {
		if s.Confidential {
			n++
		}
	}
	return n
}

func samePlace(a, b directory.Site) bool {
	return a.Address != directory.Address{} && a.Address == b.Address || a.Precision != "" && b.Precision != "" && a.Point == b.Point
}

// keepAddresses gives the confidential sites of l, which most files hold without their addresses, the addresses they
// have in the store, so that a copy for the public brought back does not wipe them out.
func keepAddresses(l, now *directory.Listing) {
	var hidden []directory.Site
	for _, s := range now.Sites {
		if s.Confidential {
			hidden = append(hidden, s)
		}
	}
	for i, s := range l.Sites {
		if !s.Confidential || len(hidden) == 0 {
			continue
		}
		if s.Address == (directory.Address{}) && s.Precision == "" && s.Name == "" {
			l.Sites[i] = hidden[0]
			l.Sites[i].Coverage = s.Coverage
		}
		hidden = hidden[1:]
	}
}

// same reports whether two listings say the same, whatever their revisions.
func same(a, b *directory.Listing) bool {
	text := func(l *directory.Listing) ([]byte, error) {
		c := *l
		c.Revision, c.UpdatedAt = 0, time.Time{}
		return document.Encode(&c)
	}
	x, err1 := text(a)
	y, err2 := text(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// flush saves the batch, and when someone changed one of its listings meanwhile, each row on its own, so that the
// others are kept.
func (r *run) flush() error {
	batch := r.batch
	r.batch = nil
	err := r.save(batch...)
	if err == nil || !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
		return err
	}
	for _, one := range batch {
		err := r.save(one)
		switch {
		case fault.Is(err, fault.Conflict), fault.Is(err, fault.Invalid):
			if one.Taken.Listing == nil {
				r.report.Unchanged--
			}
			r.reject(one.Row, err)
		case err != nil:
			return err
		}
	}
	return nil
}

func (r *run) save(batch ...taking) error {
	if len(batch) == 0 {
		return nil
	}
	all, added, changed, settled := make([]Taken, len(batch)), 0, 0, 0
	for i, one := range batch {
		all[i] = one.Taken
		if one.Taken.Settles != nil {
			settled++
		}
		if one.Taken.Listing == nil {
			continue
		}
		all[i].Listing = one.Taken.Listing.Clone() // a failed save may have numbered it already
		if one.Taken.Listing.Revision == 0 {
			added++
		} else {
			changed++
		}
	}
	if !r.DryRun {
		if err := r.To.Take(r.ctx, all, r.By); err != nil {
			return fmt.Errorf("save lines %d to %d: %w", batch[0].Line, batch[len(batch)-1].Line, err)
		}
	}
	r.report.Added += added
	r.report.Changed += changed
	r.report.Settled += settled
	return nil
}

func invalid(field, message string) error {
	var bad fault.Fields
	bad.Add(field, message)
	return bad.Err("This row can't be imported.")
}

// Clashing is a row that says something else than both the file before it and a curator since: that waits for somebody
// to decide. The rest of the row was taken in.
type Clashing struct {
	Line    int
	Key     string
	Listing directory.ID
	Paths   []string // as directory.Merge names conflicts
}

// Message gives why a row was rejected as one line for people.
func (r Rejection) Message() string {
	var e *fault.Error
	if !errors.As(r.Err, &e) {
		return r.Err.Error()
	}
	if len(e.Fields) == 0 {
		return e.Message
	}
	shown := *e
	shown.Cause = nil
	return shown.Error()
}
