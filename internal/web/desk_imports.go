package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/fault"
)

// takesFile is what a route takes that reads a file from its body. No other body may be larger than maxBody.
const takesFile = "file"

// isUpload reports whether a request sends a file.
func isUpload(c *fiber.Ctx) bool {
	if c.Method() != fiber.MethodPost {
		return false
	}
	at := bare(string(c.Request().URI().Path()))
	return at == "/desk/imports" || at == "/api/v1/desk/imports"
}

// importsView lists the files that came in.
type importsView struct {
	Upload string // where one is sent; "" for who may not
	Limit  string
	Rows   []importRow
}

type importRow struct{ Name, URL, By, At, State string }

// importAnswer is a file for a program.
type importAnswer struct {
	ID     string              `json:"id"`
	Name   string              `json:"name"`
	By     string              `json:"by"`
	At     time.Time           `json:"at"`
	State  string              `json:"state"`
	Size   int64               `json:"size"`
	Seen   int                 `json:"rows_seen"`
	Report *importReportAnswer `json:"report,omitempty"`
}

type importReportAnswer struct {
	Added     int               `json:"added"`
	Changed   int               `json:"changed"`
	Unchanged int               `json:"unchanged"`
	Rejected  int               `json:"rejected"`
	Conflicts int               `json:"conflicts"`
	Settled   int               `json:"settled"` // conflicts that the file ends
	Broken    string            `json:"broken,omitempty"`
	Rows      []importRowAnswer `json:"rows"`
}

type importRowAnswer struct {
	Line     int    `json:"line"`
	Key      string `json:"key,omitempty"`
	Why      string `json:"why"`
	Conflict bool   `json:"conflict"`
}

func importAnswerOf(u *work.Upload) importAnswer {
	a := importAnswer{ID: u.ID.String(), Name: u.Name, By: u.By.Name, At: u.At, State: string(u.State), Size: u.Size, Seen: u.Seen}
	if reported(u) {
		r := &u.Report
		a.Report = &importReportAnswer{r.Added, r.Changed, r.Unchanged, r.Rejected, r.Clashing, r.Settled, r.Broken, []importRowAnswer{}}
		for _, x := range r.Rows {
			a.Report.Rows = append(a.Report.Rows, importRowAnswer{x.Line, x.Key, x.Why, x.Clash})
		}
	}
	return a
}

// reported reports whether it is known what becomes of the rows of a file.
func reported(u *work.Upload) bool {
	return u.State == work.UploadChecked || u.State == work.UploadImporting || u.State == work.UploadImported
}

// importsShown is how many files are listed.
const importsShown = 50

// imports lists the files that came in, and takes another.
func (v *visit) imports() (reply, error) { return v.importsPage(nil) }

func (v *visit) importsPage(wrong error) (reply, error) {
	all, err := v.Work.Uploads.Uploads(v.ctx, importsShown)
	if err != nil {
		return reply{}, err
	}
	view := importsView{Limit: v.e.number(work.MaxUpload >> 20)}
	if v.who.May(auth.Edit) {
		view.Upload = v.url("/imports")
	}
	answers := []importAnswer{}
	for i := range all {
		u := &all[i]
		view.Rows = append(view.Rows, importRow{u.Name, v.url("/imports/" + u.ID.String()), u.By.Name, v.moment(u.At), v.t("desk.import." + string(u.State))})
		answers = append(answers, importAnswerOf(u))
	}
	a := reply{page: "imports", title: "desk.imports.title", at: "/imports", view: view, json: map[string]any{"imports": answers}}
	if wrong != nil {
		a.errors = []pageError{{URL: "#import-file", Message: v.t("desk.wrong.file", "Limit", view.Limit)}}
	}
	return a, wrong
}

// uploadTimeout is how long a file may take to come in.
const uploadTimeout = 10 * time.Minute

// upload takes a file in, of a form or the body itself, and shows what would become of it.
func (v *visit) upload() (reply, error) {
	if v.c.Request().Header.ContentLength() > work.MaxUpload+maxBody { // what is about the file in a form is small
		return v.tooLarge()
	}
	if err := uncompressed(v.c); err != nil {
		return reply{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.ctx), uploadTimeout)
	defer cancel()
	name, file, err := v.fileSent()
	if err == nil && file == nil {
		return v.importsPage(wrongField("file", "is missing"))
	}
	if err != nil {
		return reply{}, err
	}
	u, err := v.Work.Uploads.Receive(ctx, v.actor(), name, file)
	switch {
	case len(faultFields(err)) > 0 && file.n > work.MaxUpload:
		return v.tooLarge()
	case len(faultFields(err)) > 0:
		return v.importsPage(err)
	case err != nil:
		return reply{}, err
	}
	return reply{to: "/imports/" + u.ID.String(), json: importAnswerOf(u), status: http.StatusCreated}, nil
}

// tooLarge refuses a file, with the page to choose another.
func (v *visit) tooLarge() (reply, error) {
	if v.program {
		return reply{}, fiber.NewError(http.StatusRequestEntityTooLarge)
	}
	a, err := v.importsPage(work.TooLarge())
	a.status = http.StatusRequestEntityTooLarge
	return a, err
}

// arriving reads a file as it comes, and gives its sender more time with every part.
type arriving struct {
	io.Reader
	c     *fiber.Ctx
	n     int64
	whole int64 // how much should come; 0 where nobody said
}

func (r *arriving) Read(p []byte) (int, error) {
	if err := r.c.Context().SetReadDeadline(time.Now().Add(readTimeout)); err != nil {
		return 0, err
	}
	n, err := r.Reader.Read(p)
	r.n += int64(n)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) && r.n < r.whole { // not the end of the file
		err = fault.Wrap(fault.Invalid, "The file broke off on its way.", err)
	}
	return n, err
}

// fileSent gives the file of a form, or, from a program, the body as it is; nil where there is none.
func (v *visit) fileSent() (string, *arriving, error) {
	kind, params, err := mime.ParseMediaType(v.c.Get(fiber.HeaderContentType))
	stream := v.c.Context().RequestBodyStream()
	switch {
	case stream == nil:
		return "", nil, nil
	case err == nil && kind == fiber.MIMEMultipartForm && params["boundary"] != "":
	case v.program && (kind == "text/csv" || kind == "application/x-ndjson" || kind == "application/jsonl"):
		return path.Base(orDefault(v.text("name"), "import")), &arriving{Reader: stream, c: v.c, whole: int64(v.c.Request().Header.ContentLength())}, nil
	default:
		return "", nil, fiber.NewError(http.StatusUnsupportedMediaType, "A file is sent as multipart/form-data, or by a program as text/csv or application/x-ndjson.")
	}
	form := multipart.NewReader(stream, params["boundary"])
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, nil
		}
		if err != nil {
			return "", nil, fault.Wrap(fault.Invalid, "The form can't be read.", err)
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return storable(part.FileName()), &arriving{Reader: part, c: v.c}, nil
		}
	}
}

// importView is one file: what would become of its rows, or what did.
type importView struct {
	Name, By, At, State, Seen string
	Working                   bool
	URL                       string
	Counts                    []outcomeRow
	Broken                    string
	Rows                      []importLine
	Start                     *deskForm // nil where it can't be done
	Drafts, Conflicts         string    // where what came in waits
	Nothing                   bool      // of it can be taken in
}

type importLine struct {
	Line, Key, Why, Words string
}

func (v *visit) importOf() (reply, error) { return v.importPage(nil) }

func (v *visit) importPage(wrong error) (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	u, err := v.Work.Uploads.Upload(v.ctx, id)
	if err != nil {
		return reply{}, err
	}
	at := "/imports/" + id.String()
	view := importView{
		Name: u.Name, By: u.By.Name, At: v.moment(u.At), State: v.t("desk.import." + string(u.State)), URL: v.url(at),
		Working: u.State == work.UploadChecking || u.State == work.UploadImporting, Seen: v.t("desk.import.seen", "Count", v.e.number(u.Seen)),
	}
	if reported(u) {
		v.showReport(&u.Report, &view)
	}
	some := u.Report.Added+u.Report.Changed+u.Report.Clashing+u.Report.Settled > 0
	view.Nothing = u.State == work.UploadChecked && !some && u.Report.Broken == ""
	if u.State == work.UploadChecked && some && u.Report.Broken == "" && u.By.ID == v.actor().ID && v.who.May(auth.Edit) {
		view.Start = v.form("start", at+"/start", "desk.import.start")
	}
	if u.State == work.UploadImported {
		view.Drafts, view.Conflicts = v.url("/proposals?state=mine"), v.url("/queues/"+string(work.QueueConflicts))
	}
	a := reply{page: "import", title: "desk.import.title", at: at, view: view, json: importAnswerOf(u)}
	if wrong != nil {
		a.errors = v.workErrors(wrong)
	}
	return a, wrong
}

func (v *visit) showReport(r *work.UploadReport, view *importView) {
	for _, x := range []struct {
		code string
		n    int
	}{{"added", r.Added}, {"changed", r.Changed}, {"unchanged", r.Unchanged}, {"rejected", r.Rejected}, {"clashing", r.Clashing}, {"settled", r.Settled}} {
		view.Counts = append(view.Counts, outcomeRow{v.t("desk.import-count." + x.code), v.e.number(x.n)})
	}
	view.Broken = r.Broken
	for _, x := range r.Rows {
		line := importLine{Line: strconv.Itoa(x.Line), Key: x.Key, Why: v.t("desk.import.unreadable"), Words: strings.ReplaceAll(x.Why, "\n", "; ")}
		switch {
		case x.Clash:
			line.Why, line.Words = v.t("desk.import.clashes", "Labels", v.pathsSaid(x.Why)), ""
		case faultLine.MatchString(x.Why):
			line.Why = v.faultsSaid(x.Why)
		}
		view.Rows = append(view.Rows, line)
	}
}

// startImport makes drafts of the rows of a file.
func (v *visit) startImport() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	if err := v.Work.Uploads.Import(v.ctx, v.actor(), id); err != nil {
		return v.importPage(err)
	}
	return reply{to: "/imports/" + id.String()}, nil
}
