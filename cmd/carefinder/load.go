package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// loadCmd asks a server the same questions over and over on a number of connections. It is a process of its own so
// that the server's CPU time, as the system counts it, holds nothing of the client's.
type loadCmd struct {
	Addr        string        `arg:"" help:"host:port of the server."`
	Connections int           `default:"32" help:"Connections kept open, each asking one question at a time."`
	For         time.Duration `default:"3s" help:"How long."`
}

// loadReport is what a load found, as JSON between the two processes. Times are in microseconds.
type loadReport struct {
	Requests      int
	Failed        int // answers other than 200
	Bytes         int // of all bodies
	Seconds       float64
	P50, P95, P99 float64
}

// Run reads paths from standard input, one a line, and writes a loadReport. On SIGTERM it stops sooner.
func (c loadCmd) Run(ctx kongContext, std streams) error {
	paths, err := io.ReadAll(std.in)
	if err != nil {
		return err
	}
	r, err := load(ctx, c.Addr, bytes.Fields(paths), c.Connections, c.For)
	if err != nil {
		return err
	}
	return json.NewEncoder(std.out).Encode(r)
}

// load runs one goroutine a connection until the time is over, or ctx ends. The first failed connection fails it all.
func load(ctx context.Context, addr string, paths [][]byte, connections int, d time.Duration) (*loadReport, error) {
	if len(paths) == 0 {
		return nil, fmt.Errorf("no paths to ask for")
	}
	ctx, end := context.WithTimeout(ctx, d)
	defer end()
	clients := make([]loadClient, connections)
	var all sync.WaitGroup
	began := time.Now()
	for i := range clients {
		all.Go(func() { clients[i].run(ctx, addr, paths, uint64(i)) })
	}
	all.Wait()
	r := &loadReport{Seconds: time.Since(began).Seconds()}
	var times []time.Duration
	for _, c := range clients {
		if c.err != nil {
			return nil, c.err
		}
		r.Failed += c.failed
		r.Bytes += c.bytes
		times = append(times, c.times...)
	}
	r.Requests = len(times)
	q := quantiles(times)
	r.P50, r.P95, r.P99 = micros(q[0]), micros(q[1]), micros(q[2])
	return r, nil
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// quantiles gives the median, the 95th and the 99th percentile, and sorts times.
func quantiles(times []time.Duration) [3]time.Duration {
	if len(times) == 0 {
		return [3]time.Duration{}
	}
	slices.Sort(times)
	at := func(percent int) time.Duration { return times[min(len(times)-1, len(times)*percent/100)] }
	return [3]time.Duration{at(50), at(95), at(99)}
}

// loadClient is one connection. It speaks just enough HTTP/1.1 to read answers with a Content-Length: a full client
// would cost as much as the server and take its half of a small machine.
type loadClient struct {
	times         []time.Duration
	failed, bytes int
	err           error
}

func (c *loadClient) run(ctx context.Context, addr string, paths [][]byte, seed uint64) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		c.err = err
		return
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 64<<10)
	pick := rand.New(rand.NewPCG(seed, 0))
	var request []byte
	for now := time.Now(); ctx.Err() == nil; {
		request = append(request[:0], "GET "...)
		request = append(request, paths[pick.IntN(len(paths))]...)
		request = append(request, " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"...)
		if _, c.err = conn.Write(request); c.err != nil {
			return
		}
		if c.err = c.answer(in); c.err != nil {
			return
		}
		asked := now
		now = time.Now()
		c.times = append(c.times, now.Sub(asked))
	}
}

// answer reads one answer to its end.
func (c *loadClient) answer(in *bufio.Reader) error {
	status, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200")) {
		c.failed++
	}
	length := 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	c.bytes += length
	_, err = in.Discard(length)
	return err
}
