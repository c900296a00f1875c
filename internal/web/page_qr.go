package web

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
)

// qrView is a QR code to be drawn: a square of Size modules a side, and a path that strokes the dark ones.
type qrView struct {
	Size int
	Path string
}

// newQR makes the code of a text; nil for one that is too long, which a page can do without.
func newQR(text string) *qrView {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil
	}
	rows := code.Bitmap() // with the quiet zone around it
	return &qrView{Size: len(rows), Path: strokes(rows)}
}

// strokes draws the dark runs of each row as lines of width 1 along its middle: one path, and a third of the bytes of
// a square for each module.
func strokes(rows [][]bool) string {
	var b strings.Builder
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %d.5h%d", from, y, x-from)
			}
		}
	}
	return b.String()
}
