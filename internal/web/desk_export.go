package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/exchange"
	"carefinder/internal/exchange/carefinder"
)

// download is a file that is sent while it is written.
type download struct {
	name, kind string
	write      func(ctx context.Context, w io.Writer) error
}

// downloadTimeout is how long a file may take; of a client that takes nothing for writeTimeout it ends before.
const downloadTimeout = 10 * time.Minute

// send answers with a file. One that can't be finished breaks off, so that a part never passes for the whole.
func (v *visit) send(d *download) error {
	v.c.Set(fiber.HeaderContentType, d.kind)
	v.c.Set(fiber.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", d.name))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.ctx), downloadTimeout)
	from, to := io.Pipe()
	log, conn := v.server.cfg.Log, v.c.Context().Conn()
	go func() { // reads nothing of the request, which is over by then
		defer cancel()
		err := d.write(ctx, &patient{to, conn})
		if err != nil {
			log.LogAttrs(ctx, slog.LevelWarn, "file broken off", slog.String("cause", shapeOf(err)))
		}
		to.CloseWithError(err)
	}()
	v.c.Context().SetBodyStream(from, -1)
	return nil
}

// patient gives a client more time with every part it takes.
type patient struct {
	io.Writer
	conn net.Conn
}

func (p *patient) Write(b []byte) (int, error) {
	if p.conn != nil {
		_ = p.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // else it ends early, and says so
	}
	return p.Writer.Write(b)
}

// exportChosen gives the chosen listings as a CSV file, of any status; addresses that protect someone only to who may
// edit them, and asks for them.
func (v *visit) exportChosen() (reply, error) {
	query, err := url.ParseQuery(v.text("query"))
	if err != nil {
		return reply{}, wrongField("query", "can't be read")
	}
	confidential := v.text("confidential") == "yes"
	if confidential {
		if err := v.allowed(auth.Edit, "confidential addresses"); err != nil {
			return reply{}, err
		}
	}
	ids, err := v.chosenIDs(query)
	if err == nil && (len(ids) == 0 || len(ids) > work.MaxBulk) {
		err = wrongField("listings", "must be between 1 and "+strconv.Itoa(work.MaxBulk))
	}
	if err != nil {
		return v.choosePage(query, err)
	}
	detail := map[string]string{"listings": strconv.Itoa(len(ids)), "confidential": strconv.FormatBool(confidential)}
	if err := v.Editing.Audit.Record(v.ctx, work.Entry{Actor: v.actor(), Action: "listing.export", Subject: "listings", Detail: detail}); err != nil {
		return reply{}, err
	}
	records := v.Work.Records
	return reply{file: &download{
		name: "listings-" + v.server.now().UTC().Format(time.DateOnly) + ".csv", kind: "text/csv; charset=utf-8",
		write: func(ctx context.Context, w io.Writer) error {
			if _, err := io.WriteString(w, "\ufeff"); err != nil { // without it spreadsheets take UTF-8 for something else
				return err
			}
			_, err := carefinder.Write(w, carefinder.CSV, exchange.Outgoing(chosenListings(ctx, records, ids), confidential))
			return err
		},
	}}, nil
}

// chosenListings reads listings a batch at a time. Those that are gone are left out.
func chosenListings(ctx context.Context, r Records, ids []directory.ID) exchange.Listings {
	const batch = 500
	return func(yield func(*directory.Listing, error) bool) {
		for part := range slices.Chunk(ids, batch) {
			all, err := r.Listings(ctx, part)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, l := range all {
				if l != nil && !yield(l, nil) {
					return
				}
			}
		}
	}
}
