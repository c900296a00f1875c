package web

import (
	"encoding/hex"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"carefinder/internal/auth"
)

// auditView is a part of the audit log.
type auditView struct {
	Filter  *deskForm
	Entries []entryView
	Older   string // address of what comes before; "" is none
}

type entryView struct {
	No                                int64
	At, Who, Action, Subject, Details string
	Hash                              string
}

type entryAnswer struct {
	No      int64             `json:"no"`
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor"`
	Name    string            `json:"name"`
	Action  string            `json:"action"`
	Subject string            `json:"subject"`
	Detail  map[string]string `json:"detail"`
	Before  string            `json:"before"`
	Hash    string            `json:"hash"`
}

const auditPage = 50 // entries

// audit shows the audit log, newest first.
func (v *visit) audit() (reply, error) {
	before, err := v.number("before", 0, math.MaxInt, 0)
	if err != nil {
		return reply{page: "audit", title: "desk.audit.title", view: auditView{Filter: v.auditForm()}}, err
	}
	filter := auth.Filter{Before: int64(before), Action: v.text("action"), Subject: v.text("subject"), Actor: auth.ID(v.text("actor"))}
	entries, err := v.Guard.Entries(v.ctx, filter, auditPage+1)
	if err != nil {
		return reply{}, err
	}
	view := auditView{Filter: v.auditForm()}
	answer := map[string]any{}
	if len(entries) > auditPage {
		entries = entries[:auditPage]
		last := entries[auditPage-1].No
		q := url.Values{"before": {strconv.FormatInt(last, 10)}}
		for _, name := range []string{"action", "subject", "actor"} {
			if text := v.text(name); text != "" {
				q.Set(name, text)
			}
		}
		view.Older = v.url("/audit") + "?" + q.Encode()
		answer["before"] = last
	}
	list := []entryAnswer{}
	for i := range entries {
		e := &entries[i]
		view.Entries = append(view.Entries, v.entryView(e))
		list = append(list, entryAnswer{e.No, e.At, string(e.Actor), e.Name, e.Action, e.Subject, e.Detail, hex.EncodeToString(e.Before[:]), hex.EncodeToString(e.Hash[:])})
	}
	answer["entries"] = list
	return reply{page: "audit", title: "desk.audit.title", view: view, json: answer}, nil
}

func (v *visit) entryView(e *auth.Entry) entryView {
	x := entryView{No: e.No, At: v.moment(e.At), Who: e.Name, Action: e.Action, Subject: e.Subject, Hash: hex.EncodeToString(e.Hash[:4])}
	if x.Who == "" {
		x.Who = v.t("desk.actor." + string(e.Actor))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
		if x.Details != "" {
			x.Details += ", "
		}
		x.Details += name + ": " + e.Detail[name]
	}
	return x
}

func (v *visit) auditForm() *deskForm {
	f := v.form("filter", "/audit", "desk.audit.submit")
	f.Get = true
	v.add(f, "text", "action", v.text("action"), "off")
	v.add(f, "text", "subject", v.text("subject"), "off")
	return f
}
