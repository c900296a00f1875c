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
}

// hand makes a curator with all that an administrator may do at a server, and gives a program of theirs.
func (d *opened) hand(ctx context.Context, base, login string) (hand, error) {
	guard := d.guard()
	code, _, err := guard.Invite(ctx, console, login, login, auth.Administrator)
	if err != nil {
		return hand{}, err
	}
	secret := auth.NewSecret()
	_, who, _, err := guard.SignUp(ctx, code, auth.Enrolment{Password: rand.Text(), Secret: secret, Code: auth.CodeAt(secret, time.Now())}, "")
	if err != nil {
		return hand{}, err
	}
	key, _, err := guard.NewKey(ctx, who, auth.KeyRequest{Name: "all", Scopes: auth.Scopes(), Life: time.Hour})
	return hand{&http.Client{Timeout: time.Minute}, base, key}, err
}

// does asks the API for something below a path of the desk and reads the answer into out, when it is not nil.
func (h hand) does(ctx context.Context, method, path string, in map[string]any, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, h.base+"/api/v1/desk"+path, &body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+h.key)
	answer, err := h.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return refusedBy{answer.StatusCode, method + " " + path, said}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(said, out)
}

// refusedBy is an answer of a server that did not do what it was asked to.
type refusedBy struct {
	status int
	what   string
	said   []byte
}

func (r refusedBy) Error() string { return fmt.Sprintf("%s: %d: %.500s", r.what, r.status, r.said) }
