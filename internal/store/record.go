package store

import (
	"context"
	"maps"

	"carefinder/internal/auth"
	"carefinder/internal/desk"
)

// Record chains what was done at the desk to the audit log.
func (s *Store) Record(ctx context.Context, e desk.Entry) error {
	detail := maps.Clone(e.Detail)
	if e.Actor.Key != "" {
		if detail == nil {
			detail = map[string]string{}
		}
		detail["key"] = e.Actor.Key
	}
	return s.Append(ctx, &auth.Entry{
		At: s.stamp(), Actor: auth.ID(e.Actor.ID), Name: e.Actor.Name, Action: e.Action, Subject: e.Subject, Detail: detail,
	})
}
