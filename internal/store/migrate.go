package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"carefinder/internal/fault"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to date, or refuses one that a newer program made.
func (s *Store) migrate(ctx context.Context) error {
	folder, err := fs.Sub(migrations, "migrations/"+s.dialect.migrations)
	if err != nil {
		return err
	}
	// Servers that start together may meet here. Each migration is a transaction, so all but one of them fail, and find
	// the work done when they look again.
	const attempts = 4
	for range attempts {
		if err = s.migrateOnce(ctx, folder); err == nil || ctx.Err() != nil || fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return err
}

func (s *Store) migrateOnce(ctx context.Context, folder fs.FS) error {
	p, err := goose.NewProvider(s.dialect.name, s.write, folder, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	has, knows, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if has > knows {
		return fault.New(fault.Conflict, fmt.Sprintf("This database was made by a newer Carefinder (schema %d, this program knows up to %d). "+
			"Nothing was changed: run the newer program, or restore a copy from before.", has, knows))
	}
	_, err = p.Up(ctx)
	return err
}
