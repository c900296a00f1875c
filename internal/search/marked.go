package search

import (
	"context"
	"errors"
)

// Mark says how far a durable index has followed the change log. The zero Mark is that of an index that isn't there.
type Mark struct {
	Store  string // the log it followed, by the name Backlog gives it
	Schema string // what the engine's documents and settings look like
	Seq    int64  // every change up to here is in the index
}

// ErrLost is what Apply and SetMark of a Marked engine give when the index they would write to is gone: the Indexer then
// builds it anew.
var ErrLost = errors.New("the index is gone")

// Marked is an engine whose index outlives the process. It keeps the mark beside the index, so that the two are never
// apart; and since servers share such an index, one of them alone may run its Indexer.
type Marked interface {
	Engine
	Mark(ctx context.Context) (Mark, error)
	SetMark(ctx context.Context, m Mark) error
	// Schema names what documents and settings look like now: an index of another schema has to be built anew.
	Schema() string
	// Rebuild has fill write into a new, empty index beside the one that is asked, and puts it in that one's place when
	// fill has given no error: no question sees half of it.
	Rebuild(ctx context.Context, fill func(into Marked) error) error
}
