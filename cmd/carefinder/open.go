package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/guide"
	"carefinder/internal/store"
	"carefinder/seed"
)

// opened is a directory ready to work with: the truth, and what is true everywhere.
type opened struct {
	*store.Store
	vocabulary *directory.Vocabulary // the program's
	words      *words                // the vocabulary as it is now
	front      *directory.Desk
	blocklist  *directory.Blocklist
	emergency  *directory.EmergencyNumbers
	guide      *guide.Guide
}

// beginning is the flag of commands that make a store where there is none.
type beginning struct {
	Empty bool `help:"Begin a new store empty, without the real helplines, centers and programs."`
}

// begin opens the store, and fills one that holds nothing with the real listings.
func (b beginning) begin(ctx context.Context, s *settings, log *slog.Logger) (*opened, error) {
	if !s.remote() {
		// It will hold addresses that protect someone: not for other users of the machine.
		if err := os.MkdirAll(filepath.Dir(s.dsn()), 0o700); err != nil {
			return nil, fmt.Errorf("the data directory: %w", err)
		}
	}
	d, err := s.connect(ctx)
	if err != nil || b.Empty {
		return d, err
	}
	if err := d.fill(ctx, log); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// existing opens a store that has to be there: reading from one that was just made would only hide a wrong path.
func (s *settings) existing(ctx context.Context) (*opened, error) {
	if _, err := os.Stat(s.dsn()); !s.remote() && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no directory at %s: say where with --data or --database, or make one with carefinder serve", s.dsn())
	}
	return s.connect(ctx)
}

func (s *settings) connect(ctx context.Context) (*opened, error) {
	d, err := tables()
	if err != nil {
		return nil, err
	}
	dsn, err := s.withPassword()
	if err != nil {
		return nil, err
	}
	if d.Store, err = store.Open(ctx, dsn, store.Options{}); err != nil {
		return nil, fmt.Errorf("open %s: %w", s.shown(), err)
	}
	d.front = directory.NewDesk(d.Store, d.vocabulary, d.blocklist)
	if d.words, err = newWords(ctx, d.Store, d.vocabulary, d.front); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// tables reads what comes with the program.
func tables() (d *opened, err error) {
	d = &opened{}
	if d.vocabulary, err = seed.Vocabulary(); err != nil {
		return nil, err
	}
	if d.blocklist, err = seed.Blocklist(); err != nil {
		return nil, err
	}
	if d.emergency, err = seed.Emergency(); err != nil {
		return nil, err
	}
	d.guide, err = seed.Guide()
	return d, err
}

// fill loads the real listings when there are none at all. Of servers that start together one does it.
func (d *opened) fill(ctx context.Context, log *slog.Logger) error {
	if empty, err := d.Store.Empty(ctx); err != nil || !empty {
		return err
	}
	return d.Alone(ctx, "seed", func() error {
		if empty, err := d.Store.Empty(ctx); err != nil || !empty { // another was first
			return err
		}
		n, err := seed.Load(ctx, d.Store, time.Now())
		if err == nil {
			log.Info("new store filled with the real listings", "listings", n)
		}
		return err
	})
}

// dsn is where the store is: a path or a URL.
func (s *settings) dsn() string {
	if s.Database == "" {
		return filepath.Join(s.Data, "carefinder.db")
	}
	return strings.TrimPrefix(strings.TrimPrefix(s.Database, "sqlite:"), "//")
}

// withPassword gives the dsn with the password from its file, where one is named.
func (s *settings) withPassword() (string, error) {
	if s.DatabasePasswordFile == "" {
		return s.dsn(), nil
	}
	u, err := url.Parse(s.dsn())
	if err != nil || !s.remote() || u.User.Username() == "" {
		return "", errors.New("--database-password-file needs a --database that names its user: postgres://carefinder@db/carefinder")
	}
	b, err := os.ReadFile(s.DatabasePasswordFile)
	if err != nil {
		return "", fmt.Errorf("the password of the database: %w", err)
	}
	u.User = url.UserPassword(u.User.Username(), strings.TrimRight(string(b), "\r\n"))
	return u.String(), nil
}

// remote reports whether the store is not a file of this machine.
func (s *settings) remote() bool { return strings.Contains(s.dsn(), "://") }

// shown is the dsn without a password.
func (s *settings) shown() string {
	if u, err := url.Parse(s.dsn()); s.remote() && err == nil {
		return u.Redacted()
	} else if s.remote() {
		return "the database"
	}
	return s.dsn()
}

// desk is the front door for changes.
func (d *opened) desk() *directory.Desk { return d.front }

// places gives the gazetteer. It takes a moment the first time.
func places() (*geo.Gazetteer, error) { return seed.Gazetteer() }
