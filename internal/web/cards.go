package web

import (
	"encoding/json"
	"fmt"

	"github.com/maypok86/otter/v2"

	"carefinder/internal/directory"
)

// cardMemory bounds the encoded cards kept, in bytes.
const cardMemory = 64 << 20

// cards keeps the encoded part of a hit that changes only with the listing's revision. A revision never changes, so
// nothing here is ever out of date; what isn't used any more makes room.
type cards struct {
	cache *otter.Cache[cardKey, *encodedCard]
}

type cardKey struct {
	id       directory.ID
	revision directory.RevisionNo
}

// encodedCard is a card as JSON without its braces, and each of the listing's sites. It is read only.
type encodedCard struct {
	body  []byte
	sites [][]byte
}

func newCards() (*cards, error) {
	cache, err := otter.New(&otter.Options[cardKey, *encodedCard]{
		MaximumWeight: cardMemory,
		Weigher:       func(_ cardKey, c *encodedCard) uint32 { return c.weight() },
	})
	if err != nil {
		return nil, fmt.Errorf("web: cards: %w", err)
	}
	return &cards{cache: cache}, nil
}

func (e *encodedCard) weight() uint32 {
	n := len(e.body) + 200 // for the key and the entry
	for _, s := range e.sites {
		n += len(s) + 24
	}
	return uint32(n)
}

// of gives the card of a listing.
func (c *cards) of(l *directory.Listing) (*encodedCard, error) {
	key := cardKey{l.ID, l.Revision}
	if e, ok := c.cache.GetIfPresent(key); ok {
		return e, nil
	}
	e, err := encodeCard(l)
	if err != nil {
		return nil, err
	}
	c.cache.Set(key, e)
	return e, nil
}

func encodeCard(l *directory.Listing) (*encodedCard, error) {
	body, err := json.Marshal(cardOf(l))
	if err != nil {
		return nil, fmt.Errorf("encode the card of %s: %w", l.ID, err)
	}
	e := &encodedCard{body: body[1 : len(body)-1], sites: make([][]byte, len(l.Sites))}
	for i, s := range l.Sites {
		if e.sites[i], err = json.Marshal(siteOf(s)); err != nil {
			return nil, fmt.Errorf("encode site %d of %s: %w", i, l.ID, err)
		}
	}
	return e, nil
}
