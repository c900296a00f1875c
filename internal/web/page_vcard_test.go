package web_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/web"
)

// lines undoes the folding of a card, and checks it on the way: lines end in CRLF, none is longer than 75 octets, and
// none is broken inside a letter.
func lines(t interface{ Fatalf(string, ...any) }, card string) []string {
	if !strings.HasSuffix(card, "\r\n") {
		t.Fatalf("the card does not end with a line: %q", card)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(card, "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Fatalf("a line of %d octets: %q", len(line), line)
		}
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(card, "\r\n ", ""), "\r\n"), "\r\n")
}

const cardOfCenter = `BEGIN:VCARD
VERSION:4.0
PRODID:-//Carefinder//EN
UID:urn:uuid:ID
KIND:org
FN:Bay Center
ORG:Bay Hospital
TEL;VALUE=uri;TYPE=work,voice:tel:+16175550123
URL:https://bay.example/ect
ADR;TYPE=work:;;1 Main St;Boston;MA;02114;United States
GEO:geo:42.360000,-71.070000
CATEGORIES:Center
NOTE:Call +1 617-555-0123. Monday to Friday: 9:00 am to 5:00 pm\; Saturday to Sunday: closed (New York time)\nWaiting list (October 5\, 2026)\nVerified October 5\, 2026\nhttps://care.example.org/listings/ID
SOURCE:https://care.example.org/listings/ID/contact.vcf
END:VCARD`

const cardOfLine = `BEGIN:VCARD
VERSION:4.0
PRODID:-//Carefinder//ES
UID:urn:uuid:ID
KIND:org
FN:988 Suicide & Crisis Lifeline
ORG:SAMHSA
TEL;VALUE=text;TYPE=work,voice:988
TEL;VALUE=text;TYPE=work,text:988
URL:https://988lifeline.org/
CATEGORIES:Línea de ayuda
NOTE:Llamar al 988. Cuando contesten: pulse 2. En español\n24 horas\nAún no comprobado por una persona\nhttps://care.example.org/es/listings/ID
SOURCE:https://care.example.org/es/listings/ID/contact.vcf
END:VCARD`

func published(_ *shelf, c *web.Config) { c.PublicURL = "https://care.example.org" }

func TestCards(t *testing.T) {
	server, _ := pagesOf(t, published)
	for path, c := range map[string]struct {
		id   directory.ID
		file string
		want string
	}{
		"/listings/":    {centerID, "bay-center.vcf", cardOfCenter},
		"/es/listings/": {lineID, "988-suicide-crisis-lifeline.vcf", cardOfLine},
	} {
		r := get(t, server, path+c.id.String()+"/contact.vcf")
		got := strings.ReplaceAll(strings.Join(lines(t, string(r.body)), "\n"), c.id.String(), "ID")
		if got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
		if r.header.Get("Content-Type") != "text/vcard; charset=utf-8" || r.header.Get("Content-Disposition") != `attachment; filename="`+c.file+`"` {
			t.Errorf("headers %v", r.header)
		}
		one(t, read(t, server, path+c.id.String(), 200), "a[href="+path+c.id.String()+"/contact.vcf]")
	}
}

// TestCardsKeepSecrets holds that a card says no confidential address, and that what is made up has none.
func TestCardsKeepSecrets(t *testing.T) {
	server, s := pagesOf(t, published)
	// even if a searcher forgot to give the public form
	s.listings[secretID].Sites[0].Address = directory.Address{Street: "1 Hidden Ln", City: "Salem"}
	s.listings[secretID].Sites[0].Precision = "exact"
	for _, path := range []string{"/listings/" + secretID.String(), "/listings/" + secretID.String() + "/contact.vcf"} {
		r := get(t, server, path)
		if body := string(r.body); r.status != 200 || strings.Contains(body, "Hidden") || strings.Contains(body, "Salem") || strings.Contains(strings.ToLower(body), "geo:") {
			t.Errorf("%s (%d) tells where it is", path, r.status)
		}
	}
	if r := get(t, server, "/listings/"+hostileID.String()+"/contact.vcf"); r.status != http.StatusNotFound {
		t.Errorf("a made-up listing has a card: %d", r.status)
	}
	if n := pick(read(t, server, "/listings/"+hostileID.String(), 200), "a[download]"); len(n) != 0 {
		t.Error("a made-up listing offers a card")
	}
	if r := get(t, server, "/listings/"+goneID.String()+"/contact.vcf"); r.status != http.StatusGone {
		t.Errorf("a withdrawn listing's card answers %d", r.status)
	}
}

// TestCardsSurviveAnyName gives a listing any name and address, and reads them back from the card.
func TestCardsSurviveAnyName(t *testing.T) {
	server, s := pagesOf(t, published)
	unescape := strings.NewReplacer(`\\`, `\`, `\,`, ",", `\;`, ";", `\n`, "\n")
	clean := func(text string) string {
		return strings.Map(func(r rune) rune {
			if r != '\n' && unicode.IsControl(r) {
				return -1
			}
			return r
		}, strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n"))
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[,;:\\\n\r a-zé漢😀]{0,200}`))
		name, street := text.Draw(t, "name"), text.Draw(t, "street")
		l := s.listings[centerID]
		l.Name, l.Sites[0].Address.Street = name, street
		res, err := server.Test(request("/listings/" + centerID.String() + "/contact.vcf"))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		found := map[string]string{}
		for _, line := range lines(t, bodyOf(t, res)) {
			key, value, _ := strings.Cut(line, ":")
			found[key] = value
		}
		if got := unescape.Replace(found["FN"]); got != clean(name) {
			t.Fatalf("the name %q came back as %q", name, got)
		}
		parts := splitCard(found["ADR;TYPE=work"])
		if len(parts) != 7 || unescape.Replace(parts[2]) != clean(street) {
			t.Fatalf("the street %q came back in %q", street, parts)
		}
		if found["END"] != "VCARD" || found["BEGIN"] != "VCARD" {
			t.Fatalf("a name ended the card: %v", found)
		}
		if file := res.Header.Get("Content-Disposition"); !strings.HasPrefix(file, `attachment; filename="`) || strings.Count(file, `"`) != 2 || strings.ContainsAny(file, "/\\\r\n") {
			t.Fatalf("file name %q", file)
		}
	})
}

// splitCard parts a structured value at the semicolons that are not escaped.
func splitCard(value string) []string {
	var parts []string
	from := 0
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case ';':
			parts = append(parts, value[from:i])
			from = i + 1
		}
	}
	return append(parts, value[from:])
}
