package directory

import (
	"slices"
	"sync"
	"time"
)

// Hours says when someone answers or a door is open. The zero Hours is unknown, which is not closed.
//
// The clock on the wall of the Zone decides: when daylight saving skips or repeats an hour, the sign on the door
// still says nine to five, and that is what OpenAt follows.
type Hours struct {
	AlwaysOpen bool
	Zone       string  // IANA, such as "America/New_York"; needed unless always open
	Weekly     []Range // may run past midnight
	Exceptions []Exception
	Note       string // what the ranges can't say, as stated
}

// Range is a span that begins on a day of the week.
type Range struct {
	Day time.Weekday
	Span
}

// Span runs from one minute after midnight up to, not including, another. To may pass 24:00 (1440): 18:00 to 02:00 is
// 1080 to 1560.
type Span struct{ From, To int }

// Exception replaces the weekly ranges that begin on one date; without spans that date is closed. What began the day
// before and runs past midnight still does.
type Exception struct {
	Date  Date
	Spans []Span
	Note  string // "Thanksgiving"
}

// Date is a day in the calendar of the hours' zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf gives the date of t in t's location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// String gives the date as 2006-01-02.
func (d Date) String() string { return d.at(time.UTC, 0).Format(time.DateOnly) }

// ParseDate reads 2006-01-02.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	return DateOf(t), err
}

func (d Date) at(loc *time.Location, minute int) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, minute, 0, 0, loc)
}

func (d Date) plus(days int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+days, 12, 0, 0, 0, time.UTC))
}

// Openness is an answer to "are they open?".
type Openness int8

// The answers. The zero one says that nobody knows.
const (
	HoursUnknown Openness = iota
	Open
	Closed
)

// String gives "unknown", "open" or "closed".
func (o Openness) String() string { return [...]string{"unknown", "open", "closed"}[o] }

const dayMinutes = 24 * 60

// Known reports whether anything is known of the hours.
func (h Hours) Known() bool { return h.AlwaysOpen || len(h.Weekly) > 0 || len(h.Exceptions) > 0 }

// OpenAt says whether the hours hold at t. A zone that can't be loaded makes them unknown.
func (h Hours) OpenAt(t time.Time) Openness {
	if !h.Known() {
		return HoursUnknown
	}
	if h.AlwaysOpen && len(h.Exceptions) == 0 {
		return Open
	}
	loc, err := Zone(h.Zone)
	if err != nil {
		return HoursUnknown
	}
	local := t.In(loc)
	today, minute := DateOf(local), local.Hour()*60+local.Minute()
	if h.beginningOn(today, minute) || h.beginningOn(today.plus(-1), minute+dayMinutes) {
		return Open
	}
	if len(h.Weekly) == 0 && !h.AlwaysOpen && !h.excepted(today) {
		return HoursUnknown // only exceptions are known, and today is none of them
	}
	return Closed
}

// beginningOn reports whether a span that begins on date d holds at minute, counted from that date's midnight.
func (h Hours) beginningOn(d Date, minute int) bool {
	in := func(s Span) bool { return s.From <= minute && minute < s.To }
	for _, x := range h.Exceptions {
		if x.Date == d {
			return slices.ContainsFunc(x.Spans, in)
		}
	}
	if h.AlwaysOpen {
		return minute < dayMinutes
	}
	day := d.at(time.UTC, 0).Weekday()
	return slices.ContainsFunc(h.Weekly, func(r Range) bool { return r.Day == day && in(r.Span) })
}

func (h Hours) excepted(d Date) bool {
	return slices.ContainsFunc(h.Exceptions, func(x Exception) bool { return x.Date == d })
}

// horizon is how far NextChange looks: a week shows every weekly range, and a second one gets past a closed holiday week.
const horizon = 15

// NextChange gives the first moment after t at which OpenAt answers differently, to say "opens at" or "closes at".
// ok is false when there is none within two weeks.
func (h Hours) NextChange(t time.Time) (next time.Time, ok bool) {
	now := h.OpenAt(t)
	if now == HoursUnknown || h.AlwaysOpen && len(h.Exceptions) == 0 {
		return time.Time{}, false
	}
	loc, err := Zone(h.Zone)
	if err != nil {
		return time.Time{}, false
	}
	for _, c := range h.boundaries(t.In(loc)) {
		if c.After(t) && h.OpenAt(c) != now {
			return c, true
		}
	}
	return time.Time{}, false
}

// boundaries lists, in order, every moment near t at which the answer could change: the ends of each span, read with
// the clock before and after a shift of up to an hour, and the shifts themselves.
func (h Hours) boundaries(t time.Time) []time.Time {
	var all []time.Time
	add := func(d Date, minute int) {
		at := d.at(t.Location(), minute)
		all = append(all, at, at.Add(-time.Hour), at.Add(time.Hour), at.Add(-time.Hour/2), at.Add(time.Hour/2))
	}
	for i := -1; i <= horizon; i++ {
		d := DateOf(t).plus(i)
		add(d, 0)
		for _, r := range h.Weekly {
			if r.Day == d.at(time.UTC, 0).Weekday() {
				add(d, r.From)
				add(d, r.To)
			}
		}
		for _, x := range h.Exceptions {
			if x.Date == d {
				for _, s := range x.Spans {
					add(d, s.From)
					add(d, s.To)
				}
			}
		}
	}
	if _, end := t.ZoneBounds(); !end.IsZero() {
		all = append(all, end)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

func (h Hours) clone() Hours {
	h.Weekly, h.Exceptions = slices.Clone(h.Weekly), slices.Clone(h.Exceptions)
	return h
}

var zones sync.Map // name -> *time.Location: loading one parses a file, and a search asks for the same few

// Zone gives the time zone of an IANA name. The machine's own zone and the empty name are refused: hours must not
// depend on where the program runs.
func Zone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	if name == "" || name == "Local" {
		return nil, &time.ParseError{Layout: "IANA zone", Value: name, Message: ": no time zone named"}
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	zones.Store(name, loc)
	return loc, nil
}
