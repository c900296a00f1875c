package main

import "fmt"

// reindexCmd has the index built anew.
type reindexCmd struct{}

// Help is shown by reindex --help.
func (reindexCmd) Help() string {
	return `Marks every listing as changed. A running server then indexes each of them again, without a pause in its answers; one that
starts builds its whole index from the store anyway. Nothing else changes.`
}

// Run marks them.
func (reindexCmd) Run(ctx kongContext, s *settings, std streams) error {
	d, err := s.existing(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	n, err := d.MarkAll(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s listings will be indexed again by the running server\n", count(n))
	return err
}
