package meili

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// reader reads the part of Meilisearch's filter language that filters are written in, as its grammar has it: what a
// value is, is decided by the quotes and backslashes alone.
type reader struct {
	text   string
	values []string // in their order
}

func (r *reader) space() { r.text = strings.TrimLeft(r.text, " ") }

func (r *reader) take(word string) bool {
	r.space()
	rest, ok := strings.CutPrefix(r.text, word)
	if ok {
		r.text = rest
	}
	return ok
}

// expression = term (("AND" | "OR") term)*
func (r *reader) expression() error {
	for {
		if err := r.term(); err != nil {
			return err
		}
		if !r.take("AND ") && !r.take("OR ") {
			return nil
		}
	}
}

func (r *reader) term() error {
	switch {
	case r.take("NOT "):
		return r.term()
	case r.take("("):
		if err := r.expression(); err != nil {
			return err
		}
		return r.need(")")
	}
	r.space()
	end := strings.IndexByte(r.text, ' ')
	if end < 1 || strings.ContainsAny(r.text[:end], "()\"[]") {
		return fmt.Errorf("no attribute at %q", r.text)
	}
	r.text = r.text[end:]
	switch {
	case r.take("IN"):
		return r.list()
	case r.take("= true"), r.take("= false"):
		return nil
	case r.take(">="), r.take("<="), r.take("="):
		return r.value()
	}
	return fmt.Errorf("no operator at %q", r.text)
}

func (r *reader) list() error {
	if err := r.need("["); err != nil {
		return err
	}
	for {
		if err := r.value(); err != nil {
			return err
		}
		if !r.take(",") {
			return r.need("]")
		}
	}
}

func (r *reader) need(word string) error {
	if !r.take(word) {
		return fmt.Errorf("no %q at %q", word, r.text)
	}
	return nil
}

func (r *reader) value() error {
	if err := r.need(`"`); err != nil {
		return err
	}
	var b strings.Builder
	for i := 0; i < len(r.text); i++ {
		switch r.text[i] {
		case '\\':
			i++
			if i == len(r.text) {
				return fmt.Errorf("nothing behind a backslash")
			}
			b.WriteByte(r.text[i])
		case '"':
			r.text = r.text[i+1:]
			r.values = append(r.values, b.String())
			return nil
		default:
			b.WriteByte(r.text[i])
		}
	}
	return fmt.Errorf("no end of the value %q", r.text)
}

// read gives the values of a filter.
func read(f filter) ([]string, error) {
	r := reader{text: f.text}
	err := r.expression()
	if err == nil && r.text != "" {
		err = fmt.Errorf("%q is left", r.text)
	}
	return r.values, err
}

// hostile are values that try to say something of their own.
var hostile = []string{
	`"`, `\`, `\"`, `\\"`, `a" OR placed = true OR id IN ["`, `"] OR NOT (demo = true`, "'", "a\nb", "\x00", `\u{41}`, `\n`, "é", "", " ", ")", `x\`, "\u2028", "AND", "_geoRadius(1,2,3)",
}

// FuzzValues shows that no value escapes its quotes: a filter holds exactly the values it was made of, whatever they are.
func FuzzValues(f *testing.F) {
	for _, a := range hostile {
		for _, b := range hostile {
			f.Add(a, b)
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x := all(in(attrWords, a, b), not(anyOf(yes(attrDemo), in(attrID, b))), from(attrName, a), atLeast(attrVerified, -1.5e-9))
		values, err := read(x)
		if want := []string{a, b, b, a, "-0.0000000015"}; err != nil || !slices.Equal(values, want) {
			t.Errorf("%s\nholds %q, want %q; %v", x.text, values, want, err)
		}
		if utf8.ValidString(a) && utf8.ValidString(b) && !utf8.ValidString(x.text) {
			t.Errorf("%q is not as valid as its values", x.text)
		}
	})
}

// What holds for every document, or for none, is never written.
func TestFilterAlgebra(t *testing.T) {
	a, b := in(attrID, "a"), in(attrID, "b")
	for name, c := range map[string]struct{ got, want filter }{
		"all of nothing given":  {all(), filter{}},
		"any of nothing given":  {anyOf(), nothing},
		"all with never":        {all(a, nothing, b), nothing},
		"all with always":       {all(filter{}, a), a},
		"any with always":       {anyOf(a, filter{}), filter{}},
		"any with never":        {anyOf(nothing, a), a},
		"not never":             {not(nothing), filter{}},
		"not always":            {not(filter{}), nothing},
		"in no values":          {in(attrID), nothing},
		"two parts in brackets": {all(a, anyOf(a, b)), filter{text: `(id IN ["a"]) AND ((id IN ["a"]) OR (id IN ["b"]))`}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, want %+v", name, c.got, c.want)
		}
	}
}
