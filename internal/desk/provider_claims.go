package desk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/mail"
)

// ProviderClaim is what somebody asks about a listing as its provider: that it be corrected, or removed. Whoever made
// it knows its ID, and nobody else does. Until they entered the code that was mailed to them no curator sees it, and
// nothing of it is ever public but what becomes of a proposal that a curator makes of it.
type ProviderClaim struct {
	ID       directory.ID
	Listing  directory.ID
	Base     directory.RevisionNo // that they were shown
	Wish     Wish
	Says     *directory.Listing // Claimable of Base, as they would have it
	Message  string
	Name     string // who they are, in their words
	Address  string // e-mail
	Language string // that they are written in
	Tie      Tie    // of the address to the listing
	Silent   bool   // no code is mailed: the listing has addresses of its own, and this isn't one
	State    ClaimState
	At       time.Time
	ProvenAt time.Time

	AnsweredAt time.Time
	AnsweredBy string // a curator's name
	Reason     string // for declining it, which they are told
	Became     directory.ID

	Mail    ClaimMail // that is still to be sent
	Tries   int       // to send it
	Trouble string    // why the last mail was not sent; "" when it was
}

// Wish is what a provider wants.
type Wish string

// The wishes.
const (
	Correct Wish = "correct"
	Remove  Wish = "remove"
)

// Wishes lists every wish.
func Wishes() []Wish { return []Wish{Correct, Remove} }

// ClaimState says how far a claim has come.
type ClaimState string

// The states of a claim. One whose proposal is dropped is open again.
const (
	ClaimUnproven  ClaimState = "unproven"
	ClaimOpen      ClaimState = "open"
	ClaimAccepted  ClaimState = "accepted"  // became a proposal
	ClaimPublished ClaimState = "published" // which was approved
	ClaimDeclined  ClaimState = "declined"
)

// ClaimStates lists every state.
func ClaimStates() []ClaimState {
	return []ClaimState{ClaimUnproven, ClaimOpen, ClaimAccepted, ClaimPublished, ClaimDeclined}
}

// ClaimMail is a mail about a claim.
type ClaimMail string

// The mails. The empty one is none.
const (
	MailCode   ClaimMail = "code"
	MailAnswer ClaimMail = "answer"
)

// Tie says what an address has to do with a listing.
type Tie string

// The ties.
const (
	TiedAddress Tie = "address" // it stands in the listing
	TiedDomain  Tie = "domain"  // it is of the domain of the listing's website
	Untied      Tie = "untied"
)

// Ties lists every tie, the weakest last.
func Ties() []Tie { return []Tie{TiedAddress, TiedDomain, Untied} }

// openToAll are domains where anybody can have an address, and where a few listings have a page.
var openToAll = strings.Fields(`gmail.com google.com googlemail.com yahoo.com outlook.com hotmail.com live.com msn.com icloud.com me.com mac.com aol.com
	proton.me protonmail.com pm.me gmx.com gmx.net mail.com zoho.com yandex.com fastmail.com hey.com comcast.net verizon.net att.net`)

// TieOf says what an address has to do with a listing.
func TieOf(l *directory.Listing, address string) Tie {
	tie := Untied
	for _, c := range l.Channels {
		switch {
		case c.Medium == directory.Email && mailbox(c.Address) == mailbox(address):
			return TiedAddress
		case c.Medium == directory.Web && sameDomain(c.Address, address):
			tie = TiedDomain
		}
	}
	return tie
}

func weaker(a, b Tie) Tie {
	if slices.Index(Ties(), a) > slices.Index(Ties(), b) {
		return a
	}
	return b
}

// sameDomain reports whether a website and an address are of the same owner's domain.
func sameDomain(website, address string) bool {
	_, host, _ := strings.Cut(website, "://")
	host, _, _ = strings.Cut(host, "/")
	host, _, _ = strings.Cut(host, ":")
	mine, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(host))
	theirs, err2 := publicsuffix.EffectiveTLDPlusOne(DomainOf(address))
	return err == nil && err2 == nil && mine == theirs && !slices.Contains(openToAll, mine)
}

// DomainOf gives the domain of an address.
func DomainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// mailbox gives the one form of an address that stands for its owner: what comes after a plus leads to the same person.
func mailbox(address string) string {
	local, _, _ := strings.Cut(strings.ToLower(address[:max(0, strings.LastIndexByte(address, '@'))]), "+")
	return local + "@" + DomainOf(address)
}

// Mailbox gives the form of the claim's address under which its mail is counted, and which a code proves. Google delivers
// with any dots, or none, under both of its domains; that is no reason to take an address for one that stands in a
// listing.
func (c *ProviderClaim) Mailbox() string {
	box := mailbox(c.Address)
	local, domain, _ := strings.Cut(box, "@")
	if domain != "gmail.com" && domain != "googlemail.com" {
		return box
	}
	return strings.ReplaceAll(local, ".", "") + "@gmail.com"
}

// Claimable gives a listing as its provider may correct it: as the public sees it, and without the sites whose address
// protects someone.
func Claimable(l *directory.Listing) *directory.Listing {
	c := l.Public().Clone()
	c.Sites = slices.DeleteFunc(c.Sites, func(s directory.Site) bool { return s.Confidential })
	return c
}

// How codes and claims are limited.
const (
	codeLetters = 10
	codeLife    = CodeHours * time.Hour
	claimsADay  = 10 // about one listing, by addresses of one tie

	// Anybody can name an address of no known tie, and have us write to a stranger.
	strangersAnHour, strangersADay = 20, 100

	// CodeTries is how often a code may be tried for one claim, CodesMailed how many are mailed for it.
	CodeTries, CodesMailed = 5, 2
	// CodesADay is how many codes are mailed to one mailbox in a day, and CodeHours how long each is good for: no shorter,
	// so that whoever's mailbox has had all of a day's holds one that is good.
	CodesADay, CodeHours = 3, 24
	// UnprovenDays is after how many days a claim whose code nobody entered is deleted, AnsweredDays after how many one
	// that was answered is.
	UnprovenDays = 3
	AnsweredDays = 90
	// MaxUnprovenClaims is how many are kept whose code nobody entered. The oldest go first, and before all others those
	// that nobody can prove.
	MaxUnprovenClaims = 2_000
)

// ClaimLimits bounds what is asked, and the codes that are mailed for it, since a time. A code proves a mailbox and not a
// claim: it is good for all that is asked with that mailbox, and once ForMailbox codes were mailed to one, claims are
// taken in without another. So a stranger who names the address that stands in a listing has its provider be mailed that
// many codes in a day, and keeps nobody from anything: any of them proves the provider's own claim too.
//
// Claims on a listing are counted by their tie to it, those with an address that stands in it only once they are proven:
// strangers don't use up what is that address's. With made-up addresses of the domain, or where none stands in the listing,
// they can, for a day.
type ClaimLimits struct {
	Since      time.Time
	OnListing  int // claims
	ForMailbox int // codes
	Strangers  []CodeLimit
}

// CodeLimit bounds the codes mailed since a time to addresses of no known tie, about all listings together.
type CodeLimit struct {
	Since time.Time
	Codes int
}

// ClaimStore keeps the claims of providers.
type ClaimStore interface {
	// AddClaim keeps a new one, without its mail where its mailbox has had enough codes: fault.TooMany, with the name of
	// what there is too much of, beyond the other limits.
	AddClaim(ctx context.Context, c *ProviderClaim, l ClaimLimits) error
	// ProviderClaim gives one, or fault.NotFound.
	ProviderClaim(ctx context.Context, id directory.ID) (*ProviderClaim, error)
	// TryCode counts a try, and gives the codes that prove a claim: those mailed to its mailbox that are still good; none
	// when it was tried too often, or no code is mailed for it.
	TryCode(ctx context.Context, id directory.ID, now time.Time) ([]MailedCode, error)
	// ProveClaim has an unproven claim wait for a curator. Of any other it does nothing.
	ProveClaim(ctx context.Context, id directory.ID, at time.Time) error
	// CodeAgain has another code mailed, where one can be: fault.TooMany beyond the limits for strangers.
	CodeAgain(ctx context.Context, id directory.ID, at time.Time, l ClaimLimits) error
	// AnswerClaim keeps what became of an open claim, and drops its task: fault.Conflict when it isn't open.
	AnswerClaim(ctx context.Context, c *ProviderClaim) error
}

// MailedCode is a code that was mailed for a claim, which may be another's with the same mailbox.
type MailedCode struct {
	Claim  directory.ID
	Digest []byte
}

// ProviderClaims takes in what providers ask, and has curators decide.
type ProviderClaims struct {
	store   ClaimStore
	editing *Editing
	wake    func()
}

// NewProviderClaims makes one. wake is called when there is mail to send.
func NewProviderClaims(s ClaimStore, e *Editing, wake func()) *ProviderClaims {
	return &ProviderClaims{s, e, wake}
}

// Begin takes in a claim, which the caller has filled up to Language, and gives it an ID. A code is mailed to its
// address, unless its mailbox holds enough of them already; where the listing has addresses of its own only to one that
// is tied to it. Nobody is told which. A listing that isn't published is fault.NotFound; one that was saved since they were
// shown it fault.Conflict.
func (p *ProviderClaims) Begin(ctx context.Context, c *ProviderClaim) error {
	l, err := p.claimed(ctx, c)
	if err != nil {
		return err
	}
	c.At = clock(p.editing.Now)
	c.ID, c.State = directory.NewID(c.At), ClaimUnproven
	stated(c.Says, Claimable(l), c.At)
	c.Tie = TieOf(l, c.Address)
	c.Silent = c.Tie == Untied && slices.ContainsFunc(l.Channels, func(x directory.Channel) bool { return x.Medium == directory.Email })
	if !c.Silent {
		c.Mail = MailCode
	}
	if err := p.store.AddClaim(ctx, c, claimLimits(c.At)); err != nil {
		return err
	}
	p.wake()
	return nil
}

func claimLimits(now time.Time) ClaimLimits {
	day := now.Add(-24 * time.Hour)
	return ClaimLimits{day, claimsADay, CodesADay, []CodeLimit{{now.Add(-time.Hour), strangersAnHour}, {day, strangersADay}}}
}

// Check reports what Begin would refuse a claim for, without taking it in.
func (p *ProviderClaims) Check(ctx context.Context, c *ProviderClaim) error {
	_, err := p.claimed(ctx, c)
	return err
}

// claimed gives the listing of a claim that can be taken in.
func (p *ProviderClaims) claimed(ctx context.Context, c *ProviderClaim) (*directory.Listing, error) {
	l, err := p.editing.Directory.Listing(ctx, c.Listing)
	switch {
	case err != nil:
		return nil, err
	case l.Status != directory.Published, l.Demonstration:
		return nil, fault.New(fault.NotFound, "There is no such listing.")
	case l.Revision != c.Base:
		return nil, fault.New(fault.Conflict, "The listing was changed since you opened it. Look at it as it is now.")
	}
	return l, p.check(c, Claimable(l))
}

// check reports every fault of a claim.
func (p *ProviderClaims) check(c *ProviderClaim, shown *directory.Listing) error {
	var bad fault.Fields
	if !slices.Contains(Wishes(), c.Wish) {
		bad.Add("wish", "must be correct or remove")
	}
	if !mail.ValidAddress(c.Address) {
		bad.Add("email", "must be an address such as ana@example.org")
	}
	if strings.TrimSpace(c.Name) == "" {
		bad.Add("who", "say who you are")
	}
	plain(&bad, "who", c.Name, directory.MaxName)
	plain(&bad, "message", c.Message, MaxComment)
	if c.Wish == Correct && c.Message == "" && len(directory.Compare(shown, c.Says)) == 0 {
		bad.Add("message", "say what is wrong, or correct it above")
	}
	err := c.Says.ValidateSize()
	if err == nil {
		err = p.editing.keepable(c.Says, "")
	}
	bad.Merge("", err)
	return bad.Err("This can't be sent as it is.")
}

// provider is who states what a claim changes: a role, for nobody agreed to be named.
const provider = "provider"

// stated has every answer that differs from what was shown be the provider's, of that moment.
func stated(says, shown *directory.Listing, at time.Time) {
	for i := range says.Claims {
		c := &says.Claims[i]
		if shown.Claimed(c.Facet, c.Code) != c.Value {
			c.Source, c.By, c.At = provider, provider, at
		}
	}
	if a := &says.Accepting; *a != shown.Accepting {
		a.AsOf, a.Source = at, provider
	}
}

// Claim gives a claim.
func (p *ProviderClaims) Claim(ctx context.Context, id directory.ID) (*ProviderClaim, error) {
	return p.store.ProviderClaim(ctx, id)
}

// Prove takes a code that was mailed to the mailbox of a claim, which then waits for a curator. A wrong one is
// fault.Invalid, and so is a right one that is too old or was tried too often: nobody is told which.
func (p *ProviderClaims) Prove(ctx context.Context, id directory.ID, code string) error {
	c, err := p.store.ProviderClaim(ctx, id)
	if err != nil || c.State != ClaimUnproven { // the button was pressed twice
		return err
	}
	now := clock(p.editing.Now)
	good, err := p.store.TryCode(ctx, id, now)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(good, func(x MailedCode) bool {
		sum := codeDigest(x.Claim, code)
		return subtle.ConstantTimeCompare(sum[:], x.Digest) == 1
	}) {
		var bad fault.Fields
		bad.Add("code", "is not right, or not any more")
		return bad.Err("This code can't be used.")
	}
	e := Entry{
		Actor: Actor{ID: anybody}, Action: "claim.prove", Subject: "claim:" + id.String(),
		Detail: map[string]string{"listing": c.Listing.String(), "tie": string(c.Tie)},
	}
	return acted(ctx, p.editing.Audit, e, func(ctx context.Context) error { return p.store.ProveClaim(ctx, id, now) })
}

// anybody is what the audit log calls who isn't signed in.
const anybody = "anybody"

// Again has another code mailed for a claim, where one can be: nobody is told whether. It is fault.TooMany where Begin
// would be for how many codes go to strangers.
func (p *ProviderClaims) Again(ctx context.Context, id directory.ID) error {
	if _, err := p.store.ProviderClaim(ctx, id); err != nil {
		return err
	}
	now := clock(p.editing.Now)
	if err := p.store.CodeAgain(ctx, id, now, claimLimits(now)); err != nil {
		return err
	}
	p.wake()
	return nil
}

// newCode makes a code of letters and digits that are not taken for each other.
func newCode() string { return rand.Text()[:codeLetters] }

// misread are digits that no code has, and the letters they were read from.
var misread = strings.NewReplacer("0", "O", "1", "I", "8", "B")

// codeDigest is all that is kept of a code. It is long enough that nobody finds it from that while it lasts.
func codeDigest(id directory.ID, code string) [sha256.Size]byte {
	letters := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToUpper(code))
	return sha256.Sum256(append(id[:], misread.Replace(letters)...))
}

// Looked is a claim as a curator sees it: beside the listing as it is now.
type Looked struct {
	Claim *ProviderClaim
	Now   *directory.Listing
	Says  *directory.Listing // Now as they would have it
	Clash []directory.Conflict
}

// Look gives a claim that was proven. Of others nobody hears: fault.NotFound. While it is open its tie is to the listing
// as it is now too: an address that was taken out of it speaks for nobody, nor does one that was put in since.
func (p *ProviderClaims) Look(ctx context.Context, id directory.ID) (*Looked, error) {
	c, err := p.store.ProviderClaim(ctx, id)
	if err == nil && c.State == ClaimUnproven {
		err = fault.New(fault.NotFound, "There is no such claim.")
	}
	if err != nil {
		return nil, err
	}
	now, err := p.editing.Directory.Listing(ctx, c.Listing)
	if err != nil {
		return nil, err
	}
	base, err := p.editing.Directory.Revision(ctx, c.Listing, c.Base)
	if err != nil {
		return nil, err
	}
	if c.State == ClaimOpen {
		c.Tie = weaker(c.Tie, TieOf(now, c.Address))
	}
	l := &Looked{Claim: c, Now: now}
	l.Says, l.Clash = directory.Merge(Claimable(base.Listing), c.Says, now, nil)
	return l, nil
}

// Accepted is how a claim is accepted.
type Accepted struct {
	Seen   directory.RevisionNo // of the listing, that was decided on
	Status directory.Status     // of a removal: archived or draft
	Reason string               // of a removal to archived, for people
	Note   string               // for the history
}

// Accept makes a proposal of an open claim and gives its ID; of one that was accepted before, the same. The hand in it is
// the provider's, so that the curator may approve it; but where its address doesn't stand in the listing it is the
// curator's, and somebody else has to: many may have one of the website's domain.
func (p *ProviderClaims) Accept(ctx context.Context, a Actor, id directory.ID, how Accepted) (proposal directory.ID, err error) {
	x, err := p.Look(ctx, id)
	switch {
	case err != nil:
		return directory.ID{}, err
	case x.Claim.State == ClaimAccepted:
		return x.Claim.Became, nil
	case x.Now.Revision != how.Seen:
		return directory.ID{}, moved()
	}
	l := x.Says
	if x.Claim.Wish == Remove {
		if l, err = removed(x.Now, how); err != nil {
			return directory.ID{}, err
		}
	}
	c, at := x.Claim, clock(p.editing.Now)
	hand := Actor{Name: provider}
	if c.Tie != TiedAddress {
		hand = a
	}
	d := &Proposal{
		ID: directory.NewID(at), State: InReview, Base: x.Now.Revision, Listing: l, Note: how.Note, By: hand, Editors: []Actor{hand}, CreatedAt: at, UpdatedAt: at,
	}
	if err := p.editing.Faults(ctx, d); fault.Is(err, fault.Invalid) {
		d.State = Drafted // for somebody to complete
	} else if err != nil {
		return directory.ID{}, err
	}
	c.State, c.AnsweredBy, c.Became = ClaimAccepted, a.Name, d.ID
	return d.ID, p.answer(ctx, a, "claim.accept", c, func(ctx context.Context) error {
		if err := p.editing.Proposals.AddProposal(ctx, d); err != nil {
			return err
		}
		return p.editing.record(ctx, a, "proposal.begin", d)
	})
}

// removed gives a listing that is no more shown.
func removed(now *directory.Listing, how Accepted) (*directory.Listing, error) {
	var bad fault.Fields
	if how.Status != directory.Archived && how.Status != directory.Draft {
		bad.Add("status", "must be archived or draft")
	}
	if how.Status == directory.Archived && strings.TrimSpace(how.Reason) == "" {
		bad.Add("reason", "say what people who saved the link are to read")
	}
	plain(&bad, "reason", how.Reason, directory.MaxText)
	l := now.Clone()
	if l.Status = how.Status; l.Status == directory.Archived {
		l.ArchivedReason = strings.TrimSpace(how.Reason)
	}
	return l, bad.Err("This can't be removed as it is.")
}

// Decline answers an open claim with a reason, which its maker is mailed.
func (p *ProviderClaims) Decline(ctx context.Context, a Actor, id directory.ID, reason string) error {
	if err := said("reason", reason); err != nil {
		return err
	}
	x, err := p.Look(ctx, id)
	if err != nil {
		return err
	}
	c := x.Claim
	c.State, c.AnsweredBy, c.AnsweredAt = ClaimDeclined, a.Name, clock(p.editing.Now)
	c.Reason, c.Mail = strings.TrimSpace(reason), MailAnswer
	if err := p.answer(ctx, a, "claim.decline", c, nil); err != nil {
		return err
	}
	p.wake()
	return nil
}

func (p *ProviderClaims) answer(ctx context.Context, a Actor, action string, c *ProviderClaim, first func(ctx context.Context) error) error {
	e := Entry{Actor: a, Action: action, Subject: "claim:" + c.ID.String(), Detail: map[string]string{"listing": c.Listing.String()}}
	if !c.Became.IsZero() {
		e.Detail["became"] = c.Became.String()
	}
	return acted(ctx, p.editing.Audit, e, func(ctx context.Context) error {
		if err := p.store.AnswerClaim(ctx, c); err != nil {
			return err
		}
		if first == nil {
			return nil
		}
		return first(ctx)
	})
}
