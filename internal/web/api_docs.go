package web

import (
	"bytes"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
)

// docsPage is for reading the contract, without any script.
const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Carefinder API</title>
</head>
<body>
<p>In danger, or in need of someone to talk to? {{with .Number}}<a href="{{$.Call}}">Call {{.}}</a>, {{end}}{{.Crisis.Name}}.
{{with .Crisis.Emergency}}Emergency: <a href="{{$.Emergency}}">{{.}}</a>.{{end}} <a href="/helplines/{{.Crisis.Country}}">All helplines</a></p>
<main>
<h1>{{.Info.Title}} API {{.Info.Version}}</h1>
<p>{{.Info.Description}}</p>
<p>The contract for programs: <a href="/api/v1/openapi.json">OpenAPI 3.1</a>.</p>
<nav aria-label="Operations"><ul>
{{range .Operations}}<li><a href="#{{.OperationID}}"><code>{{.Method}} {{.Path}}</code></a> {{.Summary}}</li>
{{end}}</ul></nav>
{{range .Operations}}<section id="{{.OperationID}}">
<h2><code>{{.Method}} {{.Path}}</code></h2>
<p>{{.Summary}}. {{.Description}}</p>
{{with params .}}<table>
<caption>What can be asked</caption>
<thead><tr><th scope="col">name</th><th scope="col">form</th><th scope="col">meaning</th></tr></thead>
<tbody>
{{range .}}<tr><th scope="row"><code>{{.Name}}</code></th><td>{{.Form}}</td><td>{{.Help}}</td></tr>
{{end}}</tbody></table>
{{end}}<ul>
{{range $status, $r := .Responses}}<li>{{$status}}: {{$r.Description}}</li>
{{end}}</ul>
</section>
{{end}}<section>
<h2>Problems</h2>
<dl>
{{range .Problems}}<dt id="{{.Code}}"><code>{{.Code}}</code></dt><dd>{{.Title}}</dd>
{{end}}</dl>
</section>
</main>
</body>
</html>
`

// docsParam is a param as the page shows it.
type docsParam struct{ Name, Form, Help string }

// docs answers GET /api/docs.
func (s *Server) docs(c *fiber.Ctx) error {
	page, err := template.New("docs").Funcs(template.FuncMap{"params": docsParams}).Parse(docsPage)
	if err != nil {
		return err
	}
	type named struct{ Code, Title string }
	var problems []named
	for _, code := range slices.Sorted(maps.Keys(titles)) {
		problems = append(problems, named{code, titles[code]})
	}
	line := s.crisis.in(c.UserContext(), s.countryOf(c))
	call, _ := line.channel(directory.Voice, "en")
	var b bytes.Buffer
	if err := page.Execute(&b, map[string]any{
		"Info": s.wording().contract.doc.Info, "Operations": s.wording().contract.operations(), "Problems": problems,
		"Crisis": line, "Call": dial(call), "Number": call.Number, "Emergency": telephone(line.Emergency),
	}); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	return c.Send(b.Bytes())
}

// docsParams lists what an operation can be asked, in its address or its body.
func docsParams(op *huma.Operation) []docsParam {
	var all []docsParam
	for _, p := range op.Parameters {
		all = append(all, docsParam{p.Name, formOf(p.Schema) + orBlank(p.Required, ", required"), p.Description})
	}
	if op.RequestBody == nil {
		return all
	}
	body := op.RequestBody.Content[typeJSON].Schema
	for _, name := range slices.Sorted(maps.Keys(body.Properties)) {
		p := body.Properties[name]
		all = append(all, docsParam{name, formOf(p) + orBlank(slices.Contains(body.Required, name), ", required"), p.Description})
	}
	return all
}

func orBlank(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

// formOf says in words what a value looks like.
func formOf(s *huma.Schema) string {
	switch {
	case s.Items != nil:
		return "list of " + formOf(s.Items)
	case len(s.Enum) > 0:
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i], _ = v.(string)
		}
		return strings.Join(values, " | ")
	case s.MaxLength != nil:
		return "text"
	case s.Pattern != "":
		return s.Type + " like " + s.Pattern
	}
	return strings.TrimSpace(s.Type + " " + s.Format)
}
