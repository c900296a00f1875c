package frontend

import (
	"embed"
	"regexp"
)

//go:embed styles/*.css
var styles embed.FS

var imported = regexp.MustCompile(`(?m)^@import "([a-z]+\.css)" layer\(([a-z]+)\);$`)

// sourceStyles joins the style sheets as they are written, each import in its layer: what is served where no bundle was
// made.
func sourceStyles() []byte {
	return imported.ReplaceAllFunc(style("site.css"), func(line []byte) []byte {
		name := imported.FindSubmatch(line)
		block := append([]byte("@layer "), name[2]...)
		block = append(block, " {\n"...)
		return append(append(block, style(string(name[1]))...), '}')
	})
}

func style(name string) []byte {
	css, err := styles.ReadFile("styles/" + name)
	if err != nil {
		panic(err) // embedded and imported by name: a test reads them all
	}
	return css
}
