package main

import "fmt"

// reindexCmd has the index built anew.
type reindexCmd struct{}

// Help is shown by reindex --help.
func (reindexCmd) Help() string {
	return `Every running server then indexes each listing again, without a pause in its answers; one that starts builds its whole index
from the store anyway. Nothing else changes.`
}

// Run renews the log that the servers follow.
func (reindexCmd) Run(ctx kongContext, s *settings, std streams) error {
	d, err := s.existing(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	n, err := d.Renew(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s listings will be indexed again by every running server\n", count(n))
	return err
}
