package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"carefinder/internal/directory"
	"carefinder/internal/search/meili"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// eachSearch runs fn on each database with the flags of each way to search that servers can share it with.
func eachSearch(t *testing.T, fn func(t *testing.T, flags []string, dsn string)) {
	t.Run("embedded", func(t *testing.T) {
		storetest.EachDSN(t, func(t *testing.T, dsn string) { fn(t, []string{"--search", "embedded"}, dsn) })
	})
	t.Run("meilisearch", func(t *testing.T) {
		url := os.Getenv("CAREFINDER_TEST_MEILI")
		if url == "" {
			t.Skip("no Meilisearch (CAREFINDER_TEST_MEILI): internal/search/meili plays what one answered")
		}
		key := os.Getenv("CAREFINDER_TEST_MEILI_KEY")
		storetest.EachDSN(t, func(t *testing.T, dsn string) {
			forgetIndexes(t, url, key)
			fn(t, []string{"--search", "meilisearch", "--meilisearch-url", url, "--meilisearch-key", key}, dsn)
		})
	})
}

// forgetIndexes deletes what another test left: a server answers from an index until its own is built, and those hold
// the same listings.
func forgetIndexes(t *testing.T, url, key string) {
	t.Helper()
	m := &raw{url: url, key: key, http: http.DefaultClient}
	var all struct{ Results []struct{ UID string } }
	if err := m.call(t.Context(), http.MethodGet, "/indexes?limit=1000", nil, &all); err != nil {
		t.Fatal(err)
	}
	for _, x := range all.Results {
		if !strings.HasPrefix(x.UID, meili.DefaultPrefix+"-") {
			continue
		}
		if err := m.task(t.Context(), http.MethodDelete, "/indexes/"+x.UID, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// process starts a server in a process of its own, so that it can be killed, and waits until it is ready.
func process(t *testing.T, args ...string) (base string, cmd *exec.Cmd, says *ledger) {
	t.Helper()
	cmd, out, says := launch(t, args...)
	eventually(t, "the process is ready", func() bool { base = urlForm.FindString(out.String()); return base != "" })
	return base, cmd, says
}

// launch starts one and does not wait.
func launch(t *testing.T, args ...string) (cmd *exec.Cmd, out, says *ledger) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0], append([]string{"serve", "--addr", "127.0.0.1:0", "--rate-limit", "0"}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, says = &ledger{}, &ledger{}
	cmd.Stdout, cmd.Stderr = out, says
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, out, says
}

// clinic is a listing to import, as it stands at some time.
func clinic(name, status string) string {
	b, err := json.Marshal(map[string]any{
		"id": "11111111-2222-5333-8444-555555555555", "kind": "center", "name": name, "status": status, "archived_reason": map[bool]string{true: "It has moved away."}[status == "archived"],
		"sites":    []any{map[string]any{"address": map[string]any{"city": "Boston", "division": "MA", "country": "US"}, "point": map[string]any{"lat": 42.36, "lng": -71.06, "precision": "campus"}}},
		"channels": []any{map[string]any{"medium": "voice", "number": "+16175550123"}},
		"sources":  []any{map[string]any{"name": "test", "key": "clinic", "at": "2026-11-23T00:00:00Z"}},
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

const clinicID = "11111111-2222-5333-8444-555555555555"

// found gives the name under which a server finds the clinic, "" when it doesn't.
func found(t *testing.T, base string) string {
	t.Helper()
	for _, h := range listings(t, base, "place=Boston&kind=center&radius=5km&limit=50").Hits {
		if h.ID == clinicID {
			return h.Name
		}
	}
	return ""
}

// TestServersStayInStep has two servers on one database. What is edited beside them and told to one of them shows in
// both, and what is withdrawn is given out by neither, though both had it at hand.
func TestServersStayInStep(t *testing.T) {
	eachSearch(t, func(t *testing.T, flags []string, dsn string) {
		flags = append(flags, "--database", dsn)
		var bases [2]string
		var starting sync.WaitGroup
		for i := range bases {
			starting.Go(func() { bases[i], _, _ = process(t, flags...) }) // on an empty database, both at once
		}
		starting.Wait()
		if a, b := listings(t, bases[0], "limit=1"), listings(t, bases[1], "limit=1"); a.Total == 0 || a.Total != b.Total || a.RemoteTotal != b.RemoteTotal {
			t.Fatalf("one finds %d and %d listings, the other %d and %d", a.Total, a.RemoteTotal, b.Total, b.RemoteTotal)
		}
		edit := func(name, status string, shown bool) {
			t.Helper()
			if r := commandWith(t, clinic(name, status), "import", "--database", dsn, "-"); r.code != exitOK {
				t.Fatalf("import: %s%s", r.out, r.err)
			}
			for _, base := range bases {
				eventually(t, "the server shows "+name+", "+status, func() bool {
					code, body := get(t, base+"/api/v1/listings/"+clinicID, nil)
					if shown {
						return found(t, base) == name && code == http.StatusOK && strings.Contains(body, name)
					}
					return found(t, base) == "" && code == http.StatusGone
				})
			}
		}
		edit("Lighthouse", "published", true)
		edit("Lighthouse and Harbor", "published", true)
		edit("Lighthouse and Harbor", "archived", false)

		resp, err := http.Post(bases[0]+"/api/v1/feedback", "application/json",
			strings.NewReader(`{"kind":"error","message":"nobody answers","listing":"`+clinicID+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		told, err := storetest.Open(t, dsn, store.Options{}).Feedbacks(t.Context(), directory.Page{Limit: 5})
		if resp.StatusCode != http.StatusAccepted || err != nil || len(told) != 1 || told[0].Message != "nobody answers" {
			t.Errorf("feedback: %d, kept %+v, %v", resp.StatusCode, told, err)
		}
	})
}

// TestServerIsKilled: the other goes on answering, and goes on following what is saved.
func TestServerIsKilled(t *testing.T) {
	eachSearch(t, func(t *testing.T, flags []string, dsn string) {
		flags = append(flags, "--database", dsn)
		first, killed, _ := process(t, flags...)
		second, _, says := process(t, flags...)
		must(t, "reindex", "--database", dsn)
		get(t, first+"/readyz", nil)
		if err := killed.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = killed.Wait()
		r := commandWith(t, clinic("Lighthouse", "published"), "import", "--database", dsn, "-")
		if r.code != exitOK {
			t.Fatalf("import: %s%s", r.out, r.err)
		}
		eventually(t, "the other shows what was saved since", func() bool { return found(t, second) == "Lighthouse" })
		eventually(t, "the other has nothing left to do", func() bool {
			var ready struct {
				Ready   bool
				Pending int
			}
			_, _ = get(t, second+"/readyz", &ready)
			return ready.Ready && ready.Pending == 0
		})
		if strings.Contains(says.String(), "ERROR") {
			t.Errorf("the other complains: %s", says)
		}
	})
}
