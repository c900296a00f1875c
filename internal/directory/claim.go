package directory

import "time"

// Answer is yes, no or unknown. The zero Answer is Unknown: what nobody said is not a no.
type Answer int8

// The answers.
const (
	Unknown Answer = iota
	Yes
	No
)

// String gives "unknown", "yes" or "no".
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

// ParseAnswer reads what String wrote; the empty string is Unknown. ok is false for anything else.
func ParseAnswer(s string) (a Answer, ok bool) {
	switch s {
	case "yes":
		return Yes, true
	case "no":
		return No, true
	case "unknown", "":
		return Unknown, true
	}
	return Unknown, false
}

// Facet is a dimension claims are made in.
type Facet string

// The facets of claims. Their codes are the vocabulary's.
const (
	Modality      Facet = "modality"
	Treatment     Facet = "treatment"
	Condition     Facet = "condition"
	Format        Facet = "format"   // individual, group, couples, family, and program formats such as inpatient
	Delivery      Facet = "delivery" // in-person, video, phone, chat
	Insurance     Facet = "insurance"
	Language      Facet = "language" // care can be had in it
	Age           Facet = "age"
	Population    Facet = "population"
	Accessibility Facet = "accessibility"
	Credential    Facet = "credential"
	Topic         Facet = "topic" // what a helpline is for
)

// Facets lists every facet of claims, in the order pages show them.
func Facets() []Facet {
	return []Facet{Modality, Treatment, Condition, Format, Delivery, Insurance, Language, Age, Population, Accessibility, Credential, Topic}
}

// Claim is a statement about a listing with its provenance.
type Claim struct {
	Facet  Facet
	Code   string // of the vocabulary
	Value  Answer
	Source string    // a URL, or who said it
	By     string    // who entered it
	At     time.Time // when it was stated or read
}
