// Package internal_test holds the rules that keep the packages of Carefinder apart.
package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "carefinder/"

// A rule says which packages may import what, and why: the reason is what a person reads when they break it.
type rule struct {
	imports []string // import paths; one that ends in a slash stands for everything below it
	only    []string // who may, tests included; empty: everyone but the packages in never
	never   []string // who may not, tests excluded
	reason  string
}

var importRules = []rule{
	{
		imports: []string{"github.com/gofiber/", "github.com/valyala/fasthttp", "github.com/danielgtaylor/huma/"},
		only:    []string{"internal/web/"},
		reason:  "HTTP stays in one place: Fiber reuses its memory, and a value of it that escapes web changes under its reader",
	},
	{
		imports: []string{"database/sql", "database/sql/", "github.com/jackc/", "modernc.org/", "github.com/pressly/goose/"},
		only:    []string{"internal/store/"},
		reason:  "there is one SQL implementation: a query elsewhere would be written for one database and forgotten in the other",
	},
	{
		imports: []string{"github.com/meilisearch/"},
		only:    []string{"internal/search/meili/"},
		reason:  "an engine is a projection behind a port; nothing else may know which one answers",
	},
	{
		imports: []string{"github.com/yuin/goldmark", "github.com/yuin/goldmark/"},
		only:    []string{"internal/guide/"},
		reason:  "prose becomes HTML in one place: that no raw HTML gets through is decided there",
	},
	{
		imports: []string{"github.com/coreos/go-oidc/", "golang.org/x/oauth2"},
		only:    []string{"internal/auth/oidc/"},
		reason:  "what a provider says is believed in one place: which of it, and why, is decided there",
	},
	{
		imports: []string{"github.com/go-webauthn/"},
		only:    []string{"internal/auth/"},
		reason:  "what a passkey says is believed in one place, and turned into what the store keeps there",
	},
	{
		imports: []string{"net/smtp"},
		only:    []string{"internal/mail/"},
		reason:  "mail leaves by one door: that nothing typed becomes a line of its header is decided there",
	},
	{
		imports: []string{module + "internal/store", module + "internal/store/", module + "internal/search/embedded", module + "internal/search/meili"},
		never:   []string{"internal/web/"},
		reason:  "public handlers can't write, by type: web reads through the interfaces of its Config",
	},
	{
		imports: []string{"net/http"},
		never:   []string{"internal/fault/", "internal/directory/", "internal/geo/", "internal/store/"},
		reason:  "what a failure is must not depend on how it is told: the mapping to statuses stands in web alone",
	},
	{
		imports: []string{module + "cmd/"},
		never:   []string{""},
		reason:  "a command is the end of the chain",
	},
}

// imports of these packages, tests excluded, must be in their list or in the standard library.
var confined = []struct {
	pkg     string
	allowed []string
	reason  string
}{
	{"internal/fault/", nil, "fault is a leaf: everything speaks it, so it may depend on nothing"},
	{
		"internal/directory/",
		[]string{module + "internal/fault", module + "internal/geo", "github.com/paulmach/orb"},
		"the domain knows nothing of SQL, HTTP, formats or engines",
	},
	{
		"internal/auth/",
		[]string{module + "internal/fault", module + "internal/directory", "golang.org/x/crypto/argon2", "golang.org/x/text/unicode/norm", "github.com/go-webauthn/webauthn/protocol", "github.com/go-webauthn/webauthn/webauthn"},
		"who may do what is decided apart from how it is kept and asked",
	},
	{
		"internal/guide/",
		[]string{
			"github.com/yuin/goldmark", "github.com/yuin/goldmark/ast", "github.com/yuin/goldmark/extension", "github.com/yuin/goldmark/extension/ast",
			"github.com/yuin/goldmark/parser", "github.com/yuin/goldmark/renderer", "github.com/yuin/goldmark/text", "github.com/yuin/goldmark/util",
		},
		"the guide is texts and their sources: what is searched for, and how a page looks, is others' business",
	},
}

// processOnly are the names of package os that only a command may use.
var processOnly = []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv", "Exit"}

var bannedNames = []string{"model", "models", "util", "utils", "common", "helper", "helpers", "service", "services", "repository", "pkg", "mock", "mocks", "types", "shared", "misc"}

// tagFree are the packages whose types carry no tags: every surface has its own response types. A package below one
// of them may be such a surface.
var tagFree = []string{"internal/fault/", "internal/directory/", "internal/geo/", "internal/search/"}

// source is one parsed Go file.
type source struct {
	dir  string // below the root, with a slash at the end: "internal/web/"
	file string
	test bool
	*ast.File
}

func TestImportRules(t *testing.T) {
	for _, fault := range check(readTree(t, "..")) {
		t.Error(fault)
	}
}

// TestRulesCatch gives each rule something that breaks it: a checker that finds nothing proves nothing.
func TestRulesCatch(t *testing.T) {
	const doc = "// Package x is here.\n"
	for _, c := range []struct{ name, file, text, want string }{
		{"fiber", "internal/search/a.go", doc + `package search; import _ "github.com/gofiber/fiber/v2"`, "Fiber reuses its memory"},
		{"fiber in a test", "internal/search/a_test.go", `package search; import _ "github.com/gofiber/fiber/v2"`, "Fiber reuses its memory"},
		{"sql", "internal/web/a.go", doc + `package web; import _ "database/sql"`, "one SQL implementation"},
		{"driver", "cmd/carefinder/a.go", doc + `package main; import _ "modernc.org/sqlite"`, "one SQL implementation"},
		{"meilisearch", "internal/search/a.go", doc + `package search; import _ "github.com/meilisearch/meilisearch-go"`, "which one answers"},
		{"goldmark", "internal/web/a.go", doc + `package web; import _ "github.com/yuin/goldmark"`, "in one place"},
		{"passkeys", "internal/store/a.go", doc + `package store; import _ "github.com/go-webauthn/webauthn/webauthn"`, "what a passkey says"},
		{"oidc", "internal/web/a.go", doc + `package web; import _ "github.com/coreos/go-oidc/v3/oidc"`, "believed in one place"},
		{"smtp", "internal/desk/a.go", doc + `package desk; import _ "net/smtp"`, "leaves by one door"},
		{"directory in guide", "internal/guide/a.go", doc + `package guide; import _ "carefinder/internal/directory"`, "others' business"},
		{"store in web", "internal/web/a.go", doc + `package web; import _ "carefinder/internal/store"`, "can't write, by type"},
		{"engine in web", "internal/web/a.go", doc + `package web; import _ "carefinder/internal/search/embedded"`, "can't write, by type"},
		{"http below web", "internal/store/a.go", doc + `package store; import _ "net/http"`, "statuses stands in web"},
		{"command", "internal/demo/a.go", doc + `package demo; import _ "carefinder/cmd/carefinder"`, "end of the chain"},
		{"leaf", "internal/fault/a.go", doc + `package fault; import _ "carefinder/internal/geo"`, "fault is a leaf"},
		{"domain", "internal/directory/a.go", doc + `package directory; import _ "carefinder/internal/search"`, "domain knows nothing"},
		{"environment", "internal/store/a.go", doc + `package store; import "os"; var _ = os.Getenv("X")`, "os.Getenv"},
		{"environment, renamed", "internal/store/a.go", doc + `package store; import sys "os"; var _, _ = sys.LookupEnv("X")`, "os.LookupEnv"},
		{"exit", "internal/web/a.go", doc + `package web; import "os"; func f() { os.Exit(1) }`, "os.Exit"},
		{"tag", "internal/directory/a.go", doc + "package directory; type t struct { A int `json:\"a\"` }", "json tag"},
		{"no comment", "internal/web/a.go", `package web`, "no package comment"},
		{"name", "internal/util/a.go", doc + `package util`, "says nothing about what it holds"},
		{"init", "internal/web/a.go", doc + `package web; func init() {}`, "func init"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := check([]source{parse(t, c.file, c.text)})
			if len(got) != 1 || !strings.Contains(got[0], c.want) {
				t.Errorf("check found %q, want one fault with %q", got, c.want)
			}
		})
	}
	two := []source{parse(t, "internal/web/a.go", doc+`package web`), parse(t, "internal/web/b.go", doc+`package web`)}
	if got := check(two); len(got) != 1 || !strings.Contains(got[0], "2 package comments") {
		t.Errorf("check found %q, want one fault about two package comments", got)
	}
	fine := []source{
		parse(t, "internal/web/a.go", doc+`package web; import _ "github.com/gofiber/fiber/v2"`),
		parse(t, "internal/web/a_test.go", `package web_test; import _ "carefinder/internal/store"`),
		parse(t, "cmd/carefinder/a.go", doc+`package main; import "os"; func main() { os.Exit(0) }`),
	}
	if got := check(fine); len(got) != 0 {
		t.Errorf("check found %q where nothing is wrong", got)
	}
}

// check gives one sentence for each broken rule.
func check(tree []source) []string {
	var faults []string
	for _, s := range tree {
		say := func(format string, args ...any) {
			faults = append(faults, s.file+": "+fmt.Sprintf(format, args...))
		}
		checkImports(s, say)
		checkProcess(s, say)
		checkDeclarations(s, say)
		if slices.Contains(bannedNames, path.Base(s.dir)) {
			say("a package called %s says nothing about what it holds: name it after the thing", path.Base(s.dir))
		}
	}
	return append(faults, checkComments(tree)...)
}

func checkImports(s source, say func(string, ...any)) {
	for _, imp := range importsOf(s.File) {
		for _, r := range importRules {
			if !matches(imp, r.imports) {
				continue
			}
			if r.only != nil && !within(s.dir, r.only) || r.never != nil && !s.test && within(s.dir, r.never) {
				say("imports %s: %s", imp, r.reason)
			}
		}
		for _, c := range confined {
			if s.dir == c.pkg && !s.test && !standard(imp) && !slices.Contains(c.allowed, imp) {
				say("imports %s: %s", imp, c.reason)
			}
		}
	}
}

func importsOf(f *ast.File) []string {
	var paths []string
	for _, i := range f.Imports {
		p, _ := strconv.Unquote(i.Path.Value) // the parser accepts only quoted strings
		paths = append(paths, p)
	}
	return paths
}

func matches(imp string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool {
		return imp == p || strings.HasSuffix(p, "/") && strings.HasPrefix(imp, p)
	})
}

func within(dir string, parents []string) bool {
	return slices.ContainsFunc(parents, func(p string) bool { return strings.HasPrefix(dir, p) })
}

// standard reports whether an import path is of the standard library: no module's first element lacks a dot but ours.
func standard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".") && first+"/" != module
}

// checkProcess finds uses of the environment and of the process's end outside commands. Tests may: they learn from
// the environment which databases there are.
func checkProcess(s source, say func(string, ...any)) {
	if s.test || strings.HasPrefix(s.dir, "cmd/") || strings.HasSuffix(s.dir, "test/") {
		return
	}
	local := ""
	for _, i := range s.Imports {
		if i.Path.Value == `"os"` {
			local = "os"
			if i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && local != "" && x.Name == local && slices.Contains(processOnly, sel.Sel.Name) {
				say("uses os.%s: only a command reads the environment and ends the process, so that everything else can be tested with values", sel.Sel.Name)
			}
		}
		return true
	})
}

func checkDeclarations(s source, say func(string, ...any)) {
	for _, d := range s.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			say("has a func init: what runs at import can't be seen, ordered or tested")
		}
	}
	if s.test || !slices.Contains(tagFree, s.dir) {
		return
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok && f.Tag != nil {
			tag, _ := strconv.Unquote(f.Tag.Value) // the parser accepts only quoted strings
			if _, ok := reflect.StructTag(tag).Lookup("json"); ok {
				say("has a json tag: a surface has its own response types, so that a field of the domain can be renamed without breaking a client")
			}
		}
		return true
	})
}

// checkComments asks for exactly one package comment in each package that is not tests alone.
func checkComments(tree []source) []string {
	count, seen := map[string]int{}, map[string]bool{}
	for _, s := range tree {
		if s.test {
			continue
		}
		seen[s.dir] = true
		if s.Doc != nil {
			count[s.dir]++
		}
	}
	var faults []string
	for dir := range seen {
		switch n := count[dir]; n {
		case 1:
		case 0:
			faults = append(faults, dir+": no package comment: say what it is, the one rule to know and where to start reading")
		default:
			faults = append(faults, fmt.Sprintf("%s: %d package comments: a reader finds one of them", dir, n))
		}
	}
	slices.Sort(faults)
	return faults
}

func readTree(t *testing.T, root string) []source {
	t.Helper()
	var tree []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == "bin"):
			return filepath.SkipDir
		case !strings.HasSuffix(name, ".go"):
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		tree = append(tree, newSource(filepath.ToSlash(rel), f))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(tree) == 0 {
		t.Fatal("no Go files found: the rules would hold of nothing")
	}
	return tree
}

func parse(t *testing.T, name, text string) source {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return newSource(name, f)
}

func newSource(name string, f *ast.File) source {
	return source{dir: path.Dir(name) + "/", file: name, test: strings.HasSuffix(name, "_test.go"), File: f}
}
