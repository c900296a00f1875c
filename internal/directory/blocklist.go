package directory

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"carefinder/internal/fault"
)

// Blocklist knows numbers that must not be offered: closed, replaced, or claimed by two owners. An old crisis number
// is worse than none, and old lists keep bringing them back.
type Blocklist struct {
	numbers []blocked
}

type blocked struct{ country, service, number, status, replacement string }

// ReadBlocklist reads the table country,service,number,status,replacement,source, header first. Rows without a number
// are warnings for people and are passed over, and so is a row that retires only one option of a number that stays.
func ReadBlocklist(r io.Reader) (*Blocklist, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("blocklist: %w", err)
	}
	b := &Blocklist{}
	for i, row := range rows[min(1, len(rows)):] {
		if len(row) != 6 {
			return nil, fmt.Errorf("blocklist: row %d: has %d columns, not 6", i+2, len(row))
		}
		if n := Digits(row[2]); n != "" && !strings.Contains(row[3], "stays") {
			b.numbers = append(b.numbers, blocked{country: row[0], service: row[1], number: n, status: row[3], replacement: row[4]})
		}
	}
	return b, nil
}

// Numbers lists how many numbers are blocked.
func (b *Blocklist) Numbers() int { return len(b.numbers) }

// check notes every channel of l that offers a blocked number in the number's own country: 141 is an old line in
// Brazil and a live service elsewhere.
func (b *Blocklist) check(bad *fault.Fields, l *Listing) {
	if b == nil {
		return
	}
	countries := l.countries()
	for i, ch := range l.Channels {
		offered := Digits(ch.Number)
		at := slices.IndexFunc(b.numbers, func(x blocked) bool {
			return (len(countries) == 0 || countries[x.country]) && sameLine(x.number, offered)
		})
		if at < 0 {
			continue
		}
		x := b.numbers[at]
		bad.Add(fmt.Sprintf("channels[%d].number", i), fmt.Sprintf("%s must not be offered (%s: %s); instead: %s", ch.Number, x.service, x.status, x.replacement))
	}
}

// sameLine reports whether two numbers of one country, in digits, are the same line. One too short for significant to
// tell may be offered with the prefixes of its country and city before it: 0900-0113 is +31 900 0113, 1393 is +82 1393.
func sameLine(blocked, offered string) bool {
	if significant(blocked) == significant(offered) {
		return true
	}
	short, long := strings.TrimLeft(blocked, "+0"), strings.TrimPrefix(offered, "+")
	prefix, ok := strings.CutSuffix(long, short)
	return ok && len(prefix) <= 3 && (len(short) >= 7 || long != offered)
}

// significant drops what differs between ways to write one number, the plus and the prefixes of a long one:
// +1 800 931 2237, 1-800-931-2237 and 800-931-2237 are the same line. Short codes stay whole.
func significant(digits string) string {
	digits = strings.TrimPrefix(digits, "+")
	return digits[max(0, len(digits)-9):]
}

// countries gives every country the listing is in or serves.
func (l *Listing) countries() map[string]bool {
	in := map[string]bool{}
	for _, c := range l.Reach().Countries {
		in[c] = true
	}
	for _, d := range l.Reach().Divisions {
		in[CountryOfDivision(d)] = true
	}
	for _, s := range l.Sites {
		if s.Address.Country != "" {
			in[s.Address.Country] = true
		}
	}
	return in
}
