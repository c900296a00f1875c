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

// Backlog is the log of changes that the store writes with every save, in the order of the saves. Any number of
// followers read it, each from where it stands.
type Backlog interface {
	// Changes gives up to max changes above after, oldest first: of each listing the last one alone. From 0 it gives one
	// for every listing there ever was.
	Changes(ctx context.Context, after int64, max int) ([]directory.Change, error)
	// Latest gives the name of the log and the number of its last change. Another name, or a lower number than one has
	// met, is another log.
	Latest(ctx context.Context) (log string, seq int64, err error)
}

// Source is the truth as an Indexer follows it.
type Source interface {
	Listings
	Backlog
	// Each visits every published listing, as they stood when it began.
	Each(ctx context.Context, visit func(*directory.Listing) error) error
}
