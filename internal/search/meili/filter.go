package meili

import (
	"strconv"
	"strings"
)

// filter is an expression in Meilisearch's filter language. The zero filter holds for every document. Filters are made
// by the functions below and by nothing else, so that a value can't end its quotes and say something of its own.
type filter struct {
	text  string
	never bool // holds for no document, which the language can't say
}

// attribute names a field of the documents that can be filtered by.
type attribute string

var nothing = filter{never: true}

// in holds for documents that have one of the values.
func in(a attribute, values ...string) filter {
	if len(values) == 0 {
		return nothing
	}
	var b strings.Builder
	b.WriteString(string(a))
	b.WriteString(" IN [")
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		quote(&b, v)
	}
	b.WriteByte(']')
	return filter{text: b.String()}
}

// yes holds for documents of which a is true.
func yes(a attribute) filter { return filter{text: string(a) + " = true"} }

// no holds for documents of which a is false.
func no(a attribute) filter { return filter{text: string(a) + " = false"} }

// atLeast holds for documents with a number no less than n.
func atLeast(a attribute, n float64) filter { return filter{text: string(a) + " >= " + number(n)} }

// atMost holds for documents with a number no greater than n.
func atMost(a attribute, n float64) filter { return filter{text: string(a) + " <= " + number(n)} }

// equals holds for documents with the number n.
func equals(a attribute, n float64) filter { return filter{text: string(a) + " = " + number(n)} }

// from holds for documents with a text that does not sort before the value.
func from(a attribute, value string) filter {
	return ordered(a, " >= ", value)
}

// before holds for documents with a text that sorts before the value, after for those whose text sorts after it.
func before(a attribute, value string) filter { return ordered(a, " < ", value) }

func after(a attribute, value string) filter { return ordered(a, " > ", value) }

func ordered(a attribute, operator, value string) filter {
	var b strings.Builder
	b.WriteString(string(a))
	b.WriteString(operator)
	quote(&b, value)
	return filter{text: b.String()}
}

// number writes a number in quotes, where no sign or exponent can be misread.
func number(n float64) string { return `"` + strconv.FormatFloat(n, 'f', -1, 64) + `"` }

// all holds where every one does.
func all(filters ...filter) filter {
	return join(filters, " AND ", func(f filter) bool { return f.never }, func(f filter) bool { return f == filter{} })
}

// anyOf holds where one does.
func anyOf(filters ...filter) filter {
	return join(filters, " OR ", func(f filter) bool { return f == filter{} }, func(f filter) bool { return f.never })
}

// join combines filters: one that decides is the whole, those that say nothing are left out.
func join(filters []filter, word string, decides, silent func(filter) bool) filter {
	var parts []string
	last := filter{never: true} // when all are left out
	if word == " AND " {
		last = filter{}
	}
	for _, f := range filters {
		switch {
		case decides(f):
			return f
		case !silent(f):
			parts, last = append(parts, "("+f.text+")"), f
		}
	}
	if len(parts) < 2 {
		return last
	}
	return filter{text: strings.Join(parts, word)}
}

// not holds where f doesn't.
func not(f filter) filter {
	switch {
	case f.never:
		return filter{}
	case f == filter{}:
		return nothing
	}
	return filter{text: "NOT (" + f.text + ")"}
}

// quote writes a value so that the server reads that very value.
func quote(b *strings.Builder, value string) {
	b.WriteByte('"')
	for i := range len(value) {
		if value[i] == '"' || value[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(value[i])
	}
	b.WriteByte('"')
}
