package desk

import (
	"time"

	"carefinder/internal/directory"
)

// RosterQuery asks for listings by what the desk sorts them by. Made-up ones are left out.
type RosterQuery struct {
	Status directory.Status // "" is published
	Kind   directory.Kind   // "" is all
	Sort   RosterSort
	After  *RosterMark // nil is the beginning
	Limit  int
}

// RosterSort is an order of the roster.
type RosterSort string

// The orders.
const (
	ByChange RosterSort = "changed" // last changed first
	ByDue    RosterSort = "due"     // due for verification first; never verified at the beginning
)

// RosterMark is where a page of the roster ended.
type RosterMark struct {
	At time.Time // of change, or when it is due
	ID directory.ID
}

// MarkOf gives where a page that ends with l ended.
func (s RosterSort) MarkOf(l *directory.Listing) RosterMark {
	if s != ByDue {
		return RosterMark{l.UpdatedAt, l.ID}
	}
	return RosterMark{l.Verification.DueAt(), l.ID}
}
