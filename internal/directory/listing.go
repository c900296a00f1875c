package directory

import (
	"slices"
	"time"
)

// Kind says what sort of thing a listing is.
type Kind string

// The kinds of listing.
const (
	Therapist     Kind = "therapist"
	Prescriber    Kind = "prescriber"
	Center        Kind = "center"  // offers a procedure such as TMS or ECT
	Program       Kind = "program" // an institution's course of care, such as a DBT program
	OnlineService Kind = "online-service"
	SupportGroup  Kind = "support-group"
	Helpline      Kind = "helpline"
)

// Kinds lists every kind, in the order pages show them.
func Kinds() []Kind {
	return []Kind{Therapist, Prescriber, Center, Program, OnlineService, SupportGroup, Helpline}
}

// Status says how far a listing has come. Only a published one is shown to the public.
type Status string

// The statuses of a listing.
const (
	Draft     Status = "draft"
	InReview  Status = "in-review"
	Published Status = "published"
	Archived  Status = "archived"
)

// Statuses lists every status, in the order a listing passes through them.
func Statuses() []Status { return []Status{Draft, InReview, Published, Archived} }

// RevisionNo numbers the immutable versions of one listing from 1; 0 means never saved.
type RevisionNo int64

// Listing is one thing a person can contact for care. Times are UTC, and a zero time means never or not known.
// A Listing handed out by a store or a cache is shared: read it, Clone before changing it.
type Listing struct {
	ID             ID
	Kind           Kind
	Name           string
	Organization   string // who runs it; empty when the name says it
	Description    string
	Languages      []string // of the description, BCP 47, first is the main one
	Audience       string   // whom it is for, as it says itself: "veterans and their families"
	Sites          []Site
	Coverage       Coverage // where it serves, when it has no site a person could walk to
	Channels       []Channel
	Hours          Hours
	Claims         []Claim
	Accepting      Accepting
	Fees           Fees
	Referral       Referral
	Identifiers    []Identifier
	Sources        []Source
	Verification   Verification
	Status         Status
	ArchivedReason string // for people: "closed in May 2026"
	ReplacedBy     ID     // the listing that took this one's place
	Priority       int    // among helplines of a country: lower comes first, 0 means no priority given
	Demonstration  bool   // made up, to try the program with; never exported, always said
	Revision       RevisionNo
	UpdatedAt      time.Time // when this revision was saved
}

// Accepting says whether new patients are taken.
type Accepting struct {
	Status AcceptingStatus
	AsOf   time.Time
	Wait   string // as stated: "6 to 8 weeks"
	Source string // a URL or a person's role
}

// AcceptingStatus is an answer to "do you take new patients?".
type AcceptingStatus string

// The answers. The empty one is unknown.
const (
	AcceptingUnknown  AcceptingStatus = ""
	AcceptingYes      AcceptingStatus = "yes"
	AcceptingNo       AcceptingStatus = "no"
	AcceptingWaitlist AcceptingStatus = "waitlist"
)

// Fees says what care costs. Amounts are in the currency's minor unit (cents), 0 means not stated.
type Fees struct {
	Free         Answer
	SlidingScale Answer
	Min, Max     int64
	Currency     string // ISO 4217
	Note         string // as stated: "training clinic, reduced fee"
}

// Referral says how a patient gets in.
type Referral struct {
	Self      Answer // may a person refer themselves?
	Clinician Answer // does a clinician's referral work, or is one asked for?
	FormURL   string
	Fax       string
	Send      string // what to send along, as stated
}

// NPI is the Identifier scheme of the United States' National Provider Identifier.
const NPI = "npi"

// Identifier is the listing's number in some register.
type Identifier struct{ Scheme, Value string }

// Source is where facts of the listing came from.
type Source struct {
	Name string // who states it
	URL  string
	Key  string    // the source's own key of this listing, "" when it has none
	At   time.Time // when it was read
	Note string    // how far to trust it: "as stated by the program's page"
}

// Verification says when a person last checked the listing. A zero At means not yet.
type Verification struct {
	At     time.Time
	By     string // a role or a name the curator agreed to show
	Method string // "called", "program's page", "provider"
	Due    time.Time
}

// VerifyEvery is how long a verification holds unless the curator sets another due date.
const VerifyEvery = 90 * 24 * time.Hour

// DueAt is from when on the listing should be checked again; the zero time for one never verified.
func (v Verification) DueAt() time.Time {
	if v.Due.IsZero() && !v.At.IsZero() {
		return v.At.Add(VerifyEvery)
	}
	return v.Due
}

// Overdue reports whether the listing should be checked again at t. One never verified is always overdue.
func (v Verification) Overdue(t time.Time) bool { return !t.Before(v.DueAt()) }

// Claimed gives the answer of the listing's claim about a facet's code; no claim is Unknown.
func (l *Listing) Claimed(f Facet, code string) Answer {
	for i := range l.Claims {
		if l.Claims[i].Facet == f && l.Claims[i].Code == code {
			return l.Claims[i].Value
		}
	}
	return Unknown
}

// Has reports whether the listing says yes to a facet's code.
func (l *Listing) Has(f Facet, code string) bool { return l.Claimed(f, code) == Yes }

// HoursOf gives the hours a channel is answered: its own, or else the listing's.
func (l *Listing) HoursOf(c Channel) Hours {
	if c.Hours.Known() {
		return c.Hours
	}
	return l.Hours
}

// OpenAt says whether anyone can be reached at t: Open if one channel or the listing is, Closed only if all that is
// known is closed, else Unknown.
func (l *Listing) OpenAt(t time.Time) Openness {
	state := l.Hours.OpenAt(t)
	for _, c := range l.Channels {
		if !c.Hours.Known() {
			continue
		}
		switch o := c.Hours.OpenAt(t); {
		case o == Open:
			return Open
		case state == HoursUnknown:
			state = o
		}
	}
	return state
}

// Public gives the listing as it may leave the desk: a confidential site keeps nothing but its coverage.
// It shares memory with l where nothing had to be removed.
func (l *Listing) Public() *Listing {
	if !slices.ContainsFunc(l.Sites, func(s Site) bool { return s.Confidential }) {
		return l
	}
	p := *l
	p.Sites = make([]Site, 0, len(l.Sites))
	for _, s := range l.Sites {
		if s.Confidential {
			s = Site{Confidential: true, Coverage: s.Coverage}
		}
		p.Sites = append(p.Sites, s)
	}
	return &p
}

// Remote reports whether the listing has no site a person could be sent to, so that it is found by coverage alone.
func (l *Listing) Remote() bool {
	return !slices.ContainsFunc(l.Sites, Site.Located)
}

// Reach gives everywhere the listing serves without a visit: its own coverage and that of its confidential sites.
func (l *Listing) Reach() Coverage {
	c := l.Coverage
	for _, s := range l.Sites {
		if s.Confidential {
			c = c.And(s.Coverage)
		}
	}
	return c
}

// Clone gives a copy that may be changed: it shares no list with l but the rings of areas and the spans of exceptions,
// which are replaced whole.
func (l *Listing) Clone() *Listing {
	c := *l
	c.Coverage, c.Hours = l.Coverage.clone(), l.Hours.clone()
	c.Languages = slices.Clone(l.Languages)
	c.Sites = slices.Clone(l.Sites)
	c.Channels = slices.Clone(l.Channels)
	c.Claims = slices.Clone(l.Claims)
	c.Identifiers = slices.Clone(l.Identifiers)
	c.Sources = slices.Clone(l.Sources)
	for i := range c.Sites {
		c.Sites[i].Coverage = c.Sites[i].Coverage.clone()
	}
	for i, ch := range c.Channels {
		c.Channels[i].Languages, c.Channels[i].Hours = slices.Clone(ch.Languages), ch.Hours.clone()
	}
	return &c
}
