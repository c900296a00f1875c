package embedded

import (
	"bytes"
	"errors"
	"math"
	"slices"

	"github.com/blevesearch/vellum"

	"carefinder/internal/geo"
	"carefinder/internal/pace"
)

// part is a segment and its dead rows, which a merge leaves out.
type part struct {
	seg  *segment
	dead bitset // nil when none
}

func (p part) alive(row uint32) bool { return p.dead == nil || !p.dead.has(row) }

const gone = math.MaxUint32

// merge makes one segment of several, with only what is alive. It needs no listings: the columns say everything.
func merge(space *valueSpace, parts []part) (*segment, error) {
	m := merger{space: space, parts: parts, out: &segment{}}
	m.order()
	m.docs()
	covers := m.rows()
	m.out.derive(space, covers)
	return m.out, m.words()
}

type merger struct {
	space  *valueSpace
	parts  []part
	out    *segment
	source []rowSource // of each new row
	newDoc [][]uint32  // by part and old doc
	newRow [][]uint32  // by part and old row
}

type rowSource struct {
	rowKey
	part int32
	row  uint32
}

// order sorts the rows that are alive. Old docs are numbered through all parts for the ties.
func (m *merger) order() {
	offset := uint32(0)
	for i, p := range m.parts {
		for r := range uint32(p.seg.rows()) {
			if !p.alive(r) {
				continue
			}
			k := rowKey{remoteCell, offset + p.seg.doc[r], p.seg.site[r]}
			if int(r) < p.seg.located {
				k.cell = p.seg.cell[r]
			}
			m.source = append(m.source, rowSource{k, int32(i), r})
		}
		offset += uint32(p.seg.docs())
		m.newDoc = append(m.newDoc, filled(p.seg.docs()))
		m.newRow = append(m.newRow, filled(p.seg.rows()))
	}
	slices.SortFunc(m.source, func(a, b rowSource) int { return compareRows(a.rowKey, b.rowKey) })
}

func filled(n int) []uint32 {
	s := make([]uint32, n)
	for i := range s {
		s[i] = gone
	}
	return s
}

// docs copies the docs in the order of their first rows.
func (m *merger) docs() {
	o, classOf := m.out, map[string]uint32{}
	for _, src := range m.source {
		s := m.parts[src.part].seg
		old := s.doc[src.row]
		if m.newDoc[src.part][old] != gone {
			continue
		}
		m.newDoc[src.part][old] = uint32(len(o.id))
		o.id = append(o.id, s.id[old])
		o.revision = append(o.revision, s.revision[old])
		w := m.space.words
		o.mask = append(o.mask, s.mask[int(old)*w:(int(old)+1)*w]...)
		o.verified = append(o.verified, s.verified[old])
		o.standing = append(o.standing, s.standing[old])
		o.length = append(o.length, s.length[old])
		o.names = append(o.names, s.name(old)...)
		o.nameEnd = append(o.nameEnd, uint32(len(o.names)))
		c := s.classes[s.hours[old]]
		class, ok := classOf[c.key]
		if !ok {
			class = uint32(len(o.classes))
			o.classes, classOf[c.key] = append(o.classes, c), class
		}
		o.hours = append(o.hours, class)
	}
}

func (m *merger) rows() (covers []remoteCover) {
	o := m.out
	keys := m.coverKeys()
	areas := map[[2]uint32][]*geo.Area{}
	for i, p := range m.parts {
		for _, a := range p.seg.areas {
			areas[[2]uint32{uint32(i), a.row}] = a.areas
		}
	}
	for r, src := range m.source {
		s, row := m.parts[src.part].seg, uint32(r)
		m.newRow[src.part][src.row] = row
		o.doc = append(o.doc, m.newDoc[src.part][s.doc[src.row]])
		o.site = append(o.site, src.site)
		o.country = append(o.country, s.country[src.row])
		if src.site >= 0 {
			o.located = r + 1
			o.cell = append(o.cell, src.cell)
			o.vector = append(o.vector, s.vector[src.row])
			continue
		}
		covers = append(covers, remoteCover{row, keys[src.part][src.row]})
		if a := areas[[2]uint32{uint32(src.part), src.row}]; a != nil {
			o.areas = append(o.areas, areaRow{row, a})
		}
	}
	return covers
}

// coverKeys turns serves round: the countries and divisions of each remote row, by part.
func (m *merger) coverKeys() []map[uint32][]string {
	keys := make([]map[uint32][]string, len(m.parts))
	for i, p := range m.parts {
		keys[i] = map[uint32][]string{}
		for key, rows := range p.seg.serves {
			rows.Iterate(func(r uint32) bool {
				keys[i][r] = append(keys[i][r], key)
				return true
			})
		}
	}
	return keys
}

// words merges the dictionaries: the parts' words side by side in ascending order, each with its rows renumbered.
func (m *merger) words() error {
	var d dictionaryWriter
	if err := d.open(); err != nil {
		return err
	}
	heads := make([]*head, 0, len(m.parts))
	for i, p := range m.parts {
		it, err := p.seg.fst.Iterator(nil, nil)
		h := &head{it: it, part: i}
		if h.take(err); h.err != nil {
			return h.err
		}
		heads = append(heads, h)
	}
	var rows, buf []uint32
	for {
		word := least(heads)
		if word == nil {
			break
		}
		pace.Yield()
		rows = rows[:0]
		for _, h := range heads {
			if h.done || !bytes.Equal(h.word, word) {
				continue
			}
			rows, buf = m.renumbered(h, rows, buf[:0])
			if h.take(h.it.Next()); h.err != nil {
				return h.err
			}
		}
		if err := d.add(string(word), rows); err != nil {
			return err
		}
	}
	var err error
	m.out.dictionary, err = d.close()
	return err
}

// renumbered appends the new rows of the word at h's head.
func (m *merger) renumbered(h *head, rows, buf []uint32) (_, _ []uint32) {
	news := m.newRow[h.part]
	short, long := m.parts[h.part].seg.rowsOfValue(h.val, buf)
	for _, r := range short {
		if n := news[r&^nameFlag]; n != gone {
			rows = append(rows, n|r&nameFlag)
		}
	}
	if long.all != nil {
		long.all.Iterate(func(r uint32) bool {
			if n := news[r]; n != gone {
				if long.name.Contains(r) {
					n |= nameFlag
				}
				rows = append(rows, n)
			}
			return true
		})
	}
	return rows, short
}

// head is a dictionary being read in order.
type head struct {
	it   *vellum.FSTIterator
	part int
	word []byte
	val  uint64
	done bool
	err  error
}

// take reads the word the iterator stands at, err being what moving it there gave.
func (h *head) take(err error) {
	switch {
	case errors.Is(err, vellum.ErrIteratorDone):
		h.done = true
	case err != nil:
		h.done, h.err = true, err
	default:
		word, val := h.it.Current()
		h.word, h.val = append(h.word[:0], word...), val
	}
}

// least gives a copy of the smallest word at any head; nil when all are done.
func least(heads []*head) []byte {
	var word []byte
	for _, h := range heads {
		if !h.done && (word == nil || bytes.Compare(h.word, word) < 0) {
			word = h.word
		}
	}
	return bytes.Clone(word)
}
