package desk

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Suspect is a Pair as the desk keeps it.
type Suspect struct {
	Pair
	DismissedBy string // a curator's name; "" while it stands
	Reason      string // for dismissing it
}

// Merger is two listings made one: the one kept, and the one that is withdrawn and leads to it.
type Merger struct {
	ID             directory.ID
	Kept, Dropped  directory.ID
	KeptNo, DropNo directory.RevisionNo // the revisions the merge made; those before are how they were
	By             string
	At             time.Time
	UndoneAt       time.Time // zero: it stands
}

// Mergers keeps suspected pairs, and what was merged.
type Mergers interface {
	Suspect(ctx context.Context, pair directory.ID) (*Suspect, error)
	// Dismiss has a pair wait no longer, until one of its listings changes in what was compared. A pair that the survey
	// has not found is kept as dismissed.
	Dismiss(ctx context.Context, p *Pair, by, reason string) error
	// SaveMerger saves listings over the revision each carries, as SaveMany does, and m with them in one transaction. It
	// sets m.KeptNo and m.DropNo of one that is new, and m.At or m.UndoneAt.
	SaveMerger(ctx context.Context, m *Merger, by directory.Editor, saved ...*directory.Listing) error
	// Merger gives a merge; MergersOf those a listing was kept or dropped in, newest first.
	Merger(ctx context.Context, id directory.ID) (*Merger, error)
	MergersOf(ctx context.Context, listing directory.ID) ([]Merger, error)
}

// Deduper makes one listing of two, and two of one again.
type Deduper struct {
	store Mergers
	desk  *directory.Desk
	audit Audit
	now   func() time.Time
}

// NewDeduper makes a Deduper. A nil now is the machine's clock.
func NewDeduper(s Mergers, d *directory.Desk, a Audit, now func() time.Time) *Deduper {
	return &Deduper{s, d, a, now}
}

// Dismiss says that a pair is two, and why.
func (d *Deduper) Dismiss(ctx context.Context, a Actor, pair directory.ID, reason string) error {
	if err := said("reason", reason); err != nil {
		return err
	}
	s, err := d.store.Suspect(ctx, pair)
	if err != nil {
		return err
	}
	e := Entry{a, "duplicate.dismiss", "pair:" + pair.String(), map[string]string{"reason": reason}}
	return acted(ctx, d.audit, e, func(ctx context.Context) error { return d.store.Dismiss(ctx, &s.Pair, a.Name, reason) })
}

// Suspected gives a pair and its listings as they are now, for a look side by side.
func (d *Deduper) Suspected(ctx context.Context, pair directory.ID) (s *Suspect, a, b *directory.Listing, err error) {
	if s, err = d.store.Suspect(ctx, pair); err != nil {
		return nil, nil, nil, err
	}
	if a, err = d.desk.Listing(ctx, s.A); err == nil {
		b, err = d.desk.Listing(ctx, s.B)
	}
	return s, a, b, err
}

// MergeOrder says which two become one, and how.
type MergeOrder struct {
	Keep, Drop         directory.ID
	KeepBase, DropBase directory.RevisionNo // as they were looked at
	Choices            map[string]Side      // by the name of a part; what is missing is as MergeParts says
	Reason             string               // shown to people who follow a link to the dropped one
}

// Side is whose part is taken.
type Side string

// The sides. Both is for parts that are lists of things.
const (
	FromKept    Side = "kept"
	FromDropped Side = "dropped"
	FromBoth    Side = "both"
)

// Merge saves the kept listing with what was chosen and withdraws the other, which from then on leads to it. Sources of
// both are kept. One that was changed since it was looked at is fault.Conflict.
func (d *Deduper) Merge(ctx context.Context, a Actor, o MergeOrder) (*Merger, error) {
	if err := said("reason", o.Reason); err != nil {
		return nil, err
	}
	if o.Keep == o.Drop {
		return nil, fault.New(fault.Invalid, "A listing can't be merged with itself.")
	}
	keep, err := d.at(ctx, o.Keep, o.KeepBase)
	if err != nil {
		return nil, err
	}
	drop, err := d.at(ctx, o.Drop, o.DropBase)
	if err != nil {
		return nil, err
	}
	kept, dropped, err := merged(keep, drop, o)
	if err != nil {
		return nil, err
	}
	if err := d.check(kept, dropped); err != nil {
		return nil, err
	}
	m := &Merger{ID: directory.NewID(clock(d.now)), Kept: kept.ID, Dropped: dropped.ID, By: a.Name}
	detail := map[string]string{"dropped": o.Drop.String(), "merger": m.ID.String(), "reason": o.Reason}
	err = acted(ctx, d.audit, Entry{a, "duplicate.merge", "listing:" + o.Keep.String(), detail}, func(ctx context.Context) error {
		return d.store.SaveMerger(ctx, m, a.editor(o.Reason), kept, dropped)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// at gives a listing that may be merged, for changing, if it is still at a revision.
func (d *Deduper) at(ctx context.Context, id directory.ID, base directory.RevisionNo) (*directory.Listing, error) {
	l, err := d.desk.Listing(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case l.Revision != base:
		return nil, fault.New(fault.Conflict, l.Name+" was changed since you looked at it. Look at both again.")
	case l.Status == directory.Archived:
		return nil, fault.New(fault.Conflict, l.Name+" is withdrawn already.")
	case l.Demonstration:
		return nil, fault.New(fault.Invalid, l.Name+" is made up: only real listings can be merged.")
	}
	return l.Clone(), nil
}

func (d *Deduper) check(all ...*directory.Listing) error {
	var bad fault.Fields
	for _, l := range all {
		bad.Merge("", d.desk.Check(l))
	}
	return bad.Err("This can't be saved as it is.")
}

// mergePart is a part of a listing that is taken from one of two.
type mergePart struct {
	name  string
	same  func(a, b *directory.Listing) bool
	empty func(l *directory.Listing) bool
	take  func(to, from *directory.Listing)
}

func part[T any](name string, of func(l *directory.Listing) *T) mergePart {
	return mergePart{
		name:  name,
		same:  func(a, b *directory.Listing) bool { return reflect.DeepEqual(*of(a), *of(b)) },
		empty: func(l *directory.Listing) bool { return reflect.ValueOf(of(l)).Elem().IsZero() },
		take:  func(to, from *directory.Listing) { *of(to) = *of(from) },
	}
}

func mergeParts() []mergePart {
	type L = directory.Listing
	return []mergePart{
		part("kind", func(l *L) *directory.Kind { return &l.Kind }),
		part("name", func(l *L) *string { return &l.Name }),
		part("organization", func(l *L) *string { return &l.Organization }),
		part("description", func(l *L) *string { return &l.Description }),
		part("languages", func(l *L) *[]string { return &l.Languages }),
		part("audience", func(l *L) *string { return &l.Audience }),
		part("coverage", func(l *L) *directory.Coverage { return &l.Coverage }),
		part("hours", func(l *L) *directory.Hours { return &l.Hours }),
		part("accepting", func(l *L) *directory.Accepting { return &l.Accepting }),
		part("fees", func(l *L) *directory.Fees { return &l.Fees }),
		part("referral", func(l *L) *directory.Referral { return &l.Referral }),
		part("verification", func(l *L) *directory.Verification { return &l.Verification }),
		part("priority", func(l *L) *int { return &l.Priority }),
	}
}

// The parts that are lists of things, of which both may be kept.
const (
	partSites    = "sites"
	partChannels = "channels"
	partClaims   = "claims"
)

// MergeParts names every part that differs between two listings and has to be chosen, and what is taken unless
// somebody chooses: the kept listing's, where it says anything, and of lists both.
func MergeParts(keep, drop *directory.Listing) (names []string, chosen map[string]Side) {
	chosen = map[string]Side{}
	for _, p := range mergeParts() {
		if p.same(keep, drop) {
			continue
		}
		names, chosen[p.name] = append(names, p.name), FromKept
		if p.empty(keep) {
			chosen[p.name] = FromDropped
		}
	}
	for name, same := range map[string]bool{
		partSites: reflect.DeepEqual(keep.Sites, drop.Sites), partChannels: reflect.DeepEqual(keep.Channels, drop.Channels), partClaims: reflect.DeepEqual(keep.Claims, drop.Claims),
	} {
		if !same {
			names, chosen[name] = append(names, name), FromBoth
		}
	}
	slices.Sort(names[len(names)-listsIn(chosen):])
	return names, chosen
}

func listsIn(chosen map[string]Side) (n int) {
	for _, s := range chosen {
		if s == FromBoth {
			n++
		}
	}
	return n
}

// merged gives what the two listings become. They may be changed.
func merged(keep, drop *directory.Listing, o MergeOrder) (kept, dropped *directory.Listing, err error) {
	names, chosen := MergeParts(keep, drop)
	var bad fault.Fields
	for name, side := range o.Choices {
		usual, known := chosen[name]
		switch {
		case !known:
			continue // the same in both
		case side == FromKept || side == FromDropped || side == FromBoth && usual == FromBoth:
			chosen[name] = side
		default:
			bad.Add("choices."+name, fmt.Sprintf("%q is not a side", side))
		}
	}
	if err := bad.Err("Choose one of the two."); err != nil {
		return nil, nil, err
	}
	kept, dropped = keep.Clone(), drop.Clone()
	for _, p := range mergeParts() {
		if slices.Contains(names, p.name) && chosen[p.name] == FromDropped {
			p.take(kept, drop)
		}
	}
	kept.Channels = channelsOf(keep, drop, chosen[partChannels])
	kept.Claims = claimsOf(keep.Claims, drop.Claims, chosen[partClaims])
	kept.Sites = sitesOf(keep, drop, chosen[partSites])
	kept.Sources = union(keep.Sources, drop.Sources, FromBoth, func(a, b directory.Source) bool { return a.Name == b.Name && a.URL == b.URL && a.Key == b.Key })
	kept.Identifiers = union(keep.Identifiers, drop.Identifiers, FromBoth, func(a, b directory.Identifier) bool { return a == b })
	if drop.Status == directory.Published {
		kept.Status = directory.Published // what people find now must not vanish into a draft
	}
	dropped.Status, dropped.ArchivedReason, dropped.ReplacedBy = directory.Archived, o.Reason, keep.ID
	return kept, dropped, nil
}

// union gives the list of a side: of both, those of a and what b has beside them. What b lists itself as two stays two.
func union[T any](a, b []T, side Side, same func(a, b T) bool) []T {
	switch side {
	case FromKept:
		return a
	case FromDropped:
		return b
	}
	all := slices.Clone(a)
	for _, x := range b {
		if !slices.ContainsFunc(a, func(y T) bool { return same(x, y) }) {
			all = append(all, x)
		}
	}
	return all
}

// channelsOf gives the channels of a side: of both, those of keep, with what drop knows of them besides, and those that
// drop has beside them. What drop lists itself as two stays two.
func channelsOf(keep, drop *directory.Listing, side Side) []directory.Channel {
	switch side {
	case FromKept:
		return keep.Channels
	case FromDropped:
		return drop.Channels
	}
	all := slices.Clone(keep.Channels)
	for _, x := range drop.Channels {
		i := slices.IndexFunc(keep.Channels, func(y directory.Channel) bool {
			return sameLine(x, y) && dialledFrom(drop, x) == dialledFrom(keep, y)
		})
		if i < 0 {
			all = append(all, x)
			continue
		}
		all[i] = richer(all[i], x)
	}
	return all
}

// sameLine reports whether two channels, their numbers aside, lead to the same people. In doubt they don't: a line listed
// twice is a nuisance, one that vanishes is help that can't be reached.
func sameLine(a, b directory.Channel) bool {
	return a.Medium == b.Medium && a.Extension == b.Extension && strings.EqualFold(a.Menu, b.Menu) && strings.EqualFold(a.Keyword, b.Keyword) &&
		strings.TrimSuffix(a.Address, "/") == strings.TrimSuffix(b.Address, "/")
}

// northAmerican are countries whose numbers have ten digits after the code 1, so that one written without the code is
// no other number.
var northAmerican = []string{"US", "CA", "PR"}

// dialledFrom gives the whole number a phone sends, with the code of the country its listing is in where that is beyond
// doubt, or it as written where that can't be dialled as it stands.
func dialledFrom(l *directory.Listing, ch directory.Channel) string {
	digits := cmp.Or(directory.Digits(ch.Number), ch.Number)
	abroad := func(s directory.Site) bool { return !slices.Contains(northAmerican, s.Address.Country) }
	if len(l.Sites) == 0 || slices.ContainsFunc(l.Sites, abroad) || strings.Trim(digits, "0123456789") != "" {
		return digits
	}
	if national := strings.TrimPrefix(digits, "1"); len(national) == 10 && national[0] >= '2' {
		return "+1" + national
	}
	return digits
}

// richer gives a channel with what another way of writing it says besides. A number with its country's code is richer
// than one without.
func richer(a, b directory.Channel) directory.Channel {
	if strings.HasPrefix(b.Number, "+") && !strings.HasPrefix(a.Number, "+") {
		a.Number = b.Number
	}
	a.Label, a.Cost = cmp.Or(a.Label, b.Label), cmp.Or(a.Cost, b.Cost)
	a.Anonymous = cmp.Or(a.Anonymous, b.Anonymous)
	if len(a.Languages) == 0 {
		a.Languages = b.Languages
	}
	if !a.Hours.Known() {
		a.Hours = b.Hours
	}
	return a
}

// claimsOf gives each claim once: where both state one, the newer statement that says yes or no.
func claimsOf(a, b []directory.Claim, side Side) []directory.Claim {
	all := slices.Clone(union(a, b, side, func(x, y directory.Claim) bool { return x.Facet == y.Facet && x.Code == y.Code }))
	if side != FromBoth {
		return all
	}
	for i, x := range all {
		for _, y := range b {
			newer := x.Value == directory.Unknown || y.At.After(x.At)
			if x.Facet == y.Facet && x.Code == y.Code && y.Value != directory.Unknown && newer {
				all[i] = y
			}
		}
	}
	return all
}

// sitesOf gives each place once. Merging publishes no address: what either keeps confidential stays so, and so does what
// may be the same place.
func sitesOf(keep, drop *directory.Listing, side Side) []directory.Site {
	return union(guarded(keep.Sites, drop.Sites), guarded(drop.Sites, keep.Sites), side, samePlace)
}

// guarded gives sites, confidential where beside, the other listing's, has it so or may: a hidden address often lacks
// its street, so that whatever is in its town, and is not openly in both listings, could be it.
func guarded(sites, beside []directory.Site) []directory.Site {
	all := slices.Clone(sites)
	for i, s := range sites {
		if s.Confidential {
			continue
		}
		open := slices.ContainsFunc(beside, func(o directory.Site) bool { return !o.Confidential && samePlace(s, o) })
		for _, hidden := range beside {
			if hidden.Confidential && (samePlace(s, hidden) || !open && mayBeOneTown(s, hidden)) {
				all[i].Confidential, all[i].Coverage = true, all[i].Coverage.And(hidden.Coverage)
			}
		}
	}
	return all
}

// mayBeOneTown reports whether two sites are in one town for all that is known.
func mayBeOneTown(a, b directory.Site) bool {
	p, q := placeOf(a.Address), placeOf(b.Address)
	if p.sameTown(&q) {
		return true
	}
	from, to := a.Address.Country, b.Address.Country
	return (p.city == "" || q.city == "") && (from == "" || to == "" || from == to)
}

// samePlace reports whether two sites are at one address, however it is written, or at one point.
func samePlace(a, b directory.Site) bool {
	if a.Precision != "" && a.Precision == b.Precision && a.Point == b.Point && a.Address.Street == b.Address.Street {
		return true
	}
	p, q := placeOf(a.Address), placeOf(b.Address)
	return p.number != "" && p.number == q.number && p.sameTown(&q) && likeness(p.street, q.street) >= shared
}

// Unmerge makes two of one again: the dropped listing stands as before, and so does the kept one unless it was changed
// since, when it stays as it is and keptStays is true: nobody's later work is undone. What was made confidential since
// becomes so in the dropped one too: it may have the same address. The pair is dismissed.
func (d *Deduper) Unmerge(ctx context.Context, a Actor, merger directory.ID, reason string) (keptStays bool, err error) {
	if err := said("reason", reason); err != nil {
		return false, err
	}
	m, err := d.store.Merger(ctx, merger)
	if err != nil {
		return false, err
	}
	if !m.UndoneAt.IsZero() {
		return false, fault.New(fault.Conflict, "This was undone already.")
	}
	dropped, fresh, err := d.before(ctx, m.Dropped, m.DropNo)
	if err != nil {
		return false, err
	}
	if !fresh {
		return false, fault.New(fault.Conflict, dropped.Name+" was changed since it was merged: restore it from its history instead.")
	}
	kept, fresh, err := d.before(ctx, m.Kept, m.KeptNo)
	if err != nil {
		return false, err
	}
	saved := []*directory.Listing{dropped}
	if fresh {
		saved = append(saved, kept)
	} else if err := d.guard(ctx, dropped, kept); err != nil {
		return false, err
	}
	if err := d.check(saved...); err != nil {
		return false, err
	}
	m.UndoneAt = clock(d.now)
	pair := compare(traitsOf(kept), traitsOf(dropped))
	detail := map[string]string{"dropped": m.Dropped.String(), "merger": m.ID.String(), "reason": reason}
	err = acted(ctx, d.audit, Entry{a, "duplicate.unmerge", "listing:" + m.Kept.String(), detail}, func(ctx context.Context) error {
		if pair != nil { // before the listings, whose save numbers the changes
			if err := d.store.Dismiss(ctx, pair, a.Name, reason); err != nil {
				return err
			}
		}
		return d.store.SaveMerger(ctx, m, a.editor(reason), saved...)
	})
	return err == nil && !fresh, err
}

// guard keeps confidential in l what kept hides now, or what took the place of kept in turn.
func (d *Deduper) guard(ctx context.Context, l, kept *directory.Listing) error {
	for seen := []directory.ID{l.ID}; !slices.Contains(seen, kept.ID); {
		l.Sites = guarded(l.Sites, kept.Sites)
		if kept.Status != directory.Archived || kept.ReplacedBy.IsZero() {
			return nil
		}
		seen = append(seen, kept.ID)
		next, err := d.desk.Listing(ctx, kept.ReplacedBy)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		kept = next
	}
	return nil
}

// before gives a listing as it was before the revision no, over what it is now; and whether no is what it is now. When
// it is not, the listing is given as it is.
func (d *Deduper) before(ctx context.Context, id directory.ID, no directory.RevisionNo) (l *directory.Listing, fresh bool, err error) {
	now, err := d.desk.Listing(ctx, id)
	if err != nil || now.Revision != no {
		return now, false, err
	}
	past, err := d.desk.Revision(ctx, id, no-1)
	if err != nil {
		return nil, false, err
	}
	l = past.Listing
	l.Revision = no
	return l, true, nil
}
