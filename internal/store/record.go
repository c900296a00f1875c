package store

import (
	"context"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
)

// Record chains what was done at the desk to the audit log.
func (s *Store) Record(ctx context.Context, e desk.Entry) error {
	return s.Append(ctx, &auth.Entry{
		At: s.stamp(), Actor: auth.ID(e.Actor.ID), Name: e.Actor.Name, Action: e.Action, Subject: e.Subject, Detail: e.Detail,
	})
}
