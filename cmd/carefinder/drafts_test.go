package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
	"carefinder/internal/store"
	"carefinder/internal/store/storetest"
)

// secretWord is in everything that nobody approved.
const secretWord = "Zyzzyva"

// TestDraftsStayAtTheDesk: whoever knows or guesses the ID of what is not published is told that there is nothing, and
// no page, list, file or map says a word of it.
func TestDraftsStayAtTheDesk(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		d, err := beginning{}.begin(t.Context(), &settings{Database: dsn}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		ids, public := drafts(t, d)
		r, err := d.assemble(t.Context(), serveCmd{}, slog.New(slog.DiscardHandler), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.engines.build(t.Context()); err != nil {
			t.Fatal(err)
		}
		base, stop := listen(t, r.web.Serve)
		defer stop()
		for _, id := range ids {
			for _, path := range []string{"/listings/%s", "/es/listings/%s", "/listings/%s/contact.vcf", "/es/listings/%s/contact.vcf", "/api/v1/listings/%s", "/api/v1/desk/%s"} {
				wantNothing(t, base, fmt.Sprintf(path, id), http.StatusNotFound)
			}
			wantNothing(t, base, "/feedback?listing="+id.String(), http.StatusOK)
			wantNothing(t, base, "/desk/proposals/"+id.String(), http.StatusOK) // where to sign in
			wantNothing(t, base, "/api/v1/desk/proposals/"+id.String(), http.StatusUnauthorized)
			wantNothing(t, base, "/api/v1/desk/listings/"+id.String()+"/history", http.StatusUnauthorized)
		}
		for _, path := range []string{
			"/search?q=" + secretWord, "/es/search?q=" + secretWord + "&place=Boston", "/search/results?q=" + secretWord, "/api/v1/listings?q=" + secretWord,
			"/api/v1/listings?place=Boston&limit=50", "/api/v1/helplines?country=US", "/helplines/US", "/api/v1/map?bbox=-72,42,-70,43&zoom=10", "/map/points?bbox=-72,42,-70,43&zoom=10",
			"/listings/" + public.String(), "/api/v1/listings/" + public.String(), "/listings/" + public.String() + "/contact.vcf",
		} {
			wantNothing(t, base, path, http.StatusOK)
		}
		sitemap := wantNothing(t, base, "/sitemap.xml", http.StatusOK)
		for _, file := range regexp.MustCompile(`/sitemap/[^<]+\.xml`).FindAllString(sitemap, -1) {
			body := wantNothing(t, base, file, http.StatusOK)
			for _, id := range ids {
				if strings.Contains(body, id.String()) {
					t.Errorf("%s leads to %s", file, id)
				}
			}
		}
	})
}

func wantNothing(t *testing.T, base, path string, status int) (body string) {
	t.Helper()
	res, err := http.Get(base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.ReplaceAll(string(b), "q="+secretWord, "") // what was asked comes back
	if res.StatusCode != status {
		t.Errorf("%s: %d, want %d: %.300s", path, res.StatusCode, status, b)
	}
	if !strings.Contains(path, "q=") && strings.Contains(said, secretWord) || strings.Contains(said, secretWord+" ") {
		t.Errorf("%s tells of a draft", path)
	}
	return string(b)
}

// drafts puts into a store what nobody approved: listings that are drafts or in review, a helpline too, and proposals
// for a new listing and for a published one, which it gives besides.
func drafts(t *testing.T, d *opened) (ids []directory.ID, public directory.ID) {
	t.Helper()
	parts, err := d.curating(deskSettings{})
	if err != nil {
		t.Fatal(err)
	}
	ada := desk.Actor{ID: "ada", Name: "Ada"}
	var real []*directory.Listing
	err = d.Each(t.Context(), func(l *directory.Listing) error {
		if len(l.Sites) > 0 || l.Kind == directory.Helpline {
			real = append(real, l)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	public = real[0].ID
	for i, status := range []directory.Status{directory.Draft, directory.InReview} {
		for j, from := range []*directory.Listing{real[0], real[len(real)-1]} {
			l := from.Clone()
			l.ID, l.Revision, l.Status = directory.ImportedID("draft", fmt.Sprint(i, j)), 0, status
			l.Name = fmt.Sprint(secretWord, " draft ", i, j)
			if err := d.Save(t.Context(), l, 0, directory.Editor{Name: "test"}); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, l.ID)
		}
	}
	for _, about := range []directory.ID{public, {}} {
		p, err := parts.Editing.Begin(t.Context(), ada, about)
		if err != nil {
			t.Fatal(err)
		}
		l := p.Listing.Clone()
		l.Name, l.Description = secretWord+" proposal", secretWord+" proposed"
		if _, err = parts.Editing.Save(t.Context(), ada, p.ID, p.Version, l, secretWord+" note"); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
		if about.IsZero() {
			ids = append(ids, l.ID)
		}
	}
	return ids, public
}

// TestProposalsAreNotExported: a file of listings holds what is saved, never what somebody would have it say.
func TestProposalsAreNotExported(t *testing.T) {
	dir := t.TempDir()
	s := &settings{Data: dir}
	d, err := beginning{}.begin(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	drafts(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"jsonl", "csv"} {
		if out := must(t, "export", "--data", dir, "--format", format); strings.Contains(out, secretWord+" propos") || strings.Contains(out, secretWord+" note") {
			t.Errorf("%s holds a proposal", format)
		}
	}
}

func TestImportAsDrafts(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "new.jsonl")
	must(t, "import", "--data", dir, os.DevNull)
	line := strings.ReplaceAll(strings.SplitAfter(must(t, "export", "--data", dir), "\n")[0], `"name":"`, `"name":"`+secretWord+` `)
	if err := os.WriteFile(file, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if out := must(t, "import", "--data", dir, "--as-drafts", file); !strings.Contains(out, "1 changed") {
			t.Errorf("import says %q", out)
		}
	}
	if strings.Contains(must(t, "export", "--data", dir), secretWord) {
		t.Error("it was saved")
	}
	s := storetest.Open(t, filepath.Join(dir, "carefinder.db"), store.Options{})
	all, err := s.Proposals(t.Context(), desk.Wanted{}, directory.Page{Limit: 9})
	if err != nil || len(all) != 1 || !strings.HasPrefix(all[0].Listing.Name, secretWord) || all[0].Note != "new.jsonl" {
		t.Errorf("proposals %+v, %v", all, err)
	}
}

// TestPublishingWithTheEngineDown: a failed engine delays the index, never what a reviewer published.
func TestPublishingWithTheEngineDown(t *testing.T) {
	d, err := beginning{}.begin(t.Context(), &settings{Data: t.TempDir()}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r, err := d.assemble(t.Context(), serveCmd{}, slog.New(slog.DiscardHandler), func(e search.Engine) search.Engine { return down{e} })
	if err != nil {
		t.Fatal(err)
	}
	base, stop := listen(t, r.web.Serve)
	defer stop()
	parts, err := d.curating(deskSettings{DeskAlone: true})
	if err != nil {
		t.Fatal(err)
	}
	_, public := drafts(t, d)
	ada := desk.Actor{ID: "ada", Name: "Ada"}
	p, err := parts.Editing.Begin(t.Context(), ada, public)
	if err != nil {
		t.Fatal(err)
	}
	get(t, base+"/api/v1/listings/"+public.String(), nil) // the shelf has it by now
	l := p.Listing.Clone()
	l.Name = "Published all the same"
	if p, err = parts.Editing.Save(t.Context(), ada, p.ID, p.Version, l, "why"); err == nil {
		if p, err = parts.Editing.Submit(t.Context(), ada, p.ID, p.Version); err == nil {
			_, err = parts.Editing.Approve(t.Context(), ada, p.ID, p.Version, p.Base)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, base+"/api/v1/listings/"+public.String(), nil); status != http.StatusOK || !strings.Contains(body, l.Name) {
		t.Errorf("%d: %.300s", status, body)
	}
}

// down is an engine that answers no question, and that no indexer feeds here.
type down struct{ search.Engine }

func (down) Match(context.Context, search.Match) (*search.Candidates, error) {
	return nil, fault.New(fault.Unavailable, "down")
}
