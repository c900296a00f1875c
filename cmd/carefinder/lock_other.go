//go:build !unix

package main

// lock does nothing here: see to it that one server works on a SQLite store.
func (s *settings) lock() (unlock func(), err error) { return func() {}, nil }
