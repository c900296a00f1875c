package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carefinder/internal/search"
	"carefinder/internal/web"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp keeps one clock for the process, from its first server on,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		// and the cleaner of a stopped server's workers sees the stop when it next wakes, within ten seconds.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		// Its compressors keep as many workers as there are processors.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp/stackless.funcWorker"),
	)
}

// listen serves s on a free port until stop is called, which gives what Serve gave.
func listen(t *testing.T, s *web.Server) (address string, stop func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	stopped := false
	stop = func() error {
		if cancel(); stopped {
			return nil
		}
		stopped = true
		return <-done
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return ln.Addr().String(), stop
}

// send writes a raw request and reads the answer.
func send(t *testing.T, address, request string) reply {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(conn, request) }() // the server may answer and close before it has read all
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, body}
}

func TestServeOverASocket(t *testing.T) {
	address, stop := listen(t, server(t, &scripted{}))
	r := send(t, address, "GET /api/v1/listings HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	if r.status != http.StatusOK || r.header.Get("Server") != "" {
		t.Errorf("status %d, Server %q", r.status, r.header.Get("Server"))
	}
	// A query this long can't be read into the server's buffer, so it is refused before any route sees it.
	wrong(t, send(t, address, "GET /api/v1/listings?q="+strings.Repeat("a", 1<<20)+" HTTP/1.1\r\nHost: localhost\r\n\r\n"), http.StatusRequestHeaderFieldsTooLarge)
	wrong(t, send(t, address, "GET /api/v1/listings HTTP/1.1\r\nHost localhost\r\n\r\n"), http.StatusBadRequest)
	wrong(t, send(t, address, "POST /api/v1/listings/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2097152\r\n\r\n"+strings.Repeat("a", 8<<10)), http.StatusRequestEntityTooLarge) // its beginning is enough
	wrong(t, send(t, address, "BREW /api/v1/listings HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), http.StatusMethodNotAllowed)
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// TestServeDrains stops the server while an answer is under way and wants the answer whole.
func TestServeDrains(t *testing.T) {
	asked, goOn := make(chan struct{}), make(chan struct{})
	s := &scripted{search: func(search.Query) (*search.Result, error) {
		close(asked)
		<-goOn
		return fullResult(2), nil
	}}
	address, stop := listen(t, server(t, s))
	got := make(chan error, 1)
	go func() {
		res, err := http.Get("http://" + address + "/api/v1/listings")
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				err = fmt.Errorf("status %d", res.StatusCode)
			}
		}
		http.DefaultClient.CloseIdleConnections()
		got <- err
	}()
	<-asked
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	select {
	case err := <-stopped:
		t.Fatalf("stopped with %v while an answer was under way", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(goOn)
	if err := errors.Join(<-got, <-stopped); err != nil {
		t.Error(err)
	}
}
