package web_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/skip2/go-qrcode"
)

// TestQRCodeDrawsTheAddress reads the path back into modules and compares it with the code of the page's address.
func TestQRCodeDrawsTheAddress(t *testing.T) {
	server, _ := pagesOf(t, published)
	page := "/es/listings/" + centerID.String()
	svg := one(t, read(t, server, page, 200), "svg.qr")
	if attr(svg, "aria-label") == "" || attr(svg, "role") != "img" {
		t.Error("the code has no name")
	}
	code, err := qrcode.New("https://care.example.org"+page, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	want := code.Bitmap()
	if box := attr(svg, "viewbox") + attr(svg, "viewBox"); box != fmt.Sprintf("0 0 %d %[1]d", len(want)) {
		t.Fatalf("drawn in %q, want %d modules a side", box, len(want))
	}
	got := make([][]bool, len(want))
	for y := range got {
		got[y] = make([]bool, len(want))
	}
	path := attr(one(t, svg, "path"), "d")
	run := regexp.MustCompile(`M(\d+) (\d+)\.5h(\d+)`)
	if rest := run.ReplaceAllString(path, ""); rest != "" {
		t.Fatalf("the path also says %q", rest)
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	for _, m := range run.FindAllStringSubmatch(path, -1) {
		for x := range number(m[3]) {
			got[number(m[2])][number(m[1])+x] = true
		}
	}
	for y := range want {
		for x := range want[y] {
			if got[y][x] != want[y][x] {
				t.Fatalf("module %d, %d is drawn %v", x, y, got[y][x])
			}
		}
	}
}
