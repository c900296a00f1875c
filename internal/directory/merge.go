package directory

import "slices"

// Side is one of two changes of the same listing.
type Side int8

// The sides.
const (
	Mine Side = iota
	Theirs
)

// Conflict is one thing that both sides changed, each to something else: a person has to decide.
type Conflict struct {
	// Path is unique among the conflicts of one merge and the same each time. It is like a Difference's, but elements
	// are counted in both sides together, so it leads to one of the merged listing only where neither left any out.
	Path   string
	Fields []Clash
	Taken  Side
}

// Clash is one field of a conflict. Mine or Theirs is nil where that side took the element out, and Base is empty where
// both put it in.
type Clash struct {
	Path               string
	Base, Mine, Theirs any
}

// Merge makes one listing of two that were both made from base. What one side alone changed is taken from it; what both
// changed to the same is no conflict; for each conflict, which names what must not be mixed as one, pick says whose to
// take. A nil pick takes mine. Where both put a list in another order, mine holds. The merged listing stands at the
// revision of theirs; nothing of what it is made from is changed.
func Merge(base, mine, theirs *Listing, pick func(path string) Side) (*Listing, []Conflict) {
	if pick == nil {
		pick = func(string) Side { return Mine }
	}
	out := theirs.Clone()
	m := &merging{base: base, mine: mine, theirs: theirs, out: out, pick: pick}
	m.leaves("", base.leaves(), mine.leaves(), theirs.leaves(), out.leaves())
	for _, l := range lists {
		l.merge(m)
	}
	return out.Clone(), m.conflicts
}

// merging is one merge under way.
type merging struct {
	base, mine, theirs, out *Listing
	pick                    func(path string) Side
	conflicts               []Conflict
}

func (m *merging) conflict(path string, fields []Clash) Side {
	side := m.pick(path)
	m.conflicts = append(m.conflicts, Conflict{Path: path, Fields: fields, Taken: side})
	return side
}

// leaves merges leaves whole by whole into out.
func (m *merging) leaves(path string, base, mine, theirs, out []leaf) {
	for from, to := 0, 0; from < len(base); from = to {
		for to = from + 1; to < len(base) && base[from].whole != "" && base[to].whole == base[from].whole; {
			to++
		}
		taken := theirs
		if m.side(path, base[from:to], mine[from:to], theirs[from:to]) == Mine {
			taken = mine
		}
		for i := from; i < to; i++ {
			out[i].set(taken[i])
		}
	}
}

// side decides whose leaves of one whole are taken.
func (m *merging) side(path string, base, mine, theirs []leaf) Side {
	switch {
	case same(mine, theirs), same(base, theirs):
		return Mine
	case same(base, mine):
		return Theirs
	}
	name := base[0].whole
	if name == "" {
		name = base[0].path
	}
	var fields []Clash
	for i := range base {
		if !base[i].same(mine[i]) || !base[i].same(theirs[i]) {
			fields = append(fields, Clash{below(path, base[i].path), base[i].value(), mine[i].value(), theirs[i].value()})
		}
	}
	return m.conflict(below(path, name), fields)
}

func same(a, b []leaf) bool { return len(compareLeaves("", a, b)) == 0 }

// row is one element in up to three versions of a list, nil where a version does not have it.
type row[T any] struct{ base, mine, theirs *T }

func (l list[T]) merge(m *merging) {
	var merged []T
	for i, r := range l.rows(*l.of(m.base), *l.of(m.mine), *l.of(m.theirs)) {
		if x := l.mergeRow(m, l.path(i), r); x != nil {
			merged = append(merged, *x)
		}
	}
	*l.of(m.out) = merged
}

// rows gives every element that either side has, in the order of mine where mine alone or both changed it, else in that
// of theirs. What one side put in stands behind what stood before it there.
func (l list[T]) rows(base, mine, theirs []T) []*row[T] {
	ofBase := make([]*row[T], len(base))
	for i := range base {
		ofBase[i] = &row[T]{base: &base[i]}
	}
	was := l.pair(base, mine, l.like)
	my := l.along(mine, was, ofBase, func(r *row[T], x *T) { r.mine = x })
	their := l.along(theirs, l.pair(base, theirs, l.like), ofBase, func(r *row[T], x *T) { r.theirs = x })
	l.join(my, their)
	if reordered(was) {
		return weave(my, their)
	}
	return weave(their, my)
}

// along gives the rows of one side in its order: those of base that it kept, and new ones.
func (l list[T]) along(side []T, was []int, ofBase []*row[T], put func(*row[T], *T)) []*row[T] {
	rows := make([]*row[T], len(side))
	for j := range side {
		rows[j] = &row[T]{}
		if was[j] >= 0 {
			rows[j] = ofBase[was[j]]
		}
		put(rows[j], &side[j])
	}
	return rows
}

// join makes one row of two where both sides put in the same thing.
func (l list[T]) join(my, their []*row[T]) {
	fresh := func(rows []*row[T], of func(*row[T]) *T) (all []T, at []int) {
		for i, r := range rows {
			if r.base == nil {
				all, at = append(all, *of(r)), append(at, i)
			}
		}
		return all, at
	}
	mine, myAt := fresh(my, func(r *row[T]) *T { return r.mine })
	theirs, theirAt := fresh(their, func(r *row[T]) *T { return r.theirs })
	for j, i := range l.pair(mine, theirs, nil) {
		if i >= 0 {
			my[myAt[i]].theirs = their[theirAt[j]].theirs
			their[theirAt[j]] = my[myAt[i]]
		}
	}
}

// weave puts into rows those of others that it lacks, each behind the one before it there.
func weave[T any](rows, others []*row[T]) []*row[T] {
	rows = slices.Clone(rows)
	next := 0
	for _, r := range others {
		if at := slices.Index(rows, r); at >= 0 {
			next = at + 1
			continue
		}
		rows = slices.Insert(rows, next, r)
		next++
	}
	return rows
}

// mergeRow gives the merged element, nil when it goes.
func (l list[T]) mergeRow(m *merging, path string, r *row[T]) *T {
	one := r.mine
	if one == nil {
		one = r.theirs
	}
	switch {
	case r.mine != nil && r.theirs != nil:
		var out, nothing T
		base := r.base
		if base == nil {
			base = &nothing
		}
		m.leaves(path, l.leaves(base), l.leaves(r.mine), l.leaves(r.theirs), l.leaves(&out))
		return &out
	case r.base == nil: // put in by one side
		return one
	case same(l.leaves(r.base), l.leaves(one)): // taken out by one side, and left alone by the other
		return nil
	}
	clash := Clash{Path: path, Base: *r.base}
	if r.mine != nil {
		clash.Mine = *r.mine
	} else {
		clash.Theirs = *r.theirs
	}
	if m.conflict(path, []Clash{clash}) == Mine {
		return r.mine
	}
	return r.theirs
}
