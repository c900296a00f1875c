package web_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/web"
)

// roll is a directory of that many listings, numbered from 1; its reads fail from the failing-th on.
type roll struct{ n, failing, reads int }

func numbered(n int) (id directory.ID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func (r *roll) CountReal(context.Context) (int, error) { return r.n, nil }

func (r *roll) Roll(_ context.Context, after directory.ID, skip, max int) ([]directory.Change, error) {
	if r.reads++; r.failing > 0 && r.reads >= r.failing {
		return nil, errors.New("the disk is gone")
	}
	var all []directory.Change
	for i := int(binary.BigEndian.Uint64(after[8:])) + skip + 1; i <= r.n && len(all) < max; i++ {
		all = append(all, directory.Change{ID: numbered(i), At: noon})
	}
	return all, nil
}

type siteMap struct {
	XMLName xml.Name
	URLs    []struct {
		Loc     string `xml:"loc"`
		LastMod string `xml:"lastmod"`
		Links   []struct {
			Lang string `xml:"hreflang,attr"`
			Href string `xml:"href,attr"`
		} `xml:"link"`
	} `xml:"url"`
	Files []struct {
		Loc string `xml:"loc"`
	} `xml:"sitemap"`
}

func readMap(t *testing.T, server *web.Server, path string) siteMap {
	t.Helper()
	r := get(t, server, path)
	if r.status != 200 || !strings.HasPrefix(r.header.Get("Content-Type"), "application/xml") {
		t.Fatalf("%s: %d, %q", path, r.status, r.header.Get("Content-Type"))
	}
	var m siteMap
	if err := xml.Unmarshal(r.body, &m); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return m
}

func (m siteMap) addresses() []string {
	var all []string
	for _, u := range m.URLs {
		all = append(all, strings.TrimPrefix(u.Loc, "https://care.example.org"))
	}
	return all
}

func TestSitemapListsWhatIsPublished(t *testing.T) {
	server, _ := pagesOf(t, func(_ *shelf, c *web.Config) {
		published(nil, c)
		c.Roll = &roll{n: 2}
	})
	m := readMap(t, server, "/sitemap.xml")
	got := m.addresses()
	for _, path := range got {
		if !strings.Contains(path, "/listings/") {
			read(t, server, path, 200)
		}
	}
	var listings []string
	for i, u := range m.URLs {
		if !strings.HasPrefix(u.Loc, "https://care.example.org/") || len(u.Links) != 2 || u.Links[0].Lang != "en" || u.Links[1].Lang != "es" || !slices.Contains([]string{u.Links[0].Href, u.Links[1].Href}, u.Loc) {
			t.Errorf("%+v", u)
		}
		if strings.Contains(got[i], "/listings/") {
			listings = append(listings, got[i])
			if at, err := time.Parse(time.RFC3339, u.LastMod); err != nil || !at.Equal(noon) {
				t.Errorf("%s changed %q", got[i], u.LastMod)
			}
		}
	}
	one, two := "/listings/"+numbered(1).String(), "/listings/"+numbered(2).String()
	if want := []string{one, "/es" + one, two, "/es" + two}; !slices.Equal(listings, want) {
		t.Errorf("listings %q, want %q", listings, want)
	}
	for _, want := range []string{"/", "/es", "/guide", "/helplines", "/es/helplines/US", "/emergency/GB", "/about/data", "/es/about/editorial", "/privacy", "/safety", "/accessibility"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, path := range got {
		if path == "/helplines/GB" || strings.Contains(path, "feedback") || strings.Contains(path, "leave") || strings.HasSuffix(path, "/search") || strings.Contains(path, "?") {
			t.Errorf("%s is listed", path)
		}
	}
	slices.Sort(got)
	if n := len(slices.Compact(slices.Clone(got))); n != len(got) {
		t.Errorf("%d addresses, %d of them once", len(got), n)
	}
}

// A file is sent as it is read, packed or not: drawn into memory first, forty readers would fill it.
func TestSitemapIsSentAsItIsRead(t *testing.T) {
	server, _ := pagesOf(t, func(_ *shelf, c *web.Config) {
		published(nil, c)
		c.Roll = &roll{n: 2}
	})
	for _, accept := range []string{"", "br, gzip"} {
		r := get(t, server, "/sitemap.xml", "Accept-Encoding", accept)
		if r.status != 200 || r.header.Get("Content-Length") != "" || r.header.Get("Content-Encoding") != "" {
			t.Errorf("Accept-Encoding %q: %d of %q bytes, packed as %q", accept, r.status, r.header.Get("Content-Length"), r.header.Get("Content-Encoding"))
		}
	}
}

func TestSitemapFilesThatAreNone(t *testing.T) {
	walked := &roll{n: 2}
	server, _ := pagesOf(t, func(_ *shelf, c *web.Config) {
		published(nil, c)
		c.Roll = walked
	})
	for _, path := range []string{"/sitemap/2.xml", "/sitemap/900000000.xml", "/sitemap/-1.xml", "/sitemap/x.xml"} {
		if r := get(t, server, path); r.status != 404 || walked.reads > 0 {
			t.Errorf("%s: %d after %d walks", path, r.status, walked.reads)
		}
	}
}

func TestSitemapIsSplit(t *testing.T) {
	const n = 25_002 // more than fit in one file
	server, _ := pagesOf(t, func(_ *shelf, c *web.Config) {
		published(nil, c)
		c.Roll = &roll{n: n}
	})
	index := readMap(t, server, "/sitemap.xml")
	if index.XMLName.Local != "sitemapindex" || len(index.Files) != 3 {
		t.Fatalf("%s of %d files", index.XMLName.Local, len(index.Files))
	}
	seen := map[string]bool{}
	for _, f := range index.Files {
		// Read as text: a parser of XML takes half a minute for them all under the race detector, and other tests read one so.
		places := bytes.Split(get(t, server, strings.TrimPrefix(f.Loc, "https://care.example.org")).body, []byte("<loc>"))[1:]
		if len(places) == 0 || len(places) > 50_000 {
			t.Errorf("%s has %d addresses", f.Loc, len(places))
		}
		for _, x := range places {
			loc, _, _ := bytes.Cut(x, []byte("<"))
			if seen[string(loc)] {
				t.Fatalf("%s stands twice", loc)
			}
			seen[string(loc)] = true
		}
	}
	for _, i := range []int{1, 25_000, 25_001, n} {
		if !seen["https://care.example.org/es/listings/"+numbered(i).String()] {
			t.Errorf("listing %d is missing", i)
		}
	}
	if !seen["https://care.example.org/helplines"] {
		t.Error("the other pages are missing")
	}
	for _, path := range []string{"/sitemap/3.xml", "/sitemap/-1.xml", "/sitemap/x.xml", "/sitemap/99999999999999999999.xml"} {
		if r := get(t, server, path); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}

// TestSitemapThatFailsIsNoSitemap holds that a part can't pass for the whole.
func TestSitemapThatFailsIsNoSitemap(t *testing.T) {
	for failing := 1; failing <= 2; failing++ {
		server, _ := pagesOf(t, func(_ *shelf, c *web.Config) {
			published(nil, c)
			c.Roll = &roll{n: 3_000, failing: failing}
		})
		r := get(t, server, "/sitemap.xml")
		var m siteMap
		if r.status == 200 && xml.Unmarshal(r.body, &m) == nil {
			t.Errorf("failing at read %d: a whole file of %d addresses", failing, len(m.URLs))
		}
	}
}

func TestRobots(t *testing.T) {
	server, _ := pagesOf(t, published)
	r := get(t, server, "/robots.txt")
	text := string(r.body)
	for _, want := range []string{"User-agent: *\n", "\nDisallow: /search?\n", "\nDisallow: /es/search?\n", "\nDisallow: /feedback\n", "\nDisallow: /es/leave\n", "\nSitemap: https://care.example.org/sitemap.xml\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if strings.Contains(text, "Disallow: /\n") || strings.Contains(text, "Disallow: /listings") {
		t.Error("keeps search engines from care")
	}
}

func TestOpenSearch(t *testing.T) {
	server, _ := pagesOf(t, published)
	for path, want := range map[string]string{
		"/opensearch.xml": "https://care.example.org/search?q={searchTerms}", "/es/opensearch.xml": "https://care.example.org/es/search?q={searchTerms}",
	} {
		var d struct {
			XMLName   xml.Name `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
			ShortName string
			URL       struct {
				Template string `xml:"template,attr"`
				Type     string `xml:"type,attr"`
			} `xml:"Url"`
		}
		r := get(t, server, path)
		if err := xml.Unmarshal(r.body, &d); err != nil || d.URL.Template != want || d.URL.Type != "text/html" || d.ShortName == "" || len(d.ShortName) > 16 {
			t.Errorf("%s: %v, %+v", path, err, d)
		}
		read(t, server, strings.ReplaceAll(strings.TrimPrefix(d.URL.Template, "https://care.example.org"), "{searchTerms}", "ect"), 200)
	}
}

func TestLeaving(t *testing.T) {
	server, _ := pagesOf(t, nil)
	var to string
	for _, path := range []string{"/leave", "/es/leave", "/leave?from=/listings/1"} {
		r := get(t, server, path)
		h := r.header
		if r.status != http.StatusSeeOther || h.Get("Clear-Site-Data") != `"storage"` || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || len(h.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: %d, %v", path, r.status, h)
		}
		if to == "" {
			to = h.Get("Location")
		}
		if h.Get("Location") != to || !strings.HasPrefix(to, "https://") || strings.Contains(to, "?") {
			t.Errorf("%s leads to %q", path, h.Get("Location"))
		}
	}
}

func TestPagesAreSentOnce(t *testing.T) {
	server, _ := pagesOf(t, published)
	for _, path := range []string{"/listings/" + centerID.String(), "/listings/" + centerID.String() + "/contact.vcf", "/es/privacy", "/robots.txt", "/opensearch.xml"} {
		first := get(t, server, path)
		tag := first.header.Get("ETag")
		if first.status != 200 || !strings.HasPrefix(tag, `W/"`) {
			t.Fatalf("%s: %d, ETag %q", path, first.status, tag)
		}
		if r := get(t, server, path, "If-None-Match", tag); r.status != http.StatusNotModified || len(r.body) > 0 || r.header.Get("ETag") != tag {
			t.Errorf("%s again: %d, %d bytes", path, r.status, len(r.body))
		}
		if r := get(t, server, path, "If-None-Match", `W/"other"`); r.status != 200 {
			t.Errorf("%s for another: %d", path, r.status)
		}
		if r := ask(t, server, http.MethodHead, path, ""); r.status != 200 || len(r.body) > 0 || r.header.Get("ETag") != tag {
			t.Errorf("HEAD %s: %d, %d bytes, ETag %q", path, r.status, len(r.body), r.header.Get("ETag"))
		}
	}
	if r := get(t, server, "/nowhere"); r.header.Get("ETag") != "" {
		t.Error("an error can be kept")
	}
	if r := ask(t, server, http.MethodHead, "/sitemap.xml", ""); r.status != 200 || len(r.body) > 0 {
		t.Errorf("HEAD of the sitemap: %d, %d bytes", r.status, len(r.body))
	}
}
