package desk_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
	"carefinder/internal/mail"
	"carefinder/internal/mail/mailtest"
	"carefinder/internal/store"
)

var (
	_ desk.ClaimStore = (*store.Store)(nil)
	_ desk.MailQueue  = (*store.Store)(nil)
)

// counter is an office where providers are heard.
type counter struct {
	*office
	claims *desk.ProviderClaims
	post   *desk.Postman
	server *mailtest.Server
	said   bytes.Buffer // the log
}

func atCounter(t *testing.T, fn func(c *counter)) {
	each(t, func(t *testing.T, o *office) {
		c := &counter{office: o, server: mailtest.Serve(t, mailtest.Faults{})}
		c.openCounter()
		fn(c)
	})
}

func (c *counter) openCounter() {
	c.claims = desk.NewProviderClaims(c.store, c.editing, func() {})
	mailer, err := mail.NewSMTP(mail.Config{Addr: c.server.Addr, Security: mail.StartTLS, From: "care@example.org", TLS: c.server.Trust})
	if err != nil {
		c.Fatal(err)
	}
	c.post = desk.NewPostman(c.store, mailer, bare{}, c.editing.Directory, func() time.Time { return c.now }, slog.New(slog.NewTextHandler(&c.said, nil)))
}

// bare are the words of mail without any around them.
type bare struct{}

func (bare) ClaimMail(c *desk.ProviderClaim, now *directory.Listing, code string) mail.Message {
	return mail.Message{Subject: string(c.Mail) + " " + string(c.State), Body: now.Name + "\n" + code + "\n" + c.Reason, Language: c.Language}
}

// asks makes a claim on a listing as it is now.
func (c *counter) asks(id directory.ID, address string, change func(l *directory.Listing)) *desk.ProviderClaim {
	c.Helper()
	x := c.draft(id, address, change)
	if err := c.claims.Begin(c.Context(), x); err != nil {
		c.Fatal(err)
	}
	return x
}

func (c *counter) draft(id directory.ID, address string, change func(l *directory.Listing)) *desk.ProviderClaim {
	l := c.listing(id)
	x := &desk.ProviderClaim{
		Listing: id, Base: l.Revision, Wish: desk.Correct, Says: desk.Claimable(l), Name: "Office manager", Address: address, Language: "en", Message: "as it is",
	}
	if change != nil {
		change(x.Says)
	}
	return x
}

// delivers does one round of the postman, and gives what arrived by it.
func (c *counter) delivers() []mailtest.Mail {
	c.Helper()
	before := len(c.server.Got())
	if err := c.post.Round(c.Context()); err != nil {
		c.Fatal(err)
	}
	return c.server.Got()[before:]
}

var inMail = regexp.MustCompile(`[A-Z2-7]{10}`)

// proves enters the code of the only mail that comes.
func (c *counter) proves(x *desk.ProviderClaim) {
	c.Helper()
	got := c.delivers()
	if len(got) != 1 || got[0].To != x.Address {
		c.Fatalf("mail %+v", got)
	}
	code := inMail.FindString(got[0].Body)
	if err := c.claims.Prove(c.Context(), x.ID, " "+strings.ToLower(code[:5])+"-"+code[5:]+"\n"); err != nil {
		c.Fatal(err)
	}
}

func (c *counter) queue() []desk.Task {
	return must(desk.NewQueues(c.store, c.log, func() time.Time { return c.now }).Page(c.Context(), desk.TaskQuery{Queue: desk.QueueClaims, Limit: 10}))(c.office)
}

func (c *counter) state(x *desk.ProviderClaim) *desk.ProviderClaim {
	return must(c.claims.Claim(c.Context(), x.ID))(c.office)
}

func onFile(l *directory.Listing) {
	l.Channels = append(l.Channels, directory.Channel{Medium: directory.Email, Address: "Office@Clinic.example"})
}

func (c *counter) with(n int, change func(l *directory.Listing)) *directory.Listing {
	c.Helper()
	l := directorytest.Sample(n)
	change(l)
	if err := c.store.Save(c.Context(), l, 0, directory.Editor{Name: "seed"}); err != nil {
		c.Fatal(err)
	}
	return l
}

func TestTies(t *testing.T) {
	l := func(channels ...directory.Channel) *directory.Listing { return &directory.Listing{Channels: channels} }
	mailTo := func(a string) directory.Channel { return directory.Channel{Medium: directory.Email, Address: a} }
	web := func(a string) directory.Channel { return directory.Channel{Medium: directory.Web, Address: a} }
	for _, c := range []struct {
		l       *directory.Listing
		address string
		want    desk.Tie
	}{
		{l(), "a@clinic.example", desk.Untied},
		{l(mailTo("a@clinic.example")), "A@Clinic.Example", desk.TiedAddress},
		{l(mailTo("a@clinic.example")), "a+x@clinic.example", desk.TiedAddress},
		{l(mailTo("a@clinic.example")), "b@clinic.example", desk.Untied},
		{l(mailTo("a@gmail.com")), "b@gmail.com", desk.Untied},
		{l(web("https://www.clinic.example/tms?a=b")), "b@clinic.example", desk.TiedDomain},
		{l(web("https://clinic.example:8443")), "b@mail.clinic.example", desk.TiedDomain},
		{l(web("https://brain.clinic.co.uk/")), "b@clinic.co.uk", desk.TiedDomain},
		{l(web("https://clinic.co.uk/")), "b@other.co.uk", desk.Untied},
		{l(web("https://clinic.example/")), "b@clinic.example.evil.example", desk.Untied},
		{l(web("https://clinic.example/")), "b@evilclinic.example", desk.Untied},
		{l(web("https://clinic.example@evil.example/")), "b@clinic.example", desk.Untied},
		{l(web("https://jane.github.io/")), "b@github.io", desk.Untied},
		{l(web("https://jane.github.io/")), "b@joe.github.io", desk.Untied},
		{l(web("https://groups.yahoo.com/clinic")), "b@yahoo.com", desk.Untied},
		{l(web("https://sites.google.com/jane")), "b@google.com", desk.Untied},
		{l(web("https://192.0.2.1/")), "b@192.0.2.1", desk.Untied},
		{l(web("https://clinic.example/"), mailTo("a@clinic.example")), "a@clinic.example", desk.TiedAddress},
	} {
		if got := desk.TieOf(c.l, c.address); got != c.want {
			t.Errorf("%+v and %s: %s, want %s", c.l.Channels, c.address, got, c.want)
		}
	}
}

// TestAClaimBecomesWhatIsPublished goes the whole way: a code, a curator, a proposal, an answer.
func TestAClaimBecomesWhatIsPublished(t *testing.T) {
	atCounter(t, func(c *counter) {
		l := c.with(1, onFile)
		x := c.asks(l.ID, "office@clinic.example", func(l *directory.Listing) {
			l.Channels[0].Number = "+16175550199"
			l.Claims[0].Value = directory.No
			l.Accepting.Status = directory.AcceptingNo
		})
		if len(c.queue()) != 0 {
			t.Fatal("an unproven claim waits for a curator")
		}
		if _, err := c.claims.Look(t.Context(), x.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a curator sees an unproven claim: %v", err)
		}
		c.proves(x)
		if err := c.claims.Prove(t.Context(), x.ID, "pressed twice"); err != nil {
			t.Error(err)
		}
		tasks := c.queue()
		if len(tasks) != 1 || tasks[0].Why != "correct tie-address" || tasks[0].Rank != 0 || tasks[0].Listing != l.ID || tasks[0].Kind != l.Kind {
			t.Fatalf("the queue holds %+v", tasks)
		}
		look := must(c.claims.Look(t.Context(), x.ID))(c.office)
		var paths []string
		for _, d := range directory.Compare(look.Now, look.Says) {
			paths = append(paths, d.Path)
		}
		if want := []string{"accepting.status", "accepting.as_of", "accepting.source", "channels[0].number", "claims[0]"}; !slices.Equal(paths, want) {
			t.Errorf("the difference is at %q", paths)
		}
		how := desk.Accepted{Seen: look.Now.Revision, Note: "the provider asked"}
		p := must(c.claims.Accept(t.Context(), ada, x.ID, how))(c.office)
		if again := must(c.claims.Accept(t.Context(), ada, x.ID, how))(c.office); again != p {
			t.Error("accepted twice it became two proposals")
		}
		if len(c.queue()) != 0 || len(c.delivers()) != 0 {
			t.Error("it waits, or was answered, before anything was published")
		}
		draft := must(c.editing.Proposal(t.Context(), p))(c.office)
		if draft.State != desk.InReview || draft.By.Name != "provider" || draft.Listing.Claims[0].Source != "provider" {
			t.Fatalf("the proposal: %+v", draft)
		}
		must(c.editing.Approve(t.Context(), ada, p, draft.Version, l.Revision))(c.office)
		if now := c.listing(l.ID); now.Channels[0].Number != "+16175550199" || now.Accepting.Status != directory.AcceptingNo || now.Revision != 2 {
			t.Errorf("published is %+v", now)
		}
		got := c.delivers()
		if len(got) != 1 || got[0].Subject != "answer published" || got[0].To != "office@clinic.example" || c.state(x).Mail != "" || c.state(x).AnsweredAt.IsZero() {
			t.Errorf("the answer: %+v", got)
		}
		if want := []string{" claim.prove", "Ada claim.accept", "Ada proposal.begin", "Ada proposal.approve"}; !slices.Equal(sortedLast(c.log.actions(), len(want)), sortedLast(want, len(want))) {
			t.Errorf("the log has %q", c.log.actions())
		}
		for _, e := range c.log.entries {
			for _, v := range e.Detail {
				if strings.Contains(v, "@") || strings.Contains(v, "manager") {
					t.Errorf("the audit log knows who asked: %+v", e)
				}
			}
		}
	})
}

func sortedLast(all []string, n int) []string {
	all = slices.Clone(all[max(0, len(all)-n):])
	slices.Sort(all)
	return all
}

// TestCodes tries codes that are wrong, too old, from before, of another claim, and too many.
func TestCodes(t *testing.T) {
	atCounter(t, func(c *counter) {
		l, ctx := c.published(1), t.Context()
		x, other := c.asks(l.ID, "a@b.example", nil), c.asks(l.ID, "c@d.example", nil)
		wrong := func(x *desk.ProviderClaim, code string) {
			t.Helper()
			err := c.claims.Prove(ctx, x.ID, code)
			c.wantFields(err, "code")
			if c.state(x).State != desk.ClaimUnproven {
				t.Fatalf("%q proves", code)
			}
		}
		wrong(x, "") // none was mailed yet
		codes := map[string]string{}
		for _, m := range c.delivers() {
			codes[m.To] = inMail.FindString(m.Body)
		}
		first, others := codes["a@b.example"], codes["c@d.example"]
		if len(first) != 10 || first == others {
			t.Fatalf("codes %q", codes)
		}
		wrong(x, others)
		wrong(x, "")
		wrong(x, first[:9])
		c.now = c.now.Add(desk.CodeHours * time.Hour)
		wrong(x, first)

		if err := c.claims.Again(ctx, x.ID); err != nil {
			t.Fatal(err)
		}
		got := c.delivers()
		if len(got) != 1 {
			t.Fatalf("another code: %+v", got)
		}
		second := inMail.FindString(got[0].Body)
		wrong(x, first)
		for range desk.CodeTries - 1 {
			wrong(x, "AAAAAAAAAA")
		}
		wrong(x, second) // right, and too late
		if err := c.claims.Again(ctx, x.ID); err != nil || len(c.delivers()) != 0 {
			t.Errorf("a third code: %v", err)
		}
		c.want(fault.NotFound, c.claims.Prove(ctx, directory.NewID(c.now), second))
		c.want(fault.NotFound, c.claims.Again(ctx, directory.NewID(c.now)))
		if len(c.queue()) != 0 {
			t.Error("something waits")
		}
		_ = other
	})
}

// TestCodesAtOnce guesses from many places at the same time: no more are tried than one after the other.
func TestCodesAtOnce(t *testing.T) {
	atCounter(t, func(c *counter) {
		x := c.asks(c.published(1).ID, "a@b.example", nil)
		code := inMail.FindString(c.delivers()[0].Body)
		var all sync.WaitGroup
		tried, refused := 0, 0
		var mu sync.Mutex
		for range 4 * desk.CodeTries {
			all.Go(func() {
				good, err := c.store.TryCode(context.WithoutCancel(t.Context()), x.ID, c.now)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					t.Error(err)
				case good == nil:
					refused++
				default:
					tried++
				}
			})
		}
		all.Wait()
		if tried != desk.CodeTries || refused != 3*desk.CodeTries {
			t.Errorf("%d were tried, %d not", tried, refused)
		}
		c.wantFields(c.claims.Prove(t.Context(), x.ID, code), "code")
	})
}

// TestWhoIsMailed: where a listing has addresses, no other one hears from us, and nobody is told the difference.
func TestWhoIsMailed(t *testing.T) {
	atCounter(t, func(c *counter) {
		known, unknown := c.with(1, onFile), c.with(2, func(l *directory.Listing) {})
		stranger := c.asks(known.ID, "stranger@gmail.com", nil)
		if got := c.delivers(); len(got) != 0 {
			t.Errorf("a stranger was written to: %+v", got)
		}
		c.wantFields(c.claims.Prove(t.Context(), stranger.ID, ""), "code")
		c.wantFields(c.claims.Prove(t.Context(), stranger.ID, "AAAAAAAAAA"), "code")
		if err := c.claims.Again(t.Context(), stranger.ID); err != nil || len(c.delivers()) != 0 {
			t.Errorf("again: %v", err)
		}
		x := c.asks(known.ID, "ana@example.org", nil) // of the domain of its website
		c.proves(x)
		y := c.asks(unknown.ID, "ana@gmail.com", nil)
		c.proves(y)
		var why []string
		for _, task := range c.queue() {
			why = append(why, task.Why)
		}
		if want := []string{"correct tie-domain", "correct tie-untied"}; !slices.Equal(why, want) {
			t.Errorf("the queue says %q", why)
		}
	})
}

// TestNothingTypedByAStrangerIsMailed: else anybody could have us write anything to anyone.
func TestNothingTypedByAStrangerIsMailed(t *testing.T) {
	atCounter(t, func(c *counter) {
		l := c.published(1)
		x := c.draft(l.ID, "victim@gmail.com", func(l *directory.Listing) { l.Name = "Buy pills" })
		x.Message, x.Name = "Buy pills", "Buy pills"
		if err := c.claims.Begin(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		got := c.delivers()
		if len(got) != 1 || strings.Contains(got[0].Body+got[0].Subject, "pills") || !strings.Contains(got[0].Body, l.Name) {
			t.Errorf("mailed: %+v", got)
		}
	})
}

// TestClaimsAreLimited counts them by listing, over a day.
func TestClaimsAreLimited(t *testing.T) {
	atCounter(t, func(c *counter) {
		a, b := c.published(1), c.published(2)
		for _, address := range []string{"a@b.example", "A+1@B.example", "a+2@b.example"} {
			c.asks(a.ID, address, nil)
		}
		for n := range 7 {
			c.asks(a.ID, string(rune('b'+n))+"@b.example", nil)
		}
		c.want(fault.TooMany, c.claims.Begin(t.Context(), c.draft(a.ID, "z@b.example", nil)))
		c.asks(b.ID, "z@b.example", nil)
		c.now = c.now.Add(25 * time.Hour)
		c.asks(a.ID, "a@b.example", nil)
	})
}

// TestStrangersDoNotShutAProviderOut: what they send, mailed or not, uses up nothing of what the listing's own address has.
func TestStrangersDoNotShutAProviderOut(t *testing.T) {
	atCounter(t, func(c *counter) {
		l := c.with(1, onFile)
		for n := range 10 {
			c.asks(l.ID, string(rune('a'+n))+"@b.example", nil)
			c.asks(l.ID, string(rune('a'+n))+"@example.org", nil)
		}
		c.want(fault.TooMany, c.claims.Begin(t.Context(), c.draft(l.ID, "z@b.example", nil)))
		c.want(fault.TooMany, c.claims.Begin(t.Context(), c.draft(l.ID, "z@example.org", nil)))
		c.asks(l.ID, "office@clinic.example", nil)
	})
}

// TestStrangersAreNotFlooded bounds the codes for addresses of no known tie, over all listings; the others are mailed, and
// first.
func TestStrangersAreNotFlooded(t *testing.T) {
	atCounter(t, func(c *counter) {
		begin := func(n int) error {
			return c.claims.Begin(t.Context(), c.draft(c.published(n).ID, fmt.Sprintf("a%d@b.example", n), nil))
		}
		for hour := range 5 {
			for n := range 20 {
				if err := begin(100*hour + n); err != nil {
					t.Fatal(err)
				}
			}
			if hour == 0 {
				l := c.with(50, onFile)
				c.asks(l.ID, "office@clinic.example", nil)
				c.asks(l.ID, "silent@b.example", nil)
				if got := c.delivers(); len(got) != 21 || got[0].To != "office@clinic.example" {
					t.Errorf("%d mails, the first %+v", len(got), got[0])
				}
			}
			c.want(fault.TooMany, begin(100*hour+90))
			c.now = c.now.Add(time.Hour + time.Minute)
		}
		c.want(fault.TooMany, begin(1000)) // of the day
		c.now = c.now.Add(20 * time.Hour)
		if err := begin(1001); err != nil {
			t.Error(err)
		}
	})
}

// TestAnotherCodeIsLimitedToo: what strangers may be sent is bounded however it is asked for, and whenever.
func TestAnotherCodeIsLimitedToo(t *testing.T) {
	atCounter(t, func(c *counter) {
		var asked []*desk.ProviderClaim
		for n := range 11 {
			asked = append(asked, c.asks(c.published(n).ID, fmt.Sprintf("a%d@b.example", n), nil))
		}
		c.delivers()
		c.now = c.now.Add(59 * time.Minute)
		for _, x := range asked[:9] {
			if err := c.claims.Again(t.Context(), x.ID); err != nil {
				t.Fatal(err)
			}
		}
		c.want(fault.TooMany, c.claims.Again(t.Context(), asked[9].ID))
		c.want(fault.TooMany, c.claims.Begin(t.Context(), c.draft(asked[9].Listing, "z@b.example", nil)))
		if got := c.delivers(); len(got) != 9 {
			t.Errorf("%d more codes were mailed", len(got))
		}
		known := c.asks(c.with(50, onFile).ID, "office@clinic.example", nil)
		c.delivers()
		if err := c.claims.Again(t.Context(), known.ID); err != nil || len(c.delivers()) != 1 {
			t.Errorf("a known address: %v", err)
		}
		c.now = c.now.Add(2 * time.Minute) // the first codes are an hour old, the second are not
		if err := c.claims.Again(t.Context(), asked[9].ID); err != nil || len(c.delivers()) != 1 {
			t.Errorf("later: %v", err)
		}
		c.now = c.now.Add(time.Hour)
		if err := c.claims.Again(t.Context(), asked[10].ID); err != nil || len(c.delivers()) != 1 {
			t.Errorf("an hour later: %v", err)
		}
	})
}

// TestAStrangerLocksNobodyOut: whoever names an address that isn't theirs has a few codes mailed to it, however they ask,
// and the newest for each request proves what its owner asks.
func TestAStrangerLocksNobodyOut(t *testing.T) {
	atCounter(t, func(c *counter) {
		const office = "office@clinic.example"
		l, other := c.with(1, onFile), c.published(2)
		var codes []string
		arrive := func() {
			for _, m := range c.delivers() {
				if code := inMail.FindString(m.Body); code != "" {
					codes = append(codes, code)
				}
			}
		}
		for n := range 20 {
			x := c.asks([]*directory.Listing{other, l, l}[n%3].ID, fmt.Sprintf("office+%d@clinic.example", n), nil)
			arrive()
			if err := c.claims.Again(t.Context(), x.ID); err != nil {
				t.Fatal(err)
			}
			arrive()
		}
		if len(codes) != desk.CodesADay {
			t.Fatalf("%d codes were mailed", len(codes))
		}
		c.now = c.now.Add(23 * time.Hour)
		stale := c.asks(other.ID, "stranger@b.example", nil)
		for n, code := range codes[1:] { // the first was followed by a second for the same claim
			x := c.asks(l.ID, office, named(fmt.Sprint("Name ", n)))
			arrive()
			c.wantFields(c.claims.Prove(t.Context(), stale.ID, code), "code")
			c.wantFields(c.claims.Prove(t.Context(), x.ID, codes[0]), "code")
			if err := c.claims.Prove(t.Context(), x.ID, code); err != nil || c.state(x).State != desk.ClaimOpen {
				t.Errorf("a code of the day: %v", err)
			}
		}
		if len(c.queue()) != 2 {
			t.Errorf("%d claims wait", len(c.queue()))
		}
		c.now = c.now.Add(2 * time.Hour)
		x := c.asks(l.ID, office, nil)
		c.wantFields(c.claims.Prove(t.Context(), x.ID, codes[2]), "code")
		arrive()
		if err := c.claims.Prove(t.Context(), x.ID, codes[len(codes)-1]); err != nil || len(codes) != desk.CodesADay+2 { // and the stranger's
			t.Errorf("%d codes; on the next day: %v", len(codes), err)
		}
	})
}

// TestASilentClaimIsProvenByNoCode: not even by one that came to its mailbox about another listing.
func TestASilentClaimIsProvenByNoCode(t *testing.T) {
	atCounter(t, func(c *counter) {
		c.asks(c.published(2).ID, "a@b.example", nil)
		code := inMail.FindString(c.delivers()[0].Body)
		silent := c.asks(c.with(1, onFile).ID, "a@b.example", nil)
		c.wantFields(c.claims.Prove(t.Context(), silent.ID, code), "code")
	})
}

// TestMailboxes has what leads to one person count as one.
func TestMailboxes(t *testing.T) {
	for address, want := range map[string]string{
		"A.na+x@Googlemail.com": "ana@gmail.com", "an.a@gmail.com": "ana@gmail.com", "An.a+x@clinic.example": "an.a@clinic.example",
	} {
		if got := (&desk.ProviderClaim{Address: address}).Mailbox(); got != want {
			t.Errorf("%s counts as %s, want %s", address, got, want)
		}
	}
}

// TestATieGoesStale: what speaks for a listing is decided by the listing then and now, the weaker of both.
func TestATieGoesStale(t *testing.T) {
	atCounter(t, func(c *counter) {
		out, in := c.with(1, onFile), c.published(2)
		left, came := c.asks(out.ID, "office@clinic.example", named("New name")), c.asks(in.ID, "office@clinic.example", named("New name"))
		for _, m := range c.delivers() {
			code := inMail.FindString(m.Body)
			_, _ = c.claims.Prove(t.Context(), left.ID, code), c.claims.Prove(t.Context(), came.ID, code)
		}
		for _, x := range []*desk.ProviderClaim{left, came} {
			now := c.listing(x.Listing).Clone()
			if x == came {
				onFile(now)
			} else {
				now.Channels = now.Channels[:len(now.Channels)-1]
			}
			if err := c.store.Save(t.Context(), now, 1, directory.Editor{Name: "x"}); err != nil {
				t.Fatal(err)
			}
			if look := must(c.claims.Look(t.Context(), x.ID))(c.office); look.Claim.Tie != desk.Untied {
				t.Errorf("the tie is %s", look.Claim.Tie)
			}
			p := must(c.claims.Accept(t.Context(), ada, x.ID, desk.Accepted{Seen: 2, Note: "x"}))(c.office)
			_, err := c.editing.Approve(t.Context(), ada, p, 1, 2)
			c.want(fault.Forbidden, err)
		}
	})
}

// TestClaimsThatCannotBe are refused with the name of what is wrong.
func TestClaimsThatCannotBe(t *testing.T) {
	atCounter(t, func(c *counter) {
		l := c.published(1)
		draft := c.with(2, func(l *directory.Listing) { l.Status = directory.Draft })
		made := c.with(3, func(l *directory.Listing) { l.Demonstration = true })
		gone := c.with(4, func(l *directory.Listing) { l.Status, l.ArchivedReason = directory.Archived, "closed" })
		for _, x := range []*directory.Listing{draft, made, gone} {
			c.want(fault.NotFound, c.claims.Begin(t.Context(), c.draft(x.ID, "a@b.example", nil)))
		}
		nobody := c.draft(l.ID, "a@b.example", nil)
		nobody.Listing = directory.NewID(c.now)
		c.want(fault.NotFound, c.claims.Begin(t.Context(), nobody))
		old := c.draft(l.ID, "a@b.example", nil)
		old.Base = 7
		c.want(fault.Conflict, c.claims.Begin(t.Context(), old))
		empty := c.draft(l.ID, "a@b.example\r\nBcc: c@d.example", nil)
		empty.Wish, empty.Name = "marry", " "
		c.wantFields(c.claims.Begin(t.Context(), empty), "wish", "email", "who")
		idle := c.draft(l.ID, "a@b.example", nil)
		idle.Message = ""
		c.wantFields(c.claims.Begin(t.Context(), idle), "message")
		long := c.draft(l.ID, "a@b.example", func(l *directory.Listing) { l.Description = strings.Repeat("x", 600<<10) })
		long.Message, long.Name = strings.Repeat("x", desk.MaxComment+1), "a\x00b"
		c.wantFields(c.claims.Begin(t.Context(), long), "message", "who", "description")
		heavy := c.draft(l.ID, "a@b.example", func(l *directory.Listing) { l.Organization = strings.Repeat("x", directory.MaxName+1) })
		c.wantFields(c.claims.Begin(t.Context(), heavy), "organization")
		if len(c.delivers()) != 0 {
			t.Error("somebody was written to")
		}
	})
}

// TestMailFails keeps a claim through every failure, tries again, and gives up where that is of no use.
func TestMailFails(t *testing.T) {
	atCounter(t, func(c *counter) {
		x := c.asks(c.published(1).ID, "ana@nobody.example", nil)
		c.server.Change(mailtest.Faults{CutAt: "."})
		if len(c.delivers()) != 0 || c.state(x).Trouble == "" || c.state(x).Mail != desk.MailCode {
			t.Fatalf("cut: %+v", c.state(x))
		}
		if len(c.delivers()) != 0 || c.state(x).Tries != 1 {
			t.Error("it was tried again at once")
		}
		c.now = c.now.Add(61 * time.Second)
		c.server.Change(mailtest.Faults{Answers: map[string]string{"RCPT": "451 ana@nobody.example: later"}})
		if len(c.delivers()) != 0 || c.state(x).Tries != 2 {
			t.Errorf("later: %+v", c.state(x))
		}
		if strings.Contains(c.said.String(), "ana@") || !strings.Contains(c.said.String(), "later") {
			t.Errorf("the log says %s", c.said.String())
		}
		c.now = c.now.Add(2*time.Minute + time.Second)
		c.server.Change(mailtest.Faults{})
		c.proves(x)
		if len(c.queue()) != 1 || c.state(x).Trouble != "" {
			t.Errorf("in the end: %+v", c.state(x))
		}

		// The answer is refused for good: the curator is told, and the provider finds it at their address of the claim.
		if err := c.claims.Decline(t.Context(), ada, x.ID, "it is right as it is"); err != nil {
			t.Fatal(err)
		}
		c.server.Change(mailtest.Faults{Answers: map[string]string{"RCPT": "550 no such user"}})
		if len(c.delivers()) != 0 || c.state(x).Mail != "" || !strings.Contains(c.state(x).Trouble, "no such user") || c.state(x).State != desk.ClaimDeclined {
			t.Errorf("refused: %+v", c.state(x))
		}
		c.server.Change(mailtest.Faults{})
		c.now = c.now.Add(24 * time.Hour)
		if len(c.delivers()) != 0 {
			t.Error("what was given up is sent")
		}
	})
}

// TestTwoPostmen send each mail once, and what one left lying the other takes.
func TestTwoPostmen(t *testing.T) {
	atCounter(t, func(c *counter) {
		const n = 12
		for i := range n {
			c.asks(c.published(i).ID, string(rune('a'+i))+"@b.example", nil)
		}
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				if err := c.post.Round(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		seen := map[string]int{}
		for _, m := range c.server.Got() {
			seen[m.To]++
		}
		if len(seen) != n || len(c.server.Got()) != n {
			t.Errorf("%d mails to %d", len(c.server.Got()), len(seen))
		}
		x := c.asks(c.published(n).ID, "z@b.example", nil)
		if y, err := c.store.NextMail(t.Context(), c.now, c.now.Add(2*time.Minute)); err != nil || y.ID != x.ID { // and then the power went
			t.Fatal(err)
		}
		if len(c.delivers()) != 0 {
			t.Error("two have it")
		}
		c.now = c.now.Add(2 * time.Minute)
		c.proves(x)
	})
}

// TestDeclinedAndDropped: a reason is mailed; a proposal that is dropped has the claim wait again.
func TestDeclinedAndDropped(t *testing.T) {
	atCounter(t, func(c *counter) {
		l, ctx := c.published(1), t.Context()
		x := c.asks(l.ID, "ana@example.org", named("New name"))
		c.proves(x)
		c.wantFields(c.claims.Decline(ctx, ada, x.ID, " "), "reason")
		_, err := c.claims.Accept(ctx, ada, x.ID, desk.Accepted{Seen: 9, Note: "x"})
		c.want(fault.Conflict, err)
		p := must(c.claims.Accept(ctx, ada, x.ID, desk.Accepted{Seen: 1, Note: "x"}))(c.office)
		c.want(fault.Conflict, c.claims.Decline(ctx, ben, x.ID, "no"))
		must(c.editing.Drop(ctx, ben, p, 1, "for us alone"))(c.office)
		if got := c.delivers(); len(got) != 0 || len(c.queue()) != 1 || c.state(x).State != desk.ClaimOpen {
			t.Fatalf("dropped: %+v, %+v", got, c.state(x))
		}
		if err := c.claims.Decline(ctx, ben, x.ID, " It is another clinic. "); err != nil {
			t.Fatal(err)
		}
		got := c.delivers()
		if len(got) != 1 || got[0].Subject != "answer declined" || !strings.Contains(got[0].Body, "It is another clinic.") || strings.Contains(got[0].Body, "for us alone") {
			t.Errorf("the answer: %+v", got)
		}
		c.want(fault.Conflict, c.claims.Decline(ctx, ben, x.ID, "twice"))
		if l := c.listing(l.ID); l.Revision != 1 {
			t.Errorf("the listing is at %d", l.Revision)
		}
	})
}

// TestRemoval withdraws a listing at its provider's wish, with a reason or without a trace.
func TestRemoval(t *testing.T) {
	atCounter(t, func(c *counter) {
		for n, how := range []desk.Accepted{{Status: directory.Archived, Reason: "Asked for by the provider."}, {Status: directory.Draft}} {
			l := c.published(n)
			x := c.draft(l.ID, "ana@example.org", nil)
			x.Wish, x.Message = desk.Remove, ""
			if err := c.claims.Begin(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			c.proves(x)
			_, err := c.claims.Accept(t.Context(), ada, x.ID, desk.Accepted{Seen: 1, Status: directory.Published})
			c.wantFields(err, "status")
			_, err = c.claims.Accept(t.Context(), ada, x.ID, desk.Accepted{Seen: 1, Status: directory.Archived})
			c.wantFields(err, "reason")
			how.Seen, how.Note = 1, "asked for"
			p := must(c.claims.Accept(t.Context(), ada, x.ID, how))(c.office)
			must(c.editing.Approve(t.Context(), ben, p, 1, 1))(c.office)
			if l := c.listing(l.ID); l.Status != how.Status || l.ArchivedReason != how.Reason {
				t.Errorf("%s, %q", l.Status, l.ArchivedReason)
			}
			if got := c.delivers(); len(got) != 1 {
				t.Errorf("answers %+v", got)
			}
		}
	})
}

// TestNobodyIsTheirOwnProvider: who decides about a claim that could be anybody's, their own too, doesn't publish it alone.
func TestNobodyIsTheirOwnProvider(t *testing.T) {
	atCounter(t, func(c *counter) {
		for n, address := range []string{"ada@gmail.com", "ada@example.org"} { // of no tie, and of its website's domain
			l := c.published(n)
			x := c.asks(l.ID, address, named("New name"))
			c.proves(x)
			p := must(c.claims.Accept(t.Context(), ada, x.ID, desk.Accepted{Seen: 1, Note: "x"}))(c.office)
			_, err := c.editing.Approve(t.Context(), ada, p, 1, 1)
			c.want(fault.Forbidden, err)
			must(c.editing.Approve(t.Context(), ben, p, 1, 1))(c.office)
			c.delivers() // the answer
		}
	})
}

// TestAClaimOnWhatMovedOn: what others saved since stays, and what both changed is shown.
func TestAClaimOnWhatMovedOn(t *testing.T) {
	atCounter(t, func(c *counter) {
		l := c.with(1, func(l *directory.Listing) {
			hidden := directorytest.Confidential(1)
			l.Sites = append(hidden.Sites, l.Sites...)
		})
		x := c.asks(l.ID, "ana@example.org", func(l *directory.Listing) {
			if len(l.Sites) != 1 || strings.Contains(l.Sites[0].Address.String(), directorytest.Secret) {
				t.Fatalf("a provider is shown %+v", l.Sites)
			}
			l.Name, l.Sites[0].Address.Street = "Theirs", "9 New Street"
		})
		c.proves(x)
		now := c.listing(l.ID).Clone()
		now.Name, now.Audience = "Ours", "everybody"
		if err := c.store.Save(t.Context(), now, 1, directory.Editor{Name: "x"}); err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, d := range must(c.claims.Changes(t.Context(), x))(c.office) {
			paths = append(paths, d.Path)
		}
		if want := []string{"name", "sites[0].street"}; !slices.Equal(paths, want) { // counted, and seen, as by the public
			t.Errorf("before it is proven it changes %q", paths)
		}
		look := must(c.claims.Look(t.Context(), x.ID))(c.office)
		s := look.Says
		if s.Name != "Theirs" || s.Audience != "everybody" || len(look.Clash) != 1 || look.Clash[0].Path != "name" {
			t.Errorf("%q, %q, %+v", s.Name, s.Audience, look.Clash)
		}
		if len(s.Sites) != 2 || !slices.ContainsFunc(s.Sites, func(x directory.Site) bool { return x.Confidential && x.Address.City == directorytest.Secret }) ||
			!slices.ContainsFunc(s.Sites, func(x directory.Site) bool { return x.Address.Street == "9 New Street" && !x.Confidential }) {
			t.Errorf("sites %+v", s.Sites)
		}
	})
}

// TestClaimsAreForgotten deletes what nobody proved, and what was answered long ago.
func TestClaimsAreForgotten(t *testing.T) {
	atCounter(t, func(c *counter) {
		l, ctx := c.published(1), t.Context()
		idle := c.asks(l.ID, "idle@b.example", nil)
		c.delivers()
		x := c.asks(l.ID, "ana@example.org", named("New name"))
		c.proves(x)
		late := c.asks(l.ID, "late@c.example", nil)
		c.delivers()
		c.now = c.now.AddDate(0, 0, desk.UnprovenDays).Add(-time.Hour)
		if err := c.claims.Again(ctx, late.ID); err != nil || len(c.delivers()) != 1 {
			t.Fatalf("another code: %v", err)
		}
		gone := func(x *desk.ProviderClaim) bool {
			c.delivers()
			_, err := c.claims.Claim(ctx, x.ID)
			return fault.Is(err, fault.NotFound)
		}
		c.now = c.now.Add(time.Hour + time.Second)
		if !gone(idle) {
			t.Error("an unproven claim is kept")
		}
		if gone(late) {
			t.Error("a claim is gone whose code is good")
		}
		if c.now = c.now.Add((desk.CodeHours - 1) * time.Hour); !gone(late) {
			t.Error("an unproven claim is kept whose code is good no more")
		}
		c.now = c.now.AddDate(1, 0, 0)
		c.delivers()
		if c.state(x).State != desk.ClaimOpen {
			t.Error("a claim that waits is gone")
		}
		if err := c.claims.Decline(ctx, ada, x.ID, "no"); err != nil {
			t.Fatal(err)
		}
		c.delivers()
		c.now = c.now.AddDate(0, 0, desk.AnsweredDays).Add(time.Second)
		c.delivers()
		if _, err := c.claims.Claim(ctx, x.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("an answered claim is kept: %v", err)
		}
	})
}

// TestOfACodeADigestIsKept and nothing more, nor does the log say it.
func TestOfACodeADigestIsKept(t *testing.T) {
	atCounter(t, func(c *counter) {
		x := c.asks(c.published(1).ID, "a@b.example", nil)
		code := inMail.FindString(c.delivers()[0].Body)
		good := must(c.store.TryCode(t.Context(), x.ID, c.now))(c.office)
		if len(good) != 1 || len(good[0].Digest) != 32 || strings.Contains(string(good[0].Digest), code) || strings.Contains(c.said.String(), code) {
			t.Errorf("kept are %x of %s; the log says %s", good, code, c.said.String())
		}
	})
}
