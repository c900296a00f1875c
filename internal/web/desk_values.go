package web

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"golang.org/x/text/currency"

	"carefinder/internal/directory"
)

// Parts of a listing that a form writes in a way of its own.
type (
	amount struct {
		minor    *int64
		currency *string
	}
	coordinate struct{ at *float64 }
	term       struct {
		facet *directory.Facet
		code  *string
	}
	dated struct {
		at  *time.Time
		was string // the whole time, as it was sent along, so that a day left alone does not lose its hour
	}
)

// formText writes a part of a listing as the text of a field. at points to it.
func formText(at any) string {
	switch x := at.(type) {
	case *directory.Answer:
		return x.String()
	case *bool:
		return strconv.FormatBool(*x)
	case *[]string:
		return strings.Join(*x, ", ")
	case *[]directory.Range:
		return weeklyText(*x)
	case *[]directory.Exception:
		return exceptionsText(*x)
	case *[]orb.Polygon:
		return areasText(*x)
	case *directory.ID:
		if x.IsZero() {
			return ""
		}
		return x.String()
	case *int:
		if *x == 0 {
			return ""
		}
		return strconv.Itoa(*x)
	case amount:
		if *x.minor == 0 {
			return ""
		}
		return strconv.FormatFloat(float64(*x.minor)/x.unit(), 'f', -1, 64)
	case coordinate:
		if *x.at == 0 {
			return ""
		}
		return strconv.FormatFloat(*x.at, 'f', -1, 64)
	case term:
		if *x.facet == "" && *x.code == "" {
			return ""
		}
		return string(*x.facet) + ":" + *x.code
	case dated:
		if x.at.IsZero() {
			return ""
		}
		return x.at.Format(time.DateOnly)
	}
	return reflect.ValueOf(at).Elem().String() // of one of the kinds of text
}

// readText reads a field into the part of a listing that at points to. Its error says what would be right.
func readText(at any, text string) (err error) {
	text = strings.TrimSpace(text)
	switch x := at.(type) {
	case *directory.Answer:
		a, ok := directory.ParseAnswer(text)
		if !ok {
			return errors.New("must be yes, no or unknown")
		}
		*x = a
	case *bool:
		*x = text == "true"
	case *[]string:
		*x = strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",; \n\t", r) })
		if len(*x) == 0 {
			*x = nil
		}
	case *[]directory.Range:
		*x, err = readWeekly(text)
	case *[]directory.Exception:
		*x, err = readExceptions(text)
	case *[]orb.Polygon:
		*x, err = readAreas(text)
	case *directory.ID:
		if *x = (directory.ID{}); text != "" {
			*x, err = directory.ParseID(text)
		}
	case *int:
		*x, err = strconv.Atoi(orDefault(text, "0"))
	case amount:
		err = x.read(text)
	case coordinate:
		*x.at, err = strconv.ParseFloat(orDefault(text, "0"), 64)
	case term:
		facet, code, _ := strings.Cut(text, ":")
		*x.facet, *x.code = directory.Facet(strings.TrimSpace(facet)), strings.TrimSpace(code)
	case dated:
		err = x.read(text)
	default:
		reflect.ValueOf(at).Elem().SetString(text)
	}
	return err
}

// unit is how many of the minor unit are one of the major.
func (a amount) unit() float64 {
	digits := 2
	if unit, err := currency.ParseISO(*a.currency); err == nil {
		digits, _ = currency.Standard.Rounding(unit)
	}
	return math.Pow10(digits)
}

func (a amount) read(text string) error {
	f, err := strconv.ParseFloat(orDefault(text, "0"), 64)
	minor := math.Round(f * a.unit())
	if err != nil || !(math.Abs(minor) < 1e15) {
		return errors.New("must be an amount such as 120 or 95.50")
	}
	*a.minor = int64(minor)
	return nil
}

func (d dated) read(text string) error {
	if *d.at = (time.Time{}); text == "" {
		return nil
	}
	if was, err := time.Parse(time.RFC3339Nano, d.was); err == nil && was.UTC().Format(time.DateOnly) == text {
		*d.at = was.UTC()
		return nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return errors.New("must be a day such as 2026-05-31")
	}
	*d.at = t
	return nil
}

// areasText writes areas as GeoJSON coordinates, one polygon a line.
func areasText(all []orb.Polygon) string {
	var lines []string
	for _, p := range all {
		text, err := json.Marshal(p)
		if err != nil {
			continue // only numbers that are none can't be written, and no area has them
		}
		lines = append(lines, string(text))
	}
	return strings.Join(lines, "\n")
}

func readAreas(text string) (all []orb.Polygon, err error) {
	for line := range textLines(text) {
		var p orb.Polygon
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			return nil, errors.New("must be the coordinates of a GeoJSON polygon on each line")
		}
		all = append(all, p)
	}
	return all, nil
}
