package web

import (
	"net/http"
	"strconv"
	"time"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// historyView is every revision of a listing.
type historyView struct {
	Name, Public, Edit, Call string
	Steps                    []stepView
	Next                     string
	URL                      string // where a restoring is sent
	MayRestore               bool
	Hidden                   []field
}

type stepView struct {
	No           int64
	At, By, Note string
	Approved     string // by whom; "" where nobody had to
	Changes      []difference
	Current      bool
}

type stepAnswer struct {
	Revision int64          `json:"revision"`
	At       time.Time      `json:"at"`
	By       string         `json:"by"`
	Approved string         `json:"approved_by,omitempty"`
	Note     string         `json:"note"`
	Changes  []changeAnswer `json:"changes"`
}

// historySize is how many revisions a page of the history shows.
const historySize = 20

// history shows who changed what of a listing, and when and why.
func (v *visit) history() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	return v.historyPage(id, nil)
}

func (v *visit) historyPage(id directory.ID, wrong error) (reply, error) {
	l, err := v.Editing.Directory.Listing(v.ctx, id)
	if err != nil {
		return reply{}, err
	}
	page, err := v.number("page", 1, 100_000, 1)
	if err != nil {
		return reply{}, err
	}
	steps, err := v.Editing.History(v.ctx, id, directory.Page{Offset: (page - 1) * historySize, Limit: historySize})
	if err != nil {
		return reply{}, err
	}
	at := "/listings/" + id.String()
	view := historyView{
		Name: l.Name, URL: v.url(at + "/restore"), MayRestore: v.who.May(auth.Publish),
		Hidden: []field{{"base", strconv.FormatInt(int64(l.Revision), 10)}},
	}
	if l.Status == directory.Published {
		view.Public = v.e.listingURL(id)
	}
	if v.who.May(auth.Edit) {
		view.Edit = v.url(at + "/propose")
	}
	if v.who.May(auth.Verify) && l.Status != directory.Archived {
		view.Call = v.url(at + "/call")
	}
	approved, err := v.approvers(id)
	if err != nil {
		return reply{}, err
	}
	versions, err := v.versions(l)
	if err != nil {
		return reply{}, err
	}
	answers := []stepAnswer{}
	for _, s := range steps {
		step := stepView{int64(s.No), v.moment(s.At), s.By.Name, s.By.Note, "", v.changes(s.Changed, versions...), s.No == l.Revision}
		if name := approved[s.No]; name != "" {
			step.Approved = v.t("desk.history.approved", "Name", name)
		}
		view.Steps = append(view.Steps, step)
		answers = append(answers, stepAnswer{int64(s.No), s.At, s.By.Name, approved[s.No], s.By.Note, v.changeAnswers(s.Changed, versions...)})
	}
	if len(steps) == historySize && steps[historySize-1].No > 1 {
		view.Next = v.url(at+"/history") + "?page=" + strconv.Itoa(page+1)
	}
	a := reply{page: "history", title: "desk.history.title", at: at + "/history", view: view, json: map[string]any{"revisions": answers}}
	if fault.Is(wrong, fault.Invalid) {
		a.errors = v.restoreErrors(wrong)
	}
	return a, wrong
}

// versions gives what decides whether an address may be read: an address that was open once may protect somebody by now,
// and stays in the past when it is taken out.
func (v *visit) versions(l *directory.Listing) ([]*directory.Listing, error) {
	all := []*directory.Listing{l}
	if v.who.May(auth.Edit) {
		return all, nil
	}
	for offset := 0; ; offset += historySize {
		steps, err := v.Editing.History(v.ctx, l.ID, directory.Page{Offset: offset, Limit: historySize})
		for _, s := range steps {
			all = append(all, s.Listing)
		}
		if err != nil || len(steps) < historySize {
			return all, err
		}
	}
}

// approvers says who approved which revision of a listing, of the last hundred that somebody did.
func (v *visit) approvers(id directory.ID) (map[directory.RevisionNo]string, error) {
	all, err := v.Editing.Proposals.Proposals(v.ctx, work.Wanted{States: []work.State{work.Published}, Listing: id}, directory.Page{Limit: 100})
	names := map[directory.RevisionNo]string{}
	for _, p := range all {
		names[p.Revision] = p.Decided.Name
	}
	return names, err
}

// restoreErrors words why an old revision can't come back: no reason was given, or it breaks a rule by now.
func (v *visit) restoreErrors(wrong error) []pageError {
	var all []pageError
	for _, x := range faultFields(wrong) {
		message := v.faultLabel(x.Name) + ": " + v.t("desk.mend."+mend(x.Name)) + " (" + x.Message + ")"
		if x.Name == "note" {
			message = v.t("desk.review.say-why")
		}
		all = append(all, pageError{Field: x.Name, Message: message})
	}
	return all
}

// restore saves a listing as it was.
func (v *visit) restore() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	base, err := v.version("base")
	if err != nil {
		return reply{}, err
	}
	no, err := v.version("revision")
	if err != nil {
		return reply{}, err
	}
	l, err := v.Editing.Restore(v.ctx, v.actor(), id, directory.RevisionNo(no), directory.RevisionNo(base), v.text("note"))
	if err != nil && !v.program {
		return v.historyPage(id, err)
	}
	if err != nil {
		return reply{}, err
	}
	return reply{to: "/listings/" + id.String() + "/history", json: map[string]any{"id": id.String(), "revision": l.Revision}, status: http.StatusOK}, nil
}
