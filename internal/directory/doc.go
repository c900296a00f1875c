// Package directory is the domain of Carefinder: what a listing is, what may be said about it, and what must hold
// before anyone is shown it.
//
// A Listing is one thing a person can contact for care. It is offered at Sites, or, without one, where its Coverage
// reaches. People reach it through Channels, each with its own Hours. What it offers is a set of Claims: yes, no or
// unknown, each with its source, and a claim nobody made is unknown, never no. Validate holds the curation rules and
// reports every fault at once. Public is what may leave the desk.
//
// The package imports fault, geo, orb and the standard library only, and knows nothing of SQL, HTTP or any format.
// Start with listing.go.
package directory
