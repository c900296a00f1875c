// Package frontend is what the pages are made of: templates, style sheets and the message catalogue, embedded in the
// program, and beside them the bundle that Vite makes of scripts and styles, where Node ran. The one rule to know: no
// text for people stands in a template or in Go, only in messages/, once for each language of Languages; a test of the
// web package holds both to it.
//
// Start reading with templates/layout.html.
package frontend

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
)

//go:embed templates messages
var files embed.FS

// Language is one the pages are written in.
type Language struct {
	Code string // BCP 47, and the page's lang attribute
	Name string // as its speakers call it
	// Prefix is what paths of its pages begin with: "/es", or "" for the language of the bare paths.
	Prefix string
	// Draft is true while the catalogue was translated by a machine and no native reviewer has signed it; each page
	// says so.
	Draft bool
}

// Languages lists the languages of the pages, the one of the bare paths first.
func Languages() []Language {
	return []Language{
		{Code: "en", Name: "English"},
		{Code: "es", Name: "Español", Prefix: "/es", Draft: true},
	}
}

// Templates holds layout.html and parts.html, which every page shares, and pages/*.html, each of which defines "main".
func Templates() fs.FS { return sub(files, "templates") }

// Messages gives the catalogue of a language: a JSON object from message names to texts, or to the forms of a plural.
func Messages(code string) ([]byte, error) {
	b, err := files.ReadFile("messages/active." + code + ".json")
	if err != nil {
		return nil, fmt.Errorf("catalogue of %q: %w", code, err)
	}
	return b, nil
}

// Stylesheet gives the style sheet and the path it is served under. The path holds a digest of the content, so that
// browsers may keep it for ever.
func Stylesheet() (path string, css []byte) {
	css = sourceStyles()
	return named(css, "site"), css
}

// named gives the path of a style sheet.
func named(css []byte, name string) string {
	sum := sha256.Sum256(css)
	return "/static/" + name + "." + hex.EncodeToString(sum[:6]) + ".css"
}

func sub(from embed.FS, dir string) fs.FS {
	s, err := fs.Sub(from, dir)
	if err != nil {
		panic(err) // only for a path that is not valid
	}
	return s
}
