package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// TestUnprovenClaimsAreBounded has a machine ask without end: what nobody can prove goes first, then the oldest, and what
// was proven stays.
func TestUnprovenClaimsAreBounded(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		now := directorytest.Epoch()
		s := storetest.Open(t, dsn, store.Options{})
		l := directorytest.Sample(1)
		limits := desk.ClaimLimits{OnListing: 1 << 20, ForMailbox: 1 << 20}
		add := func(at time.Time, silent bool) directory.ID {
			t.Helper()
			c := &desk.ProviderClaim{
				ID: directory.NewID(at), Listing: l.ID, Base: 1, Wish: desk.Correct, Says: l, Address: "a@b.example",
				Tie: desk.Untied, Silent: silent, State: desk.ClaimUnproven, At: at,
			}
			must(s.AddClaim(t.Context(), c, limits))
			return c.ID
		}
		kept := func(id directory.ID) bool {
			_, err := s.ProviderClaim(t.Context(), id)
			return err == nil
		}
		proven, oldest, next, silent := add(now, false), add(now, false), add(now.Add(time.Second), false), add(now.Add(time.Hour), true)
		must(s.ProveClaim(t.Context(), proven, now))
		id := `randomblob(16)`
		if strings.HasPrefix(dsn, "postgres") {
			id = `uuid_send(gen_random_uuid())`
		}
		rest := `listing_id, base, wish, document, message, name, address, mailbox, language, tie, silent, state, proven_at, answered_at, answered_by, reason, code_until, code_tries, codes, mail, mail_due, mail_tries, trouble, asked_at`
		flood := fmt.Sprintf(`INSERT INTO provider_claim (id, at, %[1]s)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS BIGINT))
			SELECT %[2]s, at + 2000000 + i, %[1]s FROM n, (SELECT * FROM provider_claim WHERE id = $2) c`, rest, id)
		if _, err := raw(t, dsn).Exec(flood, desk.MaxUnprovenClaims-3, oldest[:]); err != nil {
			t.Fatal(err)
		}
		last := add(now.Add(time.Hour), false) // one too many
		if kept(silent) || !kept(oldest) || !kept(last) {
			t.Error("what nobody can prove didn't go first")
		}
		add(now.Add(time.Hour), false)
		if kept(oldest) || !kept(next) || !kept(last) || !kept(proven) {
			t.Error("the oldest didn't go, or others did")
		}
	})
}
