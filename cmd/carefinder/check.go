package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
)

// checkCmd looks whether everything is in order.
type checkCmd struct {
	Audit bool   `help:"Prove the audit log as well: that no entry was changed, taken out or put in."`
	Known string `placeholder:"NO:HASH" help:"What an earlier check --audit said the log ended with: proves that it is still there."`
}

// Help is shown by check --help.
func (checkCmd) Help() string {
	return `Prints a line for each thing looked at: ok, note (worth a person's attention) or WRONG. The exit code is 1 when anything is wrong.
It builds an index of its own to compare with the store and changes nothing, so it can run beside a server.

With --audit the line says the number and the hash of the last entry. Noted elsewhere and given with --known, they show later
that nobody who has the database cut the end off or wrote the whole log anew.`
}

// checkup is one run of check.
type checkup struct {
	*opened
	out   io.Writer
	wrong int
}

func (c *checkup) ok(what, format string, args ...any)   { c.line("ok", what, format, args...) }
func (c *checkup) note(what, format string, args ...any) { c.line("note", what, format, args...) }

func (c *checkup) bad(what, format string, args ...any) {
	c.wrong++
	c.line("WRONG", what, format, args...)
}

func (c *checkup) line(state, what, format string, args ...any) {
	fmt.Fprintf(c.out, "%-6s%-14s%s\n", state, what, fmt.Sprintf(format, args...))
}

// Run looks at one thing after the other; only what makes the rest impossible ends it early.
func (cmd checkCmd) Run(ctx kongContext, s *settings, std streams) error {
	c := &checkup{out: std.out}
	c.configuration(s)
	d, err := s.existing(ctx)
	if err != nil {
		c.bad("store", "%v", err)
		return errSaid
	}
	defer d.Close()
	c.opened = d
	var known auth.Mark
	if cmd.Known != "" {
		cmd.Audit = true
		if known, err = auth.ParseMark(cmd.Known); err != nil {
			return err
		}
	}
	looks := []func(context.Context) error{c.store, c.gazetteer, c.listings, c.overdue}
	if cmd.Audit {
		looks = append(looks, func(ctx context.Context) error { return c.audit(ctx, known) })
	}
	for _, look := range looks {
		if err := look(ctx); err != nil {
			return err
		}
	}
	if c.wrong > 0 {
		return errSaid
	}
	return nil
}

// configuration finds what was set in vain, and a directory others can read.
func (c *checkup) configuration(s *settings) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "CAREFINDER_") && !strings.HasPrefix(name, "CAREFINDER_TEST_") && !knownVariable(name) {
			c.bad("settings", "%s is set, and no flag reads it", name)
		}
	}
	if info, err := os.Stat(s.dsn()); !s.remote() && err == nil && info.Mode().Perm()&0o077 != 0 {
		c.bad("settings", "other users of this machine can read %s (%v), which may hold addresses that protect someone: chmod 600", s.dsn(), info.Mode().Perm())
	}
	c.ok("settings", "the store is %s", s.shown())
}

func (c *checkup) store(ctx context.Context) error {
	if err := c.Ping(ctx); err != nil {
		return err
	}
	n, err := c.Count(ctx)
	if err != nil {
		return err
	}
	var parts []string
	for _, st := range directory.Statuses() {
		parts = append(parts, fmt.Sprintf("%s %s", count(n[st]), st))
	}
	c.ok("store", "it answers, its schema is this program's: %s", strings.Join(parts, ", "))
	if some, err := c.HasDemonstrations(ctx); err != nil {
		return err
	} else if some {
		c.note("demonstration", "made-up listings are loaded: carefinder demo --remove takes them away")
	}
	return nil
}

func (c *checkup) gazetteer(context.Context) error {
	g, err := places()
	if err != nil {
		c.bad("places", "%v", err)
		return nil
	}
	for _, text := range []string{"02139", "Cambridge, MA"} {
		r, err := g.Resolve(text)
		if err != nil || geo.Distance(r.Place.Point, geo.LatLng(42.37, -71.11)) > 5_000 {
			c.bad("places", "%q is not found where it is", text)
			return nil
		}
	}
	c.ok("places", "%s cities and the ZIPs of the United States", count(len(g.Cities())))
	return nil
}

// sampled is how many listings are looked up in the index one by one.
const sampled = 500

// listings checks every published listing against the rules as they are today, builds an index of them, and compares
// what it finds with what there is.
func (c *checkup) listings(ctx context.Context) error {
	e := embedded.New(c.words.now.Load())
	defer e.Close()
	desk := c.desk()
	kinds := map[directory.Kind]int{}
	var samples []*directory.Listing
	broken, seen := 0, 0
	batch := make([]search.Op, 0, buildBatch)
	flush := func() error {
		err := e.Apply(ctx, batch)
		batch = batch[:0]
		return err
	}
	err := c.Each(ctx, func(l *directory.Listing) error {
		if err := desk.Check(l); err != nil {
			broken++
			c.bad("listing", "%s %s: %v", l.ID, l.Name, err)
		}
		kinds[l.Kind]++
		if seen++; len(samples) < sampled || seen%97 == 0 {
			samples = append(samples[max(0, len(samples)-sampled+1):], l)
		}
		if batch = append(batch, search.Op{ID: l.ID, Listing: l}); len(batch) == cap(batch) {
			return flush()
		}
		return nil
	})
	if err = errors.Join(err, flush()); err != nil {
		return err
	}
	if broken == 0 {
		c.ok("listings", "all %s published ones keep the rules, and none offers one of the %d blocked numbers", count(seen), c.blocklist.Numbers())
	}
	return c.index(ctx, e, kinds, samples)
}

// buildBatch is how many listings are handed to an engine at once.
const buildBatch = 16_384

// index compares an index with the truth it was built from: how many of each kind, and some found where they are.
func (c *checkup) index(ctx context.Context, e search.Engine, kinds map[directory.Kind]int, samples []*directory.Listing) error {
	all := search.Match{Serves: &search.Locale{Anywhere: true}, Demonstrations: true, Sort: search.ByRelevance}
	wrong := c.wrong
	for _, k := range directory.Kinds() {
		m := all
		m.Kinds = []directory.Kind{k}
		found, err := e.Match(ctx, m)
		if err != nil {
			return err
		}
		if n := found.Total + found.RemoteTotal; n != kinds[k] {
			c.bad("index", "finds %d listings of kind %s, the store holds %d", n, k, kinds[k])
		}
	}
	for _, l := range samples {
		ok, err := finds(ctx, e, l)
		if err != nil {
			return err
		}
		if !ok {
			c.bad("index", "does not find %s %s", l.ID, l.Name)
		}
	}
	if c.wrong == wrong {
		c.ok("index", "built in memory, it counts what the store holds and finds all of %d listings looked up", len(samples))
	}
	return nil
}

// finds asks for a listing at its own door, or by all it says of itself when it has none.
func finds(ctx context.Context, e search.Engine, l *directory.Listing) (bool, error) {
	m := search.Match{Kinds: []directory.Kind{l.Kind}, Demonstrations: true, Sort: search.ByRelevance, Limit: math.MaxInt16}
	if i := slices.IndexFunc(l.Sites, directory.Site.Located); i >= 0 {
		m.Region = geo.Circle{Center: l.Sites[i].Point, Radius: 1}
	} else {
		m.Serves = &search.Locale{Anywhere: true}
		for _, w := range search.Words(l.Name) {
			m.Words = append(m.Words, search.Word{Text: w})
		}
	}
	found, err := e.Match(ctx, m)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(append(found.Hits, found.Remote...), func(h search.Candidate) bool { return h.ID == l.ID }), nil
}

func (c *checkup) overdue(ctx context.Context) error {
	n, err := c.Overdue(ctx, time.Now())
	switch {
	case err != nil:
		return err
	case n > 0:
		c.note("verification", "%s published listings are due to be verified by a person", count(n))
	default:
		c.ok("verification", "none is due")
	}
	return nil
}

func (c *checkup) audit(ctx context.Context, known auth.Mark) error {
	p, err := auth.Prove(ctx, c.Store, known)
	switch {
	case err != nil:
		return err
	case p.Why != "":
		c.bad("audit", "entry %d of the audit log is not as it was written: %s", p.Broken, p.Why)
	default:
		c.ok("audit", "unbroken: %s entries, the last is %s", count(int(p.Entries)), auth.Mark{No: p.Entries, Hash: p.Head})
	}
	return nil
}
