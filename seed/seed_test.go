package seed_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/directory"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
	"carefinder/seed"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func listings(t *testing.T) []*directory.Listing {
	t.Helper()
	all, err := seed.Listings(now)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// table reads a table of the seed as it lies on disk, without the code under test.
func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		r := map[string]string{}
		for i, cell := range record {
			r[records[0][i]] = cell
		}
		rows = append(rows, r)
	}
	return rows
}

func byKey(t *testing.T) map[string]*directory.Listing {
	t.Helper()
	all := map[string]*directory.Listing{}
	for _, l := range listings(t) {
		for _, s := range l.Sources {
			if s.Key != "" {
				all[s.Key] = l
			}
		}
	}
	return all
}

func TestEveryListingKeepsTheRules(t *testing.T) {
	v, err := seed.Vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	b, err := seed.Blocklist()
	if err != nil {
		t.Fatal(err)
	}
	desk := directory.NewDesk(nil, v, b)
	ids := map[directory.ID]string{}
	for _, l := range listings(t) {
		if err := desk.Check(l); err != nil {
			t.Errorf("%s: %v", l.Name, err)
		}
		if other := ids[l.ID]; other != "" {
			t.Errorf("%s and %s have one ID", other, l.Name)
		}
		ids[l.ID] = l.Name
		if l.Demonstration || !l.Verification.At.IsZero() || l.Accepting.Status != directory.AcceptingUnknown {
			t.Errorf("%s says what nobody stated", l.Name)
		}
		for _, c := range l.Claims {
			if c.Value != directory.Yes || c.Source == "" {
				t.Errorf("%s: claim %+v is not a yes with a source", l.Name, c)
			}
		}
		if _, err := directory.Zone(l.Hours.Zone); l.Hours.Known() && err != nil {
			t.Errorf("%s: %v", l.Name, err)
		}
	}
}

// TestEveryRowIsThere counts against the tables: nothing is lost, and nothing unconfirmed is published.
func TestEveryRowIsThere(t *testing.T) {
	all := byKey(t)
	published, left := 0, []string{}
	for _, r := range table(t, "helplines.csv") {
		l := all[r["id"]]
		if l == nil {
			left = append(left, r["id"])
			continue
		}
		if (l.Status == directory.Published) != (r["readiness"] == "publish") {
			t.Errorf("%s is %s, its row says %s", r["id"], l.Status, r["readiness"])
		}
		if l.Status == directory.Published {
			published++
			if r["confirmed"] != "2" {
				t.Errorf("%s is published, and %s source confirms its number", r["id"], r["confirmed"])
			}
		}
	}
	if want := []string{"au-griefline", "pa-169"}; !slices.Equal(left, want) {
		t.Errorf("left out %q, want only the drafts on the blocklist, %q", left, want)
	}
	if published != 201 {
		t.Errorf("%d helplines are published, want 201", published)
	}
	for _, name := range []string{"centers.csv", "programs.csv"} {
		for _, r := range table(t, name) {
			l := all[r["id"]]
			if l == nil {
				t.Errorf("%s is missing", r["id"])
				continue
			}
			if (l.Status == directory.Published) != (r["readiness"] == "publish") {
				t.Errorf("%s is %s, its row says %s", r["id"], l.Status, r["readiness"])
			}
			for _, s := range strings.Split(r["services"], ";") {
				if !l.Has(directory.Treatment, s) && !l.Has(directory.Modality, s) {
					t.Errorf("%s does not claim %s", r["id"], s)
				}
			}
		}
	}
}

func Test988(t *testing.T) {
	all := byKey(t)
	l := all["us-988-lifeline"]
	main, spanish := l.Channels[0], l.Channels[1]
	if main.URI() != "tel:988" || main.Menu != "" || !slices.Equal(main.Languages, []string{"en"}) {
		t.Errorf("its first channel is %+v", main)
	}
	if spanish.URI() != "tel:988" || spanish.Menu != "press 2" || !slices.Equal(spanish.Languages, []string{"es"}) {
		t.Errorf("its Spanish channel is %+v", spanish)
	}
	if text := l.Channels[2]; text.Medium != directory.Text || text.URI() != "sms:988" {
		t.Errorf("its text channel is %+v", text)
	}
	if v := all["us-veterans-crisis-line"].Channels[0]; v.Number != "988" || v.Menu != "press 1" {
		t.Errorf("the Veterans Crisis Line is called by %+v", v)
	}
	for _, other := range all {
		if other != l && other.Kind == directory.Helpline && slices.Contains(other.Reach().Countries, "US") && other.Priority <= l.Priority {
			t.Errorf("%s (%d) comes before 988 (%d)", other.Name, other.Priority, l.Priority)
		}
	}
	if l.Priority != 1 || l.OpenAt(now) != directory.Open {
		t.Errorf("988 has priority %d and is %v", l.Priority, l.OpenAt(now))
	}
}

// TestFirstLines is the list of lines a country is told of first: a change of it is a change of what people in
// danger read.
func TestFirstLines(t *testing.T) {
	var lines []string
	for _, l := range listings(t) {
		if l.Kind == directory.Helpline && l.Priority == 1 {
			lines = append(lines, fmt.Sprintf("%s\t%s\t%s\n", strings.Join(l.Coverage.Countries, ","), l.Channels[0].Number, l.Name))
			if l.Status != directory.Published {
				t.Errorf("%s is first and not published", l.Name)
			}
		}
	}
	slices.Sort(lines)
	golden(t, "testdata/first_lines.tsv", strings.Join(lines, ""))
}

// TestMerged lists which rows became one listing.
func TestMerged(t *testing.T) {
	var b strings.Builder
	for _, l := range listings(t) {
		var keys []string
		for _, s := range l.Sources {
			if s.Key != "" {
				keys = append(keys, s.Key)
			}
		}
		if len(keys) > 1 {
			fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", l.Name, l.Kind, l.Sites[0].Address.City, strings.Join(keys, " "))
		}
	}
	golden(t, "testdata/merged.tsv", b.String())
	if diff := cmp.Diff(listings(t), listings(t)); diff != "" {
		t.Errorf("a second reading differs:\n%s", diff)
	}
}

func TestMergedListingKeepsEverySource(t *testing.T) {
	l := byKey(t)["butler-young-adult-partial"]
	if l.Name != "Butler Hospital" || l.Kind != directory.Center || len(l.Sites) != 1 || l.Sites[0].Precision != "campus" {
		t.Fatalf("Butler Hospital is %s, %s, at %+v", l.Name, l.Kind, l.Sites)
	}
	sources := map[string]string{}
	for _, c := range l.Claims {
		sources[c.Code] = c.Source
	}
	for code, part := range map[string]string{"tms": "transcranial", "ect": "Electroconvulsive", "dbt": "CBT-Treatment", "young-adult": "young-adult"} {
		if !strings.Contains(sources[code], part) {
			t.Errorf("%s is claimed by %q", code, sources[code])
		}
	}
	for number, label := range map[string]string{"+14014556632": "TMS Clinic", "+14014556426": "Electroconvulsive Therapy Program", "+14014556270": "Hospital switchboard"} {
		if !slices.ContainsFunc(l.Channels, func(c directory.Channel) bool { return c.Number == number && c.Label == label }) {
			t.Errorf("%s is not labelled %s", number, label)
		}
	}
}

// TestNumbers looks at every number as it would be dialled.
func TestNumbers(t *testing.T) {
	blocked := map[string]string{}
	for _, r := range table(t, "blocklist.csv") {
		if n := directory.Digits(r["number"]); n != "" && !strings.Contains(r["status"], "stays") {
			blocked[r["country"]+" "+strings.TrimPrefix(n, "+")] = r["service"]
		}
	}
	published := map[string]bool{} // text numbers that two sources confirm
	for _, r := range table(t, "helplines.csv") {
		published[r["id"]] = r["sms_readiness"] == "publish"
	}
	for _, l := range listings(t) {
		for _, c := range l.Channels {
			n := strings.TrimPrefix(directory.Digits(c.Number), "+")
			for _, country := range l.Coverage.Countries {
				if s := blocked[country+" "+n]; s != "" {
					t.Errorf("%s offers %s, the number of %s", l.Name, n, s)
				}
			}
			if c.Medium == directory.Text && !published[l.Sources[0].Key] {
				t.Errorf("%s offers a text number nobody confirmed", l.Name)
			}
			if strings.HasPrefix(c.Number, "+") && len(n) < 9 {
				t.Errorf("%s: %s is a short code with a country's prefix", l.Name, c.Number)
			}
		}
		for number, service := range blocked {
			_, number, _ = strings.Cut(number, " ")
			if len(number) > 4 && strings.Contains(strings.Map(digit, l.Description), number) {
				t.Errorf("%s speaks of %s, the number of %s", l.Name, number, service)
			}
		}
	}
}

func digit(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// TestNumbersAreTheTables compares every number and address offered with the row it is from, and every row with what is
// offered: none is lost, changed, or another service's.
func TestNumbersAreTheTables(t *testing.T) {
	all := byKey(t)
	want, got := map[string][]string{}, map[string][]string{} // by the listing's ID
	offer := func(to map[string][]string, id string, m directory.Medium, contact, keyword string) {
		if line := strings.Join([]string{string(m), contact, keyword}, " "); contact != "" && !slices.Contains(to[id], line) {
			to[id] = append(to[id], line)
		}
	}
	for _, name := range []string{"helplines.csv", "centers.csv", "programs.csv"} {
		for _, r := range table(t, name) {
			l := all[r["id"]]
			if l == nil {
				continue // TestEveryRowIsThere says which may be missing
			}
			id := l.ID.String()
			offer(want, id, directory.Voice, r["phone"], "")
			offer(want, id, directory.Voice, r["facility_phone"], "")
			offer(want, id, directory.TTY, r["tty"], "")
			offer(want, id, directory.Chat, r["chat_url"], "")
			offer(want, id, directory.Web, r["website"], "")
			if r["sms_readiness"] == "publish" {
				offer(want, id, directory.Text, r["sms_number"], r["sms_keyword"])
			}
			for _, c := range l.Channels {
				offer(got, id, c.Medium, c.Number+c.Address, c.Keyword)
			}
		}
	}
	for _, contacts := range []map[string][]string{want, got} {
		for _, c := range contacts {
			slices.Sort(c)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("contacts of the rows (-) and of the listings (+):\n%s", diff)
	}
}

// TestEveryListingHasAPlace proves that a question about a place can find every published listing.
func TestEveryListingHasAPlace(t *testing.T) {
	for _, l := range listings(t) {
		if l.Status == directory.Published && l.Remote() && l.Reach().IsZero() {
			t.Errorf("%s is nowhere", l.Name)
		}
	}
	if got := byKey(t)["chi-health-ect"].Reach().Divisions; !slices.Equal(got, []string{"US-NE"}) {
		t.Errorf("CHI Health, of which only the state is known, serves %q", got)
	}
}

// TestMenusAreStated proves that every key to press is one the collected note or name speaks of.
func TestMenusAreStated(t *testing.T) {
	for _, r := range table(t, "helplines.csv") {
		for _, digit := range strings.Split(strings.Map(digit, r["menu"]), "") {
			if digit != "" && !strings.Contains(r["note"], digit) {
				t.Errorf("%s: menu %q is not in the note %q", r["id"], r["menu"], r["note"])
			}
		}
	}
}

// TestLinesAreFoundByHowTheyAreReached proves that a question for help by phone, by text or for nothing finds the lines of
// which the table says so, and no other.
func TestLinesAreFoundByHowTheyAreReached(t *testing.T) {
	all := byKey(t)
	for _, r := range table(t, "helplines.csv") {
		l := all[r["id"]]
		if l == nil {
			continue // made one with another row
		}
		text := r["sms_number"] != "" && r["sms_readiness"] == "publish" || r["chat_url"] != ""
		for code, want := range map[string]bool{"phone": r["phone"] != "", "chat": text, "video": false, "in-person": false} {
			if got := l.Claimed(directory.Delivery, code) == directory.Yes; got != want {
				t.Errorf("%s by %s is %v, want %v", r["id"], code, got, want)
			}
		}
		if got := l.Fees.Free == directory.Yes; got != (r["cost"] == "free" && !strings.Contains(r["topics"], "police-emergency")) {
			t.Errorf("%s free is %v, and its cost %q", r["id"], got, r["cost"])
		}
	}
}

func TestUnconfirmedHoursAreUnknown(t *testing.T) {
	all := byKey(t)
	if l := all["us-psi-helpline"]; l.OpenAt(now) != directory.HoursUnknown {
		t.Errorf("no source gives hours for %s, and it is %v", l.Name, l.OpenAt(now))
	}
	kids := all["ca-kids-help-phone"]
	for _, c := range kids.Channels {
		want := directory.HoursUnknown
		if c.Medium.Dialled() {
			want = directory.Open
		}
		if got := kids.HoursOf(c).OpenAt(now); got != want {
			t.Errorf("Kids Help Phone's %s is %v, want %v", c.Medium, got, want)
		}
	}
	dk := all["dk-livslinien"] // 11:00-05:00
	for clock, want := range map[string]directory.Openness{"03:30": directory.Open, "06:00": directory.Closed, "12:00": directory.Open} {
		at, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-24 "+clock, mustZone(t, "Europe/Copenhagen"))
		if err != nil {
			t.Fatal(err)
		}
		if got := dk.OpenAt(at); got != want {
			t.Errorf("%s at %s is %v, want %v", dk.Name, clock, got, want)
		}
	}
}

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := directory.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestVocabulary(t *testing.T) {
	v, err := seed.Vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range directory.Facets() {
		if len(v.Terms(f)) == 0 {
			t.Errorf("%s has no terms", f)
		}
		for _, term := range v.Terms(f) {
			if term.Labels["en"] == "" || term.Labels["es"] == "" {
				t.Errorf("%s %s lacks a label", f, term.Code)
			}
		}
	}
	for _, term := range [][2]string{{"treatment", "trd-consult"}, {"insurance", "medicaid"}, {"delivery", "video"}, {"format", "inpatient"}, {"accessibility", "hearing-loop"}, {"language", "yue"}} {
		if v.Term(directory.Facet(term[0]), term[1]) == nil {
			t.Errorf("%s has no %s", term[0], term[1])
		}
	}
	if v.Term(directory.Insurance, "sliding-scale") != nil {
		t.Error("a sliding scale is a fee, not an insurance")
	}
}

func TestEmergencyNumbers(t *testing.T) {
	e, err := seed.Emergency()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(e.All()), len(table(t, "emergency.csv")); got != want {
		t.Errorf("%d countries, want %d", got, want)
	}
	us, _ := e.In("US")
	cl, _ := e.In("CL")
	if us.Number() != "911" || cl.Number() != "131" {
		t.Errorf("emergency numbers are %s and %s, want 911 and 131", us.Number(), cl.Number())
	}
}

func TestLoad(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t), store.Options{})
	n, err := seed.Load(t.Context(), s, now)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := s.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[directory.Status]int{}
	for _, l := range listings(t) {
		want[l.Status]++
	}
	if diff := cmp.Diff(want, counts); diff != "" || n != len(listings(t)) {
		t.Errorf("loaded %d listings; the store has (-want +got):\n%s", n, diff)
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got; go test -update writes it anew):\n%s", file, diff)
	}
}
