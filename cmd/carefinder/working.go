package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"log/slog"
	"time"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/exchange/carefinder"
	"carefinder/internal/geo"
	"carefinder/internal/search"
	"carefinder/internal/web"
)

// working gives the queues of the desk and what is done with what waits in them.
func (d *opened) working(editing *desk.Editing, claims *desk.ProviderClaims, log *slog.Logger) web.Work {
	door := d.desk()
	open := func(ctx context.Context, a desk.Actor, id directory.ID, l *directory.Listing, note string) error {
		_, err := editing.Open(ctx, a, id, l, note)
		return err
	}
	return web.Work{
		Queues:   desk.NewQueues(d.Store, d.Store, nil),
		Dedupe:   desk.NewDeduper(d.Store, door, d.Store, nil),
		Reports:  desk.NewReports(d.Store, door, open, d.Store, time.Local, nil),
		Claims:   claims,
		Bulk:     desk.NewBulkEditing(d.Store, d.Store, door, d.Store, editing.Alone, nil, log),
		Settling: desk.NewSettling(d.Store, editing),
		Uploads:  desk.NewUploading(d.Store, d.Store, editing, carefinder.Read, log),
		Records:  d.Store,
	}
}

// figures gives what the desk shows of the directory as a whole. It asks this server's own index, whatever answers searches:
// one question of it for all sites at once would be a heavy one for servers that share an index.
func (r *running) figures(gaz *geo.Gazetteer, log *slog.Logger) *desk.Dashboard {
	return desk.NewDashboard(desk.DashboardParts{
		Each: r.Each, Latest: r.Latest, Misses: r.Store, Places: gaz, Log: log,
		Sites: func(ctx context.Context, o desk.Offer) ([]orb.Point, error) {
			return search.Sites(ctx, r.engines.gate, o.Facet, o.Code)
		},
	})
}

// backgroundWork is what goes on beside answering: looking at what changed, changing many listings, taking files in,
// counting, noting who was refused what, and sending mail.
type backgroundWork struct {
	survey  *desk.Survey
	bulk    *desk.BulkEditing
	uploads *desk.Uploading
	figures *desk.Dashboard
	misses  *desk.MissCounter
	guard   *auth.Guard
	log     *slog.Logger
	post    *desk.Postman
}

// background gives that work. The settings have been checked.
func (d *opened) background(parts web.Desk, gaz *geo.Gazetteer, s deskSettings, log *slog.Logger) backgroundWork {
	every := map[directory.Kind]time.Duration{}
	for kind, days := range s.VerifyEvery {
		every[directory.Kind(kind)] = time.Duration(days) * 24 * time.Hour
	}
	survey := desk.NewSurvey(d.Store, desk.SurveyRules{Desk: d.desk(), Places: gaz, Every: every}, log)
	d.OnChange(func([]directory.ID) { survey.Wake() })
	return backgroundWork{survey: survey, bulk: parts.Work.Bulk, uploads: parts.Work.Uploads, figures: parts.Work.Figures, guard: parts.Guard, log: log}
}

// run works until ctx ends.
func (b backgroundWork) run(ctx context.Context) {
	var g errgroup.Group
	g.Go(func() error { b.survey.Run(ctx); return nil })
	g.Go(func() error { b.bulk.Run(ctx); return nil })
	g.Go(func() error { b.uploads.Run(ctx); return nil })
	g.Go(func() error { b.figures.Run(ctx); return nil })
	g.Go(func() error { b.misses.Run(ctx); return nil })
	g.Go(func() error { b.guard.Run(ctx, b.log); return nil })
	g.Go(func() error { b.post.Run(ctx); return nil })
	_ = g.Wait() // none fails: they log, and try again
}

// proofs lets browsers prove that they worked for a message, under a secret of this directory for that alone.
func (d *opened) proofs(ctx context.Context) (*desk.Proofs, error) {
	salt, err := d.Salt(ctx)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, salt)
	h.Write([]byte("proofs of work"))
	return desk.NewProofs(h.Sum(nil), d.Store, nil), nil
}
