package meili

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// documentVersion is part of the schema: raise it whenever the same listing becomes another document.
const documentVersion = 2

// The attributes of a document beside one for each facet, which goes by the facet's name. All are filtered by; only row,
// outline, schedule and mark are ever given back.
const (
	attrID       attribute = "id"
	attrPlaced   attribute = "placed"   // has a located site
	attrDemo     attribute = "demo"     // made up
	attrVerified attribute = "verified" // Unix seconds, 0 when nobody has
	attrStanding attribute = "standing" // what it is worth whenever and wherever
	attrHelpline attribute = "helpline" // is worth more while it answers
	attrName     attribute = "name"     // sorts as the folded name does
	attrHours    attribute = "hours"    // when it is open, as readHours reads it
	attrWords    attribute = "words"    // all that can be found
	attrTitle    attribute = "title"    // those of its name
	attrCountry  attribute = "country"  // of its located sites
	attrAbroad   attribute = "abroad"   // they lie in more than one
	attrReach    attribute = "reach"    // countries and divisions it covers
	attrReaches  attribute = "reaches"  // the countries those are or lie in
	attrArea     attribute = "area"     // cells that meet an area it covers
	fieldRow               = "row"
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
	bits map[search.ClaimKey]int // of each term of the vocabulary: where it stands in a row's claims
}

// newWriter numbers the terms of the program's vocabulary and then those that came later, so that a number stands for one
// term for as long as an index lives.
func newWriter(v *directory.Vocabulary, own []*directory.Term) *writer {
	w := &writer{bits: map[search.ClaimKey]int{}}
	add := func(t *directory.Term) {
		w.bits[search.ClaimKey{Facet: t.Facet, Code: t.Code}] = len(w.bits)
	}
	for _, f := range directory.Facets() {
		for _, t := range v.Terms(f) {
			add(t)
		}
	}
	for _, t := range own {
		add(t)
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
		fieldRow: w.row(l, len(words)).encode(),
	}
	for pair := range pairs {
		d[string(attrLot(2*pair))] = lotKey(search.TieOf(2*pair, l.ID))
	}
	w.facets(d, l)
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

// facets sets what is counted: what the listing says yes to.
func (w *writer) facets(d document, l *directory.Listing) {
	add := func(f search.FacetName, value string) {
		values, _ := d[string(f)].([]string)
		d[string(f)] = append(values, value)
	}
	add(search.FacetKind, string(l.Kind))
	if l.Accepting.Status != directory.AcceptingUnknown {
		add(search.FacetAccepting, string(l.Accepting.Status))
	}
	if l.Fees.Free == directory.Yes {
		add(search.FacetFees, feesFree)
	}
	if l.Fees.SlidingScale == directory.Yes {
		add(search.FacetFees, feesSliding)
	}
	for i := range l.Claims {
		if c := &l.Claims[i]; c.Value == directory.Yes {
			add(search.FacetName(c.Facet), c.Code)
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

// row is what an answer needs of a listing that was found: small, and given back whole.
type row struct {
	id       directory.ID
	revision directory.RevisionNo
	standing int
	verified int64 // Unix seconds, 0 when nobody has
	length   int   // words
	sites    []rowSite
	claims   []byte // a bit for each claim of yes
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

func (w *writer) row(l *directory.Listing, words int) *row {
	r := &row{
		id: l.ID, revision: l.Revision, standing: search.Standing(l), verified: verifiedAt(l), length: words,
		claims: make([]byte, (len(w.bits)+7)/8), name: search.Fold(l.Name),
	}
	if l.Kind == directory.Helpline {
		r.helpline, r.hours = true, writeHours(l)
	}
	for i := range l.Sites {
		if s := &l.Sites[i]; s.Located() {
			r.sites = append(r.sites, rowSite{i, s.Address.Country, s.Point})
		}
	}
	for i := range l.Claims {
		if c := &l.Claims[i]; c.Value == directory.Yes {
			if bit, ok := w.bits[search.ClaimKey{Facet: c.Facet, Code: c.Code}]; ok {
				r.claims[bit/8] |= 1 << (bit % 8)
			}
		}
	}
	return r
}

// says reports whether a bit is set; one of a term that is younger than the row is not.
func (r *row) says(bit int) bool { return bit/8 < len(r.claims) && r.claims[bit/8]&(1<<(bit%8)) != 0 }

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
	b = appendText(b, string(r.claims))
	b = appendText(b, r.name)
	if r.helpline {
		b = append(append(b, 1), r.hours...)
	}
	return base64.StdEncoding.EncodeToString(b)
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
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) < len(directory.ID{}) {
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
	r.claims = []byte(d.text())
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
