package guide

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const sources = `[
	{"key": "rush-2006", "mark": "V", "authors": "Rush AJ.", "title": "A <report>.", "published": "Am J Psychiatry 2006.", "doi": "10.1176/ajp.2006.163.11.1905"},
	{"key": "haq-2015", "mark": "V, no DOI", "authors": "Haq AU.", "title": "", "published": "J Clin Psychiatry 2015.", "doi": ""}
]`

const cards = ":::emergency Call now if\n- you are in danger\n:::\n"

const topic = `---
title: Electroconvulsive therapy
short: ECT
summary: What it is.
order: 20
reviewed: 2027-01-31 by Ana Ruiz, MD
search: treatment=ect,tms radius=100mi | ECT program | ECT programs
---
## What it is {#what}

A treatment [@haq-2015]. It helps **58%** [@rush-2006; @haq-2015], see [the table](#compared) and [the other](tms#what).

## Compared {#compared}

:::table This & that
| What | TMS | ECT |
| --- | --- | --- |
| Sleep | No | Yes [@haq-2015] |
:::

After it.

:::questions
- Why?
- What if it fails?
:::

:::urgent Call today if
- you are confused
:::
`

func other(text string) string {
	return strings.NewReplacer("order: 20", "order: 10", "reviewed: 2027-01-31 by Ana Ruiz, MD", "reviewed: no", "[the other](tms#what)", "nothing else").Replace(text)
}

func files(change func(fstest.MapFS)) fs.FS {
	f := fstest.MapFS{
		"citations.json": {Data: []byte(sources)},
		"en/care.md":     {Data: []byte(cards)},
		"en/ect.md":      {Data: []byte(topic)},
		"en/tms.md":      {Data: []byte(other(topic))},
	}
	if change != nil {
		change(f)
	}
	return f
}

func TestLoad(t *testing.T) {
	g, err := Load(files(nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := slugs(g.Topics("en")); got != "tms ect" {
		t.Errorf("the topics are %q, want them in their order", got)
	}
	if g.Topic("en", "nothing") != nil || g.Topic("es", "ect") != nil {
		t.Error("a topic that isn't there is found")
	}
	if c := g.Care("en"); len(c) != 1 || c[0].Level != Emergency || c[0].Title != "Call now if" || !slices.Equal(c[0].Items, []string{"you are in danger"}) {
		t.Errorf("cards %+v", c)
	}
	x := g.Topic("en", "ect")
	if x.Title != "Electroconvulsive therapy" || x.Short != "ECT" || x.Summary != "What it is." || x.Language != "en" {
		t.Errorf("header %+v", x)
	}
	if want := (Review{time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), "Ana Ruiz, MD"}); x.Review != want || g.Topic("en", "tms").Review != (Review{}) {
		t.Errorf("reviewed %+v", x.Review)
	}
	if len(x.Searches) != 1 || x.Searches[0].Query.Encode() != "radius=100mi&treatment=ect&treatment=tms" || x.Searches[0].One != "ECT program" || x.Searches[0].Many != "ECT programs" {
		t.Errorf("searches %+v", x.Searches)
	}
	if !slices.Equal(x.Questions, []string{"Why?", "What if it fails?"}) || len(x.Cards) != 1 || x.Cards[0].Level != Urgent {
		t.Errorf("questions %q, cards %+v", x.Questions, x.Cards)
	}
}

func slugs(topics []*Topic) string {
	var all []string
	for _, t := range topics {
		all = append(all, t.Slug)
	}
	return strings.Join(all, " ")
}

func TestPage(t *testing.T) {
	g, err := Load(files(nil))
	if err != nil {
		t.Fatal(err)
	}
	p, err := g.Topic("en", "ect").Page()
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := g.Topic("en", "ect").Page(); again != p {
		t.Error("the page is made again for each reader")
	}
	ref := func(number, use int) string {
		return fmt.Sprintf(`<a href="#ref-%d" id="cite-%d-%d" role="doc-biblioref">%d</a>`, number, number, use, number)
	}
	if len(p.Sections) != 2 || p.Sections[0].ID != "what" || p.Sections[1].Title != "Compared" {
		t.Fatalf("sections %+v", p.Sections)
	}
	body := string(p.Sections[0].Body)
	for _, piece := range []string{
		`<p>A treatment&nbsp;<span class="cite">[` + ref(1, 1) + `]</span>. It helps <strong>58%</strong>&nbsp;<span class="cite">[` + ref(2, 1) + `, ` + ref(1, 2) + `]</span>, see`,
		`<a href="#compared">the table</a>`, `<a href="tms#what">the other</a>`,
	} {
		if !strings.Contains(body, piece) {
			t.Errorf("no %q in %s", piece, body)
		}
	}
	body = string(p.Sections[1].Body)
	for _, piece := range []string{
		"<table class=\"compare\">\n<caption>This &amp; that</caption>\n<thead>\n<tr>\n<th scope=\"col\">What</th>\n<th scope=\"col\">TMS</th>",
		"<tbody>\n<tr>\n<th scope=\"row\">Sleep</th>\n<td data-label=\"TMS\">No</td>\n<td data-label=\"ECT\">Yes&nbsp;<span class=\"cite\">[" + ref(1, 3) + "]</span></td>\n</tr>\n</tbody>\n</table>\n<p>After it.</p>",
	} {
		if !strings.Contains(body, piece) {
			t.Errorf("no %q in %s", piece, body)
		}
	}
	if len(p.References) != 2 || p.References[0].Key != "haq-2015" || !slices.Equal(p.References[0].Uses, []string{"cite-1-1", "cite-1-2", "cite-1-3"}) || p.References[1].Number != 2 {
		t.Errorf("references %+v", p.References)
	}
}

// TestFaults breaks each rule once: the error must say where and what.
func TestFaults(t *testing.T) {
	in := func(file, old, with string) func(fstest.MapFS) {
		return func(f fstest.MapFS) {
			text := string(f[file].Data)
			if !strings.Contains(text, old) {
				t.Fatalf("%s has no %q", file, old)
			}
			f[file] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, with, 1))}
		}
	}
	ect := func(old, with string) func(fstest.MapFS) { return in("en/ect.md", old, with) }
	cite := func(old, with string) func(fstest.MapFS) { return in("citations.json", old, with) }
	for _, c := range []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"no header", ect("---\ntitle", "title"), "en/ect.md:1: a topic begins with its header"},
		{"endless header", ect("---\n## What it is {#what}\n", ""), "header does not end"},
		{"no field", ect("short: ECT\n", ""), "en/ect.md:7: short: is missing"},
		{"field without value", ect("short: ECT", "short:"), "en/ect.md:3: a line of the header is"},
		{"field twice", ect("short: ECT", "title: ECT"), "en/ect.md:3: title: stands twice"},
		{"unknown field", ect("short: ECT", "shrt: ECT"), "en/ect.md:3: shrt: is no field"},
		{"order", ect("order: 20", "order: soon"), `en/ect.md:5: order: "soon" must be a whole number`},
		{"same order", ect("order: 20", "order: 10"), "order: 10 is"},
		{"review", ect("2027-01-31 by Ana Ruiz, MD", "yes"), "en/ect.md:6: reviewed: must be"},
		{"day of a review", ect("2027-01-31", "2027-02-30"), "en/ect.md:6: reviewed: 2027-02-30 is no day"},
		{"search", ect(" | ECT programs", ""), "en/ect.md:7: search: must be a question"},
		{"search of a place", ect("radius=100mi", "place=Boston"), `en/ect.md:7: search: "place=Boston" is no part`},
		{"searches nothing", ect("treatment=ect,tms radius=100mi", ""), "en/ect.md:7: search: asks nothing"},
		{"too many searches", ect("---\n##", strings.Repeat("search: kind=center | a | b\n", 4)+"---\n##"), "en/ect.md:11: search: is one too many"},
		{"no search", ect("search: treatment=ect,tms radius=100mi | ECT program | ECT programs\n", ""), "a topic needs sections, questions and a search"},
		{"text before a section", ect("## What it is {#what}", "Hello."), "en/ect.md:9: text before the first section"},
		{"section without an ID", ect("## What it is {#what}", "## What it is"), "en/ect.md:9: a section begins"},
		{"section twice", ect("## Compared {#compared}", "## Compared {#what}"), `en/ect.md:13: the section "what" stands twice`},
		{"empty section", ect("## Compared", "## Empty {#empty}\n\n## Compared"), `the section "empty" is empty`},
		{"title in the text", ect("## Compared {#compared}", "# Compared"), "en/ect.md:13: a section begins"},
		{"unknown citation", ect("[@haq-2015]. It", "[@nobody-1999]. It"), `en/ect.md:11: cites "nobody-1999", which citations.json does not list`},
		{"unknown citation in a table", ect("Yes [@haq-2015]", "Yes [@nobody-1999]"), `en/ect.md:18: cites "nobody-1999"`},
		{"crooked citation", ect("[@haq-2015]. It", "[@haq-2015, p. 3]. It"), `en/ect.md:11: "[@haq-2015, p. 3]": a citation is written`},
		{"open citation", ect("After it.", "After [@haq-2015"), `en/ect.md:21: "[@haq-2015": a citation is written`},
		{"HTML", ect("After it.", "After <b>it</b>."), "en/ect.md:21: HTML in a text"},
		{"picture", ect("After it.", "![After](it.png)"), "en/ect.md:21: a picture"},
		{"link definition", ect("After it.", "[it]: https://example.org"), "en/ect.md:21: a link definition"},
		{"link away", ect("After it.", "[After](https://example.org)."), `en/ect.md:21: a link to "https://example.org"`},
		{"link in two lines", ect("After it.", "[After](\nhttps://example.org)"), `en/ect.md:21: a link to ""`},
		{"code", ect("After it.", "After `it`."), "en/ect.md:21: code in a text"},
		{"indented code", ect("After it.", "    After it."), "en/ect.md:21: code in a text"},
		{"definition in a list", ect("After it.", "- [it]: https://example.org"), "en/ect.md:21: a link definition"},
		{"link to nothing", ect("tms#what", "tms#nothing"), `en/ect.md:11: a link to "tms#nothing"`},
		{"table in the open", ect(":::table This & that\n", ""), "en/ect.md:15: a table stands in a block"},
		{"table without caption", ect(":::table This & that", ":::table"), "en/ect.md:15: a table stands in a section and has a caption"},
		{"crooked table", ect("| Sleep | No |", "| Sleep |"), "en/ect.md:18: a row of a table"},
		{"short table", ect("| Sleep | No | Yes [@haq-2015] |\n", ""), "a table has a head, a line of hyphens and rows"},
		{"unknown block", ect(":::urgent", ":::soon"), `en/ect.md:28: there is no block "soon"`},
		{"crooked block", ect(":::urgent Call", "::: urgent Call"), "en/ect.md:28: a block begins"},
		{"card without title", ect(":::urgent Call today if", ":::urgent"), `en/ect.md:28: there is no block "urgent"`},
		{"endless block", ect("- you are confused\n:::", "- you are confused"), "en/ect.md:28: this block does not end"},
		{"empty block", ect("- you are confused\n", ""), "en/ect.md:29: the block is empty"},
		{"no list", ect("- you are confused", "you are confused"), "en/ect.md:29: this block is a list"},
		{"link on a card", in("en/care.md", "in danger", "[in danger](tms)"), "en/care.md:2: plain text only"},
		{"text beside cards", in("en/care.md", ":::emergency", "Hello.\n:::emergency"), "en/care.md:1: must hold cards and nothing else"},
		{"no cards", in("en/care.md", cards, ""), "en/care.md:1: must hold cards"},
		{"no care file", func(f fstest.MapFS) { delete(f, "en/care.md") }, "open en/care.md"},
		{"name of a file", func(f fstest.MapFS) {
			f["en/E C T.md"] = &fstest.MapFile{Data: []byte(strings.Replace(topic, "order: 20", "order: 30", 1))}
		}, "en/E C T.md:1: the file's name"},
		{"no citations", func(f fstest.MapFS) { delete(f, "citations.json") }, "open citations.json"},
		{"citations of another shape", cite("[\n", "{"), "citations.json:1: must be a list"},
		{"citation nobody uses", cite("\n]", ",\n{\"key\": \"x-1\", \"mark\": \"S\", \"authors\": \"X.\", \"title\": \"X.\", \"published\": \"X.\", \"doi\": \"\"}\n]"), "citations.json:4: x-1: no topic cites it"},
		{"citation twice", cite(`"haq-2015"`, `"rush-2006"`), "citations.json:3: rush-2006.key: is listed before, in line 2"},
		{"key of a citation", cite(`"haq-2015"`, `"Haq 2015"`), `citations.json:3: Haq 2015.key: "Haq 2015" must be`},
		{"mark of a citation", cite(`"V"`, `"U"`), `citations.json:2: rush-2006.mark: "U" must be`},
		{"unconfirmed DOI", cite(`"doi": ""`, `"doi": "10.1000/182"`), "citations.json:3: haq-2015.doi: is not confirmed"},
		{"crooked DOI", cite("10.1176/ajp", "https://doi.org/10.1176/ajp"), "citations.json:2: rush-2006.doi:"},
		{"citation without authors", cite("Haq AU.", ""), "citations.json:3: haq-2015.authors: is missing"},
		{"field of a citation", cite(`"title": ""`, `"titel": ""`), `citations.json:3: haq-2015: json: unknown field "titel"`},
		{"endless citations", cite("\n]", "\n"), "citations.json:4: the list does not end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(files(c.change))
			if err == nil {
				t.Fatal("it is taken")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says %q, want %q", err, c.want)
			}
		})
	}
}

// FuzzTopic reads anything as a topic: it must be refused, or become a page that holds no element but those of prose.
func FuzzTopic(f *testing.F) {
	f.Add(topic)
	f.Add(other(topic))
	f.Add("---\n---\n## A {#a}\n\n[@haq-2015] <script> [@rush-2006] \\[@x]\n")
	f.Add("---\ntitle: x\n")
	f.Add(strings.Replace(topic, "After it.", "> 1. `a` [@haq-2015]\n\n    [@rush-2006]\n\n[x](javascript:alert)", 1))
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4<<10 {
			t.Skip("longer than a mistake needs to be")
		}
		g, err := Load(fstest.MapFS{
			"citations.json": {Data: []byte(sources)}, "en/care.md": {Data: []byte(cards)},
			"en/ect.md": {Data: []byte(text)}, "en/tms.md": {Data: []byte(other(topic))},
		})
		if err != nil {
			return
		}
		p, err := g.Topic("en", "ect").Page()
		if err != nil {
			t.Fatalf("what was loaded can't be shown: %v", err)
		}
		for _, s := range p.Sections {
			for _, m := range tagForm.FindAllStringSubmatch(string(s.Body), -1) {
				if !slices.Contains(proseTags, m[1]) {
					t.Fatalf("an element %s in %s", m[1], s.Body)
				}
			}
			for _, m := range hrefForm.FindAllStringSubmatch(string(s.Body), -1) {
				if !strings.HasPrefix(m[1], "#") && !strings.HasPrefix(m[1], "ect") && !strings.HasPrefix(m[1], "tms") {
					t.Fatalf("a link to %q in %s", m[1], s.Body)
				}
			}
		}
	})
}

var (
	tagForm   = regexp.MustCompile(`<[/!]?([^ >]*)`)
	hrefForm  = regexp.MustCompile(`(?:href|src|on[a-z]+|style)="([^"]*)"`)
	proseTags = strings.Fields("p a span strong em ul ol li h1 h2 h3 h4 h5 h6 blockquote code pre hr br table caption thead tbody tr th td")
)

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(files(nil)); err != nil {
			b.Fatal(err)
		}
	}
}
