//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock makes sure that one server works on a SQLite store: two would take the pending index changes from each other,
// and each would miss what the other took. The system lets go of it however the process ends.
func (s *settings) lock() (unlock func(), err error) {
	if s.remote() {
		return func() {}, nil
	}
	f, err := os.OpenFile(s.dsn()+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		f.Close()
		return nil, fmt.Errorf("another carefinder serves %s already: stop it first, or use another --data or a postgres:// --database", s.dsn())
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", s.dsn(), err)
	}
	return func() { f.Close() }, nil
}
