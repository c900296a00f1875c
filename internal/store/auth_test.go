package store_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

var _ auth.Store = (*store.Store)(nil)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func entry(action string) *auth.Entry {
	return &auth.Entry{At: noon, Actor: auth.Console, Name: "", Action: action, Subject: "listing:" + action, Detail: auth.Detail{"a": "<b> \u00e9 \x00", "c": "", "d": "\xff"}}
}

func account(n int) *auth.Account {
	return &auth.Account{
		Curator: auth.Curator{ID: auth.ID(fmt.Sprint("id", n)), Login: fmt.Sprint("login", n), Name: fmt.Sprint("Name ", n), Role: auth.Administrator, CreatedAt: noon},
		Epoch:   3, KeyEpoch: 2, Password: "a hash", Secret: []byte{0, 1, 2}, LastStep: 1 << 40,
		Recovery: []auth.Digest{auth.DigestOf("a"), auth.DigestOf("b")}, Networks: []auth.Digest{auth.DigestOf("c")},
	}
}

func addAccount(t *testing.T, s *store.Store, n int) *auth.Account {
	t.Helper()
	a := account(n)
	if err := s.AddAccount(t.Context(), a, entry("added")); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAccounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		a := addAccount(t, s, 1)
		same := func(got *auth.Account, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(a, got); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		}
		same(s.Account(ctx, a.ID))
		same(s.AccountOf(ctx, a.Login))
		_, err := s.Account(ctx, "nobody")
		wantKind(t, err, fault.NotFound)
		_, err = s.Invited(ctx, auth.Digest{})
		wantKind(t, err, fault.NotFound)
		for _, change := range []func(*auth.Account){func(x *auth.Account) { x.Login = a.Login }, func(x *auth.Account) { x.Name = a.Name }, func(x *auth.Account) { x.ID = a.ID }} {
			x := account(2)
			change(x)
			wantKind(t, s.AddAccount(ctx, x, entry("taken")), fault.Conflict)
		}

		change := func(a *auth.Account, others auth.Others) (*auth.Entry, error) {
			if others != (auth.Others{}) {
				t.Errorf("others %+v of the only one", others)
			}
			a.Password, a.Secret, a.Recovery, a.Disabled, a.Role = "", nil, nil, true, auth.Auditor
			a.Invitation, a.InvitationUntil, a.Invited, a.SignedInAt, a.Epoch = auth.DigestOf("link"), noon.Add(time.Hour), true, noon, 4
			a.KeyEpoch = 5
			return entry("changed"), nil
		}
		if err := s.ChangeAccount(ctx, a.ID, change); err != nil {
			t.Fatal(err)
		}
		_, _ = change(a, auth.Others{})
		same(s.Account(ctx, a.ID))
		same(s.Invited(ctx, auth.DigestOf("link")))

		// Neither an error nor a change without an entry writes anything.
		refused := fault.New(fault.Forbidden, "no")
		wantKind(t, s.ChangeAccount(ctx, a.ID, func(x *auth.Account, _ auth.Others) (*auth.Entry, error) { x.Name = "X"; return entry("no"), refused }), fault.Forbidden)
		if err := s.ChangeAccount(ctx, a.ID, func(x *auth.Account, _ auth.Others) (*auth.Entry, error) { x.Name = "X"; return nil, nil }); err != nil {
			t.Fatal(err)
		}
		same(s.Account(ctx, a.ID))
		wantKind(t, s.ChangeAccount(ctx, "nobody", change), fault.NotFound)

		b, c := addAccount(t, s, 3), account(4)
		c.Password = ""
		if err := s.AddAccount(ctx, c, entry("added")); err != nil {
			t.Fatal(err)
		}
		err = s.ChangeAccount(ctx, a.ID, func(_ *auth.Account, others auth.Others) (*auth.Entry, error) {
			if others != (auth.Others{Enabled: 2, Able: 1}) {
				t.Errorf("others %+v", others)
			}
			return nil, nil
		})
		all, listErr := s.Curators(ctx)
		if err != nil || listErr != nil || len(all) != 3 || all[1] != b.Curator {
			t.Errorf("curators %+v: %v, %v", all, err, listErr)
		}
		entries, err := s.Entries(ctx, auth.Filter{}, 100)
		if err != nil || len(entries) != 4 {
			t.Errorf("%d entries for 4 changes: %v", len(entries), err)
		}
	})
}

func TestSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		a, b := addAccount(t, s, 1), addAccount(t, s, 2)
		x := &auth.Session{ID: "s1", Curator: a.ID, Epoch: 3, Agent: "Browser", CreatedAt: noon, SeenAt: noon, ExpiresAt: noon.Add(time.Hour)}
		if err := s.AddSession(ctx, x, auth.DigestOf("token")); err != nil {
			t.Fatal(err)
		}
		x.SeenAt = noon.Add(time.Minute)
		if err := s.SessionSeen(ctx, x.ID, x.SeenAt); err != nil {
			t.Fatal(err)
		}
		got, whose, err := s.Session(ctx, auth.DigestOf("token"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x, got) + cmp.Diff(a, whose); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
		y := *x
		y.ID, y.CreatedAt, y.ExpiresAt = "s2", noon.Add(time.Minute), noon.Add(time.Minute)
		if err := s.AddSession(ctx, &y, auth.DigestOf("other")); err != nil {
			t.Fatal(err)
		}
		list := func(want ...string) {
			t.Helper()
			all, err := s.SessionsOf(ctx, a.ID)
			var ids []string
			for _, x := range all {
				ids = append(ids, string(x.ID))
			}
			if err != nil || !cmp.Equal(ids, want) {
				t.Errorf("sessions %q, want %q: %v", ids, want, err)
			}
		}
		list("s2", "s1")
		if err := s.ForgetSessions(ctx, noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		list("s1")
		before, _, err := s.Head(ctx)
		noError(t, err)
		noError(t, s.EndSession(ctx, b.ID, x.ID, entry("ended"))) // not theirs
		list("s1")
		for range 2 {
			noError(t, s.EndSession(ctx, a.ID, x.ID, entry("ended")))
		}
		list()
		if after, _, err := s.Head(ctx); err != nil || after != before+1 {
			t.Errorf("%d entries for one session that ended: %v", after-before, err)
		}
		got, whose, err = s.Session(ctx, auth.DigestOf("token"))
		if err != nil || got.Epoch != -1 || whose.ID != a.ID { // whose it was is known
			t.Errorf("ended, it is %+v of %+v: %v", got, whose, err)
		}
		noError(t, s.ForgetSessions(ctx, x.ExpiresAt))
		_, _, err = s.Session(ctx, auth.DigestOf("token"))
		wantKind(t, err, fault.NotFound)
	})
}

// TestTurns takes turns from two servers at once, at a clock that stands still, and then passes.
func TestTurns(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		servers := []*store.Store{storetest.Open(t, dsn, store.Options{}), storetest.Open(t, dsn, store.Options{})}
		key := auth.DigestOf("key")
		var mu sync.Mutex
		var wg sync.WaitGroup
		got := 0
		for i := range 40 {
			wg.Go(func() {
				wait, err := servers[i%2].TakeTurn(ctx, key, 10*time.Second, 7, noon)
				mu.Lock()
				defer mu.Unlock()
				if err != nil || wait != 0 && wait != 10*time.Second {
					t.Errorf("wait %v: %v", wait, err)
				}
				if wait == 0 {
					got++
				}
			})
		}
		wg.Wait()
		if got != 7 {
			t.Errorf("%d turns at once, want 7", got)
		}
		take := func(key auth.Digest, at time.Time, want time.Duration) {
			t.Helper()
			if wait, err := servers[0].TakeTurn(ctx, key, 10*time.Second, 7, at); err != nil || wait != want {
				t.Errorf("wait %v, want %v: %v", wait, want, err)
			}
		}
		take(auth.DigestOf("another"), noon, 0)
		take(key, noon.Add(4*time.Second), 6*time.Second)
		take(key, noon.Add(10*time.Second), 0)
		take(key, noon.Add(10*time.Second), 10*time.Second)
		if err := servers[0].GiveTurns(ctx, key, auth.DigestOf("nothing")); err != nil {
			t.Fatal(err)
		}
		take(key, noon.Add(10*time.Second), 0)
		one, err := servers[0].Salt(ctx)
		two, err2 := servers[1].Salt(ctx)
		if err != nil || err2 != nil || len(one) != 32 || string(one) != string(two) {
			t.Errorf("salts %x and %x: %v, %v", one, two, err, err2)
		}
	})
}

// TestNobodyWaitsInACircle has transactions meet that lock the same rows.
func TestNobodyWaitsInACircle(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		servers := []*store.Store{storetest.Open(t, dsn, store.Options{}), storetest.Open(t, dsn, store.Options{})}
		a := addAccount(t, servers[0], 1)
		var wg sync.WaitGroup
		many := func(one func(s *store.Store, i int) error) {
			for w := range 4 {
				wg.Go(func() {
					for i := range 25 {
						if err := one(servers[w%2], 100*w+i); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		many(func(s *store.Store, i int) error {
			k := &auth.Key{ID: auth.NewID(), Curator: a.ID, CreatedAt: noon, ExpiresAt: noon}
			return s.AddKey(ctx, k, auth.DigestOf(string(k.ID)), entry("key"))
		})
		many(func(s *store.Store, i int) error {
			return s.ChangeAccount(ctx, a.ID, func(a *auth.Account, _ auth.Others) (*auth.Entry, error) {
				a.Invitation = auth.DigestOf(fmt.Sprint(i))
				return entry("reset"), nil
			})
		})
		many(func(s *store.Store, i int) error {
			_, err := s.TakeTurn(ctx, auth.DigestOf(fmt.Sprint(i*7%5)), time.Second, 1, noon.Add(time.Duration(i%25)*time.Minute))
			return err
		})
		wg.Wait()
	})
}

func TestAuditLog(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		servers := []*store.Store{storetest.Open(t, dsn, store.Options{}), storetest.Open(t, dsn, store.Options{})}
		if p, err := auth.Prove(ctx, servers[0], auth.Mark{}); err != nil || p != (auth.Proof{}) {
			t.Errorf("an empty log proves %+v: %v", p, err)
		}
		var wg sync.WaitGroup
		const n = 30
		for i := range n {
			wg.Go(func() {
				if err := servers[i%2].Append(ctx, entry([]string{"a.one", "a.two", "ab"}[i%3])); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		p, err := auth.Prove(ctx, servers[0], auth.Mark{})
		if err != nil || p.Entries != n || p.Broken != 0 || p.Head.IsZero() {
			t.Fatalf("proved %+v: %v", p, err)
		}
		for _, c := range []struct {
			filter auth.Filter
			want   int
		}{
			{auth.Filter{}, n},
			{auth.Filter{Action: "a."}, 20},
			{auth.Filter{Action: "a.one"}, 10},
			{auth.Filter{Action: "a"}, 0},
			{auth.Filter{Action: "%."}, 0},
			{auth.Filter{Before: 11}, 10},
			{auth.Filter{Subject: "listing:ab"}, 10},
			{auth.Filter{Actor: auth.Console, Before: 2}, 1},
			{auth.Filter{Actor: "x"}, 0},
		} {
			got, err := servers[0].Entries(ctx, c.filter, 100)
			if err != nil || len(got) != c.want {
				t.Errorf("%+v: %d entries, want %d: %v", c.filter, len(got), c.want, err)
			}
			for i := 1; i < len(got); i++ {
				if got[i].No >= got[i-1].No {
					t.Errorf("%+v: not newest first", c.filter)
				}
			}
		}
		tamper(t, dsn, servers[0])
	})
}

// tamper changes the log by hand, in each way there is, and wants the first broken entry named.
func tamper(t *testing.T, dsn string, s *store.Store) {
	db := rawly(t, dsn)
	execute := func(statement string) error {
		_, err := db.ExecContext(t.Context(), statement)
		return err
	}
	for _, statement := range []string{"UPDATE audit SET actor = 'x' WHERE no = 5", "DELETE FROM audit WHERE no = 30", "DELETE FROM audit_head", "UPDATE audit_head SET no = 3"} {
		if err := execute(statement); err == nil || !strings.Contains(err.Error(), "the audit log only grows") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	// Whoever owns the database takes the guards away first.
	if strings.HasPrefix(dsn, "postgres") {
		noError(t, execute("ALTER TABLE audit DISABLE TRIGGER ALL"))
	} else {
		noError(t, execute("DROP TRIGGER audit_keeps_rows"))
		noError(t, execute("DROP TRIGGER audit_keeps_words"))
	}
	strange := "INSERT INTO audit SELECT %d, at, actor, name, action, subject, detail, before, hash FROM audit WHERE no = 30"
	if err := execute(fmt.Sprintf(strange, 0)); err == nil {
		t.Error("an entry of number 0 was taken")
	}
	if strings.HasPrefix(dsn, "postgres") {
		noError(t, execute("ALTER TABLE audit DROP CONSTRAINT audit_no_check"))
	} else {
		db.SetMaxOpenConns(1) // the next is of one connection
		noError(t, execute("PRAGMA ignore_check_constraints = ON"))
	}
	noError(t, execute("CREATE TABLE copy AS SELECT * FROM audit"))
	for statement, first := range map[string]int64{
		"UPDATE audit SET name = 'Somebody else' WHERE no = 5":                                                        5,
		"UPDATE audit SET at = at + 1 WHERE no = 7":                                                                   7,
		"UPDATE audit SET detail = '{\"a\":\"b\"}' WHERE no = 9":                                                      9,
		"UPDATE audit SET detail = 'no JSON' WHERE no = 9":                                                            9,
		"UPDATE audit SET detail = '{\"a\":\"other\",' || substr(detail, 2) WHERE no = 9":                             9,
		"UPDATE audit SET detail = ' ' || detail WHERE no = 9":                                                        9,
		"UPDATE audit SET hash = hash || hash WHERE no = 10":                                                          10,
		"UPDATE audit SET before = before || before WHERE no = 10":                                                    10,
		"UPDATE audit SET actor = 'ab', name = 'c' WHERE no = 11":                                                     11,
		"DELETE FROM audit WHERE no = 13":                                                                             13,
		"DELETE FROM audit WHERE no > 28":                                                                             29,
		"DELETE FROM audit":                                                                                           1,
		"UPDATE audit SET hash = (SELECT hash FROM copy WHERE no = 3) WHERE no = 15":                                  15,
		"UPDATE audit SET no = 100 WHERE no = 17":                                                                     17,
		"UPDATE audit SET before = (SELECT before FROM copy WHERE no = 3) WHERE no = 19":                              19,
		"INSERT INTO audit SELECT 31, at, actor, name, action, subject, detail, before, hash FROM copy WHERE no = 30": 31,
		fmt.Sprintf(strange, 0):                                                                                       0,
		fmt.Sprintf(strange, -1):                                                                                      -1,
	} {
		noError(t, execute(statement))
		if p, err := auth.Prove(t.Context(), s, auth.Mark{}); err != nil || p.Broken != first || p.Why == "" {
			t.Errorf("after %s the first broken entry is %d (%s), want %d: %v", statement, p.Broken, p.Why, first, err)
		}
		noError(t, execute("DELETE FROM audit"))
		noError(t, execute("INSERT INTO audit SELECT * FROM copy"))
	}
	cut(t, s, strings.HasPrefix(dsn, "postgres"), execute)
	noError(t, execute("DELETE FROM audit"))
	noError(t, execute("INSERT INTO audit SELECT * FROM copy"))
	rewrite(t, s, execute)
}

// cut takes the end of the log away and sets back the note of it: what was noted elsewhere tells.
func cut(t *testing.T, s *store.Store, postgres bool, execute func(string) error) {
	no, hash, err := s.Head(t.Context())
	noError(t, err)
	mark, err := auth.ParseMark(auth.Mark{No: no, Hash: hash}.String())
	noError(t, err)
	if p, err := auth.Prove(t.Context(), s, mark); err != nil || p.Why != "" {
		t.Errorf("before: %+v: %v", p, err)
	}
	if postgres {
		noError(t, execute("ALTER TABLE audit_head DISABLE TRIGGER ALL"))
	} else {
		noError(t, execute("DROP TRIGGER audit_head_grows"))
	}
	noError(t, execute("DELETE FROM audit WHERE no > 28"))
	noError(t, execute("UPDATE audit_head SET no = 28, hash = (SELECT hash FROM copy WHERE no = 28)"))
	if p, err := auth.Prove(t.Context(), s, mark); err != nil || p.Broken != 29 || p.Why == "" {
		t.Errorf("the end is gone, and it says %+v: %v", p, err)
	}
	noError(t, execute("UPDATE audit_head SET no = 30, hash = (SELECT hash FROM copy WHERE no = 30)"))
	mark.Hash[0]++
	noError(t, execute("INSERT INTO audit SELECT * FROM copy WHERE no > 28"))
	if p, err := auth.Prove(t.Context(), s, mark); err != nil || p.Broken != 30 || p.Why == "" {
		t.Errorf("another entry was noted, and it says %+v: %v", p, err)
	}
	for _, bad := range []string{"", "1", "1:", "x:" + strings.Repeat("0", 64), "0:" + strings.Repeat("0", 64), "1:" + strings.Repeat("0", 66)} {
		if _, err := auth.ParseMark(bad); err == nil {
			t.Errorf("%q is a mark", bad)
		}
	}
}

// rewrite changes an entry with its hash and leaves the others: the next one tells.
func rewrite(t *testing.T, s *store.Store, execute func(string) error) {
	entries, err := s.Entries(t.Context(), auth.Filter{Before: 22}, 1)
	noError(t, err)
	e := entries[0]
	e.Name = "Somebody else"
	e.Seal(e.No-1, e.Before)
	noError(t, execute(fmt.Sprintf("UPDATE audit SET name = 'Somebody else' WHERE no = %d", e.No)))
	literal := fmt.Sprintf("x'%x'", e.Hash[:])
	if err := execute(fmt.Sprintf("UPDATE audit SET hash = %s WHERE no = %d", literal, e.No)); err != nil {
		noError(t, execute(fmt.Sprintf("UPDATE audit SET hash = decode('%x', 'hex') WHERE no = %d", e.Hash[:], e.No)))
	}
	if p, err := auth.Prove(t.Context(), s, auth.Mark{}); err != nil || p.Broken != e.No+1 {
		t.Errorf("the first broken entry is %d (%s), want %d: %v", p.Broken, p.Why, e.No+1, err)
	}
}

// rawly opens the database itself, as whoever has its password or its file can.
func rawly(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	driver, name := "sqlite", "file:"+(&url.URL{Path: dsn}).EscapedPath()
	if strings.HasPrefix(dsn, "postgres") {
		driver, name = "pgx", dsn
	}
	db, err := sql.Open(driver, name)
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	return db
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
