package web

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/message"

	"carefinder/frontend"
	"carefinder/internal/geo"
)

// phrases says everything the pages say in one language. It is immutable and safe for concurrent use.
type phrases struct {
	frontend.Language
	localizer *i18n.Localizer
	numbers   *message.Printer
	regions   display.Namer
	languages display.Namer
}

func newPhrases(l frontend.Language) (*phrases, error) {
	tag, err := language.Parse(l.Code)
	if err != nil {
		return nil, fmt.Errorf("language %q: %w", l.Code, err)
	}
	catalogue, err := frontend.Messages(l.Code)
	if err != nil {
		return nil, err
	}
	bundle := i18n.NewBundle(tag) // one bundle a language: a missing text must not silently come out in another
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	if _, err := bundle.ParseMessageFileBytes(catalogue, l.Code+".json"); err != nil {
		return nil, fmt.Errorf("catalogue of %q: %w", l.Code, err)
	}
	return &phrases{
		Language:  l,
		localizer: i18n.NewLocalizer(bundle, l.Code),
		numbers:   message.NewPrinter(tag),
		regions:   display.Regions(tag),
		languages: display.Languages(tag),
	}, nil
}

// t gives the text of a message; pairs are the names and values it mentions. A message the catalogue lacks comes out as
// its name: a page with a hole is better than none, and a test sees to it that there is no hole.
func (p *phrases) t(key string, pairs ...any) string {
	return p.localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: named(pairs)})
}

// n is t for a message with plural forms; the message sees the count, written out, as N.
func (p *phrases) n(key string, count int, pairs ...any) string {
	data := named(pairs)
	data["N"] = p.number(count)
	return p.localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: count})
}

func (p *phrases) localize(c *i18n.LocalizeConfig) string {
	s, err := p.localizer.Localize(c)
	if err != nil {
		return c.MessageID
	}
	return s
}

func named(pairs []any) map[string]any {
	data := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return data
}

// url gives the address of a page in this language; path begins with a slash.
func (p *phrases) url(path string) string {
	if p.Prefix != "" && path == "/" {
		return p.Prefix
	}
	return p.Prefix + path
}

// bare gives the path of a page without the language it is in.
func bare(path string) string {
	for _, l := range frontend.Languages() {
		if rest, ok := strings.CutPrefix(path, l.Prefix); ok && l.Prefix != "" && (rest == "" || rest[0] == '/') {
			return "/" + strings.TrimPrefix(rest, "/")
		}
	}
	return path
}

func (p *phrases) number(n int) string { return p.numbers.Sprintf("%d", n) }

// country names a country. In English the gazetteer's names stand, so that a label and a page agree.
func (p *phrases) country(code string) string {
	if p.Code == "en" {
		return geo.CountryName(code)
	}
	if r, err := language.ParseRegion(code); err == nil && code != "" {
		if name := p.regions.Name(r); name != "" {
			return name
		}
	}
	return code
}

// language names a language, in this one.
func (p *phrases) language(code string) string {
	tag, err := language.Parse(code)
	if err != nil {
		return code
	}
	if name := p.languages.Name(tag); name != "" {
		return name
	}
	return code
}

// list joins words as a sentence does: "a, b and c".
func (p *phrases) list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return p.t("list.and", "First", strings.Join(words[:last], ", "), "Last", words[last])
}
