package geo

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

const maxSuggest = 50

// Suggest gives the places whose name begins with prefix, likeliest first, for a list under an input: at most limit,
// and at most 50. Behind a whole name the beginning of its state or country narrows further ("cambridge m"). Digits
// are the beginning of a ZIP, in the order of their numbers.
func (g *Gazetteer) Suggest(prefix string, limit int) []Place {
	limit = min(limit, maxSuggest)
	q := strip(prefix)
	switch {
	case limit <= 0 || q == "" || len(prefix) > MaxPlaceBytes:
		return nil
	case len(q) <= 5 && strings.Trim(q, "0123456789") == "":
		return g.suggestZIPs(q, limit)
	}
	best := podium{size: 2 * limit}
	g.suggestNames(q, &best)
	if full := expand(q); full != q {
		g.suggestNames(full, &best)
	}
	var places []Place
	seen := map[string]bool{}
	for _, n := range best.names {
		p := g.place(n.entry)
		if label := fold(p.Label()); !seen[label] && len(places) < limit {
			seen[label] = true
			places = append(places, p)
		}
	}
	return places
}

func (g *Gazetteer) suggestNames(q string, best *podium) {
	for _, n := range g.beginning(q) {
		best.offer(n)
	}
	for cut := strings.LastIndexByte(q, ' '); cut > 0; cut = strings.LastIndexByte(q[:cut], ' ') {
		rest := q[cut+1:]
		for _, n := range g.exactly(expand(q[:cut])) {
			if e := &g.entries[n.entry]; e.kind != regionKind && e.admin.begins(rest) {
				best.offer(n)
			}
		}
	}
}

// suggestZIPs gives the first ZIPs that begin with digits, of which there are one to five.
func (g *Gazetteer) suggestZIPs(digits string, limit int) []Place {
	from, err := strconv.ParseUint((digits + "0000")[:5], 10, 32)
	if err != nil {
		return nil
	}
	at, _ := slices.BinarySearchFunc(g.zips, uint32(from), func(z zip, n uint32) int { return int(z.code) - int(n) })
	var places []Place
	for ; at < len(g.zips) && len(places) < limit && strings.HasPrefix(g.zips[at].text(), digits); at++ {
		places = append(places, g.zipPlace(int32(at)))
	}
	return places
}

// podium keeps the likeliest few of the names offered, each entry once, in order.
type podium struct {
	names []name
	size  int
}

func (p *podium) offer(n name) {
	if len(p.names) == p.size && likelier(n, p.names[p.size-1]) >= 0 {
		return
	}
	at, found := slices.BinarySearchFunc(p.names, n, likelier)
	if found {
		return
	}
	if len(p.names) == p.size {
		p.names = p.names[:p.size-1]
	}
	p.names = slices.Insert(p.names, at, n)
}

// mask notes which letters occur in s. One slip changes at most two of its bits, which excludes most names before any
// distance is computed.
func mask(s string) uint32 {
	var m uint32
	for i := range len(s) {
		m |= 1 << (s[i] & 31)
	}
	return m
}

func apart(a, b uint32) int { return bits.OnesCount32(a ^ b) }

// matrix is the room for one computation of a distance.
type matrix [3][64]uint8

// distance gives the number of slips (a letter missing, added, wrong, or two neighbours swapped) from a to b, neither
// longer than 62 bytes, or something greater than most as soon as that is certain.
func (m *matrix) distance(a, b string, most int) int {
	before, last, row := &m[0], &m[1], &m[2]
	for j := range len(b) + 1 {
		last[j] = uint8(j)
	}
	for i := range len(a) {
		row[0] = uint8(i + 1)
		least := row[0]
		for j := range len(b) {
			cost := last[j]
			if a[i] != b[j] {
				cost = 1 + min(last[j], last[j+1], row[j])
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				cost = min(cost, before[j-1]+1)
			}
			row[j+1] = cost
			least = min(least, cost)
		}
		if int(least) > most && i > 0 {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return int(last[len(b)])
}
