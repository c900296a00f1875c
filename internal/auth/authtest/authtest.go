// Package authtest gives tests what a person at the desk has beside a browser: a device that keeps passkeys.
//
// It is written from the standard (WebAuthn level 3) and not with the library that the desk reads answers with, so that
// neither can be wrong alone.
package authtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Device makes passkeys and answers with them, as a browser would have it. Its owner always lets it, unless Unverified.
type Device struct {
	Origin     string // where its browser is
	Unverified bool   // it does not ask who touches it
	Counts     bool   // its signatures

	secret *ecdsa.PrivateKey
	id     []byte
	handle []byte // of whose account
	party  string
	count  uint32
}

// Copy gives a device with the same passkey.
func (d *Device) Copy() *Device {
	other := *d
	return &other
}

const (
	present  = 1 << 0
	verified = 1 << 2
	made     = 1 << 6 // there is a key in it
)

var base64url = base64.RawURLEncoding

// options are what the desk gives a browser, as far as a device looks at them.
type options struct {
	Challenge string
	RPID      string // when it asks
	RP        struct{ ID string }
	User      struct{ ID string }
}

func read(tb testing.TB, given any) (o options) {
	tb.Helper()
	text, err := json.Marshal(given)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(text, &o); err != nil || o.Challenge == "" {
		tb.Fatalf("options %s: %v", text, err)
	}
	return o
}

// Make makes a passkey, and gives what the browser says of it.
func (d *Device) Make(tb testing.TB, given any) string {
	tb.Helper()
	o := read(tb, given)
	var err error
	if d.secret, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		tb.Fatal(err)
	}
	if d.handle, err = base64url.DecodeString(o.User.ID); err != nil {
		tb.Fatal(err)
	}
	d.party, d.id = o.RP.ID, []byte(rand.Text())
	public, err := d.secret.PublicKey.Bytes() // 4, x and y
	if err != nil {
		tb.Fatal(err)
	}
	var key bytes.Buffer
	key.Write(make([]byte, 16)) // of no maker
	_ = binary.Write(&key, binary.BigEndian, uint16(len(d.id)))
	key.Write(d.id)
	key.Write([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}) // COSE: EC2, ES256, P-256, x
	key.Write(public[1:33])
	key.Write([]byte{0x22, 0x58, 32})
	key.Write(public[33:])
	data := append(d.data(made), key.Bytes()...)
	var object bytes.Buffer
	object.WriteString("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58")
	object.WriteByte(byte(len(data)))
	object.Write(data)
	return d.answer(tb, map[string]any{"clientDataJSON": d.client(tb, "webauthn.create", o.Challenge), "attestationObject": base64url.EncodeToString(object.Bytes())})
}

// Sign answers with the passkey, and gives what the browser says.
func (d *Device) Sign(tb testing.TB, given any) string {
	tb.Helper()
	o := read(tb, given)
	if o.RPID != d.party {
		tb.Fatalf("asked for %q, and has a passkey for %q", o.RPID, d.party)
	}
	if d.Counts {
		d.count++
	}
	client := d.client(tb, "webauthn.get", o.Challenge)
	text, _ := base64url.DecodeString(client)
	clientSum, data := sha256.Sum256(text), d.data(0)
	sum := sha256.Sum256(append(bytes.Clone(data), clientSum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.secret, sum[:])
	if err != nil {
		tb.Fatal(err)
	}
	return d.answer(tb, map[string]any{
		"clientDataJSON": client, "authenticatorData": base64url.EncodeToString(data),
		"signature": base64url.EncodeToString(signature), "userHandle": base64url.EncodeToString(d.handle),
	})
}

// data is what a device signs of itself.
func (d *Device) data(flags byte) []byte {
	flags |= present
	if !d.Unverified {
		flags |= verified
	}
	party := sha256.Sum256([]byte(d.party))
	return binary.BigEndian.AppendUint32(append(party[:], flags), d.count)
}

func (d *Device) client(tb testing.TB, kind, challenge string) string {
	tb.Helper()
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": false})
	if err != nil {
		tb.Fatal(err)
	}
	return base64url.EncodeToString(text)
}

func (d *Device) answer(tb testing.TB, response map[string]any) string {
	tb.Helper()
	id := base64url.EncodeToString(d.id)
	text, err := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
