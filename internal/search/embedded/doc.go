// Package embedded is the search engine in this process, and Carefinder's default: columns over every listing, exact in
// totals, counts and distances, with nothing to install.
//
// The index is a short list of immutable segments behind one atomic pointer. A segment keeps its rows (a listing at a
// located site) in the order of their S2 leaf cells, so that a region is a few ranges of rows; points as unit vectors,
// so that a distance test is a squared chord; a listing's values as a few words of bits, and each value's rows as a
// roaring bitmap: few rows are tested one by one, many by intersecting bitmaps. Words stand in an FST whose Levenshtein
// automata find typos. Apply adds a segment and marks what it replaced as dead; small segments are merged now and then.
// A Match reads one snapshot to its end, so nothing it does waits for a writer, nor a writer for it.
//
// The one rule: a segment is never changed after it was published, and everything in it can be rebuilt from the store.
// Start with engine.go for what changes, match.go for how a question is answered.
package embedded
