// Command carefinder serves and tends a directory of care: therapists, TMS and ECT centers, programs and helplines.
//
// Each command is a file here: serve, import, export, reindex, demo, curator, check, health, bench, version. main only ties the
// process to run, which the tests call with arguments and buffers of their own. Start with serve.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	_ "time/tzdata" // hours are told in the caller's zone, also on a machine without a zone database

	"github.com/alecthomas/kong"

	"carefinder/internal/fault"
)

func main() {
	// The first signal asks for an orderly end; stop gives a second one its usual meaning, for whoever can't wait.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // it could not be done, or something found wrong was left out
	exitUsage  = 2 // the command line makes no sense
)

// streams are where a command reads and writes: results on out, everything said about them on err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// cli is the whole command line. Every flag can also be given as CAREFINDER_ and its name in capitals.
type cli struct {
	settings

	Serve   serveCmd   `cmd:"" help:"Serve the directory over HTTP."`
	Import  importCmd  `cmd:"" help:"Add or update listings from a file."`
	Export  exportCmd  `cmd:"" help:"Write every real listing to a file."`
	Reindex reindexCmd `cmd:"" help:"Have the search index built anew from the store."`
	Demo    demoCmd    `cmd:"" help:"Load or remove made-up listings to try the program with."`
	Curator curatorCmd `cmd:"" help:"Look after who works at the desk."`
	Check   checkCmd   `cmd:"" help:"Check settings, store, index and what is due for verification."`
	Health  healthCmd  `cmd:"" help:"Ask a running server whether it can answer."`
	Bench   benchCmd   `cmd:"" help:"Measure search and HTTP on made-up listings."`
	Version versionCmd `cmd:"" help:"Print the version."`

	Load loadCmd `cmd:"" hidden:"" help:"Put load on a server; bench runs it as a process of its own."`
}

const description = `Carefinder is a directory of care: therapists, TMS and ECT centers, programs and helplines.

  carefinder serve                        serve on http://127.0.0.1:8080, no settings needed
  carefinder import listings.jsonl        add or update listings
  carefinder export --output all.jsonl    write them all to a file
  carefinder demo --listings 2000         made-up therapists, to try every filter
  carefinder curator add LOGIN --name … --role administrator   make the first account of the desk
  carefinder check                        is everything in order?

Everything is kept in ./carefinder-data unless --data or --database says otherwise. Each flag can be given as an
environment variable too: --log-format as CAREFINDER_LOG_FORMAT.`

// run parses args and runs one command until it is done or ctx ends, and gives the exit code.
func run(ctx context.Context, args []string, std streams) (code int) {
	var c cli
	parser, err := newParser(&c, std)
	if err != nil {
		fmt.Fprintln(std.err, "carefinder:", err)
		return exitFailed
	}
	defer func() { // --help ends the parsing, and must not end the process of a test
		switch e := recover().(type) {
		case nil:
		case exit:
			code = int(e)
		default:
			panic(e)
		}
	}()
	command, err := parser.Parse(args)
	if err == nil {
		err = command.Run(&c.settings, std, kongContext{ctx})
	}
	return report(err, std.err)
}

// knownVariable reports whether a flag can be given as the environment variable.
func knownVariable(name string) bool {
	parser, err := newParser(&cli{}, streams{in: nil, out: io.Discard, err: io.Discard})
	if err != nil {
		return false
	}
	flags := parser.Model.AllFlags(true)
	for _, command := range parser.Model.Leaves(false) {
		flags = append(flags, command.AllFlags(false)...)
	}
	for _, group := range flags {
		for _, f := range group {
			if slices.Contains(f.Envs, name) {
				return true
			}
		}
	}
	return false
}

func newParser(c *cli, std streams) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("carefinder"), kong.Description(description), kong.DefaultEnvars("CAREFINDER"),
		kong.Writers(std.out, std.err), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.Exit(func(code int) { panic(exit(code)) }))
}

// exit is what kong's wish to end the process becomes.
type exit int

// kongContext carries a context through kong, which binds arguments by their concrete type.
type kongContext struct{ context.Context }

// report says what went wrong and gives the exit code for it.
func report(err error, w io.Writer) int {
	var usage *kong.ParseError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(w, "carefinder: %v\nSee carefinder --help.\n", err)
		return exitUsage
	case errors.Is(err, errSaid):
	case fault.Is(err, fault.Canceled):
		fmt.Fprintln(w, "carefinder: stopped before it was done")
	default:
		fmt.Fprintln(w, "carefinder:", err)
	}
	return exitFailed
}

// errSaid ends a command with exitFailed when it has already said why.
var errSaid = errors.New("already said")

// settings are the flags every command knows.
type settings struct {
	Data                 string     `help:"Directory that holds what Carefinder keeps; made when it is missing." default:"carefinder-data" placeholder:"DIR"`
	Database             string     `help:"SQLite file, or the postgres:// URL of a database (default: carefinder.db in the data directory)." placeholder:"DB"`
	DatabasePasswordFile string     `help:"File that holds the database's password, which then stands in no command line and no environment." placeholder:"FILE"`
	LogFormat            string     `help:"How the log is written: ${enum}." enum:"text,json" default:"text"`
	LogLevel             slog.Level `help:"What the log leaves out is below this: debug, info, warn, error." default:"info"`
}

// log gives the logger the settings ask for.
func (s *settings) log(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
