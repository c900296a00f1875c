package seed

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// The sources of the two tables, parts of every listing's ID.
const (
	centerSource  = "carefinder-seed/centers"
	programSource = "carefinder-seed/programs"
)

// asStated is how far to trust a claim about a center or program.
const asStated = "as stated by the program's page, not yet verified by a person"

// offer is one row of centers.csv or programs.csv.
type offer struct {
	row
	source string
	kind   directory.Kind
}

// programs turns the rows of both tables into listings, merged where two rows are one organization at one place.
func programs(v *directory.Vocabulary) ([]*directory.Listing, error) {
	offers, err := readOffers()
	if err != nil {
		return nil, err
	}
	var all []*directory.Listing
	for _, same := range groupOffers(offers) {
		l, err := merge(same, v)
		if err != nil {
			return nil, fmt.Errorf("seed: %s: %w", same[0].row["id"], err)
		}
		if l.Remote() { // without a point no place would find it
			l.Coverage = coverageAt(l.Sites[0].Address)
		}
		all = append(all, l)
	}
	return all, nil
}

// coverageAt is the state of an address that has no point on the map, or else its country.
func coverageAt(a directory.Address) directory.Coverage {
	if a.Division != "" {
		return directory.Coverage{Divisions: []string{a.Country + "-" + a.Division}}
	}
	return directory.Coverage{Countries: []string{a.Country}}
}

func readOffers() ([]offer, error) {
	columns := []string{
		"id", "name", "organization", "kind", "services", "street", "city", "state", "postal_code", "country", "lat", "lon",
		"precision", "phone", "facility_phone", "website", "source_url", "source_note", "readiness",
	}
	centers, err := readTable("centers.csv", centersCSV, append(columns, "address_source")...)
	if err != nil {
		return nil, err
	}
	programs, err := readTable("programs.csv", programsCSV, append(columns, "formats", "fees", "ages", "languages", "evidence")...)
	if err != nil {
		return nil, err
	}
	var all []offer
	for _, r := range centers { // their kind column says TMS or ECT, as the services do
		all = append(all, offer{r, centerSource, directory.Center})
	}
	for _, r := range programs {
		all = append(all, offer{r, programSource, directory.Kind(r["kind"])})
	}
	return all, nil
}

// listing makes the listing of one row alone.
func (o offer) listing(v *directory.Vocabulary) (*directory.Listing, error) {
	site, err := o.site()
	if err != nil {
		return nil, err
	}
	l := &directory.Listing{
		ID: directory.ImportedID(o.source, o.row["id"]), Kind: o.kind, Status: o.status(), Name: o.row["name"], Organization: o.row["organization"],
		Languages: []string{"en"}, Sites: []directory.Site{site}, Channels: o.channels(), Fees: o.fees(), Sources: o.sources(),
		Audience: strings.Join(o.list("ages"), ", "),
	}
	if l.Organization == l.Name {
		l.Organization = ""
	}
	c := claims{source: o.row["source_url"]}
	if err := o.claims(&c, v); err != nil {
		return nil, err
	}
	if strings.Contains(l.Name, "(veterans)") {
		c.yes(directory.Population, "veterans")
		l.Audience = "veterans"
	}
	l.Claims = c.all
	l.Description = o.description(c.all, v)
	return l, nil
}

// description is the row's paraphrase of the page, or else what the page is known to list.
func (o offer) description(claims []directory.Claim, v *directory.Vocabulary) string {
	if o.row["evidence"] != "" {
		return o.row["evidence"]
	}
	var labels []string
	for _, c := range claims {
		if c.Facet == directory.Treatment || c.Facet == directory.Modality {
			label := v.Term(c.Facet, c.Code).Label("en")
			labels = append(labels, strings.ToLower(label[:1])+label[1:])
		}
	}
	return strings.TrimSuffix("Its page lists "+strings.Join(labels, ", "), ", ") + "."
}

func (o offer) claims(c *claims, v *directory.Vocabulary) error {
	for _, code := range o.list("services") {
		facet, ok := facetOf(v, code)
		if !ok {
			return fmt.Errorf("service %q is in no facet", code)
		}
		c.yes(facet, code)
	}
	for _, f := range o.list("formats") {
		if f == "telehealth" {
			c.yes(directory.Delivery, "video")
			continue
		}
		c.yes(directory.Format, f)
	}
	for _, a := range o.list("ages") {
		c.ages(a)
	}
	for _, name := range o.list("languages") {
		code := languageCode(name)
		if code == "" {
			return fmt.Errorf("language %q has no code", name)
		}
		c.yes(directory.Language, code)
	}
	return nil
}

func facetOf(v *directory.Vocabulary, service string) (directory.Facet, bool) {
	for _, f := range []directory.Facet{directory.Modality, directory.Treatment, directory.Condition} {
		if v.Term(f, service) != nil {
			return f, true
		}
	}
	return "", false
}

func (o offer) site() (directory.Site, error) {
	s := directory.Site{Address: directory.Address{
		Street: o.row["street"], City: o.row["city"], Division: o.row["state"], PostalCode: o.row["postal_code"], Country: o.row["country"],
	}}
	if o.row["precision"] == "" {
		return s, nil
	}
	lat, err := strconv.ParseFloat(o.row["lat"], 64)
	if err != nil {
		return s, err
	}
	lon, err := strconv.ParseFloat(o.row["lon"], 64)
	if err != nil {
		return s, err
	}
	s.Point, s.Precision = orb.Point{lon, lat}, geo.Precision(o.row["precision"])
	return s, nil
}

// channels lists the program's own phone and site, and the hospital's switchboard, which is said to be one.
func (o offer) channels() []directory.Channel {
	var all []directory.Channel
	if o.row["phone"] != "" {
		all = append(all, directory.Channel{Medium: directory.Voice, Number: o.row["phone"]})
	}
	if o.row["facility_phone"] != "" && o.row["facility_phone"] != o.row["phone"] {
		all = append(all, directory.Channel{Medium: directory.Voice, Number: o.row["facility_phone"], Label: "Hospital switchboard"})
	}
	if o.row["website"] != "" {
		all = append(all, directory.Channel{Medium: directory.Web, Address: o.row["website"]})
	}
	return all
}

func (o offer) fees() directory.Fees {
	var f directory.Fees
	var notes []string
	for _, fee := range o.list("fees") {
		if fee == "sliding" {
			f.SlidingScale = directory.Yes
			continue
		}
		notes = append(notes, strings.ReplaceAll(fee, "low-fee", "low fee"))
	}
	f.Note = strings.Join(notes, ", ")
	return f
}

func (o offer) sources() []directory.Source {
	note := asStated
	if o.row["source_note"] != "" {
		note = o.row["source_note"] + ", not yet verified by a person"
	}
	all := []directory.Source{{Name: o.row["organization"], URL: o.row["source_url"], Key: o.row["id"], At: collected(), Note: note}}
	if register := o.row["address_source"]; register != "" && host(register) == "" { // else it is a page, which is the source above
		all = append(all, directory.Source{Name: register, At: collected(), Note: "address"})
	}
	return all
}
