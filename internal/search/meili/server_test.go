package meili_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
	"gopkg.in/dnaeon/go-vcr.v4/pkg/recorder"

	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/search/meili"
)

// Where the real server is. Without one the tests play what a real one answered when the records in testdata were made:
// make record-meili makes them anew.
var (
	liveURL   = os.Getenv("CAREFINDER_TEST_MEILI")
	liveKey   = os.Getenv("CAREFINDER_TEST_MEILI_KEY")
	recording = os.Getenv("CAREFINDER_TEST_MEILI_RECORD") != ""
)

func TestMain(m *testing.M) {
	switch {
	case recording:
		fmt.Println("Meilisearch: recording what the server at", liveURL, "answers")
	case liveURL != "":
		fmt.Println("Meilisearch: live, the server at", liveURL)
	default:
		fmt.Println("Meilisearch: no server (CAREFINDER_TEST_MEILI): its recorded answers are played")
	}
	os.Exit(m.Run())
}

// server gives a real server's address, key and connection: live, or as recorded under the test's name.
func server(t *testing.T) (url, key string, through http.RoundTripper) {
	t.Helper()
	if liveURL != "" && !recording {
		return liveURL, liveKey, nil
	}
	mode, real := recorder.ModeReplayOnly, http.RoundTripper(nil)
	url, key = "http://meilisearch.test", "a key"
	if recording {
		mode, url, key = recorder.ModeRecordOnly, liveURL, liveKey
		real = &http.Transport{DisableCompression: true}
	}
	r, err := recorder.New(filepath.Join("testdata", "recorded", nameOf(t)),
		recorder.WithMode(mode), recorder.WithRealTransport(real), recorder.WithFS(zipped{}),
		recorder.WithSkipRequestLatency(true), recorder.WithMatcher(sameRequest), recorder.WithHook(scrub, recorder.BeforeSaveHook))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	return url, key, &repeater{through: r, said: map[string]answer{}}
}

// repeater reads the body of a request once, so that most records are told from it by its length. A request asked more
// often than it was recorded, for on a slow machine one is given up or tried again, has the last answer again.
type repeater struct {
	through http.RoundTripper
	mu      sync.Mutex
	said    map[string]answer // by method, path and body
}

type answer struct {
	status int
	kind   string
	body   []byte
}

func (p *repeater) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := r.Method + " " + r.URL.RequestURI() + "\n"
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		asked += string(b)
		r = r.Clone(r.Context())
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	}
	got, err := p.through.RoundTrip(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	if a, known := p.said[asked]; known && errors.Is(err, cassette.ErrInteractionNotFound) {
		return &http.Response{
			StatusCode: a.status, Header: http.Header{"Content-Type": {a.kind}},
			Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r,
		}, nil
	}
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(got.Body)
	if err != nil {
		return nil, err
	}
	_ = got.Body.Close()
	got.Body = io.NopCloser(bytes.NewReader(b))
	p.said[asked] = answer{got.StatusCode, got.Header.Get("Content-Type"), b}
	return got, nil
}

var awkward = regexp.MustCompile(`[^A-Za-z0-9]+`)

func nameOf(t *testing.T) string { return awkward.ReplaceAllString(t.Name(), "-") }

// sameRequest takes a request for a recorded one by all but the host and the key.
func sameRequest(r *http.Request, i cassette.Request) bool {
	if r.Method != i.Method || r.ContentLength != int64(len(i.Body)) || !strings.HasSuffix(i.URL, r.URL.RequestURI()) {
		return false
	}
	if r.ContentLength == 0 {
		return true
	}
	b, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(b))
	return err == nil && string(b) == i.Body
}

// scrub keeps keys, the host and what only waits out of the records.
func scrub(i *cassette.Interaction) error {
	i.Request.Headers = nil
	_, path, _ := strings.Cut(strings.TrimPrefix(i.Request.URL, "http://"), "/")
	i.Request.URL, i.Request.Host = "http://meilisearch.test/"+path, "meilisearch.test"
	i.Request.RemoteAddr, i.Response.Duration = "", 0
	kind := i.Response.Headers.Get("Content-Type")
	i.Response.Headers = http.Header{"Content-Type": {kind}}
	if strings.HasPrefix(path, "tasks/") && (strings.Contains(i.Response.Body, `"status":"enqueued"`) || strings.Contains(i.Response.Body, `"status":"processing"`)) {
		i.DiscardOnSave = true // played, a task is done at the first look
	}
	if strings.HasPrefix(path, "keys") {
		var k map[string]any
		if json.Unmarshal([]byte(i.Response.Body), &k) == nil && k["key"] != nil {
			k["key"] = "a made-up key"
			b, err := json.Marshal(k)
			i.Response.Body, i.Response.ContentLength = string(b), int64(len(b))
			return err
		}
	}
	return nil
}

// zipped keeps records compressed: they are mostly the same words.
type zipped struct{}

func (zipped) ReadFile(name string) ([]byte, error) {
	f, err := os.Open(name + ".gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func (zipped) WriteFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is one there is
	_, err := z.Write(data)
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return err
	}
	return os.WriteFile(name+".gz", b.Bytes(), 0o644)
}

func (zipped) IsFileExists(name string) bool {
	_, err := os.Stat(name + ".gz")
	return err == nil
}

// open gives an engine over an empty index of its own, and says which server's.
func open(t *testing.T, v *directory.Vocabulary) *meili.Engine {
	t.Helper()
	url, key, through := server(t)
	e := meili.New(meili.Config{URL: url, Key: key, Through: through, Vocabulary: v, Prefix: "t-" + nameOf(t)})
	version, err := e.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("Meilisearch %s", version)
	empty(t, e)
	return e
}

func empty(t *testing.T, e *meili.Engine) {
	t.Helper()
	if err := e.Rebuild(context.Background(), func(search.Marked) error { return nil }); err != nil {
		t.Fatal(err)
	}
}
