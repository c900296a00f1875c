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

// hear says what becomes of a row about a listing that stands here.
func (r *run) hear(l, now *directory.Listing, from origin) (Taken, error) {
	past, err := r.To.Past(r.ctx, l.ID)
	agrees := same(l, now)
	if err != nil || agrees && past.Clash == nil && (past.Said == nil || same(l, past.Said)) {
		return Taken{}, err
	}
	made, err := r.made(now, past, from)
	switch {
	case err != nil, made != nil && same(l, made): // it was taken from here, and says nothing of its own
		return Taken{}, err
	case agrees:
		return Taken{File: l, Settles: past.Clash}, nil
	}
	return merge(l, now, past, made), nil
}

// made gives the revision that a row says it was made from, where that is of this store and no older than the last file;
// else nil.
func (r *run) made(now *directory.Listing, past Past, from origin) (*directory.Listing, error) {
	if from.revision < max(1, past.At) || from.revision > now.Revision || from.at.IsZero() {
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

// merge takes from the file what it says differently than the file before, and keeps what curators changed since. Where
// both did, what stands here stands, until a curator decides.
func merge(l, now *directory.Listing, past Past, made *directory.Listing) (t Taken) {
	base := baseOf(l, now, past, made)
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
	return t
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

// baseOf gives what a row was made from: what the last file said; made, where the row names that and it is later; or
// nothing, and then whatever stands here differently was written by somebody.
func baseOf(l, now *directory.Listing, past Past, made *directory.Listing) *directory.Listing {
	said := past.Said
	switch {
	case said == nil:
		said = &directory.Listing{ID: now.ID}
	case same(l, said):
		return said
	}
	if past.Offered != nil { // somebody may have approved it meanwhile
		approved, conflicts := directory.Merge(said, past.Offered, now, keep)
		if len(conflicts) == 0 && len(directory.Compare(approved, now)) == 0 {
			return past.Offered
		}
	}
	if made != nil {
		return made
	}
	return said
}
