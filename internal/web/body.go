package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/fault"
)

// body reads a JSON object whose members are the table's params: lists as arrays, numbers and booleans as such.
func (t *table[T]) body(into *T, raw []byte) error {
	r := t.reader(into)
	members, err := readObject(raw, &r.bad)
	if err != nil {
		return err
	}
	for _, m := range members {
		if i, ok := r.find(m.name, "member"); ok {
			r.member(i, m.raw)
		}
	}
	return r.end(true)
}

// member reads one member of a body.
func (r *reader[T]) member(i int, raw json.RawMessage) {
	p := &r.params[i]
	if p.body != nil {
		r.times[i]++
		if err := p.body(r.into, raw); err != nil {
			r.bad.Merge(p.name+".", err)
		}
		return
	}
	values := []json.RawMessage{raw}
	if p.list {
		if err := json.Unmarshal(raw, &values); err != nil || len(values) == 0 {
			r.bad.Add(p.name, "must be an array with a value in it")
			return
		}
	}
	for _, v := range values {
		text, ok := scalar(v, p.schema.Type)
		if !ok {
			r.bad.Add(p.name, "must be "+article(p.schema.Type)+also(p.list))
			return
		}
		r.one(i, text)
	}
}

func also(list bool) string {
	if list {
		return " in each place of the array"
	}
	return ""
}

func article(kind string) string {
	if kind == "integer" {
		return "an integer"
	}
	return "a " + kind
}

// scalar gives the text of a JSON value of the given schema type, as it would stand in a query.
func scalar(raw json.RawMessage, kind string) (text string, ok bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "", false
	}
	switch c := raw[0]; {
	case kind == "string":
		return text, c == '"' && json.Unmarshal(raw, &text) == nil
	case kind == "boolean":
		return string(raw), c == 't' || c == 'f'
	default:
		return string(raw), c == '-' || c >= '0' && c <= '9'
	}
}

// maxMembers bounds the members of a body, which are many fewer: each unknown one costs a search for its like and a
// fault in the answer.
const maxMembers = 100

type member struct {
	name string
	raw  json.RawMessage
}

// readObject splits a JSON object into its members. encoding/json alone would take the last of two members of a name.
func readObject(raw []byte, bad *fault.Fields) ([]member, error) {
	if !utf8.Valid(raw) {
		return nil, malformed("The body is not valid UTF-8.")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, malformed("The body must be a JSON object.")
	}
	var members []member
	seen := map[string]bool{}
	for n := 0; d.More(); n++ {
		if n == maxMembers {
			return nil, malformed(fmt.Sprintf("The JSON object has more than %d members.", maxMembers))
		}
		name, err := d.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		m := member{name: fmt.Sprint(name)}
		if err := d.Decode(&m.raw); err != nil {
			return nil, notJSON(err)
		}
		if seen[m.name] {
			bad.Add(clip(m.name), "is given more than once")
			continue
		}
		seen[m.name] = true
		members = append(members, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("Something stands after the end of the JSON object.")
	}
	return members, nil
}

func malformed(message string) error {
	return &fault.Error{Kind: fault.Invalid, Message: message, Fields: []fault.Field{{Name: "body", Message: "is not the JSON this route reads"}}}
}

func notJSON(err error) error {
	return &fault.Error{Kind: fault.Invalid, Message: "The body is not JSON.", Fields: []fault.Field{{Name: "body", Message: "breaks off or is malformed"}}, Cause: err}
}

// posted reads a JSON request into into by its table. Such a route takes nothing from the query.
func posted[T any](s *Server, c *fiber.Ctx, t *table[T], into *T) error {
	if err := s.wording().tables.none.query(&struct{}{}, queryOf(c)); err != nil {
		return err
	}
	raw, err := jsonBody(c)
	if err != nil {
		return err
	}
	return t.body(into, raw)
}

// jsonBody gives the body of a request that says it is JSON.
func jsonBody(c *fiber.Ctx) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationJSON {
		return nil, fiber.NewError(http.StatusUnsupportedMediaType, "The body must be application/json, and the Content-Type header must say so.")
	}
	if err := uncompressed(c); err != nil {
		return nil, err
	}
	return c.Body(), nil
}

// uncompressed refuses a compressed body: unpacked, a small one may fill the memory, and maxBody bounds only what is
// sent. It comes before anything that reads the body, a form's values too.
func uncompressed(c *fiber.Ctx) error {
	if c.Get(fiber.HeaderContentEncoding) != "" {
		return fiber.NewError(http.StatusUnsupportedMediaType, "The body must not be compressed.")
	}
	return nil
}
