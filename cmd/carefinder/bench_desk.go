package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"carefinder/internal/demo"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
)

const (
	benchEdits = 60 // published one after the other, at most
	benchLooks = 25 // at each page of the table, at most
)

// deskBench is a running server with people at its desk.
type deskBench struct {
	*bench
	store    *opened
	addr     string
	ana, ben hand // what one writes the other approves
	rows     table
}

// desk measures what curators and those who search beside them wait for: by the API and the pages of a server whose
// store holds n listings.
func (b *bench) desk(ctx context.Context, n int) error {
	dir, err := os.MkdirTemp("", "carefinder-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.progress("filling a SQLite store with %s listings for the desk", count(n))
	d, err := beginning{Empty: true}.begin(ctx, &settings{Data: dir}, nil)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.take(ctx, real(b.listings(n), directory.Published)); err != nil {
		return err
	}
	if err := d.take(ctx, real(demo.Listings(b.Seed+1, b.Bulk, b.gaz, b.vocab), directory.Draft)); err != nil {
		return err
	}
	if err := d.surveyed(ctx); err != nil {
		return err
	}
	server, err := d.assemble(ctx, serveCmd{}, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return err
	}
	defer server.engines.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.serve(ctx, ln, func() error { return nil }) }()
	x := &deskBench{bench: b, store: d, addr: ln.Addr().String()}
	err = x.measure(ctx, n)
	stop()
	if e := <-ended; err == nil {
		err = e
	}
	return err
}

// real gives made-up listings as if they were none, which the desk leaves alone, each with a number of its own.
func real(all iter.Seq[*directory.Listing], status directory.Status) iter.Seq[*directory.Listing] {
	return func(yield func(*directory.Listing) bool) {
		i := 0
		for l := range all {
			l.Demonstration, l.Status = false, status
			if tail := fmt.Sprintf("%07d", 2_000_000+i%8_000_000); len(l.Channels) > 0 {
				number := &l.Channels[0].Number
				*number = (*number)[:len(*number)-len(tail)] + tail
			}
			if !yield(l) {
				return
			}
			i++
		}
	}
}

// surveyed has the queues follow changes from here on, as they do a while after so many listings came in.
func (d *opened) surveyed(ctx context.Context) error {
	log, seq, err := d.Latest(ctx)
	if err != nil {
		return err
	}
	return d.Surveyed(ctx, nil, desk.SurveyMark{Log: log, Seq: seq})
}

func (x *deskBench) measure(ctx context.Context, n int) (err error) {
	base := "http://" + x.addr
	if err := untilReady(ctx, base); err != nil {
		return err
	}
	if x.ana, err = x.store.hand(ctx, base, "ana"); err != nil {
		return err
	}
	if x.ben, err = x.store.hand(ctx, base, "ben"); err != nil {
		return err
	}
	x.rows.add(fmt.Sprintf("the desk at %s listings", count(n)), "median ms", "p95", "most", "limit")
	if err := x.tables(ctx, n); err != nil {
		return err
	}
	if err := x.edits(ctx, n); err != nil {
		return err
	}
	if err := x.rows.print(x.out); err != nil {
		return err
	}
	return x.bulk(ctx, n)
}

func (x *deskBench) add(what string, times []time.Duration, limit string) {
	q := quantiles(times)
	x.rows.add(what, ms(q[0]), ms(q[1]), ms(times[len(times)-1]), limit)
}

// tables looks at pages of the table that curators choose listings from.
func (x *deskBench) tables(ctx context.Context, n int) error {
	ids, err := x.store.RosterIDs(ctx, desk.RosterQuery{Limit: max(1, n/2)})
	if err != nil {
		return err
	}
	middle, err := x.store.Listing(ctx, ids[len(ids)-1])
	if err != nil {
		return err
	}
	mark := desk.ByChange.MarkOf(middle)
	for _, page := range []struct{ name, query string }{
		{"table: first page", ""},
		{"table: a page in the middle", fmt.Sprintf("?after=%d.%s", mark.At.UnixMicro(), mark.ID)},
		{"table: sorted by when due", "?order=due"},
		{"table: of one kind", "?kind=program"},
		{"table: drafts", "?status=draft"},
		{"table: by the public's filters", "?place=Boston&modality=cbt&insurance=medicare"},
		{"table: by words", "?q=anxiety"},
	} {
		var times []time.Duration
		for range min(benchLooks, x.Questions) {
			began := time.Now()
			if err := x.ana.page(ctx, "/bulk/choose"+page.query); err != nil {
				return err
			}
			times = append(times, time.Since(began))
		}
		x.add(page.name, times, "200")
	}
	return nil
}

// edits publishes edits one after the other, and waits for each until a search finds its new name.
func (x *deskBench) edits(ctx context.Context, n int) error {
	edits := min(benchEdits, x.Questions)
	x.progress("publishing %d edits", edits)
	some, err := x.store.RosterIDs(ctx, desk.RosterQuery{Limit: min(n, 10*edits)})
	if err != nil {
		return err
	}
	var times []time.Duration
	for i := range edits {
		name := fmt.Sprintf("Zq%dx Practice", i*7919)
		approve, err := x.propose(ctx, some[i*len(some)/edits], name)
		if err != nil {
			return err
		}
		began := time.Now()
		if err := approve(); err != nil {
			return err
		}
		if err := x.untilFound(ctx, url.Values{"q": {name}, "literal": {"true"}}, 1, time.Millisecond); err != nil {
			return err
		}
		times = append(times, time.Since(began))
	}
	x.add("a published edit is found", times, "200")
	return nil
}

// propose has one write another name and hand it in, and gives what has the other approve it.
func (x *deskBench) propose(ctx context.Context, id directory.ID, name string) (approve func() error, err error) {
	var p struct {
		ID      string
		Version int64
		Base    int64
		Listing map[string]any
	}
	if err := x.ana.does(ctx, http.MethodPost, "/listings/"+id.String()+"/propose", nil, &p); err != nil {
		return nil, err
	}
	at := "/proposals/" + p.ID
	p.Listing["name"] = name
	if err := x.ana.does(ctx, http.MethodPost, at, map[string]any{"version": p.Version, "listing": p.Listing, "note": "bench"}, &p); err != nil {
		return nil, err
	}
	if err := x.ana.does(ctx, http.MethodPost, at+"/submit", map[string]any{"version": p.Version}, &p); err != nil {
		return nil, err
	}
	return func() error {
		return x.ben.does(ctx, http.MethodPost, at+"/approve", map[string]any{"version": p.Version, "seen": p.Base}, nil)
	}, nil
}

// total asks how many listings a public search finds.
func (x *deskBench) total(ctx context.Context, q url.Values) (int, error) {
	var found struct {
		Total       int
		RemoteTotal int `json:"remote_total"`
	}
	q.Set("limit", "1")
	err := x.ana.asks(ctx, http.MethodGet, "/api/v1/listings?"+q.Encode(), nil, &found)
	return found.Total + found.RemoteTotal, err
}

// untilFound asks again and again until so many are found.
func (x *deskBench) untilFound(ctx context.Context, q url.Values, want int, again time.Duration) error {
	for end := time.Now().Add(10 * time.Minute); ; time.Sleep(again) {
		got, err := x.total(ctx, q)
		if err != nil || got == want {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s: %d found, want %d", q.Encode(), got, want)
		}
	}
}

// bulk publishes many drafts at once, while the public searches as it did before.
func (x *deskBench) bulk(ctx context.Context, n int) error {
	paths := x.apiPaths(n)
	if _, err := x.loadProcess(ctx, x.addr, paths, time.Second); err != nil { // warms up
		return err
	}
	before, err := x.loadProcess(ctx, x.addr, paths, x.For)
	if err != nil {
		return err
	}
	all, err := x.total(ctx, url.Values{})
	if err != nil {
		return err
	}
	var b struct{ ID string }
	change := map[string]any{"query": "status=draft", "all": "yes", "change": "status", "to_status": "published", "note": "bench"}
	ended, err := x.beginLoad(ctx, x.addr, paths, 10*time.Minute)
	if err != nil {
		return err
	}
	x.progress("publishing %s listings", count(x.Bulk))
	began := time.Now()
	if err = x.ana.does(ctx, http.MethodPost, "/bulk", change, &b); err == nil {
		err = x.ben.prepared(ctx, b.ID)
	}
	if err == nil {
		err = x.ben.does(ctx, http.MethodPost, "/bulk/"+b.ID+"/start", nil, nil)
	}
	if err == nil {
		err = x.untilFound(ctx, url.Values{}, all+x.Bulk, 50*time.Millisecond)
	}
	took := time.Since(began)
	during, loadErr := ended(true)
	if err != nil || loadErr != nil {
		return errors.Join(err, loadErr)
	}
	fmt.Fprintf(x.out, "\n%s listings published at once among %s, and found, in %.1f s (limit 30), while %d connections search:\n", count(x.Bulk), count(n), took.Seconds(), benchConnections)
	var t table
	t.add("public search", "p50 ms", "p95", "p99", "requests/s", "failed")
	for _, r := range []struct {
		name string
		*loadReport
	}{{"before", before}, {"meanwhile", during}} {
		t.add(r.name, fmt.Sprintf("%.2f", r.P50/1e3), fmt.Sprintf("%.2f", r.P95/1e3), fmt.Sprintf("%.2f", r.P99/1e3), fmt.Sprintf("%.0f", float64(r.Requests)/r.Seconds), fmt.Sprint(r.Failed))
	}
	t.add("times (limit 2)", "", "", fmt.Sprintf("%.2f", during.P99/before.P99), "", "")
	return t.print(x.out)
}
