// Package oidctest is an OpenID Connect provider for tests: a server of its own, with real keys and real signatures. A
// test may have it say anything.
package oidctest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// What the provider calls us, and our secret with it.
const (
	Client = "carefinder"
	Secret = "between us"
)

// Provider is a running provider. Its fields are what it says, and are set before anybody signs in.
type Provider struct {
	*httptest.Server
	Now func() time.Time
	// Claims are what it says of whoever signs in, over those that must be there.
	Claims map[string]any
	// Sign signs a token; nil is with its key.
	Sign func(p *Provider, claims map[string]any) string

	key *rsa.PrivateKey

	mu    sync.Mutex
	codes map[string]asked
}

// asked is a question whose answer waits to be fetched.
type asked struct{ nonce, challenge, redirect string }

// New starts a provider for the length of a test.
func New(t *testing.T, now func() time.Time) *Provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{Now: now, key: key, codes: map[string]asked{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]any{"keys": []map[string]string{{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": b64(key.N.Bytes()), "e": "AQAB"}}})
	})
	mux.HandleFunc("/token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		p.CloseClientConnections()
		p.Close()
	})
	return p
}

func say(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the test fails on what it doesn't get
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Visit is what a browser does at the address it was sent to, its owner saying yes: it gives where it is sent back.
func (p *Provider) Visit(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Path != "/authorize" || q.Get("client_id") != Client || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		t.Fatalf("sent to %s", address)
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = asked{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
	p.mu.Unlock()
	return q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

// token gives the answer to a question, once, to who asked it.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	client, secret, basic := r.BasicAuth()
	if !basic {
		client, secret = r.FormValue("client_id"), r.FormValue("client_secret")
	} else if unescaped, err := url.QueryUnescape(secret); err == nil {
		secret = unescaped
	}
	p.mu.Lock()
	a, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || client != Client || secret != Secret || b64(sum[:]) != a.challenge || r.FormValue("redirect_uri") != a.redirect {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	now := p.Now()
	claims := map[string]any{"iss": p.URL, "aud": Client, "sub": "7", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": a.nonce}
	for name, value := range p.Claims {
		claims[name] = value
	}
	sign := p.Sign
	if sign == nil {
		sign = (*Provider).Signed
	}
	say(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": sign(p, claims)})
}

// Signed signs claims with the provider's key.
func (p *Provider) Signed(claims map[string]any) string { return SignWith(p.key, claims) }

// SignWith signs claims with any key, as the provider's.
func SignWith(key *rsa.PrivateKey, claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		panic(err) // a test's own claims
	}
	text := b64([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + b64(signature)
}

// Unsigned writes claims that nobody signed.
func Unsigned(claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return b64([]byte(`{"alg":"none"}`)) + "." + b64(body) + "."
}
