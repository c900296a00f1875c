package auth

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/internal/fault"
)

// TestCodesOfTheStandard checks the test vectors of RFC 6238, appendix B, of which six digits are the last of eight.
func TestCodesOfTheStandard(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := codeOf(secret, stepAt(time.Unix(at, 0))); got != want[2:] {
			t.Errorf("at %d: %s, want %s", at, got, want[2:])
		}
	}
}

func TestSecretURL(t *testing.T) {
	s := NewSecret()
	if len(readSecret(strings.ToLower(s[:8]+" "+s[8:]))) != secretSize || readSecret(s+"A") != nil || readSecret("") != nil {
		t.Errorf("%s is read wrong", s)
	}
	if got := SecretURL(s, "Care finder", "a&b@example.org"); got != "otpauth://totp/Care%20finder:a&b@example.org?issuer=Care+finder&secret="+s {
		t.Error(got)
	}
}

// TestHashesAreBounded asks for many more hashes than there are slots, and counts those under way.
func TestHashesAreBounded(t *testing.T) {
	h := newHasher(Cost{Memory: 64, Passes: 1, Threads: 1})
	var mu sync.Mutex
	var wg sync.WaitGroup
	now, most := 0, 0
	for range 50 {
		wg.Go(func() {
			err := h.wait(t.Context(), func() {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				h.encode("x")
				mu.Lock()
				now--
				mu.Unlock()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most > cap(h.slots) {
		t.Errorf("%d hashes at once, want at most %d", most, cap(h.slots))
	}
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, "x"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("when all are taken and nobody waits: %v", err)
	}
}

// TestDefaultCost keeps the cost at what OWASP asks for at the least.
func TestDefaultCost(t *testing.T) {
	if c := DefaultCost; c.Memory < 19<<10 || c.Passes < 2 || c.Threads != 1 {
		t.Errorf("%+v is too cheap", c)
	}
	h := newHasher(DefaultCost)
	kept, err := h.hash(t.Context(), "correct horse battery")
	if err != nil || !strings.HasPrefix(kept, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s, %v", kept, err)
	}
	for password, want := range map[string]bool{"correct horse battery": true, "correct horse batterY": false, "": false} {
		if ok, stale, err := h.check(t.Context(), password, kept); ok != want || stale || err != nil {
			t.Errorf("%q: %v, stale %v, %v", password, ok, stale, err)
		}
	}
	// Nobody's password is checked at the same cost, and nothing is it.
	if cost, _, _, err := decodeHash(h.nobodys); err != nil || cost != DefaultCost {
		t.Errorf("nobody's hash costs %+v: %v", cost, err)
	}
	if ok, _, err := h.check(t.Context(), "", ""); ok || err != nil {
		t.Errorf("an account without a password lets in: %v", err)
	}
}

func FuzzDecodeHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2E$QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$$")
	f.Add("")
	f.Fuzz(func(t *testing.T, kept string) {
		c, _, sum, err := decodeHash(kept)
		if err == nil && (c.Memory > 1<<20 || c.Passes == 0 || c.Passes > 100 || c.Threads == 0 || len(sum) != hashSize) {
			t.Errorf("%q gives %+v", kept, c)
		}
	})
}

func TestPasswordsThatMayBeChosen(t *testing.T) {
	c := &Curator{Login: "robin@example.org"}
	for password, want := range map[string]bool{
		"correct horse battery": true, "ñandú veloz y azul": true, "12 letters!!": true,
		"": false, "short": false, "aaaaaaaaaaaaaaaaaaaa": false, "abababababab": false, "i am Robin, hello": false,
		"my Password is long": false, "carefinder rules": false, strings.Repeat("long", 65): false,
	} {
		var bad fault.Fields
		checkPassword(&bad, "password", password, c)
		if ok := bad.Err("") == nil; ok != want {
			t.Errorf("%q: %v, want %v", password, ok, want)
		}
	}
}
