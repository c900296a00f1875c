package meili

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// client speaks to a server with one key. The library says most of what is to be said; call says what its types can't.
type client struct {
	meilisearch.ServiceManager
	http  *http.Client
	host  string
	key   string
	tasks *client // with the key that sees tasks; nil is itself
}

// How long one request may take when nobody set a deadline.
const requestTimeout = 30 * time.Second

// newTransport makes the connections of a client. Compressed answers wait 40 ms for the second of two small packets,
// which is longer than most take.
func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true
	t.MaxIdleConnsPerHost = 64
	t.ResponseHeaderTimeout = requestTimeout
	return t
}

func newClient(host, key string, through http.RoundTripper) *client {
	h := &http.Client{Transport: through, Timeout: requestTimeout}
	host = strings.TrimSuffix(host, "/")
	return &client{
		// Its retries would send an empty body the second time.
		ServiceManager: meilisearch.New(host, meilisearch.WithAPIKey(key), meilisearch.WithCustomClient(h), meilisearch.DisableRetries()),
		http:           h, host: host, key: key,
	}
}

// call sends one request and reads the answer into out.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.host+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return lost(ctx, err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return lost(ctx, err)
	}
	if answer.StatusCode >= 300 {
		said := struct{ Code, Type string }{}
		_ = json.Unmarshal(b, &said) // what it isn't leaves the code empty
		return refused(answer.StatusCode, said.Code)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return garbage(answer.StatusCode)
	}
	return nil
}

// Error is what a Meilisearch server said went wrong, or what became of the request. It holds nothing of the question.
type Error struct {
	Code   string // the server's own: "index_not_found", "no_space_left_on_device"; or "lost", "garbage"
	Status int    // of the answer; 0 without one
}

// Error tells the code and the status.
func (e *Error) Error() string {
	if e.Status == 0 {
		return "meilisearch: " + e.Code
	}
	return fmt.Sprintf("meilisearch: %s (status %d)", e.Code, e.Status)
}

// Is makes the refusal of an index that isn't there search.ErrLost.
func (e *Error) Is(target error) bool {
	return target == search.ErrLost && e.Code == "index_not_found"
}

const (
	unanswered = "The search index can't answer now."
	unwritten  = "The search index can't take this listing."
)

// refused says what a server's refusal is to us: its fault or ours, never a visitor's.
func refused(status int, code string) error {
	cause := &Error{code, status}
	switch {
	case code == "":
		cause.Code = "garbage"
		return fault.Wrap(fault.Unavailable, unanswered, cause)
	case strings.HasPrefix(code, "invalid_document"), strings.HasPrefix(code, "missing_document"), code == "payload_too_large",
		code == "max_fields_limit_exceeded", code == "primary_key_inference_failed":
		return fault.Wrap(fault.Invalid, unwritten, cause)
	case strings.HasPrefix(code, "invalid_search"), strings.HasPrefix(code, "invalid_multi_search"), strings.HasPrefix(code, "invalid_settings"),
		code == "bad_request", code == "malformed_payload":
		return fault.Wrap(fault.Internal, "meilisearch question", cause)
	}
	return fault.Wrap(fault.Unavailable, unanswered, cause)
}

func garbage(status int) error {
	return fault.Wrap(fault.Unavailable, unanswered, &Error{"garbage", status})
}

// lost says what became of a request that got no answer.
func lost(ctx context.Context, _ error) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, "The search was given up.", err)
	}
	return fault.Wrap(fault.Unavailable, unanswered, &Error{Code: "lost"})
}

// fail gives an error of the library its kind. The library's own texts repeat the request, words and places and all:
// they are left behind.
func fail(ctx context.Context, err error) error {
	var e *meilisearch.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return lost(ctx, err)
	case !errors.As(err, &e):
		return lost(ctx, err)
	case e.ErrCode == meilisearch.ErrCodeResponseUnmarshalBody:
		return garbage(e.StatusCode)
	case e.StatusCode == 0:
		return lost(ctx, err)
	}
	return refused(e.StatusCode, e.MeilisearchApiError.Code)
}

// CodeOf gives the server's code of a failure; "" when it didn't come from a server.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// How often a task is asked after: soon at first, since most are done in a moment.
const (
	firstLook = 4 * time.Millisecond
	lastLook  = 250 * time.Millisecond
)

// await waits for a task to end and gives its failure.
func (c *client) await(ctx context.Context, task int64) error {
	watch := c
	if c.tasks != nil {
		watch = c.tasks
	}
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		t, err := watch.GetTaskWithContext(ctx, task)
		if err != nil {
			return fail(ctx, err)
		}
		switch t.Status {
		case meilisearch.TaskStatusSucceeded:
			return nil
		case meilisearch.TaskStatusFailed:
			return refused(http.StatusUnprocessableEntity, t.Error.Code)
		case meilisearch.TaskStatusCanceled:
			return fault.Wrap(fault.Unavailable, unanswered, &Error{Code: "task_canceled"})
		}
		select {
		case <-ctx.Done():
			return lost(ctx, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// done awaits the task that a request began.
func (c *client) done(ctx context.Context, t *meilisearch.TaskInfo, err error) error {
	if err != nil {
		return fail(ctx, err)
	}
	return c.await(ctx, t.TaskUID)
}
