package search

import "carefinder/internal/directory"

// Unmet is what a question that found nothing was about, as little of it as tells curators what is missing where: codes of
// the vocabulary and of a division. It never holds a word, a point or a place that somebody wrote.
type Unmet struct {
	Place string // the division asked about, ISO 3166-2; where none is known the country, ISO 3166-1
	Asked []Wanted
}

// Wanted is one thing a question asked for.
type Wanted struct {
	Facet FacetName
	Value string
}

// unmet says what a question that found nothing was about; nil when that says nothing of what is missing where. Whoever
// may be in danger is not counted at all.
func (a *question) unmet() *Unmet {
	if a.Serves == nil || a.Serves.Country == "" || a.Serves.Anywhere {
		return nil
	}
	u := Unmet{Place: a.Serves.Division, Asked: a.wanted()}
	if u.Place == "" {
		u.Place = a.Serves.Country
	}
	if len(u.Asked) == 0 {
		return nil
	}
	return &u
}

func (m *Match) wanted() (all []Wanted) {
	for _, k := range m.Kinds {
		all = append(all, Wanted{FacetKind, string(k)})
	}
	for _, f := range directory.Facets() {
		for _, code := range m.Claims[f] {
			all = append(all, Wanted{FacetName(f), code})
		}
	}
	for _, s := range m.Accepting {
		all = append(all, Wanted{FacetAccepting, string(s)})
	}
	if m.Free {
		all = append(all, Wanted{FacetFees, "free"})
	}
	if m.SlidingScale {
		all = append(all, Wanted{FacetFees, "sliding_scale"})
	}
	return all
}
