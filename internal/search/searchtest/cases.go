package searchtest

import (
	"context"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// at is an exact site at a point.
func at(p orb.Point) directory.Site {
	return directory.Site{Point: p, Precision: geo.Exact, Address: directory.Address{Country: "US"}}
}

var (
	boston = geo.LatLng(42.36, -71.06)
	denver = geo.LatLng(39.74, -104.99)
)

// small is a world a person can keep in mind: each case names what it must find of it.
func small() map[string]*directory.Listing {
	says := func(f directory.Facet, code string, a directory.Answer) directory.Claim {
		return directory.Claim{Facet: f, Code: code, Value: a}
	}
	all := map[string]*directory.Listing{
		"yes":          {Name: "Yes", Sites: []directory.Site{at(boston)}, Claims: []directory.Claim{says(directory.Modality, "cbt", directory.Yes)}, Accepting: directory.Accepting{Status: "yes"}},
		"no":           {Name: "No", Sites: []directory.Site{at(boston)}, Claims: []directory.Claim{says(directory.Modality, "cbt", directory.No)}, Accepting: directory.Accepting{Status: "no"}},
		"unknown":      {Name: "Silent", Sites: []directory.Site{at(boston)}},
		"dbt":          {Name: "San José", Sites: []directory.Site{at(denver)}, Claims: []directory.Claim{says(directory.Modality, "dbt", directory.Yes), says(directory.Language, "es", directory.Yes)}},
		"both":         {Name: "Phoenix House", Sites: []directory.Site{at(denver), at(boston)}, Claims: []directory.Claim{says(directory.Modality, "cbt", directory.Yes), says(directory.Modality, "dbt", directory.Yes)}},
		"national":     {Name: "Line", Kind: directory.Helpline, Coverage: directory.Coverage{Countries: []string{"US"}}},
		"massachusett": {Name: "State line", Kind: directory.Helpline, Coverage: directory.Coverage{Divisions: []string{"US-MA"}}},
		"shelter":      {Name: "Shelter", Sites: []directory.Site{{Confidential: true, Coverage: directory.Coverage{Divisions: []string{"US-CO"}}}}},
		"wales":        {Name: "Welsh line", Kind: directory.Helpline, Coverage: directory.Coverage{Divisions: []string{"GB-EAW"}}},
		"fiji":         {Name: "East of the line", Sites: []directory.Site{at(geo.LatLng(-17, 179.95))}},
		"fiji west":    {Name: "West of the line", Sites: []directory.Site{at(geo.LatLng(-17, -179.95))}},
		"pole":         {Name: "Pole", Sites: []directory.Site{at(geo.LatLng(89.99, 10))}},
		"pole behind":  {Name: "Behind the pole", Sites: []directory.Site{at(geo.LatLng(89.99, -170))}},
	}
	for name, l := range all {
		l.ID = directory.ImportedID("case", name)
		if l.Kind == "" {
			l.Kind = directory.Therapist
		}
	}
	return all
}

type oneCase struct {
	name   string
	match  search.Match
	hits   []string
	remote []string
}

func cases() []oneCase {
	near := func(p orb.Point, metres float64, country, division string) search.Match {
		return search.Match{Region: geo.Circle{Center: p, Radius: metres}, Origin: &p, Serves: &search.Locale{Country: country, Division: division, Point: &p}, Sort: search.ByDistance}
	}
	claims := func(m search.Match, f directory.Facet, codes ...string) search.Match {
		m.Claims = map[directory.Facet][]string{f: codes}
		return m
	}
	word := func(text string) search.Match { return search.Match{Words: []search.Word{{Text: text}}} }
	fiji, pole := geo.LatLng(-17, 180), geo.LatLng(90, 0)
	anywhere := &search.Locale{Anywhere: true}
	return []oneCase{
		{"an unknown is not a no and not a yes", claims(near(boston, 1000, "US", "US-MA"), directory.Modality, "cbt"), []string{"yes", "both"}, nil},
		{"values of a facet are alternatives", claims(search.Match{}, directory.Modality, "cbt", "dbt"), []string{"yes", "both", "dbt"}, nil},
		{"facets must all hold", search.Match{Claims: map[directory.Facet][]string{directory.Modality: {"cbt", "dbt"}, directory.Language: {"es"}}}, []string{"dbt"}, nil},
		{"accepting no is an answer", search.Match{Accepting: []directory.AcceptingStatus{"no"}}, []string{"no"}, nil},
		{"a listing comes once, at its nearest site", claims(near(denver, 5_000_000, "US", "US-CO"), directory.Modality, "dbt"), []string{"dbt", "both"}, nil},
		{"what has no site is not lost", near(boston, 1, "US", "US-MA"), []string{"yes", "no", "unknown", "both"}, []string{"national", "massachusett"}},
		{"a confidential site is found by coverage alone", near(denver, 1, "US", "US-CO"), []string{"dbt", "both"}, []string{"national", "shelter"}},
		{"an aggregate division serves its parts", search.Match{Region: geo.Circle{Center: pole, Radius: 1}, Serves: &search.Locale{Country: "GB", Division: "GB-WLS"}}, nil, []string{"wales"}},
		{"across the antimeridian", near(fiji, 50_000, "FJ", ""), []string{"fiji", "fiji west"}, nil},
		{"a box across the antimeridian", search.Match{Region: geo.Box{West: 179, South: -18, East: -179, North: -16}}, []string{"fiji", "fiji west"}, nil},
		{"round the pole", near(pole, 50_000, "", ""), []string{"pole", "pole behind"}, nil},
		{"diacritics don't matter", word("jose"), []string{"dbt"}, nil},
		{"a typo is forgiven", word("pheonix"), []string{"both"}, nil},
		{"a word stands for a claim", word("spanish"), []string{"dbt"}, nil},
		{"and in Spanish", word("dialectico"), []string{"dbt", "both"}, nil},
		{"a word nobody has", word("qqqqqq"), nil, nil},
		{"a beginning", search.Match{Words: []search.Word{{Text: "phoe", Prefix: true}}}, []string{"both"}, nil},
		{"a country without a place", search.Match{Country: "GB", Serves: anywhere}, nil, []string{"wales"}},
		{"a kind", search.Match{Kinds: []directory.Kind{directory.Helpline}, Serves: anywhere}, nil, []string{"national", "massachusett", "wales"}},
	}
}

func runCases(t *testing.T, open func(t *testing.T, v *directory.Vocabulary) search.Engine) {
	p := newPair(open(t, Vocabulary()))
	names := map[directory.ID]string{}
	var ops []search.Op
	for name, l := range small() {
		names[l.ID] = name
		ops = append(ops, search.Op{ID: l.ID, Listing: l})
	}
	p.apply(t, ops)
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			c.match.Limit = 100
			if c.match.Sort == "" {
				c.match.Sort = search.ByName
			}
			p.check(t, c.match, 5)
			got, err := p.engine.Match(context.Background(), c.match)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "hits", named(got.Hits, names), c.hits)
			same(t, "remote", named(got.Remote, names), c.remote)
		})
	}
	t.Run("facet counts ignore their own selection", func(t *testing.T) { disjunctive(t, p.engine) })
	t.Run("a removed listing is gone, and a moved one moves", func(t *testing.T) { movedAndGone(t, p) })
}

func named(hits []search.Candidate, names map[directory.ID]string) (out []string) {
	for _, h := range hits {
		out = append(out, names[h.ID])
	}
	slices.Sort(out)
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	want = slices.Clone(want)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s %q, want %q", what, got, want)
	}
}

func disjunctive(t *testing.T, e search.Engine) {
	m := search.Match{Claims: map[directory.Facet][]string{directory.Modality: {"cbt"}}, Sort: search.ByName, Facets: []search.FacetName{"modality", "language"}}
	c, err := e.Match(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if want := []search.Count{{Value: "cbt", N: 2}, {Value: "dbt", N: 2}}; !slices.Equal(c.Facets["modality"], want) {
		t.Errorf("modality counts %v, want %v", c.Facets["modality"], want)
	}
	if len(c.Facets["language"]) != 0 {
		t.Errorf("language counts %v of listings that say nothing of it", c.Facets["language"])
	}
}

func movedAndGone(t *testing.T, p pair) {
	all := small()
	moved := all["yes"].Clone()
	moved.Sites = []directory.Site{at(denver)}
	p.apply(t, []search.Op{{ID: moved.ID, Listing: moved}, {ID: all["no"].ID}, {ID: directory.ImportedID("case", "never was")}})
	near := geo.Circle{Center: boston, Radius: 100}
	c, err := p.engine.Match(context.Background(), search.Match{Region: near, Sort: search.ByName, Limit: 10})
	if err != nil || c.Total != 2 {
		t.Errorf("%d still in Boston, want 2 (%v)", c.Total, err)
	}
	p.check(t, search.Match{Sort: search.ByName, Limit: 100, Facets: search.FacetNames()}, 5)
}
