package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"carefinder/internal/demo"
	"carefinder/internal/directory"
	"carefinder/internal/store/storetest"
	"carefinder/seed"
)

// working is a server and two people at its desk.
type working struct {
	*opened
	base     string
	ana, ben hand
}

// atWork serves n listings that were made up for it.
func atWork(t *testing.T, dsn string, n int, status directory.Status) *working {
	t.Helper()
	d, err := beginning{Empty: true}.begin(t.Context(), &settings{Database: dsn}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	gaz, err := seed.Gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.take(t.Context(), real(demo.Listings(1, n, gaz, d.vocabulary), status)); err != nil {
		t.Fatal(err)
	}
	if err := d.surveyed(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &working{opened: d}
	w.base, _ = serve(t, "--empty", "--database", dsn)
	for login, h := range map[string]*hand{"ana": &w.ana, "ben": &w.ben} {
		if *h, err = d.hand(t.Context(), w.base, login); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// first gives the first of them.
func (w *working) first(t *testing.T) directory.ID {
	t.Helper()
	var ids []directory.ID
	if err := w.EachAny(t.Context(), func(l *directory.Listing) error { ids = append(ids, l.ID); return nil }); err != nil || len(ids) == 0 {
		t.Fatal(ids, err)
	}
	return ids[0]
}

// saves sends the form of a draft as a browser does.
func (w *working) saves(t *testing.T, proposal string, typed url.Values) (status int, page string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base+"/desk/proposals/"+proposal, strings.NewReader(typed.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", w.ana.cookie)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// TestTheDatabaseIsLocked: another program holds on to the database while a curator saves. They get back what they typed,
// the public goes on searching, and once the lock is gone the same form is kept.
func TestTheDatabaseIsLocked(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		w := atWork(t, dsn, 3, directory.Published)
		var p struct{ ID string }
		if err := w.ana.does(t.Context(), http.MethodPost, "/listings/"+w.first(t).String()+"/propose", nil, &p); err != nil {
			t.Fatal(err)
		}
		typed := url.Values{"version": {"1"}, "name": {"Typed at length"}, "kind": {"therapist"}, "status": {"published"}, "description": {`a <b> "word"`}, "note": {"why"}, "do": {"save"}}
		unlock := storetest.Lock(t, dsn)
		status, page := w.saves(t, p.ID, typed)
		if status != http.StatusServiceUnavailable || !strings.Contains(page, "Typed at length") || !strings.Contains(page, "a &lt;b&gt; &#34;word&#34;") {
			t.Errorf("while it is locked: %d: %.600s", status, page)
		}
		if err := w.ben.does(t.Context(), http.MethodPost, "/listings/"+w.first(t).String()+"/propose", nil, nil); !refusedWith(err, http.StatusServiceUnavailable) {
			t.Errorf("a program is told %v", err)
		}
		if a := listings(t, w.base, "limit=1"); a.Total+a.RemoteTotal != 3 {
			t.Errorf("the public finds %d", a.Total)
		}
		unlock()
		if status, page := w.saves(t, p.ID, typed); status != http.StatusSeeOther {
			t.Errorf("when it is free again: %d: %.600s", status, page)
		}
	})
}

func refusedWith(err error, status int) bool {
	var refused refusedBy
	return errors.As(err, &refused) && refused.status == status
}

// TestTenThousandAtOnce: while so many are published together, the public's search answers each time, with no more and no
// fewer than there are, and somebody else's edit is published without waiting for them all.
func TestTenThousandAtOnce(t *testing.T) {
	const many = 10_000
	dsn := storetest.SQLite(t)
	if r := commandWith(t, clinic("Lighthouse", "published"), "import", "--empty", "--database", dsn, "-"); r.code != exitOK {
		t.Fatal(r.out, r.err)
	}
	edited, err := directory.ParseID(clinicID)
	if err != nil {
		t.Fatal(err)
	}
	w := atWork(t, dsn, many, directory.Draft)
	var b bulkState
	change := map[string]any{"query": "status=draft", "all": "yes", "change": "status", "to_status": "published", "note": "checked"}
	if err := w.ana.does(t.Context(), http.MethodPost, "/bulk", change, &b); err != nil {
		t.Fatal(err)
	}
	if err := w.ben.prepared(t.Context(), b.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.ben.does(t.Context(), http.MethodPost, "/bulk/"+b.ID+"/start", nil, nil); err != nil {
		t.Fatal(err)
	}
	x := &deskBench{store: w.opened, ana: w.ana, ben: w.ben}
	saved := ""
	for last := 0; b.State != "done"; {
		total, err := x.total(t.Context(), url.Values{})
		if err != nil || total < last {
			t.Fatalf("%d are found, after %d were: %v", total, last, err)
		}
		if last = total; total > 1 && saved == "" {
			approve, err := x.propose(t.Context(), edited, "Edited Meanwhile")
			if err == nil {
				err = approve()
			}
			if err != nil {
				t.Fatal(err)
			}
			saved = b.State
		}
		if err := w.ana.does(t.Context(), http.MethodGet, "/bulk/"+b.ID, nil, &b); err != nil {
			t.Fatal(err)
		}
	}
	if b.Outcomes["changed"] != many || saved != "running" {
		t.Errorf("%v; an edit was published when the change was %q", b.Outcomes, saved)
	}
	eventually(t, "all are found", func() bool {
		total, err := x.total(t.Context(), url.Values{})
		return err == nil && total == many+1
	})
	if a := listings(t, w.base, "q=Edited+Meanwhile&literal=true"); len(a.Hits)+len(a.Remote) != 1 {
		t.Errorf("the edit is found %d times", len(a.Hits)+len(a.Remote))
	}
}
