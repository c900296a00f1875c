package seed_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carefinder/internal/directory"
	"carefinder/seed"
)

func span(day time.Weekday, from, to int) directory.Range {
	return directory.Range{Day: day, Span: directory.Span{From: from * 60, To: to * 60}}
}

func TestParseHours(t *testing.T) {
	const zone = "Europe/Lisbon"
	for _, c := range []struct {
		in   string
		want directory.Hours
	}{
		{"", directory.Hours{}},
		{"24/7", directory.Hours{AlwaysOpen: true, Zone: zone}},
		{"Mo 09:00-17:00", directory.Hours{Zone: zone, Weekly: []directory.Range{span(1, 9, 17)}}},
		{"Sa-Mo 11:00-05:00", directory.Hours{Zone: zone, Weekly: []directory.Range{span(6, 11, 29), span(0, 11, 29), span(1, 11, 29)}}},
		{"Tu,Th 08:00-12:00,13:00-24:00", directory.Hours{Zone: zone, Weekly: []directory.Range{span(2, 8, 12), span(2, 13, 24), span(4, 8, 12), span(4, 13, 24)}}},
		{"Mo-Tu 09:00-17:00; Tu 10:00-12:00", directory.Hours{Zone: zone, Weekly: []directory.Range{span(1, 9, 17), span(2, 10, 12)}}},
		{"00:00-24:00", directory.Hours{Zone: zone, Weekly: []directory.Range{
			span(1, 0, 24), span(2, 0, 24), span(3, 0, 24), span(4, 0, 24), span(5, 0, 24), span(6, 0, 24), span(0, 0, 24),
		}}},
	} {
		got, err := seed.ParseHours(c.in, zone)
		if err != nil {
			t.Errorf("ParseHours(%q): %v", c.in, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("ParseHours(%q) (-want +got):\n%s", c.in, diff)
		}
	}
}

func TestParseHoursRefuses(t *testing.T) {
	for _, in := range []string{"Mo", "Mo-Fr", "09:00", "Mo 9-17", "Mo 09:00-25:00", "Mo 24:00-24:00", "Mo 09:60-10:00", "Xx 09:00-10:00", "Mo 09:00-10:00;", "PH off", "Mo,Mo 09:00-10:00", "Mo 09:00-10:00-11:00"} {
		if h, err := seed.ParseHours(in, "UTC"); err == nil {
			t.Errorf("ParseHours(%q) = %+v, want an error", in, h)
		}
	}
}

func FuzzParseHours(f *testing.F) {
	for _, in := range []string{"", "24/7", "Mo-Fr 14:00-22:00; Sa 09:00-16:00", "Su-Th 09:00-16:30", "11:00-05:00", "Mo,"} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		h, err := seed.ParseHours(in, "UTC")
		if err != nil {
			return
		}
		for _, r := range h.Weekly {
			if r.Day < 0 || r.Day > 6 || r.From < 0 || r.From >= 1440 || r.To <= r.From || r.To > r.From+1440 {
				t.Errorf("ParseHours(%q) gives %+v", in, r)
			}
		}
		if len(h.Weekly) > 0 && h.AlwaysOpen {
			t.Errorf("ParseHours(%q) is always open and has ranges", in)
		}
	})
}
