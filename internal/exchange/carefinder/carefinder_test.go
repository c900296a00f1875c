package carefinder_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/exchange"
	"carefinder/internal/exchange/carefinder"
	"carefinder/internal/fault"
	"carefinder/seed"
)

var update = flag.Bool("update", false, "write the golden files anew")

func formats() []carefinder.Format { return []carefinder.Format{carefinder.JSONL, carefinder.CSV} }

func each(all ...*directory.Listing) exchange.Listings {
	return func(yield func(*directory.Listing, error) bool) {
		for _, l := range all {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// read gives the rows of a file, which must be readable to its end.
func read(t interface {
	Helper()
	Fatalf(string, ...any)
}, name, file string,
) []exchange.Row {
	t.Helper()
	var rows []exchange.Row
	for row, err := range carefinder.Read(name, strings.NewReader(file)) {
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		rows = append(rows, row)
	}
	return rows
}

func write(t *testing.T, f carefinder.Format, all ...*directory.Listing) string {
	t.Helper()
	var b bytes.Buffer
	if n, err := carefinder.Write(&b, f, each(all...)); err != nil || n != len(all) {
		t.Fatalf("wrote %d listings: %v", n, err)
	}
	return b.String()
}

// TestNothingIsLost writes any listings the domain allows and reads them again.
func TestNothingIsLost(t *testing.T) {
	v := directorytest.Vocabulary()
	for _, f := range formats() {
		t.Run(string(f), rapid.MakeCheck(func(t *rapid.T) {
			all := rapid.SliceOfN(directorytest.Listings(v), 0, 3).Draw(t, "listings")
			for _, l := range all {
				l.Demonstration = false
			}
			var b bytes.Buffer
			if _, err := carefinder.Write(&b, f, each(all...)); err != nil {
				t.Fatalf("write: %v", err)
			}
			var got []*directory.Listing
			for _, row := range read(t, "", b.String()) {
				if row.Err != nil {
					t.Fatalf("line %d: %v", row.Line, row.Err)
				}
				got = append(got, row.Listing)
			}
			if diff := cmp.Diff(all, got); len(all) > 0 && diff != "" {
				t.Fatalf("what was read differs (-written +read):\n%s\nfile:\n%s", diff, b.String())
			}
		}))
	}
}

func TestGolden(t *testing.T) {
	for _, f := range formats() {
		file := "testdata/listings." + string(f)
		got := write(t, f, directorytest.Sample(1), directorytest.Confidential(2))
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
}

// startsFormula reports whether a spreadsheet may run a cell: by its first character, as OWASP lists them.
func startsFormula(cell string) bool {
	return cell != "" && strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", []rune(cell)[0])
}

// safe writes a listing, wants no cell that a spreadsheet runs, and reads it again.
func safe(t interface {
	Helper()
	Fatalf(string, ...any)
}, l *directory.Listing,
) *directory.Listing {
	t.Helper()
	var b bytes.Buffer
	if _, err := carefinder.Write(&b, carefinder.CSV, each(l)); err != nil {
		t.Fatalf("write: %v", err)
	}
	table, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatalf("not CSV: %v", err)
	}
	for _, row := range table {
		for _, cell := range row {
			if startsFormula(cell) {
				t.Fatalf("the cell %q begins with a formula", cell)
			}
		}
	}
	for part := range strings.FieldsFuncSeq(b.String(), func(c rune) bool { return strings.ContainsRune(";\r\n", c) }) {
		if startsFormula(strings.TrimLeft(part, `"`)) {
			t.Fatalf("divided by semicolons, the cell %q begins with a formula", part)
		}
	}
	rows := read(t, "x.csv", b.String())
	if len(rows) != 1 || rows[0].Err != nil {
		t.Fatalf("%+v", rows)
	}
	return rows[0].Listing
}

// TestNoCellIsAFormula: a spreadsheet runs a cell that begins with one of these, and a number to call begins like that.
func TestNoCellIsAFormula(t *testing.T) {
	for _, text := range []string{
		"=1+1", "+1 617 555 0100", "+16175550100", "-x", "@SUM(A1)", "\tx", "\nx", "'", "''", "'=1", "'twas", "plain", `"=1"`,
		"\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "'\uff1d", "<b>&amp;</b>", ",;\"\n=1",
		"Call us;=HYPERLINK(A1)", "Call us\n+1 617 555 0100", "\n=1", ";\t1", ";\uff1d1", "a;'=1\n''b;'twas\n\n'", `a;"=1"`, `a;'"=1"`, "a;\n;=1", ";'",
	} {
		l := directorytest.Sample(1)
		l.Name, l.Description, l.Referral.Fax = text, text, text
		l.Channels[0].Number, l.Sites[0].Address.Street = text, text
		if diff := cmp.Diff(l, safe(t, l)); diff != "" {
			t.Errorf("%q came back differently:\n%s", text, diff)
		}
	}
}

// FuzzNoCellIsAFormula holds any text in every column of text to the same.
func FuzzNoCellIsAFormula(f *testing.F) {
	for _, text := range []string{"=cmd|' /C calc'!A0", "+16175550100", "'-", "\uff1d1", "\t", "''", "a;=1", "a\n'+1;\"-1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := directorytest.Sample(1)
		l.Name, l.Organization, l.Description, l.Audience = "A"+text, text, text, text
		l.Accepting.Wait, l.Fees.Note, l.Sites[0].Name = text, text, text
		if l.Validate(directorytest.Vocabulary()) != nil {
			return // no listing holds it
		}
		if diff := cmp.Diff(l, safe(t, l)); diff != "" {
			t.Fatalf("came back differently:\n%s", diff)
		}
	})
}

func TestDemonstrationsAreNeverWritten(t *testing.T) {
	l := directorytest.Sample(1)
	l.Demonstration = true
	for _, f := range formats() {
		var b bytes.Buffer
		if _, err := carefinder.Write(&b, f, each(l)); !fault.Is(err, fault.Invalid) || strings.Contains(b.String(), l.Name) {
			t.Errorf("%s: a demonstration was written: %v", f, err)
		}
	}
}

// TestBrokenRowsCostOnlyThemselves puts something broken between two good rows.
func TestBrokenRowsCostOnlyThemselves(t *testing.T) {
	one, two := directorytest.Sample(1), directorytest.Sample(2)
	two.Description = "Two\nlines"
	csv := strings.SplitAfterN(write(t, carefinder.CSV, one), "\n", 2)
	header, first := csv[0], csv[1]
	second := strings.SplitAfterN(write(t, carefinder.CSV, two), "\n", 2)[1]
	long := strings.Repeat("x", carefinder.MaxRow+1)
	for _, c := range []struct {
		name, file string
		good, bad  []int // lines
	}{
		{"x.jsonl", write(t, carefinder.JSONL, one) + "{\n" + write(t, carefinder.JSONL, two), []int{1, 3}, []int{2}},
		{"x.jsonl", write(t, carefinder.JSONL, one) + long + "\n" + write(t, carefinder.JSONL, two), []int{1, 3}, []int{2}},
		{"x.jsonl", "\ufeff" + write(t, carefinder.JSONL, one) + "\r\n\n" + write(t, carefinder.JSONL, two) + "\xff", []int{1, 4}, []int{5}},
		{"x.csv", header + first + "a,b,c\n" + second, []int{2, 4}, []int{3}},
		{"x.csv", header + first + long + "\n" + second, []int{2, 4}, []int{3}},
		{"x.csv", header + first + "a forgotten \" quote\n" + second, []int{2, 4}, []int{3}},
		{"x.csv", header + strings.Replace(first, ",", ",\"", 1) + second + first, []int{3, 5}, []int{2}},
		{"x.csv", "\ufeff" + header + "\n" + strings.Repeat(",", strings.Count(header, ",")) + "\r\n" + first + second, []int{4, 5}, nil},
		{"x.csv", header + first + "\xff" + second[1:] + second, []int{2, 5}, []int{3, 4}},
	} {
		var good, bad []int
		for _, row := range read(t, c.name, c.file) {
			switch {
			case row.Err == nil:
				good = append(good, row.Line)
			case fault.Is(row.Err, fault.Invalid):
				bad = append(bad, row.Line)
			default:
				t.Errorf("line %d: %v is not the row's fault", row.Line, row.Err)
			}
		}
		if diff := cmp.Diff([][]int{c.good, c.bad}, [][]int{good, bad}); diff != "" {
			t.Errorf("%s %.80q: good and bad lines (-want +got):\n%s", c.name, c.file, diff)
		}
	}
}

// TestManyBrokenRowsAfterAQuote: a quote nobody closes has many lines wait, and what each of them costs does not grow with
// how many others do.
func TestManyBrokenRowsAfterAQuote(t *testing.T) {
	const lines = 20_000
	file := strings.SplitAfterN(write(t, carefinder.CSV), "\n", 2)[0] + "a \"\n" + strings.Repeat("a\n", lines)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows := read(t, "x.csv", file)
	runtime.ReadMemStats(&after)
	if len(rows) != lines+1 || rows[lines].Line != lines+2 {
		t.Errorf("%d rows", len(rows))
	}
	if each := (after.TotalAlloc - before.TotalAlloc) / lines; each > 40_000 {
		t.Errorf("%d bytes for each line", each)
	}
}

// TestRowsNameTheirFields: one reading tells every mistake.
func TestRowsNameTheirFields(t *testing.T) {
	file := "name,Kind,status,priority,demonstration,sites,fees.min\nA,helpline,published,first,maybe,[,x\n"
	rows := read(t, "", file)
	var e *fault.Error
	if len(rows) != 1 || !errors.As(rows[0].Err, &e) {
		t.Fatalf("rows are %+v", rows)
	}
	var names []string
	for _, f := range e.Fields {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff([]string{"priority", "demonstration", "sites", "fees.min"}, names); diff != "" {
		t.Errorf("faulty fields (-want +got):\n%s", diff)
	}
}

func TestHeaderMustNameColumns(t *testing.T) {
	for file, want := range map[string]string{
		"a,b\n":                        "kind",
		"kind,status,name,prioritty\n": "prioritty",
		"kind,status,name,name\n":      "name",
		"kind,status,\"name\n":         "",
	} {
		var got error
		for _, err := range carefinder.Read("x.csv", strings.NewReader(file)) {
			got = err
		}
		if !fault.Is(got, fault.Invalid) || !strings.Contains(got.Error(), want) {
			t.Errorf("header %q gives %v", file, got)
		}
	}
}

// TestIDsFromSources: a row made elsewhere has no id but its own key, and always meets the same listing.
func TestIDsFromSources(t *testing.T) {
	want := directory.ImportedID("Example clinics", "17")
	for name, file := range map[string]string{
		"x.jsonl": `{"kind":"center","status":"draft","name":"A","sources":[{"name":"Example clinics","key":"17"}]}`,
		"x.csv":   "kind,status,name,sources\ncenter,draft,A,\"[{\"\"name\"\":\"\"Example clinics\"\",\"\"key\"\":\"\"17\"\"}]\"\n",
	} {
		rows := read(t, name, file)
		if len(rows) != 1 || rows[0].Err != nil || rows[0].Listing.ID != want || rows[0].Key != "17" {
			t.Errorf("%s: rows are %+v", name, rows)
		}
	}
	if rows := read(t, "x.jsonl", `{"kind":"center","status":"draft","name":"A"}`); rows[0].Err == nil {
		t.Error("a row with neither id nor key was read")
	}
}

func TestFormatOf(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       carefinder.Format
	}{
		{"a.csv", "{", carefinder.CSV},
		{"a.JSONL", "id,", carefinder.JSONL},
		{"", "\ufeff\n {", carefinder.JSONL},
		{"-", "id,kind", carefinder.CSV},
	} {
		if got := carefinder.FormatOf(c.name, []byte(c.head)); got != c.want {
			t.Errorf("FormatOf(%q, %q) = %s, want %s", c.name, c.head, got, c.want)
		}
	}
}

func TestBrokenStreamEndsTheRows(t *testing.T) {
	lost := errors.New("disk gone")
	for _, f := range formats() {
		file := write(t, f, directorytest.Sample(1))
		r := io.MultiReader(strings.NewReader(file), iotest.ErrReader(lost))
		good, last := 0, error(nil)
		for row, err := range carefinder.Read("x."+string(f), r) {
			if err == nil && row.Err == nil {
				good++
			}
			last = err
		}
		if good != 1 || !errors.Is(last, lost) {
			t.Errorf("%s: %d good rows, then %v", f, good, last)
		}
	}
}

func FuzzReadJSONL(f *testing.F) {
	seedFuzz(f, carefinder.JSONL)
	f.Add("{}\n{\"id\":1}\n\xff")
	f.Fuzz(func(t *testing.T, file string) { fuzz(t, carefinder.JSONL, file) })
}

func FuzzReadCSV(f *testing.F) {
	seedFuzz(f, carefinder.CSV)
	f.Add("kind,status,name\nhelpline,draft,\"x\n")
	f.Add("kind,status,name,sources\n'=a,'','\"\"\",[]\n")
	f.Fuzz(func(t *testing.T, file string) { fuzz(t, carefinder.CSV, file) })
}

func seedFuzz(f *testing.F, format carefinder.Format) {
	var b bytes.Buffer
	if _, err := carefinder.Write(&b, format, each(directorytest.Sample(1), directorytest.Sample(2))); err != nil {
		f.Fatal(err)
	}
	f.Add(b.String())
	f.Add("")
}

// fuzz proves that reading never panics, that lines count up, and that what was read is a listing that can be written
// and read again.
func fuzz(t *testing.T, f carefinder.Format, file string) {
	last := 0
	for row, err := range carefinder.Read("x."+string(f), strings.NewReader(file)) {
		if err != nil {
			return
		}
		if row.Line <= last {
			t.Fatalf("line %d comes after line %d", row.Line, last)
		}
		last = row.Line
		if (row.Err == nil) != (row.Listing != nil) || row.Err != nil && !fault.Is(row.Err, fault.Invalid) {
			t.Fatalf("row %+v", row)
		}
		if row.Listing == nil || row.Listing.Demonstration || row.Listing.Validate(directorytest.Vocabulary()) != nil {
			continue
		}
		again := read(t, "x."+string(f), write(t, f, row.Listing))
		if diff := cmp.Diff(row.Listing, again[0].Listing); diff != "" {
			t.Fatalf("written and read again it differs:\n%s", diff)
		}
	}
}

// TestRealListingsComeBack does with the seed what a backup does.
func TestRealListingsComeBack(t *testing.T) {
	all, err := seed.Listings(directorytest.Epoch())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formats() {
		rows := read(t, "", write(t, f, all...))
		got := make([]*directory.Listing, len(rows))
		for i, row := range rows {
			got[i] = row.Listing
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("%s: what was read differs (-written +read):\n%s", f, diff)
		}
	}
}
