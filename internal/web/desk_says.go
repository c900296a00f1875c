package web

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"carefinder/internal/auth"
	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// difference is one thing that two versions of a listing say differently, in words.
type difference struct {
	Label    string
	Old, New string // "" where there is nothing
	Out, In  bool   // the whole element was taken out, or put in
}

// veiled is what stands where somebody may not read what a listing says.
type veiled struct{}

// veils reports whether what listings say of their sites is not for whoever asks: an address that protects someone is
// read by those who may change it, and by nobody else.
func (v *visit) veils(of ...*directory.Listing) bool {
	hides := func(l *directory.Listing) bool {
		return slices.ContainsFunc(l.Sites, func(s directory.Site) bool { return s.Confidential })
	}
	return slices.ContainsFunc(of, hides) && !(v.who != nil && v.who.May(auth.Edit))
}

// veil hides a value that listings have at a path from those who may not read it. Versions count their sites each for
// itself: where one of them has a confidential site, nobody knows which a path leads to.
func (v *visit) veil(path string, value any, of ...*directory.Listing) any {
	if value != nil && partOf(path) == "sites" && v.veils(of...) {
		return veiled{}
	}
	return value
}

// changes words differences between versions of a listing, as far as whoever asks may read those.
func (v *visit) changes(all []directory.Difference, of ...*directory.Listing) []difference {
	out := make([]difference, len(all))
	for i, d := range all {
		d.Old, d.New = v.veil(d.Path, d.Old, of...), v.veil(d.Path, d.New, of...)
		out[i] = difference{Label: v.partLabel(d.Path, d.Old, d.New), Old: v.says(d.Old), New: v.says(d.New), Out: d.New == nil, In: d.Old == nil}
	}
	return out
}

type changeAnswer struct {
	Path string `json:"path"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

func (v *visit) changeAnswers(all []directory.Difference, of ...*directory.Listing) []changeAnswer {
	out := make([]changeAnswer, len(all))
	for i, d := range all {
		out[i] = changeAnswer{d.Path, v.says(v.veil(d.Path, d.Old, of...)), v.says(v.veil(d.Path, d.New, of...))}
	}
	return out
}

var partPath = regexp.MustCompile(`^([a-z]+)\[(\d+)\](?:\.(.+))?$`)

// partLabel names a part of a listing by its path. A claim is named by its term, which one of the values tells.
func (v *visit) partLabel(path string, values ...any) string {
	m := partPath.FindStringSubmatch(path)
	if m == nil {
		return v.wholeLabel(path)
	}
	for _, x := range values {
		if c, ok := x.(directory.Claim); ok {
			return v.e.facet(string(c.Facet)) + ": " + v.e.term(c.Facet, c.Code)
		}
	}
	n, _ := strconv.Atoi(m[2]) // digits
	row := v.t("desk.row."+m[1], "N", n+1)
	if m[3] == "" {
		return row
	}
	return row + ": " + v.partName(m[1], m[3])
}

// partName names a part of an element of a list.
func (v *visit) partName(list, part string) string {
	if strings.HasPrefix(part, "hours") || strings.HasPrefix(part, "coverage") {
		return v.wholeLabel(part)
	}
	return v.t("desk.listing." + list + "." + part)
}

func (v *visit) wholeLabel(path string) string {
	if slices.ContainsFunc(formGroups, func(g formGroup) bool { return g.name == path && path != "status" }) || path == "verification" {
		return v.t("desk.group." + path)
	}
	return v.t("desk.listing." + path)
}

// says words a value of a listing.
func (v *visit) says(x any) string {
	switch x := x.(type) {
	case nil:
		return ""
	case string:
		return x
	case veiled:
		return v.t("desk.veiled")
	case directory.Kind:
		return coded(v, "kind.", x)
	case directory.Status:
		return coded(v, "desk.status.", x)
	case directory.Medium:
		return coded(v, "medium.", x)
	case directory.Cost:
		return coded(v, "desk.cost.", x)
	case directory.AcceptingStatus:
		return coded(v, "desk.accepting.", x)
	case geo.Precision:
		return coded(v, "desk.precision.", x)
	case directory.Answer:
		return v.t("desk.answer." + x.String())
	case bool:
		return v.t("desk.answer." + map[bool]string{true: "yes", false: "no"}[x])
	case time.Time:
		return v.e.date(x)
	case int:
		return strconv.Itoa(x)
	case int64:
		return strconv.FormatFloat(float64(x)/100, 'f', -1, 64)
	case directory.ID:
		return formText(&x)
	case orb.Point:
		return fmt.Sprintf("%g, %g", x.Lat(), x.Lon())
	case []string:
		return strings.Join(x, ", ")
	case []directory.Range:
		return weeklyText(x)
	case []directory.Exception:
		return exceptionsText(x)
	case []orb.Polygon:
		return areasText(x)
	case directory.Claim:
		return joined(v.t("desk.answer."+x.Value.String()), x.Source, v.e.date(x.At), x.By)
	case directory.Channel:
		return joined(coded(v, "medium.", x.Medium), x.Number, x.Extension, x.Menu, x.Keyword, x.Address, x.Label, weeklyText(x.Hours.Weekly))
	case directory.Site:
		return joined(x.Name, x.Address.String(), coded(v, "desk.precision.", x.Precision))
	case directory.Identifier:
		return joined(x.Scheme, x.Value)
	case directory.Source:
		return joined(x.Name, x.URL, x.Key, v.e.date(x.At), x.Note)
	}
	return v.each(x)
}

// each words the elements of a list, one a line.
func (v *visit) each(x any) string {
	list := reflect.ValueOf(x)
	if list.Kind() != reflect.Slice {
		return fmt.Sprint(x)
	}
	var lines []string
	for i := range list.Len() {
		lines = append(lines, v.says(list.Index(i).Interface()))
	}
	return strings.Join(lines, "\n")
}

// coded words a code, or shows it where it is none: a draft may hold anything.
func coded[T ~string](v *visit, family string, code T) string {
	key := family + string(code)
	if text := v.t(key); text != key {
		return text
	}
	return string(code)
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}
