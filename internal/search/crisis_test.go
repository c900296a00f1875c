package search_test

import (
	"testing"

	"carefinder/internal/search"
)

// The table is what the rule was shaped by, so all of it must pass; it doesn't say how the rule does on words it has not
// met. Four sets of texts were written before the rule met them, and each shaped it afterwards: of danger it found 39 of
// 60, 20 of 40, 20 of 30 and 17 of 20, and it rang at 3 of 60, 1 of 40, 1 of 30 and 1 of 20 calm ones. What says danger in a
// roundabout way is what it misses, so the crisis line stands on every page whatever is typed.
func TestCrisisIsToldFromWhatOnlySoundsLikeIt(t *testing.T) {
	count := map[byte]int{}
	eachLine(t, "crisis.txt", func(line string) {
		count[line[0]]++
		if got, want := search.InCrisis(line[2:]), line[0] == '+'; got != want {
			t.Errorf("%q: crisis is %t", line[2:], got)
		}
	})
	if count['+'] < 400 || count['-'] < 350 {
		t.Errorf("the table holds %v", count)
	}
}
