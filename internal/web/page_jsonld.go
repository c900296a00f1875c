package web

import (
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
	"time"

	"carefinder/internal/directory"
)

// thing is a listing as schema.org describes one, for search engines. What is not known is left out, and a made-up
// listing or a confidential site is never described.
type thing struct {
	Context     string         `json:"@context"`
	Type        string         `json:"@type"`
	ID          string         `json:"@id"`
	URL         string         `json:"url"`
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Parent      *entity        `json:"parentOrganization,omitempty"`
	Telephone   string         `json:"telephone,omitempty"`
	Website     []string       `json:"sameAs,omitempty"`
	Address     []postal       `json:"address,omitempty"`
	Geo         *geoPoint      `json:"geo,omitempty"`
	Hours       []opening      `json:"openingHoursSpecification,omitempty"`
	Contact     []contactPoint `json:"contactPoint,omitempty"`
	Area        []entity       `json:"areaServed,omitempty"`
	Accepting   *bool          `json:"isAcceptingNewPatients,omitempty"`
	Services    []entity       `json:"availableService,omitempty"`
	Identifier  []property     `json:"identifier,omitempty"`
}

type entity struct {
	Type string `json:"@type"`
	Name string `json:"name"`
}

type postal struct {
	Type     string `json:"@type"`
	Street   string `json:"streetAddress,omitempty"`
	City     string `json:"addressLocality,omitempty"`
	Division string `json:"addressRegion,omitempty"`
	Code     string `json:"postalCode,omitempty"`
	Country  string `json:"addressCountry,omitempty"`
}

type geoPoint struct {
	Type string  `json:"@type"`
	Lat  float64 `json:"latitude"`
	Lon  float64 `json:"longitude"`
}

type contactPoint struct {
	Type      string    `json:"@type"`
	Kind      string    `json:"contactType"`
	Telephone string    `json:"telephone,omitempty"`
	Email     string    `json:"email,omitempty"`
	URL       string    `json:"url,omitempty"`
	Languages []string  `json:"availableLanguage,omitempty"`
	Hours     []opening `json:"hoursAvailable,omitempty"`
	Area      []entity  `json:"areaServed,omitempty"`
}

type opening struct {
	Type   string   `json:"@type"`
	Days   []string `json:"dayOfWeek"`
	Opens  string   `json:"opens"`
	Closes string   `json:"closes"`
}

type property struct {
	Type  string `json:"@type"`
	ID    string `json:"propertyID"`
	Value string `json:"value"`
}

// thingTypes say what a kind of listing is. A therapist is no physician, and a group or a line no clinic: those are
// organizations, which claims the least.
var thingTypes = map[directory.Kind]string{
	directory.Prescriber: "Physician", directory.Center: "MedicalClinic", directory.Program: "MedicalClinic", directory.Therapist: "MedicalBusiness",
}

// data describes a listing for search engines; "" for one they must not take for real. Everything in it is JSON, which
// encoding/json writes without any < that could end the script element it stands in.
func (e *edition) data(l *directory.Listing, page string) template.JS {
	if l.Demonstration || !strings.Contains(page, "://") {
		return ""
	}
	b, err := json.Marshal(e.thingOf(l, page))
	if err != nil {
		return "" // search engines can do without
	}
	return template.JS(b)
}

func (e *edition) thingOf(l *directory.Listing, page string) thing {
	t := thing{
		Context: "https://schema.org", Type: thingTypes[l.Kind], ID: page, URL: page, Name: l.Name, Description: l.Description,
		Area: e.areas(l.Reach()),
	}
	if t.Type == "" || l.Remote() && t.Type == "MedicalClinic" {
		t.Type = "MedicalOrganization"
	}
	if l.Organization != "" && l.Organization != l.Name {
		t.Parent = &entity{"Organization", l.Organization}
	}
	e.stand(&t, l)
	for _, ch := range l.Channels {
		e.contact(&t, l, ch)
	}
	if s := l.Accepting.Status; s == directory.AcceptingYes || s == directory.AcceptingNo { // a waiting list is neither
		yes := s == directory.AcceptingYes
		t.Accepting = &yes
	}
	for _, id := range l.Identifiers {
		t.Identifier = append(t.Identifier, property{"PropertyValue", id.Scheme, id.Value})
	}
	if t.Type == "MedicalClinic" || t.Type == "Physician" { // no other type has it
		for _, c := range l.Claims {
			if c.Value == directory.Yes && (c.Facet == directory.Treatment || c.Facet == directory.Modality) {
				t.Services = append(t.Services, entity{"MedicalTherapy", e.term(c.Facet, c.Code)})
			}
		}
	}
	return t
}

// stand says where the listing is and when its door is open. Hours without a place have no zone, and are not said.
func (e *edition) stand(t *thing, l *directory.Listing) {
	for _, s := range l.Sites {
		if s.Confidential {
			continue
		}
		if a := s.Address; a != (directory.Address{}) {
			t.Address = append(t.Address, postal{"PostalAddress", a.Street, a.City, a.Division, a.PostalCode, a.Country})
		}
		if exact(s) && t.Geo == nil {
			t.Geo = &geoPoint{"GeoCoordinates", s.Point.Lat(), s.Point.Lon()}
		}
	}
	if !l.Remote() {
		t.Hours = openings(l.Hours)
	}
}

func (e *edition) contact(t *thing, l *directory.Listing, ch directory.Channel) {
	p := contactPoint{Type: "ContactPoint", Kind: e.t("medium." + string(ch.Medium)), Languages: ch.Languages, Area: t.Area}
	switch ch.Medium {
	case directory.Voice, directory.Text, directory.TTY, directory.Fax:
		p.Telephone = ch.Number
	case directory.Email:
		p.Email = ch.Address
	case directory.Web:
		if address := linkable(ch.Address); address != "" {
			t.Website = append(t.Website, address)
		}
		return
	default:
		if p.URL = linkable(ch.Address); p.URL == "" {
			return
		}
	}
	if ch.Medium == directory.Voice && t.Telephone == "" {
		t.Telephone = ch.Number
	}
	if h := l.HoursOf(ch); h.AlwaysOpen || !l.Remote() {
		p.Hours = openings(h)
	}
	t.Contact = append(t.Contact, p)
}

// openings are the weekly hours. Exceptions are left out: a search engine keeps what it read for long.
func openings(h directory.Hours) []opening {
	if h.AlwaysOpen {
		all := make([]string, 7)
		for d := range all {
			all[d] = time.Weekday(d).String()
		}
		return []opening{{"OpeningHoursSpecification", all, "00:00", "23:59"}}
	}
	var spans []opening
	for _, r := range h.Weekly {
		spans = append(spans, opening{"OpeningHoursSpecification", []string{r.Day.String()}, clockOf(r.From), clockOf(r.To)})
	}
	return spans
}

// clockOf writes minutes after midnight; midnight at the end of a day is its last minute, as search engines want it.
func clockOf(minute int) string {
	if minute == 24*60 {
		return "23:59"
	}
	return fmt.Sprintf("%02d:%02d", minute/60%24, minute%60)
}

func (e *edition) areas(c directory.Coverage) []entity {
	var all []entity
	for _, code := range c.Countries {
		all = append(all, entity{"Country", e.country(code)})
	}
	for _, code := range c.Divisions {
		all = append(all, entity{"AdministrativeArea", e.division(code)})
	}
	return all
}
