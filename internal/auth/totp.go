package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// One-time codes as RFC 6238 has them and every authenticator app takes them: SHA-1, six digits, half a minute.
const (
	stepLength = 30 * time.Second
	codeDigits = 6
	secretSize = 20
	// A phone's clock may be a step before or behind ours.
	maxSkew = 1
)

var base32NoPad = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret makes a secret for one-time codes, as it is typed into an app.
func NewSecret() string {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails
	return base32NoPad.EncodeToString(secret)
}

// readSecret reads a secret in the form of NewSecret, spaces and small letters allowed; nil when it is none.
func readSecret(s string) []byte {
	plain := strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	secret, err := base32NoPad.DecodeString(plain)
	if err != nil || len(secret) != secretSize || base32NoPad.EncodeToString(secret) != plain {
		return nil
	}
	return secret
}

// SecretURL is what an authenticator app reads from the QR code of a secret.
func SecretURL(secret, issuer, login string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + login, RawQuery: q.Encode()}
	return u.String()
}

func stepAt(t time.Time) int64 { return t.Unix() / int64(stepLength.Seconds()) }

// codeOf gives the code of a step.
func codeOf(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash takes everything
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", codeDigits, n%1_000_000)
}

// CodeAt gives the code an authenticator app shows for a secret in the form of NewSecret, for programs that sign up.
func CodeAt(secret string, at time.Time) string { return codeOf(readSecret(secret), stepAt(at)) }

// stepOf finds the step whose code this is, at the time or next to it. It looks at all of them whichever it is.
func stepOf(secret []byte, code string, now time.Time) (step int64, ok bool) {
	if len(secret) == 0 {
		return 0, false
	}
	for s := stepAt(now) - maxSkew; s <= stepAt(now)+maxSkew; s++ {
		if subtle.ConstantTimeCompare([]byte(codeOf(secret, s)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// Recovery codes stand in for one-time codes when a phone is lost.
const (
	recoveryCodes  = 10
	recoveryLength = 16 // letters: 80 bits, so that a digest is enough to keep
)

// newRecovery makes recovery codes, and the digests to keep of them.
func newRecovery() (codes []string, kept []Digest) {
	for range recoveryCodes {
		text := strings.ToLower(rand.Text()[:recoveryLength])
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		kept = append(kept, DigestOf(text))
	}
	return codes, kept
}

// plainCode takes what people put into a code to read it off: spaces, dashes and capitals.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
}

// takeCode uses up a one-time or a recovery code of the account, and says which it was; "" when it is none, or was
// used before.
func (a *Account) takeCode(code string, now time.Time) (kind string) {
	code = plainCode(code)
	if len(code) == codeDigits {
		step, ok := stepOf(a.Secret, code, now)
		if !ok || step <= a.LastStep {
			return ""
		}
		a.LastStep = step
		return "code"
	}
	want := DigestOf(code)
	for i, d := range a.Recovery {
		if subtle.ConstantTimeCompare(d[:], want[:]) == 1 {
			a.Recovery = append(a.Recovery[:i:i], a.Recovery[i+1:]...)
			return "recovery"
		}
	}
	return ""
}
