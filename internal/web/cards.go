package web

import (
	"encoding/json"
	"fmt"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// encodedCard is the part of a hit that changes only with the listing's revision: a Card as JSON without its braces, and
// each of the listing's sites. It is kept with the shelf's copy of that revision, so it is never out of date. It is read
// only.
type encodedCard struct {
	body  []byte
	sites [][]byte
}

// cardOfHit gives the card of a hit, as it is kept or made anew.
func cardOfHit(h *search.Hit) (*encodedCard, error) {
	if h.Copy == nil {
		return encodeCard(h.Listing)
	}
	made, err := h.Copy.Made(keepCard)
	if err != nil {
		return nil, err
	}
	return made.(*encodedCard), nil
}

func keepCard(l *directory.Listing) (any, error) { return encodeCard(l) }

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
