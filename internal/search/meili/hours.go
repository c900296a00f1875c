package meili

import (
	"encoding/binary"
	"math"
	"time"

	"carefinder/internal/directory"
)

// When a listing is open can't be said in a filter: zones, exceptions and clocks that change decide. So each document
// carries its hours as a value that can be read back. Many share one, and the values among what matches are counted in
// one question: those that are open then, asked of the calendar itself, become the filter.

// longestHours is how many bytes of hours fit into a value. What has longer ones says longHours and is looked at alone.
const longestHours = 280

const longHours = "long"

// hours sets when a listing is open.
func hours(d document, l *directory.Listing) {
	b := writeHours(l)
	switch {
	case len(b) == 0:
	case len(b) <= longestHours:
		d[string(attrHours)] = lowerHex.EncodeToString(b)
	default:
		d[string(attrHours)], d[fieldHours] = longHours, b
	}
}

// writeHours writes the known hours of a listing and its channels; nothing when none are known.
func writeHours(l *directory.Listing) (b []byte) {
	if l.Hours.Known() {
		b = appendHours(b, l.Hours, 1)
	}
	for i := range l.Channels {
		if h := l.Channels[i].Hours; h.Known() {
			b = appendHours(b, h, 0)
		}
	}
	return b
}

// appendHours writes one set of hours; own is 1 for those of the listing itself.
func appendHours(b []byte, h directory.Hours, own byte) []byte {
	if h.AlwaysOpen {
		own |= 2
	}
	b = appendText(append(b, own), h.Zone)
	b = binary.AppendUvarint(b, uint64(len(h.Weekly)))
	for _, r := range h.Weekly {
		b = appendSpan(append(b, byte(r.Day)), r.Span)
	}
	b = binary.AppendUvarint(b, uint64(len(h.Exceptions)))
	for _, x := range h.Exceptions {
		b = append(binary.AppendUvarint(b, uint64(x.Date.Year)), byte(x.Date.Month), byte(x.Date.Day))
		b = binary.AppendUvarint(b, uint64(len(x.Spans)))
		for _, s := range x.Spans {
			b = appendSpan(b, s)
		}
	}
	return b
}

func appendSpan(b []byte, s directory.Span) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(s.From)), uint64(s.To))
}

// readHours reads what writeHours wrote, into a listing that has nothing but hours.
func readHours(b []byte) (*directory.Listing, error) {
	l := &directory.Listing{}
	d := decoder{b: b}
	for len(d.b) > 0 {
		flags := d.byte()
		h := directory.Hours{AlwaysOpen: flags&2 != 0, Zone: d.text()}
		for n := d.number(); n > 0 && !d.bad; n-- {
			h.Weekly = append(h.Weekly, directory.Range{Day: time.Weekday(d.byte()), Span: d.span()})
		}
		for n := d.number(); n > 0 && !d.bad; n-- {
			x := directory.Exception{Date: directory.Date{Year: int(d.number()), Month: time.Month(d.byte()), Day: int(d.byte())}}
			for n := d.number(); n > 0 && !d.bad; n-- {
				x.Spans = append(x.Spans, d.span())
			}
			h.Exceptions = append(h.Exceptions, x)
		}
		if flags&1 != 0 {
			l.Hours = h
		} else {
			l.Channels = append(l.Channels, directory.Channel{Hours: h})
		}
	}
	if d.bad {
		return nil, errRow
	}
	return l, nil
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	b := d.b[0]
	d.b = d.b[1:]
	return b
}

func (d *decoder) span() directory.Span {
	return directory.Span{From: d.minute(), To: d.minute()}
}

func (d *decoder) minute() int { return int(min(d.number(), math.MaxInt32)) }

// openValues gives the values of hours that are open at t.
func openValues(values map[string]int, t time.Time) (open []string, err error) {
	for v := range values {
		if v == longHours {
			continue
		}
		b, err := lowerHex.DecodeString(v)
		if err != nil {
			return nil, errRow
		}
		l, err := readHours(b)
		if err != nil {
			return nil, err
		}
		if l.OpenAt(t) == directory.Open {
			open = append(open, v)
		}
	}
	return distinct(open), nil
}
