package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// raw opens a database past the store, to do to it what other programs might.
func raw(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	driver := "sqlite"
	if strings.HasPrefix(dsn, "postgres") {
		driver = "pgx"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestReopenKeepsEverything(t *testing.T) {
	storetest.EachNew(t, func(t *testing.T, dsn string) {
		l := directorytest.Sample(1)
		for base := range 3 {
			s, err := store.Open(t.Context(), dsn, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			save(t, s, l)
			if got := listing(t, s, l.ID); int(got.Revision) != base+1 {
				t.Errorf("revision %d, want %d", got.Revision, base+1)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	storetest.EachNew(t, func(t *testing.T, dsn string) {
		s, err := store.Open(t.Context(), dsn, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		save(t, s, directorytest.Sample(1))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		db := raw(t, dsn)
		if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`); err != nil {
			t.Fatal(err)
		}
		_, err = store.Open(t.Context(), dsn, store.Options{})
		wantKind(t, err, fault.Conflict)
		if err != nil && !strings.Contains(err.Error(), "newer Carefinder (schema 9999") {
			t.Errorf("unclear: %v", err)
		}
		var n int
		if err := db.QueryRow(`SELECT COUNT(*) FROM listing`).Scan(&n); err != nil || n != 1 {
			t.Errorf("listings left: %d, %v", n, err)
		}
	})
}

func TestServersMayStartTogether(t *testing.T) {
	storetest.EachNew(t, func(t *testing.T, dsn string) {
		var wg sync.WaitGroup
		for n := range 4 {
			wg.Go(func() {
				s, err := store.Open(t.Context(), dsn, store.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Save(t.Context(), directorytest.Sample(n), 0, curator); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		dsn  string
		want fault.Kind
	}{
		{"", fault.Invalid},
		{"sqlite:", fault.Invalid},
		{":memory:", fault.Invalid},
		{"mysql://localhost/x", fault.Invalid},
		{"file:x.db?mode=ro", fault.Invalid},
		{"postgres://localhost:port/x", fault.Invalid},
		{dir, fault.Unavailable},
		{filepath.Join(dir, "no", "such", "folder.db"), fault.Unavailable},
		{"postgres://nobody@127.0.0.1:1/none?sslmode=disable", fault.Unavailable},
	}
	for _, tt := range tests {
		s, err := store.Open(t.Context(), tt.dsn, store.Options{})
		wantKind(t, err, tt.want)
		if s != nil {
			t.Errorf("%q: a store beside the error", tt.dsn)
		}
	}
}

func TestPasswordIsNotTold(t *testing.T) {
	for _, dsn := range []string{"postgres://me:hunter2@127.0.0.1:1/x?sslmode=disable", "postgres://me:hunter2@127.0.0.1:port/x"} {
		if _, err := store.Open(t.Context(), dsn, store.Options{}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
}

func TestSQLitePathIsTakenLiterally(t *testing.T) {
	for _, name := range []string{"with space.db", "100%25?x=1&mode=memory#.db", "Zürich.db"} {
		path := filepath.Join(t.TempDir(), name)
		for _, dsn := range []string{path, "sqlite:" + path, "sqlite://" + path} {
			storetest.Open(t, dsn, store.Options{})
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() == 0 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %d bytes, mode %v", name, info.Size(), info.Mode())
		}
	}
}

func TestSQLiteIsSetForPowerLoss(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t), store.Options{})
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
		if got, err := s.Pragma(t.Context(), name); got != want || err != nil {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
}

// TestLockedIsUnavailable has another program hold SQLite's write lock.
func TestLockedIsUnavailable(t *testing.T) {
	t.Parallel() // it waits for the busy timeout
	path := storetest.SQLite(t)
	s := storetest.Open(t, path, store.Options{})
	l := save(t, s, directorytest.Sample(1))
	other, err := raw(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.Save(t.Context(), l.Clone(), 1, curator), fault.Unavailable)
	listing(t, s, l.ID) // readers don't notice
	if _, err := other.ExecContext(context.WithoutCancel(t.Context()), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	save(t, s, l)
}

// TestLostConnectionsAreReplaced ends every session of the store, as a restart of the server does.
func TestLostConnectionsAreReplaced(t *testing.T) {
	dsn := storetest.Postgres(t)
	s := storetest.Open(t, dsn+"&application_name="+t.Name(), store.Options{})
	l := save(t, s, directorytest.Sample(1))
	if _, err := raw(t, dsn).Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`, t.Name()); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), l, 1, curator); err != nil { // the first may fail, and then says that trying again helps
		wantKind(t, err, fault.Unavailable)
		save(t, s, l)
	}
}
