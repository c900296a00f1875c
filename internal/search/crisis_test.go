package search_test

import (
	"testing"

	"carefinder/internal/search"
)

// The table is what the rule was shaped by, so all of it must pass; it doesn't say how the rule does on words it has not
// met. Of the last 40 texts, written before the rule met them, it found 17 of 20 of danger (11 of 14 in English, 6 of 6 in
// Spanish) and rang at 1 of 20 calm ones; of the 60 before those, more roundabout, 20 of 30 and 1 of 30.
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
