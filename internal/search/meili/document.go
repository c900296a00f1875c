package meili

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// documentVersion is part of the schema: raise it whenever the same listing becomes another document.
const documentVersion = 3

// The attributes of a document beside one for each facet, which goes by the facet's name. Row is counted, all others are
// filtered by; only row, outline, schedule and mark are ever given back.
const (
	attrID       attribute = "id"
	attrPlaced   attribute = "placed"   // has a located site
	attrDemo     attribute = "demo"     // made up
	attrVerified attribute = "verified" // Unix seconds, 0 when nobody has
	attrStanding attribute = "standing" // what it is worth whenever and wherever
	attrHelpline attribute = "helpline" // is worth more while it answers
	attrName     attribute = "name"     // sorts as the folded name does
	attrOpen     attribute = "open"     // the slots of the week in which it is open
	attrZone     attribute = "zone"     // the time zones those are of
	attrExcept   attribute = "except"   // the dates on which it may be otherwise
	attrHours    attribute = "hours"    // when one with such dates is open, as readHours reads it
	attrWords    attribute = "words"    // all that can be found
	attrTitle    attribute = "title"    // those of its name
	attrCountry  attribute = "country"  // of its located sites
	attrAbroad   attribute = "abroad"   // they lie in more than one
	attrReach    attribute = "reach"    // countries and divisions it covers
	attrReaches  attribute = "reaches"  // the countries those are or lie in
	attrArea     attribute = "area"     // cells that meet an area it covers
	attrRow      attribute = "row"      // what an answer needs, as decodeRow reads it
	fieldOutline           = "outline"
	fieldHours             = "schedule"
	fieldMark              = "mark"
)

// levels are those of the S2 cells a site is indexed by: each a sixteenth of the one before, down to some 500 metres.
var levels = [...]int{0, 2, 4, 6, 8, 10, 12, 14}

// attrCell gives the attribute of the cells of a level.
func attrCell(level int) attribute {
	return [...]attribute{"cell0", "cell2", "cell4", "cell6", "cell8", "cell10", "cell12", "cell14"}[level/2]
}

// pairs is how many lots a document keeps: those of the second turn of each pair run backwards.
const pairs = (search.Turns + 1) / 2

// attrLot gives the attribute of the places among what ties in a turn.
func attrLot(turn int) attribute { return [pairs]attribute{"lot0", "lot2", "lot4", "lot6"}[turn/2] }

// lotKey writes a lot so that it sorts as a text, and is never taken for a number.
func lotKey(lot uint64) string { return fmt.Sprintf("x%016x", lot) }

// document is a listing as Meilisearch keeps it.
type document map[string]any

// writer makes documents of listings.
type writer struct {
	numbers map[value]int // of each value that is counted
	values  []value       // by their numbers
}

// value is one value of a facet.
type value struct {
	facet search.FacetName
	code  string
}

// newWriter numbers the terms of the program's vocabulary, what else is counted, and then the terms that came later, so
// that a number stands for one value for as long as an index lives.
func newWriter(v *directory.Vocabulary, own []*directory.Term) *writer {
	w := &writer{numbers: map[value]int{}}
	add := func(f search.FacetName, codes ...string) {
		for _, code := range codes {
			w.numbers[value{f, code}] = len(w.values)
			w.values = append(w.values, value{f, code})
		}
	}
	for _, f := range directory.Facets() {
		for _, t := range v.Terms(f) {
			add(search.FacetName(f), t.Code)
		}
	}
	add(search.FacetKind, texts(directory.Kinds())...)
	add(search.FacetAccepting, string(directory.AcceptingYes), string(directory.AcceptingNo), string(directory.AcceptingWaitlist))
	add(search.FacetFees, feesFree, feesSliding)
	for _, t := range own {
		add(search.FacetName(t.Facet), t.Code)
	}
	return w
}

// document gives what search needs of a Public listing, and nothing else: a confidential site has no place in it.
func (w *writer) document(l *directory.Listing) document {
	name, rest := search.ListingText(l)
	title := search.Words(name)
	words := slices.Clone(title)
	for _, text := range rest {
		words = append(words, search.Words(text)...)
	}
	d := document{
		string(attrID): l.ID.String(), string(attrDemo): l.Demonstration,
		string(attrStanding): search.Standing(l), string(attrHelpline): l.Kind == directory.Helpline,
		string(attrVerified): verifiedAt(l), string(attrName): sortKey(search.Fold(l.Name)),
		string(attrTitle): distinct(title), string(attrWords): distinct(words),
	}
	for pair := range pairs {
		d[string(attrLot(2*pair))] = lotKey(search.TieOf(2*pair, l.ID))
	}
	r := rowOf(l, len(words))
	eachValue(l, func(v value) {
		values, _ := d[string(v.facet)].([]string)
		d[string(v.facet)] = append(values, v.code)
		w.set(r, v)
	})
	d[string(attrRow)] = r.encode()
	hours(d, l)
	if l.Remote() {
		reach(d, l)
	} else {
		sites(d, l)
	}
	return d
}

func verifiedAt(l *directory.Listing) int64 {
	if l.Verification.At.IsZero() {
		return 0
	}
	return max(1, l.Verification.At.Unix())
}

// distinct sorts words and leaves each once.
func distinct(words []string) []string {
	words = slices.Clone(words)
	slices.Sort(words)
	return slices.Compact(words)
}

// eachValue visits what is counted: what the listing says yes to.
func eachValue(l *directory.Listing, visit func(value)) {
	visit(value{search.FacetKind, string(l.Kind)})
	if l.Accepting.Status != directory.AcceptingUnknown {
		visit(value{search.FacetAccepting, string(l.Accepting.Status)})
	}
	if l.Fees.Free == directory.Yes {
		visit(value{search.FacetFees, feesFree})
	}
	if l.Fees.SlidingScale == directory.Yes {
		visit(value{search.FacetFees, feesSliding})
	}
	for i := range l.Claims {
		if c := &l.Claims[i]; c.Value == directory.Yes {
			visit(value{search.FacetName(c.Facet), c.Code})
		}
	}
}

const (
	feesFree    = "free"
	feesSliding = "sliding_scale"
)

// sites sets where a listing can be visited.
func sites(d document, l *directory.Listing) {
	d[string(attrPlaced)] = true
	var countries, cells []string
	var leaves s2.CellUnion
	for i := range l.Sites {
		s := &l.Sites[i]
		if !s.Located() {
			continue
		}
		countries = append(countries, s.Address.Country)
		leaves = append(leaves, leafOf(s.Point))
	}
	countries = distinct(countries)
	d[string(attrCountry)], d[string(attrAbroad)] = countries, len(countries) > 1
	for _, level := range levels {
		cells = cells[:0]
		for _, leaf := range leaves {
			token := leaf.Parent(level).ToToken()
			for slices.Contains(cells, token) {
				token += another
			}
			cells = append(cells, token)
		}
		d[string(attrCell(level))] = slices.Clone(cells)
	}
}

// another marks a further site in a cell that has one, so that the values of cells count sites.
const another = "+"

func leafOf(p orb.Point) s2.CellID {
	v := geo.VectorOf(p)
	at := s2.Point{}
	at.X, at.Y, at.Z = v[0], v[1], v[2]
	return s2.CellFromPoint(at).ID()
}

// areaCells is about how many cells cover an area that a listing serves.
const areaCells = 64

// reach sets where a listing that can't be visited serves.
func reach(d document, l *directory.Listing) {
	covered := l.Reach()
	var countries, cells []string
	countries = append(countries, covered.Countries...)
	for _, division := range covered.Divisions {
		countries = append(countries, directory.CountryOfDivision(division))
	}
	var outlines []orb.Polygon
	for _, p := range covered.Areas {
		a, err := geo.NewArea(p)
		if err != nil {
			continue // Validate refused it before it was saved
		}
		outlines = append(outlines, p)
		for _, c := range a.Covering(areaCells, finest) {
			cells = append(cells, c.Parent(c.Level()&^1).ToToken())
		}
	}
	d[string(attrPlaced)] = false
	d[string(attrReach)] = distinct(slices.Concat(covered.Countries, covered.Divisions))
	d[string(attrReaches)] = distinct(countries)
	if len(outlines) > 0 {
		d[string(attrArea)], d[fieldOutline] = distinct(cells), outlines
	}
}

// sortKey writes a text so that the server, which compares what it has lowered and trimmed, sorts it by its bytes. It
// keeps as much of it as an index key can hold, and never looks like a number, which would sort as one.
func sortKey(text string) string {
	return "x" + lowerHex.EncodeToString([]byte(text[:min(len(text), longestName)]))
}

// longestName is how many bytes of a name fit into an index key, as 449 letters.
const longestName = 280

// lowerHex is base32 in the order of its digits.
var lowerHex = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// row is what an answer needs of a listing that was found: small, and given back whole. A document's row is both a field
// and a value that is counted, of which each document has its own: the server counts values ten times faster than it
// gives back documents.
type row struct {
	id       directory.ID
	revision directory.RevisionNo
	standing int
	verified int64 // Unix seconds, 0 when nobody has
	length   int   // words
	sites    []rowSite
	values   []int // that are counted, by the writer's numbers, which rise
	helpline bool
	hours    []byte // of a helpline, as readHours reads them
	name     string // folded
}

// rowSite is a located site.
type rowSite struct {
	index   int // into the listing's Sites
	country string
	point   orb.Point
}

func rowOf(l *directory.Listing, words int) *row {
	r := &row{
		id: l.ID, revision: l.Revision, standing: search.Standing(l), verified: verifiedAt(l), length: words, name: search.Fold(l.Name),
	}
	if l.Kind == directory.Helpline {
		r.helpline, r.hours = true, writeHours(l)
	}
	for i := range l.Sites {
		if s := &l.Sites[i]; s.Located() {
			r.sites = append(r.sites, rowSite{i, s.Address.Country, s.Point})
		}
	}
	return r
}

// set notes that the listing says yes to a value. What the vocabulary doesn't know can't be chosen, nor is it counted.
func (w *writer) set(r *row, v value) {
	n, ok := w.numbers[v]
	if i, has := slices.BinarySearch(r.values, n); ok && !has {
		r.values = slices.Insert(r.values, i, n)
	}
}

// says reports whether the row's listing says yes to a value.
func (w *writer) says(r *row, v value) bool {
	n, ok := w.numbers[v]
	_, has := slices.BinarySearch(r.values, n)
	return ok && has
}

// eachOf visits the values of a row.
func (w *writer) eachOf(r *row, visit func(value)) {
	for _, n := range r.values {
		if n < len(w.values) { // what another version wrote is no crash
			visit(w.values[n])
		}
	}
}

// rowPrefix keeps a row from being read as a number. The listing's ID comes next, so that no two rows begin alike.
const rowPrefix = "x"

func (r *row) encode() string {
	b := append(make([]byte, 0, 128), r.id[:]...)
	b = binary.AppendUvarint(b, uint64(r.revision))
	b = binary.AppendUvarint(b, uint64(r.standing))
	b = binary.AppendUvarint(b, uint64(r.verified))
	b = binary.AppendUvarint(b, uint64(r.length))
	b = binary.AppendUvarint(b, uint64(len(r.sites)))
	for _, s := range r.sites {
		b = binary.AppendUvarint(b, uint64(s.index))
		b = appendText(b, s.country)
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(s.point[0]))
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(s.point[1]))
	}
	b = binary.AppendUvarint(b, uint64(len(r.values)))
	for i, n := range r.values {
		if i > 0 {
			n -= r.values[i-1]
		}
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = appendText(b, r.name)
	if r.helpline {
		b = append(append(b, 1), r.hours...)
	}
	return rowPrefix + base64.RawStdEncoding.EncodeToString(b)
}

// openness says whether a helpline answers at t.
func (r *row) openness(t time.Time) directory.Openness {
	l, err := readHours(r.hours)
	if err != nil {
		return directory.HoursUnknown
	}
	return l.OpenAt(t)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var errRow = errors.New("a document of the index can't be read")

// decodeRow reads what encode wrote.
func decodeRow(s string) (*row, error) {
	s, ok := strings.CutPrefix(s, rowPrefix)
	b, err := base64.RawStdEncoding.DecodeString(s)
	if !ok || err != nil || len(b) < len(directory.ID{}) {
		return nil, errRow
	}
	r := &row{}
	copy(r.id[:], b)
	d := decoder{b: b[len(r.id):]}
	r.revision = directory.RevisionNo(d.number())
	r.standing = int(d.number())
	r.verified = int64(d.number())
	r.length = int(d.number())
	for n := d.number(); n > 0 && !d.bad; n-- {
		s := rowSite{index: int(d.number()), country: d.text()}
		s.point = orb.Point{math.Float64frombits(d.fixed()), math.Float64frombits(d.fixed())}
		r.sites = append(r.sites, s)
	}
	last, n := 0, d.number()
	if n <= uint64(len(d.b)) {
		r.values = make([]int, 0, n)
	}
	for ; n > 0 && !d.bad; n-- {
		last += int(d.number() & math.MaxInt32)
		r.values = append(r.values, last)
	}
	r.name = d.text()
	if len(d.b) > 0 {
		r.helpline = d.byte() == 1
		r.hours, d.b = d.b, nil
	}
	if d.bad || len(r.hours) > 0 && !r.helpline {
		return nil, errRow
	}
	return r, nil
}

// decoder reads from the front of b. Once it is bad all it gives is zero.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) fail() { d.b, d.bad = nil, true }

func (d *decoder) number() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) fixed() uint64 {
	if len(d.b) < 8 {
		d.fail()
		return 0
	}
	n := binary.BigEndian.Uint64(d.b)
	d.b = d.b[8:]
	return n
}

func (d *decoder) text() string {
	n := d.number()
	if n > uint64(len(d.b)) {
		d.fail()
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}
