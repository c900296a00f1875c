package geo_test

import "testing"

func TestMentioned(t *testing.T) {
	g := gazetteer(t)
	for _, c := range []struct {
		text             string
		known, qualified bool
		whole            bool
		country          string
	}{
		{"02139", true, true, false, "US"},
		{"boston", true, false, false, "US"},
		{"Boston, MA", true, true, false, "US"},
		{"cambridge ma 02139", true, true, false, "US"},
		{"london uk", true, true, false, "GB"},
		{"texas", true, false, false, "US"},
		{"españa", true, false, true, "ES"},
		{"00000", false, false, false, ""},
		{"berlin 10115", false, false, false, ""}, // a ZIP of New York
		{"bostom", false, false, false, ""},
		{"42.36,-71.06", false, false, false, ""},
		{"", false, false, false, ""},
	} {
		m, ok := g.Mentioned(c.text)
		if ok != c.known || m.Qualified != c.qualified || m.Whole != c.whole || m.Country != c.country {
			t.Errorf("%q: %+v, %t", c.text, m, ok)
		}
		if !ok {
			continue
		}
		if r, err := g.Resolve(c.text); err != nil || r.Place.Point != m.Point {
			t.Errorf("%q: Resolve gives %v, %v; want %v", c.text, r.Place.Point, err, m.Point)
		}
	}
}

func TestMisspelt(t *testing.T) {
	g := gazetteer(t)
	for text, want := range map[string]string{
		"tuscon": "Tucson, AZ", "Pittsburg PA": "Pittsburgh, PA", "philadelfia": "Philadelphia, PA", "xyzzyx": "", "": "", "pariss tx": "",
	} {
		if got, ok := g.Misspelt(text); got != want || ok != (want != "") {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
