package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"carefinder/frontend"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

// TestErrorsRememberThePlace holds that whoever asked about a place reads of the lines there when the search fails.
func TestErrorsRememberThePlace(t *testing.T) {
	server, _ := pagesOf(t, func(s *shelf, c *web.Config) {
		inTheWorld(t)(s, c)
		failing(fault.New(fault.Unavailable, "down"))(s, c)
	})
	for _, l := range frontend.Languages() {
		check := func(method, path, body, country string) {
			t.Helper()
			res, doc := visit(t, server, method, l.Prefix+path, body)
			if res.StatusCode != 503 {
				t.Fatalf("%s: %d", path, res.StatusCode)
			}
			number := map[string]string{"GB": "999", "US": "911"}[country]
			one(t, doc, ".crisis a.emergency[href=tel:"+number+"]")
			one(t, doc, ".crisis a.all[href="+l.Prefix+"/helplines/"+country+"]")
			if len(pick(doc, "main a[href="+l.Prefix+"/helplines/"+country+"]")) == 0 {
				t.Errorf("%s: the page does not lead to the lines of %s", path, country)
			}
		}
		check(http.MethodGet, "/search?place=Belfast", "", "GB")
		check(http.MethodGet, "/search?near=54.6,-5.9", "", "GB")
		check(http.MethodGet, "/search/results?place=Belfast", "", "GB")
		check(http.MethodPost, "/search", url.Values{"place": {"Belfast"}}.Encode(), "GB")
		check(http.MethodGet, "/search?place=Boston", "", "US")
		check(http.MethodGet, "/search", "", "US") // nothing of the question before is left
	}
}

// TestGuideLogsNoText holds the guide to the rule of the log: what an error quotes may be what a person asked.
func TestGuideLogsNoText(t *testing.T) {
	var log bytes.Buffer
	server, _ := pagesOf(t, func(s *shelf, c *web.Config) {
		failing(&fault.Error{Kind: fault.Unavailable, Message: "no answer about secret Boston"})(s, c)
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	read(t, server, "/guide/ect?place=Boston", 200)
	if got := log.String(); !strings.Contains(got, "can't count") || !strings.Contains(got, "fault.Error") || strings.Contains(got, "secret") || strings.Contains(got, "Boston") {
		t.Errorf("the log says %q", got)
	}
}

// TestMadeUpNumbersAreNoLinks holds that nobody reaches a real person by a made-up listing.
func TestMadeUpNumbersAreNoLinks(t *testing.T) {
	madeUp := *testListings()[centerID]
	madeUp.Demonstration = true
	madeUp.Channels = append(slices.Clone(madeUp.Channels), directory.Channel{Medium: directory.Text, Number: "+16175550123"}, directory.Channel{Medium: directory.Email, Address: "desk@bay.example"})
	server, _ := pagesOf(t, func(s *shelf, _ *web.Config) {
		s.listings[centerID] = &madeUp
		s.answer = func(q search.Query) (*search.Result, error) {
			res, err := s.boston(q)
			res.Demonstration = true
			return res, err
		}
	})
	dead := func(path, part string) string {
		t.Helper()
		n := one(t, one(t, read(t, server, path, 200), "main"), part)
		for _, a := range pick(n, "a[href]") {
			if to := attr(a, "href"); strings.HasPrefix(to, "tel:") || strings.HasPrefix(to, "sms:") || strings.HasPrefix(to, "mailto:") {
				t.Errorf("%s leads to %s", path, to)
			}
		}
		return words(n)
	}
	for _, l := range frontend.Languages() {
		if got := dead(l.Prefix+"/listings/"+centerID.String(), ".listing"); !strings.Contains(got, "+16175550123") {
			t.Errorf("the number is not there to read: %s", got)
		}
		dead(l.Prefix+"/search?place=Boston", "ol.hits") // it stands alone there
		if got := words(one(t, read(t, server, l.Prefix+"/guide/ect?place=Boston", 200), ".near")); !strings.Contains(got, "Made-up listings") && !strings.Contains(got, "fichas inventadas") {
			t.Errorf("%s counts what is made up in silence: %s", l.Code, got)
		}
	}
	honest, _ := pagesOf(t, nil)
	if got := words(one(t, read(t, honest, "/guide/ect?place=Boston", 200), ".near")); strings.Contains(got, "Made-up") {
		t.Errorf("nothing is made up, and the page says %q", got)
	}
}
