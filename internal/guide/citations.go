package guide

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Citation is a source a topic names.
type Citation struct {
	Key       string `json:"key"` // as the texts name it: [@rush-2006]
	Mark      Mark   `json:"mark"`
	Authors   string `json:"authors"`
	Title     string `json:"title"`     // "" where it is not confirmed
	Published string `json:"published"` // where and when
	DOI       string `json:"doi"`       // "" when there is none, or none that is confirmed

	line int
}

// Mark says how well a source was checked.
type Mark string

// The marks a source may be printed with. What is not confirmed has none and can't be listed.
const (
	Printed Mark = "S"         // stands in the article the guide began with
	Checked Mark = "V"         // agrees with an independent public source
	NoDOI   Mark = "V, no DOI" // all but its DOI does, so the DOI is not printed
)

var (
	keyForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	doiForm = regexp.MustCompile(`^10\.[0-9]{4,}/[^\s"<>%]+$`)
)

func (l *loader) citations() {
	l.byKey = map[string]*Citation{}
	text := l.read(citationsFile)
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		l.fault(citationsFile, 1, "", "must be a list of citations")
		return
	}
	for dec.More() {
		c := &Citation{line: lineAt(text, dec.InputOffset())}
		if err := dec.Decode(c); err != nil {
			l.fault(citationsFile, c.line, c.Key, "%v", err)
			return // the decoder can't go on
		}
		l.checkCitation(c)
		l.byKey[c.Key] = c
		l.guide.citations = append(l.guide.citations, c)
	}
	if _, err := dec.Token(); err != nil {
		l.fault(citationsFile, lineAt(text, dec.InputOffset()), "", "the list does not end: %v", err)
	}
}

func (l *loader) checkCitation(c *Citation) {
	say := func(field, format string, args ...any) {
		l.fault(citationsFile, c.line, strings.Trim(c.Key+"."+field, "."), format, args...)
	}
	if !keyForm.MatchString(c.Key) {
		say("key", "%q must be small letters, digits and hyphens", c.Key)
	}
	if l.byKey[c.Key] != nil {
		say("key", "is listed before, in line %d", l.byKey[c.Key].line)
	}
	if !slices.Contains([]Mark{Printed, Checked, NoDOI}, c.Mark) {
		say("mark", "%q must be S, V or “V, no DOI”: nothing else may be printed", c.Mark)
	}
	for _, f := range []struct{ name, value string }{{"authors", c.Authors}, {"published", c.Published}} {
		if strings.TrimSpace(f.value) == "" {
			say(f.name, "is missing")
		}
	}
	switch {
	case c.DOI == "":
	case c.Mark == NoDOI:
		say("doi", "is not confirmed: leave it out")
	case !doiForm.MatchString(c.DOI):
		say("doi", "%q is none: write it bare, as 10.1000/182", c.DOI)
	}
}

// lineAt gives the line of the first thing at or after an offset that is not space or a comma.
func lineAt(text string, offset int64) int {
	rest := text[offset:]
	at := int(offset) + len(rest) - len(strings.TrimLeft(rest, ", \t\r\n"))
	return 1 + strings.Count(text[:at], "\n")
}
