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
