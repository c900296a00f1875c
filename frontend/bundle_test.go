package frontend_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"carefinder/frontend"
)

func TestBundle(t *testing.T) {
	b, err := frontend.Load()
	if err != nil {
		t.Fatal(err)
	}
	style := slices.IndexFunc(b.Assets, func(a frontend.Asset) bool { return a.Path == b.Style })
	if style < 0 || !strings.HasPrefix(b.Assets[style].Type, "text/css") || !bytes.Contains(b.Assets[style].Plain, []byte("@layer")) {
		t.Fatalf("no style sheet at %q", b.Style)
	}
	if b.Script == "" {
		if os.Getenv("REQUIRE_BUNDLE") != "" {
			t.Fatal("no bundle: run make frontend")
		}
		t.Skip("no bundle here: pages have no script")
	}
	for _, a := range b.Assets {
		if len(a.Plain) == 0 || a.Type == "" {
			t.Errorf("%s is empty, or of no type", a.Path)
		}
		for _, packed := range [][]byte{a.Brotli, a.Gzip} {
			if packed != nil && len(packed) >= len(a.Plain) {
				t.Errorf("%s is no smaller packed", a.Path)
			}
		}
		if strings.HasSuffix(a.Path, ".js") && (a.Brotli == nil || a.Gzip == nil) {
			t.Errorf("%s was not packed", a.Path)
		}
	}
	if !slices.ContainsFunc(b.Assets, func(a frontend.Asset) bool { return a.Path == b.Script }) {
		t.Errorf("no script at %q", b.Script)
	}
}

func TestServiceWorkerChangesWithWhatItKeeps(t *testing.T) {
	b := &frontend.Bundle{Worker: []byte("work()")}
	one, files := readWorker(t, b.ServiceWorker("/static/a.css", "/icon.svg"))
	other, _ := readWorker(t, b.ServiceWorker("/static/b.css", "/icon.svg"))
	if one == "" || one == other || !slices.Equal(files, []string{"/static/a.css", "/icon.svg"}) {
		t.Errorf("versions %q and %q, files %q", one, other, files)
	}
}

func readWorker(t *testing.T, script []byte) (version string, files []string) {
	t.Helper()
	line, rest, _ := bytes.Cut(script, []byte("\n"))
	var shell struct {
		Version string
		Files   []string
	}
	if err := json.Unmarshal(bytes.TrimSuffix(bytes.TrimPrefix(line, []byte("self.shell=")), []byte(";")), &shell); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if string(rest) != "work()" {
		t.Errorf("the worker's own source became %q", rest)
	}
	return shell.Version, shell.Files
}

func TestOutlinesAreWhole(t *testing.T) {
	names, err := fs.Glob(frontend.Outlines(), "counties/*.json")
	if err != nil || len(names) != 56 {
		t.Errorf("%d states and territories with counties, want 56: %v", len(names), err)
	}
	for _, name := range append(names, "states.json") {
		b, err := fs.ReadFile(frontend.Outlines(), name)
		if err != nil || !json.Valid(b) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
