package auth_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// cheap keeps tests quick; TestDefaultCost looks at the real one.
var cheap = auth.Cost{Memory: 64, Passes: 1, Threads: 1}

const password = "correct horse battery"

var (
	home  = net.IPv4(192, 0, 2, 1)
	other = net.IPv4(198, 51, 100, 1)
)

// clock is a clock that a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// office is a guard with its clock and store.
type office struct {
	*auth.Guard
	store *store.Store
	clock *clock
	dsn   string
}

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) { fn(t, open(t, dsn)) })
}

func open(t *testing.T, dsn string) *office {
	c := &clock{at: time.Date(2026, 11, 24, 12, 0, 10, 0, time.UTC)}
	s := storetest.Open(t, dsn, store.Options{Now: c.now})
	return &office{Guard: auth.New(s, auth.Config{Now: c.now, Cost: cheap}), store: s, clock: c, dsn: dsn}
}

// lite is an office on SQLite alone, for what does not depend on the database.
func lite(t *testing.T) *office { return open(t, storetest.SQLite(t)) }

var console = auth.Actor{ID: auth.Console}

// person is somebody who signed up, with their phone.
type person struct {
	*auth.Identity
	token    string
	secret   string
	recovery []string
}

func (o *office) hire(t *testing.T, login string, role auth.Role) *person {
	t.Helper()
	code, _, err := o.Invite(t.Context(), console, login, "Name of "+login, role)
	must(t, err)
	return o.signUp(t, code)
}

func (o *office) signUp(t *testing.T, code string) *person {
	t.Helper()
	p := &person{secret: auth.NewSecret()}
	var err error
	p.token, p.Identity, p.recovery, err = o.SignUp(t.Context(), code, auth.Enrolment{Password: password, Secret: p.secret, Code: p.code(o.clock.now())}, "Browser")
	must(t, err)
	o.clock.pass(time.Minute) // the code of sign-up is used
	return p
}

// code is what the person's phone shows. It is written anew here, so that the tests don't believe the code they test.
func (p *person) code(at time.Time) string {
	secret, err := base32.StdEncoding.DecodeString(p.secret)
	if err != nil {
		panic(err)
	}
	return referenceCode(secret, at.Unix()/30, 1_000_000, 6)
}

func referenceCode(secret []byte, step int64, size uint32, digits int) string {
	h := hmac.New(sha1.New, secret)
	if err := binary.Write(h, binary.BigEndian, step); err != nil {
		panic(err)
	}
	sum := h.Sum(nil)
	at := sum[19] & 15
	return fmt.Sprintf("%0*d", digits, binary.BigEndian.Uint32(sum[at:at+4])<<1>>1%size)
}

func (p *person) credentials(o *office) auth.Credentials {
	return auth.Credentials{Login: p.Curator.Login, Password: password, Code: p.code(o.clock.now()), Address: home}
}

func (o *office) signIn(t *testing.T, p *person) string {
	t.Helper()
	token, _, err := o.SignIn(t.Context(), p.credentials(o), "Browser", "")
	must(t, err)
	return token
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, k fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != k {
		t.Fatalf("got %v, want a %v fault", err, k)
	}
}

func wantField(t *testing.T, err error, name string) {
	t.Helper()
	wantKind(t, err, fault.Invalid)
	var f *fault.Error
	if errors.As(err, &f); len(f.Fields) != 1 || f.Fields[0].Name != name {
		t.Fatalf("faulty fields %+v, want %s", f.Fields, name)
	}
}

// actions lists what the audit log says, oldest first.
func (o *office) actions(t *testing.T) []string {
	t.Helper()
	entries, err := o.Entries(t.Context(), auth.Filter{}, 1000)
	must(t, err)
	var all []string
	for i := len(entries) - 1; i >= 0; i-- {
		all = append(all, entries[i].Action)
	}
	return all
}

// noted says how many refusals the audit log has under an action, those that were counted too.
func (o *office) noted(t *testing.T, action string) (n int) {
	t.Helper()
	entries, err := o.Entries(t.Context(), auth.Filter{Action: action}, 10_000)
	must(t, err)
	for _, e := range entries {
		times, _ := strconv.Atoi(e.Detail["times"]) // none on those that were noted by themselves
		n += max(1, times)
	}
	return n
}
