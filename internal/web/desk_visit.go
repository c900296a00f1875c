package web

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/auth"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// visit is one request at the desk: who asks, what they sent, and in which language they are answered.
type visit struct {
	*desk
	e       *edition
	c       *fiber.Ctx
	ctx     context.Context // ends when the answer is due
	who     *auth.Identity  // nil for nobody; never where the route takes a permission
	program bool            // is answered in JSON
	sent    url.Values      // fields of the form or of the JSON object, and of the query
}

// t gives the text of a message in the language of the page.
func (v *visit) t(key string, pairs ...any) string { return v.e.t(key, pairs...) }

// url gives the address of a page of the desk in the language of this one.
func (v *visit) url(path string) string { return v.e.url("/desk" + path) }

// text gives a field as it was sent, without the space around it, and with the line ends of this machine.
func (v *visit) text(name string) string { return strings.TrimSpace(v.raw(name)) }

// raw gives a field exactly as it was sent, for what a space is a part of.
func (v *visit) raw(name string) string {
	return storable(strings.ReplaceAll(v.sent.Get(name), "\r\n", "\n"))
}

// storable gives a text as every database takes it.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// param gives a part of the path.
func (v *visit) param(name string) string { return storable(v.c.Params(name)) }

// number reads a field that must be a whole number from least to most; an empty one is otherwise.
func (v *visit) number(name string, least, most, otherwise int) (int, error) {
	text := v.text(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, &fault.Error{Kind: fault.Invalid, Message: "This can't be read.", Fields: []fault.Field{{Name: name, Message: "must be a whole number from " + strconv.Itoa(least) + " to " + strconv.Itoa(most)}}}
	}
	return n, nil
}

// agent is what the browser calls itself.
func (v *visit) agent() string { return storable(v.c.Get(fiber.HeaderUserAgent)) }

// address is where the request comes from. It is for limits alone.
func (v *visit) address() net.IP { return slices.Clone(v.server.clientOf(v.c)) }

// day and moment say when something was, in the language of the page; times are shown in UTC, as the log has them.
func (v *visit) day(t time.Time) string {
	if t.IsZero() {
		return v.t("desk.never")
	}
	return v.e.day(directory.DateOf(t))
}

func (v *visit) moment(t time.Time) string {
	if t.IsZero() {
		return v.t("desk.never")
	}
	return v.t("desk.moment", "Date", v.day(t), "Clock", t.UTC().Format("15:04"))
}

// readForm reads what a person sent: the query, and the body of a form. Fields a route doesn't read do no harm here.
func (v *visit) readForm(r *DeskRoute) error {
	query, err := url.ParseQuery(queryOf(v.c))
	if err != nil {
		return fault.Wrap(fault.Invalid, "The address can't be read.", err)
	}
	v.sent = query
	if r.Method != http.MethodPost || r.Takes == takesFile || len(v.c.Body()) == 0 {
		return nil
	}
	kind, _, err := mime.ParseMediaType(v.c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationForm {
		return fiber.NewError(http.StatusUnsupportedMediaType, "A form of the desk is sent as application/x-www-form-urlencoded.")
	}
	if err := uncompressed(v.c); err != nil {
		return err
	}
	form, err := url.ParseQuery(string(v.c.Body()))
	if err != nil {
		return fault.Wrap(fault.Invalid, "The form can't be read.", err)
	}
	v.sent = form // of a POST, the body alone
	return nil
}

// readJSON reads what a program sent: the query of a GET, the JSON object of a POST. A field the route doesn't read is
// an error: it was meant to do something.
func (v *visit) readJSON(r *DeskRoute) error {
	var bad fault.Fields
	v.sent = url.Values{}
	if r.Method == http.MethodGet || r.Takes == takesFile {
		query, err := url.ParseQuery(queryOf(v.c))
		if err != nil {
			return fault.Wrap(fault.Invalid, "The query can't be read.", err)
		}
		v.sent = query
	} else if len(v.c.Body()) > 0 {
		raw, err := jsonBody(v.c)
		if err != nil {
			return err
		}
		members, err := readObject(raw, &bad)
		if err != nil {
			return err
		}
		for _, m := range members {
			values, ok := scalars(m.raw)
			if !ok {
				bad.Add(clip(m.name), "must be a text, a number, true or false, or an array of them")
			}
			v.sent[m.name] = values
		}
	}
	takes := strings.Fields(r.Takes)
	for name := range v.sent {
		if r.Takes != "*" && r.Takes != takesFile && !slices.Contains(takes, name) {
			bad.Add(clip(name), "is not known here", takes...)
		}
	}
	return bad.Err("The request can't be read.")
}

// scalars gives a JSON scalar, or an array of them, as a form would have it.
func scalars(raw json.RawMessage) (values []string, ok bool) {
	all := []json.RawMessage{raw}
	if len(raw) > 0 && raw[0] == '[' && json.Unmarshal(raw, &all) != nil {
		return nil, false
	}
	for _, one := range all {
		kind := "number"
		switch {
		case len(one) == 0:
			return nil, false
		case one[0] == '{': // for its route to read
			values = append(values, string(one))
			continue
		case one[0] == '"':
			kind = "string"
		case one[0] == 't' || one[0] == 'f':
			kind = "boolean"
		}
		text, ok := scalar(one, kind)
		if !ok {
			return nil, false
		}
		values = append(values, text)
	}
	return values, true
}

// tellWait says for how long to wait, where an error knows.
func (v *visit) tellWait(err error) {
	var w auth.Wait
	if errors.As(err, &w) {
		v.c.Set(fiber.HeaderRetryAfter, strconv.Itoa(max(1, seconds(time.Duration(w)))))
	}
}
