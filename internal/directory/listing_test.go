package directory_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
)

func vocabulary(t *testing.T) *directory.Vocabulary {
	t.Helper()
	v, err := directory.ReadVocabulary(strings.NewReader("facet,code,label_en,label_es,synonyms\n" +
		"modality,cbt,Cognitive behavioral therapy,Terapia cognitivo-conductual,CBT;TCC\n" +
		"modality,interpersonal,Interpersonal therapy,,IPT\n" +
		"treatment,ect,Electroconvulsive therapy,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func good() *directory.Listing {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	return &directory.Listing{
		ID: directory.NewID(now), Kind: directory.Center, Name: "Riverside ECT", Status: directory.Published,
		Sites:    []directory.Site{{Address: directory.Address{City: "Boston", Country: "US"}, Point: geo.LatLng(42.36, -71.06), Precision: geo.Campus}},
		Channels: []directory.Channel{{Medium: directory.Voice, Number: "+1 617 555 0123"}},
		Claims:   []directory.Claim{{Facet: directory.Treatment, Code: "ect", Value: directory.Yes, Source: "https://example.org", At: now}},
		Sources:  []directory.Source{{Name: "Riverside", URL: "https://example.org/ect"}},
	}
}

func closedOn(x directory.Exception) directory.Hours {
	x.Date = directory.Date{Year: 2026, Month: 12, Day: 25}
	return directory.Hours{Zone: newYork, Exceptions: []directory.Exception{x}}
}

// faults gives the names of the fields that are wrong.
func faults(err error) []string {
	var e *fault.Error
	var names []string
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			names = append(names, f.Name)
		}
	}
	return names
}

func TestValidateEachRule(t *testing.T) {
	tests := []struct {
		field string
		spoil func(*directory.Listing)
	}{
		{"", func(*directory.Listing) {}},
		{"id", func(l *directory.Listing) { l.ID = directory.ID{} }},
		{"kind", func(l *directory.Listing) { l.Kind = "clinic" }},
		{"name", func(l *directory.Listing) { l.Name = " " }},
		{"name", func(l *directory.Listing) { l.Name = "a\x00b" }},
		{"name", func(l *directory.Listing) { l.Name = "a\xff" }},
		{"description", func(l *directory.Listing) { l.Description = strings.Repeat("x", directory.MaxDescription+1) }},
		{"status", func(l *directory.Listing) { l.Status = "" }},
		{"archived_reason", func(l *directory.Listing) { l.Status = directory.Archived }},
		{"sites[0].lat", func(l *directory.Listing) { l.Sites[0].Point = orb.Point{0, 91} }},
		{"sites[0].point", func(l *directory.Listing) { l.Sites[0].Point = orb.Point{0, 0} }},
		{"sites[0].point", func(l *directory.Listing) { l.Sites[0].Point = geo.LatLng(39.78373, -100.445882) }},
		{"sites[0].precision", func(l *directory.Listing) { l.Sites[0].Precision = "house" }},
		{"sites[0].country", func(l *directory.Listing) { l.Sites[0].Address.Country = "USA" }},
		{"sites[0].coverage", func(l *directory.Listing) { l.Sites[0].Confidential = true }},
		{"coverage.divisions[0]", func(l *directory.Listing) { l.Coverage.Divisions = []string{"Massachusetts"} }},
		{"channels", func(l *directory.Listing) { l.Channels = nil }},
		{"channels[0].number", func(l *directory.Listing) { l.Channels[0].Number = "call us" }},
		{"channels[0].number", func(l *directory.Listing) { l.Channels[0].Number = "+1234567890123456" }},
		{"channels[0].number", func(l *directory.Listing) { l.Channels[0].Number = "+44 (0)20 7946 0958" }}, // would dial +44 020…
		{"channels[0].number", func(l *directory.Listing) { l.Channels[0].Number = "112/911" }},             // would dial 112911
		{"channels[0].address", func(l *directory.Listing) {
			l.Channels[0] = directory.Channel{Medium: directory.Email, Address: "Anna <a@example.org>"}
		}},
		{"channels[0].languages", func(l *directory.Listing) {
			l.Channels[0].Languages = slices.Repeat([]string{"en"}, directory.MaxParts+1)
		}},
		{"languages", func(l *directory.Listing) { l.Languages = slices.Repeat([]string{"en"}, directory.MaxParts+1) }},
		{"identifiers", func(l *directory.Listing) { l.Identifiers = make([]directory.Identifier, directory.MaxParts+1) }},
		{"coverage.countries", func(l *directory.Listing) { l.Coverage.Countries = slices.Repeat([]string{"US"}, directory.MaxParts+1) }},
		{"coverage.divisions", func(l *directory.Listing) {
			l.Coverage.Divisions = slices.Repeat([]string{"US-MA"}, directory.MaxParts+1)
		}},
		{"hours.exceptions[0].note", func(l *directory.Listing) { l.Hours = closedOn(directory.Exception{Note: "a\x00b"}) }},
		{"hours.exceptions[0].spans", func(l *directory.Listing) {
			l.Hours = closedOn(directory.Exception{Spans: slices.Repeat([]directory.Span{{From: 60, To: 120}}, directory.MaxParts+1)})
		}},
		{"channels[0].address", func(l *directory.Listing) {
			l.Channels[0] = directory.Channel{Medium: directory.Web, Address: "javascript:alert(1)"}
		}},
		{"channels[0].hours.zone", func(l *directory.Listing) { l.Channels[0].Hours = weekly("", 60, 120, 1) }},
		{"hours.weekly[0]", func(l *directory.Listing) { l.Hours = weekly(newYork, 120, 60, 1) }},
		{"hours.exceptions[0].date", func(l *directory.Listing) {
			l.Hours = directory.Hours{Zone: newYork, Exceptions: []directory.Exception{{Date: directory.Date{Year: 2026, Month: 2, Day: 30}}}}
		}},
		{"claims[0]", func(l *directory.Listing) { l.Claims[0].Code = "etc" }},
		{"claims[0].source", func(l *directory.Listing) { l.Claims[0].Source = "" }},
		{"claims[1]", func(l *directory.Listing) { l.Claims = append(l.Claims, l.Claims[0]) }},
		{"accepting.as_of", func(l *directory.Listing) { l.Accepting.Status = directory.AcceptingYes }},
		{"fees.currency", func(l *directory.Listing) { l.Fees.Max = 100 }},
		{"identifiers[0].value", func(l *directory.Listing) {
			l.Identifiers = []directory.Identifier{{Scheme: directory.NPI, Value: "1234567890"}}
		}},
		{"sources", func(l *directory.Listing) { l.Sources = nil }},
		{"coverage", func(l *directory.Listing) { l.Sites = nil }},
	}
	v := vocabulary(t)
	for _, tt := range tests {
		l := good()
		tt.spoil(l)
		got := faults(l.Validate(v))
		if tt.field == "" && len(got) > 0 || tt.field != "" && (len(got) == 0 || got[0] != tt.field) {
			t.Errorf("want %q faulty, got %q (%v)", tt.field, got, l.Validate(v))
		}
	}
}

func TestValidateReportsAllAtOnce(t *testing.T) {
	l := good()
	l.Name, l.Kind, l.Channels[0].Number = "", "x", "none"
	if got := faults(l.Validate(vocabulary(t))); len(got) != 3 {
		t.Errorf("want three faults, got %q", got)
	}
}

func TestUnknownCodeSuggests(t *testing.T) {
	var bad fault.Fields
	v := vocabulary(t)
	v.Check(&bad, "modality", directory.Modality, "cbt2")
	v.Check(&bad, "modality", directory.Modality, "IPT")
	v.Check(&bad, "modality", directory.Modality, strings.Repeat("z", 1_000_000))
	var e *fault.Error
	if !errors.As(bad.Err("x"), &e) || e.Fields[0].Suggestions[0] != "cbt" || e.Fields[1].Suggestions[0] != "interpersonal" || len(e.Fields[2].Message) > 200 {
		t.Errorf("got %+v", e)
	}
}

func TestNPI(t *testing.T) {
	for npi, want := range map[string]bool{
		"1234567893": true, // the example of the standard
		"1234567890": false, "123456789": false, "12345678931": false, "9234567893": false, "12345a7893": false, "": false,
	} {
		if got := directory.ValidNPI(npi); got != want {
			t.Errorf("ValidNPI(%q) = %v", npi, got)
		}
	}
}

func TestChannelURI(t *testing.T) {
	tests := []struct {
		c    directory.Channel
		want string
	}{
		{directory.Channel{Medium: directory.Voice, Number: "988"}, "tel:988"},
		{directory.Channel{Medium: directory.Voice, Number: "+1 (617) 555-0123", Extension: "45"}, "tel:+16175550123;ext=45"},
		{directory.Channel{Medium: directory.Text, Number: "741741", Keyword: "HOME"}, "sms:741741?&body=HOME"},
		{directory.Channel{Medium: directory.Text, Number: "741741", Keyword: "A B&c"}, "sms:741741?&body=A%20B&c"},
		{directory.Channel{Medium: directory.TTY, Number: "711 then 988"}, ""},
		{directory.Channel{Medium: directory.Email, Address: "a@example.org"}, "mailto:a@example.org"},
		{directory.Channel{Medium: directory.Chat, Address: "https://example.org/chat"}, "https://example.org/chat"},
	}
	for _, tt := range tests {
		if got := tt.c.URI(); got != tt.want {
			t.Errorf("URI of %+v = %q, want %q", tt.c, got, tt.want)
		}
	}
}

func TestIDs(t *testing.T) {
	a, b := directory.ImportedID("s", "k"), directory.ImportedID("s", "k")
	if a != b || a == directory.ImportedID("sk", "") || a[6]>>4 != 5 || a[8]>>6 != 2 {
		t.Errorf("imported ids: %v %v", a, b)
	}
	early, late := directory.NewID(time.UnixMilli(1)), directory.NewID(time.UnixMilli(2))
	if early.String() >= late.String() || early[6]>>4 != 7 {
		t.Errorf("ids don't sort by time: %v %v", early, late)
	}
	back, err := directory.ParseID(a.String())
	if err != nil || back != a {
		t.Errorf("ParseID(%v) = %v, %v", a, back, err)
	}
	for _, s := range []string{"", "x", a.String()[:35], strings.Replace(a.String(), "-", "_", 1), "zz" + a.String()[2:]} {
		if _, err := directory.ParseID(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("ParseID(%q) gave %v", s, err)
		}
	}
}

func TestPublicHidesConfidentialSites(t *testing.T) {
	l := good()
	l.Sites[0].Name, l.Sites[0].Confidential = "Shelter", true
	l.Sites[0].Coverage = directory.Coverage{Divisions: []string{"US-MA"}}
	p := l.Public()
	if s := p.Sites[0]; s.Name != "" || s.Address != (directory.Address{}) || s.Point != (orb.Point{}) || s.Precision != "" || s.Located() {
		t.Errorf("published %+v", s)
	}
	if !p.Remote() || len(p.Reach().Divisions) != 1 {
		t.Error("the confidential site's coverage is lost")
	}
	if l.Sites[0].Name == "" {
		t.Error("Public changed the listing itself")
	}
}

func TestBlocklistKnowsEveryWayToWriteANumber(t *testing.T) {
	b, err := directory.ReadBlocklist(strings.NewReader("country,service,number,status,replacement,source\n" +
		"US,NEDA,+18009312237,closed,ANAD,\nUS,988 press 3,988,option closed (988 itself stays),,\nBR,CVV old,141,superseded,188,\nMA,Sourire,,dissolved,,\n" +
		"NL,113 old,09000113,superseded,113,\nEG,Befrienders,7622381,non-working,,\n"))
	if err != nil || b.Numbers() != 4 {
		t.Fatalf("%d numbers, %v", b.Numbers(), err)
	}
	desk := directory.NewDesk(nil, vocabulary(t), b)
	for number, blocked := range map[string]bool{"+18009312237": true, "1-800-931-2237": true, "800 931 2237": true, "988": false, "141": false, "+16175550123": false} {
		l := good()
		l.Channels[0].Number = number
		if got := len(faults(desk.Check(l))) > 0; got != blocked {
			t.Errorf("%s blocked: %v, want %v", number, got, blocked)
		}
	}
	abroad := []struct {
		country, number string
		blocked         bool
	}{
		{"BR", "141", true},
		{"BR", "+55 141", true},
		{"BR", "+55 11 3061 0141", false},
		{"NL", "0900 0113", true},
		{"NL", "+31 900 0113", true},
		{"NL", "0800 0113", false},
		{"NL", "113", false},
		{"EG", "762 2381", true},
		{"EG", "02 762 2381", true},
		{"EG", "+20 2 762 2381", true},
		{"EG", "+20 2 762 1602", false},
		{"US", "+20 2 762 2381", false}, // known to be wrong in Egypt alone
	}
	for _, tt := range abroad {
		l := good()
		l.Channels[0].Number, l.Sites[0].Address.Country = tt.number, tt.country
		if got := len(faults(desk.Check(l))) > 0; got != tt.blocked {
			t.Errorf("%s in %s blocked: %v, want %v", tt.number, tt.country, got, tt.blocked)
		}
	}
}

// TestCloneIsOnesOwn writes into every list of a clone; the listing it is of stays as it was.
func TestCloneIsOnesOwn(t *testing.T) {
	made := func() *directory.Listing {
		area := orb.Polygon{{{-71, 42}, {-70, 42}, {-70, 43}, {-71, 42}}}
		l := good()
		l.ID, l.Languages = directory.ID{1}, []string{"en"}
		l.Coverage = directory.Coverage{Countries: []string{"US"}, Divisions: []string{"US-MA"}, Areas: []orb.Polygon{area}}
		l.Sites[0].Coverage = directory.Coverage{Countries: []string{"CA"}}
		l.Hours = closedOn(directory.Exception{})
		l.Channels[0].Hours, l.Channels[0].Languages = weekly(newYork, 60, 120, 1), []string{"en"}
		return l
	}
	l := made()
	c := l.Clone()
	if diff := cmp.Diff(l, c); diff != "" {
		t.Fatalf("a clone differs:\n%s", diff)
	}
	c.Languages[0], c.Claims[0].Code, c.Sources[0].Name = "es", "tms", "Other"
	c.Coverage.Countries[0], c.Coverage.Divisions[0], c.Coverage.Areas[0] = "MX", "US-NY", nil
	c.Sites[0].Coverage.Countries[0] = "MX"
	c.Hours.Exceptions[0].Note = "changed"
	c.Channels[0].Hours.Weekly[0].From = 0
	c.Channels[0].Languages[0] = "es"
	if diff := cmp.Diff(made(), l); diff != "" {
		t.Errorf("a change of the clone reached the listing:\n%s", diff)
	}
}

func TestAggregateDivisions(t *testing.T) {
	if !directory.DivisionServes("GB-EAW", "GB-WLS") || directory.DivisionServes("GB-EAW", "GB-SCT") || directory.DivisionServes("US-MA", "") {
		t.Error("England and Wales is not Scotland")
	}
	if got := directory.DivisionParts("GB-EAW"); !slices.Equal(got, []string{"GB-ENG", "GB-WLS"}) {
		t.Errorf("England and Wales is %q", got)
	}
	if got := directory.DivisionParts("US-MA"); !slices.Equal(got, []string{"US-MA"}) {
		t.Errorf("Massachusetts is %q", got)
	}
}

func TestVerificationOverdue(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	v := directory.Verification{At: at}
	if v.Overdue(at.AddDate(0, 0, 89)) || !v.Overdue(at.AddDate(0, 0, 90)) || !(directory.Verification{}).Overdue(at) {
		t.Error("a verification holds 90 days")
	}
}
