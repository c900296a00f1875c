package main

import (
	"fmt"
	"slices"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/web"
)

// deskSettings are how a team works at the desk.
type deskSettings struct {
	DeskAlone   bool           `help:"A team of one: who edited a listing may publish it as well."`
	VerifyEvery map[string]int `placeholder:"KIND=DAYS" help:"After how many days a kind of listing is to be verified again, such as helpline=30; 90 where nothing is said."`
}

// curating gives the parts of the desk.
func (d *opened) curating(s deskSettings) (web.Desk, error) {
	every := map[directory.Kind]time.Duration{}
	for kind, days := range s.VerifyEvery {
		if !slices.Contains(directory.Kinds(), directory.Kind(kind)) || days < 1 {
			return web.Desk{}, fmt.Errorf("--verify-every %s=%d: needs a kind of listing and a number of days", kind, days)
		}
		every[directory.Kind(kind)] = time.Duration(days) * 24 * time.Hour
	}
	editing := desk.NewEditing(desk.Config{Directory: d.desk(), Proposals: d.Store, Audit: d.Store, Alone: s.DeskAlone})
	return web.Desk{Guard: d.guard(), Editing: editing, Verifying: desk.NewVerifying(editing, d.Store, every)}, nil
}
