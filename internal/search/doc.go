// Package search finds published listings.
//
// A Searcher turns a person's Query into a Match (places resolved, words folded, values checked, limits bounded), asks
// an Engine, reads what it found from the truth, and says why each hit matched and, when nothing did, which single
// change would find something. What every engine would do alike stands here once; an engine only retrieves. The
// Indexer keeps an engine's index in step with the store.
//
// What people type is read first (understand.go): by the vocabulary, the gazetteer and tables of phrases, never against
// what was chosen, each Reading with the words it came from. A text can be taken in several ways (reading.go), and the
// first that finds something is. Words that say that a life may be in danger (crisis.go) are answered with who can be
// reached, whatever else is asked, found or turned off. A Searcher takes another vocabulary at once (words.go), and reads
// such words by the program's own.
//
// The rules that must never break: a claim filter matches yes only; an unknown is never a yes and never a no; what has
// no site is found by the coverage of the place and is never lost from a geographic question; only what the store
// publishes now is shown. searchtest holds the suite that proves them of an engine.
//
// Start with query.go and engine.go.
package search
