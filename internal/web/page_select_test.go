package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// pick finds the elements of a page that a selector names: steps of tag, #id, .class, [attr] and [attr=value], each
// inside the one before.
func pick(n *html.Node, selector string) []*html.Node {
	found := []*html.Node{n}
	for step := range strings.FieldsSeq(selector) {
		parts := simple.FindAllString(step, -1)
		var next []*html.Node
		seen := map[*html.Node]bool{}
		for _, in := range found {
			for d := range in.Descendants() {
				if d.Type == html.ElementNode && meets(d, parts) && !seen[d] {
					next = append(next, d)
					seen[d] = true
				}
			}
		}
		found = next
	}
	return found
}

var simple = regexp.MustCompile(`^[a-z0-9]+|[#.][\w-]+|\[[^\]]+\]`)

func meets(n *html.Node, parts []string) bool {
	for _, part := range parts {
		ok := n.Data == part
		switch part[0] {
		case '#':
			ok = attr(n, "id") == part[1:]
		case '.':
			ok = slices.Contains(strings.Fields(attr(n, "class")), part[1:])
		case '[':
			name, value, valued := strings.Cut(part[1:len(part)-1], "=")
			ok = has(n, name) && (!valued || attr(n, name) == value)
		}
		if !ok {
			return false
		}
	}
	return true
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// words gives the text of an element as a reader sees it.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// one gives the single element a selector names.
func one(t *testing.T, n *html.Node, selector string) *html.Node {
	t.Helper()
	found := pick(n, selector)
	if len(found) != 1 {
		t.Fatalf("%q names %d elements, want 1", selector, len(found))
	}
	return found[0]
}

func request(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }

func bodyOf(t interface{ Fatalf(string, ...any) }, res *http.Response) string {
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return string(b)
}
