package seed

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// place says when two rows are about one organization at one place: its name, however written, in one city. A row
// that is not ready to be published never joins one that is. Rows without a city have no place in common.
type place struct {
	organization, city, country string
	status                      directory.Status
	row                         string // the row alone, when it has no city
}

func placeOf(o offer) place {
	p := place{plain(o.row["organization"]), plain(o.row["city"]), o.row["country"], o.status(), ""}
	if p.city == "" {
		p.row = o.row["id"]
	}
	return p
}

// plain drops what differs between ways to write one name: case, accents and punctuation.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1 // accents too, which the normal form has made marks of their own
	}, norm.NFD.String(name))
}

// groupOffers puts the rows of one place together, in the order of each one's first row.
func groupOffers(all []offer) [][]offer {
	var groups [][]offer
	at := map[place]int{}
	for _, o := range all {
		p := placeOf(o)
		i, met := at[p]
		if !met {
			i = len(groups)
			at[p] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], o)
	}
	return groups
}

// merge makes one listing of the rows of one place. The first row gives the ID; of several, the organization gives
// the name, since no row's own name covers them all, and each row's name heads its part of the description and
// labels its phone. Claims are united, each with the source that states it first.
func merge(rows []offer, v *directory.Vocabulary) (*directory.Listing, error) {
	l, err := rows[0].listing(v)
	if err != nil || len(rows) == 1 {
		return l, err
	}
	whole := l.Clone()
	whole.Name, whole.Organization = rows[0].row["organization"], ""
	whole.Sites, whole.Channels, whole.Claims, whole.Sources, whole.Description, whole.Audience, whole.Fees = nil, nil, nil, nil, "", "", directory.Fees{}
	for _, o := range rows {
		part, err := o.listing(v)
		if err != nil {
			return nil, err
		}
		join(whole, part, o.row["name"])
	}
	whole.Sites = distinctSites(whole.Sites)
	return whole, nil
}

// join adds what part says to whole. name is what part is called there.
func join(whole, part *directory.Listing, name string) {
	if part.Kind == directory.Center {
		whole.Kind = directory.Center
	}
	whole.Description = strings.TrimPrefix(whole.Description+"\n"+name+": "+part.Description, "\n")
	if part.Audience != "" {
		whole.Audience = strings.TrimPrefix(whole.Audience+"; "+name+": "+part.Audience, "; ")
	}
	if part.Fees.SlidingScale == directory.Yes {
		whole.Fees.SlidingScale = directory.Yes
	}
	if part.Fees.Note != "" {
		whole.Fees.Note = strings.TrimPrefix(whole.Fees.Note+"; "+name+": "+part.Fees.Note, "; ")
	}
	whole.Sites = append(whole.Sites, part.Sites...)
	for _, ch := range part.Channels {
		joinChannel(whole, ch, name)
	}
	for _, c := range part.Claims {
		if whole.Claimed(c.Facet, c.Code) == directory.Unknown {
			whole.Claims = append(whole.Claims, c)
		}
	}
	for _, s := range part.Sources {
		if !slices.Contains(whole.Sources, s) {
			whole.Sources = append(whole.Sources, s)
		}
	}
}

// joinChannel adds ch, labelled with what answers there. One number of several rows keeps all their names.
func joinChannel(whole *directory.Listing, ch directory.Channel, name string) {
	if ch.Label == "" {
		ch.Label = name
	}
	for i, have := range whole.Channels {
		if have.Medium != ch.Medium || have.Number != ch.Number || have.Address != ch.Address {
			continue
		}
		if !strings.Contains(have.Label, ch.Label) {
			whole.Channels[i].Label += "; " + ch.Label
		}
		return
	}
	whole.Channels = append(whole.Channels, ch)
}

// distinctSites keeps each street address once, with its finest point, and drops the mere city when an address in it
// is known.
func distinctSites(all []directory.Site) []directory.Site {
	fine := []geo.Precision{geo.Exact, geo.Campus, geo.Street, geo.Postal, geo.City, ""}
	finer := func(a, b directory.Site) int {
		return slices.Index(fine, a.Precision) - slices.Index(fine, b.Precision)
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, finer)
	var kept []directory.Site
	for _, s := range all {
		street := plain(s.Address.Street)
		if len(kept) > 0 && street == "" {
			continue
		}
		if !slices.ContainsFunc(kept, func(k directory.Site) bool { return plain(k.Address.Street) == street }) {
			kept = append(kept, s)
		}
	}
	return kept
}
