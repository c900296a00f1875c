package web

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
)

// The form of a listing has a field for everything it says. A field's name is the path that Validate names it by, so
// that every fault finds its field. Each list ends in empty rows: what is written there is put in, and a row that is
// emptied, or marked, is taken out.

// formField is one field of the form of a listing.
type formField struct {
	path    string // within the listing, or within the element of a list
	label   string // of the message, below desk.listing.
	kind    string // line, area, choice, box, day or hidden
	at      any    // the part of the listing, for formText and readText
	choices []string
	family  string // of the messages that name the choices
	terms   bool   // suggests the vocabulary
}

// formGroup is some fields under one heading.
type formGroup struct {
	name   string
	fields func(l *directory.Listing) []formField
	list   formRows // nil: fields alone
}

// formRows is a list of a listing in a form.
type formRows interface {
	rows(l *directory.Listing) [][]formField // each element's, then those of empty rows
	blanks() int                             // how many those are
	read(l *directory.Listing, r *formReading)
}

// namesOf gives codes as texts.
func namesOf[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, x := range all {
		out[i] = string(x)
	}
	return out
}

var answers = []string{"unknown", "yes", "no"}

// formGroups are the parts of the form, in its order.
var formGroups = []formGroup{
	{name: "identity", fields: func(l *directory.Listing) []formField {
		return []formField{
			{path: "name", kind: "line", at: &l.Name},
			{path: "kind", kind: "choice", at: &l.Kind, choices: namesOf(directory.Kinds()), family: "kind."},
			{path: "organization", kind: "line", at: &l.Organization},
			{path: "description", kind: "area", at: &l.Description},
			{path: "languages", kind: "line", at: &l.Languages},
			{path: "audience", kind: "line", at: &l.Audience},
			{path: "priority", kind: "line", at: &l.Priority},
		}
	}},
	{name: "channels", list: formList[directory.Channel]{
		name: "channels", of: func(l *directory.Listing) *[]directory.Channel { return &l.Channels }, fields: channelFields, empty: 1,
		fresh: directory.Channel{Medium: directory.Voice},
	}},
	{name: "sites", list: formList[directory.Site]{
		name: "sites", of: func(l *directory.Listing) *[]directory.Site { return &l.Sites }, fields: siteFields, empty: 1,
	}},
	{name: "coverage", fields: func(l *directory.Listing) []formField { return coverageFields(&l.Coverage) }},
	{name: "hours", fields: func(l *directory.Listing) []formField { return hoursFields(&l.Hours) }},
	{name: "claims", list: formList[directory.Claim]{
		name: "claims", of: func(l *directory.Listing) *[]directory.Claim { return &l.Claims }, fields: claimFields, empty: 3,
		fresh: directory.Claim{Value: directory.Yes},
	}},
	{name: "accepting", fields: func(l *directory.Listing) []formField {
		return []formField{
			{path: "accepting.status", kind: "choice", at: &l.Accepting.Status, choices: []string{"", "yes", "no", "waitlist"}, family: "desk.accepting."},
			{path: "accepting.as_of", kind: "day", at: &l.Accepting.AsOf},
			{path: "accepting.wait", kind: "line", at: &l.Accepting.Wait},
			{path: "accepting.source", kind: "line", at: &l.Accepting.Source},
		}
	}},
	{name: "fees", fields: func(l *directory.Listing) []formField {
		f := &l.Fees
		return []formField{
			{path: "fees.free", kind: "choice", at: &f.Free, choices: answers, family: "desk.answer."},
			{path: "fees.sliding_scale", kind: "choice", at: &f.SlidingScale, choices: answers, family: "desk.answer."},
			{path: "fees.currency", kind: "line", at: &f.Currency}, // before the amounts, which are read in it
			{path: "fees.min", kind: "line", at: amount{&f.Min, &f.Currency}},
			{path: "fees.max", kind: "line", at: amount{&f.Max, &f.Currency}},
			{path: "fees.note", kind: "line", at: &f.Note},
		}
	}},
	{name: "referral", fields: func(l *directory.Listing) []formField {
		return []formField{
			{path: "referral.self", kind: "choice", at: &l.Referral.Self, choices: answers, family: "desk.answer."},
			{path: "referral.clinician", kind: "choice", at: &l.Referral.Clinician, choices: answers, family: "desk.answer."},
			{path: "referral.form_url", kind: "line", at: &l.Referral.FormURL},
			{path: "referral.fax", kind: "line", at: &l.Referral.Fax},
			{path: "referral.send", kind: "line", at: &l.Referral.Send},
		}
	}},
	{name: "identifiers", list: formList[directory.Identifier]{
		name: "identifiers", of: func(l *directory.Listing) *[]directory.Identifier { return &l.Identifiers }, empty: 1,
		fields: func(x *directory.Identifier) []formField {
			return []formField{{path: "scheme", kind: "line", at: &x.Scheme}, {path: "value", kind: "line", at: &x.Value}}
		},
	}},
	{name: "sources", list: formList[directory.Source]{
		name: "sources", of: func(l *directory.Listing) *[]directory.Source { return &l.Sources }, empty: 1,
		fields: func(x *directory.Source) []formField {
			return []formField{
				{path: "name", kind: "line", at: &x.Name},
				{path: "url", kind: "line", at: &x.URL},
				{path: "key", kind: "line", at: &x.Key},
				{path: "at", kind: "day", at: &x.At},
				{path: "note", kind: "line", at: &x.Note},
			}
		},
	}},
	{name: "status", fields: func(l *directory.Listing) []formField {
		return []formField{
			{path: "status", kind: "choice", at: &l.Status, choices: []string{"published", "archived"}, family: "desk.becomes."},
			{path: "archived_reason", kind: "line", at: &l.ArchivedReason},
			{path: "replaced_by", kind: "line", at: &l.ReplacedBy},
		}
	}},
}

func channelFields(c *directory.Channel) []formField {
	return append([]formField{
		{path: "medium", kind: "choice", at: &c.Medium, choices: namesOf(directory.Media()), family: "medium."},
		{path: "number", kind: "line", at: &c.Number},
		{path: "extension", kind: "line", at: &c.Extension},
		{path: "menu", kind: "line", at: &c.Menu},
		{path: "keyword", kind: "line", at: &c.Keyword},
		{path: "address", kind: "line", at: &c.Address},
		{path: "label", kind: "line", at: &c.Label},
		{path: "languages", kind: "line", at: &c.Languages},
		{path: "cost", kind: "choice", at: &c.Cost, choices: []string{"", "free", "toll"}, family: "desk.cost."},
		{path: "anonymous", kind: "choice", at: &c.Anonymous, choices: answers, family: "desk.answer."},
	}, hoursFields(&c.Hours)...)
}

func siteFields(s *directory.Site) []formField {
	precisions := []string{"", string(geo.Exact), string(geo.Campus), string(geo.Street), string(geo.Postal), string(geo.City)}
	return append([]formField{
		{path: "name", kind: "line", at: &s.Name},
		{path: "street", kind: "line", at: &s.Address.Street},
		{path: "city", kind: "line", at: &s.Address.City},
		{path: "division", kind: "line", at: &s.Address.Division},
		{path: "postal_code", kind: "line", at: &s.Address.PostalCode},
		{path: "country", kind: "line", at: &s.Address.Country},
		{path: "lat", kind: "line", at: coordinate{&s.Point[1]}},
		{path: "lng", kind: "line", at: coordinate{&s.Point[0]}},
		{path: "precision", kind: "choice", at: &s.Precision, choices: precisions, family: "desk.precision."},
		{path: "confidential", kind: "box", at: &s.Confidential},
	}, coverageFields(&s.Coverage)...)
}

func coverageFields(c *directory.Coverage) []formField {
	return []formField{
		{path: "coverage.countries", label: "coverage.countries", kind: "line", at: &c.Countries},
		{path: "coverage.divisions", label: "coverage.divisions", kind: "line", at: &c.Divisions},
		{path: "coverage.areas", label: "coverage.areas", kind: "area", at: &c.Areas},
	}
}

func hoursFields(h *directory.Hours) []formField {
	return []formField{
		{path: "hours.always_open", label: "hours.always_open", kind: "box", at: &h.AlwaysOpen},
		{path: "hours.weekly", label: "hours.weekly", kind: "area", at: &h.Weekly},
		{path: "hours.zone", label: "hours.zone", kind: "line", at: &h.Zone},
		{path: "hours.exceptions", label: "hours.exceptions", kind: "area", at: &h.Exceptions},
		{path: "hours.note", label: "hours.note", kind: "line", at: &h.Note},
	}
}

func claimFields(c *directory.Claim) []formField {
	return []formField{
		{path: "term", kind: "line", at: term{&c.Facet, &c.Code}, terms: true},
		{path: "value", kind: "choice", at: &c.Value, choices: []string{"yes", "no", "unknown"}, family: "desk.answer."},
		{path: "source", kind: "line", at: &c.Source},
		{path: "at", kind: "day", at: &c.At},
		{path: "by", kind: "hidden", at: &c.By},
	}
}

// formList is a formRows of elements of one type.
type formList[T any] struct {
	name   string
	of     func(*directory.Listing) *[]T
	fields func(*T) []formField
	empty  int // rows
	fresh  T   // what an empty row has chosen
}

func (f formList[T]) rows(l *directory.Listing) [][]formField {
	all := *f.of(l)
	var rows [][]formField
	for i := range len(all) + f.empty {
		x := new(T)
		*x = f.fresh
		if i < len(all) {
			x = &all[i]
		}
		rows = append(rows, f.at(i, x))
	}
	return rows
}

func (f formList[T]) blanks() int { return f.empty }

// at gives the fields of an element, with its place in their paths.
func (f formList[T]) at(i int, x *T) []formField {
	fields := f.fields(x)
	for j := range fields {
		if fields[j].label == "" {
			fields[j].label = f.name + "." + fields[j].path
		}
		fields[j].path = fmt.Sprintf("%s[%d].%s", f.name, i, fields[j].path)
	}
	return fields
}

// formReading is a form of a listing being read.
type formReading struct {
	sent  url.Values
	typed map[string]string // what can't be read, by the path it has in the listing
	bad   fault.Fields
}

// maxRows bounds the rows of a list that are read: some more than a listing may have, so that its fault is told.
const maxRows = directory.MaxParts + 10

var rowName = regexp.MustCompile(`^([a-z]+)\[(\d{1,4})\]\.`)

func (f formList[T]) read(l *directory.Listing, r *formReading) {
	n := 0
	for name := range r.sent {
		if m := rowName.FindStringSubmatch(name); m != nil && m[1] == f.name {
			i, _ := strconv.Atoi(m[2]) // digits
			n = min(max(n, i+1), maxRows)
		}
	}
	var all []T
	for i := range n {
		var x T
		row := f.at(i, &x)
		if r.sent.Get(fmt.Sprintf("%s[%d].remove", f.name, i)) != "" || r.blank(row) {
			continue
		}
		r.fields(row, f.at(len(all), &x))
		all = append(all, x)
	}
	*f.of(l) = all
}

// blank reports whether nothing is written in a row. What is chosen from a list is nothing written.
func (r *formReading) blank(row []formField) bool {
	return !slices.ContainsFunc(row, func(f formField) bool {
		written := f.kind == "line" || f.kind == "area" || f.kind == "day"
		return written && strings.TrimSpace(r.sent.Get(f.path)) != "" || f.kind == "box" && r.sent.Get(f.path) != ""
	})
}

// fields reads the fields that were sent by the names of row into those of to, the same at their place in the listing.
func (r *formReading) fields(row, to []formField) {
	for i, f := range row {
		text := strings.ToValidUTF8(strings.ReplaceAll(r.sent.Get(f.path), "\r\n", "\n"), "\uFFFD")
		if _, ok := r.sent[f.path]; !ok && f.kind != "box" {
			continue
		}
		if err := readText(f.reads(r.sent), text); err != nil {
			r.typed[to[i].path] = text
			r.bad.Add(to[i].path, err.Error())
		}
	}
}

// reads gives the part that a field is read into.
func (f formField) reads(sent url.Values) any {
	if at, ok := f.at.(*time.Time); ok {
		return dated{at, sent.Get(f.path + ".was")}
	}
	return f.at
}

// readListing reads a form over a listing: what the form has no field for stays. What can't be read is a fault, and is
// in typed, for the form to show again.
func readListing(sent url.Values, over *directory.Listing) (l *directory.Listing, typed map[string]string, err error) {
	l = over.Clone()
	r := &formReading{sent: sent, typed: map[string]string{}}
	for _, g := range formGroups {
		if g.list != nil {
			g.list.read(l, r)
			continue
		}
		fields := g.fields(l)
		r.fields(fields, fields)
	}
	return l, r.typed, r.bad.Err("This form can't be read.")
}
