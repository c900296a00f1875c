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

// clashPage is what a file says beside what stands here, to decide about.
type clashPage struct {
	*mergeView
	Lead, History string
	MayDecide     bool
}

// clash shows what a file and a curator both changed.
func (v *visit) clash() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	return v.clashPage(id, nil)
}

func (v *visit) clashPage(id directory.ID, wrong error) (reply, error) {
	c, m, err := v.Work.Settling.Waiting(v.ctx, id, nil)
	if err != nil {
		return reply{}, err
	}
	at := "/conflicts/" + id.String()
	view := clashPage{mergeView: v.mergeView(m, at), MayDecide: v.who.May(auth.Edit), History: v.url("/listings/" + id.String() + "/history")}
	view.Lead = v.t("desk.conflict.lead", "File", c.Name, "Moment", v.moment(c.At), "Name", m.Theirs.Listing.Name)
	view.Hidden = []field{{"version", strconv.FormatInt(c.At.UnixMicro(), 10)}, {"seen", strconv.FormatInt(int64(m.Theirs.Listing.Revision), 10)}}
	for i := range view.Conflicts {
		view.Conflicts[i].Picked = v.text(view.Conflicts[i].Name)
	}
	a := reply{page: "conflict", title: "desk.conflict.title", at: at, view: view, json: map[string]any{
		"listing": id.String(), "file": c.Name, "version": c.At.UnixMicro(), "seen": m.Theirs.Listing.Revision, "conflicts": v.clashAnswers(m),
	}}
	if fault.Is(wrong, fault.Invalid) {
		for _, x := range view.Conflicts {
			if x.Picked == "" {
				a.errors = append(a.errors, pageError{URL: "#" + x.ID + "-mine", Message: v.t("desk.conflict.undecided", "Label", x.Label)})
			}
		}
	}
	return a, wrong
}

// clashAnswers are the conflicts of a merge for a program.
func (v *visit) clashAnswers(m *work.Merged) []conflictAnswer {
	all := []conflictAnswer{}
	for _, c := range m.Conflicts {
		for _, f := range c.Fields {
			x := v.clashView(m, f)
			all = append(all, conflictAnswer{c.Path, f.Path, x.Base, x.Mine, x.Theirs})
		}
	}
	return all
}

// settleClash decides as picked.
func (v *visit) settleClash() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	d, err := v.decided()
	if err != nil {
		return reply{}, err
	}
	p, err := v.Work.Settling.Settle(v.ctx, v.actor(), id, time.UnixMicro(d.version), d.seen, d.picks)
	switch {
	case err != nil && (fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict)):
		return v.clashPage(id, err)
	case err != nil:
		return reply{}, err
	case p == nil:
		return reply{to: "/queues/" + string(work.QueueConflicts)}, nil
	}
	return v.proposalDone(p, proposalPath(p.ID), http.StatusCreated)
}
