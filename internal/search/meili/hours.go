package meili

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"carefinder/internal/directory"
)

// When a listing is open is said by slots of its week, in its own zone: days, and ever smaller parts of days that begin
// and end with a span. A question asks for the slots that hold its moment, six in each zone there is. What a date changes
// no week can say: each document with such dates carries its hours as a value that can be read back, and those among what
// matches that may be otherwise on the day of the question are asked of the calendar itself.

// longestHours is how many bytes of hours fit into a value. What has longer ones says longHours and is looked at alone.
const longestHours = 280

const longHours = "long"

// always is the slot of what never closes.
const always = "always"

// slotSizes are how many minutes a slot may have: each a part of the one before, and all of them of a week.
var slotSizes = [...]int{24 * 60, 4 * 60, 60, 15, 5, 1}

const weekMinutes = 7 * 24 * 60

func slot(zone string, size, minute int) string {
	return zone + " " + strconv.Itoa(size) + " " + strconv.Itoa(minute%weekMinutes/size)
}

// slotsOf gives the slots that make up the minutes of a week from from up to to, as few as there can be.
func slotsOf(zone string, from, to int) (slots []string) {
	for from < to {
		for _, size := range slotSizes {
			if from%size == 0 && from+size <= to {
				slots = append(slots, slot(zone, size, from))
				from += size
				break
			}
		}
	}
	return slots
}

// slotsAt gives the slots of a zone that hold t; none of a zone nobody knows.
func slotsAt(zone string, t time.Time) (slots []string) {
	loc, err := directory.Zone(zone)
	if err != nil {
		return nil
	}
	t = t.In(loc)
	minute := (int(t.Weekday())*24+t.Hour())*60 + t.Minute()
	for _, size := range slotSizes {
		slots = append(slots, slot(zone, size, minute))
	}
	return slots
}

// datesAround gives the dates it may be somewhere at t, and those before, whose spans may not have ended.
func datesAround(t time.Time) (dates []string) {
	for day := -2; day <= 1; day++ {
		dates = append(dates, t.UTC().AddDate(0, 0, day).Format(time.DateOnly))
	}
	return dates
}

// hours sets when a listing is open.
func hours(d document, l *directory.Listing) {
	var slots, zones, dates []string
	for _, h := range hoursOf(l) {
		open, zone := week(h)
		slots = append(slots, open...)
		if zone != "" {
			zones = append(zones, zone)
		}
		for _, x := range h.Exceptions {
			dates = append(dates, x.Date.String())
		}
	}
	set := func(a attribute, values []string) {
		if len(values) > 0 {
			d[string(a)] = distinct(values)
		}
	}
	set(attrOpen, slots)
	set(attrZone, zones)
	set(attrExcept, dates)
	if len(dates) == 0 {
		return
	}
	switch b := writeHours(l); {
	case len(b) <= longestHours:
		d[string(attrHours)] = lowerHex.EncodeToString(b)
	default:
		d[string(attrHours)], d[fieldHours] = longHours, b
	}
}

// week gives the slots in which hours are open where no date says otherwise, and their zone when they have one.
func week(h directory.Hours) (slots []string, zone string) {
	if _, err := directory.Zone(h.Zone); err == nil {
		zone = h.Zone
	}
	switch {
	case h.AlwaysOpen && (zone != "" || len(h.Exceptions) == 0):
		return []string{always}, ""
	case zone == "" || h.AlwaysOpen:
		return nil, ""
	}
	const twoDays = 2 * 24 * 60 // a span ends on the day after the one it begins on, or before
	for _, r := range h.Weekly {
		day := int(r.Day) * 24 * 60
		slots = append(slots, slotsOf(zone, day+max(0, r.Span.From), day+min(twoDays, r.Span.To))...)
	}
	return slots, zone
}

// hoursOf gives the known hours of a listing and its channels.
func hoursOf(l *directory.Listing) (all []directory.Hours) {
	if l.Hours.Known() {
		all = append(all, l.Hours)
	}
	for i := range l.Channels {
		if h := l.Channels[i].Hours; h.Known() {
			all = append(all, h)
		}
	}
	return all
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
