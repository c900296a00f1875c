// Package meili is the search engine that asks a Meilisearch server, for several servers of Carefinder that share one
// index. It answers by the same definitions as any engine: what Meilisearch can't say in a filter is found out and put
// into one.
//
// A listing is one document. Its words are values to filter by, folded and cut by package search, so the server's own
// idea of words, typos and ranking has no say; the words it knows are asked for to find typos. Where its sites are is
// said by the tokens of the S2 cells they lie in, at eight levels: a region is the cells inside it, which a filter
// answers, and those across its edge, whose few documents are looked at. Hours are values that can be read back: those
// that are open become the filter. The nearest are found in circles that grow. So totals, counts, distances and orders
// are exact, facets are disjunctive, and all of it takes two requests, a third with words.
//
// Why not what Meilisearch has for this. Its _geo keeps every point in one value that each radius question reads and
// each change writes, and allows one place a document, which asks for a document a site and distinct, whose totals and
// counts are exact only when all that matches is walked.
//
// The one rule: an index is named after its schema, so no other is ever read, and it is built beside the one that
// answers and put in its place in one step. Start with engine.go, then match.go.
package meili
