package document

import (
	"github.com/paulmach/orb"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// The types here are the format. A member without omitempty or omitzero is required. Values that are not text, a
// number or a flag travel as text and are converted in encode.go and decode.go: that is quicker than an unmarshaller
// on each, and it lets one reading find every wrong value.

type listing struct {
	ID             string           `json:"id"`
	Kind           directory.Kind   `json:"kind"`
	Status         directory.Status `json:"status"`
	Name           string           `json:"name"`
	Organization   string           `json:"organization,omitempty"`
	Description    string           `json:"description,omitempty"`
	Languages      []string         `json:"languages,omitempty"`
	Audience       string           `json:"audience,omitempty"`
	Sites          []site           `json:"sites,omitempty"`
	Coverage       coverage         `json:"coverage,omitzero"`
	Channels       []channel        `json:"channels,omitempty"`
	Hours          hours            `json:"hours,omitzero"`
	Claims         []statement      `json:"claims,omitempty"`
	Accepting      accepting        `json:"accepting,omitzero"`
	Fees           fees             `json:"fees,omitzero"`
	Referral       referral         `json:"referral,omitzero"`
	Identifiers    []identifier     `json:"identifiers,omitempty"`
	Sources        []source         `json:"sources,omitempty"`
	Verification   verification     `json:"verification,omitzero"`
	ArchivedReason string           `json:"archived_reason,omitempty"`
	ReplacedBy     string           `json:"replaced_by,omitempty"`
	Priority       int              `json:"priority,omitempty"`
	Demonstration  bool             `json:"demonstration,omitempty"`
	Revision       int64            `json:"revision,omitempty"`
	UpdatedAt      string           `json:"updated_at,omitempty"`
}

type site struct {
	Name         string   `json:"name,omitempty"`
	Address      address  `json:"address,omitzero"`
	Point        point    `json:"point,omitzero"`
	Confidential bool     `json:"confidential,omitempty"`
	Coverage     coverage `json:"coverage,omitzero"`
}

type address struct {
	Street     string `json:"street,omitempty"`
	City       string `json:"city,omitempty"`
	Division   string `json:"division,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
}

type point struct {
	Lat       float64       `json:"lat"`
	Lng       float64       `json:"lng"`
	Precision geo.Precision `json:"precision,omitempty"`
}

type coverage struct {
	Countries []string `json:"countries,omitempty"`
	Divisions []string `json:"divisions,omitempty"`
	Areas     []area   `json:"areas,omitempty"`
}

// area is a GeoJSON Polygon.
type area struct {
	Type        string      `json:"type"`
	Coordinates orb.Polygon `json:"coordinates"`
}

type channel struct {
	Medium    directory.Medium `json:"medium"`
	Number    string           `json:"number,omitempty"`
	Extension string           `json:"extension,omitempty"`
	Menu      string           `json:"menu,omitempty"`
	Keyword   string           `json:"keyword,omitempty"`
	Address   string           `json:"address,omitempty"`
	Label     string           `json:"label,omitempty"`
	Languages []string         `json:"languages,omitempty"`
	Cost      directory.Cost   `json:"cost,omitempty"`
	Anonymous string           `json:"anonymous,omitempty"`
	Hours     hours            `json:"hours,omitzero"`
}

type hours struct {
	AlwaysOpen bool        `json:"always_open,omitempty"`
	Zone       string      `json:"zone,omitempty"`
	Weekly     []opening   `json:"weekly,omitempty"`
	Exceptions []exception `json:"exceptions,omitempty"`
	Note       string      `json:"note,omitempty"`
}

// opening is a span beginning on a day, mo to su.
type opening struct {
	Day  string `json:"day"`
	From string `json:"from"`
	To   string `json:"to"`
}

// exception is closed all day when it has no spans.
type exception struct {
	Date  string `json:"date"`
	Spans []span `json:"spans,omitempty"`
	Note  string `json:"note,omitempty"`
}

type span struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// statement is a run of claims with one provenance, each claim as facet:code.
type statement struct {
	Source  string   `json:"source,omitempty"`
	By      string   `json:"by,omitempty"`
	At      string   `json:"at,omitempty"`
	Yes     []string `json:"yes,omitempty"`
	No      []string `json:"no,omitempty"`
	Unknown []string `json:"unknown,omitempty"`
}

type accepting struct {
	Status directory.AcceptingStatus `json:"status,omitempty"`
	AsOf   string                    `json:"as_of,omitempty"`
	Wait   string                    `json:"wait,omitempty"`
	Source string                    `json:"source,omitempty"`
}

// fees are in the currency's minor unit.
type fees struct {
	Free         string `json:"free,omitempty"`
	SlidingScale string `json:"sliding_scale,omitempty"`
	Min          int64  `json:"min,omitempty"`
	Max          int64  `json:"max,omitempty"`
	Currency     string `json:"currency,omitempty"`
	Note         string `json:"note,omitempty"`
}

type referral struct {
	Self      string `json:"self,omitempty"`
	Clinician string `json:"clinician,omitempty"`
	FormURL   string `json:"form_url,omitempty"`
	Fax       string `json:"fax,omitempty"`
	Send      string `json:"send,omitempty"`
}

type identifier struct {
	Scheme string `json:"scheme"`
	Value  string `json:"value"`
}

type source struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
	Key  string `json:"key,omitempty"`
	At   string `json:"at,omitempty"`
	Note string `json:"note,omitempty"`
}

type verification struct {
	At     string `json:"at,omitempty"`
	By     string `json:"by,omitempty"`
	Method string `json:"method,omitempty"`
	Due    string `json:"due,omitempty"`
}
