package search_test

import (
	"testing"

	"carefinder/internal/search"
)

// The table is what the rule was shaped by, so all of it must pass; it doesn't say how the rule does on words it has not
// met. Nine sets of texts were written, one after the other, by authors who knew no rule, and each shaped it afterwards. Of
// danger it found 39 of 60, 20 of 40, 20 of 30, 17 of 20, 38 of 80, 46 of 80, 57 of 80, 46 of 80 and 69 of 80; it rang at 3 of
// 60, 1 of 40, 1 of 30, 1 of 20, 0 of 80, 1 of 120, 2 of 120, 3 of 120 and 4 of 160 calm ones. What says danger in a roundabout
// way is what it misses, so the crisis line stands on every page whatever is typed.
func TestCrisisIsToldFromWhatOnlySoundsLikeIt(t *testing.T) {
	count := map[byte]int{}
	eachLine(t, "crisis.txt", func(line string) {
		count[line[0]]++
		if got, want := search.InCrisis(line[2:]), line[0] == '+'; got != want {
			t.Errorf("%q: crisis is %t", line[2:], got)
		}
	})
	if count['+'] < 800 || count['-'] < 950 {
		t.Errorf("the table holds %v", count)
	}
}
