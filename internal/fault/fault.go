// Package fault is what can go wrong, said once: a kind a program acts on, a message a person can read, the fields
// at fault, and the cause, which only the log sees. It is a leaf: it imports nothing of Carefinder and never net/http.
// The mapping from Kind to an HTTP status stands in internal/web/errors.go and nowhere else.
package fault

import (
	"context"
	"errors"
	"strings"
)

// Kind says what sort of failure an error is. The zero Kind is Internal, so an error nobody classified is never
// mistaken for the caller's mistake and its text is never shown.
type Kind uint8

// The kinds of failure.
const (
	Internal        Kind = iota // a bug or a broken machine; the message is never shown
	Invalid                     // the input is malformed; Fields says where
	Unresolvable                // well formed, but names something nobody knows, such as a place
	NotFound                    // no such thing, or none the caller may see
	Gone                        // it was here and was withdrawn; the message says why
	Conflict                    // it changed since the caller read it
	Unauthenticated             // who are you?
	Forbidden                   // not with your role
	TooMany                     // slow down
	Unavailable                 // a backend cannot answer now; trying again may help
	Canceled                    // the caller went away or the deadline passed
)

var names = [...]string{
	"internal", "invalid", "unresolvable", "not-found", "gone", "conflict",
	"unauthenticated", "forbidden", "too-many", "unavailable", "canceled",
}

// String gives the kind's stable code, as clients and metrics see it.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return names[Internal]
}

// Field is one faulty part of the input.
type Field struct {
	Name        string   // path as the caller wrote it: "radius", "sites[1].point.lat"
	Message     string   // what is wrong and what would be right, for people
	Suggestions []string // values that would be accepted, likeliest first; often empty
}

// Error is a failure with its kind. Message and Fields may be shown to anyone unless the kind is Internal.
type Error struct {
	Kind    Kind
	Message string
	Fields  []Field
	Cause   error // for the log only; nil when there is none
}

// Error gives the whole story for the log: message, fields and cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Message == "" {
		b.WriteString(e.Kind.String())
	}
	for i, f := range e.Fields {
		b.WriteString([]string{": ", "; "}[min(i, 1)])
		b.WriteString(f.Name + ": " + f.Message)
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes a failure of a kind with a message for people.
func New(k Kind, message string) *Error { return &Error{Kind: k, Message: message} }

// Wrap gives cause a kind and a message for people. A nil cause gives nil.
func Wrap(k Kind, message string, cause error) error {
	if cause == nil {
		return nil
	}
	return &Error{Kind: k, Message: message, Cause: cause}
}

// KindOf finds the kind of err: that of the outermost Error in its chain, Canceled for a context's end, else Internal.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Canceled
	}
	return Internal
}

// Is reports whether err is a failure of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Fields collects faulty fields, so that a person hears of all their mistakes at once. The zero Fields is ready.
type Fields struct{ list []Field }

// Add notes that the named field is wrong.
func (f *Fields) Add(name, message string, suggestions ...string) {
	f.list = append(f.list, Field{Name: name, Message: message, Suggestions: suggestions})
}

// Merge adds the fields of err, each name prefixed; an error without fields is added under the prefix itself.
func (f *Fields) Merge(prefix string, err error) {
	var e *Error
	switch {
	case err == nil:
	case errors.As(err, &e) && len(e.Fields) > 0:
		for _, x := range e.Fields {
			x.Name = prefix + x.Name
			f.list = append(f.list, x)
		}
	case errors.As(err, &e):
		f.Add(strings.TrimSuffix(prefix, "."), e.Message)
	default:
		f.Add(strings.TrimSuffix(prefix, "."), err.Error())
	}
}

// Err gives nil when nothing was noted, else one Invalid error with every field.
func (f *Fields) Err(message string) error {
	if len(f.list) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: message, Fields: f.list}
}
