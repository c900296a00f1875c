package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/exchange"
	"carefinder/internal/fault"
)

// Upload is a file of listings on its way in.
type Upload struct {
	ID     directory.ID
	Name   string
	By     Actor
	At     time.Time
	State  UploadState
	Size   int64
	Seen   int // rows, so far
	Report UploadReport
	Busy   time.Time // until when who took it has it; zero: nobody does
}

// UploadState says how far a file has come.
type UploadState string

// The states.
const (
	UploadReceiving UploadState = "receiving"
	UploadChecking  UploadState = "checking" // what would become of its rows
	UploadChecked   UploadState = "checked"  // somebody has to look
	UploadImporting UploadState = "importing"
	UploadImported  UploadState = "imported"
	UploadDropped   UploadState = "dropped" // did not come in whole
)

// UploadStates lists every state.
func UploadStates() []UploadState {
	return []UploadState{UploadReceiving, UploadChecking, UploadChecked, UploadImporting, UploadImported, UploadDropped}
}

// UploadReport says what becomes, or became, of the rows of a file.
type UploadReport struct {
	Added, Changed, Unchanged, Rejected, Clashing int
	Settled                                       int         // rows that end a conflict, for the file gave in
	Rows                                          []UploadRow // those that are told of; not all when there are very many
	Broken                                        string      // why the file can't be read any further
	Begun                                         int         // how often what is under way was begun
}

// UploadRow is a row that was rejected, or that is in conflict with what a curator changed.
type UploadRow struct {
	Line  int
	Key   string
	Why   string // a fault a line: its field and what is wrong
	Clash bool   // Why are the paths in conflict
}

// Bounds of uploads.
const (
	MaxUpload  = 64 << 20  // bytes; larger files are for the command
	MaxUploads = 512 << 20 // of all that wait
	uploadPart = 1 << 20
	uploadRows = 500 // that are told of
	uploadKept = 7 * 24 * time.Hour
	uploadBusy = time.Minute // a server that tells nothing for so long is relieved
	uploadMost = 3           // servers that begin with a file and don't come to its end
)

// UploadStore keeps files on their way in.
type UploadStore interface {
	// AddUpload keeps a new one, and forgets those from before a time. It gives fault.TooMany when all that are not
	// imported yet would be larger than MaxUploads.
	AddUpload(ctx context.Context, u *Upload, before time.Time) error
	AddPart(ctx context.Context, id directory.ID, no int, data []byte) error
	// Part gives a part of a file, nil behind the last.
	Part(ctx context.Context, id directory.ID, no int) ([]byte, error)
	// Uploads gives one, or, of the zero ID, the newest.
	Uploads(ctx context.Context, id directory.ID, max int) ([]Upload, error)
	// MoveUpload moves one from a state to another: fault.Conflict when it is not there.
	MoveUpload(ctx context.Context, id directory.ID, from, to UploadState) error
	// TakeUpload gives the oldest that is to be checked or imported and that no server is busy with, nil for none, and
	// notes that this one is until then, and that it was begun once more.
	TakeUpload(ctx context.Context, now, until time.Time) (*Upload, error)
	// KeepUpload keeps the state, size, rows seen and report of one, and until when a server is busy with it, in Busy
	// too: fault.Conflict when another took it since, or it is gone.
	KeepUpload(ctx context.Context, u *Upload, until time.Time) error
}

// Uploading takes files in that curators upload: first it says what would become of their rows, then it makes drafts of
// them, both in the background. Each can be done again after any end.
type Uploading struct {
	store   UploadStore
	offers  Offers
	editing *Editing
	read    func(name string, r io.Reader) exchange.Rows
	log     *slog.Logger
	wake    chan struct{}
}

// NewUploading makes an Uploading of files that read reads; Run does the work.
func NewUploading(s UploadStore, o Offers, e *Editing, read func(string, io.Reader) exchange.Rows, log *slog.Logger) *Uploading {
	return &Uploading{s, o, e, read, log, make(chan struct{}, 1)}
}

// Receive keeps a file, a part at a time, and has it checked. It gives fault.Invalid for one larger than MaxUpload, or
// empty.
func (u *Uploading) Receive(ctx context.Context, a Actor, name string, r io.Reader) (*Upload, error) {
	at := clock(u.editing.Now)
	name = strings.ToValidUTF8(name[:min(len(name), directory.MaxName)], "")
	up := &Upload{ID: directory.NewID(at), Name: name, By: a, At: at, State: UploadReceiving}
	var bad fault.Fields
	plain(&bad, "file", name, directory.MaxName)
	if err := bad.Err("This file can't be taken in."); err != nil {
		return nil, err
	}
	if err := u.store.AddUpload(ctx, up, at.Add(-uploadKept)); err != nil {
		return nil, err
	}
	if err := u.keep(ctx, up, r); err != nil {
		up.State = UploadDropped
		return nil, errors.Join(err, u.store.KeepUpload(context.WithoutCancel(ctx), up, time.Time{}))
	}
	up.State = UploadChecking
	entry := Entry{a, "import.upload", "upload:" + up.ID.String(), map[string]string{"file": name, "bytes": fmt.Sprint(up.Size)}}
	err := acted(ctx, u.editing.Audit, entry, func(ctx context.Context) error { return u.store.KeepUpload(ctx, up, time.Time{}) })
	u.Wake()
	return up, err
}

// keep keeps a file part by part.
func (u *Uploading) keep(ctx context.Context, up *Upload, r io.Reader) error {
	part := make([]byte, uploadPart)
	for no := 1; ; no++ {
		n, err := io.ReadFull(r, part)
		if up.Size += int64(n); up.Size > MaxUpload {
			return TooLarge()
		}
		if n > 0 {
			if err := u.store.AddPart(ctx, up.ID, no, part[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), err == io.ErrUnexpectedEOF: // a reader's own end before its time is wrapped, or says more
			if up.Size == 0 {
				return &fault.Error{Kind: fault.Invalid, Message: "The file is empty.", Fields: []fault.Field{{Name: "file", Message: "is empty"}}}
			}
			return nil
		case err != nil:
			return fault.Wrap(fault.Invalid, "The file broke off on its way.", err)
		}
	}
}

// TooLarge says that a file is larger than MaxUpload.
func TooLarge() error {
	return &fault.Error{Kind: fault.Invalid, Message: "The file is too large.", Fields: []fault.Field{{Name: "file", Message: fmt.Sprintf("is larger than %d bytes", MaxUpload)}}}
}

// Uploads gives the newest files.
func (u *Uploading) Uploads(ctx context.Context, max int) ([]Upload, error) {
	return u.store.Uploads(ctx, directory.ID{}, max)
}

// Upload gives a file, or fault.NotFound.
func (u *Uploading) Upload(ctx context.Context, id directory.ID) (*Upload, error) {
	all, err := u.store.Uploads(ctx, id, 1)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "There is no such file.")
	}
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// Import makes drafts of the rows of a file, which is who uploaded it to say. Asked a second time it does nothing.
func (u *Uploading) Import(ctx context.Context, a Actor, id directory.ID) error {
	up, err := u.Upload(ctx, id)
	switch {
	case err != nil:
		return err
	case up.By.ID != a.ID:
		return fault.New(fault.Forbidden, "Somebody else uploaded this: they have to start it.")
	case up.State == UploadImporting || up.State == UploadImported:
		return nil
	case up.Report.Broken != "":
		return fault.New(fault.Conflict, "This file can't be read.")
	}
	entry := Entry{a, "import.start", "upload:" + id.String(), map[string]string{"file": up.Name}}
	err = acted(ctx, u.editing.Audit, entry, func(ctx context.Context) error {
		return u.store.MoveUpload(ctx, id, UploadChecked, UploadImporting)
	})
	u.Wake()
	return err
}

// Wake says that there is work. It never blocks.
func (u *Uploading) Wake() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends.
func (u *Uploading) Run(ctx context.Context) {
	for ctx.Err() == nil {
		did, err := u.Step(ctx)
		if err != nil && ctx.Err() == nil {
			u.log.Warn("import delayed", "error", err)
		}
		if did && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-u.wake:
		case <-time.After(bulkEvery):
		}
	}
}

// Step checks or imports one file, and says whether there was one.
func (u *Uploading) Step(ctx context.Context) (bool, error) {
	now := clock(u.editing.Now)
	up, err := u.store.TakeUpload(ctx, now, now.Add(uploadBusy))
	if err != nil || up == nil {
		return false, err
	}
	if up.Report.Begun > uploadMost { // it may be what ended them
		r := up.Report
		r.Begun, r.Broken = 0, "Reading this file never came to its end."
		return true, u.end(ctx, up, r)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	im := exchange.Importer{
		Desk: u.editing.Directory, To: &Drafts{Offers: u.offers, Editing: u.editing, Actor: up.By},
		By: directory.Editor{Name: up.By.Name, Note: up.Name}, DryRun: up.State == UploadChecking, Told: uploadRows,
		Progress: func(seen int) {
			up.Seen = seen
			if err := u.store.KeepUpload(ctx, up, clock(u.editing.Now).Add(uploadBusy)); err != nil {
				cancel(err)
			}
		},
	}
	up.Seen = 0
	report, err := im.Run(ctx, u.read(up.Name, &uploaded{ctx: ctx, store: u.store, id: up.ID}))
	if cause := context.Cause(ctx); cause != nil {
		return true, cause
	}
	broken := ""
	switch {
	case fault.Is(err, fault.Invalid):
		broken = err.Error()
	case err != nil:
		return true, err
	}
	return true, u.end(ctx, up, reportOf(report, broken))
}

// end keeps what became of a file that was checked or imported.
func (u *Uploading) end(ctx context.Context, up *Upload, r UploadReport) error {
	up.Report = r
	up.State = map[UploadState]UploadState{UploadChecking: UploadChecked, UploadImporting: UploadImported}[up.State]
	return u.store.KeepUpload(ctx, up, time.Time{})
}

// reportOf keeps of a report what is told.
func reportOf(r *exchange.Report, broken string) UploadReport {
	out := UploadReport{
		Added: r.Added, Changed: r.Changed, Unchanged: r.Unchanged, Settled: r.Settled, Broken: clipped(broken),
		Rejected: len(r.Rejected) + r.MoreRejected, Clashing: len(r.Clashing) + r.MoreClashing,
	}
	for _, x := range r.Rejected {
		why := x.Message()
		if bad := (*fault.Error)(nil); errors.As(x.Err, &bad) && len(bad.Fields) > 0 {
			why = faultsOf(bad)
		}
		out.Rows = append(out.Rows, UploadRow{Line: x.Line, Key: x.Key, Why: clipped(why)})
	}
	for _, x := range r.Clashing {
		out.Rows = append(out.Rows, UploadRow{Line: x.Line, Key: x.Key, Why: Conflicting(x.Paths), Clash: true})
	}
	return out
}

// uploaded reads a file from its parts.
type uploaded struct {
	ctx   context.Context // of the reading, which ends with it
	store UploadStore
	id    directory.ID
	no    int
	rest  []byte
}

func (r *uploaded) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		r.no++
		part, err := r.store.Part(r.ctx, r.id, r.no)
		if err != nil {
			return 0, err
		}
		if part == nil {
			return 0, io.EOF
		}
		r.rest = part
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
