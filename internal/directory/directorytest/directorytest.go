// Package directorytest makes listings for tests: Sample gives the same plausible ones every time, Listings any that
// the domain allows.
//
// The rule to know: every listing made here passes Validate with the Vocabulary made here, so a test that wants a bad
// one breaks a single thing in a good one.
package directorytest

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

const vocabulary = `facet,code,label_en,label_es,synonyms
modality,cbt,Cognitive behavioral therapy,Terapia cognitivo-conductual,CBT;TCC
modality,dbt,Dialectical behavior therapy,Terapia dialéctica conductual,DBT
modality,interpersonal,Interpersonal therapy,Psicoterapia interpersonal,IPT
modality,psychodynamic,Psychodynamic therapy,Terapia psicodinámica,
treatment,tms,Transcranial magnetic stimulation,Estimulación magnética transcraneal,TMS
treatment,ect,Electroconvulsive therapy,Terapia electroconvulsiva,ECT
condition,depression,Depression,Depresión,
condition,anxiety,Anxiety,Ansiedad,
format,individual,Individual,Individual,
format,group,Group,Grupo,
delivery,in-person,In person,En persona,
delivery,video,Video,Video,
insurance,medicaid,Medicaid,Medicaid,
insurance,medicare,Medicare,Medicare,
language,en,English,Inglés,
language,es,Spanish,Español,
age,adults,Adults,Adultos,
age,teens,Teens,Adolescentes,
population,veterans,Veterans,Veteranos,
accessibility,wheelchair,Wheelchair,Silla de ruedas,
credential,phd,Psychologist (PhD),Psicóloga (PhD),
topic,suicide,Suicide,Suicidio,
`

// Vocabulary gives a small vocabulary with at least one term a facet.
func Vocabulary() *directory.Vocabulary { return parsed() }

var parsed = sync.OnceValue(func() *directory.Vocabulary {
	v, err := directory.ReadVocabulary(strings.NewReader(vocabulary))
	if err != nil {
		panic(err) // the table stands above
	}
	return v
})

// Epoch is the day the samples were stated, verified and saved on.
func Epoch() time.Time { return time.Date(2026, time.May, 4, 9, 30, 0, 0, time.UTC) }

// Sample gives the n-th of a fixed series of published listings of ordinary size: a therapist with a site near
// Boston, two channels, weekly hours and a dozen claims. The caller owns it.
func Sample(n int) *directory.Listing {
	at := Epoch()
	const source = "https://example.org/directory/page"
	l := &directory.Listing{
		ID: directory.ImportedID("sample", fmt.Sprint(n)), Kind: directory.Therapist, Status: directory.Published,
		Name: fmt.Sprintf("Sample Therapist %d", n), Organization: "Sample Practice of Cambridge",
		Description: "Talk therapy for adults with depression and anxiety, weekly, in person or by video.",
		Languages:   []string{"en"},
		Sites: []directory.Site{{
			Name:    "Main office",
			Address: directory.Address{Street: fmt.Sprintf("%d Sample Street", n), City: "Cambridge", Division: "MA", PostalCode: "02139", Country: "US"},
			Point:   orb.Point{-71.1 + float64(n%1000)/10_000, 42.37 + float64(n/1000%1000)/10_000}, Precision: geo.Exact,
		}},
		Channels: []directory.Channel{
			{Medium: directory.Voice, Number: fmt.Sprintf("+1617555%04d", 100+n%100), Cost: directory.CostToll, Languages: []string{"en", "es"}},
			{Medium: directory.Web, Address: fmt.Sprintf("https://example.org/therapists/%d", n)},
		},
		Hours:        directory.Hours{Zone: "America/New_York"},
		Accepting:    directory.Accepting{Status: directory.AcceptingYes, AsOf: at, Source: source},
		Fees:         directory.Fees{SlidingScale: directory.Yes, Min: 9_000, Max: 18_000, Currency: "USD"},
		Sources:      []directory.Source{{Name: "Sample register", URL: source, Key: fmt.Sprint(n), At: at}},
		Verification: directory.Verification{At: at, By: "curator", Method: "called", Due: at.Add(directory.VerifyEvery)},
	}
	for day := time.Monday; day <= time.Friday; day++ {
		l.Hours.Weekly = append(l.Hours.Weekly, directory.Range{Day: day, Span: directory.Span{From: 9 * 60, To: 17 * 60}})
	}
	v := Vocabulary()
	for i, f := range directory.Facets()[:10] {
		all := v.Terms(f)
		l.Claims = append(l.Claims, directory.Claim{Facet: f, Code: all[(n+i)%len(all)].Code, Value: directory.Yes, Source: source, By: "import", At: at})
	}
	return l
}

// Confidential gives Sample(n) with a site whose address protects someone: of it only the coverage, Massachusetts,
// may ever be published. Secret is in its name, its street and its city.
func Confidential(n int) *directory.Listing {
	l := Sample(n)
	s := &l.Sites[0]
	s.Confidential, s.Name, s.Address.Street, s.Address.City = true, Secret, Secret+" 7", Secret
	s.Coverage = directory.Coverage{Divisions: []string{"US-MA"}}
	return l
}

// Secret is what must never be published of a Confidential listing.
const Secret = "Hidden-Harbor"
