// Package document is the one JSON form of a listing: what the store keeps and what a line of the JSON Lines exchange
// format holds.
//
// The rule to know: a document loses nothing. Decode(Encode(l)) is l, down to the order of its claims, so a file
// exported today and a row written years ago say exactly what the desk said. Members are snake_case and left out when
// empty; times are RFC 3339 in UTC, dates 2006-01-02, the clock 18:00 to 26:00, areas GeoJSON polygons.
//
// Start reading with wire.go, which is the format, member by member.
package document

import (
	"bytes"
	"encoding/json"
	"reflect"
	"unicode/utf8"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Encode writes l as one line of JSON, without the line's end. It fails only on what the format can't say, such as a
// weekday of 9 or text that is not UTF-8, none of which passes Validate.
func Encode(l *directory.Listing) ([]byte, error) {
	var e encoder
	w := e.listing(l)
	if err := e.bad.Err("This listing can't be written."); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false) // documents are read by programs and people, never pasted into a page
	if err := out.Encode(w); err != nil {
		return nil, fault.Wrap(fault.Invalid, "This listing can't be written.", err)
	}
	if replaced(b.Bytes()) {
		return nil, fault.New(fault.Invalid, "This listing can't be written: it holds text that is not valid UTF-8.")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// replaced reports whether the encoder met invalid UTF-8 and put the replacement character's escape in its place. The
// character itself it writes as it is, and the same six characters in a text follow an escaped backslash.
func replaced(b []byte) bool {
	mark := []byte(`\ufffd`)
	return bytes.Contains(b, mark) && bytes.Contains(bytes.ReplaceAll(b, []byte(`\\`), nil), mark)
}

// Decode reads a document from outside. It is strict: a member the format does not have, one that stands twice or is
// missing, a null, or a value of the wrong form is fault.Invalid, and the error names every such field of the document
// at once. Whether the values make a listing anyone may see is for Validate to say.
func Decode(b []byte) (*directory.Listing, error) {
	if !utf8.Valid(b) {
		return nil, fault.New(fault.Invalid, "This line is not valid UTF-8.")
	}
	return decode(&reader{b: b, strict: true})
}

// DecodeStored reads a document that Encode wrote. It passes over members it does not know: while servers are being
// replaced one by one, the older ones must go on showing what the newer ones have saved. An error means that the
// stored document is damaged.
func DecodeStored(b []byte) (*directory.Listing, error) { return decode(&reader{b: b}) }

func decode(r *reader) (*directory.Listing, error) {
	var w listing
	r.trail = make(trail, 0, 8)
	if err := r.document(format, reflect.ValueOf(&w).Elem()); err != nil {
		return nil, err
	}
	const message = "This is not a listing as Carefinder writes it."
	if r.noted[""] { // not even an object
		return nil, r.bad.Err(message)
	}
	d := decoder{trail: r.trail, bad: r.bad, noted: r.noted}
	l := d.listing(&w)
	if err := d.bad.Err(message); err != nil {
		return nil, err
	}
	return l, nil
}
