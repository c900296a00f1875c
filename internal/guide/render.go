package guide

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// render makes the page of a topic. Citations are numbered in the order the text first names them.
func render(t *Topic) (*Page, error) {
	p := &Page{}
	for i, c := range t.Citations {
		p.References = append(p.References, Reference{Citation: c, Number: i + 1})
	}
	md := markdown()
	for _, s := range t.Sections {
		var b bytes.Buffer
		for _, part := range s.parts {
			if err := p.write(&b, md, part); err != nil {
				return nil, fmt.Errorf("guide: %s/%s#%s: %w", t.Language, t.Slug, s.ID, err)
			}
		}
		p.Sections = append(p.Sections, Rendered{ID: s.ID, Title: s.Title, Body: template.HTML(b.String())})
	}
	return p, nil
}

func (p *Page) write(b *bytes.Buffer, md goldmark.Markdown, part part) error {
	source := []byte(part.markdown)
	doc := md.Parser().Parse(text.NewReader(source))
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *cite:
			n.close(source)
			return ast.WalkContinue, p.number(n)
		case *tables.Table:
			n.SetAttributeString("caption", part.caption)
		case *tables.TableCell:
			n.SetAttributeString("label", string(label(n, source)))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return err
	}
	return md.Renderer().Render(b, source, doc)
}

// number gives a citation its numbers, and each a place to come back to.
func (p *Page) number(n *cite) error {
	for _, key := range n.keys {
		i := slices.IndexFunc(p.References, func(r Reference) bool { return r.Key == key })
		if i < 0 {
			return fmt.Errorf("cites %q, which is not listed", key)
		}
		r := &p.References[i]
		r.Uses = append(r.Uses, fmt.Sprintf("cite-%d-%d", r.Number, len(r.Uses)+1))
		n.refs = append(n.refs, ref{r.Number, r.Uses[len(r.Uses)-1]})
	}
	return nil
}

// label gives the heading of a cell's column, for screens too narrow for a table.
func label(cell *tables.TableCell, source []byte) []byte {
	column := 0
	for c := cell.PreviousSibling(); c != nil; c = c.PreviousSibling() {
		column++
	}
	head := cell.Parent().Parent().FirstChild().FirstChild()
	for range column {
		if head != nil {
			head = head.NextSibling()
		}
	}
	if head == nil {
		return nil
	}
	return plain(head, source)
}

// plain gives the text of a node without its markup.
func plain(n ast.Node, source []byte) []byte {
	var b []byte
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b = append(b, t.Value(source)...)
		}
		return ast.WalkContinue, nil
	})
	return b
}

// markdown makes what turns Markdown into HTML. Raw HTML is left out, as is goldmark's way unless told otherwise.
func markdown() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(citeParser{}, 100))), // before links, which begin alike
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(nodes{}, 100))),  // over the table's own
	)
}

// cite is "[@a; @b]" in a text.
type cite struct {
	ast.BaseInline
	keys   []string
	refs   []ref
	spaced bool // it stood behind a space
}

// close takes the space before a citation away, which then begins with one that does not break: "[1]" is no beginning
// of a line.
func (c *cite) close(source []byte) {
	if t, ok := c.PreviousSibling().(*ast.Text); ok && bytes.HasSuffix(t.Value(source), []byte(" ")) {
		t.Segment = t.Segment.WithStop(t.Segment.Stop - 1)
		c.spaced = true
	}
}

type ref struct {
	number int
	id     string
}

var kindCite = ast.NewNodeKind("Cite")

// Kind implements ast.Node.
func (*cite) Kind() ast.NodeKind { return kindCite }

// Dump implements ast.Node.
func (c *cite) Dump(source []byte, level int) { ast.DumpHelper(c, source, level, nil, nil) }

type citeParser struct{}

// Trigger implements parser.InlineParser.
func (citeParser) Trigger() []byte { return []byte{'['} }

// Parse implements parser.InlineParser.
func (citeParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	end := bytes.IndexByte(line, ']')
	if end < 0 || !citeWhole.Match(line[:end+1]) {
		return nil
	}
	block.Advance(end + 1)
	return &cite{keys: citedKeys(string(line[:end+1]))}
}

// nodes draws what goldmark doesn't, or draws without saying what heads what.
type nodes struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (n nodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindCite, n.cite)
	r.Register(tables.KindTable, n.table)
	r.Register(tables.KindTableHeader, n.head)
	r.Register(tables.KindTableRow, n.row)
	r.Register(tables.KindTableCell, n.cell)
}

func (nodes) cite(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	c := node.(*cite)
	between := `<span class="cite">[`
	if c.spaced {
		between = "&nbsp;" + between
	}
	for _, r := range c.refs {
		fmt.Fprintf(w, `%s<a href="#ref-%d" id="%s" role="doc-biblioref">%d</a>`, between, r.number, r.id, r.number)
		between = ", "
	}
	_, err := w.WriteString(`]</span>`)
	return ast.WalkContinue, err
}

func (nodes) table(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, err := w.WriteString("</tbody>\n</table>\n")
		return ast.WalkContinue, err
	}
	caption, _ := node.AttributeString("caption")
	_, err := fmt.Fprintf(w, "<table class=\"compare\">\n<caption>%s</caption>\n", template.HTMLEscapeString(fmt.Sprint(caption)))
	return ast.WalkContinue, err
}

func (nodes) head(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	return tag(w, entering, "<thead>\n<tr>\n", "</tr>\n</thead>\n<tbody>\n")
}

func (nodes) row(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	return tag(w, entering, "<tr>\n", "</tr>\n")
}

func (nodes) cell(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	first, inHead := node.PreviousSibling() == nil, node.Parent().Kind() == tables.KindTableHeader
	switch {
	case inHead && first && !node.HasChildren(): // a heading of nothing is none
		return tag(w, entering, "<td>", "</td>\n")
	case inHead:
		return tag(w, entering, `<th scope="col">`, "</th>\n")
	case first:
		return tag(w, entering, `<th scope="row">`, "</th>\n")
	}
	label, _ := node.AttributeString("label")
	return tag(w, entering, `<td data-label="`+template.HTMLEscapeString(fmt.Sprint(label))+`">`, "</td>\n")
}

func tag(w util.BufWriter, entering bool, before, after string) (ast.WalkStatus, error) {
	s := after
	if entering {
		s = before
	}
	_, err := w.WriteString(s)
	return ast.WalkContinue, err
}
