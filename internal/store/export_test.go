package store

import "context"

// Pragma asks the connection that saves listings for a setting of SQLite, which no other connection can see.
func (s *Store) Pragma(ctx context.Context, name string) (value string, err error) {
	err = s.write.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value)
	return value, err
}

// Migrations are the schemas of both databases.
var Migrations = migrations
