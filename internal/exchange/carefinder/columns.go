package carefinder

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
)

// form says how a cell holds its member of the document.
type form int

const (
	text   form = iota // as it is
	number             // a whole number
	flag               // true or false
	list               // words between semicolons
	parts              // JSON
)

// column is one column of the CSV and the member of the document it holds, with a dot for a member of a member.
type column struct {
	name string
	form form
}

// columns are the CSV's, in the order they are written. A file may have them in any order and leave any out but the
// ones every listing needs.
var columns = []column{
	{"id", text},
	{"kind", text},
	{"status", text},
	{"name", text},
	{"organization", text},
	{"description", text},
	{"languages", list},
	{"audience", text},
	{"accepting.status", text},
	{"accepting.as_of", text},
	{"accepting.wait", text},
	{"accepting.source", text},
	{"fees.free", text},
	{"fees.sliding_scale", text},
	{"fees.min", number},
	{"fees.max", number},
	{"fees.currency", text},
	{"fees.note", text},
	{"referral.self", text},
	{"referral.clinician", text},
	{"referral.form_url", text},
	{"referral.fax", text},
	{"referral.send", text},
	{"verification.at", text},
	{"verification.by", text},
	{"verification.method", text},
	{"verification.due", text},
	{"sites", parts},
	{"coverage", parts},
	{"channels", parts},
	{"hours", parts},
	{"claims", parts},
	{"identifiers", parts},
	{"sources", parts},
	{"archived_reason", text},
	{"replaced_by", text},
	{"priority", number},
	{"demonstration", flag},
	{"revision", number},
	{"updated_at", text},
}

// needed are the columns without which no row can be a listing.
func needed() []string { return []string{"kind", "status", "name"} }

func columnNames() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// parseHeader finds the column of each cell of the header row.
func parseHeader(cells []string) ([]column, error) {
	var bad fault.Fields
	found := make([]column, len(cells))
	for i, cell := range cells {
		name := strings.ToLower(strings.TrimSpace(unguard(cell)))
		at := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		switch {
		case at < 0:
			bad.Add(clip(name), "is not a column of this format", directory.Nearest(name, columnNames())...)
			continue
		case slices.Contains(found[:i], columns[at]):
			bad.Add(name, "stands twice in the header")
		}
		found[i] = columns[at]
	}
	for _, name := range needed() {
		if !slices.ContainsFunc(found, func(c column) bool { return c.name == name }) {
			bad.Add(name, "is missing from the header")
		}
	}
	return found, bad.Err("The first line does not name the columns.")
}

// members is a JSON object taken apart.
type members map[string]json.RawMessage

// cells writes l as one cell for each column.
func cells(l *directory.Listing) ([]string, error) {
	doc, err := document.Encode(l)
	if err != nil {
		return nil, err
	}
	var top members
	if err := json.Unmarshal(doc, &top); err != nil {
		return nil, err
	}
	inner := map[string]members{}
	out := make([]string, len(columns))
	for i, c := range columns {
		from, name := top, c.name
		if outer, member, nested := strings.Cut(c.name, "."); nested {
			if inner[outer] == nil && top[outer] != nil {
				var m members
				if err := json.Unmarshal(top[outer], &m); err != nil {
					return nil, err
				}
				inner[outer] = m
			}
			from, name = inner[outer], member
		}
		if out[i], err = c.cell(from[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return out, nil
}

func (c column) cell(value json.RawMessage) (string, error) {
	if value == nil {
		return "", nil
	}
	switch c.form {
	case text:
		var s string
		err := json.Unmarshal(value, &s)
		return s, err
	case list:
		var words []string
		err := json.Unmarshal(value, &words)
		return strings.Join(words, ";"), err
	}
	return string(value), nil
}

// assemble makes the document of a row. Empty cells are members left out.
func assemble(header []column, row []string) ([]byte, error) {
	var bad fault.Fields
	doc, inner := members{}, map[string]members{}
	for i, c := range header {
		if row[i] == "" {
			continue
		}
		value, wrong := c.value(row[i])
		if wrong != "" {
			bad.Add(c.name, wrong)
			continue
		}
		outer, name, nested := strings.Cut(c.name, ".")
		if !nested {
			doc[outer] = value
			continue
		}
		if inner[outer] == nil {
			inner[outer] = members{}
		}
		inner[outer][name] = value
	}
	if err := bad.Err("This row can't be read."); err != nil {
		return nil, err
	}
	for outer, m := range inner {
		b, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		doc[outer] = b
	}
	return json.Marshal(doc)
}

// value reads a cell, or says what is wrong with it. The words and numbers themselves are for the document to judge.
func (c column) value(cell string) (value json.RawMessage, wrong string) {
	switch c.form {
	case number:
		n, err := strconv.ParseInt(cell, 10, 64)
		if err != nil {
			return nil, "must be a whole number"
		}
		return strconv.AppendInt(nil, n, 10), "" // written anew: JSON allows no leading zero or plus
	case flag:
		b, err := strconv.ParseBool(strings.ToLower(cell))
		if err != nil {
			return nil, "must be true or false"
		}
		return strconv.AppendBool(nil, b), ""
	case list:
		words := strings.Split(cell, ";")
		for i, w := range words {
			words[i] = strings.TrimSpace(w)
		}
		return quote(words), ""
	case parts:
		if !json.Valid([]byte(cell)) {
			return nil, "is not JSON"
		}
		return json.RawMessage(cell), ""
	}
	return quote(cell), ""
}

func quote(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil { // text and lists of text always marshal
		panic(err)
	}
	return b
}
