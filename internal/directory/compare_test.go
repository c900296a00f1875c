package directory_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/directory/directorytest"
)

// edit draws an edit of l: parts of another listing in the place of its own, elements taken out, put in and moved.
func edit(t *rapid.T, l *directory.Listing) *directory.Listing {
	other := directorytest.Listings(directorytest.Vocabulary()).Draw(t, "other")
	mine, from := reflect.ValueOf(l.Clone()).Elem(), reflect.ValueOf(other).Elem()
	for i := range mine.NumField() {
		f := mine.Field(i)
		if slices.Contains([]string{"ID", "Revision", "UpdatedAt"}, mine.Type().Field(i).Name) || !rapid.Bool().Draw(t, "touched") {
			continue
		}
		if f.Kind() != reflect.Slice || f.Type().Elem().Kind() != reflect.Struct {
			f.Set(from.Field(i))
			continue
		}
		editList(t, f, from.Field(i))
	}
	return mine.Addr().Interface().(*directory.Listing).Clone()
}

func editList(t *rapid.T, list, from reflect.Value) {
	var all []reflect.Value
	for i := range list.Len() {
		all = append(all, list.Index(i))
	}
	for range rapid.IntRange(1, 3).Draw(t, "edits") {
		at := rapid.IntRange(0, len(all)).Draw(t, "at")
		how := rapid.SampledFrom([]string{"remove", "insert", "field", "move"}).Draw(t, "how")
		switch {
		case how == "insert" && from.Len() > 0:
			all = slices.Insert(all, at, from.Index(rapid.IntRange(0, from.Len()-1).Draw(t, "which")))
		case at == len(all):
		case how == "remove":
			all = slices.Delete(all, at, at+1)
		case how == "move":
			x := all[at]
			all = append(slices.Delete(all, at, at+1), x)
		case how == "field" && from.Len() > 0:
			x := reflect.New(list.Type().Elem()).Elem()
			x.Set(all[at])
			i := rapid.IntRange(0, x.NumField()-1).Draw(t, "field")
			x.Field(i).Set(from.Index(0).Field(i))
			all[at] = x
		}
	}
	list.Set(reflect.Append(reflect.Zero(list.Type()), all...))
}

// apply gives old with the differences made to it, by nothing but their paths and values.
func apply(old *directory.Listing, all []directory.Difference) *directory.Listing {
	l := old.Clone()
	gone, put, whole := map[string][]int{}, map[string][]directory.Difference{}, []directory.Difference{}
	for _, d := range all {
		list, i, field, ok := element(d.Path)
		switch {
		case !ok && d.Old != nil && reflect.TypeOf(d.Old).Kind() == reflect.Slice && listOf(l, d.Path).IsValid():
			whole = append(whole, d)
		case !ok:
			part(reflect.ValueOf(l).Elem(), d.Path).Set(reflect.ValueOf(d.New))
		case d.New == nil:
			gone[list] = append(gone[list], i)
		case field == "" && d.Old == nil:
			put[list] = append(put[list], d)
		}
	}
	for list, at := range gone {
		v := listOf(l, list)
		kept := reflect.Zero(v.Type())
		for i := range v.Len() {
			if !slices.Contains(at, i) {
				kept = reflect.Append(kept, v.Index(i))
			}
		}
		v.Set(kept)
	}
	for list, added := range put { // in the order of their places in the new version
		v := listOf(l, list)
		for _, d := range added {
			_, i, _, _ := element(d.Path)
			tail := reflect.AppendSlice(reflect.Zero(v.Type()), v.Slice(min(i, v.Len()), v.Len()))
			v.Set(reflect.AppendSlice(reflect.Append(v.Slice(0, min(i, v.Len())), reflect.ValueOf(d.New)), tail))
		}
	}
	for _, d := range all {
		list, i, field, ok := element(d.Path)
		if !ok || d.New == nil || d.Old == nil || slices.ContainsFunc(whole, func(w directory.Difference) bool { return w.Path == list }) {
			continue
		}
		x := listOf(l, list).Index(i)
		if field != "" {
			x = part(x, field)
		}
		x.Set(reflect.ValueOf(d.New))
	}
	for _, d := range whole {
		listOf(l, d.Path).Set(reflect.ValueOf(d.New))
	}
	return l.Clone()
}

func element(path string) (list string, i int, field string, ok bool) {
	m := regexp.MustCompile(`^(\w+)\[(\d+)\](?:\.(.+))?$`).FindStringSubmatch(path)
	if m == nil {
		return "", 0, "", false
	}
	i, _ = strconv.Atoi(m[2])
	return m[1], i, m[3], true
}

func listOf(l *directory.Listing, name string) reflect.Value {
	if !slices.Contains([]string{"sites", "channels", "claims", "identifiers", "sources"}, name) {
		return reflect.Value{}
	}
	return reflect.ValueOf(l).Elem().FieldByName(strings.ToUpper(name[:1]) + name[1:])
}

// part finds the field that a path names: accepting.as_of is Accepting.AsOf, and an address has no name of its own.
func part(v reflect.Value, path string) reflect.Value {
	for _, step := range strings.Split(path, ".") {
		step = strings.ReplaceAll(step, "_", "")
		fold := func(name string) bool { return strings.EqualFold(name, step) }
		f := v.FieldByNameFunc(fold)
		if !f.IsValid() {
			f = v.FieldByName("Address").FieldByNameFunc(fold)
		}
		v = f
	}
	return v
}

func listings(t *rapid.T) *directory.Listing {
	return directorytest.Listings(directorytest.Vocabulary()).Draw(t, "listing")
}

func TestADifferenceMakesTheNewOutOfTheOld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := listings(t)
		now := edit(t, old)
		diff := directory.Compare(old, now)
		if d := cmp.Diff(now, apply(old, diff)); d != "" {
			t.Fatalf("%d differences applied (-want +got):\n%s", len(diff), d)
		}
		if again := directory.Compare(now, now.Clone()); len(again) != 0 {
			t.Fatalf("a listing differs from itself: %+v", again)
		}
		for _, d := range diff {
			if reflect.DeepEqual(d.Old, d.New) {
				t.Fatalf("%s is no difference: %v", d.Path, d.Old)
			}
		}
	})
}

func TestCompareNamesWhatChanged(t *testing.T) {
	for name, c := range map[string]struct {
		change func(l *directory.Listing)
		want   []string
	}{
		"nothing":   {func(*directory.Listing) {}, nil},
		"a name":    {func(l *directory.Listing) { l.Name = "Another" }, []string{"name"}},
		"a claim":   {func(l *directory.Listing) { l.Claims[3].Value, l.Claims[3].Source = directory.No, "phone call" }, []string{"claims[3]"}},
		"claim in":  {func(l *directory.Listing) { l.Claims = slices.Insert(l.Claims, 2, directory.Claim{Code: "new"}) }, []string{"claims[2]"}},
		"claim out": {func(l *directory.Listing) { l.Claims = slices.Delete(l.Claims, 4, 5) }, []string{"claims[4]"}},
		"number":    {func(l *directory.Listing) { l.Channels[0].Number = "+16175550199" }, []string{"channels[0].number"}},
		"order": {func(l *directory.Listing) {
			l.Channels[0], l.Channels[1] = l.Channels[1], l.Channels[0]
			l.Channels[1].Label = "switchboard"
		}, []string{"channels[1].label", "channels"}},
		"street": {func(l *directory.Listing) { l.Sites[0].Address.Street = "1 Moved Street" }, []string{"sites[0].street"}},
		"hours":  {func(l *directory.Listing) { l.Hours.Weekly = l.Hours.Weekly[1:] }, []string{"hours.weekly"}},
	} {
		t.Run(name, func(t *testing.T) {
			old := directorytest.Sample(1)
			now := old.Clone()
			c.change(now)
			var got []string
			for _, d := range directory.Compare(old, now) {
				got = append(got, d.Path)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestEveryFieldIsCompared changes each field of each type by itself, so that a field added to the domain can't be left
// out of differences and merges, where it would be lost without a word.
func TestEveryFieldIsCompared(t *testing.T) {
	told := map[string]bool{"ID": true, "Revision": true, "UpdatedAt": true}
	old := directorytest.Confidential(1)
	old.Identifiers = []directory.Identifier{{Scheme: directory.NPI, Value: "1234567893"}}
	var walk func(path string, at func(l *directory.Listing) reflect.Value)
	walk = func(path string, at func(l *directory.Listing) reflect.Value) {
		v := at(old)
		switch {
		case v.Kind() == reflect.Struct && v.Type().PkgPath() != "time":
			for i := range v.NumField() {
				if name := v.Type().Field(i).Name; !told[name] {
					walk(path+"."+name, func(l *directory.Listing) reflect.Value { return at(l).Field(i) })
				}
			}
			return
		case v.Kind() == reflect.Slice && v.Len() > 0 && v.Type().Elem().Kind() == reflect.Struct:
			walk(path+"[0]", func(l *directory.Listing) reflect.Value { return at(l).Index(0) })
			return
		}
		now := old.Clone()
		vary(at(now))
		if diff := directory.Compare(old, now); len(diff) == 0 {
			t.Errorf("%s changed, and Compare says nothing", path)
		}
		if merged, _ := directory.Merge(old, now, old, nil); len(directory.Compare(now, merged)) != 0 {
			t.Errorf("%s changed, and Merge lost it", path)
		}
	}
	walk("listing", func(l *directory.Listing) reflect.Value { return reflect.ValueOf(l).Elem() })
}

// vary gives v another value.
func vary(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint8:
		v.SetUint(v.Uint() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	case reflect.Array:
		vary(v.Index(0))
	case reflect.Struct: // a time
		v.Set(reflect.ValueOf(directorytest.Epoch().AddDate(1, 0, 0)))
	default:
		panic(fmt.Sprint("no other value of a ", v.Type()))
	}
}
