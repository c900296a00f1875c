package web_test

import (
	"strings"

	"carefinder/internal/desk"
)

// workFamilies are the messages of queues, duplicates, reports and bulk changes whose names end in a code.
func workFamilies() map[string][]string {
	return map[string][]string{
		"desk.queue.": names(desk.AllQueues()), "desk.queue-lead.": names(desk.AllQueues()),
		"desk.why.": append(
			names([]desk.EvidenceKind{desk.SameNPI, desk.AlikeName, desk.SamePhone, desk.SameWeb, desk.SameAddress, desk.SameTown, desk.OtherNPI}),
			append(desk.DeadLineReasons(), strings.Fields("error other unproven draft sent-back in-review correct remove tie-address tie-domain tie-untied")...)...),
		"desk.broken.":       {desk.Far, desk.Abroad},
		"desk.claim.":        names(desk.ClaimStates()),
		"desk.claim-tie.":    names(desk.Ties()),
		"desk.claim-to.":     {"archived", "draft"},
		"desk.side.":         names([]desk.Side{desk.FromKept, desk.FromDropped, desk.FromBoth}),
		"desk.report.":       names(desk.ReportStates()),
		"desk.bulk.":         names([]desk.BulkState{desk.BulkFilling, desk.BulkPrepared, desk.BulkRunning, desk.BulkStopped, desk.BulkDone}),
		"desk.bulked.":       append(names([]desk.Outcomed{desk.ItemChanged, desk.ItemUnchanged, desk.ItemRefused, desk.ItemMoved, desk.ItemGone}), "waiting"),
		"desk.import.":       append(names(desk.UploadStates()), strings.Fields("title seen broken unreadable clashes nothing start start.text drafts rows line")...),
		"desk.import-count.": strings.Fields("added changed unchanged rejected clashing settled"),
		"desk.change.":       {"status", "claim", "withdraw"},
		"desk.field.":        strings.Fields("kind holder asleep assignee until reason into status order change to_status term value source note q place"),
		"desk.wrong.":        strings.Fields("reason until assignee into listings change status value note claim claim.source after query unpublished keep drop keep_base drop_base"),
	}
}
