package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"carefinder/internal/auth"
)

// hand acts at the desk of a running server as a curator's program does: by the API, with a key.
type hand struct {
	client *http.Client
	base   string // of the server
	key    string
	cookie string // of their browser, for pages
}

// hand makes a curator with all that an administrator may do at a server, and gives a program of theirs.
func (d *opened) hand(ctx context.Context, base, login string) (hand, error) {
	guard := d.guard()
	code, _, err := guard.Invite(ctx, console, login, login, auth.Administrator)
	if err != nil {
		return hand{}, err
	}
	secret := auth.NewSecret()
	session, who, _, err := guard.SignUp(ctx, code, auth.Enrolment{Password: rand.Text(), Secret: secret, Code: auth.CodeAt(secret, time.Now())}, "")
	if err != nil {
		return hand{}, err
	}
	key, _, err := guard.NewKey(ctx, who, auth.KeyRequest{Name: "all", Scopes: auth.Scopes(), Life: time.Hour})
	return hand{&http.Client{Timeout: time.Minute}, base, key, "__Host-desk=" + session}, err
}

// does asks the API of the desk and reads the answer into out, when it is not nil.
func (h hand) does(ctx context.Context, method, path string, in map[string]any, out any) error {
	return h.asks(ctx, method, "/api/v1/desk"+path, in, out)
}

// prepared waits for a bulk change to be ready to start: a long list is noted in the background.
func (h hand) prepared(ctx context.Context, id string) error {
	for {
		var b struct{ State string }
		if err := h.does(ctx, http.MethodGet, "/bulk/"+id, nil, &b); err != nil || b.State != "filling" {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (h hand) asks(ctx context.Context, method, path string, in map[string]any, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, h.base+path, &body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+h.key)
	said, err := h.sends(r)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(said, out)
}

// page opens a page of the desk.
func (h hand) page(ctx context.Context, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.base+"/desk"+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Cookie", h.cookie)
	_, err = h.sends(r)
	return err
}

func (h hand) sends(r *http.Request) (said []byte, err error) {
	answer, err := h.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if said, err = io.ReadAll(answer.Body); err == nil && answer.StatusCode >= 300 {
		err = refusedBy{answer.StatusCode, r.Method + " " + r.URL.Path, said}
	}
	return said, err
}

// refusedBy is an answer of a server that did not do what it was asked to.
type refusedBy struct {
	status int
	what   string
	said   []byte
}

func (r refusedBy) Error() string { return fmt.Sprintf("%s: %d: %.500s", r.what, r.status, r.said) }
