package main

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// TestRealSeed asks a server that was just started what people will ask first.
func TestRealSeed(t *testing.T) {
	base, stop := serve(t, "--data", t.TempDir())

	for _, c := range []struct {
		name, query, facet, code string
		within                   float64 // metres
	}{
		{"ECT near Boston", "place=Boston&treatment=ect&radius=100mi", "treatment", "ect", 100 * 1609.344},
		{"CBT near Boston", "place=Boston&modality=cbt&radius=50mi", "modality", "cbt", 50 * 1609.344},
		{"psychodynamic in New York", "place=New+York&modality=psychodynamic", "modality", "psychodynamic", 25 * 1609.344},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := listings(t, base, c.query)
			if len(a.Hits) < 2 || a.Total < len(a.Hits) || a.Demonstration {
				t.Fatalf("%d of %d hits, demonstration %v", len(a.Hits), a.Total, a.Demonstration)
			}
			last := 0.0
			for _, h := range a.Hits {
				if h.Distance < last || h.Distance > c.within {
					t.Errorf("%s is %.0f m away, after one %.0f m away", h.Name, h.Distance, last)
				}
				last = h.Distance
				if len(h.Matched) == 0 || h.Matched[0].Facet != c.facet || h.Matched[0].Code != c.code || h.Matched[0].Source == "" {
					t.Errorf("%s matched %+v, want %s=%s with its source", h.Name, h.Matched, c.facet, c.code)
				}
				if len(h.Channels) == 0 {
					t.Errorf("%s can't be reached", h.Name)
				}
			}
		})
	}
	t.Run("helplines of a ZIP", func(t *testing.T) {
		a := listings(t, base, "place=02139&kind=helpline")
		if len(a.Remote) == 0 || a.Remote[0].Channels[0].Number != "988" {
			t.Fatalf("the first line is not 988: %+v", a.Remote)
		}
		for _, h := range append(a.Hits, a.Remote...) {
			if h.Kind != "helpline" {
				t.Errorf("%s is a %s", h.Name, h.Kind)
			}
		}
	})
	t.Run("Britain at three in the morning", func(t *testing.T) {
		var a answer
		status, body := get(t, base+"/api/v1/helplines?country=GB&at=2026-11-24T03:00:00Z", &a)
		if status != http.StatusOK || len(a.Lines) < 3 {
			t.Fatalf("%d, %d lines: %.300s", status, len(a.Lines), body)
		}
		order := []string{"open", "unknown", "closed"}
		open, last := 0, 0
		for i, l := range a.Lines {
			at := slices.Index(order, l.Open)
			if at < 0 {
				t.Fatalf("%s is %q", l.Name, l.Open)
			}
			if at == 0 {
				open++
			}
			// The priority line stands first, open or not; lines of a part of the country stand behind.
			national := len(l.Coverage.Countries) > 0
			if i > 1 && national && at < last {
				t.Errorf("%s is %s, after one that is %s", l.Name, l.Open, order[last])
			}
			last = at
		}
		if open == 0 || open == len(a.Lines) {
			t.Errorf("%d of %d lines are open at night", open, len(a.Lines))
		}
	})
	t.Run("errors", func(t *testing.T) {
		for query, want := range map[string]int{
			"place=Xyzzyville":            http.StatusUnprocessableEntity,
			"near=91,0":                   http.StatusBadRequest,
			"place=Boston&radius=-1":      http.StatusBadRequest,
			"place=Boston&modality=magic": http.StatusBadRequest,
			"colour=blue":                 http.StatusBadRequest,
		} {
			var p struct{ Status int }
			if status, body := get(t, base+"/api/v1/listings?"+query, &p); status != want || p.Status != want {
				t.Errorf("%s: %d %s, want %d", query, status, body, want)
			}
		}
	})
	t.Run("pages", func(t *testing.T) {
		for _, path := range []string{"/", "/search?place=Boston&treatment=ect", "/search?place=Xyzzyville", "/nowhere"} {
			if _, body := get(t, base+path, nil); !strings.Contains(body, "988") {
				t.Errorf("%s does not show the crisis line", path)
			}
		}
	})
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d after an orderly end", code)
	}
}

// TestBothDatabases starts on each database, the second time on what the first start left.
func TestBothDatabases(t *testing.T) {
	storetest.EachNew(t, func(t *testing.T, dsn string) {
		base, stop := serve(t, "--database", dsn)
		first := listings(t, base, "limit=1").Total
		if code := stop(); code != exitOK || first == 0 {
			t.Fatalf("exit code %d, %d listings", code, first)
		}
		base, _ = serve(t, "--database", dsn)
		if again := listings(t, base, "limit=1").Total; again != first {
			t.Errorf("%d listings after a second start, %d before", again, first)
		}
	})
}

// TestTerminate sends SIGTERM to a server of its own process while it answers: what was begun is answered whole.
func TestTerminate(t *testing.T) {
	base, cmd, errs := process(t, "--data", t.TempDir())

	// One request is under way, half of it sent, when the signal comes.
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /api/v1/emergency/US HTTP/1.1\r\nHost: x\r\n")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // long enough for the server to have begun reading, and no matter if it has not
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("Connection: close\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	_, err = got.ReadFrom(conn)
	if !strings.HasPrefix(got.String(), "HTTP/1.1 200 ") || !strings.Contains(got.String(), "911") {
		t.Errorf("the request under way got %v %q", err, got.String())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, errs)
	}
	if _, err := http.Get(base + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

func TestBusyPort(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dir := filepath.Join(t.TempDir(), "data")
	r := command(t, "serve", "--addr", ln.Addr().String(), "--data", dir)
	if r.code != exitFailed || !strings.Contains(r.err, "in use") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it made a store before it knew that it could serve")
	}
}

// TestServersStartTogether on a database that holds nothing: the schema is made and the listings are loaded once.
func TestServersStartTogether(t *testing.T) {
	storetest.EachNew(t, func(t *testing.T, dsn string) {
		const servers = 4
		logs := make([]ledger, servers)
		var all sync.WaitGroup
		for i := range servers {
			all.Go(func() {
				d, err := beginning{}.begin(t.Context(), &settings{Database: dsn}, slog.New(slog.NewTextHandler(&logs[i], nil)))
				if err != nil {
					t.Error(err)
					return
				}
				defer d.Close()
				if empty, err := d.Empty(t.Context()); err != nil || empty {
					t.Errorf("server %d is about to serve nothing: %v", i, err)
				}
			})
		}
		all.Wait()
		filled := 0
		for i := range logs {
			filled += strings.Count(logs[i].String(), "new store filled")
		}
		s := storetest.Open(t, dsn, store.Options{})
		n, err := s.Count(t.Context())
		_, changes, seqErr := s.Latest(t.Context())
		if total := n[directory.Published] + n[directory.Draft]; filled != 1 || err != nil || seqErr != nil || total == 0 || changes != int64(total) {
			t.Errorf("filled %d times, %d changes of %v; %v, %v", filled, changes, n, err, seqErr)
		}
	})
}

// TestStarting: before the index is built there is no answer rather than half of one.
func TestStarting(t *testing.T) {
	d, err := beginning{}.begin(t.Context(), &settings{Data: t.TempDir()}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r, err := d.assemble(t.Context(), serveCmd{}, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	base, stop := listen(t, r.web.Serve)
	for path, want := range map[string]int{
		"/readyz": http.StatusServiceUnavailable, "/healthz": http.StatusOK,
		"/api/v1/listings?place=Boston": http.StatusServiceUnavailable, "/api/v1/emergency/US": http.StatusOK,
	} {
		if status, body := get(t, base+path, nil); status != want {
			t.Errorf("before the index: %s is %d, want %d: %s", path, status, want, body)
		}
	}
	if err := r.engines.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, base+"/readyz", nil); status != http.StatusOK {
		t.Errorf("with the index: %d %s", status, body)
	}
	stop()
}

// listen serves on a free port until stop is called.
func listen(t *testing.T, serve func(context.Context, net.Listener) error) (base string, stop func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, ln) }()
	return "http://" + ln.Addr().String(), func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// TestWithdrawn: from the moment its withdrawal is saved nobody is given a listing's number, whatever the index says.
func TestWithdrawn(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		d, err := beginning{}.begin(t.Context(), &settings{Database: dsn}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		r, err := d.assemble(t.Context(), serveCmd{}, slog.New(slog.DiscardHandler), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.engines.build(t.Context()); err != nil { // and no indexer runs: the index stays as it is
			t.Fatal(err)
		}
		base, stop := listen(t, r.web.Serve)
		defer stop()
		const question = "place=Boston&treatment=ect&radius=100mi"
		gone := listings(t, base, question).Hits[0]
		id, err := directory.ParseID(gone.ID)
		if err != nil {
			t.Fatal(err)
		}
		l, err := d.Listing(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		l = l.Clone()
		l.Status, l.ArchivedReason = directory.Archived, "It has closed."
		if err := d.desk().Save(t.Context(), l, l.Revision, directory.Editor{Name: "test"}); err != nil {
			t.Fatal(err)
		}
		for _, h := range listings(t, base, question).Hits {
			if h.ID == gone.ID {
				t.Errorf("%s is still found", h.Name)
			}
		}
		if status, body := get(t, base+"/api/v1/listings/"+gone.ID, nil); status != http.StatusGone || !strings.Contains(body, "It has closed.") {
			t.Errorf("it is %d %s", status, body)
		}
	})
}

// TestDemonstrations loads made-up listings beside a running server and takes them away again.
func TestDemonstrations(t *testing.T) {
	dir := t.TempDir()
	base, _ := serve(t, "--data", dir)
	before := listings(t, base, "limit=1")
	must(t, "demo", "--data", dir, "--listings", "400", "--seed", "3")
	eventually(t, "the server finds the demonstrations and says what they are", func() bool {
		a := listings(t, base, "limit=1")
		return a.Demonstration && a.Total+a.RemoteTotal == before.Total+before.RemoteTotal+400
	})
	if _, body := get(t, base+"/", nil); !strings.Contains(strings.ToLower(body), "demonstration") {
		t.Error("the page does not say that demonstrations are loaded")
	}
	if out := must(t, "export", "--data", dir); strings.Contains(strings.ToLower(out), "demonstration") {
		t.Error("demonstrations are exported")
	}
	if got := must(t, "demo", "--data", dir, "--remove"); got != "400 demonstration listings removed\n" {
		t.Errorf("it said %q", got)
	}
	eventually(t, "the demonstrations are gone", func() bool {
		a := listings(t, base, "limit=1")
		return !a.Demonstration && a.Total == before.Total && a.RemoteTotal == before.RemoteTotal
	})
}
