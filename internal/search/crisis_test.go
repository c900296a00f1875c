package search_test

import (
	"testing"

	"carefinder/internal/search"
)

func TestCrisisIsToldFromWhatOnlySoundsLikeIt(t *testing.T) {
	count := map[byte]int{}
	eachLine(t, "crisis.txt", func(line string) {
		count[line[0]]++
		if got, want := search.InCrisis(line[2:]), line[0] == '+'; got != want {
			t.Errorf("%q: crisis is %t", line[2:], got)
		}
	})
	if count['+'] < 60 || count['-'] < 60 {
		t.Errorf("the table holds %v", count)
	}
}
