package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

func TestListing(t *testing.T) {
	center := clinic(1)
	gone := directory.ImportedID("test", "gone")
	s := server(t, &scripted{listing: func(id directory.ID) (*directory.Listing, error) {
		switch id {
		case center.ID:
			return center, nil
		case gone:
			return nil, fault.New(fault.Gone, "Closed in May 2026.")
		}
		return nil, fault.New(fault.NotFound, "There is no such listing.")
	}})
	path := "/api/v1/listings/" + center.ID.String()
	first := get(t, s, path)
	tag := first.header.Get("ETag")
	if first.status != http.StatusOK || tag == "" || strings.HasPrefix(tag, "W/") {
		t.Fatalf("status %d, ETag %q", first.status, tag)
	}
	for _, header := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		if r := get(t, s, path, "If-None-Match", header); r.status != http.StatusNotModified || len(r.body) > 0 || r.header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: status %d, %d bytes", header, r.status, len(r.body))
		}
	}
	if r := get(t, s, path, "If-None-Match", `"x"`); r.status != http.StatusOK {
		t.Errorf("another tag: status %d", r.status)
	}
	es := get(t, s, path+"?lang=es")
	if es.header.Get("ETag") == tag || !bytes.Contains(es.body, []byte("Estimulación")) {
		t.Errorf("Spanish has ETag %s and reads %s", es.header.Get("ETag"), es.body)
	}
	if bytes.Contains(first.body, []byte("curator's note")) || !bytes.Contains(first.body, []byte(`"confidential":true,"coverage":{"divisions":["US-MA"]}`)) {
		t.Errorf("a confidential site reads %s", first.body)
	}
	if p := wrong(t, get(t, s, "/api/v1/listings/"+gone.String()), http.StatusGone); p.Detail != "Closed in May 2026." {
		t.Errorf("the reason reads %q", p.Detail)
	}
	wrong(t, get(t, s, "/api/v1/listings/"+directory.NewID(now).String()), http.StatusNotFound)
	for _, same := range []string{path + "/", strings.Replace(path, "-", "%2D", 1), strings.ToUpper(path[len("/api/v1/listings/"):])} {
		if !strings.HasPrefix(same, "/") {
			same = "/api/v1/listings/" + same
		}
		if r := get(t, s, same); r.status != http.StatusOK || r.header.Get("ETag") != tag {
			t.Errorf("%s: status %d", same, r.status)
		}
	}
}

func TestMethods(t *testing.T) {
	s := server(t, &scripted{})
	for _, path := range []string{"/api/v1/listings", "/api/v1/vocabulary", "/api/v1/openapi.json", "/api/docs", "/healthz"} {
		whole := get(t, s, path)
		head := ask(t, s, http.MethodHead, path, "")
		if head.status != http.StatusOK || len(head.body) != 0 || head.header.Get("Content-Type") != whole.header.Get("Content-Type") {
			t.Errorf("HEAD %s: status %d, %d bytes, %s", path, head.status, len(head.body), head.header.Get("Content-Type"))
		}
	}
	for path, allow := range map[string]string{"/api/v1/listings": "GET, HEAD", "/api/v1/listings/search": "POST", "/api/v1/feedback": "POST"} {
		for _, method := range []string{http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodTrace} {
			r := ask(t, s, method, path, "")
			wrong(t, r, http.StatusMethodNotAllowed)
			for _, m := range strings.Split(allow, ", ") {
				if !strings.Contains(r.header.Get("Allow"), m) {
					t.Errorf("%s %s: Allow %q", method, path, r.header.Get("Allow"))
				}
			}
		}
	}
	for _, path := range []string{"/api", "/api/"} {
		if r := get(t, s, path); r.status != http.StatusFound || r.header.Get("Location") != "/api/docs" {
			t.Errorf("%s: status %d", path, r.status)
		}
	}
	for _, path := range []string{"/api/v1", "/api/v2/listings", "/api/v1/listings/a/b", "/API/v1/listings", "/api/v1/%00"} {
		if strings.HasPrefix(path, "/API") {
			if r := get(t, s, path); r.status != http.StatusNotFound {
				t.Errorf("%s: status %d", path, r.status)
			}
			continue
		}
		wrong(t, get(t, s, path), http.StatusNotFound)
	}
}

func TestFeedback(t *testing.T) {
	box := &scripted{}
	s := server(t, box, func(c *web.Config) { c.FeedbackRate = 0.5 })
	r := post(t, s, "/api/v1/feedback", `{"kind":"error","message":" The number is dead.\nReally. ","listing":"`+lifeline().ID.String()+`","page":"/listings/1"}`)
	var receipt struct{ Receipt string }
	if err := json.Unmarshal(r.body, &receipt); err != nil || r.status != http.StatusAccepted {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	if len(box.received) != 1 {
		t.Fatalf("%d messages were kept", len(box.received))
	}
	f := box.received[0]
	if f.ID.String() != receipt.Receipt || f.Message != "The number is dead.\nReally." || f.Kind != directory.ReportError || f.Listing != lifeline().ID || f.Page != "/listings/1" || !f.At.Equal(now) {
		t.Errorf("kept %+v, receipt %s", f, receipt.Receipt)
	}
	for body, fields := range map[string]string{
		`{}`: "kind", `{"kind":"praise"}`: "kind", `{"kind":"error","page":"/"}`: "message", `{"kind":"helpful"}`: "page", `{"kind":"helpful","page":"/search?q=cbt"}`: "page",
		`{"kind":"helpful","page":"/","email":"a@b"}`: "email", `{"kind":"helpful","listing":"1"}`: "listing", `{"kind":"error","page":"/","message":"` + strings.Repeat("a", 4001) + `"}`: "message",
	} {
		if p := wrong(t, post(t, s, "/api/v1/feedback", body), http.StatusBadRequest); p.fields() != fields {
			t.Errorf("%.80s: faulty fields %q, want %q", body, p.fields(), fields)
		}
	}
	for range 4 {
		if r := post(t, s, "/api/v1/feedback", `{"kind":"helpful","page":"/"}`); r.status != http.StatusAccepted {
			t.Fatalf("status %d: %s", r.status, r.body)
		}
	}
	last := post(t, s, "/api/v1/feedback", `{"kind":"helpful","page":"/"}`)
	if wrong(t, last, http.StatusTooManyRequests); last.header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", last.header.Get("Retry-After"))
	}
}

// TestLimits asks from behind a proxy that is trusted and with headers anyone can forge.
func TestLimits(t *testing.T) {
	clock := now
	limited := func(proxies ...string) *web.Server {
		return server(t, &scripted{}, func(c *web.Config) {
			c.RateLimit, c.RateBurst, c.TrustedProxies = 1, 3, proxies
			c.Now = func() time.Time { return clock }
		})
	}
	passed := func(s *web.Server, header func(i int) string) (n int) {
		for i := range 10 {
			if get(t, s, "/api/v1/vocabulary", "X-Forwarded-For", header(i)).status == http.StatusOK {
				n++
			}
		}
		return n
	}
	forged := func(i int) string { return fmt.Sprintf("6.6.6.%d", i) }
	appended := func(i int) string { return fmt.Sprintf("6.6.6.%d, 198.51.100.7, 10.0.0.1", i) }
	if n := passed(limited(), forged); n != 3 {
		t.Errorf("%d of 10 forged requests passed without a proxy", n)
	}
	// App.Test's peer is 0.0.0.0.
	behind := limited("0.0.0.0/32", "10.0.0.0/8")
	if n := passed(behind, appended); n != 3 {
		t.Errorf("%d of 10 requests of one client passed the proxy", n)
	}
	if n := passed(behind, forged); n != 10 {
		t.Errorf("%d of 10 clients of one request each passed", n)
	}
	clock = clock.Add(2 * time.Second)
	if n := passed(behind, appended); n != 2 {
		t.Errorf("%d requests passed two seconds later", n)
	}
	for range 5 {
		if r := get(t, behind, "/healthz", "X-Forwarded-For", appended(1)); r.status != http.StatusOK {
			t.Errorf("the operator's path is limited: %d", r.status)
		}
	}
	if n := passed(limited("0.0.0.0/32"), func(i int) string { return fmt.Sprintf("2001:db8:1:2::%d", i) }); n != 3 {
		t.Errorf("%d of 10 addresses of one IPv6 network passed", n)
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := server(t, &scripted{search: func(search.Query) (*search.Result, error) { panic("broken") }})
	for _, path := range []string{"/", "/api/v1/vocabulary", "/api/docs", "/nowhere", "/api/nowhere", "/api/v1/listings"} {
		h := get(t, s, path).header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin", "Permissions-Policy": "geolocation=(self)", "X-Frame-Options": "DENY", "Server": "", "Set-Cookie": "",
		} {
			if got := h.Get(name); got != want && !(got == "no-referrer" && !strings.HasPrefix(path, "/api")) { // a page may say even less
				t.Errorf("%s: %s %q, want %q", path, name, got, want)
			}
		}
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", path, csp)
		}
		if h.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request ID", path)
		}
	}
}

// TestNothingPrivateIsLogged searches the log of every sort of request, answered, refused, failed and broken, for what
// was asked and who asked it.
func TestNothingPrivateIsLogged(t *testing.T) {
	const words, address, client = "sentinelwords", "17 Sentinel Street", "203.0.113.77"
	secrets := []string{words, "Sentinel", address, client, "41.987654", "-88.123456", "0.0.0.0", "sentinel-agent"}
	failures := map[string]func(search.Query) (*search.Result, error){
		"answered": func(search.Query) (*search.Result, error) { return fullResult(1), nil },
		"failed": func(q search.Query) (*search.Result, error) {
			return nil, fmt.Errorf("match %q at %s: %w", q.Text, q.Place, errors.New("no such column: "+q.Text))
		},
		"unavailable": func(q search.Query) (*search.Result, error) {
			return nil, fault.Wrap(fault.Unavailable, "The engine is down.", fmt.Errorf("ask for %q", q.Text))
		},
		"refused": func(q search.Query) (*search.Result, error) {
			return nil, fault.New(fault.Unresolvable, q.Text+q.Place)
		},
		"panicked":      func(q search.Query) (*search.Result, error) { panic("can't read " + q.Text + q.Place) },
		"runtime panic": func(q search.Query) (*search.Result, error) { _ = q.Text[len(q.Text)+len(q.Place):]; return nil, nil },
	}
	for name, answer := range failures {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := server(t, &scripted{search: answer}, func(c *web.Config) {
				c.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				c.RateLimit, c.RateBurst, c.TrustedProxies = 1, 30, []string{"0.0.0.0/0"}
			})
			headers := []string{"X-Forwarded-For", client, "User-Agent", "sentinel-agent", "X-Request-Id", words, "Referer", "http://localhost/search?q=" + words, "Content-Type", "application/json"}
			for _, target := range []string{
				"/api/v1/listings?q=" + words + "&place=17%20Sentinel%20Street", "/api/v1/listings?near=41.987654,-88.123456", "/api/v1/listings?q=%00" + words, "/api/v1/listings?" + words + "=1",
				"/api/v1/listings?near=41.987654,-88.123456&place=" + words, "/api/v1/listings/" + words, "/" + words, "/api/" + words + "/41.987654", "/search?q=" + words + "&place=" + words,
				"/api/v1/places?q=" + words, "/api/v1/emergency/" + words, "/listings/" + words, "/api/v1/map?bbox=-88.123456,41.987654,-88.0,42&zoom=9", "/api/v1/helplines?place=" + words,
			} {
				if r := ask(t, s, http.MethodGet, target, "", headers...); r.header.Get("Set-Cookie") != "" {
					t.Errorf("%s set a cookie", target)
				}
			}
			for _, body := range []string{`{"q":"` + words + `","place":"` + address + `"}`, `{"near":"41.987654,-88.123456"}`, `{"` + words + `":1}`, `{"q":"` + words, words} {
				if r := ask(t, s, http.MethodPost, "/api/v1/listings/search", body, headers...); r.header.Get("Set-Cookie") != "" {
					t.Errorf("%s set a cookie", body)
				}
			}
			for range 20 { // into the limit
				ask(t, s, http.MethodGet, "/api/v1/listings?q="+words, "", headers...)
			}
			if log.Len() == 0 {
				t.Fatal("nothing was logged")
			}
			for _, secret := range secrets {
				if at := strings.Index(log.String(), secret); at >= 0 {
					t.Errorf("the log holds %q: …%s…", secret, log.String()[max(0, at-200):min(log.Len(), at+100)])
				}
			}
			metrics := get(t, s, "/metrics")
			for _, secret := range secrets {
				if bytes.Contains(metrics.body, []byte(secret)) {
					t.Errorf("the metrics hold %q", secret)
				}
			}
		})
	}
}

// TestLogNamesFailures wants the operator to hear of a failure what can be said.
func TestLogNamesFailures(t *testing.T) {
	var log bytes.Buffer
	s := server(t, &scripted{search: func(search.Query) (*search.Result, error) { var none []int; return nil, fmt.Errorf("%d", none[3]) }}, func(c *web.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	r := get(t, s, "/api/v1/listings")
	wrong(t, r, http.StatusInternalServerError)
	for _, want := range []string{"index out of range [3]", "TestLogNamesFailures", "route=/api/v1/listings ", "status=500", "id=" + r.header.Get("X-Request-Id"), "method=GET"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
}

func TestOperatorPaths(t *testing.T) {
	health := web.Health{Engine: "embedded", Indexed: true, Pending: 2, OldestWait: 1500 * time.Millisecond}
	s := server(t, &scripted{}, func(c *web.Config) { c.Health = func(context.Context) web.Health { return health } })
	if r := get(t, s, "/healthz"); r.status != http.StatusOK || !bytes.Contains(r.body, []byte(`"version":"test"`)) {
		t.Errorf("healthz: %d %s", r.status, r.body)
	}
	if r := get(t, s, "/readyz"); r.status != http.StatusOK || !bytes.Contains(r.body, []byte(`"oldest_pending_seconds":1.5`)) {
		t.Errorf("readyz: %d %s", r.status, r.body)
	}
	get(t, s, "/made-up")
	get(t, s, "/api/made-up")
	get(t, s, "/api/v1/listings/"+lifeline().ID.String())
	metrics := string(get(t, s, "/metrics").body)
	for _, want := range []string{`carefinder_http_request_seconds_count{method="GET",route="other",status="404"} 2`, `route="/api/v1/listings/:id",status="404"`, "carefinder_index_oldest_pending_seconds 1.5", "carefinder_ready 1"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	health.Mail, health.Unsent = "log", 3
	if r := get(t, s, "/readyz"); !bytes.Contains(r.body, []byte(`"mail":"log","unsent":3`)) {
		t.Errorf("readyz of a server that sends no mail: %s", r.body)
	}
	health = web.Health{Engine: "meilisearch", Indexed: true, Degraded: errors.New("meilisearch: invalid_api_key"), StoodIn: 7}
	if r := get(t, s, "/readyz"); r.status != http.StatusOK || !bytes.Contains(r.body, []byte(`"degraded":"meilisearch: invalid_api_key"`)) {
		t.Errorf("readyz with a stand-in: %d %s", r.status, r.body)
	}
	metrics = string(get(t, s, "/metrics").body)
	for _, want := range []string{"carefinder_search_degraded 1", "carefinder_search_stood_in_total 7"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	health = web.Health{Truth: errors.New("open /secret/path: gone"), Indexed: true}
	if r := get(t, s, "/readyz"); r.status != http.StatusServiceUnavailable || bytes.Contains(r.body, []byte("secret")) {
		t.Errorf("readyz without the truth: %d %s", r.status, r.body)
	}
	health = web.Health{}
	if r := get(t, s, "/readyz"); r.status != http.StatusServiceUnavailable {
		t.Errorf("readyz without an index: %d", r.status)
	}
}

// TestCrisisLine wants every error to name who can be reached, above all when nothing works.
func TestCrisisLine(t *testing.T) {
	broken := &scripted{helplines: func(search.HelplineQuery) (*search.HelplineResult, error) { panic("broken") }}
	for name, s := range map[string]*scripted{
		"working": {}, "broken": broken,
		"unavailable": {helplines: func(search.HelplineQuery) (*search.HelplineResult, error) {
			return nil, fault.New(fault.Unavailable, "down")
		}},
		"empty": {helplines: func(search.HelplineQuery) (*search.HelplineResult, error) { return &search.HelplineResult{}, nil }},
	} {
		w := server(t, s)
		for _, target := range []string{"/api/nowhere", "/api/v1/listings?limit=0", "/api/v1/listings?limit=0&country=ZZ"} {
			r := get(t, w, target)
			if p := wrong(t, r, r.status); p.Crisis.Country != "US" || p.Crisis.Channels[0].URI != "tel:988" {
				t.Errorf("%s: %s gives %+v", name, target, p.Crisis)
			}
		}
	}
	if p := wrong(t, get(t, server(t, broken), "/api/v1/listings?limit=0&country=gb"), 400); p.Crisis.Country != "GB" || p.Crisis.Channels[0].Number != "999" {
		t.Errorf("without a store Britain's is %+v", p.Crisis)
	}
}
