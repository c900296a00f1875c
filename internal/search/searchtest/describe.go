package searchtest

import (
	"fmt"
	"reflect"
	"strings"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// describe tells a question by what is set in it.
func describe(m search.Match) string {
	var b strings.Builder
	v := reflect.ValueOf(m)
	for i := range v.NumField() {
		field := v.Field(i)
		if field.IsZero() || field.Kind() == reflect.Map && field.Len() == 0 {
			continue
		}
		value := field.Interface()
		switch x := value.(type) {
		case *geo.Area:
			value = x.Geometry()
		case *search.Locale:
			value = fmt.Sprintf("%+v", *x)
			if x.Point != nil {
				value = fmt.Sprintf("{Anywhere:%v Country:%s Division:%s Point:%v}", x.Anywhere, x.Country, x.Division, *x.Point)
			}
		default:
			if field.Kind() == reflect.Pointer {
				value = field.Elem().Interface()
			}
		}
		fmt.Fprintf(&b, "\n\t%s: %+v", v.Type().Field(i).Name, value)
	}
	return b.String()
}

// tell says what there is to know of a listing, for a person who wonders why it was found.
func (o *Oracle) tell(id directory.ID) string {
	o.mu.RLock()
	defer o.mu.RUnlock()
	l := o.listings[id]
	if l == nil {
		return fmt.Sprintf("%v (not in the index)", id)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%v (%s %q, accepting %q, free %v, sliding scale %v, demonstration %v", id, l.Kind, l.Name, l.Accepting.Status, l.Fees.Free, l.Fees.SlidingScale, l.Demonstration)
	for _, s := range l.Sites {
		fmt.Fprintf(&b, ", site %v in %q, located %v", s.Point, s.Address.Country, s.Located())
	}
	if reach := l.Reach(); !reach.IsZero() {
		fmt.Fprintf(&b, ", reach %+v", reach)
	}
	for _, c := range l.Claims {
		fmt.Fprintf(&b, ", %s %s %v", c.Facet, c.Code, c.Value)
	}
	return b.String() + ")"
}

// shrink leaves out every part of a question that isn't needed to make it fail.
func shrink(m search.Match, fails func(search.Match) bool) search.Match {
	for i := range reflect.TypeFor[search.Match]().NumField() {
		less := m
		field := reflect.ValueOf(&less).Elem().Field(i)
		switch {
		case field.IsZero() || reflect.TypeFor[search.Match]().Field(i).Name == "Sort":
			continue
		case reflect.TypeFor[search.Match]().Field(i).Name == "Limit":
			field.SetInt(1_000_000) // a limit left out is none
		default:
			field.SetZero()
		}
		if !(less.Sort == search.ByDistance && less.Origin == nil) && fails(less) {
			m = less
		}
	}
	return m
}
