package web

import (
	"net/http"
	"strconv"
	"time"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/directory"
)

// claimPageView is what a provider asks, beside what is published.
type claimPageView struct {
	Name, Public, History string
	Wish, State, Message  string
	Who, Address, Tie     string // Who and Address are for those who decide
	Came, Answered        string
	Reason, Trouble       string
	Second                bool // somebody else has to publish it
	Proposal              string
	Changes               []difference // nil for a removal
	Clashes               []string     // what was changed by others meanwhile
	Accept, Decline       *deskForm    // nil where it can't be done
}

type claimPageAnswer struct {
	ID         string         `json:"id"`
	Listing    string         `json:"listing"`
	Wish       string         `json:"wish"`
	State      string         `json:"state"`
	Tie        string         `json:"tie"`
	Domain     string         `json:"domain"`
	Who        string         `json:"who,omitempty"`
	Email      string         `json:"email,omitempty"`
	Message    string         `json:"message"`
	At         time.Time      `json:"at"`
	ProvenAt   time.Time      `json:"proven_at"`
	AnsweredAt *time.Time     `json:"answered_at,omitempty"`
	AnsweredBy string         `json:"answered_by,omitempty"`
	Reason     string         `json:"reason,omitempty"`
	Became     string         `json:"became,omitempty"`
	Trouble    string         `json:"mail_trouble,omitempty"`
	Published  int64          `json:"published_revision"`
	Changes    []changeAnswer `json:"changes"`
	Conflicts  []string       `json:"conflicts"`
}

// claims lists what providers ask.
func (v *visit) claims() (reply, error) { return v.queuePage(work.QueueClaims) }

func (v *visit) claim() (reply, error) { return v.claimPage(nil) }

// claimPage shows a claim; wrong is what was wrong with what was sent about it.
func (v *visit) claimPage(wrong error) (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	x, err := v.Work.Claims.Look(v.ctx, id)
	if err != nil {
		return reply{}, err
	}
	c := x.Claim
	view := claimPageView{
		Name: x.Now.Name, History: v.url("/listings/" + c.Listing.String() + "/history"), Wish: v.t("claim.wish." + string(c.Wish)),
		State: v.t("desk.claim." + string(c.State)), Message: c.Message, Came: v.moment(c.ProvenAt), Reason: c.Reason, Trouble: c.Trouble,
		Tie: v.t("desk.claim-tie."+string(c.Tie), "Domain", work.DomainOf(c.Address)), Second: c.Tie != work.TiedAddress,
	}
	answer := claimPageAnswer{
		ID: id.String(), Listing: c.Listing.String(), Wish: string(c.Wish), State: string(c.State), Tie: string(c.Tie), Domain: work.DomainOf(c.Address),
		Message: c.Message, At: c.At, ProvenAt: c.ProvenAt, AnsweredAt: momentOf(c.AnsweredAt), AnsweredBy: c.AnsweredBy, Reason: c.Reason, Trouble: c.Trouble,
		Published: int64(x.Now.Revision), Changes: []changeAnswer{}, Conflicts: []string{},
	}
	if x.Now.Status == directory.Published {
		view.Public = v.e.listingURL(c.Listing)
	}
	decides := v.who.May(auth.Claims)
	if decides {
		view.Who, view.Address, answer.Who, answer.Email = c.Name, c.Address, c.Name, c.Address
	}
	if !c.AnsweredAt.IsZero() {
		view.Answered = v.t("desk.report.answered", "Name", c.AnsweredBy, "Moment", v.moment(c.AnsweredAt))
	}
	if !c.Became.IsZero() {
		view.Proposal, answer.Became = v.url(proposalPath(c.Became)), c.Became.String()
	}
	if c.Wish == work.Correct && c.State == work.ClaimOpen {
		diff := directory.Compare(x.Now, x.Says)
		view.Changes, answer.Changes = v.changes(diff, x.Now, x.Says), v.changeAnswers(diff, x.Now, x.Says)
		for _, clash := range x.Clash {
			view.Clashes = append(view.Clashes, v.partLabel(clash.Path, clash.Fields[0].Mine, clash.Fields[0].Theirs))
			answer.Conflicts = append(answer.Conflicts, clash.Path)
		}
	}
	a := reply{page: "claim", title: "desk.claim.title", at: "/claims/" + id.String(), json: answer}
	if c.State == work.ClaimOpen && decides {
		v.claimForms(&view, x)
	}
	if wrong != nil {
		a.errors = v.workErrors(wrong)
	}
	a.view = view
	return a, wrong
}

// claimForms are what can be made of an open claim.
func (v *visit) claimForms(view *claimPageView, x *work.Looked) {
	at := "/claims/" + x.Claim.ID.String()
	view.Accept = v.form("accept", at+"/accept", "desk.claim.accept")
	view.Accept.hide("seen", strconv.FormatInt(int64(x.Now.Revision), 10))
	if x.Claim.Wish == work.Remove {
		var statuses []option
		for _, s := range []directory.Status{directory.Archived, directory.Draft} {
			statuses = append(statuses, option{Value: string(s), Label: v.t("desk.claim-to." + string(s)), Chosen: string(s) == v.text("to_status")})
		}
		v.add(view.Accept, "select", "to_status", "", "").Options = statuses
		v.add(view.Accept, "text", "reason", v.text("reason"), "off")
	}
	view.Decline = v.form("decline", at+"/decline", "desk.claim.decline")
	view.Decline.Danger = true
	v.add(view.Decline, "textarea", "reason", v.text("reason"), "off")
}

// acceptClaim makes a proposal of a claim, and shows it.
func (v *visit) acceptClaim() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	seen, err := v.version("seen")
	if err != nil {
		return v.claimPage(err)
	}
	proposal, err := v.Work.Claims.Accept(v.ctx, v.actor(), id, work.Accepted{
		Seen: directory.RevisionNo(seen), Status: directory.Status(v.text("to_status")), Reason: v.text("reason"), Note: v.t("desk.claim.note"),
	})
	if err != nil {
		return v.claimPage(err)
	}
	return reply{to: proposalPath(proposal), json: map[string]string{"proposal": proposal.String()}, status: http.StatusOK}, nil
}

// declineClaim answers a claim with a reason.
func (v *visit) declineClaim() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	if err := v.Work.Claims.Decline(v.ctx, v.actor(), id, v.text("reason")); err != nil {
		return v.claimPage(err)
	}
	return reply{to: "/claims/" + id.String()}, nil
}
