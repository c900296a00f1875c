package embedded

import "testing"

// LookRound has the engine look on a circle round the origin from so few matching rows on.
func LookRound(t *testing.T, rows int) {
	was := manyMatching
	manyMatching = rows
	t.Cleanup(func() { manyMatching = was })
}
