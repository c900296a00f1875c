package web

import "time"

// The types of this file are what the API answers, as the contract shows them. Answers of searches are written by hand
// (append.go), because encoding the same twenty cards anew would cost more than finding them; a test reads them back
// strictly into these types. Those that are embedded are exported because the contract leaves others out.

// listingsAnswer answers a search.
type listingsAnswer struct {
	Hits   []hit `json:"hits" doc:"One page of what matches at a site, each at its nearest"`
	Remote []hit `json:"remote" doc:"One page of what serves the place without a site: helplines, online care"`
	Envelope
}

// Envelope is what stands around the hits of a search.
type Envelope struct {
	Total         int                     `json:"total" minimum:"0" doc:"Listings with a site that match; exact"`
	RemoteTotal   int                     `json:"remote_total" minimum:"0" doc:"Listings without a site that serve the place; exact"`
	Facets        map[string][]facetCount `json:"facets" doc:"For each facet asked its values, most first; the counts of a facet ignore what is chosen in it"`
	Place         *placeRead              `json:"place,omitempty" doc:"How the place was read"`
	RadiusM       float64                 `json:"radius_m,omitempty" doc:"The radius searched, in metres"`
	Sort          string                  `json:"sort" example:"distance"`
	Relaxations   []relaxation            `json:"relaxations,omitempty" doc:"When nothing was found: single changes that would find something. When all that was found is remote: the nearest place with anything"`
	Helplines     []hit                   `json:"helplines,omitempty" doc:"Who can be reached now: when nothing was found, or helplines are asked for and nobody knows where"`
	Understood    []understood            `json:"understood,omitempty" doc:"What q was read as, in its order: asked as these parameters beside plain as q, it finds the same. literal=true turns it off"`
	Plain         string                  `json:"plain,omitempty" doc:"The words of q that were read as nothing else"`
	Taken         string                  `json:"taken,omitempty" enum:"read,words,literally,filters" doc:"How q was taken: read, by all of understood and plain; words, by plain, which then holds the words of what nothing states and something speaks of, and the rest of understood; literally, by its words alone, because they are a listing's name or nothing answers what was understood; filters, by understood alone, because nothing that answers it holds the plain words"`
	Crisis        *crisisOffer            `json:"crisis,omitempty" doc:"Who to offer first: the words of q say that a life may be in danger"`
	Next          string                  `json:"next,omitempty" doc:"The cursor of the next page; absent on the last"`
	Engine        string                  `json:"engine" example:"embedded"`
	Degraded      bool                    `json:"degraded" doc:"A stand-in engine answered"`
	Demonstration bool                    `json:"demonstration" doc:"Made-up listings are loaded"`
}

// understood is a part of a question that was read.
type understood struct {
	Facet string `json:"facet" doc:"The parameter it stands for" example:"modality"`
	Value string `json:"value" doc:"As the parameter takes it" example:"cbt"`
	Label string `json:"label,omitempty" example:"Cognitive behavioral therapy"`
	Words string `json:"words" doc:"What was written" example:"cbt"`
	Start int    `json:"start" minimum:"0" doc:"Where they begin, in bytes of q"`
	End   int    `json:"end" minimum:"0" doc:"Where they end"`
}

// crisisOffer is who can be reached by someone whose life may be in danger.
type crisisOffer struct {
	Country   string `json:"country" example:"US"`
	Emergency string `json:"emergency,omitempty" doc:"The number for immediate danger, as dialled" example:"911"`
	Lines     []hit  `json:"lines" doc:"The country's first helplines"`
}

// hit is a listing at the site nearest to the question.
type hit struct {
	Card
	Site      *site     `json:"site,omitempty" doc:"Absent for what serves the place without a site"`
	DistanceM *float64  `json:"distance_m,omitempty" doc:"Metres from the place asked about" minimum:"0"`
	Matched   []matched `json:"matched" doc:"The claims the question asked for"`
	Why       []why     `json:"why" doc:"What made it match"`
}

// Card is the part of a hit that is the same in every answer until the listing is revised.
type Card struct {
	ID            string     `json:"id" format:"uuid"`
	Revision      int64      `json:"revision"`
	Kind          string     `json:"kind" example:"center"`
	Name          string     `json:"name"`
	Organization  string     `json:"organization,omitempty"`
	Audience      string     `json:"audience,omitempty" doc:"Whom it is for, as it says itself"`
	Channels      []channel  `json:"channels" doc:"Ways to make contact"`
	Accepting     *accepting `json:"accepting,omitempty" doc:"Absent when not known"`
	Fees          *fees      `json:"fees,omitempty" doc:"Absent when nothing is known"`
	VerifiedAt    *time.Time `json:"verified_at,omitempty" doc:"When a person last checked it; absent when nobody has yet"`
	Demonstration bool       `json:"demonstration" doc:"Made up, to try the program with"`
}

type site struct {
	Name         string    `json:"name,omitempty"`
	Address      *address  `json:"address,omitempty"`
	Point        *point    `json:"point,omitempty"`
	Confidential bool      `json:"confidential,omitempty" doc:"The address protects someone and is never given"`
	Coverage     *coverage `json:"coverage,omitempty" doc:"Where a confidential site serves"`
}

type address struct {
	Street     string `json:"street,omitempty"`
	City       string `json:"city,omitempty"`
	Division   string `json:"division,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
}

type point struct {
	Lat       float64 `json:"lat" minimum:"-90" maximum:"90"`
	Lng       float64 `json:"lng" minimum:"-180" maximum:"180"`
	Precision string  `json:"precision" doc:"What the point stands for" enum:"exact,campus,street,postal,city,region"`
}

type channel struct {
	Medium    string   `json:"medium" enum:"voice,text,chat,web,email,tty,video,fax"`
	URI       string   `json:"uri,omitempty" doc:"Opens the channel on a phone or a computer" example:"tel:988"`
	Number    string   `json:"number,omitempty" doc:"Exactly as dialled"`
	Extension string   `json:"extension,omitempty"`
	Menu      string   `json:"menu,omitempty" doc:"What to do after the call is answered"`
	Keyword   string   `json:"keyword,omitempty" doc:"The word to send by text"`
	Label     string   `json:"label,omitempty" doc:"What answers, when not the listing itself"`
	Languages []string `json:"languages,omitempty"`
	Cost      string   `json:"cost,omitempty" enum:"free,toll"`
	Anonymous string   `json:"anonymous,omitempty" enum:"yes,no"`
	Hours     *hours   `json:"hours,omitempty" doc:"Its own; absent when they are the listing's"`
}

type hours struct {
	AlwaysOpen bool        `json:"always_open,omitempty"`
	Zone       string      `json:"zone,omitempty" doc:"IANA time zone"`
	Weekly     []span      `json:"weekly,omitempty"`
	Exceptions []exception `json:"exceptions,omitempty" doc:"Replace the weekly hours that begin on a date"`
	Note       string      `json:"note,omitempty"`
}

type span struct {
	Day   string `json:"day,omitempty" enum:"monday,tuesday,wednesday,thursday,friday,saturday,sunday"`
	Opens string `json:"opens" example:"18:00"`
	// Closes may pass 24:00: a span belongs to the day it begins on.
	Closes string `json:"closes" doc:"Past midnight it runs on: 26:00 is two in the morning" example:"26:00"`
}

type exception struct {
	Date  string `json:"date" format:"date"`
	Spans []span `json:"spans" doc:"Empty when closed"`
	Note  string `json:"note,omitempty"`
}

type accepting struct {
	Status string     `json:"status" enum:"yes,no,waitlist"`
	AsOf   *time.Time `json:"as_of,omitempty"`
	Wait   string     `json:"wait,omitempty" example:"6 to 8 weeks"`
	Source string     `json:"source,omitempty"`
}

type fees struct {
	Free         string `json:"free,omitempty" enum:"yes,no"`
	SlidingScale string `json:"sliding_scale,omitempty" enum:"yes,no"`
	Min          int64  `json:"min,omitempty" doc:"In the currency's minor unit"`
	Max          int64  `json:"max,omitempty" doc:"In the currency's minor unit"`
	Currency     string `json:"currency,omitempty" doc:"ISO 4217"`
	Note         string `json:"note,omitempty"`
}

type matched struct {
	Facet  string     `json:"facet" example:"modality"`
	Code   string     `json:"code" example:"cbt"`
	Label  string     `json:"label" example:"Cognitive behavioral therapy"`
	Source string     `json:"source,omitempty" doc:"Who states it"`
	At     *time.Time `json:"at,omitempty" doc:"When it was stated or read"`
}

type why struct {
	Kind  string `json:"kind" enum:"claim,word,near,coverage,verified,accepting,open"`
	Facet string `json:"facet,omitempty"`
	Value string `json:"value,omitempty"`
	Asked string `json:"asked,omitempty" doc:"The word as asked, when it was read as value"`
}

type facetCount struct {
	Value string `json:"value" example:"cbt"`
	Label string `json:"label" example:"Cognitive behavioral therapy"`
	Count int    `json:"count" minimum:"1"`
}

type placeRead struct {
	Place
	Candidates []Place `json:"candidates,omitempty" doc:"Other places of that name, largest first"`
}

// Place is a place the gazetteer knows.
type Place struct {
	Label      string `json:"label" doc:"Tells the place from its namesakes; can be asked as place" example:"Cambridge, MA"`
	Name       string `json:"name,omitempty"`
	Division   string `json:"division,omitempty" doc:"ISO 3166-2"`
	Country    string `json:"country,omitempty" doc:"ISO 3166-1 alpha-2"`
	Point      point  `json:"point"`
	Zone       string `json:"zone,omitempty" doc:"IANA time zone"`
	Population int    `json:"population,omitempty"`
}

type relaxation struct {
	Change    string  `json:"change" doc:"radius; place, to stand instead of place or near; or the param to leave out" example:"radius"`
	Value     string  `json:"value,omitempty" doc:"The wider radius in metres, or the other place"`
	DistanceM float64 `json:"distance_m,omitempty" doc:"Of a place: how far from where was asked the nearest lies that it would find"`
	Total     int     `json:"total" doc:"What it would find, exactly"`
	Remote    int     `json:"remote,omitempty" doc:"How many of them are remote"`
}

// ListingAnswer is one published listing, with provenance.
type ListingAnswer struct {
	ID            string        `json:"id" format:"uuid"`
	Revision      int64         `json:"revision"`
	Kind          string        `json:"kind"`
	Name          string        `json:"name"`
	Organization  string        `json:"organization,omitempty"`
	Description   string        `json:"description,omitempty"`
	Languages     []string      `json:"languages,omitempty" doc:"Of the description"`
	Audience      string        `json:"audience,omitempty"`
	Sites         []site        `json:"sites"`
	Coverage      *coverage     `json:"coverage,omitempty"`
	Channels      []channel     `json:"channels"`
	Hours         *hours        `json:"hours,omitempty"`
	Claims        []claim       `json:"claims" doc:"What is said about it, with who says so; what isn't listed is unknown, never no"`
	Accepting     *accepting    `json:"accepting,omitempty"`
	Fees          *fees         `json:"fees,omitempty"`
	Referral      *referral     `json:"referral,omitempty"`
	Identifiers   []identifier  `json:"identifiers,omitempty"`
	Sources       []source      `json:"sources"`
	Verification  *verification `json:"verification,omitempty" doc:"Absent when nobody has verified it yet"`
	Demonstration bool          `json:"demonstration"`
	UpdatedAt     *time.Time    `json:"updated_at,omitempty"`
}

type coverage struct {
	Countries []string  `json:"countries,omitempty"`
	Divisions []string  `json:"divisions,omitempty"`
	Areas     []polygon `json:"areas,omitempty" doc:"GeoJSON"`
}

type polygon struct {
	Type        string         `json:"type" enum:"Polygon"`
	Coordinates [][][2]float64 `json:"coordinates"`
}

type claim struct {
	Facet  string     `json:"facet"`
	Code   string     `json:"code"`
	Label  string     `json:"label"`
	Value  string     `json:"value" enum:"yes,no,unknown"`
	Source string     `json:"source,omitempty"`
	At     *time.Time `json:"at,omitempty"`
}

type referral struct {
	Self      string `json:"self,omitempty" enum:"yes,no" doc:"May a person refer themselves?"`
	Clinician string `json:"clinician,omitempty" enum:"yes,no"`
	FormURL   string `json:"form_url,omitempty"`
	Fax       string `json:"fax,omitempty"`
	Send      string `json:"send,omitempty"`
}

type identifier struct {
	Scheme string `json:"scheme" example:"npi"`
	Value  string `json:"value"`
}

type source struct {
	Name string     `json:"name,omitempty"`
	URL  string     `json:"url,omitempty"`
	At   *time.Time `json:"at,omitempty"`
	Note string     `json:"note,omitempty"`
}

type verification struct {
	At     time.Time  `json:"at"`
	By     string     `json:"by,omitempty"`
	Method string     `json:"method,omitempty"`
	Due    *time.Time `json:"due,omitempty"`
}

// helplinesAnswer says who can be reached.
type helplinesAnswer struct {
	Country   string          `json:"country"`
	Region    string          `json:"region,omitempty"`
	At        time.Time       `json:"at" doc:"The moment asked about; times are in its offset"`
	Lines     []line          `json:"lines" doc:"The country's priority line first, then open before unknown before closed"`
	Emergency *emergencyEntry `json:"emergency,omitempty"`
}

type line struct {
	ListingAnswer
	Open      string     `json:"open" enum:"open,closed,unknown"`
	ChangesAt *time.Time `json:"changes_at,omitempty" doc:"When open changes next"`
}

type emergencyEntry struct {
	Country   string `json:"country"`
	Name      string `json:"name"`
	Number    string `json:"number" doc:"The one to show first, as dialled"`
	General   string `json:"general,omitempty"`
	Police    string `json:"police,omitempty"`
	Ambulance string `json:"ambulance,omitempty"`
	Fire      string `json:"fire,omitempty"`
	Source    string `json:"source,omitempty"`
	Note      string `json:"note,omitempty"`
}

type placesAnswer struct {
	Places []Place `json:"places"`
}

type vocabularyAnswer struct {
	Lang   string            `json:"lang"`
	Facets []vocabularyFacet `json:"facets" doc:"In the order pages show them"`
}

type vocabularyFacet struct {
	Facet string           `json:"facet" example:"modality"`
	Terms []vocabularyTerm `json:"terms"`
}

type vocabularyTerm struct {
	Code     string   `json:"code"`
	Label    string   `json:"label"`
	Synonyms []string `json:"synonyms,omitempty" doc:"What else people type for it"`
	Retired  bool     `json:"retired,omitempty" doc:"No longer offered: listings that state it already still do"`
}

// mapAnswer is a GeoJSON FeatureCollection of clusters.
type mapAnswer struct {
	Type     string       `json:"type" enum:"FeatureCollection"`
	Features []mapFeature `json:"features"`
}

type mapFeature struct {
	Type       string        `json:"type" enum:"Feature"`
	Geometry   geometry      `json:"geometry"`
	Properties mapProperties `json:"properties"`
}

type geometry struct {
	Type        string     `json:"type" enum:"Point"`
	Coordinates [2]float64 `json:"coordinates" doc:"Longitude, latitude"`
}

type mapProperties struct {
	Count   int    `json:"count" minimum:"1" doc:"Sites drawn as one"`
	Listing string `json:"listing,omitempty" format:"uuid" doc:"Of a single site"`
	Name    string `json:"name,omitempty" doc:"Of a single site"`
}

// featuresAnswer is a search as GeoJSON; what the envelope of JSON holds stands beside the features.
type featuresAnswer struct {
	Type     string       `json:"type" enum:"FeatureCollection"`
	Features []hitFeature `json:"features" doc:"The hits, then the remote ones, whose geometry is null"`
	Envelope
}

type hitFeature struct {
	Type       string    `json:"type" enum:"Feature"`
	ID         string    `json:"id" format:"uuid"`
	Geometry   *geometry `json:"geometry"`
	Properties hit       `json:"properties"`
}

type feedbackAnswer struct {
	Receipt string `json:"receipt" doc:"Names the message, should you write again"`
	Message string `json:"message"`
}

type claimAnswer struct {
	Claim   string `json:"claim" format:"uuid" doc:"Names the claim, for its code; keep it to yourself"`
	State   string `json:"state" enum:"unproven,open,accepted,published,declined"`
	End     string `json:"end,omitempty" enum:"correct,remove,kept,hidden" doc:"What was published: the correction, the removal, the listing as it stays shown against the wish, or hidden against it"`
	Reason  string `json:"reason,omitempty" doc:"Why it was declined"`
	Message string `json:"message,omitempty"`
}

type readyAnswer struct {
	Ready         bool    `json:"ready"`
	Truth         bool    `json:"truth" doc:"The store can be read"`
	Indexed       bool    `json:"indexed" doc:"The index has been built"`
	Engine        string  `json:"engine"`
	Pending       int     `json:"pending" doc:"Changes not yet in the index"`
	OldestPending float64 `json:"oldest_pending_seconds" doc:"Age of the oldest of them"`
	Degraded      string  `json:"degraded,omitempty" doc:"Why another engine stands in for the one that should answer"`
	Mail          string  `json:"mail,omitempty" doc:"Where mail goes: smtp, or log, which sends none"`
	Unsent        int     `json:"unsent" doc:"Mails that wait"`
}
