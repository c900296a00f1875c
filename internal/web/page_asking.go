package web

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/search"
)

// asking is what a request asked, as the page's links repeat it.
type asking struct {
	path     string
	private  bool       // asked by POST: no address may hold any of it
	remote   bool       // for what has no site alone, as much of it as one page holds
	values   url.Values // what the form knows and is not empty
	question question
	err      error
}

// readAsking reads a question from the address.
func (e *edition) readAsking(c *fiber.Ctx) *asking {
	return e.asked(string(c.Request().URI().QueryString()), false)
}

// readPrivate reads a question from the body of a form. Whatever the address holds is passed over.
func (e *edition) readPrivate(c *fiber.Ctx) (*asking, error) {
	kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationForm {
		return nil, fiber.NewError(http.StatusUnsupportedMediaType, "The body must be a form.")
	}
	if err := uncompressed(c); err != nil {
		return nil, err
	}
	if len(c.Body()) > maxHeader { // as much as an address may hold
		return nil, fiber.NewError(http.StatusRequestEntityTooLarge, "The form is too large.")
	}
	return e.asked(string(c.Body()), true), nil
}

// asked reads the raw query of a search page. "want" is the one choice of the home page: it stands for a filter.
func (e *edition) asked(raw string, private bool) *asking {
	ask := &asking{path: e.url("/search"), private: private, values: url.Values{}}
	given, _ := url.ParseQuery(raw) // what can't be read is reported by the decoder below
	if want := given.Get("want"); want != "" {
		if w := e.want(want); w != nil {
			raw += "&" + w.Encode()
			for name, values := range w {
				given[name] = append(given[name], values...)
			}
		}
	}
	ask.err = e.wording().tables.listings.form(&ask.question, raw)
	q := &ask.question
	if ask.remote = given.Get(remoteParam) == remoteAll; ask.remote {
		q.Limit = search.MaxLimit
	}
	if q.Place != "" {
		q.Near, q.Box = nil, nil // a hidden field of the form holds these; what was written is meant
		given.Del("near")
		given.Del("bbox")
	}
	if q.Place == "" && q.Near == nil {
		if q.Text == "" || q.Literal || q.Radius == search.DefaultRadius {
			q.Radius = 0 // the form always says a radius; without a place, which may stand in the words, it means nothing
		}
		if q.Sort == search.ByDistance {
			q.Sort = "" // nor does an order chosen when there was one
			given.Del("sort")
		}
	}
	if ask.err == nil {
		ask.err = q.check()
	}
	for name, values := range given {
		ask.keep(e.wording().tables.listings, name, values)
	}
	ask.question.Facets, ask.question.At = pageFacets(), e.now()
	return ask
}

// remoteParam with remoteAll asks the search page for what has no site alone; no other page or route knows it.
const (
	remoteParam = "remote"
	remoteAll   = "all"
)

// keep holds on to what links and forms must repeat.
func (a *asking) keep(t *table[question], name string, values []string) {
	i, known := t.byName[name]
	if !known || name == "facets" || name == "lang" {
		return
	}
	for _, v := range values {
		parts := []string{v}
		if t.params[i].list {
			parts = strings.Split(v, ",")
		}
		for _, p := range parts {
			if p = strings.TrimSpace(p); p != "" && plain(p) && len(a.values[name]) < maxValues && !a.has(name, p) {
				a.values.Add(name, p)
			}
		}
	}
}

func (a *asking) has(name, value string) bool { return slices.Contains(a.values[name], value) }

// change turns one question into another.
type change func(url.Values)

func with(name, value string) change { return func(v url.Values) { v.Set(name, value) } }

// inPlace asks about a place instead of wherever was asked.
func inPlace(label string) change {
	return func(v url.Values) {
		v.Del("near")
		v.Set("place", label)
	}
}

func without(name string) change { return func(v url.Values) { v.Del(name) } }

// lacking leaves out one value of a filter.
func lacking(name, value string) change {
	return func(v url.Values) {
		if v[name] = slices.DeleteFunc(v[name], func(x string) bool { return x == value }); len(v[name]) == 0 {
			v.Del(name)
		}
	}
}

// step leads to the same question with something changed, from its first page: by its address, or, when it was asked in
// private, by a form.
func (a *asking) step(label string, change change) anchor {
	v := url.Values{}
	for name, values := range a.values {
		if name != "cursor" {
			v[name] = slices.Clone(values)
		}
	}
	change(v)
	step := anchor{Label: label, URL: a.path}
	switch {
	case a.private:
		step.Fields = fieldsOf(v)
	case len(v) > 0:
		step.URL = a.path + "?" + v.Encode()
	}
	return step
}

func fieldsOf(v url.Values) []field {
	var fields []field
	for _, name := range sortedNames(v) {
		for _, value := range v[name] {
			fields = append(fields, field{name, value})
		}
	}
	return fields
}
