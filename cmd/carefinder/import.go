package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/exchange"
	"carefinder/internal/exchange/carefinder"
)

// importCmd takes a file of listings in.
type importCmd struct {
	beginning
	Format string `enum:"carefinder" default:"carefinder" help:"What wrote the file: ${enum}, its own JSON Lines or CSV."`
	DryRun bool   `help:"Say what would happen, and change nothing."`
	Drafts bool   `name:"as-drafts" help:"Make a proposal of each row, which somebody at the desk has to approve."`
	File   string `arg:"" help:"The file; - is standard input."`
}

// Help is shown by import --help.
func (importCmd) Help() string {
	return `Every row passes the same checks as a curator's work, the list of numbers that must not be offered included. What is right is
kept; each rejected row is named on standard error with its line and reason, and the exit code is then 1. Importing the
same file again changes nothing, and an old file undoes nothing: what a curator changed since the file before stays. Where
the file says something new of the same, that waits at the desk for somebody to decide, and standard error names it.
A server that is running shows the changes within a second or two.

  carefinder import --dry-run listings.csv
  carefinder import listings.jsonl
  carefinder export --data old | carefinder import --data new -`
}

// Run imports and prints one line that sums it up.
func (c importCmd) Run(ctx kongContext, s *settings, std streams) error {
	file, err := c.open(std)
	if err != nil {
		return err
	}
	defer file.Close()
	d, err := c.store(ctx, s, std)
	if err != nil {
		return err
	}
	defer d.Close()
	im := exchange.Importer{
		Desk: d.desk(), To: d.Store, DryRun: c.DryRun,
		By: directory.Editor{Name: "import", Note: filepath.Base(c.File)},
	}
	if c.Drafts {
		parts, err := d.curating(deskSettings{})
		if err != nil {
			return err
		}
		im.To = &desk.Drafts{Offers: d.Store, Editing: parts.Editing, Actor: desk.Actor{ID: string(auth.Console), Name: im.By.Name}}
	}
	bar := progress(std, file.size, "importing", progressbar.OptionShowBytes(true))
	in := progressbar.NewReader(file, bar)
	report, err := im.Run(ctx, carefinder.Read(file.name, &in))
	_ = bar.Exit() // only drawing can fail
	if report != nil {
		c.print(report, std)
	}
	if err == nil {
		err = d.tellConflicts(ctx, std)
	}
	if err == nil && len(report.Rejected) > 0 {
		err = errSaid
	}
	return err
}

func (c importCmd) store(ctx kongContext, s *settings, std streams) (*opened, error) {
	if c.DryRun {
		return s.existing(ctx)
	}
	return c.begin(ctx, s, s.log(std.err))
}

func (c importCmd) print(r *exchange.Report, std streams) {
	for _, x := range r.Rejected {
		where := fmt.Sprintf("%s:%d", c.File, x.Line)
		if x.Key != "" {
			where += " (" + x.Key + ")"
		}
		fmt.Fprintf(std.err, "%s: %s\n", where, x.Message())
	}
	for _, x := range r.Clashing {
		fmt.Fprintf(std.err, "%s:%d (%s): a curator changed the same: %s\n", c.File, x.Line, x.Key, strings.Join(x.Paths, ", "))
	}
	verb := ""
	if c.DryRun {
		verb = "dry run: "
	}
	fmt.Fprintf(std.out, "%s%d added, %d changed, %d unchanged, %d rejected\n", verb, r.Added, r.Changed, r.Unchanged, len(r.Rejected))
	if r.Settled > 0 {
		fmt.Fprintf(std.out, "%s%d conflicts ended: the file gave in\n", verb, r.Settled)
	}
}

// tellConflicts says how many conflicts of imports wait for somebody to decide.
func (d *opened) tellConflicts(ctx context.Context, std streams) error {
	waiting, err := d.Summary(ctx, desk.QueueConflicts, time.Now())
	if err != nil || waiting.Count == 0 {
		return err
	}
	fmt.Fprintf(std.out, "%d conflicts wait at the desk, in /desk/queues/%s\n", waiting.Count, desk.QueueConflicts)
	return nil
}

// input is a file being read.
type input struct {
	io.ReadCloser
	name string // by which the format is told; empty for standard input
	size int64  // -1 when not known
}

func (c importCmd) open(std streams) (*input, error) {
	if c.File == "-" {
		return &input{io.NopCloser(std.in), "", -1}, nil
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory", c.File)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &input{f, c.File, info.Size()}, nil
}

// progress makes a bar that is drawn on a terminal and nowhere else: in a file it would be thousands of lines.
func progress(std streams, size int64, what string, more ...progressbar.Option) *progressbar.ProgressBar {
	f, ok := std.err.(*os.File)
	visible := ok && term.IsTerminal(int(f.Fd()))
	return progressbar.NewOptions64(size, append(more,
		progressbar.OptionSetWriter(std.err), progressbar.OptionSetDescription(what),
		progressbar.OptionSetVisibility(visible), progressbar.OptionClearOnFinish())...)
}
