package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// healthCmd asks a server on this machine how it is: where nothing else is installed that could, as in a container.
type healthCmd struct {
	Addr string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where the server listens, as serve was told."`
}

// Help is shown by health --help.
func (healthCmd) Help() string {
	return `Prints what /readyz says. The exit code is 0 when the server can answer searches, and 1 when it can't or isn't there.`
}

// healthWait bounds how long a server may take to say how it is.
const healthWait = 5 * time.Second

// Run asks once.
func (c healthCmd) Run(ctx kongContext, std streams) error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if at := net.ParseIP(host); at != nil && at.IsUnspecified() {
		host = "" // the server listens everywhere, so here too
	}
	within, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	req, err := http.NewRequestWithContext(within, http.MethodGet, "http://"+net.JoinHostPort(cmp.Or(host, "localhost"), port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	says, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return err
	}
	var known struct{ Ready bool }
	if err := json.Unmarshal(says, &known); err != nil {
		return fmt.Errorf("what answers at %s is not a carefinder", c.Addr)
	}
	fmt.Fprintln(std.out, strings.TrimSpace(string(says)))
	if resp.StatusCode != http.StatusOK {
		return errSaid
	}
	return nil
}
