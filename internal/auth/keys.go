package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"carefinder/internal/fault"
)

// keyMark begins every key, so that one left in a file or a log is known for what it is.
const keyMark = "cfk_"

const (
	keyPrefix = len(keyMark) + 8
	// MaxKeyLife bounds how long a key may be good for.
	MaxKeyLife = 366 * 24 * time.Hour
)

// KeyRequest is a key somebody wants.
type KeyRequest struct {
	ID     ID // made with the form, so that a form sent twice makes one key; "" makes one
	Name   string
	Scopes []Permission
	Life   time.Duration
}

// NewKey makes a key that acts for the owner of a request, and gives it, once. It can have no more than they may do
// themselves.
func (g *Guard) NewKey(ctx context.Context, who *Identity, r KeyRequest) (token string, k *Key, err error) {
	now := g.stamp()
	if r.ID == "" {
		r.ID = NewID()
	}
	k = &Key{ID: r.ID, Curator: who.Curator.ID, Name: strings.Join(strings.Fields(r.Name), " "), Scopes: r.Scopes, Epoch: who.keyEpoch, CreatedAt: now, ExpiresAt: now.Add(r.Life)}
	if err := checkKey(k, who, r.Life); err != nil {
		return "", nil, err
	}
	token = keyMark + strings.ToLower(rand.Text()+rand.Text())
	k.Prefix = token[:keyPrefix]
	e := g.entry(who.Actor(), "key.made", "key:"+string(k.ID), "name", k.Name, "prefix", k.Prefix, "scopes", scopesText(k.Scopes), "until", k.ExpiresAt.Format(time.DateOnly))
	if err := g.store.AddKey(ctx, k, DigestOf(token), e); fault.Is(err, fault.Conflict) {
		return "", nil, conflict("form", "This form was sent before, and made a key then.")
	} else if err != nil {
		return "", nil, err
	}
	return token, k, nil
}

func scopesText(scopes []Permission) string {
	words := make([]string, len(scopes))
	for i, p := range scopes {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}

func checkKey(k *Key, who *Identity, life time.Duration) error {
	var bad fault.Fields
	if k.Name == "" || len(k.Name) > maxName {
		bad.Add("key_name", "must say what the key is for")
	}
	if !k.ID.made() {
		bad.Add("id", "is not one that was made here")
	}
	if life <= 0 || life > MaxKeyLife {
		bad.Add("days", fmt.Sprintf("must be 1 to %d days", int(MaxKeyLife.Hours()/24)))
	}
	if len(k.Scopes) == 0 {
		bad.Add("scopes", "must have one at least")
	}
	for _, p := range k.Scopes {
		if !slices.Contains(Scopes(), p) || !who.May(p) {
			bad.Add("scopes", "must be among what you may do yourself")
			break
		}
	}
	return bad.Err("This key can't be made as it is.")
}

// IdentifyKey tells whose key a program shows. One that is revoked, has expired, or whose curator is disabled is
// fault.Unauthenticated.
func (g *Guard) IdentifyKey(ctx context.Context, token string) (*Identity, error) {
	k, a, err := g.store.Key(ctx, DigestOf(token))
	now := g.stamp()
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil || a.Disabled || a.Invited || k.Ended || !k.RevokedAt.IsZero() || !now.Before(k.ExpiresAt) {
		subject := "" // of a key that never was
		if err == nil {
			subject = "key:" + string(k.ID)
		}
		if err := g.noteRefusal(ctx, g.entry(Actor{ID: Anybody}, "key.refused", subject)); err != nil {
			return nil, err
		}
		return nil, fault.New(fault.Unauthenticated, "This key is not good, or no longer.")
	}
	if now.Sub(k.UsedAt) >= seenEvery {
		k.UsedAt = now
		if err := g.store.KeyUsed(ctx, k.ID, now); err != nil {
			return nil, err
		}
	}
	return &Identity{Curator: a.Curator, Key: k}, nil
}

// Keys lists all keys, newest first.
func (g *Guard) Keys(ctx context.Context) ([]Key, error) { return g.store.Keys(ctx) }

// RevokeKey ends a key at once.
func (g *Guard) RevokeKey(ctx context.Context, by Actor, id ID) error {
	return g.store.RevokeKey(ctx, id, g.stamp(), g.entry(by, "key.revoked", "key:"+string(id)))
}
