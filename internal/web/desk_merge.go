package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
)

// mergeView is two versions of a listing side by side.
type mergeView struct {
	URL       string
	Hidden    []field
	Conflicts []conflictView
	Mine      []difference // what only one side changed, which is kept
	Theirs    []difference
}

// conflictView is one thing to decide.
type conflictView struct {
	ID, Name, Label string
	Picked          string // whose, where something was chosen
	Rows            []clashView
}

type clashView struct{ Label, Base, Mine, Theirs string }

func (v *visit) mergeView(m *work.Merged, to string) *mergeView {
	view := &mergeView{URL: v.url(to)}
	for i, c := range m.Conflicts {
		x := conflictView{ID: fmt.Sprintf("c-%d", i), Name: pickPrefix + c.Path, Label: v.partLabel(c.Path, c.Fields[0].Mine, c.Fields[0].Theirs)}
		for _, f := range c.Fields {
			x.Rows = append(x.Rows, v.clashView(m, f))
		}
		view.Conflicts = append(view.Conflicts, x)
	}
	view.Mine = v.changes(directory.Compare(m.Theirs.Listing, m.Listing), m.Base.Listing, m.Theirs.Listing, m.Listing)
	view.Theirs = v.changes(m.Mine.Compare(m.Draft), m.Base.Listing, m.Mine.Listing, m.Listing)
	return view
}

// clashView words a field that both sides changed.
func (v *visit) clashView(m *work.Merged, f directory.Clash) clashView {
	says := func(x any) string { return v.says(v.veil(f.Path, x, m.Base.Listing, m.Mine.Listing, m.Theirs.Listing)) }
	return clashView{v.partLabel(f.Path, f.Mine, f.Theirs), says(f.Base), says(f.Mine), says(f.Theirs)}
}

// settle shows a proposal beside its listing, which others changed in the same places.
func (v *visit) settle() (reply, error) {
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	return v.settlePage(p, 0)
}

func (v *visit) settlePage(p *work.Proposal, status int) (reply, error) {
	m, err := v.Editing.Moved(v.ctx, p, nil)
	if err != nil {
		return reply{}, err
	}
	view := v.mergeView(m, proposalPath(p.ID)+"/settle")
	view.Hidden = []field{{"version", strconv.FormatInt(p.Version, 10)}, {"seen", strconv.FormatInt(int64(m.Theirs.Listing.Revision), 10)}}
	return reply{
		page: "merge", title: "desk.merge.title", at: proposalPath(p.ID) + "/settle", view: view, status: status,
		json: map[string]any{"version": p.Version, "seen": m.Theirs.Listing.Revision, "conflicts": v.clashAnswers(m)},
	}, nil
}

type conflictAnswer struct {
	Conflict string `json:"conflict"`
	Path     string `json:"path"`
	Base     string `json:"base"`
	Mine     string `json:"mine"`
	Theirs   string `json:"theirs"`
}

// decision is what was picked where two versions differ, and what was looked at: whose versions they were.
type decision struct {
	version int64
	seen    directory.RevisionNo
	picks   work.Picks
}

func (v *visit) decided() (d decision, err error) {
	if d.version, err = v.version("version"); err != nil {
		return d, err
	}
	seen, err := v.version("seen")
	if err != nil {
		return d, err
	}
	d.seen = directory.RevisionNo(seen)
	d.picks, err = v.picks()
	return d, err
}

// rebase brings a proposal in step with its listing, as it was decided.
func (v *visit) rebase() (reply, error) {
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	d, err := v.decided()
	if err != nil {
		return reply{}, err
	}
	done, err := v.Editing.Rebase(v.ctx, v.actor(), p.ID, d.version, d.seen, d.picks)
	if fault.Is(err, fault.Conflict) && !v.program && p.State.Open() {
		return v.settlePage(p, http.StatusConflict)
	}
	if err != nil {
		return reply{}, err
	}
	return v.proposalDone(done, proposalPath(p.ID), http.StatusOK)
}

// staleForm shows what was typed beside what somebody saved meanwhile.
func (v *visit) staleForm(id directory.ID, version int64, mine work.Draft) (reply, error) {
	m, p, err := v.Editing.Stale(v.ctx, id, version, mine, nil)
	if err != nil {
		return reply{}, err
	}
	doc, err := document.Encode(mine.Listing)
	if err != nil {
		return reply{}, err
	}
	view := v.mergeView(m, proposalPath(id)+"/merge")
	view.Hidden = []field{
		{"version", strconv.FormatInt(version, 10)}, {"now", strconv.FormatInt(p.Version, 10)}, {"mine", string(doc)}, {"note", mine.Note},
	}
	return reply{page: "merge", title: "desk.merge.title", at: proposalPath(id) + "/edit", view: view, status: http.StatusConflict}, nil
}

// mergeDraft saves a merge of what was typed with what was saved meanwhile, as it was decided.
func (v *visit) mergeDraft() (reply, error) {
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	version, err1 := v.version("version")
	now, err2 := v.version("now")
	listing, err3 := document.Decode([]byte(v.sent.Get("mine")))
	if err := errors.Join(err1, err2, err3); err != nil {
		return reply{}, err
	}
	picks, err := v.picks()
	if err != nil {
		return reply{}, err
	}
	mine := work.Draft{Listing: listing, Note: v.text("note")}
	m, current, err := v.Editing.Stale(v.ctx, p.ID, version, mine, picks)
	if err != nil {
		return reply{}, err
	}
	if current.Version != now { // and once more
		return v.staleForm(p.ID, version, mine)
	}
	saved, err := v.Editing.Save(v.ctx, v.actor(), p.ID, now, m.Listing, m.Note)
	if fault.Is(err, fault.Conflict) && current.State.Open() {
		return v.staleForm(p.ID, version, mine)
	}
	if err != nil {
		return reply{}, err
	}
	return v.proposalDone(saved, proposalPath(p.ID)+"/edit", http.StatusOK)
}

const pickPrefix = "pick:"

// picks reads whose is to be taken in each conflict: a program sends an object, a person a field for each.
func (v *visit) picks() (work.Picks, error) {
	picks, sides := work.Picks{}, map[string]directory.Side{"mine": directory.Mine, "theirs": directory.Theirs}
	sent := v.sent
	if v.program {
		object, err := flatObject(v.sent.Get("picks"))
		if err != nil {
			return nil, err
		}
		sent = url.Values{}
		for path, side := range object {
			sent.Set(pickPrefix+path, side)
		}
	}
	for name := range sent {
		path, ok := strings.CutPrefix(name, pickPrefix)
		if !ok {
			continue
		}
		side, known := sides[sent.Get(name)]
		if !known {
			return nil, &fault.Error{Kind: fault.Invalid, Message: "This can't be read.", Fields: []fault.Field{{Name: "picks", Message: "must each be mine or theirs"}}}
		}
		picks[path] = side
	}
	return picks, nil
}
