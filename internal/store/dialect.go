package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"carefinder/internal/fault"
)

// dialect is all that differs between the databases once they are open.
type dialect struct {
	name        goose.Dialect
	migrations  string               // folder
	unavailable func(err error) bool // trying again later may help
	lockRow     string               // after a SELECT in a transaction that goes on to write what it read
	skipLocked  string               // after a query: lock what it finds, but for what others have
}

// connect opens the pools of the database that dsn names.
func connect(dsn string) (*Store, error) {
	scheme, rest, _ := strings.Cut(dsn, ":")
	switch {
	case scheme == "postgres" || scheme == "postgresql":
		return connectPostgres(dsn)
	case scheme == "sqlite":
		return connectSQLite(strings.TrimPrefix(rest, "//"))
	case strings.Contains(dsn, "://"), strings.HasPrefix(dsn, "file:"):
		return nil, fault.New(fault.Invalid, "The database must be the path of a SQLite file or a postgres:// URL.")
	}
	return connectSQLite(dsn)
}

func connectPostgres(dsn string) (*Store, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "The database URL can't be read.", err) // pgx hides the password
	}
	db := stdlib.OpenDB(*config)
	limit(db, max(16, 4*runtime.GOMAXPROCS(0)))
	return &Store{write: db, read: db, dialect: dialect{goose.DialectPostgres, "postgres", postgresUnavailable, " FOR UPDATE", " FOR UPDATE SKIP LOCKED"}}, nil
}

// connectSQLite opens one connection for writing and a pool for reading. SQLite has one writer at a time: here writers
// wait in line for the connection, where the context can end the wait, rather than in SQLite's own busy loop, which is
// left for other processes. Readers never wait in WAL mode.
func connectSQLite(path string) (*Store, error) {
	if path == "" || strings.Contains(path, ":memory:") {
		return nil, fault.New(fault.Invalid, "The database needs the path of a file.")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	// SQLite would make it readable for every user of the machine, and it holds the addresses of shelters.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, fmt.Sprintf("The database file %s can't be opened.", path), err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	open := func(more ...string) (*sql.DB, error) {
		q := url.Values{"_pragma": append(more, "busy_timeout(5000)", "foreign_keys(1)", "synchronous(FULL)", "cache_size(-16000)")}
		if !slices.Contains(more, "query_only(1)") {
			q.Set("_txlock", "immediate") // a transaction that reads first must not find itself beaten to the write lock
		}
		return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	}
	write, err := open("journal_mode(WAL)")
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	read, err := open("query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("store: %w", errors.Join(err, write.Close()))
	}
	limit(write, 1)
	limit(read, max(4, 2*runtime.GOMAXPROCS(0)))
	return &Store{write: write, read: read, path: path, dialect: dialect{goose.DialectSQLite3, "sqlite", sqliteUnavailable, "", ""}}, nil
}

func limit(db *sql.DB, connections int) {
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
}

func sqliteUnavailable(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return errors.Is(err, driver.ErrBadConn)
	}
	switch e.Code() & 0xff { // the primary code
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}

func postgresUnavailable(err error) bool {
	var refused *pgconn.ConnectError
	var network net.Error
	var e *pgconn.PgError
	if errors.As(err, &e) {
		// Connection failures, lost races (deadlock, serialization), too little room, an administrator at work.
		return slices.Contains([]string{"08", "40", "53", "57"}, e.Code[:min(2, len(e.Code))]) || e.Code == "25006" // read-only
	}
	return errors.As(err, &refused) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF)
}
