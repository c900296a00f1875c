package demo_test

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/demo"
	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/geo"
	"carefinder/seed"
)

var update = flag.Bool("update", false, "write the golden file anew")

func known(t testing.TB) (*geo.Gazetteer, *directory.Vocabulary) {
	t.Helper()
	g, err := seed.Gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	v, err := seed.Vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	return g, v
}

func TestGolden(t *testing.T) {
	g, v := known(t)
	var b strings.Builder
	for l := range demo.Listings(1, 3, g, v) {
		line, err := document.Encode(l)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	const file = "testdata/first.jsonl"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("the first listings (-want +got; go test -update writes them anew):\n%s", diff)
	}
}

// TestListingDependsOnItsIndexAlone: neither how many are made nor who asks before changes one.
func TestListingDependsOnItsIndexAlone(t *testing.T) {
	g, v := known(t)
	few, many := slices.Collect(demo.Listings(7, 50, g, v)), slices.Collect(demo.Listings(7, 500, g, v))
	if diff := cmp.Diff(few, many[:50]); diff != "" {
		t.Errorf("the first 50 of 500 differ:\n%s", diff)
	}
	other := slices.Collect(demo.Listings(8, 50, g, v))
	for i := range few {
		if few[i].ID == other[i].ID {
			t.Fatalf("listing %d of two seeds has one ID", i)
		}
	}
}

func TestEveryListingIsValidAndMadeUp(t *testing.T) {
	g, v := known(t)
	fictional := regexp.MustCompile(`^\+1[2-9]\d\d55501\d\d$`)
	ids := map[directory.ID]bool{}
	for l := range demo.Listings(1, 20_000, g, v) {
		if err := l.Validate(v); err != nil {
			t.Fatalf("%s: %v", l.Name, err)
		}
		if ids[l.ID] {
			t.Fatalf("%s has the ID of another", l.Name)
		}
		ids[l.ID] = true
		if !l.Demonstration || !strings.HasPrefix(l.Name, "Demonstration ") || !strings.HasPrefix(l.Description, "Made up to try the program with.") {
			t.Fatalf("%q does not say that it is made up", l.Name)
		}
		for _, c := range l.Channels {
			if c.Medium.Dialled() && !fictional.MatchString(c.Number) {
				t.Fatalf("%s has the number %s, which may be someone's", l.Name, c.Number)
			}
			if !c.Medium.Dialled() && !strings.Contains(c.Address, "example.org") {
				t.Fatalf("%s has the address %s, which may be someone's", l.Name, c.Address)
			}
		}
		if len(l.Identifiers) > 0 {
			t.Fatalf("%s has an identifier", l.Name)
		}
	}
}

// TestEveryFilterFindsSome looks at what a person can filter by among the 2,000 demonstrations of a first try.
func TestEveryFilterFindsSome(t *testing.T) {
	g, v := known(t)
	found := map[string]int{}
	for l := range demo.Listings(1, 2000, g, v) {
		found[string(l.Kind)]++
		found["accepting "+string(l.Accepting.Status)]++
		found["sliding "+l.Fees.SlidingScale.String()]++
		found["free "+l.Fees.Free.String()]++
		found["country "+country(l)]++
		if len(l.Sites) == 2 {
			found["two sites"]++
		}
		if l.Remote() {
			found["remote"]++
		}
		if l.Verification.At.IsZero() {
			found["never verified"]++
		}
		for _, c := range l.Claims {
			found[string(c.Facet)+":"+c.Code+" "+c.Value.String()]++
		}
	}
	for _, want := range []string{
		"therapist", "prescriber", "center", "program", "support-group", "online-service", "accepting ", "accepting yes", "accepting no", "accepting waitlist",
		"sliding yes", "sliding no", "sliding unknown", "free yes", "two sites", "remote", "never verified", "country abroad",
		"modality:cbt yes", "modality:dbt yes", "modality:interpersonal yes", "modality:psychodynamic yes", "treatment:tms yes", "treatment:ect yes",
		"insurance:medicaid yes", "insurance:medicaid no", "language:es yes", "age:teen yes", "population:veterans yes", "format:couples yes",
		"delivery:video yes", "accessibility:wheelchair yes", "accessibility:wheelchair no", "credential:lcsw yes", "credential:pmhnp yes",
	} {
		if found[want] == 0 {
			t.Errorf("2,000 listings have none with %q", want)
		}
	}
	if got := found["country abroad"]; got > 120 {
		t.Errorf("%d of 2,000 are abroad", got)
	}
}

func country(l *directory.Listing) string {
	for _, s := range l.Sites {
		if s.Address.Country != "US" {
			return "abroad"
		}
	}
	return "home"
}

func BenchmarkListings(b *testing.B) {
	g, v := known(b)
	b.ReportAllocs()
	for b.Loop() {
		for range demo.Listings(1, 100_000, g, v) {
			_ = 0
		}
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "listings/s")
}
