package document_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
)

var update = flag.Bool("update", false, "write the golden file anew")

func TestNothingIsLost(t *testing.T) {
	v := directorytest.Vocabulary()
	rapid.Check(t, func(t *rapid.T) {
		l := directorytest.Listings(v).Draw(t, "listing")
		b, err := document.Encode(l)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(b, "\r\n") {
			t.Fatalf("more than one line: %s", b)
		}
		for name, decode := range map[string]func([]byte) (*directory.Listing, error){"Decode": document.Decode, "DecodeStored": document.DecodeStored} {
			got, err := decode(b)
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, b)
			}
			if diff := cmp.Diff(l, got); diff != "" {
				t.Fatalf("%s (-want +got):\n%s\n%s", name, diff, b)
			}
		}
	})
}

// everything is a listing with every member of the format.
func everything() *directory.Listing {
	l := directorytest.Confidential(7)
	at := directorytest.Epoch()
	l.Kind, l.Status, l.ArchivedReason, l.ReplacedBy = directory.Helpline, directory.Archived, "closed in May 2026", directory.ImportedID("sample", "8")
	l.Audience, l.Priority, l.Demonstration, l.Revision, l.UpdatedAt = "veterans", 2, true, 3, at.Add(1500*time.Microsecond)
	l.Coverage = directory.Coverage{Countries: []string{"US"}, Divisions: []string{"CA-QC"}}
	l.Sites[0].Coverage.Areas = []orb.Polygon{{{{-71, 42}, {-70, 42}, {-70, 43}, {-71, 42}}}}
	l.Channels[0].Extension, l.Channels[0].Menu, l.Channels[0].Label, l.Channels[0].Anonymous = "12", "press 1", "switchboard", directory.No
	l.Channels[0].Hours = directory.Hours{AlwaysOpen: true}
	l.Channels = append(l.Channels, directory.Channel{Medium: directory.Text, Number: "741741", Keyword: "HOME", Cost: directory.CostFree})
	l.Hours.Weekly = append(l.Hours.Weekly, directory.Range{Day: time.Saturday, Span: directory.Span{From: 18 * 60, To: 26 * 60}})
	l.Hours.Exceptions = []directory.Exception{
		{Date: directory.Date{Year: 2026, Month: 12, Day: 25}, Note: "Christmas"},
		{Date: directory.Date{Year: 2026, Month: 12, Day: 31}, Spans: []directory.Span{{From: 9 * 60, To: 12*60 + 5}}},
	}
	l.Hours.Note = "by appointment"
	l.Claims = append(l.Claims, directory.Claim{Facet: directory.Treatment, Code: "ect", Value: directory.No, Source: "phone call", By: "curator", At: at},
		directory.Claim{Facet: directory.Topic, Code: "suicide"})
	l.Accepting.Wait = "6 to 8 weeks"
	l.Fees.Free, l.Fees.Note = directory.No, "training clinic"
	l.Referral = directory.Referral{Self: directory.Yes, Clinician: directory.No, FormURL: "https://example.org/form", Fax: "+16175550100", Send: "a letter"}
	l.Identifiers = []directory.Identifier{{Scheme: directory.NPI, Value: "1234567893"}}
	l.Sources[0].Note = "as stated by the program's page"
	return l
}

func TestFormat(t *testing.T) {
	b, err := document.Encode(everything())
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, b, "", "\t"); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	golden := filepath.Join("testdata", "listing.json")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the format changed, and with it every stored document (-want +got):\n%s", diff)
	}
	l, err := document.Decode(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everything(), l); diff != "" {
		t.Errorf("golden file reads differently (-want +got):\n%s", diff)
	}
}

const minimal = `"id":"0190b5d2-7c1e-7a3f-8f00-3c5d9e1a2b4c","kind":"helpline","status":"draft","name":"N"`

func TestDecodeNamesEveryFault(t *testing.T) {
	tests := []struct {
		name, json string
		want       []string
	}{
		{"unknown member, with the one meant", `{` + minimal + `,"organisation":"O"}`, []string{"organisation"}},
		{"unknown deep down", `{` + minimal + `,"sites":[{"adress":{"x":[1,{"y":2}]}}]}`, []string{"sites[0].adress"}},
		{"several at once", `{` + minimal + `,"a":1,"hours":{"b":[]},"channels":[{"medium":"voice"},{"c":{}}]}`, []string{"a", "hours.b", "channels[1].c", "channels[1].medium"}},
		{"upper case is another name", `{` + minimal + `,"Audience":"x"}`, []string{"Audience"}},
		{"twice", `{` + minimal + `,"name":"M"}`, []string{"name"}},
		{"missing", `{"kind":"helpline"}`, []string{"id", "status", "name"}},
		{"null", `{` + minimal + `,"audience":null,"sites":null}`, []string{"audience", "sites"}},
		{"wrong forms", `{` + minimal + `,"audience":7,"sites":{},"priority":1.5,"revision":"3","demonstration":1}`, []string{"audience", "sites", "priority", "revision", "demonstration"}},
		{"half a point", `{` + minimal + `,"sites":[{"point":{"lng":5}}]}`, []string{"sites[0].point.lat"}},
		{"a huge number", `{` + minimal + `,"sites":[{"point":{"lat":1e999,"lng":5}}]}`, []string{"sites[0].point.lat"}},
		{"three numbers a position", `{` + minimal + `,"coverage":{"areas":[{"type":"Polygon","coordinates":[[[1,2,3]]]}]}}`, []string{"coverage.areas[0].coordinates[0][0]"}},
		{"another geometry", `{` + minimal + `,"coverage":{"areas":[{"type":"Circle","coordinates":[]}]}}`, []string{"coverage.areas[0].type"}},
		{"bad values", `{` + minimal + `,"updated_at":"yesterday","fees":{"free":"maybe"},"verification":{"due":"2026-05-01"}}`, []string{"updated_at", "fees.free", "verification.due"}},
		{"form and value together", `{` + minimal + `,"x":1,"referral":{"self":"perhaps"}}`, []string{"x", "referral.self"}},
		{
			"bad hours", `{` + minimal + `,"hours":{"weekly":[{"day":"Monday","from":"9:00","to":"26:60"}],"exceptions":[{"date":"2026-02-30"}]}}`,
			[]string{"hours.weekly[0].day", "hours.weekly[0].from", "hours.weekly[0].to", "hours.exceptions[0].date"},
		},
		{
			"bad channel hours", `{` + minimal + `,"channels":[{"medium":"voice","hours":{"exceptions":[{"date":"2026-02-03","spans":[{"from":"0a:00","to":"48:00"}]}]}}]}`,
			[]string{"channels[0].hours.exceptions[0].spans[0].from", "channels[0].hours.exceptions[0].spans[0].to"},
		},
		{"bad claims", `{` + minimal + `,"claims":[{"at":"x","yes":["modality:cbt","cbt"]}]}`, []string{"claims[0].at", "claims[0].yes[1]"}},
		{"bad ids", `{"id":"7","kind":"k","status":"s","name":"n","replaced_by":"8"}`, []string{"id", "replaced_by"}},
		{"negative revision", `{` + minimal + `,"revision":-1}`, []string{"revision"}},
		{"not an object", `[]`, []string{"listing"}},
		{"a word", `"x"`, []string{"listing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := document.Decode([]byte(tt.json))
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Invalid {
				t.Fatalf("got %v, want fault.Invalid", err)
			}
			var got []string
			for _, x := range f.Fields {
				got = append(got, x.Name)
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("fields (-want +got):\n%s\n%v", diff, err)
			}
		})
	}
}

func TestDecodeRefusesWhatIsNoDocument(t *testing.T) {
	for _, s := range []string{``, ` `, `{`, `{"id":}`, `{` + minimal + `}{}`, `{` + minimal + `} x`, `{` + minimal + "\xff" + `}`, "{" + strings.Replace(minimal, `"N"`, "\"\xff\"", 1) + "}", strings.Repeat("[", 100_000)} {
		if _, err := document.Decode([]byte(s)); !fault.Is(err, fault.Invalid) {
			t.Errorf("Decode(%.40q) = %v, want fault.Invalid", s, err)
		}
	}
}

func TestSuggestsTheMemberMeant(t *testing.T) {
	_, err := document.Decode([]byte(`{` + minimal + `,"organisation":"O"}`))
	var f *fault.Error
	if !errors.As(err, &f) || !slices.Contains(f.Fields[0].Suggestions, "organization") {
		t.Errorf("got %v, want a suggestion of organization", err)
	}
}

func TestStoredDocumentOfANewerProgramIsRead(t *testing.T) {
	b := []byte(`{` + minimal + `,"aura":{"colour":"blue"}}`)
	if l, err := document.DecodeStored(b); err != nil || l.Name != "N" {
		t.Errorf("DecodeStored = %v, %v", l, err)
	}
	if _, err := document.DecodeStored([]byte(`{` + minimal + `,"updated_at":"yesterday"}`)); err == nil {
		t.Error("a damaged document was read")
	}
}

func TestTimesWithAnOffsetBecomeUTC(t *testing.T) {
	l, err := document.Decode([]byte(`{` + minimal + `,"updated_at":"2026-05-04T05:30:00-04:00"}`))
	if err != nil || l.UpdatedAt != directorytest.Epoch() {
		t.Errorf("got %v, %v", l, err)
	}
}

func TestEncodeRefusesWhatTheFormatCantSay(t *testing.T) {
	tests := map[string]func(*directory.Listing){
		"weekday":     func(l *directory.Listing) { l.Hours.Weekly[0].Day = 9 },
		"minute":      func(l *directory.Listing) { l.Hours.Weekly[0].From = -1 },
		"date":        func(l *directory.Listing) { l.Hours.Exceptions = []directory.Exception{{}} },
		"answer":      func(l *directory.Listing) { l.Fees.Free = 7 },
		"claim":       func(l *directory.Listing) { l.Claims[0].Value = -1 },
		"facet":       func(l *directory.Listing) { l.Claims[0].Facet = "a:b" },
		"not UTF-8":   func(l *directory.Listing) { l.Sites[0].Address.City = "\xff" },
		"far future":  func(l *directory.Listing) { l.UpdatedAt = time.Date(12_000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"not a point": func(l *directory.Listing) { l.Sites[0].Point[0] /= 0 * l.Sites[0].Point[1] },
	}
	for name, spoil := range tests {
		l := directorytest.Sample(1)
		spoil(l)
		if b, err := document.Encode(l); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %s, %v, want fault.Invalid", name, b, err)
		}
	}
}

// FuzzSyntax holds the reader against encoding/json: both must agree on what is JSON at all.
func FuzzSyntax(f *testing.F) {
	for _, s := range []string{
		`{}`, `[1,]`, `{"a":1,}`, `[1 2]`, `{"a" 1}`, `-`, `01`, `1.`, `.5`, `1e+5`, `+1`, `"\u12"`, `"\x"`, "\"\t\"", `nul`, `nulll`, `[[],{}]`,
		`{"a":[1,{"b":"\ud800"}]}`, `"\\`, `{,}`, `[,]`, `{"id":"\u0041"}`, ` {"kind" : "x" } `, `{"x":truefalse}`, `-0`, `1e999`, "\u00a0{}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !utf8.Valid(b) || bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) > 150 {
			return
		}
		// Every refusal of a document names fields; only what is no JSON is refused without.
		_, err := document.Decode(b)
		var e *fault.Error
		syntax := errors.As(err, &e) && len(e.Fields) == 0
		if syntax == json.Valid(b) {
			t.Errorf("%q: json.Valid %v, but %v", b, json.Valid(b), err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	b, err := document.Encode(everything())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{` + minimal + `}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := document.Decode(b)
		if err != nil {
			return
		}
		again, err := document.Encode(l)
		if err != nil {
			t.Fatalf("read but not written: %v\n%q", err, b)
		}
		m, err := document.Decode(again)
		if err != nil {
			t.Fatalf("written but not read: %v\n%s", err, again)
		}
		if diff := cmp.Diff(l, m); diff != "" {
			t.Fatal(diff)
		}
	})
}

func BenchmarkDecodeStored(b *testing.B) { benchmarkDecode(b, document.DecodeStored) }
func BenchmarkDecode(b *testing.B)       { benchmarkDecode(b, document.Decode) }

func benchmarkDecode(b *testing.B, decode func([]byte) (*directory.Listing, error)) {
	doc, err := document.Encode(directorytest.Sample(1))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	l := directorytest.Sample(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := document.Encode(l); err != nil {
			b.Fatal(err)
		}
	}
}
