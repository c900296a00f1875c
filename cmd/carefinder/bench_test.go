package main

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestBench runs it all at a size that takes no time: every answer of the engine must be that of the scan.
func TestBench(t *testing.T) {
	t.Setenv(asProgram, "1") // the load is a process of its own
	out := must(t, "bench", "--sizes", "2k", "--questions", "20", "--bulk", "300", "--for", "100ms", "--rebuild", "1k")
	for _, want := range []string{"20/20", "typeahead", "bare Fiber", "heap bytes", "rebuilt from SQLite", "a published edit is found", "300 listings published at once"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestSizes(t *testing.T) {
	got, err := parseSizes([]string{"12", "10k", "1M"})
	if err != nil || fmt.Sprint(got) != "[12 10000 1000000]" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "k", "-1", "0", "10g", "1.5k"} {
		if got, err := parseSizes([]string{bad}); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

// TestLoad counts what it is answered, and what it is refused.
func TestLoad(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "12345") })
	go http.Serve(ln, mux) // ends with its listener
	for path, bad := range map[string]bool{"/good": false, "/bad": true} {
		r, err := load(t.Context(), ln.Addr().String(), [][]byte{[]byte(path)}, 3, 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if r.Requests < 3 || r.P50 <= 0 || r.P99 < r.P50 {
			t.Errorf("%s: %+v", path, r)
		}
		if bad && r.Failed != r.Requests || !bad && (r.Failed != 0 || r.Bytes != 5*r.Requests) {
			t.Errorf("%s: %+v", path, r)
		}
	}
	if _, err := load(t.Context(), "127.0.0.1:1", [][]byte{[]byte("/")}, 1, time.Second); err == nil {
		t.Error("nobody listens there, and it found no fault")
	}
}
