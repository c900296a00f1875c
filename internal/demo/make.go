package demo

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// listing makes listing i.
func (m *maker) listing(i int) *directory.Listing {
	d := &m.dice
	d.throw(m.seed, i)
	kind := kindOf(d.intn(1000))
	at := m.home.pick(d)
	if abroad := m.world.pick(d); d.chance(3) && abroad != nil {
		at = abroad
	}
	if at == nil {
		at = &town{zone: "UTC"}
	}
	number := padded(i)
	l := &directory.Listing{
		ID: directory.ImportedID("carefinder-demo", strconv.FormatUint(m.seed, 10)+"/"+strconv.Itoa(i)), Kind: kind, Status: directory.Published,
		Languages: m.languages, Demonstration: true, Sources: m.sources,
	}
	m.place(l, at)
	focus := m.claims(l, daysBefore(d.intn(365)))
	l.Name = "Demonstration " + strings.ReplaceAll(string(kind), "-", " ") + " " + number + " — " + focus + ", " + at.name
	l.Description = "Made up to try the program with. " + focus + "."
	m.channels(l, at, i, number)
	m.terms(l, at)
	return l
}

func kindOf(permille int) directory.Kind {
	switch {
	case permille < 750:
		return directory.Therapist
	case permille < 880:
		return directory.Prescriber
	case permille < 970:
		return directory.Center
	case permille < 980:
		return directory.Program
	case permille < 990:
		return directory.SupportGroup
	}
	return directory.OnlineService
}

func padded(i int) string {
	s := strconv.Itoa(i)
	return "000000"[:max(0, 6-len(s))] + s
}

func daysBefore(days int) time.Time { return Epoch().AddDate(0, 0, -days) }

// claims draws every claim the kind may make, and gives the label of the first therapy or treatment it says yes to.
func (m *maker) claims(l *directory.Listing, at time.Time) (focus string) {
	odds := m.odds[l.Kind]
	l.Claims = make([]directory.Claim, 0, 28)
	facet, given := directory.Facet(""), 0
	for i := range odds {
		o := &odds[i]
		if o.facet != facet {
			facet, given = o.facet, 0
		}
		if o.visit && len(l.Sites) == 0 {
			continue
		}
		r := m.dice.intn(1000)
		value := directory.Yes
		switch {
		case r < o.yes, o.last && given == 0: // every facet that must be stated is
			given++
		case r >= 1000-o.no:
			value = directory.No
		default:
			continue
		}
		if given > o.most {
			continue
		}
		l.Claims = append(l.Claims, directory.Claim{Facet: o.facet, Code: o.code, Value: value, Source: Source, By: "demo", At: at})
		if focus == "" && value == directory.Yes && (facet == directory.Modality || facet == directory.Treatment || facet == directory.Condition) {
			focus = o.label
		}
	}
	if focus == "" {
		focus = "General care"
	}
	return focus
}

// place gives the listing its sites, or the coverage of its state when people are only met by video.
func (m *maker) place(l *directory.Listing, at *town) {
	d := &m.dice
	remote := l.Kind == directory.OnlineService || l.Kind == directory.SupportGroup && d.chance(50) || l.Kind == directory.Therapist && d.chance(5)
	switch {
	case remote:
		l.Coverage = at.coverage
		if l.Kind == directory.OnlineService && d.chance(40) {
			l.Coverage = directory.Coverage{Countries: []string{at.country}}
		}
	case l.Kind == directory.SupportGroup && d.chance(20):
		s := m.site(at)
		s.Confidential, s.Coverage = true, at.coverage
		l.Sites = []directory.Site{s}
	case d.chance(8):
		l.Sites = []directory.Site{m.site(at), m.site(at)}
	default:
		l.Sites = []directory.Site{m.site(at)}
	}
}

// kmOfDegree is a degree of latitude.
const kmOfDegree = 111.2

// site makes an address within a few kilometres of the town's middle.
func (m *maker) site(at *town) directory.Site {
	d := &m.dice
	s := directory.Site{Point: at.point, Precision: geo.City, Address: directory.Address{City: at.name, Division: at.division, Country: at.country}}
	if d.chance(8) {
		return s
	}
	s.Precision = geo.Street
	if d.chance(60) {
		s.Precision = geo.Exact
	}
	s.Address.Street = strconv.Itoa(1+d.intn(999)) + " Example Street"
	sin, cos := math.Sincos(2 * math.Pi * d.fraction())
	km := 8 * d.fraction()
	lat := min(max(at.point.Lat()+km*sin/kmOfDegree, -89), 89)
	lng := math.Remainder(at.point.Lon()+km*cos/(kmOfDegree*math.Cos(lat*math.Pi/180)), 360)
	s.Point = orb.Point{rounded(lng), rounded(lat)}
	return s
}

// rounded keeps five decimals, a metre, as real addresses have.
func rounded(degrees float64) float64 { return math.Round(degrees*1e5) / 1e5 }

// channels gives numbers of the range kept for fiction, NPA 555-0100 to 0199, and links to example.org.
func (m *maker) channels(l *directory.Listing, at *town, i int, number string) {
	d := &m.dice
	last := i % 100
	phone := "+1" + at.area + "55501" + string([]byte{byte('0' + last/10), byte('0' + last%10)})
	l.Channels = append(make([]directory.Channel, 0, 3), directory.Channel{Medium: directory.Voice, Number: phone, Cost: directory.CostToll})
	if d.chance(50) || l.Kind == directory.OnlineService {
		l.Channels = append(l.Channels, directory.Channel{Medium: directory.Web, Address: "https://example.org/demonstration/" + number})
	}
	if d.chance(30) {
		l.Channels = append(l.Channels, directory.Channel{Medium: directory.Email, Address: "demonstration" + number + "@example.org"})
	}
}

// terms draws hours, whether patients are taken, fees, referral and verification.
func (m *maker) terms(l *directory.Listing, at *town) {
	d := &m.dice
	if d.chance(70) {
		l.Hours = directory.Hours{Zone: at.zone, Weekly: m.hours[d.intn(len(m.hours))]}
	}
	if l.Kind == directory.OnlineService && d.chance(40) {
		l.Hours = directory.Hours{Zone: at.zone, AlwaysOpen: true}
	}
	asOf := daysBefore(d.intn(180))
	switch r := d.intn(100); {
	case r < 50:
		l.Accepting = directory.Accepting{Status: directory.AcceptingYes, AsOf: asOf, Source: Source}
	case r < 65:
		l.Accepting = directory.Accepting{Status: directory.AcceptingNo, AsOf: asOf, Source: Source}
	case r < 80:
		weeks := strconv.Itoa(2 + d.intn(20))
		l.Accepting = directory.Accepting{Status: directory.AcceptingWaitlist, AsOf: asOf, Wait: "about " + weeks + " weeks", Source: Source}
	}
	l.Fees.SlidingScale = [...]directory.Answer{directory.Yes, directory.Yes, directory.Yes, directory.No, directory.Unknown, directory.Unknown, directory.Unknown}[d.intn(7)]
	if free := d.chance(3) || l.Kind == directory.SupportGroup; free {
		l.Fees.Free = directory.Yes
	} else if d.chance(60) && at.country == "US" {
		l.Fees.Min = int64(60+5*d.intn(20)) * 100
		l.Fees.Max = l.Fees.Min + int64(5*d.intn(30))*100
		l.Fees.Currency = "USD"
	}
	if d.chance(60) {
		l.Referral.Self, l.Referral.Clinician = directory.Yes, directory.Yes
		if l.Kind == directory.Center && d.chance(40) {
			l.Referral.Self = directory.No
		}
	}
	if d.chance(85) {
		l.Verification = directory.Verification{At: daysBefore(d.intn(365)), By: "nobody: a demonstration", Method: "made up"}
	}
}
