package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Question is one thing to ask when calling a listing.
type Question struct {
	Key string // stays the same while the listing says the same: "claim modality:cbt"
	// Part is what the listing says: a directory.Channel, Claim, Accepting, Fees or Hours.
	Part any
}

// Questions lists what to ask of a listing, in the order a call goes: its numbers, whether it takes patients, what that
// costs, when it is open, and what it claims.
func Questions(l *directory.Listing) []Question {
	var all []Question
	ask := func(key string, part any) { all = append(all, Question{Key: key, Part: part}) }
	for _, c := range l.Channels {
		ask("channel "+string(c.Medium)+":"+c.Number+c.Address, c)
	}
	ask("accepting", l.Accepting)
	ask("fees", l.Fees)
	ask("hours", l.Hours)
	for _, c := range l.Claims {
		ask("claim "+string(c.Facet)+":"+c.Code, c)
	}
	seen := map[string]int{}
	for i := range all {
		key := all[i].Key
		if seen[key]++; seen[key] > 1 {
			all[i].Key = fmt.Sprintf("%s %d", key, seen[key])
		}
	}
	return all
}

// Outcome is what a call made of one question. The empty one says that it wasn't asked.
type Outcome string

// The outcomes.
const (
	Confirmed  Outcome = "confirmed"
	Changed    Outcome = "changed"
	Unanswered Outcome = "no-answer" // nobody there knew, or picked up this number
	Ended      Outcome = "closed"    // the number is dead, the service is no longer offered
)

// Outcomes lists every outcome but the empty one.
func Outcomes() []Outcome { return []Outcome{Confirmed, Changed, Unanswered, Ended} }

// Reached says how far a call came.
type Reached string

// How far a call can come.
const (
	Answered Reached = "answered"
	NoAnswer Reached = "no-answer"
	Closed   Reached = "closed" // the whole listing is no more
)

// Reply is the answer to a question.
type Reply struct {
	Key     string
	Outcome Outcome
	// Value is what holds now, when it changed: yes, no or unknown for a claim, a number or an address for a channel, a
	// status for accepting, and words for fees and hours.
	Value string
}

// Call is one try to find out from a listing whether it still holds.
type Call struct {
	ID       directory.ID // made with the sheet: sent in twice, a call counts once
	Listing  directory.ID
	Revision directory.RevisionNo // that the sheet was made from
	By       Actor
	At       time.Time
	Method   string // as the public page says it: "called"
	Reached  Reached
	Replies  []Reply
	Reason   string       // for whoever saved the link, should the listing be withdrawn
	Note     string       // for the desk
	Proposal directory.ID // that it led to; zero is none
}

// Calls keeps calls. What it gives is the caller's.
type Calls interface {
	AddCall(ctx context.Context, c *Call) error // one that is kept already stays as it is
	// Calls gives those about a listing, newest first.
	Calls(ctx context.Context, listing directory.ID, page directory.Page) ([]Call, error)
}

// Verifying is how listings are kept true: by asking them. It is safe for concurrent use.
type Verifying struct {
	editing *Editing
	calls   Calls
	every   map[directory.Kind]time.Duration
}

// NewVerifying makes a Verifying. every says how long a verification of a kind holds; directory.VerifyEvery where it
// says nothing.
func NewVerifying(e *Editing, c Calls, every map[directory.Kind]time.Duration) *Verifying {
	return &Verifying{editing: e, calls: c, every: every}
}

// MissedCalls is after how many calls in a row that nobody answers a listing is proposed to be withdrawn.
const MissedCalls = 3

// Heard is what came of a call.
type Heard struct {
	Call     Call
	Verified *directory.Listing // as it was saved; nil when it was not
	Proposal *Proposal          // to change or withdraw the listing; nil when there is nothing to decide
	Missed   int                // calls in a row that nobody answered, with this one
}

// Calls gives the calls about a listing, newest first.
func (v *Verifying) Calls(ctx context.Context, listing directory.ID, page directory.Page) ([]Call, error) {
	return v.calls.Calls(ctx, listing, page)
}

// Record takes in a call. What is confirmed and nothing else renews the listing's verification at once. What changed
// becomes a proposal, which renews it when somebody else approves: until then the page would vouch for what is known to
// be wrong. A listing that closed, or that nobody answered for MissedCalls times in a row, is proposed to be withdrawn.
func (v *Verifying) Record(ctx context.Context, a Actor, c Call) (*Heard, error) {
	now, err := v.editing.Directory.Listing(ctx, c.Listing)
	if err != nil {
		return nil, err
	}
	before, err := v.calls.Calls(ctx, c.Listing, directory.Page{Limit: 50})
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(before, func(x Call) bool { return x.ID == c.ID }); i >= 0 {
		return v.again(ctx, before[i])
	}
	if err := v.sameAsked(ctx, &c, now); err != nil {
		return nil, err
	}
	c.By, c.At = a, clock(v.editing.Now)
	changed, err := v.reply(&c, now)
	if err != nil {
		return nil, err
	}
	h := &Heard{Call: c, Missed: missed(&c, before)}
	act, err := v.act(ctx, a, h, now, changed)
	if err != nil {
		return nil, err
	}
	err = acted(ctx, v.editing.Audit, Entry{
		Actor: a, Action: "listing.call", Subject: "listing:" + c.Listing.String(),
		Detail: map[string]string{"call": c.ID.String(), "reached": string(c.Reached)},
	}, func(ctx context.Context) error {
		if err := act(ctx); err != nil {
			return err
		}
		if h.Proposal != nil {
			h.Call.Proposal = h.Proposal.ID
		}
		return v.calls.AddCall(ctx, &h.Call)
	})
	if fault.Is(err, fault.Conflict) {
		return v.meanwhile(ctx, &c, err)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// meanwhile gives what came of a call that was sent in twice at once; else the conflict.
func (v *Verifying) meanwhile(ctx context.Context, c *Call, conflict error) (*Heard, error) {
	all, err := v.calls.Calls(ctx, c.Listing, directory.Page{Limit: 50})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(x Call) bool { return x.ID == c.ID })
	if i < 0 {
		return nil, conflict
	}
	return v.again(ctx, all[i])
}

// again gives what came of a call that was sent in before.
func (v *Verifying) again(ctx context.Context, c Call) (*Heard, error) {
	now, err := v.editing.Directory.Listing(ctx, c.Listing)
	if err != nil {
		return nil, err
	}
	h := &Heard{Call: c}
	if now.Verification.At.Equal(c.At) {
		h.Verified = now
	}
	if c.Proposal.IsZero() {
		return h, nil
	}
	p, err := v.editing.Proposal(ctx, c.Proposal)
	h.Proposal = p
	return h, err
}

// sameAsked refuses a call about a listing that says something else by now than the caller asked about. That another call
// confirmed it meanwhile is nothing else.
func (v *Verifying) sameAsked(ctx context.Context, c *Call, now *directory.Listing) error {
	if c.Revision == now.Revision {
		return nil
	}
	asked, err := v.editing.Directory.Revision(ctx, c.Listing, c.Revision)
	if err != nil {
		return err
	}
	for _, d := range directory.Compare(asked.Listing, now) {
		if !strings.HasPrefix(d.Path, "verification.") && d.Path != "accepting.as_of" {
			return fault.New(fault.Conflict, "The listing was changed while you called. Compare what you heard with what it says now.")
		}
	}
	return nil
}

// missed counts the calls in a row that nobody answered, this one and those before it.
func missed(c *Call, before []Call) int {
	if c.Reached != NoAnswer {
		return 0
	}
	n := slices.IndexFunc(before, func(x Call) bool { return x.Reached != NoAnswer })
	if n < 0 {
		n = len(before)
	}
	return n + 1
}

// reply checks a call and gives the listing as it says by what was heard; nil when nothing changed.
func (v *Verifying) reply(c *Call, now *directory.Listing) (*directory.Listing, error) {
	var bad fault.Fields
	if c.ID.IsZero() {
		bad.Add("id", "is missing")
	}
	if !slices.Contains([]Reached{Answered, NoAnswer, Closed}, c.Reached) {
		bad.Add("reached", "must be answered, no-answer or closed")
	}
	if strings.TrimSpace(c.Method) == "" {
		bad.Add("method", "say how you asked: the public page tells")
	}
	if c.Reached == Closed && strings.TrimSpace(c.Reason) == "" {
		bad.Add("reason", "say what happened: people who saved the link will read it")
	}
	for field, text := range map[string]string{"method": c.Method, "reason": c.Reason, "note": c.Note} {
		plain(&bad, field, text, directory.MaxText)
	}
	l, some, questions := now.Clone(), false, Questions(now)
	for _, r := range c.Replies {
		some = some || r.Outcome != "" && r.Outcome != Unanswered
		at := slices.IndexFunc(questions, func(q Question) bool { return q.Key == r.Key })
		answer(&bad, l, at, c, r)
	}
	if c.Reached == Answered && !some {
		bad.Add("replies", "say what was confirmed or changed")
	}
	if err := bad.Err("This call can't be recorded as it is."); err != nil {
		return nil, err
	}
	l.Channels = slices.DeleteFunc(l.Channels, func(ch directory.Channel) bool { return ch.Medium == "" })
	if c.Reached != Answered || !slices.ContainsFunc(c.Replies, func(r Reply) bool { return r.Outcome == Changed || r.Outcome == Ended }) {
		return nil, nil
	}
	return l, nil
}

// answer has l say what the reply to the question at does, or reports what is wrong with it.
func answer(bad *fault.Fields, l *directory.Listing, at int, c *Call, r Reply) {
	field := "replies[" + r.Key + "]"
	switch {
	case at < 0:
		bad.Add(field, "is not asked of this listing")
		return
	case r.Outcome != "" && !slices.Contains(Outcomes(), r.Outcome):
		bad.Add(field, "must be confirmed, changed, no-answer or closed")
		return
	case r.Outcome != Changed && r.Outcome != Ended:
		return
	case r.Outcome == Changed && strings.TrimSpace(r.Value) == "":
		bad.Add(field+".value", "say what holds now")
		return
	}
	plain(bad, field+".value", r.Value, directory.MaxText)
	ended, value := r.Outcome == Ended, strings.TrimSpace(r.Value)
	channels := len(l.Channels)
	switch {
	case at < channels && ended:
		l.Channels[at].Medium = "" // goes when all replies are read: they are told apart by place
	case at < channels && l.Channels[at].Medium.Dialled():
		l.Channels[at].Number = value
	case at < channels:
		l.Channels[at].Address = value
	case r.Key == "accepting":
		status := directory.AcceptingStatus(value)
		if ended {
			status = directory.AcceptingNo
		}
		l.Accepting = directory.Accepting{Status: status, AsOf: c.At, Source: c.Method}
		if status != directory.AcceptingYes && status != directory.AcceptingNo && status != directory.AcceptingWaitlist {
			bad.Add(field+".value", "must be yes, no or waitlist")
		}
	case ended && (r.Key == "fees" || r.Key == "hours"):
		bad.Add(field, "can't close by itself: say what changed")
	case r.Key == "fees":
		l.Fees = directory.Fees{Free: l.Fees.Free, SlidingScale: l.Fees.SlidingScale, Note: value}
	case r.Key == "hours":
		l.Hours = directory.Hours{Zone: l.Hours.Zone, Note: value}
	default:
		claimed, ok := directory.ParseAnswer(value)
		if ended {
			claimed, ok = directory.No, true
		}
		cl := &l.Claims[at-channels-3] // accepting, fees and hours stand between
		if !ok || claimed == cl.Value {
			bad.Add(field+".value", "must be another of yes, no and unknown than it is now")
		}
		cl.Value, cl.Source, cl.By, cl.At = claimed, c.Method, c.By.Name, c.At
	}
}

// act decides what a call makes necessary, and gives what does it: saves what was confirmed, or proposes what changed.
// Only what does it writes, and it reads nothing: it runs in the transaction that keeps the call.
func (v *Verifying) act(ctx context.Context, a Actor, h *Heard, now, changed *directory.Listing) (func(context.Context) error, error) {
	c := &h.Call
	switch {
	case c.Reached == Closed, h.Missed >= MissedCalls:
		return v.withdraw(ctx, a, h, now)
	case changed != nil:
		changed.Verification = v.verification(c, now.Kind)
		return v.propose(ctx, a, h, now, changed)
	case c.Reached == Answered:
		return v.renew(a, h, now), nil
	}
	return func(context.Context) error { return nil }, nil
}

func (v *Verifying) verification(c *Call, k directory.Kind) directory.Verification {
	every := v.every[k]
	if every == 0 {
		every = directory.VerifyEvery
	}
	return directory.Verification{At: c.At, By: verifier, Method: c.Method, Due: c.At.Add(every)}
}

// verifier is who the public page says checked a listing: a role, for nobody who works here agreed to be named.
const verifier = "curator"

// renew saves that the listing was found as it says.
func (v *Verifying) renew(a Actor, h *Heard, now *directory.Listing) func(context.Context) error {
	c, l := &h.Call, now.Clone()
	l.Verification = v.verification(c, l.Kind)
	if slices.ContainsFunc(c.Replies, func(r Reply) bool { return r.Key == "accepting" && r.Outcome == Confirmed }) && l.Accepting.Status != "" {
		l.Accepting.AsOf = c.At // a day-to-day matter: the page says as of when
	}
	h.Verified = l
	return func(ctx context.Context) error {
		return v.editing.Directory.Save(ctx, l, now.Revision, a.editor(c.Note))
	}
}

// propose puts what changed into a draft of the caller's on this listing, or else into a new one.
func (v *Verifying) propose(ctx context.Context, a Actor, h *Heard, now, changed *directory.Listing) (func(context.Context) error, error) {
	c := &h.Call
	mine, err := v.editing.Proposals.Proposals(ctx, Wanted{States: []State{Drafted, SentBack}, Listing: c.Listing, Editor: a.ID}, directory.Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(mine) == 0 {
		return func(ctx context.Context) (err error) {
			h.Proposal, err = v.editing.Open(ctx, a, c.opened(), changed, c.Note)
			return err
		}, nil
	}
	h.Proposal = &mine[0]
	merged, _ := directory.Merge(now, changed, h.Proposal.Listing, nil) // what was heard today holds
	return func(ctx context.Context) error { return v.editing.write(ctx, a, h.Proposal, merged, h.Proposal.Note) }, nil
}

// opened is the ID of the proposal that a call opens, so that the same call opens one only.
func (c *Call) opened() directory.ID { return directory.ImportedID("call", c.ID.String()) }

// withdraw proposes to withdraw the listing, unless somebody has already.
func (v *Verifying) withdraw(ctx context.Context, a Actor, h *Heard, now *directory.Listing) (func(context.Context) error, error) {
	c := &h.Call
	open, err := v.editing.Proposals.Proposals(ctx, Wanted{States: []State{Drafted, InReview, SentBack}, Listing: c.Listing}, directory.Page{Limit: 50})
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(open, func(p Proposal) bool { return p.Listing.Status == directory.Archived }); i >= 0 {
		h.Proposal = &open[i]
		return func(context.Context) error { return nil }, nil
	}
	l := now.Clone()
	l.Status, l.ArchivedReason = directory.Archived, strings.TrimSpace(c.Reason)
	note := c.Note
	if note == "" {
		note = c.Reason
	}
	incomplete := v.editing.Faults(ctx, &Proposal{Base: l.Revision, Listing: l, Note: note}) != nil
	return func(ctx context.Context) (err error) {
		h.Proposal, err = v.editing.Open(ctx, a, c.opened(), l, note)
		if err != nil || incomplete || h.Proposal.State != Drafted {
			return err // a draft is for someone to complete
		}
		return v.editing.handIn(ctx, a, h.Proposal)
	}, nil
}
