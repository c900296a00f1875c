package directory_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
)

func TestMergeTakesWhatOneSideChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := listings(t)
		x := edit(t, base)
		for name, sides := range map[string][2]*directory.Listing{"mine": {x, base}, "theirs": {base, x}, "both alike": {x, x.Clone()}} {
			got, conflicts := directory.Merge(base, sides[0], sides[1], nil)
			if diff := cmp.Diff(x, got); diff != "" || len(conflicts) != 0 {
				t.Fatalf("%s: %d conflicts (-want +got):\n%s", name, len(conflicts), diff)
			}
		}
	})
}

func TestMergeIsTheSameFromBothSides(t *testing.T) {
	other := map[directory.Side]directory.Side{directory.Mine: directory.Theirs, directory.Theirs: directory.Mine}
	rapid.Check(t, func(t *rapid.T) {
		base := listings(t)
		x, y := edit(t, base), edit(t, base)
		side := rapid.SampledFrom([]directory.Side{directory.Mine, directory.Theirs}).Draw(t, "side")
		one, clashes := directory.Merge(base, x, y, func(string) directory.Side { return side })
		two, again := directory.Merge(base, y, x, func(string) directory.Side { return other[side] })
		if len(clashes) != len(again) {
			t.Fatalf("%d conflicts from one side, %d from the other", len(clashes), len(again))
		}
		if diff := cmp.Diff(unordered(one), unordered(two)); diff != "" {
			t.Fatalf("(-one +two):\n%s", diff)
		}
	})
}

// unordered gives the parts of a listing, those of lists without their places.
func unordered(l *directory.Listing) map[string]int {
	parts := map[string]int{}
	v := reflect.ValueOf(l).Elem()
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, v.Field(i)
		if f.Kind() != reflect.Slice || f.Type().Elem().Kind() != reflect.Struct {
			parts[name+printed(f)]++
			continue
		}
		for j := range f.Len() {
			parts[name+printed(f.Index(j))]++
		}
	}
	return parts
}

func printed(v reflect.Value) string { return cmp.Diff(nil, v.Interface()) }

// TestMergeLosesNothing: whatever a side changed is in the merged listing or in a conflict.
func TestMergeLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := listings(t)
		x, y := edit(t, base), edit(t, base)
		merged, conflicts := directory.Merge(base, x, y, nil)
		in := unordered(merged)
		for _, side := range []*directory.Listing{x, y} {
			for _, f := range []func(l *directory.Listing) any{
				func(l *directory.Listing) any { return l.Name },
				func(l *directory.Listing) any { return l.Description },
				func(l *directory.Listing) any { return l.Fees.Note },
			} {
				typed := f(side)
				if typed != f(base) && typed != f(merged) && !clashes(conflicts, typed) {
					t.Fatalf("%q is lost", typed)
				}
			}
			for _, c := range side.Claims {
				if !slices.Contains(base.Claims, c) && in["Claims"+printed(reflect.ValueOf(c))] == 0 && !clashes(conflicts, c) {
					t.Fatalf("%+v is lost", c)
				}
			}
		}
	})
}

func clashes(all []directory.Conflict, value any) bool {
	return slices.ContainsFunc(all, func(c directory.Conflict) bool {
		return slices.ContainsFunc(c.Fields, func(f directory.Clash) bool {
			return reflect.DeepEqual(f.Mine, value) || reflect.DeepEqual(f.Theirs, value)
		})
	})
}

func TestMergeConflicts(t *testing.T) {
	type edit = func(l *directory.Listing)
	for name, c := range map[string]struct {
		mine, theirs     edit
		want             []string // conflicts
		got              func(l *directory.Listing) any
		mineIs, theirsIs any // with mine and with theirs taken
	}{
		"two fields": {
			func(l *directory.Listing) { l.Name = "M" }, func(l *directory.Listing) { l.Audience = "T" },
			nil, func(l *directory.Listing) any { return l.Name + l.Audience }, "MT", "MT",
		},
		"one field": {
			func(l *directory.Listing) { l.Name = "M" }, func(l *directory.Listing) { l.Name = "T" },
			[]string{"name"},
			func(l *directory.Listing) any { return l.Name }, "M", "T",
		},
		"one answer and its date": {
			func(l *directory.Listing) { l.Accepting.Status = directory.AcceptingNo },
			func(l *directory.Listing) { l.Accepting.AsOf = l.Accepting.AsOf.AddDate(0, 1, 0) },
			[]string{"accepting"},
			func(l *directory.Listing) any { return l.Accepting.Status },
			directory.AcceptingNo, directory.AcceptingYes,
		},
		"two channels": {
			func(l *directory.Listing) { l.Channels[0].Number = "+16175550198" },
			func(l *directory.Listing) { l.Channels[1].Address = "https://example.org/new" },
			nil, func(l *directory.Listing) any { return l.Channels[0].Number + l.Channels[1].Address },
			"+16175550198https://example.org/new", "+16175550198https://example.org/new",
		},
		"one taken out, one put before": {
			func(l *directory.Listing) { l.Claims = l.Claims[1:] },
			func(l *directory.Listing) {
				l.Claims = slices.Insert(l.Claims, 0, directory.Claim{Facet: directory.Topic, Code: "suicide"})
			},
			nil, func(l *directory.Listing) any { return l.Claims[0].Code + l.Claims[1].Code }, "suicidetms", "suicidetms",
		},
		"changed and taken out": {
			func(l *directory.Listing) { l.Claims[2].Value = directory.No },
			func(l *directory.Listing) { l.Claims = slices.Delete(l.Claims, 2, 3) },
			[]string{"claims[2]"},
			func(l *directory.Listing) any { return len(l.Claims) }, 10, 9,
		},
		"taken out and changed": {
			func(l *directory.Listing) { l.Claims = slices.Delete(l.Claims, 2, 3) },
			func(l *directory.Listing) { l.Claims[2].Value = directory.No },
			[]string{"claims[2]"},
			func(l *directory.Listing) any { return len(l.Claims) }, 9, 10,
		},
		"one claim put in twice": {
			func(l *directory.Listing) {
				l.Claims = append(l.Claims, directory.Claim{Facet: directory.Topic, Code: "suicide", Value: directory.Yes})
			},
			func(l *directory.Listing) {
				l.Claims = append(l.Claims, directory.Claim{Facet: directory.Topic, Code: "suicide", Value: directory.No})
			},
			[]string{"claims[10]"},
			func(l *directory.Listing) any { return l.Claimed(directory.Topic, "suicide") }, directory.Yes, directory.No,
		},
	} {
		t.Run(name, func(t *testing.T) {
			base := directorytest.Sample(1)
			mine, theirs := base.Clone(), base.Clone()
			c.mine(mine)
			c.theirs(theirs)
			theirs.Revision = 7
			for side, want := range map[directory.Side]any{directory.Mine: c.mineIs, directory.Theirs: c.theirsIs} {
				merged, conflicts := directory.Merge(base, mine, theirs, func(string) directory.Side { return side })
				var paths []string
				for _, x := range conflicts {
					paths = append(paths, x.Path)
					if x.Taken != side || len(x.Fields) == 0 {
						t.Errorf("conflict %+v, want side %d taken", x, side)
					}
				}
				if got := c.got(merged); got != want || !slices.Equal(paths, c.want) || merged.Revision != 7 {
					t.Errorf("side %d: %v with conflicts %q at revision %d; want %v with %q", side, got, paths, merged.Revision, want, c.want)
				}
			}
		})
	}
}

// Two numbers are gone and one is new: which of them it was nobody knows, so nothing of one is put on another.
func TestMergeGuessesNoNumber(t *testing.T) {
	voice := func(number string) directory.Channel {
		return directory.Channel{Medium: directory.Voice, Number: number}
	}
	base := &directory.Listing{Channels: []directory.Channel{voice("1"), voice("2")}}
	mine, theirs := base.Clone(), base.Clone()
	mine.Channels = []directory.Channel{voice("3")}
	theirs.Channels[0].Hours.AlwaysOpen = true
	merged, conflicts := directory.Merge(base, mine, theirs, nil)
	if len(merged.Channels) != 1 || merged.Channels[0].Hours.AlwaysOpen || len(conflicts) != 1 {
		t.Errorf("merged to %+v, conflicts %+v", merged.Channels, conflicts)
	}
	theirs = base.Clone()
	theirs.Channels = theirs.Channels[1:]
	merged, _ = directory.Merge(base, mine, theirs, func(string) directory.Side { return directory.Theirs })
	if len(merged.Channels) == 0 {
		t.Error("no number is left, though each side has one")
	}
	one := &directory.Listing{Channels: []directory.Channel{voice("1")}}
	changed := &directory.Listing{Channels: []directory.Channel{voice("4")}}
	if d := directory.Compare(one, changed); len(d) != 1 || d[0].Path != "channels[0].number" {
		t.Errorf("a corrected number is told as %+v", d)
	}
}
