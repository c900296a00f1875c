package desk_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/exchange"
	"carefinder/internal/exchange/carefinder"
	"carefinder/internal/fault"
)

// TestUploadsGoOn: a server that dies in the middle of a file is relieved, and nothing is made twice.
func TestUploadsGoOn(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		l := o.published(1)
		l.Name = "By the file"
		var file strings.Builder
		_, err := carefinder.Write(&file, carefinder.JSONL, func(yield func(*directory.Listing, error) bool) { yield(l, nil) })
		if err != nil {
			t.Fatal(err)
		}
		read := carefinder.Read
		open := func() *desk.Uploading {
			return desk.NewUploading(o.store, o.store, o.editing, func(name string, r io.Reader) exchange.Rows { return read(name, r) }, nil)
		}
		up := must(open().Receive(t.Context(), ada, "a.jsonl", strings.NewReader(file.String())))(o)
		o.want(fault.Conflict, open().Import(t.Context(), ada, up.ID))
		lost := errors.New("power cut")
		dies := func() {
			t.Helper()
			read = func(string, io.Reader) exchange.Rows {
				return func(yield func(exchange.Row, error) bool) { yield(exchange.Row{}, lost) }
			}
			if did, err := open().Step(t.Context()); !did || !errors.Is(err, lost) {
				t.Fatalf("died: %v, %v", did, err)
			}
			read = carefinder.Read
			if did, err := open().Step(t.Context()); did || err != nil {
				t.Errorf("two were busy with it: %v, %v", did, err)
			}
			o.now = o.now.Add(2 * time.Minute)
			if did, err := open().Step(t.Context()); !did || err != nil {
				t.Fatalf("went on: %v, %v", did, err)
			}
		}
		dies()
		up = must(open().Upload(t.Context(), up.ID))(o)
		if up.State != desk.UploadChecked || up.Report.Changed != 1 || up.Size != int64(file.Len()) {
			t.Fatalf("checked: %+v", up)
		}
		o.want(fault.Forbidden, open().Import(t.Context(), ben, up.ID))
		for range 2 {
			if err := open().Import(t.Context(), ada, up.ID); err != nil {
				t.Fatal(err)
			}
		}
		dies()
		all := must(o.store.Proposals(t.Context(), desk.Wanted{}, directory.Page{Limit: 9}))(o)
		if len(all) != 1 || all[0].Listing.Name != l.Name || all[0].Note != "a.jsonl" {
			t.Errorf("drafts: %+v", all)
		}
		if part, err := o.store.Part(t.Context(), up.ID, 1); part != nil || err != nil {
			t.Errorf("the file is still kept: %v", err)
		}
		_, err = open().Receive(t.Context(), ada, "b.csv", iotest.ErrReader(lost))
		o.want(fault.Invalid, err)
		if all := must(open().Uploads(t.Context(), 9))(o); len(all) != 2 || all[0].State != desk.UploadDropped {
			t.Errorf("uploads: %+v", all)
		}
	})
}

// TestAFileThatEndsServersIsGivenUp: what is begun again and again, with no server left to say why, ends as broken.
func TestAFileThatEndsServersIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := desk.NewUploading(o.store, o.store, o.editing, carefinder.Read, nil)
		up := must(u.Receive(t.Context(), ada, "a.csv", strings.NewReader("name\n")))(o)
		for range 3 {
			if took := must(o.store.TakeUpload(t.Context(), o.now, o.now.Add(time.Minute)))(o); took == nil {
				t.Fatal("given up too soon")
			}
			o.now = o.now.Add(2 * time.Minute)
		}
		if did, err := u.Step(t.Context()); !did || err != nil {
			t.Fatalf("%v, %v", did, err)
		}
		up = must(u.Upload(t.Context(), up.ID))(o)
		if up.State != desk.UploadChecked || up.Report.Broken == "" {
			t.Errorf("it is %+v", up)
		}
		o.want(fault.Conflict, u.Import(t.Context(), ada, up.ID))
		if did, err := u.Step(t.Context()); did || err != nil {
			t.Errorf("once more: %v, %v", did, err)
		}
	})
}

// TestARelievedServerStops: what a server says of a file that another goes on with is not kept.
func TestARelievedServerStops(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		read := carefinder.Read
		u := desk.NewUploading(o.store, o.store, o.editing, func(name string, r io.Reader) exchange.Rows { return read(name, r) }, nil)
		up := must(u.Receive(t.Context(), ada, "a.csv", strings.NewReader("name\n")))(o)
		var other *desk.Upload
		read = func(string, io.Reader) exchange.Rows {
			return func(func(exchange.Row, error) bool) {
				o.now = o.now.Add(2 * time.Minute)
				other = must(o.store.TakeUpload(t.Context(), o.now, o.now.Add(time.Minute)))(o)
			}
		}
		_, err := u.Step(t.Context())
		o.want(fault.Conflict, err)
		if got := must(u.Upload(t.Context(), up.ID))(o); got.State != desk.UploadChecking || got.Report.Begun != 2 {
			t.Errorf("it is %+v", got)
		}
		for _, seen := range []int{500, 1000} { // the other one goes on
			other.Seen = seen
			if err := o.store.KeepUpload(t.Context(), other, o.now.Add(time.Duration(seen)*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestUploadsAreBounded: files that wait fill no disk, nor does one person's keep others from theirs for long.
func TestUploadsAreBounded(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		add := func(a desk.Actor, s desk.UploadState) error {
			o.now = o.now.Add(time.Second)
			up := &desk.Upload{ID: directory.NewID(o.now), Name: "a.csv", By: a, At: o.now, State: s}
			if s != desk.UploadReceiving {
				up.Size = desk.MaxUpload
			}
			return o.store.AddUpload(t.Context(), up, o.now.AddDate(0, 0, -7))
		}
		for _, s := range []desk.UploadState{desk.UploadImported, desk.UploadDropped, desk.UploadChecked, desk.UploadChecked} {
			if err := add(ada, s); err != nil {
				t.Fatal(err)
			}
		}
		for range desk.MaxUploads/desk.MaxUpload - 2 {
			if err := add(ben, desk.UploadReceiving); err != nil {
				t.Fatal(err)
			}
		}
		o.want(fault.TooMany, add(ben, desk.UploadChecking))
		for range 2 { // in place of hers
			if err := add(ada, desk.UploadChecking); err != nil {
				t.Fatal(err)
			}
		}
		o.want(fault.TooMany, add(ada, desk.UploadChecking))
		o.now = o.now.Add(2 * time.Hour) // those of a server that stopped never come in
		if err := add(ada, desk.UploadChecking); err != nil {
			t.Error(err)
		}
	})
}
