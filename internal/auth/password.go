package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"carefinder/internal/fault"
)

// Cost is what hashing a password takes. One that was hashed at another cost is hashed anew when its owner signs in.
type Cost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// DefaultCost is what OWASP asks of argon2id at the least.
var DefaultCost = Cost{Memory: 19 << 10, Passes: 2, Threads: 1}

const (
	saltSize = 16
	hashSize = 32

	// MinPassword and MaxPassword bound a password, in characters and in bytes.
	MinPassword = 12
	MaxPassword = 256
	minDistinct = 5 // characters of a password that differ
)

// hasher hashes passwords, a few at a time: each takes its memory, and whoever sends a thousand at once must not take
// the server's.
type hasher struct {
	cost  Cost
	slots chan struct{}
	// nobodys is the hash of no password: checking one against it takes as long as against a curator's, so that nobody
	// can tell by the clock which accounts there are.
	nobodys string
}

func newHasher(cost Cost) *hasher {
	h := &hasher{cost: cost, slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
	h.nobodys = h.encode(rand.Text())
	return h
}

// hash gives a password as it is kept.
func (h *hasher) hash(ctx context.Context, password string) (kept string, err error) {
	err = h.wait(ctx, func() { kept = h.encode(prepared(password)) })
	return kept, err
}

// check reports whether kept is of the password, and whether it was hashed at another cost than now. A kept of ""
// takes its time and is of none.
func (h *hasher) check(ctx context.Context, password, kept string) (ok, stale bool, err error) {
	against := kept
	if kept == "" {
		against = h.nobodys
	}
	cost, salt, sum, err := decodeHash(against)
	if err != nil {
		return false, false, err
	}
	err = h.wait(ctx, func() {
		same := subtle.ConstantTimeCompare(sum, cost.key(prepared(password), salt)) == 1
		ok = same && kept != ""
	})
	return ok, cost != h.cost, err
}

// wait runs work when a slot is free.
func (h *hasher) wait(ctx context.Context, work func()) error {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
		work()
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "Too many people sign in right now. Please try again in a moment.", ctx.Err())
	}
}

func (c Cost) key(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, c.Threads, hashSize)
}

var raw64 = base64.RawStdEncoding

const hashForm = "$argon2id$v=%d$m=%d,t=%d,p=%d$"

func (h *hasher) encode(password string) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	head := fmt.Sprintf(hashForm, argon2.Version, h.cost.Memory, h.cost.Passes, h.cost.Threads)
	return head + raw64.EncodeToString(salt) + "$" + raw64.EncodeToString(h.cost.key(password, salt))
}

// decodeHash reads what encode writes. The bounds keep a row changed by hand from taking all memory.
func decodeHash(kept string) (c Cost, salt, sum []byte, err error) {
	bad := func(err error) (Cost, []byte, []byte, error) {
		return Cost{}, nil, nil, fmt.Errorf("auth: a password's hash is damaged: %w", err)
	}
	parts := strings.Split(kept, "$")
	if len(parts) != 6 {
		return bad(fmt.Errorf("%d parts", len(parts)))
	}
	var version int
	if _, err := fmt.Sscanf(strings.Join(parts[:4], "$")+"$", hashForm, &version, &c.Memory, &c.Passes, &c.Threads); err != nil {
		return bad(err)
	}
	if version != argon2.Version || c.Memory > 1<<20 || c.Passes < 1 || c.Passes > 100 || c.Threads < 1 {
		return bad(fmt.Errorf("version %d at %+v", version, c))
	}
	if salt, err = raw64.DecodeString(parts[4]); err == nil {
		sum, err = raw64.DecodeString(parts[5])
	}
	if err != nil || len(sum) != hashSize {
		return bad(fmt.Errorf("%d bytes: %w", len(sum), err))
	}
	return c, salt, sum, nil
}

// prepared gives a password one form, however a keyboard composed its letters.
func prepared(password string) string { return norm.NFC.String(password) }

// checkPassword says whether a password may be chosen. Length is what counts; the rest keeps out what is tried first.
func checkPassword(bad *fault.Fields, field, password string, c *Curator) {
	text := []rune(prepared(password))
	distinct := map[rune]bool{}
	for _, r := range text {
		distinct[r] = true
	}
	lower := strings.ToLower(string(text))
	name, _, _ := strings.Cut(c.Login, "@")
	switch {
	case len(text) < MinPassword, len(password) > MaxPassword, len(distinct) < minDistinct,
		len(name) > 3 && strings.Contains(lower, name), strings.Contains(lower, "carefinder"), strings.Contains(lower, "password"):
		bad.Add(field, fmt.Sprintf("must have at least %d characters, %d of them different, and not the account's name, \"password\" or \"carefinder\" in it", MinPassword, minDistinct))
	}
}
