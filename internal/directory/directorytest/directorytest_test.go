package directorytest_test

import (
	"testing"

	"pgregory.net/rapid"

	"carefinder/internal/directory/directorytest"
)

func TestSamplesAreValid(t *testing.T) {
	v := directorytest.Vocabulary()
	for n := range 50 {
		if err := directorytest.Sample(n).Validate(v); err != nil {
			t.Errorf("Sample(%d): %v", n, err)
		}
		if err := directorytest.Confidential(n).Validate(v); err != nil {
			t.Errorf("Confidential(%d): %v", n, err)
		}
	}
}

func TestGeneratedListingsAreValid(t *testing.T) {
	v := directorytest.Vocabulary()
	rapid.Check(t, func(t *rapid.T) {
		l := directorytest.Listings(v).Draw(t, "listing")
		if err := l.Validate(v); err != nil {
			t.Fatal(err)
		}
	})
}
