package seed

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"carefinder/internal/directory"
)

// ParseHours reads the part of OpenStreetMap's opening_hours that the tables use: "24/7", or rules such as
// "Mo-Fr 14:00-22:00; Sa,Su 09:00-12:00,13:00-24:00", where a span may run past midnight ("11:00-05:00"). A rule
// without days holds every day, and a later rule replaces an earlier one on its days. The empty text is unknown hours.
// zone is the IANA zone of the clock.
func ParseHours(osm, zone string) (directory.Hours, error) {
	osm = strings.TrimSpace(osm)
	switch osm {
	case "":
		return directory.Hours{}, nil
	case "24/7":
		return directory.Hours{AlwaysOpen: true, Zone: zone}, nil
	}
	h := directory.Hours{Zone: zone}
	for _, rule := range strings.Split(osm, ";") {
		ranges, err := parseRule(strings.TrimSpace(rule))
		if err != nil {
			return directory.Hours{}, fmt.Errorf("hours %q: %w", osm, err)
		}
		h.Weekly = slices.DeleteFunc(h.Weekly, func(old directory.Range) bool {
			return slices.ContainsFunc(ranges, func(r directory.Range) bool { return r.Day == old.Day })
		})
		h.Weekly = append(h.Weekly, ranges...)
	}
	return h, nil
}

func parseRule(rule string) ([]directory.Range, error) {
	days, times, found := strings.Cut(rule, " ")
	if !found {
		days, times = "Mo-Su", rule
	}
	on, err := parseDays(days)
	if err != nil {
		return nil, err
	}
	var ranges []directory.Range
	for _, day := range on {
		for _, text := range strings.Split(times, ",") {
			span, err := parseSpan(strings.TrimSpace(text))
			if err != nil {
				return nil, err
			}
			ranges = append(ranges, directory.Range{Day: day, Span: span})
		}
	}
	return ranges, nil
}

// parseDays reads "Mo", "Mo-Fr", "Su-Th" or several of these between commas.
func parseDays(text string) ([]time.Weekday, error) {
	names := []string{"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"}
	var days []time.Weekday
	for _, part := range strings.Split(text, ",") {
		first, last, ranged := strings.Cut(part, "-")
		if !ranged {
			last = first
		}
		from, to := slices.Index(names, first), slices.Index(names, last)
		if from < 0 || to < 0 {
			return nil, fmt.Errorf("%q are no days such as Mo-Fr", part)
		}
		for d := from; ; d = (d + 1) % 7 {
			if slices.Contains(days, time.Weekday(d)) {
				return nil, fmt.Errorf("%q names a day twice", text)
			}
			days = append(days, time.Weekday(d))
			if d == to {
				break
			}
		}
	}
	return days, nil
}

func parseSpan(text string) (directory.Span, error) {
	from, to, _ := strings.Cut(text, "-")
	s := directory.Span{}
	var err error
	if s.From, err = parseClock(from); err == nil {
		s.To, err = parseClock(to)
	}
	const day = 24 * 60
	if err != nil || s.From >= day {
		return directory.Span{}, fmt.Errorf("%q is not a span such as 09:00-17:30", text)
	}
	if s.To <= s.From {
		s.To += day
	}
	return s, nil
}

func parseClock(text string) (minute int, err error) {
	hh, mm, found := strings.Cut(text, ":")
	h, err1 := strconv.ParseUint(hh, 10, 8)
	m, err2 := strconv.ParseUint(mm, 10, 8)
	if !found || len(hh) != 2 || len(mm) != 2 || err1 != nil || err2 != nil || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%q is not a time such as 09:00", text)
	}
	return int(h*60 + m), nil
}
