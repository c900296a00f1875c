package carefinder

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"unicode/utf8"

	"carefinder/internal/directory"
	"carefinder/internal/exchange"
	"carefinder/internal/fault"
)

// formula are the first characters that make a spreadsheet run a cell instead of showing it, and their full-width forms,
// which some take for the same.
const formula = "=+-@\t\r\n＝＋－＠"

func runs(cell string) bool {
	first, size := utf8.DecodeRuneInString(cell)
	return size > 0 && strings.ContainsRune(formula, first)
}

// breaks are where a cell falls apart for a spreadsheet that divides cells by semicolons, as in Spain: it heeds no quotes
// inside a cell, so that the end of a line there begins a row.
const breaks = ";\r\n"

// starts reports whether a cell begins for some spreadsheet at i.
func starts(cell string, i int) bool { return i == 0 || strings.IndexByte(breaks, cell[i-1]) >= 0 }

// risky reports whether an apostrophe belongs before text, which a cell begins with or, if it is not the first, has behind
// a break: there a spreadsheet takes quotes away, and a break begins nothing but an empty row.
func risky(text string, first bool) bool {
	if strings.HasPrefix(text, "'") {
		return true
	}
	if first {
		return runs(text)
	}
	text = strings.TrimLeft(text, `"`)
	return runs(text) && strings.IndexByte(breaks, text[0]) < 0
}

// guard puts an apostrophe before all that a spreadsheet might run, and before an apostrophe that already stands there, so
// that unguard gives back every cell.
func guard(cell string) string {
	var b strings.Builder
	for i := range len(cell) {
		if starts(cell, i) && risky(cell[i:], i == 0) {
			b.WriteByte('\'')
		}
		b.WriteByte(cell[i])
	}
	return b.String()
}

// unguard takes off what guard put on, and leaves a person's own apostrophe as in 'twas.
func unguard(cell string) string {
	var b strings.Builder
	for i := range len(cell) {
		if cell[i] != '\'' || !starts(cell, i) || !risky(cell[i+1:], i == 0) {
			b.WriteByte(cell[i])
		}
	}
	return b.String()
}

func csvHeader() string { return strings.Join(columnNames(), ",") + "\n" }

func csvLine(l *directory.Listing) ([]byte, error) {
	row, err := cells(l)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for i, cell := range row {
		if strings.Contains(cell, "\r") { // every reader of CSV makes a line's end of it
			return nil, fault.New(fault.Invalid, columns[i].name+" holds a carriage return, which CSV can't keep.")
		}
		row[i] = guard(cell)
	}
	w := csv.NewWriter(&b)
	if err := w.Write(row); err != nil {
		return nil, err
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// readCSV gives the rows of a CSV file with a header row.
func readCSV(in *bufio.Reader) exchange.Rows {
	return func(yield func(exchange.Row, error) bool) {
		r, stop := newRecords(in)
		defer stop()
		head, err := r.next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err == nil {
			err = head.err
		}
		if err != nil {
			yield(exchange.Row{}, err)
			return
		}
		header, err := parseHeader(head.cells)
		if err != nil {
			yield(exchange.Row{}, err)
			return
		}
		r.width = len(header)
		for {
			rec, err := r.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(exchange.Row{}, err)
				return
			}
			if rec.err == nil && strings.Join(rec.cells, "") == "" {
				continue // spreadsheets add rows of nothing but commas
			}
			if !yield(rec.row(header), nil) {
				return
			}
		}
	}
}

// record is one row of a CSV file, in cells.
type record struct {
	line  int
	cells []string
	err   error // fault.Invalid
}

func (r record) row(header []column) exchange.Row {
	if r.err != nil {
		return exchange.Row{Line: r.line, Err: r.err}
	}
	for i := range r.cells {
		r.cells[i] = unguard(r.cells[i])
	}
	doc, err := assemble(header, r.cells)
	if err != nil {
		return exchange.Row{Line: r.line, Err: err}
	}
	return decode(r.line, doc)
}

// records splits a file into rows. A row may hold line ends between quotes, so one forgotten quote could swallow the
// rest of the file; it does not, see broken.
type records struct {
	lines   func() (line, error, bool)
	waiting []line
	width   int // cells in a row; 0 for any number
}

func newRecords(in *bufio.Reader) (r *records, stop func()) {
	next, stop := iter.Pull2(lines(in))
	return &records{lines: next}, stop
}

func (r *records) line() (line, error) {
	if len(r.waiting) > 0 {
		l := r.waiting[0]
		r.waiting = r.waiting[1:]
		return l, nil
	}
	l, err, ok := r.lines()
	if !ok {
		return line{}, io.EOF
	}
	return l, err
}

// next gives the next row that is not empty, or io.EOF.
func (r *records) next() (record, error) {
	for {
		l, err := r.line()
		if err != nil {
			return record{}, err
		}
		if l.err != nil {
			return record{line: l.number, err: l.err}, nil
		}
		if strings.TrimSpace(l.text) != "" {
			return r.from(l)
		}
	}
}

// from reads the row that begins with l.
func (r *records) from(l line) (record, error) {
	all, size := []line{l}, len(l.text)
	open := strings.Count(l.text, `"`)%2 == 1
	for open && size <= MaxRow {
		more, err := r.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return record{}, err
		}
		all = append(all, more)
		size += len(more.text)
		if more.err != nil {
			size = MaxRow + 1
		}
		open = open != (strings.Count(more.text, `"`)%2 == 1)
	}
	var text strings.Builder
	for _, l := range all {
		text.WriteString(l.text)
	}
	cells, err := r.parse(text.String(), size)
	if err != nil {
		return r.broken(all, err), nil
	}
	return record{line: l.number, cells: cells}, nil
}

func (r *records) parse(text string, size int) ([]string, error) {
	if size > MaxRow {
		return nil, fault.New(fault.Invalid, fmt.Sprintf("The row is longer than %d bytes; is a quote missing?", MaxRow))
	}
	if !utf8.ValidString(text) {
		return nil, fault.New(fault.Invalid, "The row is not valid UTF-8.")
	}
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord = -1
	cells, err := in.Read()
	var e *csv.ParseError
	switch {
	case errors.As(err, &e):
		return nil, fault.New(fault.Invalid, fmt.Sprintf("The row is not CSV: %v.", e.Err))
	case err != nil:
		return nil, fault.Wrap(fault.Invalid, "The row is not CSV.", err)
	case r.width > 0 && len(cells) != r.width:
		return nil, fault.New(fault.Invalid, fmt.Sprintf("The row has %d cells, not %d as the header.", len(cells), r.width))
	}
	return cells, nil
}

// beginning is how a row begins that was written with an id in the first column.
var beginning = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12},`)

// broken gives up the row that begins with the first of all, and reads on with the line that looks like another
// row's beginning, or else with the very next one.
func (r *records) broken(all []line, err error) record {
	rest := all[1:]
	for i, l := range rest {
		if beginning.MatchString(l.text) {
			rest = rest[i:]
			break
		}
	}
	if len(rest) > 0 { // or each line of a file of nothing else would copy all that wait
		r.waiting = append(rest[:len(rest):len(rest)], r.waiting...)
	}
	return record{line: all[0].number, err: err}
}
