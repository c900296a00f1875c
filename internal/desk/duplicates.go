package desk

import (
	"bytes"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/hbollon/go-edlib"

	"carefinder/internal/directory"
)

// Evidence is one reason to take two listings for the same thing.
type Evidence struct {
	Kind     EvidenceKind
	Value    string  // what they share: a number, an address, the two names
	Strength float64 // of 1: how alike they are in it
}

// EvidenceKind says in what two listings are alike.
type EvidenceKind string

// The kinds of evidence.
const (
	SameNPI     EvidenceKind = "npi"
	AlikeName   EvidenceKind = "name"
	SamePhone   EvidenceKind = "phone"
	SameWeb     EvidenceKind = "web"
	SameAddress EvidenceKind = "address"
	SameTown    EvidenceKind = "town"      // of a listing that has no street to compare
	OtherNPI    EvidenceKind = "other-npi" // speaks against
)

// weight is how sure each kind makes one, alone and at its strongest. Colleagues share a telephone and an address, so
// without a register's number names must be alike as well, and a name alone is never enough.
var weight = map[EvidenceKind]float64{SameNPI: 0.95, AlikeName: 0.6, SamePhone: 0.5, SameAddress: 0.5, SameWeb: 0.3, SameTown: 0.25}

const (
	// suspected is the score from which on a person should look.
	suspected = 0.69
	// shared is how alike names and streets must be to count at all.
	shared = 0.8
	// elsewhere is what a shared number or page counts for between listings in different towns: chains have one.
	elsewhere = 0.2
	// contradicted is what a score keeps where both have a register's number and share none. A practice of one has two.
	contradicted = 0.9
)

// Pair is two listings suspected to be one, the lower ID first.
type Pair struct {
	A, B     directory.ID
	Score    float64 // above suspected, at most 1
	Evidence []Evidence
	Digest   uint64 // of what was compared: a pair dismissed stays so until this changes
	Since    time.Time
}

// ID names the pair for ever.
func (p *Pair) ID() directory.ID { return directory.ImportedID("duplicate", p.A.String()+p.B.String()) }

// Reasons names the evidence, strongest first as compare found it.
func (p *Pair) Reasons() string {
	kinds := make([]string, len(p.Evidence))
	for i, e := range p.Evidence {
		kinds[i] = string(e.Kind)
	}
	return strings.Join(kinds, " ")
}

// traits are what two listings are compared by, each written one way.
type traits struct {
	id     directory.ID
	npis   []string
	phones []string
	webs   []string
	name   []string // distinct words
	shown  string
	places []place
}

// place is an address in parts.
type place struct {
	number, postal, city string
	street               []string // distinct words, without the number
	shown                string
}

// traitsOf reads a listing. A confidential site is left out: its address is not for lists of suspicions.
func traitsOf(l *directory.Listing) *traits {
	t := &traits{id: l.ID, name: nameWords(l.Name), shown: l.Name}
	for _, id := range l.Identifiers {
		if id.Scheme == directory.NPI {
			t.npis = append(t.npis, id.Value)
		}
	}
	for _, ch := range l.Channels {
		switch {
		case ch.Medium.Dialled() && ch.Medium != directory.Fax:
			t.phones = appendSome(t.phones, lineOf(ch))
		case ch.Medium == directory.Web:
			t.webs = appendSome(t.webs, pageOf(ch.Address))
		}
	}
	for _, s := range l.Sites {
		if p := placeOf(s.Address); !s.Confidential && (p.postal != "" || p.city != "") {
			t.places = append(t.places, p)
		}
	}
	for _, list := range []*[]string{&t.npis, &t.phones, &t.webs} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return t
}

func appendSome(list []string, s string) []string {
	if s == "" {
		return list
	}
	return append(list, s)
}

// keys are numbers of which two listings share one whenever compare finds them alike: each piece of evidence but the
// name is a thing they have in common, and the name alone is not enough. Listings without a common key need not be
// compared, which is what makes a million of them feasible.
func (t *traits) keys() []uint64 {
	var all []uint64
	add := func(parts ...string) {
		h := fnv.New64a()
		h.Write([]byte(strings.Join(parts, "\x00")))
		all = append(all, h.Sum64())
	}
	for _, n := range t.npis {
		add("npi", n)
	}
	for _, n := range t.phones {
		add("phone", n)
	}
	for _, n := range t.webs {
		add("web", n)
	}
	name := strings.Join(t.name, " ")
	for _, p := range t.places {
		for _, town := range p.towns() {
			if p.number != "" {
				add("address", town, p.number)
			}
			add("town", town, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// towns are the ways to say where the place is.
func (p *place) towns() []string {
	return appendSome(appendSome(nil, p.postal), p.city)
}

func (p *place) sameTown(q *place) bool {
	return p.postal != "" && p.postal == q.postal || p.city != "" && p.city == q.city
}

// compare weighs what speaks for two listings being one. It is nil below suspected. The order of the two does not
// matter.
func compare(a, b *traits) *Pair {
	if bytes.Compare(a.id[:], b.id[:]) > 0 {
		a, b = b, a
	}
	p := &Pair{A: a.id, B: b.id}
	doubt := 1.0
	note := func(k EvidenceKind, value string, strength, counts float64) {
		p.Evidence = append(p.Evidence, Evidence{k, value, strength})
		doubt *= 1 - weight[k]*counts
	}
	npi, sameNPI := common(a.npis, b.npis)
	if sameNPI {
		note(SameNPI, npi, 1, 1)
	}
	alike := likeness(a.name, b.name)
	if alike < shared && !sameNPI {
		return nil
	}
	if alike >= shared {
		note(AlikeName, a.shown+" / "+b.shown, alike, ramp(alike))
	}
	remote := 1.0
	if a.apart(b) {
		remote = elsewhere
	}
	if n, ok := common(a.phones, b.phones); ok {
		note(SamePhone, "…"+n, 1, remote) // the end of it, whatever prefix stands before
	}
	if n, ok := common(a.webs, b.webs); ok {
		note(SameWeb, n, 1, remote)
	}
	if k, value, strength := a.near(b, alike); k == SameAddress {
		note(k, value, strength, ramp(strength))
	} else if k == SameTown {
		note(k, value, 1, 1)
	}
	p.Score = 1 - doubt
	if !sameNPI && len(a.npis) > 0 && len(b.npis) > 0 {
		p.Score *= contradicted
		p.Evidence = append(p.Evidence, Evidence{OtherNPI, a.npis[0] + " / " + b.npis[0], 1})
	}
	if p.Score < suspected {
		return nil
	}
	p.Digest = a.digest() ^ b.digest()*31
	return p
}

// ramp counts a likeness from shared on.
func ramp(alike float64) float64 { return max(0, (alike-shared)/(1-shared)) }

// apart reports whether both say where they are and no place of theirs is in the same town.
func (t *traits) apart(u *traits) bool {
	for i := range t.places {
		for j := range u.places {
			if t.places[i].sameTown(&u.places[j]) {
				return false
			}
		}
	}
	return len(t.places) > 0 && len(u.places) > 0
}

// near finds the most alike address the two have; where either has no street, and they are called the same, the town.
func (t *traits) near(u *traits, alike float64) (k EvidenceKind, value string, strength float64) {
	for i := range t.places {
		for j := range u.places {
			p, q := &t.places[i], &u.places[j]
			if !p.sameTown(q) {
				continue
			}
			if p.number == "" || q.number == "" {
				if k == "" && alike == 1 {
					k, value = SameTown, p.shown
				}
				continue
			}
			if s := likeness(p.street, q.street); p.number == q.number && s >= shared && s > strength {
				k, value, strength = SameAddress, p.shown, s
			}
		}
	}
	return k, value, strength
}

func common(a, b []string) (string, bool) {
	for _, s := range a {
		if slices.Contains(b, s) {
			return s, true
		}
	}
	return "", false
}

// digest changes with anything the listing is compared by.
func (t *traits) digest() uint64 {
	h := fnv.New64a()
	for _, list := range [][]string{t.npis, t.phones, t.webs, t.name} {
		h.Write([]byte(strings.Join(list, "\x00") + "\x01"))
	}
	for _, p := range t.places {
		h.Write([]byte(strings.Join(append([]string{p.number, p.postal, p.city}, p.street...), "\x00") + "\x01"))
	}
	return h.Sum64()
}

// likeness says how many of the words two lists share, of 1: twice the shared ones over all. Words of four letters
// without a figure count as shared when they are nearly written the same.
func likeness(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	total := 0.0
	var left []string
	rest := slices.Clone(b)
	for _, w := range a {
		if i := slices.Index(rest, w); i >= 0 {
			total++
			rest = slices.Delete(rest, i, i+1)
		} else {
			left = append(left, w)
		}
	}
	for _, w := range left {
		best, at := 0.0, -1
		for i, v := range rest {
			if s := misspelt(w, v); s > best {
				best, at = s, i
			}
		}
		if at >= 0 {
			total += best
			rest = slices.Delete(rest, at, at+1)
		}
	}
	return 2 * total / float64(len(a)+len(b))
}

// misspelt says how alike two different words are, 0 when they are not the same one written another way. John and
// Joan are two people.
func misspelt(a, b string) float64 {
	const enough = 0.92
	if len(a) < 4 || len(b) < 4 || strings.ContainsAny(a+b, "0123456789") {
		return 0
	}
	if s := float64(edlib.JaroWinklerSimilarity(a, b)); s >= enough {
		return s
	}
	return 0
}
