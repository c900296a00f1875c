package meili_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/internal/search/meili"
	"carefinder/internal/search/searchtest"
)

// proxy stands before a server, and does to what passes what can happen on the way.
type proxy struct {
	*httptest.Server
	key     string
	harm    atomic.Pointer[harm]
	harmed  atomic.Int64
	forward func(*http.Request) (*http.Response, error)
}

// harm does something to a request. It reports false for one it lets pass.
type harm func(w http.ResponseWriter, r *http.Request, forward func(*http.Request) (*http.Response, error)) bool

func newProxy(t *testing.T) *proxy {
	t.Helper()
	target, key, through := server(t)
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	if through == nil {
		through = &http.Transport{DisableCompression: true}
	}
	p := &proxy{key: key}
	p.forward = func(r *http.Request) (*http.Response, error) {
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host, out.Host, out.RequestURI = to.Scheme, to.Host, to.Host, ""
		return through.RoundTrip(out)
	}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := p.harm.Load(); h != nil && (*h)(w, r, p.forward) {
			p.harmed.Add(1)
			return
		}
		pass(w, r, p.forward)
	}))
	t.Cleanup(p.Close)
	return p
}

func pass(w http.ResponseWriter, r *http.Request, forward func(*http.Request) (*http.Response, error)) {
	answer, err := forward(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body) // who went away needs no answer
}

func (p *proxy) do(h harm) { p.harm.Store(&h) }

func (p *proxy) heal() { p.harm.Store(nil) }

// refuse answers with an error as the server writes them.
func refuse(status int, code string) harm {
	return func(w http.ResponseWriter, _ *http.Request, _ func(*http.Request) (*http.Response, error)) bool {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"message":"said by the server","code":%q,"type":"system","link":"https://docs.meilisearch.com/errors"}`, code)
		return true
	}
}

func say(status int, body string) harm {
	return func(w http.ResponseWriter, _ *http.Request, _ func(*http.Request) (*http.Response, error)) bool {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

// only confines harm to what a path holds.
func only(part string, h harm) harm {
	return func(w http.ResponseWriter, r *http.Request, forward func(*http.Request) (*http.Response, error)) bool {
		return strings.Contains(r.Method+" "+r.URL.Path, part) && h(w, r, forward)
	}
}

func hangUp(http.ResponseWriter, *http.Request, func(*http.Request) (*http.Response, error)) bool {
	panic(http.ErrAbortHandler)
}

func hang(_ http.ResponseWriter, r *http.Request, _ func(*http.Request) (*http.Response, error)) bool {
	_, _ = io.Copy(io.Discard, r.Body) // or the end of the connection is not noticed
	<-r.Context().Done()
	return true
}

// cut ends the connection in the middle of what the server answers.
func cut(w http.ResponseWriter, r *http.Request, forward func(*http.Request) (*http.Response, error)) bool {
	answer, err := forward(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	b, _ := io.ReadAll(answer.Body)
	w.Header().Set("Content-Length", fmt.Sprint(len(b)))
	w.WriteHeader(answer.StatusCode)
	_, _ = w.Write(b[:len(b)/2])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// lines are what the faults are tried on.
func lines() (ops []search.Op) {
	for _, name := range []string{"One", "Two", "Three"} {
		l := &directory.Listing{ID: directory.ImportedID("fault", name), Kind: directory.Helpline, Status: directory.Published, Revision: 1, Name: name, Coverage: directory.Coverage{Countries: []string{"US"}}}
		ops = append(ops, search.Op{ID: l.ID, Listing: l})
	}
	return ops
}

var everything = search.Match{Sort: search.ByName, Limit: 10, Serves: &search.Locale{Anywhere: true}}

// TestFaults: whatever happens to the server, who asks is answered in time and told that a stand-in answered; the server
// is not pressed while it is in trouble, and asked again when it is well.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		harm harm
		code string
	}{
		{"down", hangUp, "lost"},
		{"slow", hang, ""},
		{"wrong key", refuse(http.StatusForbidden, "invalid_api_key"), "invalid_api_key"},
		{"rate limited", refuse(http.StatusTooManyRequests, "too_many_requests"), "too_many_requests"},
		{"too many searches", refuse(http.StatusServiceUnavailable, "too_many_search_requests"), "too_many_search_requests"},
		{"full disk", refuse(http.StatusUnprocessableEntity, "no_space_left_on_device"), "no_space_left_on_device"},
		{"no such index", refuse(http.StatusNotFound, "index_not_found"), "index_not_found"},
		{"a proxy's own error", say(http.StatusBadGateway, "<html>bad gateway</html>"), "garbage"},
		{"garbage", say(http.StatusOK, "<html>welcome</html>"), "garbage"},
		{"another answer", say(http.StatusOK, `{"results":[]}`), "garbage"},
		{"a row nobody wrote", say(http.StatusOK, `{"results":[{"hits":[{"row":"%%%"}],"totalHits":1},{"hits":[],"totalHits":1},{"hits":[],"totalHits":1}]}`), "garbage"},
		{"cut in the middle", cut, "lost"},
	} {
		t.Run(c.name, func(t *testing.T) { underFault(t, c.harm, c.code) })
	}
}

func underFault(t *testing.T, h harm, code string) {
	p := newProxy(t)
	first := meili.New(meili.Config{URL: p.URL, Key: p.key, Vocabulary: searchtest.Vocabulary(), Prefix: "f-" + nameOf(t)})
	empty(t, first)
	second := embedded.New(searchtest.Vocabulary())
	defer second.Close()
	both := search.NewStandby(first, second, "embedded", search.StandbyConfig{Failures: 3, Rest: 50 * time.Millisecond, Patience: time.Second})
	defer both.Close()
	if err := both.Apply(t.Context(), lines()); err != nil {
		t.Fatal(err)
	}
	asked := func() *search.Candidates {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		c, err := both.Match(ctx, everything)
		if err != nil {
			t.Fatalf("not answered in time: %v", err)
		}
		if c.RemoteTotal != 3 || len(c.Remote) != 3 {
			t.Fatalf("%d found, want 3", c.RemoteTotal)
		}
		return c
	}
	if c := asked(); c.Degraded || c.Engine != "" || both.Status().Reason != nil {
		t.Errorf("degraded %v by %q while all is well: %v", c.Degraded, c.Engine, both.Status().Reason)
	}
	p.do(h)
	for range 40 {
		if c := asked(); !c.Degraded || c.Engine != "embedded" {
			t.Fatalf("degraded %v, answered by %q", c.Degraded, c.Engine)
		}
	}
	if n := p.harmed.Load(); n > 20 {
		t.Errorf("40 questions pressed a server in trouble with %d requests", n)
	}
	st := both.Status()
	if !fault.Is(st.Reason, fault.Unavailable) || meili.CodeOf(st.Reason) != code || st.StoodIn != 40 || st.Since.IsZero() {
		t.Errorf("status %+v, want the code %q", st, code)
	}
	p.heal()
	eventually(t, "the server is asked again", func() bool { return !asked().Degraded })
	if st := both.Status(); st.Reason != nil {
		t.Errorf("after it: %v", st.Reason)
	}
}

// eventually waits for what must come about.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("not in ten seconds: %s", what)
}

// TestGaveUp: who went away is no sign against the server.
func TestGaveUp(t *testing.T) {
	p := newProxy(t)
	first := meili.New(meili.Config{URL: p.URL, Key: p.key, Vocabulary: searchtest.Vocabulary(), Prefix: "f-" + nameOf(t)})
	empty(t, first)
	second := embedded.New(searchtest.Vocabulary())
	defer second.Close()
	both := search.NewStandby(first, second, "embedded", search.StandbyConfig{Failures: 1, Patience: time.Minute})
	defer both.Close()
	p.do(hang)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := both.Match(ctx, everything); !fault.Is(err, fault.Canceled) {
		t.Errorf("got %v", err)
	}
	if st := both.Status(); st.Reason != nil || st.StoodIn != 0 {
		t.Errorf("status %+v", st)
	}
}

// TestErrorsKeepQuiet: what is said of a failure holds nothing of the question.
func TestErrorsKeepQuiet(t *testing.T) {
	p := newProxy(t)
	e := meili.New(meili.Config{URL: p.URL, Key: p.key, Vocabulary: searchtest.Vocabulary(), Prefix: "f-" + nameOf(t)})
	empty(t, e)
	for _, h := range []harm{hangUp, refuse(400, "invalid_search_filter"), refuse(500, "internal"), say(200, "?"), cut} {
		p.do(h)
		at := geo.LatLng(42.123456, -71.123456)
		_, err := e.Match(t.Context(), search.Match{Words: []search.Word{{Text: "suicidal"}}, Region: geo.Circle{Center: at, Radius: 1000}, Sort: search.ByName})
		if err == nil || strings.Contains(err.Error(), "suicidal") || strings.Contains(err.Error(), "42.12") || strings.Contains(err.Error(), "said by") {
			t.Errorf("%v", err)
		}
	}
}

// truth is a store of listings whose log always has the same name, so that what is asked of a server can be played.
type truth struct {
	mu       sync.Mutex
	listings map[directory.ID]*directory.Listing
	ids      []directory.ID // in the order first saved: that of a map would ask something else each time
	changes  []directory.Change
}

func (s *truth) save(ops ...search.Op) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range ops {
		if s.listings[op.ID] == nil {
			s.ids = append(s.ids, op.ID)
		}
		s.listings[op.ID] = op.Listing
		s.changes = append(s.changes, directory.Change{Seq: int64(len(s.changes) + 1), ID: op.ID, Revision: 1})
	}
}

func (s *truth) Published(_ context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*directory.Listing, len(ids))
	for i, id := range ids {
		out[i] = s.listings[id]
	}
	return out, nil
}

func (s *truth) Changes(_ context.Context, after int64, most int) ([]directory.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := s.changes[after:]
	return rest[:min(len(rest), most)], nil
}

func (s *truth) Latest(context.Context) (string, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "the log", int64(len(s.changes)), nil
}

func (s *truth) Each(_ context.Context, visit func(*directory.Listing) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.ids {
		if err := visit(s.listings[id]); err != nil {
			return err
		}
	}
	return nil
}

// follow runs an indexer until the test ends.
func follow(t *testing.T, e search.Engine, s search.Source) *search.Indexer {
	t.Helper()
	x := search.NewIndexer(e, s, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { x.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	return x
}

// TestBacklogDrains: what is saved while the server can't take it is in its index when it can again, by itself.
func TestBacklogDrains(t *testing.T) {
	failedTask := func(code string) harm {
		return only("GET /tasks/", say(http.StatusOK, `{"uid":1,"status":"failed","type":"documentAdditionOrUpdate","error":{"code":"`+code+`","message":"","type":"system","link":""}}`))
	}
	for _, c := range []struct {
		name string
		harm harm
	}{
		{"down", hangUp},
		{"full disk", only("POST /indexes", refuse(http.StatusUnprocessableEntity, "no_space_left_on_device"))},
		{"full disk in the task", failedTask("no_space_left_on_device")},
		{"the task fails inside", failedTask("internal")},
		{"rate limited", refuse(http.StatusTooManyRequests, "too_many_requests")},
		{"wrong key", refuse(http.StatusForbidden, "invalid_api_key")},
		{"garbage", say(http.StatusOK, "<html>")},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProxy(t)
			e := meili.New(meili.Config{URL: p.URL, Key: p.key, Vocabulary: searchtest.Vocabulary(), Prefix: "b-" + nameOf(t)})
			empty(t, e)
			s := &truth{listings: map[directory.ID]*directory.Listing{}}
			ops := lines()
			s.save(ops[0])
			x := follow(t, e, s)
			eventually(t, "the first listing is found", func() bool { return x.Status().Seq == 1 && x.Status().Err == nil })
			p.do(c.harm)
			s.save(ops[1:]...)
			x.Wake()
			eventually(t, "the failure is told", func() bool { return x.Status().Err != nil })
			if st := x.Status(); st.Refused > 0 || st.Seq != 1 {
				t.Errorf("the listings are taken to be at fault, or lost: %+v", st)
			}
			p.heal()
			eventually(t, "the backlog is drained", func() bool { return x.Status().Seq == 3 && x.Status().Err == nil })
			if n := found(t, e); n != 3 {
				t.Errorf("%d are found, want 3", n)
			}
		})
	}
}

// TestRefusedDocument: of a batch the server refuses, only the listing at fault waits, and is named.
func TestRefusedDocument(t *testing.T) {
	p := newProxy(t)
	e := meili.New(meili.Config{URL: p.URL, Key: p.key, Vocabulary: searchtest.Vocabulary(), Prefix: "b-" + nameOf(t)})
	empty(t, e) // and without a mark: it is built anew
	s := &truth{listings: map[directory.ID]*directory.Listing{}}
	ops := lines()
	s.save(ops...)
	bad := ops[1].ID.String()
	p.do(only("POST /indexes", func(w http.ResponseWriter, r *http.Request, forward func(*http.Request) (*http.Response, error)) bool {
		b, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(b))
		return strings.Contains(string(b), bad) && refuse(http.StatusBadRequest, "invalid_document_fields")(w, r, forward)
	}))
	x := follow(t, e, s)
	eventually(t, "the others are found", func() bool { return x.Status().Seq == 3 && x.Status().Refused == 1 })
	if n := found(t, e); n != 2 {
		t.Errorf("%d are found, want the two others", n)
	}
	if err := x.Status().Err; meili.CodeOf(err) != "invalid_document_fields" {
		t.Errorf("the status says %v", err)
	}
	p.heal()
	eventually(t, "the server takes it", func() bool { return x.Status().Refused == 0 })
	if n := found(t, e); n != 3 {
		t.Errorf("%d are found, want 3", n)
	}
}

// TestSwapCut: when the connection ends in the middle of putting a new index in the old one's place, there is the old
// index or the new one, whole, and building again succeeds.
func TestSwapCut(t *testing.T) {
	for name, h := range map[string]harm{"before the server heard": hangUp, "before the server's answer": cut} {
		t.Run(name, func(t *testing.T) {
			p := newProxy(t)
			e := meili.New(meili.Config{URL: p.URL, Key: p.key, Vocabulary: searchtest.Vocabulary(), Prefix: "s-" + nameOf(t)})
			empty(t, e)
			fill := func(into search.Marked) error { return into.Apply(t.Context(), lines()) }
			p.do(only("POST /swap-indexes", h))
			if err := e.Rebuild(t.Context(), fill); !fault.Is(err, fault.Unavailable) {
				t.Fatalf("got %v", err)
			}
			if n := found(t, e); n != 0 && n != 3 {
				t.Errorf("%d of 3 are found", n)
			}
			p.heal()
			if err := e.Rebuild(t.Context(), fill); err != nil {
				t.Fatal(err)
			}
			if n := found(t, e); n != 3 {
				t.Errorf("%d are found, want 3", n)
			}
		})
	}
}

// TestKeys: the master key makes the keys to work with and is used for nothing else.
func TestKeys(t *testing.T) {
	p := newProxy(t)
	var mu sync.Mutex
	used := map[string]map[string]bool{}
	p.do(func(_ http.ResponseWriter, r *http.Request, _ func(*http.Request) (*http.Response, error)) bool {
		mu.Lock()
		defer mu.Unlock()
		what := strings.SplitN(r.URL.Path, "/", 3)[1]
		if used[what] == nil {
			used[what] = map[string]bool{}
		}
		used[what][strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] = true
		return false
	})
	e := meili.New(meili.Config{URL: p.URL, Key: p.key, Vocabulary: searchtest.Vocabulary(), Prefix: "k-" + nameOf(t)})
	empty(t, e)
	if n := found(t, e); n != 0 {
		t.Errorf("%d found", n)
	}
	if len(used["keys"]) != 1 || !used["keys"][p.key] {
		t.Error("keys are not made with the master key")
	}
	for what, keys := range used {
		if what != "keys" && keys[p.key] {
			t.Errorf("the master key is used for /%s", what)
		}
	}
	if liveURL == "" || recording {
		return // what the made-up keys may do only a server knows
	}
	for key := range used["multi-search"] {
		searcher := meili.New(meili.Config{URL: p.URL, Key: key, Vocabulary: searchtest.Vocabulary(), Prefix: "k-" + nameOf(t)})
		if err := searcher.SetMark(t.Context(), search.Mark{}); meili.CodeOf(err) != "invalid_api_key" {
			t.Errorf("the key to search with can write: %v", err)
		}
	}
}

// TestSettings: settings are set when they differ, and only then.
func TestSettings(t *testing.T) {
	p := newProxy(t)
	var changed atomic.Int64
	p.do(only("PATCH", func(http.ResponseWriter, *http.Request, func(*http.Request) (*http.Response, error)) bool {
		changed.Add(1)
		return false
	}))
	config := meili.Config{URL: p.URL, Key: p.key, Vocabulary: searchtest.Vocabulary(), Prefix: "c-" + nameOf(t)}
	empty(t, meili.New(config))
	if n := changed.Load(); n != 1 {
		t.Fatalf("settings of a new index set %d times", n)
	}
	if n := found(t, meili.New(config)); n != 0 || changed.Load() != 1 {
		t.Errorf("%d found; settings that are right set again: %d", n, changed.Load())
	}
}

// TestDeletedIndex: an index that somebody deletes under a running server comes back whole and as it was declared, not
// as the server would make it of the next edit.
func TestDeletedIndex(t *testing.T) {
	p := newProxy(t)
	prefix := "d-" + nameOf(t)
	e := meili.New(meili.Config{URL: p.URL, Key: p.key, Vocabulary: searchtest.Vocabulary(), Prefix: prefix})
	empty(t, e)
	s := &truth{listings: map[directory.ID]*directory.Listing{}}
	ops := lines()
	s.save(ops[:2]...)
	x := follow(t, e, s)
	eventually(t, "two listings are found", func() bool { return x.Status().Seq == 2 && x.Status().Err == nil })
	p.destroy(t, prefix+"-"+e.Schema())
	if err := e.Apply(t.Context(), ops[2:]); !errors.Is(err, search.ErrLost) {
		t.Errorf("an edit of an index that is gone: %v", err)
	}
	s.save(ops[2:]...)
	x.Wake()
	eventually(t, "all are found", func() bool { return x.Status().Seq == 3 && x.Status().Err == nil })
	if n := found(t, e); n != 3 {
		t.Errorf("%d are found, want 3", n)
	}
}

// destroy deletes an index as anyone who has the key may.
func (p *proxy) destroy(t *testing.T, index string) {
	t.Helper()
	call := func(method, path string) (said struct {
		TaskUID int64
		Status  string
	},
	) {
		r, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+p.key)
		r.Header.Set("Accept-Encoding", "identity")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
			t.Fatal(err)
		}
		return said
	}
	task := call(http.MethodDelete, "/indexes/"+index).TaskUID
	eventually(t, "the index is deleted", func() bool {
		return call(http.MethodGet, fmt.Sprintf("/tasks/%d", task)).Status == "succeeded"
	})
}
