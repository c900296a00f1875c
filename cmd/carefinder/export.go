package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"carefinder/internal/directory"
	"carefinder/internal/exchange"
	"carefinder/internal/exchange/carefinder"
)

// exportCmd writes the listings out.
type exportCmd struct {
	Format       string `enum:"jsonl,csv,auto" default:"auto" help:"jsonl or csv; auto goes by the file's name, else jsonl."`
	Output       string `default:"-" placeholder:"FILE" help:"Where to; - is standard output."`
	Confidential bool   `help:"Write addresses that protect someone too: for a whole copy, to be kept as safe as the store."`
}

// Help is shown by export --help.
func (exportCmd) Help() string {
	return `Every real listing is written, drafts and archived ones included, in the order of their ids. Made-up listings are never written.
A file appears under its name only when it is whole.

  carefinder export --output listings.jsonl
  carefinder export --format csv > listings.csv
  carefinder export --confidential --output backup.jsonl`
}

// Run exports, and says on standard error how many listings there were.
func (c exportCmd) Run(ctx kongContext, s *settings, std streams) error {
	d, err := s.existing(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	all := exchange.Outgoing(stream(ctx, d.EachAny), c.Confidential)
	n, err := c.write(all, std.out)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "%s listings exported\n", count(n))
	return nil
}

func (c exportCmd) format() carefinder.Format {
	if c.Format != "auto" {
		return carefinder.Format(c.Format)
	}
	return carefinder.FormatOf(c.Output, []byte("{"))
}

// write writes to standard output, or to a file that takes the place of an older one only when all is written.
func (c exportCmd) write(all exchange.Listings, stdout io.Writer) (n int, err error) {
	if c.Output == "-" {
		return c.to(stdout, all)
	}
	f, err := os.CreateTemp(filepath.Dir(c.Output), "."+filepath.Base(c.Output)+"-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name()) // after the renaming there is nothing to remove
	n, err = c.to(f, all)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	if !c.Confidential { // such a copy stays readable by its owner alone
		if err := os.Chmod(f.Name(), 0o644); err != nil {
			return 0, err
		}
	}
	return n, os.Rename(f.Name(), c.Output)
}

func (c exportCmd) to(w io.Writer, all exchange.Listings) (int, error) {
	b := bufio.NewWriterSize(w, 1<<16)
	n, err := carefinder.Write(b, c.format(), all)
	return n, errors.Join(err, b.Flush())
}

var errStop = errors.New("the reader has enough")

// stream turns a method that visits listings into a sequence of them.
func stream(ctx context.Context, each func(context.Context, func(*directory.Listing) error) error) exchange.Listings {
	return func(yield func(*directory.Listing, error) bool) {
		err := each(ctx, func(l *directory.Listing) error {
			if !yield(l, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}
