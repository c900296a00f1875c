package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/guide"
	"carefinder/internal/search"
)

// guideView is the list of topics.
type guideView struct {
	Topics []topicLink
	Care   []careView
}

type topicLink struct {
	anchor
	Text string
}

// topicView is one topic of the guide.
type topicView struct {
	Errors         []pageError
	Title, Summary string
	Review         string
	Contents       []anchor
	Sections       []guide.Rendered
	Questions      []string
	Near           nearView
	Care           []careView
	References     []referenceView
	Previous, Next *anchor
}

// careView is a card that says when to get help. Only telephone numbers stand on it as links: who needs it must not be
// sent on to another page.
type careView struct {
	Class, Label string
	Title        string
	Items        []string
	Numbers      []anchor
}

// careClasses colour the cards; the label says the same in words.
var careClasses = map[guide.Level]string{guide.Emergency: "now", guide.Urgent: "soon", guide.Routine: "calm"}

type referenceView struct {
	Number                    int
	Authors, Title, Published string
	URL                       string
	Uses                      []anchor
}

// nearView asks where the reader is and says what the directory has there.
type nearView struct {
	URL        string
	Place      string
	PlaceError string
	DidYouMean []anchor
	Found      []foundView
	Note       string // how far to trust the numbers
}

// foundView is one search of a topic: what it found, when a place was said, and where to see it.
type foundView struct {
	Text, More string
	Link       anchor
}

// guide lists the topics.
func (e *edition) guide(c *fiber.Ctx) error {
	v := guideView{Care: e.care(c, e.countryOf(c), nil)}
	for _, t := range e.cfg.Guide.Topics(e.Code) {
		v.Topics = append(v.Topics, topicLink{anchor{Label: t.Title, URL: e.topicURL(t)}, t.Summary})
	}
	return e.render(c, "guide", sheet{Title: e.t("guide.title"), Description: e.t("guide.lead"), Body: v})
}

func (e *edition) topicURL(t *guide.Topic) string { return e.url("/guide/" + t.Slug) }

// topic shows one topic. The text stands whatever becomes of the search for what is near.
func (e *edition) topic(c *fiber.Ctx) error {
	t := e.cfg.Guide.Topic(e.Code, c.Params("topic"))
	if t == nil {
		return fiber.ErrNotFound
	}
	if strings.HasSuffix(string(c.Request().URI().Path()), "/") {
		return c.Redirect(e.topicURL(t), http.StatusMovedPermanently) // links between topics are relative
	}
	page, err := t.Page()
	if err != nil {
		return err
	}
	v := topicView{Title: t.Title, Summary: t.Summary, Review: e.review(t.Review), Sections: page.Sections, Questions: t.Questions}
	country := e.countryOf(c)
	v.Near, v.Errors, country = e.near(c, t, country)
	v.Care = e.care(c, country, t.Cards)
	for _, r := range page.References {
		v.References = append(v.References, e.reference(r))
	}
	v.Contents = e.contents(v)
	v.Previous, v.Next = e.neighbours(t)
	s := sheet{Title: t.Title, Description: t.Summary, Country: country, NoIndex: v.Near.Place != "", Body: v}
	if r := t.Review; !r.At.IsZero() {
		s.Reviewed = &review{By: r.By, On: directory.DateOf(r.At)}
	}
	if len(v.Errors) > 0 {
		c.Status(http.StatusUnprocessableEntity)
		s.Title = e.t("errors.title-prefix", "Title", t.Title)
	}
	return e.render(c, "topic", s)
}

func (e *edition) review(r guide.Review) string {
	if r.At.IsZero() {
		return e.t("guide.review.none")
	}
	return e.t("guide.review.by", "By", r.By, "Date", e.date(r.At))
}

// contents links the parts of the page.
func (e *edition) contents(v topicView) []anchor {
	var links []anchor
	for _, s := range v.Sections {
		links = append(links, anchor{Label: s.Title, URL: "#" + s.ID})
	}
	links = append(
		links, anchor{Label: e.t("guide.questions"), URL: "#questions"}, anchor{Label: e.t("guide.near"), URL: "#near"},
		anchor{Label: e.t("guide.care"), URL: "#help-now"},
	)
	if len(v.References) > 0 {
		links = append(links, anchor{Label: e.t("guide.references"), URL: "#references"})
	}
	return links
}

// neighbours links the topics before and after.
func (e *edition) neighbours(t *guide.Topic) (previous, next *anchor) {
	all := e.cfg.Guide.Topics(e.Code)
	i := slices.Index(all, t)
	if i > 0 {
		previous = &anchor{Label: e.t("guide.previous", "Topic", all[i-1].Short), URL: e.topicURL(all[i-1])}
	}
	if i+1 < len(all) {
		next = &anchor{Label: e.t("guide.next", "Topic", all[i+1].Short), URL: e.topicURL(all[i+1])}
	}
	return previous, next
}

func (e *edition) reference(r guide.Reference) referenceView {
	v := referenceView{Number: r.Number, Authors: r.Authors, Title: r.Title, Published: r.Published}
	if r.DOI != "" {
		v.URL = "https://doi.org/" + r.DOI
	}
	for i, id := range r.Uses {
		v.Uses = append(v.Uses, anchor{Label: e.number(i + 1), URL: "#" + id})
	}
	return v
}

// care gives the cards of a page, a topic's own first within their level. What a topic adds as an emergency is one of the
// body: a crisis line can't help there, and is left out.
func (e *edition) care(c *fiber.Ctx, country string, own []guide.CareCard) []careView {
	strip := e.strip(c.UserContext(), country)
	var views []careView
	for _, level := range []guide.Level{guide.Emergency, guide.Urgent, guide.Routine} {
		for _, card := range own {
			if card.Level == level {
				views = append(views, e.careCard(card, strip.Emergency))
			}
		}
		for _, card := range e.cfg.Guide.Care(e.Code) {
			if card.Level == level {
				views = append(views, e.careCard(card, strip.Emergency, strip.Call, strip.Text))
			}
		}
	}
	return views
}

// careCard draws one card; only an emergency has numbers, those that can be dialled.
func (e *edition) careCard(card guide.CareCard, numbers ...*anchor) careView {
	v := careView{Class: careClasses[card.Level], Label: e.t("guide.care." + string(card.Level)), Title: card.Title, Items: card.Items}
	for _, a := range numbers {
		if card.Level != guide.Emergency || a == nil {
			continue
		}
		if to := fmt.Sprint(a.URL); strings.HasPrefix(to, "tel:") || strings.HasPrefix(to, "sms:") {
			v.Numbers = append(v.Numbers, anchor{Label: a.Label, URL: a.URL, Class: "call"})
		}
	}
	return v
}

// near answers a topic's searches around the place the reader wrote, and gives the country of that place.
func (e *edition) near(c *fiber.Ctx, t *guide.Topic, country string) (v nearView, bad []pageError, where string) {
	place := strings.TrimSpace(c.Query("place"))
	v, where = nearView{URL: e.topicURL(t), Place: place}, country
	for _, s := range t.Searches {
		query, ok := e.known(s.Query)
		if !ok {
			continue
		}
		if place == "" {
			v.Found = append(v.Found, foundView{Link: e.seeAll(s, query)})
			continue
		}
		query.Set("place", place)
		res, err := e.count(c, query)
		ask := &asking{path: v.URL, values: url.Values{"place": {place}}}
		if f := aboutPlace(err); f != nil {
			bad = e.pageErrors(f, ask)
			v.PlaceError, v.Found = bad[0].Message, nil
			return v, bad, country
		}
		if res != nil && res.Place != nil {
			where, v.DidYouMean = res.Place.Place.Country, e.didYouMean(ask, res)
		}
		if res != nil && res.Demonstration {
			v.Note = e.t("guide.near.made-up")
		}
		v.Found = append(v.Found, e.foundNear(s, query, res, where))
	}
	return v, nil, where
}

// known gives a topic's question with the terms this directory has; false when none of a filter's are: without it the
// count would be of something else.
func (e *edition) known(asked url.Values) (url.Values, bool) {
	query := url.Values{}
	for name, values := range asked {
		for _, v := range values {
			if isFacet := slices.Contains(directory.Facets(), directory.Facet(name)); !isFacet || e.vocabulary().Term(directory.Facet(name), v) != nil {
				query.Add(name, v)
			}
		}
		if !query.Has(name) {
			return nil, false
		}
	}
	return query, true
}

// count asks how many there are. What nobody can tell now is no reason to lose the page: it is logged, without its
// text, and res is nil.
func (e *edition) count(c *fiber.Ctx, query url.Values) (*search.Result, error) {
	var q question
	err := e.wording().tables.listings.form(&q, query.Encode())
	if err == nil {
		err = q.check()
	}
	if err != nil {
		return nil, err
	}
	q.Limit, q.At = 1, e.now()
	res, err := e.cfg.Searcher.Search(c.UserContext(), q.Query)
	if err != nil && aboutPlace(err) == nil {
		e.cfg.Log.Warn("the guide can't count", "id", idOf(c), "cause", shapeOf(err))
	}
	return res, err
}

// aboutPlace gives the failure when the reader can mend it by writing another place.
func aboutPlace(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) && (f.Kind == fault.Invalid || f.Kind == fault.Unresolvable) && len(f.Fields) > 0 && f.Fields[0].Name == "place" {
		return f
	}
	return nil
}

func (e *edition) seeAll(s guide.Search, query url.Values) anchor {
	query.Del("radius") // around no place it means nothing
	return anchor{Label: e.t("guide.near.all", "What", s.Many), URL: e.url("/search") + "?" + query.Encode()}
}

// foundNear says what one search found around a place. A search that has no radius is for what needs no visit: the
// near and the far count alike.
func (e *edition) foundNear(s guide.Search, query url.Values, res *search.Result, country string) foundView {
	v := foundView{Link: anchor{Label: e.t("guide.near.see", "What", s.Many), URL: e.url("/search") + "?" + query.Encode()}}
	if res == nil || res.Place == nil {
		v.Text = e.t("guide.near.unavailable", "What", s.Many)
		return v
	}
	n, some, none := res.Total, "guide.near.count", "guide.near.none"
	if !s.Query.Has("radius") {
		n, some, none = res.Total+res.RemoteTotal, "guide.near.for", "guide.near.none-for"
	} else if res.RemoteTotal > 0 {
		v.More = e.t("guide.near.remote", "N", e.number(res.RemoteTotal))
	}
	key, what := some, s.Many
	switch n {
	case 0:
		key = none
	case 1:
		what = s.One
	}
	v.Text = e.t(key, "N", e.number(n), "What", what, "Place", res.Place.Place.Label(), "Radius", e.distance(res.Radius, country))
	return v
}
