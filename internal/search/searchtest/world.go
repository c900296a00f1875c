package searchtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// parsed keeps a world of many listings from reading the table for each.
var parsed = sync.OnceValue(Vocabulary)

// Now is the moment the suite's worlds and questions live about: 2026-11-24 15:00 UTC.
var Now = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

// Vocabulary gives the suite's own small vocabulary, so that a question meets many listings.
func Vocabulary() *directory.Vocabulary {
	v, err := directory.ReadVocabulary(strings.NewReader(vocabulary))
	if err != nil {
		panic(err) // the table stands below
	}
	return v
}

const vocabulary = `facet,code,label_en,label_es,synonyms
modality,cbt,Cognitive behavioral therapy,Terapia cognitivo-conductual,CBT;TCC
modality,dbt,Dialectical behavior therapy,Terapia dialéctico-conductual,DBT
modality,psychodynamic,Psychodynamic therapy,Psicoterapia psicodinámica,insight-oriented
treatment,ect,Electroconvulsive therapy,Terapia electroconvulsiva,ECT;TEC
treatment,tms,Transcranial magnetic stimulation,Estimulación magnética transcraneal,TMS;rTMS
condition,mdd,Major depressive disorder,Trastorno depresivo mayor,depression
condition,anxiety,Anxiety disorders,Trastornos de ansiedad,worry
format,group,Group,Grupal,
format,individual,Individual,Individual,
delivery,video,Video,Video,telehealth
delivery,in-person,In person,Presencial,
insurance,medicare,Medicare,Medicare,
insurance,aetna,Aetna,Aetna,
language,es,Spanish,Español,castellano
language,en,English,Inglés,
age,adult,Adults,Adultos,
age,teen,Teens,Adolescentes,youth
population,veterans,Veterans,Veteranos,military
accessibility,wheelchair,Wheelchair access,Acceso en silla de ruedas,
credential,lcsw,Licensed clinical social worker,,LCSW
topic,suicide,Suicide,Suicidio,
topic,crisis,Crisis,Crisis,
`

// hubs are where listings gather: towns, both sides of the antimeridian, both poles.
var hubs = []orb.Point{
	geo.LatLng(42.36, -71.06), geo.LatLng(42.37, -71.11), geo.LatLng(39.74, -104.99), geo.LatLng(51.51, -0.13),
	geo.LatLng(-17.5, 179.9), geo.LatLng(-17.6, -179.9), geo.LatLng(66.0, 179.99), geo.LatLng(78.2, 15.6),
	geo.LatLng(90, 0), geo.LatLng(-90, 0), geo.LatLng(89.9, 120), geo.LatLng(-89.95, -60), geo.LatLng(0, 0.2),
}

var (
	countries = []string{"US", "GB", "FJ", "NO"}
	divisions = []string{"US-MA", "US-CO", "GB-ENG", "GB-WLS", "GB-SCT", "GB-EAW"}
	nouns     = strings.Fields("Hope Harbor José Niño O'Brien River Calm Łódź Straße Garden Psicodinámica Dawn Recovery Anxiety Northern lights program 12345 Riverside Riverbend")
	zones     = []string{"America/New_York", "Europe/London", "Pacific/Auckland", "Asia/Kolkata"}
)

// world makes listings; the same seed makes the same ones.
type world struct{ *rand.Rand }

func newWorld(seed uint64) world { return world{rand.New(rand.NewPCG(seed, 0x5eed))} }

func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// listing makes the Public form of a listing with the given number; a number again gives another version of it.
func (w world) listing(n int) *directory.Listing {
	l := &directory.Listing{
		ID: directory.ImportedID("searchtest", fmt.Sprint(n)), Kind: pick(w.Rand, directory.Kinds()), Status: directory.Published,
		Revision: directory.RevisionNo(1 + w.IntN(1000)), // another version most likely has another
		Name:     w.phrase(1 + w.IntN(3)), Organization: w.phrase(w.IntN(3)), Description: w.phrase(w.IntN(6)),
		Demonstration: w.IntN(10) == 0, Priority: max(0, w.IntN(6)-3),
	}
	w.sites(l)
	l.Hours = w.hours()
	for range w.IntN(3) {
		l.Channels = append(l.Channels, directory.Channel{Medium: pick(w.Rand, directory.Media()), Number: "988", Hours: w.hours()})
	}
	w.claims(l)
	l.Accepting.Status = pick(w.Rand, []directory.AcceptingStatus{"", "yes", "no", "waitlist"})
	l.Fees.Free, l.Fees.SlidingScale = directory.Answer(w.IntN(3)), directory.Answer(w.IntN(3))
	if w.IntN(3) > 0 {
		l.Verification.At = Now.Add(-time.Duration(w.IntN(200)) * 24 * time.Hour).Truncate(time.Second)
	}
	return l.Public()
}

func (w world) phrase(words int) string {
	parts := make([]string, words)
	for i := range parts {
		if parts[i] = pick(w.Rand, nouns); w.IntN(6) == 0 {
			parts[i] = w.rare()
		}
	}
	return strings.Join(parts, " ")
}

// rare is a word that few listings hold, so that it comes and goes with them, and that is like many others.
func (w world) rare() string {
	syllables := []string{"ka", "ko", "ro", "ré", "min", "tel", "es", "or", "u"}
	return pick(w.Rand, syllables) + pick(w.Rand, syllables) + pick(w.Rand, syllables) + pick(w.Rand, syllables)
}

// point lies near a hub, now and then exactly on it, so that many share one point.
func (w world) point() orb.Point {
	hub := pick(w.Rand, hubs)
	if w.IntN(8) == 0 {
		return hub
	}
	spread := pick(w.Rand, []float64{0.02, 0.3, 2})
	lat := max(-90, min(90, hub.Lat()+w.NormFloat64()*spread))
	lng := hub.Lon() + w.NormFloat64()*spread
	for lng > 180 {
		lng -= 360
	}
	for lng < -180 {
		lng += 360
	}
	return geo.LatLng(lat, lng)
}

func (w world) sites(l *directory.Listing) {
	count := pick(w.Rand, []int{0, 1, 1, 1, 1, 1, 2, 4})
	for range count {
		s := directory.Site{Name: w.phrase(w.IntN(2)), Point: w.point(), Precision: geo.Exact, Address: directory.Address{City: w.phrase(1), Country: pick(w.Rand, countries)}}
		if len(l.Sites) > 0 && w.IntN(2) == 0 { // close to the first
			s.Point = geo.LatLng(max(-90, l.Sites[0].Point.Lat()-0.001), l.Sites[0].Point.Lon())
		}
		switch w.IntN(12) {
		case 0:
			s.Precision = ""
		case 1:
			s.Confidential, s.Coverage = true, w.coverage()
		}
		l.Sites = append(l.Sites, s)
	}
	if count == 0 {
		l.Coverage = w.coverage()
	}
}

func (w world) coverage() (c directory.Coverage) {
	switch w.IntN(4) {
	case 0:
		c.Countries = []string{pick(w.Rand, countries)}
	case 1:
		c.Divisions = []string{pick(w.Rand, divisions), "US-MA"}
	case 2:
		p := pick(w.Rand, hubs[:4])
		c.Areas = []orb.Polygon{{{{p[0] - 1, p[1] - 1}, {p[0] + 1, p[1] - 1}, {p[0] + 1, p[1] + 1}, {p[0] - 1, p[1] + 1}, {p[0] - 1, p[1] - 1}}}}
	}
	return c
}

// hours are round the clock, weekly and now and then past midnight, broken by an exception, or unknown.
func (w world) hours() (h directory.Hours) {
	switch w.IntN(6) {
	case 0:
		h.AlwaysOpen = true
	case 1:
		h.Zone = pick(w.Rand, zones)
		from := w.IntN(20) * 60
		for d := range time.Weekday(3 + w.IntN(5)) {
			h.Weekly = append(h.Weekly, directory.Range{Day: d, Span: directory.Span{From: from, To: from + 60 + w.IntN(14)*60}})
		}
		if w.IntN(3) == 0 {
			h.Exceptions = []directory.Exception{{Date: directory.DateOf(Now)}}
		}
	case 2:
		h.AlwaysOpen, h.Zone = true, pick(w.Rand, zones)
		h.Exceptions = []directory.Exception{{Date: directory.DateOf(Now), Spans: []directory.Span{{From: 600, To: 720 + w.IntN(1000)}}}}
	}
	return h
}

func (w world) claims(l *directory.Listing) {
	v := parsed()
	for _, f := range directory.Facets() {
		for _, t := range v.Terms(f) {
			if w.IntN(3) == 0 {
				l.Claims = append(l.Claims, directory.Claim{Facet: f, Code: t.Code, Value: directory.Answer(w.IntN(3))})
			}
		}
	}
}
