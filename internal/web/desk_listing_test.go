package web

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
)

// sentBy gives what a browser would send of the form of a listing.
func sentBy(l *directory.Listing) url.Values {
	sent := url.Values{}
	add := func(fields []formField) {
		for _, f := range fields {
			at := f.at
			if t, ok := at.(*time.Time); ok {
				at = dated{at: t}
				if !t.IsZero() {
					sent.Set(f.path+".was", t.Format(time.RFC3339Nano))
				}
			}
			if text := formText(at); f.kind != "box" || text == "true" {
				sent.Set(f.path, strings.ReplaceAll(text, "\n", "\r\n")) // as browsers do
			}
		}
	}
	for _, g := range formGroups {
		if g.list == nil {
			add(g.fields(l))
			continue
		}
		for _, row := range g.list.rows(l) {
			add(row)
		}
	}
	return sent
}

// squeezed gives a text without what a form does not keep of it: space around it, and breaks within a note of a day.
func squeezed(s string) string { return strings.Join(strings.FieldsFunc(s, isSpace), " ") }

func isSpace(r rune) bool { return unicode.IsSpace(r) || r == ';' }

var sameText = cmp.Options{
	cmp.Comparer(func(a, b string) bool { return squeezed(a) == squeezed(b) }),
	cmp.Comparer(func(a, b float64) bool { return a == b || a-b < 1e-9 && b-a < 1e-9 }),
}

func TestTheFormSaysTheWholeListing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := directorytest.Listings(directorytest.Vocabulary()).Draw(t, "listing")
		blank := &directory.Listing{ID: l.ID, Verification: l.Verification, Demonstration: l.Demonstration, Revision: l.Revision, UpdatedAt: l.UpdatedAt}
		got, typed, err := readListing(sentBy(l), blank)
		if err != nil || len(typed) > 0 {
			t.Fatalf("%v, %q", err, typed)
		}
		dropEmpty(l)
		if diff := cmp.Diff(l, got, sameText); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		again, _, err := readListing(sentBy(got), blank)
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Fatalf("the second time %v (-want +got):\n%s", err, diff)
		}
	})
}

// dropEmpty takes out of l what in a form is an empty row.
func dropEmpty(l *directory.Listing) {
	l.Sources = slices.DeleteFunc(l.Sources, func(s directory.Source) bool {
		return squeezed(s.Name+s.URL+s.Key+s.Note) == "" && s.At.IsZero()
	})
	if len(l.Sources) == 0 {
		l.Sources = nil
	}
	l.Sites = slices.DeleteFunc(l.Sites, func(s directory.Site) bool {
		a := s.Address
		return squeezed(s.Name+a.Street+a.City+a.Division+a.PostalCode+a.Country) == "" && s.Point == directory.Site{}.Point && !s.Confidential && s.Coverage.IsZero()
	})
	if len(l.Sites) == 0 {
		l.Sites = nil
	}
}

func TestALeftAloneFormChangesNothing(t *testing.T) {
	for _, l := range []*directory.Listing{directorytest.Sample(1), directorytest.Confidential(2)} {
		l.Fees.Currency, l.Fees.Min = "JPY", 5000
		got, typed, err := readListing(sentBy(l), l)
		if diff := cmp.Diff(l, got); diff != "" || err != nil || len(typed) > 0 {
			t.Errorf("%v %q (-want +got):\n%s", err, typed, diff)
		}
	}
}

func TestTheFormAddsAndTakesOut(t *testing.T) {
	l := directorytest.Sample(1)
	sent := sentBy(l)
	sent.Set("channels[0].remove", "1")
	sent.Set("channels[2].medium", "text")
	sent.Set("channels[2].number", "741741")
	sent.Set("claims[1].term", "")
	sent.Set("claims[1].source", "")
	sent.Set("claims[1].at", "")
	sent.Set("claims[11].term", "topic:suicide")
	sent.Set("sites[0].lat", "north")
	sent.Set("claims[12].at", "yesterday")
	sent.Set("hours.weekly", "lu-vi 08:00-12:00,13:00-17:00\nsa-do 9:00-10:00")
	sent.Set("fees.max", "95.50")
	got, typed, err := readListing(sent, l)
	var fields []string
	for _, f := range faultFields(err) {
		fields = append(fields, f.Name)
	}
	// The rows before it went or were empty, so the last claim has another place than it had in the form.
	if want := []string{"sites[0].lat", "claims[10].at"}; !slices.Equal(fields, want) || typed["sites[0].lat"] != "north" || typed["claims[10].at"] != "yesterday" {
		t.Errorf("faults at %q, typed %q; want %q", fields, typed, want)
	}
	if len(got.Channels) != 2 || got.Channels[0].Medium != directory.Web || got.Channels[1].Number != "741741" {
		t.Errorf("channels %+v", got.Channels)
	}
	if len(got.Claims) != 11 || got.Claims[1] != l.Claims[2] || got.Claims[9].Code != "suicide" {
		t.Errorf("claims %+v", got.Claims)
	}
	if n := len(got.Hours.Weekly); n != 12 || got.Hours.Weekly[n-1] != (directory.Range{Day: time.Sunday, Span: directory.Span{From: 540, To: 600}}) || got.Fees.Max != 9550 {
		t.Errorf("hours %+v, fees %+v", got.Hours.Weekly, got.Fees)
	}
	sent.Set("claims[9999].term", "topic:suicide")
	if got, _, _ := readListing(sent, l); len(got.Claims) > maxRows {
		t.Errorf("%d claims of a made-up row", len(got.Claims))
	}
}

// TestEveryFaultFindsItsField: what Validate and the form itself complain about leads to a field of the form, or at the
// least to a group.
func TestEveryFaultFindsItsField(t *testing.T) {
	view := &editView{Note: inputView{Name: "note"}}
	l := directorytest.Sample(1)
	for _, g := range formGroups {
		x := groupView{ID: "g-" + g.name}
		named := func(fields []formField) (all []inputView) {
			for _, f := range fields {
				all = append(all, inputView{Name: f.path})
			}
			return all
		}
		if g.list == nil {
			x.Inputs = named(g.fields(l))
		} else {
			for _, row := range g.list.rows(l) {
				x.Rows = append(x.Rows, rowView{Inputs: named(row)})
			}
		}
		view.Groups = append(view.Groups, x)
	}
	for path, want := range map[string]string{
		"name": "name", "claims[3]": "claims[3].term", "claims[3].source": "claims[3].source", "claims[2].value": "claims[2].value",
		"hours.weekly[2].day": "hours.weekly", "hours.exceptions[0].date": "hours.exceptions", "channels[1].hours.weekly[0]": "channels[1].hours.weekly",
		"sites[0].point": "sites[0].lat", "sites[0].lng": "sites[0].lng", "sites[0].coverage.divisions[1]": "sites[0].coverage.divisions",
		"languages[0]": "languages", "channels[0].languages[2]": "channels[0].languages", "coverage.areas[0].ring": "coverage.areas",
		"fees.min": "fees.min", "accepting.as_of": "accepting.as_of", "note": "note", "archived_reason": "archived_reason",
	} {
		if in := view.find(path); in == nil || in.Name != want {
			t.Errorf("%s leads to %+v, want %s", path, in, want)
		}
	}
	for _, path := range []string{"channels", "sources", "coverage", "claims"} {
		if view.group(path) != "g-"+path {
			t.Errorf("%s leads to group %q", path, view.group(path))
		}
	}
}

func TestMends(t *testing.T) {
	for path, want := range map[string]string{
		"name": "name", "sites[0].name": "text", "channels[0].number": "number", "claims[1]": "term", "claims[1].at": "day", "hours.weekly[0]": "hours",
		"hours.note": "text", "fees.note": "text", "note": "note", "sources[0].note": "text", "sources[0].url": "address", "description": "text", "channels": "channels",
	} {
		if got := mend(path); got != want {
			t.Errorf("mend(%s) = %s, want %s", path, got, want)
		}
	}
}

func FuzzReadHours(f *testing.F) {
	f.Add("mo-fr 09:00-17:00\nsa 18:00-26:00", "2026-12-25 closed Christmas\n2026-12-31 09:00-12:00,13:00-14:00 half day")
	f.Add("lu,mi 9:0-1:5; do 24:00-47:59", "2026-02-30 - x")
	f.Fuzz(func(t *testing.T, weekly, exceptions string) {
		if all, err := readWeekly(weekly); err == nil {
			again, err := readWeekly(weeklyText(all))
			if err != nil || !reflect.DeepEqual(all, again) {
				t.Errorf("%q: %v, then %v, %v", weekly, all, again, err)
			}
		}
		if all, err := readExceptions(exceptions); err == nil {
			again, err := readExceptions(exceptionsText(all))
			if err != nil || fmt.Sprint(days(all)) != fmt.Sprint(days(again)) {
				t.Errorf("%q: %v, then %v, %v", exceptions, all, again, err)
			}
		}
	})
}

func days(all []directory.Exception) (said []string) {
	for _, x := range all {
		said = append(said, x.Date.String()+fmt.Sprint(x.Spans))
	}
	return said
}
