package frontend

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// dist/app is what Vite makes of src/ and styles/. dist itself holds a committed file, so that a clone that never saw
// Node builds as well.
//
//go:embed all:dist
var dist embed.FS

//go:embed geo
var outlines embed.FS

//go:embed public
var public embed.FS

// Asset is a file that pages load. Its path holds a digest of its content, so that browsers may keep it for ever.
type Asset struct {
	Path   string
	Type   string // of its content
	Plain  []byte
	Brotli []byte // nil when it would not be smaller
	Gzip   []byte
}

// Bundle is what pages load, and where they find it.
type Bundle struct {
	Assets []Asset
	Style  string // path of the style sheet
	// DeskStyle is the path of what pages of the desk load besides: no visitor does.
	DeskStyle  string
	DeskScript string // the same; "" without a bundle
	Script     string // path of the script of every page; "" without a bundle, and the pages work without
	Worker     []byte // source of the service worker; nil without a bundle
}

// source is an entry of Vite's manifest.
type source struct {
	File   string
	CSS    []string
	Assets []string
}

// Load gives what Vite made, or, where it never ran, the style sheet as it is written.
func Load() (*Bundle, error) {
	raw, err := dist.ReadFile("dist/app/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		path, css := Stylesheet()
		b := &Bundle{Style: path, Assets: []Asset{{Path: path, Type: contentTypes[".css"], Plain: css}}}
		b.addDeskStyle()
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	var manifest map[string]source
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return nil, fmt.Errorf("manifest of the bundle: %w", err)
	}
	b := &Bundle{Style: pathOf(manifest["styles/site.css"].File), Script: pathOf(manifest["src/entry.ts"].File)}
	if file := manifest["src/desk.ts"].File; file != "" {
		b.DeskScript = pathOf(file)
	}
	worker := manifest["src/worker/worker.ts"].File
	if b.Worker, err = dist.ReadFile("dist/app/" + worker); err != nil {
		return nil, fmt.Errorf("service worker of the bundle: %w", err)
	}
	for _, name := range namesIn(manifest) {
		if name == worker {
			continue // served under a name that stays
		}
		a, err := readAsset(name)
		if err != nil {
			return nil, fmt.Errorf("bundle: %w", err)
		}
		b.Assets = append(b.Assets, a)
	}
	if file := manifest["styles/desk.css"].File; file != "" {
		b.DeskStyle = pathOf(file)
	} else {
		b.addDeskStyle() // a bundle made before there was a desk
	}
	return b, nil
}

// addDeskStyle adds the style sheet of the desk as it is written.
func (b *Bundle) addDeskStyle() {
	css := style("desk.css")
	b.DeskStyle = named(css, "desk")
	b.Assets = append(b.Assets, Asset{Path: b.DeskStyle, Type: contentTypes[".css"], Plain: css})
}

// namesIn lists what the manifest names, once each: nothing else of the folder is served.
func namesIn(manifest map[string]source) []string {
	var names []string
	seen := map[string]bool{}
	for _, s := range manifest {
		for _, name := range append(append([]string{s.File}, s.CSS...), s.Assets...) {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json",
	".svg": "image/svg+xml", ".png": "image/png",
}

func readAsset(name string) (Asset, error) {
	a := Asset{Path: pathOf(name), Type: contentTypes[path.Ext(name)]}
	if a.Type == "" {
		return a, fmt.Errorf("nobody said what type %s has", name)
	}
	var err error
	if a.Plain, err = dist.ReadFile("dist/app/" + name); err != nil {
		return a, err
	}
	for ending, into := range map[string]*[]byte{".br": &a.Brotli, ".gz": &a.Gzip} {
		if *into, err = dist.ReadFile("dist/app/" + name + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return a, err
		}
	}
	return a, nil
}

func pathOf(file string) string { return "/static/" + file }

// ServiceWorker gives the worker's script: its source behind a line that names the files the pages it keeps need. The
// version is a digest of all of it, so that a new release replaces what an old one kept.
func (b *Bundle) ServiceWorker(needs ...string) []byte {
	h := sha256.New()
	h.Write(b.Worker)
	for _, path := range needs {
		h.Write([]byte(path + "\n"))
	}
	shell, err := json.Marshal(map[string]any{"version": hex.EncodeToString(h.Sum(nil)[:6]), "files": needs})
	if err != nil {
		panic(err) // strings only
	}
	return []byte("self.shell=" + string(shell) + ";\n" + string(b.Worker))
}

// Outlines holds the borders of the United States for maps, as TopoJSON: states.json with the object "land", a geometry
// for each state, and counties/<state>.json with the objects "land" and "lines". scripts/geo.mjs made them.
func Outlines() fs.FS { return sub(outlines, "geo") }

// Public gives a file of public/, served at the root under its own name: icon.svg, or icon-maskable.svg for systems that
// cut icons to their own shape.
func Public(name string) []byte {
	b, err := public.ReadFile("public/" + name)
	if err != nil {
		panic(err) // embedded by name
	}
	return b
}
