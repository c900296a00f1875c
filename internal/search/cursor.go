package search

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// A cursor is the Position of the last hit shown, in base64url: a check of eight bytes over the question and all that
// follows, the key, the tie, the second the first page was ranked for, the ID, and the text to its end. The check keeps a cursor from being used with another
// question, where its position would mean nothing; it guards against mistakes, not malice, and a forged cursor shows
// nothing but another page.

const (
	cursorVersion = 2 // part of the check: a cursor of another version is refused
	cursorFixed   = 4*8 + len(directory.ID{})
)

var cursorText = base64.RawURLEncoding.Strict()

func writeCursor(print uint64, at time.Time, p Position) string {
	b := make([]byte, 8, cursorFixed+len(p.Text))
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(p.Key))
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(p.Tie))
	b = binary.BigEndian.AppendUint64(b, uint64(at.Unix()))
	b = append(append(b, p.ID[:]...), p.Text...)
	binary.BigEndian.PutUint64(b, check(print, b[8:]))
	return cursorText.EncodeToString(b)
}

// readCursor reads what writeCursor wrote for the same question. ok is false for anything else.
func readCursor(print uint64, s string) (p Position, at time.Time, ok bool) {
	b, err := cursorText.DecodeString(s)
	if err != nil || len(b) < cursorFixed || binary.BigEndian.Uint64(b) != check(print, b[8:]) {
		return Position{}, time.Time{}, false
	}
	p.Key = math.Float64frombits(binary.BigEndian.Uint64(b[8:]))
	p.Tie = math.Float64frombits(binary.BigEndian.Uint64(b[16:]))
	at = time.Unix(int64(binary.BigEndian.Uint64(b[24:])), 0)
	copy(p.ID[:], b[32:])
	p.Lot, p.Text = TieOf(TurnAt(at), p.ID), string(b[cursorFixed:])
	return p, at, true
}

func check(print uint64, b []byte) uint64 {
	d := digest(newDigest)
	d.number(cursorVersion)
	d.number(print)
	for _, c := range b {
		d.byte(c)
	}
	return uint64(d)
}

// digest is FNV-1a in 64 bits: the same in every process, since a cursor may come back to another one.
type digest uint64

const newDigest = 14695981039346656037

func (d *digest) byte(c byte) { *d = (*d ^ digest(c)) * 1099511628211 }

func (d *digest) number(n uint64) {
	for range 8 {
		d.byte(byte(n))
		n >>= 8
	}
}

func (d *digest) real(x float64) { d.number(math.Float64bits(x)) }

func (d *digest) flag(set bool) {
	if set {
		d.byte(1)
		return
	}
	d.byte(0)
}

func (d *digest) text(s string) {
	for i := range len(s) {
		d.byte(s[i])
	}
	d.byte(0xff) // no UTF-8 holds it: the end
}

// digestSet adds texts whose order says nothing.
func digestSet[S ~string](d *digest, set []S) {
	sum := uint64(len(set))
	for _, s := range set {
		one := digest(newDigest)
		one.text(string(s))
		sum += uint64(one)
	}
	d.number(sum)
}

// fingerprint tells this question from others that find something else or in another order. How many are shown on a
// page, what is counted and the moment asked about are no part of it: a minute passes before a person turns a page.
func (a *question) fingerprint(q *Query) uint64 {
	d := digest(newDigest)
	for _, w := range a.Words {
		d.text(w.Text)
	}
	d.region(a.Region)
	digestSet(&d, a.Kinds)
	for _, f := range directory.Facets() {
		digestSet(&d, a.Claims[f])
	}
	digestSet(&d, a.Accepting)
	d.flag(a.Free)
	d.flag(a.SlidingScale)
	d.flag(q.OpenNow)
	d.number(uint64(q.VerifiedWithin))
	d.text(a.Country)
	d.text(string(a.Sort))
	return uint64(d)
}

func (d *digest) region(r geo.Region) {
	switch r := r.(type) {
	case geo.Circle:
		d.text("circle")
		d.point(r.Center)
		d.real(r.Radius)
	case geo.Box:
		d.text("box")
		d.point(orb.Point{r.West, r.South})
		d.point(orb.Point{r.East, r.North})
	case *geo.Area:
		d.text("area")
		eachRing(r, func(ring orb.Ring, hole bool) {
			d.flag(hole)
			for _, p := range ring {
				d.point(p)
			}
		})
	}
}

func (d *digest) point(p orb.Point) {
	d.real(p[0])
	d.real(p[1])
}
