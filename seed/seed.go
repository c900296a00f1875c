// Package seed is the real data Carefinder starts with: helplines of 73 countries, TMS and ECT centers, programs that
// state which therapy they give, emergency numbers, numbers that must not be offered, the vocabulary and the places.
//
// The rule to know: nothing here is invented. A claim is made only where the row's source states it, every claim and
// listing names that source, nobody has verified anything yet (Verification is empty), and what two sources have not
// confirmed is a draft. README.md says what each file holds and where it departs from what was collected.
//
// Start reading with Listings; helplines.go and programs.go turn rows into listings.
package seed

import (
	"bytes"
	"context"
	_ "embed" // for the tables
	"fmt"
	"sync"
	"time"

	"carefinder/internal/directory"
)

// SpanishNotice is to be shown where the vocabulary's Spanish labels are.
const SpanishNotice = "Los textos en español están pendientes de revisión por una persona hablante nativa. " +
	"(The Spanish labels await review by a native speaker.)"

// By is who entered the seed's claims and saves its listings.
const By = "seed"

// The tables, one row a line, header first. README.md describes them.
var (
	//go:embed vocabulary.csv
	vocabularyCSV []byte
	//go:embed blocklist.csv
	blocklistCSV []byte
	//go:embed emergency.csv
	emergencyCSV []byte
	//go:embed helplines.csv
	helplinesCSV []byte
	//go:embed centers.csv
	centersCSV []byte
	//go:embed programs.csv
	programsCSV []byte
)

// collected is the day the facts were gathered. No page was read again since.
func collected() time.Time { return time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC) }

var (
	loadVocabulary = sync.OnceValues(func() (*directory.Vocabulary, error) {
		return directory.ReadVocabulary(bytes.NewReader(vocabularyCSV))
	})
	loadBlocklist = sync.OnceValues(func() (*directory.Blocklist, error) {
		return directory.ReadBlocklist(bytes.NewReader(blocklistCSV))
	})
	loadEmergency = sync.OnceValues(func() (*directory.EmergencyNumbers, error) {
		return directory.ReadEmergency(bytes.NewReader(emergencyCSV))
	})
)

// Vocabulary gives the terms claims are made with, read on the first call and shared by all.
func Vocabulary() (*directory.Vocabulary, error) { return loadVocabulary() }

// Blocklist gives the numbers that must not be offered, read on the first call and shared by all.
func Blocklist() (*directory.Blocklist, error) { return loadBlocklist() }

// Emergency gives the emergency numbers by country, read on the first call and shared by all.
func Emergency() (*directory.EmergencyNumbers, error) { return loadEmergency() }

// Listings gives every listing of the seed, helplines first, as the first revision made at now. The caller owns them.
// A row that offers a number of the blocklist is left out: it was collected before the number was known to be wrong.
func Listings(now time.Time) ([]*directory.Listing, error) {
	check, err := newCheck()
	if err != nil {
		return nil, err
	}
	lines, err := helplines()
	if err != nil {
		return nil, err
	}
	places, err := programs(check.vocabulary)
	if err != nil {
		return nil, err
	}
	all := make([]*directory.Listing, 0, len(lines)+len(places))
	for _, l := range append(lines, places...) {
		if check.blocked(l) {
			continue
		}
		l.UpdatedAt = now.UTC()
		all = append(all, l)
	}
	return all, nil
}

// check is the desk's check, without a store behind it.
type check struct {
	vocabulary *directory.Vocabulary
	desk       *directory.Desk // with the blocklist
	lenient    *directory.Desk // without it
}

func newCheck() (*check, error) {
	v, err := Vocabulary()
	if err != nil {
		return nil, err
	}
	b, err := Blocklist()
	if err != nil {
		return nil, err
	}
	return &check{vocabulary: v, desk: directory.NewDesk(nil, v, b), lenient: directory.NewDesk(nil, v, nil)}, nil
}

// blocked reports whether the blocklist is all that stands against l.
func (c *check) blocked(l *directory.Listing) bool {
	return c.desk.Check(l) != nil && c.lenient.Check(l) == nil
}

// Sink takes listings in, such as the store.
type Sink interface {
	// SaveMany writes each listing as the revision after its Revision.
	SaveMany(ctx context.Context, all []*directory.Listing, by directory.Editor) error
}

// Load checks every listing of the seed and saves them into an empty store. It gives how many there are. A row that
// breaks a rule of the domain fails it all, before anything is saved.
func Load(ctx context.Context, to Sink, now time.Time) (int, error) {
	all, err := Listings(now)
	if err != nil {
		return 0, err
	}
	check, err := newCheck()
	if err != nil {
		return 0, err
	}
	for _, l := range all {
		if err := check.desk.Check(l); err != nil {
			return 0, fmt.Errorf("seed: %s: %w", l.Sources[0].Key, err)
		}
	}
	if err := to.SaveMany(ctx, all, directory.Editor{Name: By, Note: "collected " + collected().Format(time.DateOnly)}); err != nil {
		return 0, fmt.Errorf("seed: %w", err)
	}
	return len(all), nil
}
