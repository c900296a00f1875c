package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carefinder/internal/store/storetest"
)

func TestHealth(t *testing.T) {
	base, stop := serve(t, "--data", t.TempDir())
	addr := strings.TrimPrefix(base, "http://")
	port := addr[strings.LastIndex(addr, ":"):]
	for _, at := range []string{addr, port, "0.0.0.0" + port} {
		if r := command(t, "health", "--addr", at); r.code != exitOK || !strings.Contains(r.out, `"ready":true`) {
			t.Errorf("%s: exit code %d: %s%s", at, r.code, r.out, r.err)
		}
	}
	t.Setenv("CAREFINDER_ADDR", addr) // the same variable tells serve where to listen
	must(t, "health")
	stop()
	if r := command(t, "health"); r.code != exitFailed || r.err == "" {
		t.Errorf("nobody is there: exit code %d: %s", r.code, r.err)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	if r := command(t, "health", "--addr", other.Listener.Addr().String()); r.code != exitFailed || !strings.Contains(r.err, "not a carefinder") {
		t.Errorf("another program answers: exit code %d: %s", r.code, r.err)
	}
}

// TestPasswordFile takes the password from where it is, and tells it nobody.
func TestPasswordFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("p@ss w/rd\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := settings{Database: "postgres://me@db.example.org:5433/x?sslmode=disable", DatabasePasswordFile: file}
	if dsn, err := s.withPassword(); err != nil || dsn != "postgres://me:p%40ss%20w%2Frd@db.example.org:5433/x?sslmode=disable" {
		t.Errorf("%s, %v", dsn, err)
	}
	if strings.Contains(s.shown(), "rd") {
		t.Errorf("it shows %s", s.shown())
	}
	for _, bad := range []settings{
		{Database: "postgres://db/x", DatabasePasswordFile: file},
		{Data: "x", DatabasePasswordFile: file},
		{Database: "postgres://me@db/x", DatabasePasswordFile: file + "x"},
	} {
		if dsn, err := bad.withPassword(); err == nil {
			t.Errorf("%+v gives %s", bad, dsn)
		}
	}
	must(t, "demo", "--empty", "--remove", "--database", storetest.Postgres(t), "--database-password-file", file)
}
