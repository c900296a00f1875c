package embedded

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/vellum"
	"github.com/golang/geo/s2"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/pace"
	"carefinder/internal/search"
)

// rowKey is what rows are sorted by: cell, remote ones last, then by doc and site so that the order is total.
type rowKey struct {
	cell s2.CellID // the largest for remote rows
	doc  uint32
	site int16
}

func compareRows(a, b rowKey) int {
	return cmp.Or(cmp.Compare(a.cell, b.cell), cmp.Compare(a.doc, b.doc), cmp.Compare(a.site, b.site))
}

const remoteCell = s2.CellID(math.MaxUint64)

// newSegment makes a segment of listings, each standing once.
func newSegment(space *valueSpace, listings []*directory.Listing) (*segment, error) {
	listings = inPlaceOrder(listings)
	s := &segment{}
	b := builder{seg: s, space: space, classOf: map[string]uint32{}, terms: map[string][]uint32{}}
	var keys []rowKey
	for doc, l := range listings {
		pace.Yield()
		keys = append(keys, b.add(uint32(doc), l)...)
	}
	slices.SortFunc(keys, compareRows)
	covers := b.rows(keys, listings)
	s.derive(space, covers)
	return s, b.words()
}

// inPlaceOrder puts listings in the order of their first site's cell, so that docs lie as their rows do.
func inPlaceOrder(listings []*directory.Listing) []*directory.Listing {
	type placed struct {
		cell s2.CellID
		l    *directory.Listing
	}
	all := make([]placed, len(listings))
	for i, l := range listings {
		all[i] = placed{remoteCell, l}
		if k := slices.IndexFunc(l.Sites, directory.Site.Located); k >= 0 {
			all[i].cell = cellOf(geo.VectorOf(l.Sites[k].Point))
		}
	}
	slices.SortFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.cell, b.cell), bytes.Compare(a.l.ID[:], b.l.ID[:]))
	})
	out := make([]*directory.Listing, len(all))
	for i := range all {
		out[i] = all[i].l
	}
	return out
}

func cellOf(v geo.Vector) s2.CellID {
	p := s2.Point{}
	p.X, p.Y, p.Z = v[0], v[1], v[2]
	return s2.CellFromPoint(p).ID()
}

// builder gathers columns and words.
type builder struct {
	seg     *segment
	space   *valueSpace
	classOf map[string]uint32
	terms   map[string][]uint32 // docs holding a word, nameFlag set when it stands in the name
	docRows [][]uint32
	buf     []byte
}

// nameFlag marks, in a list of docs or rows, those that hold a word in their name.
const nameFlag = 1 << 31

// helplineFlag marks, in a standing, what is worth more while it is open.
const helplineFlag = 1 << 15

func (b *builder) add(doc uint32, l *directory.Listing) []rowKey {
	s := b.seg
	s.id = append(s.id, l.ID)
	s.revision = append(s.revision, l.Revision)
	at := len(s.mask)
	s.mask = append(s.mask, make([]uint64, b.space.words)...)
	b.space.maskOf(l, s.mask[at:])
	s.hours = append(s.hours, b.class(l))
	verified := int64(0)
	if !l.Verification.At.IsZero() {
		verified = l.Verification.At.Unix()
	}
	s.verified = append(s.verified, verified)
	standing := uint16(search.Standing(l))
	if l.Kind == directory.Helpline {
		standing |= helplineFlag
	}
	s.standing = append(s.standing, standing)
	s.names = append(s.names, search.Fold(l.Name)...)
	s.nameEnd = append(s.nameEnd, uint32(len(s.names)))
	s.length = append(s.length, b.addWords(doc, l))
	var keys []rowKey
	for i, site := range l.Sites {
		if site.Located() {
			keys = append(keys, rowKey{cellOf(geo.VectorOf(site.Point)), doc, int16(i)})
		}
	}
	if keys == nil {
		keys = []rowKey{{remoteCell, doc, -1}}
	}
	return keys
}

func (b *builder) class(l *directory.Listing) uint32 {
	b.buf = hoursKey(b.buf[:0], l)
	if c, ok := b.classOf[string(b.buf)]; ok {
		return c
	}
	return b.newClass(hoursClass{string(b.buf), hoursOnly(l)})
}

func (b *builder) newClass(c hoursClass) uint32 {
	n := uint32(len(b.seg.classes))
	b.seg.classes = append(b.seg.classes, c)
	b.classOf[c.key] = n
	return n
}

func (b *builder) addWords(doc uint32, l *directory.Listing) uint8 {
	name, rest := search.ListingText(l)
	n := 0
	for _, w := range search.Words(name) {
		n++
		b.addWord(w, doc|nameFlag)
	}
	for _, text := range rest {
		for _, w := range search.Words(text) {
			n++
			b.addWord(w, doc)
		}
	}
	return uint8(min(n, 255))
}

// addWord notes a word of doc once; the name comes first, so a word that stands in both counts as the name's.
func (b *builder) addWord(w string, doc uint32) {
	list := b.terms[w]
	if n := len(list); n == 0 || list[n-1]&^nameFlag != doc&^nameFlag {
		b.terms[w] = append(list, doc)
	}
}

// rows fills the columns over rows in their order and gives the coverage of remote ones.
func (b *builder) rows(keys []rowKey, listings []*directory.Listing) (covers []remoteCover) {
	s := b.seg
	b.docRows = make([][]uint32, len(listings))
	for r, k := range keys {
		l := listings[k.doc]
		s.doc = append(s.doc, k.doc)
		s.site = append(s.site, k.site)
		b.docRows[k.doc] = append(b.docRows[k.doc], uint32(r))
		if k.site < 0 {
			s.country = append(s.country, 0)
			covers = append(covers, b.remote(uint32(r), l))
			continue
		}
		site := &l.Sites[k.site]
		s.located = r + 1
		s.cell = append(s.cell, k.cell)
		s.vector = append(s.vector, geo.VectorOf(site.Point))
		s.country = append(s.country, countryCode(site.Address.Country))
	}
	return covers
}

func (b *builder) remote(row uint32, l *directory.Listing) remoteCover {
	reach := l.Reach()
	if len(reach.Areas) > 0 {
		at := areaRow{row: row}
		for _, p := range reach.Areas {
			if a, err := geo.NewArea(p); err == nil { // Validate refused any other before it was saved
				at.areas = append(at.areas, a)
			}
		}
		b.seg.areas = append(b.seg.areas, at)
	}
	keys := slices.Concat(reach.Countries, reach.Divisions)
	slices.Sort(keys)
	return remoteCover{row, slices.Compact(keys)}
}

// words writes the dictionary from the words gathered.
func (b *builder) words() error {
	sorted := make([]string, 0, len(b.terms))
	for w := range b.terms {
		sorted = append(sorted, w)
	}
	slices.Sort(sorted)
	var d dictionaryWriter
	if err := d.open(); err != nil {
		return err
	}
	var rows []uint32
	for _, w := range sorted {
		pace.Yield()
		rows = rows[:0]
		for _, doc := range b.terms[w] {
			for _, r := range b.docRows[doc&^nameFlag] {
				rows = append(rows, r|doc&nameFlag)
			}
		}
		if err := d.add(w, rows); err != nil {
			return err
		}
	}
	var err error
	b.seg.dictionary, err = d.close()
	return err
}

// posting is where a word of several rows stands: short lists in the slab, long ones as bitmaps.
type posting struct {
	off, n uint32          // in the slab, when all is nil
	all    *roaring.Bitmap // rows that hold the word
	name   *roaring.Bitmap // those that hold it in the name
}

// shortList is up to how many rows a posting stays a plain list: a bitmap costs some 200 bytes whatever it holds.
const shortList = 32

// dictionaryWriter writes words in ascending order. Its FST maps a word of one row to that row, marked by an odd
// number, and any other to twice the index of its posting.
type dictionaryWriter struct {
	buf  bytes.Buffer
	fst  *vellum.Builder
	dict dictionary
}

func (d *dictionaryWriter) open() (err error) {
	d.fst, err = vellum.New(&d.buf, nil)
	return err
}

// add notes the rows of a word, in any order, nameFlag set where it stands in the name. It sorts rows in place.
func (d *dictionaryWriter) add(word string, rows []uint32) error {
	slices.SortFunc(rows, func(a, b uint32) int { return cmp.Compare(a&^nameFlag, b&^nameFlag) })
	switch {
	case len(rows) == 0:
		return nil
	case len(rows) == 1:
		return d.fst.Insert([]byte(word), uint64(rows[0])<<1|1)
	case len(rows) <= shortList:
		d.dict.lists = append(d.dict.lists, posting{off: uint32(len(d.dict.slab)), n: uint32(len(rows))})
		d.dict.slab = append(d.dict.slab, rows...)
	default:
		d.dict.lists = append(d.dict.lists, longPosting(rows))
	}
	return d.fst.Insert([]byte(word), uint64(len(d.dict.lists)-1)<<1)
}

func longPosting(rows []uint32) posting {
	p := posting{all: roaring.New(), name: roaring.New()}
	for _, r := range rows {
		p.all.Add(r &^ nameFlag)
		if r&nameFlag != 0 {
			p.name.Add(r &^ nameFlag)
		}
	}
	p.all.RunOptimize()
	p.name.RunOptimize()
	return p
}

func (d *dictionaryWriter) close() (dictionary, error) {
	if err := d.fst.Close(); err != nil {
		return dictionary{}, fmt.Errorf("dictionary: %w", err)
	}
	var err error
	d.dict.fst, err = vellum.Load(bytes.Clone(d.buf.Bytes()))
	d.dict.slab = slices.Clip(d.dict.slab)
	d.dict.lists = slices.Clip(d.dict.lists)
	return d.dict, err
}

// rowsOfValue gives the rows an FST value stands for, nameFlag kept, appended to buf; long postings give their bitmaps.
func (d *dictionary) rowsOfValue(val uint64, buf []uint32) (short []uint32, long posting) {
	if val&1 == 1 {
		return append(buf, uint32(val>>1)), posting{}
	}
	p := d.lists[val>>1]
	if p.all != nil {
		return buf, p
	}
	return append(buf, d.slab[p.off:p.off+p.n]...), posting{}
}
