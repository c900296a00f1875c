package web

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// readingView says how the words of a question were taken, and lets each reading be undone.
type readingView struct {
	Chips   []anchor // the readings and the words left, each a step to the question without it
	AsTyped anchor   // to the question with nothing read into it
	Note    string   // when it was not taken by all that was understood
	Instead *anchor  // what was understood, as filters
}

// taken gives the question as it was answered: what was read stands in its parameters, as if it had been chosen, and the
// text holds what is left. Links that change a part of a reading begin here.
func (a *asking) taken(res *search.Result) *asking {
	t := *a
	t.values = maps.Clone(a.values)
	switch res.Taken {
	case search.TakenLiterally:
		t.values.Set("literal", "true")
	case search.TakenRead, search.TakenFilters, search.TakenWords:
		t.values = a.understood(res)
	}
	return &t
}

// applied gives what was understood and asked for as such.
func applied(res *search.Result) []search.Reading {
	switch res.Taken {
	case search.TakenLiterally:
		return nil
	case search.TakenWords:
		return slices.DeleteFunc(slices.Clone(res.Understood), search.Reading.Speaks)
	}
	return res.Understood
}

// understood gives the values of the question with what was understood as parameters, and the words as they were asked
// for beside it.
func (a *asking) understood(res *search.Result) url.Values {
	v := maps.Clone(a.values)
	v.Del("q")
	if res.Plain != "" && res.Taken != search.TakenFilters {
		v.Set("q", res.Plain)
		if res.PlainReads || res.Taken == search.TakenWords {
			v.Set("literal", "true")
		}
	}
	all := applied(res)
	if res.Taken == search.TakenLiterally {
		all = res.Understood
	}
	for _, r := range all {
		switch {
		case r.Facet == "place" || r.Facet == "radius" || r.Facet == "country":
			v.Set(r.Facet, r.Value)
		case !slices.Contains(v[r.Facet], r.Value):
			v[r.Facet] = append(slices.Clip(v[r.Facet]), r.Value)
		}
	}
	return v
}

// reading says how the words were taken; nil when nothing was read into them.
func (e *edition) reading(ask, taken *asking, res *search.Result, country string) *readingView {
	if len(res.Understood) == 0 {
		return nil
	}
	v := &readingView{AsTyped: ask.step(e.t("search.as-typed"), with("literal", "true"))}
	switch res.Taken {
	case search.TakenLiterally:
		v.Note, v.Instead = e.t("search.literally"), e.instead(ask, res, country)
		return v
	case search.TakenWords:
		v.Note = e.t("search.by-words")
	case search.TakenFilters:
		v.Note = e.t("search.left-out", "Words", res.Plain)
	}
	for _, r := range applied(res) {
		undo := lacking(r.Facet, r.Value)
		if r.Facet == "place" {
			undo = func(v url.Values) { v.Del("place"); v.Del("radius"); v.Del("sort") }
		}
		v.Chips = append(v.Chips, taken.step(e.readingLabel(r, res, country), undo))
	}
	if res.Plain != "" && res.Taken != search.TakenFilters {
		v.Chips = append(v.Chips, taken.step(e.t("search.chip.words", "Words", res.Plain), func(v url.Values) { v.Del("q"); v.Del("literal") }))
	}
	return v
}

// instead leads to what was understood, as filters, where the words were taken as they are.
func (e *edition) instead(ask *asking, res *search.Result, country string) *anchor {
	understood := *ask
	understood.values = ask.understood(res)
	var names []string
	for _, r := range res.Understood {
		names = append(names, e.readingLabel(r, res, country))
	}
	step := understood.step(e.t("search.read.instead", "Readings", strings.Join(names, " · ")), func(url.Values) {})
	return &step
}

// readingLabel says a reading as the page says a filter.
func (e *edition) readingLabel(r search.Reading, res *search.Result, country string) string {
	switch {
	case r.Facet == "place" && res.Place != nil:
		return res.Place.Place.Label()
	case r.Facet == "radius" && res.Radius > 0:
		return e.t("search.chip.radius", "Radius", e.distance(res.Radius, country))
	}
	if label := e.valueLabel(r.Facet, r.Value); label != "" {
		return label
	}
	return r.Value
}

// aroundNothing reports whether all that is wrong with a question is the radius that a form always sends: the place may
// have stood in the words, and did not.
func aroundNothing(q *search.Query, err error) bool {
	var f *fault.Error
	return q.Radius > 0 && q.Place == "" && q.Near == nil && errors.As(err, &f) && len(f.Fields) == 1 && f.Fields[0].Name == "radius"
}

// findInWords takes what stands where a place should as words: the one box that everybody sees is where people say all
// they want. It gives nil for what says no more than where, which is then a place nobody knows.
func (e *edition) findInWords(c *fiber.Ctx, ask *asking) (*asking, *search.Result) {
	words := *ask
	words.values = maps.Clone(ask.values)
	words.values.Del("place")
	words.values.Set("q", ask.question.Place)
	q := &words.question.Query
	q.Text, q.Place = q.Place, ""
	if q.Radius == search.DefaultRadius {
		q.Radius = 0
	}
	if q.Sort == search.ByDistance {
		q.Sort = ""
		words.values.Del("sort")
	}
	res, err := e.cfg.Searcher.Search(c.UserContext(), *q)
	if err != nil || res.Crisis == nil && !slices.ContainsFunc(res.Understood, saysMore) {
		return nil, nil
	}
	return &words, res
}

// saysMore reports whether a reading is of more than where.
func saysMore(r search.Reading) bool {
	return r.Facet != "place" && r.Facet != "country" && r.Facet != "radius"
}
