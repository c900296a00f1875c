package directory_test

import (
	"testing"

	"carefinder/internal/directory"
)

func TestForAnyoneInCrisis(t *testing.T) {
	yes := func(f directory.Facet, code string) directory.Claim {
		return directory.Claim{Facet: f, Code: code, Value: directory.Yes}
	}
	suicide := yes(directory.Topic, "suicide")
	for name, c := range map[string]struct {
		claims []directory.Claim
		want   bool
	}{
		"nothing said":          {nil, false},
		"suicide":               {[]directory.Claim{suicide}, true},
		"crisis":                {[]directory.Claim{yes(directory.Topic, "crisis")}, true},
		"addiction":             {[]directory.Claim{yes(directory.Topic, "addiction")}, false},
		"about youth":           {[]directory.Claim{suicide, yes(directory.Topic, "youth")}, false},
		"for teens":             {[]directory.Claim{suicide, yes(directory.Age, "teen")}, false},
		"for teens and adults":  {[]directory.Claim{suicide, yes(directory.Age, "teen"), yes(directory.Age, "adult")}, true},
		"for veterans":          {[]directory.Claim{suicide, yes(directory.Population, "veterans")}, false},
		"not made for veterans": {[]directory.Claim{suicide, {Facet: directory.Population, Code: "veterans", Value: directory.No}}, true},
	} {
		if got := (&directory.Listing{Claims: c.claims}).ForAnyoneInCrisis(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
