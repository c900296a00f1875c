package geo

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold brings a name to the form in which names are compared: lower case, no diacritics, words parted by one space,
// "St." and "Ft." written out. "São Paulo" and "sao  paulo" fold to the same; so do "St. Louis" and "Saint Louis".
func fold(s string) string { return expand(strip(s)) }

// strip is fold without the writing out of abbreviations, for a last word that may be unfinished.
func strip(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	put := func(r rune) {
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			for _, r := range norm.NFKD.String(s[i:]) {
				foldRune(r, put, &gap)
			}
			return b.String()
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			put(rune(c))
		case 'A' <= c && c <= 'Z':
			put(rune(c) + 'a' - 'A')
		case c != '.' && c != '\'':
			gap = true
		}
	}
	return b.String()
}

// foldRune folds one rune of decomposed text. Marks vanish, and so do full stops and apostrophes of every shape:
// D.C. is dc, and O'Fallon is often written OFallon. What has no decomposition is written as people without the key
// would write it.
func foldRune(r rune, put func(rune), gap *bool) {
	switch r {
	case '.', '\'', '’', '‘', 'ʻ', 'ʼ', '`', '´':
	case 'ß':
		put('s')
		put('s')
	case 'æ', 'Æ':
		put('a')
		put('e')
	case 'œ', 'Œ':
		put('o')
		put('e')
	case 'ø', 'Ø':
		put('o')
	case 'ł', 'Ł':
		put('l')
	case 'đ', 'Đ', 'ð', 'Ð':
		put('d')
	case 'ħ', 'Ħ':
		put('h')
	case 'ı':
		put('i')
	case 'ə', 'Ə', 'ǝ', 'Ǝ':
		put('e')
	default:
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			put(unicode.ToLower(r))
		case !unicode.IsMark(r):
			*gap = true
		}
	}
}

// expand writes out the abbreviations that start so many names.
func expand(s string) string {
	if !strings.Contains(s, "t") || !strings.Contains(" "+s+" ", "t ") {
		return s
	}
	words := strings.Split(s, " ")
	for i, w := range words {
		switch w {
		case "st":
			words[i] = "saint"
		case "ft":
			words[i] = "fort"
		case "mt":
			words[i] = "mount"
		}
	}
	return strings.Join(words, " ")
}
