// Package exchange is how listings come in from files and go out to them. Each format is a package below it, which
// turns bytes into rows and listings into bytes; what to do with the rows is decided here, once for all formats.
//
// The rule to know: there is one front door. Every row passes the desk's check, blocklist included, whatever wrote
// it; what is right is kept, what is wrong is reported with its line, and importing the same file again changes
// nothing. Demonstration listings neither come in nor go out.
//
// Start reading with Importer in import.go.
package exchange

import (
	"context"
	"errors"
	"iter"

	"carefinder/internal/directory"
)

// Row is one listing of a file, or why it could not be read.
type Row struct {
	Line    int                // of the file where the row begins, from 1
	Key     string             // what the file calls the listing, for the report; often empty when Err is set
	Listing *directory.Listing // the reader's to change; nil when Err is set
	Err     error              // fault.Invalid
}

// Rows are the rows of a file in their order. An error beside a row means that the file can't be read any further;
// it comes last.
type Rows = iter.Seq2[Row, error]

// Listings are listings on their way out. An error ends them.
type Listings = iter.Seq2[*directory.Listing, error]

// From gives the listings that each calls its function with, such as the store's EachAny.
func From(ctx context.Context, each func(context.Context, func(*directory.Listing) error) error) Listings {
	return func(yield func(*directory.Listing, error) bool) {
		enough := errors.New("enough")
		err := each(ctx, func(l *directory.Listing) error {
			if !yield(l, nil) {
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			yield(nil, err)
		}
	}
}

// Outgoing leaves out of all what no file may hold: demonstration listings, and, unless confidential is true, the
// addresses that protect someone. With them a file is a whole copy that restores a lost store, and has to be kept as
// safe as the store itself.
func Outgoing(all Listings, confidential bool) Listings {
	return func(yield func(*directory.Listing, error) bool) {
		for l, err := range all {
			if err == nil && l.Demonstration {
				continue
			}
			if err == nil && !confidential {
				l = l.Public()
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}
