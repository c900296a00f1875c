package web

import (
	"net/http"
	"time"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/directory"
)

// reportView is a report with what belongs to it.
type reportView struct {
	Message, Kind, State   string
	Page, Listing, History string // "" where it is not about one
	Came, Due              string
	Late, Unproven         bool
	Answered, Reason       string
	Proposal, Into         string // what it became
	Repeats, Others        []reportRow
	Dismiss, Edit, Merge   *deskForm // nil where it can't be done
}

// reportRow is a report in a list. What it says begins with its kind: many come without a word.
type reportRow struct{ Message, State, Came, URL string }

type reportAnswer struct {
	ID         string         `json:"id"`
	Listing    string         `json:"listing,omitempty"`
	Page       string         `json:"page,omitempty"`
	Kind       string         `json:"kind"`
	Message    string         `json:"message"`
	Proven     bool           `json:"proven"`
	At         time.Time      `json:"at"`
	Due        time.Time      `json:"due"`
	State      string         `json:"state"`
	AnsweredAt *time.Time     `json:"answered_at,omitempty"`
	AnsweredBy string         `json:"answered_by,omitempty"`
	Reason     string         `json:"reason,omitempty"`
	Became     string         `json:"became,omitempty"`
	Repeats    []reportAnswer `json:"repeats,omitempty"`
	Others     []reportAnswer `json:"others,omitempty"`
}

func reportAnswerOf(r *work.Report) reportAnswer {
	a := reportAnswer{
		ID: r.ID.String(), Page: r.Page, Kind: string(r.Kind), Message: r.Message, Proven: r.Proven, At: r.At, Due: r.Due,
		State: string(r.State), AnsweredAt: momentOf(r.AnsweredAt), AnsweredBy: r.AnsweredBy, Reason: r.Reason,
	}
	if !r.Listing.IsZero() {
		a.Listing = r.Listing.String()
	}
	if !r.Became.IsZero() {
		a.Became = r.Became.String()
	}
	return a
}

func (v *visit) report() (reply, error) { return v.reportPage(nil) }

// reportPage shows a report; wrong is what was wrong with what was sent about it.
func (v *visit) reportPage(wrong error) (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	t, err := v.Work.Reports.Thread(v.ctx, id)
	if err != nil {
		return reply{}, err
	}
	view := reportView{
		Message: t.Message, Kind: v.t("feedback.kind." + string(t.Kind)), State: v.t("desk.report." + string(t.State)), Page: t.Page,
		Came: v.moment(t.At), Due: v.moment(t.Due), Late: t.State == work.ReportOpen && v.server.now().After(t.Due), Unproven: !t.Proven, Reason: t.Reason,
	}
	answer := reportAnswerOf(&t.Report)
	if !t.AnsweredAt.IsZero() {
		view.Answered = v.t("desk.report.answered", "Name", t.AnsweredBy, "Moment", v.moment(t.AnsweredAt))
	}
	switch t.State {
	case work.ReportEdited:
		view.Proposal = v.url("/proposals/" + t.Became.String())
	case work.ReportMerged:
		view.Into = v.url("/reports/" + t.Became.String())
	}
	if !t.Listing.IsZero() {
		view.Page = ""
		view.History = v.url("/listings/" + t.Listing.String() + "/history")
		view.Listing = v.t("desk.report.listing")
		if l, err := v.Work.Records.Listings(v.ctx, []directory.ID{t.Listing}); err == nil && l[0] != nil {
			view.Listing = l[0].Name
		}
	}
	for i := range t.Repeats {
		view.Repeats = append(view.Repeats, v.reportRow(&t.Repeats[i]))
		answer.Repeats = append(answer.Repeats, reportAnswerOf(&t.Repeats[i]))
	}
	for i := range t.Others {
		view.Others = append(view.Others, v.reportRow(&t.Others[i]))
		answer.Others = append(answer.Others, reportAnswerOf(&t.Others[i]))
	}
	a := reply{page: "report", title: "desk.report.title", at: "/reports/" + id.String(), json: answer}
	if t.State == work.ReportOpen && v.who.May(auth.Reports) {
		v.reportForms(&view, t)
	}
	if wrong != nil {
		a.errors = v.workErrors(wrong)
	}
	a.view = view
	return a, wrong
}

func (v *visit) reportRow(r *work.Report) reportRow {
	const shown = 200
	message := []rune(r.Message)
	if len(message) > shown {
		message = append(message[:shown], '…')
	}
	text := v.t("feedback.kind." + string(r.Kind))
	if len(message) > 0 {
		text += ": " + string(message)
	}
	return reportRow{text, v.t("desk.report." + string(r.State)), v.moment(r.At), v.url("/reports/" + r.ID.String())}
}

// reportForms are what can be made of an open report.
func (v *visit) reportForms(view *reportView, t *work.Thread) {
	at := "/reports/" + t.ID.String()
	view.Dismiss = v.form("dismiss", at+"/dismiss", "desk.report.dismiss")
	v.add(view.Dismiss, "text", "reason", v.text("reason"), "off")
	if !t.Listing.IsZero() {
		view.Edit = v.form("edit", at+"/edit", "desk.report.edit")
	}
	var open []option
	for i := range t.Others {
		if o := &t.Others[i]; o.State == work.ReportOpen {
			row := v.reportRow(o)
			open = append(open, option{Value: o.ID.String(), Label: row.Came + ": " + row.Message})
		}
	}
	if len(open) > 0 {
		view.Merge = v.form("merge", at+"/merge", "desk.report.merge")
		v.add(view.Merge, "select", "into", "", "").Options = open
	}
}

// onReport does something to the report the path names.
func (v *visit) onReport(do func(id directory.ID) error) (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	if err := do(id); err != nil {
		return v.reportPage(err)
	}
	return reply{to: "/reports/" + id.String()}, nil
}

func (v *visit) dismissReport() (reply, error) {
	return v.onReport(func(id directory.ID) error { return v.Work.Reports.Dismiss(v.ctx, v.actor(), id, v.text("reason")) })
}

func (v *visit) mergeReport() (reply, error) {
	return v.onReport(func(id directory.ID) error {
		into, err := directory.ParseID(v.text("into"))
		if err != nil {
			return wrongField("into", "must be a report's id")
		}
		return v.Work.Reports.Merge(v.ctx, v.actor(), id, into)
	})
}

// editReport makes a proposal of a report, and goes on with it.
func (v *visit) editReport() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	proposal, err := v.Work.Reports.Edit(v.ctx, v.actor(), id)
	if err != nil {
		return v.reportPage(err)
	}
	return reply{to: "/proposals/" + proposal.String() + "/edit", json: map[string]string{"proposal": proposal.String()}, status: http.StatusOK}, nil
}
