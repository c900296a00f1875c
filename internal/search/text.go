package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"carefinder/internal/directory"
)

// This file holds what every engine must agree on about words: how they are folded and cut, which text of a listing
// is searchable, what a word stands for in the vocabulary, and how many typos it forgives. rank.go says what it is worth.

// letters that do not decompose into a base letter and a mark.
var folded = map[rune]string{
	'ß': "ss", 'ø': "o", 'ł': "l", 'æ': "ae", 'œ': "oe", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŧ': "t", 'ς': "σ",
}

// Fold gives s in small letters without diacritics, so that José, JOSE and jose compare equal. ASCII without capitals
// comes back as it is, without a copy. Folding twice changes nothing.
func Fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, string(utf8.RuneError))) { // a letter behind a broken byte would stay as it is
		r = unicode.ToLower(r)
		switch base, ok := folded[r]; {
		case ok:
			b.WriteString(base)
		case r < utf8.RuneSelf || !unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Words cuts s into folded words of letters and digits. Apostrophes are dropped (O'Brien is obrien), and so are the
// dots of an abbreviation (D.B.T. is dbt); everything else parts words. Cutting a word again gives the word.
func Words(s string) []string {
	s = Fold(s)
	var words []string
	for len(s) > 0 {
		start := strings.IndexFunc(s, inWord)
		if start < 0 {
			break
		}
		s = s[start:]
		if words == nil {
			words = make([]string, 0, 1+len(s)/6) // about as many as most texts have
		}
		end := wordEnd(s)
		words = append(words, bare(s[:end]))
		s = s[end:]
	}
	return words
}

func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	// Marks that survive folding are vowels of scripts that write them so.
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) && !isApostrophe(r)
}

// isApostrophe knows the letters among them too: Unicode counts ʼ and the ʻ of Hawaiʻi as such.
func isApostrophe(r rune) bool { return strings.ContainsRune(apostrophes, r) }

const apostrophes = "'’‘ʼʻ"

// wordEnd finds where the word s begins with ends. An apostrophe between letters belongs to it, and so do the dots
// between the single letters of an abbreviation.
func wordEnd(s string) int {
	single := true // so far each letter is followed by a dot
	for i, r := range s {
		rest := s[i+utf8.RuneLen(r):]
		next, _ := utf8.DecodeRuneInString(rest)
		switch {
		case inWord(r):
			single = single && next == '.' && unicode.IsLetter(r)
		case isApostrophe(r) && inWord(next):
		case r == '.' && single && oneLetter(rest):
		default:
			return i
		}
	}
	return len(s)
}

// oneLetter reports whether s begins with a word of one letter.
func oneLetter(s string) bool {
	first, size := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[size:])
	return unicode.IsLetter(first) && inWord(first) && !inWord(second)
}

func bare(w string) string {
	if !strings.ContainsAny(w, apostrophes+".") {
		return w
	}
	return strings.Map(func(r rune) rune {
		if inWord(r) {
			return r
		}
		return -1
	}, w)
}

// ListingText gives the words of a Public listing that can be searched: its name, which weighs more, and the rest.
// What it claims is found through TermWords instead, in every language the vocabulary knows.
func ListingText(l *directory.Listing) (name string, rest []string) {
	rest = make([]string, 0, 3+4*len(l.Sites))
	rest = append(rest, l.Organization, l.Description, l.Audience)
	for i := range l.Sites {
		if s := &l.Sites[i]; !s.Confidential {
			rest = append(rest, s.Name, s.Address.City, s.Address.Division, s.Address.PostalCode)
		}
	}
	return l.Name, rest
}

// ClaimKey is a term of the vocabulary.
type ClaimKey struct {
	Facet directory.Facet
	Code  string
}

// general are words too common in labels to stand for any one term.
var general = map[string]bool{
	"and": true, "or": true, "of": true, "the": true, "with": true, "for": true, "in": true, "a": true, "to": true,
	"de": true, "y": true, "la": true, "el": true, "en": true, "con": true, "por": true, "los": true, "las": true, "del": true, "al": true, "para": true,
	"therapy": true, "therapies": true, "terapia": true, "treatment": true, "tratamiento": true, "psychotherapy": true, "psicoterapia": true,
	"disorder": true, "disorders": true, "trastorno": true, "trastornos": true, "people": true, "personas": true, "licensed": true, "licencia": true,
	"health": true, "clinical": true, "program": true, "care": true,
}

// TermWords says which terms a folded word stands for: those with the word in their code, a label or a synonym. A word
// of the question is found in a listing when its text holds the word, or it claims yes to a term the word stands for.
func TermWords(v *directory.Vocabulary) map[string][]ClaimKey {
	words := map[string][]ClaimKey{}
	for _, f := range directory.Facets() {
		for _, t := range v.Terms(f) {
			texts := append([]string{t.Code, t.Labels["en"], t.Labels["es"]}, t.Synonyms...)
			for _, w := range Words(strings.Join(texts, " ")) {
				key := ClaimKey{f, t.Code}
				if list := words[w]; !general[w] && (len(list) == 0 || list[len(list)-1] != key) {
					words[w] = append(list, key)
				}
			}
		}
	}
	return words
}

// TypoBudget is how many typos a word forgives: none in short words and in numbers, where a typo is another word, one
// from four letters on, two from eight on. Typos are looked for only when nothing published holds the word itself, what
// it begins (for a Prefix), nor stands for it in the vocabulary.
func TypoBudget(word string) int {
	if strings.Trim(word, "0123456789") == "" {
		return 0
	}
	switch n := utf8.RuneCountInString(word); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// WithinTypos reports whether b can be got from a by at most limit edits: a letter left out, added or changed, or two
// neighbours swapped, none touched twice (optimal string alignment).
func WithinTypos(a, b string, limit int) bool {
	if d := utf8.RuneCountInString(a) - utf8.RuneCountInString(b); d > limit || -d > limit {
		return false
	}
	x, y := []rune(a), []rune(b)
	cells := make([]int, 3*32) // of a constant size, to stay on the stack
	n := len(y) + 1
	if 3*n > len(cells) {
		cells = make([]int, 3*n)
	}
	before, last, row := cells[:n], cells[n:2*n], cells[2*n:3*n]
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row[0] = i + 1
		best := row[0]
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			best = min(best, row[j+1])
		}
		if best > limit {
			return false
		}
		before, last, row = last, row, before
	}
	return last[len(y)] <= limit
}
