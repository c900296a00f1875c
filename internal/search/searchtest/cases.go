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
		{"a word and its listing's kind", search.Match{Words: []search.Word{{Text: "line"}}, Kinds: []directory.Kind{directory.Helpline}, Serves: anywhere}, nil, []string{"national", "massachusett", "wales"}},
		{"two words must both be found", search.Match{Words: []search.Word{{Text: "phoenix"}, {Text: "spanish"}}}, nil, nil},
		{"nothing asked is everything", search.Match{Serves: anywhere}, []string{"yes", "no", "unknown", "dbt", "both", "fiji", "fiji west", "pole", "pole behind"}, []string{"national", "massachusett", "shelter", "wales"}},
		{"nowhere asked finds nothing remote", search.Match{Kinds: []directory.Kind{directory.Helpline}}, nil, nil},
		{"unknown hours are not open", search.Match{OpenAt: Now}, nil, nil},
		{"never verified is not verified long ago", search.Match{VerifiedSince: Now.AddDate(-100, 0, 0)}, nil, nil},
		{"unknown fees are not free", search.Match{Free: true}, nil, nil},
		{"a box that ends on the antimeridian", search.Match{Region: geo.Box{West: 179, South: -18, East: 180, North: -16}}, []string{"fiji"}, nil},
		{"a polygon across the antimeridian", search.Match{Region: mustArea(orb.Polygon{{{179, -18}, {181, -18}, {181, -16}, {179, -16}, {179, -18}}})}, []string{"fiji", "fiji west"}, nil},
		{"a polygon round the pole", search.Match{Region: mustArea(polar(85))}, []string{"pole", "pole behind"}, nil},
		{"a hole is outside", search.Match{Region: mustArea(orb.Polygon{
			{{-80, 30}, {-60, 30}, {-60, 50}, {-80, 50}, {-80, 30}}, {{-72, 41}, {-70, 41}, {-70, 43}, {-72, 43}, {-72, 41}},
		})}, nil, nil},
		{"a country without a place", search.Match{Country: "GB", Serves: anywhere}, nil, []string{"wales"}},
		{"a kind", search.Match{Kinds: []directory.Kind{directory.Helpline}, Serves: anywhere}, nil, []string{"national", "massachusett", "wales"}},
	}
}

func runCases(t *testing.T, open func(t *testing.T, v *directory.Vocabulary) search.Engine) {
	p := newPair(open(t, Vocabulary()), Capabilities{})
	names := map[directory.ID]string{}
	var ops []search.Op
	for name, l := range small() {
		names[l.ID] = name
		ops = append(ops, search.Op{ID: l.ID, Listing: l})
	}
	if err := p.apply(ops); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			c.match.Limit = 100
			if c.match.Sort == "" {
				c.match.Sort = search.ByName
			}
			if err := p.check(c.match, 5); err != nil {
				t.Fatal(err)
			}
			got := matched(t, p.engine, c.match)
			same(t, "hits", named(got.Hits, names), c.hits)
			same(t, "remote", named(got.Remote, names), c.remote)
		})
	}
	t.Run("facet counts ignore their own selection", func(t *testing.T) { disjunctive(t, p.engine) })
	t.Run("no limit asked is no hits", func(t *testing.T) { nothingShown(t, p) })
	t.Run("after the last page", func(t *testing.T) { afterTheLast(t, p.engine) })
	t.Run("the name says more than the description", func(t *testing.T) { nameFirst(t, open(t, Vocabulary())) })
	t.Run("a word goes with its listing", func(t *testing.T) { forgotten(t, newPair(open(t, Vocabulary()), Capabilities{})) })
	t.Run("the last of several changes counts", func(t *testing.T) { lastCounts(t, newPair(open(t, Vocabulary()), Capabilities{})) })
	t.Run("an empty index", func(t *testing.T) { empty(t, newPair(open(t, Vocabulary()), Capabilities{})) })
	t.Run("a removed listing is gone, and a moved one moves", func(t *testing.T) { movedAndGone(t, p) })
}

func matched(t *testing.T, e search.Engine, m search.Match) *search.Candidates {
	t.Helper()
	c, err := e.Match(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	return c
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
	c := matched(t, e, m)
	if want := []search.Count{{Value: "cbt", N: 2}, {Value: "dbt", N: 2}}; !slices.Equal(c.Facets["modality"], want) {
		t.Errorf("modality counts %v, want %v", c.Facets["modality"], want)
	}
	if len(c.Facets["language"]) != 0 {
		t.Errorf("language counts %v of listings that say nothing of it", c.Facets["language"])
	}
}

// nothingShown asks for totals and counts alone, with the filters and the words of no value that ask for nothing.
func nothingShown(t *testing.T, p pair) {
	m := search.Match{
		Sort: search.ByRelevance, Serves: &search.Locale{Anywhere: true}, Facets: search.FacetNames(),
		Claims: map[directory.Facet][]string{directory.Modality: {}}, Kinds: []directory.Kind{}, Words: []search.Word{},
	}
	if err := p.check(m, 0); err != nil {
		t.Fatal(err)
	}
	if c := matched(t, p.engine, m); c.Total != 9 || c.RemoteTotal != 4 || len(c.Hits)+len(c.Remote) > 0 {
		t.Errorf("%d and %d remote, %d shown; want 9 and 4, none shown", c.Total, c.RemoteTotal, len(c.Hits)+len(c.Remote))
	}
}

func afterTheLast(t *testing.T, e search.Engine) {
	for _, by := range search.Sorts() {
		m := search.Match{Sort: by, Limit: 100, Origin: &boston}
		all := matched(t, e, m)
		m.After = &all.Hits[len(all.Hits)-1].At
		if c := matched(t, e, m); len(c.Hits) != 0 || c.Total != all.Total {
			t.Errorf("%s: %d hits after the last, total %d; want none, %d", by, len(c.Hits), c.Total, all.Total)
		}
	}
}

func nameFirst(t *testing.T, e search.Engine) {
	said := &directory.Listing{ID: directory.ImportedID("case", "said"), Name: "Garden", Description: "By the harbor", Sites: []directory.Site{at(boston)}}
	called := &directory.Listing{ID: directory.ImportedID("case", "called"), Name: "Harbor", Description: "By the garden wall", Sites: []directory.Site{at(boston)}}
	ops := []search.Op{{ID: said.ID, Listing: said}, {ID: called.ID, Listing: called}}
	if err := e.Apply(context.Background(), ops); err != nil {
		t.Fatal(err)
	}
	for word, first := range map[string]directory.ID{"harbor": called.ID, "garden": said.ID} {
		c := matched(t, e, search.Match{Words: []search.Word{{Text: word}}, Sort: search.ByRelevance, Limit: 2})
		if len(c.Hits) != 2 || c.Hits[0].ID != first || c.Hits[0].Score <= c.Hits[1].Score {
			t.Errorf("%q: the one called so is not above the one that says it: %+v", word, c.Hits)
		}
	}
}

// forgotten removes the only listing with a word: what is like it is found then, as if it had never been there.
func forgotten(t *testing.T, p pair) {
	right := &directory.Listing{ID: directory.ImportedID("case", "right"), Name: "Lantern", Sites: []directory.Site{at(boston)}}
	wrong := &directory.Listing{ID: directory.ImportedID("case", "wrong"), Name: "Lantren", Sites: []directory.Site{at(boston)}}
	asked := search.Match{Words: []search.Word{{Text: "lantren"}}, Sort: search.ByName, Limit: 10}
	for _, step := range []struct {
		ops  []search.Op
		want directory.ID
	}{
		{[]search.Op{{ID: right.ID, Listing: right}}, right.ID},
		{[]search.Op{{ID: wrong.ID, Listing: wrong}}, wrong.ID},
		{[]search.Op{{ID: wrong.ID}}, right.ID},
	} {
		if err := p.apply(step.ops); err != nil {
			t.Fatal(err)
		}
		if err := p.check(asked, 0); err != nil {
			t.Fatal(err)
		}
		if c := matched(t, p.engine, asked); len(c.Hits) != 1 || c.Hits[0].ID != step.want {
			t.Errorf("found %+v, want %v", c.Hits, step.want)
		}
	}
}

func lastCounts(t *testing.T, p pair) {
	id, other := directory.ImportedID("case", "one"), directory.ImportedID("case", "other")
	version := func(id directory.ID, name string) search.Op {
		return search.Op{ID: id, Listing: &directory.Listing{ID: id, Name: name, Sites: []directory.Site{at(boston)}}}
	}
	ops := []search.Op{version(id, "First"), {ID: id}, version(other, "Here"), version(id, "Last"), {ID: other}}
	if err := p.apply(ops); err != nil {
		t.Fatal(err)
	}
	c := matched(t, p.engine, search.Match{Sort: search.ByName, Limit: 10})
	if c.Total != 1 || len(c.Hits) != 1 || c.Hits[0].At.Text != "last" {
		t.Errorf("found %+v of %d, want the last version of the one listing", c.Hits, c.Total)
	}
}

func empty(t *testing.T, p pair) {
	for _, words := range [][]search.Word{nil, {{Text: "lantern"}}, {{Text: "cbt"}}} {
		m := search.Match{Words: words, Sort: search.ByRelevance, Limit: 10, Facets: search.FacetNames(), Serves: &search.Locale{Anywhere: true}}
		if err := p.check(m, 0); err != nil {
			t.Error(err)
		}
	}
	if err := p.apply([]search.Op{}); err != nil {
		t.Error(err)
	}
}

func movedAndGone(t *testing.T, p pair) {
	all := small()
	moved := all["yes"].Clone()
	moved.Sites = []directory.Site{at(denver)}
	if err := p.apply([]search.Op{{ID: moved.ID, Listing: moved}, {ID: all["no"].ID}, {ID: directory.ImportedID("case", "never was")}}); err != nil {
		t.Fatal(err)
	}
	near := geo.Circle{Center: boston, Radius: 100}
	if c := matched(t, p.engine, search.Match{Region: near, Sort: search.ByName, Limit: 10}); c.Total != 2 {
		t.Errorf("%d still in Boston, want 2", c.Total)
	}
	if err := p.check(search.Match{Sort: search.ByName, Limit: 100, Facets: search.FacetNames()}, 5); err != nil {
		t.Error(err)
	}
}
