package desk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"carefinder/internal/directory"
)

// card is a listing in one line, for tests of what makes two of them alike.
type card struct{ name, street, city, postal, phone, web, npi string }

func (c card) traits(n int) *traits {
	l := &directory.Listing{ID: directory.ImportedID("card", fmt.Sprint(n)), Name: c.name}
	if c.street+c.city+c.postal != "" {
		l.Sites = []directory.Site{{Address: directory.Address{Street: c.street, City: c.city, PostalCode: c.postal, Country: "US"}}}
	}
	if c.phone != "" {
		l.Channels = append(l.Channels, directory.Channel{Medium: directory.Voice, Number: c.phone})
	}
	if c.web != "" {
		l.Channels = append(l.Channels, directory.Channel{Medium: directory.Web, Address: c.web})
	}
	if c.npi != "" {
		l.Identifiers = []directory.Identifier{{Scheme: directory.NPI, Value: c.npi}}
	}
	return traitsOf(l)
}

func TestCompare(t *testing.T) {
	jane := card{name: "Jane Doe, PhD", street: "12 St. James Street, Suite 4", city: "Cambridge", postal: "02139", phone: "+1 617 555 0123"}
	for _, c := range []struct {
		what string
		a, b card
		want []EvidenceKind // nil: not suspected
	}{
		{"the same, written another way", jane, card{name: "Dr. Jane R. Doe", street: "12 Saint James St", city: "Cambridge", postal: "02139-1234", phone: "617-555-0123"}, []EvidenceKind{AlikeName, SamePhone, SameAddress}},
		{"a letter wrong", jane, card{name: "Jane Doe", street: "12 St Jmaes Street", city: "Cambridge", phone: "6175550123"}, []EvidenceKind{AlikeName, SamePhone, SameAddress}},
		{"colleagues", jane, card{name: "Karim Nasser", street: "12 St. James Street", city: "Cambridge", postal: "02139", phone: "+1 617 555 0123"}, nil},
		{"a brother", jane, card{name: "John Doe", street: "12 St. James Street", city: "Cambridge", postal: "02139", phone: "+1 617 555 0123"}, nil},
		{"the name alone", jane, card{name: "Jane Doe", city: "Omaha"}, nil},
		{"the name in the town, no street", jane, card{name: "Jane Doe", city: "Cambridge"}, []EvidenceKind{AlikeName, SameTown}},
		{"the register's number", card{name: "Jane Doe", npi: "1234567893"}, card{name: "Jane Roe-Smith", npi: "1234567893"}, []EvidenceKind{SameNPI}},
		{"two register's numbers", card{name: "Jane Doe", city: "Cambridge", npi: "1234567893"}, card{name: "Jane Doe", city: "Cambridge", npi: "1245319599"}, nil},
		{"a chain", card{name: "Success TMS", street: "1 Main St", city: "Cambridge", phone: "8005550100", web: "https://www.success.example/"}, card{name: "Success TMS", street: "9 Elm St", city: "Omaha", phone: "8005550100", web: "http://success.example"}, nil},
		{"a line", card{name: "Harbor Line", phone: "988", web: "https://harbor.example/chat"}, card{name: "The Harbor Line", phone: "988", web: "https://harbor.example/chat/"}, []EvidenceKind{AlikeName, SameWeb}},
		{"short codes are many countries'", card{name: "Harbor Line", phone: "113"}, card{name: "Harbor Line", phone: "113"}, nil},
		{"abbreviations", card{name: "St. Mary's Hosp. Behavioral Hlth Ctr", street: "5 N Main St", city: "Ft. Wayne"}, card{name: "Saint Marys Hospital Behavioural Health Centre", street: "5 North Main Street", city: "Fort Wayne"}, []EvidenceKind{AlikeName, SameAddress}},
		{"numbered series", card{name: "Sample Therapist 1", phone: "6175550123"}, card{name: "Sample Therapist 2", phone: "6175550123"}, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			a, b := c.a.traits(1), c.b.traits(2)
			p, q := compare(a, b), compare(b, a)
			var got []EvidenceKind
			if p != nil {
				for _, e := range p.Evidence {
					got = append(got, e.Kind)
				}
				if q == nil || p.ID() != q.ID() || p.Score != q.Score || p.Digest != q.Digest {
					t.Errorf("the order matters: %+v, %+v", p, q)
				}
				if p.Score < suspected || p.Score > 1 {
					t.Errorf("score %v", p.Score)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("evidence %v, want %v (%+v)", got, c.want, p)
			}
		})
	}
}

// TestKeysMissNothing compares every two of many listings made of few words, and wants each suspected pair to share a
// key. The same listings must also have pairs that share none, or the keys would spare no work.
func TestKeysMissNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	pick := func(options ...string) string { return options[r.IntN(len(options))] }
	var all []*traits
	for n := range 1200 {
		all = append(all, card{
			name:   pick("Jane ", "Jane R. ", "Jaen ", "John ", "Dr. Maria ", "St. ", "Saint ") + pick("Doe", "Smith", "Smithe", "Mary's Hosp", "Marys Hospital", "Johansen", "Johanson") + pick("", ", PhD", " Ctr", " Center"),
			street: pick("", "1 Main St", "1 Main Street, Suite 5", "1 Mian St", "12 N Elm Ave", "12 North Elm Avenue", "City Hall Plaza"),
			city:   pick("", "Cambridge", "Ft Wayne", "Fort Wayne", "Omaha"), postal: pick("", "02139", "02139-1111", "68102"),
			phone: pick("", "", "617-555-0100", "+1 617 555 0100", "6175550101", "988"), web: pick("", "", "https://a.example/x", "http://www.a.example/x/", "https://b.example"),
			npi: pick("", "", "", "1234567893", "1245319599"),
		}.traits(n))
	}
	keys := make([][]uint64, len(all))
	for i, x := range all {
		keys[i] = x.keys()
	}
	suspectedPairs, spared := 0, 0
	for i, a := range all {
		for j, b := range all[:i] {
			together := slices.ContainsFunc(keys[i], func(k uint64) bool { return slices.Contains(keys[j], k) })
			switch p := compare(a, b); {
			case p != nil && !together:
				t.Fatalf("no common key, and yet %v: %+v and %+v", p.Evidence, a, b)
			case p != nil:
				suspectedPairs++
			case !together:
				spared++
			}
		}
	}
	if suspectedPairs < 1000 || spared < 100_000 {
		t.Errorf("%d suspected, %d spared: too few to prove anything", suspectedPairs, spared)
	}
}

func TestDigestFollowsWhatIsCompared(t *testing.T) {
	base := card{name: "Jane Doe", street: "1 Main St", city: "Cambridge", phone: "6175550123"}
	other := base.traits(2)
	was := compare(base.traits(1), other).Digest
	same := base
	same.name, same.street = "Dr. Jane Doe", "1 Main Street"
	if got := compare(same.traits(1), other).Digest; got != was {
		t.Error("another way to write the same changes the digest")
	}
	moved := base
	moved.phone = "6175550124"
	if got := compare(moved.traits(1), other).Digest; got == was {
		t.Error("another number leaves the digest as it was")
	}
}
