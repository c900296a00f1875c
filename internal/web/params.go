package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// param is one thing a request may ask: its name, what it means, and how it is read into a T. The tables of params
// drive the decoding of queries and bodies, the refusal of what is unknown, and the contract alike, so that the three
// can't disagree.
type param[T any] struct {
	name     string
	help     string
	schema   *huma.Schema // of one value
	example  any
	list     bool // may have several values, by repetition or commas
	required bool
	max      int // bytes of one value; 0 is maxValue
	// read takes one value into the request, or says what is wrong with it.
	read func(into *T, value string, bad complaint)
	// body, when set, takes the member of a JSON body instead; the param can't stand in a query.
	body func(into *T, raw []byte) error
}

// Bounds of a query.
const (
	maxValue  = 100 // bytes of an ordinary value
	maxValues = 50  // values of one list
)

// complaint says what is wrong with one param.
type complaint struct {
	name string
	bad  *fault.Fields
}

func (c complaint) say(message string, suggestions ...string) {
	c.bad.Add(c.name, message, suggestions...)
}

// table is all params of one route.
type table[T any] struct {
	params []param[T]
	byName map[string]int
}

func newTable[T any](params ...param[T]) *table[T] {
	t := &table[T]{params: params, byName: make(map[string]int, len(params))}
	for i, p := range params {
		t.byName[p.name] = i
	}
	return t
}

// without gives the table of all params but the named.
func (t *table[T]) without(names ...string) *table[T] {
	left := slices.Clone(t.params)
	return newTable(slices.DeleteFunc(left, func(p param[T]) bool { return slices.Contains(names, p.name) })...)
}

// and gives the table with more params.
func (t *table[T]) and(more ...param[T]) *table[T] {
	return newTable(append(slices.Clone(t.params), more...)...)
}

// query reads a raw query string. Every fault is reported at once; nothing is silently ignored.
func (t *table[T]) query(into *T, raw string) error {
	r := t.reader(into)
	for name, value := range pairs(raw, &r.bad) {
		r.take(name, value)
	}
	return r.end(true)
}

// form reads the query of a page: fields left empty and names the table doesn't know (a tracker's mark on a shared
// link) are passed over, because a person can't mend them. It leaves check to the caller.
func (t *table[T]) form(into *T, raw string) error {
	r := t.reader(into)
	for name, value := range pairs(raw, &r.bad) {
		if _, known := t.byName[name]; known && strings.TrimSpace(value) != "" {
			r.take(name, value)
		}
	}
	return r.end(false)
}

// pairs gives the names and values of a raw query string, noting what can't be unescaped.
func pairs(raw string, bad *fault.Fields) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for raw != "" {
			var piece string
			piece, raw, _ = strings.Cut(raw, "&")
			if piece == "" {
				continue
			}
			name, value, _ := strings.Cut(piece, "=")
			n, err := url.QueryUnescape(name)
			v, err2 := url.QueryUnescape(value)
			switch {
			case err != nil || !plain(n):
				bad.Add("query", "holds a parameter name that can't be read")
			case err2 != nil:
				bad.Add(clip(n), "holds a % that begins no escape: write %25 for the sign itself")
			case !yield(n, v):
				return
			}
		}
	}
}

// reader takes the values of one request.
type reader[T any] struct {
	*table[T]
	into  *T
	bad   fault.Fields
	times []int // how often each param was given
}

func (t *table[T]) reader(into *T) *reader[T] {
	return &reader[T]{table: t, into: into, times: make([]int, len(t.params))}
}

// take reads one occurrence of a param of a query.
func (r *reader[T]) take(name, value string) {
	i, ok := r.find(name, "parameter")
	if !ok {
		return
	}
	p := &r.params[i]
	if p.body != nil {
		r.bad.Add(name, "can't stand in an address: send it in the JSON body of POST /api/v1/listings/search")
		return
	}
	if !p.list {
		r.one(i, value)
		return
	}
	for more := true; more; {
		var item string
		item, value, more = strings.Cut(value, ",")
		r.one(i, strings.TrimSpace(item))
	}
}

// find looks a name up and notes one that is unknown, with what it may have meant.
func (r *reader[T]) find(name, what string) (int, bool) {
	i, ok := r.byName[name]
	if !ok {
		names := make([]string, len(r.params))
		for i, p := range r.params {
			names[i] = p.name
		}
		r.bad.Add(clip(name), "is not a "+what+" of this route", directory.Nearest(name, names)...)
	}
	return i, ok
}

// one reads one value, or notes why not.
func (r *reader[T]) one(i int, value string) {
	p := &r.params[i]
	r.times[i]++
	switch {
	case !p.list && r.times[i] == 2:
		r.bad.Add(p.name, "is given more than once")
	case p.list && r.times[i] == maxValues+1:
		r.bad.Add(p.name, fmt.Sprintf("holds more than %d values", maxValues))
	case r.times[i] > 1 && !p.list || r.times[i] > maxValues:
	case len(value) > orDefault(p.max, maxValue):
		r.bad.Add(p.name, fmt.Sprintf("is longer than %d bytes", orDefault(p.max, maxValue)))
	case !plain(value):
		r.bad.Add(p.name, "holds a control character or broken UTF-8")
	default:
		p.read(r.into, value, complaint{p.name, &r.bad})
	}
}

// end notes what is missing, and on demand what contradicts itself, and gives all faults.
func (r *reader[T]) end(check bool) error {
	for i, p := range r.params {
		if p.required && r.times[i] == 0 {
			r.bad.Add(p.name, "is missing")
		}
	}
	if q, ok := any(r.into).(interface{ check() error }); ok && check {
		r.bad.Merge("", q.check())
	}
	return r.bad.Err("Some of what was asked can't be read; nothing was searched.")
}

// plain reports whether s is text: valid UTF-8 without control characters.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r'
	})
}

// clip bounds what is echoed.
func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), 40)], "") }
