package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// asProgram makes this test binary behave as carefinder itself, for tests that need a process of their own.
const asProgram = "CAREFINDER_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "1" {
		main()
	}
	os.Exit(m.Run())
}

// waiting bounds how long a test waits for what must happen. It is generous: only a failure takes so long.
const waiting = 3 * time.Minute

// result is what a command that ended left behind.
type result struct {
	code     int
	out, err string
}

func command(t *testing.T, args ...string) result {
	t.Helper()
	return commandWith(t, "", args...)
}

func commandWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waiting)
	defer cancel()
	var out, errs bytes.Buffer
	code := run(ctx, args, streams{strings.NewReader(stdin), &out, &errs})
	return result{code, out.String(), errs.String()}
}

// must runs a command that has to succeed and gives what it printed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	r := command(t, args...)
	if r.code != exitOK {
		t.Fatalf("carefinder %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// ledger is a buffer two goroutines may use.
type ledger struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *ledger) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var urlForm = regexp.MustCompile(`http://[0-9.:]+`)

// serve starts a server on a free port, waits until it is ready, and gives its URL and a way to stop it that tells the
// exit code.
func serve(t *testing.T, args ...string) (base string, stop func() int) {
	t.Helper()
	return serveTo(t, &ledger{}, &ledger{}, args...)
}

// serveTo does what serve does, and writes down what the server says.
func serveTo(t *testing.T, out, errs *ledger, args ...string) (base string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	args = append([]string{"serve", "--addr", "127.0.0.1:0", "--rate-limit", "0"}, args...)
	go func() { ended <- run(ctx, args, streams{strings.NewReader(""), out, errs}) }()
	stop = sync.OnceValue(func() int {
		cancel()
		select {
		case code := <-ended:
			if code != exitOK {
				t.Logf("the server said: %s", errs)
			}
			return code
		case <-time.After(waiting):
			t.Error("the server did not end")
			return -1
		}
	})
	t.Cleanup(func() { stop() })
	eventually(t, "the server is ready", func() bool {
		select {
		case code := <-ended:
			t.Fatalf("the server ended with exit code %d: %s", code, errs)
		default:
		}
		base = urlForm.FindString(out.String())
		return base != ""
	})
	return base, stop
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(waiting); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("waited in vain: %s", what)
}

// answer is what the API says of listings.
type answer struct {
	Total       int   `json:"total"`
	RemoteTotal int   `json:"remote_total"`
	Hits        []hit `json:"hits"`
	Remote      []hit `json:"remote"`
	Lines       []struct {
		hit
		Open     string                       `json:"open"`
		Coverage struct{ Countries []string } `json:"coverage"`
	} `json:"lines"`
	Facets        map[string][]struct{ Value string }
	Demonstration bool `json:"demonstration"`
}

type hit struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Kind     string  `json:"kind"`
	Distance float64 `json:"distance_m"`
	Matched  []struct{ Facet, Code, Source string }
	Channels []struct{ Number, URI string }
}

// get asks for a path and decodes the answer into to, when it is not nil.
func get(t *testing.T, url string, to any) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if to != nil {
		if err := json.Unmarshal(b, to); err != nil {
			t.Fatalf("%s: %v in %s", url, err, b)
		}
	}
	return resp.StatusCode, string(b)
}

func listings(t *testing.T, base, query string) answer {
	t.Helper()
	var a answer
	if status, body := get(t, base+"/api/v1/listings?"+query, &a); status != http.StatusOK {
		t.Fatalf("%s: %d %s", query, status, body)
	}
	return a
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		says   string
		onFail bool // on standard error
	}{
		{"help", []string{"--help"}, exitOK, "carefinder serve", false},
		{"help of a command", []string{"import", "--help"}, exitOK, "--dry-run", false},
		{"version", []string{"version"}, exitOK, "carefinder ", false},
		{"nothing", nil, exitUsage, "expected one of", true},
		{"unknown command", []string{"conquer"}, exitUsage, "conquer", true},
		{"unknown flag", []string{"serve", "--fast"}, exitUsage, "--fast", true},
		{"bad value", []string{"serve", "--rate-limit", "many"}, exitUsage, "--rate-limit", true},
		{"no store", []string{"export", "--data", "nowhere"}, exitFailed, "no directory at nowhere", true},
		{"no store to check", []string{"check", "--data", "nowhere"}, exitFailed, "WRONG store", false},
		{"no file", []string{"import", "missing.jsonl"}, exitFailed, "missing.jsonl", true},
		{"unknown database", []string{"serve", "--addr", "127.0.0.1:0", "--database", "mysql://x"}, exitFailed, "postgres://", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			r := command(t, c.args...)
			text := r.out
			if c.onFail {
				text = r.err
			}
			if r.code != c.code || !strings.Contains(strings.Join(strings.Fields(text), " "), c.says) {
				t.Errorf("exit code %d, want %d with %q\nout: %s\nerr: %s", r.code, c.code, c.says, r.out, r.err)
			}
			if made, _ := filepath.Glob("*"); len(made) > 0 {
				t.Errorf("it left %v behind", made)
			}
		})
	}
}

func TestEveryFlagIsAVariable(t *testing.T) {
	parser, err := newParser(&cli{}, streams{nil, io.Discard, io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, command := range parser.Model.Leaves(false) {
		for _, group := range command.AllFlags(false) {
			for _, f := range group {
				if seen++; f.Name != "help" && len(f.Envs) == 0 {
					t.Errorf("%s --%s can't be set in the environment", command.Name, f.Name)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d flags were looked at", seen)
	}
	for name, known := range map[string]bool{"CAREFINDER_DATA": true, "CAREFINDER_RATE_LIMIT": true, "CAREFINDER_DRY_RUN": true, "CAREFINDER_NONSENSE": false} {
		if knownVariable(name) != known {
			t.Errorf("knownVariable(%s) = %v", name, !known)
		}
	}
}

func TestVariablesReachTheCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "from-the-environment")
	t.Setenv("CAREFINDER_DATA", dir)
	t.Setenv("CAREFINDER_LISTINGS", "7")
	t.Setenv("CAREFINDER_EMPTY", "true")
	if got := must(t, "demo"); got != "7 demonstration listings loaded\n" {
		t.Errorf("it said %q", got)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the data directory is %v: others can read it", info.Mode().Perm())
	}
	t.Setenv("CAREFINDER_LISTING", "typo")
	if r := command(t, "check"); r.code != exitFailed || !strings.Contains(r.out, "CAREFINDER_LISTING is set, and no flag reads it") {
		t.Errorf("check did not see it: %d %s", r.code, r.out)
	}
}
