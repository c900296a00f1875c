// Package carefinder reads and writes Carefinder's own two formats: JSON Lines, one document a line, and CSV, one row
// a listing for people with a spreadsheet.
//
// The rule to know: neither loses anything. What is written and read again is the same listing, and a row that is
// broken costs only itself. The JSON is that of the package document. The CSV has a column for each member of that
// document that is plain text, a number or a flag, named as errors name it ("accepting.as_of"); languages stand
// between semicolons, and lists of structured parts (sites, channels, claims, …) are JSON in their cell.
//
// Start reading with Read; columns.go is the CSV's format, column by column.
package carefinder

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/exchange"
	"carefinder/internal/fault"
)

// Format is one of the two ways to write listings.
type Format string

// The formats.
const (
	JSONL Format = "jsonl"
	CSV   Format = "csv"
)

// FormatOf tells the format of a file by its name's ending, or else by its first bytes: a document begins with a
// brace. Either may be empty.
func FormatOf(name string, head []byte) Format {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jsonl", ".ndjson", ".json":
		return JSONL
	case ".csv":
		return CSV
	}
	if bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte(bom)), " \t\r\n"), []byte("{")) {
		return JSONL
	}
	return CSV
}

// bom is the byte order mark some programs put before UTF-8.
const bom = "\ufeff"

// MaxRow bounds a row, in bytes: nothing a person would write comes near, and a file without line ends must not fill
// the memory.
const MaxRow = 1 << 20

// Read gives the rows of r. name is the file's, or empty; the format is told from it or from r's first bytes.
func Read(name string, r io.Reader) exchange.Rows {
	in := bufio.NewReaderSize(r, 64<<10)
	head, _ := in.Peek(512) // an error will come again when the rows are read
	if FormatOf(name, head) == CSV {
		return readCSV(in)
	}
	return readJSONL(in)
}

// Write writes all to w and gives how many listings it wrote. It refuses demonstration listings: exchange.Outgoing
// leaves them out.
func Write(w io.Writer, f Format, all exchange.Listings) (int, error) {
	out := bufio.NewWriterSize(w, 64<<10)
	write := jsonLine
	if f == CSV {
		write = csvLine
		if _, err := out.WriteString(csvHeader()); err != nil {
			return 0, err
		}
	}
	n := 0
	for l, err := range all {
		if err != nil {
			return n, err
		}
		if l.Demonstration {
			return n, fault.New(fault.Invalid, fmt.Sprintf("%s is a demonstration: made-up listings are never exported.", l.Name))
		}
		line, err := write(l)
		if err != nil {
			return n, fmt.Errorf("listing %s: %w", l.ID, err)
		}
		if _, err := out.Write(line); err != nil {
			return n, err
		}
		n++
	}
	return n, out.Flush()
}

func jsonLine(l *directory.Listing) ([]byte, error) {
	line, err := document.Encode(l)
	return append(line, '\n'), err
}

// readJSONL gives the rows of JSON Lines. Empty lines are passed over.
func readJSONL(in *bufio.Reader) exchange.Rows {
	return func(yield func(exchange.Row, error) bool) {
		for line, err := range lines(in) {
			if err != nil {
				yield(exchange.Row{}, err)
				return
			}
			text := strings.TrimSpace(line.text)
			if text == "" && line.err == nil {
				continue
			}
			row := exchange.Row{Line: line.number, Err: line.err}
			if row.Err == nil {
				row = decode(line.number, []byte(text))
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// decode makes a row of a document. One without an id gets that of its first source's name and key, so that whoever
// makes a file need not invent ids.
func decode(line int, text []byte) exchange.Row {
	row := exchange.Row{Line: line}
	var head struct {
		ID      *json.RawMessage `json:"id"`
		Name    string           `json:"name"`
		Sources []struct {
			Name string `json:"name"`
			Key  string `json:"key"`
		} `json:"sources"`
	}
	_ = json.Unmarshal(text, &head) // what is wrong is for Decode to say, better
	row.Key = clip(head.Name)
	if len(head.Sources) > 0 && head.Sources[0].Key != "" {
		row.Key = clip(head.Sources[0].Key)
		if head.ID == nil && bytes.HasPrefix(text, []byte("{")) {
			id := directory.ImportedID(head.Sources[0].Name, head.Sources[0].Key)
			text = fmt.Appendf(nil, `{"id":%q,%s`, id, text[1:])
		}
	}
	row.Listing, row.Err = document.Decode(text)
	return row
}

// clip bounds what a report repeats of a file.
func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), directory.MaxName)], "") }
