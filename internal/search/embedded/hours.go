package embedded

import (
	"encoding/binary"
	"time"

	"carefinder/internal/directory"
)

// hoursClass is one set of hours that many listings share: a million listings keep a few thousand of them, so "open
// now" asks the calendar once for each class and not once for each listing.
type hoursClass struct {
	key   string
	hours *directory.Listing // carries only the hours of the listing and its channels
}

func (c hoursClass) at(t time.Time) directory.Openness { return c.hours.OpenAt(t) }

// hoursKey writes what tells two sets of hours apart.
func hoursKey(b []byte, l *directory.Listing) []byte {
	b = appendHours(b, l.Hours)
	for i := range l.Channels {
		if l.Channels[i].Hours.Known() {
			b = appendHours(append(b, '|'), l.Channels[i].Hours)
		}
	}
	return b
}

func appendHours(b []byte, h directory.Hours) []byte {
	if h.AlwaysOpen {
		b = append(b, 'A')
	}
	b = append(append(b, h.Zone...), 0)
	for _, r := range h.Weekly {
		b = appendSpan(append(b, 'w', byte(r.Day)), r.Span)
	}
	for _, x := range h.Exceptions {
		b = append(append(b, 'x'), x.Date.String()...)
		for _, s := range x.Spans {
			b = appendSpan(append(b, 's'), s)
		}
	}
	return b
}

func appendSpan(b []byte, s directory.Span) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, uint16(s.From)), uint16(s.To))
}

func hoursOnly(l *directory.Listing) *directory.Listing {
	only := &directory.Listing{Hours: l.Hours}
	for i := range l.Channels {
		if l.Channels[i].Hours.Known() {
			only.Channels = append(only.Channels, directory.Channel{Hours: l.Channels[i].Hours})
		}
	}
	return only
}
