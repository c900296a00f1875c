// Package storetest gives tests a fresh, migrated store on each database.
//
// The rule to know: there is no fake. SQLite in a temporary file is quick enough for any test, so it always runs;
// PostgreSQL runs where CAREFINDER_TEST_POSTGRES holds the URL of a server whose user may create schemas, as
// .ci/postgres starts one. With CAREFINDER_TEST_REQUIRE=1 a missing server is a failure instead of a skip.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"carefinder/internal/store"
)

// Each runs fn as a sub-test on each database, with an empty store that is closed after it.
func Each(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	EachDSN(t, func(t *testing.T, dsn string) { fn(t, Open(t, dsn, store.Options{})) })
}

// EachDSN runs fn as a sub-test with the name of a database of each kind that holds nothing, for store.Open.
func EachDSN(t *testing.T, fn func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// EachNew is EachDSN for tests of how a database is made: none of them has a schema.
func EachNew(t *testing.T, fn func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { fn(t, filepath.Join(t.TempDir(), "carefinder.db")) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// Open opens the store dsn names for the length of the test.
func Open(tb testing.TB, dsn string, opts store.Options) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), dsn, opts)
	if err != nil {
		tb.Fatalf("open store: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close store: %v", err)
		}
	})
	return s
}

// SQLite names a new SQLite database for the length of the test. Its schema is there already: making it again takes
// longer than most tests do.
func SQLite(tb testing.TB) string {
	tb.Helper()
	empty, err := migrated()
	if err != nil {
		tb.Fatalf("make a store: %v", err)
	}
	path := filepath.Join(tb.TempDir(), "carefinder.db")
	if err := os.WriteFile(path, empty, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// migrated is the file of a SQLite database with the schema and nothing else.
var migrated = sync.OnceValues(func() (file []byte, err error) {
	folder, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "empty.db")
	s, err := store.Open(context.Background(), path, store.Options{})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Postgres names a new schema on the PostgreSQL server for the length of the test. It skips the test without one.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv("CAREFINDER_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("CAREFINDER_TEST_REQUIRE") == "1" {
			tb.Fatal("CAREFINDER_TEST_POSTGRES is not set")
		}
		tb.Skip(`no PostgreSQL: eval "$(.ci/postgres)" starts one`)
	}
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatal("CAREFINDER_TEST_POSTGRES is not a URL")
	}
	schema := "test_" + strings.ToLower(rand.Text())
	execute(tb, server, "CREATE SCHEMA "+schema)
	tb.Cleanup(func() { execute(tb, server, "DROP SCHEMA "+schema+" CASCADE") })
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// Tamper runs statements on the database dsn names, as somebody could who has its file or its password.
func Tamper(tb testing.TB, dsn string, statements ...string) {
	tb.Helper()
	db, _ := raw(tb, dsn)
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(tb.Context(), s); err != nil {
			tb.Fatalf("%s: %v", s, err)
		}
	}
}

// Lock keeps everybody from writing to the database dsn names until unlock, as another program that holds on to it does.
func Lock(tb testing.TB, dsn string) (unlock func()) {
	tb.Helper()
	db, postgres := raw(tb, dsn)
	tb.Cleanup(func() { _ = db.Close() })
	held, err := db.Conn(tb.Context())
	if err != nil {
		tb.Fatalf("connect: %v", err)
	}
	lock := "BEGIN IMMEDIATE"
	if postgres {
		lock = "BEGIN; LOCK TABLE listing, proposal, audit IN EXCLUSIVE MODE"
	}
	do := func(statement string) {
		if _, err := held.ExecContext(context.WithoutCancel(tb.Context()), statement); err != nil {
			tb.Fatalf("%s: %v", statement, err)
		}
	}
	do(lock)
	return func() { do("ROLLBACK") }
}

func raw(tb testing.TB, dsn string) (db *sql.DB, postgres bool) {
	tb.Helper()
	driver, name := "sqlite", "file:"+(&url.URL{Path: dsn}).EscapedPath()+"?_pragma=busy_timeout(5000)"
	if postgres = strings.HasPrefix(dsn, "postgres"); postgres {
		driver, name = "pgx", dsn
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	return db, postgres
}

func execute(tb testing.TB, server, statement string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context()) // which has ended in a cleanup
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		tb.Fatalf("connect: %v", err)
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	for tries := 0; deadlocked(err) && tries < 10; tries++ { // with what a killed process asked last
		_, err = c.Exec(ctx, statement)
	}
	if err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

func deadlocked(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && p.Code == "40P01"
}
