package exchange

import (
	"fmt"
	"slices"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Past is what earlier files said of a listing.
type Past struct {
	Said    *directory.Listing   // by the last one taken in; nil: none was
	At      directory.RevisionNo // the listing's, when that was
	Offered *directory.Listing   // by the last one that came in as a draft; nil: none did
	Clash   *Clash               // that waits to be decided; nil: none does
}

// Clash is what a file says where a curator changed the same since, each to something else.
type Clash struct {
	Base *directory.Listing // what both were made from
	File *directory.Listing
	At   time.Time // since when it waits; zero while it does not
}

// Taken is what becomes of one row. Its parts are nil where they change nothing.
type Taken struct {
	Listing *directory.Listing // to be saved over the revision it carries
	File    *directory.Listing // what the file says, to be remembered
	Clash   *Clash             // to wait for a curator, in place of what waits
	Paths   []string           // of its conflicts
	Settles *Clash             // what waited and waits no more: the file has changed its mind
}

func (t *Taken) nothing() bool {
	return t.Listing == nil && t.File == nil && t.Clash == nil && t.Settles == nil
}

// origin is which revision a row was made from, as the row tells it.
type origin struct {
	revision directory.RevisionNo
	at       time.Time
}

// merge takes from the file what it says differently than the file before, and keeps what curators changed since. Where
// both did, what stands here stands, until a curator decides.
func (r *run) merge(l, now *directory.Listing, from origin) (t Taken, err error) {
	past, err := r.To.Past(r.ctx, l.ID)
	if err != nil {
		return t, err
	}
	if untouched, err := r.untouched(l, now, past, from); err != nil || untouched {
		return t, err
	}
	base, err := r.base(l, now, past, from)
	if err != nil {
		return t, err
	}
	merged, conflicts := directory.Merge(base, l, now, keep)
	if len(directory.Compare(now, merged)) > 0 {
		merged.UpdatedAt = time.Time{}
		t.Listing = merged
	}
	if t.Listing != nil || past.Said == nil || !same(l, past.Said) {
		t.File = l
	}
	t.Paths = pathsOf(conflicts)
	if past.Clash != nil {
		base, t.Paths = still(past.Clash, base, l, now, merged, t.Paths)
	}
	switch {
	case len(t.Paths) == 0:
		t.Settles = past.Clash
	case past.Clash == nil || !same(past.Clash.File, l) || !same(past.Clash.Base, base):
		t.Clash = &Clash{Base: base, File: l}
	}
	return t, nil
}

// agree is what becomes of a row that says what stands here. Where the file before it said something else that is
// remembered, and what waited to be decided waits no more.
func (r *run) agree(l, now *directory.Listing, from origin) (Taken, error) {
	past, err := r.To.Past(r.ctx, l.ID)
	if err != nil || past.Clash == nil && (past.Said == nil || same(l, past.Said)) {
		return Taken{}, err
	}
	if untouched, err := r.untouched(l, now, past, from); err != nil || untouched {
		return Taken{}, err
	}
	return Taken{File: l, Settles: past.Clash}, nil
}

// untouched reports whether a row says what the revision says that it was taken from: then it says nothing of its own.
func (r *run) untouched(l, now *directory.Listing, past Past, from origin) (bool, error) {
	if from.revision < past.At {
		return false, nil
	}
	made, err := r.made(now, from)
	return made != nil && same(l, made), err
}

// made gives the revision that a row says it was made from, where that is of this store; else nil.
func (r *run) made(now *directory.Listing, from origin) (*directory.Listing, error) {
	if from.revision < 1 || from.revision > now.Revision || from.at.IsZero() {
		return nil, nil
	}
	made, err := r.Desk.Revision(r.ctx, now.ID, from.revision)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, fmt.Errorf("read revision %d: %w", from.revision, err)
	}
	if err != nil || !made.At.Equal(from.at) { // the number is another store's
		return nil, nil
	}
	return made.Listing, nil
}

func pathsOf(conflicts []directory.Conflict) (paths []string) {
	for _, c := range conflicts {
		paths = append(paths, c.Path)
	}
	return paths
}

// still has what waits to be decided wait on, unless the file or a curator gave in, with what is in conflict beside it
// now.
func still(waits *Clash, base, l, now, merged *directory.Listing, fresh []string) (*directory.Listing, []string) {
	_, before := directory.Merge(waits.Base, waits.File, now, keep)
	_, after := directory.Merge(waits.Base, l, merged, keep)
	old, paths := pathsOf(before), pathsOf(after)
	for _, path := range fresh {
		if !slices.Contains(old, path) && !slices.Contains(paths, path) {
			return base, fresh
		}
	}
	return waits.Base, paths
}

// keep has what stands here stand.
func keep(string) directory.Side { return directory.Theirs }

// base gives what a row was made from: what the last file said; the revision the row names, where that is of this store
// and later; or nothing, and then whatever stands here differently was written by somebody.
func (r *run) base(l, now *directory.Listing, past Past, from origin) (*directory.Listing, error) {
	said := past.Said
	switch {
	case said == nil:
		said = &directory.Listing{ID: now.ID}
	case same(l, said):
		return said, nil
	}
	if past.Offered != nil { // somebody may have approved it meanwhile
		approved, conflicts := directory.Merge(said, past.Offered, now, keep)
		if len(conflicts) == 0 && len(directory.Compare(approved, now)) == 0 {
			return past.Offered, nil
		}
	}
	if from.revision < past.At {
		return said, nil
	}
	made, err := r.made(now, from)
	if made == nil {
		made = said
	}
	return made, err
}
