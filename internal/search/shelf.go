package search

import (
	"context"

	"github.com/maypok86/otter/v2"

	"carefinder/internal/directory"
)

// Shelf keeps the listings asked for most in memory, in front of the truth. Within one process it is never stale: a save
// calls Forget before it returns, and a read under way at that moment is done again. What another process saved is
// forgotten when the Indexer meets the change. Safe for concurrent use; the listings are shared: read only.
type Shelf struct {
	truth Listings
	cache *otter.Cache[directory.ID, *directory.Listing]
	load  otter.BulkLoader[directory.ID, *directory.Listing]
}

// NewShelf makes an empty shelf for about size listings in front of truth.
func NewShelf(truth Listings, size int) *Shelf {
	s := &Shelf{truth: truth}
	s.cache = otter.Must(&otter.Options[directory.ID, *directory.Listing]{MaximumSize: max(size, 1)})
	s.load = otter.BulkLoaderFunc[directory.ID, *directory.Listing](s.read)
	return s
}

// Published implements Listings. What isn't on the shelf is read in one go, and once however many ask at the moment; if
// the one who reads for all leaves, another reads on.
// That a listing is not published is asked anew every time.
func (s *Shelf) Published(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	out := make([]*directory.Listing, len(ids))
	var missing []directory.ID
	for i, id := range ids {
		l, ok := s.cache.GetIfPresent(id)
		if out[i] = l; !ok {
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

func (s *Shelf) read(ctx context.Context, ids []directory.ID) (map[directory.ID]*directory.Listing, error) {
	listings, err := s.truth.Published(ctx, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[directory.ID]*directory.Listing, len(ids))
	for i, l := range listings {
		if l != nil {
			found[ids[i]] = l
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
