package web

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"carefinder/internal/directory"
)

// Hours are written as text at the desk, a line for what holds on some days: "mo-fr 09:00-17:00", or "sa 18:00-26:00"
// past midnight; and a line for each day that is different: "2026-12-25 closed Christmas".

var errHours = errors.New("must be lines such as mo-fr 09:00-17:00")

// dayCodes are the days of the week as each language of the desk abbreviates them; the first are written.
var dayCodes = [][7]string{
	{"su", "mo", "tu", "we", "th", "fr", "sa"},
	{"do", "lu", "ma", "mi", "ju", "vi", "sá"},
}

// weeklyText writes weekly ranges. Days that follow each other with the same span share a line.
func weeklyText(all []directory.Range) string {
	var lines []string
	for from, to := 0, 0; from < len(all); from = to {
		for to = from + 1; to < len(all) && all[to].Span == all[from].Span && all[to].Day == all[to-1].Day+1; {
			to++
		}
		days := dayCodes[0][all[from].Day]
		if last := all[to-1].Day; to > from+1 {
			days += "-" + dayCodes[0][last]
		}
		lines = append(lines, days+" "+spanText(all[from].Span))
	}
	return strings.Join(lines, "\n")
}

func spanText(s directory.Span) string { return clockText(s.From) + "-" + clockText(s.To) }

func clockText(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// readWeekly reads what weeklyText wrote, and what people write like it: days with commas between, and several spans.
func readWeekly(text string) ([]directory.Range, error) {
	var all []directory.Range
	for line := range textLines(text) {
		days, spans, ok := strings.Cut(line, " ")
		if !ok {
			return nil, errHours
		}
		for _, span := range strings.Split(spans, ",") {
			s, err := readSpan(strings.TrimSpace(span))
			if err != nil {
				return nil, err
			}
			for _, part := range strings.Split(strings.ToLower(days), ",") {
				from, to, isRun := strings.Cut(part, "-")
				first, ok1 := dayOf(from)
				last, ok2 := first, true
				if isRun {
					last, ok2 = dayOf(to)
				}
				if !ok1 || !ok2 {
					return nil, errHours
				}
				for d := first; ; d = (d + 1) % 7 {
					all = append(all, directory.Range{Day: d, Span: s})
					if d == last {
						break
					}
				}
			}
		}
	}
	return all, nil
}

func dayOf(code string) (time.Weekday, bool) {
	for _, codes := range dayCodes {
		for i, c := range codes {
			if c == code {
				return time.Weekday(i), true
			}
		}
	}
	return 0, false
}

// textLines gives the lines of a text, or what stands between semicolons, without those that say nothing.
func textLines(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == ';' }) {
			if line = strings.TrimSpace(line); line != "" && !yield(line) {
				return
			}
		}
	}
}

func readSpan(text string) (directory.Span, error) {
	from, to, _ := strings.Cut(text, "-")
	f, err1 := readClock(from)
	t, err2 := readClock(to)
	return directory.Span{From: f, To: t}, errors.Join(err1, err2)
}

// lastClock is the latest a span may end: it begins within a day and lasts at most one.
const lastClock = 48*60 - 1

func readClock(text string) (int, error) {
	var hour, minute int
	if n, err := fmt.Sscanf(text+"\n", "%d:%d\n", &hour, &minute); err != nil || n != 2 || len(text) > 5 ||
		hour < 0 || minute < 0 || minute > 59 || hour*60+minute > lastClock {
		return 0, errHours
	}
	return hour*60 + minute, nil
}

// closedWords say that a day is closed; the first is written.
var closedWords = []string{"closed", "cerrado", "-"}

func exceptionsText(all []directory.Exception) string {
	var lines []string
	for _, x := range all {
		spans := closedWords[0]
		if len(x.Spans) > 0 {
			var written []string
			for _, s := range x.Spans {
				written = append(written, spanText(s))
			}
			spans = strings.Join(written, ",")
		}
		// A note is one line here: a break in it, or a semicolon, would begin another day.
		note := strings.Join(strings.FieldsFunc(x.Note, func(r rune) bool { return r == '\n' || r == ';' }), " ")
		lines = append(lines, strings.TrimSpace(x.Date.String()+" "+spans+" "+note))
	}
	return strings.Join(lines, "\n")
}

func readExceptions(text string) ([]directory.Exception, error) {
	var all []directory.Exception
	for line := range textLines(text) {
		day, rest, _ := strings.Cut(line, " ")
		spans, note, _ := strings.Cut(strings.TrimSpace(rest), " ")
		date, err := directory.ParseDate(day)
		if err != nil || spans == "" {
			return nil, errHours
		}
		x := directory.Exception{Date: date, Note: strings.TrimSpace(note)}
		if !isClosed(spans) {
			for _, span := range strings.Split(spans, ",") {
				s, err := readSpan(span)
				if err != nil {
					return nil, err
				}
				x.Spans = append(x.Spans, s)
			}
		}
		all = append(all, x)
	}
	return all, nil
}

func isClosed(word string) bool {
	for _, c := range closedWords {
		if strings.EqualFold(c, word) {
			return true
		}
	}
	return false
}
