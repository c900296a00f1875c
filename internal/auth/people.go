package auth

import (
	"context"
	"crypto/rand"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"carefinder/internal/fault"
)

// linkLength is how long a link to sign up is good for.
const linkLength = 72 * time.Hour

var loginForm = regexp.MustCompile(`^[\p{L}\p{N}._%+'@-]{2,200}$`)

// taken are names that revisions and the audit log use for what is no curator.
var taken = []string{"import", "seed", "demo", "console", "anybody", "provider"}

const maxName = 100 // bytes

// Invite makes an account for somebody, and gives the code of the link they sign up with.
func (g *Guard) Invite(ctx context.Context, by Actor, login, name string, role Role) (code string, c *Curator, err error) {
	a := &Account{Curator: Curator{ID: NewID(), Login: foldLogin(login), Name: strings.Join(strings.Fields(norm.NFC.String(name)), " "), Role: role, CreatedAt: g.stamp()}}
	if err := checkCurator(&a.Curator); err != nil {
		return "", nil, err
	}
	all, err := g.store.Curators(ctx)
	if err != nil {
		return "", nil, err
	}
	if slices.ContainsFunc(all, func(o Curator) bool { return strings.EqualFold(norm.NFKC.String(o.Name), norm.NFKC.String(a.Name)) }) {
		return "", nil, takenName()
	}
	code = g.invite(a)
	e := g.entry(by, "curator.invited", a.subject(), "login", a.Login, "name", a.Name, "role", string(role))
	if err := g.store.AddAccount(ctx, a, e); fault.Is(err, fault.Conflict) {
		return "", nil, takenName()
	} else if err != nil {
		return "", nil, err
	}
	return code, &a.Curator, nil
}

func takenName() error { return conflict("login", "Another curator has this login or this name.") }

// conflict is a fault.Conflict that a page can word by its name.
func conflict(name, message string) error {
	return &fault.Error{Kind: fault.Conflict, Message: message, Fields: []fault.Field{{Name: name, Message: message}}}
}

func checkCurator(c *Curator) error {
	var bad fault.Fields
	if !loginForm.MatchString(c.Login) {
		bad.Add("login", "must be an e-mail address, or a name of letters and digits")
	}
	if c.Name == "" || len(c.Name) > maxName || slices.Contains(taken, strings.ToLower(c.Name)) || strings.ContainsFunc(c.Name, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }) {
		bad.Add("name", "must be the name others know them by")
	}
	checkRole(&bad, c.Role)
	return bad.Err("This account can't be made as it is.")
}

func checkRole(bad *fault.Fields, r Role) {
	if !slices.Contains(Roles(), r) {
		var known []string
		for _, x := range Roles() {
			known = append(known, string(x))
		}
		bad.Add("role", "must be one of "+strings.Join(known, ", "), known...)
	}
}

// invite gives an account a new link and takes away all that let its owner in.
func (g *Guard) invite(a *Account) (code string) {
	code = rand.Text()
	a.Invitation, a.InvitationUntil = DigestOf(code), g.stamp().Add(linkLength)
	a.Invited = true
	a.Password, a.Secret, a.LastStep, a.Recovery, a.Networks = "", nil, 0, nil, nil
	a.Issuer, a.Subject, a.Elsewhere = "", "", false
	a.Passkeys = nil
	a.endAll()
	return code
}

// Reset takes from an account its password, codes and sessions, and gives the code of a link to sign up anew: for
// somebody who lost them. Nobody resets themselves: they would be out before they had read the link.
func (g *Guard) Reset(ctx context.Context, by Actor, id ID) (c *Curator, code string, err error) {
	if by.ID == id {
		return nil, "", conflict("self", "You can't reset your own account. Change your password and codes on the page of your account.")
	}
	err = g.store.ChangeAccount(ctx, id, func(a *Account, others Others) (*Entry, error) {
		if a.Disabled {
			return nil, conflict("disabled", "This account is disabled. Enable it first.")
		}
		if by.ID != Console && a.Role == Administrator && a.able() && others.Able == 0 { // two who reset each other
			return nil, lastAdministrator()
		}
		code = g.invite(a)
		c = &a.Curator
		return g.entry(by, "curator.reset", a.subject()), nil
	})
	if err != nil {
		return nil, "", err
	}
	return c, code, nil
}

// SetRole gives a curator another role. Their sessions end: what was signed in for one role is none for another.
func (g *Guard) SetRole(ctx context.Context, by Actor, id ID, role Role) error {
	var bad fault.Fields
	checkRole(&bad, role)
	if err := bad.Err("There is no such role."); err != nil {
		return err
	}
	return g.store.ChangeAccount(ctx, id, func(a *Account, others Others) (*Entry, error) {
		if a.Role == role {
			return nil, nil
		}
		was := *a
		a.Role = role
		a.Epoch++
		if err := keepsAdministrator(&was, a, others); err != nil {
			return nil, err
		}
		return g.entry(by, "curator.role", a.subject(), "from", string(was.Role), "to", string(role)), nil
	})
}

// SetDisabled shuts a curator out, with all their sessions and keys, or lets them in again.
func (g *Guard) SetDisabled(ctx context.Context, by Actor, id ID, disabled bool) error {
	return g.store.ChangeAccount(ctx, id, func(a *Account, others Others) (*Entry, error) {
		if a.Disabled == disabled {
			return nil, nil
		}
		was := *a
		a.Disabled = disabled
		a.endAll()
		if err := keepsAdministrator(&was, a, others); err != nil {
			return nil, err
		}
		action := "curator.enabled"
		if disabled {
			a.InvitationUntil = g.stamp() // a link does not come alive again
			action = "curator.disabled"
		}
		return g.entry(by, action, a.subject()), nil
	})
}

// keepsAdministrator refuses a change after which nobody could run the desk: no administrator were left, or none who
// has signed up.
func keepsAdministrator(was, is *Account, others Others) error {
	administers := func(a *Account) bool { return a.Role == Administrator && !a.Disabled }
	if !administers(was) || administers(is) {
		return nil
	}
	if others.Enabled == 0 || was.able() && others.Able == 0 {
		return lastAdministrator()
	}
	return nil
}

func lastAdministrator() error {
	return conflict("administrator", "This is the last administrator who can sign in. Make somebody else one first.")
}

// Curators lists all curators by name.
func (g *Guard) Curators(ctx context.Context) ([]Curator, error) { return g.store.Curators(ctx) }

// CuratorOf finds a curator by what they sign in with.
func (g *Guard) CuratorOf(ctx context.Context, login string) (*Curator, error) {
	a, err := g.store.AccountOf(ctx, foldLogin(login))
	if err != nil {
		return nil, err
	}
	return &a.Curator, nil
}

// Invitation says who a link to sign up is for, or gives fault.NotFound.
func (g *Guard) Invitation(ctx context.Context, code string) (*Curator, error) {
	a, err := g.store.Invited(ctx, linkOf(code))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil || !g.invites(a) {
		return nil, spentLink()
	}
	return &a.Curator, nil
}

func (g *Guard) invites(a *Account) bool {
	return !a.Disabled && !a.Invitation.IsZero() && g.now().Before(a.InvitationUntil)
}

func linkOf(code string) Digest {
	return DigestOf(strings.ToUpper(strings.TrimSpace(code)))
}

func spentLink() error {
	return fault.New(fault.NotFound, "This link was used, or is older than three days. Ask an administrator for a new one.")
}

// SignUp gives an account its first password and secret for one-time codes, and signs in: token is for the browser,
// recovery for the person, once.
func (g *Guard) SignUp(ctx context.Context, code string, f Enrolment, agent string) (token string, who *Identity, recovery []string, err error) {
	c, err := g.Invitation(ctx, code)
	if err != nil {
		return "", nil, nil, err
	}
	var bad fault.Fields
	checkPassword(&bad, "password", f.Password, c)
	secret, step := checkSecret(&bad, f, "code", g.now())
	if err := bad.Err("You can't sign up with this yet."); err != nil {
		return "", nil, nil, err
	}
	kept, err := g.hasher.hash(ctx, f.Password)
	if err != nil {
		return "", nil, nil, err
	}
	b := beginning{agent: agent}
	err = g.beginWith(&b)(ctx, c.ID, func(now *Account, _ Others) (*Entry, error) {
		if !g.invites(now) || now.Invitation != linkOf(code) {
			return nil, spentLink() // used a moment ago
		}
		now.Invitation, now.Invited, now.InvitationUntil = Digest{}, false, time.Time{}
		now.Password, now.Secret, now.LastStep = kept, secret, step
		recovery, now.Recovery = newRecovery()
		now.SignedInAt = g.stamp()
		now.Epoch++
		return g.entry(now.actor(), "curator.signed-up", now.subject()), nil
	})
	if err != nil {
		return "", nil, nil, err
	}
	return b.token, b.who, recovery, nil
}

// Enrolment is what a person signs up with.
type Enrolment struct {
	Password string
	Secret   string // for one-time codes, as NewSecret gave it
	Code     string // one made of it, which proves that their app has it
}

// checkSecret reads the secret of an enrolment, and the step of its code; field is what the code is called.
func checkSecret(bad *fault.Fields, f Enrolment, field string, now time.Time) (secret []byte, step int64) {
	if secret = readSecret(f.Secret); secret == nil {
		bad.Add("secret", "is not one that was made here")
		return nil, 0
	}
	step, ok := stepOf(secret, plainCode(f.Code), now)
	if !ok {
		bad.Add(field, "must be the code your app shows now")
	}
	return secret, step
}
