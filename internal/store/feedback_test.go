package store_test

import (
	"strings"
	"testing"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// TestUnprovenMessagesAreBounded has a machine send without end: what people sent stays, and so does what a curator has.
func TestUnprovenMessagesAreBounded(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		now := directorytest.Epoch()
		s := storetest.Open(t, dsn, store.Options{Now: func() time.Time { return now }})
		send := func(at time.Time, kind directory.FeedbackKind, proven bool) directory.ID {
			t.Helper()
			f := directory.Feedback{Page: "/", Kind: kind, Message: "x", Proven: proven, At: at}
			must(s.SaveFeedback(t.Context(), &f))
			return f.ID
		}
		stays := []directory.ID{send(now, directory.ReportError, true), send(now, directory.ReportError, false), send(now, directory.ReportError, false), send(now, directory.ReportError, false)}
		queues := desk.NewQueues(s, s, func() time.Time { return now })
		must(queues.Claim(t.Context(), desk.Actor{ID: "1", Name: "Ada"}, desk.QueueReported, stays[1]))
		must(s.AnswerReport(t.Context(), stays[3], desk.Answer{State: desk.ReportMerged, Became: stays[2]}))
		goes := []directory.ID{send(now, directory.ReportError, false), send(now, directory.Helpful, false)}

		flood := `INSERT INTO feedback (id, listing_id, page, kind, message, at, proven, state)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS BIGINT))
			SELECT ID, NULL, '/', 'error', 'x', CAST($2 AS BIGINT) + i, FALSE, 'open' FROM n`
		id := `randomblob(16)`
		if strings.HasPrefix(dsn, "postgres") {
			id = `uuid_send(gen_random_uuid())`
		}
		if _, err := raw(t, dsn).Exec(strings.ReplaceAll(flood, "ID,", id+","), desk.MaxUnproven, now.UnixMicro()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
		send(now, directory.OtherWord, false)
		count := func() (n int) {
			t.Helper()
			all, err := s.Feedbacks(t.Context(), directory.Page{Limit: 2 * desk.MaxUnproven})
			must(err)
			return len(all)
		}
		if n := count(); n < desk.MaxUnproven || n > desk.MaxUnproven+len(stays)+1 {
			t.Errorf("%d messages are kept", n)
		}
		for _, id := range stays {
			if _, err := s.Report(t.Context(), id); err != nil {
				t.Errorf("one that a person sent or has: %v", err)
			}
		}
		for _, id := range goes {
			if r, err := s.Report(t.Context(), id); err == nil {
				t.Errorf("the oldest is kept: %+v", r)
			}
		}
		tasks, err := s.Tasks(t.Context(), desk.TaskQuery{Queue: desk.QueueReported, Now: now, Limit: 99})
		must(err)
		if len(tasks) != 4 { // three that stay, and the last
			t.Errorf("%d wait: %+v", len(tasks), tasks)
		}

		now = now.Add(desk.UnprovenLife)
		before := count()
		for range 3 { // some go with each that comes
			send(now, directory.OtherWord, false)
		}
		if n := count(); n > before-200 {
			t.Errorf("of %d messages %d are kept for ever", before, n)
		}
	})
}
