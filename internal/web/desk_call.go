package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// callView is the sheet to call a listing with.
type callView struct {
	Name, Public string
	URL          string
	Hidden       []field
	Numbers      []channelView
	Checked      string
	Questions    []questionView
	Reached      []option
	Method       string
	Reason, Note string
	Calls        []pastCall
}

// questionView is one thing to ask, with what came of it.
type questionView struct {
	ID, Name, Label, Says string
	Outcomes              []option
	Value                 string
	Answers               []option // what may hold now; nil where it is typed
	ValueLabel            string
	Error                 string
}

type pastCall struct{ At, By, Reached, Method, Note string }

// The fields of a question are named by its key behind these: what came of it, and what holds now.
const (
	outcomePrefix = "outcome:"
	valuePrefix   = "value:"
)

// call shows the sheet of a listing.
func (v *visit) call() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	l, err := v.Editing.Directory.Listing(v.ctx, id)
	if err != nil {
		return reply{}, err
	}
	return v.callPage(l, work.Call{ID: directory.NewID(v.e.now()), Revision: l.Revision, Method: v.t("desk.call.called")}, nil)
}

func (v *visit) callPage(l *directory.Listing, c work.Call, wrong error) (reply, error) {
	before, err := v.Verifying.Calls(v.ctx, l.ID, directory.Page{Limit: 10})
	if err != nil {
		return reply{}, err
	}
	view := callView{
		Name: l.Name, Public: v.e.listingURL(l.ID), URL: v.url("/listings/" + l.ID.String() + "/call"), Checked: v.e.checked(l.Verification),
		Hidden: []field{{"call", c.ID.String()}, {"revision", strconv.FormatInt(int64(c.Revision), 10)}},
		Method: c.Method, Reason: c.Reason, Note: c.Note,
	}
	for _, ch := range l.Channels {
		if ch.Medium.Dialled() || ch.Medium == directory.Email {
			view.Numbers = append(view.Numbers, v.e.channel(ch, v.e.now(), nil))
		}
	}
	for _, r := range []work.Reached{work.Answered, work.NoAnswer, work.Closed} {
		view.Reached = append(view.Reached, option{Value: string(r), Label: v.t("desk.reached." + string(r)), Chosen: r == orDefault(c.Reached, work.Answered)})
	}
	bad := faultFields(wrong)
	for i, q := range work.Questions(l) {
		view.Questions = append(view.Questions, v.question(i, q, c, bad))
	}
	for _, p := range before {
		view.Calls = append(view.Calls, pastCall{v.moment(p.At), p.By.Name, v.t("desk.reached." + string(p.Reached)), p.Method, p.Note})
	}
	a := reply{page: "call", title: "desk.call.title", at: "/listings/" + l.ID.String() + "/call", view: view, json: sheetAnswerOf(l, c)}
	if len(bad) > 0 {
		a.errors = v.callErrors(&view, bad)
	}
	return a, wrong
}

func (v *visit) question(i int, q work.Question, c work.Call, bad []fault.Field) questionView {
	reply := work.Reply{}
	if at := slices.IndexFunc(c.Replies, func(r work.Reply) bool { return r.Key == q.Key }); at >= 0 {
		reply = c.Replies[at]
	}
	x := questionView{ID: "q-" + strconv.Itoa(i), Name: q.Key, Says: v.asked(q.Part), Value: reply.Value, ValueLabel: v.t("desk.call.value")}
	switch part := q.Part.(type) {
	case directory.Channel:
		x.Label = coded(v, "medium.", part.Medium)
	case directory.Claim:
		x.Label = v.partLabel("claims[0]", part)
		x.Answers = v.options("desk.answer.", []string{"", "yes", "no", "unknown"}, reply.Value)
	case directory.Accepting:
		x.Label = v.t("desk.group.accepting")
		x.Answers = v.options("desk.accepting.", []string{"", "yes", "no", "waitlist"}, reply.Value)
	case directory.Fees:
		x.Label = v.t("desk.group.fees")
	case directory.Hours:
		x.Label = v.t("desk.group.hours")
	}
	x.Outcomes = append(x.Outcomes, option{Value: "", Label: v.t("desk.outcome.none"), Chosen: reply.Outcome == ""})
	for _, o := range work.Outcomes() {
		x.Outcomes = append(x.Outcomes, option{Value: string(o), Label: v.t("desk.outcome." + string(o)), Chosen: o == reply.Outcome})
	}
	for _, f := range bad {
		if strings.HasPrefix(f.Name, "replies["+q.Key+"]") {
			x.Error = v.t("desk.mend.reply")
		}
	}
	return x
}

func (v *visit) options(family string, codes []string, chosen string) []option {
	all := make([]option, len(codes))
	for i, code := range codes {
		all[i] = option{Value: code, Label: v.t(family + orDefault(code, "choose")), Chosen: code == chosen}
	}
	return all
}

// asked words what a listing says now.
func (v *visit) asked(part any) string {
	switch x := part.(type) {
	case directory.Accepting:
		return joined(v.e.acceptingFacts(x)...)
	case directory.Fees:
		return joined(append(v.e.fees(x), x.Note)...)
	case directory.Hours:
		if x.AlwaysOpen {
			return v.t("open.always")
		}
		return joined(append(v.e.week(x), x.Note)...)
	}
	return v.says(part)
}

func (v *visit) callErrors(view *callView, bad []fault.Field) []pageError {
	var all []pageError
	for _, f := range bad {
		e := pageError{Field: f.Name, Message: v.t("desk.mend.text"), URL: "#f-" + f.Name}
		switch f.Name {
		case "reached", "method", "reason", "note", "replies":
			e.Message = v.t("desk.call-mend." + f.Name)
		default:
			for _, q := range view.Questions {
				if strings.HasPrefix(f.Name, "replies["+q.Name+"]") {
					e.URL, e.Message = "#"+q.ID, q.Label+": "+v.t("desk.mend.reply")
				}
			}
		}
		all = append(all, e)
	}
	return all
}

// sheetAnswer is a call sheet for a program.
type sheetAnswer struct {
	Call      string           `json:"call"`
	Revision  int64            `json:"revision"`
	Questions []questionAnswer `json:"questions"`
}

type questionAnswer struct {
	Key  string `json:"key"`
	Says string `json:"says"`
}

func sheetAnswerOf(l *directory.Listing, c work.Call) sheetAnswer {
	a := sheetAnswer{Call: c.ID.String(), Revision: int64(c.Revision), Questions: []questionAnswer{}}
	for _, q := range work.Questions(l) {
		x := questionAnswer{Key: q.Key}
		switch part := q.Part.(type) {
		case directory.Channel:
			x.Says = part.Number + part.Address
		case directory.Claim:
			x.Says = part.Value.String()
		case directory.Accepting:
			x.Says = string(part.Status)
		case directory.Fees:
			x.Says = part.Note
		case directory.Hours:
			x.Says = weeklyText(part.Weekly)
		}
		a.Questions = append(a.Questions, x)
	}
	return a
}

// sentCall reads a call.
func (v *visit) sentCall(l *directory.Listing) (work.Call, error) {
	c := work.Call{
		Listing: l.ID, Method: v.text("method"), Reached: work.Reached(v.text("reached")), Reason: v.text("reason"), Note: v.text("note"),
	}
	id, err := directory.ParseID(v.text("call"))
	if err != nil {
		return c, &fault.Error{Kind: fault.Invalid, Message: "This can't be read.", Fields: []fault.Field{{Name: "call", Message: "must be the one of the sheet"}}}
	}
	revision, err := v.version("revision")
	c.ID, c.Revision = id, directory.RevisionNo(revision)
	if err != nil {
		return c, err
	}
	if v.program {
		c.Replies, err = v.sentReplies()
		return c, err
	}
	for _, q := range work.Questions(l) {
		r := work.Reply{Key: q.Key, Outcome: work.Outcome(v.text(outcomePrefix + q.Key)), Value: v.text(valuePrefix + q.Key)}
		if r.Outcome != "" || r.Value != "" {
			c.Replies = append(c.Replies, r)
		}
	}
	return c, nil
}

// sentReplies reads the answers of a program, each an object.
func (v *visit) sentReplies() ([]work.Reply, error) {
	var all []work.Reply
	for _, text := range v.sent["replies"] {
		var r struct{ Key, Outcome, Value string }
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return nil, &fault.Error{Kind: fault.Invalid, Message: "This can't be read.", Fields: []fault.Field{{Name: "replies", Message: "must be objects with key, outcome and value"}}}
		}
		all = append(all, work.Reply{Key: r.Key, Outcome: work.Outcome(r.Outcome), Value: r.Value})
	}
	return all, nil
}

// recordCall takes in what was heard.
func (v *visit) recordCall() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	l, err := v.Editing.Directory.Listing(v.ctx, id)
	if err != nil {
		return reply{}, err
	}
	c, err := v.sentCall(l)
	if err != nil {
		return reply{}, err
	}
	h, err := v.Verifying.Record(v.ctx, v.actor(), c)
	if err != nil {
		if v.program {
			return reply{}, err
		}
		if fault.Is(err, fault.Conflict) { // the answers stay, beside what the listing says by now
			c.Revision = l.Revision
		}
		return v.callPage(l, c, err)
	}
	return reply{to: v.heardAt(h), json: heardOf(h), status: http.StatusOK}, nil
}

// heardAt is where whoever called goes on: to the draft of what changed, else to the history.
func (v *visit) heardAt(h *work.Heard) string {
	switch {
	case h.Proposal == nil:
		return "/listings/" + h.Call.Listing.String() + "/history"
	case h.Proposal.State == work.Drafted:
		return proposalPath(h.Proposal.ID) + "/edit"
	}
	return proposalPath(h.Proposal.ID)
}

type heardAnswer struct {
	Call     string     `json:"call"`
	Verified *time.Time `json:"verified_at,omitempty"`
	Due      *time.Time `json:"due,omitempty"`
	Proposal string     `json:"proposal,omitempty"`
	Missed   int        `json:"missed"`
}

func heardOf(h *work.Heard) heardAnswer {
	a := heardAnswer{Call: h.Call.ID.String(), Missed: h.Missed}
	if h.Verified != nil {
		a.Verified, a.Due = &h.Verified.Verification.At, &h.Verified.Verification.Due
	}
	if h.Proposal != nil {
		a.Proposal = h.Proposal.ID.String()
	}
	return a
}
