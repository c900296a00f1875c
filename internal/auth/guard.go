package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"golang.org/x/text/unicode/norm"

	"carefinder/internal/fault"
)

// Config is what a Guard is told beside its store. The zero Config is good.
type Config struct {
	Now    func() time.Time // nil is time.Now
	Cost   Cost             // zero is DefaultCost
	Idle   time.Duration    // after which an unused session ends; 0 is an hour
	Length time.Duration    // after which any session ends; 0 is twelve hours
	Issuer string           // what authenticator apps show codes under; "" is Carefinder
	Site   string           // what people know the site by, such as https://care.example.org, for passkeys; "" is none
}

// Guard decides who comes to the desk. It is safe for concurrent use, and many servers may have one over one store.
type Guard struct {
	store        Store
	now          func() time.Time
	hasher       *hasher
	idle, length time.Duration
	issuer       string
	party        *webauthn.WebAuthn // that passkeys are made for; nil is none

	refusals refusals

	mu   sync.Mutex
	salt []byte
}

// seenEvery is how closely it is noted when a session or a key was last used: asking must not mean writing.
const seenEvery = time.Minute

// remembered is how long after its expiry it is known whose a session was: what its owner was typing is given back to
// nobody else.
const remembered = 24 * time.Hour

// New makes a guard over a store.
func New(s Store, c Config) *Guard {
	g := &Guard{store: s, now: c.Now, idle: c.Idle, length: c.Length, issuer: c.Issuer}
	if g.now == nil {
		g.now = time.Now
	}
	if g.idle == 0 {
		g.idle = time.Hour
	}
	if g.length == 0 {
		g.length = 12 * time.Hour
	}
	if g.issuer == "" {
		g.issuer = "Carefinder"
	}
	if c.Cost == (Cost{}) {
		c.Cost = DefaultCost
	}
	g.hasher = newHasher(c.Cost)
	g.party = partyAt(c.Site, g.issuer)
	return g
}

// Issuer is what authenticator apps show codes under.
func (g *Guard) Issuer() string { return g.issuer }

// stamp is the time of a change: whole microseconds, as the store keeps it.
func (g *Guard) stamp() time.Time { return g.now().UTC().Truncate(time.Microsecond) }

// Credentials are what a person shows to be let in, or to be let change what lets them in.
type Credentials struct {
	Login, Password string
	Code            string // one-time or recovery
	Address         net.IP // where they come from: to bound attempts, never kept

	inside bool // they have a session, and prove again whose
}

// SignIn begins a session and gives the secret its browser has to keep. old is the secret the browser came with, if
// any: it is good for nothing from then on, so that nobody can have set it there beforehand.
func (g *Guard) SignIn(ctx context.Context, c Credentials, agent, old string) (token string, who *Identity, err error) {
	b := beginning{agent: agent, old: old}
	err = g.prove(ctx, c, g.beginWith(&b), func(now *Account, kind string) (*Entry, error) {
		now.SignedInAt = g.stamp()
		return g.entry(now.actor(), "sign-in", now.subject(), "with", kind), nil
	})
	return b.token, b.who, err
}

// changer is Accounts.ChangeAccount, and what is done along with it.
type changer func(ctx context.Context, id ID, change func(a *Account, others Others) (*Entry, error)) error

// beginning is a session about to begin: the browser it is for, the secret that came with it, and what becomes of it.
type beginning struct {
	agent, old string
	token      string
	who        *Identity
}

// beginWith changes an account and begins b, the session it is changed for, in one transaction: a code is not used up,
// nor a link, for a session that never was.
func (g *Guard) beginWith(b *beginning) changer {
	return func(ctx context.Context, id ID, change func(*Account, Others) (*Entry, error)) error {
		before, err := g.sessionOf(ctx, b.old)
		if err != nil {
			return err
		}
		err = g.store.Together(ctx, func(ctx context.Context) error {
			var a Account
			err := g.store.ChangeAccount(ctx, id, func(now *Account, others Others) (*Entry, error) {
				e, err := change(now, others)
				a = *now
				return e, err
			})
			if err != nil {
				return err
			}
			if before != nil {
				if err := g.store.EndSession(ctx, before.Curator, before.ID, nil); err != nil {
					return err
				}
			}
			b.token, b.who, err = g.begin(ctx, &a, b.agent)
			return err
		})
		if err != nil {
			b.token, b.who = "", nil
		}
		return err
	}
}

// sessionOf gives the session of a secret; nil where there is none.
func (g *Guard) sessionOf(ctx context.Context, token string) (*Session, error) {
	if token == "" {
		return nil, nil
	}
	s, _, err := g.store.Session(ctx, DigestOf(token))
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return s, err
}

// begin makes a session of an account.
func (g *Guard) begin(ctx context.Context, a *Account, agent string) (token string, who *Identity, err error) {
	now := g.stamp()
	if err := g.store.ForgetSessions(ctx, now.Add(-remembered)); err != nil {
		return "", nil, err
	}
	s := &Session{ID: NewID(), Curator: a.ID, Epoch: a.Epoch, Agent: clip(agent, 200), CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(g.length)}
	token = rand.Text() + rand.Text()
	if err := g.store.AddSession(ctx, s, DigestOf(token)); err != nil {
		return "", nil, err
	}
	return token, &Identity{Curator: a.Curator, Session: s, keyEpoch: a.KeyEpoch}, nil
}

func clip(s string, most int) string { return strings.ToValidUTF8(s[:min(len(s), most)], "") }

// errRefused ends the change of an account whose owner proved nothing.
var errRefused = errors.New("auth: refused")

// prove checks credentials, and has then change the account they are of in the transaction that uses up the code, which
// is write's: with what kind of code is told. Whatever is wrong, the answer is the same, and the store is asked the same
// for it: of an account that isn't there, of another password and of another code, by whoever it is from wherever.
func (g *Guard) prove(ctx context.Context, c Credentials, write changer, then func(a *Account, kind string) (*Entry, error)) error {
	login := foldLogin(c.Login)
	a, err := g.store.AccountOf(ctx, login)
	if fault.Is(err, fault.NotFound) {
		a, err = &Account{}, nil
	}
	if err != nil {
		return err
	}
	salt, err := g.salted(ctx)
	if err != nil {
		return err
	}
	turns, known := turnsOf(salt, login, c.Address), keyed(salt, "known", string(a.ID), network(c.Address))
	if c.inside || a.ID != "" && slices.Contains(a.Networks, known) {
		turns[2].key = keyed(salt, "own", login, network(c.Address)) // guesses from elsewhere don't keep the owner out
	}
	if err := g.take(ctx, a, turns...); err != nil {
		return err
	}
	if len(c.Password) > MaxPassword {
		c.Password = "" // no password is, and a long one takes long
	}
	ok, stale, err := g.hasher.check(ctx, c.Password, a.Password)
	if err != nil {
		return err
	}
	codes := turn{keyed(salt, "code", login), atCode}
	if !ok { // nobody's, so that guesses at the password don't use up the turns of who has it
		codes = turn{keyed(salt, "guess", rand.Text()), limit{time.Microsecond, 1}}
	}
	if err := g.take(ctx, a, codes); err != nil {
		return err
	}
	kept := a.Password
	if ok && stale {
		if kept, err = g.hasher.hash(ctx, c.Password); err != nil {
			return err
		}
	}
	err = write(ctx, a.ID, func(now *Account, _ Others) (*Entry, error) {
		if !ok || now.Disabled || now.Password != a.Password {
			return nil, errRefused
		}
		kind := now.takeCode(c.Code, g.now())
		if kind == "" {
			return nil, errRefused
		}
		now.Password = kept
		others := slices.DeleteFunc(now.Networks, func(d Digest) bool { return d == known })
		now.Networks = append([]Digest{known}, others[:min(len(others), maxNetworks-1)]...)
		return then(now, kind)
	})
	if errors.Is(err, errRefused) || a.ID == "" && fault.Is(err, fault.NotFound) {
		return g.refuse(ctx, a, ok)
	}
	if err != nil {
		return err
	}
	// Others' attempts from that address are not given back.
	return g.store.GiveTurns(ctx, turns[0].key, keyed(salt, "account", login), codes.key)
}

// refuse notes an attempt that failed. What was typed as a login may be a password, so only accounts are named.
func (g *Guard) refuse(ctx context.Context, a *Account, rightPassword bool) error {
	var pairs []string
	if rightPassword {
		pairs = []string{"with", "right password"}
	}
	if err := g.noteRefusal(ctx, g.entry(Actor{ID: Anybody}, "sign-in.failed", a.subject(), pairs...)); err != nil {
		return err
	}
	return fault.New(fault.Unauthenticated, "The account, the password or the code is not right.")
}

// A limit is how often something may be tried: once each every, after a burst.
type limit struct {
	every time.Duration
	burst int
}

// Whoever guesses at one account from one address runs into the first limit, and takes nothing from others there; at
// many accounts, into the second. The third is for guesses from many addresses, and wide; networks the owner signed in
// from last are not held to it. The fourth is for whoever has the password, and guesses at codes. Each limit refills, so
// nobody is ever locked out for good.
var (
	atAccount    = limit{time.Minute, 5} // from one address
	fromAddress  = limit{6 * time.Second, 20}
	atAccountAll = limit{10 * time.Second, 60}
	atCode       = limit{10 * time.Minute, 10}
)

// maxNetworks is how many networks an account is known to sign in from.
const maxNetworks = 8

// turn is one attempt under a limit, counted for its key.
type turn struct {
	key Digest
	limit
}

// turnsOf are those an attempt takes, in the order of the limits.
func turnsOf(salt []byte, login string, address net.IP) []turn {
	at := network(address)
	return []turn{
		{keyed(salt, "pair", at, login), atAccount},
		{keyed(salt, "address", at), fromAddress},
		{keyed(salt, "account", login), atAccountAll},
	}
}

// take takes turns, as long as there are, for an attempt at an account; a zero one is none.
func (g *Guard) take(ctx context.Context, a *Account, turns ...turn) error {
	for _, t := range turns {
		wait, err := g.store.TakeTurn(ctx, t.key, t.every, t.burst, g.now())
		if err != nil {
			return err
		}
		if wait > 0 {
			if err := g.noteRefusal(ctx, g.entry(Actor{ID: Anybody}, "sign-in.limited", a.subject())); err != nil {
				return err
			}
			return fault.Wrap(fault.TooMany, "Too many attempts to sign in. Please wait, then try again.", Wait(wait))
		}
	}
	return nil
}

// Wait is the cause of a fault.TooMany: how long to wait.
type Wait time.Duration

func (w Wait) Error() string { return "wait " + time.Duration(w).String() }

// network is what an address is known by. Whoever has an IPv6 address has at least a /64 of them.
func network(ip net.IP) string {
	if v4 := ip.To4(); v4 != nil {
		return string(v4)
	}
	return string(ip[:min(8, len(ip))])
}

func (g *Guard) salted(ctx context.Context) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.salt == nil {
		var err error
		if g.salt, err = g.store.Salt(ctx); err != nil {
			return nil, err
		}
	}
	return g.salt, nil
}

// Identify tells whose session a browser's secret is. A session that has ended is fault.Unauthenticated.
func (g *Guard) Identify(ctx context.Context, token string) (*Identity, error) {
	s, a, err := g.store.Session(ctx, DigestOf(token))
	if fault.Is(err, fault.NotFound) {
		return nil, signedOut()
	}
	if err != nil {
		return nil, err
	}
	now := g.stamp()
	if a.Disabled || s.Epoch != a.Epoch || !now.Before(s.ExpiresAt) || now.Sub(s.SeenAt) >= g.idle {
		// Gone for good: a clock that is set back must not bring it back.
		if err := g.store.EndSession(ctx, a.ID, s.ID, nil); err != nil {
			return nil, err
		}
		return nil, signedOut()
	}
	if now.Sub(s.SeenAt) >= seenEvery {
		s.SeenAt = now
		if err := g.store.SessionSeen(ctx, s.ID, now); err != nil {
			return nil, err
		}
	}
	return &Identity{Curator: a.Curator, Session: s, keyEpoch: a.KeyEpoch}, nil
}

func signedOut() error {
	return fault.New(fault.Unauthenticated, "Please sign in. A session ends when it was not used for a while.")
}

// Owner tells whose session a browser's secret is or was, or gives fault.NotFound.
func (g *Guard) Owner(ctx context.Context, token string) (ID, error) {
	_, a, err := g.store.Session(ctx, DigestOf(token))
	if err != nil {
		return "", err
	}
	return a.ID, nil
}

// Seal gives a proof that these parts were sealed here, in this order: for what a browser keeps for us.
func (g *Guard) Seal(ctx context.Context, parts ...string) (Digest, error) {
	salt, err := g.salted(ctx)
	if err != nil {
		return Digest{}, err
	}
	return keyed(salt, append([]string{"seal"}, parts...)...), nil
}

// keyed hashes parts with a secret. Each has its length before it, so that no two lists come to the same.
func keyed(secret []byte, parts ...string) Digest {
	mac := hmac.New(sha256.New, secret)
	for _, p := range parts {
		fmt.Fprintf(mac, "%d %s ", len(p), p)
	}
	return Digest(mac.Sum(nil))
}

// SignOut ends the session of a request.
func (g *Guard) SignOut(ctx context.Context, who *Identity) error {
	if who.Session == nil {
		return nil
	}
	return g.store.EndSession(ctx, who.Curator.ID, who.Session.ID, g.entry(who.Actor(), "sign-out", subjectOf(who.Curator.ID)))
}

// Actor is who does something, as the audit log names them.
type Actor struct {
	ID   ID
	Name string
	Key  ID // by which a program acts for them; "" is they themselves
}

// Actor names who makes a request for the audit log.
func (i *Identity) Actor() Actor {
	by := Actor{ID: i.Curator.ID, Name: i.Curator.Name}
	if i.Key != nil {
		by.Key = i.Key.ID
	}
	return by
}

func (a *Account) actor() Actor { return Actor{ID: a.ID, Name: a.Name} }

func (a *Account) subject() string {
	if a.ID == "" {
		return ""
	}
	return subjectOf(a.ID)
}

func subjectOf(id ID) string { return "curator:" + string(id) }

// entry makes an entry of the audit log; pairs are the names and values of its detail.
func (g *Guard) entry(by Actor, action, subject string, pairs ...string) *Entry {
	e := &Entry{At: g.stamp(), Actor: by.ID, Name: by.Name, Action: action, Subject: subject}
	if by.Key != "" {
		pairs = append(pairs, "key", string(by.Key))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if e.Detail == nil {
			e.Detail = Detail{}
		}
		e.Detail[pairs[i]] = pairs[i+1]
	}
	return e
}

// Record writes to the audit log what somebody did at the desk, where nothing here did it for them: "listing.published"
// of "listing:" and its ID. pairs are names and values that say more.
func (g *Guard) Record(ctx context.Context, by Actor, action, subject string, pairs ...string) error {
	return g.store.Append(ctx, g.entry(by, action, subject, pairs...))
}

// Refused notes that a curator or their key was refused what takes p.
func (g *Guard) Refused(ctx context.Context, who *Identity, p Permission, route string) error {
	return g.noteRefusal(ctx, g.entry(who.Actor(), "refused", "", "permission", string(p), "route", route))
}

// RefusedSite notes that something was refused which another site had a browser send.
func (g *Guard) RefusedSite(ctx context.Context, route string) error {
	return g.noteRefusal(ctx, g.entry(Actor{ID: Anybody}, "refused", "", "route", route, "why", "another site"))
}

// Entries gives up to limit entries of the audit log that f wants, newest first.
func (g *Guard) Entries(ctx context.Context, f Filter, limit int) ([]Entry, error) {
	return g.store.Entries(ctx, f, limit)
}

// foldLogin gives a login its one form.
func foldLogin(login string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(login)))
}
