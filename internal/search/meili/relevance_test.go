package meili_test

import (
	"flag"
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/searchtest"
)

var update = flag.Bool("update", false, "write the golden file of relevance anew")

func TestRelevance(t *testing.T) {
	searchtest.Relevance(t, "meilisearch", func(t *testing.T, v *directory.Vocabulary) search.Engine { return open(t, v) }, *update)
}
