package search

import (
	"encoding/binary"
	"math"
	"slices"
	"time"

	"carefinder/internal/directory"
)

// This file is the blend that relevance is: every weight there is, and why. Nobody can pay for any of it, a name decides
// nothing by its letters, and what is worth the same takes turns.
//
// A word found is worth what it says of a listing (InName, InClaim, InText), the rarer the more; that part is the
// engine's own affair. To it every engine adds a Worth of less than 1, which is therefore small beside a word found and
// large enough to order a question without words. It is counted in thousandths, so that an engine that keeps fewer bits
// orders and ties as one that keeps all, and its parts are few steps each: Standing can be indexed as a number,
// Freshness and Openness follow from what is indexed and the moment asked about, Nearness from the distance.

// What a word found is worth. How often it stands in a listing does not count: saying CBT ten times does not make a
// listing more about CBT, and would reward whoever does.
const (
	InName    = 3.0 // the listing's name: who types it looks for that listing
	InClaim   = 2.0 // a claim of yes that the word stands for: checked, and the same in every language
	InText    = 1.0
	TypoWorth = 0.6 // of any of these, when the word was taken for a typo of it
)

// What a listing is worth by itself, in thousandths. Together with the steps below they come to less than a thousand.
const (
	worthPriority  = 400 // a country's first helpline, before all that the next ones may have; the next ones less
	worthAccepting = 100 // takes new patients: a list of closed doors helps nobody
	worthWaitlist  = 35
	worthComplete  = 30 // each of: a description, a number, hours. What can be read saves a call
)

// Standing is the part of Worth that a listing has whatever is asked, and when and where, in thousandths.
func Standing(l *directory.Listing) int {
	worth := 0
	if l.Priority > 0 {
		worth += worthPriority / l.Priority
	}
	switch l.Accepting.Status {
	case directory.AcceptingYes:
		worth += worthAccepting
	case directory.AcceptingWaitlist:
		worth += worthWaitlist
	}
	voice := func(c directory.Channel) bool { return c.Medium == directory.Voice }
	for _, told := range [...]bool{l.Description != "", l.Hours.Known(), slices.ContainsFunc(l.Channels, voice)} {
		if told {
			worth += worthComplete
		}
	}
	return worth
}

// Step is worth Worth up to a limit, given in the unit of its table.
type Step struct {
	UpTo  float64
	Worth int
}

// FreshnessSteps is what it is worth that a person verified a listing, by its age in seconds. Facts of this kind go
// stale in weeks: a verification counts in full for a third of the time it holds, and for next to nothing after a year.
var FreshnessSteps = [...]Step{
	{seconds(directory.VerifyEvery / 3), 150},
	{seconds(directory.VerifyEvery), 120},
	{seconds(2 * directory.VerifyEvery), 60},
	{seconds(4 * directory.VerifyEvery), 25},
	{math.Inf(1), 10},
}

func seconds(d time.Duration) float64 { return d.Seconds() }

// NearnessSteps is what it is worth to lie near the origin, by metres: across the street, a walk, a bus, a drive. An
// order by distance looks at metres alone; here they are one of the things that matter.
var NearnessSteps = [...]Step{{2_000, 100}, {5_000, 80}, {10_000, 60}, {25_000, 40}, {50_000, 20}, {100_000, 10}}

// What it is worth that a helpline answers now. Hours nobody knows are no closed door.
const (
	worthOpen        = 150
	worthOpenUnknown = 60
)

// Freshness is the part of Worth for having been verified, 0 when nobody ever did.
func Freshness(verified, at time.Time) int {
	if verified.IsZero() {
		return 0
	}
	return step(FreshnessSteps[:], float64(at.Unix()-verified.Unix()))
}

// Nearness is the part of Worth for lying near, 0 when the distance is not known.
func Nearness(metres float64) int { return step(NearnessSteps[:], metres) }

func step(steps []Step, x float64) int {
	for _, s := range steps {
		if x <= s.UpTo {
			return s.Worth
		}
	}
	return 0
}

// Openness is the part of Worth for answering now: of a helpline, which is called at once. Anyone else is written to.
func Openness(k directory.Kind, o directory.Openness) int {
	switch {
	case k != directory.Helpline:
	case o == directory.Open:
		return worthOpen
	case o == directory.HoursUnknown:
		return worthOpenUnknown
	}
	return 0
}

// Worth is the part of relevance that does not depend on the words, at least 0 and less than 1, for a listing so many
// metres from the origin, NaN when that is not known.
func Worth(l *directory.Listing, at time.Time, metres float64) float64 {
	worth := Standing(l) + Freshness(l.Verification.At, at) + Nearness(metres)
	if l.Kind == directory.Helpline {
		worth += Openness(l.Kind, l.OpenAt(at))
	}
	return Thousandths(worth)
}

// Thousandths makes a worth a score.
func Thousandths(worth int) float64 { return float64(worth) / 1000 }

// Turns is how many orders what ties takes turns in, a day each. A number, so that an engine that can't compute may keep
// every one of them.
const Turns = 7

// TurnAt gives the turn of the day, the same all over the Earth.
func TurnAt(t time.Time) int {
	const week = 24 * 60 * 60 * Turns
	return int((t.Unix()%week + week) % week * Turns / week)
}

// TieOf gives the place of a listing among those that tie with it: less stands first. The turns go in pairs, the second
// of each the first one backwards, so that of any two listings neither stands before the other on more than four of
// seven days, whoever they are.
func TieOf(turn int, id directory.ID) uint64 {
	x := mix(binary.BigEndian.Uint64(id[:8]) ^ mix(binary.BigEndian.Uint64(id[8:])^uint64(turn/2+1)*0x9e3779b97f4a7c15))
	if turn%2 == 1 {
		return ^x
	}
	return x
}

// mix makes numbers that are alike unlike: the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
