package demo

import (
	"time"

	"carefinder/internal/directory"
)

// odd is how likely a kind of listing makes a claim, in cases of a thousand.
type odd struct {
	facet   directory.Facet
	code    string
	label   string // in English
	yes, no int
	most    int  // claims of the facet with yes
	last    bool // of its facet, and the facet has to be stated
	visit   bool // needs a site to meet at
}

// share is how likely claims of a facet are: of its terms unless named, of the named ones, and how many at most.
type share struct {
	facet  directory.Facet
	each   int // of a thousand, for a term that is not named
	no     int // of a thousand, said to be no
	most   int
	stated bool // at least one; the facet's last term when no other came up
	named  map[string]int
}

// sharesOf says what a kind of listing offers, facet by facet.
func sharesOf(k directory.Kind) []share {
	all := []share{
		{facet: directory.Condition, each: 90, most: 7, named: map[string]int{"mdd": 600, "anxiety": 650, "ptsd": 400, "treatment-resistant-depression": 150, "grief": 250}},
		{facet: directory.Format, most: 4, named: map[string]int{"individual": 960, "group": 180, "couples": 160, "family": 140}},
		{facet: directory.Delivery, most: 4, named: map[string]int{"in-person": 820, "video": 680, "phone": 200, "chat": 20, "home-visit": 15}},
		{facet: directory.Insurance, each: 60, no: 10, most: 8, named: map[string]int{"medicare": 250, "medicaid": 280, "bcbs": 420, "aetna": 350, "cigna": 320, "uhc": 330, "self-pay": 600, "nhs": 0}},
		{facet: directory.Language, each: 6, most: 3, named: map[string]int{"en": 970, "es": 140, "zh": 30, "ase": 20}},
		{facet: directory.Age, each: 250, most: 5, named: map[string]int{"adult": 920, "young-adult": 700, "teen": 350}},
		{facet: directory.Population, each: 60, most: 5, named: map[string]int{"lgbtq": 350, "veterans": 160}},
		{facet: directory.Accessibility, each: 80, no: 15, most: 6, named: map[string]int{"wheelchair": 420, "transit": 300, "step-free": 300}},
	}
	therapy := share{facet: directory.Modality, each: 60, most: 6, named: map[string]int{"cbt": 620, "psychodynamic": 300, "dbt": 200, "interpersonal": 120, "act": 250, "emdr": 200, "supportive": 350}}
	switch k {
	case directory.Therapist:
		therapy.stated = true
		return append([]share{therapy, {facet: directory.Credential, each: 0, most: 1, stated: true, named: map[string]int{"phd": 130, "psyd": 140, "lcsw": 280, "lmft": 190, "lpc": 240, "lmhc": 350, "peer-specialist": 10}}}, all...)
	case directory.Prescriber:
		return append([]share{
			{facet: directory.Treatment, each: 20, most: 4, named: map[string]int{"medication-management": 980, "esketamine": 100, "tms": 60, "trd-consult": 60}},
			{facet: directory.Credential, most: 1, stated: true, named: map[string]int{"md": 480, "do": 150, "pmhnp": 700, "pa": 200}},
		}, all...)
	case directory.Center:
		return append([]share{{facet: directory.Treatment, each: 60, most: 6, stated: true, named: map[string]int{"tms": 850, "ect": 260, "esketamine": 400, "ketamine": 250, "trd-consult": 250, "pharmacogenomic": 30}}}, all...)
	}
	therapy.stated = k == directory.Program
	return append([]share{therapy}, all...)
}

// oddsOf spells the shares of a kind out over the terms v has.
func oddsOf(k directory.Kind, v *directory.Vocabulary) []odd {
	var odds []odd
	for _, s := range sharesOf(k) {
		before := len(odds)
		for _, t := range v.Terms(s.facet) {
			yes, named := s.named[t.Code]
			if !named {
				yes = s.each
			}
			if yes > 0 || s.no > 0 {
				visit := t.Facet == directory.Delivery && (t.Code == "in-person" || t.Code == "home-visit")
				odds = append(odds, odd{facet: s.facet, code: t.Code, label: t.Label("en"), yes: yes, no: s.no, most: s.most, visit: visit})
			}
		}
		if n := len(odds); n > before {
			odds[n-1].last = s.stated
		}
	}
	return odds
}

type weekly = []directory.Range

// weeklies are the opening hours practices share.
func weeklies() []weekly {
	week := func(from, to int, days ...time.Weekday) weekly {
		var w weekly
		for _, d := range days {
			w = append(w, directory.Range{Day: d, Span: directory.Span{From: from * 60, To: to * 60}})
		}
		return w
	}
	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	return []weekly{
		week(9, 17, weekdays...),
		week(8, 18, weekdays...),
		week(10, 19, weekdays[:4]...),
		append(week(9, 17, weekdays...), week(9, 13, time.Saturday)...),
		week(12, 21, time.Monday, time.Wednesday, time.Friday),
		week(18, 26, time.Friday, time.Saturday), // past midnight
	}
}

// areaCodes gives one telephone area code of each state, as a number there would begin.
func areaCodes() map[string]string {
	return map[string]string{
		"AL": "205", "AK": "907", "AZ": "602", "AR": "501", "CA": "213", "CO": "303", "CT": "203", "DE": "302", "DC": "202", "FL": "305",
		"GA": "404", "HI": "808", "ID": "208", "IL": "312", "IN": "317", "IA": "515", "KS": "316", "KY": "502", "LA": "504", "ME": "207",
		"MD": "301", "MA": "617", "MI": "313", "MN": "612", "MS": "601", "MO": "314", "MT": "406", "NE": "402", "NV": "702", "NH": "603",
		"NJ": "201", "NM": "505", "NY": "212", "NC": "704", "ND": "701", "OH": "216", "OK": "405", "OR": "503", "PA": "215", "RI": "401",
		"SC": "803", "SD": "605", "TN": "615", "TX": "214", "UT": "801", "VT": "802", "VA": "804", "WA": "206", "WV": "304", "WI": "414",
		"WY": "307", "PR": "787", "GU": "671", "VI": "340", "AS": "684", "MP": "670",
	}
}
