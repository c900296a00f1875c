package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// duplicateView is two listings side by side, and what speaks for their being one.
type duplicateView struct {
	Kept, Dropped duplicateSide
	Evidence      []evidenceView
	Dismissed     string
	Swap          string // address that shows the other one as kept
	Parts         []partChoice
	Beside        *partChoice // what is not chosen: of sources and numbers both are kept; nil where nothing differs
	Action        string      // "" for who may not merge
	Hidden        []field
	Reason        string
	ReasonError   string
	Dismiss       *deskForm
}

type duplicateSide struct{ Name, Kind, Status, Public, History string }

type evidenceView struct{ Label, Value, Strength string }

// partChoice is one part of a listing that is taken from one of two, or from both.
type partChoice struct {
	Name    string // of the field
	Label   string
	Changes []difference
	Sides   []option
}

type duplicateAnswer struct {
	ID        string            `json:"id"`
	A         string            `json:"a"`
	B         string            `json:"b"`
	ARevision int64             `json:"a_revision"`
	BRevision int64             `json:"b_revision"`
	Score     float64           `json:"score"`
	Evidence  []evidenceAnswer  `json:"evidence"`
	Choices   map[string]string `json:"choices"`
	Dismissed string            `json:"dismissed_by,omitempty"`
	Reason    string            `json:"reason,omitempty"`
	Since     time.Time         `json:"since"`
	Changes   []changeAnswer    `json:"differences"`
}

type evidenceAnswer struct {
	Kind     string  `json:"kind"`
	Value    string  `json:"value"`
	Strength float64 `json:"strength"`
}

func (v *visit) duplicate() (reply, error) { return v.duplicatePage(nil) }

// duplicatePage shows a pair; wrong is what was wrong with what was sent about it.
func (v *visit) duplicatePage(wrong error) (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	s, keep, drop, err := v.Work.Dedupe.Suspected(v.ctx, id)
	if err != nil {
		return reply{}, err
	}
	at := "/duplicates/" + id.String()
	swapped := v.text("keep") == drop.ID.String()
	if swapped {
		keep, drop = drop, keep
	}
	view := duplicateView{
		Kept: v.duplicateSide(keep), Dropped: v.duplicateSide(drop), Swap: v.url(at) + "?keep=" + drop.ID.String(),
		Reason: orDefault(v.text("reason"), v.t("desk.duplicate.reason-text", "Name", keep.Name)),
	}
	names, chosen := work.MergeParts(keep, drop)
	answer := duplicateAnswer{
		ID: id.String(), A: s.A.String(), B: s.B.String(), ARevision: int64(keep.Revision), BRevision: int64(drop.Revision), Score: s.Score,
		Choices: map[string]string{}, Dismissed: s.DismissedBy, Reason: s.Reason, Since: s.Since,
	}
	if swapped {
		answer.ARevision, answer.BRevision = answer.BRevision, answer.ARevision
	}
	for _, e := range s.Evidence {
		view.Evidence = append(view.Evidence, evidenceView{v.t("desk.why." + string(e.Kind)), e.Value, v.percent(e.Strength)})
		answer.Evidence = append(answer.Evidence, evidenceAnswer{string(e.Kind), e.Value, e.Strength})
	}
	if s.DismissedBy != "" {
		view.Dismissed = v.t("desk.duplicate.dismissed", "Name", s.DismissedBy, "Reason", s.Reason)
	}
	differences := directory.Compare(keep, drop)
	answer.Changes = v.changeAnswers(differences, keep, drop)
	for _, name := range names {
		answer.Choices[name] = string(chosen[name])
		view.Parts = append(view.Parts, v.partChoice(name, chosen[name], v.changes(ofPart(name, differences), keep, drop)))
	}
	beside := slices.DeleteFunc(slices.Clone(differences), func(d directory.Difference) bool {
		_, asked := chosen[partOf(d.Path)]
		return asked
	})
	if len(beside) > 0 {
		view.Beside = &partChoice{Label: v.t("desk.duplicate.beside"), Changes: v.changes(beside, keep, drop)}
	}
	a := reply{page: "duplicate", title: "desk.duplicate.title", at: at, json: answer}
	if v.who.May(auth.Merge) {
		view.Action = v.url(at + "/merge")
		view.Hidden = []field{
			{"keep", keep.ID.String()},
			{"drop", drop.ID.String()},
			{"keep_base", strconv.FormatInt(int64(keep.Revision), 10)},
			{"drop_base", strconv.FormatInt(int64(drop.Revision), 10)},
		}
		if s.DismissedBy == "" {
			view.Dismiss = v.form("dismiss", at+"/dismiss", "desk.duplicate.dismiss")
			v.add(view.Dismiss, "text", "reason", "", "off")
		}
	}
	if wrong != nil {
		a.errors = v.workErrors(wrong)
	}
	a.view = view
	return a, wrong
}

func (v *visit) duplicateSide(l *directory.Listing) duplicateSide {
	s := duplicateSide{Name: l.Name, Kind: v.e.kindOf(l), Status: coded(v, "desk.status.", l.Status), History: v.url("/listings/" + l.ID.String() + "/history")}
	if l.Status == directory.Published {
		s.Public = v.e.listingURL(l.ID)
	}
	return s
}

// percent writes a share.
func (v *visit) percent(share float64) string {
	const whole = 100
	return v.t("desk.percent", "N", strconv.Itoa(int(whole*share)))
}

// partOf gives the part of a listing that a path leads into.
func partOf(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}

// ofPart gives the differences in one part of a listing.
func ofPart(name string, all []directory.Difference) []directory.Difference {
	return slices.DeleteFunc(slices.Clone(all), func(d directory.Difference) bool { return partOf(d.Path) != name })
}

func (v *visit) partChoice(name string, chosen work.Side, changes []difference) partChoice {
	c := partChoice{Name: "choice_" + name, Label: v.wholeLabel(name), Changes: changes}
	sides := []work.Side{work.FromKept, work.FromDropped}
	if chosen == work.FromBoth {
		sides = append(sides, work.FromBoth)
	}
	if text := work.Side(v.text(c.Name)); text != "" {
		chosen = text
	}
	for _, s := range sides {
		c.Sides = append(c.Sides, option{Value: string(s), Label: v.t("desk.side." + string(s)), Chosen: s == chosen})
	}
	return c
}

// workErrors words what is wrong: a field of a form in the words of the desk, a part of a listing by its label and the
// rule it breaks.
func (v *visit) workErrors(wrong error) []pageError {
	var all []pageError
	for _, x := range faultFields(wrong) {
		key := "desk.wrong." + x.Name
		message := v.t(key)
		if message == key {
			message = v.faultLabel(x.Name) + ": " + v.t("desk.mend."+mend(x.Name)) + " (" + x.Message + ")"
		}
		all = append(all, pageError{Field: x.Name, Message: message})
	}
	if len(all) == 0 {
		all = []pageError{{Message: v.t("desk.failed." + fault.KindOf(wrong).String())}}
	}
	return all
}

func (v *visit) dismissDuplicate() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	if err := v.Work.Dedupe.Dismiss(v.ctx, v.actor(), id, v.text("reason")); err != nil {
		return v.duplicatePage(err)
	}
	return reply{to: "/queues/duplicates"}, nil
}

// mergeListings makes one of two.
func (v *visit) mergeListings() (reply, error) {
	o, err := v.mergeOrder()
	if err != nil {
		return reply{}, err
	}
	m, err := v.Work.Dedupe.Merge(v.ctx, v.actor(), o)
	if err != nil {
		return v.duplicatePage(err)
	}
	return reply{to: "/mergers/" + m.ID.String(), json: mergerAnswerOf(m), status: http.StatusOK}, nil
}

func (v *visit) mergeOrder() (o work.MergeOrder, err error) {
	var bad fault.Fields
	id := func(name string) directory.ID {
		id, err := directory.ParseID(v.text(name))
		if err != nil {
			bad.Add(name, "must be a listing's id")
		}
		return id
	}
	base := func(name string) directory.RevisionNo {
		n, err := strconv.ParseInt(v.text(name), 10, 64)
		if err != nil {
			bad.Add(name, "must be the revision you looked at")
		}
		return directory.RevisionNo(n)
	}
	o = work.MergeOrder{Keep: id("keep"), Drop: id("drop"), KeepBase: base("keep_base"), DropBase: base("drop_base"), Reason: v.text("reason"), Choices: map[string]work.Side{}}
	for name := range v.sent {
		if part, ok := strings.CutPrefix(name, "choice_"); ok {
			o.Choices[part] = work.Side(v.text(name))
		}
	}
	return o, bad.Err("This can't be merged as it is.")
}

// mergerView is what was merged.
type mergerView struct {
	Kept, Dropped duplicateSide
	When, Undone  string
	Undo          *deskForm // nil where it can't be
}

type mergerAnswer struct {
	ID       string     `json:"id"`
	Kept     string     `json:"kept"`
	Dropped  string     `json:"dropped"`
	By       string     `json:"by"`
	At       time.Time  `json:"at"`
	UndoneAt *time.Time `json:"undone_at,omitempty"`
}

func mergerAnswerOf(m *work.Merger) mergerAnswer {
	return mergerAnswer{m.ID.String(), m.Kept.String(), m.Dropped.String(), m.By, m.At, momentOf(m.UndoneAt)}
}

func (v *visit) merger() (reply, error) { return v.mergerPage(nil) }

func (v *visit) mergerPage(wrong error) (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	m, err := v.Work.Records.Merger(v.ctx, id)
	if err != nil {
		return reply{}, err
	}
	both, err := v.Work.Records.Listings(v.ctx, []directory.ID{m.Kept, m.Dropped})
	if err != nil {
		return reply{}, err
	}
	if both[0] == nil || both[1] == nil {
		return reply{}, fault.New(fault.NotFound, "One of the two is gone.")
	}
	view := mergerView{
		Kept: v.duplicateSide(both[0]), Dropped: v.duplicateSide(both[1]),
		When: v.t("desk.merger.when", "Name", m.By, "Moment", v.moment(m.At)),
	}
	if !m.UndoneAt.IsZero() {
		view.Undone = v.t("desk.merger.undone", "Moment", v.moment(m.UndoneAt))
	} else if v.who.May(auth.Merge) {
		view.Undo = v.form("undo", "/mergers/"+id.String()+"/undo", "desk.merger.undo")
		view.Undo.Danger = true
		v.add(view.Undo, "text", "reason", "", "off")
	}
	a := reply{page: "merger", title: "desk.merger.title", at: "/mergers/" + id.String(), view: view, json: mergerAnswerOf(m)}
	if wrong != nil {
		a.errors = v.workErrors(wrong)
	}
	return a, wrong
}

// unmerge makes two of one again.
func (v *visit) unmerge() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	stays, err := v.Work.Dedupe.Unmerge(v.ctx, v.actor(), id, v.text("reason"))
	if err != nil {
		return v.mergerPage(err)
	}
	return reply{to: "/mergers/" + id.String(), json: map[string]bool{"kept_stays": stays}, status: http.StatusOK}, nil
}
