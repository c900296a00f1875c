package web_test

import (
	"strings"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
)

// editFamilies are the messages of the pages that change listings whose names end in a code.
func editFamilies() map[string][]string {
	lists := strings.Fields("channels sites claims identifiers sources")
	return map[string][]string{
		"desk.proposal.":   append(names(desk.States()), "open", "mine"),
		"desk.reached.":    {string(desk.Answered), string(desk.NoAnswer), string(desk.Closed)},
		"desk.outcome.":    append(names(desk.Outcomes()), "none"),
		"desk.answer.":     {"yes", "no", "unknown", "choose"},
		"desk.accepting.":  {"", "yes", "no", "waitlist", "choose"},
		"desk.cost.":       {"", "free", "toll"},
		"desk.precision.":  {"", "exact", "campus", "street", "postal", "city", "region"},
		"desk.status.":     names(directory.Statuses()),
		"desk.becomes.":    {"published", "archived"},
		"desk.call-mend.":  strings.Fields("reached method reason note replies"),
		"desk.row.":        append(lists, "new"),
		"desk.group.":      append(strings.Fields("identity coverage hours accepting fees referral status verification"), lists...),
		"desk.group-hint.": strings.Fields("channels sites claims coverage sources status"),
		"desk.mend.": strings.Fields(`name number address hours zone day source term country division language area point amount value count reason note
			channels sources coverage listing reply text`),
		"desk.listing.": strings.Fields(`note id name kind organization description languages audience priority demonstration status archived_reason replaced_by
			coverage.countries coverage.divisions coverage.areas hours.always_open hours.weekly hours.zone hours.exceptions hours.note
			accepting.status accepting.as_of accepting.wait accepting.source fees.free fees.sliding_scale fees.currency fees.min fees.max fees.note
			referral.self referral.clinician referral.form_url referral.fax referral.send
			verification.at verification.by verification.method verification.due
			channels.medium channels.number channels.extension channels.menu channels.keyword channels.address channels.label channels.languages
			channels.cost channels.anonymous
			sites.name sites.street sites.city sites.division sites.postal_code sites.country sites.address sites.lat sites.lng sites.point sites.precision
			sites.confidential claims.term claims.value claims.source claims.at claims.by identifiers.scheme identifiers.value
			sources.name sources.url sources.key sources.at sources.note`),
		"desk.listing-hint.": strings.Fields(`note languages priority archived_reason coverage.countries coverage.divisions coverage.areas hours.weekly hours.zone
			hours.exceptions accepting.as_of fees.currency channels.number channels.menu channels.address channels.languages sites.division sites.country
			sites.confidential claims.term claims.source identifiers.scheme`),
	}
}
