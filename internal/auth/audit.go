package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"carefinder/internal/fault"
)

// Entry is one line of the audit log: who did what to what, or was refused it. Entries form a chain: each holds the
// hash of the one before and is hashed with it, so that none can be changed, taken out or put in unseen.
type Entry struct {
	No      int64
	At      time.Time // whole microseconds, UTC
	Actor   ID        // a curator's, or Console, or Anybody
	Name    string    // the actor's, as it was then
	Action  string    // "sign-in", "curator.role": what was done
	Subject string    // what it was done to: "curator:" or "listing:" and an ID; "" for nothing of its own
	Detail  Detail
	Before  Digest // hash of the entry before; zero for the first
	Hash    Digest
}

// Actors that are no curators.
const (
	Console ID = "console" // whoever runs commands on the server
	Anybody ID = "anybody" // nobody signed in
)

// Detail says more of an entry, as names and values. No secret and nothing about a visitor belongs in it.
type Detail map[string]string

// String gives the one form a detail is kept and hashed in.
func (d Detail) String() string {
	if len(d) == 0 {
		return "{}"
	}
	clean := make(Detail, len(d)) // what is no text reads back as another
	for k, v := range d {
		clean[strings.ToValidUTF8(k, "\uFFFD")] = strings.ToValidUTF8(v, "\uFFFD")
	}
	text, err := json.Marshal(map[string]string(clean))
	if err != nil {
		panic(err) // strings only
	}
	return string(text)
}

// Filter says which entries are wanted. The zero Filter is all.
type Filter struct {
	Before  int64  // only those with a lower number; 0 is all
	Action  string // this one, or all that begin with it when it ends in a dot
	Subject string
	Actor   ID
}

// Seal numbers e as the one after the entry no with the given hash, and hashes it.
func (e *Entry) Seal(no int64, before Digest) {
	e.No, e.Before = no+1, before
	e.Hash = e.sum()
}

// sum hashes the whole of an entry but its hash. Each part has its length before it, so that no two entries come to the
// same bytes.
func (e *Entry) sum() Digest {
	var b bytes.Buffer
	number := func(n int64) { _ = binary.Write(&b, binary.BigEndian, n) } // a buffer takes everything
	text := func(s string) {
		number(int64(len(s)))
		b.WriteString(s)
	}
	text("carefinder audit 1")
	number(e.No)
	number(e.At.UnixMicro())
	for _, s := range []string{string(e.Actor), e.Name, e.Action, e.Subject, e.Detail.String(), string(e.Before[:])} {
		text(s)
	}
	return sha256.Sum256(b.Bytes())
}

// Proof is what a look through the whole audit log found.
type Proof struct {
	Entries int64
	Head    Digest // hash of the last entry
	Broken  int64  // number of the first entry that is not as it was written
	Why     string // what is wrong with it; "" is that none is
}

// Mark is what the log ended with once, noted elsewhere. The zero Mark is none.
type Mark struct {
	No   int64
	Hash Digest
}

// String gives a mark as ParseMark reads it.
func (m Mark) String() string { return fmt.Sprintf("%d:%x", m.No, m.Hash) }

// ParseMark reads a mark.
func ParseMark(text string) (m Mark, err error) {
	no, hash, _ := strings.Cut(text, ":")
	m.No, err = strconv.ParseInt(no, 10, 64)
	sum, hexErr := hex.DecodeString(hash)
	if err != nil || hexErr != nil || m.No < 1 || len(sum) != len(m.Hash) {
		return Mark{}, fault.New(fault.Invalid, "A mark of the audit log is a number, a colon and 64 digits and letters from a to f.")
	}
	m.Hash = Digest(sum)
	return m, nil
}

var errBroken = errors.New("broken")

// Prove looks through the whole audit log for the first entry that was changed, taken out or put in. Without a mark it
// can't see that the end was cut off and the note beside it set back.
func Prove(ctx context.Context, t Trail, known Mark) (Proof, error) {
	// The head is read first: what is appended meanwhile comes after it and is proved as well.
	no, hash, err := t.Head(ctx)
	if err != nil {
		return Proof{}, err
	}
	var p Proof
	broken := func(at int64, why string) error {
		p.Broken, p.Why = at, why
		return errBroken
	}
	err = t.EachEntry(ctx, func(e *Entry) error {
		switch want := p.Entries + 1; {
		case e.No < 1:
			return broken(e.No, "no entry has such a number")
		case e.No > want:
			return broken(want, "it is missing")
		case e.No < want:
			return broken(e.No, "its number stands twice")
		case e.sum() != e.Hash:
			return broken(e.No, "it was changed")
		case e.Before != p.Head:
			return broken(e.No, "it does not follow from the one before, which was written anew")
		case e.No == no && e.Hash != hash:
			return broken(e.No, "it is not what the log ended with")
		case e.No == known.No && e.Hash != known.Hash:
			return broken(e.No, "it is another than was noted")
		}
		p.Entries, p.Head = e.No, e.Hash
		return nil
	})
	if err == nil && p.Entries < max(no, known.No) {
		err = broken(p.Entries+1, "it is missing")
	}
	if errors.Is(err, errBroken) {
		err = nil
	}
	if err != nil {
		return Proof{}, fmt.Errorf("audit log: %w", err)
	}
	return p, nil
}
