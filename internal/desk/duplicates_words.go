package desk

import (
	"net/url"
	"slices"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// short are words that names and addresses are written with in several ways, and the one way used here. St stands for
// street and for saint: it stays st, and both become it.
var short = map[string]string{
	"street": "st", "saint": "st", "ave": "avenue", "av": "avenue", "avda": "avenida", "rd": "road", "blvd": "boulevard",
	"bd": "boulevard", "ln": "lane", "hwy": "highway", "pkwy": "parkway", "ct": "court", "pl": "place", "sq": "square", "cir": "circle", "ter": "terrace",
	"mt": "mount", "ft": "fort", "hosp": "hospital", "ctr": "center", "cntr": "center", "cent": "center", "centre": "center",
	"univ": "university", "med": "medical", "dept": "department", "svc": "services", "svcs": "services", "service": "services",
	"assoc": "associates", "assocs": "associates", "grp": "group", "hlth": "health", "behav": "behavioral", "behavioural": "behavioral",
	"clin": "clinic", "inst": "institute", "natl": "national", "intl": "international", "counselling": "counseling", "psychol": "psychology",
	"mgmt": "management", "bldg": "building",
}

// direction are the ways of the compass before and after a street's name.
var direction = map[string]string{
	"n": "north", "s": "south", "e": "east", "w": "west", "ne": "northeast", "nw": "northwest", "se": "southeast", "sw": "southwest", "dr": "drive",
}

// titles are words of a name that one list has and the next leaves out.
var titles = words("dr mr mrs ms prof md do phd psyd edd lcsw licsw lmsw msw lmft mft lpc lpcc lmhc lcpc lcmhc np pmhnp aprn rn pa bcba " +
	"inc llc pllc pc ltd corp co the of and at for de la el y")

// within are words that begin the part of a street address inside a building.
var within = words("suite ste unit apt apartment floor fl room rm no")

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// nameWords gives the distinct words of a name that tell it from others, in order. A name of nothing else keeps all.
func nameWords(name string) []string {
	all := oneWay(search.Words(name), short)
	telling := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return titles[w] || len(w) == 1 && w[0] > '9' })
	if len(telling) == 0 {
		telling = all
	}
	return distinct(telling)
}

func oneWay(list []string, ways ...map[string]string) []string {
	for i, w := range list {
		for _, m := range ways {
			if s := m[w]; s != "" {
				list[i] = s
			}
		}
	}
	return list
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// placeOf takes an address apart. The number is the first word with a figure; a street without one is its own number,
// as in "City Hall Plaza".
func placeOf(a directory.Address) place {
	p := place{postal: postalOf(a.PostalCode), city: strings.Join(oneWay(search.Words(a.City), short), " "), shown: a.String()}
	street := oneWay(search.Words(a.Street), short, direction)
	if at := slices.IndexFunc(street, func(w string) bool { return within[w] }); at > 0 {
		street = street[:at]
	}
	if at := slices.IndexFunc(street, func(w string) bool { return strings.ContainsAny(w, "0123456789") }); at >= 0 {
		p.number = street[at]
		street = slices.Delete(street, at, at+1)
	}
	p.street = distinct(street)
	if p.number == "" {
		p.number = strings.Join(p.street, " ")
	}
	return p
}

// postalOf gives a postal code without spaces, and of a ZIP+4 the ZIP.
func postalOf(code string) string {
	words := search.Words(code)
	if len(words) == 2 && len(words[0]) == 5 && len(words[1]) == 4 {
		words = words[:1]
	}
	return strings.Join(words, "")
}

// lineOf gives the end of the number a channel dials, whatever way it is written: enough to suspect, not to be sure. A
// short code means nothing without its country, and a relay's is everybody's.
func lineOf(ch directory.Channel) string {
	digits := strings.TrimPrefix(directory.Digits(ch.Number), "+")
	if len(digits) < 7 {
		return ""
	}
	line := digits[max(0, len(digits)-9):]
	if ch.Extension != "" {
		line += "x" + ch.Extension
	}
	return line
}

// pageOf gives the host and path of a page.
func pageOf(address string) string {
	u, err := url.Parse(strings.ToLower(address))
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Host, "www.") + strings.TrimSuffix(u.Path, "/")
}
