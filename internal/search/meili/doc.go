// Package meili is the search engine that asks a Meilisearch server, for several servers of Carefinder that share one
// index. It answers by the same definitions as any engine: what Meilisearch can't say in a filter is found out and put
// into one.
//
// A listing is one document. Its words are values to filter by, folded and cut by package search, so the server's own
// idea of words, typos and ranking has no say; the words it knows are asked for to find typos. Where its sites are is
// said by the tokens of the S2 cells they lie in, at eight levels: a region is the cells that cover it, and what lies in
// those across its edge is looked at and, when it is outside, taken off what the server counted. Where little matches
// all of it is looked at, and totals, counts and order are made here. Hours are values that can be read back: those that
// are open become the filter. The nearest are found in circles that grow. So totals, counts, distances and orders are
// exact, facets are disjunctive, and all of it takes two requests, a third where much matches, one more with words.
//
// What takes a server its time: a document given back some 35 microseconds, one of a filter's values 8, a query 300, a
// value counted 3. So what is looked at comes as counted values (every document's row is one), and few cells cover a
// region until much lies at its edge.
//
// Why not what Meilisearch has for this. Its _geo keeps every point in one value that each radius question reads and
// each change writes, and allows one place a document, which asks for a document a site and distinct, whose totals and
// counts are exact only when all that matches is walked.
//
// The one rule: an index is named after its schema, so no other is ever read, and it is built beside the one that
// answers and put in its place in one step. Start with engine.go, then match.go and reply.go.
package meili
