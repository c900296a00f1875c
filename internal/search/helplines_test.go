package search_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/search"
)

// hours are open from..to o'clock every day, London time.
func hours(from, to int) directory.Hours {
	h := directory.Hours{Zone: "Europe/London"}
	for d := time.Sunday; d <= time.Saturday; d++ {
		h.Weekly = append(h.Weekly, directory.Range{Day: d, Span: directory.Span{From: from * 60, To: to * 60}})
	}
	return h
}

func open(h directory.Hours) func(*directory.Listing) {
	return func(l *directory.Listing) { l.Hours = h }
}

func by(m directory.Medium, h directory.Hours) func(*directory.Listing) {
	return func(l *directory.Listing) {
		l.Channels = append(l.Channels, directory.Channel{Medium: m, Number: "116123", Hours: h})
	}
}

func british() []*directory.Listing {
	help := func(name string, priority int, set ...func(*directory.Listing)) *directory.Listing {
		l := listing(name, directory.Helpline, set...)
		l.Priority = priority
		return l
	}
	always := directory.Hours{AlwaysOpen: true}
	return []*directory.Listing{
		help("Samaritans", 1, covers("GB"), open(hours(8, 22)), by(directory.Voice, directory.Hours{}), says("topic", "suicide"), says("language", "en")),
		help("Shout", 2, covers("GB"), open(always), by(directory.Text, directory.Hours{}), says("topic", "suicide"), says("language", "en")),
		help("Zed", 0, covers("GB"), open(always), by(directory.Voice, directory.Hours{}), says("age", "teen"), says("language", "es")),
		help("alpha", 0, covers("GB"), open(always), by(directory.Voice, hours(9, 17)), by(directory.Text, hours(8, 23)), says("population", "veterans")),
		help("Nobody knows", 0, covers("GB"), by(directory.Voice, directory.Hours{})),
		help("Shut", 0, covers("GB"), open(hours(9, 10)), by(directory.Voice, directory.Hours{})),
		help("Lifeline", 0, covers("GB-NIR"), open(always), by(directory.Voice, directory.Hours{})),
		help("Breathing Space", 0, covers("GB-SCT"), open(always), by(directory.Voice, directory.Hours{})),
		help("988", 1, covers("US"), open(always), by(directory.Voice, directory.Hours{})),
		help("Walk in", 0, at(51.5, -0.1), func(l *directory.Listing) { l.Sites[0].Address.Country = "GB" }, covers("GB"), open(always), by(directory.Voice, directory.Hours{})),
		help("Made up", 0, covers("GB"), open(always), func(l *directory.Listing) { l.Demonstration = true }),
		listing("Not a line", directory.OnlineService, covers("GB"), open(always)),
	}
}

func TestHelplines(t *testing.T) {
	s, _, _ := searcher(t, british()...)
	night := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		q    search.HelplineQuery
		want []string
	}{
		{"by day", search.HelplineQuery{Country: "GB"}, []string{"Samaritans", "Shout", "alpha", "Walk in", "Zed", "Nobody knows", "Shut", "Breathing Space", "Lifeline"}},
		{"at night the priority line stays first", search.HelplineQuery{Country: "GB", At: night}, []string{"Samaritans", "Shout", "alpha", "Walk in", "Zed", "Nobody knows", "Shut", "Breathing Space", "Lifeline"}},
		{"only what is open", search.HelplineQuery{Country: "gb", At: night, OpenNow: true}, []string{"Shout", "alpha", "Walk in", "Zed", "Breathing Space", "Lifeline"}},
		{"a region", search.HelplineQuery{Region: "GB-NIR"}, []string{"Samaritans", "Shout", "alpha", "Lifeline", "Walk in", "Zed", "Nobody knows", "Shut"}},
		{"a place", search.HelplineQuery{Place: "Belfast"}, []string{"Samaritans", "Shout", "alpha", "Lifeline", "Walk in", "Zed", "Nobody knows", "Shut"}},
		{"a place in the country", search.HelplineQuery{Country: "US", Place: "Boston"}, []string{"988"}},
		{"topic", search.HelplineQuery{Country: "GB", Topic: []string{"suicide", "veterans"}}, []string{"Samaritans", "Shout"}},
		{"age or population", search.HelplineQuery{Country: "GB", Audience: []string{"teen", "veterans"}}, []string{"alpha", "Zed"}},
		{"language", search.HelplineQuery{Country: "GB", Language: []string{"es"}}, []string{"Zed"}},
		{"text", search.HelplineQuery{Country: "GB", Medium: []directory.Medium{directory.Text}}, []string{"Shout", "alpha"}},
		{"a text that is read at night", search.HelplineQuery{Country: "GB", Medium: []directory.Medium{directory.Text}, At: night, OpenNow: true}, []string{"Shout"}},
		{"a country without lines", search.HelplineQuery{Country: "AQ"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := s.Helplines(context.Background(), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range r.Lines {
				got = append(got, l.Listing.Name)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestHelplinesWithAnOffice holds that where a line serves decides, not where its people sit.
func TestHelplinesWithAnOffice(t *testing.T) {
	office := func(l *directory.Listing) { l.Sites[0].Address.Country = "GB" }
	all := directory.Hours{AlwaysOpen: true}
	voice := by(directory.Voice, directory.Hours{})
	s, _, _ := searcher(t,
		listing("Scots", directory.Helpline, at(51.5, -0.1), office, covers("GB-SCT"), open(all), voice),
		listing("Americans", directory.Helpline, at(51.5, -0.1), office, covers("US"), open(all), voice),
		listing("Whoever comes", directory.Helpline, at(51.5, -0.1), office, open(all), voice),
	)
	for _, c := range []struct {
		q    search.HelplineQuery
		want []string
	}{
		{search.HelplineQuery{Country: "GB"}, []string{"Scots", "Whoever comes"}},
		{search.HelplineQuery{Region: "GB-SCT"}, []string{"Scots", "Whoever comes"}},
		{search.HelplineQuery{Region: "GB-NIR"}, []string{"Whoever comes"}},
		{search.HelplineQuery{Place: "Belfast"}, []string{"Whoever comes"}},
	} {
		got, err := s.Helplines(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, l := range got.Lines {
			names = append(names, l.Listing.Name)
		}
		slices.Sort(names)
		if !slices.Equal(names, c.want) {
			t.Errorf("%+v finds %q, want %q", c.q, names, c.want)
		}
	}
}

func TestHelplinesSayWhenTheyChange(t *testing.T) {
	s, _, _ := searcher(t, british()...)
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	clock := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, london) }
	tests := []struct {
		medium directory.Medium
		name   string
		open   directory.Openness
		change time.Time
	}{
		{"", "Samaritans", directory.Closed, clock(25, 8)},
		{"", "Shout", directory.Open, time.Time{}},
		{"", "Nobody knows", directory.HoursUnknown, time.Time{}},
		{directory.Voice, "alpha", directory.Closed, clock(25, 9)},
		{directory.Text, "alpha", directory.Closed, clock(25, 8)},
	}
	for _, tt := range tests {
		q := search.HelplineQuery{Country: "GB", At: clock(25, 3)}
		if tt.medium != "" {
			q.Medium = []directory.Medium{tt.medium}
		}
		r, err := s.Helplines(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(r.Lines, func(l search.Line) bool { return l.Listing.Name == tt.name })
		if l := r.Lines[i]; l.Open != tt.open || !l.Change.Equal(tt.change) {
			t.Errorf("%s %s: %v until %v, want %v until %v", tt.medium, tt.name, l.Open, l.Change, tt.open, tt.change)
		}
	}
}

// One channel may take over from another: the line as a whole then stays open.
func TestHelplinesChangeWhenTheLastChannelEnds(t *testing.T) {
	l := listing("Relay", directory.Helpline, covers("GB"), by(directory.Voice, hours(8, 14)), by(directory.Text, hours(13, 20)))
	s, _, _ := searcher(t, l)
	r, err := s.Helplines(context.Background(), search.HelplineQuery{Country: "GB"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Lines[0], noon.Add(8*time.Hour); got.Open != directory.Open || !got.Change.Equal(want) {
		t.Errorf("%v until %v, want open until %v", got.Open, got.Change, want)
	}
}

func TestHelplinesNamesEveryFault(t *testing.T) {
	s, _, _ := searcher(t, british()...)
	tests := []struct {
		name string
		q    search.HelplineQuery
		want []string
	}{
		{"nowhere", search.HelplineQuery{}, []string{"country"}},
		{"all at once", search.HelplineQuery{
			Country: "G1", Region: "NIR", Place: "\x00", Topic: []string{"suicid"}, Audience: []string{"teens"}, Language: []string{"xx"}, Medium: []directory.Medium{"fone"},
		}, []string{"topic", "audience", "language", "channel", "country", "region", "place"}},
		{"region elsewhere", search.HelplineQuery{Country: "US", Region: "GB-NIR"}, []string{"region"}},
		{"place elsewhere", search.HelplineQuery{Country: "US", Place: "Belfast"}, []string{"place"}},
		{"a place no country has", search.HelplineQuery{Place: "-60,-140"}, []string{"country"}},
	}
	for _, tt := range tests {
		_, err := s.Helplines(context.Background(), tt.q)
		if got := faulty(t, err); !slices.Equal(got, tt.want) {
			t.Errorf("%s: faults in %q, want %q", tt.name, got, tt.want)
		}
	}
	_, err := s.Helplines(context.Background(), search.HelplineQuery{Place: "Nowhereville"})
	if f := (*fault.Error)(nil); !errors.As(err, &f) || f.Kind != fault.Unresolvable {
		t.Errorf("an unknown place: %v, want Unresolvable", err)
	}
}
