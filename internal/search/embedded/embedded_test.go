package embedded_test

import (
	"testing"
	_ "time/tzdata"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/search/searchtest"
)

func TestEngine(t *testing.T) {
	searchtest.Run(t, func(t *testing.T, v *directory.Vocabulary) search.Engine {
		e := embedded.New(v)
		t.Cleanup(e.Close)
		return e
	})
}
