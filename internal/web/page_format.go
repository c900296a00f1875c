package web

import (
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/currency"

	"carefinder/internal/directory"
)

const (
	metresPerMile      = 1609.344
	metresPerKilometre = 1000
)

// inMiles reports whether people of a country measure roads in miles.
func inMiles(country string) bool {
	return country == "US" || country == "GB" || country == "LR" || country == "MM"
}

// distance says how far away something is, in the unit of the country the person asked about.
func (p *phrases) distance(metres float64, country string) string {
	if math.IsNaN(metres) {
		return ""
	}
	key, unit := "distance.km", float64(metresPerKilometre)
	if inMiles(country) {
		key, unit = "distance.miles", metresPerMile
	}
	x := metres / unit
	switch {
	case x < 0.05:
		return p.t("distance.here")
	case x < 9.95:
		return p.t(key, "N", p.numbers.Sprintf("%.1f", x))
	}
	return p.t(key, "N", p.numbers.Sprintf("%.0f", x))
}

// date says a day in UTC, as facts are dated; "" for the zero time.
func (p *phrases) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.day(directory.DateOf(t.UTC()))
}

func (p *phrases) day(d directory.Date) string {
	return p.t("date", "Day", d.Day, "Month", p.t("month."+strconv.Itoa(int(d.Month))), "Year", d.Year)
}

// clock says a time of day as its speakers read it.
func (p *phrases) clock(hour, minute int) string {
	at := time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC)
	return at.Format(p.t("clock.layout"))
}

// span says "9:00 am to 5:00 pm". A span past midnight needs no more words: "6:00 pm to 2:00 am".
func (p *phrases) span(s directory.Span) string {
	if s.From == 0 && s.To == 24*60 {
		return p.t("hours.all-day")
	}
	return p.t("hours.span", "From", p.minute(s.From), "To", p.minute(s.To))
}

func (p *phrases) minute(m int) string {
	if m == 24*60 {
		return p.t("hours.midnight")
	}
	return p.clock(m/60%24, m%60)
}

func (p *phrases) weekday(d time.Weekday) string { return p.t("day." + strconv.Itoa(int(d))) }

// moment says when something changes, seen from now: "9:00 am" today, "Monday 9:00 am" within a week, else the date too.
func (p *phrases) moment(at, now time.Time) string {
	clock := p.clock(at.Hour(), at.Minute())
	switch now = now.In(at.Location()); {
	case directory.DateOf(at) == directory.DateOf(now):
		return clock
	case at.Sub(now) < 6*24*time.Hour:
		return p.t("moment.weekday", "Day", p.weekday(at.Weekday()), "Clock", clock)
	}
	return p.t("moment.date", "Date", p.day(directory.DateOf(at)), "Clock", clock)
}

// zone names a time zone by its city: "New York time".
func (p *phrases) zone(name string) string {
	if name == "" || name == "UTC" {
		return "UTC"
	}
	city := name[strings.LastIndexByte(name, '/')+1:]
	return p.t("hours.zone", "City", strings.ReplaceAll(city, "_", " "))
}

// money says an amount in the minor unit of a currency.
func (p *phrases) money(minor int64, code string) string {
	digits := 2
	if unit, err := currency.ParseISO(code); err == nil {
		digits, _ = currency.Standard.Rounding(unit) // a yen has no cents, a dinar has a thousand
	}
	amount := float64(minor) / math.Pow10(digits)
	if amount == math.Trunc(amount) {
		digits = 0
	}
	return p.numbers.Sprintf("%.*f", digits, amount) + " " + code
}
