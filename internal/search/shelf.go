package search

import (
	"context"
	"hash/maphash"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"carefinder/internal/directory"
)

// Shelf keeps the listings asked for most in memory, in front of the truth. Within one process it is never stale: a save
// calls Forget before it returns, and a read under way at that moment is done again. What another process saved is
// forgotten when Follow meets the change. Safe for concurrent use; the listings are shared: read only.
type Shelf struct {
	truth Listings
	cache *otter.Cache[directory.ID, *Copy]
	load  otter.BulkLoader[directory.ID, *Copy]
}

// NewShelf makes an empty shelf for about size listings in front of truth.
func NewShelf(truth Listings, size int) *Shelf {
	s := &Shelf{truth: truth}
	s.cache = otter.Must(&otter.Options[directory.ID, *Copy]{MaximumSize: max(size, 1)})
	s.load = otter.BulkLoaderFunc[directory.ID, *Copy](s.read)
	return s
}

// Copies gives the listings in the order of ids, nil where one is not published now. What isn't on the shelf is read in
// one go, and once however many ask at the moment; if the one who reads for all leaves, another reads on.
// That a listing is not published is asked anew every time.
func (s *Shelf) Copies(ctx context.Context, ids []directory.ID) ([]*Copy, error) {
	out := make([]*Copy, len(ids))
	var missing []directory.ID
	for i, id := range ids {
		c, ok := s.cache.GetIfPresent(id)
		if out[i] = c; !ok {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	found, err := s.cache.BulkGet(ctx, missing, s.load)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		if out[i] == nil {
			out[i] = found[id]
		}
	}
	return out, nil
}

// Published implements Listings.
func (s *Shelf) Published(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	copies, err := s.Copies(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*directory.Listing, len(copies))
	for i, c := range copies {
		if c != nil {
			out[i] = c.Listing
		}
	}
	return out, nil
}

func (s *Shelf) read(ctx context.Context, ids []directory.ID) (map[directory.ID]*Copy, error) {
	copies, err := copiesOf(ctx, s.truth, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[directory.ID]*Copy, len(ids))
	for i, c := range copies {
		if c != nil {
			found[ids[i]] = c
		}
	}
	return found, nil
}

// Forget takes listings off the shelf, at once.
func (s *Shelf) Forget(ids ...directory.ID) {
	for _, id := range ids {
		s.cache.Invalidate(id)
	}
}

// Follow forgets what the log says has changed above from, until ctx ends. from must have been the latest before the
// shelf was first asked. While the log can't be read nothing is forgotten: a helpline of a moment ago is better than none.
func (s *Shelf) Follow(ctx context.Context, log Backlog, from int64) {
	for ctx.Err() == nil {
		changes, err := log.Changes(ctx, from, changeBatch)
		for _, c := range changes {
			s.Forget(c.ID)
			from = c.Seq
		}
		if err != nil || len(changes) < changeBatch {
			pause(ctx, pollEvery, nil)
		}
	}
}

// copiesOf reads listings: those on a shelf with what is kept with them, others fresh.
func copiesOf(ctx context.Context, from Listings, ids []directory.ID) ([]*Copy, error) {
	if shelf, ok := from.(interface {
		Copies(ctx context.Context, ids []directory.ID) ([]*Copy, error)
	}); ok {
		return shelf.Copies(ctx, ids)
	}
	listings, err := from.Published(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*Copy, len(listings))
	for i, l := range listings {
		if l != nil {
			out[i] = NewCopy(l)
		}
	}
	return out, nil
}

// Copy is a published listing and what was worked out of this revision of it. Safe for concurrent use.
type Copy struct {
	*directory.Listing // Public form; shared: read only

	keys []uint16 // of each claim of yes a digest of its code; 0 of others
	made atomic.Value
}

// NewCopy keeps nothing yet with a listing in its Public form.
func NewCopy(l *directory.Listing) *Copy {
	c := &Copy{Listing: l, keys: make([]uint16, len(l.Claims))}
	for i := range l.Claims {
		if l.Claims[i].Value == directory.Yes {
			c.keys[i] = keyOfCode(l.Claims[i].Code)
		}
	}
	return c
}

var codeSeed = maphash.MakeSeed()

// keyOfCode digests a code, to anything but 0: reading a listing's digests touches far less memory than reading its
// claims.
func keyOfCode(code string) uint16 { return uint16(maphash.String(codeSeed, code)) | 1 }

// Made gives what make made of the listing, which is kept as long as the copy is: the form that answers hold it in. There
// is room for one such thing, never nil, so all must ask with the same make.
func (c *Copy) Made(make func(*directory.Listing) (any, error)) (any, error) {
	if kept := c.made.Load(); kept != nil {
		return kept, nil
	}
	made, err := make(c.Listing)
	if err != nil {
		return nil, err
	}
	c.made.Store(made)
	return made, nil
}
