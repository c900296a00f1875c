package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"carefinder/internal/auth"
	"carefinder/internal/fault"
)

// curatorCmd looks after who works at the desk.
type curatorCmd struct {
	Add     curatorAddCmd     `cmd:"" help:"Make an account, and print a link to sign up with."`
	List    curatorListCmd    `cmd:"" help:"List all curators."`
	Role    curatorRoleCmd    `cmd:"" help:"Give a curator another role."`
	Disable curatorDisableCmd `cmd:"" help:"Shut a curator out, with all their sessions and keys."`
	Enable  curatorEnableCmd  `cmd:"" help:"Let a disabled curator in again."`
	Reset   curatorResetCmd   `cmd:"" help:"Print a new link for a curator who lost their password or phone."`
}

// Help is shown by curator --help.
func (curatorCmd) Help() string {
	return `Accounts have no password until their owner signs up: a link is printed that is good once and for three days, and no password
is ever written on a command line. The first administrator is made here; they invite others at the desk.

  carefinder curator add ana@example.org --name "Ana Pérez" --role administrator
  carefinder curator reset ana@example.org

contributor: drafts. reviewer: publishes. administrator: people, settings and keys besides. auditor: reads all, changes nothing.
Nothing can be done that leaves the desk without an administrator. All of it is in the audit log.`
}

// console is whoever runs commands, for the audit log.
var console = auth.Actor{ID: auth.Console}

// link is where people sign up.
type link struct {
	PublicURL string `name:"public-url" placeholder:"URL" help:"What people know the site by, for the link; without it, its path alone is printed."`
}

func (l link) say(std streams, c *auth.Curator, code string) error {
	_, err := fmt.Fprintf(std.out, "%s signs up within three days, once, at\n%s/desk/sign-up?code=%s\n", c.Name, strings.TrimSuffix(l.PublicURL, "/"), code)
	return err
}

type curatorAddCmd struct {
	link
	Login string `arg:"" help:"What they sign in with: an e-mail address or a short name."`
	Name  string `required:"" help:"The name others know them by. It stays, in every revision they make."`
	Role  string `required:"" enum:"contributor,auditor,reviewer,administrator" help:"One of ${enum}."`
}

// Run makes the account, and the store when there is none.
func (c curatorAddCmd) Run(ctx kongContext, s *settings, std streams) error {
	if _, err := os.Stat(s.dsn()); !s.remote() && errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(std.err, "%s is new: a server that keeps its listings elsewhere will not know this account (--data, --database)\n", s.dsn())
	}
	d, err := beginning{}.begin(ctx, s, s.log(std.err))
	if err != nil {
		return err
	}
	defer d.Close()
	code, made, err := d.guard().Invite(ctx, console, c.Login, c.Name, auth.Role(c.Role))
	if err != nil {
		return err
	}
	return c.say(std, made, code)
}

// guard decides who comes to the desk.
func (d *opened) guard() *auth.Guard { return d.guardAt("") }

// guardAt gives that of a site people know by an address: there they can have passkeys.
func (d *opened) guardAt(site string) *auth.Guard { return auth.New(d.Store, auth.Config{Site: site}) }

type curatorListCmd struct{}

// Run prints a table.
func (curatorListCmd) Run(ctx kongContext, s *settings, std streams) error {
	d, err := s.existing(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	all, err := d.guard().Curators(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LOGIN\tNAME\tROLE\tSTATE\tSIGNED IN")
	for _, c := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Login, c.Name, c.Role, stateOf(&c), dayOf(c.SignedInAt))
	}
	return w.Flush()
}

func stateOf(c *auth.Curator) string {
	switch {
	case c.Disabled:
		return "disabled"
	case c.Invited:
		return "invited"
	}
	return "active"
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.DateOnly)
}

// someone is the curator a command is about.
type someone struct {
	Login string `arg:"" help:"What they sign in with."`
}

// change does something to the curator.
func (c someone) change(ctx context.Context, s *settings, change func(g *auth.Guard, c *auth.Curator) error) error {
	d, err := s.existing(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	g := d.guard()
	found, err := g.CuratorOf(ctx, c.Login)
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("nobody signs in as %s: see carefinder curator list", c.Login)
	} else if err != nil {
		return err
	}
	return change(g, found)
}

type curatorRoleCmd struct {
	someone
	Role string `arg:"" enum:"contributor,auditor,reviewer,administrator" help:"One of ${enum}."`
}

// Run gives the role.
func (c curatorRoleCmd) Run(ctx kongContext, s *settings, std streams) error {
	return c.change(ctx, s, func(g *auth.Guard, who *auth.Curator) error {
		if err := g.SetRole(ctx, console, who.ID, auth.Role(c.Role)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(std.out, "%s is %s now, and has to sign in again\n", who.Name, c.Role)
		return err
	})
}

type curatorDisableCmd struct{ someone }

// Run shuts the curator out.
func (c curatorDisableCmd) Run(ctx kongContext, s *settings, std streams) error {
	return c.change(ctx, s, func(g *auth.Guard, who *auth.Curator) error {
		if err := g.SetDisabled(ctx, console, who.ID, true); err != nil {
			return err
		}
		_, err := fmt.Fprintf(std.out, "%s is shut out\n", who.Name)
		return err
	})
}

type curatorEnableCmd struct{ someone }

// Run lets the curator in.
func (c curatorEnableCmd) Run(ctx kongContext, s *settings, std streams) error {
	return c.change(ctx, s, func(g *auth.Guard, who *auth.Curator) error {
		if err := g.SetDisabled(ctx, console, who.ID, false); err != nil {
			return err
		}
		_, err := fmt.Fprintf(std.out, "%s may sign in again\n", who.Name)
		return err
	})
}

type curatorResetCmd struct {
	link
	someone
}

// Run takes what let the curator in, and prints a link.
func (c curatorResetCmd) Run(ctx kongContext, s *settings, std streams) error {
	return c.change(ctx, s, func(g *auth.Guard, who *auth.Curator) error {
		_, code, err := g.Reset(ctx, console, who.ID)
		if err != nil {
			return err
		}
		return c.say(std, who, code)
	})
}
