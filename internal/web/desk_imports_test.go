package web_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/exchange/carefinder"
)

// formWith is a form with a file in it.
func formWith(t *testing.T, name, file string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	must(t, err)
	_, err = io.WriteString(part, file)
	must(t, err)
	must(t, w.Close())
	return b.String(), w.FormDataContentType()
}

// uploads sends a file as a form does and gives the page it leads to.
func (b *browser) uploads(name, file string) (at string, page *html.Node) {
	b.t.Helper()
	body, kind := formWith(b.t, name, file)
	res, text := b.sends(http.MethodPost, "/desk/imports", body, "Content-Type", kind)
	if res.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("%d: %.600s", res.StatusCode, text)
	}
	at = res.Header.Get("Location")
	return at, b.opens(at, 200)
}

// takesIn has what waits be checked and imported, by a server that has just started.
func (o *office) takesIn() {
	o.t.Helper()
	u := uploadingOf(o)
	for {
		did, err := u.Step(o.t.Context())
		must(o.t, err)
		if !did {
			return
		}
	}
}

func uploadingOf(o *office) *desk.Uploading {
	editing := desk.NewEditing(desk.Config{Directory: o.door, Proposals: o.store, Audit: o.store, Now: o.clock.now})
	return desk.NewUploading(o.store, o.store, editing, carefinder.Read, nil)
}

func csvOf(t *testing.T, all ...*directory.Listing) string {
	t.Helper()
	var b strings.Builder
	_, err := carefinder.Write(&b, carefinder.CSV, func(yield func(*directory.Listing, error) bool) {
		for _, l := range all {
			if !yield(l, nil) {
				return
			}
		}
	})
	must(t, err)
	return b.String()
}

// TestAFileThatGivesInIsTakenIn: it makes no draft, but ends a conflict.
func TestAFileThatGivesInIsTakenIn(t *testing.T) {
	file := directorytest.Sample(1)
	o := openOffice(t, file)
	edited := file.Clone()
	edited.Name = "By Ben"
	must(t, o.store.Save(t.Context(), edited, 1, directory.Editor{Name: "Ben"}))
	file.Name, file.Revision = "By the file", 0
	o.comes(file)
	b := o.as(auth.Contributor)
	b.opens("/desk/conflicts/"+file.ID.String(), 200)
	file.Name = edited.Name
	at, _ := b.uploads("again.csv", csvOf(t, file))
	o.takesIn()
	if text := words(b.opens(at, 200)); !strings.Contains(text, "Unchanged1") || !strings.Contains(text, "Conflicts it ends1") {
		t.Errorf("checked: %s", text)
	}
	b.opens("/desk/conflicts/"+file.ID.String(), 200) // nobody took it in yet
	b.sentTo(at + "/start")
	o.takesIn()
	b.opens("/desk/conflicts/"+file.ID.String(), 404)
	if at, page := b.uploads("again.csv", csvOf(t, file)); offers(page, "/start") {
		t.Errorf("%s can be taken in again", at)
	}
}

func TestImportsAtTheDesk(t *testing.T) {
	known, fresh := directorytest.Sample(1), directorytest.Sample(2)
	o := openOffice(t, known)
	edited := known.Clone()
	edited.Name = "By Ben"
	must(t, o.store.Save(t.Context(), edited, 1, directory.Editor{Name: "Ben"}))
	known.Name, known.Revision, fresh.Name = "By the file", 0, `=HYPERLINK("x") <b>fresh</b>`
	wrong := directorytest.Sample(3)
	wrong.Channels[0].Number = "nobody"
	b := o.as(auth.Contributor)
	at, page := b.uploads("../a <b>.csv", csvOf(t, known, fresh, wrong)+"a,b\n")
	if text := words(page); !strings.Contains(text, "Being checked") || offers(page, "/start") {
		t.Errorf("came in: %s", text)
	}
	b.posts(at+"/start", 409) // nobody has looked yet
	o.takesIn()
	page = b.opens(at, 200)
	text := words(page)
	for _, want := range []string{"New1", "Changed0", "Unchanged1", "Rejected2", "In conflict1", "write a number that can be dialled", "A curator changed the same: "} {
		if !strings.Contains(text, want) {
			t.Errorf("checked, without %q: %s", want, text)
		}
	}
	if spanish := words(b.opens("/es"+at, 200)); !strings.Contains(spanish, "escriba un número que se pueda marcar") {
		t.Errorf("in Spanish: %s", spanish)
	}
	if all, err := o.store.Proposals(t.Context(), desk.Wanted{}, directory.Page{Limit: 9}); err != nil || len(all) != 0 {
		t.Fatalf("%d drafts of a file that was only looked at, %v", len(all), err)
	}
	o.as(auth.Contributor).posts(at+"/start", 403) // somebody else's
	o.as(auth.Auditor).posts(at+"/start", 403)
	for range 2 { // a double click
		if to, _ := b.sentTo(at + "/start"); to != at {
			t.Errorf("sent to %s", to)
		}
	}
	o.takesIn()
	if text := words(b.opens(at, 200)); !strings.Contains(text, "Imported as drafts") {
		t.Errorf("imported: %s", text)
	}
	all, err := o.store.Proposals(t.Context(), desk.Wanted{}, directory.Page{Limit: 9})
	if err != nil || len(all) != 1 || all[0].Listing.Name != fresh.Name || all[0].By.ID != string(b.who().Curator.ID) {
		t.Errorf("drafts %+v, %v", all, err)
	}
	if text := words(b.opens("/desk/conflicts/"+known.ID.String(), 200)); !strings.Contains(text, "By the file") {
		t.Errorf("the conflict: %s", text)
	}
	if logged := strings.Join(o.logged(), " "); !strings.Contains(logged, "import.upload import.start") && !strings.Contains(logged, "import.start") {
		t.Errorf("the audit log: %s", logged)
	}
	if part, err := o.store.Part(t.Context(), all[0].ID, 1); part != nil || err != nil {
		t.Errorf("the file is still kept: %v", err)
	}

	res, text := b.sends(http.MethodPost, "/api/v1/desk/imports?name=b.jsonl", "{}\n", "Content-Type", "application/x-ndjson")
	var answer struct{ ID, Name, State string }
	must(t, json.Unmarshal([]byte(text), &answer))
	if res.StatusCode != http.StatusCreated || answer.Name != "b.jsonl" || answer.State != "checking" {
		t.Errorf("for a program: %d, %s", res.StatusCode, text)
	}
	o.takesIn()
	if text := b.calls(http.MethodGet, "/api/v1/desk/imports/"+answer.ID, b.key(auth.Read), "", 200); !strings.Contains(text, `"rejected":1`) {
		t.Errorf("for a program: %s", text)
	}
}

// TestFilesThatAreNone: whatever is sent, the answer says what to do.
func TestFilesThatAreNone(t *testing.T) {
	o := openOffice(t)
	b := o.as(auth.Reviewer)
	for what, file := range map[string]string{
		"no table": "<html><script>alert(1)</script>", "a spreadsheet's own": "PK\x03\x04\x00\x00", "other columns": "a,b\n1,2\n",
		"1 MB in every field": "kind,status,name,description\n" + strings.Repeat("x", 1<<20) + "," + strings.Repeat("y", 1<<20) + ",z,z\n",
		"formulas":            "kind,status,name\n=1+1,+2,@SUM(A1)\n",
	} {
		at, _ := b.uploads("x.csv", file)
		o.takesIn()
		page := b.opens(at, 200)
		if text := words(page); !strings.Contains(text, "can't be read") && !strings.Contains(text, "Rejected1") || offers(page, "/start") || strings.Contains(text, "desk.") || len(pick(page, "script")) > 2 {
			t.Errorf("%s: %.900s", what, text)
		}
	}
	body, kind := formWith(t, "", "")
	for _, send := range []struct{ body, kind string }{{body, kind}, {"", ""}} {
		if res, text := b.sends(http.MethodPost, "/desk/imports", send.body, "Content-Type", send.kind); res.StatusCode != 400 || !strings.Contains(text, "that is not empty") {
			t.Errorf("nothing sent: %d: %.300s", res.StatusCode, text)
		}
	}
	body, kind = formWith(t, "x.csv", "")
	if res, _ := b.sends(http.MethodPost, "/desk/imports", body, "Content-Type", kind); res.StatusCode != 400 {
		t.Errorf("an empty file: %d", res.StatusCode)
	}
	body, kind = formWith(t, "x.csv", "a,b")
	if res, _ := b.sends(http.MethodPost, "/desk/imports", body[:len(body)-30], "Content-Type", kind); res.StatusCode != 400 {
		t.Errorf("half a form: %d", res.StatusCode)
	}
	if res, _ := b.sends(http.MethodPost, "/desk/imports", "a=b"); res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("another form: %d", res.StatusCode)
	}
}

// endless is a body of a size that nobody should wait for, and counts what is read of it.
type endless struct{ left, read int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.left)
	e.left, e.read = e.left-n, e.read+n
	return int(n), nil
}

// TestAnUploadOfOneGigabyte is refused before it is sent, with a page; so is anything above 1 MB elsewhere.
func TestAnUploadOfOneGigabyte(t *testing.T) {
	o := openOffice(t)
	b := o.as(auth.Reviewer)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() { _ = o.Serve(t.Context(), ln) }()
	send := func(path, kind string, size int64, chunked bool) (int, string, int64) {
		t.Helper()
		body := &endless{left: size}
		req, err := http.NewRequest(http.MethodPost, "http://"+ln.Addr().String()+path, body)
		must(t, err)
		if req.ContentLength = size; chunked {
			req.ContentLength = -1
		}
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("Cookie", "__Host-desk="+b.cookie)
		conn, err := net.Dial("tcp", ln.Addr().String())
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
		// Not an http.Client, which may drop an answer that it has begun to read when the rest can't be sent.
		sent := make(chan struct{})
		go func() { defer close(sent); _ = req.Write(conn) }()
		res, err := http.ReadResponse(bufio.NewReader(conn), req)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		text := bodyOf(t, res)
		must(t, conn.Close())
		<-sent
		return res.StatusCode, text, body.read
	}
	const gigabyte = 1 << 30
	status, text, sent := send("/desk/imports", "multipart/form-data; boundary=x", gigabyte, false)
	if status != http.StatusRequestEntityTooLarge || !strings.Contains(text, "at most 64 MB") || sent > gigabyte/4 {
		t.Errorf("an upload: %d after %d bytes: %.300s", status, sent, text)
	}
	status, text, sent = send("/api/v1/desk/imports?name=x.csv", "text/csv", gigabyte, true)
	if status != http.StatusRequestEntityTooLarge || !strings.Contains(text, "too-large") || sent > gigabyte/4 {
		t.Errorf("for a program, in pieces: %d after %d bytes: %.300s", status, sent, text)
	}
	for _, chunked := range []bool{false, true} {
		status, text, sent = send("/feedback", "application/x-www-form-urlencoded", gigabyte, chunked)
		if status != http.StatusRequestEntityTooLarge || !strings.Contains(text, "<html") || sent > gigabyte/4 {
			t.Errorf("a form: %d after %d bytes: %.300s", status, sent, text)
		}
	}
	all, err := o.store.Uploads(t.Context(), directory.ID{}, 9)
	if err != nil || len(all) != 1 || all[0].State != desk.UploadDropped {
		t.Fatalf("uploads %+v, %v", all, err)
	}
	if part, err := o.store.Part(t.Context(), all[0].ID, 1); part != nil || err != nil {
		t.Errorf("a part of it is kept: %v", err)
	}
}
