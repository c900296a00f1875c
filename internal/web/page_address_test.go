package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"carefinder/internal/web"
)

func TestPublicAddressMustBeOne(t *testing.T) {
	for stated, ok := range map[string]bool{
		"": true, "https://care.example.org": true, "https://care.example.org/": true, "http://127.0.0.1:8080": true, "http://[::1]:8080": true,
		"care.example.org": false, "ftp://care.example.org": false, "https://": false, "https://care.example.org/de": false, "https://a b": false,
		"https://care.example.org?x": false, "https://u:p@care.example.org": false, "https://care.example.org#x": false, "//care.example.org": false,
	} {
		if _, _, err := newPages(t, func(_ *shelf, c *web.Config) { c.PublicURL = stated }); (err == nil) != ok {
			t.Errorf("%q: %v", stated, err)
		}
	}
}

// TestBaseOfAddresses asks as clients do, and as those do who would have a page point elsewhere.
func TestBaseOfAddresses(t *testing.T) {
	for _, c := range []struct{ name, public, host, proto, proxy, want string }{
		{name: "configured", public: "https://care.example.org/", host: "evil.example", want: "https://care.example.org"},
		{name: "named by the request", host: "Localhost:8080", want: "http://localhost:8080"},
		{name: "an address", host: "[::1]:8080", want: "http://[::1]:8080"},
		{name: "a scheme nobody vouches for", host: "care.example.org", proto: "https", want: "http://care.example.org"},
		{name: "a scheme a proxy vouches for", host: "care.example.org", proto: "https", proxy: "0.0.0.0/0", want: "https://care.example.org"},
		{name: "a scheme that is none", host: "care.example.org", proto: "javascript", proxy: "0.0.0.0/0", want: "http://care.example.org"},
		{name: "no host", host: `a"><b`},
		{name: "two hosts", host: "care.example.org,evil.example"},
		{name: "endless", host: strings.Repeat("a.", 200) + "org"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, _ := pagesOf(t, func(_ *shelf, cfg *web.Config) {
				cfg.PublicURL = c.public
				if c.proxy != "" {
					cfg.TrustedProxies = []string{c.proxy}
				}
			})
			req := httptest.NewRequest(http.MethodGet, "/robots.txt", nil)
			req.Host = c.host
			if c.proto != "" {
				req.Header.Set("X-Forwarded-Proto", c.proto)
			}
			res, err := server.Test(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			b, _ := io.ReadAll(res.Body)
			_, got, _ := strings.Cut(string(b), "Sitemap: ")
			if want := c.want + "/sitemap.xml\n"; res.StatusCode != 200 || c.want != "" && got != want || c.want == "" && got != "" {
				t.Errorf("%d, the sitemap is at %q, want under %q", res.StatusCode, got, c.want)
			}
		})
	}
}
