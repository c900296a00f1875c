// Package guide is the guide to treatment-resistant depression: topics that editors write as Markdown with a small
// header, the sources they cite, and the HTML made of both.
//
// The rule to know: a topic can't say something with a source that isn't there. Load refuses a citation nobody listed,
// a listed one nobody uses, a DOI where the DOI was not confirmed, raw HTML, and a link that leads out of the guide;
// every fault names its file and line.
//
// Start reading with Load; parse.go says what a file looks like and render.go what becomes of it.
package guide

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Guide holds the topics in every language. It is immutable and safe for concurrent use.
type Guide struct {
	topics    map[string][]*Topic
	care      map[string][]CareCard
	citations []*Citation
}

// Topic is one page of the guide in one language.
type Topic struct {
	Slug      string // the same in every language
	Language  string
	Title     string
	Short     string // for links
	Summary   string
	Order     int
	Review    Review
	Searches  []Search
	Sections  []Section
	Questions []string    // to take to an appointment
	Cards     []CareCard  // beside those every topic shows
	Citations []*Citation // in the order the text first names them

	page func() (*Page, error)
}

// Section is a part of a topic under a heading of its own.
type Section struct {
	ID, Title string // the ID is the same in every language
	parts     []part
}

// part is a stretch of prose, or a table when it has a caption.
type part struct {
	caption  string
	markdown string
}

// Search is a question the directory can answer near the reader.
type Search struct {
	Query     url.Values // as the search page takes it, without a place
	One, Many string     // what is found, in the singular and the plural
}

// Review says which clinician read a topic, and when. The zero Review is that none has.
type Review struct {
	At time.Time
	By string
}

// CareCard says when to get which help.
type CareCard struct {
	Level Level
	Title string
	Items []string
}

// Level is how soon help is needed.
type Level string

// The levels, most urgent first.
const (
	Emergency Level = "emergency"
	Urgent    Level = "urgent"
	Routine   Level = "routine"
)

// Page is a topic as HTML.
type Page struct {
	Sections   []Rendered
	References []Reference
}

// Rendered is a section as HTML.
type Rendered struct {
	ID, Title string
	Body      template.HTML // of Markdown without raw HTML
}

// Reference is a citation with its number on the page and the IDs of the places that name it.
type Reference struct {
	*Citation
	Number int
	Uses   []string
}

// Topics gives the topics in a language, in their order. The slice is the guide's own.
func (g *Guide) Topics(lang string) []*Topic { return g.topics[lang] }

// Topic finds a topic; nil when there is none.
func (g *Guide) Topic(lang, slug string) *Topic {
	for _, t := range g.topics[lang] {
		if t.Slug == slug {
			return t
		}
	}
	return nil
}

// Care gives the cards that stand on every page of the guide. The slice is the guide's own.
func (g *Guide) Care(lang string) []CareCard { return g.care[lang] }

// Citations gives every source, in the order of their file. The slice is the guide's own.
func (g *Guide) Citations() []*Citation { return g.citations }

// Page gives the topic as HTML. It is made on the first call, so that a start does not wait for pages nobody reads: a
// tenth of a millisecond once, and 3 kB kept, for each topic that is asked for.
func (t *Topic) Page() (*Page, error) { return t.page() }

// Fault is one mistake in a file of the guide.
type Fault struct {
	File    string
	Line    int
	Field   string // of a header or a citation; "" in the text
	Message string
}

// Error says where the mistake is and what it is.
func (f *Fault) Error() string {
	if f.Field == "" {
		return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
	}
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Field, f.Message)
}

// The files that are not topics.
const (
	citationsFile = "citations.json"
	careFile      = "care.md"
)

// Load reads a guide: citations.json, and for each language a directory of topics and care.md. The error joins every
// Fault there is. It makes no HTML: eleven topics in two languages take a millisecond.
func Load(fsys fs.FS) (*Guide, error) {
	l := &loader{fsys: fsys, guide: &Guide{topics: map[string][]*Topic{}, care: map[string][]CareCard{}}, used: map[string]bool{}}
	l.citations()
	dirs, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	for _, d := range dirs {
		if d.IsDir() {
			l.language(d.Name())
		}
	}
	l.unused()
	if len(l.faults) > 0 {
		return nil, errors.Join(l.faults...)
	}
	return l.guide, nil
}

// loader reads everything before it gives up, so that an editor sees all mistakes at once.
type loader struct {
	fsys   fs.FS
	guide  *Guide
	byKey  map[string]*Citation
	used   map[string]bool
	links  []link
	faults []error
}

// link is where a text leads, to be checked once every topic is read.
type link struct {
	file, lang, slug, to string
	line                 int
}

func (l *loader) fault(file string, line int, field, format string, args ...any) {
	l.faults = append(l.faults, &Fault{file, line, field, fmt.Sprintf(format, args...)})
}

func (l *loader) read(file string) string {
	b, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		l.faults = append(l.faults, err)
	}
	return string(b)
}

func (l *loader) language(lang string) {
	files, err := fs.Glob(l.fsys, lang+"/*.md")
	if err != nil {
		l.faults = append(l.faults, err)
	}
	l.guide.care[lang] = l.careCards(path.Join(lang, careFile))
	var topics []*Topic
	for _, file := range files {
		if path.Base(file) != careFile {
			topics = append(topics, l.topic(lang, file, l.read(file)))
		}
	}
	slices.SortFunc(topics, func(a, b *Topic) int { return a.Order - b.Order })
	for i := 1; i < len(topics); i++ {
		if topics[i].Order == topics[i-1].Order {
			l.fault(path.Join(lang, topics[i].Slug+".md"), 1, "order", "%d is %s's too", topics[i].Order, topics[i-1].Slug)
		}
	}
	l.guide.topics[lang] = topics
	l.checkLinks(lang)
}

// checkLinks finds links to topics and sections there aren't.
func (l *loader) checkLinks(lang string) {
	for _, x := range l.links {
		slug, id, _ := strings.Cut(x.to, "#")
		if slug == "" {
			slug = x.slug
		}
		t := l.guide.Topic(lang, slug)
		if x.lang != lang || x.to != "" && t != nil && (id == "" || slices.ContainsFunc(t.Sections, func(s Section) bool { return s.ID == id })) {
			continue
		}
		l.fault(x.file, x.line, "", "a link to %q: write the name of a topic, with #section if need be; other sites are cited, not linked", x.to)
	}
}

func (l *loader) unused() {
	for _, c := range l.guide.citations {
		if !l.used[c.Key] {
			l.fault(citationsFile, c.line, c.Key, "no topic cites it: take it out")
		}
	}
}

// lazily makes the page of a topic on the first call.
func lazily(t *Topic) func() (*Page, error) {
	return sync.OnceValues(func() (*Page, error) { return render(t) })
}
