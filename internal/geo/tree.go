package geo

// tree is a k-d tree over unit vectors, in an array: the middle of a range is its root, split along x, y and z in
// turn. Nearest by chord is nearest on the sphere, so no place on it is special.
type tree []leaf

type leaf struct {
	at Vector
	id int32
}

// grow orders t as a tree.
func (t tree) grow(axis int) {
	if len(t) < 2 {
		return
	}
	mid := len(t) / 2
	t.split(mid, axis)
	t[:mid].grow((axis + 1) % 3)
	t[mid+1:].grow((axis + 1) % 3)
}

// split puts the k-th leaf along axis in its place, smaller ones before and larger ones behind it.
func (t tree) split(k, axis int) {
	for lo, hi := 0, len(t)-1; lo < hi; {
		pivot := t[lo+(hi-lo)/2].at[axis]
		i, j := lo, hi
		for i <= j {
			for t[i].at[axis] < pivot {
				i++
			}
			for t[j].at[axis] > pivot {
				j--
			}
			if i <= j {
				t[i], t[j] = t[j], t[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return
		}
	}
}

// nearest gives the leaf nearest to v of those wanted, and of equally near ones the one with the greatest id: a city
// before a ZIP.
func (t tree) nearest(v Vector, wanted func(id int32) bool) (id int32, ok bool) {
	s := seek{v: v, wanted: wanted, best: 5}
	s.visit(t, 0)
	return s.id, s.best < 5
}

type seek struct {
	v      Vector
	wanted func(int32) bool
	best   float64
	id     int32
}

func (s *seek) visit(t tree, axis int) {
	if len(t) == 0 {
		return
	}
	mid := len(t) / 2
	root := &t[mid]
	if d := Chord2(s.v, root.at); (d < s.best || d == s.best && root.id > s.id) && s.wanted(root.id) {
		s.best, s.id = d, root.id
	}
	first, second := t[:mid], t[mid+1:]
	off := s.v[axis] - root.at[axis]
	if off > 0 {
		first, second = second, first
	}
	s.visit(first, (axis+1)%3)
	if off*off <= s.best {
		s.visit(second, (axis+1)%3)
	}
}
