package store_test

import (
	"testing"

	"carefinder/internal/fault"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// TestOneServerFollowsAStore: a second would take pending changes from the first.
func TestOneServerFollowsAStore(t *testing.T) {
	storetest.EachDSN(t, oneFollows)
}

func oneFollows(t *testing.T, dsn string) {
	first, second := storetest.Open(t, dsn, store.Options{}), storetest.Open(t, dsn, store.Options{})
	release, err := first.Exclusive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Exclusive(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second server may follow too: %v", err)
	}
	release()
	release, err = second.Exclusive(t.Context())
	if err != nil {
		t.Fatalf("the first is gone, yet: %v", err)
	}
	release()
}
