package seed

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"carefinder/internal/directory"
)

// row is one row of a table, by column.
type row map[string]string

// readTable reads a table and checks that it has the columns asked for, so that a renamed column is an error and not
// a listing without its number.
func readTable(name string, table []byte, columns ...string) ([]row, error) {
	records, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("seed: %s: %w", name, err)
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("seed: %s: is empty", name)
	}
	header := records[0]
	for _, c := range columns {
		if !slices.Contains(header, c) {
			return nil, fmt.Errorf("seed: %s: has no column %s", name, c)
		}
	}
	rows := make([]row, 0, len(records)-1)
	for _, record := range records[1:] {
		r := row{}
		for i, cell := range record {
			r[header[i]] = cell
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// list gives the parts of a cell between semicolons; nil for an empty one.
func (r row) list(column string) []string {
	if r[column] == "" {
		return nil
	}
	return strings.Split(r[column], ";")
}

// status gives a row two sources confirm to the public and keeps the others for the verification queue.
func (r row) status() directory.Status {
	if r["readiness"] == "publish" {
		return directory.Published
	}
	return directory.Draft
}

// host names the site of a link: "988lifeline.org".
func host(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// claims collects what one row states, each statement once.
type claims struct {
	source string
	all    []directory.Claim
}

func (c *claims) yes(f directory.Facet, codes ...string) {
	for _, code := range codes {
		if !slices.ContainsFunc(c.all, func(x directory.Claim) bool { return x.Facet == f && x.Code == code }) {
			c.all = append(c.all, directory.Claim{Facet: f, Code: code, Value: directory.Yes, Source: c.source, By: By, At: collected()})
		}
	}
}
