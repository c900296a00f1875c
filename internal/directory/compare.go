package directory

import (
	"fmt"
	"reflect"
	"slices"
)

// Difference is one thing that two versions of a listing say differently.
type Difference struct {
	// Path names it as Validate does: "name", "channels[1].hours.zone", "claims[4]". An element is counted in the new
	// version, one that was taken out in the old. The path of a whole list, "channels", says that its order changed.
	Path     string
	Old, New any // values of this package; nil for an element that isn't there
}

// Compare lists what differs between two versions of a listing, part by part: an element of a list that stands for the
// same thing in both is compared with itself, wherever it stands. What is told by no part (the ID, the revision and
// when it was saved) is left out.
func Compare(old, new *Listing) []Difference {
	all := compareLeaves("", old.leaves(), new.leaves())
	for _, l := range lists {
		all = append(all, l.compare(old, new)...)
	}
	return all
}

// leaf is one thing of a listing, or of an element of its lists, that can be said differently.
type leaf struct {
	path string // within the listing or the element; "" is all of it
	// whole names what stands or falls together: the answer of one call with the date of another would be a lie. Leaves
	// of one whole stand side by side. "" is a whole of its own.
	whole string
	at    any // a pointer to it
}

func (l *Listing) leaves() []leaf {
	return append([]leaf{
		{"status", "status", &l.Status},
		{"archived_reason", "status", &l.ArchivedReason},
		{"replaced_by", "status", &l.ReplacedBy},
		{"kind", "", &l.Kind},
		{"name", "", &l.Name},
		{"organization", "", &l.Organization},
		{"description", "", &l.Description},
		{"languages", "", &l.Languages},
		{"audience", "", &l.Audience},
		{"coverage.countries", "", &l.Coverage.Countries},
		{"coverage.divisions", "", &l.Coverage.Divisions},
		{"coverage.areas", "", &l.Coverage.Areas},
		{"accepting.status", "accepting", &l.Accepting.Status},
		{"accepting.as_of", "accepting", &l.Accepting.AsOf},
		{"accepting.wait", "accepting", &l.Accepting.Wait},
		{"accepting.source", "accepting", &l.Accepting.Source},
		{"fees.free", "", &l.Fees.Free},
		{"fees.sliding_scale", "", &l.Fees.SlidingScale},
		{"fees.min", "fees", &l.Fees.Min},
		{"fees.max", "fees", &l.Fees.Max},
		{"fees.currency", "fees", &l.Fees.Currency},
		{"fees.note", "", &l.Fees.Note},
		{"referral.self", "", &l.Referral.Self},
		{"referral.clinician", "", &l.Referral.Clinician},
		{"referral.form_url", "", &l.Referral.FormURL},
		{"referral.fax", "", &l.Referral.Fax},
		{"referral.send", "", &l.Referral.Send},
		{"verification.at", "verification", &l.Verification.At},
		{"verification.by", "verification", &l.Verification.By},
		{"verification.method", "verification", &l.Verification.Method},
		{"verification.due", "verification", &l.Verification.Due},
		{"priority", "", &l.Priority},
		{"demonstration", "", &l.Demonstration},
	}, l.Hours.leaves()...)
}

func (h *Hours) leaves() []leaf {
	return []leaf{
		{"hours.always_open", "hours", &h.AlwaysOpen},
		{"hours.zone", "hours", &h.Zone},
		{"hours.weekly", "hours", &h.Weekly},
		{"hours.exceptions", "hours", &h.Exceptions},
		{"hours.note", "hours", &h.Note},
	}
}

func (s *Site) leaves() []leaf {
	return []leaf{
		{"name", "", &s.Name},
		{"street", "address", &s.Address.Street},
		{"city", "address", &s.Address.City},
		{"division", "address", &s.Address.Division},
		{"postal_code", "address", &s.Address.PostalCode},
		{"country", "address", &s.Address.Country},
		{"point", "point", &s.Point},
		{"precision", "point", &s.Precision},
		{"confidential", "", &s.Confidential},
		{"coverage.countries", "", &s.Coverage.Countries},
		{"coverage.divisions", "", &s.Coverage.Divisions},
		{"coverage.areas", "", &s.Coverage.Areas},
	}
}

func (c *Channel) leaves() []leaf {
	return append([]leaf{
		{"medium", "number", &c.Medium},
		{"number", "number", &c.Number},
		{"extension", "number", &c.Extension},
		{"menu", "number", &c.Menu},
		{"keyword", "number", &c.Keyword},
		{"address", "number", &c.Address},
		{"label", "", &c.Label},
		{"languages", "", &c.Languages},
		{"cost", "", &c.Cost},
		{"anonymous", "", &c.Anonymous},
	}, c.Hours.leaves()...)
}

// lists are the lists of a listing whose elements are things of their own.
var lists = []interface {
	compare(old, new *Listing) []Difference
	merge(m *merging)
}{
	list[Site]{
		name: "sites", of: func(l *Listing) *[]Site { return &l.Sites }, leaves: (*Site).leaves,
		key:  func(s *Site) string { return s.Address.String() },
		like: func(*Site) string { return "a place that moved" },
	},
	list[Channel]{
		name: "channels", of: func(l *Listing) *[]Channel { return &l.Channels }, leaves: (*Channel).leaves,
		key:  func(c *Channel) string { return string(c.Medium) + " " + c.Number + c.Address },
		like: func(c *Channel) string { return string(c.Medium) },
	},
	list[Claim]{
		name: "claims", of: func(l *Listing) *[]Claim { return &l.Claims }, leaves: all[Claim],
		key: func(c *Claim) string { return string(c.Facet) + ":" + c.Code },
	},
	list[Identifier]{
		name: "identifiers", of: func(l *Listing) *[]Identifier { return &l.Identifiers }, leaves: all[Identifier],
		key: func(x *Identifier) string { return x.Scheme },
	},
	list[Source]{
		name: "sources", of: func(l *Listing) *[]Source { return &l.Sources }, leaves: all[Source],
		key:  func(s *Source) string { return s.Name + " " + s.Key },
		like: func(s *Source) string { return s.URL },
	},
}

// all makes one leaf of an element whose parts are true only together.
func all[T any](x *T) []leaf { return []leaf{{at: x}} }

// list is one such list of a listing.
type list[T any] struct {
	name      string
	of        func(*Listing) *[]T
	leaves    func(*T) []leaf
	key, like func(*T) string // what stays the same of an element, and what may be all that does; "" is nothing
}

func (l list[T]) compare(old, new *Listing) []Difference {
	before, after := *l.of(old), *l.of(new)
	was := l.pair(before, after, l.like)
	var all []Difference
	for i := range before {
		if !slices.Contains(was, i) {
			all = append(all, Difference{Path: l.path(i), Old: before[i]})
		}
	}
	for i := range after {
		if was[i] < 0 {
			all = append(all, Difference{Path: l.path(i), New: after[i]})
			continue
		}
		all = append(all, compareLeaves(l.path(i), l.leaves(&before[was[i]]), l.leaves(&after[i]))...)
	}
	if reordered(was) {
		all = append(all, Difference{Path: l.name, Old: before, New: after})
	}
	return all
}

func (l list[T]) path(i int) string { return fmt.Sprintf("%s[%d]", l.name, i) }

// pair says for each element of after which one of before it is, -1 for none: first one that says the very same, then
// one with the same key, and, where like is given, one that is like it when no other on either side is left that could
// be meant: a guess would put the hours of one number on another.
func (l list[T]) pair(before, after []T, like func(*T) string) []int {
	was, taken := slices.Repeat([]int{-1}, len(after)), make([]bool, len(before))
	match := func(same func(b, a *T) bool) {
		for j := range after {
			for i := 0; i < len(before) && was[j] < 0; i++ {
				if !taken[i] && same(&before[i], &after[j]) {
					was[j], taken[i] = i, true
				}
			}
		}
	}
	match(func(b, a *T) bool { return len(compareLeaves("", l.leaves(b), l.leaves(a))) == 0 })
	match(func(b, a *T) bool { k := l.key(a); return k != "" && k == l.key(b) })
	if like == nil {
		return was
	}
	left := map[string]int{} // the most that either side has left of a likeness
	count := func(side []T, free func(i int) bool) {
		n := map[string]int{}
		for i := range side {
			if free(i) {
				k := like(&side[i])
				n[k]++
				left[k] = max(left[k], n[k])
			}
		}
	}
	count(before, func(i int) bool { return !taken[i] })
	count(after, func(j int) bool { return was[j] < 0 })
	match(func(b, a *T) bool { k := like(a); return k != "" && k == like(b) && left[k] == 1 })
	return was
}

// reordered reports whether the elements that stayed stand in another order.
func reordered(was []int) bool {
	stayed := slices.DeleteFunc(slices.Clone(was), func(i int) bool { return i < 0 })
	return !slices.IsSorted(stayed)
}

func compareLeaves(path string, old, new []leaf) []Difference {
	var all []Difference
	for i := range old {
		if !old[i].same(new[i]) {
			all = append(all, Difference{Path: below(path, old[i].path), Old: old[i].value(), New: new[i].value()})
		}
	}
	return all
}

// below gives the path of a part.
func below(path, part string) string {
	if path == "" || part == "" {
		return path + part
	}
	return path + "." + part
}

func (l leaf) value() any { return reflect.ValueOf(l.at).Elem().Interface() }

// same reports whether two leaves say the same. A list has one form for nothing, but not every hand keeps to it.
func (l leaf) same(m leaf) bool {
	x, y := reflect.ValueOf(l.at).Elem(), reflect.ValueOf(m.at).Elem()
	if x.Kind() == reflect.Slice && x.Len()+y.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(x.Interface(), y.Interface())
}

func (l leaf) set(m leaf) { reflect.ValueOf(l.at).Elem().Set(reflect.ValueOf(m.at).Elem()) }
