package searchtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// concurrentUse changes two listings together, again and again, while one goroutine changes others and some ask: no
// answer may show one without the other, nor what was before the last change that had ended when it was asked.
func concurrentUse(p pair, w world, changes int) error {
	e := p.engine
	if err := e.Apply(context.Background(), w.changes(2_000, 4_000)); err != nil {
		return err
	}
	x := &twins{engine: e, apart: p.can.Apart, end: make(chan struct{})}
	if err := x.change(0); err != nil {
		return err
	}
	var readers, writer sync.WaitGroup
	for range 3 {
		readers.Go(x.watch)
	}
	noise := newWorld(8)
	writer.Go(func() {
		for range changes * 2 / 5 {
			x.note(e.Apply(context.Background(), noise.changes(noise.IntN(200), 4_000)))
		}
	})
	for i := range int64(changes) {
		x.note(x.change(i + 1))
	}
	writer.Wait()
	close(x.end)
	readers.Wait()
	return x.err
}

// twins are two listings that have always the same version, which shows in all that is asked of them.
type twins struct {
	engine search.Engine
	apart  bool // the parts of an answer may be of different moments
	end    chan struct{}

	begun, ended atomic.Int64 // versions

	mu  sync.Mutex
	err error // the first
}

func (x *twins) note(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err == nil {
		x.err = err
	}
}

func (x *twins) change(version int64) error {
	a, b := twin("a", version), twin("b", version)
	x.begun.Store(version)
	err := x.engine.Apply(context.Background(), []search.Op{{ID: a.ID, Listing: a}, {ID: b.ID, Listing: b}})
	x.ended.Store(version)
	return err
}

func twin(name string, version int64) *directory.Listing {
	l := &directory.Listing{
		ID: directory.ImportedID("twin", name), Kind: directory.Kinds()[version%4], Status: directory.Published,
		Name: fmt.Sprintf("Xylotwin %06d", version), Sites: []directory.Site{at(hubs[version%4])},
	}
	codes := []string{"cbt", "dbt", "psychodynamic"}
	l.Claims = []directory.Claim{{Facet: directory.Modality, Code: codes[version%3], Value: directory.Yes}}
	return l
}

// watch asks until the end or the first wrong answer.
func (x *twins) watch() {
	for {
		if err := x.look(); err != nil {
			x.note(err)
			return
		}
		select {
		case <-x.end:
			return
		default:
		}
	}
}

func (x *twins) look() error {
	oldest := x.ended.Load()
	c, err := x.engine.Match(context.Background(), search.Match{
		Words: []search.Word{{Text: "xylotwin"}}, Sort: search.ByName, Limit: 10,
		Facets: []search.FacetName{search.FacetKind, search.FacetName(directory.Modality)},
	})
	newest := x.begun.Load()
	switch {
	case err != nil:
		return err
	case c.Total != 2 || len(c.Hits) != 2:
		return fmt.Errorf("two listings always changed together are found %d times, total %d", len(c.Hits), c.Total)
	}
	var version int64
	if _, err := fmt.Sscanf(c.Hits[0].At.Text, "xylotwin %d", &version); err != nil {
		return fmt.Errorf("the position %q is not the folded name: %w", c.Hits[0].At.Text, err)
	}
	want := twin("a", version)
	if x.apart {
		want = x.counted(c.Facets, oldest, newest)
	}
	kind, modality := c.Facets[search.FacetKind], c.Facets[search.FacetName(directory.Modality)]
	switch {
	case version < oldest || version > newest:
		return fmt.Errorf("version %d shown, when %d had been applied and none after %d was", version, oldest, newest)
	case c.Hits[1].At.Text != c.Hits[0].At.Text:
		return fmt.Errorf("half of a change: %q beside %q", c.Hits[0].At.Text, c.Hits[1].At.Text)
	case len(kind) != 1 || kind[0] != search.Count{Value: string(want.Kind), N: 2}:
		return fmt.Errorf("kinds %v counted at version %d", kind, version)
	case len(modality) != 1 || modality[0] != search.Count{Value: want.Claims[0].Code, N: 2}:
		return fmt.Errorf("modalities %v counted at version %d", modality, version)
	}
	return nil
}

// counted gives the version that was counted: any between the oldest and the newest.
func (x *twins) counted(facets map[search.FacetName][]search.Count, oldest, newest int64) *directory.Listing {
	for version := oldest; version < newest; version++ {
		l := twin("a", version)
		kind, modality := facets[search.FacetKind], facets[search.FacetName(directory.Modality)]
		if len(kind) == 1 && kind[0].Value == string(l.Kind) && len(modality) == 1 && modality[0].Value == l.Claims[0].Code {
			return l
		}
	}
	return twin("a", newest)
}

// givenUp asks when nobody waits for the answer.
func givenUp(e search.Engine) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Match(ctx, search.Match{Sort: search.ByRelevance, Limit: 1}); !fault.Is(err, fault.Canceled) {
		return fmt.Errorf("a question given up gave %w", errors.Join(err, errors.New("not canceled")))
	}
	if _, err := e.Clusters(ctx, search.Match{}, 5); err != nil && !fault.Is(err, fault.Canceled) {
		return fmt.Errorf("a map given up gave %w", err)
	}
	return nil
}
