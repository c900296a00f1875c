package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"carefinder/internal/fault"
)

// Passkey is a key pair whose secret half a person's device or password manager keeps, and gives a signature of only
// once it knows them by a finger, a face or a PIN: something they have and something they are or know, both factors in
// one. Only the public half is here.
type Passkey struct {
	ID         ID
	Name       string
	Credential []byte // what the device calls it
	PublicKey  []byte // in COSE form
	Count      uint32 // of its signatures, as it says; 0 where it doesn't count
	Backed     bool   // may be copied to other devices of its owner
	CreatedAt  time.Time
	UsedAt     time.Time // zero is never
}

const (
	maxPasskeys = 10
	// ceremonyLength is how long a passkey may take to answer.
	ceremonyLength = 5 * time.Minute
	maxAnswer      = 16 << 10 // bytes of what a browser says for a passkey
)

// partyAt gives what passkeys are made for at a site; nil where browsers make none: no site is named, it is an address
// without a name, or it comes over a line that others can read.
func partyAt(site, name string) *webauthn.WebAuthn {
	u, err := url.Parse(site)
	if err != nil || u.Host == "" || net.ParseIP(u.Hostname()) != nil {
		return nil
	}
	host := strings.ToLower(u.Hostname())
	here := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return nil
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + strings.ToLower(u.Host)},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: protocol.ResidentKeyRequired(), ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil
	}
	return party
}

// HasPasskeys reports whether there are passkeys here: a site must be named that browsers make them for.
func (g *Guard) HasPasskeys() bool { return g.party != nil }

func noPasskeys() error {
	return fault.New(fault.NotFound, "There are no passkeys here: the server has to be told its public address, and that has to be https.")
}

// owner is an account as the library of passkeys wants it. Its handle, which a passkey keeps, is the ID: it says nothing
// of a person.
type owner struct{ *Account }

func (o owner) WebAuthnID() []byte          { return []byte(o.ID) }
func (o owner) WebAuthnName() string        { return o.Login }
func (o owner) WebAuthnDisplayName() string { return o.Name }
func (o owner) WebAuthnCredentials() []webauthn.Credential {
	var all []webauthn.Credential
	for _, p := range o.Passkeys {
		all = append(all, webauthn.Credential{
			ID: p.Credential, PublicKey: p.PublicKey,
			Flags: webauthn.CredentialFlags{BackupEligible: p.Backed}, Authenticator: webauthn.Authenticator{SignCount: p.Count},
		})
	}
	return all
}

// ceremony is a question put to a passkey, as it is kept until the answer.
type ceremony struct {
	Asked   webauthn.SessionData
	Session ID     // that is making one; "" is to sign in
	Name    string // of the one that is made
}

func ceremonyID(challenge string) Digest { return DigestOf("passkey " + challenge) }

func (g *Guard) addCeremony(ctx context.Context, c ceremony) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	now := g.stamp()
	return g.store.AddCeremony(ctx, ceremonyID(c.Asked.Challenge), data, now, now.Add(ceremonyLength))
}

func (g *Guard) takeCeremony(ctx context.Context, challenge string) (c ceremony, err error) {
	data, err := g.store.TakeCeremony(ctx, ceremonyID(challenge), g.stamp())
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	return c, err
}

// Passkeys lists the passkeys of a curator, the oldest first.
func (g *Guard) Passkeys(ctx context.Context, id ID) ([]Passkey, error) {
	a, err := g.store.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	return a.Passkeys, nil
}

// BeginPasskey has the owner of a request prove who they are, and gives what their browser makes a passkey from, as
// WebAuthn has it in JSON.
func (g *Guard) BeginPasskey(ctx context.Context, who *Identity, c Credentials, name string) (options any, err error) {
	if g.party == nil {
		return nil, noPasskeys()
	}
	var bad fault.Fields
	if name = strings.Join(strings.Fields(name), " "); name == "" || len(name) > maxName {
		bad.Add("passkey_name", "must say which passkey it is")
	}
	if err := bad.Err("This passkey can't be made as it is."); err != nil {
		return nil, err
	}
	a, err := g.store.Account(ctx, who.Curator.ID)
	if err != nil {
		return nil, err
	}
	if len(a.Passkeys) >= maxPasskeys {
		return nil, conflict("passkeys", "You have ten passkeys. Remove one first.")
	}
	creation, asked, err := g.party.BeginRegistration(owner{a}, webauthn.WithExclusions(webauthn.Credentials(owner{a}.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, err
	}
	write := func(ctx context.Context, id ID, change func(*Account, Others) (*Entry, error)) error {
		return g.store.Together(ctx, func(ctx context.Context) error {
			if err := g.store.ChangeAccount(ctx, id, change); err != nil {
				return err
			}
			return g.addCeremony(ctx, ceremony{Asked: *asked, Session: who.Session.ID, Name: name})
		})
	}
	err = g.proveAgain(ctx, who, c, write, func(a *Account) *Entry {
		return g.entry(who.Actor(), "passkey.begun", a.subject(), "name", name)
	})
	if err != nil {
		return nil, err
	}
	return creation.Response, nil
}

// AddPasskey keeps the passkey that a browser made, by what it says of it.
func (g *Guard) AddPasskey(ctx context.Context, who *Identity, answer string) error {
	if g.party == nil {
		return noPasskeys()
	}
	made, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil || len(answer) > maxAnswer {
		return unreadable(err)
	}
	c, err := g.takeCeremony(ctx, made.Response.CollectedClientData.Challenge)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || who.Session == nil || c.Session != who.Session.ID {
		return spentCeremony()
	}
	return g.store.ChangeAccount(ctx, who.Curator.ID, func(a *Account, _ Others) (*Entry, error) {
		key, err := g.party.CreateCredential(owner{a}, c.Asked, made)
		if err != nil {
			return nil, unreadable(err)
		}
		if len(a.Passkeys) >= maxPasskeys {
			return nil, conflict("passkeys", "You have ten passkeys. Remove one first.")
		}
		if slices.ContainsFunc(a.Passkeys, func(p Passkey) bool { return bytes.Equal(p.Credential, key.ID) }) {
			return nil, spentCeremony()
		}
		p := Passkey{
			ID: NewID(), Name: c.Name, Credential: key.ID, PublicKey: key.PublicKey, Count: key.Authenticator.SignCount,
			Backed: key.Flags.BackupEligible, CreatedAt: g.stamp(),
		}
		a.Passkeys = append(a.Passkeys, p)
		return g.entry(who.Actor(), "passkey.added", a.subject(), "name", p.Name, "passkey", string(p.ID)), nil
	})
}

func unreadable(err error) error {
	return &fault.Error{Kind: fault.Invalid, Message: "This is not what a passkey of yours says.", Fields: []fault.Field{{Name: "credential", Message: "is not the answer of a passkey"}}, Cause: err}
}

func spentCeremony() error {
	return conflict("credential", "This took longer than five minutes, or was sent before. Begin again.")
}

// RemovePasskey takes a passkey from the owner of a request. What lets them in otherwise stays.
func (g *Guard) RemovePasskey(ctx context.Context, who *Identity, id ID) error {
	return g.store.ChangeAccount(ctx, who.Curator.ID, func(a *Account, _ Others) (*Entry, error) {
		i := slices.IndexFunc(a.Passkeys, func(p Passkey) bool { return p.ID == id })
		if i < 0 {
			return nil, fault.New(fault.NotFound, "There is no such passkey.")
		}
		if !a.able() {
			return nil, conflict("passkeys", "This is all that lets you in.")
		}
		name := a.Passkeys[i].Name
		a.Passkeys = slices.Delete(a.Passkeys, i, i+1)
		return g.entry(who.Actor(), "passkey.removed", a.subject(), "name", name, "passkey", string(id)), nil
	})
}

// BeginPasskeySignIn gives what a browser asks a passkey, as WebAuthn has it in JSON: any it has for this site.
func (g *Guard) BeginPasskeySignIn(ctx context.Context, address net.IP) (options any, err error) {
	if g.party == nil {
		return nil, noPasskeys()
	}
	if err := g.takePasskeyTurn(ctx, "ask", address); err != nil {
		return nil, err
	}
	question, asked, err := g.party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, err
	}
	return question.Response, g.addCeremony(ctx, ceremony{Asked: *asked})
}

// takePasskeyTurn takes a turn of an address: what is asked is kept, and what is answered takes work.
func (g *Guard) takePasskeyTurn(ctx context.Context, what string, address net.IP) error {
	salt, err := g.salted(ctx)
	if err != nil {
		return err
	}
	return g.take(ctx, &Account{}, turn{keyed(salt, "passkey", what, network(address)), fromAddress})
}

// SignInByPasskey begins a session by what a browser says for a passkey. It counts as both factors. agent and old are as
// in SignIn.
func (g *Guard) SignInByPasskey(ctx context.Context, answer string, address net.IP, agent, old string) (token string, who *Identity, err error) {
	if g.party == nil {
		return "", nil, noPasskeys()
	}
	if err := g.takePasskeyTurn(ctx, "answer", address); err != nil {
		return "", nil, err
	}
	said, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil || len(answer) > maxAnswer {
		return "", nil, unreadable(err)
	}
	c, err := g.takeCeremony(ctx, said.Response.CollectedClientData.Challenge)
	if fault.Is(err, fault.NotFound) || err == nil && c.Session != "" {
		return "", nil, g.refusePasskey(ctx, "", errSpent)
	}
	if err != nil {
		return "", nil, err
	}
	id := ID(said.Response.UserHandle)
	if !id.made() {
		return "", nil, g.refusePasskey(ctx, "", errRefused)
	}
	b := beginning{agent: agent, old: old}
	err = g.beginWith(&b)(ctx, id, func(a *Account, _ Others) (*Entry, error) {
		p, err := g.proved(a, c, said)
		if err != nil {
			return nil, err
		}
		a.SignedInAt = g.stamp()
		return g.entry(a.actor(), "sign-in", a.subject(), "with", "passkey", "passkey", string(p.ID)), nil
	})
	if errors.Is(err, errRefused) || fault.Is(err, fault.NotFound) {
		if fault.Is(err, fault.NotFound) {
			id = ""
		}
		return "", nil, g.refusePasskey(ctx, id, err)
	}
	return b.token, b.who, err
}

// errSpent and errCounted say why a passkey was refused.
var (
	errSpent   = errors.New("the question was answered before, or too late")
	errCounted = errors.New("the count of signatures went back: there may be a copy")
)

// proved finds the passkey of an account that gave an answer, and notes its use. A count that does not go up is that of
// a copy, or of one that is copied: it lets nobody in.
func (g *Guard) proved(a *Account, c ceremony, said *protocol.ParsedCredentialAssertionData) (*Passkey, error) {
	if a.Disabled {
		return nil, errRefused
	}
	_, key, err := g.party.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return owner{a}, nil }, c.Asked, said)
	if err != nil {
		return nil, errRefused
	}
	if key.Authenticator.CloneWarning {
		return nil, errors.Join(errRefused, errCounted)
	}
	for i := range a.Passkeys {
		if p := &a.Passkeys[i]; bytes.Equal(p.Credential, key.ID) {
			p.Count, p.UsedAt = key.Authenticator.SignCount, g.stamp()
			return p, nil
		}
	}
	return nil, errRefused
}

// refusePasskey notes that a passkey let nobody in, and at whose account it was tried.
func (g *Guard) refusePasskey(ctx context.Context, id ID, why error) error {
	pairs := []string{"with", "passkey"}
	for _, known := range []error{errSpent, errCounted} {
		if errors.Is(why, known) {
			pairs = append(pairs, "why", known.Error())
		}
	}
	a := Account{Curator: Curator{ID: id}}
	if err := g.noteRefusal(ctx, g.entry(Actor{ID: Anybody}, "sign-in.failed", a.subject(), pairs...)); err != nil {
		return err
	}
	return fault.New(fault.Unauthenticated, "This passkey lets nobody in here.")
}
