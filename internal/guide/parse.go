package guide

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A topic's file is a header between two lines of three hyphens, one "name: value" a line, and then the text:
//
//	---
//	title: Electroconvulsive therapy (ECT)
//	short: ECT
//	summary: What it is and what it is like.
//	order: 60
//	reviewed: no                       (or: 2027-01-31 by Ana Ruiz, MD)
//	search: treatment=ect radius=100mi | ECT program | ECT programs
//	---
//	## What it is {#what}
//
//	Prose in Markdown. A fact names its source [@rush-2006; @pigott-2023]. Links lead [to a topic](tms#risks).
//
//	:::table TMS and ECT
//	| | TMS | ECT |
//	| --- | --- | --- |
//	| Sleep | No | Yes |
//	:::
//
//	:::questions
//	- What would you try next?
//	:::
//
//	:::urgent Call your doctor today if
//	- you feel much worse
//	:::
//
// Every section has an ID, so that a link holds in every language. Cards and questions are plain text. The first
// column of a table heads its rows.

var (
	headingForm = regexp.MustCompile(`^## (.*\S) \{#([a-z][a-z0-9-]*)\}$`)
	blockForm   = regexp.MustCompile(`^:::([a-z]+)(?: (.*\S))?$`)
	citeForm    = regexp.MustCompile(`\[@[^\]]*\]?`)
	citeWhole   = regexp.MustCompile(`^\[@[a-z0-9-]+(; @[a-z0-9-]+)*\]$`)
	linkForm    = regexp.MustCompile(`\]\(([^)]*)\)?`)
	htmlForm    = regexp.MustCompile(`<[A-Za-z/!?]`)
	definition  = regexp.MustCompile(`\]:`)
	searchForm  = regexp.MustCompile(`^[a-z_]+=[A-Za-z0-9._,-]+$`)
	reviewForm  = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2}) by (\S.*)$`)
)

// most searches a topic may have: a page asks them all at once.
const maxSearches = 4

// reader goes through a file line by line.
type reader struct {
	*loader
	file  string
	lines []string
	at    int // index of the next line
}

func (l *loader) reader(file, text string) *reader {
	return &reader{loader: l, file: file, lines: strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")}
}

// say notes a fault in the line read last.
func (r *reader) say(field, format string, args ...any) {
	r.fault(r.file, max(r.at, 1), field, format, args...)
}

func (r *reader) next() (line string, ok bool) {
	if r.at >= len(r.lines) {
		return "", false
	}
	r.at++
	return strings.TrimRight(r.lines[r.at-1], " \t"), true
}

func (l *loader) topic(lang, file, text string) *Topic {
	t := &Topic{Slug: strings.TrimSuffix(path.Base(file), ".md"), Language: lang}
	r := l.reader(file, text)
	if !keyForm.MatchString(t.Slug) {
		r.say("", "the file's name must be small letters, digits and hyphens: it is the address")
	}
	r.header(t)
	r.body(t)
	if len(t.Sections) == 0 || len(t.Questions) == 0 || len(t.Searches) == 0 {
		r.say("", "a topic needs sections, questions and a search")
	}
	t.page = lazily(t)
	return t
}

// header reads the fields before the text.
func (r *reader) header(t *Topic) {
	if line, _ := r.next(); line != "---" {
		r.say("", "a topic begins with its header: a line of three hyphens")
		r.at = 0
		return
	}
	seen := map[string]bool{}
	for {
		line, ok := r.next()
		if !ok {
			r.say("", "the header does not end: it needs a second line of three hyphens")
			return
		}
		if line == "---" {
			break
		}
		name, value, ok := strings.Cut(line, ": ")
		if value = strings.TrimSpace(value); !ok || value == "" {
			r.say("", "a line of the header is “name: value”")
			continue
		}
		if seen[name] && name != "search" {
			r.say(name, "stands twice")
		}
		seen[name] = true
		r.field(t, name, value)
	}
	for _, name := range []string{"title", "short", "summary", "order", "reviewed"} {
		if !seen[name] {
			r.say(name, "is missing")
		}
	}
}

func (r *reader) field(t *Topic, name, value string) {
	switch name {
	case "title":
		t.Title = value
	case "short":
		t.Short = value
	case "summary":
		t.Summary = value
	case "order":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > 10_000 {
			r.say(name, "%q must be a whole number", value)
		}
		t.Order = n
	case "reviewed":
		t.Review = r.review(value)
	case "search":
		t.Searches = append(t.Searches, r.search(value))
		if len(t.Searches) > maxSearches {
			r.say(name, "is one too many: %d are the most", maxSearches)
		}
	default:
		r.say(name, "is no field of a topic")
	}
}

func (r *reader) review(value string) Review {
	if value == "no" {
		return Review{}
	}
	m := reviewForm.FindStringSubmatch(value)
	if m == nil {
		r.say("reviewed", "must be “no”, or “2027-01-31 by” who it was")
		return Review{}
	}
	at, err := time.Parse(time.DateOnly, m[1])
	if err != nil {
		r.say("reviewed", "%s is no day", m[1])
	}
	return Review{At: at, By: m[2]}
}

func (r *reader) search(value string) Search {
	s := Search{Query: url.Values{}}
	parts := strings.Split(value, "|")
	if len(parts) != 3 {
		r.say("search", "must be a question, the singular and the plural of what it finds, with | between")
		return s
	}
	for f := range strings.FieldsSeq(parts[0]) {
		name, v, _ := strings.Cut(f, "=")
		if !searchForm.MatchString(f) || name == "place" || s.Query.Has(name) {
			r.say("search", "%q is no part of a question, or stands twice", f)
		}
		s.Query[name] = strings.Split(v, ",")
	}
	s.One, s.Many = strings.TrimSpace(parts[1]), strings.TrimSpace(parts[2])
	if len(s.Query) == 0 || s.One == "" || s.Many == "" {
		r.say("search", "asks nothing, or does not say what it finds")
	}
	return s
}

// body reads the text: sections, and the blocks between them.
func (r *reader) body(t *Topic) {
	var prose []string
	flush := func() {
		if text := strings.TrimSpace(strings.Join(prose, "\n")); text != "" && len(t.Sections) > 0 {
			s := &t.Sections[len(t.Sections)-1]
			s.parts = append(s.parts, part{markdown: text})
		}
		prose = nil
	}
	for {
		line, ok := r.next()
		if !ok {
			break
		}
		switch {
		case strings.HasPrefix(line, "## "), strings.HasPrefix(line, "# "):
			flush()
			r.heading(t, line)
		case strings.HasPrefix(line, ":::"):
			flush()
			r.block(t, line)
		case line != "" && len(t.Sections) == 0:
			r.say("", "text before the first section: “## Heading {#id}”")
		default:
			r.prose(t, line)
			if strings.HasPrefix(line, "|") {
				r.say("", "a table stands in a block, “:::table What it shows”, so that it has a caption")
			}
			prose = append(prose, line)
		}
	}
	flush()
	for _, s := range t.Sections {
		if len(s.parts) == 0 {
			r.say("", "the section %q is empty", s.ID)
		}
	}
}

func (r *reader) heading(t *Topic, line string) {
	m := headingForm.FindStringSubmatch(line)
	if m == nil {
		r.say("", "a section begins “## Heading {#id}”")
		return
	}
	if slices.ContainsFunc(t.Sections, func(s Section) bool { return s.ID == m[2] }) {
		r.say("", "the section %q stands twice", m[2])
	}
	t.Sections = append(t.Sections, Section{ID: m[2], Title: m[1]})
}

// prose checks a line of Markdown and notes what it cites and links.
func (r *reader) prose(t *Topic, line string) {
	switch {
	case htmlForm.MatchString(line):
		r.say("", "HTML in a text: write Markdown")
	case strings.Contains(line, "!["):
		r.say("", "a picture in a text")
	case definition.MatchString(line):
		r.say("", "a link definition: write the link where it stands, and no colon behind a bracket")
	case strings.Contains(line, "`"), strings.HasPrefix(line, "    "), strings.HasPrefix(line, "\t"):
		r.say("", "code in a text, which nobody reads")
	}
	for _, c := range citeForm.FindAllString(line, -1) {
		if !citeWhole.MatchString(c) {
			r.say("", "%q: a citation is written [@key] or [@key; @key]", c)
			continue
		}
		for _, key := range citedKeys(c) {
			r.cite(t, key)
		}
	}
	for _, m := range linkForm.FindAllStringSubmatch(line, -1) {
		r.links = append(r.links, link{r.file, t.Language, t.Slug, m[1], r.at})
	}
}

// citedKeys gives the keys of "[@a; @b]".
func citedKeys(cite string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(cite, "[@"), "]"), "; @")
}

func (r *reader) cite(t *Topic, key string) {
	c := r.byKey[key]
	if c == nil {
		r.say("", "cites %q, which %s does not list", key, citationsFile)
		return
	}
	r.used[key] = true
	if !slices.Contains(t.Citations, c) {
		t.Citations = append(t.Citations, c)
	}
}

// block reads what stands between ":::kind title" and ":::".
func (r *reader) block(t *Topic, first string) {
	began := r.at
	m := blockForm.FindStringSubmatch(first)
	if m == nil {
		r.say("", "a block begins “:::table What it shows”, “:::questions” or “:::urgent Title”")
		return
	}
	kind, title := m[1], m[2]
	switch level := Level(kind); {
	case kind == "table":
		r.table(t, title)
	case kind == "questions" && title == "":
		t.Questions = append(t.Questions, r.items()...)
	case slices.Contains([]Level{Emergency, Urgent, Routine}, level) && title != "":
		t.Cards = append(t.Cards, CareCard{level, title, r.items()})
	default:
		r.say("", "there is no block %q with such a title", kind)
		r.items()
	}
	if r.at == len(r.lines) && strings.TrimSpace(r.lines[r.at-1]) != ":::" {
		r.fault(r.file, began, "", "this block does not end: it needs a line “:::”")
	}
}

// items reads the list of a block.
func (r *reader) items() []string {
	var items []string
	for {
		line, ok := r.next()
		if !ok || line == ":::" {
			break
		}
		text, listed := strings.CutPrefix(line, "- ")
		switch {
		case line == "":
		case !listed:
			r.say("", "this block is a list: each line begins with “- ”")
		case strings.ContainsAny(text, "[]<>*_`"):
			r.say("", "plain text only: a card or a question leads nowhere and cites nothing")
		default:
			items = append(items, text)
		}
	}
	if len(items) == 0 {
		r.say("", "the block is empty")
	}
	return items
}

// table reads a block of rows, all of the same width.
func (r *reader) table(t *Topic, caption string) {
	if caption == "" || len(t.Sections) == 0 {
		r.say("", "a table stands in a section and has a caption")
	}
	var rows []string
	for {
		line, ok := r.next()
		if !ok || line == ":::" {
			break
		}
		r.prose(t, line)
		if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") || len(rows) > 0 && strings.Count(line, "|") != strings.Count(rows[0], "|") {
			r.say("", "a row of a table begins and ends with | and has as many cells as the first")
		}
		rows = append(rows, line)
	}
	if len(rows) < 3 {
		r.say("", "a table has a head, a line of hyphens and rows")
	}
	if len(t.Sections) > 0 {
		s := &t.Sections[len(t.Sections)-1]
		s.parts = append(s.parts, part{caption, strings.Join(rows, "\n")})
	}
}

// careCards reads the cards of every page.
func (l *loader) careCards(file string) []CareCard {
	t := &Topic{}
	r := l.reader(file, l.read(file))
	for {
		line, ok := r.next()
		switch {
		case !ok:
			if len(t.Cards) == 0 || len(t.Questions) > 0 {
				r.say("", "must hold cards and nothing else")
			}
			return t.Cards
		case strings.HasPrefix(line, ":::"):
			r.block(t, line)
		case line != "":
			r.say("", "must hold cards and nothing else")
		}
	}
}
