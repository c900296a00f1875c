package directory_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"carefinder/internal/directory"
)

const newYork = "America/New_York"

func weekly(zone string, from, to int, days ...time.Weekday) directory.Hours {
	h := directory.Hours{Zone: zone}
	for _, d := range days {
		h.Weekly = append(h.Weekly, directory.Range{Day: d, Span: directory.Span{From: from, To: to}})
	}
	return h
}

var everyDay = []time.Weekday{0, 1, 2, 3, 4, 5, 6}

func TestOpenAt(t *testing.T) {
	office := weekly(newYork, 9*60, 17*60, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)
	night := weekly("Europe/London", 22*60, 26*60, time.Saturday) // Saturday 22:00 to Sunday 02:00
	holiday := office
	holiday.Exceptions = []directory.Exception{
		{Date: directory.Date{Year: 2026, Month: 11, Day: 26}},
		{Date: directory.Date{Year: 2026, Month: 11, Day: 28}, Spans: []directory.Span{{From: 600, To: 660}}},
	}
	nightHoliday := night
	nightHoliday.Exceptions = []directory.Exception{{Date: directory.Date{Year: 2026, Month: 7, Day: 5}}} // the Sunday
	always := directory.Hours{AlwaysOpen: true}
	alwaysBut := directory.Hours{AlwaysOpen: true, Zone: newYork, Exceptions: []directory.Exception{{Date: directory.Date{Year: 2026, Month: 12, Day: 25}}}}
	onlyDates := directory.Hours{Zone: newYork, Exceptions: []directory.Exception{{Date: directory.Date{Year: 2026, Month: 12, Day: 25}}}}
	gap := weekly(newYork, 2*60+30, 5*60, time.Sunday)
	tests := []struct {
		name  string
		hours directory.Hours
		at    string
		want  directory.Openness
	}{
		{"unknown is not closed", directory.Hours{}, "2026-07-01T12:00:00Z", directory.HoursUnknown},
		{"24/7", always, "2026-07-01T03:00:00Z", directory.Open},
		{"summer, 9:00 is 13:00 UTC", office, "2026-07-01T13:00:00Z", directory.Open},
		{"summer, one second before", office, "2026-07-01T12:59:59Z", directory.Closed},
		{"winter, 13:00 UTC is 8:00", office, "2026-12-01T13:00:00Z", directory.Closed},
		{"winter, 14:00 UTC is 9:00", office, "2026-12-01T14:00:00Z", directory.Open},
		{"closing time is closed", office, "2026-12-01T22:00:00Z", directory.Closed},
		{"weekend", office, "2026-12-05T15:00:00Z", directory.Closed},
		{"before midnight", night, "2026-07-04T22:30:00Z", directory.Open}, // 23:30 Saturday in London
		{"after midnight", night, "2026-07-05T00:30:00Z", directory.Open},  // 01:30 Sunday
		{"past its end", night, "2026-07-05T01:00:00Z", directory.Closed},  // 02:00 Sunday
		{"not the night before", night, "2026-07-04T00:30:00Z", directory.Closed},
		{"holiday", holiday, "2026-11-26T15:00:00Z", directory.Closed},
		{"day after the holiday", holiday, "2026-11-27T15:00:00Z", directory.Open},
		{"special opening on a Saturday", holiday, "2026-11-28T15:30:00Z", directory.Open},
		{"special opening is over", holiday, "2026-11-28T16:00:00Z", directory.Closed},
		{"what began before a closed day runs on", nightHoliday, "2026-07-05T00:30:00Z", directory.Open},
		{"24/7 but Christmas", alwaysBut, "2026-12-25T17:00:00Z", directory.Closed},
		{"24/7, day after", alwaysBut, "2026-12-26T17:00:00Z", directory.Open},
		{"only dates known, one of them", onlyDates, "2026-12-25T17:00:00Z", directory.Closed},
		{"only dates known, another day", onlyDates, "2026-12-24T17:00:00Z", directory.HoursUnknown},
		{"opening in the hour that is skipped", gap, "2026-03-08T07:00:00Z", directory.Open}, // 03:00 EDT, the first moment after the gap
		{"before the gap", gap, "2026-03-08T06:59:00Z", directory.Closed},                    // 01:59 EST
		{"zone nobody knows", weekly("Mars/Olympus", 0, 1440, everyDay...), "2026-07-01T12:00:00Z", directory.HoursUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.hours.OpenAt(at); got != tt.want {
				t.Errorf("OpenAt(%s) = %v, want %v", tt.at, got, tt.want)
			}
		})
	}
}

func TestRepeatedHourIsOpenTwice(t *testing.T) {
	h := weekly(newYork, 60, 90, time.Sunday) // 01:00 to 01:30, which happens twice on 1 November 2026
	for _, at := range []string{"2026-11-01T05:15:00Z", "2026-11-01T06:15:00Z"} {
		when, _ := time.Parse(time.RFC3339, at)
		if h.OpenAt(when) != directory.Open {
			t.Errorf("closed at %s, though the clock on the wall says 01:15", at)
		}
	}
	first, _ := time.Parse(time.RFC3339, "2026-11-01T05:15:00Z")
	if next, ok := h.NextChange(first); !ok || next.UTC().Format("15:04") != "05:30" {
		t.Errorf("closes at %v, want 05:30 UTC", next)
	}
}

// TestNextChangeAgreesWithOpenAt walks minute by minute: there must be no change before the one NextChange names.
func TestNextChangeAgreesWithOpenAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := directory.Hours{Zone: rapid.SampledFrom([]string{newYork, "Australia/Lord_Howe", "Asia/Kolkata", "Europe/London"}).Draw(t, "zone")}
		for range rapid.IntRange(1, 4).Draw(t, "ranges") {
			from := rapid.IntRange(0, 95).Draw(t, "from") * 15
			h.Weekly = append(h.Weekly, directory.Range{
				Day: time.Weekday(rapid.IntRange(0, 6).Draw(t, "day")), Span: directory.Span{From: from, To: from + rapid.IntRange(1, 96).Draw(t, "len")*15},
			})
		}
		days := []int64{1_772_900_000, 1_793_400_000, 1_775_200_000, 1_790_900_000} // about the shifts of 2026
		at := time.Unix(rapid.SampledFrom(days).Draw(t, "about")+rapid.Int64Range(0, 3*86400).Draw(t, "after"), 0).UTC()
		next, ok := h.NextChange(at)
		for m := at.Truncate(time.Minute).Add(time.Minute); m.Before(at.Add(48 * time.Hour)); m = m.Add(time.Minute) {
			changed := h.OpenAt(m) != h.OpenAt(at)
			if changed && (!ok || next.After(m)) {
				t.Fatalf("changes at %v, NextChange(%v) = %v, %v", m, at, next, ok)
			}
			if changed {
				return
			}
			if ok && !next.After(m) {
				t.Fatalf("NextChange(%v) = %v, yet nothing changed by %v", at, next, m)
			}
		}
	})
}

func TestListingIsOpenWhenOneChannelIs(t *testing.T) {
	l := &directory.Listing{
		Hours:    weekly(newYork, 9*60, 17*60, everyDay...),
		Channels: []directory.Channel{{Medium: directory.Voice, Number: "988"}, {Medium: directory.Text, Number: "988", Hours: directory.Hours{AlwaysOpen: true}}},
	}
	night := time.Date(2026, 7, 1, 6, 0, 0, 0, time.UTC)
	if got := l.OpenAt(night); got != directory.Open {
		t.Errorf("at night the text line answers, yet %v", got)
	}
	l.Channels = l.Channels[:1]
	if got := l.OpenAt(night); got != directory.Closed {
		t.Errorf("at night nobody answers, yet %v", got)
	}
}
