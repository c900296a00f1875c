package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

func TestSpend(t *testing.T) {
	dsn := storetest.Postgres(t)
	a, b := storetest.Open(t, dsn, store.Options{}), storetest.Open(t, dsn, store.Options{})
	ada, bob := []byte{192, 0, 2, 1}, []byte("2001:db8")
	spend := func(s *store.Store, client []byte, cost time.Duration) time.Duration {
		t.Helper()
		ahead, err := s.Spend(t.Context(), [][]byte{client}, []time.Duration{cost})
		if err != nil || len(ahead) != 1 {
			t.Fatal(ahead, err)
		}
		return ahead[0]
	}
	within := func(got, want time.Duration) {
		t.Helper()
		if got > want || got < want-time.Minute { // time passes meanwhile
			t.Errorf("ahead by %v, want %v", got, want)
		}
	}
	within(spend(a, ada, time.Hour), time.Hour)
	within(spend(b, ada, 2*time.Hour), 3*time.Hour)
	within(spend(a, bob, time.Hour), time.Hour)
	both, err := a.Spend(t.Context(), [][]byte{bob, ada, bob}, []time.Duration{time.Hour, 0, time.Hour}) // one client twice
	if err != nil || len(both) != 3 {
		t.Fatal(both, err)
	}
	within(both[0], 3*time.Hour)
	within(both[1], 3*time.Hour)
	within(both[2], 3*time.Hour)

	db := raw(t, dsn)
	told := func() (clients []int64) {
		t.Helper()
		rows, err := db.Query(`SELECT client FROM spending`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var c int64
			if err := rows.Scan(&c); err != nil {
				t.Fatal(err)
			}
			clients = append(clients, c)
		}
		return clients
	}
	before := told()
	if len(before) != 2 || before[0] >= 1<<24 || before[1] >= 1<<24 {
		t.Errorf("it keeps %v", before)
	}
	if _, err := db.Exec(`UPDATE spending_secret SET till = 0`); err != nil { // a day later
		t.Fatal(err)
	}
	within(spend(b, ada, time.Hour), time.Hour)
	if after := told(); len(after) != 1 || strings.Contains(fmt.Sprint(before), fmt.Sprint(after[0])) {
		t.Errorf("with a new secret it keeps %v, before %v", after, before)
	}
	spend(a, bob, 0)
	if after := told(); len(after) > 2 {
		t.Errorf("it keeps %v", after)
	}
	if storetest.Open(t, storetest.SQLite(t), store.Options{}).Shared() || !a.Shared() {
		t.Error("which stores are shared?")
	}
}
