package main

import (
	"errors"
	"fmt"
	"slices"

	"carefinder/internal/demo"
	"carefinder/internal/directory"
)

// demoCmd loads made-up listings, or takes them away.
type demoCmd struct {
	beginning
	Listings int    `default:"2000" placeholder:"N" help:"How many."`
	Seed     uint64 `default:"1" help:"The same number makes the same listings."`
	Remove   bool   `help:"Take all made-up listings away."`
}

// Help is shown by demo --help.
func (demoCmd) Help() string {
	return `Made-up therapists, prescribers and centers at real places. Their names say demonstration, their numbers are fictional, every
answer and page says so while any is loaded, and they are never exported. Those loaded before are replaced.

  carefinder demo --listings 100000
  carefinder demo --remove`
}

// Run loads or removes.
func (c demoCmd) Run(ctx kongContext, s *settings, std streams) error {
	if c.Listings < 0 {
		return errors.New("--listings must not be negative")
	}
	d, err := c.begin(ctx, s, s.log(std.err))
	if err != nil {
		return err
	}
	defer d.Close()
	removed, err := d.RemoveDemonstrations(ctx)
	if err != nil {
		return err
	}
	if c.Remove {
		_, err = fmt.Fprintf(std.out, "%s demonstration listings removed\n", count(removed))
		return err
	}
	if err := c.load(ctx, d, std); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s demonstration listings loaded\n", count(c.Listings))
	return err
}

func (c demoCmd) load(ctx kongContext, d *opened, std streams) error {
	gaz, err := places()
	if err != nil {
		return err
	}
	bar := progress(std, int64(c.Listings), "loading")
	defer bar.Exit()
	var batch []*directory.Listing
	save := func() error {
		err := d.SaveMany(ctx, batch, directory.Editor{Name: "demo", Note: fmt.Sprintf("seed %d", c.Seed)})
		_ = bar.Add(len(batch)) // only drawing can fail
		batch = slices.Delete(batch, 0, len(batch))
		return err
	}
	for l := range demo.Listings(c.Seed, c.Listings, gaz, d.words.now.Load()) {
		if batch = append(batch, l); len(batch) == 1000 {
			if err := save(); err != nil {
				return err
			}
		}
	}
	return save()
}
