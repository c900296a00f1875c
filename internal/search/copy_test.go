package search_test

import (
	"errors"
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

func TestACopyKeepsWhatWasMade(t *testing.T) {
	c := search.NewCopy(listing("a", directory.Center))
	fails := func(*directory.Listing) (any, error) { return nil, errors.New("no") }
	if made, err := c.Made(fails); err == nil {
		t.Errorf("made %v though it can't be", made)
	}
	calls := 0
	name := func(l *directory.Listing) (any, error) { calls++; return l.Name, nil }
	for range 2 {
		if made, err := c.Made(name); err != nil || made != "a" {
			t.Errorf("got %v, %v", made, err)
		}
	}
	if calls != 1 {
		t.Errorf("made %d times", calls)
	}
}
