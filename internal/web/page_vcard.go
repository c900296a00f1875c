package web

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// vcard writes an address card as RFC 6350 has it, version 4.0: lines of at most 75 octets, and what stands for
// structure escaped where it is meant as itself.
type vcard struct{ strings.Builder }

// maxLine is in octets, without the line's end.
const maxLine = 75

// raw writes a line whose value is no text, such as a URI: a comma or a semicolon in it is its own.
func (v *vcard) raw(name, value string) {
	line := name + ":" + printable(value)
	for room := maxLine; len(line) > room; room = maxLine - 1 { // a line that goes on begins with a space
		at := room
		for !utf8.RuneStart(line[at]) {
			at--
		}
		v.WriteString(line[:at] + "\r\n ")
		line = line[at:]
	}
	v.WriteString(line + "\r\n")
}

// text writes a line of one text, or of the parts of a structured one.
func (v *vcard) text(name string, parts ...string) {
	for i, p := range parts {
		parts[i] = textEscapes.Replace(p)
	}
	v.raw(name, strings.Join(parts, ";"))
}

var textEscapes = strings.NewReplacer("\r\n", `\n`, "\n", `\n`, `\`, `\\`, ",", `\,`, ";", `\;`)

// printable drops what would end a line or confuse what reads it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// card answers with a listing as an address card. There is none of a made-up listing: in somebody's telephone nothing
// would say any more that it is one.
func (e *edition) card(c *fiber.Ctx) error {
	l, err := e.listingAt(c)
	if err != nil {
		return err
	}
	if l.Demonstration {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, "text/vcard; charset=utf-8")
	c.Set(fiber.HeaderContentLanguage, e.Code)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+fileName(l.Name)+`.vcf"`)
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	return sendTagged(c, []byte(e.cardOf(l, e.absolute(c, e.listingURL(l.ID)))))
}

// cardOf makes the card of a listing that is real; page is the address of its page.
func (e *edition) cardOf(l *directory.Listing, page string) string {
	var v vcard
	v.raw("BEGIN", "VCARD")
	v.raw("VERSION", "4.0")
	v.text("PRODID", "-//Carefinder//"+strings.ToUpper(e.Code))
	v.raw("UID", "urn:uuid:"+l.ID.String())
	if !l.UpdatedAt.IsZero() {
		v.raw("REV", l.UpdatedAt.UTC().Format("20060102T150405Z"))
	}
	v.raw("KIND", kindOfCard(l.Kind))
	v.text("FN", l.Name)
	if l.Organization != "" {
		v.text("ORG", l.Organization)
	}
	v.ways(l.Channels)
	e.places(&v, l.Sites)
	v.text("CATEGORIES", e.kindOf(l))
	v.text("NOTE", strings.Join(e.cardNotes(l, page), "\n"))
	if strings.HasPrefix(page, "http") {
		v.raw("SOURCE", page+"/contact.vcf")
	}
	v.raw("END", "VCARD")
	return v.String()
}

// kindOfCard is what an address book sorts by: a person or not.
func kindOfCard(k directory.Kind) string {
	if k == directory.Therapist || k == directory.Prescriber {
		return "individual"
	}
	return "org"
}

// ways writes the numbers and addresses, each once: a line answered in two languages is still one number.
func (v *vcard) ways(channels []directory.Channel) {
	seen := map[string]bool{}
	once := func(name, value string) {
		if value != "" && !seen[name+value] {
			seen[name+value] = true
			v.raw(name, value)
		}
	}
	for _, ch := range channels {
		switch number := directory.Digits(ch.Number); {
		case ch.Medium == directory.Email:
			once("EMAIL;TYPE=work", ch.Address)
		case !ch.Medium.Dialled():
			once("URL", linkable(ch.Address))
		case !strings.HasPrefix(number, "+"): // a short code holds in one country: the tel: URI of one would have to say which
			once("TEL;VALUE=text;TYPE=work,"+cardTypes[ch.Medium], textEscapes.Replace(ch.Number))
		case ch.Extension != "":
			once("TEL;VALUE=uri;TYPE=work,"+cardTypes[ch.Medium], "tel:"+number+";ext="+ch.Extension)
		default:
			once("TEL;VALUE=uri;TYPE=work,"+cardTypes[ch.Medium], "tel:"+number)
		}
	}
}

// cardTypes are what a card calls the media that are dialled.
var cardTypes = map[directory.Medium]string{directory.Voice: "voice", directory.Text: "text", directory.TTY: "textphone", directory.Fax: "fax"}

// places writes where the listing is. A confidential site is not there, and neither is a point that is only near.
func (e *edition) places(v *vcard, sites []directory.Site) {
	points := 0
	for _, s := range sites {
		if s.Confidential {
			continue
		}
		if a := s.Address; a != (directory.Address{}) {
			v.text("ADR;TYPE=work", "", s.Name, a.Street, a.City, a.Division, a.PostalCode, e.countryName(a.Country))
		}
		if exact(s) && points == 0 {
			points++
			v.raw("GEO", fmt.Sprintf("geo:%.6f,%.6f", s.Point.Lat(), s.Point.Lon()))
		}
	}
}

// exact reports whether a site's point leads to its door or close to it.
func exact(s directory.Site) bool {
	return s.Located() && (s.Precision == geo.Exact || s.Precision == geo.Campus || s.Precision == geo.Street)
}

func (e *edition) countryName(code string) string {
	if code == "" {
		return ""
	}
	return e.country(code)
}

// cardNotes say what has no line of its own: what to do once somebody answers, when they do, and how old all this is.
func (e *edition) cardNotes(l *directory.Listing, page string) []string {
	var notes []string
	for _, ch := range l.Channels {
		a, ok := e.reach(ch)
		if !ok || ch.Menu == "" && ch.Keyword == "" && !ch.Hours.Known() {
			continue
		}
		note := []string{a.Label}
		if ch.Menu != "" {
			note = append(note, e.t("contact.menu", "Menu", e.menu(ch.Menu)))
		}
		if len(ch.Languages) > 0 {
			note = append(note, e.t("contact.languages", "Languages", e.languageList(ch.Languages)))
		}
		if ch.Hours.Known() {
			note = append(note, e.hoursNote(ch.Hours))
		}
		notes = append(notes, strings.Join(note, ". "))
	}
	if l.Hours.Known() {
		notes = append(notes, e.hoursNote(l.Hours))
	}
	if b := e.accepting(l.Accepting); b != nil {
		notes = append(notes, b.Text)
	}
	return append(notes, e.checked(l.Verification), page)
}

// hoursNote says in a line when somebody answers.
func (e *edition) hoursNote(h directory.Hours) string {
	if h.AlwaysOpen && len(h.Exceptions) == 0 {
		return e.t("hours.all-day")
	}
	return strings.Join(e.week(h), "; ") + " (" + e.zone(h.Zone) + ")"
}

// fileName makes a name that any file system takes of a listing's.
func fileName(name string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(search.Fold(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		if b.WriteString(word); b.Len() > 60 {
			break
		}
	}
	if b.Len() == 0 {
		return "contact"
	}
	return b.String()[:min(b.Len(), 80)]
}
