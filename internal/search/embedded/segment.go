package embedded

import (
	"bytes"
	"math/bits"
	"slices"
	"sort"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/vellum"
	"github.com/golang/geo/s2"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// segment is an immutable part of the index: columns over rows and docs, and what is derived from them.
//
// A doc is a listing. A row is a listing at a located site; a listing without one has a single row behind them all.
// Rows with a point come first, in the order of their S2 leaf cells, so that a region is a few ranges of rows and
// what lies together is tested together.
type segment struct {
	located int // rows [0, located) have a point

	// Columns over rows.
	cell    []s2.CellID  // located rows only
	vector  []geo.Vector // located rows only
	doc     []uint32
	site    []int16  // index into the listing's sites, -1 for a remote row
	country []uint16 // of the site's address, packed by countryCode

	// Columns over docs.
	id       []directory.ID
	revision []directory.RevisionNo
	mask     []uint64 // valueSpace.words for each doc
	hours    []uint32 // index into classes
	verified []int64  // Unix seconds; 0 is never
	standing []uint16 // in thousandths; helplineFlag is set for helplines
	length   []uint8  // words of the listing, at most 255
	names    []byte   // folded names, one after the other
	nameEnd  []uint32

	// What few docs have.
	classes []hoursClass
	areas   []areaRow

	derived
	dictionary
}

// derived is what follows from the columns and is computed anew for every segment.
type derived struct {
	values    valueTable                 // of all rows
	several   bitset                     // located rows whose doc has other rows
	inCountry map[uint16]*roaring.Bitmap // rows of a country: a site there, or coverage of it
	primary   bitset                     // one located row of each doc: that of its first located site
	upTo      []uint32                   // rows of several before each word of it
	next      []uint32                   // of each row of several, in order: the next row of its doc, behind the last the first
	others    *roaring.Bitmap            // the located rows that are not primary
	rowOf     []uint32                   // primary or remote row of each doc
	remote    *roaring.Bitmap            // rows without a point
	serves    map[string]*roaring.Bitmap // remote rows by a country or division they cover
	byID      []uint32                   // docs in the order of their IDs
}

// dictionary holds the words: an FST from each word to its postings.
type dictionary struct {
	fst   *vellum.FST
	lists []posting
	slab  []uint32 // rows of short postings
}

// areaRow is a remote row that covers areas finer than a division.
type areaRow struct {
	row   uint32
	areas []*geo.Area
}

// remoteCover is the coverage of a remote row, kept to derive serves and to merge.
type remoteCover struct {
	row  uint32
	keys []string // countries and divisions
}

func (s *segment) rows() int { return len(s.doc) }
func (s *segment) docs() int { return len(s.id) }

func (s *segment) name(doc uint32) []byte {
	from := uint32(0)
	if doc > 0 {
		from = s.nameEnd[doc-1]
	}
	return s.names[from:s.nameEnd[doc]]
}

// docOf finds a listing here.
func (s *segment) docOf(id directory.ID) (uint32, bool) {
	i := sort.Search(len(s.byID), func(i int) bool { return bytes.Compare(s.id[s.byID[i]][:], id[:]) >= 0 })
	if i < len(s.byID) && s.id[s.byID[i]] == id {
		return s.byID[i], true
	}
	return 0, false
}

// countryCode packs a two-letter code; 0 is none.
func countryCode(c string) uint16 {
	if len(c) != 2 {
		return 0
	}
	return uint16(c[0])<<8 | uint16(c[1])
}

// derive computes what follows from the columns. rows must stand in the order of compareRows; covers are the remote rows'.
func (s *segment) derive(space *valueSpace, covers []remoteCover) {
	d := &s.derived
	d.deriveValues(s, space)
	d.deriveRows(s)
	d.serves = map[string]*roaring.Bitmap{}
	for _, c := range covers {
		for _, key := range c.keys {
			addTo(d.serves, key, c.row)
			addTo(d.inCountry, countryCode(directory.CountryOfDivision(key)), c.row)
		}
	}
	for _, bm := range d.serves {
		bm.RunOptimize()
	}
	for _, bm := range d.inCountry {
		bm.RunOptimize()
	}
	d.deriveOrders(s)
}

func (d *derived) deriveValues(s *segment, space *valueSpace) {
	has := make([]uint64, space.words)
	for i, m := range s.mask {
		has[i%space.words] |= m
	}
	d.values = newValueTable(s.rows(), len(space.all), has)
	for r, doc := range s.doc {
		for w, m := range s.mask[int(doc)*space.words : (int(doc)+1)*space.words] {
			for ; m != 0; m &= m - 1 {
				d.values.set(w*64+bits.TrailingZeros64(m), uint32(r))
			}
		}
	}
}

func (d *derived) deriveRows(s *segment) {
	d.primary, d.several, d.others, d.remote = newBitset(s.rows()), newBitset(s.rows()), roaring.New(), roaring.New()
	d.inCountry = map[uint16]*roaring.Bitmap{}
	d.remote.AddRange(uint64(s.located), uint64(s.rows()))
	d.rowOf = filled(s.docs())
	rowsOf := map[uint32][]uint32{} // of docs with several, ascending
	for row := range uint32(s.rows()) {
		doc := s.doc[row]
		if int(row) < s.located {
			addTo(d.inCountry, s.country[row], row)
		}
		switch {
		case d.rowOf[doc] == gone:
			d.rowOf[doc] = row
		case rowsOf[doc] == nil:
			rowsOf[doc] = []uint32{d.rowOf[doc], row}
		default:
			rowsOf[doc] = append(rowsOf[doc], row)
		}
	}
	d.deriveSeveral(rowsOf)
	for doc, rows := range rowsOf {
		slices.SortFunc(rows, func(a, b uint32) int { return int(s.site[a]) - int(s.site[b]) })
		d.rowOf[doc] = rows[0]
		d.others.AddMany(rows[1:])
	}
	for _, row := range d.rowOf {
		if int(row) < s.located {
			d.primary.set(row)
		}
	}
}

// deriveSeveral takes the rows of each doc in ascending order.
func (d *derived) deriveSeveral(rowsOf map[uint32][]uint32) {
	n := 0
	for _, rows := range rowsOf {
		n += len(rows)
		for _, r := range rows {
			d.several.set(r)
		}
	}
	d.upTo, d.next = make([]uint32, len(d.several)), make([]uint32, n)
	n = 0
	for i, rows := range d.several {
		d.upTo[i] = uint32(n)
		n += bits.OnesCount64(rows)
	}
	for _, rows := range rowsOf {
		for i, r := range rows {
			d.next[d.number(r)] = rows[(i+1)%len(rows)]
		}
	}
}

// number gives, of a row in several, how many stand before it there.
func (d *derived) number(row uint32) uint32 {
	return d.upTo[row/64] + uint32(bits.OnesCount64(d.several[row/64]&(1<<(row%64)-1)))
}

// beside gives the next row of the doc of a row in several; behind the last comes the first.
func (d *derived) beside(row uint32) uint32 { return d.next[d.number(row)] }

func (d *derived) deriveOrders(s *segment) {
	d.byID = make([]uint32, s.docs())
	for i := range d.byID {
		d.byID[i] = uint32(i)
	}
	slices.SortFunc(d.byID, func(a, b uint32) int { return bytes.Compare(s.id[a][:], s.id[b][:]) })
}

func addTo[K comparable](m map[K]*roaring.Bitmap, key K, row uint32) {
	bm := m[key]
	if bm == nil {
		bm = roaring.New()
		m[key] = bm
	}
	bm.Add(row)
}
