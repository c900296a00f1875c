package meili

import (
	"slices"

	"github.com/golang/geo/s2"

	"carefinder/internal/geo"
)

// cover is a region in cells: those wholly inside, and those across its boundary, each of one of the levels.
type cover struct {
	inside, edge s2.CellUnion
}

// finest is the level of the smallest cells.
const finest = 14

// most cells of a cover: more make its edge thinner, and the filter longer, of which each takes the server some eight
// microseconds.
const (
	coverCells = 50  // of what is asked
	mostCells  = 800 // where there is much at the edge
	ringCells  = 30  // of a circle that only narrows down
)

// coverOf covers a region by at most about so many cells: its edge is made of finer ones as long as they are not too
// many.
func coverOf(r geo.Region, most int) cover {
	meets := r.Meets
	if c, ok := r.(geo.Circle); ok {
		disk := c.Disk()
		meets = disk.Meets
	}
	var todo s2.CellUnion
	for _, c := range r.Covering(8, finest) {
		todo = append(todo, c.Parent(c.Level()&^1))
	}
	var done cover
	for todo = outermost(todo); len(todo) > 0; todo = finer(done.edge) {
		if len(todo) > 4*most {
			break
		}
		next := cover{inside: slices.Clip(done.inside)}
		for _, c := range todo {
			switch some, whole := meets(c); {
			case whole:
				next.inside = append(next.inside, c)
			case some:
				next.edge = append(next.edge, c)
			}
		}
		if done.edge != nil && len(next.inside)+len(next.edge) > most {
			break
		}
		done = next
	}
	return done
}

// finer parts cells into those of the next of our levels; nothing when all are of the finest.
func finer(cells s2.CellUnion) (out s2.CellUnion) {
	parted := false
	for _, c := range cells {
		level := c.Level() + 2
		if level > finest {
			out = append(out, c)
			continue
		}
		parted = true
		for child := c.ChildBeginAtLevel(level); child != c.ChildEndAtLevel(level); child = child.Next() {
			out = append(out, child)
		}
	}
	if !parted {
		return nil
	}
	return out
}

// outermost leaves out cells that lie in others.
func outermost(cells s2.CellUnion) s2.CellUnion {
	slices.SortFunc(cells, func(a, b s2.CellID) int { return a.Level() - b.Level() })
	kept := cells[:0]
	for _, c := range cells {
		if !slices.ContainsFunc(kept, func(k s2.CellID) bool { return k.Contains(c) }) {
			kept = append(kept, c)
		}
	}
	return kept
}

// inCells holds for documents with a site in one of the cells.
func inCells(cells s2.CellUnion) filter {
	var parts []filter
	for _, level := range levels {
		var tokens []string
		for _, c := range cells {
			if c.Level() == level {
				tokens = append(tokens, c.ToToken())
			}
		}
		parts = append(parts, in(attrCell(level), tokens...))
	}
	return anyOf(parts...)
}
