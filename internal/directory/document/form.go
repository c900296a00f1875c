package document

import (
	"fmt"
	"reflect"
	"strings"
)

// form is what the JSON of a wire type looks like. Reflection on types is slow, so it is done once.
type form struct {
	kind     reflect.Kind
	bits     int      // of a whole number
	members  []string // of an object, each with its form and whether it must be there; at most 64
	forms    []*form
	required []bool
	elem     *form // of a list
	length   int   // of a list that has a fixed one, else -1
}

var format = formOf(reflect.TypeFor[listing]())

// formOf reads a wire type. None of them refers to itself.
func formOf(t reflect.Type) *form {
	f := &form{kind: t.Kind(), length: -1}
	switch f.kind {
	case reflect.Struct:
		for i := range t.NumField() {
			name, option, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			f.members = append(f.members, name)
			f.forms = append(f.forms, formOf(t.Field(i).Type))
			f.required = append(f.required, option == "")
		}
	case reflect.Array:
		f.elem, f.length = formOf(t.Elem()), t.Len()
	case reflect.Slice:
		f.elem = formOf(t.Elem())
	case reflect.Int, reflect.Int64:
		f.bits = t.Bits()
	}
	return f
}

// find gives the index of the member whose name is written as quoted, -1 when there is none. It looks from start on
// first: members mostly stand in the order of the format.
func (f *form) find(quoted []byte, start int) int {
	name := quoted[1 : len(quoted)-1] // no name of the format needs an escape
	for i := start; i < len(f.members); i++ {
		if f.members[i] == string(name) {
			return i
		}
	}
	for i := range min(start, len(f.members)) {
		if f.members[i] == string(name) {
			return i
		}
	}
	return -1
}

// String says what the form is, for people.
func (f *form) String() string {
	switch f.kind {
	case reflect.Struct:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	return "text"
}

// trail is the way from the listing to the value at hand. It is spelled out only when something is wrong.
type trail []step

// step leads to a member, or, without a name, to an element of a list.
type step struct {
	name  string
	index int
}

func (t *trail) down(name string) { *t = append(*t, step{name: name}) }
func (t *trail) at(index int)     { *t = append(*t, step{index: index}) }
func (t *trail) up()              { *t = (*t)[:len(*t)-1] }

// String gives the trail as sites[0].point.
func (t trail) String() string {
	var b strings.Builder
	for i, s := range t {
		switch {
		case s.name == "":
			fmt.Fprintf(&b, "[%d]", s.index)
		case i > 0:
			b.WriteString("." + s.name)
		default:
			b.WriteString(s.name)
		}
	}
	return b.String()
}
