package web

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"math/rand/v2"
	"testing"
)

// TestPressedIsQuick bounds what packing a form takes: on two letters at random, which are the worst for it, the best
// packing takes a hundred times as long as the quickest.
func TestPressedIsQuick(t *testing.T) {
	body := make([]byte, 1<<16)
	for i := range body {
		body[i] = "ab"[rand.IntN(2)]
	}
	var quickest bytes.Buffer
	w, err := flate.NewWriter(&quickest, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(body); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if pressed(body) != base64.RawURLEncoding.EncodeToString(quickest.Bytes()) {
		t.Error("a form is packed otherwise than the quickest way")
	}
}
