package document

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// reader fills a wire type from JSON. It stands in for encoding/json, which stops at the first unknown member, passes
// over members that stand twice, are null or differ in case, and cuts positions with a number too many: a person who
// wrote a file by hand needs to hear of all of that. It is also several times quicker, and an index rebuild reads a
// million documents.
type reader struct {
	b      []byte
	i      int
	strict bool // unknown members are faults
	depth  int
	trail  trail
	bad    fault.Fields
	noted  map[string]bool // the fields in bad
}

// maxDepth is more than the format and less than a stack can bear.
const maxDepth = 200

// anything is the form of an unknown member's value: any at all.
var anything = &form{kind: reflect.Invalid, length: -1}

// document reads the one value that b should be. Its error means that this is not JSON; what is wrong with the members
// is in r.bad.
func (r *reader) document(f *form, v reflect.Value) error {
	if err := r.value(f, v); err != nil {
		return err
	}
	if r.next() != 0 || r.i < len(r.b) {
		return r.broken("more follows after the listing")
	}
	return nil
}

// next passes over white space and gives the byte that follows, 0 at the end.
func (r *reader) next() byte {
	for ; r.i < len(r.b); r.i++ {
		switch c := r.b[r.i]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (r *reader) broken(what string) error {
	return fault.New(fault.Invalid, fmt.Sprintf("This is not JSON: %s (byte %d).", what, r.i+1))
}

// note finds fault with the member that is being read.
func (r *reader) note(message string, suggestions ...string) {
	if r.noted == nil {
		r.noted = map[string]bool{}
	}
	field := r.trail.String()
	r.noted[field] = true
	if field == "" {
		field = "listing"
	}
	r.bad.Add(field, message, suggestions...)
}

// expect finds fault with a value of another kind than f's, and says whether v may take it.
func (r *reader) expect(f *form, is bool) bool {
	if !is && f != anything {
		r.note("must be " + f.String())
	}
	return is
}

// value reads one value, which should have the form f, into v.
func (r *reader) value(f *form, v reflect.Value) error {
	switch c := r.next(); {
	case c == '{':
		if !r.expect(f, f.kind == reflect.Struct) {
			f = anything
		}
		return r.nested(r.object, f, v)
	case c == '[':
		if !r.expect(f, f.elem != nil) {
			f = anything
		}
		return r.nested(r.list, f, v)
	case c == '"':
		s, err := r.text()
		if err == nil && r.expect(f, f.kind == reflect.String) {
			v.SetString(s)
		}
		return err
	case c == '-' || c >= '0' && c <= '9':
		return r.number(f, v)
	default:
		return r.literal(f, v)
	}
}

// nested reads an object or a list.
func (r *reader) nested(read func(*form, reflect.Value) error, f *form, v reflect.Value) error {
	if r.depth++; r.depth > maxDepth {
		return r.broken("it is nested too deeply")
	}
	r.i++
	err := read(f, v)
	r.depth--
	return err
}

// more reports whether another element or member follows, and passes over the comma, or over end when none does.
func (r *reader) more(first bool, end byte) (bool, error) {
	switch c := r.next(); {
	case c == end:
		r.i++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, r.broken(fmt.Sprintf("a comma or %c is missing", end))
	}
	r.i++
	if r.next() == end {
		return false, r.broken("nothing follows a comma")
	}
	return true, nil
}

func (r *reader) object(f *form, v reflect.Value) error {
	var seen uint64 // a bit a member
	last := -1
	for first := true; ; first = false {
		more, err := r.more(first, '}')
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if r.next() != '"' {
			return r.broken("a member's name is missing")
		}
		name, err := r.quoted()
		if err != nil {
			return err
		}
		if r.next() != ':' {
			return r.broken("a colon is missing")
		}
		r.i++
		last = f.find(name, last+1)
		if err := r.member(f, last, name, &seen, v); err != nil {
			return err
		}
	}
	for i, required := range f.required {
		if required && seen&(1<<i) == 0 {
			r.trail.down(f.members[i])
			r.note("is missing")
			r.trail.up()
		}
	}
	return nil
}

// member reads the value of f's i-th member, or of an unknown one when i is -1.
func (r *reader) member(f *form, i int, quoted []byte, seen *uint64, v reflect.Value) error {
	if i < 0 {
		if f != anything && r.strict {
			name := clip(unquote(quoted))
			r.trail.down(name)
			r.note("is not a member of the format", directory.Nearest(name, f.members)...)
			r.trail.up()
		}
		return r.value(anything, v)
	}
	r.trail.down(f.members[i])
	defer r.trail.up()
	if *seen&(1<<i) != 0 {
		r.note("stands twice")
	}
	*seen |= 1 << i
	return r.value(f.forms[i], v.Field(i))
}

func (r *reader) list(f *form, v reflect.Value) error {
	elem, n := anything, 0
	if f.elem != nil {
		elem = f.elem
	}
	for {
		more, err := r.more(n == 0, ']')
		if err != nil {
			return err
		}
		if !more {
			break
		}
		into, at := v, elem
		switch {
		case f.kind == reflect.Slice:
			v.Grow(1)
			v.SetLen(n + 1)
			into = v.Index(n)
		case n < f.length:
			into = v.Index(n)
		default:
			at = anything
		}
		r.trail.at(n)
		if err := r.value(at, into); err != nil {
			return err
		}
		r.trail.up()
		n++
	}
	if f.length >= 0 && n != f.length {
		r.note(fmt.Sprintf("must have %d numbers, not %d", f.length, n))
	}
	return nil
}

// quoted passes over a string and gives it with its quotes and escapes.
func (r *reader) quoted() ([]byte, error) {
	start := r.i
	for r.i++; r.i < len(r.b); r.i++ {
		switch c := r.b[r.i]; {
		case c == '"':
			r.i++
			return r.b[start:r.i], nil
		case c == '\\':
			r.i++
		case c < ' ':
			return nil, r.broken("a control character stands in a text")
		}
	}
	return nil, r.broken("a text does not end")
}

func (r *reader) text() (string, error) {
	start := r.i
	q, err := r.quoted()
	if err != nil {
		return "", err
	}
	if !slices.Contains(q, '\\') {
		return string(q[1 : len(q)-1]), nil
	}
	var s string
	if json.Unmarshal(q, &s) != nil {
		r.i = start
		return "", r.broken("a text holds an unknown escape")
	}
	return s, nil
}

// unquote gives the text of a member's name, for people.
func unquote(q []byte) string {
	var s string
	if json.Unmarshal(q, &s) != nil || s == "" {
		return string(q)
	}
	return s
}

func (r *reader) number(f *form, v reflect.Value) error {
	start := r.i
	for r.i < len(r.b) && strings.IndexByte("+-.0123456789Ee", r.b[r.i]) >= 0 {
		r.i++
	}
	s := string(r.b[start:r.i])
	if !json.Valid(r.b[start:r.i]) {
		r.i = start
		return r.broken("a number is malformed")
	}
	switch f.kind {
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(s, 10, f.bits)
		if r.expect(f, err == nil) {
			v.SetInt(n)
		}
	case reflect.Float64:
		x, err := strconv.ParseFloat(s, 64)
		if r.expect(f, err == nil) {
			v.SetFloat(x)
		}
	default:
		r.expect(f, false)
	}
	return nil
}

func (r *reader) literal(f *form, v reflect.Value) error {
	for _, word := range []string{"true", "false", "null"} {
		if len(r.b)-r.i < len(word) || string(r.b[r.i:r.i+len(word)]) != word {
			continue
		}
		r.i += len(word)
		switch {
		case word == "null" && f != anything:
			r.note("is null: leave it out instead")
		case r.expect(f, f.kind == reflect.Bool):
			v.SetBool(word == "true")
		}
		return nil
	}
	if r.i >= len(r.b) {
		return r.broken("it ends too early")
	}
	return r.broken("a value is missing")
}

// clip bounds a name that is echoed.
func clip(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "")
	}
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}
