package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/web"
)

// described gives what a page tells search engines; nil when it tells nothing.
func described(t *testing.T, server *web.Server, path string) map[string]any {
	t.Helper()
	doc := read(t, server, path, 200)
	scripts := pick(doc, "script[type=application/ld+json]")
	if len(scripts) == 0 {
		return nil
	}
	var d map[string]any
	if err := json.Unmarshal([]byte(scripts[0].FirstChild.Data), &d); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if d["@context"] != "https://schema.org" {
		t.Errorf("%s: in the words of %v", path, d["@context"])
	}
	return d
}

// at follows a path of member names and list positions through decoded JSON.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			if l, _ := v.([]any); p < len(l) {
				v = l[p]
			} else {
				return nil
			}
		}
	}
	return v
}

func TestSearchEnginesAreToldWhatIsKnown(t *testing.T) {
	server, s := pagesOf(t, published)
	s.listings[centerID].Hours = s.listings[centerID].Channels[0].Hours
	d := described(t, server, "/listings/"+centerID.String())
	for want, path := range map[any][]any{
		"MedicalClinic": {"@type"}, "Bay Center": {"name"}, "https://care.example.org/listings/" + centerID.String(): {"url"},
		"Bay Hospital": {"parentOrganization", "name"}, "+16175550123": {"telephone"}, "1 Main St": {"address", 0, "streetAddress"}, "US": {"address", 0, "addressCountry"},
		42.36: {"geo", "latitude"}, "https://bay.example/ect": {"sameAs", 0}, "ContactPoint": {"contactPoint", 0, "@type"},
		"Electroconvulsive therapy": {"availableService", 0, "name"}, "09:00": {"openingHoursSpecification", 0, "opens"}, "17:00": {"contactPoint", 0, "hoursAvailable", 4, "closes"},
		"Friday": {"openingHoursSpecification", 4, "dayOfWeek", 0},
	} {
		if got := at(d, path...); got != want {
			t.Errorf("%v is %v, want %v", path, got, want)
		}
	}
	if at(d, "availableService", 1) != nil {
		t.Error("what it does not offer is told as offered")
	}
	if _, said := d["isAcceptingNewPatients"]; said {
		t.Error("a waiting list is told as a yes or a no")
	}
	line := described(t, server, "/es/listings/"+lineID.String())
	if line["@type"] != "MedicalOrganization" || at(line, "contactPoint", 0, "telephone") != "988" || at(line, "contactPoint", 0, "hoursAvailable", 0, "closes") != "23:59" || at(line, "areaServed", 0, "name") != "Estados Unidos" {
		t.Errorf("the line is told as %v", line)
	}
	for kind, want := range map[directory.Kind]string{
		directory.Prescriber: "Physician", directory.Therapist: "MedicalBusiness", directory.SupportGroup: "MedicalOrganization", directory.OnlineService: "MedicalOrganization",
	} {
		s.listings[centerID].Kind = kind
		if got := described(t, server, "/listings/"+centerID.String())["@type"]; got != want {
			t.Errorf("a %s is told as %v, want %s", kind, got, want)
		}
	}
}

func TestSearchEnginesAreNotToldWhatMustNotBe(t *testing.T) {
	server, s := pagesOf(t, published)
	if d := described(t, server, "/listings/"+hostileID.String()); d != nil {
		t.Errorf("a made-up listing is told as %v", d)
	}
	one(t, read(t, server, "/listings/"+hostileID.String(), 200), "meta[name=robots][content=noindex]")
	s.listings[secretID].Sites[0].Address = directory.Address{Street: "1 Hidden Ln", City: "Salem"}
	s.listings[secretID].Sites[0].Precision = "exact"
	d := described(t, server, "/listings/"+secretID.String())
	if d["@type"] != "MedicalOrganization" || d["address"] != nil || d["geo"] != nil {
		t.Errorf("a confidential site is told: %v", d)
	}
	bare, _ := pagesOf(t, nil)
	if d := described(t, bare, "/listings/"+centerID.String()); d == nil || at(d, "url") != "http://example.com/listings/"+centerID.String() {
		t.Errorf("without a configured address: %v", d)
	}
}

// TestNamesDoNotEndTheScript gives a real listing a name that would.
func TestNamesDoNotEndTheScript(t *testing.T) {
	server, s := pagesOf(t, published)
	evil := "</script><script>alert(1)</script><!-- \u2028 \xff"
	s.listings[centerID].Name, s.listings[centerID].Description = evil, evil
	body := string(get(t, server, "/listings/"+centerID.String()).body)
	if strings.Count(body, "</script>")-strings.Count(body, "<script type=\"module\"") != 1 || strings.Contains(body, "<script>") {
		t.Error("a name reached the page as markup")
	}
	if got := described(t, server, "/listings/"+centerID.String())["name"]; got != strings.ToValidUTF8(evil, "\uFFFD") {
		t.Errorf("the name is told as %q", got)
	}
}
