package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
)

// pageSize is how many rows a table of the desk has.
const pageSize = 50

// proposalsView lists proposals.
type proposalsView struct {
	Rows   []proposalLink
	States []option
	URL    string
	Next   string
	New    string // where a new listing is begun; "" for who may not
}

type proposalLink struct {
	Name, URL, Kind, State, By, At string
}

func (v *visit) proposalLink(p *work.Proposal) proposalLink {
	return proposalLink{
		Name: orDefault(p.Listing.Name, v.t("desk.edit.unnamed")), URL: v.url(proposalPath(p.ID)), Kind: coded(v, "kind.", p.Listing.Kind),
		State: v.t("desk.proposal." + string(p.State)), By: editorNames(p), At: v.moment(p.UpdatedAt),
	}
}

func editorNames(p *work.Proposal) string {
	names := make([]string, len(p.Editors))
	for i, a := range p.Editors {
		names[i] = a.Name
	}
	return joined(names...)
}

// proposals lists what is proposed, the last changed first.
func (v *visit) proposals() (reply, error) {
	state := work.State(v.text("state"))
	var w work.Wanted
	switch {
	case slices.Contains(work.States(), state):
		w.States = []work.State{state}
	case state == "":
		w.States = []work.State{work.Drafted, work.InReview, work.SentBack}
	case state == "mine":
		w = work.Wanted{Editor: string(v.who.Curator.ID)}
	default:
		return reply{}, &fault.Error{Kind: fault.Invalid, Message: "There is no such state.", Fields: []fault.Field{{Name: "state", Message: "is not known"}}}
	}
	page, err := v.number("page", 1, 100_000, 1)
	if err != nil {
		return reply{}, err
	}
	all, err := v.Editing.Proposals.Proposals(v.ctx, w, directory.Page{Offset: (page - 1) * pageSize, Limit: pageSize + 1})
	if err != nil {
		return reply{}, err
	}
	view := proposalsView{URL: v.url("/proposals")}
	if len(all) > pageSize {
		all = all[:pageSize]
		view.Next = view.URL + "?" + url.Values{"state": {string(state)}, "page": {strconv.Itoa(page + 1)}}.Encode()
	}
	if v.who.May(auth.Draft) {
		view.New = view.URL
	}
	answers := []proposalAnswer{}
	for i := range all {
		view.Rows = append(view.Rows, v.proposalLink(&all[i]))
		answers = append(answers, v.proposalAnswer(&all[i]))
	}
	for _, code := range append([]work.State{"", "mine"}, work.States()...) {
		label := "desk.proposal." + string(orDefault(code, "open"))
		view.States = append(view.States, option{Value: string(code), Label: v.t(label), Chosen: code == state})
	}
	return reply{page: "proposals", title: "desk.proposals.title", view: view, json: map[string]any{"proposals": answers}}, nil
}

type proposalAnswer struct {
	ID        string          `json:"id"`
	Listing   string          `json:"listing_id"`
	Name      string          `json:"name"`
	Version   int64           `json:"version"`
	State     string          `json:"state"`
	Base      int64           `json:"base"`
	Revision  int64           `json:"revision,omitempty"`
	Note      string          `json:"note"`
	By        string          `json:"by"`
	Editors   []string        `json:"editors"`
	Decided   string          `json:"decided_by,omitempty"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
	Document  json.RawMessage `json:"listing"`
}

func (v *visit) proposalAnswer(p *work.Proposal) proposalAnswer {
	a := proposalAnswer{
		ID: p.ID.String(), Listing: p.Listing.ID.String(), Name: p.Listing.Name, Version: p.Version, State: string(p.State), Base: int64(p.Base),
		Revision: int64(p.Revision), Note: p.Note, By: p.By.Name, Decided: p.Decided.Name, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	for _, e := range p.Editors {
		a.Editors = append(a.Editors, e.Name)
	}
	a.Document, _ = document.Encode(v.readable(p)) // it was stored as one
	return a
}

// readable gives what a proposal has the listing say, as far as whoever asks may read it: without its sites where it or
// the listing has a confidential one.
func (v *visit) readable(p *work.Proposal) *directory.Listing {
	if v.who.May(auth.Edit) {
		return p.Listing
	}
	now, err := v.Editing.Directory.Listing(v.ctx, p.Listing.ID)
	switch {
	case fault.Is(err, fault.NotFound) && !v.veils(p.Listing), err == nil && !v.veils(p.Listing, now):
		return p.Listing
	}
	l := p.Listing.Clone()
	for i, s := range l.Sites {
		l.Sites[i] = directory.Site{Confidential: true, Coverage: s.Coverage}
	}
	return l
}

// proposalDone answers with a proposal, and sends a person on.
func (v *visit) proposalDone(p *work.Proposal, to string, status int) (reply, error) {
	return reply{to: to, json: v.proposalAnswer(p), status: status}, nil
}

// reviewView is a proposal beside what is published.
type reviewView struct {
	Name, State, By, Note, Began string
	Public, History              string // "" for a new listing
	Edit, Preview, Settle        string // "" where it can't be done
	Changes                      []difference
	Conflicts                    []string
	Comments                     []commentView
	Hidden                       []field // what was seen
	URL                          string
	MayApprove, MaySendBack      bool
	MayDrop, MayComment          bool
	Own                          bool // of what one wrote oneself, somebody else decides
}

type commentView struct{ By, At, Text string }

// proposal shows a proposal for whoever decides about it.
func (v *visit) proposal() (reply, error) {
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	return v.proposalPage(p, nil)
}

// proposalPage shows a proposal, and what is wrong with what was sent about it.
func (v *visit) proposalPage(p *work.Proposal, wrong error) (reply, error) {
	m, err := v.Editing.Moved(v.ctx, p, nil)
	if err != nil {
		return reply{}, err
	}
	comments, err := v.Editing.Proposals.Comments(v.ctx, p.ID)
	if err != nil {
		return reply{}, err
	}
	diff, of := m.Theirs.Compare(m.Draft), []*directory.Listing{m.Theirs.Listing, m.Listing}
	if p.State == work.Published { // what it changed then, not what it would change now
		was, is, err := v.publishedAs(p)
		if err != nil {
			return reply{}, err
		}
		diff, of = directory.Compare(was, is), append(of, was, is)
	}
	view := v.reviewView(p, m, comments)
	view.Changes = v.changes(diff, of...)
	a := reply{page: "review", title: "desk.review.title", at: proposalPath(p.ID), view: view}
	answer := struct {
		proposalAnswer
		Published int64          `json:"published_revision"`
		Changes   []changeAnswer `json:"changes"`
		Conflicts []string       `json:"conflicts"`
		Comments  []commentView  `json:"comments"`
	}{v.proposalAnswer(p), int64(m.Theirs.Listing.Revision), v.changeAnswers(diff, of...), []string{}, view.Comments}
	for _, c := range m.Conflicts {
		answer.Conflicts = append(answer.Conflicts, c.Path)
	}
	a.json = answer
	if fault.Is(wrong, fault.Invalid) {
		a.errors = []pageError{{URL: "#f-comment", Message: v.t("desk.review.say-why")}}
	}
	return a, wrong
}

// publishedAs gives the listing before a proposal was published, and as that made it.
func (v *visit) publishedAs(p *work.Proposal) (was, is *directory.Listing, err error) {
	after, err := v.Editing.Directory.Revision(v.ctx, p.Listing.ID, p.Revision)
	if err != nil {
		return nil, nil, err
	}
	if p.Revision == 1 {
		return &directory.Listing{}, after.Listing, nil
	}
	before, err := v.Editing.Directory.Revision(v.ctx, p.Listing.ID, p.Revision-1)
	if err != nil {
		return nil, nil, err
	}
	return before.Listing, after.Listing, nil
}

func (v *visit) reviewView(p *work.Proposal, m *work.Merged, comments []work.Comment) *reviewView {
	view := &reviewView{
		Name: orDefault(p.Listing.Name, v.t("desk.edit.unnamed")), State: v.t("desk.proposal." + string(p.State)), By: editorNames(p), Note: p.Note,
		Began: v.moment(p.CreatedAt), Preview: v.url(proposalPath(p.ID) + "/preview"), URL: v.url(proposalPath(p.ID)),
		Hidden:     []field{{"version", strconv.FormatInt(p.Version, 10)}, {"seen", strconv.FormatInt(int64(m.Theirs.Listing.Revision), 10)}},
		MayComment: v.who.May(auth.Edit) || v.who.May(auth.Review),
	}
	if p.Base > 0 || p.State == work.Published {
		view.Public, view.History = v.e.listingURL(p.Listing.ID), v.url("/listings/"+p.Listing.ID.String()+"/history")
	}
	own := slices.ContainsFunc(p.Editors, func(a work.Actor) bool { return a.ID == string(v.who.Curator.ID) }) && !v.Editing.Alone
	inReview := p.State == work.InReview
	view.Own = own && inReview && v.who.May(auth.Publish)
	view.MayApprove = inReview && !own && v.who.May(auth.Publish)
	view.MaySendBack = inReview && v.who.May(auth.Review)
	view.MayDrop = p.State.Open() && v.who.May(auth.Edit)
	if p.State.Open() && v.who.May(auth.Edit) {
		view.Edit = v.url(proposalPath(p.ID) + "/edit")
	}
	if p.State.Open() {
		for _, c := range m.Conflicts {
			view.Conflicts = append(view.Conflicts, v.partLabel(c.Path, c.Fields[0].Mine, c.Fields[0].Theirs))
		}
	}
	if len(view.Conflicts) > 0 {
		view.MayApprove = false
		if v.who.May(auth.Edit) {
			view.Settle = v.url(proposalPath(p.ID) + "/settle")
		}
	}
	for _, c := range comments {
		view.Comments = append(view.Comments, commentView{c.By.Name, v.moment(c.At), c.Text})
	}
	return view
}

// decide does something with the proposal that was seen, and shows it again when that can't be done.
func (v *visit) decide(do func(p *work.Proposal, version int64) (*work.Proposal, error)) (reply, error) {
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	version, err := v.version("version")
	if err != nil {
		return reply{}, err
	}
	done, err := do(p, version)
	if err != nil && !v.program {
		return v.proposalPage(p, err)
	}
	if err != nil {
		return reply{}, err
	}
	return v.proposalDone(done, proposalPath(p.ID), http.StatusOK)
}

func (v *visit) approve() (reply, error) {
	seen, err := v.version("seen")
	if err != nil {
		return reply{}, err
	}
	return v.decide(func(p *work.Proposal, version int64) (*work.Proposal, error) {
		return v.Editing.Approve(v.ctx, v.actor(), p.ID, version, directory.RevisionNo(seen))
	})
}

func (v *visit) sendBack() (reply, error) {
	return v.decide(func(p *work.Proposal, version int64) (*work.Proposal, error) {
		return v.Editing.SendBack(v.ctx, v.actor(), p.ID, version, v.text("comment"))
	})
}

func (v *visit) drop() (reply, error) {
	return v.decide(func(p *work.Proposal, version int64) (*work.Proposal, error) {
		return v.Editing.Drop(v.ctx, v.actor(), p.ID, version, v.text("comment"))
	})
}

func (v *visit) comment() (reply, error) {
	return v.decide(func(p *work.Proposal, _ int64) (*work.Proposal, error) {
		return p, v.Editing.Comment(v.ctx, v.actor(), p.ID, v.text("comment"))
	})
}
