package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"carefinder/internal/demo"
	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/search/embedded"
	"carefinder/seed"
)

// benchCmd measures what a person waits for, on made-up listings: the engine alone, every answer checked against a
// scan of all listings, then the whole API. It keeps nothing.
type benchCmd struct {
	Sizes     []string      `default:"10k,100k" help:"Numbers of listings, such as 10k,100k,1M."`
	Questions int           `default:"320" help:"Questions of each kind."`
	Seed      uint64        `default:"1" help:"Other numbers make other listings."`
	HTTP      bool          `default:"true" negatable:"" help:"Measure the API over HTTP too, at the largest size up to 100k."`
	Desk      bool          `default:"true" negatable:"" help:"Measure the desk too, at the largest size: its table, a published edit, and many at once."`
	Bulk      int           `default:"10000" help:"Listings published at once at the desk."`
	For       time.Duration `default:"5s" help:"How long each server is under load."`
	Rebuild   string        `placeholder:"SIZE" help:"Also measure building the index of so many listings from a SQLite store. Filling that store takes minutes."`
	benchEngines
}

// Help is shown by bench --help.
func (benchCmd) Help() string {
	return `Prints tables of times (median, 95th and 99th percentile), each question asked alone on one core, beside the time of a
straight scan over the same listings in columns, which also checks every total, hit, order and facet count.

  carefinder bench --sizes 10k,100k,1M
  carefinder bench --sizes 100k --rebuild 1M
  carefinder bench --engines --sizes 100k --meilisearch-url http://localhost:7700 --meilisearch-key KEY`
}

// bench is one run.
type bench struct {
	benchCmd
	out   io.Writer
	table table // of the questions, at every size
	err   io.Writer
	vocab *directory.Vocabulary
	gaz   *geo.Gazetteer
	wrong int // answers in which engine and scan disagree
}

// Run prints the tables. Answers that are not exact fail it.
func (c benchCmd) Run(ctx kongContext, std streams) error {
	sizes, err := parseSizes(c.Sizes)
	if err != nil {
		return err
	}
	b := &bench{benchCmd: c, out: std.out, err: std.err}
	if b.vocab, err = seed.Vocabulary(); err != nil {
		return err
	}
	if b.gaz, err = seed.Gazetteer(); err != nil {
		return err
	}
	fmt.Fprintln(std.out, machine())
	if c.Engines {
		return b.engines(ctx, sizes)
	}
	if err := b.sizes(ctx, sizes); err != nil {
		return err
	}
	if c.HTTP {
		if err := b.http(ctx, httpSize(sizes)); err != nil {
			return err
		}
	}
	if c.Desk {
		if err := b.desk(ctx, slices.Max(sizes)); err != nil {
			return err
		}
	}
	if c.Rebuild != "" {
		if err := b.rebuild(ctx); err != nil {
			return err
		}
	}
	if b.wrong > 0 {
		return fmt.Errorf("%d answers are not exact", b.wrong)
	}
	return nil
}

// sizes measures each number of listings and prints the table of questions.
func (b *bench) sizes(ctx context.Context, sizes []int) error {
	b.table.add("question", "listings", "p50 ms", "p95", "p99", "scan p50 ms", "times faster", "exact")
	var built table
	built.add("index", "built in s", "heap bytes a listing")
	for _, n := range sizes {
		took, perListing, err := b.size(ctx, n)
		if err != nil {
			return err
		}
		built.add(count(n)+" listings", fmt.Sprintf("%.1f", took.Seconds()), fmt.Sprintf("%.0f", perListing))
	}
	b.typeahead()
	return errors.Join(b.table.print(b.out), built.print(b.out))
}

// machine says what ran it: a time without its machine means nothing.
func machine() string {
	cpu := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				cpu = strings.TrimLeft(strings.TrimSpace(name), ": \t")
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s, %s/%s", cpu, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// parseSizes reads 10k, 1M or plain numbers.
func parseSizes(texts []string) ([]int, error) {
	var sizes []int
	for _, s := range texts {
		var n int
		var unit string
		switch _, err := fmt.Sscanf(s+" ", "%d%s", &n, &unit); {
		case n <= 0:
			return nil, fmt.Errorf("--sizes: %q is not a number of listings such as 10k or 1M: %w", s, err)
		case unit == "k":
			n *= 1_000
		case unit == "M":
			n *= 1_000_000
		case unit != "":
			return nil, fmt.Errorf("--sizes: %q is not a number of listings such as 10k or 1M", s)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

func (b *bench) listings(n int) iter.Seq[*directory.Listing] {
	return demo.Listings(b.Seed, n, b.gaz, b.vocab)
}

// size measures one number of listings.
func (b *bench) size(ctx context.Context, n int) (took time.Duration, perListing float64, err error) {
	b.progress("building %s listings", count(n))
	before := heap()
	engine, took, err := b.build(ctx, n)
	if err != nil {
		return 0, 0, err
	}
	defer engine.Close()
	perListing = (heap() - before) / float64(n)
	plain, samples, err := b.scan(n)
	if err != nil {
		return 0, 0, err
	}
	for _, c := range classes() {
		if err := b.class(ctx, c, n, engine, plain, samples); err != nil {
			return 0, 0, err
		}
	}
	return took, perListing, nil
}

// scan reads the same listings for the other side, and takes samples on the way.
func (b *bench) scan(n int) (plain *scan, samples []sample, err error) {
	plain = newScan()
	every, i := max(1, n/5_000), 0
	for l := range b.listings(n) {
		if err := plain.add(l); err != nil {
			return nil, nil, err
		}
		if s, ok := sampleOf(l); ok && i%every == 0 {
			samples = append(samples, s)
		}
		i++
	}
	if len(samples) == 0 {
		return nil, nil, fmt.Errorf("no listing among %d has what questions are made of", n)
	}
	return plain, samples, nil
}

// build fills an engine as a start does. The time is the engine's alone.
func (b *bench) build(ctx context.Context, n int) (e *embedded.Engine, took time.Duration, err error) {
	e = embedded.New(b.vocab)
	batch := make([]search.Op, 0, buildBatch)
	apply := func() error {
		began := time.Now()
		err := e.Apply(ctx, batch)
		took += time.Since(began)
		batch = batch[:0]
		return err
	}
	for l := range b.listings(n) {
		if batch = append(batch, search.Op{ID: l.ID, Listing: l}); len(batch) == cap(batch) {
			if err := apply(); err != nil {
				return nil, 0, err
			}
		}
	}
	if err := apply(); err != nil {
		return nil, 0, err
	}
	began := time.Now()
	err = e.Compact(ctx) // as a server does after its first build
	return e, took + time.Since(began), err
}

// class asks the engine and the scan the same questions and prints a row.
func (b *bench) class(ctx context.Context, c class, n int, e *embedded.Engine, plain *scan, samples []sample) error {
	b.progress("%s", c.name)
	questions := c.questions(samples, b.Questions)
	fast, slow := make([]time.Duration, len(questions)), make([]time.Duration, len(questions))
	terms := termValues(b.vocab)
	exact := 0
	for range 2 { // the first round warms caches and pools
		for i, m := range questions {
			began := time.Now()
			if err := ask(ctx, e, c, m); err != nil {
				return err
			}
			fast[i] = time.Since(began)
		}
	}
	for i, m := range questions {
		began := time.Now()
		same, err := b.check(ctx, c, e, plain, m, terms, func() { slow[i] = time.Since(began) })
		if err != nil {
			return err
		}
		if same {
			exact++
		}
	}
	b.wrong += len(questions) - exact
	q, s := quantiles(fast), quantiles(slow)
	b.table.add(c.name, count(n), ms(q[0]), ms(q[1]), ms(q[2]), fmt.Sprintf("%.2f", micros(s[0])/1e3),
		fmt.Sprintf("%.0f", float64(s[0])/float64(max(q[0], 1))), fmt.Sprintf("%d/%d", exact, len(questions)))
	return nil
}

func ask(ctx context.Context, e search.Engine, c class, m search.Match) (err error) {
	if c.level > 0 {
		_, err = e.Clusters(ctx, m, c.level)
	} else {
		_, err = e.Match(ctx, m)
	}
	return err
}

// check answers m by the scan, calls scanned when that is done, and compares with the engine's answer.
func (b *bench) check(ctx context.Context, c class, e search.Engine, plain *scan, m search.Match, terms map[string][]scanValue, scanned func()) (bool, error) {
	q := plain.prepare(m, terms)
	if c.level > 0 {
		want := plain.clusters(q, c.level)
		scanned()
		clusters, err := e.Clusters(ctx, m, c.level)
		got := map[uint64]int{}
		for _, x := range clusters {
			got[x.Cell] = x.Sites
		}
		return maps.Equal(got, want), err
	}
	want := plain.match(m, q)
	scanned()
	found, err := e.Match(ctx, m)
	if err != nil {
		return false, err
	}
	got := scanAnswer{total: found.Total, facets: found.Facets}
	if want.hits != nil {
		got.hits = []directory.ID{}
		for _, h := range found.Hits {
			got.hits = append(got.hits, h.ID)
		}
	}
	return same(got, want), nil
}

func same(a, b scanAnswer) bool {
	if a.total != b.total || !slices.Equal(a.hits, b.hits) {
		return false
	}
	for f := range b.facets {
		if len(a.facets[f])+len(b.facets[f]) > 0 && !reflect.DeepEqual(a.facets[f], b.facets[f]) {
			return false
		}
	}
	return true
}

// typeahead measures the list of places under an input. It does not depend on the number of listings.
func (b *bench) typeahead() {
	r := rand.New(rand.NewPCG(9, 9))
	cities := b.gaz.Cities()
	typed := make([]string, b.Questions)
	for i := range typed {
		name := []rune(cities[r.IntN(len(cities))].Name)
		typed[i] = string(name[:1+r.IntN(len(name))])
	}
	times := make([]time.Duration, len(typed))
	for range 2 {
		for i, t := range typed {
			began := time.Now()
			b.gaz.Suggest(t, 8)
			times[i] = time.Since(began)
		}
	}
	q := quantiles(times)
	b.table.add("typeahead of places, 8", "", ms(q[0]), ms(q[1]), ms(q[2]), "", "", "")
}

func ms(d time.Duration) string { return fmt.Sprintf("%.3f", micros(d)/1e3) }

// progress tells on the other stream what is going on: the tables stay clean.
func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(b.err, "bench: "+format+"\n", args...)
}

// heap is what is in use after everything that can be freed was.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // the first one may only have run finalizers
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// count writes a number as people read it: 1,000,000.
func count(n int) string {
	digits := fmt.Sprint(n)
	var b bytes.Buffer
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
