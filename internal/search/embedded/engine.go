package embedded

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// Engine is a search.Engine in this process. Make one with New; it holds no file, and Close only waits.
type Engine struct {
	many    int // manyMatching; a test lowers it
	current atomic.Pointer[snapshot]

	mu      sync.Mutex // held by writers; readers never take it
	held    []part     // what a merge in the background is reading: Apply leaves these segments in their places
	idle    *sync.Cond // on mu: held is nil again
	scratch sync.Pool  // of *query
}

// snapshot is the whole index at one moment. Its parts are shared with the snapshots before and after it, and hold
// values as its space numbers them.
type snapshot struct {
	space *valueSpace
	parts []part
}

// Merges are done at once while they are small enough not to keep Apply waiting, and in the background beyond.
const (
	mergeAtOnce = 20_000 // rows
	mergeFanIn  = 6      // segments of about a size that become one
	buildChunk  = 16_384 // listings built into one segment, which bounds the memory a build takes
)

// New makes an empty engine that filters and counts by v's terms.
func New(v *directory.Vocabulary) *Engine {
	e := &Engine{many: manyMatching}
	e.idle = sync.NewCond(&e.mu)
	e.current.Store(&snapshot{space: newValueSpace(v)})
	return e
}

// Reword has the engine go by another vocabulary, whose terms are those it had and maybe more: questions under way end as
// they began. Other words for the same terms cost no more than reading them; a new term has every listing's values
// numbered anew, a few tens of nanoseconds each.
func (e *Engine) Reword(v *directory.Vocabulary) {
	space := newValueSpace(v)
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.current.Load()
	e.current.Store(&snapshot{space, renumbered(now.parts, now.space, space)})
}

// Close waits for a merge in the background to end.
func (e *Engine) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.await()
}

// await waits until no merge goes on. The caller holds mu, and holds it again afterwards.
func (e *Engine) await() {
	for e.held != nil {
		e.idle.Wait()
	}
}

// release ends a merge. The caller holds mu.
func (e *Engine) release() {
	e.held = nil
	e.idle.Broadcast()
}

// Apply implements search.Engine. It costs some microseconds a listing, and now and then a merge of small segments.
func (e *Engine) Apply(ctx context.Context, ops []search.Op) error {
	last := map[directory.ID]*directory.Listing{}
	for _, op := range ops {
		last[op.ID] = op.Listing
	}
	var listings []*directory.Listing
	for _, l := range last {
		if l != nil {
			listings = append(listings, l)
		}
	}
	space := e.current.Load().space
	added, err := build(ctx, space, listings)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.current.Load()
	added = renumbered(added, space, now.space) // reworded meanwhile
	next := &snapshot{now.space, slices.Clone(now.parts)}
	for i := range next.parts {
		next.parts[i].bury(last)
	}
	next.parts = slices.DeleteFunc(append(next.parts, added...), func(p part) bool { return p.empty() && !e.holds(p) })
	if err := e.mergeSmall(next); err != nil {
		return err
	}
	e.current.Store(next)
	e.mergeLarge(next)
	return nil
}

// build makes segments of listings, a chunk at a time.
func build(ctx context.Context, space *valueSpace, listings []*directory.Listing) (parts []part, err error) {
	for chunk := range slices.Chunk(listings, buildChunk) {
		if ctx.Err() != nil {
			return nil, fault.Wrap(fault.Canceled, "The index was not changed.", ctx.Err())
		}
		s, err := newSegment(space, chunk)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "index segment", err)
		}
		parts = append(parts, part{seg: s})
	}
	return parts, nil
}

// bury marks the rows of listings that stand in ids as dead, in a copy that readers of older snapshots don't see.
func (p *part) bury(ids map[directory.ID]*directory.Listing) {
	var rows []uint32
	for id := range ids {
		if doc, ok := p.seg.docOf(id); ok {
			rows = append(rows, p.seg.rowsOfDoc(doc)...)
		}
	}
	if len(rows) == 0 {
		return
	}
	dead := newBitset(p.seg.rows())
	copy(dead, p.dead)
	for _, row := range rows {
		dead.set(row)
	}
	p.dead = dead
}

func (p part) live() int { return p.seg.rows() - p.dead.count() }

func (p part) empty() bool { return p.live() == 0 }

// mergeSmall folds the youngest segments of next into one while that is quick.
func (e *Engine) mergeSmall(next *snapshot) error {
	from, rows := len(next.parts), 0
	for from > 0 && rows+next.parts[from-1].live() <= mergeAtOnce && !e.holds(next.parts[from-1]) {
		from--
		rows += next.parts[from].live()
	}
	if len(next.parts)-from < mergeFanIn {
		return nil
	}
	s, err := merge(next.space, next.parts[from:])
	if err != nil {
		return fault.Wrap(fault.Internal, "index merge", err)
	}
	next.parts = append(next.parts[:from:from], part{seg: s})
	return nil
}

func (e *Engine) holds(p part) bool {
	return slices.ContainsFunc(e.held, func(h part) bool { return h.seg == p.seg })
}

// mergeLarge starts a merge in the background when there are too many segments of about a size, or one is mostly dead.
// The caller holds mu.
func (e *Engine) mergeLarge(now *snapshot) {
	from, ok := now.worthMerging()
	if !ok || e.held != nil {
		return
	}
	old := now.parts[from:]
	e.held = old
	go func() {
		ok := e.replace(now.space, old)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.release()
		if ok {
			e.mergeLarge(e.current.Load())
		}
	}()
}

// worthMerging says from which segment on to merge: as far back as each is no larger than all younger ones together,
// which makes a listing be copied a number of times that grows with the logarithm of them all.
func (s *snapshot) worthMerging() (from int, ok bool) {
	rows := 0
	for i := len(s.parts) - 1; i >= 0; i-- {
		p := s.parts[i]
		if p.dead != nil && p.seg.rows() > mergeAtOnce && p.live() < p.seg.rows()/2 {
			return i, true
		}
		if n := len(s.parts) - 1 - i; n >= mergeFanIn && p.live() <= rows {
			from, ok = i, true
		}
		rows += p.live()
	}
	return from, ok
}

// replace merges old, a run of segments, and puts the result in their place. What died meanwhile dies in it too. It
// reports false when they are no longer in their place.
func (e *Engine) replace(space *valueSpace, old []part) bool {
	merged, err := merge(space, old)
	if err != nil {
		return false // the segments stay as they are and go on answering
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	current := e.current.Load()
	now := current.parts
	at := slices.IndexFunc(now, func(p part) bool { return p.seg == old[0].seg })
	if at < 0 || at+len(old) > len(now) {
		return false
	}
	died := map[directory.ID]*directory.Listing{}
	for i, was := range old {
		is := now[at+i]
		if is.seg != was.seg {
			return false
		}
		is.diedSince(was, died)
	}
	fresh := part{seg: merged}
	fresh.bury(died)
	e.current.Store(&snapshot{current.space, slices.Concat(now[:at], []part{fresh}, now[at+len(old):])})
	return true
}

// diedSince notes the listings that died after was.
func (p part) diedSince(was part, died map[directory.ID]*directory.Listing) {
	for row := range uint32(p.seg.rows()) {
		if !p.alive(row) && was.alive(row) {
			died[p.seg.id[p.seg.doc[row]]] = nil
		}
	}
}

// Compact merges all segments into one: worth doing once after the first build. Questions and changes go on meanwhile.
func (e *Engine) Compact(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.await()
	if ctx.Err() != nil {
		return fault.Wrap(fault.Canceled, "The index was not compacted.", ctx.Err())
	}
	now := e.current.Load()
	if len(now.parts) < 2 {
		return nil
	}
	e.held = now.parts
	e.mu.Unlock()
	e.replace(now.space, now.parts)
	e.mu.Lock()
	e.release()
	return nil
}

// Len is how many listings are indexed.
func (e *Engine) Len() int {
	n := 0
	for _, p := range e.current.Load().parts {
		for _, row := range p.seg.rowOf {
			if p.alive(row) {
				n++
			}
		}
	}
	return n
}

// rowsOfDoc gives every row of a doc.
func (s *segment) rowsOfDoc(doc uint32) []uint32 {
	first := s.rowOf[doc]
	rows := []uint32{first}
	if s.several.has(first) {
		for r := s.beside(first); r != first; r = s.beside(r) {
			rows = append(rows, r)
		}
	}
	return rows
}
