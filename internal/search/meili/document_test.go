package meili

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang/geo/s2"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search/searchtest"
)

// Nothing leaves for the index but what search needs: above all nothing of a place that protects someone.
func TestDocumentKeepsSecrets(t *testing.T) {
	l := &directory.Listing{
		ID: directory.ImportedID("case", "shelter"), Kind: directory.Program, Name: "Shelter",
		Sites: []directory.Site{
			{
				Name: "hiddenhouse", Confidential: true, Point: geo.LatLng(42.123456, -71.123456), Precision: geo.Exact,
				Address:  directory.Address{Street: "1 Secret Street", City: "hiddentown", Country: "US", PostalCode: "02999"},
				Coverage: directory.Coverage{Divisions: []string{"US-MA"}},
			},
		},
		Channels: []directory.Channel{{Medium: directory.Voice, Number: "+16175550123"}},
	}
	b, err := json.Marshal(newWriter(searchtest.Vocabulary(), nil).document(l.Public()))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hidden", "secret", "02999", "42.1", leafOf(l.Sites[0].Point).Parent(6).ToToken(), "5550123"} {
		if strings.Contains(strings.ToLower(string(b)), secret) {
			t.Errorf("%q stands in %s", secret, b)
		}
	}
	if !strings.Contains(string(b), `"reach":["US-MA"]`) {
		t.Errorf("where it serves is missing in %s", b)
	}
}

func TestRowComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &row{
			id:       directory.ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")),
			revision: directory.RevisionNo(rapid.Int64Min(0).Draw(t, "revision")), standing: rapid.IntRange(0, 999).Draw(t, "standing"),
			verified: rapid.Int64Min(0).Draw(t, "verified"), length: rapid.IntMin(0).Draw(t, "length"),
			values: slices.Sorted(slices.Values(rapid.SliceOfNDistinct(rapid.IntRange(0, 999), 1, 9, rapid.ID).Draw(t, "values"))), name: rapid.String().Draw(t, "name"),
		}
		if rapid.Bool().Draw(t, "is a helpline") {
			r.helpline, r.hours = true, rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "hours")
		}
		for range rapid.IntRange(0, 3).Draw(t, "sites") {
			r.sites = append(r.sites, rowSite{
				rapid.IntRange(0, 99).Draw(t, "index"), rapid.StringN(0, 2, 2).Draw(t, "country"),
				orb.Point{rapid.Float64().Draw(t, "lng"), rapid.Float64().Draw(t, "lat")},
			})
		}
		got, err := decodeRow(r.encode())
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%+v came back as %+v, %v", r, got, err)
		}
	})
}

// FuzzRow shows that a row no program wrote is an error, not a crash.
func FuzzRow(f *testing.F) {
	f.Add((&row{values: []int{1, 7}, name: "x", sites: []rowSite{{1, "US", orb.Point{1, 2}}}}).encode())
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := decodeRow(s); err == nil && r == nil {
			t.Error("neither a row nor an error")
		}
		_, _ = readHours([]byte(s))
	})
}

// Hours come back from a value of the index so that the calendar says the same of them.
func TestHoursComeBack(t *testing.T) {
	h := directory.Hours{
		Zone:       "America/New_York",
		Weekly:     []directory.Range{{Day: time.Friday, Span: directory.Span{From: 1080, To: 1560}}, {Day: time.Sunday, Span: directory.Span{From: 0, To: 60}}},
		Exceptions: []directory.Exception{{Date: directory.Date{Year: 2026, Month: time.November, Day: 26}, Spans: []directory.Span{{From: 600, To: 700}}}, {Date: directory.Date{Year: 2026, Month: time.December, Day: 25}}},
	}
	l := &directory.Listing{Hours: h, Channels: []directory.Channel{{Hours: directory.Hours{AlwaysOpen: true}}, {Medium: directory.Voice}}}
	got, err := readHours(writeHours(l))
	want := &directory.Listing{Hours: h, Channels: []directory.Channel{{Hours: directory.Hours{AlwaysOpen: true}}}}
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v, %s", err, cmp.Diff(want, got))
	}
	d := document{}
	hours(d, &directory.Listing{Name: "no hours known"})
	if len(d) > 0 {
		t.Errorf("unknown hours are written as %v", d)
	}
	hours(d, l)
	if d[string(attrHours)] == nil || cmp.Diff([]string{"2026-11-26", "2026-12-25"}, d[string(attrExcept)]) != "" {
		t.Errorf("hours with dates are written as %v", d)
	}
	for n := range 200 {
		l.Hours.Exceptions = append(l.Hours.Exceptions, directory.Exception{Date: directory.Date{Year: 2000 + n, Month: 1, Day: 1}})
	}
	hours(d, l)
	if d[string(attrHours)] != longHours || d[fieldHours] == nil {
		t.Errorf("hours too long for a value are written as %v", d[string(attrHours)])
	}
}

// The slots of a week say what the calendar says, in every zone and on the days its clocks change, but round the dates
// that are told of.
func TestSlotsSayWhatTheCalendarSays(t *testing.T) {
	zones := []string{"America/New_York", "Europe/Berlin", "Pacific/Kiritimati", "Asia/Kolkata", "Nowhere/Atall", ""}
	hoursAt := rapid.Custom(func(t *rapid.T) directory.Hours {
		h := directory.Hours{Zone: rapid.SampledFrom(zones).Draw(t, "zone"), AlwaysOpen: rapid.IntRange(0, 9).Draw(t, "always") == 0}
		for range rapid.IntRange(0, 4).Draw(t, "ranges") {
			from := rapid.IntRange(0, 1439).Draw(t, "from")
			if rapid.Bool().Draw(t, "round") {
				from -= from % 30
			}
			span := directory.Span{From: from, To: from + rapid.SampledFrom([]int{1, 30, 45, 480, 600, 1440}).Draw(t, "long")}
			h.Weekly = append(h.Weekly, directory.Range{Day: time.Weekday(rapid.IntRange(0, 6).Draw(t, "day")), Span: span})
		}
		for range rapid.IntRange(0, 1).Draw(t, "dates") {
			d := directory.DateOf(time.Date(2026, 11, rapid.IntRange(1, 30).Draw(t, "date"), 0, 0, 0, 0, time.UTC))
			h.Exceptions = append(h.Exceptions, directory.Exception{Date: d, Spans: []directory.Span{{From: 600, To: 700}}})
		}
		return h
	})
	rapid.Check(t, func(t *rapid.T) {
		l := &directory.Listing{Hours: hoursAt.Draw(t, "hours")}
		for range rapid.IntRange(0, 1).Draw(t, "channels") {
			l.Channels = append(l.Channels, directory.Channel{Hours: hoursAt.Draw(t, "hours of a channel")})
		}
		at := time.Date(2026, 11, 1, 0, rapid.IntRange(0, 30*24*60).Draw(t, "minute"), 0, 0, time.UTC)
		d := document{}
		hours(d, l)
		values := func(a attribute) []string { v, _ := d[string(a)].([]string); return v }
		asked := []string{always}
		for _, zone := range values(attrZone) {
			asked = append(asked, slotsAt(zone, at)...)
		}
		any := func(has, of []string) bool {
			return slices.ContainsFunc(has, func(s string) bool { return slices.Contains(of, s) })
		}
		open := l.OpenAt(at) == directory.Open
		if !any(values(attrExcept), datesAround(at)) {
			if got := any(values(attrOpen), asked); got != open {
				t.Errorf("%+v at %v: open %v, by its slots %v of %v", l, at, open, got, d)
			}
		} else if v, _ := d[string(attrHours)].(string); v != longHours {
			got, err := openValues(map[string]int{v: 1}, at)
			if err != nil || (len(got) == 1) != open {
				t.Errorf("%+v at %v: open %v, by its value %v, %v", l, at, open, got, err)
			}
		}
	})
}

// Names sort by their bytes, cut where no index key can hold more.
func TestSortKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if len(a) < 200 && len(b) < 200 && strings.Compare(a, b) != strings.Compare(sortKey(a), sortKey(b)) {
			t.Errorf("%q and %q sort otherwise as %q and %q", a, b, sortKey(a), sortKey(b))
		}
		if len(sortKey(strings.Repeat(a+"x", 500))) > 468 {
			t.Error("too long for an index key")
		}
	})
}

// A cover lies where its region does: inside cells have no point outside, and no point of the region is in neither.
func TestCover(t *testing.T) {
	square, err := geo.NewArea(orb.Polygon{{{-75, 40}, {-70, 40}, {-70, 44}, {-75, 44}, {-75, 40}}, {{-73, 41}, {-72, 41}, {-72, 42}, {-73, 42}, {-73, 41}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]geo.Region{
		"circle": geo.Circle{Center: geo.LatLng(42.36, -71.06), Radius: 40_000}, "dot": geo.Circle{Center: geo.LatLng(42.36, -71.06)},
		"pole": geo.Circle{Center: geo.LatLng(90, 0), Radius: 400_000}, "Earth": geo.Circle{Center: geo.LatLng(0, 0), Radius: 3e7},
		"antimeridian": geo.Box{West: 179, South: -18, East: -179, North: -16}, "world": geo.Box{West: -180, South: -90, East: 180, North: 90},
		"area with a hole": square,
	} {
		t.Run(name, func(t *testing.T) {
			c := coverOf(r, coverCells)
			if n := len(c.inside) + len(c.edge); n > coverCells || n == 0 {
				t.Errorf("%d cells", n)
			}
			rapid.Check(t, func(t *rapid.T) {
				p := geo.LatLng(rapid.Float64Range(-90, 90).Draw(t, "lat"), rapid.Float64Range(-180, 180).Draw(t, "lng"))
				if name != "world" && name != "Earth" && rapid.Bool().Draw(t, "near") {
					cells := slices.Concat(c.inside, c.edge)
					at := cells[rapid.IntRange(0, len(cells)-1).Draw(t, "cell")].LatLng()
					p = geo.LatLng(at.Lat.Degrees(), at.Lng.Degrees())
				}
				leaf := leafOf(p)
				has := func(cells s2.CellUnion) bool {
					return slices.ContainsFunc(cells, func(c s2.CellID) bool { return c.Contains(leaf) })
				}
				if in := r.Contains(p); has(c.inside) && !in || in && !has(c.inside) && !has(c.edge) {
					t.Errorf("%v: inside %v, in an inside cell %v, in an edge cell %v", p, in, has(c.inside), has(c.edge))
				}
			})
			for _, cell := range slices.Concat(c.inside, c.edge) {
				if cell.Level()%2 != 0 || cell.Level() > finest {
					t.Errorf("a cell of level %d, which nothing is indexed by", cell.Level())
				}
			}
		})
	}
}

// The filter of a place says nothing of its own about levels it has no cells of.
func TestInCells(t *testing.T) {
	leaf := leafOf(geo.LatLng(42, -71))
	got := inCells(s2.CellUnion{leaf.Parent(4), leaf.Parent(14)})
	want := fmt.Sprintf(`(cell4 IN ["%s"]) OR (cell14 IN ["%s"])`, leaf.Parent(4).ToToken(), leaf.Parent(14).ToToken())
	if got.text != want || !inCells(nil).never {
		t.Errorf("%s, want %s", got.text, want)
	}
}
