package desk

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/mail"
)

// MailQueue is the mail that claims still have to send. It holds no text: a code is made when it is sent, so that none
// lies anywhere before.
type MailQueue interface {
	// NextMail gives a claim whose mail is due, with its try counted, and keeps others from it until then; nil when none
	// is.
	NextMail(ctx context.Context, now, until time.Time) (*ProviderClaim, error)
	// SetCode has a claim be proven by a code until a time, and no more by one from before.
	SetCode(ctx context.Context, id directory.ID, digest [sha256.Size]byte, until time.Time) error
	// MailSent ends a mail.
	MailSent(ctx context.Context, id directory.ID, m ClaimMail) error
	// MailFailed keeps why a mail was not sent, and when to try again; at the zero time it is given up.
	MailFailed(ctx context.Context, id directory.ID, m ClaimMail, why string, again time.Time) error
	// TendClaims deletes claims that were made before unproven and never proven, once the code last asked for is good no
	// more, and those answered before answered; has those answered whose proposal was published, and opens anew those
	// whose proposal was dropped.
	TendClaims(ctx context.Context, now, unproven, answered time.Time) error
}

// Mailer sends messages. fault.Invalid says that another try is of no use.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// ClaimWords writes mails, in the language of who made the claim and about the listing as it is now. Nothing that a
// stranger typed may be in them: with a stranger's words we would write to anybody they choose.
type ClaimWords interface {
	ClaimMail(c *ProviderClaim, now *directory.Listing, code string) mail.Message
}

// Postman sends what claims have to send, as often as it takes.
type Postman struct {
	queue  MailQueue
	mailer Mailer
	words  ClaimWords
	desk   *directory.Desk
	log    *slog.Logger
	now    func() time.Time
	wake   chan struct{}
}

// NewPostman makes one. A nil now is the machine's clock.
func NewPostman(q MailQueue, m Mailer, w ClaimWords, d *directory.Desk, now func() time.Time, log *slog.Logger) *Postman {
	return &Postman{q, m, w, d, log, now, make(chan struct{}, 1)}
}

const (
	postRound  = 15 * time.Second // between two looks when nobody wakes the postman
	postLease  = 2 * time.Minute  // for one try, longer than a Mailer takes
	postPause  = time.Minute      // after the first failure; doubled after each further
	postAtMost = time.Hour        // between two tries
	postTries  = 24               // most of a day
	maxWhy     = 300              // bytes of what a server said
)

// Wake has the postman look now.
func (p *Postman) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends.
func (p *Postman) Run(ctx context.Context) {
	t := time.NewTicker(postRound)
	defer t.Stop()
	for {
		if err := p.Round(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("mail waits", "cause", fault.KindOf(err).String())
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-p.wake:
		}
	}
}

// Round tends the claims and sends all that is due.
func (p *Postman) Round(ctx context.Context) error {
	now := clock(p.now)
	if err := p.queue.TendClaims(ctx, now, now.AddDate(0, 0, -UnprovenDays), now.AddDate(0, 0, -AnsweredDays)); err != nil {
		return err
	}
	for ctx.Err() == nil {
		some, err := p.next(ctx)
		if err != nil || !some {
			return err
		}
	}
	return ctx.Err()
}

// next sends one mail; some is false when none is due.
func (p *Postman) next(ctx context.Context) (some bool, err error) {
	now := clock(p.now)
	c, err := p.queue.NextMail(ctx, now, now.Add(postLease))
	if err != nil || c == nil {
		return false, err
	}
	l, err := p.desk.Listing(ctx, c.Listing)
	if err != nil {
		return true, p.failed(ctx, c, err, now)
	}
	code := ""
	if c.Mail == MailCode {
		code = newCode()
		if err := p.queue.SetCode(ctx, c.ID, codeDigest(c.ID, code), now.Add(codeLife)); err != nil {
			return false, err
		}
	}
	m := p.words.ClaimMail(c, l, code)
	m.To = c.Address
	if err := p.mailer.Send(ctx, m); err != nil {
		return true, p.failed(ctx, c, err, now)
	}
	return true, p.queue.MailSent(ctx, c.ID, c.Mail)
}

// failed keeps what became of a try. The address stays out of the log: a server's answer may quote it.
func (p *Postman) failed(ctx context.Context, c *ProviderClaim, err error, now time.Time) error {
	if ctx.Err() != nil { // we are told to stop: the lease ends, and another tries
		return ctx.Err()
	}
	why := strings.ReplaceAll(err.Error(), c.Address, "…")
	why = strings.ToValidUTF8(why[:min(len(why), maxWhy)], "")
	again := now.Add(min(postPause<<min(c.Tries-1, 10), postAtMost))
	if fault.Is(err, fault.Invalid) || c.Tries >= postTries {
		again = time.Time{}
	}
	p.log.Warn("mail was not sent", "listing", c.Listing.String(), "mail", string(c.Mail), "try", c.Tries, "given_up", again.IsZero(), "why", why)
	return p.queue.MailFailed(ctx, c.ID, c.Mail, why, again)
}
