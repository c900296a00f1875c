package desk

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"time"
)

// Proofs let a browser show that it worked for a second, which costs whoever sends one message nothing and whoever
// sends a million a fortune. There is no third party, no picture to read and nothing about the visitor in it. A message
// without a proof is kept as well, and waits behind those with one.
type Proofs struct {
	secret []byte
	spent  Spent
	now    func() time.Time
}

// Spent remembers which proofs were used, on all servers together.
type Spent interface {
	// Redeem notes a digest until a time; fresh is false when it was noted before.
	Redeem(ctx context.Context, digest [sha256.Size]byte, now, until time.Time) (fresh bool, err error)
}

// NewProofs makes proofs under a secret that all servers of a directory share. A nil now is the machine's clock.
func NewProofs(secret []byte, s Spent, now func() time.Time) *Proofs { return &Proofs{secret, s, now} }

const (
	// ProofBits is how many bits of the hash must be zero: some 65,000 tries, about a second on a telephone.
	ProofBits = 16
	// proofTime is how long a form may stay open.
	proofTime = 2 * time.Hour
	// proofClock is how far the clocks of two servers may be apart.
	proofClock = time.Minute

	nonceBytes = 12
	stampBytes = 8
	maxCounter = 20 // digits
)

// Challenge gives what a proof has to be found for: when it ends, a nonce, and a signature, so that nothing is kept
// until it is used.
func (p *Proofs) Challenge() string {
	b := binary.BigEndian.AppendUint64(nil, uint64(clock(p.now).Add(proofTime).Unix()))
	b = append(b, make([]byte, nonceBytes)...)
	_, _ = rand.Read(b[stampBytes:]) // never fails: it ends the process when the system has no randomness
	return base64.RawURLEncoding.EncodeToString(p.sign(b))
}

func (p *Proofs) sign(b []byte) []byte {
	h := hmac.New(sha256.New, p.secret)
	h.Write(b)
	return h.Sum(b[:len(b):len(b)])
}

// Proven reports whether counter, decimal digits, proves the challenge: the SHA-256 of the challenge, a colon and the
// counter begins with ProofBits zero bits. A challenge proves one message, and only while it lasts. The error is the
// store's.
func (p *Proofs) Proven(ctx context.Context, challenge, counter string) (bool, error) {
	b, err := base64.RawURLEncoding.DecodeString(challenge)
	if err != nil || len(b) != stampBytes+nonceBytes+sha256.Size || counter == "" || len(counter) > maxCounter {
		return false, nil
	}
	if !hmac.Equal(b, p.sign(b[:stampBytes+nonceBytes])) || zeros(sha256.Sum256([]byte(challenge+":"+counter))) < ProofBits {
		return false, nil
	}
	now, ends := clock(p.now), time.Unix(int64(binary.BigEndian.Uint64(b)), 0)
	if now.After(ends) || ends.After(now.Add(proofTime+proofClock)) {
		return false, nil
	}
	return p.spent.Redeem(ctx, sha256.Sum256(b), now, ends)
}

// zeros counts the bits of a hash before the first that is one.
func zeros(hash [sha256.Size]byte) (n int) {
	for _, b := range hash {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}
