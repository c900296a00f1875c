package desk_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/fault"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

var (
	_ desk.Proposals = (*store.Store)(nil)
	_ desk.Calls     = (*store.Store)(nil)
)

var (
	ada = desk.Actor{ID: "1", Name: "Ada"}
	ben = desk.Actor{ID: "2", Name: "Ben"}
	eve = desk.Actor{ID: "3", Name: "Eve"}
)

// office is a desk over a store.
type office struct {
	*testing.T
	store   *store.Store
	editing *desk.Editing
	calls   *desk.Verifying
	log     *log
	now     time.Time
}

// log is an audit log that remembers.
type log struct {
	*store.Store
	mu      sync.Mutex
	entries []desk.Entry
}

func (l *log) Record(_ context.Context, e desk.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	return nil
}

func (l *log) actions() []string {
	var all []string
	for _, e := range l.entries {
		all = append(all, e.Actor.Name+" "+e.Action)
	}
	return all
}

const blocklist = "country,service,number,status,replacement,source\nUS,Old line,+16175550666,closed,988,x\n"

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		o := &office{T: t, now: directorytest.Epoch().AddDate(0, 2, 0)}
		o.store = storetest.Open(t, dsn, store.Options{Now: func() time.Time { return o.now }})
		o.log = &log{Store: o.store}
		o.open(func(*desk.Config) {})
		fn(t, o)
	})
}

// open makes the desk anew, with a change to its config.
func (o *office) open(change func(*desk.Config)) {
	o.Helper()
	blocked, err := directory.ReadBlocklist(strings.NewReader(blocklist))
	if err != nil {
		o.Fatal(err)
	}
	c := desk.Config{
		Directory: directory.NewDesk(o.store, directorytest.Vocabulary(), blocked), Proposals: o.store, Audit: o.log,
		Now: func() time.Time { return o.now },
	}
	change(&c)
	o.editing = desk.NewEditing(c)
	o.calls = desk.NewVerifying(o.editing, o.store, map[directory.Kind]time.Duration{directory.Helpline: 30 * 24 * time.Hour})
}

func (o *office) published(n int) *directory.Listing {
	o.Helper()
	l := directorytest.Sample(n)
	if err := o.store.Save(o.Context(), l, 0, directory.Editor{Name: "seed"}); err != nil {
		o.Fatal(err)
	}
	return l
}

func (o *office) listing(id directory.ID) *directory.Listing {
	o.Helper()
	return must(o.store.Listing(o.Context(), id))(o)
}

// must gives what a call gave, and ends the test on its error.
func must[T any](v T, err error) func(*office) T {
	return func(o *office) T {
		o.Helper()
		if err != nil {
			o.Fatal(err)
		}
		return v
	}
}

func (o *office) want(k fault.Kind, err error) {
	o.Helper()
	if err == nil || fault.KindOf(err) != k {
		o.Errorf("got %v, want a %v fault", err, k)
	}
}

func (o *office) wantFields(err error, want ...string) {
	o.Helper()
	o.want(fault.Invalid, err)
	var got []string
	if e, ok := err.(*fault.Error); ok {
		for _, f := range e.Fields {
			got = append(got, f.Name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		o.Errorf("faults at %q, want %q", got, want)
	}
}

// write begins a proposal for a listing and saves an edit in it.
func (o *office) write(a desk.Actor, id directory.ID, edit func(l *directory.Listing)) *desk.Proposal {
	o.Helper()
	o.now = o.now.Add(time.Minute)
	p := must(o.editing.Begin(o.Context(), a, id))(o)
	return o.save(a, p, edit)
}

func (o *office) save(a desk.Actor, p *desk.Proposal, edit func(l *directory.Listing)) *desk.Proposal {
	o.Helper()
	l := p.Listing.Clone()
	edit(l)
	return must(o.editing.Save(o.Context(), a, p.ID, p.Version, l, "as they told us"))(o)
}

func (o *office) submitted(a desk.Actor, id directory.ID, edit func(l *directory.Listing)) *desk.Proposal {
	o.Helper()
	p := o.write(a, id, edit)
	return must(o.editing.Submit(o.Context(), a, p.ID, p.Version))(o)
}

func named(name string) func(l *directory.Listing) {
	return func(l *directory.Listing) { l.Name = name }
}
