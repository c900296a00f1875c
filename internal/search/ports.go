package search

import (
	"context"

	"carefinder/internal/directory"
)

// Listings reads the truth as the public may see it.
type Listings interface {
	// Published gives the listings in the order of ids, in their Public form, nil where one is not published now.
	// They are shared: read only.
	Published(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error)
}

// Truth tells what became of a listing that is not published. A directory.Store is one.
type Truth interface {
	// Listing gives a listing as it is now, whatever its status, or fault.NotFound. It is shared: read only.
	Listing(ctx context.Context, id directory.ID) (*directory.Listing, error)
	// History gives a listing's revisions, newest first.
	History(ctx context.Context, id directory.ID, p directory.Page) ([]directory.Revision, error)
}

// Backlog is the queue of index changes the store writes with every save: rows, not a high-water mark, so that saves
// which commit out of order are never missed.
type Backlog interface {
	// Pending gives up to max changes, oldest first.
	Pending(ctx context.Context, max int) ([]directory.Change, error)
	// Done removes changes whose revision, or a later one, is in the index.
	Done(ctx context.Context, changes []directory.Change) error
}
